"""Cases that ask the same: named by `validate` and `evalset lint`, whatever their ids say."""

import json
import tracemalloc
from pathlib import Path

import pytest

from llmops_cli.flow.project import open_project
from llmops_cli.flow.repeated import Repeated
from llmops_cli.flow.validate import lint_evalsets, validate
from llmops_cli.load.seen import Firsts
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.source import NOWHERE, Source

PROMPT = """schema: llmops/prompt@1
id: p
model: echo
variables: {t: {type: string}, h: {type: messages, required: false}}
messages:
- {role: system, content: Answer with one word.}
- {placeholder: h}
- {role: user, content: "<t>{{ t }}</t>"}
evals: [e]
"""


@pytest.fixture
def said(tmp_path: Path):
    def run(*cases: dict[str, object]) -> list[str]:
        files = {
            "llmops.yaml": "schema: llmops/config@1\n",
            "prompts/p.yaml": PROMPT,
            "evalsets/e.yaml": "schema: llmops/evalset@1\nid: e\nscorers: [exact]\n",
            "evalsets/e.jsonl": "".join(json.dumps(case) + "\n" for case in cases),
        }
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
        project = open_project(tmp_path)
        linted, validated = lint_evalsets(project).problems, validate(project).problems
        mine = [one for one in linted if one.code == "LE013"]
        assert [one for one in validated if one.code == "LE013"] == mine
        return [f"{one.severity} {one.source} {one.message} | {one.hint}" for one in mine]

    return run


def case(name: str, text: str = "x", **more: object) -> dict[str, object]:
    return {"id": name, "inputs": {"t": text}, "expected": "yes", **more}


def test_a_case_that_repeats_the_inputs_of_another_is_named_with_the_first(said):
    (one,) = said(case("a"), case("b", "y"), case("c"))
    assert one == (
        "warning evalsets/e.jsonl:3:1 case c repeats the inputs of a (evalsets/e.jsonl:1): one answer serves them all"
        " | drop one of them, or give them different inputs"
    )


def test_many_copies_of_one_case_are_one_warning(said):
    (one,) = said(*(case(f"c{number}") for number in range(30)))
    assert "case c1 (and 28 more) repeats the inputs of c0" in one


@pytest.mark.parametrize("other", [{"expected": "no"}, {"checks": ["length"]}, {"context": ["a document"]}])
def test_cases_that_judge_one_answer_in_two_ways_are_told_to_join(other, said):
    (one,) = said(case("a"), case("b", **other))
    assert "join them in one case" in one


@pytest.mark.parametrize(
    "other",
    [
        case("b", "y"),
        case("b", messages=[{"role": "user", "content": "before"}]),
        {"id": "b", "inputs": {"t": "x", "h": [{"role": "user", "content": "before"}]}},
    ],
)
def test_cases_that_ask_something_else_are_no_repeats(other, said):
    assert said(case("a"), other) == []


def test_tags_and_flags_ask_nothing(said):
    assert len(said(case("a"), case("b", tags=["hard"], critical=True, metadata={"n": 1}))) == 1


def test_numbers_that_are_written_otherwise_ask_the_same(said):
    inputs = [{"id": name, "inputs": {"t": "x", "n": number}} for name, number in (("a", 1), ("b", 1.0), ("c", 2))]
    assert len(said(*inputs)) == 1


def test_a_set_of_pairs_names_a_hundred_and_says_that_there_are_more(said):
    found = said(*(case(f"c{number}", str(number // 2)) for number in range(240)))
    assert len(found) == 100
    assert "more of the same follow" in found[-1]
    assert not any("more of the same" in one for one in found[:-1])


def test_a_large_set_is_watched_without_keeping_its_cases(tmp_path):
    watch = Repeated(WorkTree(tmp_path), EvalSet("e", (), (), NOWHERE))
    tracemalloc.start()
    for number in range(50_000):
        watch.look(Case(str(number), {"t": f"{number} " + "long " * 20}, source=Source("e.jsonl", number + 1)))
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not watch.groups
    assert used < 6_000_000


def test_a_text_is_found_where_it_stood_first_however_many_follow():
    firsts = Firsts()
    assert [firsts.add(f"text {number % 9_000}", number) for number in range(20_000)] == [
        number % 9_000 for number in range(20_000)
    ]
