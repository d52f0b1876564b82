import json
import os

import pytest

from llmops_cli import plugins
from llmops_cli.convert._source import yaml_of
from llmops_cli.errors import LlmopsError, UnknownNameError, UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.exchange import Options, export_prompt, import_prompts
from llmops_cli.flow.project import open_project
from llmops_cli.flow.validate import validate
from llmops_cli.load.foreign import read as read_source
from llmops_cli.store.together import Together

GREET = {
    "name": "greet",
    "version": 1,
    "type": "text",
    "prompt": "Hello {{name}}",
    "config": {"model": "gpt-4o"},
    "labels": [],
}
CONFIG = """\
prompts: ['Say {{x}}', 'Tell {{x}}']
providers: ['openai:gpt-4o']
tests: [{description: one, vars: {x: a}, assert: [{type: equals, value: A}]}]
"""


@pytest.fixture
def source(tmp_path):
    def put(value, name="export.json"):
        path = tmp_path / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return put


@pytest.fixture
def root(tmp_path):
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def bring(root, source, tool="langfuse", **options):
    return import_prompts(open_project(root), tool, source, Options(**options))


def files(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_prompt_is_written_and_valid(root, source):
    done = bring(root, source(GREET))
    assert done.written == ("prompts/greet.yaml",)
    assert (
        (root / "prompts/greet.yaml")
        .read_text()
        .startswith(
            "schema: llmops/prompt@1\nid: greet\nmodel: gpt-4o\nvariables: {name: string}\n"
            'template: "Hello {{name}}"\nx-langfuse:\n  name: greet\n'
        )
    )
    assert not validate(open_project(root)).errors
    assert find(open_project(root), "greet").prompt.digest == done.prompts[0].digest


def test_with_a_loss_nothing_is_written_unless_that_is_accepted(root, source):
    path = source({**GREET, "prompt": "{{#x}}a{{/x}}"})
    done = bring(root, path)
    assert done.stopped
    assert done.losses
    assert files(root) == []
    done = bring(root, path, lossy=True)
    assert not done.stopped
    assert files(root) == ["prompts/greet.yaml"]


def test_a_dry_run_writes_nothing_and_says_what_it_would(root, source):
    done = bring(root, source(GREET), dry_run=True)
    assert (done.prompts[0].status, done.written) == ("new", ())
    assert files(root) == []


def test_the_same_prompt_again_is_there_already_and_another_is_not_written_over(root, source):
    bring(root, source(GREET))
    before = (root / "prompts/greet.yaml").read_bytes()
    assert bring(root, source({**GREET, "labels": ["new"]})).prompts[0].status == "same"
    other = source({**GREET, "prompt": "Bye {{name}}"})
    with pytest.raises(UsageError, match=r"there already, with another content: prompts/greet\.yaml"):
        bring(root, other)
    assert (root / "prompts/greet.yaml").read_bytes() == before
    assert bring(root, other, force=True).prompts[0].status == "replaced"
    assert b"Bye" in (root / "prompts/greet.yaml").read_bytes()


def test_a_prompt_that_lies_in_another_file_is_found_there(root, source):
    (root / "prompts").mkdir()
    (root / "prompts/greet.prompt.yaml").write_text("id: greet\nmodel: m\ntemplate: x\n")
    bring(root, source(GREET), force=True)
    assert files(root) == ["prompts/greet.prompt.yaml"]


@pytest.mark.parametrize(
    ("prompts", "options", "words"),
    [
        ([GREET, {**GREET, "name": "Greet"}], {}, "two prompts would be greet"),
        ([GREET, {**GREET, "name": "other"}], {"id": "x"}, "--id names one prompt"),
        ([GREET], {"id": "../evil"}, "is no id"),
        ([GREET], {"id": "a b"}, "is no id"),
        ([GREET], {"into": "../up"}, "is no id"),
    ],
)
def test_ids_that_collide_or_leave_the_folder_are_refused(root, source, prompts, options, words):
    with pytest.raises(UsageError, match=words):
        bring(root, source(prompts), **options)
    assert files(root) == []


def test_an_id_and_a_folder_can_be_chosen(root, source):
    bring(root, source(GREET), id="hello", into="support")
    assert files(root) == ["prompts/support/hello.yaml"]
    assert find(open_project(root), "support/hello").prompt.id == "support/hello"


def test_a_name_that_ends_like_a_version_keeps_working_as_an_alias(root, source):
    done = bring(root, source([{**GREET, "name": "sum-v1"}, {**GREET, "name": "sum-v2", "prompt": "b"}]))
    assert [one.id for one in done.prompts] == ["sum-1", "sum-2"]
    project = open_project(root)
    assert find(project, "sum-v2").prompt.id == "sum-2"
    assert not validate(project).errors


def test_cases_become_an_eval_set_that_judges_the_prompts(root, source):
    done = bring(root, source(CONFIG, "promptfooconfig.yaml"), "promptfoo")
    assert files(root) == [
        "evalsets/promptfoo.jsonl",
        "evalsets/promptfoo.yaml",
        "prompts/promptfoo-1.yaml",
        "prompts/promptfoo-2.yaml",
    ]
    assert "prompts: [promptfoo-1, promptfoo-2]" in (root / "evalsets/promptfoo.yaml").read_text()
    assert not validate(open_project(root)).errors
    assert done.prompts[0].cases == 1
    again = bring(root, source(CONFIG, "promptfooconfig.yaml"), "promptfoo")
    assert {one.status for one in again.prompts} == {"same"}


def test_an_eval_set_that_is_there_is_not_written_over(root, source):
    bring(root, source(CONFIG, "promptfooconfig.yaml"), "promptfoo")
    changed = source(CONFIG.replace("value: A", "value: B"), "promptfooconfig.yaml")
    with pytest.raises(UsageError, match=r"evalsets/promptfoo\.yaml"):
        bring(root, changed, "promptfoo")


def test_findings_keep_a_prompt_out_unless_that_is_forced(root, source):
    secret = "Zk3Qv9Lm2Xp7Rt5Wy8Bn4Dh6Jc"  # of no provider
    path = source({**GREET, "prompt": f"key sk-proj-{secret} {{{{name}}}}"})
    done = bring(root, path)
    assert [problem.code for problem in done.problems if problem.severity == "error"] == ["LP040"]
    assert done.stopped
    assert files(root) == []
    assert not bring(root, path, force=True).stopped


def test_a_failure_in_the_middle_leaves_nothing_half_written(tmp_path):
    (tmp_path / "a").write_text("old")
    (tmp_path / "blocked").write_text("a file, no folder")
    together = Together(tmp_path, {"a": b"new", "deep/er/b": b"new", "blocked/c": b"new"})
    with pytest.raises(LlmopsError):
        together.write()
    assert files(tmp_path) == ["a", "blocked"]
    assert (tmp_path / "a").read_text() == "old"
    assert not (tmp_path / "deep").exists()


def test_a_symbolic_link_is_not_written_through(root, source, tmp_path):
    (root / "prompts").mkdir()
    target = tmp_path / "target.yaml"
    (root / "prompts/greet.yaml").symlink_to(target)
    with pytest.raises(LlmopsError):
        bring(root, source(GREET), force=True)
    assert not target.exists()


def test_a_source_is_read_inside_itself_only(tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.json").write_text("{}")
    (folder / "link.json").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path)
    (folder / "binary.json").write_bytes(b"\x89PNG\0\0")
    (folder / ".git").mkdir()
    (folder / ".git" / "config.json").write_text("{}")
    os.mkfifo(folder / "pipe.json")
    found = read_source(folder)
    assert list(found.files) == ["sub/a.json"]
    assert sorted(found.left_out) == [
        "binary.json: is no text",
        "link.json: is a symbolic link, and is not followed",
        "pipe.json: cannot be read: not a regular file",
        "up: is a symbolic link, and is not followed",
    ]
    for bad in (folder / "link.json", folder / "binary.json", folder / "gone.json"):
        with pytest.raises(UsageError):
            read_source(bad)


def test_files_that_were_not_read_are_named(root, source, tmp_path):
    path = source(GREET)
    (path.parent / "photo.json").write_bytes(b"\0\1")
    done = bring(root, path.parent)
    assert "not read: photo.json: is no text" in done.notes


def test_a_huge_file_is_refused(tmp_path):
    path = tmp_path / "big.json"
    with path.open("wb") as stream:
        stream.truncate(17 * 1024 * 1024)
    with pytest.raises(UsageError, match="larger than 16 MiB"):
        read_source(path)


def test_the_way_back_is_said_where_it_is_not_byte_equal(root, source):
    done = bring(root, source(json.dumps(GREET)), dry_run=True)
    assert any(note.startswith("formatting:") for note in done.notes)
    equal = source(json.dumps(GREET, indent=2) + "\n")
    assert not any("export would" in note for note in bring(root, equal, dry_run=True).notes)


def test_a_tool_that_nobody_knows_is_refused_with_the_nearest(root, source):
    with pytest.raises(UnknownNameError) as error:
        bring(root, source(GREET), "langfus")
    assert error.value.hint == "did you mean langfuse?"
    with pytest.raises(UnknownNameError):
        plugins.module("convert", "../langfuse")
    with pytest.raises(UnknownNameError):
        plugins.module("convert", "_flat")


def test_an_export_of_an_import_is_the_import(root, source):
    bring(root, source(GREET))
    exported = export_prompt(open_project(root), "greet", "langfuse")
    assert json.loads(exported.files["greet.json"]) == GREET
    assert not exported.losses


def test_an_export_takes_the_cases_along_where_the_tool_has_a_place(root, source):
    bring(root, source(CONFIG, "promptfooconfig.yaml"), "promptfoo")
    exported = export_prompt(open_project(root), "promptfoo-1", "promptfoo")
    text = exported.files["promptfooconfig.yaml"].decode()
    assert "description: one" in text
    assert "type: equals" in text


def test_all_that_a_case_says_goes_out_and_comes_back(root, source):
    metadata = {"k": 1, "llmops": {"tags": ["t"], "critical": True, "never": True, "context": ["doc"]}}
    config = {"prompts": ["Say {{x}}"], "tests": [{"description": "one", "vars": {"x": "a"}, "metadata": metadata}]}
    bring(root, source(config, "promptfooconfig.json"), "promptfoo")
    (case,) = [json.loads(line) for path in root.glob("evalsets/**/*.jsonl") for line in path.read_text().splitlines()]
    assert case == {"id": "one", "inputs": {"x": "a"}, "metadata": {"k": 1}, **metadata["llmops"]}
    exported = export_prompt(open_project(root), "promptfoo", "promptfoo")
    (test,) = yaml_of(exported.files["promptfooconfig.yaml"].decode(), "out.yaml")["tests"]
    assert test["metadata"] == metadata


def test_the_way_back_is_said_though_another_file_lies_beside(root, source):
    path = source({"prompts": [{"raw": "Say {{x}}", "label": "say"}], "tests": []}, "promptfooconfig.yaml")
    (path.parent / "notes.yaml").write_text("a: 1\n")
    assert any("an export would" in note for note in bring(root, path, "promptfoo").notes)


def test_comments_that_no_reader_keeps_are_named(root, source):
    path = source({}, "promptfooconfig.yaml")
    path.write_text("# mine\nprompts: ['Say {{x}} # no comment'] # why\n")
    notes = bring(root, path, "promptfoo").notes
    assert "promptfooconfig.yaml: its comments are not kept: # mine, # why" in notes
