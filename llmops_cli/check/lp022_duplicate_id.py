"""An id or alias that another file claims as well.

Why:
    A name must stand for one prompt; which file is served must not depend on the order of a folder.

Bad:
    prompts/greet.yaml:   id: greet
    prompts/hello.yaml:   aliases: [greet]

Good:
    prompts/greet.yaml:   id: greet
    prompts/hello.yaml:   id: hello
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each name of this prompt that stands in another file too."""
    own = subject.prompt.source.path
    aliases = subject.raw.get("aliases", [])
    for name in dict.fromkeys([subject.prompt.id, *subject.prompt.aliases]):
        others = sorted({source.path for source in subject.ids.get(name, ()) if source.path != own})
        if not others:
            continue
        place = of_value(subject, "aliases", aliases.index(name)) if name in aliases else of_value(subject, "id")
        message = f"the id {name} is also claimed by {', '.join(others)}"
        said = name if name in aliases else str(subject.raw.get("id", ""))
        yield problem("LP022", "duplicate-id", "error", place, message, hint="rename one of them", width=len(said) or 1)
