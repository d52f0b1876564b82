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
    document, problems = parse(data, str(file))
    if document is None or problems:
        raise InvalidFilesError(problems)
    if not isinstance(document.value, dict):
        raise UsageError("not a mapping of names to values", where=str(file))
    return document.value


def _typed(name: str, value: str, kinds: Sequence[str]) -> Any:
    """Return a flag's text as the variable's type: text stays text, anything else is read as JSON.

    Where a variable takes text and other things, what is no JSON is text; a JSON string in quotes is one too.
    """
    if set(kinds) == {"string"}:
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        if "string" in kinds:
            return value
        hint = "give it as JSON"
        raise UsageError(f"--var {name}={value}: {name} is of type {' or '.join(kinds)}", hint=hint) from error
