"""What no trick may do: turn a FAIL into a PASS (GATE.md, bar 7), as far as the arithmetic can hold it."""

import sys
from dataclasses import replace

import pace
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pairings import arm_of, flagged, pairing_of

from llmops_cli.compare.gate import judge
from llmops_cli.model.run import Arm
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Unpaired, Verdict

GREEN = {Verdict.PASS, Verdict.IMPROVED, Verdict.ACCEPTED, Verdict.NEW}
POLICIES = st.sampled_from(
    [GatePolicy(margin=0.05), GatePolicy(), GatePolicy(rule="cases"), GatePolicy(exact="strict")]
)
RUNS = st.lists(st.booleans(), min_size=1, max_size=3)
GRADES = st.lists(st.integers(0, 4).map(lambda step: step / 4), min_size=1, max_size=3)


@st.composite
def pairings(draw, *, most=25):
    """Some good cases, and some whose head is drawn to be worse: about half of the pairings fail."""
    runs = draw(st.sampled_from([RUNS, GRADES]))
    good = 1.0 if runs is GRADES else True
    bad = 0.0 if runs is GRADES else False
    base, head = {}, {}
    for place in range(draw(st.integers(0, most))):
        base[f"same{place}"] = head[f"same{place}"] = [good]
    for place in range(draw(st.integers(0, 10))):
        base[f"broke{place}"], head[f"broke{place}"] = [good], [bad]
    for place in range(draw(st.integers(1, 6))):
        base[f"any{place}"], head[f"any{place}"] = draw(runs), draw(runs)
    flags = {
        case: flagged(critical=draw(st.booleans()), never=draw(st.booleans()))
        for case in draw(st.sets(st.sampled_from(sorted(base)), max_size=1))
    }
    return pairing_of(
        base, head, policy=draw(POLICIES), flags=flags, max_error_rate=draw(st.sampled_from([0.02, 0.2, 0.5]))
    )


def without(pairing, cases):
    rows = {case: row for case, row in pairing.head.rows.items() if case not in cases}
    return replace(pairing, head=replace(pairing.head, rows=rows))


def rearranged(arm: Arm, order) -> Arm:
    return replace(arm, rows={case: arm.rows[case] for case in order})


@settings(deadline=None, max_examples=80)
@given(pairings(), st.data())
def test_runs_that_break_off_never_turn_a_fail_green(pairing, data):
    assume(judge(pairing).verdict is Verdict.FAIL)
    rows = dict(pairing.head.rows)
    for case in data.draw(st.lists(st.sampled_from(sorted(rows)), min_size=1, max_size=4, unique=True)):
        row = rows[case]
        keep = data.draw(st.integers(0, len(row.answers) - 1))
        values = {name: scores[:keep] for name, scores in row.values.items()} if keep else {}
        rows[case] = replace(
            row, values=values, answers=row.answers[:keep], failures={"timeout": len(row.answers) - keep}
        )
    assert judge(replace(pairing, head=replace(pairing.head, rows=rows))).verdict not in GREEN


@settings(deadline=None, max_examples=50)
@given(pairings(), st.data())
def test_rows_that_vanish_from_the_head_never_turn_a_fail_green(pairing, data):
    assume(judge(pairing).verdict is Verdict.FAIL)
    gone = data.draw(st.sets(st.sampled_from(sorted(pairing.head.rows)), min_size=1))
    assert judge(without(pairing, gone)).verdict not in GREEN


@settings(deadline=None, max_examples=50)
@given(pairings(), st.data())
def test_cases_removed_by_the_head_never_turn_a_fail_green_beyond_the_share_it_may_remove(pairing, data):
    assume(judge(pairing).verdict is Verdict.FAIL)
    gone = data.draw(st.sets(st.sampled_from(sorted(pairing.head.rows)), min_size=1))
    assume(len(gone) > 0.05 * len(pairing.base.rows))
    shrunk = replace(without(pairing, gone), unpaired=Unpaired(removed=tuple(gone)))
    assert judge(shrunk).verdict is Verdict.FAIL


@settings(deadline=None, max_examples=50)
@given(pairings(), st.data())
def test_cases_renamed_by_the_head_never_turn_a_fail_green(pairing, data):
    assume(judge(pairing).verdict is Verdict.FAIL)
    gone = data.draw(st.sets(st.sampled_from(sorted(pairing.head.rows)), min_size=1))
    assume(len(gone) > 0.05 * len(pairing.base.rows))
    renamed = {f"new {case}": pairing.head.rows[case] for case in gone}
    head = without(pairing, gone).head
    found = replace(
        pairing,
        head=replace(head, rows={**head.rows, **renamed}),
        unpaired=Unpaired(added=tuple(renamed), removed=tuple(gone)),
    )
    assert judge(found).verdict is Verdict.FAIL


@settings(deadline=None, max_examples=50)
@given(pairings(), st.data())
def test_cases_rewritten_by_the_head_never_turn_a_fail_green(pairing, data):
    assume(judge(pairing).verdict is Verdict.FAIL)
    touched = data.draw(st.sets(st.sampled_from(sorted(pairing.head.rows)), min_size=1))
    assume(len(touched) > 0.05 * len(pairing.base.rows))
    rows = {
        case: replace(row, case_digest="new") if case in touched else row for case, row in pairing.head.rows.items()
    }
    assert judge(replace(pairing, head=replace(pairing.head, rows=rows))).verdict not in GREEN


@settings(deadline=None, max_examples=50)
@given(pairings(), st.integers(1, 30))
def test_easy_cases_added_by_the_head_change_nothing_but_the_list(pairing, count):
    added = arm_of({f"easy{i}": [True] for i in range(count)})
    more = replace(pairing, head=replace(pairing.head, rows={**pairing.head.rows, **added.rows}))
    before, after = judge(pairing), judge(more)
    assert after.verdict is before.verdict
    assert [family.p_worse for family in after.families] == [family.p_worse for family in before.families]


@settings(deadline=None, max_examples=30)
@given(pairings(), st.sampled_from(["v2", ""]))
def test_another_scorer_never_gives_a_verdict(pairing, digest):
    head = replace(pairing.head, scorers={"exact": digest})
    assert judge(replace(pairing, head=head)).verdict not in GREEN


@settings(deadline=None, max_examples=30)
@given(pairings())
def test_scores_that_are_never_given_never_pass(pairing):
    rows = {case: replace(row, values={"exact": (None,) * len(row.answers)}) for case, row in pairing.head.rows.items()}
    assert judge(replace(pairing, head=replace(pairing.head, rows=rows))).verdict not in GREEN


@settings(deadline=None, max_examples=30)
@given(pairings(), st.data())
def test_the_order_of_cases_changes_nothing(pairing, data):
    base = rearranged(pairing.base, data.draw(st.permutations(sorted(pairing.base.rows))))
    head = rearranged(pairing.head, data.draw(st.permutations(sorted(pairing.head.rows))))
    assert judge(replace(pairing, base=base, head=head)) == judge(pairing)


@settings(deadline=None, max_examples=30)
@given(pairings())
def test_swapping_the_arms_swaps_both_p_values_and_the_sign(pairing):
    there, back = judge(pairing), judge(replace(pairing, base=pairing.head, head=pairing.base))
    for one, other in zip(there.families, back.families, strict=True):
        assert (other.p_better, other.p_worse) == pytest.approx((one.p_worse, one.p_better), abs=1e-12)
        assert other.delta == pytest.approx(-one.delta)
        assert (other.broke, other.fixed) == (one.fixed, one.broke)


@settings(deadline=None, max_examples=30)
@given(pairings())
def test_a_case_that_always_passes_changes_no_p_value(pairing):
    def grown(arm, side):
        values = [row.values["exact"][0] for row in arm.rows.values()]
        good = 1.0 if any(isinstance(value, float) for value in values) else True
        return replace(arm, rows={**arm.rows, **arm_of({"zz": [good]}, side=side).rows})

    more = replace(pairing, base=grown(pairing.base, "base "), head=grown(pairing.head, "head "))
    before, after = judge(pairing).families[0], judge(more).families[0]
    assert (after.p_worse, after.p_better) == (before.p_worse, before.p_better)


@settings(deadline=None, max_examples=30)
@given(pairings())
def test_more_runs_of_the_head_alone_never_widen_its_margin(pairing):
    margins = {judge(pairing).families[0].margin}
    for keep in (1, 2):
        rows = {
            case: replace(row, values={"exact": row.values["exact"][:keep]}, answers=row.answers[:keep])
            for case, row in pairing.head.rows.items()
        }
        margins.add(judge(replace(pairing, head=replace(pairing.head, rows=rows))).families[0].margin)
    assert len(margins) == 1


@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer (coverage) multiplies the time")
@pytest.mark.parametrize(("cases", "runs"), [(500, 5), (1319, 1)])
def test_a_verdict_takes_no_longer_than_people_notice(cases, runs):
    base = {f"c{i:04}": [(i * (j + 3)) % 7 > 2 for j in range(runs)] for i in range(cases)}
    head = {f"c{i:04}": [(i * (j + 5)) % 7 > 2 for j in range(runs)] for i in range(cases)}
    pairing = pairing_of(base, head)
    assert pace.seconds(lambda: judge(pairing), 0.1) < 0.1
