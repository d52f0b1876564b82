import pytest

from llmops_cli.compare.figures import about, cases_text, counted, listed, margin_points, p_text, points


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.115, ".12"), (0.12, ".12"), (0.006, ".006"), (0.00134, ".0013"), (1e-45, "<.0001"), (0.0, "<.0001"), (1.0, "1"), (0.9999, "1"), (0.5, ".5"), (0.0099999, ".01")],
)  # fmt: skip
def test_a_p_value_reads_as_people_write_it(p, text):
    assert p_text(p) == text


@pytest.mark.parametrize(
    ("share", "digits", "text"), [(-0.05, 1, "−5.0 pp"), (0.05, 0, "5 pp"), (-0.0001, 0, "0 pp"), (0.183, 0, "18 pp")]
)
def test_a_share_reads_in_points(share, digits, text):
    assert points(share, digits) == text


@pytest.mark.parametrize(("margin", "text"), [(0.05, "5 pp"), (0.07, "7 pp"), (0.29, "29 pp"), (0.025, "2.5 pp")])
def test_a_margin_has_a_decimal_only_where_it_needs_one(margin, text):
    assert margin_points(margin) == text


@pytest.mark.parametrize(("count", "text"), [(707, 710), (79, 79), (5, 5), (1234, 1200), (99999, 100000)])
def test_a_rough_count_has_two_digits(count, text):
    assert about(count) == text


def test_lists_are_short_and_counts_start_with_the_largest():
    assert listed(["a", "b", "c"]) == "a, b, c"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c (+2)"
    assert counted({"timeout": 1, "auth": 1, "rate-limit": 2}) == "rate-limit 2, auth 1, timeout 1"
    assert (cases_text(1), cases_text(2)) == ("1 case", "2 cases")
