"""Laws of a whole change: tests that share α, looks, fresh answers. No order shows, no arm is favoured."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pairings import arm_of, flagged, pairing_of, row_of

from llmops_cli.compare.arms import extend
from llmops_cli.compare.confirm import informative, level, second
from llmops_cli.compare.gate import judge, judge_all
from llmops_cli.compare.holm import Claim, levels
from llmops_cli.compare.looks import batches, rounds
from llmops_cli.compare.pairs import pair_up
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Verdict

POLICY = GatePolicy(margin=0.05, slices=("a", "b"), min_slice=2)
TERMS = (POLICY, {})
SCORERS = (ScorerSpec("exact", "exact", primary=True), ScorerSpec("length", "short"))
RUNS = st.lists(st.booleans(), min_size=1, max_size=4)
LOOKS = st.sampled_from([*rounds(1), *rounds(3), *batches()])
FINE = (Verdict.PASS, Verdict.IMPROVED)


@st.composite
def changes(draw):
    """A pairing with two scorers and two slices: eight tests that share α, at some look."""
    base, head, flags = {}, {}, {}
    for at in range(draw(st.integers(2, 12))):
        case = f"c{at:02}"
        fell = draw(st.sampled_from([False, False, True]))
        flags[case] = flagged(tags=draw(st.sampled_from([(), ("a",), ("b",), ("a", "b")])))
        base[case] = {name: [True] * 3 if fell else draw(RUNS) for name in ("exact", "short")}
        head[case] = {name: [False] * 2 if fell else draw(RUNS) for name in ("exact", "short")}
    arms = [arm(rows, side) for rows, side in ((base, "base "), (head, "head "))]
    return pairing_of(*arms, scorers=SCORERS, flags=flags, policy=POLICY, look=draw(LOOKS), live=draw(st.booleans()))


def arm(rows, side):
    """Return an arm of both scorers; each case has as many runs as its shorter list."""
    found = {}
    for case, values in rows.items():
        runs = min(map(len, values.values()))
        found[case] = row_of(case, {name: scores[:runs] for name, scores in values.items()}, side=side)
    return Arm("greet", side, "greetings", "set", {"exact": "v1", "short": "v1"}, found)


def with_case(pairing, case, values, tags=()):
    sides = (pairing.base, "base "), (pairing.head, "head ")
    base, head = (
        replace(one, rows={**one.rows, case: row_of(case, {"exact": values, "short": values}, side=side)})
        for one, side in sides
    )
    return replace(pairing, base=base, head=head, flags={**pairing.flags, case: flagged(tags=tags)})


def by_test(judged):
    return {(family.scorer, family.slice): family for family in judged.families}


@settings(deadline=None, max_examples=60)
@given(changes())
def test_swapping_the_arms_swaps_every_p_and_no_test_fails_both_ways(pairing):
    there, back = judge(pairing), judge(replace(pairing, base=pairing.head, head=pairing.base))
    for one, other in zip(there.families, back.families, strict=True):
        assert (other.p_better, other.p_worse) == pytest.approx((one.p_worse, one.p_better), abs=1e-12)
        assert other.delta == pytest.approx(-one.delta)
        assert Verdict.FAIL not in (one.verdict, other.verdict) or one.verdict is not other.verdict


@settings(deadline=None, max_examples=60)
@given(changes(), st.sampled_from([(), ("a",), ("a", "b")]), st.integers(1, 4), st.sampled_from([True, False]))
def test_a_case_that_always_says_the_same_turns_a_verdict_only_through_the_number_of_cases(pairing, tags, runs, passes):
    before, after = by_test(judge(pairing)), by_test(judge(with_case(pairing, "still", [passes] * runs, tags)))
    assume(before.keys() == after.keys())  # a slice that becomes large enough to judge is one more test, and shares α
    for name, one in before.items():
        other = after[name]
        assert (other.p_worse, other.p_better) == (one.p_worse, one.p_better)
        assert other.margin == one.margin
        fine = other.lower_bound is not None and other.lower_bound > -other.margin
        if fine:
            assert other.verdict in FINE
        elif one.verdict not in FINE:
            assert other.verdict is one.verdict, "neither p nor its level moved"
        else:
            assert other.verdict not in FINE


@settings(deadline=None, max_examples=40)
@given(changes(), st.data())
def test_no_order_of_cases_shows_at_any_look(pairing, data):
    orders = [data.draw(st.permutations(sorted(side.rows))) for side in (pairing.base, pairing.head)]
    base, head = (
        replace(side, rows={case: side.rows[case] for case in order})
        for side, order in zip((pairing.base, pairing.head), orders, strict=True)
    )
    assert judge(replace(pairing, base=base, head=head)) == judge(pairing)


@settings(deadline=None, max_examples=25)
@given(st.lists(changes(), min_size=2, max_size=3), st.data())
def test_no_order_of_prompts_shows(pairings, data):
    order = data.draw(st.permutations(range(len(pairings))))
    turned = judge_all([pairings[place] for place in order])
    straight = judge_all(pairings)
    assert [found.verdict for found in turned] == [straight[place].verdict for place in order]
    for found, place in zip(turned, order, strict=True):
        assert [one.p_worse for one in found.families] == [one.p_worse for one in straight[place].families]


@settings(deadline=None, max_examples=40)
@given(changes())
def test_a_prompt_that_says_the_same_in_every_run_takes_no_share_from_the_others(pairing):
    still = {f"s{at}": [True, True] for at in range(5)}
    quiet = pairing_of(arm_of(still, side="base "), arm_of(still), policy=GatePolicy(margin=0.05))
    alone, (beside, silent) = judge(pairing), judge_all([pairing, quiet])
    assert beside == alone
    assert silent.verdict is not Verdict.FAIL


claims = st.builds(Claim, st.one_of(st.floats(0, 1), st.floats(0, 0.05)), st.just(0.05), st.booleans())


@given(st.lists(claims, min_size=2, max_size=6), st.data())
def test_a_smaller_p_never_takes_from_the_level_of_another_test(found, data):
    place = data.draw(st.integers(0, len(found) - 1))
    lower = [*found]
    lower[place] = replace(found[place], p=found[place].p * data.draw(st.floats(0, 1)))
    for at, (one, other) in enumerate(zip(levels(found), levels(lower), strict=True)):
        assert at == place or other >= one - 1e-15


@given(st.lists(claims, min_size=1, max_size=6))
def test_all_levels_lie_between_a_share_of_alpha_and_all_of_it(found):
    for claim, held in zip(found, levels(found), strict=True):
        assert 0.0 < held <= claim.alpha
    smallest = min(levels(found))
    assert smallest >= 0.05 / (2 * len(found)) - 1e-15


@settings(deadline=None, max_examples=40)
@given(changes(), st.data())
def test_repeats_that_join_in_either_order_are_judged_alike(pairing, data):
    more = {case: {"exact": data.draw(RUNS)} for case in pairing.head.rows}
    other = Arm("greet", "head ", "greetings", "set", pairing.head.scorers, {
        case: row_of(case, {"exact": values["exact"], "short": values["exact"]}, side="more ")
        for case, values in more.items()
    })  # fmt: skip
    one, two = (judge(replace(pairing, head=arm)) for arm in (extend(pairing.head, other), extend(other, pairing.head)))
    assert [found.verdict for found in one.families] == [found.verdict for found in two.families]
    assert [found.p_worse for found in one.families] == [found.p_worse for found in two.families]


@settings(deadline=None, max_examples=60)
@given(changes(), st.randoms(use_true_random=False))
def test_fresh_answers_know_no_order_and_nothing_of_cases_that_never_change(pairing, shuffler):
    paired = pair_up(pairing.base, pairing.head, "exact", pairing.base.rows)
    cases = list(informative(paired))
    found = second(pairing.base, pairing.head, "exact", cases, TERMS)
    assert second(pairing.base, pairing.head, "exact", pairing.base.rows, TERMS).p == found.p or not cases
    shuffler.shuffle(cases)
    assert second(pairing.base, pairing.head, "exact", cases, TERMS) == found
    grown = with_case(pairing, "still", [True, True])
    assert informative(pair_up(grown.base, grown.head, "exact", grown.base.rows)) == tuple(sorted(cases))


@settings(deadline=None, max_examples=60)
@given(changes())
def test_fresh_answers_that_confirm_a_drop_one_way_never_do_so_the_other_way(pairing):
    cases = list(pairing.base.rows)
    there = second(pairing.base, pairing.head, "exact", cases, TERMS)
    back = second(pairing.head, pairing.base, "exact", cases, TERMS)
    assert there.p + back.p == pytest.approx(1.0, abs=1e-12)
    assert max(there.p, back.p) > level(POLICY)


def test_no_fresh_answer_confirms_nothing():
    base = arm_of({"c0": [True]}, side="base ")
    assert second(base, arm_of({}), "exact", ["c0"], TERMS).p == 1.0
    assert second(base, arm_of({"c0": [False]}), "exact", [], TERMS).p == 1.0
