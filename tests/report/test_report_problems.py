import json

import jsonschema
import pytest
from report_golden import assert_golden

from llmops_cli.model.problem import Problem
from llmops_cli.model.source import Source
from llmops_cli.report.problems import concise, document, full

PROBLEMS = (
    Problem(
        "LP031",
        "unquoted-version",
        "warning",
        Source("prompts/billing/invoice.yaml", 2, 10),
        '`version: 1.10` is a number in YAML (1.1); write "1.10"',
    ),
    Problem(
        "LP012",
        "unknown-variable",
        "error",
        Source("prompts/support/refund.yaml", 17, 20),
        "unknown template variable `oder_id`",
        "did you mean `order_id`?",
        "    Check order {{ oder_id }} against the policy.",
        7,
    ),
    Problem("LE003", "duplicate-case", "error", Source("evalsets/refund.jsonl", 88), "duplicate case id `refund-017`"),
)


def test_problems_look_like_a_compiler_says_them():
    assert_golden("problems/full.txt", full(PROBLEMS, color=False, files=43) + "\n")
    assert_golden("problems/colour.txt", full(PROBLEMS, color=True, files=43) + "\n")
    assert_golden("problems/concise.txt", concise(PROBLEMS) + "\n")
    assert_golden("problems/document.json", json.dumps(document(PROBLEMS), indent=2) + "\n")


def test_the_problems_document_fits_the_published_schema():
    from importlib.resources import files

    schema = json.loads((files("llmops_cli") / "schemas/problems.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document(PROBLEMS))


def test_no_problems_is_said_with_the_number_of_files():
    assert full((), color=False, files=1) == "No problems in 1 file."
    assert full((), color=True, files=0) == "No problems in 0 files."
    assert concise(()) == ""


@pytest.mark.parametrize(
    ("excerpt", "column", "width", "line", "carets"),
    [
        ("a: b", 4, 1, "a: b", "   ^"),
        ("\ta: b", 5, 1, "    a: b", "       ^"),
        ("請求書: b", 6, 1, "請求書: b", "        ^"),
        ("e\u0301: b", 5, 1, "e\u0301: b", "   ^"),
        ("請求書: b", 1, 3, "請求書: b", "^^^^^^"),
        ("a: \x1b[31mb", 4, 5, "a: \\x1b[31mb", "   ^^^^^^^^"),
        ("short", 99, 3, "short", "     ^"),
        ("short", 0, 99, "short", "^^^^^"),
    ],
)
def test_carets_stand_under_what_they_mean(excerpt, column, width, line, carets):
    problem = Problem("LP001", "x", "error", Source("p.yaml", 3, column), "m", "", excerpt, width)
    shown = full([problem], color=False, files=1).splitlines()
    assert shown[3:5] == [f"3 | {line}", f"  | {carets}"]


@pytest.mark.parametrize("column", [1, 40, 500, 3_990])
def test_a_long_line_is_cut_around_the_place(column):
    text = "".join(chr(97 + at % 26) for at in range(4_000))
    problem = Problem("LP001", "x", "error", Source("p.yaml", 3, column), "m", "", text, 5)
    line, carets = (row.partition("| ")[2] for row in full([problem], color=False, files=1).splitlines()[3:5])
    assert len(line) < 125
    assert line[carets.index("^") :][: carets.count("^")] == text[column - 1 :][:5]


def test_a_hostile_line_is_shown_and_not_obeyed():
    evil = "::error::x ##[group]\x1b[2J\u202e"
    problem = Problem("LP001", "x", "error", Source(f"{evil}\n{evil}", 1, 1), evil, f"{evil}\n{evil}", f"  {evil}", 3)
    for report in (full([problem], color=False, files=1), concise([problem])):
        assert not any(char in report for char in "\x1b\u202e")
        assert not any(line.strip().startswith("::") for line in report.splitlines())
        assert "##[" not in report
    assert len(concise([problem]).splitlines()) == 1
