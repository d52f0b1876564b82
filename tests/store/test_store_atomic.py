import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from llmops_cli.errors import IncompleteError, UsageError
from llmops_cli.store.atomic import write_bytes, write_text


def test_a_file_is_written_with_its_folders_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a" / "b" / "c.txt"
    write_text(path, "é\n")
    assert path.read_bytes() == "é\n".encode()
    write_text(path, "second")
    assert path.read_text() == "second"
    assert [each.name for each in path.parent.iterdir()] == ["c.txt"]


def test_the_mode_of_a_file_stays_and_a_new_one_gets_the_umasks(tmp_path):
    path = tmp_path / "tool.sh"
    write_text(path, "new")
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    path.chmod(0o751)
    write_text(path, "changed")
    assert path.stat().st_mode & 0o777 == 0o751


def test_a_symbolic_link_is_not_written_through(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    link = tmp_path / "link.txt"
    link.symlink_to(outside)
    with pytest.raises(UsageError, match="symbolic link"):
        write_text(link, "yours")
    link.unlink()
    link.symlink_to(tmp_path / "dangling")
    with pytest.raises(UsageError, match="symbolic link"):
        write_text(link, "yours")
    assert outside.read_text() == "mine"
    assert not (tmp_path / "dangling").exists()


def test_with_a_root_no_folder_below_it_may_be_a_link_but_the_root_itself_may(tmp_path):
    real, root, out = tmp_path / "real", tmp_path / "root", tmp_path / "out"
    for folder in (real, out):
        folder.mkdir()
    root.symlink_to(real)
    write_text(root / "a" / "x.txt", "ok", root=root)
    (root / "b").symlink_to(out)
    with pytest.raises(UsageError, match="symbolic link"):
        write_text(root / "b" / "x.txt", "no", root=root)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("blocked", ["file/x.txt", "file/deeper/x.txt", "folder"])
def test_a_place_that_cannot_be_written_is_said_with_the_path(tmp_path, blocked):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(IncompleteError) as error:
        write_text(tmp_path / blocked, "x")
    assert blocked in error.value.where
    assert error.value.hint
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


FULL = """
import resource, signal, sys
from pathlib import Path
from llmops_cli.errors import IncompleteError
from llmops_cli.store.atomic import write_bytes
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bytes(Path(sys.argv[1]), b"x" * 100_000)
except IncompleteError as error:
    print(error)
"""


def test_when_the_disk_is_full_the_old_file_stays_whole_and_no_rest_is_left(tmp_path):
    path = tmp_path / "data.bin"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True)
    assert "cannot write" in done.stdout
    assert str(path) in done.stdout
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["data.bin"]


def test_a_reader_never_sees_half_a_file(tmp_path):
    path = tmp_path / "data.bin"
    sizes = (10, 3_000_000)
    write_bytes(path, b"x" * sizes[0])
    seen, done = set(), threading.Event()

    def look():
        while not done.is_set():
            seen.add(len(path.read_bytes()))

    reader = threading.Thread(target=look)
    reader.start()
    for n in range(20):
        write_bytes(path, b"x" * sizes[n % 2])
    done.set()
    reader.join()
    assert seen <= set(sizes)


def test_many_writers_leave_one_whole_file(tmp_path):
    path = tmp_path / "data.bin"
    texts = [str(n) * 50_000 for n in range(8)]
    threads = [threading.Thread(target=write_text, args=(path, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert [each.name for each in tmp_path.iterdir()] == ["data.bin"]


def test_no_descriptor_is_left_open(tmp_path):
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = len(list(Path("/dev/fd").iterdir()))
    for n in range(20):
        write_text(tmp_path / f"{n}.txt", "x")
    assert len(list(Path("/dev/fd").iterdir())) <= before < soft
