"""GitHub Models' `testData` and `evaluators` → rows and scorers of an eval set, and rubric prompts for its judges."""

import re
from collections.abc import Mapping
from typing import Any

from llmops_cli.convert._draft import Draft
from llmops_cli.convert._escape import substituted
from llmops_cli.convert._names import slug
from llmops_cli.model.exchange import Foreign
from llmops_cli.model.prompt import canonical

Json = Any

_VALUE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")
_STRING = ("equals", "contains", "startsWith", "endsWith")
_JUDGED = {"completion": "answer", "expected": "expected", "input": "inputs"}


def cases(draft: Draft, rows: Json) -> list[dict[str, Json]]:
    """Return a case for each row: the prompt's variables are its inputs, `expected` is expected, the rest metadata."""
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        draft.lose("testData", "test data is a list of mappings", "one mapping a test")
        return []
    theirs = {foreign: ours for ours, foreign in draft.names.items() if ours in draft.variables}
    made: list[dict[str, Json]] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        inputs = {theirs[key]: value for key, value in row.items() if key in theirs}
        case: dict[str, Json] = {"inputs": inputs}
        if canonical(inputs) in seen:
            case = {"id": f"row-{number}", **case}
        seen.add(canonical(inputs))
        rest = {key: value for key, value in row.items() if key not in theirs}
        if rest.get("expected") is not None:
            case["expected"] = rest.pop("expected")
        made.append(case | ({"metadata": rest} if rest else {}))
    _types(draft, made)
    return made


def _types(draft: Draft, rows: list[dict[str, Json]]) -> None:
    """Widen the type of each variable to what the rows give it: GitHub Models has no types."""
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))
    for name, spec in draft.variables.items():
        if spec != {"type": "string"}:
            continue
        values = [row["inputs"][name] for row in rows if row["inputs"].get(name) is not None]
        found = dict.fromkeys(next(word for kind, word in kinds if isinstance(value, kind)) for value in values)
        if found and list(found) != ["string"]:
            spec["type"] = next(iter(found)) if len(found) == 1 else list(found)


def evaluators(
    draft: Draft, said: Json, rows: list[dict[str, Json]], ident: str
) -> tuple[list[dict[str, Json]], list[Foreign]]:
    """Return the scorers, and a rubric prompt for each `llm` evaluator.

    A text with `{{key}}` in it becomes a check of each row. `ident` is the id of the prompt.
    """
    scorers: list[dict[str, Json]] = []
    judges: list[Foreign] = []
    if said is not None and not isinstance(said, list):
        draft.lose("evaluators", "evaluators are a list", "one mapping an evaluator")
        return [], []
    for index, item in enumerate(said or ()):
        at = f"evaluators.{index}"
        if not isinstance(item, dict):
            draft.lose(at, "an evaluator is a mapping", "give it a name and `string`, `llm` or `uses`")
        elif isinstance(item.get("string"), dict):
            _others(draft, at, item, "string")
            scorers += _string(draft, at, item, rows)
        elif isinstance(item.get("llm"), dict):
            _others(draft, at, item, "llm")
            if (judge := _judge(draft, at, item, ident)) is not None:
                scorers.append(judge[0])
                judges.append(judge[1])
        else:
            what = f"`uses: {item['uses']}`" if "uses" in item else "an evaluator without `string`, `llm` or `uses`"
            draft.lose(at, f"{what} has no counterpart; it is kept under x-github", "write a scorer: `llmops explain`")
    return _named(scorers), judges


def _others(draft: Draft, at: str, item: Mapping[str, Json], taken: str) -> None:
    for key in item:
        if key not in ("name", taken):
            draft.lose(f"{at}.{key}", f"an evaluator that is `{taken}` has nothing else", "make it two evaluators")


def _named(scorers: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Return the scorers, a name that stands twice with a number behind it."""
    seen: dict[str, int] = {}
    for scorer in scorers:
        name = scorer["name"]
        seen[name] = seen.get(name, 0) + 1
        scorer["name"] = name if seen[name] == 1 else f"{name} {seen[name]}"
    return scorers


def _string(draft: Draft, at: str, item: Mapping[str, Json], rows: list[dict[str, Json]]) -> list[dict[str, Json]]:
    said = item["string"]
    kinds = [kind for kind in _STRING if isinstance(said.get(kind), str) and said[kind]]
    for key in said:
        if key not in kinds[:1]:
            draft.lose(
                f"{at}.string.{key}", "only the first of equals, contains, startsWith, endsWith counts there", ""
            )
    if not kinds:
        return []
    kind, text, name = kinds[0], said[kinds[0]], str(item.get("name") or kinds[0])
    if not _VALUE.search(text):
        return [{**_check(kind, text), "name": name}]
    if text.strip() == "{{expected}}" and kind == "equals":
        return [{"type": "exact", "name": name}]
    theirs = {foreign: ours for ours, foreign in draft.names.items()}
    for row in rows:
        known = {**row.get("metadata", {}), "expected": row.get("expected"), **row["inputs"]}
        value = _VALUE.sub(lambda found: _shown(known.get(theirs.get(found[1], found[1]), found[0])), text)  # noqa: B023 - used at once
        row.setdefault("checks", []).append({**_check(kind, value), "name": name})
    return []


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else canonical(value)


def _check(kind: str, text: str) -> dict[str, Json]:
    """Return the scorer that decides as GitHub Models does: the answer trimmed, case counts in `equals` only."""
    if kind == "contains":
        return {"type": "contains", "value": text, "ignore_case": True}
    escaped = re.escape(text)
    if kind == "equals":
        return {"type": "regex", "pattern": rf"\A\s*{escaped}\s*\Z"}
    return {
        "type": "regex",
        "pattern": rf"\A\s*{escaped}" if kind == "startsWith" else rf"{escaped}\s*\Z",
        "flags": "i",
    }


def _judge(draft: Draft, at: str, item: Mapping[str, Json], ident: str) -> tuple[dict[str, Json], Foreign] | None:
    """Return the scorer and its rubric prompt; None, and a loss, for a judge that ours cannot stand in for."""
    said = item["llm"]
    name = str(item.get("name") or "judge")
    choices = _choices(said.get("choices"))
    unknown = [found for found in _VALUE.findall(str(said.get("prompt"))) if found not in _JUDGED]
    bad = [key for key in said if key not in ("modelId", "prompt", "choices", "systemPrompt")]
    if not isinstance(said.get("prompt"), str) or not choices or unknown or bad:
        why = f"`{{{{{unknown[0]}}}}}` in its prompt" if unknown else f"`{bad[0]}`" if bad else "no prompt or choices"
        draft.lose(
            f"{at}.llm", f"the judge has no counterpart: {why}; it is kept under x-github", "write a rubric prompt"
        )
        return None
    rubric = Draft("github", draft.path, model=str(said.get("modelId") or ""))
    if said.get("systemPrompt"):
        rubric.say(
            "system", substituted(str(said["systemPrompt"]), _VALUE, lambda found: rubric.variable(_told(found)))
        )
    asked = substituted(said["prompt"], _VALUE, lambda found: rubric.variable(_told(found)))
    lines = "\n".join(f"{choice}: SCORE: {score:g}" for choice, score in choices.items())
    told = substituted(f"\n\nEnd with the line that belongs to your choice:\n{lines}", _VALUE, _told)
    rubric.say("user", asked + told)
    made = f"judges/{ident.replace('/', '-')}-{slug(name).replace('/', '-')}"
    bounds = [min(0.0, *choices.values()), max(1.0, *choices.values())]
    passing = min((score for score in choices.values() if score > 0), default=bounds[1])
    share = round((passing - bounds[0]) / (bounds[1] - bounds[0]), 6)
    scorer = {"type": "judge", "name": name, "prompt": made, "scale": bounds, "pass_at": share}
    draft.notes += rubric.notes
    told = "it is told to end with SCORE, and `input` is all inputs as JSON"
    draft.note(f"{draft.path}: the judge {name!r} became the prompt {made}: {told}")
    return scorer, Foreign(made, (rubric.version(),))


def _told(found: str) -> str:
    return _JUDGED.get(found, found)


def _choices(said: Json) -> dict[str, float]:
    if not isinstance(said, list) or not all(isinstance(choice, dict) for choice in said):
        return {}
    pairs = [(choice.get("choice"), choice.get("score")) for choice in said if set(choice) == {"choice", "score"}]
    if len(pairs) < len(said) or not all(isinstance(key, str) and type(score) in (int, float) for key, score in pairs):
        return {}
    made = {str(key): float(score) for key, score in pairs}
    return made if len(made) == len(said) else {}
