"""Label files: each flaw has its place, and the reader and the published schema say the same."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmops_cli.load import opinions
from llmops_cli.load.schema import schema_text
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.problem import InvalidFilesError

PATH = "evalsets/.labels/e.jsonl"
SHA = "5f" * 32
GOOD = {"case": "c1", "answer_sha256": SHA, "scorer": "tone", "label": True, "by": "ada"}


def check(root, *lines):
    path = root / PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text(text, encoding="utf-8")
    return opinions.check(WorkTree(root), PATH)


def test_people_and_judges_stand_in_one_file(tmp_path):
    judge = {**GOOD, "label": 0.25, "judge": "3f2a9c01b2d4"}
    del judge["by"]
    found, problems = check(tmp_path, {**GOOD, "note": "curt", "schema": "llmops/labels@1"}, "", judge)
    assert problems == []
    person, scored = found
    assert (person.value, person.kind, person.by, person.note) == (1.0, "binary", "ada", "curt")
    assert (scored.value, scored.kind, scored.judge, scored.by) == (0.25, "graded", "3f2a9c01b2d4", "")
    assert str(scored.source) == f"{PATH}:3:1"


def test_a_pair_has_sides(tmp_path):
    found, _ = check(tmp_path, *({**GOOD, "case": side, "label": side} for side in ("A", "tie", "B")))
    assert [(each.value, each.kind) for each in found] == [(1.0, "pairwise"), (0.5, "pairwise"), (0.0, "pairwise")]


def test_a_file_that_is_not_there_has_no_opinion(tmp_path):
    assert opinions.check(WorkTree(tmp_path), PATH) == ((), [])
    assert opinions.stored(WorkTree(tmp_path), "evalsets") == {}


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        ({"label": "yes"}, "label", "label must be true, false"),
        ({"label": 2}, "label", "label must be"),
        ({"label": -0.1}, "label", "label must be"),
        ({"label": None}, "label", "label must be"),
        ({"case": ""}, "case", "case must be"),
        ({"case": 7}, "case", "case must be"),
        ({"answer_sha256": "5f"}, "answer_sha256", "64 hex digits"),
        ({"by": ""}, "by", "by must be"),
        ({"judge": "3f2a"}, "judge", "either `by` or `judge`"),
        ({"labl": True}, "labl", "unknown key labl"),
        ({"schema": "llmops/labels@2"}, "schema", "schema must be llmops/labels@1"),
    ],
)
def test_each_flaw_is_found_at_its_place(tmp_path, change, key, says):
    _, (problem,) = check(tmp_path, {**GOOD, **change})
    assert problem.code == "LE050"
    assert says in problem.message
    before = json.dumps({**GOOD, **change}).partition(f'"{key}": ')
    assert (problem.source.line, problem.source.column) == (1, len(before[0] + before[1]) + 1)


@pytest.mark.parametrize("key", ["case", "answer_sha256", "scorer", "label", "by"])
def test_what_is_missing_is_named(tmp_path, key):
    _, problems = check(tmp_path, {name: value for name, value in GOOD.items() if name != key})
    assert [key in problem.message for problem in problems] == [True]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"case": "c1", "label": NaN}', "LE003"),
        ('{"case": "c1", "case": "c2"}', "LE002"),
        ("[1]", "LE009"),
        ("<<<<<<< HEAD", "LE001"),
    ],
)
def test_what_is_no_json_object_is_found_as_in_eval_sets(tmp_path, line, code):
    assert [problem.code for problem in check(tmp_path, GOOD, line)[1]] == [code]


def test_two_labels_by_one_person_are_an_error_and_by_two_are_not(tmp_path):
    assert check(tmp_path, GOOD, {**GOOD, "by": "bo"}, {**GOOD, "scorer": "other"})[1] == []
    _, (problem,) = check(tmp_path, GOOD, {**GOOD, "label": False})
    assert problem.code == "LE051"
    assert problem.source.line == 2
    assert "by ada" in problem.message
    assert "line 1" in problem.message


def test_pairs_and_single_answers_do_not_mix_in_one_scorer(tmp_path):
    _, (problem,) = check(tmp_path, GOOD, {**GOOD, "case": "c2", "label": "A"})
    assert "labels of pairs and of single answers" in problem.message


def test_reading_raises_with_every_bad_line(tmp_path):
    check(tmp_path, {**GOOD, "label": 7}, GOOD, "{")
    with pytest.raises(InvalidFilesError) as caught:
        opinions.read(WorkTree(tmp_path), PATH)
    assert [problem.source.line for problem in caught.value.problems] == [1, 3]


def test_a_symbolic_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").write_text(json.dumps(GOOD))
    (tmp_path / "evalsets/.labels").mkdir(parents=True)
    (tmp_path / PATH).symlink_to(tmp_path / "elsewhere")
    assert "is not read" in opinions.check(WorkTree(tmp_path), PATH)[1][0].message


VALUES = st.sampled_from(
    [None, True, False, 0, 1, 0.5, 1.5, -1, "", "A", "B", "tie", "a", SHA, "5f", [], {}, "c\n", "x" * 201]
)


@example({"case": "c\n"}, True)  # `$` of a pattern lets a last line break pass in Python
@given(
    st.dictionaries(st.sampled_from([*GOOD, "judge", "note", "schema", "x-own", "labels"]), VALUES, max_size=8),
    st.booleans(),
)
def test_the_reader_and_the_published_schema_agree(value, complete):
    from jsonschema import Draft202012Validator

    from llmops_cli.load.jsonl import Line

    whole = {**GOOD, **value} if complete else value
    schema = Draft202012Validator(json.loads(schema_text("labels")))
    line = Line(1, json.dumps(whole), whole)
    assert schema.is_valid(whole) is not any(opinions._problems(line, PATH))
