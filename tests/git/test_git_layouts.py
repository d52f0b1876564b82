"""Whatever a repository looks like: the right answer, or a named refusal with what to do; never a wrong answer."""

import json
import os
import re

import layouts_of_damage
import layouts_of_files
import layouts_of_places
import layouts_of_states
import pytest
from gitrepo import IDENTITY, Repo
from layout import LAYOUTS, Refusal, prompt

from llmops_cli.errors import GitError
from llmops_cli.load.history import Repository

TABLES = (layouts_of_places, layouts_of_states, layouts_of_files, layouts_of_damage)
WORD = re.compile(r"Hello (\w+) \{\{ name \}\}")


@pytest.fixture(scope="module", params=[*LAYOUTS])
def there(request, tmp_path_factory):
    """A layout, built once for all laws."""
    return LAYOUTS[request.param](tmp_path_factory.mktemp("layout"))


@pytest.fixture
def alone(monkeypatch, there, tmp_path):
    """No configuration of this machine, and the variables that the layout is about."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, IDENTITY[name])
    for name, value in there.variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def ask(llmops, there, alone):
    """Ask the program in the layout; a refusal is compared, an answer comes back as JSON."""

    def call(expected, *argv):
        done = llmops(there.at, *argv, "--format", "json", code=None)
        if isinstance(expected, Refusal):
            assert done.code == expected.code, (done.out, done.err)
            assert re.search(expected.said, done.err, re.DOTALL), done.err
            assert re.search(expected.todo, done.err, re.DOTALL), done.err
            assert "Traceback" not in done.err
            return None
        assert done.code == 0, (done.out, done.err)
        return json.loads(done.out)

    return call


def said(document):
    """Return the word of a prompt as `prompt show` shows it."""
    return WORD.fullmatch(document["messages"][0]["content"])[1]


def test_the_prompt_as_it_is_now(there, ask):
    found = ask(there.now, "prompt", "show", there.prompt)
    assert isinstance(there.now, Refusal) or said(found) == there.now


def test_the_prompt_as_it_was_at_each_revision(there, ask):
    for revision, word in there.then.items():
        found = ask(word, "prompt", "show", f"{there.prompt}@{revision}")
        assert isinstance(word, Refusal) or (revision, said(found)) == (revision, word)


def test_what_differs_from_head(there, ask):
    found = ask(there.diff, "prompt", "diff")
    if isinstance(there.diff, Refusal):
        return
    before, after = there.diff
    mine = [one for one in found["prompts"] if one["id"] == there.prompt]
    assert len(found["prompts"]) == len(mine) == (before != after)
    for one in mine:
        assert one["status"] == ("changed" if before else "new")
        assert one["digests"] == {"before": digest(before), "after": digest(after)} or not before
        if before:
            texts = [change for change in one["changes"] if change["path"].startswith("messages")]
            assert [WORD.search(str(texts[0][side]))[1] for side in ("before", "after")] == [before, after]


def test_what_differs_from_each_revision(there, ask):
    for revision, word in there.then.items():
        if isinstance(word, Refusal) or isinstance(there.now, Refusal):
            continue
        found = ask("", "prompt", "diff", f"{there.prompt}@{revision}", there.prompt)["prompts"]
        assert [one["digests"]["before"] for one in found if one["changes"]] == [digest(word)] * (word != there.now)


def test_every_version(there, ask):
    found = ask(there.versions, "prompt", "log", there.prompt)
    if not isinstance(there.versions, Refusal):
        words = {digest(word): word for word in ("one", "two", "deep", "else", "more", "own", "ours", "theirs")}
        entries = found["entries"]
        assert tuple(words.get((one["digest"] or "").removeprefix("sha256:"), "?") for one in entries) == there.versions


def test_validation_finds_nothing_wrong_where_nothing_is(there, alone, llmops):
    done = llmops(there.at, "validate", "--format", "json", code=None)
    assert done.code == 0 if there.sound else done.code in (1, 2), (done.out, done.err)
    assert "Traceback" not in done.err


def test_reading_leaves_the_repository_as_it_was(there, alone, llmops):
    def state():
        top = there.at.resolve().parent
        found = [
            path for path in top.rglob("*") if ".llmops" not in path.parts and not path.name.startswith("sharedindex.")
        ]
        return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in found}

    before = state()
    commands = [["prompt", "list"], ["prompt", "diff"], ["prompt", "log", there.prompt]]
    # Asked for an attribute, git lists all of a sparse index, and writes or renews the objects of its folders.
    for argv in commands if there.sparse_index else [*commands, ["doctor"], ["git", "status"]]:
        llmops(there.at, *argv, code=None)
    assert llmops(there.at, "gate", "--mode", "replay", code=None).code in (0, 1, 2, 3)
    assert state() == before


def digest(word, known={}):  # noqa: B006 - a table of what was computed
    """Return the digest of the prompt that says a word."""
    if word and word not in known:
        import pathlib
        import tempfile

        from llmops_cli.flow.project import open_project
        from llmops_cli.flow.registry import read

        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "prompts").mkdir()
            (pathlib.Path(folder) / "prompts" / "greet.yaml").write_text(prompt(word))
            project = open_project(pathlib.Path(folder))
            known[word] = read(project.tree, project.settings).prompts["greet"].digest
    return known.get(word)


@pytest.mark.parametrize(
    ("revision", "way"),
    [
        ("HEAD~1", "--deepen=50"),
        ("main^", "--deepen=50"),
        ("topic@{1}", "--deepen=50"),
        ("origin/topic", "--depth=50 origin topic:refs/remotes/origin/topic"),
        ("v1.2", "--depth=50 origin v1.2:refs/remotes/origin/v1.2"),
    ],
)
def test_a_shallow_clone_names_a_fetch_that_git_takes(tmp_path, revision, way):
    source = Repo.create(tmp_path / "r")
    for word in ("one", "two"):
        source.commit({"prompts/greet.yaml": prompt(word)}, word)
    for name in ("topic", "v1.2"):
        source.run("branch", name)
    clone = source.clone(tmp_path / "c", "--depth=1")
    with pytest.raises(GitError) as refused:
        Repository.find(clone.root).resolve(revision)
    command = refused.value.hint.partition("git ")[2].partition(", or git")[0].partition(" (")[0]
    assert command == f"fetch {way}"
    clone.run(*command.split())
    for name in [] if "deepen" in way else [revision.removeprefix("origin/")]:
        assert Repository.find(clone.root).resolve(f"origin/{name}") == source.run("rev-parse", name).strip()


@pytest.mark.parametrize("depth", [("--depth=1",), ()], ids=["shallow", "whole"])
@pytest.mark.parametrize(
    "command", [("gate", "--base", "main", "--mode", "replay"), ("validate", "--merge-result", "--base", "main")]
)
def test_a_clone_of_one_branch_is_told_a_fetch_after_which_the_command_works(tmp_path, llmops, depth, command):
    source = Repo.create(tmp_path / "r")
    source.commit({"prompts/greet.yaml": prompt("one")}, "one")
    source.branch("topic")
    source.commit({"prompts/greet.yaml": prompt("two")}, "two")
    clone = source.clone(tmp_path / "c", *depth, "--single-branch", "--branch=topic")
    for _ in range(3):
        refused = llmops(clone.root, *command, code=None)
        hint = re.search(r"git (fetch [^(\n`,]*)", refused.err)
        if hint is None:
            break
        clone.run(*hint[1].split())
        if "it is origin/main" in refused.err:
            command = [word.replace("main", "origin/main") for word in command]
    assert "main is not in" not in refused.err
    assert refused.code in (0, 1, 3, 4), refused.err


def test_the_table_is_as_long_as_promised():
    assert len(LAYOUTS) >= 26
