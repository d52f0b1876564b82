"""`review import`: every label at its place or none, and nothing guessed."""

import json

import pytest
from labelling import judged_by, labels, table

from llmops_cli.model.completion import Completion

PATH = "evalsets/.labels/greet.jsonl"


@pytest.fixture
def ran(project, llmops):
    with judged_by(project, lambda _: "PASS", cases=12) as server:
        llmops(project.root, "eval", "run", "greet")
        project.server = server
        yield project


def take(llmops, repo, text, *argv, code=0, name="labels.csv"):
    file = repo.root.parent / name
    file.write_text(text, encoding="utf-8")
    return llmops(repo.root, "review", "import", file, "--evalset", "greet", *argv, code=code)


def lines(repo):
    path = repo.root / PATH
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_labels_of_a_runs_answers_are_written_and_a_second_import_changes_nothing(ran, llmops):
    text = labels(lambda i: "yes" if i % 3 else "no", 12)
    assert "wrote evalsets/.labels/greet.jsonl: 12 labels" in take(llmops, ran, text, "--by", "ada").out
    first = (ran.root / PATH).read_bytes()
    assert lines(ran)[0] == {
        "case": "c00",
        "answer_sha256": Completion("Hello n00").sha256,
        "scorer": "tone",
        "label": False,
        "by": "ada",
    }
    assert "0 labels, 12 there already" in take(llmops, ran, text, "--by", "ada").out
    assert (ran.root / PATH).read_bytes() == first
    llmops(ran.root, "validate")


def test_two_people_stand_side_by_side_and_order_of_rows_does_not_matter(ran, llmops):
    rows = [(f"c{i:02}", who, i % 2) for i in range(12) for who in ("ada", "bo")]
    take(llmops, ran, table(rows, ("id", "rater", "label")))
    first = (ran.root / PATH).read_bytes()
    (ran.root / PATH).unlink()
    take(llmops, ran, table(rows[::-1], ("id", "rater", "label")))
    assert (ran.root / PATH).read_bytes() == first
    assert len(lines(ran)) == 24


def test_an_answer_in_the_table_needs_no_run(project, llmops):
    with judged_by(project, lambda _: "PASS", cases=12):
        row = json.dumps({"id": "c01", "answer": "Hi n01", "label": 0.7, "by": "ada", "note": "curt"})
        take(llmops, project, row, name="labels.jsonl")
        (line,) = lines(project)
        assert (line["label"], line["note"]) == (0.7, "curt")
        assert line["answer_sha256"] == Completion("Hi n01").sha256
        done = take(llmops, project, labels(lambda _: 1, 2), "--by", "bo", code=2)
        assert "no run of greet has the labelled answers" in done.err


def test_words_of_ones_own_are_named_and_rows_without_a_label_left_out(ran, llmops):
    text = table([("c01", "refused"), ("c02", "fine"), ("c03", "unsure"), ("c04", "")], ("case", "label"))
    argv = ("--by", "ada", "--value", "Refused=false", "--value", "fine=true", "--value", "unsure=skip")
    assert "2 labels, 2 rows without a label" in take(llmops, ran, text, *argv).out
    assert [line["label"] for line in lines(ran)] == [False, True]


def test_a_judges_scores_come_in_beside_the_labels(ran, llmops):
    text = table([("c01", "1", "0"), ("c02", "", "1")], ("case", "label", "gpt"))
    take(llmops, ran, text, "--by", "ada", "--map", "judge=gpt", "--judge", "gpt-4")
    assert [(line["case"], line.get("judge"), line["label"]) for line in lines(ran)] == [
        ("c01", None, True),
        ("c01", "gpt-4", False),
        ("c02", "gpt-4", True),
    ]


@pytest.mark.parametrize(
    ("rows", "argv", "says"),
    [
        ([("c01", "1"), ("c99", "1")], (), "labels.csv:3: no case 'c99' in greet"),
        ([("c01", "1"), ("c01", "1")], (), "labels.csv:3: a second label by ada of case c01"),
        ([("c01", "maybe")], (), "labels.csv:2: 'maybe' is no label"),
        ([("c01", "nan")], (), "'nan' is no label"),
        ([("c01", "inf")], (), "'inf' is no label"),
        ([("c01", "1.5")], (), "'1.5' is no label"),
        ([("c01", "-0.1")], (), "'-0.1' is no label"),
        ([("c01", "1"), ("c02", "A")], (), "labels of pairs and of single answers"),
        ([("c01", "1")], ("--map", "label=rating"), "no 'rating' in this row"),
        ([("c01", "1")], ("--map", "lable=label"), "a label has no 'lable'"),
        ([("c01", "1")], ("--value", "x=perhaps"), "'perhaps' is no label"),
        ([("c01", "1")], ("--value", "x"), "--value 'x'"),
        ([("c01", "1")], ("--where", "case=c07"), "no row to import"),
        ([("c01", "1")], ("--scorer", "nobody"), "has no scorer 'nobody'"),
        ([("c01", "1")], ("--run", "NOPE"), "no run 'NOPE'"),
        ([], (), "no row to import"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(ran, llmops, rows, argv, says):
    done = take(llmops, ran, table(rows, ("case", "label")), "--by", "ada", *argv, code=2)
    assert says in done.err
    assert lines(ran) == []


def test_whose_label_it_is_must_be_said(ran, llmops):
    assert "whose label is this?" in take(llmops, ran, labels(lambda _: 1, 3), code=2).err
    scored = ("--by", "ada", "--map", "judge=label")
    assert "which judge gave these scores?" in take(llmops, ran, labels(lambda _: 1, 3), *scored, code=2).err


def test_another_label_by_the_same_person_needs_replace(ran, llmops):
    take(llmops, ran, labels(lambda _: 1, 3), "--by", "ada")
    done = take(llmops, ran, labels(lambda _: 0, 3), "--by", "ada", code=2)
    assert "ada labelled this answer to case c00 otherwise before (evalsets/.labels/greet.jsonl:1:1)" in done.err
    assert "0 labels, 3 replaced" in take(llmops, ran, labels(lambda _: 0, 3), "--by", "ada", "--replace").out


def test_a_broken_label_file_is_not_written_over(ran, llmops):
    ran.write(PATH, "{broken\n")
    take(llmops, ran, labels(lambda _: 1, 3), "--by", "ada", code=1)
    assert (ran.root / PATH).read_text() == "{broken\n"


def test_keys_of_ones_own_survive(ran, llmops):
    take(llmops, ran, labels(lambda _: 1, 2), "--by", "ada")
    own = lines(ran)[0] | {"x-ticket": 7}
    ran.write(PATH, json.dumps(own) + "\n")
    take(llmops, ran, labels(lambda _: 1, 2), "--by", "ada")
    assert lines(ran)[0]["x-ticket"] == 7


def test_a_label_file_that_is_a_link_is_not_written_through(ran, llmops):
    (ran.root / "evalsets/.labels").mkdir()
    target = ran.root.parent / "elsewhere"
    target.write_text("")
    (ran.root / PATH).symlink_to(target)
    take(llmops, ran, labels(lambda _: 1, 2), "--by", "ada", code=None)
    assert target.read_text() == ""
