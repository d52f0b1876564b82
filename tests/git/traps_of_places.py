"""Programs that a remote, a variable or another git folder brings along."""

import shutil
from pathlib import Path

from gitrepo import Repo
from trap import PATH, Bait, Trap, trap

STATUS = ("git", "status")
LAZY = ("git", "cat-file", "-p", f"HEAD~1:{PATH}")


def _promised(bait: Bait, url: str, **settings: object) -> None:
    """Leave an old content out, as a partial clone does: ordinary git fetches it as soon as it is read."""
    identity = bait.repo.run("rev-parse", f"HEAD~1:{PATH}")
    for pack in (bait.root / ".git" / "objects" / "pack").glob("*"):
        pack.unlink()
    (bait.root / ".git" / "objects" / identity[:2] / identity[2:]).unlink()
    bait.config(core__repositoryFormatVersion=1, extensions__partialClone="origin", remote__origin__url=url)
    bait.config(remote__origin__promisor="true", remote__origin__partialclonefilter="blob:none", **settings)


@trap("core.sshCommand of a promisor remote")
def ssh_command(bait: Bait) -> Trap:
    """Run to fetch what a partial clone left out."""
    _promised(bait, "ssh://example.invalid/x", core__sshCommand=bait.program)
    return Trap(LAZY, bait.root)


@trap("uploadpack of a promisor remote")
def uploadpack(bait: Bait) -> Trap:
    """The program at the other end, which is this machine."""
    _promised(bait, str(bait.root), remote__origin__uploadpack=bait.program)
    return Trap(LAZY, bait.root)


@trap("ext:: promisor remote")
def ext(bait: Bait) -> Trap:
    """An address that is a command."""
    _promised(bait, f"ext::{bait.program}", protocol__ext__allow="always")
    return Trap(LAZY, bait.root)


@trap("url.insteadOf of a promisor remote")
def instead_of(bait: Bait) -> Trap:
    """An address that becomes a command."""
    _promised(bait, "harmless://x", protocol__ext__allow="always")
    bait.repo.run("config", f"url.ext::{bait.program}.insteadOf", "harmless://x")
    return Trap(LAZY, bait.root)


@trap("core.gitProxy of a promisor remote")
def git_proxy(bait: Bait) -> Trap:
    """A program between here and the host."""
    _promised(bait, "git://example.invalid/x", core__gitProxy=bait.program)
    return Trap(LAZY, bait.root)


@trap("a remote helper on the PATH")
def remote_helper(bait: Bait) -> Trap:
    """An address whose scheme is a program: any git-remote-NAME."""
    (bait.here / "bin").mkdir()
    shutil.copy(bait.program, bait.here / "bin" / "git-remote-trap")
    _promised(bait, "trap::x", protocol__trap__allow="always")
    return Trap(LAZY, bait.root, variables={"PATH": f"{bait.here / 'bin'}:/usr/local/bin:/usr/bin:/bin"})


@trap("remote.vcs")
def remote_vcs(bait: Bait) -> Trap:
    """The same, named by a setting."""
    (bait.here / "bin").mkdir()
    shutil.copy(bait.program, bait.here / "bin" / "git-remote-trap")
    _promised(bait, "x", remote__origin__vcs="trap")
    return Trap(LAZY, bait.root, variables={"PATH": f"{bait.here / 'bin'}:/usr/local/bin:/usr/bin:/bin"})


@trap("GIT_EXTERNAL_DIFF")
def external_diff(bait: Bait) -> Trap:
    """A stranger's variable."""
    return Trap(("git", "diff", "HEAD~1"), bait.root, variables={"GIT_EXTERNAL_DIFF": str(bait.program)})


@trap("GIT_SSH_COMMAND and its kin")
def ssh_variables(bait: Bait) -> Trap:
    """Variables that name programs for a fetch."""
    names = ("GIT_SSH_COMMAND", "GIT_SSH", "GIT_ASKPASS", "GIT_PROXY_COMMAND", "GIT_EDITOR", "GIT_PAGER")
    _promised(bait, "ssh://example.invalid/x")
    variables = dict.fromkeys(names, str(bait.program)) | {"GIT_NO_LAZY_FETCH": "0", "GIT_ALLOW_PROTOCOL": "ssh"}
    return Trap(LAZY, bait.root, variables=variables)


@trap("GIT_CONFIG_COUNT")
def config_count(bait: Bait) -> Trap:
    """Settings in variables."""
    settings = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": str(bait.program)}
    return Trap(STATUS, bait.root, variables=settings)


@trap("GIT_CONFIG_PARAMETERS")
def config_parameters(bait: Bait) -> Trap:
    """The same, as `git -c` hands them on."""
    return Trap(STATUS, bait.root, variables={"GIT_CONFIG_PARAMETERS": f"'core.fsmonitor'='{bait.program}'"})


@trap("GIT_CONFIG_GLOBAL")
def config_global(bait: Bait) -> Trap:
    """Another file in place of the user's own."""
    (bait.here / "global").write_text(f"[core]\n fsmonitor = {bait.program}\n")
    return Trap(STATUS, bait.root, variables={"GIT_CONFIG_GLOBAL": str(bait.here / "global")})


@trap("~/.gitconfig")
def home(bait: Bait) -> Trap:
    """The user's own configuration is obeyed by git, not by us."""
    (bait.here / "home").mkdir()
    (bait.here / "home" / ".gitconfig").write_text(f"[core]\n fsmonitor = {bait.program}\n")
    bare = ("env", "-u", "GIT_CONFIG_GLOBAL", *STATUS)
    return Trap(bare, bait.root, variables={"HOME": str(bait.here / "home")})


def _armed(bait: Bait, root: Path) -> Repo:
    """Make a repository that runs the program whenever its working tree is looked at."""
    other = Repo.create(root)
    other.commit({PATH: (bait.root / PATH).read_text()})
    other.run("config", "core.fsmonitor", str(bait.program))
    return other


@trap("GIT_DIR of a stranger")
def git_dir(bait: Bait) -> Trap:
    """A variable that leads to an armed git folder."""
    other = _armed(bait, bait.here / "other")
    return Trap(STATUS, bait.root, variables={"GIT_DIR": str(other.root / ".git"), "GIT_WORK_TREE": str(bait.root)})


@trap("a submodule with settings of its own")
def submodule(bait: Bait) -> Trap:
    """Git looks into submodules, and obeys what their git folders say."""
    inner = _armed(bait, bait.root / "sub")
    bait.repo.run("-c", "advice.addEmbeddedRepo=false", "add", "sub")
    bait.repo.run("commit", "--quiet", "-m", "sub")
    inner.write(PATH, "x")
    return Trap(STATUS, bait.root)


@trap("a submodule whose .git leads outside")
def submodule_outside(bait: Bait) -> Trap:
    """Its .git file names a git folder that nobody reviewed."""
    other = _armed(bait, bait.here / "other")
    inner = bait.root / "sub"
    inner.mkdir()
    (inner / ".git").write_text(f"gitdir: {other.root / '.git'}\n")
    other.run("config", "core.worktree", str(inner))
    head = Repo(other.root).run("--git-dir", str(other.root / ".git"), "rev-parse", "HEAD")
    bait.repo.run("update-index", "--add", "--cacheinfo", f"160000,{head},sub")
    return Trap(STATUS, bait.root)


@trap("a bare repository hidden in a folder")
def hidden_bare(bait: Bait) -> Trap:
    """A committed folder that looks like a git folder and names its working tree."""
    inner = bait.root / "data" / "inner"
    (inner / "refs").mkdir(parents=True)
    (inner / "objects").mkdir()
    (inner / "worktree").mkdir()
    (inner / "HEAD").write_text("ref: refs/heads/main\n")
    (inner / "config").write_text(
        f"[core]\n repositoryformatversion = 0\n bare = false\n worktree = worktree\n fsmonitor = {bait.program}\n"
    )
    shutil.copy(bait.root / ".git" / "index", inner / "index")
    return Trap(STATUS, inner, stand=inner)


@trap("a .git file that leads to a folder of the tree")
def git_file(bait: Bait) -> Trap:
    """What is checked out beside the project is its git folder."""
    (bait.root / ".git").rename(bait.root / "evil")
    (bait.root / ".git").write_text("gitdir: evil\n")
    bait.config(core__fsmonitor=bait.program)
    return Trap(STATUS, bait.root)


@trap("core.worktree outside")
def worktree_outside(bait: Bait) -> Trap:
    """The git folder says that the files are elsewhere."""
    (bait.here / "outside").mkdir()
    bait.config(core__fsmonitor=bait.program, core__worktree=bait.here / "outside")
    return Trap(STATUS, bait.root)
