"""A law over every value of another tool's file: change it, and what was made of the file changes, or it was reported."""

import copy
import importlib
import json

import pytest
from foreign_files import FIXTURES, joined, split

from llmops_cli.errors import LlmopsError


def node(name, said, folder="chat", **more):
    return {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", folder, name], "kwargs": said, **more}


def text(template, names, form="f-string", **more):
    said = {"input_variables": names, "template": template, "template_format": form, **more}
    return node("PromptTemplate", said, "prompt")


def turn(who, template, names, **more):
    return node(f"{who}MessagePromptTemplate", {"prompt": text(template, names, **more)})


def chat(*messages, **more):
    return node("ChatPromptTemplate", {"input_variables": [], "messages": list(messages), **more})


LANGFUSE = {
    "id": "c1",
    "createdAt": "2024-05-01T10:00:00.000Z",
    "createdBy": "ann",
    "name": "team/greet",
    "version": 4,
    "type": "chat",
    "prompt": [
        {"role": "system", "content": "Be {{tone}}"},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": [{"type": "text", "text": "hi"}], "cache": True},
    ],
    "config": {"model": "gpt-4o", "temperature": 0.3, "own": {"deep": [1, True]}, "llmops": {"odd": 1}},
    "labels": ["production"],
    "tags": ["t"],
    "commitMessage": "why",
}
LANGSMITH = {
    "commit": {
        "commit_hash": "abc",
        "created_at": "2024-01-01T00:00:00Z",
        "manifest": {
            **node("RunnableSequence", {}, "runnable"),
            "kwargs": {
                "first": chat(
                    turn("System", "Be {tone}", [], partial_variables={"tone": "kind"}, metadata={"a": "b"}),
                    node("MessagesPlaceholder", {"variable_name": "turns", "optional": True, "n_messages": 6}),
                    node("AIMessagePromptTemplate", {"prompt": text("so", []), "name": "bob"}),
                    node(
                        "FewShotChatMessagePromptTemplate",
                        {
                            "examples": [{"i": "one", "o": 2, "note": "n"}],
                            "example_prompt": chat(turn("Human", "{i}", []), turn("AI", "{o}", [])),
                        },
                    ),
                    turn("Human", "{q}", []),
                    name="called",
                    tags=["t"],
                ),
                "last": node("ChatOpenAI", {"model_name": "gpt-4o", "temperature": 0.1, "model_kwargs": {"zz": 1}}),
                "name": "chain",
            },
        },
    },
    "beside": "b",
}
FEW = node(
    "FewShotPromptTemplate",
    {
        "examples": [{"i": "a{b}", "o": "c", "note": "n"}],
        "example_prompt": text("I {i} O {o}", [], partial_variables={"z": "pz"}),
        "prefix": "P {x}",
        "suffix": "S",
        "example_separator": "--",
        "partial_variables": {"x": "px"},
    },
    "few_shot",
)
PROMPTFOO = {
    "description": "My tests",
    "prompts": [{"raw": "Say {{x}}", "label": "say", "id": "raw-id", "display": "shown", "config": {"k": 1}}],
    "providers": [
        {"id": "openai:chat:gpt-4o", "label": "first", "config": {"temperature": 0.5}, "delay": 100},
        {"id": "openai:chat:o3", "label": "second", "config": {"max_tokens": 7}},
    ],
    "defaultTest": {"vars": {"y": "d"}, "metadata": {"who": "me"}, "description": "all"},
    "tests": [
        {
            "vars": {"x": "hi", "other": "o"},
            "assert": [
                {"type": "equals", "value": "hi", "metric": "same"},
                {"type": "equals", "value": "ho"},
                {"type": "contains", "value": "h", "metric": "has"},
                {"type": "llm-rubric", "value": "kind"},
                {"type": "llm-rubric", "value": "short"},
            ],
            "description": "one",
            "threshold": 0.5,
        }
    ],
    "evaluateOptions": {"maxConcurrency": 4},
    "tags": {"env": "ci"},
}
CHAT_FILE = {
    "_type": "chat",
    "messages": [{"role": "human", "prompt": {"template": "{a}", "extra": "e"}, "name": "n"}],
    "partial_variables": {"a": "pa", "b": [1]},
}
FEW_FILE = {"_type": "few_shot", "example_prompt_path": "shape.yaml", "examples": "rows.json", "suffix": "{q}"}
SHAPE = {"_type": "prompt", "template": "{i}", "extra": "e", "partial_variables": {"j": "pj"}}
FILES = [
    ("langfuse", "p.json", LANGFUSE, {}),
    ("langsmith", "p.json", LANGSMITH, {}),
    ("langsmith", "few.json", FEW, {}),
    ("promptfoo", "promptfooconfig.yaml", PROMPTFOO, {}),
    ("langchain_hub", "chat.yaml", CHAT_FILE, {}),
    ("langchain_hub", "few.yaml", FEW_FILE, {"shape.yaml": SHAPE, "rows.json": [{"i": "one", "note": "n"}]}),
]
for tool, fixtures in FIXTURES.items():
    if tool != "prompty":
        FILES += [(tool, next(iter(files)), dict(files), {}) for files in fixtures.values()]
# Words of the format that say nothing of the prompt: of a class the folder it lies in, whose name alone is read; names
# that the templates say again; `_type: prompt` inside a few-shot file, which knows no other.
FORM = (".id.0", ".id.1", ".id.2", "example_prompt._type", "shape.yaml._type")


def leaves(value, place=()):
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*place, key))
    elif value is not None:
        yield place, value


def other(value):
    if isinstance(value, bool):
        return not value
    return f"{value}Zq" if isinstance(value, str) else value + 1


def with_other(value, place):
    made = copy.deepcopy(value)
    inner = made
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = other(inner[place[-1]])
    return made


def made_of(imported):
    """Return all that is kept or reported; notes are for people and count for nothing."""
    prompts = [
        [one.id, one.cases, one.scorers, one.evalset, [[v.document, v.files, v.name, v.labels] for v in one.versions]]
        for one in imported.prompts
    ]
    about = [[[v.author, v.date, v.message] for v in one.versions] for one in imported.prompts]
    return json.dumps([prompts, about, [[loss.path, loss.message] for loss in imported.losses]], default=dict)


def parts(path, value, more):
    """Yield the path, the value and the body of each file that has values."""
    if path in value and isinstance(value[path], bytes):
        yield path, *split(path, value[path])
    else:
        yield path, value, ""
    for name, inner in more.items():
        yield name, inner, ""


def source(path, value, more):
    whole = value if path in value and isinstance(value[path], bytes) else {path: joined(path, value, "")}
    return {**whole, **{name: joined(name, inner, "") for name, inner in more.items()}}


@pytest.mark.parametrize(("tool", "path", "value", "more"), FILES, ids=[f"{tool}-{path}" for tool, path, *_ in FILES])
def test_no_value_of_a_file_vanishes(tool, path, value, more):
    module = importlib.import_module(f"llmops_cli.convert.{tool}")
    files = source(path, value, more)
    base = module.read(files, path)
    before, tried, vanished = made_of(base), 0, []
    for name, inner, body in parts(path, value, more):
        for place, _ in leaves(inner):
            shown = f"{name}.{'.'.join(map(str, place))}"
            if any(form in shown for form in FORM) or "input_variables" in place:
                continue
            tried += 1
            try:
                after = made_of(module.read({**files, name: joined(name, with_other(inner, place), body)}, path))
            except LlmopsError:
                continue
            keys = [str(step) for step in place if not isinstance(step, int)]
            reported = any(loss.path.endswith(keys[-1]) for loss in base.losses) if keys else False
            if after == before and not reported:
                vanished.append(shown)
    assert not vanished
    assert tried >= 3
