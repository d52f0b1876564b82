"""The gate as a user meets it: a real repository, real commands, exit codes."""

import json

import pytest
from support import ModelServer, last_text

GOOD = 'template: "Hello {{ name }}"'
BAD = 'template: "Hello {{ name | upper }}"'


def prompt(template=GOOD, **more):
    lines = ["id: greet", "model: echo/m", "variables: {name: string}", template, "evals: [greet]"]
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in more.items())]) + "\n"


def cases(count, **flags):
    rows = [{"id": f"c{i:03}", "inputs": {"name": f"n{i:03}"}, "expected": f"n{i:03}", **flags} for i in range(count)]
    return "".join(json.dumps(row) + "\n" for row in rows)


CASES_WITHOUT_THREE = "".join(
    f'{{"id": "c{i:02}", "inputs": {{"name": "n{i:02}"}}, "expected": "n{i:02}"}}\n' for i in range(9)
)


@pytest.fixture
def gated(project, llmops):
    """The project with an accepted, committed baseline."""
    llmops(project.root, "eval", "run", "greet")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
    project.commit(message="baseline")
    return project


def test_an_unchanged_prompt_passes_without_a_call(gated, llmops):
    done = llmops(gated.root, "gate", "--format", "json").json()
    assert done["verdict"] == "PASS"
    assert done["calls"]["live"] == done["calls"]["recorded"] == 0
    assert [one["status"] for one in done["prompts"]] == ["unchanged"]


def test_a_bad_edit_fails_and_names_the_broken_cases(gated, llmops):
    gated.write("prompts/greet.yaml", prompt(BAD))
    done = llmops(gated.root, "gate", code=1)
    assert "GATE FAILED" in done.out
    assert "c00" in done.out
    assert "N00" in done.out


def test_a_comment_changes_nothing(gated, llmops):
    gated.write("prompts/greet.yaml", "# a comment\n" + (gated.root / "prompts/greet.yaml").read_text())
    assert llmops(gated.root, "gate", "--format", "json").json()["verdict"] == "PASS"


def test_an_edit_with_identical_answers_passes_outright(gated, llmops):
    gated.write("prompts/greet.yaml", prompt(params="{temperature: 0.5}"))
    done = llmops(gated.root, "gate", "--format", "json").json()
    assert [family["rule"] for family in done["families"]] == ["identical"]
    assert done["verdict"] == "PASS"


def test_without_a_baseline_in_replay_there_is_no_verdict(project, llmops):
    project.write("prompts/greet.yaml", prompt(BAD))
    done = llmops(project.root, "gate", "--mode", "replay", code=3)
    assert "NO-BASELINE" in done.out or "NO BASELINE" in done.out.upper().replace("-", " ")


def test_without_a_baseline_in_auto_mode_the_base_is_run(project, llmops):
    project.write("prompts/greet.yaml", prompt(BAD))
    assert llmops(project.root, "gate", "--format", "json", code=1).json()["verdict"] == "FAIL"


def test_a_missing_recording_is_incomplete_and_never_a_wrong_answer(gated, llmops):
    gated.write("prompts/greet.yaml", prompt(BAD))
    done = llmops(gated.root, "gate", "--mode", "replay", "--format", "json", code=4).json()
    assert done["verdict"] == "INCOMPLETE"
    assert done["hard"] == []


def test_a_new_prompt_is_new(gated, llmops):
    gated.write("prompts/other.yaml", 'id: other\nmodel: echo/m\ntemplate: "x"\n')
    done = llmops(gated.root, "gate", "--format", "json").json()
    assert {one["id"]: one["verdict"] for one in done["prompts"]}["other"] == "NEW"


def test_a_changed_prompt_without_an_eval_set_is_uncovered(gated, llmops):
    gated.commit({"prompts/other.yaml": 'id: other\nmodel: echo/m\ntemplate: "x"\n'}, "other")
    gated.write("prompts/other.yaml", 'id: other\nmodel: echo/m\ntemplate: "y"\n')
    assert llmops(gated.root, "gate", "--format", "json", code=1).json()["verdict"] == "UNCOVERED"


def test_uncovered_and_inconclusive_can_be_warnings(gated, llmops):
    files = {
        "prompts/other.yaml": 'id: other\nmodel: echo/m\ntemplate: "x"\n',
        "llmops.yaml": "gate: {on_uncovered: warn, on_inconclusive: warn}\n",
    }
    gated.commit(files, "other")
    gated.write("prompts/other.yaml", 'id: other\nmodel: echo/m\ntemplate: "y"\n')
    assert llmops(gated.root, "gate", "--format", "json").json()["verdict"] == "UNCOVERED"


def test_a_renamed_prompt_keeps_its_baseline(gated, llmops):
    (gated.root / "prompts/greet.yaml").unlink()
    text = prompt(BAD).replace("id: greet", "id: hello\naliases: [greet]")
    gated.write("prompts/hello.yaml", text)
    done = llmops(gated.root, "gate", "--format", "json", code=1).json()
    assert [(one["id"], one["status"]) for one in done["prompts"]] == [("hello", "renamed")]
    assert done["verdict"] == "FAIL"


def test_the_accepted_drop_is_accepted_for_exactly_that_version(gated, llmops):
    gated.write("prompts/greet.yaml", prompt(BAD))
    llmops(gated.root, "eval", "run", "greet")
    refused = llmops(gated.root, "baseline", "accept", "greet", "--reason", "shouting is wanted", code=2)
    assert "--allow-regress" in refused.err
    llmops(gated.root, "baseline", "accept", "greet", "--reason", "shouting is wanted", "--allow-regress")
    done = llmops(gated.root, "gate", "--format", "json").json()
    assert done["verdict"] == "ACCEPTED"
    assert done["unverified"]["baselines"] == 1
    assert "shouting is wanted" in llmops(gated.root, "gate").out
    gated.write("prompts/greet.yaml", prompt('template: "Bye {{ name | upper }}"'))
    assert llmops(gated.root, "gate", "--format", "json", code=1).json()["verdict"] == "FAIL"


def test_a_baseline_is_not_accepted_in_ci(gated, llmops, monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert "CI" in llmops(gated.root, "baseline", "accept", "greet", "--reason", "x", code=2).err


def test_an_edited_baseline_line_is_found_and_never_used(gated, llmops):
    path = next((gated.root / "evalsets/.baselines").rglob("*.jsonl"))
    path.write_text(path.read_text().replace("true", "false", 1))
    gated.commit(message="edited")
    assert "LB" in llmops(gated.root, "baseline", "verify", code=1).out
    gated.write("prompts/greet.yaml", prompt(BAD))
    assert llmops(gated.root, "gate", code=None).code in (1, 3)


ATTACKS = {
    "the margin is lowered": {"llmops.yaml": "gate: {margin: 0.99}\n"},
    "the eval set's margin is lowered": {
        "evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, primary: true}]\ngate: {margin: 0.99}\n"
    },
    "the scorer is weakened": {
        "evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\nscorers: [{type: length, min: 0}]\n"
    },
    "the scorer is switched off": {
        "evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, gate: false}]\n"
    },
    "the hard cases are deleted": {"evalsets/greet.jsonl": cases(1)},
    "every case is deleted": {"evalsets/greet.jsonl": ""},
    "the expected answers are changed": {"evalsets/greet.jsonl": cases(12).replace('"expected": "n', '"expected": "N')},
    "the eval set is unlinked": {"prompts/greet.yaml": prompt(BAD).replace("evals: [greet]\n", "")},
    "the baseline is deleted": {"evalsets/.baselines": None},
    "a dot-env is added": {".env": "OPENAI_BASE_URL=http://127.0.0.1:9\n"},
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_pull_request_cannot_talk_the_gate_out_of_its_verdict(name, gated, llmops):
    trick = ATTACKS[name]
    gated.branch("trick")
    gated.write("prompts/greet.yaml", prompt(BAD))
    for path, text in trick.items():
        if text is None:
            gated.run("rm", "-rq", path)
        else:
            gated.write(path, text)
    gated.commit(message="trick")
    llmops(gated.root, "gate", code=2 if name == "every case is deleted" else 1)


def test_recordings_make_a_gate_without_a_call(gated, llmops):
    gated.write("prompts/greet.yaml", prompt(BAD))
    llmops(gated.root, "eval", "run", "greet", "--mode", "record")
    (gated.root / ".llmops/cache.sqlite").unlink(missing_ok=True)
    done = llmops(gated.root, "gate", "--mode", "replay", "--format", "json", code=1).json()
    assert done["verdict"] == "FAIL"
    assert done["calls"]["recorded"] == 12
    assert done["calls"]["live"] == 0
    assert done["unverified"]["recordings"] == 12


def test_a_project_outside_git_says_what_to_do(tmp_path, llmops):
    (tmp_path / "prompts").mkdir()
    done = llmops(tmp_path, "gate", code=2)
    assert "git init" in done.err


def test_an_empty_project_is_never_a_pass(tmp_path, llmops):
    from gitrepo import Repo

    repo = Repo.create(tmp_path / "r")
    repo.commit({"README": "x"})
    assert "nothing to gate" in llmops(repo.root, "gate", code=2).err


def test_the_first_commit_has_the_empty_tree_as_its_base(project, llmops):
    done = llmops(project.root, "gate", "--format", "json").json()
    assert [one["verdict"] for one in done["prompts"]] == ["NEW"]


def test_reports_are_written_beside_the_text(gated, llmops, tmp_path):
    gated.write("prompts/greet.yaml", prompt(BAD))
    argv = [f"--report={kind}={tmp_path / kind}" for kind in ("json", "markdown", "junit", "html")]
    llmops(gated.root, "gate", *argv, code=1)
    assert json.loads((tmp_path / "json").read_text())["verdict"] == "FAIL"
    assert "greet" in (tmp_path / "markdown").read_text()
    assert "<testsuite" in (tmp_path / "junit").read_text()
    assert "✗ GATE FAILED</h1>" in (tmp_path / "html").read_text()


def test_its_page_draws_what_the_stored_baseline_can_see_and_only_then_is_that_measured(project, llmops):
    llmops(project.root, "eval", "run", "greet", "--repeat", "2")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
    project.commit(message="baseline")
    project.write("prompts/greet.yaml", prompt(BAD))
    drawn = llmops(project.root, "gate", "--format", "html", code=1).out
    assert "greet on greet · contains · 12 cases × 2" in drawn
    assert drawn.count("<svg") == 1


def test_its_page_has_no_curve_where_the_baseline_has_one_run_a_case(gated, llmops):
    gated.write("prompts/greet.yaml", prompt(BAD))
    assert "<svg" not in llmops(gated.root, "gate", "--format", "html", code=1).out


def test_a_never_case_fails_whatever_the_statistics_say(gated, llmops):
    gated.commit({"evalsets/greet.jsonl": cases(119) + cases(1, never=True).replace("000", "999")}, "more")
    llmops(gated.root, "eval", "run", "greet")
    llmops(gated.root, "baseline", "accept", "greet", "--reason", "more cases")
    gated.commit(message="baseline")
    edit = "template: \"Hello {{ name if name != 'n999' else 'nobody' }}\""
    gated.write("prompts/greet.yaml", prompt(edit))
    done = llmops(gated.root, "gate", "--format", "json", code=1).json()
    assert [(rule["rule"], rule["case"]) for rule in done["hard"]] == [("never", "c999")]


def test_a_new_variable_is_judged_on_cases_that_only_add_it(gated, llmops):
    text = "id: greet\nmodel: echo/m\nvariables: {name: string, locale: string}\n"
    gated.write("prompts/greet.yaml", text + 'template: "Hello {{ name }} {{ locale }}"\nevals: [greet]\n')
    incomplete = llmops(gated.root, "gate", "--format", "json", code=4).json()
    assert incomplete["verdict"] == "INCOMPLETE"
    rows = [json.loads(line) for line in (gated.root / "evalsets/greet.jsonl").read_text().splitlines()]
    wider = [{**row, "inputs": {**row["inputs"], "locale": "en"}} for row in rows]
    gated.write("evalsets/greet.jsonl", "".join(json.dumps(row) + "\n" for row in wider))
    assert llmops(gated.root, "gate", "--format", "json").json()["verdict"] in ("PASS", "IMPROVED")


RENAMED = 'id: greet\nmodel: echo/m\nvariables: {who: string}\ntemplate: "Hello {{ who }}"\nevals: [greet]\n'


def rewritten(gated, change):
    """Write the cases with their inputs changed."""
    rows = [json.loads(line) for line in (gated.root / "evalsets/greet.jsonl").read_text().splitlines()]
    changed = [{**row, "inputs": change(row["inputs"])} for row in rows]
    gated.write("evalsets/greet.jsonl", "".join(json.dumps(row) + "\n" for row in changed))


def test_a_renamed_variable_is_judged_on_cases_that_rename_it_too(gated, llmops):
    gated.write("prompts/greet.yaml", RENAMED)
    rewritten(gated, lambda inputs: {"who": inputs["name"]})
    found = llmops(gated.root, "gate", "--format", "json").json()
    assert found["verdict"] in ("PASS", "IMPROVED")
    assert any("inputs that only this change has" in reason for reason in found["prompts"][0]["reasons"])


def test_another_content_under_a_new_name_stands_in_for_nothing(gated, llmops):
    gated.write("prompts/greet.yaml", RENAMED)
    rewritten(gated, lambda inputs: {"who": inputs["name"] + " and an easier question"})
    assert llmops(gated.root, "gate", "--format", "json", code=4).json()["verdict"] == "INCOMPLETE"


def test_a_variable_that_is_gone_may_be_gone_from_the_cases_too(project, llmops):
    both = 'id: greet\nmodel: echo/m\nvariables: {name: string, mood: string}\ntemplate: "{{ mood }} {{ name }}"\n'
    project.write("prompts/greet.yaml", both + "evals: [greet]\n")
    rewritten(project, lambda inputs: {**inputs, "mood": "Good day"})
    project.commit(message="moods")
    llmops(project.root, "eval", "run", "greet")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
    project.commit(message="baseline")
    project.write("prompts/greet.yaml", prompt())
    rewritten(project, lambda inputs: {"name": inputs["name"]})
    assert llmops(project.root, "gate", "--format", "json").json()["verdict"] in ("PASS", "IMPROVED")


@pytest.mark.parametrize("name", ["gret", "prompts/nope.yaml", "greet@HEAD"])
def test_a_name_that_means_nothing_is_no_quiet_pass(name, gated, llmops):
    gated.write("prompts/greet.yaml", prompt(BAD))
    llmops(gated.root, "gate", name, code=2)
    llmops(gated.root, "gate", "greet", code=1)
    llmops(gated.root, "gate", "prompts/greet.yaml", code=1)


@pytest.mark.parametrize("stray", ["notes.txt", ".llmops/x", "evalsets/.recordings/greet/x.jsonl"])
def test_a_stray_file_does_not_move_the_base(stray, gated, llmops):
    gated.branch("topic")
    gated.commit({"prompts/greet.yaml": prompt(BAD)}, "worse")
    llmops(gated.root, "gate", code=1)
    gated.write(stray, "")
    llmops(gated.root, "gate", code=1)
    assert ".llmops" not in gated.run("status", "--porcelain", "--untracked-files=all") or stray == ".llmops/x"


def test_a_small_set_asks_a_broken_case_again_before_it_fails(project, llmops):
    slips = {"greet c03": 1}

    def answer(body):
        text = last_text(body)
        if text.startswith("Hi") and "n03" in text and slips.pop("greet c03", 0):
            return "a slip"
        return text

    with ModelServer(answer) as server:
        text = prompt().replace("echo/m", "local/m")
        project.commit({"prompts/greet.yaml": text, "llmops.yaml": f"endpoints: {{local: {server.url}}}\n"}, "served")
        llmops(project.root, "eval", "run", "greet")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
        project.commit(message="baseline")
        project.write("prompts/greet.yaml", text.replace("Hello", "Hi"))
        assert llmops(project.root, "gate", "--format", "json").json()["verdict"] == "PASS"
        assert not slips, "the slip came, and was asked about again"
        project.write("prompts/greet.yaml", text.replace("Hello {{ name }}", "Hi {{ name | upper }}"))
        assert llmops(project.root, "gate", "--format", "json", code=1).json()["verdict"] == "FAIL"


def test_a_checkout_with_windows_line_ends_changes_nothing(gated, llmops):
    for path in gated.root.rglob("*"):
        if path.suffix in (".yaml", ".jsonl") and ".git" not in path.parts and ".llmops" not in path.parts:
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    llmops(gated.root, "baseline", "verify")
    assert llmops(gated.root, "gate", "--format", "json").json()["verdict"] in ("PASS", "NEW")


def test_removed_cases_of_an_unchanged_prompt_fail_until_a_baseline_on_the_rest_is_accepted(gated, llmops):
    gated.branch("fewer")
    gated.commit({"evalsets/greet.jsonl": CASES_WITHOUT_THREE}, "fewer cases")
    done = llmops(gated.root, "gate", "--format", "json", code=1).json()
    assert [(rule["rule"], rule["prompt"]) for rule in done["hard"]] == [("removed-cases", "greet")]
    assert "llmops baseline accept greet --reason" in llmops(gated.root, "gate", code=1).out
    llmops(gated.root, "eval", "run", "greet")
    llmops(gated.root, "baseline", "accept", "greet", "--reason", "three were wrong")
    gated.commit(message="accept it")
    assert llmops(gated.root, "gate", "--format", "json").json()["verdict"] == "PASS"
