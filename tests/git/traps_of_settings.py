"""Programs that the configuration of a repository names."""

import os

from trap import PATH, Bait, Trap, trap

STATUS = ("git", "status")
DIFF = ("git", "diff", "HEAD~1")


def _stale(bait: Bait) -> None:
    """Make git look into the files: their times say nothing any more."""
    os.utime(bait.root / PATH, (1, 1))


@trap("core.fsmonitor")
def fsmonitor(bait: Bait) -> Trap:
    """Run by all that reads the working tree."""
    bait.config(core__fsmonitor=bait.program)
    return Trap(STATUS, bait.root)


@trap("core.hooksPath")
def hooks_path(bait: Bait) -> Trap:
    """Hooks from a folder of the tree."""
    bait.hooks(bait.root / "hooks", "pre-commit", "post-index-change", "post-checkout", "reference-transaction")
    bait.config(core__hooksPath="hooks")
    return Trap(("git", "commit", "--allow-empty", "-m", "x"), bait.root)


@trap("hooks in .git/hooks")
def hooks(bait: Bait) -> Trap:
    """Hooks where they usually lie."""
    bait.hooks(bait.root / ".git" / "hooks", "post-index-change", "reference-transaction")
    return Trap(("git", "update-ref", "refs/heads/x", "HEAD"), bait.root)


@trap("filter.clean")
def clean(bait: Bait) -> Trap:
    """Run on files whose times changed."""
    bait.attributes("*.yaml filter=x")
    bait.config(filter__x__clean=bait.program)
    _stale(bait)
    return Trap(STATUS, bait.root)


@trap("filter.smudge")
def smudge(bait: Bait) -> Trap:
    """Run on what a commit gives out."""
    bait.attributes("*.yaml filter=x")
    bait.config(filter__x__smudge=bait.program)
    return Trap(("git", "cat-file", "--filters", f"HEAD:{PATH}"), bait.root)


@trap("filter.process")
def process(bait: Bait) -> Trap:
    """A filter that stays."""
    bait.attributes("*.yaml filter=x")
    bait.config(filter__x__process=bait.program, filter__x__required="true")
    _stale(bait)
    return Trap(STATUS, bait.root)


@trap("a filter by .git/info/attributes")
def private_attributes(bait: Bait) -> Trap:
    """Attributes that are in no commit."""
    bait.repo.write(".git/info/attributes", "* filter=x\n")
    bait.config(filter__x__clean=bait.program)
    _stale(bait)
    return Trap(STATUS, bait.root)


@trap("diff.textconv")
def textconv(bait: Bait) -> Trap:
    """Run on both sides of a diff."""
    bait.attributes("*.yaml diff=x")
    bait.config(diff__x__textconv=bait.program)
    return Trap(("git", "diff", "HEAD~2"), bait.root)


@trap("diff.external")
def external(bait: Bait) -> Trap:
    """Run instead of a diff."""
    bait.config(diff__external=bait.program)
    return Trap(DIFF, bait.root)


@trap("diff.command")
def command(bait: Bait) -> Trap:
    """Run instead of a diff of some files."""
    bait.attributes("* diff=x")
    bait.config(diff__x__command=bait.program)
    return Trap(DIFF, bait.root)


@trap("core.pager")
def pager(bait: Bait) -> Trap:
    """Run where a person looks."""
    bait.config(core__pager=bait.program)
    return Trap(("git", "log"), bait.root, variables={"TERM": "xterm"}, terminal=True)


@trap("pager.log")
def pager_of_a_command(bait: Bait) -> Trap:
    """The same, for one command."""
    bait.config(pager__log=bait.program)
    return Trap(("git", "log"), bait.root, variables={"TERM": "xterm"}, terminal=True)


@trap("core.editor")
def editor(bait: Bait) -> Trap:
    """Run where words are asked for."""
    bait.config(core__editor=bait.program)
    return Trap(("git", "commit", "--amend"), bait.root)


@trap("alias")
def alias(bait: Bait) -> Trap:
    """Commands of the repository's own, some under names that git has already."""
    for name in ("st", "log", "rev-parse", "ls-tree", "cat-file", "diff", "config"):
        bait.repo.run("config", f"alias.{name}", f"!{bait.program}")
    return Trap(("git", "st"), bait.root)


@trap("credential.helper")
def credential(bait: Bait) -> Trap:
    """Run where a password is asked for."""
    bait.config(credential__helper=f"!{bait.program}")
    return Trap(("git", "credential", "fill"), bait.root, stdin="protocol=https\nhost=example.org\n\n")


@trap("core.askPass")
def ask_pass(bait: Bait) -> Trap:
    """The same, without a helper."""
    bait.config(core__askPass=bait.program)
    return Trap(("git", "credential", "fill"), bait.root, stdin="protocol=https\nhost=example.org\n\n")


@trap("gpg.program")
def signature(bait: Bait) -> Trap:
    """Run by each log where log.showSignature is on and a commit is signed."""
    head, _, message = bait.repo.run("cat-file", "commit", "HEAD").partition("\n\n")
    signed = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----"
    (bait.here / "commit").write_text(f"{head}\n{signed}\n\n{message}\n")
    bait.repo.run(
        "reset", "--quiet", "--soft", bait.repo.run("hash-object", "-t", "commit", "-w", bait.here / "commit")
    )
    bait.config(gpg__program=bait.program, log__showSignature="true")
    return Trap(("git", "log", "-1"), bait.root)


@trap("include.path")
def include(bait: Bait) -> Trap:
    """A setting in a file of the tree."""
    bait.repo.write("more.config", f"[core]\n fsmonitor = {bait.program}\n")
    bait.config(include__path="../more.config")
    return Trap(STATUS, bait.root)


@trap("includeIf")
def include_if(bait: Bait) -> Trap:
    """The same, under a condition."""
    bait.repo.write("more.config", f"[core]\n fsmonitor = {bait.program}\n")
    bait.repo.run("config", "includeIf.onbranch:main.path", "../more.config")
    return Trap(STATUS, bait.root)


@trap("config.worktree")
def worktree_config(bait: Bait) -> Trap:
    """A second configuration file of the working tree."""
    bait.config(extensions__worktreeConfig="true")
    bait.repo.run("config", "--worktree", "core.fsmonitor", str(bait.program))
    return Trap(STATUS, bait.root)


@trap("merge.driver")
def merge_driver(bait: Bait) -> Trap:
    """Run by a merge of the files that the attributes name."""
    bait.attributes("*.yaml merge=x")
    bait.config(merge__x__driver=f"{bait.program} %O %A %B")
    bait.repo.branch("side", "HEAD~1")
    bait.repo.commit({PATH: (bait.root / PATH).read_text().replace("Hi", "Hey")})
    bait.repo.run("checkout", "--quiet", "main")
    bait.repo.commit({PATH: (bait.root / PATH).read_text().replace("Hi", "Ho")})
    return Trap(("git", "merge", "side"), bait.root)


@trap("trailer.command")
def trailer(bait: Bait) -> Trap:
    """Run where a message's last lines are made."""
    bait.config(trailer__x__key="X", trailer__x__command=bait.program)
    return Trap(("git", "interpret-trailers"), bait.root, stdin="subject\n")


@trap("core.alternateRefsCommand")
def alternate_refs(bait: Bait) -> Trap:
    """Run by a fetch into a repository that borrows objects."""
    bait.repo.clone(bait.here / "lender", "--bare")
    bait.repo.clone(bait.here / "other", "--bare")
    bait.repo.write(".git/objects/info/alternates", f"{bait.here / 'lender' / 'objects'}\n")
    bait.config(core__alternateRefsCommand=bait.program)
    bait.repo.run("--git-dir", str(bait.here / "other"), "commit-tree", "-m", "x", "HEAD^{tree}")
    new = bait.repo.run("--git-dir", str(bait.here / "other"), "commit-tree", "-m", "new", "HEAD^{tree}")
    bait.repo.run("--git-dir", str(bait.here / "other"), "update-ref", "refs/heads/main", new)
    return Trap(("git", "fetch", str(bait.here / "other"), "main"), bait.root)
