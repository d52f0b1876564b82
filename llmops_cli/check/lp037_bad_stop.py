"""Stop sequences that cannot work: empty, twice the same, more than the provider takes.

Why:
    An empty stop ends every answer at once or is refused; OpenAI takes four, Google five, and Anthropic none of white
    space only.

Bad:
    params: {stop: ["", "END", "END"]}

Good:
    params: {stop: ["END"]}
"""

from collections.abc import Iterator

from llmops_cli.check.known import facts, family, params
from llmops_cli.check.place import of_param, problem
from llmops_cli.model.problem import Problem, Severity, Subject

MOST = {"openai": 4, "google": 5}


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each flaw of `stop`."""
    said = params(subject).get("stop")
    if said is None:
        return
    stops = [said] if isinstance(said, str) else list(said)
    known = facts(subject)
    whose = family(known)
    found: list[tuple[Severity, str, str]] = []
    if "" in stops:
        found.append(("error", "a stop sequence is empty", "remove it"))
    if len(set(stops)) < len(stops):
        found.append(("warning", "a stop sequence stands twice", "remove one of them"))
    most = MOST.get(whose)
    if known is not None and most is not None and len(stops) > most:
        found.append(("error", f"{len(stops)} stop sequences; {known.name} takes {most}", f"keep {most}"))
    if whose == "anthropic" and any(stop and not stop.strip() for stop in stops):
        found.append(("error", "a stop sequence of white space only is refused", "stop at a word or sign instead"))
    place = of_param(subject, "stop")
    for severity, message, hint in found:
        yield problem("LP037", "bad-stop", severity, place, message, hint=hint, width=len("stop"))
