"""Which cases share their answers: on either side of a comparison, those for which one request is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from llmops_cli.errors import LlmopsError
from llmops_cli.flow.fitted import narrowed
from llmops_cli.flow.flags import grouped
from llmops_cli.flow.prepare import try_render
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.completion import Request
from llmops_cli.model.evalset import Case
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Arm, Run
from llmops_cli.model.settings import Route

Rendered = Iterable[tuple[Case, Request]]


def prints(rendered: Rendered, cases: Iterable[Case]) -> dict[str, str]:
    """Return what each case asks: its request's fingerprint; its own words, where it could not be rendered."""
    return {case.id: case.question for case in cases} | {case.id: request.fingerprint for case, request in rendered}


def render_again(prompt: Prompt, where: Route, cases: Iterable[Case]) -> tuple[tuple[Case, Request], ...]:
    """Return what a version whose answers are stored asks, to tell cases apart; nothing where it cannot be rendered.

    Whom it asked does not matter here: `where` may be anybody.
    """
    try:
        return try_render(prompt, where, [narrowed(case, prompt) for case in cases])[0]
    except LlmopsError:
        return ()


def sharing(
    flags: Mapping[str, CaseFlags], base: Mapping[str, str], head: Mapping[str, str], cases: Iterable[Case]
) -> dict[str, CaseFlags]:
    """Return the flags with the cases that share answers, by what each of them asks on either side.

    Where one side alone asks cases the same, they are a unit only if one thing is expected of them: a prompt that no
    longer reads what tells a yes from a no is worse on each of these cases, and not on one.
    """
    judging = {case.id: case.judging for case in cases}
    both = grouped({case: f"{own} {head[case]}" for case, own in base.items()})
    asked = _first(both, _pure(base, judging))
    unit = _first(asked, _pure(head, judging))
    return {case: replace(flag, unit=unit.get(case, ""), asked=asked.get(case, "")) for case, flag in flags.items()}


def _pure(asks: Mapping[str, str], judging: Mapping[str, str]) -> dict[str, str]:
    """Return the groups of cases that ask the same, of which the same is expected."""
    expected: dict[str, set[str]] = {}
    for case, own in asks.items():
        expected.setdefault(own, set()).add(judging[case])
    return grouped({case: own for case, own in asks.items() if len(expected[own]) == 1})


def asked_alike(rendered: Rendered) -> dict[str, str]:
    """Return, for each case whose request is sent for others too, the first of them."""
    return grouped({case.id: request.fingerprint for case, request in rendered})


def answered_alike(run: Run) -> dict[str, str]:
    """Return the same of a run's rows, as far as these say what was sent."""
    return grouped({row.case: row.fingerprint for row in run.results if row.fingerprint and not row.repeat})


def may_share(arm: Arm) -> bool:
    """Return whether cases have the very same answers: only then can they be copies of each other."""
    return len({row.answers for row in arm.rows.values()}) < len(arm.rows)


def _first(*groupings: Mapping[str, str]) -> dict[str, str]:
    """Return the first of all cases that any grouping puts together, straight or by way of others."""
    leader: dict[str, str] = {}

    def top(case: str) -> str:
        while leader.get(case, case) != case:
            leader[case] = case = leader[leader[case]]
        return case

    for case, group in (pair for grouping in groupings for pair in grouping.items()):
        one, other = sorted((top(case), top(group)))
        leader[one], leader[other] = one, one
    return {case: top(case) for case in leader}
