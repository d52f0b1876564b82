"""An alias that stands twice, or is the prompt's own id.

Why:
    An alias is an old name that callers may still use. One that repeats the id helps nobody, and most often is a slip
    for the name that was meant.

Bad:
    id: greet
    aliases: [greet]

Good:
    id: greet
    aliases: [hello]
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each alias without a use."""
    aliases = subject.raw.get("aliases", ())
    for index, name in enumerate(aliases):
        if name == subject.prompt.id:
            message = f"the alias {name} is the prompt's own id"
        elif name in aliases[:index]:
            message = f"the alias {name} stands twice"
        else:
            continue
        place = of_value(subject, "aliases", index)
        yield problem("LP024", "useless-alias", "warning", place, message, hint="remove it", width=len(name))
