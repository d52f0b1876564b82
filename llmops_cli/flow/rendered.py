"""A prompt with values: the request that a model would be sent."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.load.json_ import parse as parse_json
from llmops_cli.load.quick import TYPES
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.completion import Request
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.render.messages import Renderer


def rendered(
    project: Project, address: str, values: Mapping[str, str], file: Path | None = None, case: str = ""
) -> Request:
    """Return the request for these values: a case's inputs, over them a file's, over these single ones."""
    prompt = find(project, address).prompt
    inputs: dict[str, Any] = {}
    turns: tuple[Mapping[str, Any], ...] = ()
    if case:
        set_name, _, name = case.partition("#")
        evalset = read(project.tree, project.settings, paths=()).evalset(set_name)
        found = next((item for item in read_cases(project.tree, evalset) if item.id == name), None)
        if found is None:
            raise UnknownNameError(f"no case {name!r} in {set_name}", hint="--case SET#ID")
        inputs, turns = dict(found.inputs), found.messages
    if file is not None:
        inputs |= _values(file)
    typed = {variable.name: variable.types for variable in prompt.variables}
    inputs |= {name: _typed(name, value, typed.get(name, ("string",))) for name, value in values.items()}
    with Renderer(prompt) as renderer:
        return renderer.render(inputs, turns=turns)


def _values(file: Path) -> dict[str, Any]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(error.strerror or str(error), where=str(file)) from error
    value = _json(data, file) if file.suffix.lower() == ".json" else _yaml(data, file)
    if not isinstance(value, dict):
        raise UsageError("not a mapping of names to values", where=str(file))
    return value


def _json(data: bytes, file: Path) -> Any:
    """Return the value of a JSON file, within the limits that hold at run time."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8", where=str(file), hint="save the file as UTF-8") from error
    value, flaw = parse_json(text)
    if flaw is not None:
        line, column = text.count("\n", 0, flaw.offset) + 1, flaw.offset - text.rfind("\n", 0, flaw.offset)
        raise UsageError(flaw.message, where=f"{file}:{line}:{column}")
    return value


def _yaml(data: bytes, file: Path) -> Any:
    document, problems = parse(data, str(file))
    if document is None or problems:
        raise InvalidFilesError(problems)
    return document.value


def _typed(name: str, value: str, kinds: Sequence[str]) -> Any:
    """Return a flag's text as the variable's type: text stays text, anything else is read as JSON.

    Where a variable takes text and other things, what is no JSON of these is text; a JSON string in quotes is one too.
    """
    if set(kinds) == {"string"}:
        return value
    try:
        read = json.loads(value)
        return read if "string" not in kinds or any(TYPES[kind](read) for kind in kinds if kind in TYPES) else value
    except (ValueError, RecursionError) as error:
        if "string" in kinds:
            return value
        hint = "give it as JSON"
        raise UsageError(f"--var {name}={value}: {name} is of type {' or '.join(kinds)}", hint=hint) from error
