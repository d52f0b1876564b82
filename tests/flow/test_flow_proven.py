"""What counts as evidence of a release: against what, from which answers, and where nothing is stored of the old one."""

import shutil

import pytest
from gitrepo import Repo
from released import shop

from llmops_cli.flow.address import find
from llmops_cli.flow.evidence import weigh
from llmops_cli.flow.project import open_project
from llmops_cli.flow.promote import Allowed, promote
from llmops_cli.flow.proven import RefusedError

BREAKING = Allowed(breaking=True)


@pytest.fixture
def here(tmp_path):
    """The prompt in git, asked nothing yet."""
    return shop(Repo.create(tmp_path / "r"))


def forget(here):
    """Leave no run and no cached answer: as in a fresh clone."""
    shutil.rmtree(here.repo.root / ".llmops", ignore_errors=True)


def renamed(here):
    """Give the variable another name, in the prompt and in its cases, and word the prompt anew."""
    text = here.read("prompts/greet.yaml").replace("name: string", "person: string")
    text = text.replace("Hello {{ name }}", "Hi {{ person }}")
    cases = here.read("evalsets/greet.jsonl").replace('"name"', '"person"')
    here.commit({"prompts/greet.yaml": text, "evalsets/greet.jsonl": cases}, "rename")


def record(here, llmops, address="greet"):
    llmops(here.repo.root, "eval", "run", address, "--mode", "record")
    here.commit(message="record")


def served_without_answers(here):
    """Serve 1.0.0, of which no answer is stored, as an import from another tool leaves it."""
    here.release()
    here.commit({"prompts/.labels/production.yaml": "greet: 1.0.0\n"})


def test_a_renamed_variable_is_compared_on_the_recordings_of_the_old_cases(here, llmops):
    record(here, llmops)
    here.release()
    here.commit({"prompts/.labels/production.yaml": "greet: 1.0.0\n"})
    renamed(here)
    forget(here)
    assert here.release().release.evidence == ()
    record(here, llmops)
    forget(here)
    done = promote(here.project, "greet@2.0.0", "production", allow=BREAKING)
    assert done.notes[0] == "greet: PASS against 1.0.0 now"


def test_a_rename_that_also_asks_something_else_is_not_compared(here, llmops):
    record(here, llmops)
    here.release()
    here.commit({"prompts/.labels/production.yaml": "greet: 1.0.0\n"})
    renamed(here)
    here.commit(
        {"evalsets/greet.jsonl": here.read("evalsets/greet.jsonl").replace('"person": "n', '"person": "other n')}
    )
    record(here, llmops)
    here.release()
    with pytest.raises(RefusedError, match="NO-BASELINE"):
        promote(here.project, "greet@2.0.0", "production", allow=BREAKING)


def test_the_hint_of_a_version_that_cannot_be_asked_any_more_leads_to_a_promotion(here, llmops):
    served_without_answers(here)
    renamed(here)
    record(here, llmops)
    here.release()
    forget(here)
    with pytest.raises(RefusedError, match=r"NO-BASELINE \(no answer of greet@1.0.0") as raised:
        promote(here.project, "greet@2.0.0", "production", allow=BREAKING)
    said = raised.value.hint.removeprefix("run: ").partition(" (")[0].split("; ")
    assert [command.split()[:3] for command in said] == [["llmops", "eval", "run"], ["llmops", "baseline", "accept"]]
    for command in said:
        llmops(here.repo.root, *command.replace('"…"', "renamed").split()[1:])
    done = promote(here.project, "greet@2.0.0", "production", allow=BREAKING)
    start = "greet: NEW now (no answer of greet@1.0.0 is stored to compare with, "
    assert done.notes[0].startswith(start)
    assert done.notes[0].endswith(" accepted this one: renamed)")


def test_nothing_stored_of_what_is_served_alone_never_passes(here):
    served_without_answers(here)
    here.edit("Hello", "Hi")
    here.answer()
    here.release()
    with pytest.raises(RefusedError, match="NO-BASELINE") as raised:
        promote(here.project, "greet@1.0.1", "production")
    assert raised.value.hint.startswith("run: llmops eval run greet@1.0.0 --evalset greet ")


@pytest.mark.parametrize(("floor", "passes"), [("", True), (", min: 1.0", True), (", negate", False)])
def test_an_accepted_baseline_of_its_own_stands_for_what_is_missing_if_floors_hold(floor, passes, here, llmops):
    scorer = "not: true, min: 0.5" if floor == ", negate" else floor.removeprefix(", ") or "gate: true"
    here.edit("primary: true", f"primary: true, {scorer}", "evalsets/greet.yaml")
    served_without_answers(here)
    here.edit("echo/m", "echo/other")
    here.answer()
    llmops(here.repo.root, "baseline", "accept", "greet", "--reason", "another model")
    here.commit()
    forget(here)
    released = here.release().release
    assert [(one.verdict, one.against) for one in released.evidence] == [("NEW" if passes else "FAIL", "")]
    if passes:
        assert promote(here.project, f"greet@{released.version}", "production").notes == (
            "greet: NEW when it was released",
        )
    else:
        with pytest.raises(RefusedError, match="FAIL"):
            promote(here.project, f"greet@{released.version}", "production")


def test_a_first_promotion_replaces_nothing(here):
    here.release()
    here.edit("Hello", "Hi")
    here.release()
    here.answer()
    done = promote(here.project, "greet@1.0.1", "staging")
    assert done.notes == (
        "greet: NEW now (no answer of greet@1.0.0 is stored to compare with, and it replaces nothing)",
    )


def test_a_release_is_compared_with_what_is_served_not_with_the_release_before(here, llmops):
    here.answer()
    here.release()
    here.promote("greet@1.0.0")
    here.edit("Hello {{ name }}", "Hello")
    here.edit("{name: string}", "{name: {type: string, required: false}}")
    here.release(bump="minor", lower=True)
    here.edit('"Hello"', '"Hi {{ name }}"')
    here.answer()
    forget(here)
    here.release(bump="minor", lower=True)
    llmops(here.repo.root, "eval", "run", "greet@1.0.0")
    llmops(here.repo.root, "eval", "run", "greet@1.2.0")
    done = promote(here.project, "greet@1.2.0", "production", allow=BREAKING)
    assert done.notes[0] == "greet: PASS against 1.0.0 now"


def test_answers_of_a_gate_count_and_nobody_is_asked_for_more(here, llmops):
    here.answer()
    here.release()
    here.promote("greet@1.0.0")
    here.edit("Hello", "Hi")
    llmops(here.repo.root, "gate", "--base", "HEAD~1")
    (evidence,) = here.release().release.evidence
    assert (evidence.verdict, evidence.against) == ("PASS", "1.0.0")


def test_a_cache_is_not_read_in_ci(here, llmops):
    here.answer()
    here.release()
    here.edit("Hello", "Hi")
    llmops(here.repo.root, "gate", "--base", "HEAD~1")
    shutil.rmtree(here.repo.root / ".llmops/runs", ignore_errors=True)
    for ci, found in (({}, True), ({"CI": "true"}, False)):
        project = open_project(here.repo.root, variables=ci)
        (one,) = weigh(project, find(project, "greet").prompt, None, "greet")
        assert (one.evidence is not None) is found


def test_looking_for_evidence_leaves_no_file(here):
    here.release()
    assert not (here.repo.root / ".llmops").exists()
