import pytest
from pairings import arm_of, row_of

from llmops_cli.compare.runs import arm, pair, summarise
from llmops_cli.model.completion import Completion, Failure, Usage
from llmops_cli.model.run import Result, Run, RunPlan, Score
from llmops_cli.model.verdict import Unpaired


def plan(*cases, repeats=1, scorers=("exact",)):
    return RunPlan(
        "R1", "greet", "d1", "1.0.0", "greetings", "e1", dict.fromkeys(scorers, "s1"), "m", repeats, cases, "abc"
    )


def answered(case, value, repeat=0, *, layer="live", cost_usd=0.01, latency_s=1.0, parts=None, **more):
    usage = Usage(10, 5)
    completion = Completion(
        f"{case} {value} {repeat}", model="m-1", usage=usage, latency_s=latency_s, cost_usd=cost_usd, layer=layer
    )
    passed = value if isinstance(value, bool) else None
    number = None if value is None else float(value)
    return Result(
        case, f"digest {case}", repeat, completion, (Score("exact", number, passed, parts=parts or {}),), **more
    )


def lost(case, repeat=0, code="timeout"):
    return Result(case, f"digest {case}", repeat, Failure("retryable", code, f"{code} of {case}"))


def test_an_arm_keeps_every_repeat_in_order():
    run = Run(plan("a", repeats=3), (answered("a", True, 2), answered("a", False, 0), answered("a", True, 1)))
    row = arm(run).rows["a"]
    assert row.values == {"exact": (False, True, True)}
    assert len(set(row.answers)) == 3
    assert (row.tokens, row.cost_usd, row.latency_s) == (15.0, 0.01, 1.0)
    assert row.case_digest == "digest a"


def test_the_latest_row_of_a_repeat_stands_whether_it_answers_or_not():
    failed_then_answered = Run(plan("a"), (lost("a"), answered("a", True)))
    answered_then_failed = Run(plan("a"), (answered("a", True), lost("a")))
    assert arm(failed_then_answered).rows["a"].failures == {}
    assert arm(failed_then_answered).rows["a"].values == {"exact": (True,)}
    assert arm(answered_then_failed).rows["a"].failures == {"timeout": 1}
    assert arm(answered_then_failed).rows["a"].values == {}


def test_a_failure_is_counted_and_never_scored():
    found = arm(Run(plan("a", repeats=3), (lost("a", 0), answered("a", 0.5, 1), lost("a", 2, "auth")))).rows["a"]
    assert found.failures == {"auth": 1, "timeout": 1}
    assert found.values == {"exact": (0.5,)}
    assert len(found.answers) == 1


def test_a_planned_case_without_a_row_is_missing_not_forgotten():
    found = arm(Run(plan("a", "b", repeats=2), (answered("a", True),)))
    assert list(found.rows) == ["a", "b"]
    assert found.rows["b"].failures == {"missing": 2}
    assert found.rows["b"].values == {}


def test_an_unscored_answer_stays_a_gap():
    assert arm(Run(plan("a"), (answered("a", None),))).rows["a"].values == {"exact": (None,)}


def test_costs_that_nobody_knows_are_no_zero():
    found = arm(Run(plan("a"), (answered("a", True, cost_usd=None),))).rows["a"]
    assert found.cost_usd is None


def test_an_arm_names_where_it_comes_from():
    found = arm(Run(plan("a"), (answered("a", True),)))
    assert (found.prompt, found.digest, found.evalset, found.evalset_digest) == ("greet", "d1", "greetings", "e1")
    assert (found.version, found.commit, found.runs, found.models) == ("1.0.0", "abc", ("R1",), ("m-1",))
    assert found.scorers == {"exact": "s1"}


def test_cases_pair_by_id_and_content():
    base, head = arm_of({"a": [True], "b": [True], "c": [True]}), arm_of({"b": [True], "c": [True], "d": [True]})
    head.rows["c"] = row_of("c", {"exact": [True]}, case_digest="another")  # type: ignore[index]
    assert pair(base, head) == Unpaired(added=("d",), removed=("a",), changed=("c",))


def test_a_summary_counts_cases_calls_and_money():
    rows = (
        answered("a", True),
        answered("b", False, latency_s=3.0),
        answered("c", True, layer="cached", latency_s=2.0),
    )
    found = summarise(Run(plan("a", "b", "c"), rows), None)
    assert (found.cases, found.done, found.repeats, found.exit_code) == (3, 3, 1, 0)
    assert found.calls == {"cached": 1, "live": 2}
    assert found.cost_usd == pytest.approx(0.02)
    assert found.unpriced == 0
    assert found.latency_p50_s == 2.0
    assert found.worst == ("b",)
    (score,) = found.scores
    assert (score.mean, score.scored, score.unscored, score.binary) == (pytest.approx(2 / 3), 3, 0, True)
    assert score.low < 2 / 3 < score.high


def test_a_summary_shows_the_baseline_on_the_same_cases_only():
    baseline = arm_of({"a": [True, False], "z": [False]})
    found = summarise(Run(plan("a", "b"), (answered("a", True), answered("b", True))), baseline)
    assert found.scores[0].baseline_mean == 0.5


def test_the_worst_cases_come_worst_first_and_full_scores_never():
    rows = (answered("a", 0.5), answered("b", 0.2), answered("c", 1.0), answered("d", 0.5), answered("e", None))
    found = summarise(Run(plan("a", "b", "c", "d", "e"), rows), None)
    assert found.worst == ("b", "a", "d")
    assert found.scores[0].unscored == 1
    assert not found.scores[0].binary


def test_parts_of_a_score_are_averaged():
    rows = (answered("a", 0.5, parts={"f1": 1.0, "date": 0.0}), answered("b", 0.5, parts={"f1": 0.5}))
    assert summarise(Run(plan("a", "b"), rows), None).scores[0].parts == {"date": 0.0, "f1": 0.75}


@pytest.mark.parametrize(
    ("rows", "rate", "code"),
    [
        ([answered("a", True), answered("b", True)], 0.0, 0),
        ([answered("a", True)], 0.5, 4),  # b never ran
        ([answered("a", True), lost("b")], 0.5, 0),
        ([answered("a", True), lost("b")], 0.49, 4),
        ([], 1.0, 4),
    ],
)
def test_a_run_is_complete_when_every_row_is_there_and_few_failed(rows, rate, code):
    assert summarise(Run(plan("a", "b"), tuple(rows)), None, max_error_rate=rate).exit_code == code


def test_a_run_without_cases_is_never_a_success():
    assert summarise(Run(plan(), ()), None).exit_code == 4


def test_errors_are_counted_by_code_with_an_example():
    found = summarise(Run(plan("a", "b", "c"), (lost("a"), lost("b"), lost("c", code="auth"))), None)
    assert found.errors == {"auth": 1, "timeout": 2}
    assert found.error_examples == {"auth": "auth of c", "timeout": "timeout of a"}
    assert found.scores[0].mean is None
    assert found.latency_p50_s is None


def test_a_live_answer_without_a_price_is_counted_as_such():
    rows = (answered("a", True, cost_usd=None), answered("b", True))
    found = summarise(Run(plan("a", "b"), rows), None)
    assert (found.cost_usd, found.unpriced) == (0.01, 1)
    assert summarise(Run(plan("a"), rows[:1]), None).cost_usd is None
    assert summarise(Run(plan("a"), (answered("a", True, layer="recorded"),)), None).cost_usd == 0.0


def test_repeats_of_a_case_are_not_new_cases_for_the_interval():
    once = summarise(Run(plan("a", "b"), (answered("a", True), answered("b", False))), None).scores[0]
    rows = tuple(answered(case, case == "a", repeat) for case in "ab" for repeat in range(5))
    often = summarise(Run(plan("a", "b", repeats=5), rows), None).scores[0]
    assert (often.low, often.high) == (once.low, once.high)
    assert often.scored == 10


@pytest.mark.parametrize("values", [(True, False), (0.75, 0.25)])
def test_an_interval_is_as_wide_as_the_requests_make_it_not_the_cases(values):
    cases = [f"c{at}" for at in range(20)]
    copies, once = (
        tuple(answered(case, values[at % 2], fingerprint=f"request {at % 2}") for at, case in enumerate(cases[:count]))
        for count in (20, 2)
    )
    (many,), (few,) = (summarise(Run(plan(*(row.case for row in rows)), rows), None).scores for rows in (copies, once))
    assert (many.mean, many.low, many.high) == pytest.approx((few.mean, few.low, few.high))


def test_an_interval_lies_about_its_mean_where_one_question_is_asked_more_often():
    rows = tuple(answered(f"c{at}", 0.9 if at else 0.1, fingerprint=str(bool(at))) for at in range(10))
    (score,) = summarise(Run(plan(*(row.case for row in rows)), rows), None).scores
    assert score.low < score.mean < score.high
