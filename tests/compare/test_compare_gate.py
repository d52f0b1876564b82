import subprocess
import sys
from dataclasses import replace

import pytest
from pairings import EXACT, arm_of, binary, flagged, pairing_of, row_of

from llmops_cli.compare.families import drop_key
from llmops_cli.compare.gate import judge, judge_new
from llmops_cli.compare.power import auto_margin
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.look import Look
from llmops_cli.model.run import Acceptance, Arm
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import Unpaired, Verdict

STATISTICS = GatePolicy(margin=0.05)
GOOD = [True]
BAD = [False]


def cases(*, same=0, broke=0, fixed=0, wrong=0):
    """Two tables of one run each."""
    kinds = [(GOOD, GOOD)] * same + [(GOOD, BAD)] * broke + [(BAD, GOOD)] * fixed + [(BAD, BAD)] * wrong
    names = [f"c{place:04}" for place in range(len(kinds))]
    return (dict(zip(names, side, strict=True)) for side in zip(*kinds, strict=True))


@pytest.mark.parametrize(
    ("counts", "verdict", "words"),
    [
        ({"same": 200}, "PASS", "not worse than −5.0 pp"),
        ({"same": 101, "broke": 15, "fixed": 4}, "FAIL", "worse (p .0059), not shown within 5 pp"),
        (
            {"same": 43, "broke": 11, "fixed": 6},
            "INCONCLUSIVE",
            "not shown worse (p .12, its level is .05), not shown within 5 pp",
        ),
        ({"same": 500, "broke": 6}, "PASS", "a small real drop (p .0078)"),
        ({"same": 100, "broke": 1, "fixed": 12}, "IMPROVED", "better (p .0009)"),
        ({"same": 20, "wrong": 20}, "INCONCLUSIVE", "not shown worse (p .5, its level is .05), not shown within 5 pp"),
    ],
)
def test_two_questions_and_one_margin_give_three_answers(counts, verdict, words):
    found = judge(pairing_of(*cases(**counts)))
    assert found.verdict == verdict
    assert words in found.families[0].reasons


def test_an_inconclusive_family_says_what_would_decide():
    found = judge(pairing_of(*cases(same=43, broke=11, fixed=6))).families[0]
    assert found.reasons[-1] == ("60 cases can only see a drop of 18 pp; about 710 would see 5 pp at one run a case")
    assert found.more_cases == 708
    assert found.mde == pytest.approx(0.18, abs=0.005)


def test_a_family_carries_its_figures():
    found = judge(pairing_of(*cases(same=101, broke=15, fixed=4))).families[0]
    assert (found.prompt, found.evalset, found.scorer, found.slice, found.primary) == (
        "greet",
        "greetings",
        "exact",
        None,
        True,
    )
    assert (found.cases, found.base_runs, found.head_runs) == (120, 1.0, 1.0)
    assert found.delta == pytest.approx(found.head_mean - found.base_mean) == pytest.approx(-11 / 120)
    assert (len(found.broke), len(found.fixed), found.same) == (15, 4, 101)
    assert found.broke == tuple(sorted(found.broke))
    assert found.interval == pytest.approx((-0.165, -0.019), abs=0.002)
    assert found.lower_bound < -found.margin == -0.05
    assert found.more_cases is None


def test_a_replayed_fail_says_that_it_is_not_confirmed():
    base, head = cases(same=101, broke=15, fixed=4)
    assert any("re-run live" in reason for reason in judge(pairing_of(base, head)).families[0].reasons)
    assert not any("re-run live" in reason for reason in judge(pairing_of(base, head, live=True)).families[0].reasons)


def test_a_fall_from_five_of_five_to_two_of_five_is_no_pass():
    base = {f"c{i}": [True] * 5 for i in range(100)}
    head = {f"c{i}": [True, True, False, False, False] for i in range(100)}
    assert judge(pairing_of(base, head)).verdict == Verdict.FAIL


def test_five_equal_cases_prove_nothing():
    same = {f"c{i}": [True] for i in range(5)}
    assert judge(pairing_of(same, same)).verdict == Verdict.INCONCLUSIVE


def test_identical_answers_pass_outright_however_few():
    arm = arm_of({"a": [True], "b": [False]})
    found = judge(pairing_of(arm, arm))
    assert found.verdict == Verdict.PASS
    family = found.families[0]
    assert (family.rule, family.reasons, family.p_worse, family.delta) == (
        "identical",
        ("identical answers",),
        None,
        0.0,
    )


def test_one_answer_a_case_on_both_sides_is_identical_whatever_the_repeats():
    base = arm_of({"a": [True] * 5, "b": [True] * 5})
    head = arm_of({"a": [True], "b": [True]})
    for arm in (base, head):
        for case, row in arm.rows.items():
            arm.rows[case] = replace(row, answers=(f"answer to {case}",) * len(row.answers))
    assert judge(pairing_of(base, head)).families[0].rule == "identical"


def test_one_other_answer_is_not_identical():
    base, head = arm_of({"a": [True], "b": [True]}), arm_of({"a": [True], "b": [True]})
    head.rows["b"] = replace(head.rows["b"], answers=("another",))
    assert judge(pairing_of(base, head)).families[0].rule == "statistics"


def test_an_identical_answer_that_is_missing_once_is_not_identical():
    base, head = arm_of({"a": [True], "b": [True]}), arm_of({"a": [True], "b": [True]}, lost={"b": 1})
    assert judge(pairing_of(base, head, max_error_rate=0.9)).families[0].rule == "statistics"


def test_graded_scores_are_judged_by_their_means():
    base = {f"c{i:02}": [0.8 + i % 5 / 100] for i in range(60)}
    worse = {case: [values[0] - 0.2 + i % 3 / 100] for i, (case, values) in enumerate(base.items())}
    family = judge(pairing_of(base, worse)).families[0]
    assert family.verdict == Verdict.FAIL
    assert len(family.broke) == 60
    same = {case: [values[0] + (i % 3 - 1) / 100] for i, (case, values) in enumerate(base.items())}
    assert judge(pairing_of(base, same)).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("base", "head", "broke", "fixed"),
    [
        ("+++++", "-", 1, 0),
        ("++-", "-", 1, 0),
        ("+++--", "-", 0, 0),  # five runs show it to be flaky: it counts in the test, and stands in no list
        ("++---", "-", 0, 0),
        ("++", "+-", 0, 0),  # one of two is no majority
        ("---", "+", 0, 1),
        ("--+", "++-", 0, 1),
    ],
)
def test_a_case_broke_when_most_base_runs_pass_and_most_head_runs_fail(base, head, broke, fixed):
    found = judge(pairing_of(binary(base), binary(head))).families[0]
    assert (len(found.broke), len(found.fixed)) == (broke, fixed)


SMALL = GatePolicy()


def test_a_small_set_fails_by_a_case_that_broke_in_every_run():
    base = {f"c{i:02}": [True] * 5 for i in range(12)}
    head = {**{case: [True] * 3 for case in base}, "c07": [False] * 3}
    found = judge(pairing_of(base, head, policy=SMALL))
    assert found.verdict == Verdict.FAIL
    assert found.families[0].rule == "cases"
    assert found.families[0].reasons == (
        "broken in every run: c07",
        "replayed answers: not confirmed by fresh runs; re-run live to confirm",
    )


def test_a_small_set_without_a_broken_case_passes_and_says_what_it_cannot_see():
    base = {f"c{i:02}": [True] * 5 for i in range(12)}
    head = {**{case: [True] * 3 for case in base}, "c07": [False, True, False]}
    found = judge(pairing_of(base, head, policy=SMALL))
    assert found.verdict == Verdict.PASS
    blind, outlook = found.families[0].reasons
    assert blind == "small set of 12 cases: drops below “1 of 12 always” cannot be seen"
    assert outlook == (
        "a margin of 35 pp is the least that it can hold at 1 run a case: "
        "15 / 10 / 5 pp would take about 16 / 30 / 71 more cases like these"
    )


def test_so_many_more_cases_as_a_small_set_is_told_do_hold_the_margin():
    for wanted, more in ((0.15, 16), (0.10, 30), (0.05, 71)):
        base = {f"c{i:03}": [True] * 5 for i in range(12 + more)}
        assert auto_margin(pairing_of(base, base).base, "exact", SMALL) <= wanted + 1e-9


def test_an_auto_margin_says_at_how_many_runs_it_holds():
    base = {f"c{i:03}": [True] * 5 for i in range(150)}
    head = {case: [True] for case in base} | {"c000": [False]}
    once = judge(pairing_of(base, head, policy=GatePolicy()))
    first = judge(replace(pairing_of(base, head, policy=GatePolicy()), look=Look(1, 3, 0.1, 1 / 3)))
    assert once.families[0].reasons == ("not worse than −5.0 pp",)
    assert first.families[0].reasons == ("not worse than −5.0 pp (auto margin at 3 runs a case)",)


def test_a_small_set_that_collapses_without_a_broken_case_is_no_pass():
    base = {f"c{i:02}": [True] * 5 for i in range(30)}
    head = {case: [True, False, False, False, False] for case in base}
    policy = GatePolicy(rule="cases")
    found = judge(pairing_of(base, head, policy=policy))
    assert found.verdict == Verdict.FAIL
    assert found.families[0].broke == tuple(sorted(base))
    assert found.families[0].reasons[0] == "worse (p <.0001) by more than the 14 pp that this small set can hold"


@pytest.mark.parametrize(
    ("others", "verdict"),
    [
        ({}, "FAIL"),
        ({"flips": ("++++-", "+")}, "INCONCLUSIVE"),
        ({f"flips{i}": ("++++-", "+") for i in range(9)}, "INCONCLUSIVE"),
        ({f"flips{i}": ("+++--", "-") for i in range(9)}, "FAIL"),
    ],
)
def test_a_replayed_broken_case_of_a_small_set_is_no_fail_where_others_flip_in_the_same_way(others, verdict):
    signs = {"c0": ("+++++", "-"), **others, **{f"same{i}": ("+++++", "+") for i in range(10)}}
    base, head = ({case: [sign == "+" for sign in pair[side]] for case, pair in signs.items()} for side in (0, 1))
    policy = GatePolicy(rule="cases", margin=0.2)
    (found,) = judge(pairing_of(base, head, policy=policy)).families
    assert found.verdict == verdict
    assert found.reasons[0] == "broken in every run: c0"
    assert "re-run live" in found.reasons[1]
    live = judge(pairing_of(base, head, policy=policy, live=True))
    assert live.verdict == Verdict.FAIL, "fresh answers are asked then, and they tell"


def test_many_broken_cases_of_a_small_set_are_more_than_its_flips_explain():
    base = {f"c{i}": [True] * 5 for i in range(9)} | {f"flips{i}": [False] + [True] * 4 for i in range(3)}
    head = {f"c{i}": [i >= 6] for i in range(9)} | {f"flips{i}": [True] for i in range(3)}
    assert judge(pairing_of(base, head, policy=GatePolicy(rule="cases", margin=0.9))).verdict == Verdict.FAIL


def test_a_small_set_of_grades_fails_by_a_case_that_fell_far_in_every_run():
    base = {f"c{i}": [0.9, 0.95] for i in range(6)}
    policy = GatePolicy(rule="cases")
    assert judge(pairing_of(base, {**base, "c3": [0.6, 0.5]}, policy=policy)).verdict == Verdict.FAIL
    assert judge(pairing_of(base, {**base, "c3": [0.6, 0.9]}, policy=policy)).verdict == Verdict.PASS


def test_a_rule_can_be_forced_either_way():
    base = {f"c{i}": [True] for i in range(10)}
    forced = GatePolicy(rule="statistics")
    assert judge(pairing_of(base, base, policy=forced)).families[0].rule == "statistics"
    assert judge(pairing_of(base, base, policy=GatePolicy(rule="cases", margin=0.05))).families[0].rule == "cases"


TONE = ScorerSpec("judge", "tone")


def with_tone(arm: Arm, tone) -> Arm:
    rows = {case: replace(row, values={**row.values, "tone": tuple(tone)}) for case, row in arm.rows.items()}
    return replace(arm, rows=rows, scorers={**arm.scorers, "tone": "t1"})


def test_a_secondary_scorer_can_fail_but_need_not_pass():
    arm = {f"c{i:03}": [True] for i in range(200)}
    base, same, worse = arm_of(arm, side="base "), arm_of(arm), arm_of(arm)
    fails = judge(pairing_of(with_tone(base, [True]), with_tone(worse, [False]), scorers=(EXACT, TONE)))
    assert (fails.verdict, [family.verdict for family in fails.families]) == ("FAIL", ["PASS", "FAIL"])
    few = {f"c{i:03}": [True] for i in range(40)}
    base, same = arm_of(few, side="base "), arm_of(few)
    for case in few:
        same.rows[case] = replace(same.rows[case], answers=base.rows[case].answers)
    open_ = judge(pairing_of(with_tone(base, [True]), with_tone(same, [True]), scorers=(EXACT, TONE)))
    assert open_.verdict == Verdict.PASS


def test_an_inconclusive_secondary_scorer_does_not_stop_the_prompt():
    base = arm_of({f"c{i:03}": [True] for i in range(200)}, side="base ")
    head = arm_of({f"c{i:03}": [True] for i in range(200)})
    few = {f"c{i:03}" for i in range(30)}
    for arm in (base, head):
        for case in few:
            arm.rows[case] = replace(arm.rows[case], values={**arm.rows[case].values, "tone": (True,)})
    both = [replace(arm, scorers={"exact": "v1", "tone": "t1"}) for arm in (base, head)]
    found = judge(pairing_of(*both, scorers=(EXACT, TONE)))
    assert [family.verdict for family in found.families] == ["PASS", "INCONCLUSIVE"]
    assert [family.cases for family in found.families] == [200, 30]
    assert found.verdict == Verdict.PASS


def test_the_scorer_marked_primary_comes_first_and_must_pass():
    base = with_tone(arm_of({f"c{i}": [True] for i in range(10)}, side="base "), [True])
    head = with_tone(arm_of({f"c{i}": [True] for i in range(10)}), [True])
    found = judge(pairing_of(base, head, scorers=(EXACT, replace(TONE, primary=True))))
    assert [(family.scorer, family.primary) for family in found.families] == [("tone", True), ("exact", False)]


def test_a_scorer_that_does_not_gate_has_no_say():
    base, head = cases(same=200)
    shown = replace(TONE, gate=False)
    found = judge(
        pairing_of(with_tone(arm_of(base, side="b"), [True]), with_tone(arm_of(head), [False]), scorers=(EXACT, shown))
    )
    assert found.verdict == Verdict.PASS
    assert [family.scorer for family in found.families] == ["exact"]


def test_no_gating_scorer_is_uncovered():
    base, head = cases(same=200)
    found = judge(pairing_of(base, head, scorers=(replace(EXACT, gate=False),)))
    assert (found.verdict, found.families) == (Verdict.UNCOVERED, ())


def slices(base, head, small=0):
    safe = {case: flagged(tags=("safe",)) for case in list(base)[200:230]}
    rare = {case: flagged(tags=("rare",)) for case in list(base)[:small]}
    return pairing_of(base, head, flags={**safe, **rare}, policy=GatePolicy(margin=0.05, slices=("safe", "rare")))


def test_a_slice_can_fail_where_the_whole_improves():
    base, head = cases(same=200, fixed=100, broke=30)
    found = judge(slices(base, dict(sorted(head.items()))))
    assert found.verdict == Verdict.FAIL
    assert [(family.slice, family.verdict) for family in found.families] == [(None, "IMPROVED"), ("safe", "FAIL")]
    assert found.families[1].cases == 30
    assert not found.families[1].primary


def test_an_inconclusive_slice_does_not_stop_the_prompt_and_a_tiny_one_is_named():
    base, head = cases(same=300)
    found = judge(slices(base, head, small=19))
    assert found.verdict == Verdict.PASS
    assert [(family.slice, family.verdict) for family in found.families] == [(None, "PASS"), ("safe", "INCONCLUSIVE")]
    assert "slice rare: 19 cases, too few to judge (20)" in found.reasons


def accepted(**drops):
    return Acceptance("ann", "shorter answers are wanted", drops)


@pytest.mark.parametrize(
    ("drops", "verdict"),
    [({"exact": 0.10}, "ACCEPTED"), ({"exact": 11 / 120}, "ACCEPTED"), ({"exact": 0.09}, "FAIL"), ({"tone": 0.5}, "FAIL"), ({}, "FAIL")],
)  # fmt: skip
def test_an_acceptance_covers_its_own_drop_and_no_larger_one(drops, verdict):
    base, head = cases(same=101, broke=15, fixed=4)
    found = judge(pairing_of(base, head, accepted=accepted(**drops)))
    assert found.verdict == verdict
    if verdict == "ACCEPTED":
        assert "accepted by ann: shorter answers are wanted" in found.families[0].reasons[0]


def test_an_acceptance_covers_an_inconclusive_drop_too():
    base, head = cases(same=43, broke=11, fixed=6)
    assert judge(pairing_of(base, head, accepted=accepted(exact=0.1))).verdict == Verdict.ACCEPTED
    assert judge(pairing_of(base, head, accepted=accepted(exact=0.05))).verdict == Verdict.INCONCLUSIVE


def test_an_acceptance_leaves_a_pass_a_pass():
    base, head = cases(same=300)
    assert judge(pairing_of(base, head, accepted=accepted(exact=0.1))).verdict == Verdict.PASS


def test_an_accepted_whole_does_not_cover_a_worse_slice():
    base, head = cases(same=200, fixed=100, broke=30)
    pairing = slices(base, head)
    assert judge(replace(pairing, accepted=accepted(exact=0.5))).verdict == Verdict.FAIL
    assert judge(replace(pairing, accepted=accepted(**{drop_key("exact", "safe"): 1.0}))).verdict == Verdict.ACCEPTED


def test_a_changed_scorer_is_no_verdict_until_the_answers_are_scored_anew():
    base, head = cases(same=200)
    other = replace(arm_of(head), scorers={"exact": "v2"})
    found = judge(pairing_of(base, other))
    assert found.verdict == Verdict.INCOMPLETE
    assert "scorer changed: exact" in found.reasons[0]


def test_a_scorer_that_only_one_side_has_is_a_changed_scorer():
    base, head = (arm_of(side) for side in cases(same=200))
    assert judge(pairing_of(base, replace(head, scorers={}))).verdict == Verdict.INCOMPLETE


@pytest.mark.parametrize("side", ["base", "head", "both"])
def test_a_scorer_that_never_scores_never_passes(side):
    nothing = {f"c{i:03}": [None] for i in range(200)}
    fine = {f"c{i:03}": [True] for i in range(200)}
    base = nothing if side in ("base", "both") else fine
    head = nothing if side in ("head", "both") else fine
    found = judge(pairing_of(base, head))
    assert found.verdict == Verdict.INCOMPLETE
    assert "exact" in found.reasons[0]


def test_identical_answers_without_scores_never_pass():
    arm = arm_of({f"c{i:03}": [None] for i in range(200)})
    assert judge(pairing_of(arm, arm)).verdict == Verdict.INCOMPLETE


def test_a_few_unscored_answers_are_left_out_and_counted():
    base, head = cases(same=200)
    found = judge(pairing_of(base, {**head, "c0007": [None]}))
    assert found.verdict == Verdict.PASS
    assert (found.families[0].unscored, found.families[0].cases) == (1, 199)
    five = {case: [None] for case in list(head)[:5]}
    assert judge(pairing_of(base, {**head, **five})).verdict == Verdict.INCOMPLETE


def test_runs_over_the_error_rate_are_incomplete_with_their_causes():
    base, head = cases(same=200)
    lost = dict.fromkeys(list(head)[:5], 1)
    found = judge(pairing_of(base, arm_of({**head, **dict.fromkeys(lost, ())}, lost=lost)))
    assert found.verdict == Verdict.INCOMPLETE
    assert found.reasons[0] == "5 of 200 runs of the head are missing (timeout 5), more than 2 %"
    assert found.families[0].missing == 5


def test_a_few_missing_runs_do_not_matter_where_they_could_not_change_the_verdict():
    base, head = cases(same=400)
    lost = {"c0001": 1}
    found = judge(pairing_of(base, arm_of({**head, "c0001": ()}, lost=lost)))
    assert found.verdict == Verdict.PASS
    assert "1 of 400 runs of the head are missing (timeout 1)" in found.reasons
    assert found.families[0].cases == 399


def test_missing_runs_that_decide_are_incomplete():
    base, head = cases(same=98, broke=2)
    lost = {"c0001": 1, "c0002": 1}
    pairing = pairing_of(base, arm_of({**head, **dict.fromkeys(lost, ())}, lost=lost))
    assert judge(replace(pairing, max_error_rate=0.02)).verdict == Verdict.INCOMPLETE


def test_sixty_missing_cases_of_a_hundred_are_no_pass():
    base, head = cases(same=100)
    found = judge(pairing_of(base, dict(list(head.items())[:40])))
    assert found.verdict == Verdict.INCOMPLETE
    assert "60 of 100 runs of the head are missing (not asked 60)" in found.reasons[0]


def test_missing_runs_of_a_live_base_count_as_well():
    base, head = cases(same=200)
    lost = dict.fromkeys(list(base)[:5], 1)
    found = judge(pairing_of(arm_of({**base, **dict.fromkeys(lost, ())}, lost=lost, side="base "), head))
    assert found.verdict == Verdict.INCOMPLETE
    assert "runs of the base are missing" in found.reasons[0]


def test_nothing_stored_is_no_baseline():
    _, head = cases(same=20)
    assert judge(pairing_of({}, head)).verdict == Verdict.NO_BASELINE


def test_nothing_answered_is_incomplete():
    base, _ = cases(same=20)
    assert judge(pairing_of(base, {})).verdict == Verdict.INCOMPLETE


def test_two_empty_arms_are_no_pass():
    assert judge(pairing_of({}, {})).verdict == Verdict.NO_BASELINE


def test_cases_that_all_changed_leave_nothing_to_compare():
    base, head = (arm_of(side) for side in cases(same=20))
    for case, row in head.rows.items():
        head.rows[case] = replace(row, case_digest="new")
    found = judge(pairing_of(base, head))
    assert found.verdict == Verdict.NO_BASELINE
    assert "no case of the base stands unchanged" in found.reasons[0]


def test_a_changed_case_is_left_out_and_named():
    base, head = (arm_of(side, side=name) for side, name in zip(cases(same=300), "bh", strict=True))
    head.rows["c0003"] = replace(head.rows["c0003"], case_digest="new")
    found = judge(pairing_of(base, head))
    assert found.verdict == Verdict.PASS
    assert found.families[0].unpaired == Unpaired(changed=("c0003",))
    assert found.families[0].cases == 299
    assert "changed: c0003" in found.reasons


def test_added_cases_are_listed_and_not_judged():
    base, head = cases(same=300)
    found = judge(pairing_of(base, {**head, "new": [False]}))
    assert found.verdict == Verdict.PASS
    assert found.families[0].unpaired == Unpaired(added=("new",))


def test_one_case_without_a_score_does_not_stop_a_slice_but_two_do():
    base, head = cases(same=300)
    one, two = ({case: [None] for case in sorted(head)[:count]} for count in (1, 2))
    assert judge(slices(base, {**head, **one}, small=25)).verdict == Verdict.PASS
    assert judge(slices(base, {**head, **two}, small=25)).verdict == Verdict.INCOMPLETE


def test_a_case_of_another_scorer_does_not_count_as_unscored():
    base, head = (
        arm_of({f"c{i:03}": [True] for i in range(200)}, side="b"),
        arm_of({f"c{i:03}": [True] for i in range(200)}),
    )
    for arm in (base, head):
        arm.rows["c007"] = row_of("c007", {"exact": [True], "checks": [True]}, side=str(id(arm)))
    both = [replace(arm, scorers={"exact": "v1", "checks": "k1"}) for arm in (base, head)]
    found = judge(pairing_of(*both, scorers=(EXACT, ScorerSpec("checks", "checks"))))
    assert [(family.cases, family.unscored) for family in found.families] == [(200, 0), (1, 0)]
    assert found.verdict == Verdict.PASS


def test_population_asks_about_cases_like_these():
    churn = cases(same=150, broke=25, fixed=25)
    found = judge(pairing_of(*churn, policy=GatePolicy(margin=0.05, inference="population")))
    assert found.families[0].p_worse == pytest.approx(0.5, abs=0.06)
    assert found.verdict == Verdict.INCONCLUSIVE


def test_clusters_count_once_however_many_cases_they_have():
    base, head = cases(same=60, broke=20)
    flags = {case: flagged(cluster="one page" if case >= "c0060" else case) for case in base}
    policy = GatePolicy(margin=0.05, inference="population", cluster="page")
    clustered = judge(pairing_of(base, head, policy=policy, flags=flags)).families[0]
    alone = judge(pairing_of(base, head, policy=policy)).families[0]
    assert clustered.delta == pytest.approx(-1 / 61)
    assert clustered.p_worse == 0.5
    assert alone.p_worse < 0.001
    assert (clustered.verdict, alone.verdict) == (Verdict.INCONCLUSIVE, Verdict.FAIL)


def test_strict_counts_the_observed_sum_in_full():
    base, head = cases(same=50, broke=5)
    mid = judge(pairing_of(base, head)).families[0]
    strict = judge(pairing_of(base, head, policy=GatePolicy(margin=0.05, exact="strict"))).families[0]
    assert (mid.p_worse, strict.p_worse) == (2**-6, 2**-5)


NEW = (replace(EXACT, minimum=0.9),)


@pytest.mark.parametrize(
    ("scores", "scorers", "verdict"),
    [
        ({"a": GOOD, "b": GOOD}, NEW, "NEW"),
        ({"a": GOOD, "b": BAD}, NEW, "FAIL"),
        ({"a": BAD, "b": BAD}, (EXACT,), "NEW"),
        ({}, NEW, "INCOMPLETE"),
        ({"a": [None], "b": [None]}, (EXACT,), "INCOMPLETE"),
        ({"a": GOOD}, (replace(EXACT, gate=False),), "UNCOVERED"),
    ],
)
def test_a_new_prompt_is_held_to_floors_alone(scores, scorers, verdict):
    assert judge_new(arm_of(scores), scorers, {}, STATISTICS).verdict == verdict


def test_a_new_prompt_is_held_to_hard_rules():
    head = arm_of({"a": GOOD, "b": BAD})
    for flag in ("never", "critical"):
        found = judge_new(head, (EXACT,), {"b": flagged(**{flag: True})}, STATISTICS)
        assert (found.verdict, [hard.rule for hard in found.hard]) == (Verdict.FAIL, [flag])
    family = judge_new(head, (EXACT,), {}, STATISTICS).families[0]
    assert (family.verdict, family.head_mean, family.base_mean) == (Verdict.NEW, 0.5, None)


def test_a_new_prompt_with_missing_runs_is_incomplete():
    head = arm_of({"a": GOOD, "b": ()}, lost={"b": 1})
    assert judge_new(head, (EXACT,), {}, STATISTICS).verdict == Verdict.INCOMPLETE


def test_a_slice_that_missing_runs_could_not_fail_does_not_stop_the_prompt():
    base, head = cases(same=400)
    flags = {case: flagged(tags=("safe",)) for case in list(base)[:60]}
    policy = GatePolicy(margin=0.05, slices=("safe",))
    one_lost = arm_of({**head, "c0001": ()}, lost={"c0001": 1})
    found = judge(pairing_of(base, one_lost, flags=flags, policy=policy))
    assert [family.verdict for family in found.families] == ["PASS", "INCONCLUSIVE"]
    assert found.verdict == Verdict.PASS


def test_a_slice_that_missing_runs_could_fail_is_incomplete():
    base, head = cases(same=400)
    broken = {case: [False] for case in list(base)[2:5]}
    flags = {case: flagged(tags=("safe",)) for case in list(base)[:60]}
    policy = GatePolicy(margin=0.05, slices=("safe",))
    two_lost = arm_of({**head, **broken, "c0000": (), "c0001": ()}, lost={"c0000": 1, "c0001": 1})
    found = judge(pairing_of(base, two_lost, flags=flags, policy=policy))
    assert [family.verdict for family in found.families] == ["PASS", "INCOMPLETE"]
    assert found.verdict == Verdict.INCOMPLETE


def test_the_arithmetic_starts_quickly_because_it_imports_next_to_nothing():
    code = "import sys, llmops_cli.compare.gate; print(*(set(sys.modules) & {'statistics', 'random', 'decimal', 'numpy', 'scipy'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_slice_that_is_named_twice_is_one_test():
    base, head = cases(same=200, fixed=100, broke=30)
    pairing = slices(base, head)
    twice = replace(pairing, policy=replace(pairing.policy, slices=("safe", "rare", "safe")))
    assert judge(twice) == judge(pairing)
