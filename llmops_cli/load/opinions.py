"""Label files `<evalsets>/.labels/<eval set>.jsonl` → Opinions: what people and judges say of answers, one a line."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from difflib import get_close_matches
from typing import Any

from llmops_cli.load import jsonl
from llmops_cli.load.document import listing
from llmops_cli.load.json_ import Flaw, keys
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.review import SIDES, Kind, Opinion
from llmops_cli.model.source import Source

FOLDER = ".labels"
SUFFIX = ".jsonl"
SCHEMA = "llmops/labels@1"
SHA256 = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
ABSENT = (FileNotFoundError, NotADirectoryError)
EXAMPLE = '{"case": "inv-017", "answer_sha256": "5f24…", "scorer": "tone", "label": true, "by": "ada"}'


def place(folder: str, evalset: str) -> str:
    """Return the path of an eval set's labels below the eval sets folder `folder`."""
    return f"{folder}/{FOLDER}/{evalset}{SUFFIX}"


def stored(tree: Tree, folder: str) -> dict[str, str]:
    """Return the label files that are there: eval set → path, sorted. Other files below the folder are not ours."""
    top = f"{folder}/{FOLDER}/"
    found = [path for path in listing(tree, top.removesuffix("/")) if path.endswith(SUFFIX)]
    return {path.removeprefix(top).removesuffix(SUFFIX): path for path in sorted(found)}


def read(tree: Tree, path: str) -> tuple[Opinion, ...]:
    """Return the opinions of a label file, () where it is not there. Raises `InvalidFilesError` with every bad line."""
    opinions, problems = check(tree, path)
    if problems:
        raise InvalidFilesError(problems)
    return opinions


def check(tree: Tree, path: str) -> tuple[tuple[Opinion, ...], list[Problem]]:
    """Return the opinions of a label file as far as it can be read, and everything that is wrong with its lines."""
    kept: dict[tuple[str, ...], Opinion] = {}
    kinds: dict[str, Opinion] = {}
    problems: list[Problem] = []
    for line in _lines(tree, path):
        found = [line] if isinstance(line, Problem) else _keep(line, path, kept, kinds)
        problems += found
    return tuple(kept.values()), problems


def _lines(tree: Tree, path: str) -> Iterator[jsonl.Line | Problem]:
    try:
        stream = tree.open(path)
    except ABSENT:
        return
    except OSError as error:
        line = jsonl.Line(1, "", {})
        yield problem(line, path, "", f"{path} is not read: {error.strerror or error}")
        return
    with closing(stream):
        yield from jsonl.read(stream, path)


def _keep(
    line: jsonl.Line, path: str, kept: dict[tuple[str, ...], Opinion], kinds: dict[str, Opinion]
) -> list[Problem]:
    wrong = list(_problems(line, path))
    if wrong:
        return wrong
    opinion = _opinion(line.value, Source(path, line.number, 1))
    first = kept.setdefault(opinion.key, opinion)
    if first is not opinion:
        whose = opinion.by or f"judge {opinion.judge}"
        message = f"a second label by {whose} of this answer to case {opinion.case}; the first is in line"
        return [problem(line, path, "case", f"{message} {first.source.line}", "keep one of them", code="LE051")]
    other = kinds.setdefault(opinion.scorer, opinion)
    if "pairwise" in (opinion.kind, other.kind) and opinion.kind != other.kind:
        message = f"labels of pairs and of single answers for one scorer, {opinion.scorer}: line {other.source.line}"
        return [problem(line, path, "label", message, "A, B and tie are of pairs; true, false and 0..1 of one answer")]
    return []


def _opinion(value: Mapping[str, Any], source: Source) -> Opinion:
    number, kind = grade(value["label"])
    orders = (number, SIDES[value["swapped"]]) if "swapped" in value else None
    if orders:
        number = of_both(*orders)
    return Opinion(
        case=value["case"],
        answer=value["answer_sha256"],
        scorer=value["scorer"],
        value=number,
        kind=kind,
        by=value.get("by", ""),
        judge=value.get("judge", ""),
        note=value.get("note", ""),
        orders=orders,
        more={key: item for key, item in value.items() if key.startswith("x-")},
        source=source,
    )


def grade(label: Any) -> tuple[float, Kind]:
    """Return what a valid label is worth, 0..1, and its kind."""
    if isinstance(label, bool):
        return float(label), "binary"
    return (SIDES[label], "pairwise") if isinstance(label, str) else (float(label), "graded")


def of_both(shown_first: float, shown_second: float) -> float:
    """Return what a pair's two orders are worth together: a tie, where the verdict depends on the order."""
    return shown_first if shown_first == shown_second else SIDES["tie"]


def is_label(value: Any) -> bool:
    """Return whether this is a label: true, false, a number 0..1, or "A", "B", "tie"."""
    if isinstance(value, str):
        return is_side(value)
    return isinstance(value, bool) or (isinstance(value, (int, float)) and 0 <= value <= 1)


def is_side(value: Any) -> bool:
    """Return whether this is what a pair is labelled with."""
    return isinstance(value, str) and value in SIDES


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


FITS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "schema": (lambda value: value == SCHEMA, SCHEMA),
    "case": (_is_name, "the id of a case"),
    "answer_sha256": (lambda value: isinstance(value, str) and bool(SHA256.fullmatch(value)), "64 hex digits"),
    "scorer": (_is_name, "the name of a scorer"),
    "label": (is_label, 'true, false, a number from 0 to 1, or of a pair "A" (the answer), "B" or "tie"'),
    "swapped": (is_side, '"A", "B" or "tie": what the judge said with the answer shown second'),
    "by": (_is_name, "the annotator's name"),
    "judge": (_is_name, "the digest of a judge's scorer"),
    "note": (lambda value: isinstance(value, str), "a text"),
}
REQUIRED = ("case", "answer_sha256", "scorer", "label")


def _problems(line: jsonl.Line, path: str) -> Iterator[Problem]:
    for key, item in line.value.items():
        if key in FITS:
            fits, wanted = FITS[key]
            if not fits(item):
                yield problem(line, path, key, f"{key} must be {wanted}")
        elif not key.startswith("x-"):
            near = get_close_matches(key, FITS, n=1)
            yield problem(line, path, key, f"unknown key {key}", f"did you mean {near[0]}?" if near else EXAMPLE)
    missing = [key for key in REQUIRED if key not in line.value]
    if missing:
        yield problem(line, path, "", f"the label has no {' and no '.join(missing)}", EXAMPLE)
    if "swapped" in line.value and ("judge" not in line.value or not is_side(line.value.get("label"))):
        hint = "`label` is what it said with the answer shown first, `swapped` with the answer shown second"
        yield problem(line, path, "swapped", "only a judge of pairs has `swapped`", hint)
    if ("by" in line.value) is ("judge" in line.value):
        hint = "`by` is the person who labelled the answer, `judge` the digest of the judge that scored it"
        yield problem(line, path, "judge", "a label has either `by` or `judge`", hint)


def problem(line: jsonl.Line, path: str, key: str, message: str, hint: str = "", *, code: str = "LE050") -> Problem:
    """Return a problem with the value of a key of a line; with the line, where the key is not there."""
    places = keys(line.text) if key in line.value else ()
    offset = next((place.value_offset for place in places if place.depth == 1 and place.key == key), 0)
    return jsonl.problem(line.text, Flaw(code, offset, message), line.number, path, hint)
