"""The eval set that a prompt names; where there is none, the error says in which line of which file it is named."""

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.registry import Registry
from llmops_cli.load import prompts as prompt_files
from llmops_cli.model.evalset import EvalSet
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.source import Source


def evalset_of(registry: Registry, prompt: Prompt, name: str) -> EvalSet:
    """Return the eval set of this id. Raises `UnknownNameError` with the place that names it, or the set's problems."""
    try:
        return registry.evalset(name)
    except UnknownNameError as error:
        if name not in prompt.evals:
            raise
        hint = error.hint if "did you mean" in error.hint else f"{error.hint}; `llmops evalset new {name}` writes one"
        message = f"{error.message}, which {prompt.id} names under evals"
        raise UnknownNameError(message, where=str(_place(registry, prompt, name)), hint=hint) from error


def _place(registry: Registry, prompt: Prompt, name: str) -> Source:
    """Return where a prompt's file names an eval set; the prompt's own place where it does so by other means."""
    _, document, _ = prompt_files.read(registry.tree, prompt.source.path, registry.settings.prompts)
    said = document.value.get("evals") if document is not None and isinstance(document.value, dict) else None
    if document is None or not isinstance(said, list) or name not in said:
        return prompt.source
    return document.where("evals", said.index(name))
