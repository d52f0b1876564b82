"""Label files on disk: a line a label, sorted, the same bytes for the same labels."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from llmops_cli.model.review import SIDES, Opinion
from llmops_cli.store.atomic import write_text

NAMES = {value: side for side, value in SIDES.items()}


def write(path: Path, opinions: Iterable[Opinion], *, root: Path) -> None:
    """Write a label file whole. Raises as `write_text` does."""
    write_text(path, text(opinions), root=root)


def text(opinions: Iterable[Opinion]) -> str:
    """Return the file's text, sorted by case, answer, scorer and whose label it is."""
    lines = [_line(each) for each in sorted(opinions, key=lambda each: each.key)]
    return "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)


def _line(opinion: Opinion) -> dict[str, Any]:
    whose = {"by": opinion.by} if opinion.by else {"judge": opinion.judge}
    note = {"note": opinion.note} if opinion.note else {}
    names = {"case": opinion.case, "answer_sha256": opinion.answer, "scorer": opinion.scorer}
    said: dict[str, Any] = {"label": label(opinion)}
    if opinion.orders:
        said = {"label": NAMES[opinion.orders[0]], "swapped": NAMES[opinion.orders[1]]}
    return {**names, **said, **whose, **note, **dict(sorted(opinion.more.items()))}


def label(opinion: Opinion) -> bool | float | str:
    """Return an opinion's value as its file has it."""
    if opinion.kind == "pairwise":
        return NAMES[opinion.value]
    return opinion.value == 1.0 if opinion.kind == "binary" else opinion.value
