"""What `eval show` says: the rows of a run, or one case in full with its answers and why they scored as they did."""

import json
from collections.abc import Sequence
from difflib import get_close_matches

from llmops_cli.errors import UnknownNameError
from llmops_cli.model.completion import Completion, Failure
from llmops_cli.model.run import Result, Run, Score
from llmops_cli.report.columns import lines
from llmops_cli.report.figures import count, percent, seconds, usd
from llmops_cli.report.quote import argument, quoted, word
from llmops_cli.report.sanitize import workflow

SHOWN_ID = 8
LINE_LIMIT = 400
TEXT_LIMIT = 100_000


def show(run: Run, *, case: str | None) -> str:
    """Return every row of a run on a line, or all of one case. Raises `UnknownNameError`."""
    plan = run.plan
    size = f"{count(len(plan.cases), 'case')} × {plan.repeats}"
    head = f"run {plan.run[:SHOWN_ID]}  " + " · ".join((word(plan.prompt), word(plan.evalset), size, word(plan.model)))
    return "\n".join([head, *(_rows(run) if case is None else _case(run, case))])


def _rows(run: Run) -> list[str]:
    found = [_row(result, run.plan.repeats) for result in run.results]
    missing = len(run.missing)
    resume = f"  {count(missing, 'row')} missing: llmops eval resume {run.plan.run[:SHOWN_ID]}"
    return lines(found) + [resume] * bool(missing)


def _row(result: Result, repeats: int) -> tuple[str, ...]:
    name = word(result.case) + (f" #{result.repeat}" if repeats > 1 else "")
    match result.answer:
        case Failure() as failure:
            return (name, "no answer", f"{word(failure.code)}: {word(failure.message)}")
        case Completion() as answer:
            scores = ", ".join(f"{word(score.scorer)} {_value(score)}" for score in result.scores)
            return (name, scores or "not scored", quoted(answer.text))


def _case(run: Run, case: str) -> list[str]:
    rows = [result for result in run.results if result.case == case]
    if rows:
        return [line for result in rows for line in _full(result)]
    if case in run.plan.cases:
        return [f"case {word(case)} has no row yet: llmops eval resume {run.plan.run[:SHOWN_ID]}"]
    near = get_close_matches(case, run.plan.cases, n=3)
    hint = f"did you mean {', '.join(map(argument, near))}?" if near else f"llmops eval show {run.plan.run[:SHOWN_ID]}"
    raise UnknownNameError(f"run {run.plan.run[:SHOWN_ID]} has no case {word(case)!r}", hint=hint)


def _full(result: Result) -> list[str]:
    head = f"case {word(result.case)} #{result.repeat}"
    match result.answer:
        case Failure() as failure:
            said = f"  no answer: {word(failure.code)} after {count(failure.attempts, 'attempt')}"
            return [head, said, *_indented(failure.message), *_indented(failure.hint)]
        case Completion() as answer:
            return [f"{head}  {_facts(answer)}", "  answer", *_answer(answer), "  scores", *_scores(result.scores)]


def _facts(answer: Completion) -> str:
    usage = answer.usage
    about = "≈ " if usage.estimated else ""
    tokens = [
        f"{about}{count(number)} tokens {way}"
        for number, way in ((usage.input_tokens, "in"), (usage.output_tokens, "out"))
        if number is not None
    ]
    facts = [word(answer.model), answer.layer, word(answer.finish_reason), *tokens]
    return ", ".join(fact for fact in (*facts, seconds(answer.latency_s), usd(answer.cost_usd)) if fact)


def _answer(answer: Completion) -> list[str]:
    calls = [json.dumps(call, ensure_ascii=False, sort_keys=True) for call in answer.tool_calls]
    parts = [*_indented(answer.text)] if answer.text or not (calls or answer.refusal) else []
    for call in calls:
        parts += _indented(f"tool call {call}")
    return parts + (_indented(f"refusal: {answer.refusal}") if answer.refusal else [])


def _scores(scores: Sequence[Score]) -> list[str]:
    if not scores:
        return ["    none"]
    return lines([(word(score.scorer), _value(score), _detail(score)) for score in scores], indent="    ")


def _detail(score: Score) -> str:
    parts = ", ".join(f"{word(name)} {percent(share)}" for name, share in sorted(score.parts.items()))
    return "  ".join(part for part in (word(score.detail, LINE_LIMIT), parts) if part)


def _value(score: Score) -> str:
    if score.value is None:
        return "unscored"
    if score.passed is None:
        return percent(score.value)
    word_ = "pass" if score.passed else "fail"
    return word_ if score.value in (0.0, 1.0) else f"{word_} ({percent(score.value)})"


def _indented(text: str) -> list[str]:
    """Return all lines of a foreign text behind a bar, so that none can pass for one of ours."""
    if not text:
        return ["    │"]
    shown = text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT]
    cut = [f"    … {count(len(text) - TEXT_LIMIT)} more characters"] if len(text) > TEXT_LIMIT else []
    return [f"    │ {line}".rstrip() for line in workflow(shown).split("\n")] + cut
