"""`eval explain` where no single case shows the drop: one hunk, a fall now and then, and commands that go on."""

import json
import random
import shlex

import pytest
from ruled import prompt, ruled

CASES = "".join(
    json.dumps({"id": f"c{i:02}", "inputs": {"name": f"n{i:02}"}, "expected": f"n{i:02}", "tags": [f"t{i % 2}"]}) + "\n"
    for i in range(40)
)
SCORERS = "  - {type: contains, name: right, primary: true}\n  - {type: regex, name: calm, pattern: '^[^!]*$'}\n"
EVALSET = f"id: greet\ndata: greet.jsonl\nscorers:\n{SCORERS}"


class Wavering:
    """A model that repeats the user, but fails in `rates(system)` of all runs: a run of a request always alike."""

    def __init__(self):
        self.rate = lambda _system: 0.0
        self.calls, self.seen = 0, {}
        self.wrong = "wrong"

    def __call__(self, body):
        self.calls += 1
        system, user = body["messages"][0]["content"], body["messages"][-1]["content"]
        self.seen[system, user] = self.seen.get((system, user), 0) + 1
        chance = random.Random(f"{system} {user} {self.seen[system, user]}").random()
        return self.wrong.format(user) if chance < self.rate(system) else user


@pytest.fixture
def model():
    return Wavering()


@pytest.fixture
def asked(tmp_path, model, llmops):
    with ruled(tmp_path / "asked", model, EVALSET, CASES) as repo:
        llmops(repo.root, "eval", "run", "greet", "--repeat", 3)
        yield repo


def explained(llmops, repo, *argv, code=0):
    return llmops(repo.root, "eval", "explain", "greet", *argv, "--format", "json", code=code).json()


RAN = [("gate",), ("eval", "run", "greet", "--repeat", "3"), ("eval", "run", "greet")]


@pytest.mark.parametrize("ran", RAN, ids=" ".join)
def test_a_hunk_that_makes_a_third_of_the_answers_fail_is_named(ran, asked, model, llmops):
    model.rate = lambda system: 0.35 if "hold point 5" in system else 0.01
    asked.write("prompts/greet.yaml", prompt(range(8)))
    llmops(asked.root, *ran, code=None)
    told = explained(llmops, asked, "--max-calls", 300)
    assert (told["state"], told["by"]) == ("found", "means")
    assert [hunk["after"] for one in told["culprits"] for hunk in one["hunks"]] == [
        "Rule 5 says to hold point 5 in mind.\n"
    ]
    assert told["culprits"][0]["alone"]["change"] < -0.1 < told["without"]["change"]
    again = explained(llmops, asked, "--max-calls", 0)
    assert (again["culprits"], again["calls"]["live"]) == (told["culprits"], 0)


def test_the_figure_is_that_of_the_gate(asked, model, llmops):
    model.rate = lambda system: 0.35 if "hold point 5" in system else 0.01
    asked.write("prompts/greet.yaml", prompt(range(8)))
    gate = llmops(asked.root, "gate", "--format", "json", code=1).json()
    (family,) = [one for one in gate["families"] if one["scorer"] == "right" and not one["slice"]]
    told = explained(llmops, asked, "--max-calls", 300)
    assert told["fall"]["after"] - told["fall"]["before"] == pytest.approx(family["delta"], abs=1e-9)


def test_an_edit_of_one_hunk_is_named_without_a_call(asked, model, llmops):
    model.rate = lambda system: 0.35 if "hold" in system else 0.01
    asked.write("prompts/greet.yaml", prompt([5]))
    llmops(asked.root, "gate", code=1)
    before = model.calls
    done = llmops(asked.root, "eval", "explain", "greet")
    assert "culprit   1 of 1 hunk of the edit" in done.out
    assert "it is the whole edit: the drop is its, and no call was needed" in done.out
    assert "in the runs that the gate compares" in done.out
    assert model.calls == before


def test_a_fall_that_may_be_chance_is_not_said_to_be_of_the_only_hunk(asked, model, llmops):
    asked.write("prompts/greet.yaml", prompt([5]))
    model.rate = lambda system: 0.04 if "hold" in system else 0.0
    llmops(asked.root, "eval", "run", "greet", "--repeat", 3, code=None)
    told = explained(llmops, asked, code=None)
    assert told["fall"]["p"] > 0.05
    assert (told["by"], told["culprits"]) == ("cases", [])


def test_the_command_that_goes_on_is_another_one_keeps_every_flag_and_goes_on(asked, model, llmops):
    model.wrong = "{}!"  # wrong on `calm` alone
    model.rate = lambda system: 0.15 if "hold point 5" in system else 0.01
    asked.write("prompts/greet.yaml", prompt(range(8)))
    llmops(asked.root, "eval", "run", "greet", "--repeat", 5, code=None)
    given = ["eval", "explain", "greet", "--evalset", "greet", "--scorer", "calm", "--max-calls", "5"]
    before = model.calls
    told = llmops(asked.root, *given, "--format", "json", code=4).json()
    assert model.calls == before, "what a search takes is said before anything is paid"
    assert "to compare means takes about" in told["stopped"]
    (step,) = told["next"]
    command = shlex.split(step["command"])[1:]
    assert command[:-1] == given[:-1]
    assert int(command[-1]) > 5
    more = llmops(asked.root, *command, "--format", "json").json()
    assert "point 5" in more["culprits"][0]["hunks"][0]["after"]


def test_what_is_not_recorded_is_not_a_matter_of_the_cap(asked, model, llmops):
    model.rate = lambda system: 1.0 if "hold point 5" in system else 0.0
    llmops(asked.root, "eval", "run", "greet", "--mode", "record")
    asked.commit(message="recorded")
    asked.write("prompts/greet.yaml", prompt(range(8)))
    llmops(asked.root, "eval", "run", "greet", "--mode", "record", code=None)
    done = llmops(asked.root, "eval", "explain", "greet", "--mode", "replay", code=4)
    assert "--max-calls" not in done.out
    assert "it is not recorded; ask for it, with a key:\n    llmops eval explain greet\n" in done.out


def test_two_parts_that_break_other_kinds_of_cases_are_two_culprits(tmp_path, llmops):
    """Half of the score of a case with two fields each: neither part is named with the other."""
    evalset = "id: greet\ndata: greet.jsonl\nscorers: [{type: json_fields, name: right, primary: true}]\n"
    cases = "".join(
        json.dumps({"id": f"c{i}", "inputs": {"name": f"n{i}"}, "expected": dict.fromkeys("abcde", 1)}) + "\n"
        for i in range(12)
    )

    def answer(body):
        system, user = body["messages"][0]["content"], body["messages"][-1]["content"]
        wrong = {"a"} if "hold point 2" in system else set()
        wrong |= {"b"} if "hold point 5" in system and int(user[1:]) < 4 else set()
        return json.dumps({name: int(name not in wrong) for name in "abcde"})

    with ruled(tmp_path / "fields", answer, evalset, cases) as repo:
        llmops(repo.root, "eval", "run", "greet", "--repeat", 3)
        repo.write("prompts/greet.yaml", prompt(range(8)))
        llmops(repo.root, "eval", "run", "greet", "--repeat", 3, code=None)
        told = explained(llmops, repo)
    said = {one["hunks"][0]["after"][:6]: (one["breaks"], one["asked"]) for one in told["culprits"]}
    assert (told["state"], [len(one["hunks"]) for one in told["culprits"]]) == ("found", [1, 1])
    assert said == {"Rule 2": (5, 5), "Rule 5": (2, 5)}
