"""What a new user stumbled over: hints that lead on, names that agree, numbers that can be."""

import json
from pathlib import Path

import pytest
import yaml

from llmops_cli.cli.app import command
from llmops_cli.model.power import Power, Sight, SliceNeed
from llmops_cli.report.power_words import rows

ROOT = Path(__file__).parents[2]


@pytest.fixture
def based(project, llmops):
    """A project whose only prompt has a committed baseline on main."""
    llmops(project.root, "eval", "run", "greet")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
    project.commit(message="baseline")
    return project


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("command", [["eval", "power"], ["baseline", "record"], ["baseline", "show"]], ids=" ".join)
def test_an_edited_version_is_led_to_the_baseline_of_the_base_not_to_accepting_itself(
    command, committed, based, llmops
):
    text = (based.root / "prompts/greet.yaml").read_text(encoding="utf-8").replace("Hello", "Hi")
    if committed:
        based.run("switch", "-qc", "edit")
        based.commit({"prompts/greet.yaml": text}, "edit")
    else:
        based.write("prompts/greet.yaml", text)
    said = llmops(based.root, *command, "greet", code=2).err
    assert "baseline accept" not in said
    address = said.rstrip().split()[-1]
    assert address == "greet@main"
    assert "greet" in llmops(based.root, *command, address).out


def test_a_version_without_a_baseline_on_the_base_is_told_how_it_gets_its_first(project, llmops):
    project.write("prompts/greet.yaml", (project.root / "prompts/greet.yaml").read_text().replace("Hello", "Hi"))
    assert "baseline accept greet" in llmops(project.root, "eval", "power", "greet", code=2).err


def test_baseline_show_without_a_name_lists_all_and_marks_those_of_today(based, llmops):
    based.write("prompts/greet.yaml", (based.root / "prompts/greet.yaml").read_text().replace("Hello", "Hi"))
    llmops(based.root, "eval", "run", "greet")
    llmops(based.root, "baseline", "accept", "greet", "--reason", "second", "--allow-regress")
    shown = llmops(based.root, "baseline", "show").out.splitlines()
    assert [line.split()[:2] for line in shown[1:3]] == [["greet", "greet"]] * 2
    assert ["*" in line for line in shown[1:3]] == [True, False]
    assert len(llmops(based.root, "baseline", "show", "--format", "json").json()["baselines"]) == 2


def test_nothing_stored_is_said(project, llmops):
    assert "no baselines below" in llmops(project.root, "baseline", "show", code=2).err


def test_a_new_prompt_and_its_new_set_agree_whatever_the_set_is_called(project, llmops):
    said = llmops(project.root, "prompt", "new", "support/sort", "--model", "echo/m").out
    command = said.partition("`llmops evalset new ")[2].partition("`")[0]
    assert command == "sort --prompt support/sort"
    llmops(project.root, "evalset", "new", *command.split())
    assert "LE022" not in llmops(project.root, "validate").out
    llmops(project.root, "eval", "run", "support/sort")


def test_a_new_prompt_names_the_set_of_its_name_that_is_there(project, llmops):
    llmops(project.root, "evalset", "new", "support-sort")
    llmops(project.root, "prompt", "new", "support/sort", "--model", "echo/m")
    assert "evals: [support-sort]" in (project.root / "prompts/support/sort.yaml").read_text()


def test_an_import_of_cases_can_be_tried(project, llmops, tmp_path):
    (tmp_path / "x.csv").write_text("id,q,a\n1,x,y\n", encoding="utf-8")
    argv = ("evalset", "import", tmp_path / "x.csv", "--id", "r", "--map", "inputs.name=q", "--map", "expected=a")
    assert llmops(project.root, *argv, "--dry-run").out == "would write evalsets/r.yaml and evalsets/r.jsonl: 1 case\n"
    assert not (project.root / "evalsets/r.yaml").exists()
    assert llmops(project.root, *argv).out == "wrote evalsets/r.yaml and evalsets/r.jsonl: 1 case\n"
    assert "exists already" in llmops(project.root, *argv, "--dry-run", code=2).err


def test_a_split_of_one_version_serves_it_to_all(based, llmops):
    llmops(based.root, "prompt", "release", "greet")
    based.commit(message="release")
    llmops(based.root, "prompt", "promote", "greet", "--to", "production", "--split", "1.0.0=100")
    assert "greet: 1.0.0" in (based.root / "prompts/.labels/production.yaml").read_text()


def test_hosts_of_the_change_that_the_gate_does_not_ask_are_told(based, llmops):
    based.commit({"llmops.yaml": "schema: llmops/config@1\n"}, "settings")
    assert "endpoints" not in llmops(based.root, "gate").err
    based.write("llmops.yaml", "schema: llmops/config@1\nendpoints: {own: {url: 'http://127.0.0.1:9/v1'}}\n")
    said = llmops(based.root, "gate", code=None).err
    assert "`endpoints:` of the base" in said


def power(mean, *sights, slices=()):
    seen = tuple(Sight(runs, mde, 0.05) for runs, mde in sights)
    about = (("p", "d" * 64, "e", "exact"), (4, (5, 5), True, mean, 0.1, "small", 0.2))
    return Power(*about[0], *about[1], sights=seen, slices=slices)


@pytest.mark.parametrize(
    ("looked", "said"),
    [
        (power(0.3, (1, 0.6), (5, 0.2)), "a drop of 20 pp at 5 runs a case, in one look at them all (none at 1 run)"),
        (power(0.9, (1, 0.6), (5, 0.2)), "a drop of 60 pp at 1 run, 20 pp at 5 runs a case, in one look at them all"),
        (power(0.1, (1, 0.6)), "no drop: a mean of 10.0% cannot fall far enough, at 1 run a case"),
        (power(None, (1, 1.2)), "no drop: a mean of 100.0% cannot fall far enough, at 1 run a case"),
    ],
)
def test_a_drop_that_cannot_be_is_not_promised(looked, said):
    assert dict(rows(looked))["finds"] == said


def test_a_slice_that_is_too_small_finds_no_drop():
    few = power(0.9, (1, 0.2), slices=(SliceNeed("german", 3, 0.1, 1.176, 4, 0.0078),))
    assert "3 cases now, by themselves find no drop" in dict(rows(few))["grow"]


def test_doctor_before_the_first_commit_names_the_branch_and_counts_in_words(tmp_path, llmops):
    from gitrepo import Repo

    repo = Repo.create(tmp_path / "new")
    llmops(repo.root, "init")
    said = llmops(repo.root, "doctor", code=None).out
    assert "1 prompt, 1 eval set" in said
    assert "not known" not in said
    assert "main, once it has a commit" in said


def test_fix_says_that_it_fixed_nothing(project, llmops):
    assert llmops(project.root, "validate", "--fix").err == ""
    project.write("prompts/alone.yaml", "id: alone\nmodel: echo/m\ntemplate: Hello\n")
    assert "fixed nothing: --fix can mend none of these" in llmops(project.root, "validate", "--fix").err


def test_a_release_that_failed_says_so_once_and_how_a_wanted_drop_is_taken(based, llmops):
    llmops(based.root, "prompt", "release", "greet")
    based.commit(message="release")
    based.write("prompts/greet.yaml", (based.root / "prompts/greet.yaml").read_text().replace("{{ name }}", "you"))
    llmops(based.root, "eval", "run", "greet")
    based.commit(message="worse")
    said = llmops(based.root, "prompt", "release", "greet", "--bump", "major").err
    assert said.count("FAIL") == 1
    assert "Run: llmops baseline accept greet --evalset greet --allow-regress" in said


@pytest.mark.parametrize(
    ("scorer", "expected"), [("json_fields", {"field": "replace me"}), ("numeric", 1), ("exact", "replace me")]
)
def test_the_first_case_of_a_set_expects_what_its_scorer_reads(scorer, expected, project, llmops):
    llmops(project.root, "evalset", "new", "fresh", "--scorer", scorer, "--prompt", "greet")
    case = json.loads((project.root / "evalsets/fresh.jsonl").read_text(encoding="utf-8"))
    assert case["expected"] == expected


def test_the_first_case_expects_the_fields_that_the_prompt_gives(project, llmops):
    schema = "{type: object, properties: {total: {type: number}, who: {type: string}}, required: [total, who]}"
    text = (project.root / "prompts/greet.yaml").read_text(encoding="utf-8")
    project.write("prompts/greet.yaml", f"{text}output: {{schema: {schema}}}\n")
    llmops(project.root, "evalset", "new", "fresh", "--scorer", "json_fields", "--prompt", "greet")
    case = json.loads((project.root / "evalsets/fresh.jsonl").read_text(encoding="utf-8"))
    assert case["expected"] == {"total": 1, "who": "replace me"}


def test_the_hooks_that_init_writes_are_those_that_the_repository_offers(tmp_path, llmops):
    llmops(tmp_path, "init", "--model", "local/llama", "--endpoint", "http://127.0.0.1:8000/v1")
    written = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    offered = {
        hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    }
    (local,) = written["repos"]
    assert {hook["id"] for hook in local["hooks"]} == set(offered)
    for hook in local["hooks"]:
        for key in ("entry", "files", "pass_filenames", "require_serial"):
            assert hook[key] == offered[hook["id"]][key]
    assert written["default_install_hook_types"] == ["pre-commit", "pre-push"]


def test_where_ci_asks_with_a_key_no_push_waits_for_recordings(tmp_path, llmops):
    llmops(tmp_path, "init", "--model", "openai/gpt-4.1-mini")
    written = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert "--mode replay" not in (tmp_path / ".github/workflows/prompts.yml").read_text(encoding="utf-8")
    assert [hook["id"] for repo in written["repos"] for hook in repo["hooks"]] == ["llmops-validate"]


def test_the_variable_of_a_flag_is_named_after_the_flag_and_the_flag_decides(based, llmops, monkeypatch):
    monkeypatch.setenv("LLMOPS_PROMPT_LIST_FORMAT", "json")
    assert llmops(based.root, "prompt", "list").json()["schema"].startswith("llmops/")
    assert llmops(based.root, "prompt", "list", "--format", "text").out.startswith("prompt")
    monkeypatch.setenv("LLMOPS_PROMPT_LIST_FORMAT", "yaml")
    assert "--format 'yaml'" in llmops(based.root, "prompt", "list", code=2).err


def test_help_names_no_variable_that_is_not_called_as_its_flag():
    def options(found, path):
        for name in found.list_commands(None) if hasattr(found, "list_commands") else ():
            yield from options(found.get_command(None, name), (*path, name))
        yield from ((path, one) for one in found.params if one.param_type_name == "option")

    seen = 0
    for _, option in options(command(), ()):
        flags = [flag[2:].replace("-", "_") for flag in option.opts if flag.startswith("--")]
        assert option.name == flags[0]
        seen += 1
    assert seen > 200
