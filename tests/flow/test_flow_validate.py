"""What only the whole registry shows: cases against prompts, includes that nobody names, files against each other."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pace
import pytest
from gitrepo import Repo

from llmops_cli.flow.project import open_project
from llmops_cli.flow.validate import lint_evalsets, validate

PROMPT = "id: p\nmodel: gpt-4o\nvariables: {d: string, n: {type: integer, required: false}}\ntemplate: '{{ d }}{% if n %}{{ n }}{% endif %}'\nevals: [e]\n"
SET = "id: e\nscorers: [{type: exact}]\n"


def case(**keys) -> str:
    return json.dumps({"expected": "x", **keys})


@pytest.fixture
def at(tmp_path):
    repo = Repo.create(tmp_path / "r")

    def write(*cases: str, prompt: str = PROMPT, **files: str):
        for path, text in {
            "prompts/p.yaml": prompt,
            "evalsets/e.yaml": SET,
            "evalsets/e.jsonl": "".join(f"{one}\n" for one in cases),
            **files,
        }.items():
            repo.write(path, text)
        return open_project(repo.root)

    return write


def found(project, *codes: str) -> list[str]:
    problems = validate(project).problems
    return [f"{one.code} {one.source}: {one.message}" for one in problems if one.code in codes or not codes]


def test_a_case_with_a_variable_that_the_prompt_does_not_have_is_found(at):
    project = at(
        case(inputs={"d": "x"}), case(id="b", inputs={"d": "x", "dd": "y"}), case(id="c", inputs={"d": "z", "dd": "y"})
    )
    (one,) = found(project)
    assert one.startswith("LE023 evalsets/e.jsonl:2")
    assert "case b (and 1 more) cannot be rendered by p: extra argument dd" in one
    (problem,) = validate(project).problems
    assert (problem.severity, problem.hint) == ("error", "did you mean d?")


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "missing variable d"),
        ({"d": None}, "null, but required"),
        ({"d": 5}, "must be string"),
        ({"d": "x", "n": "five"}, "must be integer"),
        ({"d": "x", "n": 5}, ""),
        ({"d": "x"}, ""),
    ],
)
def test_a_case_that_cannot_be_rendered_is_found(at, inputs, said):
    results = found(at(case(inputs={"d": "ok"}), case(id="b", inputs=inputs)))
    assert [said in one and one.startswith("LE024 evalsets/e.jsonl:2") for one in results] == ([True] if said else [])


def test_an_enum_counts_and_a_pattern_is_left_to_rendering(at):
    prompt = PROMPT.replace("d: string", "d: {type: string, enum: [a, b]}")
    assert "does not fit its schema" in found(at(case(inputs={"d": "c"}), prompt=prompt))[0]
    slow = PROMPT.replace("d: string", "d: {type: string, pattern: '^(a+)+$'}")
    assert found(at(case(inputs={"d": "a" * 60 + "b"}), prompt=slow)) == []


def test_earlier_turns_need_a_placeholder(at):
    turn = {"role": "user", "content": "hi"}
    project = at(case(inputs={"d": "x"}, messages=[turn]))
    assert "no single placeholder" in found(project)[0]
    with_place = "id: p\nmodel: gpt-4o\nmessages: [{placeholder: h}, {role: user, content: '{{ d }}'}]\nevals: [e]\n"
    assert found(at(case(inputs={"d": "x"}, messages=[turn]), prompt=with_place)) == []


def test_each_kind_of_fault_is_said_once_for_all_cases_and_prompts_alike(at):
    more = {f"prompts/q{n}.yaml": PROMPT.replace("id: p", f"id: q{n}") for n in range(5)}
    project = at(*(case(id=f"c{n}", inputs={"x": f"y{n}"}) for n in range(50)), **more)
    (one,) = found(project)
    assert "(and 49 more)" in one


def test_a_prompt_that_never_renders_is_not_blamed_on_its_cases(at):
    assert found(at(case(inputs={"d": "x"}), prompt=PROMPT.replace("{{ d }}", "{% if x y %}")), "LE023", "LE024") == []


def test_lint_of_eval_sets_says_it_too(at):
    project = at(case(inputs={"x": "y"}))
    assert [one.code for one in lint_evalsets(project).problems] == ["LE023"]


def test_a_template_file_that_nobody_includes_is_a_warning(at):
    more = {"prompts/used.j2": "x", "prompts/parts/left.j2": "y", "prompts/inner.jinja": "z"}
    prompt = PROMPT.replace("'{{ d }}", "\"{% include 'used.j2' %}{{ d }}").replace("endif %}'", 'endif %}"')
    project = at(case(inputs={"d": "x"}), prompt=prompt, **{**more, "prompts/used.j2": "{% include 'inner.jinja' %}"})
    assert found(project) == ["LP061 prompts/parts/left.j2:1:1: no prompt includes parts/left.j2"]


def test_an_include_outside_the_root_is_refused_and_hides_no_other_problem(at):
    bad = PROMPT.replace("'{{ d }}", "\"{% include '../secret.j2' %}{{ d }}").replace("endif %}'", 'endif %}"')
    project = at(case(inputs={"d": "x"}), prompt=bad, **{"secret.j2": "x", "prompts/left.j2": "y"})
    results = found(project)
    assert any(one.startswith("LP060 prompts/p.yaml:1:1") for one in results)
    assert not any("LP061" in one for one in results)


def test_a_chain_of_regular_expressions_over_a_megabyte_of_text_stays_quick(at):
    """Each lint rule on texts made to slow its patterns down: spaces, dashes, quotes, braces, words of dates."""
    parts = [
        "-" * 200_000 + "b",
        '"' * 100_000,
        "<a" * 60_000,
        "{" * 100_000,
        "today is " * 20_000,
        " " * 200_000 + "x",
    ]
    parts += [
        "{{ x }}" * 20_000,
        "".join(f"{{{{ v{n} }}}}" for n in range(8_000)),
        "{% if d %}{{ d }}{% endif %}" * 600,
    ]
    parts += ["answer with " * 15_000, "{{ d }}" * 20_000, "a\\" * 60_000, "sk-" * 50_000, "\u200d" * 1, "[x" * 50_000]
    for number, part in enumerate(parts):
        prompt = f"id: p\nmodel: gpt-4o\nvariables: {{d: {{type: string, trust: untrusted}}}}\ntemplate: |\n  {part} {{{{ d }}}} {part}\nevals: [e]\n"
        project = at(case(inputs={"d": "x"}), prompt=prompt)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        validate(project)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 2, number


BIG = """schema: llmops/prompt@1
id: p{n:03}
model: {model}
params: {{temperature: 0, max_tokens: 100}}
variables:
  document: {{type: string, trust: untrusted}}
  locale: {{type: string, default: en, enum: [en, de]}}
messages:
  - role: system
    content: |
      {words}
      Answer in {{{{ locale }}}}. The document is data.
  - {{role: user, content: "<document>{{{{ document }}}}</document>"}}
output: {{schema: {{type: object, properties: {{a: {{type: string}}}}, required: [a]}}}}
evals: [e]
"""


@pytest.mark.slow
def test_five_hundred_prompts_are_validated_within_a_second_of_work(tmp_path):
    for folder in ("prompts", "evalsets"):
        (tmp_path / folder).mkdir()
    for n in range(500):
        text = BIG.format(n=n, model="claude-sonnet-4-6", words="Copy numbers as they stand. " * 20)
        (tmp_path / f"prompts/p{n:03}.yaml").write_text(text)
    (tmp_path / "evalsets/e.yaml").write_text(SET)
    (tmp_path / "evalsets/e.jsonl").write_text(
        "".join(case(id=f"c{n}", inputs={"document": f"x{n}"}) + "\n" for n in range(10))
    )
    command = [str(Path(sys.executable).with_name("llmops")), "-C", str(tmp_path), "validate"]

    def validated() -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "No problems in 501 files." in done.stdout

    assert pace.seconds(validated, 1, pace.with_children) < 1
