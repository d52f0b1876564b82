"""Semantic Kernel prompt YAML in."""

import json

import pytest
from foreign_files import at, messages

from llmops_cli.convert import semantic_kernel
from llmops_cli.errors import LlmopsError


def read(document):
    return semantic_kernel.read({"s.yaml": json.dumps(document).encode()}, "s.yaml")


def prompt(**more):
    return {"template": "Hi {{$name}}", **more}


def variable(**more):
    return prompt(input_variables=[{"name": "name", **more}])


def settings(**more):
    return prompt(execution_settings={"s": {"model_id": "gpt-4o", **more}})


FIELDS = [
    (prompt(name="n"), "x-semantic-kernel.name", "n"),
    (prompt(description="d"), "description", "d"),
    (prompt(template_format="semantic-kernel"), "messages.0.content", "Hi {{ name }}"),
    (prompt(output_variable={"description": "d"}), "x-semantic-kernel.output_variable", {"description": "d"}),
    (prompt(allow_dangerously_set_content=True), "x-semantic-kernel.allow_dangerously_set_content", True),
    (variable(), "variables.name", {"type": "string"}),
    (variable(description="d"), "variables.name.description", "d"),
    (variable(default="d"), "variables.name", {"type": "string", "default": "d"}),
    (variable(default=3), "variables.name", {"type": ["string", "integer"], "default": 3}),
    (variable(is_required=True), "variables.name", {"type": "string"}),
    (variable(is_required=False), "variables.name", {"type": "string", "default": ""}),
    (
        variable(is_required=False, json_schema='{"type": "array"}'),
        "variables.name",
        {"type": "array", "required": False},
    ),
    (variable(json_schema='{"type": "integer", "minimum": 1}'), "variables.name", {"type": "integer", "minimum": 1}),
    (variable(json_schema={"type": "integer"}), "variables.name", {"type": "integer"}),
    (variable(json_schema='{"$ref": "#/x"}'), "x-semantic-kernel.input_variables.0.json_schema", '{"$ref": "#/x"}'),
    (
        variable(allow_dangerously_set_content=True),
        "x-semantic-kernel.input_variables.0.allow_dangerously_set_content",
        True,
    ),
    (variable(sample="s"), "x-semantic-kernel.input_variables.0.sample", "s"),
    (prompt(input_variables=[{"description": "d"}]), "loss", "input_variables.0"),
    (settings(), "model", "gpt-4o"),
    (settings(service_id="s"), "x-semantic-kernel.execution_settings.s.service_id", "s"),
    (settings(temperature=0.5), "params.temperature", 0.5),
    (settings(top_p=0.5), "params.top_p", 0.5),
    (settings(max_tokens=5), "params.max_tokens", 5),
    (settings(stop_sequences=["x"]), "params.stop", ["x"]),
    (settings(seed=1), "params.seed", 1),
    (settings(frequency_penalty=1), "params.frequency_penalty", 1),
    (settings(presence_penalty=1), "params.presence_penalty", 1),
    (settings(temperature=7), "x-semantic-kernel.execution_settings.s.temperature", 7),
    (settings(response_format="json_object"), "output.format", "json"),
    (
        settings(function_choice_behavior={"type": "auto"}),
        "x-semantic-kernel.execution_settings.s.function_choice_behavior",
        {"type": "auto"},
    ),
    (
        prompt(execution_settings={"a": {"model_id": "m1"}, "b": {"model_id": "m2"}}),
        "x-semantic-kernel.execution_settings.b",
        {"model_id": "m2"},
    ),
    (prompt(execution_settings={"a": {"model_id": "m1"}, "b": {"model_id": "m2"}}), "model", "m1"),
    (prompt(future=1), "x-semantic-kernel.future", 1),
]


@pytest.mark.parametrize(("said", "path", "value"), FIELDS)
def test_each_field_has_its_place(said, path, value):
    imported = read(said)
    if path == "loss":
        assert [loss.path for loss in imported.losses] == [value]
    else:
        assert imported.losses == ()
        assert at(imported.prompts[0].versions[0].document, path) == value


MESSAGES = [
    ("semantic-kernel", "{{$a}} {{ $b }} {x}", [("user", "A B {x}")]),
    ("semantic-kernel", "{{ 'it''s' }}", None),
    ("semantic-kernel", '{{ \'{{\' }} {{ "a\\"b" }} {{$a}}', [("user", '{{ a"b A')]),
    (
        "semantic-kernel",
        '<message role="system">\n  {{$a}}\n</message><message role="User">a &lt; b &amp; {{$b}}</message>',
        [("system", "A"), ("user", "a < b & B")],
    ),
    ("semantic-kernel", '<message role="user"><text>{{$a}}</text></message>', [("user", "A")]),
    ("semantic-kernel", "a < b & c {{$a}}", [("user", "a < b & c A")]),
    ("handlebars", "{{a}} {{#if b}}yes{{/if}}", [("user", "A yes")]),
    (
        "handlebars",
        '{{#message role="system"}}{{a}}{{/message}}<message role="user">{{b}}</message>',
        [("system", "A"), ("user", "B")],
    ),
    (
        "jinja2",
        '<message role="system">{{ a }}</message><message role="user">{% if b %}{{ b }}{% endif %}</message>',
        [("system", "A"), ("user", "B")],
    ),
    ("jinja2", "{{ a }}{{ missing }}", [("user", "A")]),
]


@pytest.mark.parametrize(("form", "template", "expected"), MESSAGES)
def test_a_template_is_its_messages(form, template, expected):
    if expected is None:
        with pytest.raises(LlmopsError):
            read(prompt(template=template, template_format=form))
        return
    imported = read(prompt(template=template, template_format=form))
    assert imported.losses == ()
    names = imported.prompts[0].versions[0].document.get("variables", {})
    assert messages(imported, {name: name.upper() for name in ("a", "b") if name in names}) == expected


REFUSED = [
    ("semantic-kernel", "{{time.now}}", "calls a function"),
    ("semantic-kernel", "{{plugin.f $a}}", "calls a function"),
    ("semantic-kernel", "{{$a.b}}", "calls a function"),
    ("semantic-kernel", '<message role="user">x', "no XML"),
    ("semantic-kernel", '<message role="user">a & b</message>', "no XML"),
    ("semantic-kernel", '<!DOCTYPE r [<!ENTITY e "x">]><message role="user">&e;</message>', "markup"),
    ("liquid", "{{ a }}", "liquid"),
    ("liquid", '<message role="user">{{ a }}</message>', "liquid"),
    ("handlebars", "{{#if a}}x", "a"),
    ("jinja2", "{% extends 'x' %}", "not read"),
]


@pytest.mark.parametrize(("form", "template", "says"), REFUSED)
def test_what_cannot_be_imported_is_refused_by_name(form, template, says):
    with pytest.raises(LlmopsError, match=says):
        read(prompt(template=template, template_format=form))


LOST = [
    'Before <message role="user">x</message>',
    '<message role="tool">x</message><message role="user">y</message>',
    '<message role="user">x<image>u</image></message>',
    '<message role="user" name="a">x</message>',
    '<message role="{{$a}}">x</message><message role="user">y</message>',
]


@pytest.mark.parametrize("template", LOST)
def test_what_a_message_of_ours_has_no_place_for_is_reported(template):
    assert len(read(prompt(template=template)).losses) == 1


def test_a_helper_that_calls_a_function_is_reported():
    assert read(prompt(template="{{plugin-function a}}", template_format="handlebars")).losses
