"""What the callers of a prompt meet that its variables do not say: names nobody declares, and what is read of them."""

from dataclasses import replace

from llmops_cli.model.prompt import Prompt, Variable
from llmops_cli.render.reads import Reads, reads
from llmops_cli.render.template import facts


def with_used_names(prompt: Prompt) -> Prompt:
    """Return the prompt with a variable for each name that its templates and includes use and nobody declares.

    Such a prompt cannot be rendered until it is declared: to its callers it is a variable that they must give. Each
    variable says what the templates surely read of it.
    """
    known = {variable.name for variable in prompt.variables}
    used = dict.fromkeys(use.name for use in facts(prompt).variables if use.name not in known)
    more = tuple(Variable(name, required=True, declared=False) for name in used)
    if not prompt.variables and not more:
        return prompt
    found = reads(prompt)
    return replace(prompt, variables=tuple(_read(variable, found) for variable in prompt.variables + more))


def _read(variable: Variable, found: Reads) -> Variable:
    read, printed = found.of(variable.name)
    return replace(variable, reads=read, prints=printed) if read else variable
