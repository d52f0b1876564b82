"""What a request holds besides its texts: model, format, examples, earlier turns; and what a render costs."""

import jinja2
import pace
import pytest
from hypothesis import given
from hypothesis import strategies as st
from render_prompts import prompt

from llmops_cli.errors import ExitCode
from llmops_cli.model.prompt import Examples, Message, Placeholder, Variable
from llmops_cli.render.errors import RenderError
from llmops_cli.render.messages import Renderer, response_format

SYSTEM = Message("system", "Be exact.")


def render(one, inputs=None, **options):
    with Renderer(one) as renderer:
        return renderer.render(inputs or {}, **options)


def test_a_request_names_who_asks_and_who_answers():
    one = prompt(
        "Hi", params={"temperature": 0.1}, tools=({"type": "function"},), digest="d" * 64, resolved_model="m-1"
    )
    request = render(one, repeat=2, case="c1")
    assert (request.model, request.params, request.tools) == ("m-1", {"temperature": 0.1}, ({"type": "function"},))
    assert (request.prompt, request.digest, request.case, request.repeat) == ("demo", "d" * 64, "c1", 2)
    assert (request.endpoint, request.response_format) == ("", None)
    assert render(prompt("Hi")).model == "a-model"


@pytest.mark.parametrize(
    ("output", "sent"),
    [
        ({}, None),
        ({"format": "text"}, None),
        ({"format": "json"}, {"type": "json_object"}),
        ({"format": "json_object"}, {"type": "json_object"}),
        (
            {"format": "json_schema", "schema": {"type": "object"}},
            {"type": "json_schema", "json_schema": {"name": "demo", "schema": {"type": "object"}}},
        ),
        (
            {"schema": {}, "name": "bill", "strict": True},
            {"type": "json_schema", "json_schema": {"name": "bill", "schema": {}, "strict": True}},
        ),
    ],
)
def test_the_output_becomes_the_response_format(output, sent):
    assert response_format(prompt("Hi", output=output)) == sent


def test_an_unknown_output_format_is_an_error():
    with pytest.raises(RenderError, match="unknown output format 'xml'"):
        render(prompt("Hi", output={"format": "xml"}))


def test_an_error_is_a_finding_and_names_prompt_variable_and_case():
    with pytest.raises(RenderError) as caught:
        render(prompt("{{ x }}", variables=("x",)), case="inv-1")
    error = caught.value
    assert error.exit_code == ExitCode.FINDINGS
    assert (error.prompt, error.variable, error.case, error.where) == ("demo", "x", "inv-1", "prompts/demo.yaml:1:1")
    assert str(error) == "prompts/demo.yaml:1:1: prompt demo, case inv-1: missing variable x"


ROWS = (
    {"inputs": {"x": "1 {{ y }}"}, "output": {"é": 1}},
    {"input": "as it is {{ x }}", "expected": "two"},
    {"input": 3},
)


def test_examples_come_before_the_conversation_and_the_question():
    one = prompt(
        SYSTEM,
        Placeholder("history"),
        "Read {{ x }} in {unit}",
        variables=("x", Variable("history", {"type": "messages"}, required=True)),
        constants={"unit": "EUR"},
        examples=Examples(ROWS, 2),
    )
    turns = ({"role": "user", "content": "before {{ x }}"}, {"role": "assistant", "content": "yes"})
    assert render(one, {"x": "this"}, turns=turns).messages == (
        {"role": "system", "content": "Be exact."},
        {"role": "user", "content": "Read 1 {{ y }} in EUR"},
        {"role": "assistant", "content": '{"é": 1}'},
        {"role": "user", "content": "as it is {{ x }}"},
        {"role": "assistant", "content": "two"},
        *turns,
        {"role": "user", "content": "Read this in EUR"},
    )


def test_examples_without_a_user_message_come_last():
    one = prompt(SYSTEM, examples=Examples(({"input": "a", "output": "b"},), 1))
    assert [message["content"] for message in render(one).messages] == ["Be exact.", "a", "b"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"inputs": {"x": "a"}}, "example 1 needs one of output"),
        ({"output": "a"}, "example 1 needs one of inputs"),
        ({"inputs": {"y": "a"}, "output": "b"}, "example 1: extra argument y"),
        ({"inputs": {}, "output": "b"}, "example 1: missing variable x"),
    ],
)
def test_an_example_that_does_not_fit_is_an_error(row, words):
    with pytest.raises(RenderError, match=words):
        render(prompt("{{ x }}", variables=("x",), examples=Examples((row,), 1)), {"x": "a"})


def test_turns_without_a_place_are_an_error_and_never_lost():
    turns = ({"role": "user", "content": "before"},)
    with pytest.raises(RenderError, match="no single placeholder"):
        render(prompt("Go"), turns=turns)
    with pytest.raises(RenderError, match="no single placeholder"):
        render(prompt(Placeholder("a"), Placeholder("b"), "Go"), turns=turns)
    both = {"history": list(turns)}
    with pytest.raises(RenderError, match="no single placeholder"):
        render(prompt(Placeholder("history"), "Go"), both, turns=turns)
    assert render(prompt(Placeholder("history"), "Go"), both).messages[0] == turns[0]


def test_a_required_placeholder_without_turns_is_an_error_and_an_optional_one_is_empty():
    history = Variable("history", {"type": "messages"})
    with pytest.raises(RenderError, match="missing variable history"):
        render(prompt(Placeholder("history"), "Go", variables=(history,)))
    assert len(render(prompt(Placeholder("history"), "Go")).messages) == 1


@pytest.mark.parametrize(
    "turns",
    [
        "text",
        [{"role": "system", "content": "x"}],
        [{"role": "developer", "content": "x"}],
        [{"role": "user", "content": "x", "cache": 1}],
        [{"content": "x"}],
        ["x"],
        [{"role": "user", "content": float("nan")}],
    ],
)
def test_turns_that_are_no_messages_are_an_error(turns):
    with pytest.raises(RenderError, match="variable history"):
        render(prompt(Placeholder("history"), "Go"), {"history": turns})


@pytest.mark.parametrize("value", [float("nan"), {1: 2}, [object()], {"a": [[float("inf")]]}, b"x"])
def test_a_value_that_is_no_json_is_an_error(value):
    with pytest.raises(RenderError, match="variable x"):
        render(prompt("{{ x }}", variables=(Variable("x", declared=False),)), {"x": value})


def test_a_variable_that_no_file_declares_takes_any_scalar():
    guessed = prompt("{{ x }}", variables=(Variable("x", declared=False),))
    assert [render(guessed, {"x": value}).messages[0]["content"] for value in ("a", 1, 0.5, False)] == [
        "a",
        "1",
        "0.5",
        "false",
    ]


def test_a_value_may_be_null_where_its_type_says_so():
    nullable = prompt("{{ 'none' if x is none else x }}", variables=(Variable("x", {"type": ["string", "null"]}),))
    assert render(nullable, {"x": None}).messages[0]["content"] == "none"
    with pytest.raises(RenderError, match="missing variable x"):
        render(nullable, {})
    with pytest.raises(RenderError, match="is null and would be printed"):
        render(prompt("{{ x }}", variables=nullable.variables), {"x": None})


VALUES = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)  # half a surrogate pair is refused


@given(st.lists(st.sampled_from(["{{ a }}", "{{b}}", " {x} ", "\n", "text", "{ }", "é"])).map("".join), VALUES, VALUES)
def test_a_joined_template_renders_as_jinja2_renders_it(template, first, second):
    one = prompt(template, variables=("a", "b"), literals=("x",))
    oracle = jinja2.Environment(keep_trailing_newline=True).from_string(template)
    assert render(one, {"a": first, "b": second}).messages[0]["content"] == oracle.render(a=first, b=second)


def test_a_value_reaches_the_model_unchanged_on_each_of_the_three_ways():
    loop = "{% for y in [x] %}{{ y }}{% endfor %}"
    one = prompt("{{ x }}", "{% if x is defined %}{{ x }}{% endif %}", loop, variables=("x",))
    with Renderer(one) as renderer:  # one child for all examples

        @given(VALUES)
        def unchanged(value):
            assert [message["content"] for message in renderer.render({"x": value}).messages] == [value] * 3

        unchanged()


def test_a_thousand_renders_of_a_simple_template_cost_little():
    one = prompt(
        SYSTEM, "Read {{ document }} in {{ locale }}.\n" * 5, "{{ document | trim }}", variables=("document", "locale")
    )
    with Renderer(one) as renderer:
        inputs = {"document": "text " * 100, "locale": "en"}
        renderer.render(inputs)
        assert pace.seconds(lambda: [renderer.render(inputs) for _ in range(1000)], 0.3) < 0.3  # 0.05 on a quiet one
