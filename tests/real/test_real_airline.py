"""An airline agent that was given the same 50 tasks four times: repeats as the program keeps and compares them."""

import itertools
import json

import pytest
from gitrepo import Repo
from realdata import real

PROMPT = 'id: airline\nmodel: gpt-4o\nvariables: {task: string}\ntemplate: "%s {{ task }}"\nevals: [airline]\n'
EVALSET = "id: airline\ndata: airline.jsonl\nscorers: [{type: regex, name: solved, pattern: ^solved}]\n"
TRIALS = range(4)
SPLITS = [(half, tuple(set(TRIALS) - set(half))) for half in itertools.combinations(TRIALS, 2)]


class Airline:
    """The tasks as an eval set; the agent's last words as answers, with what the task's own check says before them."""

    def __init__(self, llmops, root):
        self.llmops, self.repo = llmops, Repo.create(root / "r")
        source = real("tau_airline") / "gpt4o_airline.jsonl"
        self.rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
        tasks = {row["task_id"]: row["instruction"] for row in self.rows}
        cases = [{"id": f"t{task:02}", "inputs": {"task": text}} for task, text in tasks.items()]
        self.repo.write("evalsets/airline.yaml", EVALSET)
        self.repo.write("evalsets/airline.jsonl", "".join(json.dumps(case) + "\n" for case in cases))
        self.prompt("Help:")

    def prompt(self, words):
        self.repo.write("prompts/airline.yaml", PROMPT % words)

    def answers(self, trials):
        """Import these trials as the repeats of one run."""
        file = self.repo.root.parent / "answers.jsonl"
        rows = [
            {"id": f"t{row['task_id']:02}", "repeat": place, "text": said(row)}
            for place, trial in enumerate(trials)
            for row in self.rows
            if row["trial"] == trial
        ]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        flags = ["--map", "case=id", "--map", "answer=text", "--map", "repeat=repeat", "--record", "--format", "json"]
        done = self.llmops(
            self.repo.root, "eval", "import", "airline", "--evalset", "airline", "--answers", file, *flags
        )
        return done.json()["runs"][0]


def said(row):
    last = next((each["content"] for each in reversed(row["messages"]) if each["role"] == "assistant"), None)
    return f"{'solved' if row['reward'] >= 1 else 'not solved'}: {last or ''}"


@pytest.fixture
def airline(llmops, tmp_path):
    return Airline(llmops, tmp_path)


def test_the_run_says_how_often_the_agent_solves_a_task_every_time(airline):
    found = airline.answers(TRIALS)
    assert (found["cases"], found["repeats"], found["calls"]["recorded"]) == (50, 4, 200)
    shares = found["scores"]["solved"]["pass_hat"]
    assert {k: round(share, 2) for k, share in shares.items()} == {"1": 0.42, "2": 0.27, "3": 0.22, "4": 0.2}
    shown = airline.llmops(airline.repo.root, "eval", "show").out
    assert "k runs of a case all pass: pass^1 42.0%, pass^2 27.3%, pass^3 22.0%, pass^4 20.0%" in shown


def test_every_task_keeps_its_four_trials_and_twenty_six_of_them_flip(airline):
    found = airline.answers(TRIALS)
    airline.llmops(airline.repo.root, "baseline", "accept", "airline", "--reason", "first")
    (file,) = (airline.repo.root / "evalsets/.baselines").rglob("*.jsonl")
    rows = [json.loads(line) for line in file.read_text().splitlines()][1:]
    values = [row["scores"]["solved"] for row in rows]
    assert {len(each) for each in values} == {4}
    assert sum(len({*each}) == 2 for each in values) == 26
    assert found["scores"]["solved"]["scored"] == 200


@pytest.mark.parametrize("policy", ["{margin: 0.05}", "{margin: auto}", "{rule: cases}", "{exact: strict}"])
def test_no_two_halves_of_the_same_trials_are_called_different(airline, policy):
    airline.repo.write("llmops.yaml", f"gate: {policy}\n")
    runs = {half: airline.answers(half)["run"] for half, _ in SPLITS}
    verdicts = {}
    for half, other in SPLITS:
        done = airline.llmops(
            airline.repo.root, "eval", "compare", runs[half], runs[other], "--format", "json", code=None
        ).json()
        (family,) = done["families"]
        assert family["runs"] == {"base": 2, "head": 2}
        verdicts[half] = family["verdict"]
    assert "FAIL" not in verdicts.values(), verdicts


@pytest.mark.parametrize("margin", ["0.05", "auto"])
@pytest.mark.parametrize(("base", "head"), SPLITS)
def test_the_gate_does_not_fail_an_edit_that_is_answered_by_the_other_half(airline, base, head, margin):
    airline.repo.write("llmops.yaml", f"gate: {{margin: {margin}}}\n")
    airline.answers(base)
    airline.llmops(airline.repo.root, "baseline", "accept", "airline", "--reason", "first")
    airline.repo.commit(message="base")
    airline.prompt("Please help:")
    airline.answers(head)
    report = airline.llmops(airline.repo.root, "gate", "--mode", "replay", "--format", "json", code=None).json()
    (family,) = report["families"]
    assert family["runs"]["base"] == 2
    assert report["verdict"] not in ("FAIL", "INCOMPLETE", "NO-BASELINE", "DRIFT")
    assert report["exit_code"] != 1
