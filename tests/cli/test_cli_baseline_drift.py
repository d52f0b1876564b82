"""The nightly look: an unchanged prompt, a provider on loopback that moves or does not."""

import json
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import ModelServer, Reply, chat, last_text

from llmops_cli.compare.drift import holm, judged, look
from llmops_cli.model.drift import Drifted
from llmops_cli.model.run import Arm, Row
from llmops_cli.model.verdict import Verdict

PROMPT = 'id: greet\nmodel: local/m\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'


FULL = os.environ.get("LLMOPS_STATISTICS") == "full"


class Provider:
    """What the model does tonight: `wrong` names the cases that it fails, `model` and `build` what it says to be."""

    def __init__(self):
        self.wrong = set()
        self.model = "m-2026-01"
        self.build = "fp_a"
        self.broken = set()

    def __call__(self, body):
        text = last_text(body)
        name = text.rpartition(" ")[2]
        if name in self.broken:
            return Reply(status=400, body=b'{"error": {"message": "no"}}')
        said = {**chat("nobody" if name in self.wrong else text, model=self.model), "system_fingerprint": self.build}
        return Reply(body=json.dumps(said).encode())


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def served(project, llmops, provider):
    """The project with a model on loopback and a baseline of two runs; `requests` are those since."""
    with ModelServer(provider) as server:
        project.commit({"prompts/greet.yaml": PROMPT, "llmops.yaml": f"endpoints: {{local: {server.url}}}\n"}, "served")
        llmops(project.root, "eval", "run", "greet", "--repeat", "2")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
        project.commit(message="baseline")
        server.requests.clear()
        project.server = server
        yield project


def drift(repo, llmops, *argv, code):
    return llmops(repo.root, "baseline", "drift", *argv, "--format", "json", code=code).json()


def lines(repo):
    (path,) = (repo.root / "evalsets/.baselines").rglob("*.jsonl")
    head, *rows = map(json.loads, path.read_text().splitlines())
    return head, rows


def test_a_provider_that_stays_as_it_was_passes_and_is_really_asked(served, llmops):
    done = drift(served, llmops, code=0)
    assert done["verdict"] == "PASS"
    assert done["calls"]["live"] == len(served.server.requests) == 12
    drift(served, llmops, code=0)
    assert len(served.server.requests) == 24, "live asks anew each time"
    text = llmops(served.root, "baseline", "drift").out
    assert "nothing moved" in text
    assert "100.0% → 100.0%" in text


def test_auto_goes_on_with_the_answers_of_the_same_day_and_no_other(served, llmops, monkeypatch):
    monkeypatch.setenv("LLMOPS_TODAY", "2026-01-01")
    drift(served, llmops, "--mode", "auto", code=0)
    assert len(served.server.requests) == 12, "the answers that the baseline was made of are not fresh"
    drift(served, llmops, "--mode", "auto", code=0)
    assert len(served.server.requests) == 12
    monkeypatch.setenv("LLMOPS_TODAY", "2026-01-02")
    drift(served, llmops, "--mode", "auto", code=0)
    assert len(served.server.requests) == 24


def test_answers_that_got_worse_are_drift_and_the_prompt_is_not_to_blame(served, llmops, provider):
    provider.wrong = {f"n{number:02}" for number in range(6)}
    done = drift(served, llmops, code=3)
    (row,) = done["prompts"]
    assert (done["verdict"], row["verdict"]) == ("DRIFT", "DRIFT")
    assert row["reasons"] == ["contains is worse than the stored baseline"]
    assert row["scorers"][0]["delta"] == pytest.approx(-0.5)
    text = llmops(served.root, "baseline", "drift", code=3).out
    assert "llmops baseline accept greet --allow-regress --reason" in text


def test_answers_that_got_better_are_drift_too(project, llmops, provider):
    provider.wrong = {f"n{number:02}" for number in range(8)}
    with ModelServer(provider) as server:
        project.commit({"prompts/greet.yaml": PROMPT, "llmops.yaml": f"endpoints: {{local: {server.url}}}\n"}, "served")
        llmops(project.root, "eval", "run", "greet", "--repeat", "3")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
        provider.wrong = set()
        (row,) = drift(project, llmops, code=3)["prompts"]
    assert row["reasons"] == ["contains is better than the stored baseline"]


def test_after_drift_the_fresh_run_can_be_accepted_without_another_call(served, llmops, provider):
    provider.wrong = {f"n{number:02}" for number in range(6)}
    run = drift(served, llmops, code=3)["prompts"][0]["run"]
    asked = len(served.server.requests)
    refused = llmops(served.root, "baseline", "accept", "greet", "--reason", "the provider moved", code=2)
    assert "contains 100.0% → 50.0%" in refused.err
    llmops(served.root, "baseline", "accept", "greet", "--allow-regress", "--reason", "the provider moved")
    assert len(served.server.requests) == asked
    assert lines(served)[0]["runs"] == [run]
    assert drift(served, llmops, code=0)["verdict"] == "PASS"


def test_another_model_under_the_same_name_is_drift_though_its_answers_are_the_same(served, llmops, provider):
    provider.model = "m-2026-02"
    (row,) = drift(served, llmops, code=3)["prompts"]
    assert row["reasons"] == ["m-2026-02 answers now; the baseline is of m-2026-01"]


def test_another_build_is_a_note_and_no_verdict(served, llmops, provider):
    provider.build = "fp_b"
    (row,) = drift(served, llmops, code=0)["prompts"]
    assert row["notes"] == ["the provider's system fingerprint changed: fp_a → fp_b"]


def test_answers_that_are_missing_are_incomplete_and_no_verdict(served, llmops, provider):
    provider.broken = {"n03"}
    done = drift(served, llmops, code=4)
    assert done["verdict"] == "INCOMPLETE"
    assert "1 of 12 calls gave no answer" in done["prompts"][0]["reasons"][0]
    capped = drift(served, llmops, "--max-calls", "5", code=4)
    assert capped["verdict"] == "INCOMPLETE"
    provider.broken = set()
    assert drift(served, llmops, code=0)["verdict"] == "PASS"


def test_without_a_baseline_there_is_nothing_to_compare_with_and_no_call_is_made(project, llmops):
    done = drift(project, llmops, code=3)
    assert done["verdict"] == "NO-BASELINE"
    assert done["calls"]["live"] == 0
    assert done["prompts"][0]["command"].startswith("llmops eval run greet; llmops baseline accept greet")
    assert "nothing to compare with" in llmops(project.root, "baseline", "drift", code=3).out


def test_a_changed_scorer_is_nothing_to_compare_with(served, llmops):
    served.write(
        "evalsets/greet.yaml",
        "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, ignore_case: true, primary: true}]\n",
    )
    done = drift(served, llmops, code=3)
    assert done["verdict"] == "NO-BASELINE"
    assert "scorers of greet changed" in done["prompts"][0]["reasons"][0]
    assert not served.server.requests


def test_cases_that_changed_since_are_left_out_and_said(served, llmops):
    text = (served.root / "evalsets/greet.jsonl").read_text()
    served.write(
        "evalsets/greet.jsonl",
        text.replace('"expected": "n03"', '"expected": "n3"') + text.splitlines()[0].replace("00", "99") + "\n",
    )
    (row,) = drift(served, llmops, code=0)["prompts"]
    assert row["scorers"][0]["cases"] == len(served.server.requests) == 11
    assert row["notes"] == ["2 cases are new or changed since the baseline: left out"]


def test_a_round_without_drift_joins_the_baseline_until_it_has_five_runs_then_takes_the_oldests_place(
    served, llmops, monkeypatch
):
    for night, stored in ((1, 3), (2, 4), (3, 5), (4, 5), (5, 5)):
        monkeypatch.setenv("LLMOPS_TODAY", f"2026-01-0{night}")
        done = drift(served, llmops, "--grow", code=0)
        head, rows = lines(served)
        assert done["prompts"][0]["grown"].startswith("evalsets/.baselines/greet/greet/")
        assert {len(row["answer_sha256"]) for row in rows} == {stored}
        assert head["runs"][-1] == done["prompts"][0]["run"]
        assert {len(row["runs"]) for row in rows} == {stored}
    first = head["runs"]
    assert len(first) == 5, "the first run, which had two repeats, is gone"
    assert head["accepted"]["reason"] == "first"
    llmops(served.root, "baseline", "verify")


def test_a_round_that_drifted_does_not_join(served, llmops, provider):
    before = lines(served)
    provider.model = "m-2026-02"
    assert drift(served, llmops, "--grow", code=3)["prompts"][0]["grown"] is None
    assert lines(served) == before


@pytest.mark.parametrize(
    "argv", [("--mode", "replay"), ("--mode", "record"), ("--alpha", "0"), ("--alpha", "2"), ("nothing",)]
)
def test_a_wish_that_means_nothing_is_refused(argv, served, llmops):
    llmops(served.root, "baseline", "drift", *argv, code=2)


def test_holm_agrees_with_the_textbook():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == pytest.approx([1.0, 1.0])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_and_never_lowers_a_p(values):
    adjusted = holm(values)
    assert all(one <= other <= 1 for one, other in zip(values, adjusted, strict=True))
    pairs = sorted(zip(values, adjusted, strict=True))
    assert [other for _, other in pairs] == sorted(other for _, other in pairs)


def arm(values):
    rows = {f"c{at}": Row(f"c{at}", "d", {"x": tuple(found)}, ("0",) * len(found)) for at, found in enumerate(values)}
    return Arm("p", "d" * 64, "s", "e", {"x": "a"}, rows)


def nights(count, *, prompts, drop, seed):
    """Return how often a night says DRIFT: prompts of 60 cases, five stored runs each, one fresh."""
    dice = random.Random(seed)
    alarms = 0
    for _ in range(count):
        rows = []
        for at in range(prompts):
            rates = [dice.choice((0.97, 0.97, 0.97, 0.5, 0.05)) for _ in range(60)]
            stored = arm([[dice.random() < rate for _ in range(5)] for rate in rates])
            shift = drop if at == 0 else 0.0
            fresh = arm([[dice.random() < rate * (1 - shift)] for rate in rates])
            rows.append(Drifted(f"p{at}", "", "s", Verdict.PASS, looks=(look(stored, fresh, "x", {}),)))
        alarms += any(row.verdict is Verdict.DRIFT for row in judged(rows, 0.05))
    return alarms / count


@pytest.mark.statistics
@pytest.mark.parametrize("prompts", [1, 5])
def test_a_night_without_drift_gives_a_false_alarm_at_most_as_often_as_said(prompts):
    count = 3000 if FULL else 100
    share = nights(count, prompts=prompts, drop=0.0, seed=1)
    assert share <= 0.05 + 3 * (0.05 * 0.95 / count) ** 0.5, share


@pytest.mark.statistics
def test_a_night_after_a_real_fall_mostly_says_so():
    assert nights(1000 if FULL else 60, prompts=5, drop=0.25, seed=2) >= 0.8


def test_graded_scores_are_looked_at_too():
    stored = arm([[0.8, 0.8]] * 12)
    worse = look(stored, arm([[0.6]] * 12), "x", {})
    assert worse.p_worse < 0.001
    assert judged([Drifted("p", "", "s", Verdict.PASS, looks=(worse,))], 0.05)[0].verdict is Verdict.DRIFT
    same = look(stored, arm([[0.8]] * 12), "x", {})
    assert (same.p_worse, same.p_better) == (1.0, 1.0)
