import json
import time
from collections import Counter
from pathlib import Path

import pytest
from gitrepo import Repo
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmops_cli.flow.fmt import fmt, form
from llmops_cli.flow.project import open_project
from llmops_cli.flow.registry import read_prompt
from llmops_cli.load.layout import comments
from llmops_cli.load.yaml_ import parse
from llmops_cli.load.yaml_nodes import UnformattableError
from llmops_cli.report.yaml_layout import EVALSET, PROMPT

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "tests" / "load" / "seed" / "extract-invoice.yaml"

UGLY = """\
# yaml-language-server: $schema=x
# about the model
model:   'gpt-4o'   # why
evals: [ a,b ]
id: "p"
variables:
    document: { type: string,   # the text
       trust: untrusted }
    # locale: string
    when: {type: string, default: "2024-01-01", enum: ["2024-01-01", "NO", "plain words"]}


messages:
- content: "Line one\\nline {{ document }}\\n"
  role: user
# last words
"""
CANONICAL = """\
# yaml-language-server: $schema=x
id: p
# about the model
model: gpt-4o       # why
variables:
  document:
    type: string  # the text
    trust: untrusted
  # locale: string
  when: {type: string, default: "2024-01-01", enum: ["2024-01-01", "NO", plain words]}

messages:
  - role: user
    content: |
      Line one
      line {{ document }}
evals: [a, b]
# last words
"""


def test_a_file_gets_its_canonical_form():
    text = form(UGLY, PROMPT)
    assert text == CANONICAL
    assert Counter(comments(text)) == Counter(comments(UGLY))
    assert form(text, PROMPT) == text


CASES = {
    "block scalars stay blocks": ("a: |-\n    one\n    two\n", "a: |-\n  one\n  two\n"),
    "kept lines stay": ("a: |+\n  one\n\n\nb: 1\n", "a: |+\n  one\n\n\nb: 1\n"),
    "an indented first line keeps its indent": ("a: |2\n    one\n  two\n", "a: |2\n    one\n  two\n"),
    "folded texts stay folded": ("a: >\n    one\n    two\n\n    three\n", "a: >\n  one\n  two\n\n  three\n"),
    "a text of several lines becomes a block": ('a: "one\\ntwo\\n"\n', "a: |\n  one\n  two\n"),
    "white space at a line's end stays visible": ('a: "one \\ntwo"\n', 'a: "one \\ntwo"\n'),
    "a text over two lines becomes one line": ("a: one\n  two\n", "a: one two\n"),
    "a quote that is not needed goes": ("a: 'one two'\nb: \"three\"\n", "a: one two\nb: three\n"),
    "a quote that is needed stays": (
        "a: 'yes'\nb: '1.10'\nc: ''\nd: 'x: y'\ne: '#5'\nf: '2024-01-01'\ng: '{{ x }}'\nh: 'a #b'\n",
        'a: "yes"\nb: "1.10"\nc: ""\nd: "x: y"\ne: "#5"\nf: "2024-01-01"\ng: "{{ x }}"\nh: "a #b"\n',
    ),
    "what other readers take for no text is quoted": ("a: NO\nb: 0777\nc: 1_000\n", 'a: "NO"\nb: "0777"\nc: "1_000"\n'),
    "numbers and constants stay as they are written": (
        "a: 1.50\nb: true\nc: null\nd:\ne: 1e3\n",
        "a: 1.50\nb: true\nc: null\nd:\ne: 1e3\n",
    ),
    "a list is indented": ("a:\n- 1\n- b: 2\n  c: 3\n", "a:\n  - 1\n  - b: 2\n    c: 3\n"),
    "lists in lists": ("a:\n- - 1\n  - 2\n-\n  - 3\n", "a:\n  - - 1\n    - 2\n  - - 3\n"),
    "a flow over two lines is joined": ("a: {b: 1,\n  c: [2,\n 3]}\n", "a: {b: 1, c: [2, 3]}\n"),
    "a long flow becomes a block": (f"a: [{'x' * 80}, {'y' * 80}]\n", f"a:\n  - {'x' * 80}\n  - {'y' * 80}\n"),
    "empty lines in a row become one": ("a: 1\n\n\n\nb: 2\n", "a: 1\n\nb: 2\n"),
    "a start mark goes": ("---\na: 1\n", "a: 1\n"),
    "foreign keys come last": ("x-t: 1\nid: p\n", "id: p\nx-t: 1\n"),
    "unknown keys keep their order before foreign ones": ("x-b: 1\nz: 1\nw: 2\nid: p\n", "id: p\nz: 1\nw: 2\nx-b: 1\n"),
    "the order holds below `prompt:`": ("prompt:\n    template: x\n    id: p\n", "prompt:\n  id: p\n  template: x\n"),
    "with an anchor the order stays": ("model: &m x\nid: p\nx-n: *m\n", "model: &m x\nid: p\nx-n: *m\n"),
    "a missing newline comes": ("a: 1", "a: 1\n"),
    "crossed quotes": ("a: 'say \"hi\"'\n", 'a: say "hi"\n'),
    "a backslash in single quotes stays so": ("a: '\\d+ \"x\"'\n", "a: '\\d+ \"x\"'\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_part_has_one_form(name):
    before, after = CASES[name]
    assert form(before, PROMPT) == after
    assert form(after, PROMPT) == after
    assert parse(before.encode(), "f")[0].value == parse(after.encode(), "f")[0].value


COMMENTED = {
    "above, beside and below": ("# a\nid: p # b\n# c\nmodel: m\n# d\n", "# a\nid: p  # b\n# c\nmodel: m\n# d\n"),
    "a comment moves with its key": ("# the model\nmodel: m\n# the id\nid: p\n", "# the id\nid: p\n# the model\nmodel: m\n"),
    "the head of a file stays": ("# head\n\n# the model\nmodel: m\nid: p\n", "# head\n\nid: p\n# the model\nmodel: m\n"),
    "a key's own line": ("variables: # all\n  a: string\n", "variables:  # all\n  a: string\n"),
    "above the first entry": ("variables:\n  # first\n  a: string\n", "variables:\n  # first\n  a: string\n"),
    "behind the last entry": ("variables:\n  a: string\n  # b: string\nevals: [e]\n", "variables:\n  a: string\n  # b: string\nevals: [e]\n"),
    "about the next key": ("variables:\n  a: string\n# sets\nevals: [e]\n", "variables:\n  a: string\n# sets\nevals: [e]\n"),
    "in a list": ("tags:\n# x\n- a # y\n# z\n- b\n", "tags:\n  # x\n  - a  # y\n  # z\n  - b\n"),
    "behind a list at its key": ("tags:\n- a\n# about evals\nevals: [e]\n", "tags:\n  - a\n# about evals\nevals: [e]\n"),
    "at a block's head": ("template: | # why\n  x # no comment\nid: p\n", "id: p\ntemplate: |  # why\n  x # no comment\n"),
    "inside brackets": ("tags: [a, # one\n  b]\n", "tags:\n  - a  # one\n  - b\n"),
    "on a dash of its own": ("messages:\n- # first\n  role: user\n  content: x\n", "messages:\n  # first\n  - role: user\n    content: x\n"),
    "below a nested block": ("a:\n  b:\n    c: 1\n    # deep\n  # middle\n# top\nd: 1\n", "a:\n  b:\n    c: 1\n    # deep\n  # middle\n# top\nd: 1\n"),
    "in a list with empty lines": ("a:\n- # one\n  b: x\n\n- c: z\n", "a:\n  # one\n  - b: x\n\n  - c: z\n"),
    "in its column": ("id: p          # one\nmodel: m       # two\n", "id: p          # one\nmodel: m       # two\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMENTED)
def test_a_comment_stays_where_it_belongs(name):
    before, after = COMMENTED[name]
    assert form(before, PROMPT) == after
    assert form(after, PROMPT) == after


@pytest.mark.parametrize("value", ["x", '""', "'a: b'", ">-", "|"])
def test_an_empty_line_between_entries_of_a_list_stays_one(value):
    once = form(f"tags:\n- b: {value}\n\n\n- c: z\n", PROMPT)
    assert once.count("\n\n") == (value not in (">-", "|"))  # behind a block they are no part of it, and go
    assert "\n\n\n" not in once
    assert form(once, PROMPT) == once


@pytest.mark.parametrize("text", ["%YAML 1.2\n---\na: 1\n", "- a\n", "a: 1\u2028\n"])
def test_what_has_no_canonical_form_is_refused(text):
    with pytest.raises(UnformattableError):
        form(text, PROMPT)


def yaml_files():
    found = [*ROOT.glob("prompts/**/*.yaml"), *ROOT.glob("evalsets/*.yaml"), *ROOT.glob("tests/**/*.y*ml")]
    return [path for path in [*found, *ROOT.glob("examples/**/*.yaml")] if path.is_file()]


def holds_the_laws(text: str) -> bool:
    """Whether the text can be formatted; if so, all laws must hold."""
    document, problems = parse(text.encode(), "f.yaml")
    if document is None or problems or not isinstance(document.value, dict):
        return False
    after = form(text.replace("\r\n", "\n"), PROMPT)
    again, problems = parse(after.encode(), "f.yaml")
    assert problems == []
    assert again.value == document.value
    assert Counter(comments(after)) == Counter(comments(text))
    assert form(after, PROMPT) == after
    assert after.endswith("\n")
    return True


def test_every_yaml_file_of_the_repository_keeps_value_and_comments():
    assert sum(holds_the_laws(path.read_text(encoding="utf-8")) for path in yaml_files()) > 5
    assert holds_the_laws(SEED.read_text())


OURS = [path for path in ROOT.glob("prompts/**/*.yaml") if "/.releases/" not in path.as_posix()]


@pytest.mark.parametrize("path", [*OURS, *ROOT.glob("evalsets/*.yaml")], ids=lambda path: path.name)
def test_our_own_prompts_are_canonical(path):
    text = path.read_text(encoding="utf-8")
    assert form(text, EVALSET if path.parent.name == "evalsets" else PROMPT) == text


WORDS = st.text("ab:#-{}[],'\"|>&*!%@ \n\t0.é\\~", max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from([1.5, "NO", "1.10", "2024-01-01", "=", "<<"])
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(WORDS, VALUES, min_size=1, max_size=4), st.sampled_from([None, 1, 2]))
def test_any_json_keeps_its_value(data, indent):
    assert holds_the_laws(json.dumps(data, indent=indent, ensure_ascii=False))


PARTS = """\
id: p
model: m # c
# own
  # in
    # deep

variables:
  a: string
  b: {type: string} # f
tags:
- x
  - y # z
-
template: |
  text # no
    more
messages: # m
  - role: user
    content: >-
      folded
      text
x-a: [1, # one
  2]
x-b: 'q'
x-c: "d\\n"
params: {}
"""
LINES = st.sampled_from(["  ", *PARTS.splitlines()])


@settings(max_examples=1500, deadline=None)
@example(["    content: >-", "  ", "      folded"])
@given(st.lists(LINES, max_size=14))
def test_whatever_the_loader_reads_keeps_value_and_comments(lines):
    holds_the_laws("\n".join(lines) + "\n")


@settings(max_examples=500, deadline=None)
@example("0: | #")
@given(st.text(alphabet="ab:-?{}[]&*|>'\"#,\n \t0~", max_size=60))
def test_any_text_of_yaml_signs_is_formatted_or_refused(text):
    try:
        holds_the_laws(f"k: 1\n{text}")
    except UnformattableError:
        return


def test_a_large_file_of_comments_takes_linear_time():
    text = "a: 1\n" + "#\n" * 300_000 + "".join(f"k{n}: {n} # c\n" for n in range(5_000))
    started = time.process_time()
    form(text, PROMPT)
    assert time.process_time() - started < 10


@pytest.fixture
def repo(tmp_path):
    found = Repo.create(tmp_path / "r")
    found.commit({"prompts/p.yaml": UGLY.replace("evals: [ a,b ]", "evals: [e]"), "evalsets/e.yaml": "scorers:\n- type:   exact\nid: e\n", "evalsets/e.jsonl": '{"inputs": {"document": "x"}}\n'}, "first")  # fmt: skip
    return found


def test_the_digest_stays_and_a_second_run_changes_nothing(repo, llmops):
    project = open_project(repo.root)
    before = read_prompt(project.tree, project.settings, "prompts/p.yaml")[0].prompt
    assert "would reformat prompts/p.yaml" in llmops(repo.root, "fmt", "--check", code=1).out
    assert "reformatted evalsets/e.yaml" in llmops(repo.root, "fmt").out
    assert (repo.root / "evalsets/e.yaml").read_text() == "id: e\nscorers:\n  - type: exact\n"
    after = read_prompt(project.tree, project.settings, "prompts/p.yaml")[0].prompt
    assert (after.digest, after.interface_digest) == (before.digest, before.interface_digest)
    assert llmops(repo.root, "fmt", "--check").out == "2 files fine.\n"


def test_diff_shows_and_writes_nothing(repo, llmops):
    text = (repo.root / "prompts/p.yaml").read_text()
    out = llmops(repo.root, "fmt", "--diff", repo.root / "prompts/p.yaml").out
    assert "--- a/prompts/p.yaml" in out
    assert "-model:   'gpt-4o'   # why" in out
    assert (repo.root / "prompts/p.yaml").read_text() == text


def test_a_file_with_a_problem_is_left_as_it_is_and_the_others_are_formatted(repo, llmops):
    repo.write("prompts/broken.yaml", "id: broken\nid: twice\n")
    done = llmops(repo.root, "fmt", code=1)
    assert "left as it is prompts/broken.yaml" in done.out
    assert "prompts/broken.yaml:2:1: LF009" in done.out
    assert "reformatted prompts/p.yaml" in done.out
    assert (repo.root / "prompts/broken.yaml").read_text() == "id: broken\nid: twice\n"
    found = {one["path"]: one["status"] for one in llmops(repo.root, "fmt", "--format", "json", code=1).json()["files"]}
    assert found == {"prompts/broken.yaml": "refused", "prompts/p.yaml": "unchanged", "evalsets/e.yaml": "unchanged"}


def test_windows_line_ends_stay(repo):
    repo.write("prompts/w.yaml", "model: m\r\nid: w\r\ntemplate: |\r\n  a\r\n  b\r\n")
    fmt(open_project(repo.root), ["prompts/w.yaml"])
    assert (repo.root / "prompts/w.yaml").read_bytes() == b"id: w\r\nmodel: m\r\ntemplate: |\r\n  a\r\n  b\r\n"


def test_a_link_out_of_the_project_is_not_written_through(repo, llmops, tmp_path):
    (tmp_path / "outside.yaml").write_text("model: m\nid: l\ntemplate: x\n")
    (repo.root / "prompts/l.yaml").symlink_to(tmp_path / "outside.yaml")
    llmops(repo.root, "fmt", repo.root / "prompts/l.yaml", code=1)
    assert (tmp_path / "outside.yaml").read_text() == "model: m\nid: l\ntemplate: x\n"


def test_a_path_that_is_nothing_is_a_usage_error(repo, llmops):
    assert "no prompt or eval set file nope" in llmops(repo.root, "fmt", repo.root / "nope", code=2).err
