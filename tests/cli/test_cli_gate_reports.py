"""Where the reports of a gate go: to files, or one of them to stdout in place of the text."""

import pytest


def test_a_report_to_stdout_takes_the_place_of_the_text(project, llmops):
    done = llmops(project.root, "gate", "--report", "markdown=-")
    assert done.out.startswith("<!-- llmops:gate:v1:default -->\n")
    assert "GATE " not in done.out
    assert not (project.root / "-").exists()
    assert llmops(project.root, "gate", "--format", "markdown").out == done.out


def test_beside_it_the_text_may_go_to_a_file(project, llmops, tmp_path):
    path = tmp_path / "gate.txt"
    done = llmops(project.root, "gate", "--report", "json=-", "-o", path)
    assert done.json()["verdict"] == "NEW"
    assert "GATE NEW" in path.read_text()


@pytest.mark.parametrize(
    "argv",
    [("--report", "markdown=-", "--report", "json=-"), ("--report", "markdown=-", "--format", "json")],
    ids=["two reports", "a report and another format"],
)
def test_two_reports_are_never_mixed_on_stdout(argv, project, llmops):
    done = llmops(project.root, "gate", *argv, code=2)
    assert (done.out, "two reports go to stdout" in done.err) == ("", True)


def test_help_names_every_format(project, llmops):
    shown = " ".join(llmops(project.root, "gate", "--help").out.split())
    assert "text, json, markdown, junit, html" in shown
