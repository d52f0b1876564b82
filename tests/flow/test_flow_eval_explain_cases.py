"""Which cases `eval explain` asks: the surest by their stored runs, of the scorer that is named, the same ones again."""

import json

import pytest
from ruled import prompt, ruled

CASES = "".join(
    json.dumps({"id": f"c{i:02}", "inputs": {"name": f"n{i:02}{'x' * (12 - i)}"}, "expected": f"n{i:02}"}) + "\n"
    for i in range(12)
)
EVALSET = """id: greet
data: greet.jsonl
scorers:
  - {type: contains, name: right, primary: true}
  - {type: regex, name: calm, pattern: '^[^!]*$'}
"""


class Upset:
    """A model that repeats the user, but where `answer` says otherwise: (system, user, nth call with both) → text."""

    def __init__(self):
        self.answer = lambda _system, _user, _nth: ""
        self.calls = 0
        self.seen = {}

    def __call__(self, body):
        self.calls += 1
        key = (body["messages"][0]["content"], body["messages"][-1]["content"])
        self.seen[key] = self.seen.get(key, -1) + 1
        return self.answer(*key, self.seen[key]) or key[1]


@pytest.fixture
def upset():
    return Upset()


@pytest.fixture
def asked(tmp_path, upset, llmops):
    with ruled(tmp_path / "asked", upset, EVALSET, CASES) as repo:
        llmops(repo.root, "eval", "run", "greet")
        yield repo


def explained(llmops, repo, *argv, code=0):
    return llmops(repo.root, "eval", "explain", "greet", *argv, "--format", "json", code=code).json()


def test_a_case_that_fails_in_every_run_comes_before_a_shorter_one_that_half_fails(tmp_path, upset, llmops):
    """Graded: the long cases fall from 1 to 0, the short ones from 1 to a half."""
    evalset = "id: greet\ndata: greet.jsonl\nscorers: [{type: json_fields, name: right, primary: true}]\n"
    cases = "".join(
        json.dumps({"id": f"c{i}", "inputs": {"name": "x" * (9 - i)}, "expected": {"a": 1, "b": 2}}) + "\n"
        for i in range(8)
    )

    def answer(system, user, _):
        if "hold point 5" not in system:
            return '{"a": 1, "b": 2}'
        return '{"a": 0, "b": 0}' if len(user) > 5 else '{"a": 1, "b": 0}'

    upset.answer = answer
    with ruled(tmp_path / "graded", upset, evalset, cases) as repo:
        llmops(repo.root, "eval", "run", "greet")
        repo.write("prompts/greet.yaml", prompt(range(8)))
        llmops(repo.root, "eval", "run", "greet", code=None)
        told = explained(llmops, repo, "--cases", 6)
    assert told["cases"] == ["c3", "c2", "c1", "c0", "c7", "c6"]


def test_the_same_search_again_asks_the_same_cases_and_costs_nothing_though_answers_waver(asked, upset, llmops):
    """Asked again, the head passes the two shortest of its broken cases: their next run is no run of the prompt."""
    short = {f"n{i:02}{'x' * (12 - i)}" for i in (10, 11)}

    def answer(system, user, nth):
        return "wrong" if "hold point 5" in system and not (user in short and nth % 2) else ""

    upset.answer = answer
    asked.write("prompts/greet.yaml", prompt(range(8)))
    llmops(asked.root, "eval", "run", "greet", code=None)
    once = explained(llmops, asked, code=None)
    before = upset.calls
    again = explained(llmops, asked, code=None)
    assert (upset.calls - before, again["calls"]["live"]) == (0, 0)
    assert {**again, "calls": 0, "cost_usd": 0} == {**once, "calls": 0, "cost_usd": 0}


def test_another_scorer_than_the_primary_one_is_explained_when_it_is_named(asked, upset, llmops):
    upset.answer = lambda system, user, _: f"{user}!" if "hold point 5" in system else ""
    asked.write("prompts/greet.yaml", prompt(range(8)))
    llmops(asked.root, "eval", "run", "greet", code=None)
    primary = llmops(asked.root, "eval", "explain", "greet", code=3)
    assert "scores lower on right" in primary.out
    assert "another scorer: llmops eval explain greet --scorer calm" in primary.out
    told = explained(llmops, asked, "--scorer", "calm")
    assert (told["scorer"], told["other_scorers"], told["state"]) == ("calm", ["right"], "found")
    assert [hunk["after"] for hunk in told["culprits"][0]["hunks"]] == ["Rule 5 says to hold point 5 in mind.\n"]


def test_a_scorer_that_is_not_there_is_said_with_those_that_are(asked, llmops):
    asked.write("prompts/greet.yaml", prompt(range(8)))
    done = llmops(asked.root, "eval", "explain", "greet", "--scorer", "clam", code=2)
    assert "no scorer 'clam' judges greet" in done.err
    assert "right, calm" in done.err


def test_what_the_gates_fresh_answers_cleared_did_not_break(asked, upset, llmops):
    """Two short cases were wrong once, by chance, and four long ones always: the gate asked all of them again."""

    def answer(system, user, nth):
        if "hold point 5" not in system:
            return ""
        return (
            "wrong" if user[:3] in {f"n{i:02}" for i in range(4)} or (nth == 0 and user[:3] in ("n10", "n11")) else ""
        )

    upset.answer = answer
    asked.write("prompts/greet.yaml", prompt(range(8)))
    llmops(asked.root, "gate", code=1)
    told = explained(llmops, asked)
    assert (told["broke"], sorted(told["cases"])) == (4, ["c00", "c01", "c02", "c03"])
    assert "point 5" in told["culprits"][0]["hunks"][0]["after"]
    assert told["calls"]["live"] <= 14


def test_a_graded_case_that_was_low_once_by_chance_is_asked_again_and_accuses_nobody(tmp_path, upset, llmops):
    evalset = "id: greet\ndata: greet.jsonl\nscorers: [{type: json_fields, name: right, primary: true}]\n"
    cases = "".join(
        json.dumps({"id": f"c{i}", "inputs": {"name": f"x{i}"}, "expected": dict.fromkeys("abcde", 1)}) + "\n"
        for i in range(8)
    )

    def answer(system, user, nth):
        broken = {"x0": "a", "x1": "a", "x2": "a"}.get(user, "") if "hold point 5" in system else ""
        chance = "bcd" if user in ("x6", "x7") and nth == 0 and "hold" in system else ""
        return json.dumps({name: 0 if name in broken + chance else 1 for name in "abcde"})

    upset.answer = answer
    with ruled(tmp_path / "graded", upset, evalset, cases) as repo:
        llmops(repo.root, "eval", "run", "greet")
        repo.write("prompts/greet.yaml", prompt(range(8)))
        told = explained(llmops, repo)
    assert (told["state"], sorted(told["cases"])) == ("found", ["c0", "c1", "c2"])
    assert [len(one["hunks"]) for one in told["culprits"]] == [1]
    assert "point 5" in told["culprits"][0]["hunks"][0]["after"]
