"""`llmops eval bisect`: the commit that broke the prompt, with what it changed and what the search took."""

from collections.abc import Iterator
from typing import Any

from llmops_cli.model.explained import Bisected, Suspect
from llmops_cli.report import diff_text
from llmops_cli.report.ansi import paint
from llmops_cli.report.eval_why import again_document, again_lines, asked_line, calls_document, calls_line, stopped_line
from llmops_cli.report.figures import count
from llmops_cli.report.quote import argument, word

SCHEMA = "llmops/bisect@1"
DIGEST = 12
ID = 7


def text(told: Bisected, *, color: bool = False) -> str:
    """Return the whole answer for a terminal."""
    lines = [f"{paint(word(told.asked.prompt), 'bold', color)}   good {told.good[:ID]}   bad {told.bad[:ID]}"]
    if told.asked.evalset:
        lines.append(f"  {asked_line(told.asked)}")
    lines += [f"  {line}".rstrip() for line in _body(told, color=color)]
    if told.asked.evalset:
        lines += ["", f"  {calls_line(told.asked)}"]
    if told.state == "stopped":
        lines.append(f"  {stopped_line(told.asked)}")
    lines += [f"  {line}" for line in again_lines(told.asked)]
    return "\n".join(lines)


def document(told: Bisected, exit_code: int) -> dict[str, Any]:
    """Return `llmops/bisect@1`."""
    return {
        "schema": SCHEMA,
        "exit_code": exit_code,
        "state": told.state,
        "reason": told.reason,
        "prompt": told.asked.prompt,
        "good": told.good,
        "bad": told.bad,
        "evalset": told.asked.evalset,
        "scorer": told.asked.scorer,
        "broke": told.asked.broke,
        "cases": list(told.asked.cases),
        "culprits": [_suspect(one) for one in told.culprits],
        "versions": [_suspect(one) for one in told.versions],
        **calls_document(told.asked),
        "stopped": told.asked.stopped,
        "next": again_document(told.asked),
    }


def _body(told: Bisected, *, color: bool) -> Iterator[str]:
    if told.state in ("nothing", "diffuse", "good-fails", "bad-passes"):
        yield f"{paint('nothing to bisect', 'yellow', color)}: {word(told.reason, 400)}"
        return
    yield f"{count(len(told.versions), 'version')} between them"
    if told.culprits:
        yield ""
        head = "first bad commit" if told.state == "found" else "the first bad commit is one of these"
        yield paint(head, "red", color)
    for one in told.culprits:
        yield from _commit(one)
    if told.diff is not None:
        yield from ("  " + line for line in diff_text.text((told.diff,), unchanged=0, stat=True).split("\n")[:2])
        name, ends = argument(told.asked.prompt), (told.diff.before, told.diff.after)
        yield f"  llmops prompt diff {name}@{argument(ends[0])} {name}@{argument(ends[1])}"
    yield ""
    yield from (_line(one) for one in told.versions)


def _commit(one: Suspect) -> Iterator[str]:
    commit = one.commit
    yield f"  {commit.id}   {word(commit.author)}   {word(commit.date)}"
    yield f"  {word(commit.subject)}"
    version = f"version {word(one.version)}   " if one.version else ""
    yield f"  {version}{_content(one)}   {word(one.path)}"


def _content(one: Suspect) -> str:
    return f"sha256:{one.digest[:DIGEST]}" if one.digest else word(one.reason)


def _line(one: Suspect) -> str:
    state = {"passes": "✓ passes", "fails": "✗ fails", "skipped": "? skipped", "unknown": "  not asked"}[one.state]
    why = "   from its baseline" if one.stored else f"   {word(one.reason)}" if one.reason else ""
    return f"{state.ljust(12)}{one.commit.id[:ID]}   {word(one.commit.subject)}{why}"


def _suspect(one: Suspect) -> dict[str, Any]:
    return {
        "commit": one.commit.id,
        "author": one.commit.author,
        "date": one.commit.date,
        "subject": one.commit.subject,
        "path": one.path,
        "version": one.version,
        "digest": f"sha256:{one.digest}" if one.digest else "",
        "state": one.state,
        "stored": one.stored,
        "reason": one.reason,
    }
