"""A prompt as its file says it → a prompt with its includes in, its model resolved and its digests out."""

from dataclasses import replace

from llmops_cli.errors import LlmopsError
from llmops_cli.model.ports import Tree
from llmops_cli.model.prompt import Json, Placeholder, Prompt, TemplateFacts, Variable, digest
from llmops_cli.model.settings import Settings
from llmops_cli.render.template import facts, normalise

MAX_DEPTH = 8


def resolve(prompt: Prompt, tree: Tree, settings: Settings, *, declares: bool = True) -> tuple[Prompt, TemplateFacts]:
    """Return the prompt with includes and digests, and what its templates name.

    `declares` is false for a file without a `variables:` key: then every `{{ name }}` it uses is a variable.
    Raises `LlmopsError` for an include that cannot be read.
    """
    prompt, found = _include(prompt, tree, settings)
    if not declares and not prompt.variables:
        turns = {message.name for message in prompt.messages if isinstance(message, Placeholder)}
        names = dict.fromkeys([*(use.name for use in found.variables), *sorted(turns)])
        prompt = replace(prompt, variables=tuple(_undeclared(name, turns=name in turns) for name in names))
    route = settings.models.get(prompt.model)
    prompt = replace(prompt, resolved_model=route.model if route else prompt.model)
    return replace(prompt, digest=digest(content(prompt)), interface_digest=digest(interface(prompt))), found


def _undeclared(name: str, *, turns: bool) -> Variable:
    return Variable(name, {"type": "messages"} if turns else {}, required=not turns, declared=False)


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


def _include(prompt: Prompt, tree: Tree, settings: Settings) -> tuple[Prompt, TemplateFacts]:
    """Read includes until no template names a new one: an include may include."""
    found = facts(prompt)
    for _ in range(MAX_DEPTH):
        new = [path for path in found.includes if path not in prompt.includes]
        if not new:
            return prompt, found
        texts = {path: _included(tree, settings.prompts, path) for path in new}
        prompt = replace(prompt, includes={**prompt.includes, **texts})
        found = facts(prompt)
    raise LlmopsError(f"includes nest deeper than {MAX_DEPTH}", where=str(prompt.source))


def _included(tree: Tree, folder: str, path: str) -> str:
    try:
        return read_text(tree, f"{folder}/{path}")
    except OSError as error:
        hint = f"includes lie below {folder}/, inside it, and are no symlinks"
        raise LlmopsError(f"include {path!r} cannot be read: {error.args[-1]}", hint=hint) from error


def read_text(tree: Tree, path: str) -> str:
    """Return a UTF-8 file's text. Raises `LlmopsError` with the place where it is not UTF-8."""
    try:
        return tree.read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise LlmopsError("not UTF-8", where=path, hint="save the file as UTF-8") from error
