"""`eval show` in every format: answers leave for scripts and for people, and labels come back."""

import csv
import io
import json

import jsonschema
import pytest
from labelling import PROMPT

from llmops_cli.load.schema import schema_text

SET = "id: greet\ndata: greet.jsonl\nscorers:\n  - {type: contains, primary: true}\n"
EVIL = "=cmd|' /C calc'!A0"


@pytest.fixture
def shop(project):
    rows = [("a", "Ada"), ("b", EVIL), ("c", "\u202eoda ##[x]")]
    lines = [json.dumps({"id": name, "inputs": {"name": said}, "expected": "Ada"}) for name, said in rows]
    project.commit(
        {
            "prompts/greet.yaml": PROMPT.replace("local/m", "echo/m").replace("Hello {{", "{{"),
            "evalsets/greet.yaml": SET,
            "evalsets/greet.jsonl": "\n".join(lines) + "\n",
            "llmops.yaml": "schema: llmops/config@1\n",
        },
        "shop",
    )
    return project


@pytest.fixture
def told(shop, llmops):
    llmops(shop.root, "eval", "run", "greet", "--repeat", "2")
    return shop


def test_json_has_every_row_with_its_answer_its_scores_and_the_schema(told, llmops):
    found = llmops(told.root, "eval", "show", "--format", "json").json()
    jsonschema.validate(found, json.loads(schema_text("runs")))
    rows = found["runs"][0]["rows"]
    assert [(row["case"], row["repeat"]) for row in rows] == [(case, n) for case in "abc" for n in (0, 1)]
    assert rows[0]["answer"] == "Ada"
    assert rows[0]["scores"]["contains"]["passed"] is True
    assert rows[2]["answer"] == EVIL
    assert rows[2]["failure"] is None
    one = llmops(told.root, "eval", "show", found["runs"][0]["run"], "b", "--format", "json").json()
    assert one["runs"][0]["rows"] == rows[2:4]


def test_a_failure_is_told_and_is_no_answer(shop, llmops):
    shop.write("prompts/greet.yaml", PROMPT.replace("local/m", "openai/m"))
    llmops(shop.root, "--offline", "eval", "run", "greet", code=4)
    found = llmops(shop.root, "eval", "show", "--format", "json").json()
    jsonschema.validate(found, json.loads(schema_text("runs")))
    for row in found["runs"][0]["rows"]:
        assert row["answer"] is None
        assert row["failure"]["code"]


def test_csv_has_a_row_an_answer_and_no_cell_is_a_formula(told, llmops):
    rows = list(csv.DictReader(io.StringIO(llmops(told.root, "eval", "show", "--format", "csv", "--scores").out)))
    assert [row["case"] for row in rows] == ["a", "b", "c"]  # both repeats answered alike
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert rows[1]["answer"] == f"'{EVIL}"
    assert "\u202e" not in rows[2]["answer"]
    assert [row["score contains"] for row in rows] == ["true", "false", "false"]
    assert json.loads(rows[0]["inputs"]) == {"name": "Ada"}


def test_the_sheet_to_label_does_not_say_what_a_scorer_said(told, llmops):
    sheet = list(csv.reader(io.StringIO(llmops(told.root, "eval", "show", "--format", "csv").out)))
    assert sheet[0] == [
        "case",
        "repeat",
        "inputs",
        "expected",
        "answer",
        "label",
        "by",
        "note",
        "answer_sha256",
        "failure",
    ]
    assert {len(row) for row in sheet} == {len(sheet[0])}
    assert "the other formats have" in llmops(told.root, "eval", "show", "--scores", code=2).err


@pytest.mark.parametrize("fmt", ["csv", "jsonl"])
def test_what_people_filled_in_is_imported_to_the_very_answers(fmt, told, llmops, tmp_path):
    path = tmp_path / f"labels.{fmt}"
    llmops(told.root, "eval", "show", "--format", fmt, "-o", path)
    if fmt == "csv":
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    else:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows[:2]:
        row |= {"label": "yes", "by": "ann"}
    if fmt == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(out.getvalue(), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    said = llmops(told.root, "review", "import", path, "--evalset", "greet").out
    assert "2 labels" in said
    assert "1 rows without a label" in said or "1 row without a label" in said
    labels = (told.root / "evalsets/.labels/greet.jsonl").read_text(encoding="utf-8")
    stored = llmops(told.root, "eval", "show", "--format", "json").json()["runs"][0]["rows"]
    assert all(row["answer_sha256"] in labels for row in stored if row["case"] in "ab")


def test_a_line_of_jsonl_is_ascii_and_no_command_of_a_runner(told, llmops):
    said = llmops(told.root, "eval", "show", "--format", "jsonl").out
    assert said.isascii()
    assert "##[" not in said
    assert json.loads(said.splitlines()[2])["answer"] == "\u202eoda ##[x]"


def leaves(command, path=()):
    """Every command of the tree that has --format, with the number of arguments that it needs."""
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from leaves(command.get_command(None, name), (*path, name))
    elif any("--format" in one.opts for one in command.params):
        needed = sum(one.required and one.param_type_name == "argument" for one in command.params)
        options = [one.opts[0] for one in command.params if one.required and one.param_type_name == "option"]
        yield [*path, *["greet"] * needed, *(part for name in options for part in (name, "greet"))]


def test_no_command_takes_a_format_that_it_does_not_know(told, llmops):
    from llmops_cli.cli.app import command

    found = list(leaves(command()))
    assert len(found) > 25
    told_otherwise = {}
    for argv in found:
        said = llmops(told.root, *argv, "--format", "nonsense", code=2).err
        if not said.startswith("error: --format 'nonsense'\nhint: one of "):
            told_otherwise[" ".join(argv)] = said
    assert told_otherwise == {}
