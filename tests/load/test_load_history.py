"""Git, asked in every layout that CI and people have, with nothing of the repository's own run."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from gitrepo import Repo

from llmops_cli.errors import GitError
from llmops_cli.load.history import Repository
from llmops_cli.load.plumbing import environment

PROMPT = "prompts/greet.yaml"


@pytest.fixture(autouse=True)
def nobody(tmp_path_factory, monkeypatch):
    """An empty home and no GIT_* variables: what git reads of the user is what a test writes there."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    return home


@pytest.fixture
def repo(tmp_path):
    return Repo.create(tmp_path / "repo")


def find(place):
    found = Repository.find(place.root if isinstance(place, Repo) else place)
    assert found is not None
    return found


def test_there_is_no_repository_outside_one(tmp_path):
    assert Repository.find(tmp_path) is None


def test_the_top_is_found_from_a_folder_below(repo):
    repo.commit({"a b\nc/x.txt": "x"})
    below = find(repo.root / "a b\nc")
    assert below.top == repo.root
    assert below.object_format == "sha1"


def test_before_the_first_commit_there_is_no_head_and_a_file_is_dirt(repo):
    git = find(repo)
    assert (git.head(), git.branch(), git.log(PROMPT, 5), git.default_branch()) == ("", "main", (), None)
    assert not git.is_dirty("")
    repo.write(PROMPT, "id: greet\n")
    assert git.is_dirty("")
    with pytest.raises(GitError, match="no commit 'HEAD'"):
        git.resolve("HEAD")


def test_revisions_become_full_ids(repo):
    first = repo.commit({PROMPT: "1"})
    second = repo.commit({PROMPT: "2"})
    repo.run("tag", "-a", "-m", "t", "v1", first)
    git = find(repo)
    assert [git.resolve(rev) for rev in ("HEAD", "main", "HEAD~1", "v1", first[:9])] == [
        second,
        second,
        first,
        first,
        first,
    ]
    assert git.parents("main") == (first,)
    assert git.parents(first) == ()
    assert git.has(first)
    assert not git.has("0" * 40)


@pytest.mark.parametrize(
    "rev", ["", "nope", "--output=/tmp/x", "-h", "HEAD:prompts", "a b", "HEAD\0", "..", "main..main", "\udc80"]
)
def test_what_is_no_revision_is_an_error_and_never_an_option(repo, rev):
    repo.commit({PROMPT: "1"})
    with pytest.raises(GitError):
        find(repo).resolve(rev)


def test_a_detached_head_has_no_branch(repo):
    first = repo.commit({PROMPT: "1"})
    repo.commit({PROMPT: "2"})
    repo.checkout(first)
    git = find(repo)
    assert (git.branch(), git.head(), git.default_branch()) == (None, first, "main")


def test_a_merge_commit_names_both_parents_and_the_merge_base_is_where_they_parted(repo):
    base = repo.commit({PROMPT: "1"})
    repo.branch("topic")
    topic = repo.commit({"b": "2"})
    repo.checkout("main")
    main = repo.commit({"c": "3"})
    git = find(repo)
    assert git.merge_base("main", "topic") == base
    merge = repo.merge("topic")
    assert git.parents(merge) == (main, topic)
    repo.run("checkout", "--quiet", "--orphan", "other")
    repo.commit({"d": "4"})
    assert git.merge_base("other", "main") is None


def test_a_clone_of_depth_one_knows_its_parents_by_name_and_says_what_to_fetch(repo, tmp_path):
    first = repo.commit({PROMPT: "1"})
    second = repo.commit({PROMPT: "2"})
    git = find(repo.clone(tmp_path / "clone", "--depth=1"))
    assert git.is_shallow()
    assert not find(repo).is_shallow()
    assert git.parents("HEAD") == (first,)
    assert not git.has(first)
    assert git.default_branch() == "origin/main"
    with pytest.raises(GitError) as caught:
        git.resolve("HEAD~1")
    assert "git fetch" in caught.value.hint
    assert git.tree(second).read(PROMPT) == b"2"


def test_a_worktree_is_a_repository_of_its_own_folder(repo, tmp_path):
    first = repo.commit({PROMPT: "1"})
    repo.run("worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "side"))
    side = find(tmp_path / "side")
    assert (side.top, side.branch(), side.head()) == (tmp_path / "side", "topic", first)
    assert not side.is_dirty("")
    (tmp_path / "side" / PROMPT).write_text("2")
    assert side.is_dirty("prompts")
    assert not find(repo).is_dirty("")
    assert [commit.id for commit in side.log(PROMPT, 3)] == [first]


def test_a_bare_repository_is_refused_with_advice(tmp_path):
    bare = Repo.create(tmp_path / "bare.git", "--bare")
    with pytest.raises(GitError) as caught:
        Repository.find(bare.root)
    assert "clone" in caught.value.hint


def test_dubious_ownership_is_told_with_gits_own_advice(repo):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    repo.commit({PROMPT: "1"})
    for path in (repo.root, repo.root / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(GitError) as caught:
        Repository.find(repo.root)
    assert "dubious ownership" in caught.value.message
    assert caught.value.hint.startswith("git config --global --add safe.directory ")


def test_a_sha256_repository_is_read_alike(tmp_path):
    repo = Repo.create(tmp_path / "repo", "--object-format=sha256")
    first = repo.commit({PROMPT: "1"}, "first")
    second = repo.commit({PROMPT: "2"}, "second")
    git = find(repo)
    assert (git.object_format, len(git.head()), git.parents("HEAD")) == ("sha256", 64, (first,))
    with git.tree(second) as tree:
        assert tree.read(PROMPT) == b"2"
        assert len(tree.entries("prompts")[PROMPT]) == 64
    assert [(commit.id, commit.subject, commit.author) for commit in git.log(PROMPT, 9)] == [
        (second, "second", "Ada"),
        (first, "first", "Ada"),
    ]
    assert not git.is_dirty("")
    repo.write(PROMPT, "3")
    assert git.is_dirty("")


def test_the_log_follows_renames_and_tells_who_and_when(repo):
    first = repo.commit({PROMPT: "a\nb\nc\nd\ne\n"}, "first: ü\n\nbody\n")
    repo.commit({"other": "x"})
    repo.run("mv", PROMPT, "prompts/hello.yaml")
    second = repo.commit(None, "second")
    one, other = find(repo).log("prompts/hello.yaml", 10)
    assert (one.id, one.parents, one.subject) == (second, (repo.run("rev-parse", "HEAD~1"),), "second")
    assert (other.id, other.parents, other.subject) == (first, (), "first: ü")
    assert (other.author, other.email) == ("Ada", "ada@example.org")
    assert other.date == "2026-01-02T03:04:05+00:00"
    assert [commit.id for commit in find(repo).log("prompts/hello.yaml", 1)] == [second]
    assert find(repo).log("nowhere", 5) == ()
    assert find(repo).log("*", 5) == ()  # a name, no pattern


def test_a_commit_is_read_alike_through_gitpython_and_from_its_own_bytes(repo):
    repo.commit({PROMPT: "1"}, "plain")
    repo.write(PROMPT, "2")
    repo.run("add", "-A")
    zone = {"GIT_AUTHOR_DATE": "2026-03-04T05:06:07-0330", "GIT_AUTHOR_NAME": "Zoë 𝔘", "GIT_AUTHOR_EMAIL": ""}
    repo.run("commit", "--quiet", "-m", "\n\n  two\n\nlines", **zone)
    git = find(repo)
    read = git.log(PROMPT, 5)
    assert read == tuple(git._raw([commit.id for commit in read]))
    assert read[0].date == "2026-03-04T05:06:07-03:30"


def test_who_commits_here_comes_from_the_configuration_or_the_environment(repo, monkeypatch):
    git = find(repo)
    assert git.user() == ""
    repo.run("config", "user.name", "Ada L")
    assert git.user() == "Ada L"
    repo.run("config", "user.email", "ada@example.org")
    assert git.user() == "Ada L <ada@example.org>"
    monkeypatch.setenv("GIT_AUTHOR_NAME", "CI")
    assert git.user() == "CI <ada@example.org>"


def test_the_default_branch_is_origins(repo, tmp_path):
    repo.run("checkout", "--quiet", "-b", "trunk")
    repo.commit({PROMPT: "1"})
    clone = repo.clone(tmp_path / "clone")
    assert find(clone).default_branch() == "origin/trunk"
    clone.run("remote", "set-head", "origin", "--delete")
    assert find(clone).default_branch() is None
    clone.branch("master")
    assert find(clone).default_branch() == "master"


# The working tree against HEAD


def edited(repo):
    repo.write(PROMPT, "id: other\n")


def edited_to_equal_length(repo):
    target = repo.root / PROMPT
    before = target.stat()
    target.write_text("id: GREET\n")
    os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))


def staged(repo):
    repo.write(PROMPT, "id: other\n")
    repo.run("add", "-A")
    repo.write(PROMPT, "id: greet\n")


def deleted(repo):
    (repo.root / PROMPT).unlink()


def added(repo):
    repo.write("prompts/new.yaml", "id: new\n")


def linked(repo):
    (repo.root / PROMPT).unlink()
    (repo.root / PROMPT).symlink_to("elsewhere")


def made_a_folder(repo):
    (repo.root / PROMPT).unlink()
    repo.write(f"{PROMPT}/x", "x")


@pytest.mark.parametrize("change", [edited, edited_to_equal_length, staged, deleted, added, linked, made_a_folder])
def test_every_change_below_a_folder_is_dirt(repo, change):
    repo.commit({PROMPT: "id: greet\n", "docs/a.md": "a\n"})
    git = find(repo)
    assert not git.is_dirty("")
    change(repo)
    assert git.is_dirty("")
    assert git.is_dirty("prompts")
    assert not git.is_dirty("docs")


def test_what_git_ignores_touches_or_leaves_out_is_no_dirt(repo):
    repo.commit({".gitignore": ".llmops/\n", PROMPT: "id: greet\n", "big.bin": "x"})
    git = find(repo)
    repo.write(".llmops/runs/1", "x")
    os.utime(repo.root / PROMPT, (1, 1))  # another time, the same content
    assert not git.is_dirty("")
    repo.run("sparse-checkout", "set", "--no-cone", "/prompts/", "/.gitignore")
    assert not (repo.root / "big.bin").exists()
    assert not git.is_dirty("")


def test_line_ends_that_the_checkout_made_are_no_dirt(repo):
    repo.commit({PROMPT: "a\nb\n"})
    repo.run("config", "core.autocrlf", "true")
    (repo.root / PROMPT).unlink()
    repo.run("checkout", "--", PROMPT)
    assert (repo.root / PROMPT).read_bytes() == b"a\r\nb\r\n"
    os.utime(repo.root / PROMPT, (1, 1))
    assert not find(repo).is_dirty("")


def test_a_conflict_is_dirt(repo):
    repo.commit({PROMPT: "1\n"})
    repo.branch("topic")
    repo.commit({PROMPT: "2\n"})
    repo.checkout("main")
    repo.commit({PROMPT: "3\n"})
    with pytest.raises(AssertionError):
        repo.merge("topic")
    assert find(repo).is_dirty("")


def test_a_partial_commit_sees_the_index_of_its_hook_and_no_other(repo, monkeypatch, tmp_path):
    repo.commit({PROMPT: "1\n", "b": "1\n"})
    index = repo.root / ".git" / "next-index-7.lock"
    index.write_bytes((repo.root / ".git" / "index").read_bytes())
    repo.write("b", "2\n")
    repo.run("add", "b", GIT_INDEX_FILE=str(index))
    repo.write("b", "1\n")
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    assert find(repo).is_dirty("")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index-7.lock")  # relative, as git gives it
    assert find(repo).is_dirty("")
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "foreign"))
    (tmp_path / "foreign").write_bytes(index.read_bytes())
    assert not find(repo).is_dirty("")


def test_the_variables_of_a_hook_lead_nowhere_else(repo, monkeypatch, tmp_path):
    other = Repo.create(tmp_path / "other")
    other.commit({"x": "x"})
    head = repo.commit({PROMPT: "1"})
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.root / ".git" / "objects"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=true'")
    git = find(repo)
    assert (git.top, git.head()) == (repo.root, head)
    assert [commit.id for commit in git.log(PROMPT, 2)] == [head]
    assert git.tree(head).read(PROMPT) == b"1"
    assert [name for name in environment() if name.startswith("GIT_D") or "OBJECT_DIR" in name] == []


# Hostile repositories: a marker file shows that a program ran


@pytest.fixture
def trap(tmp_path):
    """A program that leaves a marker, and the marker."""
    marker = tmp_path / "ran"
    program = tmp_path / "trap.sh"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\ncat\n")
    program.chmod(0o755)
    return program, marker


def ask_all(git, path):
    """Ask every question there is."""
    head = git.resolve("HEAD")
    git.is_dirty("")
    git.log(path, 5)
    git.parents(head)
    git.merge_base("HEAD", head)
    git.default_branch()
    git.branch()
    git.user()
    git.is_shallow()
    with git.tree(head) as tree:
        tree.entries("")
        tree.read(path)


def test_no_program_of_the_configuration_is_run(repo, trap, nobody):
    program, marker = trap
    hooks = nobody / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "post-checkout", "reference-transaction"):
        (hooks / name).write_text(program.read_text())
        (hooks / name).chmod(0o755)
    lines = [
        f"[diff]\n external = {program}\n noprefix = true",
        f"[core]\n fsmonitor = {program}\n hooksPath = {hooks}\n pager = {program}\n alternateRefsCommand = {program}",
        f'[diff "x"]\n textconv = {program}\n command = {program}',
        f'[filter "x"]\n clean = {program}\n smudge = {program}\n process = {program}\n required = true',
        f"[gpg]\n program = {program}\n[log]\n showSignature = true\n[color]\n ui = always\n[pager]\n log = {program}",
    ]
    repo.commit({PROMPT: "1\n", ".gitattributes": "* diff=x\n"})
    repo.write(".gitattributes", "* diff=x filter=x\n")
    repo.commit({PROMPT: "2\n"})
    (nobody / ".gitconfig").write_text("\n".join(lines) + "\n")
    with (repo.root / ".git" / "config").open("a") as config:
        config.write("\n".join(lines) + "\n")
    os.utime(repo.root / PROMPT, (1, 1))  # so that a status would have to filter it
    assert len(find(repo).log(PROMPT, 5)) == 2
    ask_all(find(repo), PROMPT)
    assert not marker.exists()


def test_the_trap_works_where_git_is_not_hardened(repo, trap):
    program, marker = trap
    repo.commit({PROMPT: "1\n"})
    repo.run("config", "core.fsmonitor", str(program))
    repo.run("status")
    assert marker.exists()


def test_a_bare_repository_inside_the_tree_is_not_entered(repo, trap):
    program, marker = trap
    repo.commit({PROMPT: "1\n"})
    inner = repo.root / "examples" / "data"
    (inner / "refs").mkdir(parents=True)
    (inner / "objects").mkdir()
    (inner / "HEAD").write_text("ref: refs/heads/main\n")
    (inner / "config").write_text(f"[core]\n bare = false\n worktree = .\n fsmonitor = {program}\n")
    repo.write("examples/data/index", (repo.root / ".git" / "index").read_bytes())
    with pytest.raises(GitError) as caught:
        Repository.find(inner)
    assert caught.value.hint
    ask_all(find(repo), PROMPT)
    assert not marker.exists()


# The files of a commit


def test_the_files_of_a_commit_are_those_of_then(repo):
    first = repo.commit({PROMPT: "crlf\r\nline\n", "prompts/sub/b.yaml": "b", "promptsx/c": "c", "d": "d"})
    repo.commit({PROMPT: "later"})
    with find(repo).tree(first) as tree:
        assert tree.name == first
        assert tree.read(PROMPT) == b"crlf\r\nline\n"
        assert list(tree.entries("prompts")) == [PROMPT, "prompts/sub/b.yaml"]
        assert tree.entries("prompts")[PROMPT] == repo.run("rev-parse", f"{first}:{PROMPT}")
        assert list(tree.entries("")) == ["d", PROMPT, "prompts/sub/b.yaml", "promptsx/c"]
        assert tree.entries("nowhere") == {}
        with tree.open("d") as stream:
            assert stream.read() == b"d"


def test_a_prefix_is_the_project_below_the_top(repo):
    first = repo.commit({"team/a/prompts/x.yaml": "x", "team/ab/prompts/y.yaml": "y", "z": "z"})
    with find(repo).tree(first, "team/a") as tree:
        assert list(tree.entries("")) == ["prompts/x.yaml"]
        assert tree.read("prompts/x.yaml") == b"x"
        with pytest.raises(FileNotFoundError):
            tree.read("z")
    with find(repo).tree(first, "nowhere") as tree:
        assert tree.entries("") == {}


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../b", "./a", "a//b", "", "a\0b", "a\\b", "prompts"])
def test_a_path_that_leaves_or_is_no_file_is_refused(repo, path):
    first = repo.commit({PROMPT: "1"})
    with find(repo).tree(first) as tree:
        with pytest.raises(PermissionError):
            tree.read(path)
        with pytest.raises(PermissionError):
            tree.open(path)


def test_links_and_submodules_are_not_followed(repo, tmp_path):
    inner = Repo.create(tmp_path / "inner")
    inner.commit({"x.yaml": "x"})
    repo.commit({PROMPT: "1"})
    (repo.root / "prompts" / "out.yaml").symlink_to("/etc/passwd")
    (repo.root / "away").symlink_to("..")
    repo.run("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(inner.root), "prompts/sub")
    first = repo.commit()
    git = find(repo)
    with git.tree(first) as tree:
        for path in ("prompts/out.yaml", "away", "away/repo/x", "prompts/sub", "prompts/sub/x.yaml"):
            with pytest.raises(PermissionError):
                tree.read(path)
        with pytest.raises(FileNotFoundError):
            tree.read("prompts/none.yaml")
        assert list(tree.entries("prompts")) == [PROMPT]
    assert not git.is_dirty("")
    assert find(repo.root / "prompts" / "sub").top == repo.root / "prompts" / "sub"


ODD = [b"a b.yaml", b"new\nline.yaml", b"-dash.yaml", b"--output=x", b"tab\t.yaml", b'quo"te.yaml', b"\xff\xfe.yaml", "ü日.yaml".encode(),
       b"*.yaml", b":(top)x", b"e\xcc\x81.yaml", b"$(x).yaml", b"'.yaml", b"\xc3\xa9.yaml", b" lead.yaml"]  # fmt: skip


def test_odd_names_are_read_and_none_is_lost(repo):
    first = repo.commit({b"prompts/" + name: name for name in ODD})
    git = find(repo)
    assert not git.is_dirty("")
    with git.tree(first) as tree:
        found = tree.entries("prompts")
        assert sorted(os.fsencode(path) for path in found) == sorted(b"prompts/" + name for name in ODD)
        for path in found:
            assert b"prompts/" + tree.read(path) == os.fsencode(path)
            assert [commit.id for commit in git.log(path, 2)] == [first]
    repo.write(b"prompts/\xff\xfe.yaml", "changed")
    assert git.is_dirty("prompts")


def test_a_large_file_is_a_stream_and_one_above_the_cap_is_refused(repo):
    data = b"0123456789abcdef" * 150_000
    first = repo.commit({"large": data, "empty": b"", "huge": b"x" * (64 * 1024 * 1024 + 1), "small": b"s"})
    with find(repo).tree(first) as tree:
        with tree.open("large") as stream:
            assert b"".join(iter(lambda: stream.read(70_000), b"")) == data
        with tree.open("large") as stream:
            assert stream.readline(20) == data[:20]  # closed long before its end
        with tree.open("empty") as stream:
            assert stream.read() == b""
        with pytest.raises(OSError, match="more than 64 MiB"):
            tree.read("huge")
        assert tree.read("small") == b"s"


def test_a_tree_is_read_from_many_threads(repo):
    files = {f"f/{number}": f"{number} " * number for number in range(200)}
    first = repo.commit(files)
    wrong = []
    with find(repo).tree(first) as tree:

        def read_all():
            wrong.extend(path for path, text in files.items() if tree.read(path) != text.encode())

        threads = [threading.Thread(target=read_all) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_five_hundred_files_are_read_by_one_process_in_little_time(repo):
    first = repo.commit({f"prompts/{number}.yaml": f"id: {number}\n" * 80 for number in range(500)})
    with find(repo).tree(first) as tree:
        started = time.perf_counter()
        assert sum(len(tree.read(path)) for path in tree.entries("prompts")) > 300_000
        assert time.perf_counter() - started < 1  # 0.05 on a quiet machine


def test_a_tree_can_be_read_after_it_was_closed_and_needs_no_closing(repo):
    first = repo.commit({PROMPT: "1"})
    tree = find(repo).tree(first)
    assert tree.read(PROMPT) == b"1"
    tree.close()
    tree.close()
    assert tree.read(PROMPT) == b"1"
    del tree  # ends its process; a warning here would fail the test
    with pytest.raises(GitError, match="no full commit id"):
        find(repo).tree("HEAD")


def test_a_file_that_a_partial_clone_left_out_is_named_and_nothing_is_fetched(repo, tmp_path):
    first = repo.commit({PROMPT: "1"})
    repo.run("config", "uploadpack.allowFilter", "true")
    clone = repo.clone(tmp_path / "clone", "--filter=blob:none", "--no-checkout")
    with find(clone).tree(first) as tree:
        assert list(tree.entries("")) == [PROMPT]
        with pytest.raises(GitError, match="not in this clone"):
            tree.read(PROMPT)
        with pytest.raises(GitError, match="not in this clone"):
            tree.open(PROMPT)


def test_gitpython_is_imported_for_the_log_only(repo):
    repo.commit({PROMPT: "1"})
    script = (
        "import sys\nfrom pathlib import Path\nfrom llmops_cli.load.history import Repository\n"
        "git = Repository.find(Path(sys.argv[1]))\ngit.is_dirty('')\nhead = git.head()\n"
        f"git.tree(head).read({PROMPT!r})\nprint('git' in sys.modules)\ngit.log({PROMPT!r}, 1)\nprint('git' in sys.modules)\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(repo.root)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("False\nTrue\n", "")
