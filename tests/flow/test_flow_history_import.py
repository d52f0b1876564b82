import json
import os
import subprocess
import sys

import pytest
from gitrepo import Repo, clean_environment

from llmops_cli.errors import GitError, UsageError
from llmops_cli.flow import history_import
from llmops_cli.flow.address import find
from llmops_cli.flow.exchange import Options, import_prompts
from llmops_cli.flow.named import shelf_for
from llmops_cli.flow.project import open_project
from llmops_cli.report.exchange import arrivals_text
from llmops_cli.store import commits
from llmops_cli.store.commits import date_of, person, text_of

HISTORY = Options(history=True)


def version(number, text, **more):
    base = {
        "name": "greet",
        "version": number,
        "type": "text",
        "prompt": text,
        "config": {"model": "gpt-4o"},
        "labels": [],
    }
    return {**base, "createdAt": f"2025-01-0{number}T10:00:00.000Z", "createdBy": f"user{number}@example.org", **more}


THREE = [
    version(3, "Hi {{name}} in {{locale}}", labels=["latest", "staging"], commitMessage="locale\n\nbecause"),
    version(1, "Hello {{name}}"),
    version(2, "Hi {{name}}", labels=["production"], commitMessage="shorter", createdBy="Bob <bob@example.org>"),
]


@pytest.fixture(autouse=True)
def _identity(monkeypatch):
    for name, value in clean_environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path):
    repo = Repo.create(tmp_path / "repo")
    repo.commit({"README.md": "x\n"}, "start")
    return repo


def export(tmp_path, value, name="export.json"):
    path = tmp_path / name
    path.write_text(json.dumps(value))
    return path


def bring(repo, source, options=HISTORY):
    return import_prompts(open_project(repo.root), "langfuse", source, options)


def log(repo, form="%s|%an|%ae|%ad"):
    return repo.run("log", "--reverse", f"--format={form}", "--date=iso-strict").split("\n")


def test_each_version_is_a_commit_oldest_first_with_its_author_date_and_message(repo, tmp_path):
    done = bring(repo, export(tmp_path, THREE))
    assert log(repo)[1:] == [
        "Import greet, version 1 of Langfuse|user1@example.org|user1@example.org|2025-01-01T10:00:00+00:00",
        "shorter|Bob|bob@example.org|2025-01-02T10:00:00+00:00",
        "locale|user3@example.org|user3@example.org|2025-01-03T10:00:00+00:00",
    ]
    body = repo.run("log", "-1", "--format=%B")
    assert body == "locale\n\nbecause\n\nLangfuse-Prompt: greet\nLangfuse-Version: 3"
    assert repo.run("log", "-1", "--format=%(trailers:key=Langfuse-Version,valueonly)") == "3"
    assert repo.run("log", "-1", "--format=%cn <%ce>") == "Ada <ada@example.org>"
    assert repo.run("status", "--porcelain") == ""
    (prompt,) = done.prompts
    assert [one.commit for one in prompt.versions] == repo.run("rev-list", "--reverse", "HEAD~3..HEAD").split("\n")


def test_every_version_can_be_addressed_by_its_commit(repo, tmp_path):
    done = bring(repo, export(tmp_path, THREE))
    project = open_project(repo.root)
    for landed, text in zip(
        done.prompts[0].versions, ("Hello {{name}}", "Hi {{name}}", "Hi {{name}} in {{locale}}"), strict=True
    ):
        prompt = find(project, f"greet@{landed.commit}").prompt
        assert prompt.messages[0].content == text
        assert prompt.digest == landed.digest


def test_nothing_else_is_swept_into_the_commits(repo, tmp_path):
    repo.write("staged.txt", "s")
    repo.run("add", "staged.txt")
    repo.write("README.md", "edited\n")
    repo.write("new.txt", "n")
    before = repo.run("status", "--porcelain")
    bring(repo, export(tmp_path, THREE))
    assert repo.run("status", "--porcelain") == before
    assert repo.run("diff-tree", "-r", "--name-only", "HEAD~3", "HEAD") == "prompts/greet.yaml"


def test_no_hook_and_no_filter_runs(repo, tmp_path):
    marker = tmp_path / "ran"
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction", "prepare-commit-msg"):
        hook = repo.write(f".git/hooks/{name}", f"#!/bin/sh\necho {name} >> {marker}\n")
        hook.chmod(0o755)
    repo.run("config", "filter.evil.clean", f"sh -c 'touch {marker}; cat'")
    repo.run("config", "filter.evil.process", f"sh -c 'touch {marker}'")
    repo.run("config", "filter.evil.required", "true")
    repo.run("config", "core.fsmonitor", f"touch {marker}")
    repo.write(".gitattributes", "* filter=evil\n")
    bring(repo, export(tmp_path, THREE))
    assert not marker.exists(), marker.read_text()


def test_the_first_commits_of_an_empty_repository(tmp_path):
    repo = Repo.create(tmp_path / "repo")
    bring(repo, export(tmp_path, THREE))
    assert len(log(repo)) == 3
    assert repo.run("status", "--porcelain") == ""


def test_a_repository_with_sha256(tmp_path):
    repo = Repo.create(tmp_path / "repo", "--object-format=sha256")
    repo.commit({"a": "b"})
    done = bring(repo, export(tmp_path, THREE))
    assert len(done.prompts[0].versions[0].commit) == 64
    assert repo.run("status", "--porcelain") == ""
    repo.run("fsck", "--strict")


def test_a_project_in_a_folder_and_a_linked_worktree(repo, tmp_path):
    repo.commit({"sub/llmops.yaml": "schema: llmops/config@1\n"})
    repo.run("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    import_prompts(open_project(tmp_path / "side" / "sub"), "langfuse", export(tmp_path, THREE), HISTORY)
    side = Repo(tmp_path / "side", dict(repo.environment))
    assert side.run("ls-files", "sub") == "sub/llmops.yaml\nsub/prompts/greet.yaml"
    assert side.run("status", "--porcelain") == ""
    assert repo.run("rev-list", "--count", "main") == "2"


def test_a_detached_head_and_an_unfinished_merge_are_refused_with_words(repo, tmp_path):
    source = export(tmp_path, THREE)
    repo.branch("other")
    repo.commit({"README.md": "other\n"})
    repo.checkout("main")
    repo.commit({"README.md": "main\n"})
    with pytest.raises(AssertionError):
        repo.merge("other")
    with pytest.raises(GitError, match="a merge is not finished"):
        bring(repo, source)
    repo.run("merge", "--abort")
    repo.run("checkout", "--quiet", "--detach")
    with pytest.raises(GitError, match="HEAD is detached") as error:
        bring(repo, source)
    assert "git switch -c" in error.value.hint


def test_outside_git_and_without_a_name_it_is_refused(tmp_path, repo, monkeypatch):
    (tmp_path / "plain").mkdir()
    with pytest.raises(GitError, match="not in a git repository"):
        import_prompts(open_project(tmp_path / "plain"), "langfuse", export(tmp_path, THREE), HISTORY)
    for name in list(os.environ):
        if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(GitError, match="does not know who you are"):
        bring(repo, export(tmp_path, THREE))


@pytest.mark.parametrize("state", ["untracked", "edited", "staged", "deleted"])
def test_a_file_that_is_not_committed_is_never_written_over(repo, tmp_path, state):
    ours = "id: greet\nmodel: gpt-4o\ntemplate: mine\n"
    if state != "untracked":
        repo.commit({"prompts/greet.yaml": ours})
        repo.write("prompts/greet.yaml", ours.replace("mine", "edited"))
    else:
        repo.write("prompts/greet.yaml", ours)
    if state == "staged":
        repo.run("add", "prompts/greet.yaml")
    if state == "deleted":
        (repo.root / "prompts/greet.yaml").unlink()
    before, content = repo.run("rev-parse", "HEAD"), repo.run("status", "--porcelain")
    with pytest.raises(UsageError, match=r"not committed: prompts/greet\.yaml"):
        bring(repo, export(tmp_path, THREE), Options(history=True, force=True))
    assert (repo.run("rev-parse", "HEAD"), repo.run("status", "--porcelain")) == (before, content)


@pytest.mark.parametrize("after", range(1, 11))
def test_an_import_that_is_interrupted_leaves_everything_as_it_was(repo, tmp_path, monkeypatch, after):
    calls = 0
    real = history_import.speaker

    def stopping(repository):
        git = real(repository)

        def counted(arguments, variables):
            nonlocal calls
            if (
                arguments[0] in ("hash-object", "commit-tree", "update-index", "update-ref", "write-tree")
                and calls >= 0
            ):
                calls += 1
                if calls == after:
                    calls = -99
                    raise KeyboardInterrupt
            return git(arguments, variables)

        return counted

    monkeypatch.setattr(history_import, "speaker", stopping)
    repo.write("staged.txt", "s")
    repo.run("add", "staged.txt")
    before = (repo.run("rev-parse", "HEAD"), repo.run("status", "--porcelain"), repo.run("ls-files", "-s"))
    with pytest.raises(KeyboardInterrupt):
        bring(repo, export(tmp_path, THREE[:2]))
    assert (repo.run("rev-parse", "HEAD"), repo.run("status", "--porcelain"), repo.run("ls-files", "-s")) == before
    assert not (repo.root / "prompts").exists()
    assert not list((repo.root / ".git").glob("llmops-*"))


def test_a_branch_that_moved_meanwhile_is_not_written_over(repo, tmp_path, monkeypatch):
    real = commits.Commits.land

    def late(self):
        repo.commit({"other.txt": "o"}, "meanwhile")
        real(self)

    monkeypatch.setattr(commits.Commits, "land", late)
    with pytest.raises(GitError):
        bring(repo, export(tmp_path, THREE))
    assert log(repo, "%s") == ["start", "meanwhile"]
    assert not (repo.root / "prompts").exists()


def test_a_locked_index_is_refused_and_nothing_is_written(repo, tmp_path):
    repo.write(".git/index.lock", "")
    with pytest.raises(GitError, match=r"index\.lock"):
        bring(repo, export(tmp_path, THREE))
    assert log(repo, "%s") == ["start"]
    assert not (repo.root / "prompts").exists()


def test_an_export_that_went_on_brings_only_its_new_versions(repo, tmp_path):
    bring(repo, export(tmp_path, [THREE[1], THREE[2]]))
    done = bring(repo, export(tmp_path, THREE))
    assert done.prompts[0].status == "continued"
    assert log(repo, "%s") == ["start", "Import greet, version 1 of Langfuse", "shorter", "locale"]
    again = bring(repo, export(tmp_path, THREE))
    assert again.prompts[0].status == "same"
    assert len(log(repo)) == 4


def test_versions_of_several_prompts_are_committed_by_date(repo, tmp_path):
    other = [version(n, f"o{n}", name="other", createdAt=f"2025-01-0{n}T12:00:00Z") for n in (1, 2)]
    bring(repo, export(tmp_path, [*THREE, *other]))
    assert [line.split("|")[1] for line in log(repo, "%ad|%(trailers:key=Langfuse-Prompt,valueonly,separator=)")][1:] == [
        "greet", "other", "greet", "other", "greet",
    ]  # fmt: skip


def test_a_partial_that_a_version_no_longer_uses_goes_with_its_commit(repo, tmp_path):
    rules = version(1, "Be brief.", name="rules", labels=["production"])
    using = [version(2, "@@@langfusePrompt:name=rules|label=production@@@ x"), version(3, "plain")]
    bring(repo, export(tmp_path, [rules, *using]))
    assert "prompts/partials/rules/production.j2" in repo.run("ls-tree", "-r", "--name-only", "HEAD~1")
    assert "partials" not in repo.run("ls-tree", "-r", "--name-only", "HEAD")


def test_labels_become_releases_and_label_files_in_a_commit_of_their_own(repo, tmp_path):
    done = bring(repo, export(tmp_path, THREE), Options(history=True, labels=True))
    assert [one.release for one in done.prompts[0].versions] == ["", "2.0.0", "3.0.0"]
    assert log(repo, "%s")[-1] == "Release what the labels of Langfuse point to"
    project = open_project(repo.root)
    for label, text in (("production", "Hi {{name}}"), ("staging", "Hi {{name}} in {{locale}}")):
        assert find(project, f"greet@{label}").prompt.messages[0].content == text
    assert repo.run("status", "--porcelain") == ""
    assert "latest" not in repo.run("ls-files", "prompts/.labels")
    assert any("latest is not carried" in note for note in done.notes)
    rows = [" ".join(line.split()) for line in arrivals_text(done).splitlines()]
    assert any("staging → 3.0.0, latest" in row for row in rows)


def test_an_imported_release_says_what_its_change_asks_for(repo, tmp_path):
    labelled = [{**one, "labels": [f"env{one['version']}"]} for one in THREE]
    bring(repo, export(tmp_path, labelled), Options(history=True, labels=True))
    shelf = shelf_for(open_project(repo.root), "greet")
    bumps = {version: shelf.release(version).bump for version in sorted(shelf.versions)}
    assert bumps == {"1.0.0": "first", "2.0.0": "patch", "3.0.0": "major"}


def test_labels_of_versions_that_stay_behind_are_lost_by_name(repo, tmp_path):
    done = bring(repo, export(tmp_path, THREE), Options(labels=True))
    assert done.stopped
    assert [(loss.path, loss.message) for loss in done.losses] == [
        ("greet.labels", "the label production serves version 2, which is not the newest")
    ]
    assert "--history" in done.losses[0].hint
    assert done.written == ()
    done = bring(repo, export(tmp_path, THREE), Options(labels=True, lossy=True))
    assert repo.run("status", "--porcelain", "--untracked-files=all").split()[1::2] == [
        "prompts/.labels/staging.yaml", "prompts/.releases/greet/3.0.0.yaml", "prompts/greet.yaml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Bob <bob@example.org>", ("Bob", "bob@example.org")),
        ("ada@example.org", ("ada@example.org", "ada@example.org")),
        ("API", ("API", "")),
        ("Eve\nauthor X <x@y> 1 +0000", ("Eve author X", "x@y")),
        ("Eve <a@b>\ncommitter Z <z@z>", ("Eve", "a@b")),
        ("<>", ("me", "")),
        ("...", ("me", "")),
        ("a\0b", ("a b", "")),
        ("\ud800", ("me", "")),
        ("N" * 500, ("N" * 120, "")),
    ],
)
def test_a_foreign_author_opens_no_other_header(said, expected):
    assert person(said, "me") == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2025-01-02T10:00:00.000Z", "@1735812000 +0000"),
        ("2025-01-02T10:00:00+05:30", "@1735792200 +0530"),
        ("2025-01-02", "@1735776000 +0000"),
        ("1960-01-01T00:00:00Z", ""),
        ("9999-01-01T00:00:00Z", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_a_foreign_date_is_one_that_git_reads_or_none(said, expected):
    assert date_of(said) == expected


def test_a_message_ends_with_our_trailers_whatever_it_says():
    message = text_of(
        commits.New({}, "subject\r\n\r\nLangfuse-Version: 99\0\x1b[31m", trailers=(("Langfuse-Version", "3\nX: y"),))
    )
    assert message == "subject\n\nLangfuse-Version: 99  [31m\n\nLangfuse-Version: 3 X: y\n"


def test_hostile_authors_and_messages_make_good_objects(repo, tmp_path):
    evil = version(
        1, "x", createdBy="Eve\nauthor X <x@y.z> 1 +0000\n<>", commitMessage="-m\n--amend\n$(touch /tmp/x)`id`"
    )
    bring(repo, export(tmp_path, [evil]))
    repo.run("fsck", "--strict")
    assert repo.run("log", "-1", "--format=%an|%ae") == "Eve author X|x@y.z"


def test_the_real_program_survives_a_kill_between_two_commits(repo, tmp_path):
    source = export(tmp_path, [version(1, "x", version=n, createdAt="2025-01-01T00:00:00Z") for n in range(1, 60)])
    code = "from llmops_cli.__main__ import main; main()"
    argv = [sys.executable, "-c", code, "-C", str(repo.root), "prompt", "import", "langfuse", str(source), "--history"]
    running = subprocess.Popen(
        argv, env={**os.environ, **clean_environment()}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        running.communicate(timeout=1.0)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()
    count = len(log(repo))
    assert count in (1, 60)
    if count == 1:
        assert repo.run("status", "--porcelain") in ("", "?? prompts/")
