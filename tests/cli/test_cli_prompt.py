"""`prompt …`, `validate`, `schema`, `init`, `evalset …`: what a user sees first."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from gitrepo import Repo
from support import ModelServer, Reply

SEED = Path(__file__).resolve().parent.parent / "load" / "seed" / "extract-invoice.yaml"


@pytest.mark.parametrize("address", ["greet", "greet@HEAD", "greet@main", "prompts/greet.yaml"])
def test_every_form_of_an_address_names_the_prompt(address, project, llmops, monkeypatch):
    monkeypatch.chdir(project.root)
    shown = llmops(project.root, "prompt", "show", address, "--format", "json").json()
    assert shown["id"] == "greet"
    assert len(shown["digest"]) == 64


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("gret", "did you mean greet"),
        ("greet@nope", "no revision"),
        ("prompts/nope.yaml", "no file"),
        ("@main", "address"),
    ],
)
def test_an_address_that_names_nothing_says_what_there_is(address, says, project, llmops):
    done = llmops(project.root, "prompt", "show", address, code=2)
    assert says in done.err


def test_an_older_version_is_shown_as_it_was(project, llmops):
    before = llmops(project.root, "prompt", "show", "greet", "--format", "json").json()
    text = (project.root / "prompts/greet.yaml").read_text()
    project.commit({"prompts/greet.yaml": text.replace("Hello", "Bye")}, "bye")
    assert llmops(project.root, "prompt", "show", "greet@HEAD~1", "--format", "json").json() == before
    assert llmops(project.root, "prompt", "show", "greet", "--format", "json").json()["digest"] != before["digest"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: f"# a comment\n{text}",
        lambda text: text.replace("{{ name }}", "{{name}}"),
        lambda text: "\n".join(reversed(text.splitlines())) + "\n",
        lambda text: text + "description: about\nowners: [me]\ntags: [t]\nx-mine: {a: 1}\n",
    ],
    ids=["comment", "spacing", "key order", "for people"],
)
def test_what_the_model_does_not_see_does_not_change_the_digest(edit, project, llmops):
    before = llmops(project.root, "prompt", "show", "greet", "--format", "json").json()["digest"]
    path = project.root / "prompts/greet.yaml"
    path.write_text(edit(path.read_text()))
    assert llmops(project.root, "prompt", "show", "greet", "--format", "json").json()["digest"] == before


def test_the_model_behind_a_logical_name_and_an_include_are_in_the_digest(project, llmops):
    def digest():
        return llmops(project.root, "prompt", "show", "deep", "--format", "json").json()["digest"]

    project.write("prompts/deep.yaml", "id: deep\nmodel: fast\ntemplate: \"{% include 'p.j2' %}\"\n")
    project.write("prompts/p.j2", "one")
    project.write("llmops.yaml", "models: {fast: {model: echo/a}}\n")
    first = digest()
    project.write("prompts/p.j2", "two")
    second = digest()
    project.write("llmops.yaml", "models: {fast: {model: echo/b}}\n")
    assert len({first, second, digest()}) == 3


def test_render_shows_what_the_model_would_be_sent(project, llmops):
    done = llmops(project.root, "prompt", "render", "greet", "--var", "name=Ada", "--format", "json").json()
    assert done["messages"] == [{"role": "user", "content": "Hello Ada"}]
    assert done["schema"] == "llmops/request@1"
    assert "Hello n03" in llmops(project.root, "prompt", "render", "greet", "--case", "greet#c03").out


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "name"),
        (["--var", "name=a", "--var", "nmae=b"], "nmae"),
        (["--var", "nothing"], "--var"),
        (["--var", "name=a", "--var", "name=b"], "name is given twice"),
        (["--var", "name=a\udc80"], "variable name holds half of a surrogate pair"),
        (["--case", "greet#x"], "no case"),
    ],
)
def test_render_refuses_what_is_missing_or_too_much(argv, says, project, llmops):
    assert says in llmops(project.root, "prompt", "render", "greet", *argv, code=None).err


@pytest.mark.parametrize(
    ("spec", "value", "said"),
    [
        ("{type: [string, 'null']}", "5", "5"),
        ("{type: [string, 'null']}", '"5"', "5"),
        ("{type: [string, integer]}", "05", "05"),
        ("{type: integer}", "5", "5"),
        ("{type: string}", "@@bob", "@bob"),
    ],
)
def test_a_value_of_a_flag_is_text_unless_its_variable_says_otherwise(spec, value, said, project, llmops):
    kind = "{{ v is string }} " if "string" in spec else ""
    text = f"id: kind\nmodel: echo/a\nvariables: {{v: {spec}}}\ntemplate: '{kind}{{{{ v }}}}'\n"
    project.write("prompts/kind.yaml", text)
    done = llmops(project.root, "prompt", "render", "kind", "--var", f"v={value}", "--format", "json").json()
    assert done["messages"][0]["content"] == (f"true {said}" if kind else said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r'{"name": "\ud83d\ude00"}', "Hello \U0001f600"),
        ('\ufeff{"name": "a\\/b"}', "Hello a/b"),
        ('{"name": "a", "name": "b"}', "v.json:1:15: the key 'name' stands twice"),
        (r'{"name": "\ud83d"}', "half of a surrogate pair"),
        ('{"name": NaN}', "NaN is not JSON"),
        ("name: a", "not JSON"),
    ],
)
def test_a_json_file_of_values_is_read_as_strict_json(text, said, project, llmops, tmp_path):
    (tmp_path / "v.json").write_text(text, encoding="utf-8")
    done = llmops(project.root, "prompt", "render", "greet", "--vars", str(tmp_path / "v.json"), code=None)
    assert said in done.out + done.err


def test_the_seeds_own_file_loads_and_asks_about_its_three_names(tmp_path, llmops):
    repo = Repo.create(tmp_path / "r")
    repo.commit({"prompts/extract-invoice.yaml": SEED.read_text()})
    shown = llmops(repo.root, "prompt", "show", "extract-invoice-v3.2", "--format", "json").json()
    assert (shown["id"], shown["version"], shown["aliases"]) == ("extract-invoice", "3.2.0", ["extract-invoice-v3.2"])
    assert shown["params"] == {"temperature": 0.1, "max_tokens": 500}
    problems = llmops(repo.root, "validate", "--format", "json", code=1).json()["problems"]
    mixed = [(one["line"], one["column"]) for one in problems if one["code"] == "LP010"]
    assert mixed == [(5, 15), (6, 21), (7, 13)]
    refused = llmops(repo.root, "prompt", "render", "extract-invoice", "--var", "document=x", code=1)
    assert "constants" in refused.err
    text = SEED.read_text() + '  constants: {format: "INV-####", currency: EUR, date_format: YYYY-MM-DD}\n'
    repo.write("prompts/extract-invoice.yaml", text)
    done = llmops(
        repo.root, "prompt", "render", "extract-invoice", "--var", "document={currency} {{x}}", "--format", "json"
    )
    assert "- Number: INV-####" in done.json()["messages"][0]["content"]
    assert done.json()["messages"][0]["content"].endswith("Document: {currency} {{x}}\n")


def test_diff_names_the_break_and_exits_as_asked(project, llmops):
    assert "0 prompts changed" in llmops(project.root, "prompt", "diff").out
    text = (project.root / "prompts/greet.yaml").read_text()
    project.write(
        "prompts/greet.yaml",
        text.replace("{name: string}", "{name: string, locale: string}").replace('}}"', '}} {{ locale }}"'),
    )
    done = llmops(project.root, "prompt", "diff", "--format", "json", "--exit-code", code=1).json()
    assert done["schema"] == "llmops/prompt-diff@1"
    assert [(one["id"], one["class"], one["bump"]) for one in done["prompts"]] == [("greet", "breaking", "major")]
    assert "BREAKING" in llmops(project.root, "prompt", "diff", "greet").out
    llmops(project.root, "prompt", "diff", "--fail-on", "breaking", code=1)
    assert "locale" in llmops(project.root, "prompt", "diff", "--format", "markdown").out


def test_diff_of_two_addresses_and_of_a_branch(project, llmops):
    text = (project.root / "prompts/greet.yaml").read_text()
    project.branch("topic")
    project.commit({"prompts/greet.yaml": text.replace("Hello", "Good morning")}, "longer")
    for argv in (["greet@main", "greet"], ["--base", "main"], ["--base", "main", "--head", "topic"]):
        done = llmops(project.root, "prompt", "diff", *argv, "--format", "json").json()["prompts"][0]
        assert done["class"] == "patch", argv
        assert done["tokens"]["after"] > done["tokens"]["before"]
    assert "{+Good morning+}" in llmops(project.root, "prompt", "diff", "--base", "main").out


def test_log_follows_the_prompt_through_a_rename(project, llmops):
    project.run("mv", "prompts/greet.yaml", "prompts/hello.yaml")
    text = (project.root / "prompts/hello.yaml").read_text().replace("id: greet", "id: hello")
    project.commit({"prompts/hello.yaml": text}, "rename it")
    subjects = [
        one["subject"] for one in llmops(project.root, "prompt", "log", "hello", "--format", "json").json()["commits"]
    ]
    assert subjects == ["rename it", "first"]


BAD = {
    "duplicate key": ("id: a\nid: b\nmodel: m\ntemplate: x\n", "bad.yaml:2:1"),
    "unknown key": ("id: bad\nmodel: m\ntemplate: x\ntemprature: 1\n", "bad.yaml:4:1"),
    "a number as version": ("id: bad\nversion: 1.10\nmodel: m\ntemplate: x\n", "quote"),
    "a tab": ("id: bad\n\tmodel: m\n", "bad.yaml:2"),
    "a tag": ("id: bad\nmodel: !!python/object:os.system x\ntemplate: x\n", "bad.yaml:2:8"),
    "an unknown variable": (
        "id: bad\nmodel: m\nvariables: {name: string}\ntemplate: 'Hi {{ nmae }}'\n",
        "bad.yaml:4:18",
    ),
    "a bidi control": ("id: bad\nmodel: m\ntemplate: 'pay \u202e me'\n", "bad.yaml:3:16"),
    "a secret": ("id: bad\nmodel: m\ntemplate: 'use sk-ant-api03-Zk3vQ9xLw82nTfHs5RyBcVd7MpJa1GuEo4XiKbNq'\n", "LP040"),
    "a broken template": ("id: bad\nmodel: m\ntemplate: 'Hi {% if %}'\n", "bad.yaml:3"),
    "an include that is not there": ("id: bad\nmodel: m\ntemplate: \"{% include 'nope.j2' %}\"\n", "nope.j2"),
    "an include out of the root": ("id: bad\nmodel: m\ntemplate: \"{% include '../../etc/passwd' %}\"\n", "passwd"),
}


@pytest.mark.parametrize(("text", "says"), BAD.values(), ids=BAD)
def test_validate_names_the_place_and_the_way_out(text, says, project, llmops):
    project.write("prompts/bad.yaml", text)
    done = llmops(project.root, "validate", code=1)
    assert says in done.out
    assert "error" in done.out


def test_validate_lists_everything_in_one_go_and_three_ways(project, llmops):
    project.write("prompts/one.yaml", "id: one\nmodel: m\ntemplat: x\n")
    project.write("prompts/two.yaml", "id: one\nmodel: m\ntemplate: x\n")
    project.write("evalsets/greet.jsonl", '{"id": \n')
    problems = llmops(project.root, "validate", "--format", "json", code=1).json()["problems"]
    assert {one["path"] for one in problems} == {"prompts/one.yaml", "prompts/two.yaml", "evalsets/greet.jsonl"}
    lines = llmops(project.root, "validate", "--format", "concise", code=1).out.splitlines()
    assert len(lines) == len(problems)
    only = llmops(project.root, "validate", project.root / "prompts/two.yaml", "--format", "concise", code=None)
    assert "one.yaml:3" not in only.out


def test_a_warning_fails_only_when_strict(project, llmops):
    project.write("prompts/lonely.yaml", "id: lonely\nmodel: echo/m\ntemplate: x\n")
    assert "LP050" in llmops(project.root, "validate").out
    llmops(project.root, "validate", "--strict", code=1)


def test_validate_with_nothing_to_look_at_is_no_pass(tmp_path, llmops):
    assert "llmops init" in llmops(tmp_path, "validate", code=2).err


def test_a_bad_llmops_yaml_is_a_configuration_error_with_its_place(project, llmops):
    project.write("llmops.yaml", "gate: {margn: 0.1}\n")
    done = llmops(project.root, "validate", code=2)
    assert "llmops.yaml:1" in done.err
    assert "margin" in done.err


def test_every_published_schema_is_printed_and_is_json(project, llmops):
    for name in llmops(project.root, "schema").out.split():
        assert json.loads(llmops(project.root, "schema", name).out)["$schema"].startswith("https://json-schema.org/")
    llmops(project.root, "schema", "nope", code=2)


def test_init_gives_a_project_that_validates_and_overwrites_nothing(tmp_path, llmops):
    repo = Repo.create(tmp_path / "new")
    repo.write("llmops.yaml", "gate: {margin: 0.1}\n")
    done = llmops(repo.root, "init", "--model", "local/m", "--endpoint", "http://127.0.0.1:1/v1")
    assert "kept  llmops.yaml" in done.out
    assert (repo.root / "llmops.yaml").read_text() == "gate: {margin: 0.1}\n"
    (repo.root / "llmops.yaml").unlink()
    llmops(repo.root, "init", "--model", "local/m", "--endpoint", "http://127.0.0.1:1/v1")
    llmops(repo.root, "validate", "--strict")
    for path in (
        ".pre-commit-config.yaml",
        ".github/workflows/prompts.yml",
        "prompts/triage.yaml",
        "evalsets/triage.jsonl",
    ):
        assert (repo.root / path).is_file()


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ((), 'gate --report markdown="$GITHUB_STEP_SUMMARY"'),
        (("--endpoint", "http://127.0.0.1:8000/v1"), 'gate --mode replay --report markdown="$GITHUB_STEP_SUMMARY"'),
        (("--endpoint", "http://ollama:11434/v1"), 'gate --mode replay --report markdown="$GITHUB_STEP_SUMMARY"'),
        (("--endpoint", "https://[::1]/v1"), 'gate --mode replay --report markdown="$GITHUB_STEP_SUMMARY"'),
    ],
)
def test_the_workflow_asks_a_model_only_where_a_runner_reaches_it(tmp_path, llmops, options, last):
    repo = Repo.create(tmp_path / "new")
    llmops(repo.root, "init", *options)
    text = (repo.root / ".github/workflows/prompts.yml").read_text()
    steps = yaml.safe_load(text)["jobs"]["gate"]["steps"]
    assert steps[-1]["run"] == f"llmops {last}"
    assert steps[-1].get("env", {}) == ({} if options else {"OPENAI_API_KEY": "${{ secrets.OPENAI_API_KEY }}"})
    assert "llmops prompt usages" in [step.get("run") for step in steps]


def test_new_prompts_and_eval_sets_are_valid_as_they_are(project, llmops):
    llmops(project.root, "prompt", "new", "support/tone", "--model", "echo/m")
    llmops(project.root, "evalset", "new", "support-tone", "--prompt", "support/tone")
    llmops(project.root, "validate", "--strict")
    llmops(project.root, "evalset", "lint", "support-tone")
    assert "exists" in llmops(project.root, "prompt", "new", "support/tone", code=2).err
    llmops(project.root, "prompt", "new", "../evil", code=2)


def test_promptfoo_tests_become_cases_or_are_named(project, llmops, tmp_path):
    config = tmp_path / "promptfooconfig.yaml"
    config.write_text(
        "tests:\n  - vars: {name: Ada}\n    assert: [{type: icontains, value: ada}, {type: equals, value: Hello Ada}]\n"
    )
    llmops(project.root, "evalset", "import", config, "--id", "foo", "--from", "promptfoo", "--prompt", "greet")
    llmops(project.root, "validate")
    config.write_text("tests:\n  - vars: {name: Ada}\n    assert: [{type: llm-rubric, value: nice}]\n")
    done = llmops(project.root, "evalset", "import", config, "--id", "bar", "--from", "promptfoo", code=2)
    assert "llm-rubric" in done.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_stops_at_once_and_names_the_way_on(number, code, project):
    with ModelServer(lambda _: Reply(delay_s=30)) as server:
        project.write(
            "prompts/greet.yaml", (project.root / "prompts/greet.yaml").read_text().replace("echo/m", "local/m")
        )
        project.write("llmops.yaml", f"endpoints: {{local: {server.url}}}\n")
        # a background job inherits an ignored SIGINT, which Python respects
        argv = ["env", "--default-signal=INT", sys.executable, "-m", "llmops_cli", "eval", "run", "greet"]
        process = subprocess.Popen(argv, cwd=project.root, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        deadline = time.monotonic() + 20
        while not server.requests and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
    assert process.returncode == code
    assert "Traceback" not in err


def test_the_demo_goes_as_told(capfd):
    done = subprocess.run(
        [sys.executable, "-m", "llmops_cli", "demo"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "GATE FAILED" in done.stdout
    assert "GATE PASSED" in done.stdout


def test_the_version_is_answered_alone(llmops, tmp_path):
    done = subprocess.run([sys.executable, "-m", "llmops_cli", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("llmops 0.")


def test_validate_names_an_eval_set_that_nobody_has_and_a_file_that_is_not_there(project, llmops):
    project.write("prompts/greet.yaml", (project.root / "prompts/greet.yaml").read_text().replace("[greet]", "[gret]"))
    done = llmops(project.root, "validate", code=1)
    assert "LE022" in done.out
    assert "did you mean greet" in done.out
    llmops(project.root, "validate", "nope.yaml", code=2)


@pytest.mark.parametrize("name", ["../x", "../../x", "Bad Id", "/tmp/x"])
def test_an_imported_eval_set_stays_in_its_folder(name, project, llmops, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"inputs": {"name": "a"}}\n')
    assert "bad id" in llmops(project.root, "evalset", "import", rows, "--id", name, code=2).err
    llmops(project.root, "evalset", "import", rows, "--id", "ok", "--scorer", "exakt", code=2)
    assert not (project.root / "evalsets/ok.yaml").exists()


def test_the_version_says_so_on_a_full_device():
    done = subprocess.run(
        f"{sys.executable} -m llmops_cli --version > /dev/full", shell=True, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_paths_of_the_command_line_are_meant_from_the_folder_of_the_flag(project, llmops, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = project.root
    name = next(path.relative_to(root).as_posix() for path in sorted(root.glob("prompts/**/*.yaml")))
    shown = llmops(root, "prompt", "show", name, "--format", "json", "-o", "shown.json")
    assert shown.out == ""
    assert f'"path": "{name}"' in (root / "shown.json").read_text()
    assert Path.cwd() == tmp_path
