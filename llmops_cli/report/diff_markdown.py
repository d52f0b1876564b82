"""`llmops prompt diff --format markdown`: for a comment or a job summary. All foreign text stands in code."""

from collections.abc import Sequence

from llmops_cli.model.diff import ChangeClass, PromptDiff, TextChange
from llmops_cli.report import diff_words
from llmops_cli.report.sanitize import clip, html, line, markdown_cell, markdown_code, markdown_fence, workflow

LIMIT = 60_000
_TEXT_LIMIT = 4_000
_NAMES = {
    ChangeClass.BREAKING: "**breaking**",
    ChangeClass.MINOR: "minor",
    ChangeClass.PATCH: "patch",
    ChangeClass.NONE: "none",
}


def markdown(diffs: Sequence[PromptDiff], *, unchanged: int = 0, limit: int = LIMIT) -> str:
    """Return at most `limit` characters: a table, then a folded block for each prompt. What does not fit is left out
    whole, the last prompts first, and counted.
    """
    end = f"{diff_words.closing(diffs, unchanged).replace('llmops gate', '`llmops gate`')}\n"
    if not diffs:
        return end
    start = "| Prompt | Versions | Class | Why |\n|:--|:--|:--|:--|\n"
    table = [_table_row(diff) for diff in diffs]
    blocks = [_block(diff) for diff in diffs]
    room = limit - len(start) - len(end) - len(_left_out(len(diffs))) - 1
    fitting = _fitting(table, room)
    room -= sum(map(len, table[:fitting]))
    shown = _fitting(blocks[:fitting], room)
    missing = len(diffs) - shown
    parts = [start, *table[:fitting], "\n", *blocks[:shown], _left_out(missing) if missing else "", end]
    return "".join(parts)


def _fitting(parts: Sequence[str], room: int) -> int:
    """Return how many of the parts, from the first, fit."""
    for at, part in enumerate(parts):
        room -= len(part)
        if room < 0:
            return at
    return len(parts)


def _left_out(number: int) -> str:
    return f"{number:,} more: too long for here, see `llmops prompt diff`.\n\n"


def _table_row(diff: PromptDiff) -> str:
    lines = diff_words.contract(diff)
    why = _cell(clip(lines[0][1], 120)) if lines else ", ".join(dict.fromkeys(c.area for c in diff.changes))
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    name, sides = _cell(diff.id), _cell(diff_words.sides(diff))
    status = diff.status if diff.status != "changed" else _NAMES[diff.change_class]
    return f"| {name} | {sides} | {status} | {why}{more} |\n"


def _block(diff: PromptDiff) -> str:
    lines = [f"- {_NAMES[change_class]}: {_code(words)}" for change_class, words in diff_words.contract(diff)]
    lines += [f"- call sites: {_code(' '.join(words.split()))}" for words in diff_words.call_lines(diff)]
    lines += [f"- {_label(label)}: {_code(words)}" for label, words in diff_words.rows(diff)]
    lines += [f"- {_label(label)}: {_code(words)}" for label, words in diff_words.effects(diff)]
    texts = "".join(f"\n{_code(text.label)}\n\n{_fence(text)}" for text in (*diff.texts, *diff.shown_cases))
    name, bump = (html(workflow(line(said))) for said in (diff.id, diff_words.bump(diff)))
    said = "\n".join(lines)
    summary = f"<summary><code>{name}</code> <code>{bump}</code></summary>"
    return f"<details>{summary}\n\n{said}\n{texts}\n</details>\n\n"


def _code(said: str) -> str:
    """Return a code span; a comment may be printed to a CI log too, so it obeys the log's rules as well."""
    return markdown_code(workflow(line(said)))


def _cell(said: str) -> str:
    return markdown_cell(workflow(line(said)))


def _label(label: str) -> str:
    return label if label.isalpha() else _code(label)


def _fence(text: TextChange) -> str:
    """Return the changed words as the terminal shows them, `[-old-]{+new+}`."""
    marks = {"-": "[-{}-]", "+": "{{+{}+}}"}
    shown = "".join(marks.get(sign, "{}").format(part) for sign, part in diff_words.pieces(text))
    return markdown_fence(workflow(clip(shown, _TEXT_LIMIT)), "text")
