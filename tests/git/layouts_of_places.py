"""Layouts by where things lie: the git folder, the working tree, the project, the objects."""

import shutil
from pathlib import Path

from gitrepo import Repo
from layout import PATH, UNCOMMITTED, Layout, Refusal, edited, layout, prompt, two_commits

OUTSIDE = Refusal("is not in a git repository", "git init")
SHALLOW = Refusal("no commit", "git fetch --unshallow")
LEFT_OUT = Refusal("is not in this clone", "git fetch --refetch")
BARE = Refusal("bare", "work in a clone of it")
ALL_BARE = {"now": BARE, "then": {"HEAD": BARE}, "diff": BARE, "versions": BARE, "sound": False}


@layout("plain")
def plain(here: Path) -> Layout:
    """One folder with .git in it."""
    return Layout(edited(here / "r").root)


@layout("no repository")
def no_repository(here: Path) -> Layout:
    """Files and nothing else: what needs no history is answered."""
    (here / "p" / "prompts").mkdir(parents=True)
    (here / "p" / PATH).write_text(prompt("three"))
    return Layout(here / "p", then={"HEAD": OUTSIDE}, diff=OUTSIDE, versions=UNCOMMITTED)


@layout("bare")
def bare(here: Path) -> Layout:
    """A server's repository."""
    two_commits(here / "r").clone(here / "bare.git", "--bare")
    return Layout(here / "bare.git", **ALL_BARE)


@layout("a bare repository hidden in a folder")
def hidden_bare(here: Path) -> Layout:
    """A folder of the tree that git would take for a repository: the one around it answers."""
    repo = edited(here / "r")
    repo.clone(repo.root / "data" / "inner", "--bare")
    return Layout(repo.root / "data" / "inner")


@layout("inside the git folder")
def inside_git(here: Path) -> Layout:
    """Somebody stands in .git: the working tree around it answers."""
    return Layout(edited(here / "r").root / ".git")


@layout("a broken .git below another repository")
def broken_inside(here: Path) -> Layout:
    """Git passes over a .git without HEAD: the repository above must not answer in its place."""
    outer = edited(here / "r", prefix="inner/")
    (outer.root / "inner" / ".git").mkdir()
    refused = Refusal("inner/.git is no repository", "clone again")
    return Layout(
        outer.root / "inner", now=refused, then={"HEAD": refused}, diff=refused, versions=refused, sound=False
    )


@layout("linked worktree")
def linked(here: Path) -> Layout:
    """A second working tree on a branch of its own."""
    repo = two_commits(here / "r")
    repo.run("worktree", "add", "--quiet", "-b", "side", str(here / "side"))
    (here / "side" / PATH).write_text(prompt("three"))
    repo.commit({PATH: prompt("else")}, "else")
    return Layout(here / "side", then={"HEAD": "two", "HEAD~1": "one", "main": "else"})


@layout("worktree whose main is gone")
def orphaned_worktree(here: Path) -> Layout:
    """The repository that a working tree belongs to was moved away: never taken for a folder without git."""
    repo = two_commits(here / "r")
    repo.run("worktree", "add", "--quiet", "-b", "side", str(here / "side"))
    shutil.move(here / "r", here / "moved")
    refused = Refusal("not a git repository: .*worktrees/side", "git worktree repair")
    return Layout(here / "side", now=refused, then={"HEAD": refused}, diff=refused, versions=refused, sound=False)


@layout("separate git folder")
def separate(here: Path) -> Layout:
    """.git is a file that names the folder."""
    return Layout(edited(here / "r", f"--separate-git-dir={here / 'elsewhere.git'}").root)


@layout(".git file that says nothing")
def empty_git_file(here: Path) -> Layout:
    """A broken pointer."""
    (here / "p" / "prompts").mkdir(parents=True)
    (here / "p" / PATH).write_text(prompt("three"))
    (here / "p" / ".git").write_text("")
    refused = Refusal("invalid gitfile format", "")
    return Layout(here / "p", now=refused, then={"HEAD": refused}, diff=refused, versions=refused, sound=False)


def _with_submodule(here: Path, at: str) -> Repo:
    inner = two_commits(here / "inner")
    outer = Repo.create(here / "outer")
    outer.commit({"README": "x"})
    outer.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), at)
    outer.commit(message="submodule")
    return outer


@layout("submodule")
def submodule(here: Path) -> Layout:
    """A submodule is a project of its own."""
    outer = _with_submodule(here, "sub")
    (outer.root / "sub" / PATH).write_text(prompt("three"))
    return Layout(outer.root / "sub")


@layout("project below the top")
def below_the_top(here: Path) -> Layout:
    """A project with an llmops.yaml of its own in a folder of the repository."""
    repo = two_commits(here / "r", prefix="apps/one two/")
    repo.write("apps/one two/llmops.yaml", "{}\n")
    repo.write(f"apps/one two/{PATH}", prompt("three"))
    return Layout(repo.root / "apps" / "one two")


@layout("a folder of the project")
def folder_of_the_project(here: Path) -> Layout:
    """Somebody stands in prompts/."""
    return Layout(edited(here / "r").root / "prompts")


@layout("spaces, quotes and a newline in the path")
def odd_path(here: Path) -> Layout:
    """The way to the repository is hard to quote."""
    return Layout(edited(here / "a b" / 'it\'s "q"\nnew $(x)').root)


@layout("a path that is not UTF-8")
def not_utf8(here: Path) -> Layout:
    """The way to the repository has a byte that is no character."""
    return Layout(edited(here / "caf\udce9").root)


@layout("reached through a symbolic link")
def through_a_link(here: Path) -> Layout:
    """The way to the repository is a link."""
    edited(here / "r")
    (here / "link").symlink_to("r")
    return Layout(here / "link")


@layout("core.worktree elsewhere")
def worktree_elsewhere(here: Path) -> Layout:
    """The configuration says that the working tree is another folder."""
    repo = edited(here / "r")
    (here / "else").mkdir()
    repo.run("config", "core.worktree", str(here / "else"))
    refused = Refusal("working tree is .*else", "core.worktree")
    return Layout(repo.root, now=refused, then={"HEAD": refused}, diff=refused, versions=refused, sound=False)


@layout("GIT_DIR and GIT_WORK_TREE of another repository")
def foreign_variables(here: Path) -> Layout:
    """A hook of another repository calls us."""
    other = Repo.create(here / "other")
    other.commit({PATH: prompt("else")})
    names = {"GIT_DIR": ".git", "GIT_WORK_TREE": ".", "GIT_OBJECT_DIRECTORY": ".git/objects", "GIT_COMMON_DIR": ".git"}
    variables = {name: str(other.root / path) for name, path in names.items()}
    more = {"GIT_NAMESPACE": "x", "GIT_CEILING_DIRECTORIES": str(here), "GIT_REPLACE_REF_BASE": "refs/x/"}
    return Layout(edited(here / "r").root, variables=variables | more | {"GIT_CONFIG_PARAMETERS": "'core.bare=true'"})


@layout("depth 1")
def depth_one(here: Path) -> Layout:
    """CI's usual clone: HEAD is there, its parent is not."""
    clone = two_commits(here / "r").clone(here / "c", "--depth=1")
    clone.write(PATH, prompt("three"))
    return Layout(clone.root, then={"HEAD": "two", "HEAD~1": SHALLOW, "main~1": SHALLOW}, versions=("two",))


@layout("depth 2")
def depth_two(here: Path) -> Layout:
    """The parent is there too, its own is not."""
    repo = two_commits(here / "r")
    repo.commit({PATH: prompt("more")})
    clone = repo.clone(here / "c", "--depth=2")
    clone.write(PATH, prompt("three"))
    then = {"HEAD": "more", "HEAD~1": "two", "HEAD~2": SHALLOW}
    return Layout(clone.root, then=then, diff=("more", "three"), versions=("more", "two"))


@layout("blob:none")
def blobless(here: Path) -> Layout:
    """History without contents: what is not here is fetched by its user, not by us."""
    source = two_commits(here / "r")
    source.run("config", "uploadpack.allowFilter", "true")
    clone = source.clone(here / "c", "--filter=blob:none")
    clone.write(PATH, prompt("three"))
    return Layout(clone.root, then={"HEAD": "two", "HEAD~1": LEFT_OUT}, versions=LEFT_OUT)


@layout("tree:0")
def treeless(here: Path) -> Layout:
    """History without contents and without lists of files."""
    source = two_commits(here / "r")
    source.run("config", "uploadpack.allowFilter", "true")
    clone = source.clone(here / "c", "--filter=tree:0")
    clone.write(PATH, prompt("three"))
    missing = Refusal("tree|fetch|promisor|not in this clone", "git fetch --refetch")
    return Layout(clone.root, then={"HEAD": "two", "HEAD~1": missing}, versions=missing)


@layout("alternates")
def alternates(here: Path) -> Layout:
    """The objects are another repository's."""
    clone = two_commits(here / "r").clone(here / "c", "--shared")
    clone.write(PATH, prompt("three"))
    return Layout(clone.root)


@layout("alternates that are gone")
def lost_alternates(here: Path) -> Layout:
    """The repository that had the objects was deleted: never taken for one without a commit."""
    two_commits(here / "r")
    clone = Repo(here)
    clone.run("clone", "--quiet", "--shared", str(here / "r"), str(here / "c"))
    (here / "c" / PATH).write_text(prompt("three"))
    shutil.rmtree(here / "r")
    refused = Refusal("HEAD|missing|corrupt", "git fsck")
    return Layout(here / "c", then={"HEAD": refused}, diff=refused, versions=refused, sound=False)
