"""A dry run says what a run asks, its judges included, and a run says what it asked."""

import json

import jsonschema
import pytest
from labelling import PROMPT, RUBRIC, SET, judged_by

from llmops_cli.load.schema import schema_text

PAIRS = 'id: tone\nmodel: local/judge\nvariables: {first: string, second: string}\ntemplate: "{{ first }} or {{ second }} n00"\n'
AGAINST = SET.replace("prompt: tone, pass_at: 0.5", "prompt: tone, against: expected")
CHECKED = SET.partition("  - {type: judge")[0]


def says(number):
    return f"SCORE: {number % 2}"


@pytest.fixture(params=["single", "pairs", "in a case's checks"])
def judged(request, project):
    """A project with a judge, its server, and how often one answer is judged."""
    kind = request.param
    rubric, evalset = (PAIRS, AGAINST) if kind == "pairs" else (RUBRIC, SET if kind == "single" else CHECKED)
    answer = (lambda _: "TIE") if kind == "pairs" else says
    with judged_by(project, answer, evalset=evalset, rubric=rubric, cases=12) as server:
        if kind == "in a case's checks":
            lines = (project.root / "evalsets/greet.jsonl").read_text(encoding="utf-8").splitlines()
            check = {"checks": [{"type": "judge", "prompt": "tone", "pass_at": 0.5}]}
            rows = "".join(json.dumps({**json.loads(line), **check}) + "\n" for line in lines)
            project.commit({"evalsets/greet.jsonl": rows}, "checks")
        yield project, server, 2 if kind == "pairs" else 1


def planned(root, llmops, *more):
    """Return the live calls that a dry run counts: of the prompt, of its judges."""
    found = llmops(root, "eval", "run", "greet", "--dry-run", "--format", "json", *more).json()
    jsonschema.validate(found, json.loads(schema_text("runs")))
    return found["runs"][0]["calls"]["live"], found["runs"][0]["judge_calls"]["live"]


def test_a_dry_run_counts_the_calls_that_the_run_then_makes(judged, llmops):
    project, server, each = judged
    assert planned(project.root, llmops) == (12, 12 * each)
    assert server.requests == []
    llmops(project.root, "eval", "run", "greet")
    assert len(server.requests) == 12 + 12 * each
    assert planned(project.root, llmops) == (0, 0)  # all of it is cached now
    assert planned(project.root, llmops, "--mode", "live") == (12, 12 * each)


def test_a_run_says_what_its_judges_were_asked_when_it_ends_and_when_it_is_shown(judged, llmops):
    project, _, each = judged
    text = llmops(project.root, "eval", "run", "greet")
    assert f"12 live, judges {12 * each} live," in text.out
    found = llmops(project.root, "eval", "show", "--format", "json").json()["runs"][0]
    assert (found["calls"]["live"], found["judge_calls"]["live"]) == (12, 12 * each)
    again = llmops(project.root, "eval", "run", "greet")
    assert f"12 cached, judges {12 * each} cached," in again.out


def test_a_dry_run_splits_the_calls_and_counts_what_the_judges_read(judged, llmops):
    project, _, each = judged
    said = llmops(project.root, "eval", "run", "greet", "--dry-run").out
    assert f"live calls: 12 answers + {12 * each} judge calls at most" in said
    row = next(line for line in said.splitlines() if line.startswith("  greet"))
    assert str(12 + 12 * each) in row.split()
    found = llmops(project.root, "eval", "run", "greet", "--dry-run", "--format", "json").json()["runs"][0]
    assert found["tokens"]["output"] == 256 * (12 + 12 * each)


def test_the_cost_of_judges_is_in_the_cost_and_their_price_has_to_be_known(project, llmops):
    files = {
        "prompts/tone.yaml": RUBRIC.replace("local/judge", "openai/gpt-4o-mini"),
        "prompts/greet.yaml": PROMPT.replace("local/m", "openai/gpt-4o-mini"),
        "evalsets/greet.yaml": SET,
        "evalsets/greet.jsonl": '{"id": "a", "inputs": {"name": "Ada"}, "expected": "Ada"}\n',
    }
    project.commit(files, "priced")
    judged = llmops(project.root, "eval", "run", "greet", "--dry-run", "--format", "json").json()["runs"][0]
    project.write("evalsets/greet.yaml", CHECKED)
    alone = llmops(project.root, "eval", "run", "greet", "--dry-run", "--format", "json").json()["runs"][0]
    assert judged["cost_usd"] == pytest.approx(alone["cost_usd"] + judged["judge_calls"]["cost_usd"])
    assert judged["judge_calls"]["cost_usd"] > 0
    project.write("evalsets/greet.yaml", SET)
    project.write("prompts/tone.yaml", RUBRIC.replace("local/judge", "openai/nobody-knows-its-price"))
    said = llmops(project.root, "--offline", "eval", "run", "greet", "--max-cost", "1", code=2).err
    assert "the price of openai/nobody-knows-its-price is not known" in said


def test_progress_counts_the_judges_calls(judged, llmops, monkeypatch):
    project, _, each = judged
    monkeypatch.setattr("llmops_cli.cli.progress.EVERY_S", 0.0)
    said = llmops(project.root, "eval", "run", "greet", "-j", "1").err
    assert f"12/12  12 live  {12 * each} judge calls" in said


UNPRICED = RUBRIC.replace("local/judge", "openai/nobody-knows-its-price")


@pytest.mark.parametrize(
    "argv", [["gate"], ["baseline", "record", "greet"], ["baseline", "drift", "greet"]], ids=" ".join
)
def test_every_command_with_a_cost_cap_asks_for_the_price_of_the_judges_before_it_pays(argv, project, llmops):
    case = '{"id": "a", "inputs": {"name": "Ada"}, "expected": "Ada"}\n'
    files = {"prompts/tone.yaml": RUBRIC.replace("local/judge", "echo/judge"), "evalsets/greet.jsonl": case}
    files |= {"prompts/greet.yaml": PROMPT.replace("local/m", "echo/m"), "evalsets/greet.yaml": SET}
    project.commit({**files, "prompts/tone.yaml": UNPRICED}, "judged")
    if argv == ["gate"]:
        project.write("prompts/greet.yaml", files["prompts/greet.yaml"].replace("Hello", "Hi"))
    said = llmops(project.root, "--offline", *argv, "--max-cost", "1", code=2).err
    assert "the price of openai/nobody-knows-its-price is not known" in said
