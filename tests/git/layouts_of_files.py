"""Layouts by what lies in the tree and how it got there: names, line ends, filters, sparse checkouts, links."""

import unicodedata
from pathlib import Path

from gitrepo import Repo
from layout import NEVER, PATH, UNCOMMITTED, Layout, Refusal, edited, layout, prompt, two_commits

SPARSE = Refusal("sparse", "git sparse-checkout")


@layout("sparse checkout with the prompts in it")
def sparse_with(here: Path) -> Layout:
    """A cone that holds the project's prompts."""
    repo = Repo.create(here / "r")
    for word in ("one", "two"):
        repo.commit({PATH: prompt(word), "big/x": "x"}, word)
    repo.run("sparse-checkout", "set", "--cone", "--sparse-index", "prompts")
    repo.write(PATH, prompt("three"))
    assert not (repo.root / "big").exists()
    return Layout(repo.root, sparse_index=True)


def _sparse(here: Path, *how: str) -> Layout:
    repo = Repo.create(here / "r")
    for word in ("one", "two"):
        repo.commit({PATH: prompt(word), "prompts/other.yaml": prompt("x", "other"), "src/x": "x"}, word)
    repo.run("sparse-checkout", "set", *how)
    assert not (repo.root / PATH).exists()
    assert repo.run("status", "--porcelain") == ""
    then = {"HEAD": "two", "HEAD~1": "one"}
    folders = "--sparse-index" in how
    versions = SPARSE if folders else ("two", "one")  # a folder that is left out might hold releases
    return Layout(repo.root, now=SPARSE, then=then, diff=SPARSE, versions=versions, sound=False, sparse_index=folders)


@layout("sparse checkout without the prompts, cone")
def sparse_cone(here: Path) -> Layout:
    """The prompts are not on disk, and yet not deleted."""
    return _sparse(here, "--cone", "src")


@layout("sparse checkout without the prompts, sparse index")
def sparse_index(here: Path) -> Layout:
    """The index itself has folders instead of files."""
    return _sparse(here, "--cone", "--sparse-index", "src")


@layout("sparse checkout without one prompt, patterns")
def sparse_patterns(here: Path) -> Layout:
    """One prompt is on disk, the other is not, and yet not deleted."""
    return _sparse(here, "--no-cone", "/*", f"!/{PATH}")


@layout("superproject with the prompts in a submodule")
def superproject(here: Path) -> Layout:
    """Whose prompts they are, the superproject does not know: the way into the submodule is named."""
    inner = Repo.create(here / "inner")
    inner.commit({"greet.yaml": prompt("one")})
    outer = Repo.create(here / "outer")
    outer.commit({"README": "x"})
    outer.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "prompts")
    outer.commit(message="submodule")
    refused = Refusal("submodule", "llmops -C prompts")
    then = {"HEAD": refused, "HEAD~1": NEVER}
    return Layout(outer.root, now="one", then=then, diff=refused, versions=refused)


@layout("another repository below the prompts folder")
def nested(here: Path) -> Layout:
    """Git sees a folder that is another's; its prompts are not this one's history."""
    repo = edited(here / "r")
    inner = Repo.create(repo.root / "prompts" / "vendor")
    inner.commit({"x.txt": "x"})
    return Layout(repo.root)


@layout("symbolic link in place of the prompts folder")
def linked_folder(here: Path) -> Layout:
    """The folder would be read from elsewhere: refused."""
    repo = Repo.create(here / "r")
    (here / "outside").mkdir()
    (here / "outside" / "greet.yaml").write_text(prompt("three"))
    (repo.root / "prompts").symlink_to("../outside")
    repo.commit({"README": "x"})
    refused = Refusal("symbolic link", "")
    none = Refusal("no prompt|symbolic link", "")
    return Layout(
        repo.root,
        now=refused,
        then={"HEAD": none},
        diff=refused,
        versions=Refusal("symbolic link", "", code=1),
        sound=False,
    )


@layout("symbolic link in place of the prompt")
def linked_prompt(here: Path) -> Layout:
    """The file would be read from elsewhere: refused."""
    repo = Repo.create(here / "r")
    (here / "outside.yaml").write_text(prompt("three"))
    (repo.root / "prompts").mkdir()
    (repo.root / PATH).symlink_to("../../outside.yaml")
    repo.commit({"README": "x"})
    none = Refusal("no prompt|symbolic link", "")
    return Layout(repo.root, now=none, then={"HEAD": none}, diff=("", ""), versions=none, sound=False)


def _checked_out_again(repo: Repo) -> None:
    (repo.root / PATH).unlink()
    repo.run("checkout", "--quiet", "--", PATH)


@layout("core.autocrlf")
def autocrlf(here: Path) -> Layout:
    """The checkout has CRLF where the commit has LF: no difference."""
    repo = two_commits(here / "r")
    repo.run("config", "core.autocrlf", "true")
    _checked_out_again(repo)
    assert b"\r\n" in (repo.root / PATH).read_bytes()
    return Layout(repo.root, now="two", diff=("two", "two"))


@layout("eol=crlf and an edit")
def eol(here: Path) -> Layout:
    """The attributes want CRLF; one word is edited."""
    repo = two_commits(here / "r")
    repo.commit({".gitattributes": "*.yaml text eol=crlf\n"})
    repo.write(PATH, prompt("three").replace("\n", "\r\n"))
    return Layout(repo.root, then={"HEAD": "two", "HEAD~2": "one"})


@layout("working-tree-encoding")
def encoding(here: Path) -> Layout:
    """The checkout is UTF-16: the file is named, and the commits answer."""
    repo = two_commits(here / "r")
    repo.write(".gitattributes", "*.yaml working-tree-encoding=UTF-16LE-BOM\n")
    repo.run("add", ".gitattributes")
    repo.run("commit", "--quiet", "-m", "encoding")
    _checked_out_again(repo)
    assert (repo.root / PATH).read_bytes()[:2] == b"\xff\xfe"
    refused = Refusal("greet.yaml.*UTF-8|UTF-8", "save the file as UTF-8|UTF-8", code=1)
    then = {"HEAD": "two", "HEAD~2": "one"}
    return Layout(repo.root, now=refused, then=then, diff=refused, sound=False)


@layout("a Git LFS pointer instead of a prompt")
def lfs(here: Path) -> Layout:
    """The clone did not run git lfs: the pointer is no prompt, and is called what it is."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 96\n"
    repo = two_commits(here / "r")
    repo.commit({PATH: pointer, ".gitattributes": "*.yaml filter=lfs diff=lfs merge=lfs -text\n"})
    refused = Refusal("greet.yaml", "", code=1)
    then = {"HEAD": refused, "HEAD~1": "two"}
    return Layout(repo.root, now=refused, then=then, diff=("", ""), versions=("?", "two", "one"), sound=False)


@layout("a rename by case only")
def case_rename(here: Path) -> Layout:
    """`Greet` became `greet`: one prompt, one history."""
    repo = Repo.create(here / "r")
    repo.commit({"prompts/Greet.yaml": prompt("one", "Greet")}, "one")
    repo.run("mv", "prompts/Greet.yaml", PATH)
    repo.commit({PATH: prompt("one")}, "case")
    repo.commit({PATH: prompt("two")}, "two")
    repo.write(PATH, prompt("three"))
    return Layout(repo.root, then={"HEAD": "two", "HEAD~1": "one", "HEAD~2": NEVER}, versions=("two", "one", "one"))


def _accented(here: Path, form: str) -> Layout:
    folder = unicodedata.normalize(form, "café ☕/prómpts")
    repo = Repo.create(here / "r")
    for word in ("one", "two"):
        repo.commit({f"{folder}/greet.yaml": prompt(word), "llmops.yaml": f'prompts: "{folder}"\n'}, word)
    repo.write(f"{folder}/greet.yaml", prompt("three"))
    return Layout(repo.root)


@layout("accented folder names, composed")
def composed(here: Path) -> Layout:
    """As Linux and Windows write them."""
    return _accented(here, "NFC")


@layout("accented folder names, decomposed")
def decomposed(here: Path) -> Layout:
    """As older Macs wrote them."""
    return _accented(here, "NFD")


@layout("odd names beside the prompts")
def odd_names(here: Path) -> Layout:
    """Newlines, quotes, tabs, a leading dash, bytes that are no characters: none hides or becomes a prompt."""
    repo = edited(here / "r")
    for name in (b"a\nb.txt", b'q"\t.txt', b"-rf", b"\xff\xfe.txt", b":(top)x", b"prompts/.hidden\n.yaml"):
        repo.write(name, "x: 1\n")
    repo.run("stash", "--quiet")
    for name in (b"a\nb.txt", b'q"\t.txt', b"-rf", b"\xff\xfe.txt", b":(top)x"):
        repo.run("--literal-pathspecs", "add", "--", name)
    repo.run("commit", "--quiet", "-m", "odd")
    repo.write(PATH, prompt("three"))
    return Layout(repo.root, then={"HEAD": "two", "HEAD~2": "one"})


@layout("a history of renames")
def renames(here: Path) -> Layout:
    """The prompt lay in a folder of its own once, under the same text."""
    repo = Repo.create(here / "r")
    repo.commit({"prompts/old/hello.yaml": prompt("one", "old/hello")}, "one")
    repo.run("mv", "prompts/old/hello.yaml", PATH)
    repo.commit({PATH: prompt("one").replace("model:", "aliases: [old/hello]\nmodel:")}, "moved")
    repo.write(PATH, prompt("three").replace("model:", "aliases: [old/hello]\nmodel:"))
    then = {"HEAD": "one", "HEAD~1": "one"}
    return Layout(repo.root, then=then, diff=("one", "three"), versions=("one", "one"))


@layout("ignored prompts")
def ignored(here: Path) -> Layout:
    """The prompt is in .gitignore and in no commit: it is there, and it is new."""
    repo = Repo.create(here / "r")
    repo.commit({".gitignore": "prompts/\n"})
    repo.write(PATH, prompt("three"))
    return Layout(repo.root, then={"HEAD": NEVER}, diff=("", "three"), versions=UNCOMMITTED)
