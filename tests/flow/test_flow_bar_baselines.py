"""A pull request that touches stored baselines: the gate names what becomes of those that count, old → new."""

import json
import re
from dataclasses import replace

import pytest
from test_flow_tricks import GOOD, GREEN, baseline, judged, made, prompt

from llmops_cli.load.baselines import from_bytes
from llmops_cli.store.baselines import place, text

FOLDER = "evalsets/.baselines"


@pytest.fixture
def main(tmp_path, llmops):
    """Main: two prompts that echo, twelve cases, a baseline of the first."""
    return made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD), "prompts/other.yaml": prompt(GOOD, id="other")})


def arm_of(main):
    path = baseline(main)
    return from_bytes(path.read_bytes(), FOLDER, str(path))


def resealed(main, change):
    """Write the baseline anew, as whoever forges it would: sealed."""
    path = baseline(main)
    path.write_text(text(change(arm_of(main))))


def lowered(arm, count=3):
    rows = {
        name: replace(row, values={"contains": tuple(False for _ in row.values["contains"])}) if at < count else row
        for at, (name, row) in enumerate(arm.rows.items())
    }
    accepted = replace(arm.accepted, by="Eve <eve@example.org>", reason="a\nfresh run")
    return replace(arm, rows=rows, margin=0.08, accepted=accepted)


def test_a_lower_baseline_of_an_unchanged_prompt_is_named_with_old_and_new(main, llmops, monkeypatch, tmp_path):
    resealed(main, lowered)
    main.commit(message="pull request")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("PASS", 0)
    (said,) = found["weakened"]
    assert re.fullmatch(
        r"baseline greet on greet \([0-9a-f]{7}\) replaced: "
        r"contains 100\.0 % → 75\.0 %, margin \S+( pp)? → 8 pp, 1 run a case; by Eve: a fresh run",
        said,
    )


def test_a_reason_that_was_given_for_the_old_scores_is_said_to_be_of_before(main, llmops):
    resealed(main, lambda arm: replace(lowered(arm), accepted=arm.accepted))
    main.commit(message="pull request")
    (said,) = llmops(main.root, "gate", "--base", "main", "--format", "json").json()["weakened"]
    assert "; as before by " in said
    assert said.endswith(": first")


def test_fewer_cases_or_runs_weaken_too_and_more_do_not(main, llmops):
    def cut(arm):
        return replace(arm, rows=dict(list(arm.rows.items())[:9]))

    def doubled(arm):
        rows = {
            name: replace(row, values={key: one * 2 for key, one in row.values.items()}, answers=row.answers * 2)
            for name, row in arm.rows.items()
        }
        return replace(arm, rows=rows)

    whole = arm_of(main)
    for change, weaker, words in ((cut, True, "12 cases → 9"), (doubled, False, "runs a case 1 → 2")):
        baseline(main).write_text(text(change(whole)))
        main.commit(message="pull request")
        found = llmops(main.root, "gate", "--base", "main", "--format", "json").json()
        assert any(words in one for one in found["weakened" if weaker else "notes"])
        assert bool(found["weakened"]) is weaker


def test_the_text_says_so_too(main, llmops, monkeypatch, tmp_path):
    resealed(main, lowered)
    main.commit(message="pull request")
    monkeypatch.delenv("CI", raising=False)
    done = llmops(main.root, "gate", "--base", "main", code=0)
    assert "weakened by this change: baseline greet on greet" in done.out
    assert "no prompt changed, but what judges them is weaker" in done.out


def test_a_removed_baseline_is_named(main, llmops, monkeypatch, tmp_path):
    baseline(main).unlink()
    main.commit(message="pull request")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("PASS", 0)
    (said,) = found["weakened"]
    assert "removed: contains 100.0 %" in said
    assert said.endswith(": first")


DAMAGE = {
    "a score is edited": (lambda line: line.replace("[true]", "[false]", 1), "LB002"),
    "the header is edited": (lambda line: line.replace('"reason": "first"', '"reason": "other"'), "LB008"),
    "NaN": (lambda line: line.replace("[true]", "[NaN]", 1), "LB011"),
    "a conflict": (lambda line: "<<<<<<< HEAD\n" + line, "LB009"),
    "cut": (lambda line: line[:-20], "LB012"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_change_that_brings_a_baseline_that_does_not_verify_is_an_error(name, main, llmops, monkeypatch):
    change, code = DAMAGE[name]
    path = baseline(main)
    path.write_text(change(path.read_text()))
    main.commit(message="pull request")
    done = llmops(main.root, "gate", "--base", "main", code=1)
    assert code in done.err + done.out
    assert path.name in done.err + done.out


def test_a_damaged_baseline_of_the_base_stops_no_change_that_does_not_touch_it(main, llmops):
    main.checkout("main")
    path = baseline(main)
    path.write_text(path.read_text().replace("[true]", "[false]", 1))
    main.commit(message="damage")
    main.run("checkout", "-B", "pull")
    main.commit({"notes.txt": "x"}, "pull request")
    assert json.loads(llmops(main.root, "gate", "--base", "main", "--format", "json").out)["weakened"] == []


def test_a_change_that_repairs_a_damaged_baseline_is_no_weakening(main, llmops):
    whole = baseline(main).read_text()
    main.checkout("main")
    baseline(main).write_text(whole.replace("[true]", "[false]", 1))
    main.commit(message="damage")
    main.run("checkout", "-B", "pull")
    baseline(main).write_text(whole)
    main.commit(message="pull request")
    found = llmops(main.root, "gate", "--base", "main", "--format", "json").json()
    assert found["weakened"] == []
    assert any("in place of one that did not verify: contains 100.0 %" in note for note in found["notes"])


def test_a_baseline_of_a_version_that_nothing_has_is_only_counted(main, llmops):
    old = replace(arm_of(main), digest="0" * 64)
    main.checkout("main")
    main.commit({place(FOLDER, old): text(old)}, "an old one")
    main.run("checkout", "-B", "pull")
    (main.root / place(FOLDER, old)).unlink()
    main.commit(message="pull request")
    found = llmops(main.root, "gate", "--base", "main", "--format", "json").json()
    assert found["weakened"] == []
    assert "1 baseline of versions that nothing has now: changed or removed" in found["notes"]


def test_the_baseline_of_an_accepted_edit_is_no_change_of_the_bar(main, llmops):
    main.commit({"prompts/greet.yaml": prompt('template: "Hi {{ name }}"')}, "edit")
    llmops(main.root, "eval", "run", "greet")
    llmops(main.root, "baseline", "accept", "greet", "--reason", "shorter")
    main.commit(message="accepted")
    found = llmops(main.root, "gate", "--base", "main", "--format", "json").json()
    assert found["verdict"] in GREEN
    assert found["weakened"] == []
    assert not any("baseline greet" in note for note in found["notes"])


def test_a_first_baseline_of_an_unchanged_prompt_is_a_note(main, llmops):
    llmops(main.root, "eval", "run", "other")
    llmops(main.root, "baseline", "accept", "other", "--reason", "first")
    main.commit(message="pull request")
    found = llmops(main.root, "gate", "--base", "main", "--format", "json").json()
    assert found["weakened"] == []
    assert any(
        note.startswith("baseline other on greet (") and "new: contains 100.0 %" in note for note in found["notes"]
    )


def test_a_rename_that_moves_the_baseline_lower_is_named_and_one_that_moves_it_as_it_is_is_not(main, llmops):
    path, arm = baseline(main), replace(arm_of(main), prompt="hello")
    path.unlink()
    (main.root / "prompts/greet.yaml").unlink()
    files = {"prompts/hello.yaml": prompt(GOOD, id="hello", aliases="[greet]"), place(FOLDER, arm): text(arm)}
    main.commit(files, "rename")
    assert llmops(main.root, "gate", "--base", "main", "--format", "json").json()["weakened"] == []
    main.commit({place(FOLDER, arm): text(lowered(arm))}, "lower")
    (said,) = llmops(main.root, "gate", "--base", "main", "--format", "json").json()["weakened"]
    assert "contains 100.0 % → 75.0 %" in said


def test_the_baseline_of_a_release_counts_as_long_as_a_label_serves_it(main, llmops):
    """The prompt file says something else by now: only the label decides whether the removal weakens anything."""
    main.checkout("main")
    llmops(main.root, "prompt", "release", "greet", "-m", "first")
    (old,) = (main.root / FOLDER).rglob("*.jsonl")
    files = {
        "prompts/greet.yaml": prompt('template: "Hi {{ name }}"'),
        "prompts/.labels/production.yaml": "greet: 1.0.0\n",
    }
    main.commit(files, "edited, and the release is served")
    main.run("checkout", "-B", "pull")
    old.unlink()
    main.commit(message="pull request")
    (said,) = llmops(main.root, "gate", "--base", "main", "--format", "json").json()["weakened"]
    assert "removed: contains 100.0 %" in said
    main.checkout("main")
    main.commit({"prompts/.labels/production.yaml": "# nothing\n"}, "served no more")
    main.run("checkout", "-B", "other")
    old.unlink()
    main.commit(message="pull request")
    found = llmops(main.root, "gate", "--base", "main", "--format", "json").json()
    assert found["weakened"] == []
    assert "1 baseline of versions that nothing has now: changed or removed" in found["notes"]
