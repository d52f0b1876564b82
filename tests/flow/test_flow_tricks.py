"""What the author of a pull request may try: none of it turns the gate's FAIL into a PASS (SECURITY.md lists them).

Each trick is a real pull request: a branch of a real repository, merged as CI merges it, in a fresh clone of depth two,
with the event that GitHub writes. The edit itself breaks every case.
"""

import json
import shutil
from pathlib import Path

import pytest
from gitrepo import Repo

from llmops_cli.load.ids import SUFFIXES
from llmops_cli.runtime.loader import Loader

GREEN = ("PASS", "IMPROVED", "NEW", "ACCEPTED")
GOOD = 'template: "Hello {{ name }}"'
BAD = 'template: "Hello {{ name | upper }}"'
SET = "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, primary: true}]\n"
PROGRAM = """import json, sys
request = json.load(sys.stdin)
print(json.dumps({"text": request["messages"][-1]["content"]}))
"""


def prompt(template=BAD, **more):
    said = {"id": "greet", "model": "echo/m", "variables": "{name: string}", "evals": "[greet]", **more}
    return "\n".join([f"{key}: {value}" for key, value in said.items() if value] + [template]) + "\n"


def cases(count=12, **flags):
    rows = ({"id": f"c{i:02}", "inputs": {"name": f"n{i:02}"}, "expected": f"n{i:02}", **flags} for i in range(count))
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def main(tmp_path, llmops):
    """Main: a prompt, twelve cases, a baseline, nothing recorded."""
    return made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})


@pytest.fixture
def programmed(tmp_path, llmops):
    """The same, answered by a program."""
    return made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD, model="command/model.py"), "model.py": PROGRAM})


def made(tmp_path, llmops, files):
    repo = Repo.create(tmp_path / "main")
    repo.commit(
        {
            "llmops.yaml": "exec: [model.py]\n",
            "evalsets/greet.yaml": SET,
            "evalsets/greet.jsonl": cases(),
            **files,
            ".gitignore": ".llmops/\n",
        },
        "first",
    )
    llmops(repo.root, "eval", "run", "greet")
    llmops(repo.root, "baseline", "accept", "greet", "--reason", "first")
    repo.commit(message="baseline")
    repo.branch("pull")
    return repo


def judged(main, llmops, monkeypatch, tmp_path, *flags, fork=False):
    """Return the gate's document and exit code for the branch as a pull request; None where it says no verdict."""
    head = main.run("rev-parse", "HEAD")
    main.checkout("main")
    base = main.run("rev-parse", "HEAD")
    main.run("checkout", "--quiet", "-B", "merged")
    main.run("merge", "--quiet", "--no-ff", "--no-edit", "pull")
    clone = tmp_path / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    main.run("clone", "--quiet", "--depth=2", "--branch=merged", f"file://{main.root}", str(clone))
    main.checkout("pull")
    ours, theirs = {"full_name": "o/r"}, {"full_name": "stranger/r" if fork else "o/r"}
    payload = {"pull_request": {"base": {"sha": base, "repo": ours}, "head": {"sha": head, "repo": theirs}}}
    event = tmp_path / "event.json"
    event.write_text(json.dumps(payload))
    for name, value in {
        "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    done = llmops(clone, "gate", "--format", "json", *flags, code=None)
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH"):
        monkeypatch.delenv(name)
    return (done.json() if done.out.strip() else None), done.code


def pull(main, files=None, **more):
    main.commit({"prompts/greet.yaml": prompt(**more), **(files or {})}, "pull request")


def baseline(main):
    (path,) = (main.root / "evalsets/.baselines").rglob("*.jsonl")
    return path


def move_baseline(main, change):
    path = baseline(main)
    path.write_text(change(path.read_text()))


EASIER = PROGRAM.replace('["content"]}', '["content"].lower()}')
TRICKS = {
    "the margin is lowered": lambda main: pull(main, {"llmops.yaml": "exec: [model.py]\ngate: {margin: 0.99}\n"}),
    "the eval set's margin is lowered": lambda main: pull(main, {"evalsets/greet.yaml": SET + "gate: {margin: 0.99}\n"}),
    "confirmation and rules are bent": lambda main: pull(
        main, {"llmops.yaml": "exec: [model.py]\ngate: {rule: statistics, alpha: 0.0001, on_inconclusive: warn}\n"}
    ),
    "the scorer is weakened": lambda main: pull(
        main, {"evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\nscorers: [{type: length, min: 0}]\n"}
    ),
    "the scorer no longer gates": lambda main: pull(
        main, {"evalsets/greet.yaml": SET.replace("primary: true", "gate: false")}
    ),
    "scores are made constant": lambda main: pull(
        main, {"evalsets/greet.yaml": 'id: greet\ndata: greet.jsonl\nscorers: [{type: contains, value: ""}]\n'}
    ),
    "most cases are deleted": lambda main: pull(main, {"evalsets/greet.jsonl": cases(1)}),
    "every case is deleted": lambda main: pull(main, {"evalsets/greet.jsonl": ""}),
    "the cases are renamed": lambda main: pull(main, {"evalsets/greet.jsonl": cases().replace('"c', '"d')}),
    "cases are doubled": lambda main: pull(main, {"evalsets/greet.jsonl": cases() * 2}),
    "the expected answers are changed": lambda main: pull(
        main, {"evalsets/greet.jsonl": cases().replace('"expected": "n', '"expected": "N')}
    ),
    "an easier content comes under a new name": lambda main: pull(
        main,
        {"evalsets/greet.jsonl": cases().replace('"name": "n', '"who": "n').replace('"}, "expected', ' x"}, "expected')},
        template='template: "Hi {{ who }}"',
        variables="{who: string}",
    ),
    "the eval set is unlinked": lambda main: pull(main, evals=""),
    "the prompt moves to a new id": lambda main: (
        main.run("mv", "prompts/greet.yaml", "prompts/greeting.yaml"),
        main.commit({"prompts/greeting.yaml": prompt(id="greeting")}, "moved"),
    ),
    "a dot-env is added": lambda main: pull(main, {".env": "OPENAI_BASE_URL=http://127.0.0.1:9\n"}),
    "the baseline is deleted": lambda main: (main.run("rm", "-rq", "evalsets/.baselines"), pull(main)),
    "the baseline's lines are edited": lambda main: (
        move_baseline(main, lambda text: text.replace("true", "false")), pull(main)
    ),
    "the model is asked for nothing": lambda main: pull(main, model="command/nowhere.py"),
    "the prompt is broken on purpose": lambda main: pull(main, template='template: "Hello {{ nobody }}"'),
}  # fmt: skip


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_in_a_pull_request_is_no_pass(name, main, llmops, monkeypatch, tmp_path):
    TRICKS[name](main)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code != 0
    assert found is None or found["verdict"] not in GREEN


PROGRAMS = {
    "the program answers better": lambda main: pull(main, {"model.py": EASIER}, model="command/model.py"),
    "another program is named": lambda main: pull(
        main, {"llmops.yaml": "exec: [better.py]\n", "better.py": EASIER}, model="command/better.py"
    ),
    "the model's name means another program": lambda main: pull(
        main,
        {"llmops.yaml": "exec: [better.py]\nmodels: {m: {model: command/better.py}}\n", "better.py": EASIER},
        model="m",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_a_pull_request_judges_nothing(name, programmed, llmops, monkeypatch, tmp_path):
    PROGRAMS[name](programmed)
    found, code = judged(programmed, llmops, monkeypatch, tmp_path)
    assert code != 0
    assert found is None or found["verdict"] not in GREEN


def test_a_critical_mark_that_is_taken_off_still_counts(main, llmops, monkeypatch, tmp_path):
    main.checkout("main")
    main.commit({"evalsets/greet.jsonl": cases(critical=True)}, "critical")
    main.run("checkout", "--quiet", "-B", "pull")
    pull(main, {"evalsets/greet.jsonl": cases(critical=False)})
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code == 1
    assert {rule["rule"] for rule in found["hard"]} == {"critical"}


def test_a_prompt_that_a_label_serves_is_not_removed_in_passing(main, llmops, monkeypatch, tmp_path):
    main.checkout("main")
    llmops(main.root, "prompt", "release", "greet", "-m", "first")
    llmops(main.root, "prompt", "promote", "greet@1.0.0", "--to", "production")
    main.commit(message="released")
    main.run("checkout", "--quiet", "-B", "pull")
    main.run("rm", "-q", "prompts/greet.yaml")
    main.commit({"prompts/other.yaml": 'id: other\nmodel: echo/m\ntemplate: "x"\n'}, "removed")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code == 1
    assert [rule["rule"] for rule in found["hard"]] == ["removed-prompt"]


def test_the_edit_alone_fails_and_without_it_the_gate_passes(main, llmops, monkeypatch, tmp_path):
    pull(main)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)
    main.run("reset", "--quiet", "--hard", "main")
    main.commit({"prompts/greet.yaml": prompt('template: "Hello, {{ name }}"')}, "a comma")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"] in GREEN, code) == (True, 0)


def test_running_it_again_changes_nothing(main, llmops, monkeypatch, tmp_path):
    pull(main)
    first, _ = judged(main, llmops, monkeypatch, tmp_path)
    again, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code == 1
    assert again["verdict"] == first["verdict"] == "FAIL"


def accepted(main, llmops):
    main.write("prompts/greet.yaml", prompt())
    llmops(main.root, "eval", "run", "greet")
    llmops(main.root, "baseline", "accept", "greet", "--reason", "trust me", "--allow-regress")
    main.commit(message="accepted by myself")


def test_an_acceptance_of_ones_own_counts_for_nothing_from_a_fork(main, llmops, monkeypatch, tmp_path):
    accepted(main, llmops)
    found, code = judged(main, llmops, monkeypatch, tmp_path, fork=True)
    assert code != 0
    assert found["verdict"] not in GREEN


def test_an_acceptance_of_ones_own_waits_for_the_merge_where_the_policy_says_so(main, llmops, monkeypatch, tmp_path):
    main.checkout("main")
    main.commit({"llmops.yaml": "exec: [model.py]\naccepts: base\n"}, "policy")
    main.run("checkout", "--quiet", "-B", "pull")
    accepted(main, llmops)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)


def test_an_acceptance_of_a_colleague_is_never_quiet(main, llmops, monkeypatch, tmp_path):
    accepted(main, llmops)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("ACCEPTED", 0)
    assert any("trust me" in reason for one in found["prompts"] for reason in one["reasons"]) or any(
        "trust me" in reason for one in found["families"] for reason in one["reasons"]
    )
    assert found["unverified"]["baselines"] == 1


def forged(main, llmops):
    """Recordings in which the bad edit answers every case right."""
    pull(main)
    llmops(main.root, "eval", "run", "greet", "--mode", "record")
    path = main.root / "evalsets/.recordings/greet/greet.jsonl"
    text = path.read_text()
    for at in range(12):
        text = text.replace(f"N{at:02}", f"n{at:02}")
    path.write_text(text)
    main.commit(message="recordings")


@pytest.mark.parametrize("mode", ["replay", "auto"])
def test_forged_recordings_of_a_fork_are_not_looked_at(mode, main, llmops, monkeypatch, tmp_path):
    forged(main, llmops)
    found, code = judged(main, llmops, monkeypatch, tmp_path, "--mode", mode, fork=True)
    assert code != 0
    assert found["unverified"]["recordings"] == 0


def test_whose_recordings_do_not_count_is_told_and_what_leads_on(main, llmops, monkeypatch, tmp_path):
    forged(main, llmops)
    found, code = judged(main, llmops, monkeypatch, tmp_path, "--mode", "replay", fork=True)
    assert (found["verdict"], code) == ("INCOMPLETE", 4)
    (said,) = [reason for one in found["prompts"] for reason in one["reasons"] if "no recording" in reason]
    assert "recordings that a fork brings do not count" in said
    assert "llmops gate --mode live" in said
    assert "commit the recordings" not in said, "they are committed"
    main.checkout("main")
    main.commit({"llmops.yaml": "exec: [model.py]\ntrust_recordings: base\n"}, "policy")
    main.checkout("pull")
    found, code = judged(main, llmops, monkeypatch, tmp_path, "--mode", "replay")
    (said,) = [reason for one in found["prompts"] for reason in one["reasons"] if "no recording" in reason]
    assert "trust_recordings: base" in said


def test_forged_recordings_are_not_looked_at_where_only_the_base_is_trusted(main, llmops, monkeypatch, tmp_path):
    main.checkout("main")
    main.commit({"llmops.yaml": "exec: [model.py]\ntrust_recordings: base\n"}, "policy")
    main.run("checkout", "--quiet", "-B", "pull")
    forged(main, llmops)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)


def test_forged_recordings_of_a_colleague_are_named_and_found_out_by_a_sample(main, llmops, monkeypatch, tmp_path):
    forged(main, llmops)
    found, _ = judged(main, llmops, monkeypatch, tmp_path)
    assert found["unverified"]["recordings"] == 12
    found, code = judged(main, llmops, monkeypatch, tmp_path, "--verify-recordings", "8")
    assert (found["verdict"], code) == ("FAIL", 1)
    assert [rule["rule"] for rule in found["hard"]] == ["recordings"]


def test_recordings_of_the_bases_own_version_that_a_change_brings_are_not_its_bar(main, llmops, monkeypatch, tmp_path):
    main.checkout("main")
    main.run("rm", "-rq", "evalsets/.baselines")
    main.commit(message="no baseline")
    main.run("checkout", "--quiet", "-B", "pull")
    llmops(main.root, "eval", "run", "greet", "--mode", "record")
    path = main.root / "evalsets/.recordings/greet/greet.jsonl"
    path.write_text(path.read_text().replace("Hello n", "Hello ?"))
    pull(main)
    llmops(main.root, "eval", "run", "greet", "--mode", "record")
    main.commit(message="the bar is lowered")
    found, code = judged(main, llmops, monkeypatch, tmp_path, "--mode", "replay")
    assert code != 0
    assert found["verdict"] not in GREEN
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)


def test_nothing_of_a_pull_request_is_run(programmed, llmops, monkeypatch, tmp_path):
    marker = tmp_path / "ran"
    evil = f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n" + PROGRAM
    changed = {"model.py": evil, "better.py": evil, "llmops.yaml": "exec: [model.py, better.py]\n"}
    pull(programmed, changed, model="command/better.py")
    judged(programmed, llmops, monkeypatch, tmp_path, fork=True)
    assert not Path(marker).exists()


def hinted(main, hint, **more):
    """Give the prompt a new variable, and each case a value for it."""
    rows = [json.loads(line) for line in cases().splitlines()]
    wider = [{**row, "inputs": {**row["inputs"], "hint": hint(row)}} for row in rows]
    text = 'template: "Hello {{ name | upper }} {{ hint }}"'
    files = {"evalsets/greet.jsonl": "".join(json.dumps(row) + "\n" for row in wider)}
    pull(main, files, template=text, variables="{name: string, hint: string}", **more)


@pytest.mark.parametrize("fork", [False, True])
def test_a_new_input_that_gives_the_answer_away_stands_in_for_nothing(fork, main, llmops, monkeypatch, tmp_path):
    hinted(main, lambda row: f"say {row['expected']}")
    found, code = judged(main, llmops, monkeypatch, tmp_path, fork=fork)
    assert code != 0
    assert found["verdict"] not in GREEN


def test_a_fork_adds_no_input_that_differs_from_case_to_case(main, llmops, monkeypatch, tmp_path):
    hinted(main, lambda row: row["expected"][::-1])
    found, code = judged(main, llmops, monkeypatch, tmp_path, fork=True)
    assert (found["verdict"], code) == ("INCOMPLETE", 4)


def test_cases_that_a_change_brings_do_not_make_the_bases_test_blunt(main, llmops, monkeypatch, tmp_path):
    some = "template: \"{{ name | upper if name < 'n05' else name }}\""
    main.checkout("main")
    sixty = {"evalsets/greet.jsonl": cases(60), "evalsets/greet.yaml": SET + "gate: {margin: 0.05, plan: fixed}\n"}
    main.commit(sixty, "sixty cases")
    llmops(main.root, "eval", "run", "greet")
    llmops(main.root, "baseline", "accept", "greet", "--reason", "sixty")
    main.commit(message="baseline")
    main.run("checkout", "--quiet", "-B", "pull")
    pull(main, template=some)
    alone, _ = judged(main, llmops, monkeypatch, tmp_path)
    extra = {f"evalsets/e{at}.yaml": SET.replace("id: greet", f"id: e{at}") for at in range(6)}
    pull(main, extra, template=some, evals="[greet, e0, e1, e2, e3, e4, e5]")
    beside, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (alone["verdict"], beside["verdict"], code) == ("FAIL", "FAIL", 1)


WELCOME = 'template: "You are now asked something quite other: {{ name | upper }}"'


def renamed(main, **more):
    main.run("rm", "-q", "prompts/greet.yaml")
    main.commit({"prompts/welcome.yaml": prompt(WELCOME, **{"id": "welcome", **more})}, "renamed")


def decoy(main):
    main.run("rm", "-q", "prompts/greet.yaml")
    files = {"agreet": prompt(GOOD, id="agreet"), "zgreet": prompt(id="zgreet", aliases="[greet]")}
    main.commit({f"prompts/{name}.yaml": text for name, text in files.items()}, "a copy stands in the way")


def taken_over(main):
    """A prompt that was there before takes the callers."""
    main.run("rm", "-q", "prompts/greet.yaml")
    main.commit({"prompts/other.yaml": prompt(id="other", evals="", aliases="[greet]")}, "taken over")


OPTIONAL = "{name: string, x: {type: string, required: false, default: ''}}"
RENAMES = {
    "a copy takes the baseline and an alias the callers": decoy,
    "a prompt that was there takes the callers": taken_over,
    "it has other words and drops its eval set": lambda main: renamed(main, evals=""),
    "it has other words": renamed,
    "it has one more optional variable": lambda main: renamed(main, variables=OPTIONAL),
    "it claims the old id and drops its eval set": lambda main: renamed(main, aliases="[greet]", evals=""),
}


@pytest.mark.parametrize("name", RENAMES)
@pytest.mark.parametrize("named_by", ["the prompt", "the eval set"])
def test_no_rename_is_a_way_out_of_the_baseline(name, named_by, tmp_path, llmops, monkeypatch):
    files = {"prompts/greet.yaml": prompt(GOOD), "prompts/other.yaml": prompt(id="other", evals="")}
    if named_by == "the eval set":
        files |= {"prompts/greet.yaml": prompt(GOOD, evals=""), "evalsets/greet.yaml": SET + "prompts: [greet]\n"}
    main = made(tmp_path, llmops, files)
    RENAMES[name](main)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"] in ("FAIL", "UNCOVERED"), code) == (True, 1)


def test_a_prompt_that_is_gone_for_good_passes_with_its_reason(main, llmops, monkeypatch, tmp_path):
    main.checkout("main")
    main.commit({"prompts/other.yaml": prompt(id="other")}, "another")
    main.run("checkout", "--quiet", "-B", "pull")
    main.run("rm", "-q", "prompts/greet.yaml")
    main.commit(message="gone")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    (gone,) = (one for one in found["prompts"] if one["id"] == "greet")
    assert (gone["status"], gone["verdict"], code) == ("removed", "PASS", 0)
    assert "no label serves it" in gone["reasons"][0]


TWICE = {
    "a copy that comes first": {"prompts/aaa.yaml": prompt(GOOD)},
    "a copy that comes last": {"prompts/zzz.yaml": prompt(GOOD)},
    "another suffix": {"prompts/greet.prompt.yaml": prompt(GOOD)},
    "the short suffix": {"prompts/greet.yml": prompt(GOOD)},
    "an alias": {"prompts/aaa.yaml": prompt(GOOD, id="aaa", aliases="[greet]")},
    "an id in escapes": {"prompts/aaa.yaml": prompt(GOOD, id='"gr\\x65et"')},
}


@pytest.mark.parametrize("name", TWICE)
@pytest.mark.parametrize("edits", [True, False])
def test_a_name_that_two_files_claim_is_an_error(name, edits, main, llmops, monkeypatch, tmp_path):
    if edits:
        pull(main, TWICE[name])
    else:
        main.commit({path: text.replace(GOOD, BAD) for path, text in TWICE[name].items()}, "a second file")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found, code) == (None, 1)
    assert "LP022" in llmops(main.root, "validate", code=1).out


def test_commands_and_applications_find_an_id_in_the_same_file(tmp_path, llmops):
    for suffix in SUFFIXES:
        (tmp_path / "prompts").mkdir(exist_ok=True)
        (tmp_path / f"prompts/greet{suffix}").write_text(prompt(f'template: "from {suffix} {{{{ name }}}}"', evals=""))
    (tmp_path / "llmops.yaml").write_text("exec: []\n")
    for suffix in SUFFIXES:
        served = Loader(project=tmp_path).get("greet")
        assert f"from {suffix} " in json.dumps(served.render(name="x").messages)
        assert f"from {suffix} " in llmops(tmp_path, "prompt", "render", "greet", "--var", "name=x").out
        (tmp_path / f"prompts/greet{suffix}").unlink()
