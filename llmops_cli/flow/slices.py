"""Slices that nobody has: a misspelt tag guards nothing, and the gate says so though its other sets say nothing."""

from collections.abc import Iterable

from llmops_cli.errors import UsageError
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.registry import Registry
from llmops_cli.flow.scene import Scene
from llmops_cli.model.evalset import EvalSet
from llmops_cli.model.problem import InvalidFilesError


def unknown_slices(scene: Scene, judging: Iterable[str]) -> tuple[str, ...]:
    """Return a note for each slice whose tag no case has: a set's own in that set, llmops.yaml's in any.

    `judging`: the eval sets at work; they are read first, the others only for a tag that none of these has.
    """
    side = scene.base if scene.where.base else scene.head
    names = dict.fromkeys([name for name in judging if name in side.evalsets])
    notes = []
    seen: set[str] = set()
    for name in names:
        tags = _tags(side, side.evalsets[name])
        own = side.evalsets[name].gate.get("slices", ())
        notes += [_said(tag, f"eval set {name}") for tag in own if tag not in tags]
        seen |= tags
    wanted = [tag for tag in scene.policy.gate.slices if tag not in seen] if names else []
    for name, evalset in side.evalsets.items():
        if wanted and name not in names:
            tags = _tags(side, evalset)
            wanted = [tag for tag in wanted if tag not in tags]
    return (*notes, *(_said(tag, "any eval set") for tag in wanted))


def _tags(side: Registry, evalset: EvalSet) -> frozenset[str]:
    try:
        return frozenset(tag for case in read_cases(side.tree, evalset) for tag in case.tags)
    except (InvalidFilesError, UsageError):
        return frozenset()


def _said(tag: str, of: str) -> str:
    return f"slice {tag}: no case of {of} has that tag, so nobody judges it"
