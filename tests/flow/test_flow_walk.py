"""What a newcomer who follows the README meets: first cases that are valid, hints that are true, notes that are short."""

import json

import pytest
from gitrepo import Repo
from released import shop

from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.explain import explain, explanations
from llmops_cli.flow.promote import parse_split
from llmops_cli.runtime import Loader

EVERY = """\
id: every
model: echo/m
variables:
  name: string
  tone: {type: string, enum: [kind, dry]}
  code: {type: string, minLength: 20}
  short: {type: string, maxLength: 3}
  count: {type: integer, minimum: 3}
  low: {type: integer, maximum: -2}
  share: {type: number, exclusiveMinimum: 0, maximum: 1}
  sure: boolean
  tags: {type: array, items: {type: string}, minItems: 2}
  who: {type: object, properties: {age: {type: integer}}, required: [age]}
  locale: {type: string, default: en}
  history: {type: messages}
messages:
  - {placeholder: history}
  - {role: user, content: "{{ name }} {{ tone }} {{ code }} {{ short }} {{ count }} {{ low }} {{ share }} {{ sure }}"}
  - {role: user, content: "{{ tags | join(', ') }} {{ who.age }} {{ locale }}"}
"""


def test_the_first_case_of_a_new_eval_set_is_valid_whatever_the_prompt_takes(tmp_path, llmops):
    repo = Repo.create(tmp_path / "r")
    repo.commit({"llmops.yaml": "schema: llmops/config@1\n", "prompts/every.yaml": EVERY})
    llmops(repo.root, "evalset", "new", "every", "--prompt", "every")
    assert "No problems" in llmops(repo.root, "validate", "evalsets/every.yaml", code=None).out
    llmops(repo.root, "eval", "run", "every", "--dry-run")


def test_an_eval_set_of_a_prompt_that_cannot_be_read_names_no_prompt_that_is_not_there(project, llmops):
    project.write(
        "evalsets/more.yaml", "id: more\ndata: greet.jsonl\nprompts: [greet, gone]\nscorers: [{type: exact}]\n"
    )
    project.write("prompts/greet.yaml", "id: greet\nmodel: [\n")
    out = llmops(project.root, "validate", "--format", "concise", code=1).out
    assert [line for line in out.splitlines() if "LE021" in line and "greet, which" in line] == []
    assert "names prompt gone, which is not there" in out


def test_a_reworded_prompt_shows_its_first_case_as_it_renders(project, llmops):
    text = (project.root / "prompts/greet.yaml").read_text()
    project.write("prompts/greet.yaml", text.replace("Hello", "Good day"))
    (shown,) = llmops(project.root, "prompt", "diff", "--rendered", "--format", "json").json()["prompts"]
    assert shown["rendered"][0]["differ"] == []
    out = llmops(project.root, "prompt", "diff", "--rendered").out
    assert "c00" in out
    assert "n00" in out
    assert "c01" not in out


def test_two_old_versions_advise_no_next_release(tmp_path, llmops):
    here = shop(Repo.create(tmp_path / "r"))
    here.edit("Hello", "Hi")
    here.edit("Hi", "Hey")
    here.release(bump="major")
    root = here.repo.root
    assert "(1.0.0 →" not in llmops(root, "prompt", "diff", "greet@HEAD~2", "greet@HEAD~1").out
    here.edit("Hey", "Yo")
    assert "(1.0.0 → 1.0.1)" in llmops(root, "prompt", "diff", "greet@HEAD~1", "greet").out


def test_the_notes_of_a_split_say_which_version_they_are_of(tmp_path):
    here = shop(Repo.create(tmp_path / "r"))
    here.answer()
    here.release()
    here.edit("Hello", "Hi")
    here.answer()
    here.release()
    notes = here.promote("greet", split=parse_split("1.0.0=90,1.0.1=10")).notes
    assert notes == ("1.0.0 greet: NEW when it was released", "1.0.1 greet: PASS when it was released")


def test_what_an_import_keeps_for_its_tool_is_one_line_of_a_diff(tmp_path, llmops):
    exported = [
        {"name": "greet", "version": n, "type": "text", "prompt": f"Hello {n} {{{{name}}}}", "config": {"model": "echo/m"},
         "labels": [], "createdAt": f"2026-01-0{n}T10:00:00Z", "updatedAt": f"2026-01-0{n}T11:00:00Z", "id": f"i{n}"}
        for n in (1, 2)
    ]  # fmt: skip
    repo = Repo.create(tmp_path / "r")
    repo.commit({"llmops.yaml": "schema: llmops/config@1\n"})
    (tmp_path / "export.json").write_text(json.dumps(exported))
    llmops(repo.root, "prompt", "import", "langfuse", tmp_path / "export.json", "--history")
    out = llmops(repo.root, "prompt", "diff", "greet@HEAD~1", "greet").out
    lines = [line.strip() for line in out.splitlines() if "x-langfuse" in line]
    assert len(lines) == 1
    assert lines[0].endswith("fields of the import changed")


def test_an_imported_file_is_as_fmt_writes_it(tmp_path, llmops):
    chat = [{"role": "system", "content": "Be brief.\nBe kind."}, {"role": "user", "content": "{{question}} it's: #1"}]
    exported = [
        {"name": "ask", "version": 1, "type": "chat", "prompt": chat, "tags": ["a b", "true"], "labels": [],
         "config": {"model": "gpt-4o", "temperature": 0, "stop": ["\n\n", "- x"]}, "commitMessage": "first"},
    ]  # fmt: skip
    repo = Repo.create(tmp_path / "r")
    repo.commit({"llmops.yaml": "schema: llmops/config@1\n"})
    (tmp_path / "export.json").write_text(json.dumps(exported))
    llmops(repo.root, "prompt", "import", "langfuse", tmp_path / "export.json", "--force")
    assert llmops(repo.root, "fmt", "--check", code=None).code == 0, llmops(repo.root, "fmt", "--diff", code=None).out


def test_an_explanation_ends_with_one_full_stop_and_the_nearest_codes_are_spelled_as_they_are():
    assert not [one.code for one in explanations() if one.summary.endswith("..")]
    with pytest.raises(UnknownNameError) as raised:
        explain("lp99")
    assert "LP" in raised.value.hint
    assert "lp" not in raised.value.hint


@pytest.mark.parametrize("url", ["nonsense", "https//acme.example/x", "ada:secret@acme.example/x"])
def test_what_is_no_url_is_said_to_be_none_and_not_repeated(url):
    with pytest.raises(UsageError, match=r"no URL|is not https") as raised:
        Loader(url=url).get("greet@production")
    assert "secret" not in str(raised.value)
