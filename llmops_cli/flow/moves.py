"""What labels serve from a change on: each release that a label newly serves, against the one that it served before."""

from collections.abc import Collection, Iterable, Iterator, Sequence
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


def moves(base: Registry | None, head: Registry, touched: Collection[str], renamed: Collection[str] = ()) -> Moves:
    """Return what changes for callers by label; `touched` are the paths that differ, `renamed` as `renamed_of` says.

    Reads nothing where no label does. Raises `InvalidFilesError` for a label file that is wrong, a version that is not
    released, and a served release that the change rewrites; `UnverifiedError` for one that does not verify.
    """
    folders = (f"/{label_files.FOLDER}/", f"/{release_files.FOLDER}/")
    if not renamed and not any(folder in path for path in touched for folder in folders):
        return Moves()
    old, new = LabelSide(base, labels_of(base, ())), LabelSide(head, labels_of(head, touched))
    problems = list(rewrites(old, new, touched))
    lines = [line for name in sorted({*old.labels, *new.labels}) for line in lines_of(old, new, name, renamed)]
    lost = [line for line in lines if line.is_lost]
    pairs: list[Pair] = []
    rows: list[PromptVerdict] = []
    for line in lines:
        problems += _missing(line)
        if problems:
            continue
        found = [*_pairs(line, old, new, lost), *_shifts(line, old, new)]
        pairs += found
        rows += [] if found else [_row(line, new)]
    if problems:
        raise InvalidFilesError(list(dict.fromkeys(problems)))
    return Moves(_joined(pairs), tuple(rows))


def renamed_of(pairs: Iterable[Pair]) -> frozenset[str]:
    """Return every name of prompts that go by other names from now on: labels may mean other releases by them."""
    names = [[(one.id, *one.aliases) if one else () for one in (pair.before, pair.after)] for pair in pairs]
    return frozenset(name for before, after in names if after and before != after for name in (*before, *after))


def _missing(line: Line) -> list[Problem]:
    there = tuple(line.lies)
    gone = (version for version in line.gained if version not in there)
    return [to_nothing(line.head, line.key, version, {line.key: there}) for version in gone]


def _pairs(line: Line, old: LabelSide, new: LabelSide, lost: Sequence[Line]) -> Iterator[Pair]:
    """Yield a pair for each newly served version.

    A label that served nothing is held against what labels that this change takes away served: a new name is no way
    out. Where there was nothing at all the version is judged as a new prompt is. A line that becomes a split of what
    it served is a pair too: callers of it need a key from now on.
    """
    rivals = [line] if line.old else [one for one in lost if {*one.names} & {*line.names}]
    versions = line.gained or (line.head.versions(line.key) if line.move.splits else ())
    found = [(rival, one) for rival in rivals if versions and (one := _before(rival, rival.usual, old, new))]
    for version in versions:
        after = _served(new, line.key, line.names, version, _known(old, new))
        for rival, before in found:
            instead = "" if rival is line else rival.base.name
            move = replace(line.move, old=before.version, new=version, instead=instead)
            yield Pair(before, after, (move,), by_label=True)
        if not found:
            yield Pair(None, after, (replace(line.move, old="", new=version),), by_label=True)


def _shifts(line: Line, old: LabelSide, new: LabelSide) -> Iterator[Pair]:
    """Yield a pair for each version that more callers get than before, against the one that most of them got before."""
    before = _before(line, line.fallen, old, new) if line.grown else None
    for version in line.grown:
        after = _served(new, line.key, line.names, version, _known(old, new))
        move = replace(line.move, old=before.version if before else "", new=version)
        yield Pair(before, after, (move,), by_label=True)


def _before(line: Line, versions: Sequence[str], old: LabelSide, new: LabelSide) -> Prompt | None:
    """Return the first release of the base that can be read; None where none can: callers of all got an error."""
    for version in versions:
        try:
            return _served(old, line.old, line.names, version, _known(old, new))
        except LlmopsError:
            continue
    return None


def _served(side: LabelSide, key: str, names: tuple[str, ...], version: str, known: Collection[str]) -> Prompt:
    """Return a release, verified, as the prompt that it is now: under its own id, with the eval sets of its file too.

    `key` is the line's id on this side, and `names` are all that the prompt goes by. Of the eval sets that it was
    released with only those count that are still there (`known`).
    """
    there = side.shelf(key)
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
    if line.back_to:
        reason = f"{move.text}: more callers get {line.back_to}, which most of them got before"
    else:
        reason = f"{move.text}: it serves no version that it did not serve before, and none to more callers"
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
