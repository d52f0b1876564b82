"""`load.lineage`: what a history did to a folder, read in one go: held against git's own word for every commit."""

import pace
import pytest
from gitrepo import Repo

from llmops_cli.errors import GitError
from llmops_cli.load.history import Repository
from llmops_cli.load.lineage import HISTORY, Lineage, came_from


def body(number):
    return "".join(f"line {line} of {number}\n" for line in range(9))


@pytest.fixture(params=["sha1", "sha256"])
def repo(request, tmp_path):
    """A history with a rename, a delete, a branch, a merge that changes something itself, names and subjects that lie."""
    made = Repo.create(tmp_path / "r", f"--object-format={request.param}")
    made.commit({"readme": "x"}, "nothing of ours")
    made.commit({"p/a.yaml": body(1), "p/b.yaml": body(2), "p/s.j2": "one"}, "\x01first\n\nbody")
    made.run("mv", "p/a.yaml", "p/ü \n:x.yaml")
    made.commit({"p/s.j2": "two"}, ":100644 100644 0 0 M")
    made.branch("side")
    made.commit({"p/b.yaml": body(3)}, "side")
    made.run("rm", "-q", "p/s.j2")
    made.commit({}, "side removes")
    made.checkout("main")
    made.commit({"p/c.yaml": body(4)}, "main")
    made.run("merge", "--no-commit", "-q", "side")
    made.commit({"p/c.yaml": body(5)}, "merge with an edit")
    made.commit({"readme": "y"}, "nothing of ours")
    made.run("update-index", "--add", "--cacheinfo", f"120000,{made.run('hash-object', '-w', 'readme')},p/link")
    made.run("commit", "-q", "-m", "a link")
    return made


def tree(repo, commit):
    """Return the regular files below p/ by git's own word."""
    rows = (row for row in repo.run("ls-tree", "-r", "-z", commit, "--", "p").split("\0") if row)
    pairs = (row.split("\t", 1) for row in rows)
    return {path: meta.split()[2] for meta, path in pairs if meta.startswith("100")}


def test_every_step_has_the_files_that_git_says(repo):
    lineage = Lineage(Repository.find(repo.root), ["p"])
    assert len(lineage.steps) == 7
    for step in lineage.steps:
        assert lineage.snapshot(step.commit.id).entries("p") == tree(repo, step.commit.id), step.commit.subject


def test_steps_stand_before_their_parents_and_say_who_and_when(repo):
    steps = Lineage(Repository.find(repo.root), ["p"]).steps
    places = {step.commit.id: place for place, step in enumerate(steps)}
    assert all(places[parent] > place for place, step in enumerate(steps) for parent in step.commit.parents)
    last = steps[-1].commit
    assert (last.subject, last.author, last.email) == ("\x01first", "Ada", "ada@example.org")
    assert last.date == "2026-01-02T03:04:05+00:00"
    assert last.parents == ()


def test_a_rename_has_both_names_whatever_stands_in_them(repo):
    (step,) = (one for one in Lineage(Repository.find(repo.root), ["p"]).steps if one.commit.subject.startswith(":"))
    found = {touch.status: (touch.old, touch.path) for touch in step.touches}
    assert found == {"R": ("p/a.yaml", "p/ü \n:x.yaml"), "M": ("p/s.j2", "p/s.j2")}
    assert came_from(Repository.find(repo.root), step.commit.id, "p/ü \n:x.yaml") == "p/a.yaml"
    assert came_from(Repository.find(repo.root), step.commit.id, "p/s.j2") == ""


def test_contents_are_read_in_one_go_and_one_by_one_alike(repo):
    one, other = (Lineage(Repository.find(repo.root), ["p"]) for _ in range(2))
    one.fetch()
    for step in one.steps:
        for path in one.snapshot(step.commit.id).entries("p"):
            data = one.snapshot(step.commit.id).read(path)
            assert data == other.snapshot(step.commit.id).open(path).read()
            assert data.decode() == repo.run(
                "cat-file", "blob", tree(repo, step.commit.id)[path]
            ) + "\n" * data.endswith(b"\n")


def test_a_snapshot_gives_no_link_no_folder_and_no_way_out(repo):
    lineage = Lineage(Repository.find(repo.root), ["p"])
    top = lineage.snapshot(lineage.steps[0].commit.id)
    for path in ("p/link", "p", "p/gone", "readme"):
        with pytest.raises(FileNotFoundError):
            top.read(path)
    for path in ("/etc/passwd", "../x", "p/../readme", "p//b.yaml"):
        with pytest.raises(PermissionError):
            top.read(path)


def test_other_branches_belong_to_all_history(repo):
    repo.branch("far", "HEAD~2")
    commit = repo.commit({"p/far.yaml": "x"}, "far")
    repo.checkout("main")
    assert commit not in {step.commit.id for step in Lineage(Repository.find(repo.root), ["p"]).steps}
    assert commit in {step.commit.id for step in Lineage(Repository.find(repo.root), ["p"], HISTORY).steps}


def test_a_shallow_clone_names_the_commit_at_which_it_is_cut(repo, tmp_path):
    repo.commit({"p/b.yaml": body(7)}, "last")
    clone = repo.clone(tmp_path / "shallow", "--depth=1")
    lineage = Lineage(Repository.find(clone.root), ["p"])
    assert lineage.cut == {clone.run("rev-parse", "HEAD")}
    assert Lineage(Repository.find(repo.root), ["p"]).cut == frozenset()


def test_a_clone_without_contents_says_what_fetches_them(repo, tmp_path):
    repo.run("config", "uploadpack.allowFilter", "true")
    clone = repo.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    lineage = Lineage(Repository.find(clone.root), ["p"])
    assert len(lineage.steps) == 7
    with pytest.raises(GitError, match="not in this clone") as raised:
        lineage.snapshot(lineage.steps[-1].commit.id).read("p/a.yaml")
    assert "git fetch" in raised.value.hint


def test_before_the_first_commit_there_are_no_steps(tmp_path):
    assert Lineage(Repository.find(Repo.create(tmp_path / "r").root), ["p"]).steps == ()


def test_the_users_own_settings_of_git_change_nothing(repo, tmp_path, monkeypatch):
    before = Lineage(Repository.find(repo.root), ["p"]).steps
    marker = tmp_path / "ran"
    for key, value in {
        "log.showSignature": "true", "format.pretty": "oneline", "diff.renames": "copies", "color.ui": "always",
        "diff.noprefix": "true", "core.quotePath": "true", "log.follow": "true", "diff.relative": "true",
        "log.diffMerges": "combined", "diff.external": f"touch {marker}", "core.fsmonitor": f"touch {marker}",
        "core.pager": f"touch {marker}", "diff.orderFile": "readme", "i18n.logOutputEncoding": "latin1",
        "log.date": "relative", "log.decorate": "full", "core.abbrev": "5", "gpg.program": f"touch {marker}",
    }.items():  # fmt: skip
        repo.run("config", key, value)
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {marker}")
    assert Lineage(Repository.find(repo.root), ["p"]).steps == before
    assert not marker.exists()


def test_thousands_of_versions_are_read_in_half_a_second(tmp_path):
    repo = Repo.create(tmp_path / "r")
    lines = []
    for number in range(300):
        message = f"c{number}"
        lines.append(
            f"commit refs/heads/main\ncommitter A <a@b> {1700000000 + number} +0000\ndata {len(message)}\n{message}\n"
        )
        for prompt in range(9):
            text = f"model: m\ntemplate: text {number} of {(number * 9 + prompt) % 500}\n" + "words of a prompt\n" * 40
            lines.append(f"M 100644 inline p/{(number * 9 + prompt) % 500}.yaml\ndata {len(text)}\n{text}\n")
    import subprocess

    subprocess.run(
        ["git", "fast-import", "--quiet"],
        cwd=repo.root,
        input="".join(lines).encode(),
        check=True,
        env=repo.environment,
    )
    repo.run("reset", "-q", "--hard")

    def read():
        lineage = Lineage(Repository.find(repo.root), ["p"])
        lineage.fetch()
        versions = {(touch.path, touch.blob) for step in lineage.steps for touch in step.touches}
        assert all(lineage.blobs.read(blob) for _, blob in versions)
        assert len(versions) == 2700

    assert pace.seconds(read, 0.5) < 0.5
