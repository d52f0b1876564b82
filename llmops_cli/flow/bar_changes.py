"""What a change does to eval sets, stored baselines and thresholds. The base's judge it; these judge the next one."""

from collections.abc import Iterable, Iterator, Mapping

from llmops_cli.compare.bar_policy import policy_changes, settings_changes
from llmops_cli.compare.bar_sets import case_changes, set_changes
from llmops_cli.compare.figures import cases_text, listed
from llmops_cli.errors import UsageError
from llmops_cli.flow.bar_baselines import baseline_changes
from llmops_cli.flow.cases import cases_digest, read_cases
from llmops_cli.flow.changes import is_edited
from llmops_cli.flow.registry import Registry
from llmops_cli.flow.scene import Scene
from llmops_cli.flow.scoring import check_spec
from llmops_cli.load.document import listing
from llmops_cli.load.settings import gate_policy
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.bar_change import BarChange
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.settings import Settings

Side = tuple[Tree, Mapping[str, str]]
"""A tree, and its files of eval sets with their blob ids."""


def bar_changes(scene: Scene) -> tuple[BarChange, ...]:
    """Return what differs, eval sets by id first.

    Raises `InvalidFilesError` for the head's bad cases or scorers, and for baselines it brings that do not verify.
    """
    if not scene.where.base:
        return ()
    return tuple(_each(scene, read_settings(scene.base.tree)))  # the base's own: the policy may be the target branch's


def _each(scene: Scene, before: Settings) -> Iterator[BarChange]:
    base, head = scene.base, scene.head
    sides = (_side(base), _side(head))
    for name in sorted({*base.evalsets, *head.evalsets}):
        for one in _of_set(scene, before, name, sides):
            yield BarChange(f"eval set {name}: {one.text}", one.weaker)
    for pair in (*scene.pairs, *scene.alike):
        if pair.before and pair.after and (lost := sorted({*pair.before.evals} - {*head.judges(pair.after)})):
            yield BarChange(f"prompt {pair.id}: no longer judged by {listed(lost)}", weaker=True)
    yield from baseline_changes(scene)
    for one in settings_changes(before, head.settings):
        yield BarChange(f"llmops.yaml: {one.text}", one.weaker)


def _side(registry: Registry) -> Side:
    return registry.tree, listing(registry.tree, registry.settings.evalsets)


def _of_set(scene: Scene, settings: Settings, name: str, sides: tuple[Side, Side]) -> Iterator[BarChange]:
    (_, old), (_, new) = sides
    before, after = scene.base.evalsets.get(name), scene.head.evalsets.get(name)
    if before is None:
        _require_scorers(scene.head.evalsets[name].scorers)
        is_there = scene.head.evalsets[name].source.path in old
        yield BarChange("the base's cannot be read" if is_there else "new")
    elif after is None and before.source.path in new:
        yield BarChange("cannot be read any more", weaker=True)
    elif after is None:
        yield _gone(scene, before)
    elif not _same_files(before, after, sides):
        yield from _edited(scene, settings, before, after)


def _edited(scene: Scene, settings: Settings, before: EvalSet, after: EvalSet) -> Iterator[BarChange]:
    if before.source.path != after.source.path:
        yield BarChange(f"moved from {before.source.path} to {after.source.path}")
    old, new = (gate_policy(settings.gate, one.gate) for one in (before, after))
    found = [*set_changes(before, after), *policy_changes(old, new)]
    rows = read_cases(scene.head.tree, after)
    _require_scorers((*after.scorers, *(spec for row in rows for spec in row.checks)))
    known = _known(scene.base, before)
    if known is None:
        yield BarChange("the base's cases cannot be read")
    else:
        found += case_changes(known, rows, old.slices)
    yield from found
    if not found and known is not None and before.source.path == after.source.path:
        yield BarChange("edited; its cases, scorers and thresholds are the same")


def _require_scorers(specs: Iterable[ScorerSpec]) -> None:
    """Raise `InvalidFilesError` for scorers of the head that cannot be made: merged, they would judge nobody."""
    problems = [problem for spec in specs if (problem := check_spec(spec)) is not None]
    if problems:
        raise InvalidFilesError(problems)


def _known(base: Registry, evalset: EvalSet) -> tuple[Case, ...] | None:
    """Return the base's cases; None where they cannot be read: a change that repairs them must not be refused."""
    try:
        return read_cases(base.tree, evalset)
    except (InvalidFilesError, UsageError):
        return None


def _gone(scene: Scene, before: EvalSet) -> BarChange:
    known = _known(scene.base, before)
    count = f", with {cases_text(len(known))}" if known else ""
    fresh = [one for name, one in scene.head.evalsets.items() if name not in scene.base.evalsets]
    heirs = [one.id for one in fresh if known and _digest(scene.head, one) == cases_digest(known)]
    if heirs:
        return BarChange(f"removed{count}; {listed(sorted(heirs))} has the same cases", weaker=True)
    return BarChange(f"removed{count}", weaker=True)


def _digest(side: Registry, evalset: EvalSet) -> str:
    known = _known(side, evalset)
    return cases_digest(known) if known else ""


def _same_files(before: EvalSet, after: EvalSet, sides: tuple[Side, Side]) -> bool:
    """Return whether both sides have the same files, but for line ends: a checkout may have its own."""
    paths = (before.source.path, *before.data)
    return paths == (after.source.path, *after.data) and not any(is_edited(path, *sides) for path in paths)
