"""A prompt as its file says it → a prompt with its includes in, its model resolved and its digests out."""

from dataclasses import replace

from llmops_cli.errors import LlmopsError
from llmops_cli.model.ports import Tree
from llmops_cli.model.prompt import Placeholder, Prompt, TemplateFacts, Variable
from llmops_cli.model.settings import Settings
from llmops_cli.render.identity import identify
from llmops_cli.render.template import facts

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
    return identify(replace(prompt, resolved_model=route.model if route else prompt.model)), found


def _undeclared(name: str, *, turns: bool) -> Variable:
    return Variable(name, {"type": "messages"} if turns else {}, required=not turns, declared=False)


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
