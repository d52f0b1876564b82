"""A run's rows → an arm that can be compared, the cases that two arms do not share, a summary that people read."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from llmops_cli.compare.pairs import scored
from llmops_cli.compare.passes import pass_hat
from llmops_cli.compare.stats import graded_interval, mean, middle, wilson
from llmops_cli.errors import ExitCode
from llmops_cli.model.completion import Completion, Failure
from llmops_cli.model.judge_calls import NO_JUDGE_CALLS, JudgeCalls
from llmops_cli.model.run import Arm, Result, Row, Run, RunSummary, ScoreSummary, Value
from llmops_cli.model.verdict import Unpaired


def arm(run: Run) -> Arm:
    """Return every repeat of every planned case. The latest row of a (case, repeat) stands, answer or failure.

    A planned case without any row has as many failures ("missing") as the plan has repeats.
    """
    rows = {case: Row(case, "", {}, failures={"missing": max(1, run.plan.repeats)}) for case in run.plan.cases}
    by_case: dict[str, list[Result]] = {}
    for result in latest(run):
        by_case.setdefault(result.case, []).append(result)
    rows |= {case: _row(results) for case, results in by_case.items()}
    answers = [result.answer for result in run.results if isinstance(result.answer, Completion)]
    return Arm(
        prompt=run.plan.prompt,
        digest=run.plan.digest,
        evalset=run.plan.evalset,
        evalset_digest=run.plan.evalset_digest,
        scorers=dict(run.plan.scorers),
        rows=dict(sorted(rows.items())),
        version=run.plan.version,
        models=tuple(sorted({answer.model for answer in answers if answer.model})),
        runs=(run.plan.run,) if run.plan.run else (),
        commit=run.plan.commit,
        fingerprints=tuple(sorted({answer.system_fingerprint for answer in answers if answer.system_fingerprint})),
    )


def pair(base: Arm, head: Arm) -> Unpaired:
    """Return the cases that stand in one arm only, and those whose content is not the same in both; sorted.

    A case without any answer has no content of its own to differ.
    """
    both = base.rows.keys() & head.rows.keys()
    digests = {case: (base.rows[case].case_digest, head.rows[case].case_digest) for case in both}
    return Unpaired(
        added=tuple(sorted(head.rows.keys() - base.rows.keys())),
        removed=tuple(sorted(base.rows.keys() - head.rows.keys())),
        changed=tuple(sorted(case for case, (old, new) in digests.items() if old and new and old != new)),
    )


def latest(run: Run) -> tuple[Result, ...]:
    """Return one row for each (case, repeat), the last one written, sorted by case and repeat."""
    rows = {(result.case, result.repeat): result for result in run.results}
    return tuple(rows[key] for key in sorted(rows))


def summarise(run: Run, baseline: Arm | None, *, max_error_rate: float = 0.02, primary: str = "") -> RunSummary:
    """Return what a person wants to know of a run. Exit code 4 where rows are missing or too many have no answer.

    `primary` names the scorer by which the worst cases are found, and whose pass^k is told: the plan's first, if
    nothing is named. The cost is what this run paid: for live answers, and its judges.
    """
    rows, found = latest(run), arm(run)
    answers = [result.answer for result in rows if isinstance(result.answer, Completion)]
    failures = [result.answer for result in rows if isinstance(result.answer, Failure)]
    asked = sum((result.asked for result in rows), NO_JUDGE_CALLS)
    cost_usd, unpriced = _paid(answers, asked)
    complete = bool(rows) and not run.missing and len(failures) <= max_error_rate * len(rows)
    lacking = {case for case, _ in run.missing}
    first = primary or next(iter(run.plan.scorers), "")
    return RunSummary(
        run=run.plan.run,
        prompt=run.plan.prompt,
        digest=run.plan.digest,
        evalset=run.plan.evalset,
        model=run.plan.model,
        cases=len(run.plan.cases),
        done=sum(case not in lacking for case in run.plan.cases),
        repeats=run.plan.repeats,
        calls=dict(sorted(Counter(answer.layer for answer in answers).items())),
        errors=dict(sorted(Counter(failure.code for failure in failures).items())),
        cost_usd=cost_usd,
        unpriced=unpriced,
        scores=tuple(
            replace(score, pass_hat=_pass_hat(found, score) if score.scorer == first else {})
            for score in (_score(name, found, rows, baseline) for name in _names(run, rows))
        ),
        latency_p50_s=_median(answer.latency_s for answer in answers),
        baseline_latency_s=_median(row.latency_s for row in baseline.rows.values()) if baseline else None,
        worst=_worst(found, first),
        exit_code=int(ExitCode.OK if complete else ExitCode.INCOMPLETE),
        error_examples={failure.code: failure.message for failure in reversed(failures)},
        asked=asked,
    )


def _paid(answers: Iterable[Completion], asked: JudgeCalls) -> tuple[float | None, int]:
    """Return what live calls cost, judges' included (None: no price is known), and how many have no known price."""
    live = [answer.cost_usd for answer in answers if answer.layer == "live"]
    costs = [cost for cost in live if cost is not None]
    calls, unpriced = len(live) + asked.live, len(live) - len(costs) + asked.unpriced
    return None if calls and unpriced == calls else math.fsum([*costs, asked.cost_usd]), unpriced


def _row(results: list[Result]) -> Row:
    """Return the repeats of one case, given in their order."""
    answered = [(result, result.answer) for result in results if isinstance(result.answer, Completion)]
    answers = [answer for _, answer in answered]
    by_scorer = [{score.scorer: score.stored for score in result.scores} for result, _ in answered]
    names = dict.fromkeys(name for scores in by_scorer for name in scores)
    failures = Counter(result.answer.code for result in results if isinstance(result.answer, Failure))
    return Row(
        case=results[-1].case,
        case_digest=results[-1].case_digest,
        values={name: tuple(scores.get(name) for scores in by_scorer) for name in names},
        answers=tuple(answer.sha256 for answer in answers),
        tokens=_mean(_tokens(answer) for answer in answers),
        cost_usd=_mean(answer.cost_usd for answer in answers),
        latency_s=_mean(answer.latency_s for answer in answers),
        failures=dict(sorted(failures.items())),
    )


def _tokens(answer: Completion) -> int | None:
    """Return the tokens of a call, in and out; None where the provider said neither."""
    known = [count for count in (answer.usage.input_tokens, answer.usage.output_tokens) if count is not None]
    return sum(known) if known else None


def _mean(figures: Iterable[float | None]) -> float | None:
    """Return the mean of what is known; None of nothing."""
    known = [figure for figure in figures if figure is not None]
    return mean(known) if known else None


def _median(figures: Iterable[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return middle(known) if known else None


def _names(run: Run, rows: Iterable[Result]) -> tuple[str, ...]:
    """Return the scorers in the plan's order, then any others."""
    seen = sorted({score.scorer for result in rows for score in result.scores})
    return tuple(dict.fromkeys([*run.plan.scorers, *seen]))


def _case_means(found: Arm, scorer: str) -> dict[str, float]:
    """Return the mean score of each case that has one."""
    values = {case: scored(row.values.get(scorer, ())) for case, row in found.rows.items()}
    return {case: mean(numbers) for case, numbers in values.items() if numbers}


def _score(name: str, found: Arm, rows: Iterable[Result], baseline: Arm | None) -> ScoreSummary:
    """Return one scorer's figures. The mean is over cases, each with the mean of its repeats; answers count once."""
    values: list[Value] = [value for row in found.rows.values() for value in row.values.get(name, ())]
    count = sum(value is not None for value in values)
    binary = all(isinstance(value, bool) for value in values if value is not None)
    means = _case_means(found, name)
    if not means:
        return ScoreSummary(name, None, None, None, 0, len(values), binary, why=_why(name, rows))
    centre = mean(list(means.values()))
    low, high = _interval(centre, _apart(means, rows), binary=binary)
    before = _case_means(baseline, name) if baseline else {}
    shared = [before[case] for case in means if case in before]
    return ScoreSummary(
        scorer=name,
        mean=centre,
        low=low,
        high=high,
        scored=count,
        unscored=len(values) - count,
        binary=binary,
        baseline_mean=mean(shared) if shared else None,
        parts=_parts(name, rows),
        why=_why(name, rows),
    )


def _why(name: str, rows: Iterable[Result]) -> str:
    """Return the reason that most of a scorer's unscored answers have; of several the first by alphabet."""
    scores = (score for result in rows for score in result.scores if score.scorer == name)
    reasons = Counter(score.detail for score in scores if score.value is None and score.detail)
    return min(reasons, key=lambda reason: (-reasons[reason], reason), default="")


def _interval(centre: float, apart: list[float], *, binary: bool) -> tuple[float, float]:
    """Return the 95 % interval about a mean over cases, as wide as so many independent answers make it."""
    if binary:
        return wilson(centre, len(apart))
    low, high = graded_interval(apart)
    shift = centre - mean(apart)  # not 0 where some questions are asked more often than others
    return max(0.0, low + shift), min(1.0, high + shift)


def _apart(means: dict[str, float], rows: Iterable[Result]) -> list[float]:
    """Return a mean for each request that was sent: cases for which the same was sent share their answers."""
    asked = {row.case: row.fingerprint for row in rows if row.fingerprint and not row.repeat}
    groups: dict[tuple[bool, str], list[float]] = {}
    for case, value in means.items():
        groups.setdefault((case in asked, asked.get(case, case)), []).append(value)
    return [mean(values) for values in groups.values()]


def _pass_hat(found: Arm, score: ScoreSummary) -> dict[int, float]:
    """Return pass^k of a pass-or-fail scorer over cases that were run more than once; empty where there is none."""
    runs = [scored(row.values.get(score.scorer, ())) for row in found.rows.values()]
    told = pass_hat([values for values in runs if values]) if score.binary else {}
    return told if len(told) > 1 else {}


def _parts(name: str, rows: Iterable[Result]) -> dict[str, float]:
    """Return the mean of each part of a score, e.g. F1 a field, sorted by name."""
    parts: dict[str, list[float]] = {}
    for result in rows:
        for score in result.scores:
            for part, value in score.parts.items() if score.scorer == name else ():
                parts.setdefault(part, []).append(value)
    return {part: mean(parts[part]) for part in sorted(parts)}


def _worst(found: Arm, scorer: str) -> tuple[str, ...]:
    """Return the cases that do not score in full, the lowest first."""
    means = _case_means(found, scorer)
    return tuple(sorted((case for case in means if means[case] < 1.0), key=lambda case: (means[case], case)))
