import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.holm import Claim, levels

ps = st.one_of(st.floats(0, 1), st.floats(0, 0.05), st.sampled_from([0.0, 0.01, 0.025, 0.05, 1.0]))
claims = st.builds(Claim, ps, st.just(0.05), st.booleans(), st.booleans())


def holm(found, alpha):
    """Return the rejected claims by the procedure as it is published: step by step, smallest p per weight first."""
    informed = [place for place, claim in enumerate(found) if claim.informed]
    first = [place for place in informed if found[place].primary]
    rest = [place for place in informed if not found[place].primary]
    weight = {}
    for group in (first, rest):
        for place in group:
            weight[place] = (0.5 if first and rest else 1.0) / len(group)
    left, rejected = set(weight), set()
    while left:
        best = min(left, key=lambda place: found[place].p / weight[place])
        if found[best].p > alpha * weight[best] / sum(weight[place] for place in left) + 1e-15:
            break
        rejected.add(best)
        left.remove(best)
    return rejected


@given(st.lists(claims, max_size=8))
def test_a_level_rejects_exactly_what_holms_steps_reject(found):
    held = levels(found)
    margin = [abs(claim.p - level) for claim, level in zip(found, held, strict=True)]
    rejected = {place for place, level in enumerate(held) if found[place].informed and found[place].p <= level}
    if all(distance > 1e-12 for distance in margin):  # on the edge, rounding decides
        assert rejected == holm(found, 0.05)


def test_one_claim_has_all_of_alpha():
    assert levels([Claim(0.2, 0.05, primary=True)]) == (0.05,)


@pytest.mark.parametrize(
    ("ps", "expected"),
    [
        ([0.9, 0.9, 0.9], [0.025, 0.0125, 0.0125]),
        ([0.001, 0.9, 0.9], [0.025, 0.025, 0.025]),
        ([0.001, 0.001, 0.9], [1 / 30, 0.025, 0.05]),
        ([0.9, 0.001, 0.9], [0.05 * 2 / 3, 0.0125, 0.05 / 3]),
    ],
)
def test_half_goes_to_the_primary_and_what_is_rejected_hands_its_share_on(ps, expected):
    found = [Claim(p, 0.05, primary=place == 0) for place, p in enumerate(ps)]
    assert levels(found) == pytest.approx(expected)


def test_a_test_that_cannot_reject_takes_no_share():
    found = [Claim(0.04, 0.05, primary=True), Claim(1.0, 0.05, primary=False, informed=False)]
    assert levels(found)[0] == 0.05


@given(st.lists(claims, min_size=1, max_size=6), st.data())
def test_the_order_of_claims_decides_nothing(found, data):
    order = data.draw(st.permutations(range(len(found))))
    assert [levels([found[place] for place in order])[at] for at in range(len(order))] == pytest.approx(
        [levels(found)[place] for place in order]
    )
