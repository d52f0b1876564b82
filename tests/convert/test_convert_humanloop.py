"""Humanloop .prompt files in."""

import json

import pytest
from foreign_files import at, messages

from llmops_cli.convert import humanloop
from llmops_cli.errors import LlmopsError

BODY = "<system>\n  Be kind.\n</system>\n\n<user>\n  Hi {{name}}\n</user>\n"


def read(header, body=BODY):
    text = f"---\n{json.dumps(header)}\n---\n{body}"
    return humanloop.read({"h.prompt": text.encode()}, "h.prompt")


FIELDS = [
    ({"model": "gpt-4o"}, "model", "gpt-4o"),
    ({"temperature": 0.5}, "params.temperature", 0.5),
    ({"max_tokens": 5}, "params.max_tokens", 5),
    ({"max_tokens": -1}, "params", None),
    ({"top_p": 0.5}, "params.top_p", 0.5),
    ({"stop": ["x"]}, "params.stop", ["x"]),
    ({"presence_penalty": 1}, "params.presence_penalty", 1),
    ({"frequency_penalty": 1}, "params.frequency_penalty", 1),
    ({"seed": 1}, "params.seed", 1),
    ({"reasoning_effort": "low"}, "params.reasoning_effort", "low"),
    ({"response_format": {"type": "json_object"}}, "output.format", "json"),
    ({"response_format": {"type": "odd"}}, "x-humanloop.response_format", {"type": "odd"}),
    ({"provider": "openai"}, "x-humanloop.provider", "openai"),
    ({"endpoint": "chat"}, "x-humanloop.endpoint", "chat"),
    ({"other": {"a": 1}}, "x-humanloop.other", {"a": 1}),
    ({"attributes": {"a": 1}}, "x-humanloop.attributes", {"a": 1}),
    ({"max_iterations": 5}, "x-humanloop.max_iterations", 5),
    ({"tools": [{"name": "f", "description": "d", "strict": False, "parameters": {}}]}, "tools.0.function.name", "f"),
    ({"tools": [{"name": "f", "on_agent_call": "stop"}]}, "x-humanloop.tools.0.on_agent_call", "stop"),
    ({"tools": [{"link": "x"}]}, "loss", "tools.0"),
    ({"template_language": "default"}, "x-humanloop.template_language", "default"),
    ({"template_language": "jinja"}, "loss", "template_language"),
]


@pytest.mark.parametrize(("said", "path", "value"), FIELDS)
def test_each_field_has_its_place(said, path, value):
    imported = read(said)
    if path == "loss":
        assert [loss.path for loss in imported.losses] == [value]
    else:
        assert imported.losses == ()
        assert at(imported.prompts[0].versions[0].document, path) == value


BODIES = [
    (BODY, [("system", "Be kind."), ("user", "Hi V")]),
    ("<user>\n  a\n    b\n  c {{ name }}\n</user>", [("user", "a\n  b\nc V")]),
    ("Complete {{name}} {% raw %} {x}", [("user", "Complete V {% raw %} {x}")]),
    ("<user>\n<text>\nHi {{name}}\n</text>\n</user>", [("user", "Hi V")]),
    (
        "<user>a < b and <b>c</b> {{name}}</user><assistant>ok</assistant>",
        [("user", "a < b and <b>c</b> V"), ("assistant", "ok")],
    ),
]


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_a_body_is_its_messages(body, expected):
    imported = read({}, body)
    assert imported.losses == ()
    assert messages(imported, {"name": "V"}) == expected


LOST = [
    '<user>x</user><tool name="f" id="1">y</tool>',
    '<user><image url="u"></image></user><user>x</user>',
    '<user name="a">x</user>',
    '<user>x</user><assistant><tool name="f" id="1">{}</tool></assistant>',
]


@pytest.mark.parametrize("body", LOST)
def test_what_is_no_text_is_reported(body):
    assert len(read({}, body).losses) == 1


@pytest.mark.parametrize(
    "body", ["", "<user>x", "x</user>", "<user>x</user> more", "<system>x</system>\nHi\n<user>y</user>"]
)
def test_a_body_that_is_not_all_messages_is_refused(body):
    with pytest.raises(LlmopsError):
        read({}, body)


def test_a_dash_line_inside_a_value_does_not_end_the_header():
    text = "---\nmodel: m\nattributes: {a: one --- two}\n---\n<user>x</user>"
    document = humanloop.read({"h.prompt": text.encode()}, "").prompts[0].versions[0].document
    assert document["x-humanloop"]["attributes"] == {"a": "one --- two"}
    assert document["model"] == "m"
