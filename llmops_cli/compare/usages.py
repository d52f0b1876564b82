"""Call sites held against a prompt's interface: which of them a version would refuse, and why."""

from collections.abc import Iterable, Iterator, Mapping

from llmops_cli.compare.contract import effective
from llmops_cli.compare.takes import takes
from llmops_cli.compare.uses import is_required
from llmops_cli.model.diff import Json
from llmops_cli.model.prompt import Placeholder, Prompt, Variable, canonical
from llmops_cli.model.release import is_version
from llmops_cli.model.usage import CallBreak, Calls, CallSite

_FOREIGN = (("x-langfuse", "name"), ("x-openai", "id"), ("x-langsmith", "name"), ("x-langsmith", "id"))


def names(prompt: Prompt | None) -> frozenset[str]:
    """Return the names under which programs may know a prompt: id, aliases, and those that other tools gave it."""
    if prompt is None:
        return frozenset()
    kept = ((prompt.extra.get(tool), key) for tool, key in _FOREIGN)
    foreign = {said[key] for said, key in kept if isinstance(said, Mapping) and isinstance(said.get(key), str)}
    return frozenset({prompt.id, *prompt.aliases, *foreign})


def pinned(site: CallSite) -> bool:
    """Return whether a call names one version for good, which no edit can reach."""
    if site.kind == "llmops":
        return is_version(site.ref) or site.ref.startswith("sha256:")
    return site.ref.isdigit() or (site.kind == "langsmith" and bool(site.ref))


def broken(sites: Iterable[CallSite], before: Prompt | None, after: Prompt | None) -> Calls:
    """Return the calls of a prompt, those that its version after refuses, and those that cannot be checked.

    A call whose prompt is only known at run time may be one of it: it is no call site of the prompt, but unchecked.
    """
    sites = tuple(sites)
    known = names(before) | names(after)
    own = [site for site in sites if site.prompt in known]
    breaks = [CallBreak(site, message) for site in own if (message := refusal(site, before, after))]
    refused = {id(found.site) for found in breaks}
    unsure = (
        site for site in sites if site.unchecked and not pinned(site) and (site.prompt in known or not site.prompt)
    )
    return Calls(len(own), tuple(breaks), tuple(site for site in unsure if id(site) not in refused))


def refusal(site: CallSite, before: Prompt | None, after: Prompt | None) -> str:
    """Return why the version after refuses a call: `render(document=…) lacks locale`; "" where it does not."""
    if pinned(site):
        return ""
    if after is None:
        return f"{site.words} of {site.prompt}, which is removed"
    if site.kind == "llmops" and site.prompt not in names(after):
        return f"{site.words} of {site.prompt}, a name that finds nothing"
    faults = "; ".join(_faults(site, before, after))
    return f"{site.words} {faults}" if faults else ""


def _faults(site: CallSite, before: Prompt | None, after: Prompt) -> Iterator[str]:
    variables = {variable.name: variable for variable in after.variables}
    turns = {message.name for message in after.messages if isinstance(message, Placeholder)}
    if not site.open_ended and not (site.unchecked and not site.keywords):
        missing = [name for name, variable in variables.items() if is_required(variable) and name not in site.keywords]
        if missing:
            yield f"lacks {', '.join(missing)}"
    for name in site.keywords:
        if name not in variables and name not in turns:
            had = before is not None and before.variable(name) is not None
            yield f"passes {name}, which is {'no longer a' if had else 'no'} variable"
    for name, value in site.literals.items():
        if name in variables and (fault := _misfit(variables[name], value)):
            yield f"passes {name}={_shown(value)}, {fault}"


def _misfit(variable: Variable, value: Json) -> str:
    """Return why a value that stands in the source is refused. Null stands for no value, as in rendering."""
    schema = effective(variable, free=True)
    if variable.type == "messages":
        return "" if value is None or isinstance(value, list) else "which is no list of messages"
    if value is None and takes(schema, None, schema) is not True:
        return "though it is required" if is_required(variable) else ""
    if takes(schema, value, schema) is not False:
        return ""
    listed = schema.get("enum")
    if isinstance(listed, list):
        return f"not one of {', '.join(map(_shown, listed))}"
    said = schema.get("type")
    return (
        f"which is no {said}"
        if isinstance(said, str) and takes({"type": said}, value, schema) is False
        else "which its schema refuses"
    )


def _shown(value: Json) -> str:
    text = canonical(value)
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 - a value in a line of words
