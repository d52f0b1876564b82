"""GitHub Models' .prompt.yml in and out."""

import json

import pytest
import yaml
from foreign_files import FIXTURES, GITHUB, at, messages

from llmops_cli.convert import github
from llmops_cli.convert._built import prompt_of
from llmops_cli.errors import LlmopsError
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.exchange import Version
from llmops_cli.plugins import find

MESSAGE = {"role": "user", "content": "Hi {{name}}"}
CASE = Case("c", {})


def answer(text):
    return Completion(text=text, model="m")


def read(document, **more):
    return github.read({"p.prompt.yml": json.dumps({"messages": [MESSAGE], **document, **more}).encode()}, "")


def document(imported):
    return imported.prompts[0].versions[0].document


# Every field of the format, and where it is afterwards: a path in our file, or a path that is reported.
FIELDS = [
    ({"name": "My prompt"}, "x-github.name", "My prompt"),
    ({"description": "what for"}, "description", "what for"),
    ({"model": "openai/gpt-4o"}, "model", "openai/gpt-4o"),
    ({"modelParameters": {"maxTokens": 7}}, "params.max_tokens", 7),
    ({"modelParameters": {"maxCompletionTokens": 8}}, "params.max_completion_tokens", 8),
    ({"modelParameters": {"temperature": 0.5}}, "params.temperature", 0.5),
    ({"modelParameters": {"topP": 0.5}}, "params.top_p", 0.5),
    ({"modelParameters": {"temperature": "hot"}}, "x-github.modelParameters.temperature", "hot"),
    ({"modelParameters": {"temperature": 9}}, "x-github.modelParameters.temperature", 9),
    ({"modelParameters": {"logitBias": {"1": 2}}}, "x-github.modelParameters.logitBias", {"1": 2}),
    ({"responseFormat": "text"}, "output.format", "text"),
    ({"responseFormat": "json_object"}, "output.format", "json"),
    ({"responseFormat": "xml"}, "loss", "responseFormat"),
    ({"responseFormat": "json_schema"}, "loss", "jsonSchema"),
    ({"responseFormat": "json_schema", "jsonSchema": {"name": "x"}}, "loss", "jsonSchema"),
    (
        {"responseFormat": "json_schema", "jsonSchema": '{"name":"n","schema":{"type":"object"}}'},
        "output.schema",
        {"type": "object"},
    ),
    ({"responseFormat": "json_schema", "jsonSchema": '{"name":"n","schema":{"type":"object"}}'}, "output.name", "n"),
    ({"responseFormat": "json_schema", "jsonSchema": '{"name":"n","schema":{}, "more": 1}'}, "loss", "jsonSchema"),
    ({"jsonSchema": '{"name":"n"}'}, "x-github.jsonSchema", '{"name":"n"}'),
    ({"messages": [{"role": "System", "content": "x"}]}, "messages.0.role", "system"),
    ({"messages": [MESSAGE, {"role": "tool", "content": "x"}]}, "loss", "messages.1.role"),
    ({"messages": [MESSAGE, {"role": "user", "content": ["x"]}]}, "loss", "messages.1.role"),
    ({"messages": [{**MESSAGE, "name": "ada"}]}, "x-github.messages.0.name", "ada"),
    ({"testData": [{"name": "Ada"}]}, "x-github.testData", [{"name": "Ada"}]),
    ({"testData": "rows.csv"}, "loss", "testData"),
    ({"evaluators": [{"name": "e", "uses": "github/similarity"}]}, "loss", "evaluators.0"),
    ({"evaluators": [{"name": "e"}]}, "loss", "evaluators.0"),
    ({"evaluators": {"name": "e"}}, "loss", "evaluators"),
    ({"x-llmops": {"tags": ["a"]}}, "tags", ["a"]),
    ({"x-llmops": {"variables": {"name": {"type": "string", "enum": ["a"]}}}}, "variables.name.enum", ["a"]),
    ({"future": {"a": 1}}, "x-github.future", {"a": 1}),
]


@pytest.mark.parametrize(("said", "path", "value"), FIELDS)
def test_each_field_has_its_place(said, path, value):
    imported = read(said)
    if path == "loss":
        assert [loss.path for loss in imported.losses] == [value]
    else:
        assert imported.losses == ()
        assert at(document(imported), path) == value


def test_a_prompt_without_a_model_gets_a_name_that_llmops_yaml_can_give():
    imported = read({})
    assert document(imported)["model"] == "default"
    assert any("no model is named" in note for note in imported.notes)


def test_test_data_are_cases_and_expected_is_no_input():
    cases = github.read(FIXTURES["github"]["sorter"], "").prompts[0].cases
    assert cases[0]["inputs"] == {"customer": "Ada", "ticket": "It is broken"}
    assert cases[0]["expected"] == '{"team":"repair"}'
    assert cases[0]["metadata"] == {"note": "urgent"}


def test_rows_with_the_same_inputs_have_ids_of_their_own():
    rows = [{"name": "Ada", "expected": "a"}, {"name": "Ada", "expected": "b"}]
    assert [case.get("id") for case in read({}, testData=rows).prompts[0].cases] == [None, "row-2"]


@pytest.mark.parametrize(
    ("values", "type_"),
    [([1], "integer"), (["a", 1], ["string", "integer"]), ([True], "boolean"), ([0.5], "number"), ([None], "string")],
)
def test_a_variable_has_the_types_that_the_rows_give_it(values, type_):
    imported = read({}, testData=[{"name": value} for value in values])
    assert document(imported)["variables"]["name"]["type"] == type_


EVALUATED = [
    ({"equals": "Yes"}, [("Yes", True), (" Yes\n", True), ("yes", False), ("Yes!", False)]),
    ({"contains": "a.b"}, [("x A.B y", True), ("axb", False)]),
    ({"startsWith": "(A"}, [("(a) b", True), ("  (A", True), ("x (A", False)]),
    ({"endsWith": "b)"}, [("a B)", True), ("b)\n", True), ("b) x", False)]),
]


@pytest.mark.parametrize(("said", "answers"), EVALUATED)
def test_a_string_evaluator_decides_as_it_did_there(said, answers):
    (scorer,) = read({"evaluators": [{"name": "e", "string": said}]}).prompts[0].scorers
    options = {key: value for key, value in scorer.items() if key not in ("type", "name")}
    score = find("score", scorer["type"])(**options)
    for text, passes in answers:
        assert score(CASE, answer(text)).value == float(passes), text


def test_an_evaluator_with_a_row_s_value_is_a_check_of_each_row():
    rows = [{"name": "Ada", "word": "x.y"}, {"name": "Bob", "word": "z"}]
    foreign = read({"evaluators": [{"name": "w", "string": {"contains": "{{word}}"}}]}, testData=rows).prompts[0]
    assert foreign.scorers == ()
    assert [case["checks"][0]["value"] for case in foreign.cases] == ["x.y", "z"]


def test_a_value_with_braces_is_not_substituted_again():
    rows = [{"name": "{{word}}", "word": "SECRET"}]
    foreign = read({"evaluators": [{"name": "w", "string": {"contains": "{{name}}"}}]}, testData=rows).prompts[0]
    assert foreign.cases[0]["checks"][0]["value"] == "{{word}}"


def test_a_judge_is_a_rubric_prompt_that_is_told_the_answer():
    imported = github.read(FIXTURES["github"]["sorter"], "")
    assert [foreign.id for foreign in imported.prompts] == ["sorter", "judges/sorter-polite"]
    asked = messages(imported, {"answer": "Hello {{expected}}"}, index=1)
    assert asked[0] == ("system", "You are a strict reader.")
    assert asked[1][1].startswith("Is Hello {{expected}} polite?")
    assert asked[1][1].endswith("polite: SCORE: 1\nrude: SCORE: 0")
    judge = imported.prompts[0].scorers[-1]
    assert (judge["type"], judge["prompt"], judge["pass_at"]) == ("judge", "judges/sorter-polite", 1.0)


@pytest.mark.parametrize(
    "change", [{"prompt": "{{other}}"}, {"choices": []}, {"choices": [{"choice": "a"}]}, {"more": 1}]
)
def test_a_judge_that_has_no_counterpart_is_reported(change):
    said = {"modelId": "m", "prompt": "{{completion}}", "choices": [{"choice": "a", "score": 1}], **change}
    imported = read({"evaluators": [{"name": "j", "llm": said}]})
    assert [loss.path for loss in imported.losses] == ["evaluators.0.llm"]
    assert document(imported)["x-github"]["evaluators"] == [{"name": "j", "llm": said}]


def test_a_name_that_jinja_cannot_read_is_renamed_and_written_back():
    imported = read({"messages": [{"role": "user", "content": "{{my-var}} {{true}} {{a.b}}"}]})
    assert list(document(imported)["variables"]) == ["my_var", "true_", "a_b"]
    assert messages(imported, {"my_var": 1, "true_": "T", "a_b": "x"} | {"my_var": "m"}) == [("user", "m T x")]
    written = github.write(prompt_of("p", imported.prompts[0].versions[0]))
    assert yaml.safe_load(next(iter(written.files.values())))["messages"][0]["content"] == "{{my-var}} {{true}} {{a.b}}"


def test_spaces_in_a_placeholder_are_text_as_they_are_there():
    imported = read({"messages": [{"role": "user", "content": "{{ name }}"}]})
    assert messages(imported, {}) == [("user", "{{ name }}")]
    assert any("with spaces" in note for note in imported.notes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("messages: [", "not YAML"),
        ("- a", "mapping"),
        ("name: x", "messages"),
        ("messages: []", "messages"),
        ("base: &a {x: 1}\nmessages: [{<<: *a, role: user, content: x}]", "merge key"),
        ("messages: [{role: user, content: !!python/name:os.system x}]", "tag"),
        ("messages: [{role: user, content: x, role: system}]", "twice"),
        ("stream: yes\nmessages: [{role: user, content: x}]", "boolean to some"),
        ("on: 1\nmessages: [{role: user, content: x}]", "boolean to some"),
        ("date: 2024-01-01\nmessages: [{role: user, content: x}]", "date to some"),
        ("n: 0777\nmessages: [{role: user, content: x}]", "number to some"),
        ("n: 1_000\nmessages: [{role: user, content: x}]", "number to some"),
        ("n: 1:30\nmessages: [{role: user, content: x}]", "number to some"),
    ],
)
def test_what_readers_would_read_differently_is_refused_with_its_place(text, says):
    with pytest.raises(LlmopsError) as error:
        github.read({"p.prompt.yml": text.encode()}, "")
    assert says in str(error.value)
    assert error.value.where.startswith("p.prompt.yml")


def test_yaml_s_other_spellings_of_json_are_read():
    text = "a: True\nb: ~\nc: .5\nd: 1.\ne: 'yes'\nf: TRUE\ng: [Null, False]\nmessages: [{role: user, content: x}]"
    kept = document(github.read({"p.prompt.yml": text.encode()}, ""))["x-github"]
    assert kept == {"a": True, "b": None, "c": 0.5, "d": 1.0, "e": "yes", "f": True, "g": [None, False]}


def test_of_a_folder_one_unreadable_file_is_a_loss_and_the_others_come():
    good, bad = json.dumps({"messages": [MESSAGE]}).encode(), b"messages: ["
    imported = github.read({"a/x.prompt.yml": good, "b.prompt.yml": bad}, "")
    assert [foreign.id for foreign in imported.prompts] == ["a/x"]
    assert [loss.path for loss in imported.losses] == ["b.prompt.yml"]


def ours(**document):
    base = {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "x"}]}
    return prompt_of("a/p", Version({**base, **document}))


LOST = [
    ({"params": {"seed": 1}}, "params.seed"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
    ({"messages": [{"placeholder": "h"}, {"role": "user", "content": "x"}]}, "placeholder h"),
    (
        {"messages": [{"role": "user", "content": "{% if x %}y{% endif %}"}], "variables": {"x": "string"}},
        "messages.0.content",
    ),
    (
        {"messages": [{"role": "user", "content": "{{ x | upper }}"}], "variables": {"x": "string"}},
        "messages.0.content",
    ),
    ({"messages": [{"role": "user", "content": "{{ '{{x}}' }}"}]}, "messages.0.content"),
]


@pytest.mark.parametrize(("document", "path"), LOST)
def test_what_it_cannot_say_is_reported_when_written(document, path):
    assert path in [loss.path for loss in github.write(ours(**document)).losses]


def test_constants_includes_and_examples_are_written_into_the_text():
    document = {
        "constants": {"currency": "EUR"},
        "variables": {"d": "string"},
        "messages": [{"role": "user", "content": "In {currency}: {{ d }}{% include 'r.j2' %}"}],
        "examples": [{"inputs": {"d": "one"}, "output": "1"}],
    }
    prompt = prompt_of("p", Version({"model": "m", **document}, {"r.j2": "!"}))
    written = yaml.safe_load(next(iter(github.write(prompt).files.values())))
    assert [message["content"] for message in written["messages"]] == ["In EUR: one!", "1", "In EUR: {{d}}!"]


def test_types_and_owners_go_under_a_key_that_only_we_read():
    prompt = ours(
        variables={"n": {"type": "integer", "default": 3}},
        owners=["a"],
        messages=[{"role": "user", "content": "{{ n }}"}],
    )
    written = github.write(prompt)
    assert written.losses == ()
    assert yaml.safe_load(written.files["a/p.prompt.yml"])["x-llmops"] == {
        "variables": {"n": {"type": "integer", "default": 3}},
        "owners": ["a"],
    }


def test_the_text_of_a_schema_is_kept_while_it_says_the_same():
    imported = github.read(FIXTURES["github"]["sorter"], "")
    written = next(iter(github.write(prompt_of("sorter", imported.prompts[0].versions[0])).files.values()))
    assert yaml.safe_load(written)["jsonSchema"] == yaml.safe_load(GITHUB)["jsonSchema"]
