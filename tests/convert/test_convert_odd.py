"""Each node of another tool's file, made an odd value: read, or refused by name; never a crash."""

import copy
import importlib
import json

import pytest
from foreign_files import FIXTURES, joined
from test_convert_leaves import FILES, parts, source

from llmops_cli.convert._built import prompt_of
from llmops_cli.errors import LlmopsError

ODD = (None, [], {}, "", -1.5, True, "a: b\n---\n{{x}} {% if", ["q"], [{"q": []}], 10**30)
ALL = [
    *FILES,
    *(("prompty", next(iter(files)), dict(files), {}) for files in FIXTURES["prompty"].values()),
]


def nodes(value, place=()):
    """Yield the place of every part of a value, the whole too."""
    yield place
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from nodes(item, (*place, key))


def with_odd(value, place, odd):
    if not place:
        return odd
    made = copy.deepcopy(value)
    inner = made
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = odd
    return made


def refused(module, files, path):
    """Return whether a reader, our own reader of what it made, or the writer says no."""
    try:
        imported = module.read(files, path)
        prompts = [prompt_of(one.id, version) for one in imported.prompts for version in one.versions]
        for prompt in prompts if hasattr(module, "write") else ():
            module.write(prompt)
    except LlmopsError:
        return True
    return False


@pytest.mark.parametrize(("tool", "path", "value", "more"), ALL, ids=[f"{tool}-{path}" for tool, path, *_ in ALL])
def test_an_odd_value_at_any_place_is_read_or_refused_by_name(tool, path, value, more):
    module = importlib.import_module(f"llmops_cli.convert.{tool}")
    files = source(path, value, more)
    tried, no = 0, 0
    for name, inner, body in parts(path, value, more):
        for place in nodes(inner):
            for odd in ODD:
                tried += 1
                no += refused(module, {**files, name: joined(name, with_odd(inner, place, odd), body)}, path)
    assert 0 < no < tried


CALLS = [
    {"role": "user", "content": "q"},
    {"role": "assistant", "content": "", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]},
]


@pytest.mark.parametrize(
    ("tool", "path", "value"),
    [
        ("openai", "c.json", {"model": "m", "messages": CALLS}),
        ("github", "c.prompt.yml", {"messages": CALLS}),
        ("mlflow", "c.json", {"name": "p", "template": CALLS}),
        ("langfuse", "c.json", {"name": "p", "version": 1, "type": "chat", "prompt": CALLS, "config": {}}),
        ("promptfoo", "promptfooconfig.yaml", {"prompts": [json.dumps(CALLS)]}),
    ],
)
def test_a_message_that_calls_a_tool_is_a_loss(tool, path, value):
    module = importlib.import_module(f"llmops_cli.convert.{tool}")
    assert module.read({path: json.dumps(value).encode()}, path).losses
