"""What a reader made → a Prompt, by our own reader of prompt files: what it would refuse is refused here already."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import BinaryIO

from llmops_cli.load.prompts import read
from llmops_cli.model.exchange import Exported, Files, Foreign, Imported, Loss, Version
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Prompt
from llmops_cli.render.environment import FAULTS, environment
from llmops_cli.render.template import facts
from llmops_cli.report.yaml_text import dump

FOLDER = "prompts"
SHOWN_LINES = 12


class _Memory:
    """Files in memory, as a Tree."""

    name = "import"

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise FileNotFoundError(path)
        return self._files[path]

    def open(self, path: str) -> BinaryIO:
        return BytesIO(self.read(path))

    def entries(self, folder: str) -> Mapping[str, str]:
        return {path: "" for path in sorted(self._files) if path.startswith(f"{folder}/")}


def prompt_of(name: str, version: Version) -> Prompt:
    """Return the prompt that a version's file would be. Raises `InvalidFilesError` where our reader refuses it."""
    path = f"{FOLDER}/{name}.yaml"
    files = {f"{FOLDER}/{inner}": text.encode() for inner, text in version.files.items()}
    files[path] = dump({"id": name, **version.document}).encode("utf-8", "surrogatepass")
    prompt, _, problems = read(_Memory(files), path, FOLDER)
    if prompt is None:
        raise InvalidFilesError(problems)
    return replace(prompt, includes=dict(version.files))


def proved(imported: Imported) -> Imported:
    """Return the import with a loss for each template that does not compile here."""
    losses = list(imported.losses)
    for foreign in imported.prompts:
        for version in foreign.versions:
            losses += _broken(foreign.id, prompt_of(foreign.id, version))
    return replace(imported, losses=tuple(dict.fromkeys(losses)))


def _broken(name: str, prompt: Prompt) -> list[Loss]:
    found = facts(prompt)
    if found.errors:
        return [_loss(name, prompt.texts[use.message].path, message) for use, message in found.errors]
    losses = []
    compiler = environment(prompt.includes, prompt.constants)
    for message in prompt.texts:
        if "{%" in message.content or "|" in message.content:
            try:
                compiler.from_string(message.content)
            except FAULTS as error:
                losses.append(_loss(name, message.path, str(error)))
    return losses


def _loss(name: str, path: tuple[str | int, ...], message: str) -> Loss:
    hint = "write the template without it; docs of the template language: `llmops explain LP013`"
    return Loss(f"{name}:{'.'.join(map(str, path))}", f"a template that does not work here: {message}", hint)


def with_formatting(imported: Imported, sources: Mapping[str, bytes], write: Callable[[Prompt], Exported]) -> Imported:
    """Return the import with a note for each prompt that an export would not write byte for byte as it was.

    `sources` maps an id to the file it came from; the note holds the begin of a diff.
    """
    notes = [*imported.notes]
    for foreign in imported.prompts:
        if foreign.id in sources:
            notes += _formatting(foreign, sources[foreign.id], write)
    return replace(imported, notes=tuple(notes))


def _formatting(foreign: Foreign, source: bytes, write: Callable[[Prompt], Exported]) -> list[str]:
    written = next(iter(write(prompt_of(foreign.id, foreign.versions[-1])).files.values()))
    if written == source:
        return []
    was, now = (text.decode("utf-8", "replace").split("\n") for text in (source, written))
    lines = list(difflib.unified_diff(was, now, "imported", "exported", n=0, lineterm=""))
    more = f"\n… {len(lines) - SHOWN_LINES} more lines" if len(lines) > SHOWN_LINES else ""
    shown = "\n".join(lines[:SHOWN_LINES]) or "only line ends or a byte order mark"
    return [f"formatting: {foreign.id} would be exported with other bytes than it came with:\n{shown}{more}"]
