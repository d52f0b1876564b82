"""A prompt of ours, with its cases → a promptfoo configuration in one file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from llmops_cli.convert._config import config_of
from llmops_cli.convert._escape import literal
from llmops_cli.convert._flat import Code, Include, Name, Part, Turn, flatten
from llmops_cli.convert._own import own_of
from llmops_cli.convert._promptfoo_providers import provider_of
from llmops_cli.convert._promptfoo_text import is_shared, to_nunjucks
from llmops_cli.model.exchange import Exported, Json, Loss
from llmops_cli.model.prompt import Prompt
from llmops_cli.report.yaml_text import dump

FILE = "promptfooconfig.yaml"
NOT_OPTIONS = ("type", "not", "primary", "name", "gate")
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
        document["tests"] = [_test(case, scorers, losses) for case in cases]
    return Exported({FILE: dump(document).encode()}, tuple(dict.fromkeys(losses)), tuple(flat.notes))


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
    return "".join(_part(part, turn.path, losses) for part in turn.parts)


def _part(part: Part, path: str, losses: list[Loss]) -> str:
    match part:
        case Name(name, written):
            return written or f"{{{{ {name} }}}}"
        case Code(code):
            if not is_shared(code):
                losses.append(Loss(path, f"Nunjucks does not know {code[:60]!r}", "write the prompt without it"))
            return to_nunjucks(code)
        case Include(target):
            return target
        case text:
            return literal(text)


def _test(case: Row, scorers: Sequence[Row], losses: list[Loss]) -> dict[str, Json]:
    test: dict[str, Json] = {"description": case["id"], "vars": dict(case["inputs"])}
    if any(isinstance(value, list) for value in case["inputs"].values()):
        test["options"] = {"disableVarExpansion": True}
    asserts = []
    for scorer in [*scorers, *case.get("checks", ())]:
        if scorer.get("type") == "exact" and case.get("expected") is None:
            continue  # there is nothing to compare with
        made = _assert(scorer, case.get("expected"))
        if made is None:
            name = scorer.get("type")
            losses.append(Loss("evals", f"promptfoo has no assertion for the scorer {name}", "write one there"))
        else:
            asserts.append(made)
    if asserts:
        test["assert"] = asserts
    return test


def _assert(scorer: Row, expected: Json) -> dict[str, Json] | None:
    prefix = "not-" if scorer.get("not") else ""
    options = {key: value for key, value in scorer.items() if key not in NOT_OPTIONS}
    match scorer.get("type"):
        case "exact" if not options and not prefix and expected is not None:
            return {"type": "equals", "value": expected}
        case "json_valid" if not options:
            return {"type": f"{prefix}is-json"}
        case "regex" if set(options) == {"pattern"}:
            return {"type": f"{prefix}regex", "value": options["pattern"]}
        case "contains":
            return _contains(options, prefix, expected)
        case _:
            return None


def _contains(options: dict[str, Json], prefix: str, expected: Json) -> dict[str, Json] | None:
    small = options.pop("ignore_case", False)
    if not options and isinstance(expected, str):
        options = {"value": expected}
    if len(options) != 1 or (small and "value" not in options):
        return None
    key, value = next(iter(options.items()))
    names = {"value": "icontains" if small else "contains", "all": "contains-all", "any": "contains-any"}
    return {"type": f"{prefix}{names[key]}", "value": value} if key in names else None


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
