"""What labels serve from a change on: each release that a label newly serves, against the one that it served before."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from llmops_cli.errors import LlmopsError
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.label_lines import LabelSide, Line, ids_of, labels_of, lines_of
from llmops_cli.flow.registry import Registry
from llmops_cli.flow.release_checks import to_nothing
from llmops_cli.flow.released import answerable
from llmops_cli.flow.rewrites import rewrites
from llmops_cli.load import labels as label_files
from llmops_cli.load import releases as release_files
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.verdict import PromptVerdict, Verdict


@dataclass(frozen=True, slots=True)
class Moves:
    """Pairs of releases to judge, and what needs no judgement: a line that goes, or that serves nothing new."""

    pairs: tuple[Pair, ...] = ()
    rows: tuple[PromptVerdict, ...] = ()


def moves(base: Registry | None, head: Registry, touched: Collection[str]) -> Moves:
    """Return what changes for callers by label; `touched` are the paths that differ. Reads nothing where no label does.

    Raises `InvalidFilesError` for a label file that is wrong, a version that is not released, and a served release
    that the change rewrites; `UnverifiedError` for one that does not verify.
    """
    if not any(f"/{label_files.FOLDER}/" in path or f"/{release_files.FOLDER}/" in path for path in touched):
        return Moves()
    old, new = LabelSide(base, labels_of(base, ())), LabelSide(head, labels_of(head, touched))
    problems = list(rewrites(old, new, touched))
    lines = [line for name in sorted({*old.labels, *new.labels}) for line in lines_of(old, new, name)]
    lost = [line for line in lines if line.is_lost]
    pairs: list[Pair] = []
    rows: list[PromptVerdict] = []
    for line in lines:
        problems += _missing(line, new)
        if not problems and line.gained:
            pairs += _pairs(line, old, new, lost)
        elif not problems:
            rows.append(_row(line, new))
    if problems:
        raise InvalidFilesError(list(dict.fromkeys(problems)))
    return Moves(_joined(pairs), tuple(rows))


def _missing(line: Line, new: LabelSide) -> list[Problem]:
    there = new.shelf(line.names)
    versions = tuple(there.versions) if there else ()
    gone = (version for version in line.gained if version not in versions)
    return [to_nothing(line.head, line.key, version, {line.key: versions}) for version in gone]


def _pairs(line: Line, old: LabelSide, new: LabelSide, lost: Sequence[Line]) -> Iterator[Pair]:
    """Yield a pair for each newly served version.

    A label that served nothing is held against what labels that this change takes away served: a new name is no way
    out. Where there was nothing at all the version is judged as a new prompt is.
    """
    rivals = [line] if line.old else [one for one in lost if {*one.names} & {*line.names}]
    found = [(rival, before) for rival in rivals if (before := _before(rival, old, new)) is not None]
    for version in line.gained:
        after = _served(new, line.names, version, _known(old, new))
        for rival, before in found:
            instead = "" if rival is line else rival.base.name
            move = replace(line.move, old=before.version, new=version, instead=instead)
            yield Pair(before, after, (move,), by_label=True)
        if not found:
            yield Pair(None, after, (replace(line.move, old="", new=version),), by_label=True)


def _before(line: Line, old: LabelSide, new: LabelSide) -> Prompt | None:
    """Return the release that most callers got in the base; None where none can be read: they all got an error."""
    for version in line.usual:
        try:
            return _served(old, line.names, version, _known(old, new))
        except LlmopsError:
            continue
    return None


def _served(side: LabelSide, names: tuple[str, ...], version: str, known: Collection[str]) -> Prompt:
    """Return a release, verified, as the prompt that it is now: under its own id, with the eval sets of its file too.

    Of the eval sets that it was released with only those count that are still there (`known`).
    """
    there = side.shelf(names)
    assert there is not None
    assert side.registry is not None
    release = there.release(version)
    frozen, now = answerable(release.prompt, side.registry.settings), side.prompt(names[0])
    name = now.id if now else names[0]
    ids = ids_of(name, now, replace(release.prompt, aliases=names))
    evals = [*(now.evals if now else ()), *(one for one in frozen.evals if one in known)]
    others = tuple(one for one in ids if one != name)
    return replace(frozen, id=name, version=version, aliases=others, evals=tuple(dict.fromkeys(evals)))


def _known(old: LabelSide, new: LabelSide) -> frozenset[str]:
    return frozenset(name for side in (old, new) if side.registry for name in side.registry.evalsets)


def _row(line: Line, new: LabelSide) -> PromptVerdict:
    now, move = new.prompt(line.key), line.move
    name = now.id if now else line.key
    if line.is_lost:
        reason = f"{move.text}: callers that ask for {line.key}@{move.label} get an error from now on"
        return PromptVerdict(name, "removed", Verdict.PASS, (reason,), labels=(move,))
    reason = f"{move.text}: it serves no version that it did not serve before"
    return PromptVerdict(name, "promoted", Verdict.PASS, (reason,), labels=(move,))


def _joined(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Return the pairs with those as one that compare the same for several labels."""
    found: dict[tuple[str, str, str, str], Pair] = {}
    for pair in pairs:
        key = (pair.before.version if pair.before else "", *content_of(pair))
        found[key] = replace(pair, moves=(*found[key].moves, *pair.moves)) if key in found else pair
    return tuple(sorted(found.values(), key=lambda pair: (pair.id, pair.moves[0].text)))


def content_of(pair: Pair) -> tuple[str, str, str]:
    """Return the id and the digests of both sides; "" where there is none."""
    return (pair.id, pair.before.digest if pair.before else "", pair.after.digest if pair.after else "")
