import importlib
import pkgutil
import re
from dataclasses import replace
from pathlib import Path

import pytest
from subjects import elsewhere, marked, subject

import llmops_cli.check
from llmops_cli.model.prompt import NameUse, TemplateFacts
from llmops_cli.plugins import rules

SEED = Path(__file__).parent.parent / "load" / "seed" / "extract-invoice.yaml"
HEAD = "id: p\nmodel: gpt-4o\n"


def found(code: str, about) -> list:
    name = next(m.name for m in pkgutil.iter_modules(llmops_cli.check.__path__) if m.name.startswith(code.lower()))
    problems = list(importlib.import_module(f"llmops_cli.check.{name}").check(about))
    assert all(problem.code == code for problem in problems)
    return problems


def lines(problems) -> list[str]:
    return [f"{problem.source.line}:{problem.source.column} {marked(problem)}" for problem in problems]


def test_the_seed_file_gets_three_questions_and_warnings_but_no_other_error(tmp_path):
    about = subject(tmp_path, SEED.read_text(), path="prompts/extract-invoice.yaml", evalsets=())
    problems = [problem for rule in rules() for problem in rule(about)]
    assert [(p.code, p.severity, f"{p.source.line}:{p.source.column}", marked(p)) for p in problems] == [
        ("LP010", "error", "5:15", "{format}"),
        ("LP010", "error", "6:21", "{currency}"),
        ("LP010", "error", "7:13", "{date_format}"),
        ("LP020", "warning", "2:8", "extract-invoice-v3.2"),
        ("LP025", "note", "10:3", "temperature"),
        ("LP050", "warning", "2:8", "extract-invoice-v3.2"),
    ]


def test_every_rule_documents_what_it_finds_why_and_how():
    for module in pkgutil.iter_modules(llmops_cli.check.__path__):
        if re.fullmatch(r"lp\d{3}_.*", module.name):
            doc = importlib.import_module(f"llmops_cli.check.{module.name}").__doc__
            positions = [doc.index(part) for part in ("\n\nWhy:\n", "\n\nBad:\n", "\n\nGood:\n")]
            assert positions == sorted(positions)
            assert doc.splitlines()[0].endswith(".")


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("template: 'a {x} {{ y }}'\n", ["3:14 {x}"]),
        ("template: 'a {x} {{ y }} {x}'\n", ["3:14 {x}"]),
        ("template: 'a {x}'\n", []),
        ("template: 'a {x} {{ y }}'\nconstants: {x: '1'}\n", []),
        ("template: 'a {x} {{ y }}'\nliterals: [x]\n", []),
        ("template: 'a {x} {{ x }}'\nvariables: {x: string}\n", ["3:14 {x}"]),
        ("template: 'a {x}'\nvariables: {x: string}\n", ["3:14 {x}"]),
        (
            "messages:\n- role: system\n  content: |\n    ä\n    b {x}\n- {role: user, content: '{{ y }}'}\n",
            ["7:7 {x}"],
        ),
    ],
)
def test_a_bare_brace_beside_double_braces_must_be_declared(tmp_path, text, marks):
    assert lines(found("LP010", subject(tmp_path, HEAD + text))) == marks


def test_a_bare_brace_in_an_include_is_shown_in_the_include(tmp_path):
    about = subject(tmp_path, HEAD + "template: '{{ y }}'\n")
    prompt = replace(about.prompt, includes={"partials/a.j2": "first\nsay {x}\n"})
    facts = replace(about.facts, braces=(NameUse("x", 0, 10, "partials/a.j2"),))
    (problem,) = found("LP010", replace(about, prompt=prompt, facts=facts))
    assert str(problem.source) == "prompts/partials/a.j2:2:5"
    assert marked(problem) == "{x}"


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("template: '{{ a }}'\nvariables: {a: string, b: string}\n", ["4:24 b"]),
        ("template: '{{ a }}'\n", []),
        ("messages: [{placeholder: h}, {role: user, content: x}]\nvariables: {h: messages}\n", []),
    ],
)
def test_a_variable_without_a_use_is_found_at_its_key(tmp_path, text, marks):
    assert lines(found("LP011", subject(tmp_path, HEAD + text))) == marks


def test_no_variable_is_called_unused_while_a_template_does_not_parse(tmp_path):
    about = subject(tmp_path, HEAD + "template: '{{ a }'\nvariables: {a: string}\n")
    broken = TemplateFacts(errors=((NameUse("", 0, 0), "unexpected }"),))
    assert found("LP011", about)
    assert found("LP011", replace(about, facts=broken)) == []


@pytest.mark.parametrize(
    ("text", "marks", "hint"),
    [
        ("template: 'x {{ docment }}'\nvariables: {document: string}\n", ["3:17 docment"], "did you mean document?"),
        ("template: |\n  a\n  b {{ zzz }}\nvariables: {}\n", ["5:8 zzz"], "declare it"),
        ("template: 'x {{ c }}'\nvariables: {}\nconstants: {c: '1'}\n", ["3:17 c"], "write {c}"),
        ("template: 'x {{ docment }}'\n", [], ""),
        ("template: 'x {{ a }}'\nvariables: {a: string}\n", [], ""),
    ],
)
def test_a_use_of_an_undeclared_variable_is_an_error_with_a_guess(tmp_path, text, marks, hint):
    problems = found("LP012", subject(tmp_path, HEAD + text))
    assert lines(problems) == marks
    assert all(hint in problem.hint for problem in problems)


def test_a_text_that_is_folded_is_marked_as_a_whole_without_a_false_width(tmp_path):
    (problem,) = found("LP012", subject(tmp_path, HEAD + "template: >\n  a\n  {{ b }}\nvariables: {}\n"))
    assert (problem.source.line, problem.source.column, problem.width) == (3, 11, 1)


@pytest.mark.parametrize(
    ("version", "marks"),
    [("1.10", ["3:10 1.10"]), ("2", ["3:10 2"]), ("'1.10'", []), ("1.10.0", [])],
)
def test_a_version_that_yaml_reads_as_a_number_must_be_quoted(tmp_path, version, marks):
    problems = found("LP021", subject(tmp_path, f"{HEAD}version: {version}\ntemplate: x\n"))
    assert lines(problems) == marks
    assert all(f'quote it: version: "{version}"' == problem.hint for problem in problems)


def test_an_id_or_alias_of_two_files_is_an_error_in_each_that_names_the_other(tmp_path):
    about = subject(tmp_path, HEAD + "aliases: [old]\ntemplate: x\n")
    assert found("LP022", about) == []
    (same,) = found("LP022", replace(about, ids={"p": elsewhere("prompts/q.yaml")}))
    assert "prompts/q.yaml" in same.message
    assert lines([same]) == ["1:5 p"]
    (alias,) = found("LP022", replace(about, ids={"old": elsewhere("prompts/q.yaml")}))
    assert lines([alias]) == ["3:11 old"]


@pytest.mark.parametrize(
    ("said", "path", "folder", "ok"),
    [
        ("p", "prompts/p.yaml", "prompts", True),
        ("a/p", "prompts/a/p.prompt.yaml", "prompts", True),
        ("p", "prompts/a/p.yaml", "prompts", False),
        ("q", "prompts/p.yaml", "prompts", False),
        ("p-v1.2", "prompts/p.yaml", "prompts", True),
        ("p-v1.2", "prompts/p-v1.2.yml", "prompts", True),
        ("p", "prompts/a/p.yaml", "", True),
        ("q", "prompts/a/p.yaml", "", False),
        ("p", "other/p.yaml", "prompts", True),
    ],
)
def test_an_id_should_be_the_path_below_the_prompts_folder(tmp_path, said, path, folder, ok):
    problems = found("LP023", subject(tmp_path, f"id: {said}\nmodel: m\ntemplate: x\n", path=path, folder=folder))
    assert bool(problems) != ok
    assert lines(problems) == ([] if ok else [f"1:5 {said}"])


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("claude-sonnet-4-6", None),
        ("anthropic/claude-sonnet-4-6", None),
        ("fast", None),
        ("echo/upper", None),
        ("command/judge", None),
        ("local/anything", None),
        ("ollama/my-own", None),
        ("claude-sonet-4-6", "did you mean claude-sonnet-4-6?"),
        ("openai/nothing-like-it", "models:"),
        ("elsewhere/x", "models:"),
    ],
)
def test_a_model_that_nobody_knows_is_a_warning(tmp_path, model, hint):
    problems = found("LP030", subject(tmp_path, f"id: p\nmodel: {model}\ntemplate: x\n"))
    assert len(problems) == (hint is not None)
    assert all(hint in problem.hint and marked(problem) == model for problem in problems)


@pytest.mark.parametrize(
    ("today", "severity"),
    [
        ("2025-12-30", None),
        ("2025-12-31", "warning"),
        ("2026-02-28", "warning"),
        ("2026-03-01", "error"),
        ("2027-01-01", "error"),
        ("", None),
    ],
)
def test_a_model_is_a_warning_sixty_days_before_its_last_day_and_then_an_error(tmp_path, today, severity):
    about = subject(tmp_path, "id: p\nmodel: old-model\ntemplate: x\n", today=today)
    assert [problem.severity for problem in found("LP031", about)] == ([severity] if severity else [])


def test_a_logical_name_retires_with_the_model_behind_it(tmp_path):
    about = subject(tmp_path, "id: p\nmodel: fast\ntemplate: x\n", models={"fast": "old-model"}, today="2026-04-01")
    assert len(found("LP031", about)) == 1


def test_a_prompt_without_an_eval_set_is_a_warning(tmp_path):
    about = subject(tmp_path, HEAD + "template: x\n")
    assert found("LP050", about) == []
    assert lines(found("LP050", replace(about, evalsets=()))) == ["1:5 p"]
