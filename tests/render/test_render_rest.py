"""The one variable that takes every input which no other variable names: `{type: object, rest: true}`."""

import pytest
from render_prompts import prompt

from llmops_cli.model.prompt import Variable
from llmops_cli.render.errors import RenderError
from llmops_cli.render.messages import Renderer

NAME = Variable("name", {"type": "string"})
REST = Variable("others", {"type": "object", "rest": True})
TEXT = "{{ name }} {{ others | tojson }}"


def text(inputs, *variables, template=TEXT):
    with Renderer(prompt(template, variables=variables or (NAME, REST))) as renderer:
        return renderer.render(inputs).messages[0]["content"]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"name": "n"}, "n {}"),
        ({"name": "n", "b": 1, "a": [None]}, 'n {"a": [null], "b": 1}'),
        ({"b": 1, "name": "n"}, 'n {"b": 1}'),
        ({"name": "n", "others": {"a": 1}}, 'n {"a": 1}'),
        ({"name": "n", "others": None, "a": 1}, 'n {"a": 1}'),
        ({"name": "n", "self": 1, "": 2}, 'n {"": 2, "self": 1}'),
    ],
)
def test_it_takes_what_no_other_variable_names(inputs, said):
    assert text(inputs) == said


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"a": 1}, "missing variable name"),
        ({"name": "n", "others": {}, "a": 1}, "extra argument a"),
        ({"name": "n", "others": 5}, "others must be object"),
        ({"name": "n", "a": {1}}, "is no JSON"),
        ({"name": "n", "a": float("nan")}, "is no finite number"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(inputs, said):
    with pytest.raises(RenderError, match=said):
        text(inputs)


def test_its_schema_holds_for_what_it_takes():
    texts = Variable("others", {"type": "object", "rest": True, "additionalProperties": {"type": "string"}})
    assert text({"name": "n", "a": "x"}, NAME, texts) == 'n {"a": "x"}'
    with pytest.raises(RenderError, match=r"others does not fit its schema at a"):
        text({"name": "n", "a": 1}, NAME, texts)


def test_two_of_them_are_refused():
    more = Variable("more", {"type": "object", "rest": True})
    with pytest.raises(RenderError, match="others and more would each take the other inputs"):
        text({"name": "n"}, NAME, REST, more)


def test_without_one_an_input_that_nobody_names_stays_an_error():
    with pytest.raises(RenderError, match="extra argument a"):
        text({"name": "n", "a": 1}, NAME, template="{{ name }}")


def test_what_it_takes_is_never_a_template():
    assert text({"name": "n", "a": "{{ name }}{% if"}) == 'n {"a": "{{ name }}{% if"}'
