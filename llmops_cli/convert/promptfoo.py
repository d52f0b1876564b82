"""promptfoo's configuration (its prompts, providers and tests) ↔ our prompts and eval sets. Programs are not run.

Options:
    (none)

Example:
    llmops prompt import promptfoo promptfooconfig.yaml

"""

import posixpath
from collections.abc import Mapping

from llmops_cli.convert._draft import Draft
from llmops_cli.convert._own import take_own
from llmops_cli.convert._plain import slug
from llmops_cli.convert._promptfoo_prompts import TEXTS, Raw, Shelf, prompts_of
from llmops_cli.convert._promptfoo_providers import read_providers
from llmops_cli.convert._promptfoo_tests import Case, cases_of, types_of
from llmops_cli.convert._promptfoo_text import (
    asks_whether_empty,
    asks_whether_given,
    is_name,
    names_of,
    to_jinja,
    walks_keys,
)
from llmops_cli.convert._promptfoo_write import write, write_with_cases
from llmops_cli.convert._source import json_of, mapping_of, text_of, yaml_of
from llmops_cli.errors import UsageError
from llmops_cli.model.exchange import Files, Foreign, Imported, Json

__all__ = ["READS_BESIDE", "read", "write", "write_with_cases"]

READS_BESIDE = TEXTS
"""A configuration names files beside it; those that end so are read along."""
CONFIGS = ("promptfooconfig.yaml", "promptfooconfig.yml", "promptfooconfig.json")
ABOUT_RUNS = frozenset(
    [
        "description",
        "metadata",
        "evaluateOptions",
        "outputPath",
        "sharing",
        "commandLineOptions",
        "writeLatestResults",
        "tags",
        "$schema",
    ]
)
READ = frozenset({"prompts", "providers", "targets", "tests", "defaultTest"})
OURS = ("system", "developer", "user", "assistant")


def read(files: Files, name: str) -> Imported:
    """Return the prompts of one configuration, all judged by its tests."""
    path = _config(files, name)
    shelf = Shelf(files, path, [])
    text = text_of(files[path], path)
    said = json_of(text, path) if path.endswith(".json") else yaml_of(text, path)
    config = mapping_of(said, path, "a promptfoo configuration")
    notes = _rest(config, shelf)
    cases = cases_of(config, shelf)
    drafts = [(raw, _draft(raw, config, shelf)) for raw in prompts_of(config.get("prompts"), shelf)]
    if not drafts:
        if shelf.losses:
            first = shelf.losses[0]
            raise UsageError(f"no prompt can be read: {first.path}: {first.message}", where=path, hint=first.hint)
        raise UsageError("no `prompts:`", where=path, hint="tests alone: llmops evalset import --from promptfoo")
    own = slug(posixpath.basename(path).rpartition(".")[0].removesuffix("config")) or "promptfoo"
    metadata = config.get("metadata")
    ours = metadata.get("llmops") if isinstance(metadata, Mapping) else None
    prompts = _prompts(drafts, cases, own, shelf, ours)
    notes += [note for _, draft in drafts for note in draft.notes]
    losses = [*shelf.losses, *(loss for _, draft in drafts for loss in draft.losses)]
    return Imported(tuple(prompts), tuple(dict.fromkeys(losses)), tuple(dict.fromkeys(notes)))


def _config(files: Files, name: str) -> str:
    named = [name, *(path for path in sorted(files) if posixpath.basename(path) in CONFIGS)]
    found = next((path for path in named if path in files), "")
    if not found:
        raise UsageError("no promptfooconfig.yaml", where=name, hint="name the configuration, or its folder")
    return found


def _rest(config: Mapping[str, Json], shelf: Shelf) -> list[str]:
    about = [key for key in config if key in ABOUT_RUNS]
    for key in sorted(set(config) - ABOUT_RUNS - READ):
        shelf.lose(key, "is code, or has no place in prompts and cases")
    return [f"not about prompts and cases, kept under x-promptfoo.config: {', '.join(about)}"] if about else []


def _draft(raw: Raw, config: Mapping[str, Json], shelf: Shelf) -> Draft:
    draft = Draft("promptfoo", shelf.path)
    if isinstance(raw.body, str):
        if _is_unread_chat(raw.body):
            hint = 'write the messages out as a list: [{"role": …, "content": …}], and code inside their texts alone'
            draft.lose(raw.where, "is a chat there once it is rendered, and one text here", hint)
        draft.say("user", _template(raw.body, raw.where, draft))
        draft.extra["kind"] = "text"
    else:
        for place, item in enumerate(raw.body):
            _message(item, f"{raw.where}[{place}]", draft)
    draft.extra |= raw.kept
    draft.extra |= {"label": raw.name} if raw.name else {}
    about = {key: value for key, value in config.items() if key in ABOUT_RUNS}
    if isinstance(about.get("metadata"), Mapping):
        about["metadata"] = {key: value for key, value in about["metadata"].items() if key != "llmops"}
        about = {key: value for key, value in about.items() if key != "metadata" or value}
    draft.extra |= {"config": about} if about else {}
    read_providers(config.get("providers", config.get("targets")), draft)
    return draft


def _is_unread_chat(text: str) -> bool:
    """Return whether a text that is no list of messages may become one when it is rendered."""
    start = text.lstrip()
    return start.startswith(("[", "{", "- role:")) and not start.startswith(("{{", "{%", "{#")) and "role" in start


def _message(item: Json, where: str, draft: Draft) -> None:
    said = item if isinstance(item, Mapping) else {}
    role, content = said.get("role"), said.get("content")
    if role not in OURS:
        draft.lose(f"{where}.role", f"is {role!r}", "with --lossy it becomes a user message")
    if not isinstance(content, str):
        draft.lose(f"{where}.content", "is no text: images and files have no place in a message here")
    for key in sorted(set(said) - {"role", "content"}):
        draft.lose(f"{where}.{key}", "has no place in a message here")
    body = _template(content, where, draft) if isinstance(content, str) else ""
    draft.say(str(role) if role in OURS else "user", body)


def _template(text: str, where: str, draft: Draft) -> str:
    made = to_jinja(text, lambda message, hint: draft.lose(where, message, hint), draft.note)
    for name in names_of(made):
        draft.variable(name)
    return made


def _prompts(drafts: list[tuple[Raw, Draft]], cases: list[Case], own: str, shelf: Shelf, said: Json) -> list[Foreign]:
    names = {name for _, draft in drafts for name in draft.variables}
    alike = all(set(draft.variables) == names for _, draft in drafts)
    _say_unused(cases, names, shelf)
    prompts: list[Foreign] = []
    taken: dict[str, int] = {}
    for place, (raw, draft) in enumerate(drafts, start=1):
        called = slug(raw.name) if len(raw.name) <= 80 else ""  # noqa: PLR2004 - a label may be the whole text
        called = called or (own if len(drafts) == 1 else f"{own}-{place}")
        taken[called] = taken.get(called, 0) + 1
        name = called if taken[called] == 1 else f"{called}-{taken[called]}"
        rows = [_row(case, draft) for case in cases]
        _declare(draft, rows)
        if len(drafts) == 1:
            take_own(draft, said, "metadata.llmops")
        set_name = own if alike and len(drafts) > 1 else ""
        scorers = _scorers(rows)
        prompts.append(Foreign(name, (draft.version(),), tuple(rows), scorers, set_name if rows else ""))
    if len(drafts) > 1 and cases and not alike:
        drafts[0][1].note("the prompts take different variables, so each gets the cases as a set of its own")
    return prompts


def _scorers(rows: list[Case]) -> tuple[Mapping[str, Json], ...]:
    """Return the scorer of the set; where only some cases expect a text, these check it themselves.

    So they do where the assertions of what they expect have different names.
    """
    names = [row.pop("scorer", "") for row in rows]
    if rows and all("expected" in row for row in rows) and len({*names}) == 1:
        return ({"type": "exact", **({"name": names[0]} if names[0] else {}), "primary": True},)
    for row, name in zip(rows, names, strict=True):
        if "expected" in row:
            exact = {"type": "exact", **({"name": name} if name else {})}
            row["checks"] = [exact, *row.get("checks", ())]
    return ()


def _say_unused(cases: list[Case], names: set[str], shelf: Shelf) -> None:
    for name in sorted({name for case in cases for name in case["inputs"]} - names):
        if not is_name(name):
            shelf.lose(f"tests.vars.{name}", "is no variable's name here", "rename it to letters, digits and _")


def _row(case: Case, draft: Draft) -> Case:
    """Return a case with the inputs that the prompt takes; what only an assertion used goes to its metadata."""
    inputs = {name: value for name, value in case["inputs"].items() if name in draft.variables}
    rest = {name: value for name, value in case["inputs"].items() if name not in draft.variables}
    if rest:
        draft.note(f"no template uses {', '.join(sorted(rest))}: kept in the cases' metadata")
    metadata = {**case.get("metadata", {}), **({"vars": rest} if rest else {})}
    return {**case, "inputs": inputs, **({"metadata": metadata} if metadata else {})}


def _declare(draft: Draft, rows: list[Case]) -> None:
    """Give the variables the types that the tests' values have; one that a test leaves out prints nothing there."""
    text = "\n".join(str(message.get("content", "")) for message in draft.messages)
    for name, spec in draft.variables.items():
        values = [row["inputs"][name] for row in rows if row["inputs"].get(name) is not None]
        spec["type"] = types_of(values)
        if len(values) < len(rows) and asks_whether_given(text, name):
            spec["required"] = False
        elif len(values) < len(rows):
            spec["default"] = ""
            spec["type"] = spec["type"] if spec["type"] == "string" else sorted({*_listed(spec["type"]), "string"})
            draft.note(f"some tests leave {name} out, and it prints nothing there: its default is empty text")
        _lists(draft, name, {*_listed(spec["type"])}, text)
    for row in rows:
        row["inputs"] = {name: _number(value) for name, value in row["inputs"].items() if value is not None}


def _lists(draft: Draft, name: str, types: set[str], text: str) -> None:
    """Report where a list or a mapping means something else there."""
    if {"array", "object"} & types and asks_whether_empty(text, name):
        hint = "compare its length: {% if x | length > 0 %}"
        draft.lose(f"variables.{name}", "is a list or a mapping: an empty one is true there, and false here", hint)
    if "object" in types and walks_keys(text, name):
        hint = "name both: {% for key, value in x %}"
        draft.lose(
            f"variables.{name}", "is a mapping: a loop of one name does nothing there, and walks keys here", hint
        )


def _number(value: Json) -> Json:
    """Return a value with its whole numbers as such: JavaScript prints 1.0 as 1."""
    if isinstance(value, list):
        return [_number(item) for item in value]
    if isinstance(value, dict):
        return {key: _number(item) for key, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _listed(value: Json) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
