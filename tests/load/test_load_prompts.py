import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.load import prompts
from llmops_cli.load.ids import normal_version, split_version
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.prompt import Examples, Message, Placeholder

SEED = Path(__file__).parent / "seed" / "extract-invoice.yaml"
HEAD = "id: p\nmodel: m\n"

FULL = """\
schema: llmops/prompt@1
id: billing/extract-invoice
version: "1.10"
description: Read the three fields.
owners: [team-billing]
tags: [extraction]
aliases: [old-name]
model: claude-sonnet-4-6
params: {temperature: 0.1, max_tokens: 500}
variables:
  document: {type: string, description: OCR text, max_tokens: 20000, trust: untrusted}
  locale:   {type: string, default: en, enum: [en, de]}
  history:  {type: messages, required: false}
  short: string
  shape: {type: object, required: [a], properties: {a: {type: string}}}
constants: {format: "INV-####", currency: EUR, year: 2024, strict: true}
literals: [total]
messages:
  - {role: system, content: "Be exact."}
  - {placeholder: history}
  - role: user
    content: |
      Number: {format}
      Document: {{ document }}
examples: {file: examples/invoices.jsonl, k: 1}
tools: [{file: tools/lookup.json}, {type: function, function: {name: inline}}]
output: {format: json_schema, schema: {file: schemas/invoice.json}}
evals: [invoices, adversarial]
x-langfuse: {any: [1]}
"""
FILES = {
    "prompts/billing/extract-invoice.prompt.yaml": FULL,
    "prompts/examples/invoices.jsonl": '{"document": "a", "answer": "1"}\n\n{"document": "b", "answer": "2"}\n',
    "prompts/tools/lookup.json": '{"type": "function", "function": {"name": "lookup"}}',
    "prompts/schemas/invoice.json": '{"type": "object"}',
}


def write(root: Path, files: dict[str, str]) -> WorkTree:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return WorkTree(root)


def read(root: Path, text: str, path: str = "prompts/p.yaml"):
    return prompts.read(write(root, {path: text}), path, "prompts")


def found(problems) -> list[str]:
    return [f"{problem.code} {problem.source.line}:{problem.source.column}" for problem in problems]


def test_the_seed_file_loads_unchanged(tmp_path):
    prompt, document, problems = read(tmp_path, SEED.read_text(), "prompts/extract-invoice.yaml")
    assert problems == []
    assert (prompt.id, prompt.version, prompt.aliases) == ("extract-invoice", "3.2.0", ("extract-invoice-v3.2",))
    assert prompt.model == "claude-sonnet-4-6"
    assert prompt.params == {"temperature": 0.1, "max_tokens": 500}
    (message,) = prompt.messages
    assert (message.role, message.path) == ("user", ("template",))
    assert message.content.endswith("- Date: {date_format}\nDocument: {{document}}\n")
    assert prompt.variables == ()
    assert "variables" not in document.value
    assert str(document.inside(message.path, message.content, message.content.index("{{"))) == (
        "prompts/extract-invoice.yaml:8:15"
    )


def test_a_full_prompt_reads_as_its_file_says(tmp_path):
    path = "prompts/billing/extract-invoice.prompt.yaml"
    prompt, _, problems = prompts.read(write(tmp_path, FILES), path, "prompts")
    assert problems == []
    assert (prompt.id, prompt.version, prompt.description) == (
        "billing/extract-invoice",
        "1.10.0",
        "Read the three fields.",
    )
    assert (prompt.owners, prompt.tags, prompt.aliases) == (("team-billing",), ("extraction",), ("old-name",))
    assert prompt.constants == {"format": "INV-####", "currency": "EUR", "year": "2024", "strict": "true"}
    assert (prompt.literals, prompt.evals) == (("total",), ("invoices", "adversarial"))
    assert prompt.messages[0] == Message("system", "Be exact.", ("messages", 0, "content"))
    assert prompt.messages[1] == Placeholder("history")
    assert prompt.examples == Examples(({"document": "a", "answer": "1"}, {"document": "b", "answer": "2"}), 1)
    assert [tool["function"]["name"] for tool in prompt.tools] == ["lookup", "inline"]
    assert prompt.output == {"format": "json_schema", "schema": {"type": "object"}}
    assert prompt.extra == {"x-langfuse": {"any": [1]}}
    assert prompt.files == (
        "prompts/examples/invoices.jsonl",
        "prompts/tools/lookup.json",
        "prompts/schemas/invoice.json",
    )
    assert str(prompt.source) == f"{path}:2:5"


def test_variables_say_what_callers_must_give(tmp_path):
    prompt, _, _ = prompts.read(write(tmp_path, FILES), "prompts/billing/extract-invoice.prompt.yaml", "prompts")
    document, locale, history, short, shape = prompt.variables
    assert (document.required, document.trust, document.max_tokens, document.description) == (
        True,
        "untrusted",
        20000,
        "OCR text",
    )
    assert document.schema == {"type": "string"}
    assert (locale.required, locale.has_default, locale.default) == (False, True, "en")
    assert locale.schema == {"type": "string", "enum": ["en", "de"]}
    assert (history.type, history.required, history.has_default) == ("messages", False, False)
    assert (short.schema, short.required, short.declared) == ({"type": "string"}, True, True)
    assert shape.schema == {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    assert shape.required is True
    assert str(locale.source) == "prompts/billing/extract-invoice.prompt.yaml:12:3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}template: x\nmesages: []\n", ["LF020 4:1"]),
        (f"{HEAD}", ["LF023 1:1"]),
        (f"{HEAD}template: x\nmessages: [{{role: user, content: x}}]\n", ["LF023 1:1"]),
        ("id: p\ntemplate: x\n", ["LF022 1:1"]),
        (f"{HEAD}template: x\nparams: {{api_base: 'http://evil'}}\n", ["LF020 4:10"]),
        (f"{HEAD}template: x\nparams: {{temperature: 0.1}}\ntemperature: 0.2\n", ["LF042 5:14"]),
        (f"{HEAD}template: x\nversion: later\n", ["LF023 4:10"]),
        ("id: p-v1.2\nmodel: m\ntemplate: x\nversion: '1.3'\n", ["LF043 4:10"]),
        ("id: a b\nmodel: m\ntemplate: x\n", ["LF041 1:5"]),
        (f"{HEAD}template: x\nvariables: {{a: string}}\nconstants: {{a: b}}\n", ["LF046 5:16"]),
        (f"{HEAD}messages: [{{placeholder: h}}]\nvariables: {{h: string}}\n", ["LF045 3:26"]),
        (f"{HEAD}template: x\nexamples: {{rows: [{{a: 1}}], k: 2}}\n", ["LF044 4:31"]),
        (f"{HEAD}template: x\ntools: [{{file: none.json}}]\n", ["LF030 4:16"]),
        (f"{HEAD}template: x\ntools: [{{file: ../x.json}}]\n", ["LF031 4:16"]),
        (f"{HEAD}template: x\noutput: {{format: json_schema}}\n", ["LF022 4:9"]),
        (f"{HEAD}template: x\nconstants: {{a: 1.10}}\n", ["LF021 4:16"]),
        (f"{HEAD}template: x\nrequired: yes\ntags: x\n", ["LF020 4:1", "LF021 5:7"]),
        ("prompt:\n  id: p\n  modle: m\n  template: x\nevals: [a]\n", ["LF022 2:3", "LF020 3:3", "LF020 5:1"]),
        (f"{HEAD}template: x\nid: q\n", ["LF009 4:1"]),
        ("- 1\n", ["LF021 1:1"]),
        ("", ["LF011 1:1"]),
    ],
)
def test_a_bad_prompt_has_every_problem_at_its_place(tmp_path, text, expected):
    prompt, _, problems = read(tmp_path, text)
    assert prompt is None
    assert found(problems) == expected


def test_problems_below_a_wrapper_stand_where_they_are_in_the_file(tmp_path):
    prompt, document, problems = read(tmp_path, "prompt:\n  id: p\n  model: m\n  template: x\n  version: later\n")
    assert prompt is None
    assert found(problems) == ["LF023 5:12"]
    assert problems[0].excerpt == "  version: later"
    assert document.value["id"] == "p"


def test_a_number_as_version_is_not_guessed_at_but_left_to_lint(tmp_path):
    prompt, document, problems = read(tmp_path, f"{HEAD}template: x\nversion: 1.10\n")
    assert problems == []
    assert prompt.version == ""
    assert document.value["version"] == 1.1


@pytest.mark.parametrize(
    ("name", "said", "code", "place"),
    [
        ("tools/t.json", '{"a": 1,\n "a": 2}', "LF032", "prompts/tools/t.json:2:2"),
        ("tools/t.json", "[1]", "LF021", "prompts/p.yaml:4:9"),
        ("tools/t.json", "", "LF032", "prompts/tools/t.json:1:1"),
    ],
)
def test_a_bad_file_behind_a_prompt_has_its_own_place(tmp_path, name, said, code, place):
    tree = write(
        tmp_path, {f"prompts/{name}": said, "prompts/p.yaml": f"{HEAD}template: x\ntools: [{{file: {name}}}]\n"}
    )
    prompt, _, (problem,) = prompts.read(tree, "prompts/p.yaml", "prompts")
    assert prompt is None
    assert (problem.code, str(problem.source)) == (code, place)


def test_a_link_behind_a_prompt_is_not_followed(tmp_path):
    (tmp_path / "secret.json").write_text("{}")
    text = f"{HEAD}template: x\noutput: {{schema: {{file: s.json}}}}\n"
    tree = write(tmp_path / "root", {"prompts/p.yaml": text})
    (tmp_path / "root/prompts/s.json").symlink_to(tmp_path / "secret.json")
    _, _, (problem,) = prompts.read(tree, "prompts/p.yaml", "prompts")
    assert problem.code == "LF031"


def test_a_prompt_without_an_id_is_named_by_its_path(tmp_path):
    prompt, _, problems = read(tmp_path, "model: m\ntemplate: x\n", "prompts/a/b.prompt.yml")
    assert problems == []
    assert prompt.id == "a/b"


def test_a_file_outside_the_prompts_folder_reads_its_files_beside_it(tmp_path):
    text = f"{HEAD}template: x\nexamples: {{file: e.json}}\n"
    tree = write(tmp_path, {"other/p.yaml": text, "other/e.json": '[{"a": 1}]'})
    prompt, _, problems = prompts.read(tree, "other/p.yaml", "prompts")
    assert problems == []
    assert prompt.examples == Examples(({"a": 1},), 1)
    assert prompt.files == ("other/e.json",)


def test_a_missing_file_and_a_link_are_problems(tmp_path):
    tree = write(tmp_path, {"prompts/p.yaml": HEAD})
    (tmp_path / "prompts/link.yaml").symlink_to("p.yaml")
    for name, code in (("none", "LF030"), ("link", "LF031")):
        prompt, document, (problem,) = prompts.read(tree, f"prompts/{name}.yaml", "prompts")
        assert (prompt, document, problem.code) == (None, None, code)


def test_prompt_files_are_found_by_their_suffix_and_hidden_ones_are_not(tmp_path):
    names = ["a.yaml", "b/c.yml", "b/d.prompt.yaml", ".releases/e/1.0.0.yaml", "b/.f.yaml", "g.json", "h.j2"]
    tree = write(tmp_path, {f"prompts/{name}": "" for name in names})
    assert prompts.discover(tree, "prompts") == ("prompts/a.yaml", "prompts/b/c.yml", "prompts/b/d.prompt.yaml")
    assert prompts.discover(write(tmp_path / ".hidden", {"p.yaml": ""}), ".") == ("p.yaml",)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("extract-invoice-v3.2", ("extract-invoice", "3.2.0")),
        ("extract_v3", ("extract", "3.0.0")),
        ("a/b/v1.2.3", ("a/b", "1.2.3")),
        ("a@v2", ("a", "2.0.0")),
        ("a.v2.1", ("a", "2.1.0")),
        ("extractv3", ("extract", "3.0.0")),
        ("extract", ("extract", "")),
        ("v3", ("v3", "")),
        ("a-v1.2.3.4", ("a-v1.2.3.4", "")),
        ("a-3.2", ("a-3.2", "")),
        ("a-v" + "9" * 40, ("a-v" + "9" * 40, "")),
    ],
)
def test_a_version_is_split_off_an_id(name, expected):
    assert split_version(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", "1.0.0"), ("1.10", "1.10.0"), ("1.2.3", "1.2.3"), ("1.2.3-rc.1", "1.2.3-rc.1"), ("1.02", ""), ("x", "")],
)
def test_a_version_has_three_parts(text, expected):
    assert normal_version(text) == expected


KEYS = st.sampled_from(["id", "model", "template", "messages", "variables", "constants", "examples", "tools", "output"])
KEYS |= st.sampled_from(["version", "params", "prompt", "x-a", "literals", "temperature", "stop", "evals"])
BITS = st.sampled_from([None, True, 1, 0.5, "p", "", [], {}, ["a"], {"a": "string"}, {"a": {"type": "string"}}])
BITS |= st.sampled_from([[{"role": "user", "content": "x"}], [{"placeholder": "a"}], {"file": "x"}, [{"file": "x"}]])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(KEYS, BITS, max_size=8))
def test_any_mapping_is_a_prompt_or_problems(tmp_path_factory, value):
    prompt, _, problems = read(tmp_path_factory.getbasetemp() / "any", json.dumps(value))
    assert (prompt is None) == bool(problems)
    assert all(problem.source.line for problem in problems)
