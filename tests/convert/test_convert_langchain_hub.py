"""LangChain prompt files in."""

import json

import pytest
from foreign_files import at, messages

from llmops_cli.convert import langchain_hub
from llmops_cli.errors import LlmopsError


def read(document, **files):
    given = {"p.yaml": json.dumps(document).encode(), **{path: data.encode() for path, data in files.items()}}
    return langchain_hub.read(given, "p.yaml")


def prompt(**more):
    return {"_type": "prompt", "template": "Hi {name}", **more}


FEW = {
    "_type": "few_shot",
    "prefix": "P {{x}}",
    "suffix": "S {name}",
    "example_prompt": {"_type": "prompt", "input_variables": ["q", "a"], "template": "{q} -> {a}"},
    "examples": [{"q": "{1}", "a": "one"}, {"q": "2", "a": "two"}],
}

FIELDS = [
    (prompt(), "messages.0", {"role": "user", "content": "Hi {{ name }}"}),
    ({"template": "Hi {name}"}, "messages.0.content", "Hi {{ name }}"),
    (prompt(input_variables=["name"]), "variables.name", {"type": "string"}),
    (prompt(input_variables=["name", "gone"]), "x-langchain.unused_variables", ["gone"]),
    (prompt(template_format="f-string"), "messages.0.content", "Hi {{ name }}"),
    (prompt(template="Hi {{name}}", template_format="mustache"), "variables.name.default", ""),
    (prompt(template="Hi {{ name }}", template_format="jinja2"), "variables.name.required", False),
    (prompt(partial_variables={"name": "Ada"}), "variables.name", {"type": "string", "default": "Ada"}),
    (prompt(partial_variables={"other": "x"}), "x-langchain.partial_variables", {"other": "x"}),
    (prompt(output_parser=None, validate_template=False, metadata={}), "x-langchain", None),
    (prompt(output_parser={"_type": "regex"}), "x-langchain.output_parser", {"_type": "regex"}),
    (prompt(validate_template=True), "x-langchain.validate_template", True),
    (prompt(metadata={"a": 1}), "x-langchain.metadata", {"a": 1}),
    (prompt(tags=["a"]), "x-langchain.tags", ["a"]),
    (prompt(future=1), "x-langchain.future", 1),
    (FEW, "messages.0.content", "P {x}\n\n{1} -> one\n\n2 -> two\n\nS {{ name }}"),
    ({**FEW, "example_separator": "|"}, "messages.0.content", "P {x}|{1} -> one|2 -> two|S {{ name }}"),
    ({**FEW, "prefix": ""}, "messages.0.content", "{1} -> one\n\n2 -> two\n\nS {{ name }}"),
    ({**FEW, "max_length": 5}, "x-langchain.max_length", 5),
    (FEW, "x-langchain.examples.0.q", "{1}"),
    (
        {
            "_type": "chat",
            "messages": [{"role": "system", "content": "x"}, {"type": "human", "prompt": {"template": "{name}"}}],
        },
        "messages.1.content",
        "{{ name }}",
    ),
    ({"_type": "chat", "messages": [{"type": "ai", "prompt": {"template": "y"}}]}, "messages.0.role", "assistant"),
    (
        {
            "_type": "chat",
            "messages": [{"type": "human", "prompt": {"template": "y"}}, {"type": "function", "content": "x"}],
        },
        "loss",
        "messages.1",
    ),
]


@pytest.mark.parametrize(("said", "path", "value"), FIELDS)
def test_each_field_has_its_place(said, path, value):
    imported = read(said)
    if path == "loss":
        assert [loss.path for loss in imported.losses] == [value]
    else:
        assert imported.losses == ()
        assert at(imported.prompts[0].versions[0].document, path) == value


def test_files_beside_the_prompt_are_written_into_it():
    few = {
        "_type": "few_shot",
        "prefix_path": "t/p.txt",
        "suffix": "{name}",
        "example_prompt_path": "e.json",
        "examples": "x.json",
    }
    example = json.dumps({"_type": "prompt", "input_variables": ["q"], "template": "{q}"})
    imported = read(few, **{"t/p.txt": "P {{", "e.json": example, "x.json": '[{"q": "{v}"}]'})
    assert [foreign.id for foreign in imported.prompts] == ["p"]
    assert messages(imported, {"name": "N"}) == [("user", "P {\n\n{v}\n\nN")]


@pytest.mark.parametrize(
    "path",
    ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "missing.txt", "https://example.com/x.txt", "C:\\x.txt"],
)
def test_a_path_out_of_the_folder_is_refused(path):
    with pytest.raises(LlmopsError, match="not among those given"):
        langchain_hub.read(
            {"in/p.yaml": json.dumps({"_type": "prompt", "template_path": path}).encode(), "secret.txt": b"x"},
            "in/p.yaml",
        )


def test_a_folder_has_its_prompts_and_not_their_parts():
    files = {
        "few.yaml": json.dumps(
            {**{key: value for key, value in FEW.items() if key != "example_prompt"}, "example_prompt_path": "one.yaml"}
        ).encode(),
        "one.yaml": json.dumps({"_type": "prompt", "template": "{q} -> {a}"}).encode(),
        "data.json": b"[1]",
        "b/other.json": json.dumps(prompt()).encode(),
    }
    assert [foreign.id for foreign in langchain_hub.read(files, "hub").prompts] == ["b/other", "few"]


REFUSED = [
    ({"_type": "prompt"}, "no `template`"),
    ({"_type": "pipeline", "template": "x"}, "not known"),
    (prompt(template="{a.__class__}"), "no plain variable"),
    (prompt(template="{a[0]}"), "no plain variable"),
    (prompt(template="{a!r}"), "no plain variable"),
    (prompt(template="{a:>10}"), "no plain variable"),
    (prompt(template="{}"), "no plain variable"),
    (prompt(template='{"json": 1}'), "no plain variable"),
    (prompt(template="a } b"), "lone"),
    (prompt(template="a { b"), "lone"),
    (prompt(template="{true}"), "may not be called"),
    (prompt(template="x", template_format="erb"), "not known"),
    (prompt(template="{% import 'x' as y %}", template_format="jinja2"), "not read"),
    (prompt(template="{{> part}}", template_format="mustache"), "partial"),
    ({**FEW, "examples": [{"q": "1"}]}, "has no"),
    ({**FEW, "examples": [{"q": "1", "a": ["x"]}]}, "no text"),
    ({**FEW, "examples": "gone.json"}, "not among"),
    ({**FEW, "template_format": "jinja2"}, "few-shot"),
    ({"_type": "chat"}, "no `messages`"),
]


@pytest.mark.parametrize(("said", "says"), REFUSED)
def test_what_cannot_be_imported_is_refused_by_name(said, says):
    with pytest.raises(LlmopsError, match=says):
        read(said)


def test_mustache_says_that_values_were_escaped_there():
    notes = read(prompt(template="Hi {{name}}", template_format="mustache")).notes
    assert any("as HTML" in note for note in notes)
