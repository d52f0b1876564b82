import pytest

from llmops_cli.compare.refuted import Standing, standing

Y, N = 1.0, 0.0


@pytest.mark.parametrize(
    ("base", "head", "found"),
    [
        ((Y, Y, Y), (N, N, N), Standing.CONFIRMED),
        ((Y, Y, N), (N, N, Y), Standing.CONFIRMED),
        ((N, N, N), (Y, Y, Y), Standing.REFUTED),
        ((Y, Y, Y), (Y, Y, Y), Standing.REFUTED),
        ((Y, Y, Y), (Y, Y, N), Standing.REFUTED),
        ((Y, N, N), (N, N, N), Standing.REFUTED),
        ((N, N, N), (N, N, N), Standing.REFUTED),
        ((Y, Y), (Y, N), Standing.OPEN),
        ((Y, N), (N, N), Standing.OPEN),
        ((), (N, N, N), Standing.OPEN),
        ((Y, Y, Y), (), Standing.OPEN),
    ],
)
def test_a_broken_case_stands_where_fresh_runs_mostly_pass_on_the_base_and_mostly_fail_on_the_head(base, head, found):
    assert standing(base, head, binary=True) is found


@pytest.mark.parametrize(
    ("base", "head", "found"),
    [
        ((1.0, 1.0, 0.8), (0.8, 0.8, 0.8), Standing.CONFIRMED),
        ((0.8, 1.0, 0.8), (0.8, 0.8, 0.8), Standing.OPEN),
        ((1.0, 1.0, 1.0), (1.0, 1.0, 0.8), Standing.OPEN),
        ((0.8, 0.8, 0.8), (0.8, 0.8, 0.8), Standing.REFUTED),
        ((0.2, 0.4, 0.2), (1.0, 0.8, 1.0), Standing.REFUTED),
        ((), (), Standing.OPEN),
    ],
)
def test_a_graded_one_is_refuted_only_where_its_fresh_mean_did_not_fall(base, head, found):
    assert standing(base, head, binary=False) is found
