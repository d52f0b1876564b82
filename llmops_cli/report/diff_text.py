"""`llmops prompt diff`: what an edit means, for a terminal. Meaning first, words second."""

from collections.abc import Iterator, Sequence

from llmops_cli.model.diff import ChangeClass, PromptDiff, TextChange
from llmops_cli.report import diff_words
from llmops_cli.report.ansi import Style, paint
from llmops_cli.report.sanitize import line, workflow

_LABEL = 11
_CLASS = 10
_HEAD = 67
_STYLES: dict[ChangeClass, Style] = {
    ChangeClass.BREAKING: "red",
    ChangeClass.MINOR: "yellow",
    ChangeClass.PATCH: "cyan",
    ChangeClass.NONE: "dim",
}


def text(
    diffs: Sequence[PromptDiff], *, unchanged: int, color: bool = False, word: bool = False, stat: bool = False
) -> str:
    """Return the report. `word` leaves out nothing of the changed texts; `stat` gives one line for each prompt."""
    blocks = [_stat(diff, color) if stat else _block(diff, color, whole=word) for diff in diffs]
    return "\n".join([*blocks, diff_words.closing(diffs, unchanged)])


def _block(diff: PromptDiff, color: bool, *, whole: bool) -> str:  # noqa: FBT001  the same word down to `paint`
    lines = [_head(diff, color)]
    label, last_breaking = "contract", 1
    for change_class, words in diff_words.contract(diff):
        name = change_class.value.upper() if change_class is ChangeClass.BREAKING else change_class.value
        lines.append(_row(label, f"{paint(name.ljust(_CLASS), _STYLES[change_class], color)}{_safe(words)}"))
        label = ""
        if change_class is ChangeClass.BREAKING:
            last_breaking = len(lines)
    lines[last_breaking:last_breaking] = [_row("", _safe(words)) for words in diff_words.call_lines(diff)]
    lines += [_row(label, _safe(words)) for label, words in diff_words.rows(diff)]
    for change in diff.texts if whole or diff.status == "changed" else ():
        lines += _words(change, color, whole=whole)
    for change in diff.shown_cases:
        lines += _words(change, color, whole=whole, label=f"case {change.label}")
    lines += [_row(label, _safe(words)) for label, words in diff_words.effects(diff)]
    return "\n".join(lines)


def _head(diff: PromptDiff, color: bool) -> str:  # noqa: FBT001  the same word down to `paint`
    name, bump = _safe(f"{diff.id}  {diff_words.sides(diff)}"), _safe(diff_words.bump(diff))
    space = " " * max(2, _HEAD - len(name))
    return f"{paint(name, 'bold', color)}{space}{paint(bump, _STYLES[diff.change_class], color)}"


def _stat(diff: PromptDiff, color: bool) -> str:  # noqa: FBT001  the same word down to `paint`
    added, removed = (
        sum(len(part.split()) for text in diff.texts for sign, part in text.pieces if sign == mark) for mark in "+-"
    )
    said = f"{len(diff.changes)} changes" if len(diff.changes) != 1 else "1 change"
    return f"{_head(diff, color)}\n  {said}, words +{added:,} −{removed:,}"


def _words(change: TextChange, color: bool, *, whole: bool, label: str = "") -> Iterator[str]:  # noqa: FBT001  as above
    """Yield the lines of one text, indented under its label.

    Each piece is made safe by itself: where two meet stands a mark, so no line can begin with what a runner obeys.
    """
    shown = ""
    for sign, part in diff_words.pieces(change, whole=whole):
        safe = workflow(part)
        if sign == " ":
            shown += safe
        else:
            shown += paint(f"[-{safe}-]", "red", color) if sign == "-" else paint(f"{{+{safe}+}}", "green", color)
    label = _safe(label or change.label)
    for words in shown.rstrip("\n").split("\n"):
        yield _row(label, words)
        label = ""


def _row(label: str, words: str) -> str:
    """Return a row; a label that is wider than its column stands on a line of its own."""
    if len(label) >= _LABEL:
        return f"  {label}\n{' ' * (_LABEL + 2)}{words}".rstrip()
    return f"  {label.ljust(_LABEL)}{words}".rstrip()


def _safe(words: str) -> str:
    return workflow(line(words))
