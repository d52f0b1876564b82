"""Prompty `.prompty` files, the second format and the first (`model.api`, `sample`) ↔ ours.

Role lines are read while the body is still a template, so no value can open a message. The header ends at a line
`---`; where Prompty's own rule (the first `---` anywhere) would cut elsewhere, a note says so. `${env:…}` is never
read. A value that is not given prints nothing, as it does there; booleans print as `true` and `false`.
"""

import re
from dataclasses import replace
from typing import Any

from llmops_cli.convert import _prompty_v1, _prompty_v2, _prompty_v2_write
from llmops_cli.convert._built import with_formatting
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._each import each, ids, picked
from llmops_cli.convert._header import split as split_header
from llmops_cli.convert._own import own_of, take_own
from llmops_cli.convert._prompty_body import body, written
from llmops_cli.convert._prompty_references import resolved
from llmops_cli.convert._source import mapping_of, text_of, yaml_of
from llmops_cli.convert._taking import Taking
from llmops_cli.convert._yaml_out import dump
from llmops_cli.errors import FindingsError
from llmops_cli.model.exchange import MARK, Exported, Files, Foreign, Imported, Loss
from llmops_cli.model.prompt import Prompt

Json = Any

SUFFIXES = (".prompty",)
READS_BESIDE = (".json", ".yaml", ".yml", ".txt", ".md")

_THEIRS = re.compile(r"(?:---|\+\+\+)(.*?)(?:---|\+\+\+)\s*+.", re.DOTALL)


def read(files: Files, name: str) -> Imported:
    """Return the prompts of `.prompty` files.

    Each is called after its path; `${file:…}` finds files beside it.
    """
    found = each(files, name, "prompty", SUFFIXES, _prompt)
    paths = ids(picked(files, name, SUFFIXES))
    return with_formatting(found, {ident: files[path] for path, ident in paths.items()}, write)


def _prompt(draft: Draft, ident: str, files: Files) -> list[Foreign]:
    text = text_of(files[draft.path], draft.path)
    head, rest, line = _split(draft, text)
    header = mapping_of(yaml_of(head, draft.path, line=2), draft.path, "a header")
    header = resolved(draft, header, files)
    source = Taking(header)
    sample: dict[str, Json] = {}
    if _prompty_v1.is_v1(header):
        form, sample = _prompty_v1.read(draft, source)
    else:
        form = _prompty_v2.read(draft, source)
    if isinstance(source.see("metadata"), dict):
        take_own(draft, source.into("metadata").take("llmops"), "metadata.llmops")
    body(draft, rest, line, form)
    draft.keep(source.left())
    theirs = {foreign: ours for ours, foreign in draft.names.items()}
    case = {"inputs": {theirs.get(key, key): value for key, value in sample.items() if value is not None}}
    return [Foreign(ident, (draft.version(),), (case,) if sample else ())]


def _split(draft: Draft, text: str) -> tuple[str, str, int]:
    """Return the header, the body, and the number of the body's first line."""
    start = text.lstrip()
    above = text[: len(text) - len(start)].count("\n")
    if start.startswith("+++"):
        start = re.sub(r"(?m)^\+\+\+[ \t]*$", "---", start, count=2)
    found = split_header(start, draft.path, comments=False)
    if not found.found and start.startswith("---"):
        message = "the first line begins with `---` and is no header"
        raise FindingsError(message, where=draft.path, hint="close the header with a line `---`")
    theirs = _THEIRS.match(text.lstrip())
    if found.found and theirs is not None and theirs[1].strip() != found.header_text.strip():
        draft.note(
            f"{draft.path}: Prompty itself would end this header at an earlier `---`, inside a value; this does not"
        )
    rest = found.body.lstrip()
    line = found.body_line + above + found.body[: len(found.body) - len(rest)].count("\n")
    return found.header_text, rest, line


def write(prompt: Prompt) -> Exported:
    """Return the `.prompty` file of a prompt: of the first format where it came from one, else of the second."""
    kept = dict(prompt.extra.get("x-prompty") or {})
    losses: list[Loss] = []
    kept.pop(MARK, None)
    own = own_of(prompt, "prompty", ("description", "variables"))
    if own and isinstance(kept.get("metadata", {}), dict):
        kept["metadata"] = {**kept.get("metadata", {}), "llmops": own}
    else:
        losses += [Loss(key, "`metadata` is no mapping, and has no room for it", "--lossy") for key in own]
    old = kept.get("format") == "v1"
    header = (_prompty_v1.header if old else _prompty_v2_write.header)(prompt, kept, losses)
    text, notes = written(prompt, kept.get("renamed", {}), losses, old=old)
    return replace(
        Exported({f"{prompt.id}.prompty": f"---\n{dump(header)}---\n{text}".encode()}),
        losses=tuple(losses),
        notes=tuple(notes),
    )
