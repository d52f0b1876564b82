"""A resolved prompt → its digests: the truth that versions, labels and baselines are names for."""

from dataclasses import replace

from llmops_cli.model.prompt import Json, Placeholder, Prompt, digest
from llmops_cli.render.template import normalise


def identify(prompt: Prompt) -> Prompt:
    """Return the prompt with its `digest` and `interface_digest`; includes and `resolved_model` are in already."""
    return replace(prompt, digest=digest(content(prompt)), interface_digest=digest(interface(prompt)))


def content(prompt: Prompt) -> Json:
    """Return what decides what the model sees and who answers, as JSON: the digest's pre-image."""
    return {
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
        "output": prompt.output,
        "params": prompt.params,
        "model": prompt.resolved_model,
    }


def interface(prompt: Prompt) -> Json:
    """Return what callers rely on, as JSON: variables and output."""
    variables = {variable.name: [variable.schema, variable.required] for variable in prompt.variables}
    return {"format": "interface@1", "variables": variables, "output": prompt.output}
