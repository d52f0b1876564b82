"""`llmops git install` writes what it shows, asks first, and is taken back to the byte."""

import os
import subprocess
import sys

import pytest
from gitrepo import Repo

PROMPT = "id: greet\nmodel: echo/m\ntemplate: hi\n"
LINES = """\
# >>> llmops git install >>>
prompts/**/*.yaml diff=llmops
prompts/**/*.yml diff=llmops
prompts/.labels/** !diff
prompts/.releases/** linguist-generated !merge
# <<< llmops git install <<<
"""


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """An empty home: what `--global` writes lies there."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    return home


@pytest.fixture
def repo(tmp_path):
    repo = Repo.create(tmp_path / "r")
    repo.commit({"prompts/greet.yaml": PROMPT})
    return repo


def state(repo):
    """Return every file that an installation may touch."""
    found = {}
    for name in (".gitattributes", ".git/config", ".git/info/attributes"):
        path = repo.root / name
        found[name] = path.read_bytes() if path.exists() else None
    return found


ATTRIBUTES = {
    "none": None,
    "empty": b"",
    "some": b"*.png binary\n",
    "no newline at the end": b"*.png binary",
    "crlf": b"*.png binary\r\n",
    "crlf and no newline at the end": b"a b\r\n*.png binary",
    "not utf-8": b"\xff*.png binary\n",
    "blank lines": b"\n\n*.png binary\n\n\n",
}
CONFIGS = {
    "as git made it": lambda data: data,
    "no newline at the end": lambda data: data.removesuffix(b"\n"),
    "comments and another driver": lambda data: (
        data + b'# mine\n[diff "x"]\n\ttextconv = cat ; c\n[Merge "llmops2"]\n\tdriver=z\n'
    ),
    "a section of ours with a key of theirs": lambda data: data + b'[diff "llmops"]\n\tbinary = false\n',
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("attributes", ATTRIBUTES.values(), ids=ATTRIBUTES)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("flags", [[], ["--diff-driver", "--merge-driver", "--private"]], ids=["plain", "all"])
def test_an_installation_is_taken_back_to_the_byte(repo, llmops, attributes, config, flags):
    if attributes is not None:
        for name in (".gitattributes", ".git/info/attributes"):
            repo.write(name, attributes)
    path = repo.root / ".git" / "config"
    path.write_bytes(config(path.read_bytes()))
    before = state(repo)
    llmops(repo.root, "git", "install", "--yes", *flags)
    installed = state(repo)
    assert installed != before
    assert "installed already" in llmops(repo.root, "git", "install", "--yes", *flags).out
    assert state(repo) == installed
    llmops(repo.root, "git", "uninstall", "--yes")
    assert state(repo) == before
    assert "nothing of ours" in llmops(repo.root, "git", "uninstall", "--yes").out


def test_what_is_written_is_shown_and_lines_of_others_stay(repo, llmops):
    repo.write(".gitattributes", "*.png binary\n")
    out = llmops(repo.root, "git", "install", "--yes").out
    assert "write in .git/config:\n  diff.llmops.textconv = f() {" in out
    assert "write in .gitattributes:\n  prompts/**/*.yaml diff=llmops\n" in out
    assert (repo.root / ".gitattributes").read_text() == f"*.png binary\n{LINES}"
    repo.write(".gitattributes", f"# top\n*.png binary\n{LINES}*.jpg binary\n")
    llmops(repo.root, "git", "uninstall", "--yes")
    assert (repo.root / ".gitattributes").read_text() == "# top\n*.png binary\n*.jpg binary\n"


def test_a_file_that_was_made_and_then_used_by_others_stays(repo, llmops):
    llmops(repo.root, "git", "install", "--yes")
    path = repo.root / ".gitattributes"
    path.write_text(f"{path.read_text()}*.png binary\n")
    llmops(repo.root, "git", "uninstall", "--yes")
    assert path.read_text() == "*.png binary\n"


def test_nobody_to_ask_and_no_yes_writes_nothing(repo, llmops):
    before = state(repo)
    found = llmops(repo.root, "git", "install", code=2)
    assert "--yes" in found.err
    assert "diff.llmops.textconv" in found.out
    assert state(repo) == before


@pytest.mark.parametrize(("answer", "on"), [("y\n", True), ("n\n", False), ("", False)])
def test_a_person_is_asked(repo, answer, on):
    before = state(repo)
    typed = answer.encode() or b"\x04"  # the end of the input
    code = (
        "import os, pty, sys\n"
        "pid, master = pty.fork()\n"
        f"if pid == 0: os.execv(sys.executable, [sys.executable, '-m', 'llmops_cli', '-C', {str(repo.root)!r}, 'git', 'install'])\n"
        f"os.write(master, {typed!r})\n"
        "said = b''\n"
        "try:\n"
        "    while part := os.read(master, 4096): said += part\n"
        "except OSError: pass\n"
        "sys.stdout.write(said.decode())\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert "Go on?" in done.stdout
    assert (state(repo) != before) == on
    assert (done.returncode == 0) == on


def test_installing_more_keeps_what_is_on(repo, llmops):
    llmops(repo.root, "git", "install", "--merge-driver", "--yes")
    llmops(repo.root, "git", "install", "--diff-driver", "--yes")
    rows = {row["name"]: row["state"] for row in llmops(repo.root, "git", "status", "--format", "json").json()["parts"]}
    assert set(rows.values()) == {"on"}
    assert "prompts/**/*.yaml diff=llmops merge=llmops" in (repo.root / ".gitattributes").read_text()


def test_an_installation_of_another_interpreter_is_renewed(repo, llmops):
    llmops(repo.root, "git", "install", "--diff-driver", "--yes")
    for key in ("textconv", "command"):
        line = repo.run("config", f"diff.llmops.{key}")
        repo.run(
            "config", f"diff.llmops.{key}", line.replace(line.partition("{ ")[2].partition(" -P")[0], "'/gone/py thon'")
        )
    found = llmops(repo.root, "git", "status", "--check", code=1)
    assert "/gone/py thon is not there: run `llmops git install` again" in found.out
    llmops(repo.root, "git", "install", "--yes")
    llmops(repo.root, "git", "status", "--check")
    assert "/gone" not in (repo.root / ".git/config").read_text()


def test_a_driver_of_somebody_else_is_not_replaced(repo, llmops):
    repo.run("config", "diff.llmops.textconv", "cat")
    before = state(repo)
    found = llmops(repo.root, "git", "install", "--yes", code=2)
    assert "is 'cat', which is not ours" in found.err
    assert "--unset diff.llmops.textconv" in found.err
    assert state(repo) == before
    assert "foreign" in llmops(repo.root, "git", "status").out
    llmops(repo.root, "git", "uninstall", "--yes")
    assert state(repo) == before


def test_a_fresh_clone_has_the_lines_and_is_told_what_is_missing(repo, llmops, tmp_path):
    llmops(repo.root, "git", "install", "--yes")
    repo.commit()
    clone = repo.clone(tmp_path / "clone")
    found = llmops(clone.root, "git", "status", "--check", code=1)
    assert "textconv         off" in found.out
    assert "diff attribute   on" in found.out
    assert "llmops git install" in found.err
    clone.write("prompts/greet.yaml", PROMPT.replace("hi", "ho"))
    assert "-template: hi" in clone.run("diff")  # without the definition git shows the file as ever
    llmops(clone.root, "git", "install", "--yes")
    llmops(clone.root, "git", "status", "--check")
    assert clone.run("status", "--porcelain") == " M prompts/greet.yaml"


def test_the_user_is_configured_once_for_all_clones(repo, llmops, home, tmp_path):
    (home / ".gitconfig").write_bytes(b"[user]\n\tname = Ada")
    before, config = state(repo), (home / ".gitconfig").read_bytes()
    llmops(repo.root, "git", "install", "--global", "--yes")
    assert state(repo)[".git/config"] == before[".git/config"]
    repo.commit()
    clone = repo.clone(tmp_path / "clone")
    llmops(clone.root, "git", "status", "--check")
    repo.environment["GIT_CONFIG_GLOBAL"] = str(home / ".gitconfig")
    repo.write("prompts/greet.yaml", PROMPT.replace("hi", "ho"))
    assert "-hi\n+ho" in repo.run("diff")
    llmops(repo.root, "git", "uninstall", "--global", "--yes")
    assert (home / ".gitconfig").read_bytes() == config
    assert state(repo)[".gitattributes"] is None


@pytest.mark.parametrize("where", ["none", "xdg", "link", "variable"])
def test_the_users_configuration_is_found_where_git_finds_it(repo, llmops, home, where, monkeypatch):
    target = home / ".gitconfig"
    if where == "xdg":
        target = home / ".config" / "git" / "config"
        target.parent.mkdir(parents=True)
        target.write_text("[a]\n\tb = c\n")
    elif where == "link":
        (home / "dotfiles").mkdir()
        (home / "dotfiles" / "gitconfig").write_text("[a]\n\tb = c")
        target.symlink_to(home / "dotfiles" / "gitconfig")
    elif where == "variable":
        target = home / "elsewhere"
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(target))
    before = target.read_bytes() if target.exists() else None
    llmops(repo.root, "git", "install", "--global", "--yes")
    assert b"textconv" in target.read_bytes()
    llmops(repo.root, "git", "uninstall", "--global", "--yes")
    assert (target.read_bytes() if target.exists() else None) == before
    assert target.is_symlink() == (where == "link")


def test_the_lines_stay_while_the_other_configuration_needs_them(repo, llmops):
    llmops(repo.root, "git", "install", "--yes")
    llmops(repo.root, "git", "install", "--global", "--yes")
    llmops(repo.root, "git", "uninstall", "--global", "--yes")
    llmops(repo.root, "git", "status", "--check")
    llmops(repo.root, "git", "uninstall", "--yes")
    assert not (repo.root / ".gitattributes").exists()


def test_outside_a_repository_only_the_user_can_be_configured(tmp_path, llmops, home):
    found = llmops(tmp_path, "git", "install", "--yes", code=2)
    assert "not in a git repository" in found.err
    llmops(tmp_path, "git", "install", "--global", "--yes")
    assert (home / ".gitconfig").is_file()
    llmops(tmp_path, "git", "uninstall", "--global", "--yes")
    assert not (home / ".gitconfig").exists()


def test_a_bare_repository_is_refused_with_words(tmp_path, llmops):
    bare = Repo.create(tmp_path / "bare.git", "--bare")
    found = llmops(bare.root, "git", "install", "--yes", code=2)
    assert "work in a clone" in found.err
    assert not (bare.root / ".gitattributes").exists()


def test_linked_worktrees_share_the_definition(repo, llmops, tmp_path):
    repo.run("worktree", "add", "--quiet", str(tmp_path / "other"), "-b", "other")
    other = Repo(tmp_path / "other")
    llmops(other.root, "git", "install", "--private", "--yes")
    llmops(repo.root, "git", "status", "--check")
    other.write("prompts/greet.yaml", PROMPT.replace("hi", "ho"))
    assert "-hi\n+ho" in other.run("diff")
    llmops(repo.root, "git", "uninstall", "--yes")
    llmops(other.root, "git", "status", "--check", code=1)


def test_a_submodule_is_a_clone_of_its_own(repo, llmops, tmp_path):
    outer = Repo.create(tmp_path / "outer")
    outer.commit()
    outer.run("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo.root), "inner")
    inner = Repo(outer.root / "inner")
    before = (outer.root / ".git" / "config").read_bytes()
    llmops(inner.root, "git", "install", "--yes")
    assert (outer.root / ".git" / "config").read_bytes() == before
    inner.write("prompts/greet.yaml", PROMPT.replace("hi", "ho"))
    assert "-hi\n+ho" in inner.run("diff")
    assert "textconv         off" in llmops(outer.root, "git", "status").out


FOLDERS = ["prompts", "my prompts", "ümlaut", "a[b]c", "star*", "#hash", "!bang", 'quo"te', "deep/er/prompts", "."]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
@pytest.mark.parametrize("prefix", ["", "services/bill ing/"])
def test_the_lines_meet_the_prompts_folder_whatever_it_is_called(tmp_path, llmops, folder, private, prefix):
    repo = Repo.create(tmp_path / "r")
    path = f"{prefix}{folder}/a/greet.yaml".replace("/./", "/").removeprefix("./")
    quoted = folder.replace('"', '\\"')
    repo.commit({f"{prefix}llmops.yaml": f'prompts: "{quoted}"\n', path: PROMPT})
    found = llmops(repo.root / prefix, "git", "install", "--yes", *(["--private"] if private else []), code=None)
    if found.code == 2 and folder == ".":
        pytest.skip("a project folder that is itself the prompts folder is refused by the settings")
    assert found.code == 0, found.err
    assert repo.run("check-attr", "diff", "--", path).endswith(": diff: llmops")
    llmops(repo.root / prefix, "git", "status", "--check")
    release = f"{prefix}{folder}/.releases/x/1.0.0.yaml".replace("/./", "/").removeprefix("./")
    assert repo.run("check-attr", "diff", "linguist-generated", "--", release).split()[-1] == "set"
    assert repo.run("check-attr", "diff", "--", release).endswith(": diff: llmops")


def test_an_attributes_file_that_is_a_link_is_not_written_through(repo, llmops, tmp_path):
    (tmp_path / "victim").write_text("mine\n")
    (repo.root / ".gitattributes").symlink_to(tmp_path / "victim")
    llmops(repo.root, "git", "install", "--yes", code=2)
    assert (tmp_path / "victim").read_text() == "mine\n"


def test_status_is_a_document_for_scripts(repo, llmops):
    found = llmops(repo.root, "git", "status", "--format", "json").json()
    assert found["schema"] == "llmops/git-status@1"
    assert found["on"] is False
    assert [row["state"] for row in found["parts"]] == ["off"] * 5
