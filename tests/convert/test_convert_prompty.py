"""Prompty files, both formats, in and out."""

import json
from pathlib import Path

import pytest
import yaml
from foreign_files import PROMPTY_V1, PROMPTY_V2, at, messages
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.convert import prompty
from llmops_cli.convert._built import prompt_of
from llmops_cli.convert._prompty_optional import filled, unfilled
from llmops_cli.errors import LlmopsError
from llmops_cli.model.exchange import Version
from llmops_cli.render.environment import environment

CASES = yaml.safe_load((Path(__file__).parents[1] / "spec/prompty.yaml").read_text(encoding="utf-8"))


def imported(case):
    text = case.get("text")
    if text is None:
        text = f"---\n{json.dumps(case.get('header', {'model': 'm'}))}\n---\n{case['body']}"
    files = {f"in/{path}": data.encode() for path, data in case.get("files", {}).items()}
    return prompty.read({"in/p.prompty": text.encode(), **files}, "in/p.prompty")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_case_of_the_specification_holds(case):
    if "error" in case:
        with pytest.raises(LlmopsError) as error:
            imported(case)
        assert case["error"] in str(error.value)
        return
    made = imported(case)
    assert [loss.path.removeprefix("in/") for loss in made.losses] == case.get("losses", [])
    document = made.prompts[0].versions[0].document
    for path, value in case.get("document", {}).items():
        assert at_dotted(document, path) == value, path
    if "messages" in case:
        assert messages(made, case.get("with", {})) == [tuple(message) for message in case["messages"]]


def at_dotted(document, path):
    """Return the value at a path; what x-prompty keeps of a list is a mapping by index."""
    if "." in path and path.startswith("x-prompty.tools."):
        value = document["x-prompty"]["tools"]
        for step in path.split(".")[2:]:
            value = value[step]
        return value
    return at(document, path)


@pytest.mark.parametrize("case", [case for case in CASES if "error" not in case], ids=lambda case: case["name"])
def test_what_a_case_became_comes_back_from_its_export(case):
    made = imported(case)
    if made.losses:
        return
    version = made.prompts[0].versions[0]
    written = prompty.write(prompt_of("in/p", version))
    if written.losses:
        return
    again = prompty.read(written.files, "in/p.prompty")
    assert again.prompts[0].versions[0].document == version.document


def test_there_are_cases_enough_for_each_stage():
    assert len(CASES) >= 60
    assert len({case["name"] for case in CASES}) == len(CASES)


def test_a_note_says_where_prompty_itself_would_cut_the_header():
    made = imported({"text": "---\ndescription: one --- two\n---\nuser:\nHi"})
    assert any("would end this header" in note for note in made.notes)
    assert not any("would end" in note for note in imported({"header": {"name": "x"}, "body": "user:\nHi"}).notes)


def test_a_sample_is_a_case():
    made = prompty.read({"old.prompty": PROMPTY_V1.encode()}, "")
    assert made.prompts[0].cases == ({"inputs": {"place": "Rome"}},)


def test_the_first_format_is_written_as_the_first():
    made = prompty.read({"old.prompty": PROMPTY_V1.encode()}, "")
    written = prompty.write(prompt_of("old", made.prompts[0].versions[0])).files["old.prompty"].decode()
    header = yaml.safe_load(written.split("---")[1])
    assert header["model"]["parameters"] == {
        "max_tokens": 300,
        "temperature": 0.2,
        "response_format": {"type": "json_object"},
    }
    assert header["model"]["configuration"]["azure_deployment"] == "gpt-35-turbo"
    assert header["sample"] == {"place": "Rome"}


def test_a_changed_model_is_written_into_the_file():
    for text, place in ((PROMPTY_V2, ("model", "id")), (PROMPTY_V1, ("model", "parameters"))):
        version = prompty.read({"p.prompty": text.encode()}, "").prompts[0].versions[0]
        changed = prompt_of("p", Version({**version.document, "model": "gpt-9"}))
        header = yaml.safe_load(prompty.write(changed).files["p.prompty"].decode().split("---")[1])
        said = header[place[0]][place[1]]
        assert (said if isinstance(said, str) else said["model"]) == "gpt-9"


OURS = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
LOST = [
    ({"messages": [{"role": "user", "content": "a\nsystem:\nb"}]}, "messages.0.content"),
    ({"output": {"format": "json"}}, "output"),
    ({"output": {"format": "json_schema", "name": "other", "schema": {"type": "object", "properties": {}}}}, "output"),
    ({"tools": [{"type": "web_search"}]}, "tools.0"),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "oneOf": []}}}]},
        "tools.0.parameters",
    ),
    (
        {"messages": [{"role": "user", "content": "{{ x }}"}], "variables": {"x": {"type": "string", "pattern": "a"}}},
        "variables.x",
    ),
    (
        {
            "messages": [{"role": "user", "content": "{{ x }}"}],
            "variables": {"x": {"type": "string", "trust": "untrusted"}},
        },
        "variables.x",
    ),
]


@pytest.mark.parametrize(("said", "path"), LOST)
def test_what_it_cannot_say_is_reported_when_written(said, path):
    assert path in [loss.path for loss in prompty.write(prompt_of("p", Version({**OURS, **said}))).losses]


def test_constants_includes_and_examples_are_written_into_the_body():
    document = {
        **OURS,
        "constants": {"currency": "EUR {{"},
        "variables": {"d": "string"},
        "messages": [
            {"role": "system", "content": "In {currency}{% include 'r.j2' %}"},
            {"role": "user", "content": "{{ d }}"},
        ],
        "examples": [{"inputs": {"d": "one"}, "output": "1"}],
    }
    prompt = prompt_of("p", Version(document, {"r.j2": "!"}))
    again = prompty.read(prompty.write(prompt).files, "")
    assert messages(again, {"d": "two"}) == [
        ("system", "In EUR {{!"),
        ("user", "one"),
        ("assistant", "1"),
        ("user", "two"),
    ]


def test_a_secret_beside_a_bearer_s_name_is_no_part_of_what_is_written():
    made = imported(
        {
            "header": {"model": {"id": "m", "connection": {"apiKey": "sk-1", "clientSecret": "s", "kind": "key"}}},
            "body": "Hi",
        }
    )
    assert "sk-1" not in json.dumps(made.prompts[0].versions[0].document)
    assert len(made.losses) == 2


PIECES = [
    "{{ x }}",
    "{{x}}",
    "{{ x | upper }}",
    "{% if x == 'a' %}A{% endif %}",
    "{% for i in x %}{{ i }}{% endfor %}",
    "{{ x | default('d') }}",
    "{% if x %}B{% endif %}",
    "{{ x ~ 'b' }}",
    "text ",
    "{# x #}",
    "{{ 'x' }}",
    "{{ x is defined }}",
    "{{ y }}",
    "{{ x|length }}",
    "{% raw %}{{ x }}{% endraw %}",
]


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.sampled_from([None, "", "a", "xyz"]))
@settings(max_examples=300, deadline=None)
def test_a_filled_template_renders_as_stock_jinja_does(text, value):
    import jinja2

    stock = jinja2.Environment(keep_trailing_newline=True)
    given = {"y": "Y"} | ({} if value is None else {"x": value})
    expected = stock.from_string(text).render(given).replace("True", "true").replace("False", "false")
    made = filled(text, ["x"])
    from llmops_cli.render.environment import OptionalUndefined

    values = given if value is not None else {**given, "x": OptionalUndefined(name="x")}
    assert environment({}, {}).from_string(made).render(values) == expected
    assert filled(made, ["x"]) == made
    assert filled(unfilled(made, ["x"]), ["x"]) == made


def exported(content, *more, **variables):
    said = [{"role": "user", "content": content}, *({"role": "assistant", "content": text} for text in more)]
    return prompty.write(prompt_of("p", Version({"model": "m", "variables": variables, "messages": said}, {})))


@pytest.mark.parametrize(
    "contents",
    [
        ("{%- if x -%} a {%- endif %} b",),
        ("{{- x }} a",),
        ("a {{ x -}}", "b"),
        ("{% if x %}user:\n{% endif %}q",),
        ("a", ""),
    ],
)
def test_a_message_that_prompty_would_take_for_another_is_a_loss(contents):
    assert exported(*contents, x={"type": "string"}).losses


def test_a_list_of_anything_goes_out_with_items_and_comes_back():
    made = exported("{{ x | join(', ') }}", x={"type": "array"})
    assert not made.losses
    (text,) = made.files.values()
    assert b"items:\n      kind: any" in text
    back = prompty.read({"p.prompty": text}, "p.prompty").prompts[0].versions[-1].document
    assert back["variables"] == {"x": {"type": "array"}}


def test_what_prompty_prints_otherwise_is_noted_both_ways():
    out = exported("{{ x }}{{ y | tojson }}", x={"type": "boolean"}, y={"type": "object"})
    assert not out.losses
    assert any("True" in note for note in out.notes)
    assert any("tojson" in note for note in out.notes)
    assert not exported("{{ x }}", x={"type": "string"}).notes
    notes = imported({"body": "user:\n{{ x }} {{ y | tojson }} a"}).notes
    assert [any(word in note for note in notes) for word in ("True", "tojson", "empty lines")] == [True, True, True]
    mustache = imported({"header": {"model": "m", "template": "mustache"}, "body": "user:\n{{x}} a"}).notes
    assert any("as HTML" in note for note in mustache)
