"""Gates on a real repository whose cases ask the same: answers are stored by request, so they share them."""

import json
import re

import pytest
from noisy import Noisy
from support import ModelServer

from llmops_cli.flow.shared import sharing
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.evalset import Case

PROMPT = """id: greet
model: local/m
variables: {{name: string, note: {{type: string, required: false}}}}
template: "{words} {{{{ name }}}}"
evals: [greet]
"""
QUESTIONS, COPIES = 12, 10
WORDS = ("Hi", "Hey", "Hallo", "Salut", "Ciao", "Moin")


def copied(*, note=False):
    """Return the lines of 120 cases with 12 names; with a note each, which no prompt reads, no two inputs are equal."""
    rows = [
        {
            "id": f"c{at:03}",
            "inputs": {"name": f"n{at % QUESTIONS:03}", **({"note": f"{at}"} if note else {})},
            "expected": f"n{at % QUESTIONS:03}",
        }
        for at in range(QUESTIONS * COPIES)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def stored(project, llmops):
    """Return what stores a baseline of five runs before a model that is right seven times in ten, and commits it."""

    def store(server, cases=None, gate="{}", prompt=PROMPT):
        project.commit(
            {
                "prompts/greet.yaml": prompt.format(words="Hello"),
                "llmops.yaml": f"endpoints: {{local: {server.url}}}\ntrust_recordings: head\n",
                "evalsets/greet.jsonl": cases or copied(),
                "evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\n"
                f"scorers: [{{type: contains, primary: true}}]\ngate: {gate}\n",
            },
            "a set of copies",
        )
        llmops(project.root, "eval", "run", "greet", "--repeat", "5", "-j", "1")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
        project.commit(message="baseline")

    return store


@pytest.fixture
def replayed(project, llmops):
    """Return what gates a prompt with other words from what its run recorded."""

    def gate(words):
        text = (project.root / "prompts/greet.yaml").read_text()
        project.write("prompts/greet.yaml", re.sub(r'template: "[^{]*', f'template: "{words} ', text))
        llmops(project.root, "eval", "run", "greet", "--mode", "record", "-j", "1")
        return llmops(project.root, "gate", "--mode", "replay", "--format", "json", code=None).json()

    return gate


def seven_in_ten(_words, _number):
    return 0.7


def said(found):
    return " | ".join(reason for one in (*found["prompts"], *found["families"]) for reason in one["reasons"])


@pytest.mark.parametrize("note", [False, True], ids=["equal inputs", "equal requests"])
def test_harmless_words_neither_fail_nor_improve_a_set_of_copies(note, stored, replayed):
    with ModelServer(Noisy(seven_in_ten)) as server:
        stored(server, copied(note=note), "{margin: 0.05, rule: statistics}")
        found = [replayed(words) for words in WORDS]
        assert {one["verdict"] for one in found} <= {"PASS", "INCONCLUSIVE"}
        assert all("108 cases ask what others ask, and share their answers: 120 cases count as 12" in said(one)
                   for one in found)  # fmt: skip


def test_a_real_drop_of_a_set_of_copies_fails(stored, replayed):
    with ModelServer(Noisy(lambda words, _number: 0.05 if words == "Hi" else 0.97)) as server:
        stored(server)
        assert replayed("Hi")["verdict"] == "FAIL"


def test_a_baseline_of_copies_is_accepted_with_the_margin_of_its_questions(project, stored, llmops):
    with ModelServer(Noisy(seven_in_ten)) as server:
        stored(server)
        (path,) = (project.root / "evalsets/.baselines").rglob("*.jsonl")
        margin = json.loads(path.read_text().splitlines()[0])["margin"]
        assert margin > 0.2
        assert f"a margin of {margin:.0%}".replace("%", " pp") in llmops(project.root, "baseline", "show", "greet").out
        assert "12 cases (and 108 that ask the same) × 5" in llmops(project.root, "eval", "power", "greet").out


def test_a_copy_under_another_id_is_named_in_the_report(project, stored, llmops):
    with ModelServer(Noisy(seven_in_ten)) as server:
        stored(server)
        more = json.dumps({"id": "again", "inputs": {"name": "n000"}, "expected": "n000"})
        project.write("evalsets/greet.jsonl", copied() + more + "\n")
        out = llmops(project.root, "gate", "--mode", "replay", code=None).out
        assert "1 case repeating what another asks, so counted with it: again" in out


def test_a_prompt_that_no_longer_reads_its_input_fails_on_every_case_that_expects_something_else(
    stored, project, llmops
):
    rows = ({"id": f"c{at}", "inputs": {"name": f"n{at:03}"}, "expected": f"n{at:03}"} for at in range(40))
    with ModelServer(Noisy(lambda _words, _number: 1.0)) as server:
        stored(server, "".join(json.dumps(row) + "\n" for row in rows), "{margin: 0.05}")
        text = (project.root / "prompts/greet.yaml").read_text().replace("{{ name }}", "n000")
        project.write("prompts/greet.yaml", text)
        llmops(project.root, "eval", "run", "greet", "--mode", "record", "-j", "1", code=None)
        found = llmops(project.root, "gate", "--mode", "replay", "--format", "json", code=1).json()
        assert found["verdict"] == "FAIL"


def case(name, expected="x"):
    return Case(name, {}, expected=expected)


@pytest.mark.parametrize(
    ("base", "head", "cases", "units", "asked"),
    [
        ("1 2 3", "1 2 3", "xxx", "", ""),
        ("1 1 2", "1 1 2", "xxx", "aa-", "aa-"),
        ("1 1 2", "1 1 2", "xyx", "aa-", "aa-"),
        ("1 2 3", "1 1 3", "xxx", "aa-", ""),
        ("1 2 3", "1 1 3", "xyx", "", ""),
        ("1 1 3", "1 2 3", "xxx", "aa-", "aa-"),
        ("1 1 3", "1 2 3", "xyx", "", ""),
        ("1 1 3", "1 2 2", "xxx", "aaa", "aa-"),
    ],
)
def test_cases_are_one_where_a_side_asks_the_same_of_them_and_the_same_is_expected(base, head, cases, units, asked):
    names = "abc"
    each = [case(name, expected) for name, expected in zip(names, cases, strict=True)]
    sides = (dict(zip(names, side.split(), strict=True)) for side in (base, head))
    found = sharing({name: CaseFlags() for name in names}, *sides, each)
    for wanted, key in ((units, "unit"), (asked, "asked")):
        assert "".join(getattr(found[name], key) or "-" for name in names) == (wanted or "---")


def test_a_live_gate_asks_each_question_once_and_neither_fails_nor_improves(project, stored, llmops):
    with ModelServer(Noisy(seven_in_ten)) as server:
        stored(server, gate="{margin: 0.05, rule: statistics}")
        for words in WORDS[:3]:
            before = len(server.requests)
            text = (project.root / "prompts/greet.yaml").read_text()
            project.write("prompts/greet.yaml", re.sub(r'template: "[^{]*', f'template: "{words} ', text))
            found = llmops(project.root, "gate", "--format", "json", "-j", "1", code=None).json()
            assert found["verdict"] in {"PASS", "INCONCLUSIVE"}
            assert len(server.requests) - before <= 12 * 12


def test_a_recording_that_ten_cases_share_is_asked_again_once(project, stored, llmops):
    with ModelServer(Noisy(lambda _words, _number: 1.0)) as server:
        stored(server, gate="{plan: fixed}")
        text = (project.root / "prompts/greet.yaml").read_text().replace("Hello", "Hi")
        project.write("prompts/greet.yaml", text)
        llmops(project.root, "eval", "run", "greet", "--mode", "record", "-j", "1")
        before = len(server.requests)
        found = llmops(project.root, "gate", "--format", "json", "--verify-recordings", "30", code=None).json()
        assert "12 of 12 recordings of this change asked again" in said(found)
        assert len(server.requests) - before == 12
