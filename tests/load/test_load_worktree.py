import os
import subprocess
from pathlib import Path

import pytest

from llmops_cli.errors import UsageError
from llmops_cli.load import prompts
from llmops_cli.load.worktree import MAX_BYTES, WorkTree


def project(root: Path) -> WorkTree:
    for name in ("prompts/a.yaml", "prompts/b/c.yaml", "prompts/.git/config", "top.txt", ".git/HEAD"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return WorkTree(root)


def test_files_are_read_by_their_path_below_the_root(tmp_path):
    tree = project(tmp_path)
    assert tree.name == "worktree"
    assert tree.read("prompts/b/c.yaml") == b"prompts/b/c.yaml"
    with tree.open("top.txt") as stream:
        assert stream.read() == b"top.txt"


@pytest.mark.parametrize("path", ["none", "prompts/none", "top.txt/below", "none/none"])
def test_a_file_that_is_not_there_is_file_not_found(tmp_path, path):
    with pytest.raises(FileNotFoundError):
        project(tmp_path).read(path)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "prompts/../top.txt", "", ".", "a//b", "prompts", "a\0b", "..\\x", "prompts/."]
)
def test_a_way_out_and_a_folder_are_refused(tmp_path, path):
    with pytest.raises(PermissionError):
        project(tmp_path).read(path)


def test_no_symbolic_link_is_followed_wherever_it_points_or_stands(tmp_path):
    tree = project(tmp_path / "root")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "root/link").symlink_to(tmp_path / "secret")
    (tmp_path / "root/inner").symlink_to("top.txt")
    (tmp_path / "root/folder").symlink_to("prompts")
    (tmp_path / "root/prompts/link.yaml").symlink_to("a.yaml")
    for path in ("link", "inner", "folder/a.yaml", "prompts/link.yaml"):
        with pytest.raises(PermissionError):
            tree.read(path)
    with pytest.raises(PermissionError):
        tree.entries("folder")
    with pytest.raises(UsageError, match="symbolic link"):
        prompts.discover(tree, "folder")
    assert "link" not in tree.entries("")
    assert "prompts/link.yaml" not in tree.entries("prompts")


def test_a_root_that_is_itself_reached_through_a_link_is_read(tmp_path):
    project(tmp_path / "root")
    (tmp_path / "link").symlink_to("root")
    assert WorkTree(tmp_path / "link").read("top.txt") == b"top.txt"


def test_a_pipe_in_the_tree_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    tree = WorkTree(tmp_path)
    with pytest.raises(PermissionError):
        tree.read("pipe.yaml")
    assert dict(tree.entries("")) == {}


def test_a_file_above_64_mib_is_not_read_whole(tmp_path):
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    tree = WorkTree(tmp_path)
    with pytest.raises(OSError, match="64 MiB"):
        tree.read("large")
    tree.open("large").close()


def test_entries_are_sorted_and_leave_out_git(tmp_path):
    tree = project(tmp_path)
    assert list(tree.entries("prompts")) == ["prompts/a.yaml", "prompts/b/c.yaml"]
    assert list(tree.entries("")) == ["prompts/a.yaml", "prompts/b/c.yaml", "top.txt"]
    assert list(tree.entries("prompts/b/")) == ["prompts/b/c.yaml"]
    assert dict(tree.entries("nowhere")) == {}
    assert dict(tree.entries("top.txt")) == {}


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_blob_ids_are_those_of_git(tmp_path, object_format):
    tree = WorkTree(tmp_path / "r", object_format=object_format)
    subprocess.run(["git", "init", "-q", f"--object-format={object_format}", tmp_path / "r"], check=True)
    files = {"empty": b"", "text": b"a\n", "binary": bytes(range(256)) * 10_000}
    for name, data in files.items():
        (tmp_path / "r" / name).write_bytes(data)
        told = subprocess.run(
            ["git", "hash-object", name], cwd=tmp_path / "r", check=True, capture_output=True, text=True
        )
        assert tree.entries("")[name] == told.stdout.strip()


def test_odd_names_survive(tmp_path):
    names = ["with space", "-dash", "new\nline", os.fsdecode(b"latin-\xe9"), "ünï"]
    for name in names:
        (tmp_path / name).write_text(name.encode("utf-8", "surrogateescape").hex())
    tree = WorkTree(tmp_path)
    assert sorted(tree.entries("")) == sorted(names)
    assert all(tree.read(name) for name in tree.entries(""))
    assert all(len(tree.entries("")[name]) == 40 for name in names)
