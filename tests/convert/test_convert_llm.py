"""simonw/llm templates in."""

import json
import string

import pytest
from foreign_files import at, messages
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.convert import llm
from llmops_cli.errors import LlmopsError, UsageError


def read(document, **files):
    text = document if isinstance(document, str) else json.dumps(document)
    return llm.read({"t.yaml": text.encode(), **{name: data.encode() for name, data in files.items()}}, "t.yaml")


FIELDS = [
    ({"name": "n"}, "x-llm.name", "n"),
    ({"prompt": "Say $x"}, "messages.0", {"role": "user", "content": "Say {{ x }}"}),
    ({"prompt": "p", "system": "s"}, "messages.0", {"role": "system", "content": "s"}),
    ({"system": "s"}, "messages.1", {"role": "user", "content": "{{ input }}"}),
    ({"model": "gpt-4o"}, "model", "gpt-4o"),
    ({"options": {"temperature": 0.5}}, "params.temperature", 0.5),
    ({"options": {"temperature": "hot"}}, "x-llm.options.temperature", "hot"),
    ({"options": {"image_detail": "low"}}, "x-llm.options.image_detail", "low"),
    ({"prompt": "$x", "defaults": {"x": "d"}}, "variables.x", {"type": "string", "default": "d"}),
    ({"prompt": "$x", "defaults": {"x": 3}}, "variables.x", {"type": ["string", "integer"], "default": 3}),
    ({"prompt": "$x", "defaults": {"y": "d"}}, "x-llm.defaults.y", "d"),
    ({"schema_object": {"type": "object"}}, "output", {"format": "json_schema", "schema": {"type": "object"}}),
    ({"extract": True}, "x-llm.extract", True),
    ({"extract_last": True}, "x-llm.extract_last", True),
    ({"tools": ["llm_time"]}, "x-llm.tools", ["llm_time"]),
    ({"attachments": ["a.png"]}, "loss", "attachments"),
    ({"attachment_types": [{"type": "image/png", "value": "a.png"}]}, "loss", "attachment_types"),
    ({"fragments": ["https://example.com/a.txt"]}, "loss", "fragments.0"),
    ({"fragments": ["../a.txt"]}, "loss", "fragments.0"),
    ({"system_fragments": ["/etc/passwd"]}, "loss", "system_fragments.0"),
    ({"future": 1}, "x-llm.future", 1),
]


@pytest.mark.parametrize(("said", "path", "value"), FIELDS)
def test_each_field_has_its_place(said, path, value):
    imported = read(said)
    if path == "loss":
        assert [loss.path for loss in imported.losses] == [value]
    else:
        assert imported.losses == ()
        assert at(imported.prompts[0].versions[0].document, path) == value


@pytest.mark.parametrize("code", ["def f(): pass", "", "import os"])
def test_functions_are_refused_whatever_the_user_accepts(code):
    with pytest.raises(UsageError, match="Python code and is never imported"):
        read({"prompt": "x", "functions": code})


def test_functions_are_refused_in_a_folder_of_templates_too():
    with pytest.raises(UsageError):
        llm.read({"a.yaml": b"prompt: x", "b.yaml": b"prompt: x\nfunctions: 'x'"}, "templates")


def test_a_template_may_be_a_plain_text():
    assert messages(read("Say $x"), {"x": "$y"}) == [("user", "Say $y")]


def test_fragments_are_text_before_the_prompt():
    imported = read(
        {"prompt": "P $x", "system": "S", "fragments": ["a.txt", "a.txt"], "system_fragments": ["a.txt"]},
        **{"a.txt": "F $x {{y}}"},
    )
    assert imported.losses == ()
    assert messages(imported, {"x": "X"}) == [("system", "F $x {{y}}\n\nS"), ("user", "F $x {{y}}\nF $x {{y}}\nP X")]


@pytest.mark.parametrize("text", ["cost $5", "a $", "${}", "${a", "$ a", "$é"])
def test_a_lone_dollar_sign_is_refused_as_it_is_there(text):
    with pytest.raises(ValueError, match="Invalid placeholder"):
        string.Template(text).substitute()
    with pytest.raises(LlmopsError, match="without a name"):
        read({"prompt": text})


@given(
    st.lists(
        st.sampled_from(["$$", "$v", "${v}", "${v}x", "{{", "{%", "}}", "{v}", " ", "a", "_"]), min_size=1, max_size=8
    ).map("".join)
)
@settings(max_examples=200, deadline=None)
def test_a_template_says_what_python_s_template_says(text):
    names = string.Template(text).get_identifiers()
    values = dict.fromkeys(names, "<$v {{v}}>")
    expected = string.Template(text).substitute(values)
    assert messages(read({"prompt": text}), values) == [("user", expected)]


def test_a_default_that_is_no_text_prints_as_python_prints_it():
    made = llm.read({"t.yaml": b"prompt: '$f $l $n'\ndefaults: {f: true, l: [1, a], n: 1.0}\n"}, "t.yaml")
    assert messages(made, {}) == [("user", "True [1, 'a'] 1.0")]
    assert sum("as llm prints it" in note for note in made.notes) == 2
