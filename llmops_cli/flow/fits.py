"""Whether the cases of an eval set can be rendered by the prompts that it judges, found without rendering them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from llmops_cli.load.codes import found
from llmops_cli.load.quick import holds
from llmops_cli.model.evalset import Case
from llmops_cli.model.problem import Problem
from llmops_cli.model.prompt import Placeholder, Prompt, TemplateFacts, Variable
from llmops_cli.render.errors import RenderError
from llmops_cli.render.values import check, is_slow, schema_misfit

UNFIT = ("LE023", "LE024")
"""The codes of what is found here."""


@dataclass(slots=True)
class Fits:
    """The prompts that one eval set judges, and what its cases lack for them: one message for many cases."""

    prompts: list[Prompt] = field(default_factory=list)
    faults: dict[tuple[str, str, str], tuple[Case, int]] = field(default_factory=dict)
    said: dict[tuple[str, str, str], RenderError] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def add(self, prompt: Prompt, facts: TemplateFacts) -> None:
        """Look at this prompt too; prompts with the same variables count once, and those that never render not."""
        slots = [message.name for message in prompt.messages if isinstance(message, Placeholder)]
        key = f"{prompt.interface_digest} {slots}"
        if facts.errors or key in self.seen:
            return
        self.seen.add(key)
        missing = [name for name in dict.fromkeys(slots) if prompt.variable(name) is None]
        new = tuple(Variable(name, {"type": "messages"}, required=False) for name in missing)
        self.prompts.append(replace(prompt, variables=prompt.variables + new))

    def look(self, case: Case) -> None:
        """Note what keeps a case from being rendered."""
        for prompt in self.prompts:
            try:
                check(prompt, _with_turns(prompt, case), _misfit)
            except RenderError as error:
                code = UNFIT[0 if error.message.startswith("extra argument") else 1]
                key = (code, prompt.id, _kind(error))
                first, count = self.faults.get(key, (case, 0))
                self.faults[key] = (first, count + 1)
                if not count:
                    self.said[key] = error

    def problems(self) -> Iterator[Problem]:
        """Yield a problem for each kind of fault, at the first case that has it."""
        for key, (case, count) in self.faults.items():
            code, prompt, _ = key
            more = f" (and {count - 1:,} more)" if count > 1 else ""
            error = self.said[key]
            message = f"case {case.id}{more} cannot be rendered by {prompt}: {error.message}"
            yield found(code, case.source, message, hint=error.hint)


def _with_turns(prompt: Prompt, case: Case) -> Mapping[str, Any]:
    """Return the inputs, with the case's earlier turns as the value of the one placeholder that has none."""
    if not case.messages:
        return case.inputs
    names = dict.fromkeys(message.name for message in prompt.messages if isinstance(message, Placeholder))
    free = [name for name in names if name not in case.inputs]
    if len(free) != 1:
        hint = "the prompt needs `- {placeholder: history}`" if not names else f"give {', '.join(names)} in `inputs`"
        raise RenderError("it has earlier messages, but no single placeholder takes them", hint=hint)
    return {**case.inputs, free[0]: list(case.messages)}


def _misfit(schema: Mapping[str, Any], value: Any) -> str:
    """Return why a value does not fit; a schema with regular expressions is left to rendering, which has a deadline."""
    if is_slow(schema) or holds(schema, value):
        return ""
    return schema_misfit(schema, value)


def _kind(error: RenderError) -> str:
    """Return what two faults have in common that need the same remedy."""
    return f"{error.variable} {error.message.split(':')[0][:80]}" if error.variable else error.message[:80]
