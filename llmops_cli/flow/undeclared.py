"""Names that a prompt uses and nobody declares, seen as its callers meet them."""

from dataclasses import replace

from llmops_cli.model.prompt import Prompt, Variable
from llmops_cli.render.template import facts


def with_used_names(prompt: Prompt) -> Prompt:
    """Return the prompt with a variable for each name that its templates and includes use and nobody declares.

    Such a prompt cannot be rendered until it is declared: to its callers it is a variable that they must give.
    """
    known = {variable.name for variable in prompt.variables}
    used = dict.fromkeys(use.name for use in facts(prompt).variables if use.name not in known)
    more = tuple(Variable(name, required=True, declared=False) for name in used)
    return replace(prompt, variables=prompt.variables + more) if more else prompt
