"""Rows of JSONL or CSV → people's labels of answers, and a judge's scores that came with them.

Options:
    map: `target=source` pairs. Targets: `case`, `label`, `by`, `note`, `judge` (a judge's score of the same answer; of
        a pair who won with the answer shown first) and `swapped` (who won with the answer shown second; A is the answer
        all the same), `answer` (its text) or `answer_sha256`, `repeat` (which of a run's answers it is, from 0).
        Without them the columns `case` or `id`, `label`, `by` or `annotator`, `note`, `answer` and `answer_sha256` are
        taken. Where `judge` is mapped, no label is needed.
    values: `text=label` pairs, for labels in words of your own; `text=skip` is no label; `*` is every other text, so
        that `*=skip` leaves out what a judge said beside the point.

Example:
    llmops review import ratings.csv --evalset greet --map case=id --map label=ada --by ada --value refused=false

"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.ingest.rows import keep, mapping, pick, rows

DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "case": ("case", "id", "case_id"),
    "label": ("label", "human", "rating"),
    "by": ("by", "annotator", "rater"),
    "note": ("note", "comment"),
    "judge": (),
    "swapped": (),
    "answer": ("answer", "text", "output", "completion", "response"),
    "answer_sha256": ("answer_sha256",),
    "repeat": ("repeat",),
}
WORDS: Mapping[str, "Label"] = {
    **dict.fromkeys(("true", "yes", "pass", "good", "1"), True),
    **dict.fromkeys(("false", "no", "fail", "bad", "0"), False),
    "a": "A",
    "b": "B",
    "tie": "tie",
}
SKIP = "skip"
OTHER = "*"
Label = bool | float | str


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One row: where it stands, its case, the label and the judge's score (None: none), and what names the answer.

    `is_chosen` says that the column of the label was named, and not only found by its name.
    """

    where: str
    case: str
    label: Label | None
    judge: Label | None = None
    by: str = ""
    note: str = ""
    answer: str | None = None
    sha256: str = ""
    repeat: int = 0
    swapped: Label | None = None
    is_chosen: bool = False


def build(*, pairs: Sequence[str] = (), where: Sequence[str] = (), values: Sequence[str] = ()) -> "Labels":
    """Return the importer for these options."""
    return Labels(mapping(pairs), mapping(where, "--where"), mapping(values, "--value"))


class Labels:
    """Turns rows into labels, in file order."""

    def __init__(
        self,
        pairs: tuple[tuple[str, str], ...],
        where: tuple[tuple[str, str], ...],
        values: tuple[tuple[str, str], ...],
    ) -> None:
        """Check the targets and values. Raises `UsageError` for one that no label has."""
        for target, _ in pairs:
            if target not in DEFAULTS:
                raise UsageError(f"--map {target}=…: a label has no {target!r}", hint=f"targets: {', '.join(DEFAULTS)}")
        if "swapped" in dict(pairs) and "judge" not in dict(pairs):
            raise UsageError(
                "--map swapped=… without judge=…", hint="swapped is the judge's verdict in the other order"
            )
        self._columns = {**DEFAULTS, **{target: (source,) for target, source in pairs}}
        self._mapped = frozenset(target for target, _ in pairs)
        self._where = where
        self._words: dict[str, Label | None] = dict(WORDS)
        for text, label in values:
            self._words[text.casefold()] = None if label == SKIP else _read(label, WORDS, "--value")

    def __call__(self, text: str, name: str) -> list[LabelRow]:
        """Return the labels. Raises `UsageError` for a row that cannot be read (with its line), or for no row."""
        found = [self._row(row, f"{name}:{line}") for line, row in rows(text, name) if keep(row, self._where)]
        if not found:
            raise UsageError("no row to import", where=name, hint="is the file empty, or does --where match nothing?")
        return found

    def _row(self, row: Mapping[str, Any], where: str) -> LabelRow:
        case, label = self._pick(row, "case", where), self._pick(row, "label", where)
        if case is None:
            raise UsageError("the row names no case", where=where, hint=f"--map case=COLUMN; it has {', '.join(row)}")
        has_label = "judge" in self._mapped or any(column in row for column in self._columns["label"])
        if label is None and not has_label:
            raise UsageError("the row has no label", where=where, hint=f"--map label=COLUMN; it has {', '.join(row)}")
        sha256, answer = self._pick(row, "answer_sha256", where), self._pick(row, "answer", where)
        return LabelRow(
            where=where,
            case=str(case),
            label=self._label(label, where),
            judge=self._label(self._pick(row, "judge", where), where),
            by=str(self._pick(row, "by", where) or ""),
            note=str(self._pick(row, "note", where) or ""),
            answer=answer if isinstance(answer, str) else None,
            sha256=str(sha256 or ""),
            repeat=_count(self._pick(row, "repeat", where), where),
            swapped=self._label(self._pick(row, "swapped", where), where),
            is_chosen="label" in self._mapped,
        )

    def _pick(self, row: Mapping[str, Any], target: str, where: str) -> Any:
        """Return the value of the first column that has one; an empty cell is none."""
        columns = self._columns[target]
        found = next((value for column in columns if (value := pick(row, column)) not in (None, "")), None)
        if found is None and target in self._mapped and pick(row, columns[0]) is None and columns[0] not in row:
            raise UsageError(f"no {columns[0]!r} in this row", where=where, hint=f"it has {', '.join(row)}")
        return found

    def _label(self, value: Any, where: str) -> Label | None:
        return None if value is None else _read(value, self._words, where)


def _read(value: Any, words: Mapping[str, Label | None], where: str) -> Label | None:
    """Return the label that a cell states: a word, true or false, a number 0..1. Raises `UsageError` for any other."""
    if isinstance(value, bool):
        return value
    key = str(value).strip().casefold()
    if key in words:
        return words[key]
    try:
        number = float(key)
    except ValueError:
        number = math.nan
    if 0.0 <= number <= 1.0:
        return bool(number) if number in (0.0, 1.0) else number
    if OTHER in words:
        return words[OTHER]
    hint = f"a label is true, false, a number from 0 to 1, A, B or tie; name yours: --value {key!r}=true, or '*=skip'"
    raise UsageError(f"{str(value)[:80]!r} is no label", where=where, hint=hint)


def _count(value: Any, where: str) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not str(value).isdigit():
        raise UsageError(f"repeat {value!r} is not a count from 0", where=where, hint="--map repeat=COLUMN")
    return int(str(value))
