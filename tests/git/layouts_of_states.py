"""Layouts by the state that a repository is in: HEAD, refs, index, history."""

import subprocess
from pathlib import Path

from gitrepo import Repo
from layout import NEVER, PATH, UNCOMMITTED, Layout, Refusal, edited, layout, prompt, two_commits

CONFLICT = Refusal("greet.yaml", "", code=1)


@layout("detached HEAD")
def detached(here: Path) -> Layout:
    """As CI checks out."""
    repo = two_commits(here / "r")
    repo.commit({PATH: prompt("else")})
    repo.checkout("HEAD~1")
    repo.write(PATH, prompt("three"))
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": "one", "main": "else"})


@layout("no commit yet")
def unborn(here: Path) -> Layout:
    """After git init."""
    repo = Repo.create(here / "r")
    repo.write(PATH, prompt("three"))
    return Layout(repo.root, then={"HEAD": NEVER, "main": NEVER}, diff=("", "three"), versions=UNCOMMITTED)


@layout("orphan branch without a commit")
def orphan(here: Path) -> Layout:
    """HEAD is unborn, while another branch has commits."""
    repo = two_commits(here / "r")
    repo.run("checkout", "--quiet", "--orphan", "fresh")
    repo.write(PATH, prompt("three"))
    return Layout(repo.root, then={"HEAD": NEVER, "main": "two"}, diff=("", "three"), versions=UNCOMMITTED)


@layout("orphan branch with a commit")
def orphan_committed(here: Path) -> Layout:
    """Two histories that share nothing."""
    repo = two_commits(here / "r")
    repo.run("checkout", "--quiet", "--orphan", "fresh")
    repo.commit({PATH: prompt("own")})
    repo.write(PATH, prompt("three"))
    then = {"HEAD": "own", "HEAD~1": NEVER, "main": "two"}
    return Layout(repo.root, then=then, diff=("own", "three"), versions=("own",))


@layout("packed refs and objects")
def packed(here: Path) -> Layout:
    """After git gc."""
    repo = edited(here / "r")
    repo.run("tag", "old", "HEAD~1")
    repo.run("gc", "--quiet", "--prune=now")
    return Layout(repo.root, then={"HEAD": "two", "old": "one", "main~1": "one"})


@layout("SHA-256")
def sha256(here: Path) -> Layout:
    """Ids of 64 digits."""
    return Layout(edited(here / "r", "--object-format=sha256").root)


@layout("an extension that this git does not know")
def unknown_extension(here: Path) -> Layout:
    """What a newer git made: refs in another form."""
    repo = edited(here / "r")
    repo.run("config", "core.repositoryFormatVersion", "1")
    repo.run("config", "extensions.unheardOf", "true")
    refused = Refusal("unknown repository extension", "newer git")
    return Layout(repo.root, now=refused, then={"HEAD": refused}, diff=refused, versions=refused, sound=False)


@layout("split index")
def split_index(here: Path) -> Layout:
    """The index is two files."""
    repo = edited(here / "r")
    repo.run("update-index", "--split-index")
    return Layout(repo.root)


@layout("untracked cache and an fsmonitor that is not there")
def untracked_cache(here: Path) -> Layout:
    """Settings that speed up git status."""
    repo = edited(here / "r")
    repo.run("update-index", "--force-untracked-cache")
    repo.run("config", "core.fsmonitor", "/nowhere/monitor")
    return Layout(repo.root)


@layout("index.lock is held")
def index_lock(here: Path) -> Layout:
    """Another git is at work, or one was killed: reading does not wait for it."""
    repo = edited(here / "r")
    repo.write(".git/index.lock", "")
    return Layout(repo.root)


@layout("no index")
def no_index(here: Path) -> Layout:
    """Everything seems deleted to git status; the files are there."""
    repo = edited(here / "r")
    (repo.root / ".git" / "index").unlink()
    return Layout(repo.root)


def _two_sides(here: Path) -> Repo:
    repo = two_commits(here / "r")
    repo.branch("side")
    repo.commit({PATH: prompt("theirs")}, "theirs")
    repo.checkout("main")
    repo.commit({PATH: prompt("ours")}, "ours")
    return repo


def _stopped(repo: Repo, *arguments: str) -> None:
    try:
        repo.run(*arguments)
    except AssertionError:
        return
    raise AssertionError("no conflict")


@layout("merge in progress, conflicted")
def merging(here: Path) -> Layout:
    """The prompt has conflict markers: it is named, and HEAD's and theirs still answer."""
    repo = _two_sides(here)
    _stopped(repo, "merge", "side")
    then = {"HEAD": "ours", "MERGE_HEAD": "theirs", "HEAD~1": "two"}
    return Layout(repo.root, now=CONFLICT, then=then, diff=CONFLICT, versions=("ours", "two", "one"), sound=False)


@layout("merge in progress, solved")
def merging_solved(here: Path) -> Layout:
    """The file is written anew and not added yet."""
    repo = _two_sides(here)
    _stopped(repo, "merge", "side")
    repo.write(PATH, prompt("three"))
    then = {"HEAD": "ours", "MERGE_HEAD": "theirs"}
    return Layout(repo.root, then=then, diff=("ours", "three"), versions=("ours", "two", "one"))


@layout("rebase in progress")
def rebasing(here: Path) -> Layout:
    """HEAD is on the other side."""
    repo = _two_sides(here)
    _stopped(repo, "rebase", "--quiet", "side")
    repo.write(PATH, prompt("three"))
    then = {"HEAD": "theirs", "ORIG_HEAD": "ours", "main": "ours"}
    return Layout(repo.root, then=then, diff=("theirs", "three"), versions=("theirs", "two", "one"))


@layout("bisect in progress")
def bisecting(here: Path) -> Layout:
    """HEAD is somewhere in the middle."""
    repo = two_commits(here / "r")
    for word in ("more", "most"):
        repo.commit({PATH: prompt(word)})
    repo.run("bisect", "start", "HEAD", "HEAD~3")
    repo.checkout("main~2")
    repo.write(PATH, prompt("three"))
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": "one", "refs/bisect/bad": "most"})


@layout("empty commits")
def empty_commits(here: Path) -> Layout:
    """Commits that changed nothing are no versions."""
    repo = edited(here / "r")
    for _ in range(3):
        repo.run("commit", "--quiet", "--allow-empty", "-m", "nothing")
    return Layout(repo.root, then={"HEAD": "two", "HEAD~3": "two", "HEAD~4": "one"})


@layout("octopus merge")
def octopus(here: Path) -> Layout:
    """A commit with four parents."""
    repo = two_commits(here / "r")
    for name in ("a", "b", "c"):
        repo.run("checkout", "--quiet", "-b", name, "main")
        repo.commit({f"{name}.txt": name} | ({PATH: prompt("deep")} if name == "b" else {}), name)
    repo.checkout("main")
    repo.commit({"main.txt": "x"})
    repo.run("merge", "--quiet", "-m", "octopus", "a", "b", "c")
    assert len(repo.run("rev-parse", "HEAD^@").split()) == 4
    repo.write(PATH, prompt("three"))
    then = {"HEAD": "deep", "HEAD^1": "two", "HEAD^2": "two", "HEAD^3": "deep", "HEAD^4": "two"}
    return Layout(repo.root, then=then, diff=("deep", "three"), versions=("deep", "two", "one"))


@layout("two thousand commits")
def huge(here: Path) -> Layout:
    """A long history of other things, and the prompt's two commits in it."""
    repo = Repo.create(here / "r")
    person = "Ada <ada@example.org> {} +0000"
    stream = []
    for number in range(2000):
        who = person.format(1_700_000_000 + number)
        stream.append(f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata 1\nx\n")
        word = {10: "one", 1500: "two"}.get(number)
        path, text = (PATH, prompt(word)) if word else (f"src/{number % 50}.txt", str(number))
        stream.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")
    (here / "stream").write_text("".join(stream))
    with (here / "stream").open("rb") as data:
        subprocess.run(["git", "fast-import", "--quiet"], cwd=repo.root, env=repo.environment, stdin=data, check=True)
    repo.run("reset", "--quiet", "--hard")
    repo.write(PATH, prompt("three"))
    return Layout(repo.root, then={"HEAD": "two", "main~1000": "one", "main~1990": NEVER})


@layout("replace refs")
def replaced(here: Path) -> Layout:
    """A replacement pretends another content: the commit's own counts."""
    repo = edited(here / "r")
    repo.run("replace", "HEAD", repo.run("commit-tree", "-m", "lie", "HEAD~1^{tree}"))
    assert "one" in repo.run("show", f"HEAD:{PATH}")
    return Layout(repo.root)


@layout("grafts")
def grafted(here: Path) -> Layout:
    """A graft pretends that the newest commit has no parent: the commit's own word counts."""
    repo = edited(here / "r")
    repo.write(".git/info/grafts", repo.run("rev-parse", "HEAD") + "\n")
    return Layout(repo.root)


@layout("tag of a tag of a commit")
def tag_of_tag(here: Path) -> Layout:
    """Tags are peeled to what they are of; a tag of a file is no revision."""
    repo = edited(here / "r")
    repo.run("tag", "-a", "-m", "x", "inner", "HEAD~1")
    repo.run("tag", "-a", "-m", "x", "outer", "inner")
    repo.run("tag", "-a", "-m", "x", "file", f"HEAD:{PATH}")
    return Layout(repo.root, then={"outer": "one", "inner": "one", "file": NEVER, "outer^{tree}": NEVER})


@layout("branches named like other things")
def confusing_names(here: Path) -> Layout:
    """A branch named like the prompt, like its file, like HEAD, like an option."""
    repo = edited(here / "r")
    for name in ("greet", "prompts/greet.yaml", "a@b", "v9"):
        repo.run("branch", name, "HEAD~1")
    repo.run("update-ref", "refs/heads/HEAD", "HEAD~1")
    then = {"greet": "one", "prompts/greet.yaml": "one", "a@b": "one", "v9": "one", "HEAD": "two"}
    return Layout(repo.root, then=then | {"refs/heads/HEAD": "one", "--all": NEVER, "HEAD..main": NEVER})


@layout("a tag and a branch of one name")
def tag_and_branch(here: Path) -> Layout:
    """Git takes the tag, and so do we; the branch is there under its full name."""
    repo = edited(here / "r")
    repo.run("tag", "both", "HEAD~1")
    repo.run("branch", "both", "HEAD")
    return Layout(repo.root, then={"both": "one", "refs/tags/both": "one", "heads/both": "two"})
