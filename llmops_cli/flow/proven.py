"""What a release must have shown before an environment serves it: the gate's word on every eval set that judges it.

A word that was frozen in the release and passes stands. Otherwise it is worked out now from stored answers: against
what the label serves, where that is older; else (a first promotion, a rollback) against the release before.
`flow.evidence` says what counts where nothing is stored of the old one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from llmops_cli.errors import FindingsError, LlmopsError
from llmops_cli.flow.evidence import Weighed, judging, passes, weigh
from llmops_cli.flow.place import entry
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.released import Shelf
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import Release, precedence


class RefusedError(FindingsError):
    """A promotion that would put something unproven, or a break, into service."""


def require_evidence(
    project: Project, shelf: Shelf, new: Release, *, own_id: str, served: Sequence[Release] = ()
) -> list[str]:
    """Return a note on each eval set that the release passes. Raises `RefusedError` where one is not passed.

    `own_id` is the id that the prompt has in the working tree; `served` is what the label serves now.
    """
    name = f"{new.id}@{new.version}"
    frozen = {one.evalset: one for one in new.evidence}
    registry = read(project.tree, project.settings, paths=())
    prompt = _judged_today(project, new, own_id)
    wanted = dict.fromkeys([*judging(registry, prompt), *frozen])
    if not wanted:
        hint = f"name one: evals: [ID] in the prompt's file, or prompts: [{new.id}] in an eval set; then promote again"
        raise RefusedError(f"{name} is UNCOVERED: no eval set judges it", where=new.source.path, hint=hint)
    fine = {one for one, found in frozen.items() if passes(found)}
    if fine >= {*wanted}:
        return [f"{one}: {frozen[one].verdict} when it was released" for one in wanted]
    older = [one for one in served if precedence(one.version) < precedence(new.version)]
    base = max(older, key=lambda one: precedence(one.version)) if older else _before(shelf, new)
    weighed = {one.evalset: one for one in weigh(project, prompt, base, name, replaces=bool(older))}
    bad = [one for one in wanted if one not in fine and not (one in weighed and weighed[one].passes)]
    if bad:
        raise _refused(name, new, [weighed.get(one) or _gone(frozen, one) for one in bad])
    return [
        f"{one}: {frozen[one].verdict} when it was released" if one in fine else f"{one}: {_now(weighed[one])}"
        for one in wanted
    ]


def _judged_today(project: Project, new: Release, own_id: str) -> Prompt:
    """Return the release's prompt with the eval sets that its file names today.

    Which sets judge a prompt is no part of its digest: a release that came in from another tool gets them later.
    """
    try:
        now = entry(project.tree, project.settings, own_id).prompt
    except LlmopsError:
        return new.prompt
    if now.digest != new.prompt.digest and new.prompt.evals:
        return new.prompt
    return replace(new.prompt, evals=tuple(dict.fromkeys([*new.prompt.evals, *now.evals])))


def _before(shelf: Shelf, new: Release) -> Release | None:
    """Return the release before this one, which it is compared with."""
    older = [one for one in shelf.versions if precedence(one) < precedence(new.version)]
    return shelf.release(max(older, key=precedence)) if older else None


def _gone(frozen: Mapping[str, object], name: str) -> Weighed:
    del frozen
    return Weighed(name, None, ("it judged this release, and does not any more",), "release it anew")


def _now(one: Weighed) -> str:
    """Return `PASS against 1.0.0 now`; where there was nothing to compare with, why it counts all the same."""
    against = one.evidence.against if one.evidence else ""
    said = f"{_verdict(one)} against {against} now" if against else f"{_verdict(one)} now"
    return said if against or not one.reasons else f"{said} ({one.reasons[0]})"


def _verdict(one: Weighed) -> str:
    return one.evidence.verdict if one.evidence else "no evidence"


def _refused(name: str, new: Release, bad: Sequence[Weighed]) -> RefusedError:
    parts = [f"{one.evalset}: {one.told}" for one in bad]
    runs = list(dict.fromkeys(one.run for one in bad if one.run))
    hint = f"run: {'; '.join(runs)}   then promote again" if runs else ""
    return RefusedError(f"{name} has not passed: {', '.join(parts)}", where=new.source.path, hint=hint)
