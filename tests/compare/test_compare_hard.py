from dataclasses import replace

import pytest
from pairings import EXACT, arm_of, binary, flagged, pairing_of

from llmops_cli.compare.gate import judge
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.run import Acceptance
from llmops_cli.model.verdict import Unpaired, Verdict

SAME = {f"c{i:03}": [True] for i in range(300)}
ACCEPTED = Acceptance("ann", "a smaller set", {"exact": 0.0})


def rules(found):
    return [(hard.rule, hard.case) for hard in found.hard]


def judged(base, head, flags, **facts):
    return judge(pairing_of({**SAME, **base}, {**SAME, **head}, flags=flags, **facts))


@pytest.mark.parametrize(("head", "fails"), [([True], False), ([False], True), ([True, True, False], True)])
@pytest.mark.parametrize("base", [[True], [False]])
def test_one_violation_of_a_never_case_fails_whatever_the_base_does(base, head, fails):
    found = judged({"c007": base}, {"c007": head}, {"c007": flagged(never=True)})
    assert rules(found) == ([("never", "c007")] if fails else [])
    assert (found.verdict is Verdict.FAIL) == fails


def test_an_acceptance_never_covers_a_never_case():
    accepted = Acceptance("ann", "really", {"exact": 1.0})
    assert judged({}, {"c007": [False]}, {"c007": flagged(never=True)}, accepted=accepted).verdict == Verdict.FAIL


def test_never_cases_that_hold_are_reported_with_their_bound():
    flags = {f"c{i:03}": flagged(never=True) for i in range(60)}
    assert "never: 0 of 60: ≤ 4.9 %" in judged({}, {}, flags).reasons


def test_any_gating_scorer_that_says_fail_violates_a_never_case():
    safe = ScorerSpec("not_contains", "safe")
    base, head = arm_of(SAME, side="base "), arm_of(SAME)
    for arm in (base, head):
        for case, row in arm.rows.items():
            arm.rows[case] = replace(row, values={**row.values, "safe": (case != "c007",)})
    both = [replace(arm, scorers={"exact": "v1", "safe": "s1"}) for arm in (base, head)]
    flags = {"c007": flagged(never=True)}
    found = judge(pairing_of(*both, scorers=(EXACT, safe), flags=flags))
    assert rules(found) == [("never", "c007")]
    assert found.hard[0].detail.startswith("safe: 1 of 1")
    shown = judge(pairing_of(*both, scorers=(EXACT, replace(safe, gate=False)), flags=flags))
    assert rules(shown) == []


def test_a_low_grade_beside_a_pass_does_not_violate_a_never_case():
    base, head = arm_of(SAME, side="base "), arm_of(SAME)
    for arm in (base, head):
        arm.rows["c007"] = replace(arm.rows["c007"], values={"exact": (True,), "rouge": (0.1,)})
    both = [replace(arm, scorers={"exact": "v1", "rouge": "r1"}) for arm in (base, head)]
    scorers = (ScorerSpec("rouge", "rouge"), EXACT)
    assert rules(judge(pairing_of(*both, scorers=scorers, flags={"c007": flagged(never=True)}))) == []


@pytest.mark.parametrize(("grade", "fails"), [(0.4, True), (0.5, False)])
def test_a_never_case_with_grades_only_passes_from_one_half(grade, fails):
    base = {case: [0.9] for case in SAME}
    found = judge(pairing_of(base, {**base, "c007": [grade]}, flags={"c007": flagged(never=True)}))
    assert bool(found.hard) == fails


@pytest.mark.parametrize("scores", [[None], [True, None]])
def test_a_never_case_that_was_not_scored_in_every_run_proves_nothing(scores):
    found = judged({}, {"c007": scores}, {"c007": flagged(never=True)})
    assert found.verdict == Verdict.INCOMPLETE
    assert found.reasons[0] == "never cases without a score in every run: c007"


@pytest.mark.parametrize("scores", [[], [True, True]])
@pytest.mark.parametrize("flag", ["never"])
def test_a_never_case_with_a_missing_run_is_incomplete(scores, flag):
    head = arm_of({**SAME, "c007": scores}, lost={"c007": 1})
    found = judge(pairing_of(SAME, head, flags={"c007": flagged(**{flag: True})}))
    assert found.verdict == Verdict.INCOMPLETE


def test_a_never_case_without_a_row_is_incomplete():
    head = {case: values for case, values in SAME.items() if case != "c007"}
    assert judge(pairing_of(SAME, head, flags={"c007": flagged(never=True)})).verdict == Verdict.INCOMPLETE


@pytest.mark.parametrize(
    ("base", "head", "fails"),
    [
        ("+", "-", True),
        ("+", "+", False),
        ("-", "-", False),
        ("++-", "-", True),
        ("+++--", "-", False),  # five runs show it to be flaky
        ("++---", "-", False),
        ("+++", "+--", True),
        ("+++", "+-", False),
        ("+-", "-", False),
    ],
)
def test_a_critical_case_fails_by_the_majority_of_its_runs_where_the_base_passes(base, head, fails):
    base, head = binary(base)["c000"], binary(head)["c000"]
    found = judged({"c007": base}, {"c007": head}, {"c007": flagged(critical=True)})
    assert rules(found) == ([("critical", "c007")] if fails else [])


def test_a_flaky_critical_case_is_named_and_so_is_one_in_quarantine():
    flags = {
        "c007": flagged(critical=True),
        "c008": flagged(critical=True, quarantined="by ann until 2027-01-01: slow"),
    }
    found = judged({"c007": [True] * 3 + [False] * 2, "c008": [True]}, {"c007": [False], "c008": [False]}, flags)
    assert rules(found) == []
    assert "critical, but flaky, so no hard rule: c007" in found.reasons
    assert "critical, but no hard rule: c008 is quarantined by ann until 2027-01-01: slow" in found.reasons
    (family,) = found.families
    assert (family.broke, family.same) == ((), family.cases - 2), "neither broken nor the same"
    assert family.aside == ("c007", "c008")


def test_a_never_case_has_no_quarantine():
    flags = {"c007": flagged(never=True, quarantined="by ann until 2027-01-01: slow")}
    assert rules(judged({"c007": [True]}, {"c007": [False]}, flags)) == [("never", "c007")]


def test_a_critical_case_whose_missing_runs_decide_is_incomplete():
    flags = {"c007": flagged(critical=True)}
    decided = arm_of({**SAME, "c007": [False, False]}, lost={"c007": 1})
    assert rules(judge(pairing_of(SAME, decided, flags=flags))) == [("critical", "c007")]
    open_ = arm_of({**SAME, "c007": [True, False]}, lost={"c007": 1})
    assert judge(pairing_of(SAME, open_, flags=flags)).verdict == Verdict.INCOMPLETE
    fine = arm_of({**SAME, "c007": [True, True]}, lost={"c007": 1})
    assert judge(pairing_of(SAME, fine, flags=flags)).verdict == Verdict.PASS


def test_a_critical_case_without_any_answer_is_incomplete():
    head = arm_of({**SAME, "c007": ()}, lost={"c007": 1})
    assert judge(pairing_of(SAME, head, flags={"c007": flagged(critical=True)})).verdict == Verdict.INCOMPLETE


def floor(minimum):
    return (replace(EXACT, minimum=minimum),)


@pytest.mark.parametrize(("minimum", "verdict"), [(0.99, "PASS"), (0.995, "FAIL"), (297 / 300, "PASS")])
def test_a_scorer_below_its_floor_fails_though_nothing_changed(minimum, verdict):
    wrong = {f"c{i:03}": [False] for i in range(3)}
    found = judged(wrong, wrong, {}, scorers=floor(minimum))
    assert found.verdict == verdict
    assert [hard.rule for hard in found.hard] == (["min"] if verdict == "FAIL" else [])


def test_a_floor_that_the_missing_runs_decide_is_incomplete():
    wrong = {f"c{i:03}": [False] for i in range(3)}
    head = arm_of({**SAME, **wrong, "c200": ()}, lost={"c200": 1})
    found = judge(pairing_of({**SAME, **wrong}, head, scorers=floor(0.99)))
    assert found.verdict == Verdict.INCOMPLETE
    assert "exact must reach 99 %: the missing runs decide" in found.reasons


def test_cases_that_the_head_adds_do_not_lift_it_over_a_floor():
    wrong = {f"c{i:03}": [False] for i in range(4)}
    added = {f"easy{i}": [True] for i in range(1000)}
    found = judged(wrong, {**wrong, **added}, {}, scorers=floor(0.99))
    assert [hard.rule for hard in found.hard] == ["min"]


def dropped(count, flags=None, **facts):
    gone = tuple(sorted(SAME)[:count])
    head = {case: values for case, values in SAME.items() if case not in gone}
    return judge(pairing_of(SAME, head, unpaired=Unpaired(removed=gone), flags=flags or {}, **facts))


@pytest.mark.parametrize(("count", "verdict"), [(1, "PASS"), (15, "PASS"), (16, "FAIL"), (299, "FAIL"), (300, "FAIL")])
def test_more_than_five_percent_of_removed_cases_fail(count, verdict):
    found = dropped(count)
    assert found.verdict == verdict
    assert any(reason.startswith("removed: c000") for reason in found.reasons)


@pytest.mark.parametrize("flag", ["critical", "never"])
def test_one_removed_critical_case_fails(flag):
    found = dropped(1, {"c000": flagged(**{flag: True})})
    assert rules(found) == [("removed-cases", "c000")]


def test_removed_cases_can_be_accepted():
    found = dropped(100, {"c000": flagged(critical=True)}, accepted=ACCEPTED)
    assert found.verdict == Verdict.ACCEPTED
    assert "100 cases removed, accepted by ann: a smaller set" in found.reasons


def test_a_removed_case_that_the_head_still_answers_stays_in_the_statistics():
    gone = tuple(sorted(SAME)[:15])
    broken = {**SAME, **dict.fromkeys(gone, (False,))}
    found = judge(pairing_of(SAME, broken, unpaired=Unpaired(removed=gone)))
    assert found.verdict == Verdict.FAIL
    assert found.families[0].broke == gone


def recoded(cases):
    arm = arm_of(SAME)
    for case in cases:
        arm.rows[case] = replace(arm.rows[case], case_digest="new")
    return arm


@pytest.mark.parametrize(("count", "verdict"), [(15, "PASS"), (16, "INCOMPLETE")])
def test_more_than_five_percent_of_changed_cases_prove_too_little(count, verdict):
    assert judge(pairing_of(SAME, recoded(sorted(SAME)[:count]))).verdict == verdict


def test_one_changed_critical_case_proves_too_little():
    found = judge(pairing_of(SAME, recoded(["c007"]), flags={"c007": flagged(critical=True)}))
    assert found.verdict == Verdict.INCOMPLETE


def test_a_case_that_changed_in_the_files_alone_still_stands():
    names = tuple(sorted(SAME)[:30])
    found = judge(pairing_of(SAME, SAME, unpaired=Unpaired(changed=names)))
    assert found.verdict == Verdict.PASS
    assert found.families[0].cases == 300
    assert found.families[0].unpaired.changed == names
