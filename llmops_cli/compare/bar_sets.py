"""Two versions of an eval set → what differs in its cases and scorers, and whether that lowers the bar."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from llmops_cli.compare.figures import cases_text, listed
from llmops_cli.model.bar_change import BarChange
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec


def set_changes(before: EvalSet, after: EvalSet) -> Iterator[BarChange]:
    """Yield what an eval set's own file says otherwise: scorers, prompts, repeats, where its cases lie."""
    yield from _scorers(before.scorers, after.scorers)
    first, other = before.primary, after.primary
    if first and other and first.name != other.name:
        yield BarChange(f"{other.name} is the primary scorer, and {first.name} no longer", weaker=True)
    dropped, named = (sorted({*one.prompts} - {*two.prompts}) for one, two in ((before, after), (after, before)))
    if dropped:
        yield BarChange(f"it no longer names {listed(dropped)}", weaker=True)
    if named:
        yield BarChange(f"it also names {listed(named)}")
    if before.repeats != after.repeats:
        yield BarChange(f"repeats {before.repeats} → {after.repeats}", weaker=after.repeats < before.repeats)
    if before.data != after.data:
        yield BarChange(f"its cases lie in {listed(after.data)}, and not in {listed(before.data)}")


def case_changes(before: Iterable[Case], after: Iterable[Case], slices: Iterable[str] = ()) -> Iterator[BarChange]:
    """Yield which cases are added, removed or changed, and how. `slices` are the tags that gate on their own."""
    old, new = {case.id: case for case in before}, {case.id: case for case in after}
    removed = sorted(old.keys() - new.keys())
    if removed:
        marked = sum(old[name].critical or old[name].never for name in removed)
        yield _cases(removed, "removed" + (f", {marked} of them critical" if marked else ""), weaker=True)
    added = sorted(new.keys() - old.keys())
    if added:
        yield _cases(added, "added")
    copies = _copies(old, new)
    if copies:
        yield _cases(copies, "repeating what another asks, so counted with it")
    both = {name: (old[name], new[name]) for name in sorted(old.keys() & new.keys())}
    yield from _marks(both, tuple(slices))
    yield from _contents(both)


def _copies(old: Mapping[str, Case], new: Mapping[str, Case]) -> list[str]:
    """Return the cases that now ask what another case asks, and did not before: they add no evidence."""
    asked = {name: case.question for name, case in new.items()}
    fresh = sorted(name for name in asked if name not in old or old[name].question != asked[name])
    moved = {*fresh}
    known = {question for name, question in asked.items() if name not in moved}
    copies = []
    for name in fresh:
        if asked[name] in known:
            copies.append(name)
        known.add(asked[name])
    return copies


def _cases(names: Sequence[str], what: str, *, weaker: bool = False) -> BarChange:
    return BarChange(f"{cases_text(len(names))} {what}: {listed(names)}", weaker)


def _marks(both: Mapping[str, tuple[Case, Case]], slices: Sequence[str]) -> Iterator[BarChange]:
    """Yield what hard rules and slices lose or win."""
    for mark in ("critical", "never"):
        lost = [name for name, (old, new) in both.items() if getattr(old, mark) and not getattr(new, mark)]
        won = [name for name, (old, new) in both.items() if getattr(new, mark) and not getattr(old, mark)]
        if lost:
            yield _cases(lost, f"without the mark {mark} now", weaker=True)
        if won:
            yield _cases(won, f"with the mark {mark} now")
    for tag in slices:
        left = [name for name, (old, new) in both.items() if tag in old.tags and tag not in new.tags]
        if left:
            yield _cases(left, f"no longer in the slice {tag}", weaker=True)
    other = [name for name, (old, new) in both.items() if {*old.tags} != {*new.tags}]
    if other:
        yield _cases(other, "with other tags")


def _contents(both: Mapping[str, tuple[Case, Case]]) -> Iterator[BarChange]:
    """Yield which cases ask or want something else."""
    silent = [name for name, (old, new) in both.items() if old.expected is not None and new.expected is None]
    if silent:
        yield _cases(silent, "without expected now", weaker=True)
    other = [name for name, (old, new) in both.items() if old.expected != new.expected and name not in silent]
    if other:
        yield _cases(other, "with another expected")
    fewer = [name for name, (old, new) in both.items() if _checks(old).keys() - _checks(new).keys()]
    if fewer:
        yield _cases(fewer, "with fewer checks of their own", weaker=True)
    checked = [name for name, (old, new) in both.items() if _checks(old) != _checks(new) and name not in fewer]
    if checked:
        yield _cases(checked, "with other checks")
    for key in ("inputs", "messages", "context", "metadata"):
        found = [name for name, (old, new) in both.items() if getattr(old, key) != getattr(new, key)]
        if found:
            yield _cases(found, f"with other {key}")


def _checks(case: Case) -> dict[str, tuple[object, ...]]:
    return {spec.name: _rule(spec) for spec in case.checks}


def _rule(spec: ScorerSpec) -> tuple[object, ...]:
    """Return all that a scorer does, but not where it stands."""
    return (spec.type, spec.options, spec.negate, spec.pass_at, spec.gate, spec.minimum)


def _scorers(before: Sequence[ScorerSpec], after: Sequence[ScorerSpec]) -> Iterator[BarChange]:
    old, new = ({spec.name: spec for spec in side} for side in (before, after))
    for name in sorted(old.keys() - new.keys()):
        yield BarChange(f"scorer {name} removed", weaker=True)
    for name in sorted(new.keys() - old.keys()):
        yield BarChange(f"scorer {name} added")
    for name in sorted(old.keys() & new.keys()):
        yield from _scorer(old[name], new[name])


def _scorer(old: ScorerSpec, new: ScorerSpec) -> Iterator[BarChange]:
    name = f"scorer {old.name}"
    if old.type != new.type:
        yield BarChange(f"{name} is another: {old.type} → {new.type}", weaker=True)
    elif old.options != new.options:
        keys = sorted(key for key in {*old.options, *new.options} if old.options.get(key) != new.options.get(key))
        yield BarChange(f"{name} has other options: {listed(keys)}")
    if old.negate != new.negate:
        yield BarChange(f"{name} is turned round: not {_plain(old.negate)} → {_plain(new.negate)}", weaker=True)
    if old.gate != new.gate:
        yield BarChange(f"{name} gates now" if new.gate else f"{name} no longer gates", weaker=not new.gate)
    for key, one, two in (("min", old.minimum, new.minimum), ("pass_at", old.pass_at, new.pass_at)):
        if one != two:
            weaker = one is not None and (two is None or two < one)
            yield BarChange(f"{name}: {key} {_plain(one)} → {_plain(two)}", weaker)


def _plain(value: object) -> str:
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else f"{value}"
