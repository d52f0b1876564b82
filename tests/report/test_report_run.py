"""What runs say: looks, the contract for scripts, one run in full, and hostile text in every field."""

import json
import re
from dataclasses import replace

import pytest
from gate_reports import EVIL
from report_golden import assert_golden

from llmops_cli.errors import UnknownNameError
from llmops_cli.model.completion import Completion, Failure, Usage
from llmops_cli.model.run import Result, Run, RunEstimate, RunPlan, RunSummary, Score, ScoreSummary
from llmops_cli.report import run_list, run_plan, run_text
from llmops_cli.report.run_json import document, plan_document
from llmops_cli.report.run_show import show

RUN = "01K8QZ7W00000000000000000A"

GOOD = RunSummary(
    run=RUN,
    prompt="billing/extract-invoice",
    digest="5f24" + "0" * 60,
    evalset="invoices",
    model="claude-sonnet-4-6",
    cases=120,
    done=120,
    repeats=1,
    calls={"live": 98, "cached": 22},
    errors={},
    cost_usd=0.44,
    unpriced=0,
    scores=(
        ScoreSummary(
            "json_fields", 97 / 120, 0.729, 0.869, 120, 0, baseline_mean=0.9, parts={"total": 0.808, "date": 1.0}
        ),
        ScoreSummary("json_schema", 1.0, 0.969, 1.0, 120, 0, baseline_mean=1.0),
        ScoreSummary("rouge", 0.5, 0.45, 0.55, 118, 2, binary=False, baseline_mean=0.4),
        ScoreSummary("new_one", 0.5, 0.4, 0.6, 120, 0),
        ScoreSummary("blind", None, None, None, 0, 120, why="the case has no expected"),
    ),
    latency_p50_s=1.21,
    baseline_latency_s=0.8,
    worst=tuple(f"inv-{number:03}" for number in (17, 44, 51, *range(60, 72))),
)
BAD = replace(
    GOOD,
    done=113,
    repeats=3,
    calls={"recorded": 340, "live": 3},
    errors={"timeout": 2, "rate-limit": 5},
    error_examples={"rate-limit": "inv-044: 429 Too Many Requests, try again in 20 s"},
    cost_usd=0.02,
    unpriced=3,
    scores=(),
    latency_p50_s=None,
    worst=(),
    exit_code=4,
)
AGAIN = replace(
    GOOD,
    repeats=8,
    scores=(
        ScoreSummary("solved", 0.42, 0.35, 0.49, 958, 2, pass_hat={k: 0.42 ** (k / 2 + 0.5) for k in range(1, 9)}),
        ScoreSummary("polite", 1.0, 0.969, 1.0, 960, 0),
    ),
)
HOSTILE = RunSummary(
    RUN, f"::{EVIL}", EVIL, EVIL, EVIL, 1, 1, 1, {"live": 1}, {f"::{EVIL}": 1}, None, 1,
    (ScoreSummary(f"::{EVIL}", 0.5, 0.4, 0.6, 1, 1, parts={f"::{EVIL}": 0.5}, why=f"::{EVIL}"),), 0.5, worst=(f"::{EVIL}",), exit_code=4,
    error_examples={f"::{EVIL}": EVIL},
)  # fmt: skip

ANSWER = Completion(
    '{"number": "INV-17",\n "total": "12.50"}',
    model="claude-sonnet-4-6",
    usage=Usage(1904, 31),
    latency_s=1.2,
    cost_usd=0.0061,
    layer="recorded",
)
PLAN = RunPlan(
    RUN, "billing/extract-invoice", "5f24" + "0" * 60, "3.2.0", "invoices", "e" * 12, {"json_fields": "a" * 12},
    "claude-sonnet-4-6", 1, ("inv-001", "inv-017", "inv-044", "inv-051"), commit="90373b1" + "0" * 33, dirty=True,
)  # fmt: skip
STORED = Run(
    PLAN,
    (
        Result("inv-001", "c", 0, ANSWER, (Score("json_fields", 1.0, True), Score("rouge", 0.71))),
        Result(
            "inv-017",
            "c",
            0,
            replace(ANSWER, tool_calls=({"name": "lookup", "arguments": {"id": 17}},), refusal="I must not"),
            (
                Score("json_fields", 0.5, False, 'total: expected "12.05", got "12.50"', {"number": 1.0, "total": 0.0}),
                Score("judge", None, None, "the judge gave no number"),
            ),
        ),
        Result(
            "inv-044", "c", 0, Failure("retryable", "rate-limit", "429 Too Many Requests", "lower --jobs", attempts=4)
        ),
    ),
)
EVIL_RUN = Run(
    replace(PLAN, prompt=f"::{EVIL}", evalset=EVIL, model=EVIL, cases=(f"::{EVIL}", EVIL), commit=EVIL, version=EVIL),
    (
        Result(
            f"::{EVIL}",
            "c",
            0,
            Completion(f"::x\n::y\r::z\n{EVIL}", ({EVIL: EVIL},), EVIL, EVIL, EVIL),
            (Score(f"::{EVIL}", 0.0, False, EVIL),),
        ),
        Result(EVIL, "c", 0, Failure("case", f"::{EVIL}", f"::{EVIL}", f"::{EVIL}")),
    ),
)

PLANS = (
    RunEstimate(
        "billing/extract-invoice", "5f24", "invoices", "claude-sonnet-4-6", 120, 98, 22, 0, 228_000, 49_000, 1.419, True
    ),
    RunEstimate("support/refund", "77aa", "refunds", "local/llama", 40, 40, 0, 0, 8_000, 4_000, None, False),
)

LOOKS = {
    "good": run_text.text(GOOD),
    "again": run_text.text(AGAIN),
    "title": run_text.title(GOOD),
    "errors": run_text.text(BAD),
    "bare": run_text.text(replace(GOOD, scores=(), latency_p50_s=None, worst=(), calls={}, cost_usd=None)),
    "hostile": run_text.text(HOSTILE),
    "dry-run": run_plan.text(PLANS),
    "dry-run-one": run_plan.text(PLANS[:1]),
    "dry-run-none": run_plan.text(()),
    "list": run_list.text((PLAN, replace(PLAN, run="01K8QZ0000000000000000000B", version="", commit="", dirty=False))),
    "list-none": run_list.text(()),
    "show": show(STORED, case=None),
    "show-case": show(STORED, case="inv-017"),
    "show-failure": show(STORED, case="inv-044"),
    "show-missing": show(STORED, case="inv-051"),
    "show-hostile": show(EVIL_RUN, case=None),
    "show-hostile-case": show(EVIL_RUN, case=f"::{EVIL}"),
    "show-hostile-failure": show(EVIL_RUN, case=EVIL),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_run_reads_as_designed(name):
    assert_golden(f"run/{name}.txt", LOOKS[name] + "\n")


@pytest.mark.parametrize(
    "shown",
    [
        *LOOKS.values(),
        run_list.text((EVIL_RUN.plan,)),
        run_plan.text((RunEstimate(f"::{EVIL}", "", EVIL, EVIL, 1, 1, 0, 0, 1, 1, None, True),)),
    ],
)
def test_no_line_is_obeyed_by_a_terminal_or_a_runner(shown):
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", shown)
    for line in shown.split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def test_colour_changes_no_word():
    for summary in (GOOD, BAD, HOSTILE):
        painted = run_text.text(summary, color=True)
        assert painted != run_text.text(summary)
        assert re.sub(r"\x1b\[\d+m", "", painted) == run_text.text(summary)


def test_an_arrow_stands_only_where_the_baseline_lies_outside_the_interval():
    lines = run_text.text(GOOD).split("\n")
    arrows = {line.split()[0]: [sign for sign in "▼▲" if sign in line] for line in lines[2:]}
    assert arrows["json_fields"] == ["▼"]
    assert arrows["json_schema"] == []
    assert arrows["rouge"] == ["▲"]


def test_the_order_of_counts_changes_no_byte():
    turned = replace(BAD, calls=dict(reversed(BAD.calls.items())), errors=dict(reversed(BAD.errors.items())))
    assert run_text.text(turned) == run_text.text(BAD)
    assert json.dumps(document([turned], 4)) == json.dumps(document([BAD], 4))


def test_the_document_keeps_the_contract():
    found = document([GOOD, BAD], 4)
    assert found["schema"] == "llmops/runs@1"
    assert found["exit_code"] == 4
    first, second = found["runs"]
    assert list(first)[:9] == ["run", "prompt", "digest", "evalset", "cases", "errors", "calls", "cost_usd", "scores"]
    assert first["calls"] == {"live": 98, "recorded": 0, "cached": 22}
    assert first["scores"]["json_schema"] == {
        "mean": 1.0,
        "low": 0.969,
        "high": 1.0,
        "scored": 120,
        "unscored": 0,
        "why": None,
        "baseline_mean": 1.0,
        "parts": {},
        "pass_hat": {},
    }
    assert first["scores"]["blind"]["mean"] is None
    assert second["errors"] == 7
    assert second["errors_by_code"] == {"rate-limit": 5, "timeout": 2}
    json.dumps(found, allow_nan=False)


def test_the_document_says_how_often_k_runs_of_a_case_all_pass():
    found = document([AGAIN], 0)["runs"][0]["scores"]["solved"]["pass_hat"]
    assert list(found) == [str(k) for k in range(1, 9)]
    assert found["1"] == 0.42


def test_the_document_of_a_dry_run_has_the_same_keys_and_no_run():
    found = plan_document(PLANS)
    assert found["schema"] == "llmops/runs@1"
    first, second = found["runs"]
    assert set(document([GOOD], 0)["runs"][0]) - set(first) <= {
        "done",
        "repeats",
        "unpriced",
        "errors_by_code",
        "latency_p50_s",
        "worst",
        "exit_code",
    }
    assert first["run"] is None
    assert first["calls"] == {"live": 98, "recorded": 22, "cached": 0}
    assert first["tokens"] == {"input": 228_000, "output": 49_000}
    assert first["cost_usd"] == 1.419
    assert second["cost_usd"] is None


def test_the_list_of_runs_as_a_document_keeps_whole_ids():
    assert run_list.document((PLAN,))["runs"][0]["run"] == RUN


def test_a_case_that_is_not_there_is_asked_back():
    with pytest.raises(UnknownNameError) as caught:
        show(STORED, case="inv-17")
    assert "inv-017" in caught.value.hint


def test_an_endless_answer_is_shown_in_part_and_says_how_much_more_there_is():
    endless = Run(PLAN, (Result("inv-001", "c", 0, Completion("x" * 150_000)),))
    shown = show(endless, case="inv-001")
    assert len(shown) < 110_000
    assert "… 50,000 more characters" in shown
