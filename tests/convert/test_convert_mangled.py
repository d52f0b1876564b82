"""Files that somebody broke: refused by name or read, never a crash, and what is read without a loss goes out alike."""

import copy
import json
import random

import pytest
import test_convert_langfuse as of_langfuse
import test_convert_langsmith as of_langsmith
from exchanged import prompt_of

from llmops_cli.convert import langfuse, langsmith, promptfoo
from llmops_cli.errors import LlmopsError

PROMPTFOO = {
    "prompts": [
        "A {{x}}",
        {"label": "l", "raw": '[{"role": "user", "content": "{{x}}"}]', "config": {"a": 1}},
        "file://p.txt",
    ],
    "providers": ["openai:gpt-4o", {"id": "anthropic:messages:c", "config": {"temperature": 1}}],
    "defaultTest": {"vars": {"y": 1}, "assert": [{"type": "is-json"}]},
    "tests": [
        {"description": "d", "vars": {"x": ["a", "b"]}, "assert": [{"type": "equals", "value": "v"}], "options": {}}
    ],
}
ODD = [
    None,
    1,
    -1,
    1.5,
    True,
    "",
    "x",
    [],
    {},
    ["a"],
    {"a": 1},
    [[]],
    [None],
    {"lc": 1},
    "{{",
    "{x}",
    "../..",
    "file://x",
    10**30,
]
SOURCES = {
    "langfuse": (langfuse, list(of_langfuse.FIXTURES.values())),
    "langsmith": (langsmith, list(of_langsmith.FIXTURES.values())),
    "promptfoo": (promptfoo, [PROMPTFOO]),
}


def mangled(value, dice):
    """Return a copy in which one part is another value, is gone, or has a neighbour."""
    value = copy.deepcopy(value)
    node = value
    while True:
        key = dice.choice(list(node)) if isinstance(node, dict) else dice.randrange(len(node))
        if dice.random() < 0.3 or not isinstance(node[key], (dict, list)) or not node[key]:
            break
        node = node[key]
    what = dice.random()
    if what < 0.6:
        node[key] = dice.choice(ODD)
    elif what < 0.8 and isinstance(node, dict):
        del node[key]
    elif isinstance(node, dict):
        node["unheard_of"] = dice.choice(ODD)
    else:
        node.append(dice.choice(ODD))
    return value


@pytest.mark.parametrize("tool", SOURCES)
def test_a_mangled_file_is_refused_by_name_or_read_and_what_is_read_goes_out_alike(tool):
    module, fixtures = SOURCES[tool]
    dice = random.Random(20260101)
    read = 0
    name = "promptfooconfig.yaml" if tool == "promptfoo" else "a.json"
    for _ in range(400):
        files = {name: json.dumps(mangled(dice.choice(fixtures), dice)).encode(), "p.txt": b"one {{x}}\n---\ntwo"}
        try:
            imported = module.read(files if tool == "promptfoo" else {name: files[name]}, name)
        except LlmopsError:
            continue
        read += 1
        if imported.losses:
            continue
        for prompt in imported.prompts:
            exported = module.write(prompt_of(prompt.versions[-1]))
            if tool != "promptfoo" and not exported.losses:
                assert module.read({name: next(iter(exported.files.values()))}, name).prompts == imported.prompts
    assert read > 100
