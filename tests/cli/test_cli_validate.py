import json
import xml.etree.ElementTree as ET

import jsonschema
import pytest

from llmops_cli.load.schema import schema_text

BAD = "id: bad\nmodel: gpt-4o\nvariables: {a: string}\ntemplate: 'x {{ b }}'\nevals: [greet]\n"
WARN = "id: warn\nmodel: gpt-4o\nvariables: {name: string, unused: {type: string, required: false}}\ntemplate: '{{ name }}'\nevals: [greet]\n"
NOTE = "id: note\nmodel: gpt-4o\ntemperature: 0\ntemplate: '{{ name }}'\nevals: [greet]\n"


@pytest.fixture
def at(project):
    def write(**texts: str):
        for name, text in texts.items():
            project.write(f"prompts/{name}.yaml", text)
        return project.root

    return write


def test_errors_exit_1_warnings_with_strict_and_notes_never(at, llmops):
    root = at()
    llmops(root, "validate", "--strict")
    root = at(note=NOTE)
    out = llmops(root, "validate", "--strict").out
    assert "note[LP025]" in out
    assert "Found 1 note in" in out
    at(warn=WARN)
    assert "Found 1 warning, 1 note in" in llmops(root, "validate").out
    llmops(root, "validate", "--strict", code=1)
    at(bad=BAD)
    llmops(root, "validate", code=1)


def test_json_fits_the_published_schema(at, llmops):
    document = llmops(at(bad=BAD, note=NOTE), "validate", "--format", "json", code=1).json()
    jsonschema.Draft202012Validator(json.loads(schema_text("problems"))).validate(document)
    assert {one["severity"] for one in document["problems"]} == {"error", "warning", "note"}


def test_each_format_is_a_document_of_its_kind(at, llmops, tmp_path):
    root = at(bad=BAD)
    assert (
        "::error file=prompts/bad.yaml,line=4,col=17,title=LP012 unknown-variable::"
        in llmops(root, "validate", "--format", "github", code=1).out
    )
    assert llmops(root, "validate", "--format", "gitlab", code=1).json()[0]["location"]["path"].endswith(".jsonl")
    assert ET.fromstring(llmops(root, "validate", "--format", "junit", code=1).out.encode()).get("failures") != "0"
    llmops(root, "validate", "--format", "sarif", "-o", tmp_path / "out.sarif", code=1)
    log = json.loads((tmp_path / "out.sarif").read_text())
    (rule,) = [one for one in log["runs"][0]["tool"]["driver"]["rules"] if one["id"] == "LP012"]
    assert "Why:" in rule["help"]["text"]
    assert "prompts/bad.yaml:4:17: LP012" in llmops(root, "validate", "--format", "concise", code=1).out
    assert "known" in (done := llmops(root, "validate", "--format", "yaml", code=2)).err or "one of" in done.err


def test_a_project_without_a_problem_says_so_in_each_format(at, llmops):
    root = at()
    assert llmops(root, "validate", "--format", "concise").out == ""
    assert llmops(root, "validate", "--format", "github").out == "No problems in 2 files.\n"
    assert llmops(root, "validate", "--format", "gitlab").json() == []
    assert llmops(root, "validate", "--format", "sarif").json()["runs"][0]["results"] == []


def test_fix_says_what_it_did_on_stderr_and_the_rest_is_judged(at, llmops):
    root = at(note=NOTE)
    done = llmops(root, "validate", "--fix")
    assert "fixed prompts/note.yaml:3:1: LP025" in done.err
    assert "digest unchanged" in done.err
    assert done.out == "No problems in 3 files.\n"
    assert llmops(root, "validate", "--fix").err == ""
    at(bad=BAD.replace("id: bad", "id: bad-v1"))
    done = llmops(root, "validate", "--fix", code=1)
    assert "fixed prompts/bad.yaml" in done.err
    assert "LP012" in done.out


def test_a_merge_is_checked_as_it_would_be(project, llmops):
    main = project.root
    project.commit({"prompts/note.yaml": NOTE}, "second")
    assert "note[LP025]" in llmops(main, "validate", "--merge-result", "--base", "HEAD~1").out
    assert "--base goes with --merge-result" in llmops(main, "validate", "--base", "HEAD", code=2).err
    llmops(main, "validate", main / "prompts/note.yaml", "--merge-result", "--base", "HEAD~1", code=2)


def test_a_hook_names_files_from_the_top_of_the_repository(project, llmops):
    sub = project.root / "sub"
    sub.mkdir()
    for one in [path for path in project.root.iterdir() if path.name not in (".git", "sub")]:
        one.rename(sub / one.name)
    (sub / "llmops.yaml").write_text("schema: llmops/config@1\n")
    name = next(path.relative_to(project.root).as_posix() for path in sorted(sub.glob("prompts/**/*.yaml")))
    llmops(sub, "validate", name)
    (project.root / name).write_text("model: [")
    assert "LF002" in llmops(sub, "validate", name, code=1).err + llmops(sub, "validate", name, code=1).out
