"""`git diff`, `git log -p` and `--word-diff` show a prompt line by line; the external diff says what an edit means."""

import json
import subprocess
import sys
import time

import pytest
from gitrepo import Repo
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.cli.git_drivers import main as driver
from llmops_cli.flow.textconv import textconv
from llmops_cli.report.textconv import text

PROMPT = """\
# yaml-language-server: $schema=x
id: billing/extract   # the slug
model: claude-sonnet-4-6
params: {temperature: 0.1, max_tokens: 500}
variables:
  document: {type: string, description: OCR text, max_tokens: 20000, trust: untrusted}
  locale: {type: string, default: en, enum: [en, de]}
  history: {type: messages, required: false}
constants: {format: "INV-####"}
messages:
  - {role: system, content: "Be exact."}
  - {placeholder: history}
  - role: user
    content: |
      Number: {format}
      Document: {{ document }}
output: {format: json_schema, schema: {type: object, properties: {iban: {type: string}}}}
evals: [invoices]
x-langfuse: {a: 1}
"""
SHOWN = """\
id: billing/extract
model: claude-sonnet-4-6
param max_tokens: 500
param temperature: 0.1
var document: string required untrusted max_tokens 20000 (OCR text)
var history: messages optional
var locale: string optional default en enum [en, de]
const format: INV-####
== system
Be exact.
== placeholder history
== user
Number: {format}
Document: {{ document }}
== settings
output.format: json_schema
output.schema.properties.iban.type: string
output.schema.type: object
x-langfuse.a: 1
evals: [invoices]
== comments
# yaml-language-server: $schema=x
# the slug
"""
REORDERED = PROMPT.replace(
    "params: {temperature: 0.1, max_tokens: 500}", "params:\n  max_tokens: 500\n  temperature: 0.1"
).replace('{role: system, content: "Be exact."}', "role: system\n    content: Be exact.")


def shown(tmp_path, data):
    file = tmp_path / "p.yaml"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return textconv(file).decode()


def test_a_prompt_is_shown_a_fact_a_line_and_its_texts_as_they_are(tmp_path):
    assert shown(tmp_path, PROMPT) == SHOWN


def test_another_way_to_write_the_same_prompt_is_shown_alike(tmp_path):
    assert shown(tmp_path, REORDERED) == SHOWN
    assert shown(tmp_path, PROMPT.replace("\n", "\r\n")) == SHOWN
    assert shown(tmp_path, b"\xef\xbb\xbf" + PROMPT.encode()) == SHOWN


def test_a_wrapped_prompt_is_shown_by_its_parts(tmp_path):
    assert shown(tmp_path, 'prompt:\n  model: m\n  temperature: 0.1\n  template: "Hi {{ x }}"\n') == (
        "prompt:\nmodel: m\n== template\nHi {{ x }}\n== settings\ntemperature: 0.1\n"
    )


DIFFERENT = {
    "number and text": ("params: {a: 1}", 'params: {a: "1"}'),
    "list and text": ("tags: [a, b]", 'tags: ["a, b"]'),
    "text like a list": ("x-a: [a]", 'x-a: "[a]"'),
    "null and text": ("x-a: null", 'x-a: "null"'),
    "one line and one line with an end": ("template: hi", "template: |\n  hi"),
    "two lines and no end": ("template: |\n  a\n  b", "template: |-\n  a\n  b"),
    "a message that says a heading": (
        "messages: [{role: user, content: a}, {role: system, content: b}]",
        'messages: [{role: user, content: "a\\n== system\\nb"}]',
    ),
    "a comment": ("model: m # one", "model: m # two"),
    "empty and absent": ("x-a: {}", "x-b: 1"),
    "space at an end": ("x-a: a", 'x-a: "a "'),
    "a key of a message": ("messages: [{role: user, content: a}]", "messages: [{role: user, content: a, name: b}]"),
    "a default": ("variables: {a: {type: string, default: ''}}", "variables: {a: {type: string, required: false}}"),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_two_prompts_that_differ_are_never_shown_alike(tmp_path, one, other):
    rest = "model: n\ntemplate: t\n"
    both = [
        f"{part}\n{''.join(line for line in rest.splitlines(True) if line.split(':')[0] not in part)}"
        for part in (one, other)
    ]
    assert shown(tmp_path, both[0]) != shown(tmp_path, both[1])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["", "a", "1", "true", "a, b", "[a]", "a\nb", "a\n", "== x", "\x1b[31m"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(JSON, JSON)
def test_different_settings_give_different_lines_and_none_that_a_terminal_obeys(one, other):
    lines = [text({"model": "m", "x-a": value, "template": value}) for value in (one, other)]
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)  # 1 is not true; order is no setting
    assert (lines[0] == lines[1]) == same
    assert "\x1b" not in lines[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"id: [\n", "line 2: not YAML"),
        (b"a: 1\na: 2\n", "line 2: the key 'a' stands twice"),
        (b"\xff\xfe", "line 1: not UTF-8"),
        (b"- " * 40 + b"x\n", "nested deeper"),
        (b"a: &x [1]\n" + b"b: [" + b"*x, " * 20 + b"]\n", "aliases"),
        (b"model: m\n" + b"#" * (1 << 20), "more than 1 MiB"),
        (b"<<<<<<< ours\nmodel: a\n=======\nmodel: b\n>>>>>>> theirs\n", "not YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_shown_as_it_is_after_a_line_that_says_why(tmp_path, data, reason):
    (tmp_path / "p.yaml").write_bytes(data)
    first, _, rest = textconv(tmp_path / "p.yaml").partition(b"\n")
    assert first.startswith(b"# llmops: shown as it is")
    assert reason in first.decode()
    assert rest == data


@pytest.mark.parametrize("data", [b"", b"billing/a: 1.0.0\n", b"type: object\n", b"- 1\n", b"text\n"])
def test_yaml_that_is_no_prompt_is_shown_as_it_is(tmp_path, data):
    (tmp_path / "p.yaml").write_bytes(data)
    assert textconv(tmp_path / "p.yaml") == data


def test_textconv_imports_neither_jinja2_nor_typer_and_nothing_from_the_folder_where_git_runs_it(tmp_path):
    for name in ("yaml", "llmops_cli", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the repository')\n")
    (tmp_path / "p.yaml").write_text(PROMPT)
    code = "import sys\nfrom llmops_cli.cli.git_drivers import main\nmain(['textconv', 'p.yaml'])\n"
    code += (
        "print([name for name in ('jinja2', 'typer', 'litellm', 'git', 'jsonschema', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{SHOWN}[]\n", "")
    argv = [sys.executable, "-P", "-m", "llmops_cli.cli.git_drivers", "textconv", "p.yaml"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == (SHOWN, "", 0)


def test_textconv_reads_the_largest_file_in_little_time(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text("model: m\ntemplate: |\n" + "  a line of text, not long\n" * 36_000)
    start = time.process_time()
    textconv(file)
    assert time.process_time() - start < 2


# Real git


@pytest.fixture
def repo(tmp_path, llmops):
    repo = Repo.create(tmp_path / "my repo's")
    repo.commit({"prompts/billing/extract.yaml": PROMPT, "llmops.yaml": "schema: llmops/config@1\n"}, "one")
    llmops(repo.root, "git", "install", "--yes")
    repo.commit(message="attributes")
    return repo


def edit(repo, *pairs, path="prompts/billing/extract.yaml"):
    said = (repo.root / path).read_text()
    for old, new in pairs:
        assert old in said
        said = said.replace(old, new)
    repo.write(path, said)


def test_git_diff_shows_facts_and_the_message_as_the_heading(repo):
    edit(repo, ("temperature: 0.1", "temperature: 0.4"), ("Number:", "The number:"))
    found = repo.run("diff", "-U0")
    assert "-param temperature: 0.1\n+param temperature: 0.4" in found
    assert "@@ == user\n-Number: {format}\n+The number: {format}" in found


def test_git_log_and_show_need_no_flag(repo):
    edit(repo, ("locale: {type: string, default: en,", "locale: {type: string,"))
    repo.commit()
    line = "-var locale: string optional default en enum [en, de]\n+var locale: string required enum [en, de]"
    assert line in repo.run("log", "-p", "-1")
    assert line in repo.run("show")
    word = repo.run("diff", "--word-diff", "HEAD~1")
    assert "var locale: string [-optional default en-]{+required+} enum [en, de]" in word


def test_another_way_to_write_a_prompt_is_no_difference(repo):
    repo.write("prompts/billing/extract.yaml", REORDERED)
    assert "+" not in repo.run("diff").partition("index ")[2]


def test_a_broken_prompt_does_not_break_git_diff(repo):
    repo.write("prompts/billing/extract.yaml", "model: [\n")
    assert "+# llmops: shown as it is, for it cannot be read: line 2: not YAML" in repo.run("diff")
    repo.write("prompts/billing/extract.yaml", b"\xff\x00\xfe")
    repo.run("diff")


def test_a_program_that_is_gone_does_not_break_git_diff(repo):
    line = repo.run("config", "diff.llmops.textconv")
    repo.run(
        "config", "diff.llmops.textconv", line.replace(line.partition("{ ")[2].partition(" -P")[0], "/nowhere/python")
    )
    edit(repo, ("temperature: 0.1", "temperature: 0.4"))
    assert "+params: {temperature: 0.4, max_tokens: 500}" in repo.run("diff")


def test_patches_that_are_sent_are_the_files_own(repo):
    edit(repo, ("temperature: 0.1", "temperature: 0.4"))
    repo.commit()
    assert "+params: {temperature: 0.4, max_tokens: 500}" in repo.run("format-patch", "--stdout", "-1")


def test_releases_are_shown_a_line_a_part_and_labels_as_they_are(repo):
    frozen = "schema: llmops/release@1\nid: x\nprompt: {model: m, messages: [{role: user, content: Hi}]}\n"
    repo.commit({"prompts/.releases/x/1.0.0.yaml": frozen, "prompts/.labels/production.yaml": "a: 1.0.0\n"})
    repo.write("prompts/.releases/x/1.0.0.yaml", frozen.replace("model: m", "model: n"))
    repo.write("prompts/.labels/production.yaml", "a: 1.1.0\n")
    found = repo.run("diff")
    assert "-model: m\n+model: n" in found
    assert "-a: 1.0.0\n+a: 1.1.0" in found


@pytest.fixture
def semantic(repo, llmops):
    llmops(repo.root, "git", "install", "--diff-driver", "--yes")
    return repo


def test_the_external_diff_says_what_an_edit_means(semantic):
    edit(
        semantic,
        ("locale: {type: string, default: en,", "locale: {type: string,"),
        ("Be exact.", "Be exact and brief."),
    )
    found = semantic.run("diff")
    assert "billing/extract  old → new" in found
    assert "BREAKING" in found
    assert "Be [-exact.-]{+exact and brief.+}" in found
    assert "+var locale: string required" in semantic.run("diff", "--no-ext-diff")
    semantic.commit()
    assert "BREAKING" in semantic.run("log", "-p", "-1", "--ext-diff")


def test_comments_alone_mean_nothing_and_are_said(semantic):
    edit(semantic, ("# the slug", "# its name"))
    assert "nothing that a model or a caller sees" in semantic.run("diff")


def test_new_removed_and_renamed_files_have_one_side(semantic):
    semantic.write("prompts/fresh.yaml", "id: fresh\nmodel: m\ntemplate: hi\n")
    semantic.run("add", "-A")
    assert "new prompt" in semantic.run("diff", "--cached")
    semantic.commit()
    semantic.run("rm", "--quiet", "prompts/fresh.yaml")
    assert "prompt removed" in semantic.run("diff", "--cached")
    semantic.run("reset", "--quiet", "--hard")
    semantic.run("mv", "prompts/billing/extract.yaml", "prompts/billing/moved.yaml")
    found = semantic.run("diff", "--cached", "-M")
    assert "prompts/billing/extract.yaml → prompts/billing/moved.yaml" in found


def test_a_side_that_is_no_prompt_is_compared_by_lines(semantic):
    edit(semantic, ("model: claude-sonnet-4-6", "modle: claude-sonnet-4-6"))
    found = semantic.run("diff")
    assert "compared line by line, for" in found
    assert "+modle: claude-sonnet-4-6" in found


def test_a_file_in_conflict_is_named(semantic):
    semantic.branch("topic")
    edit(semantic, ("0.1", "0.4"))
    semantic.commit()
    semantic.checkout("main")
    edit(semantic, ("0.1", "0.7"))
    semantic.commit()
    with pytest.raises(AssertionError):
        semantic.merge("topic")
    assert "prompts/billing/extract.yaml" in semantic.run("diff")


def test_an_include_is_read_from_the_working_tree(semantic):
    semantic.commit(
        {
            "prompts/partials/rules.j2": "Rule.",
            "prompts/a.yaml": "model: m\ntemplate: \"{% include 'partials/rules.j2' %} a\"\n",
        }
    )
    edit(semantic, (" a", " b"), path="prompts/a.yaml")
    assert "compared line by line" not in semantic.run("diff")


def test_a_symbolic_link_is_shown_and_not_followed(semantic, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    (semantic.root / "prompts" / "link.yaml").symlink_to(secret)
    semantic.run("add", "-A")
    assert "hunter2" not in semantic.run("diff", "--cached")


@pytest.mark.parametrize(
    "argv", [[], ["what"], ["textconv"], ["textconv", "a", "b"], ["merge-driver", "a"], ["diff-driver"]]
)
def test_a_call_that_is_none_of_gits_says_how(argv, capfd):
    assert driver(argv) == 2
    assert "textconv FILE" in capfd.readouterr().err


def test_the_hidden_commands_do_what_git_asks_for(tmp_path, llmops):
    (tmp_path / "a.yaml").write_text(PROMPT)
    (tmp_path / "b.yaml").write_text(PROMPT.replace("0.1", "0.4"))
    assert llmops(tmp_path, "git", "textconv", tmp_path / "a.yaml").out == SHOWN
    found = llmops(
        tmp_path, "git", "diff-driver", "p.yaml", tmp_path / "a.yaml", "0", "100644", tmp_path / "b.yaml", "0", "100644"
    )
    assert "temperature 0.1 → 0.4" in found.out
    llmops(tmp_path, "git", "textconv", tmp_path / "gone.yaml", code=2)
    assert "Git calls this" not in llmops(tmp_path, "git", "--help").out
