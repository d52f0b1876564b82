"""`baseline accept` of a version that has a baseline already: its runs join, fall only where that is wanted."""

import json

import pytest
from noisy import noisy


@pytest.fixture
def day():
    return {"lost": 0.0}


@pytest.fixture
def stored(project, llmops, day):
    """Five runs of a hundred cases, most of them steady; the provider may lose points."""

    def chance(_words, number):
        return (0.97 if number % 10 else 0.6) - (day["lost"] if number % 2 else 0.0)

    with noisy(project, llmops, chance):
        yield project


def again(llmops, project, *flags, code=0, runs=1):
    llmops(project.root, "eval", "run", "greet", "--mode", "live", "--repeat", str(runs), "-j", "16")
    return llmops(project.root, "baseline", "accept", "greet", "--reason", "anew", *flags, code=code)


def header(project):
    (path,) = (project.root / "evalsets/.baselines").rglob("*.jsonl")
    return json.loads(path.read_text().partition("\n")[0])


def test_a_single_worse_run_does_not_replace_five_unasked_and_its_drop_is_shown(stored, llmops, day):
    before = header(stored)
    day["lost"] = 0.4
    refused = again(llmops, stored, code=2).err
    assert "worse than the stored baseline of this very version" in refused
    assert "contains 9" in refused
    assert "pp, p <.0001" in refused
    assert "--allow-regress" in refused
    assert header(stored) == before


def test_a_wanted_drop_replaces_the_runs_and_is_written_down(stored, llmops, day):
    day["lost"] = 0.4
    done = again(llmops, stored, "--allow-regress", runs=2)
    assert "in place of better runs, as allowed" in done.out
    assert "100 cases × 2" in done.out
    said = header(stored)["accepted"]
    assert said["drops"]["contains"] > 0.1
    assert said["reason"] == "anew"


def test_a_run_like_those_that_are_stored_joins_them(stored, llmops):
    before = header(stored)
    done = again(llmops, stored)
    assert "joined the runs stored before" in done.out
    assert "100 cases × 5" in done.out
    assert len(header(stored)["runs"]) > len(before["runs"])


def test_the_same_run_accepted_twice_takes_no_runs_away(stored, llmops):
    done = llmops(stored.root, "baseline", "accept", "greet", "--reason", "another reason")
    assert "its runs stay" in done.out
    assert "100 cases × 5" in done.out
    assert header(stored)["accepted"]["reason"] == "another reason"


def test_answers_that_were_at_hand_are_not_counted_twice(stored, llmops):
    before = header(stored)["runs"]
    llmops(stored.root, "eval", "run", "greet")
    done = llmops(stored.root, "baseline", "accept", "greet", "--reason", "again")
    assert "the stored runs stay" in done.out
    assert "100 cases × 5" in done.out
    assert header(stored)["runs"] == before


def test_more_runs_of_which_some_were_at_hand_take_the_place_of_fewer(project, llmops):
    with noisy(project, llmops, lambda _words, number: 0.97 if number % 10 else 0.6, runs=1):
        llmops(project.root, "eval", "run", "greet", "--repeat", "3", "-j", "16")
        done = llmops(project.root, "baseline", "accept", "greet", "--reason", "more")
        assert "in place of fewer runs" in done.out
        assert "100 cases × 3" in done.out


def test_runs_that_rose_replace_what_another_provider_gave(stored, llmops, day):
    day["lost"] = 0.4
    again(llmops, stored, "--allow-regress", runs=3)
    day["lost"] = 0.0
    done = again(llmops, stored)
    assert "in place of the runs stored before: contains" in done.out
    assert "100 cases × 1" in done.out


def test_other_cases_are_not_mixed_with_those_that_are_stored(stored, llmops):
    path = stored.root / "evalsets/greet.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:80]))
    done = again(llmops, stored)
    assert "whose cases or scorers were others" in done.out
    assert "80 cases × 1" in done.out
