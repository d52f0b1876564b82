"""A prompt of ours, with its cases → a promptfoo configuration in one file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from llmops_cli.convert._config import config_of
from llmops_cli.convert._escape import literal
from llmops_cli.convert._flat import Code, Flat, Include, Name, Part, Turn, flatten
from llmops_cli.convert._nunjucks import rarely, sets_in_loops
from llmops_cli.convert._own import own_of
from llmops_cli.convert._printed import kinds, printed_numbers
from llmops_cli.convert._promptfoo_providers import provider_of
from llmops_cli.convert._promptfoo_rows import rules_lost, test_of
from llmops_cli.convert._promptfoo_text import asks_whether_empty, to_nunjucks, unshared
from llmops_cli.model.exchange import Exported, Json, Loss
from llmops_cli.model.prompt import Prompt
from llmops_cli.report.yaml_text import dump

HINT = "write the prompt without it"
FILE = "promptfooconfig.yaml"
Row = Mapping[str, Json]


def write(prompt: Prompt) -> Exported:
    """Return a configuration without tests."""
    return write_with_cases(prompt, (), ())


def write_with_cases(prompt: Prompt, cases: Sequence[Row], scorers: Sequence[Row]) -> Exported:
    """Return a configuration with the prompt, its model, and its cases as tests."""
    kept = _mapping(prompt.extra.get("x-promptfoo"))
    flat = flatten(prompt)
    losses = [*flat.losses, *_only_ours(prompt)]
    body = _body(prompt, kept, flat.turns, losses)
    entry: dict[str, Json] = {"label": kept.get("label", prompt.id), "raw": body}
    entry |= {"config": kept["prompt_config"]} if "prompt_config" in kept else {}
    entry |= {key: kept[key] for key in ("id", "display") if key in kept}
    document: dict[str, Any] = {"description": prompt.description} if prompt.description else {}
    document |= _mapping(kept.get("config"))
    if own := own_of(prompt, "promptfoo", ("evals",)):
        document["metadata"] = {**_mapping(document.get("metadata")), "llmops": own}
    document["prompts"] = [entry]
    provider = provider_of(prompt, kept, losses)
    if provider:
        rest = _mapping(kept.get("provider_config"))
        config = {**config_of(prompt, model=False), **rest}
        said = {**({"config": config} if config else {}), **_mapping(kept.get("provider_options"))}
        others = kept["providers"] if isinstance(kept.get("providers"), list) else []
        document["providers"] = [{"id": provider, **said} if said else provider, *others]
    if cases:
        document["tests"] = [test_of(case, scorers, losses) for case in cases]
        losses += rules_lost(scorers)
    losses += _truths(prompt)
    notes = dict.fromkeys([*flat.notes, *_rare(flat), *printed_numbers(prompt)])
    return Exported({FILE: dump(document).encode()}, tuple(dict.fromkeys(losses)), tuple(notes))


def _truths(prompt: Prompt) -> list[Loss]:
    """Return a loss for each list or mapping whose truth decides something."""
    text = "\n".join([*(message.content for message in prompt.texts), *prompt.includes.values()])
    return [
        Loss(
            f"variables.{variable.name}",
            "is a list or a mapping: an empty one is true there, and false here",
            "compare its length: {% if x | length > 0 %}",
        )
        for variable in prompt.variables
        if {"array", "object"} & kinds(variable) and asks_whether_empty(text, variable.name)
    ]


def _rare(flat: Flat) -> list[str]:
    """Return notes on code that unusual values show as another language."""
    turns = [turn for turn in flat.turns if isinstance(turn, Turn)]
    code = [part.text for turn in turns for part in turn.parts if isinstance(part, Code)]
    return [f"promptfoo: {what}" for each in code for what in rarely(each)]


def _only_ours(prompt: Prompt) -> list[Loss]:
    hint = "callers there give a value in every test"
    return [
        Loss(f"variables.{variable.name}.default", "promptfoo has no defaults", hint)
        for variable in prompt.variables
        if variable.has_default and variable.default != ""
    ]


def _body(prompt: Prompt, kept: Mapping[str, Json], turns: Sequence[Any], losses: list[Loss]) -> str:
    messages = []
    for turn in turns:
        if isinstance(turn, Turn):
            messages.append({"role": turn.role, "content": _text(turn, losses)})
        else:
            hint = "write the earlier turns as messages, or test them with `eval run`"
            losses.append(Loss(f"messages.{turn.name}", "promptfoo has no place for earlier turns", hint))
    alone = len(messages) == 1 and messages[0]["role"] == "user"
    text = messages[0]["content"] if alone else ""
    if alone and (kept.get("kind") == "text" or not text.lstrip().startswith(("[", "{", "- role:", "file://"))):
        return text
    del prompt
    return json.dumps(messages, ensure_ascii=False)


def _text(turn: Turn, losses: list[Loss]) -> str:
    whole = "".join(part.text if isinstance(part, Code) else "" for part in turn.parts)
    if sets_in_loops(whole):
        said = "a name that is set in a loop keeps its value after the turn there"
        losses.append(Loss(turn.path, said, "write the prompt without it"))
    return "".join(_part(part, turn.path, losses) for part in turn.parts)


def _part(part: Part, path: str, losses: list[Loss]) -> str:
    match part:
        case Name(name, written):
            return written or f"{{{{ {name} }}}}"
        case Code(code):
            if why := unshared(code):
                losses.append(Loss(path, f"Nunjucks is another language in {code[:60]!r}: {why}", HINT))
            return to_nunjucks(code)
        case Include(target):
            return target
        case text:
            return literal(text).replace("#}", "{{ '#}' }}")  # the end of no comment is an error there


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
