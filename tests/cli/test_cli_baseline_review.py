"""Pending, review and reject as a person meets them: a real repository, a real terminal."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from gitrepo import clean_environment
from terminal import Terminal

from llmops_cli.model.pending import Waiting
from llmops_cli.model.verdict import Cost, Family, Judged, Verdict
from llmops_cli.report.baseline_review import confirmation

PROMPT = 'id: greet\nmodel: echo/m\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'
UPPER = PROMPT.replace("{{ name }}", "{{ name | upper }}")
QUESTION = "[a,r,s,n,p,q,?] "


@pytest.fixture
def stored(project, llmops):
    """The project with an accepted, committed baseline of two prompts."""
    project.commit({"prompts/bye.yaml": PROMPT.replace("id: greet", "id: bye").replace("Hello", "Bye")}, "bye")
    for name in ("greet", "bye"):
        llmops(project.root, "eval", "run", name)
        llmops(project.root, "baseline", "accept", name, "--reason", "first")
    project.commit(message="baselines")
    return project


@pytest.fixture
def edited(stored, llmops):
    """Both prompts edited for the worse, and run."""
    stored.write("prompts/greet.yaml", UPPER)
    stored.write("prompts/bye.yaml", UPPER.replace("id: greet", "id: bye").replace("Hello", "Bye"))
    llmops(stored.root, "eval", "run", "greet", "bye")
    return stored


def accepted(repo):
    """Return prompt → reason of every baseline that replaces another."""
    found = {}
    for path in (repo.root / "evalsets/.baselines").rglob("*.jsonl"):
        header = json.loads(path.read_text("utf-8").partition("\n")[0])
        if header["accepted"]["replaces"]:
            found[header["prompt"]] = header["accepted"]["reason"]
    return found


def waiting(repo, llmops):
    return [one["prompt"] for one in llmops(repo.root, "baseline", "pending", "--format", "json").json()["pending"]]


def test_pending_shows_the_newest_run_of_each_edited_prompt_with_the_gates_verdict(edited, llmops):
    done = llmops(edited.root, "baseline", "pending", "--format", "json").json()
    run = llmops(edited.root, "eval", "list", "--format", "json").json()["runs"][0]["run"]
    gate = llmops(edited.root, "gate", "--format", "json", code=1).json()
    verdicts = {
        family["prompt"]: (family["verdict"], family["delta"], len(family["broke"])) for family in gate["families"]
    }
    assert {one["prompt"]: (one["verdict"], one["delta"], one["broke"]) for one in done["pending"]} == verdicts
    assert run in {one["run"] for one in done["pending"]}
    text = llmops(edited.root, "baseline", "pending").out
    assert "2 results wait for a decision" in text
    assert "llmops baseline review" in text


def test_nothing_waits_where_nothing_changed_or_the_answers_are_the_same(stored, llmops):
    assert "nothing waits" in llmops(stored.root, "baseline", "pending").out
    stored.write("prompts/greet.yaml", PROMPT + "params: {temperature: 0.5}\n")
    llmops(stored.root, "eval", "run", "greet")
    assert waiting(stored, llmops) == []


def test_an_edit_that_was_not_run_says_how_to_run_it(stored, llmops):
    stored.write("prompts/greet.yaml", UPPER)
    done = llmops(stored.root, "baseline", "pending", "--format", "json").json()
    assert done["pending"] == []
    assert [(one["prompt"], one["command"]) for one in done["not_ready"]] == [("greet", "llmops eval run greet")]


def test_recordings_wait_like_a_run_and_can_be_accepted(stored, llmops):
    stored.write("prompts/greet.yaml", UPPER)
    llmops(stored.root, "eval", "run", "greet", "--mode", "record")
    for run in (stored.root / ".llmops/runs").iterdir():
        for path in run.iterdir():
            path.unlink()
        run.rmdir()
    done = llmops(stored.root, "baseline", "pending", "--format", "json").json()
    assert [(one["prompt"], one["run"]) for one in done["pending"]] == [("greet", None)]
    with Terminal(stored.root, "baseline", "review") as screen:
        for line, wanted in (("a", QUESTION), ("wanted", "reason: "), ("yes", "type yes: ")):
            screen.expect(wanted)
            screen.type(line)
        assert screen.end() == 0, screen.text
    assert accepted(stored) == {"greet": "wanted"}


def test_a_new_prompt_waits_for_its_first_baseline(stored, llmops):
    stored.write("prompts/new.yaml", PROMPT.replace("id: greet", "id: new"))
    llmops(stored.root, "eval", "run", "new")
    done = llmops(stored.root, "baseline", "pending", "--format", "json").json()
    assert [(one["prompt"], one["verdict"]) for one in done["pending"]] == [("new", "NEW")]


def test_an_edit_that_is_committed_on_a_branch_is_compared_with_what_the_branch_came_from(stored, llmops):
    stored.branch("topic")
    stored.commit({"prompts/greet.yaml": UPPER}, "louder")
    llmops(stored.root, "eval", "run", "greet")
    assert waiting(stored, llmops) == ["greet"]
    assert "--allow-regress" in llmops(stored.root, "baseline", "accept", "greet", "--reason", "x", code=2).err
    llmops(stored.root, "baseline", "accept", "greet", "--reason", "louder", "--allow-regress")
    assert accepted(stored) == {"greet": "louder"}
    stored.commit(message="accepted")
    assert llmops(stored.root, "gate", "--format", "json").json()["verdict"] == "ACCEPTED"


def test_an_acceptance_that_expired_waits_again(edited, llmops, monkeypatch):
    monkeypatch.setenv("LLMOPS_TODAY", "2026-01-01")
    llmops(edited.root, "baseline", "accept", "greet", "--reason", "x", "--allow-regress", "--expires", "2d")
    assert waiting(edited, llmops) == ["bye"]
    monkeypatch.setenv("LLMOPS_TODAY", "2026-01-04")
    assert waiting(edited, llmops) == ["bye", "greet"]


def test_review_shows_each_broken_case_and_writes_what_was_decided(edited, llmops):
    with Terminal(edited.root, "baseline", "review") as screen:
        first = screen.expect(QUESTION)
        assert "[1/2] bye on greet" in first
        assert "100.0% → 0.0%" in first
        assert "−100.0 pp [" in first
        assert "case 1 of 12" in first
        assert "expected  n00" in first
        assert "base      Bye n00" in first
        assert "head      Bye N00" in first
        screen.type("n")
        assert "case 2 of 12" in screen.expect(QUESTION)
        screen.type("")
        assert "case 3 of 12" in screen.expect(QUESTION)
        screen.type("p")
        assert "case 2 of 12" in screen.expect(QUESTION)
        screen.type("?")
        assert "decide later" in screen.expect(QUESTION)
        screen.type("a")
        screen.expect("reason: ")
        screen.type("shouting is wanted")
        assert "accept a drop of 100.0 pp? type yes: " in screen.expect("type yes: ")
        assert accepted(edited) == {}, "nothing is written before the word"
        screen.type("yes")
        assert "wrote evalsets/.baselines/bye/greet/" in screen.expect(QUESTION)
        assert accepted(edited) == {"bye": "shouting is wanted"}
        screen.type("r")
        screen.expect("reason: ")
        screen.type("too loud")
        screen.expect("1 accepted, 1 rejected, 0 skipped, 0 left")
        assert screen.end() == 0
    assert waiting(edited, llmops) == []
    assert accepted(edited) == {"bye": "shouting is wanted"}


@pytest.mark.parametrize(
    "lines", [("a", "", "q"), ("a", "a reason", "y", "q"), ("a", "a reason", "", "q"), ("s", "q"), ("q",), ("x", "q")]
)
def test_without_a_reason_and_the_whole_word_nothing_is_written(lines, edited, llmops):
    with Terminal(edited.root, "baseline", "review") as screen:
        for line in lines:
            screen.expect(": " if line not in ("a", "q", "s", "x") else QUESTION)
            screen.type(line)
        assert screen.end() == 0, screen.text
    assert accepted(edited) == {}
    assert waiting(edited, llmops) == ["bye", "greet"]


def test_whoever_interrupts_keeps_what_was_decided(edited, llmops):
    with Terminal(edited.root, "baseline", "review") as screen:
        for line, wanted in (
            ("a", QUESTION),
            ("wanted", "reason: "),
            ("yes", "type yes: "),
            ("a", QUESTION),
            ("half a", "reason: "),
        ):
            screen.expect(wanted)
            screen.type(line)
        screen.expect("type yes: ")
        screen.interrupt()
        assert screen.end() == 130, screen.text
        assert "1 accepted, 0 rejected, 0 skipped, 1 left" in screen.text
    assert accepted(edited) == {"bye": "wanted"}
    assert waiting(edited, llmops) == ["greet"]
    llmops(edited.root, "baseline", "verify")


def test_the_end_of_the_input_quits(edited, llmops):
    with Terminal(edited.root, "baseline", "review") as screen:
        screen.expect(QUESTION)
        screen.hang_up()
        assert screen.end() == 0
    assert accepted(edited) == {}


def test_what_a_model_wrote_cannot_reach_the_terminal(stored, llmops):
    attack = "\x1b]0;pwned\x07\x1b[2J\u202eevil"
    stored.write(
        "prompts/greet.yaml", PROMPT.replace("Hello {{ name }}", json.dumps(attack)[1:-1] + " {{ name | upper }}")
    )
    llmops(stored.root, "eval", "run", "greet")
    with Terminal(stored.root, "baseline", "review", NO_COLOR="1") as screen:
        shown = screen.expect(QUESTION)
        screen.type("q")
        screen.end()
    assert "pwned" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def piped(root, text, **environment):
    command = [sys.executable, "-m", "llmops_cli", "-C", str(root), "baseline", "review"]
    stdin = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    return subprocess.run(
        command, capture_output=True, text=True, env=clean_environment(**environment), check=False, **stdin
    )


def test_answers_may_come_by_a_pipe(edited, llmops):
    done = piped(edited.root, "a\nboth are wanted\nyes\ns\n")
    assert done.returncode == 0, done.stderr
    assert "1 accepted, 0 rejected, 1 skipped, 0 left" in done.stderr
    assert accepted(edited) == {"bye": "both are wanted"}


def test_a_graded_case_shows_its_scores_and_not_that_it_passed(project, llmops):
    template = """template: '{"who": "{{ name }}", "tone": "kind"}'\nevals: [greet]\n"""
    prompt = PROMPT.partition("template")[0] + template
    cases = [
        {"id": f"c{i}", "inputs": {"name": f"n{i}"}, "expected": {"who": f"n{i}", "tone": "kind"}} for i in range(9)
    ]
    files = {
        "prompts/greet.yaml": prompt,
        "evalsets/greet.yaml": "id: greet\nscorers: [{type: json_fields, primary: true}]\n",
        "evalsets/greet.jsonl": "".join(f"{json.dumps(case)}\n" for case in cases),
    }
    project.commit(files, "graded")
    llmops(project.root, "eval", "run", "greet")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
    project.commit(message="baseline")
    project.write("prompts/greet.yaml", prompt.replace('"kind"', '"curt"'))
    llmops(project.root, "eval", "run", "greet")
    done = piped(project.root, "q\n")
    assert "c0   scored 100.0% → 50.0%" in done.stdout + done.stderr
    assert "passed" not in done.stdout + done.stderr


def test_it_is_refused_where_nobody_answers_and_in_ci(edited):
    nobody = piped(edited.root, None)
    assert (nobody.returncode, "nobody is there" in nobody.stderr) == (2, True)
    ci = piped(edited.root, "a\nx\nyes\n", CI="true")
    assert (ci.returncode, "CI" in ci.stderr) == (2, True)
    assert accepted(edited) == {}


def test_what_was_rejected_waits_no_more_and_is_accepted_with_a_warning(edited, llmops):
    done = llmops(edited.root, "baseline", "reject", "greet", "--reason", "too loud")
    assert "rejected greet on greet" in done.out
    assert waiting(edited, llmops) == ["bye"]
    shown = llmops(edited.root, "baseline", "pending", "--format", "json").json()["rejected"]
    assert [(one["prompt"], one["reason"]) for one in shown] == [("greet", "too loud")]
    assert ".llmops" not in edited.run("status", "--porcelain", "--untracked-files=all")
    assert llmops(edited.root, "gate", "greet", "--format", "json", code=1).json()["verdict"] == "FAIL"
    warned = llmops(edited.root, "baseline", "accept", "greet", "--reason", "on second thought", "--allow-regress")
    assert "rejected before" in warned.err
    assert "too loud" in warned.err
    assert accepted(edited) == {"greet": "on second thought"}


def test_a_rejection_is_of_one_version_only(edited, llmops):
    llmops(edited.root, "baseline", "reject", "greet", "--reason", "too loud")
    edited.write("prompts/greet.yaml", UPPER.replace("Hello", "Hi"))
    llmops(edited.root, "eval", "run", "greet")
    assert waiting(edited, llmops) == ["bye", "greet"]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("greet", "--reason", " "), "reason"),
        (("nothing", "--reason", "x"), "no prompt"),
        (("greet", "--reason", "x", "--evalset", "other"), "other"),
    ],
)
def test_a_rejection_without_a_reason_or_of_nothing_is_refused(argv, words, edited, llmops):
    assert words in llmops(edited.root, "baseline", "reject", *argv, code=2).err
    assert waiting(edited, llmops) == ["bye", "greet"]


def test_an_unchanged_prompt_has_nothing_to_reject(stored, llmops):
    assert "waits" in llmops(stored.root, "baseline", "reject", "greet", "--reason", "x", code=2).err


def test_a_person_decides_and_not_ci(edited, llmops, monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert "CI" in llmops(edited.root, "baseline", "reject", "greet", "--reason", "x", code=2).err


def test_what_an_acceptance_does_not_cover_is_said_before_it_is_given(stored, llmops):
    rows = (stored.root / "evalsets/greet.jsonl").read_text().splitlines(keepends=True)
    stored.write("evalsets/greet.jsonl", "".join([rows[0].replace("{", '{"never": true, ', 1), *rows[1:]]))
    for name in ("greet", "bye"):
        llmops(stored.root, "eval", "run", name)
        llmops(stored.root, "baseline", "accept", name, "--reason", "a case that may never fail")
    stored.commit(message="never")
    stored.write("prompts/greet.yaml", UPPER)
    llmops(stored.root, "eval", "run", "greet")
    done = piped(stored.root, "q\n")
    assert "never c00" in done.stdout
    assert "an acceptance does not cover broken rules" in done.stdout
    llmops(stored.root, "baseline", "accept", "greet", "--reason", "x", "--allow-regress")
    assert llmops(stored.root, "gate", "--format", "json", code=1).json()["verdict"] == "FAIL"


def test_a_slice_that_fell_further_than_the_whole_is_named_in_the_question():
    whole = Family("p", "s", "exact", None, Verdict.FAIL, "statistics", 50, 1.0, 1.0, delta=-0.03)
    part = replace(whole, slice="scanned", delta=-0.2, primary=False)
    better = replace(whole, delta=0.01)
    said = [confirmation(waiting_for(*families)) for families in ((whole,), (whole, part), (better, part), ())]
    assert said == [
        "accept a drop of 3.0 pp? type yes: ",
        "accept a drop of 3.0 pp, of 20.0 pp in exact/scanned? type yes: ",
        "accept a drop of 20.0 pp in exact/scanned? type yes: ",
        "accept FAIL? type yes: ",
    ]


def waiting_for(*families):
    judged = Judged(Verdict.FAIL, families, (), (), Cost())
    return Waiting(None, None, None, "", None, judged, (), {})


@pytest.mark.parametrize("said", ["a reason comes first", "really?", "acc", "rejct", "no", "skip it", "aa"])
def test_a_text_that_is_no_command_decides_nothing_and_is_asked_again(said, edited, llmops):
    done = piped(edited.root, f"{said}\nwanted\nquit\n")
    assert accepted(edited) == {}
    assert "0 accepted" in done.stderr
    assert done.stderr.count("a  accept:") == 2


@pytest.mark.parametrize("said", ["a", "A", "accept", " Accept "])
def test_a_letter_and_the_whole_word_are_commands(said, edited, llmops):
    piped(edited.root, f"skip\n{said}\nwanted\nyes\n")
    assert accepted(edited) == {"greet": "wanted"}
