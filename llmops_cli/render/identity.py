"""A resolved prompt → its digests: the truth that versions, labels and baselines are names for."""

import json
from collections.abc import Mapping
from dataclasses import replace

from llmops_cli.model.order import unsorted
from llmops_cli.model.prompt import Json, Placeholder, Prompt, canonical, digest
from llmops_cli.render.template import normalise


def identify(prompt: Prompt) -> Prompt:
    """Return the prompt with its `digest` and `interface_digest`; includes and `resolved_model` are in already."""
    return replace(prompt, digest=digest(content(prompt)), interface_digest=digest(interface(prompt)))


def content(prompt: Prompt) -> Json:
    """Return what decides what the model sees and who answers, as JSON: the digest's pre-image.

    `printed` and `order` say what canonical JSON does not tell apart and a model does; only where there is any.
    """
    printed, order = _printed(prompt), unsorted([_asked(prompt.output), list(prompt.tools)])
    return {
        **({"printed": printed} if printed else {}),
        **({"order": order} if order else {}),
        "format": "prompt@1",
        "messages": [
            {"placeholder": message.name}
            if isinstance(message, Placeholder)
            else {"role": message.role, "content": normalise(message.content)}
            for message in prompt.messages
        ],
        "includes": {path: normalise(text) for path, text in prompt.includes.items()},
        "constants": prompt.constants,
        "literals": sorted(prompt.literals),
        "defaults": {variable.name: variable.default for variable in prompt.variables if variable.has_default},
        "examples": [list(prompt.examples.rows), prompt.examples.k] if prompt.examples else None,
        "tools": list(prompt.tools),
        "output": _asked(prompt.output),
        "params": prompt.params,
        "model": prompt.resolved_model,
    }


def interface(prompt: Prompt) -> Json:
    """Return what callers rely on, as JSON: variables and output."""
    variables = {variable.name: [variable.schema, variable.required] for variable in prompt.variables}
    return {"format": "interface@1", "variables": variables, "output": _asked(prompt.output)}


def _asked(output: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the output; text, said in so many words, is what is meant where nothing is said."""
    return {} if output == {"format": "text"} else output


def _printed(prompt: Prompt) -> str:
    """Return the defaults and few-shot rows as a template prints them: `1.0` is not `1`, and keys have an order.

    Empty where this is their canonical JSON anyway. The order of the variables themselves, and of the keys of a row
    and of its inputs, means nothing; but where a variable takes the rest, it takes it in the order of the inputs.
    """
    defaults = {variable.name: variable.default for variable in prompt.variables if variable.has_default}
    rest = any(variable.schema.get("rest") is True for variable in prompt.variables)
    rows = [_sorted({key: _sorted(said, keep=rest) for key, said in row.items()}) for row in _rows(prompt)]
    values = [_sorted(defaults), rows]
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return "" if text == canonical(values) else text


def _rows(prompt: Prompt) -> tuple[Mapping[str, Json], ...]:
    return prompt.examples.rows if prompt.examples else ()


def _sorted(value: Json, *, keep: bool = False) -> Json:
    return dict(sorted(value.items())) if isinstance(value, Mapping) and not keep else value
