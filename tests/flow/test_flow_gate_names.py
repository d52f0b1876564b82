"""`validate` on what a gate rests on: the names in `slices` and `quarantine`, and the stored baselines."""

import json

import pytest
from gitrepo import Repo

from llmops_cli.flow.project import open_project
from llmops_cli.flow.validate import validate

PROMPT = "id: p\nmodel: echo/m\nvariables: {d: string}\ntemplate: '{{ d }}'\nevals: [e]\n"
SET = "id: e\nscorers: [{type: exact}]\n"
CASES = "".join(
    json.dumps({"id": f"c{i}", "inputs": {"d": f"x{i}"}, "expected": f"x{i}", "tags": ["hard"]}) + "\n" for i in "123"
)
ASIDE = 'quarantine: [{{case: {case}, owner: ann, reason: it wavers, expires: "{day}"}}]'


@pytest.fixture
def at(tmp_path, monkeypatch):
    monkeypatch.setenv("LLMOPS_TODAY", "2026-06-01")
    repo = Repo.create(tmp_path / "r")

    def write(gate: str = "", settings: str = "", cases: str = CASES, **files: str):
        own = f"{SET}gate: {{{gate}}}\n" if gate else SET
        wide = f"schema: llmops/config@1\ngate: {{{settings}}}\n" if settings else "schema: llmops/config@1\n"
        told = {"prompts/p.yaml": PROMPT, "evalsets/e.yaml": own, "evalsets/e.jsonl": cases, "llmops.yaml": wide}
        for path, text in {**told, **files}.items():
            repo.write(path, text)
        return repo

    return write


def found(repo, *paths):
    problems = validate(open_project(repo.root), paths).problems
    return [(one.code, one.severity, f"{one.source}: {one.message}", one.hint) for one in problems]


@pytest.mark.parametrize("paths", [(), ("evalsets/e.yaml",), ("evalsets/e.jsonl",)])
def test_a_slice_that_no_case_belongs_to_is_an_error_with_its_place_and_the_tag_that_was_meant(at, paths):
    assert found(at("slices: [hard, hart]"), *paths) == [
        ("LE025", "error", "evalsets/e.yaml:3:23: no case of eval set e has the tag hart, so the slice is judged by nobody", "did you mean hard?")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "day", "code", "severity"),
    [
        ("c1", "2026-06-01", "", ""),
        ("c1", "2026-05-31", "LE027", "warning"),
        ("c9", "2026-12-31", "LE026", "error"),
        ("c9", "2026-05-31", "LE026", "error"),
    ],
)
@pytest.mark.parametrize("place", ["gate", "settings"])
def test_a_quarantine_of_a_case_that_is_not_there_or_that_is_over_is_said(at, place, case, day, code, severity):
    problems = found(at(**{place: ASIDE.format(case=case, day=day)}))
    assert [one[:2] for one in problems] == ([(code, severity)] if code else [])


def test_what_llmops_yaml_names_may_stand_in_any_eval_set(at):
    more = {
        "evalsets/f.yaml": "id: f\nscorers: [{type: exact}]\nprompts: [p]\n",
        "evalsets/f.jsonl": '{"id": "f1", "inputs": {"d": "x"}, "expected": "x", "tags": ["rare"]}\n',
    }
    assert found(at(settings=f"slices: [hard, rare], {ASIDE.format(case='f1', day='2026-06-30')}", **more)) == []
    (one,) = found(at(settings="slices: [hard, rear]", **more))
    assert one[:2] == ("LE025", "error")
    assert "no case of any eval set has the tag rear" in one[2]


def test_cases_that_cannot_be_read_make_no_name_unknown(at):
    problems = found(at("slices: [gone]", settings="slices: [lost]", cases='{"id": "c1"\n'))
    assert {one[0] for one in problems} == {"LE001"}


def test_a_baseline_that_somebody_edited_is_found(at, llmops):
    repo = at()
    llmops(repo.root, "eval", "run", "p")
    llmops(repo.root, "baseline", "accept", "p", "--reason", "first")
    assert found(repo) == []
    (path,) = (repo.root / "evalsets/.baselines").rglob("*.jsonl")
    path.write_text(path.read_text().replace("true", "false", 1))
    assert [one[0] for one in found(repo)] == ["LB002"]
    assert found(repo, "prompts/p.yaml", "evalsets/e.yaml") == []
    assert [one[0] for one in found(repo, str(path.relative_to(repo.root)))] == ["LB002"]


def two_sets(slices, own=""):
    """Two prompts with a set each; only the cases of one have tags."""
    text = 'id: {name}\nmodel: echo/m\nvariables: {{name: string}}\ntemplate: "Hello {{{{ name }}}}"\nevals: [{name}]\n'
    files = {"llmops.yaml": f"gate: {{slices: [{slices}]}}\n"}
    for name, tags in (("tagged", '["german"]'), ("plain", "[]")):
        rows = (
            f'{{"id": "c{at:02}", "inputs": {{"name": "n{at:02}"}}, "expected": "n{at:02}", "tags": {tags}}}'
            for at in range(30)
        )
        files[f"prompts/{name}.yaml"] = text.format(name=name)
        files[f"evalsets/{name}.jsonl"] = "\n".join(rows) + "\n"
        files[f"evalsets/{name}.yaml"] = (
            f"id: {name}\ndata: {name}.jsonl\nscorers: [{{type: contains, primary: true}}]\n"
        )
    files["evalsets/plain.yaml"] += own
    return files


def told(repo, llmops, files):
    """All that a gate of a changed `plain` says of slices."""
    repo.commit(files, "two sets")
    repo.write("prompts/plain.yaml", files["prompts/plain.yaml"].replace("Hello", "Hi"))
    found = llmops(repo.root, "gate", "--format", "json", code=None).json()
    every = [*found["notes"], *(why for one in (*found["prompts"], *found["families"]) for why in one["reasons"])]
    return [said for said in every if "slice" in said]


def test_a_slice_of_another_set_is_no_news_for_a_set_without_that_tag(project, llmops):
    assert told(project, llmops, two_sets("german")) == []


def test_a_slice_that_no_set_has_is_said_by_the_gate_too(project, llmops):
    assert told(project, llmops, two_sets("germn")) == [
        "slice germn: no case of any eval set has that tag, so nobody judges it"
    ]


def test_a_set_s_own_slice_must_be_its_own(project, llmops):
    said = told(project, llmops, two_sets("", "gate: {slices: [german]}\n"))
    assert said == ["slice german: no case of eval set plain has that tag, so nobody judges it"]
