"""Three versions of a prompt file become one, with the edits, comments and formatting of both sides; or a conflict."""

import json

import pytest
from gitrepo import Repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops_cli.cli.git_drivers import main as driver
from llmops_cli.compare.merge_lines import Marks
from llmops_cli.flow.merge_driver import look_at, merge_files
from llmops_cli.flow.project import open_project
from llmops_cli.flow.registry import read
from llmops_cli.load.layout import comments
from llmops_cli.load.yaml_ import parse

BASE = """\
# What accounting books.
id: greet
model: echo/m   # the quick one
params: {temperature: 0.1, max_tokens: 500}
variables:
  document: {type: string, trust: untrusted}
  # en or de
  locale: {type: string, default: en, enum: [en, de]}
constants: {currency: EUR}
messages:
  # who speaks
  - role: system
    content: |
      Be exact.

      Amounts are in {currency}.

      Answer in {{ locale }}.
  - role: user
    content: |
      # Document
      {{ document }}
tags: [extract]
# the end
"""


def nothing(data):
    return []


def merged(ours, theirs, base=BASE, look=nothing):
    return merge_files(base.encode(), ours.encode(), theirs.encode(), look, Marks())


def value(text):
    document, problems = parse(text if isinstance(text, bytes) else text.encode(), "x")
    assert not problems, problems
    return document.value


def edited(*pairs, base=BASE):
    for old, new in pairs:
        assert base.count(old) == 1, old
        base = base.replace(old, new)
    return base


@pytest.fixture
def look(tmp_path):
    (tmp_path / "llmops.yaml").write_text("schema: llmops/config@1\n")
    (tmp_path / "prompts").mkdir()
    return look_at(tmp_path, "prompts/greet.yaml")


BLOCK = ("params: {temperature: 0.1, max_tokens: 500}", "params:\n  temperature: 0.1\n  max_tokens: 500")

CLEAN = {
    "two keys of one flow mapping": ([("0.1", "0.4")], [("500", "900")]),
    "a value and the comment beside it": ([("echo/m", "echo/n")], [("the quick one", "the cheap one")]),
    "a key added on each side, in one place": (
        [("constants:", "  # mine\n  tone: string\nconstants:")],
        [("constants:", "  # yours\n  length: {type: integer, default: 3}\nconstants:")],
    ),
    "a key added to a flow mapping on each side": ([("500}", "500, top_p: 0.9}")], [("500}", "500, seed: 7}")]),
    "an item added to a list that has no order": ([("[extract]", "[extract, one]")], [("[extract]", "[extract, two]")]),
    "an enum widened and a default changed": ([("[en, de]", "[en, de, fr]")], [("default: en", "default: de")]),
    "two paragraphs of one message": ([("Be exact.", "Be brief.")], [("Answer in", "Reply in")]),
    "a message changed and another added": (
        [("Be exact.", "Be very exact.")],
        [("  - role: user", "  - {role: assistant, content: Understood.}\n  - role: user")],
    ),
    "a key removed and its neighbour changed": ([("temperature: 0.1, ", "")], [("500", "900")]),
    "a comment above and the key below": ([("# en or de", "# en, de")], [("default: en", "default: de")]),
    "a comment of each side in one place": (
        [("# who speaks", "# who speaks\n  # mine")],
        [("# who speaks", "# who\n  # yours")],
    ),
    "written as a block on one side, a value changed on the other, no comment in it": (
        [("tags: [extract]", "tags:\n  - extract")],
        [("0.1", "0.4")],
    ),
    "the end of the file on both sides": (
        [("# the end\n", "# the end\nowners: [a]\n")],
        [("# the end\n", "# the end\nevals: [e]\n")],
    ),
    "a message moved nowhere, its role's line edited": (
        [("- role: system", "- role: system  # first")],
        [("Be exact.", "Be right.")],
    ),
}


@pytest.mark.parametrize(("ours", "theirs"), CLEAN.values(), ids=CLEAN)
def test_edits_of_different_parts_merge_in_either_order(ours, theirs):
    one, other = edited(*ours), edited(*theirs)
    there, back = merged(one, other), merged(other, one)
    assert (there.reasons, back.reasons) == ((), ())
    assert canonical(value(there.data)) == canonical(value(back.data))
    both = value(there.data)
    for text in (one, other):
        for path, said in leaves(value(text)):
            old = dict(leaves(value(BASE))).get(path)
            if said != old and not isinstance(said, str) and "messages" not in path:
                assert dict(leaves(both)).get(path) is not None
    kept = comments(there.data.decode())
    for text in (one, other):
        assert [line for line in comments(text) if line not in comments(BASE) and line not in kept] == []


def canonical(value):
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return json.dumps(sorted(value))
    if isinstance(value, dict):
        return json.dumps({key: canonical(value[key]) for key in sorted(value)})
    return json.dumps(value)


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def test_adjacent_lines_of_a_block_merge_and_everything_else_stays_byte_for_byte():
    base = edited(BLOCK)
    found = merged(edited(("0.1", "0.4"), base=base), edited(("500", "900"), base=base), base)
    assert found.data.decode() == edited(("0.1", "0.4"), ("500", "900"), base=base)
    assert found.reasons == ()


def test_a_conflict_is_marked_around_its_key_alone_and_the_rest_is_merged():
    base = edited(BLOCK)
    ours = edited(("0.1", "0.4"), ("Be exact", "Be brief"), base=base)
    theirs = edited(("0.1", "0.7"), ("500", "900"), base=base)
    found = merged(ours, theirs, base)
    assert found.reasons == ("both sides changed params.temperature",)
    marked = "<<<<<<< ours\n  temperature: 0.4\n=======\n  temperature: 0.7\n>>>>>>> theirs\n  max_tokens: 900\n"
    assert marked in found.data.decode()
    assert "Be brief" in found.data.decode()


CONFLICTS = {
    "one flow entry, two values": ([("0.1", "0.4")], [("0.1", "0.7")], "params"),
    "one line of a message": ([("Be exact.", "Be brief.")], [("Be exact.", "Be kind.")], "messages.0.content"),
    "a key removed and changed": (
        [("  # en or de\n  locale: {type: string, default: en, enum: [en, de]}\n", "")],
        [("default: en", "default: de")],
        "variables.locale",
    ),
    "one new key, two values": ([("tags:", "version: 1.0.0\ntags:")], [("tags:", "version: 2.0.0\ntags:")], "version"),
    "two messages in one place": (
        [("  - role: user", "  - {role: assistant, content: a}\n  - role: user")],
        [("  - role: user", "  - {role: assistant, content: b}\n  - role: user")],
        "messages",
    ),
    "one comment beside a value": ([("the quick one", "quick")], [("the quick one", "cheap")], "model"),
}


@pytest.mark.parametrize(("ours", "theirs", "path"), CONFLICTS.values(), ids=CONFLICTS)
def test_what_both_sides_changed_is_a_conflict_that_holds_both(ours, theirs, path):
    found = merged(edited(*ours), edited(*theirs))
    assert found.reasons == (f"both sides changed {path}",)
    text = found.data.decode()
    assert text.count("<<<<<<< ours\n") == text.count("=======\n") == text.count(">>>>>>> theirs\n") == 1
    before, _, rest = text.partition("<<<<<<< ours\n")
    mine, _, rest = rest.partition("=======\n")
    yours, _, after = rest.partition(">>>>>>> theirs\n")
    assert value(before + mine + after) == value(edited(*ours))
    assert value(before + yours + after) == value(edited(*theirs))


def test_a_variable_renamed_on_one_side_and_newly_used_on_the_other_is_refused_with_the_reason(look):
    renamed = BASE.replace("document", "invoice_text")
    uses = edited(("Be exact.", "Be exact about {{ document }}."))
    why = "renamed the variable document to invoice_text, and {} uses document in a text that {} does not have"
    found = merged(renamed, uses, look=look)
    assert found.reasons == (f"unknown variable document: ours {why.format('theirs', 'ours')}",)
    assert found.data.decode().startswith("<<<<<<< refused by llmops\n# unknown variable document: ours renamed")
    assert merged(uses, renamed, look=look).reasons == (
        f"unknown variable document: theirs {why.format('ours', 'theirs')}",
    )
    _, problems = parse(found.data, "x")
    assert problems  # nobody commits it unseen


REFUSED = {
    "a constant removed and newly used": (
        [("constants: {currency: EUR}\n", ""), ("Amounts are in {currency}.", "Amounts are as given.")],
        [("Be exact.", "Be exact, in {currency}.")],
        "currency",
    ),
    "one name, a variable here and a constant there": (
        [("constants:", "  iban: string\nconstants:"), ("# Document", "# Document {{ iban }}")],
        [("currency: EUR", "currency: EUR, iban: DE00"), ("Be exact.", "Be exact: {iban}.")],
        "iban",
    ),
    "the last uses of a variable removed, one here and one there": (
        [("Answer in {{ locale }}.", "Answer.")],
        [("      # Document\n", "")],
        "locale",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_merge_that_neither_side_alone_would_break_is_refused(look, name):
    ours, theirs, word = REFUSED[name]
    base = edited(("# Document", "# Document {{ locale }}")) if "last uses" in name else BASE
    if "last uses" in name:
        theirs = [("# Document {{ locale }}", "# Document")]
    one, other = edited(*ours, base=base), edited(*theirs, base=base)
    for text in (one, other):
        assert not [
            problem for problem in look(text.encode()) if problem.severity == "error" or problem.code == "LP011"
        ]
    for found in (merged(one, other, base, look), merged(other, one, base, look)):
        assert len(found.reasons) >= 1
        assert word in found.reasons[0]


def test_a_problem_that_a_side_has_already_is_no_reason_to_refuse(look):
    broken = edited(("Be exact.", "Be exact, {{ nobody }}."))
    assert merged(broken, edited(("0.1", "0.4")), look=look).reasons == ()


def test_both_sides_releasing_one_version_is_refused(look):
    ours = edited(("id: greet", "id: greet\nversion: 1.1.0"), ("0.1", "0.4"))
    theirs = edited(("id: greet", "id: greet\nversion: 1.1.0"), ("500", "900"))
    found = merged(ours, theirs, look=look)
    assert found.reasons == ("both sides release version 1.1.0, with different content",)
    assert merged(ours, ours + "# more\n", look=look).reasons == ()


BROKEN = [
    b"",
    b"\xff\xfe\x00",
    b"a: [",
    b"- 1\n- 2\n",
    b"plain",
    b"&a {x: *a}\n",
    b"a: 1\na: 2\n",
    b"? {a: b}\n: c\n",
    b"a: 1\r\n",
]


@pytest.mark.parametrize("data", [*BROKEN, BASE.encode()], ids=repr)
@pytest.mark.parametrize("other", [*BROKEN, BASE.encode()], ids=repr)
def test_the_side_that_changed_is_taken_byte_for_byte_whatever_it_is(data, other):
    def merge(base, ours, theirs):
        found = merge_files(base, ours, theirs, nothing, Marks())
        assert found.reasons == ()
        return found.data

    assert merge(data, other, data) == other
    assert merge(data, data, other) == other
    assert merge(data, other, other) == other


@pytest.mark.parametrize("ends", ["\r\n", "\n"], ids=["crlf", "lf"])
def test_line_ends_of_the_side_that_changed_them_are_kept(ends):
    ours = edited(("0.1", "0.4")).replace("\n", ends)
    found = merged(ours, edited(("500", "900")))
    assert found.reasons == ()
    assert found.data == edited(("0.1", "0.4"), ("500", "900")).replace("\n", ends).encode()


def test_a_missing_newline_at_the_end_is_kept_and_a_key_behind_it_is_not_glued_on():
    base = BASE.removesuffix("# the end\n").removesuffix("\n")
    found = merged(edited(("0.1", "0.4"), base=base), edited(("500", "900"), base=base), base)
    assert found.data.decode() == edited(("0.1", "0.4"), ("500", "900"), base=base)
    found = merged(f"{base}\nowners: [a]\n", edited(("500", "900"), base=base), base)
    assert value(found.data)["owners"] == ["a"]


def test_a_file_that_is_no_yaml_is_merged_by_lines():
    base = "".join(f"line {number}\n" for number in range(9)) + "a: [\n"
    ours, theirs = base.replace("line 1\n", "one\n"), base.replace("line 7\n", "seven\n")
    found = merged(ours, theirs, base)
    assert (found.data.decode(), found.reasons) == (ours.replace("line 7\n", "seven\n"), ())
    found = merged(ours, base.replace("line 1\n", "1\n"), base)
    assert found.reasons == ("both sides changed the same lines",)


def test_tools_are_told_apart_by_their_names():
    base = "model: m\ntools:\n  - {name: a, description: x}\n  - {name: b, description: y}\ntemplate: hi\n"
    ours = base.replace("description: y", "description: z")
    theirs = base.replace("  - {name: a, description: x}\n", "").replace("}\ntemplate", "}\n  - {name: c}\ntemplate")
    assert value(merged(ours, theirs, base).data)["tools"] == [{"name": "b", "description": "z"}, {"name": "c"}]


# Laws

KEYS = st.sampled_from([f"k{number}" for number in range(6)])
SCALARS = st.sampled_from(["1", "0.5", "word", '"two words"', "'it is'", "true", "null", "-3"])
TREES = st.recursive(
    SCALARS,
    lambda inner: st.tuples(st.sampled_from(["block", "flow"]), st.dictionaries(KEYS, inner, min_size=1, max_size=4)),
    max_leaves=12,
)
ROOTS = st.tuples(st.just("block"), st.dictionaries(KEYS, TREES, min_size=1, max_size=6))


def written(tree, indent=0, notes=True):
    """Return a tree as YAML; a comment above and beside each block entry, named after its path."""
    _, items = tree
    lines = []
    for key, item in items.items():
        pad = " " * indent
        if notes:
            lines.append(f"{pad}# above {key}")
        if isinstance(item, tuple) and item[0] == "block":
            lines += [f"{pad}{key}:", written(item, indent + 2, notes).rstrip("\n")]
        else:
            lines.append(f"{pad}{key}: {flowing(item)}" + (f"  # beside {key}" if notes else ""))
    return "".join(f"{line}\n" for line in lines)


def flowing(item):
    if isinstance(item, str):
        return item
    return "{" + ", ".join(f"{key}: {flowing(inner)}" for key, inner in item[1].items()) + "}"


def paths(tree, path=()):
    for key, item in tree[1].items():
        yield (*path, key)
        if isinstance(item, tuple):
            yield from paths(item, (*path, key))


def changed(tree, path, act, name):
    """Return the tree with the entry at `path` set, removed, or with a new key beside it."""
    style, items = tree
    key, *rest = path
    if rest:
        return style, {**items, key: changed(items[key], rest, act, name)}
    if act == "set":
        return style, {**items, key: f"new_{name}"}
    if act == "remove" and len(items) > 1:
        return style, {other: item for other, item in items.items() if other != key}
    return style, {**items, f"added_{name}": f"by_{name}"}


def disjoint(one, other):
    return one[: len(other)] != other and other[: len(one)] != one


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROOTS, st.data(), st.booleans())
def test_edits_of_disjoint_keys_commute_and_give_both(tree, data, notes):
    places = list(paths(tree))
    one = data.draw(st.sampled_from(places))
    free = [place for place in places if disjoint(place, one)]
    if not free:
        return
    other = data.draw(st.sampled_from(free))
    acts = st.sampled_from(["set", "remove", "add"])
    mine = (one, data.draw(acts), "mine")
    yours = (other, data.draw(acts), "yours")
    if mine[1] == yours[1] == "remove" and one[:-1] == other[:-1]:
        return  # both may empty the mapping together
    base, ours, theirs = (
        written(tree, 0, notes),
        written(changed(tree, *mine), 0, notes),
        written(changed(tree, *yours), 0, notes),
    )
    both = written(changed(changed(tree, *mine), *yours), 0, notes)
    there, back = merged(ours, theirs, base), merged(theirs, ours, base)
    assert (there.reasons, back.reasons) == ((), ())
    assert value(there.data) == value(back.data) == value(both)
    assert sorted(comments(there.data.decode())) == sorted(comments(both))


@settings(max_examples=200, deadline=None)
@given(ROOTS, ROOTS, ROOTS)
def test_whatever_two_sides_did_no_change_is_lost_or_the_merge_says_so(base, ours, theirs):
    texts = [written(tree, 0, notes=False) for tree in (base, ours, theirs)]
    found = merged(texts[1], texts[2], texts[0])
    if found.reasons:
        assert b"<<<<<<<" in found.data
        return
    old, one, other, now = (dict(leaves(value(text))) for text in (*texts, found.data))
    for path, said in now.items():
        assert said in (one.get(path, path), other.get(path, path))
    for side, across in ((one, other), (other, one)):
        for path, said in side.items():
            if said != old.get(path, path) and across.get(path, path) == old.get(path, path):
                assert now.get(path, path) == said


TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_lines_of_a_block_scalar_merge_or_clash_and_none_is_lost(base, ours, theirs):
    def prompt(text):
        return (
            "model: m\ntemplate: |\n  start\n"
            + "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())
            + "  end\nid: x\n"
        )

    found = merged(prompt(ours), prompt(theirs), prompt(base))
    if found.reasons:
        return
    text = value(found.data)["template"].split("\n")
    for line in {*ours.split("\n"), *theirs.split("\n")} - {*base.split("\n")}:
        assert line in text


# Real git


def configured(repo: Repo, llmops, *more):
    llmops(repo.root, "git", "install", "--merge-driver", "--yes", *more)
    repo.commit(message="attributes")
    return repo


@pytest.fixture
def repo(tmp_path, llmops):
    repo = Repo.create(tmp_path / "a repository's")
    repo.commit({"prompts/greet.yaml": BASE, "llmops.yaml": "schema: llmops/config@1\n"})
    return configured(repo, llmops)


def branches(repo, ours, theirs):
    start = repo.run("rev-parse", "HEAD")
    repo.branch("topic")
    repo.commit({"prompts/greet.yaml": theirs}, "theirs")
    repo.checkout("main")
    repo.commit({"prompts/greet.yaml": ours}, "ours")
    return start


def now(repo):
    return (repo.root / "prompts/greet.yaml").read_text()


def test_git_merge_keeps_both_edits_comments_and_the_digest_of_both(repo):
    ours, theirs = edited(("0.1", "0.4"), ("# en or de", "# mine")), edited(("500", "900"), ("the quick one", "yours"))
    branches(repo, ours, theirs)
    repo.merge("topic")
    both = edited(("0.1", "0.4"), ("500", "900"), ("# en or de", "# mine"), ("the quick one", "yours"))
    assert now(repo) == both
    project = open_project(repo.root)
    merged_digest = read(project.tree, project.settings).find("greet").digest
    repo.write("prompts/greet.yaml", edited(("0.1", "0.4"), ("500", "900")))
    assert read(project.tree, project.settings).find("greet").digest == merged_digest


def test_without_the_driver_git_itself_refuses_the_same_merge(repo, llmops):
    branches(repo, edited(("0.1", "0.4")), edited(("500", "900")))
    llmops(repo.root, "git", "uninstall", "--yes")
    repo.run("checkout", "--", ".gitattributes")
    with pytest.raises(AssertionError):
        repo.merge("topic")


@pytest.mark.parametrize("command", ["rebase", "cherry-pick"])
def test_rebase_and_cherry_pick_merge_alike(repo, command):
    branches(repo, edited(("0.1", "0.4")), edited(("500", "900")))
    if command == "rebase":
        repo.checkout("topic")
        repo.run("rebase", "main")
    else:
        repo.run("cherry-pick", "topic")
    assert now(repo) == edited(("0.1", "0.4"), ("500", "900"))


def test_git_reports_a_refused_merge_as_a_conflict_with_the_reason(repo):
    branches(repo, BASE.replace("document", "invoice_text"), edited(("Be exact.", "Be exact about {{ document }}.")))
    with pytest.raises(AssertionError, match="renamed the variable document to invoice_text"):
        repo.merge("topic")
    assert "UU prompts/greet.yaml" in repo.run("status", "--porcelain")
    assert now(repo).startswith("<<<<<<< refused by llmops")
    with pytest.raises(AssertionError):
        repo.run("diff", "--check")


def test_a_conflict_has_marks_of_the_width_that_git_asks_for(repo):
    repo.write(".gitattributes", (repo.root / ".gitattributes").read_text() + "prompts/** conflict-marker-size=11\n")
    repo.commit()
    branches(repo, edited(("0.1", "0.4")), edited(("0.1", "0.7")))
    with pytest.raises(AssertionError):
        repo.merge("topic")
    assert "\n" + "<" * 11 + " " in now(repo)
    assert "\n" + "=" * 11 + "\n" in now(repo)


@pytest.mark.parametrize("name", ["an apostrophe's & $HOME.yaml", "-dash.yaml", "ümlaut.yaml", 'quote".yaml'])
def test_names_that_a_shell_would_read_are_only_names(repo, name):
    path = f"prompts/{name}"
    repo.commit({path: BASE})
    repo.branch("topic")
    repo.commit({path: edited(("500", "900"))})
    repo.checkout("main")
    repo.commit({path: edited(("0.1", "0.4"))})
    repo.merge("topic")
    assert (repo.root / path).read_text() == edited(("0.1", "0.4"), ("500", "900"))


def test_a_program_that_is_gone_leaves_git_its_own_merge(repo):
    line = repo.run("config", "merge.llmops.driver")
    program = line.partition("{ ")[2].partition(" -P")[0]
    repo.run("config", "merge.llmops.driver", line.replace(program, "/nowhere/python"))
    branches(repo, edited(("0.1", "0.4")), edited(("# the end", "# ends")))
    repo.merge("topic")
    assert now(repo) == edited(("0.1", "0.4"), ("# the end", "# ends"))
    repo.branch("again")
    repo.commit({"prompts/greet.yaml": edited(("0.1", "0.5"))})
    repo.checkout("main")
    repo.commit({"prompts/greet.yaml": edited(("0.1", "0.6"))})
    with pytest.raises(AssertionError):
        repo.merge("again")
    assert "<<<<<<<" in now(repo)  # never ours alone, silently


def test_a_criss_cross_merge_has_no_marks_of_the_driver_in_its_base(repo):
    branches(repo, edited(("0.1", "0.4")), edited(("0.1", "0.7")))
    one, other = repo.run("rev-parse", "main"), repo.run("rev-parse", "topic")
    for branch, commit, chosen in (("main", other, "0.4"), ("topic", one, "0.7")):
        repo.checkout(branch)
        repo.run("merge", "--quiet", "--no-ff", "-s", "ours", "-m", "m", commit)
        assert chosen in now(repo)
    repo.checkout("main")
    repo.commit({"prompts/greet.yaml": edited(("0.1", "0.4"), ("500", "900"))})
    with pytest.raises(AssertionError):
        repo.merge("topic")
    text = now(repo)
    assert text.count("<<<<<<<") == 1
    assert "refused" not in text


def test_the_driver_on_bad_arguments_leaves_the_files_alone(tmp_path, capfd):
    names = [tmp_path / name for name in "oab"]
    for name in names:
        name.write_text(name.name)
    assert driver(["merge-driver", str(names[0])]) == 2
    assert driver(["merge-driver", str(names[0]), str(names[1]), str(tmp_path / "gone"), "7", "p.yaml"]) == 2
    assert names[1].read_text() == "a"
    assert "gone" in capfd.readouterr().err


def test_the_hidden_command_merges_and_exits_one_for_a_conflict(tmp_path, llmops):
    files = dict(zip("oab", (BASE, edited(("0.1", "0.4")), edited(("500", "900"))), strict=True))
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    argv = ["git", "merge-driver", *(tmp_path / name for name in "oab"), "7", "prompts/greet.yaml"]
    llmops(tmp_path, *argv)
    assert (tmp_path / "a").read_text() == edited(("0.1", "0.4"), ("500", "900"))
    (tmp_path / "b").write_text(edited(("0.1", "0.9")))
    llmops(tmp_path, *argv, code=1)


def test_two_thousand_lines_merge_in_little_time():
    base = BASE.replace("      Be exact.\n", "".join(f"      Rule {number}.\n" for number in range(2000)))
    ours, theirs = base.replace("Rule 7.", "Rule seven."), base.replace("Rule 1990.", "Rule last.")
    found = merged(ours, theirs, base)
    assert found.data.decode() == ours.replace("Rule 1990.", "Rule last.")


def test_no_part_of_the_example_is_merged_by_lines():
    """The table above must speak of the merge by keys: the example has a layout."""
    from llmops_cli.load.layout import layout

    document, problems = parse(BASE.encode(), "x")
    assert not problems
    assert layout(BASE, document) is not None
