"""A trusted program as a file that can be run: in a private folder, with an environment that holds no key."""

import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

PASSED_ON = ("LANG", "LC_ALL", "PATH", "TMPDIR")
PATH = "/usr/local/bin:/usr/bin:/bin"
MARKER = b"llmops: lines"


class Program:
    """A program's content, written once. The folder goes with this object, or at the end of the process."""

    def __init__(self, name: str, content: bytes, environment: Mapping[str, str]) -> None:
        """Write `content` under the last part of `name`. Raises `OSError` where that cannot be done."""
        folder = Path(tempfile.mkdtemp(prefix="llmops-command-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.folder = folder
        self.file = folder / (PurePosixPath(name).name or "program")
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        self.argv = [*_interpreter(self.file.name, content), str(self.file)]
        self.lines = any(MARKER in line for line in content.split(b"\n", 2)[:2])  # below a shebang, too
        self.environment = _environment(environment, folder)


def _interpreter(name: str, content: bytes) -> list[str]:
    if content.startswith(b"#!"):
        line = content[2:].split(b"\n", 1)[0].decode("utf-8", "replace").strip()
        return line.split(None, 1)  # as the kernel does it: the rest of the line is one argument
    return [sys.executable] if name.endswith(".py") else []


def _environment(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    passed = {name: given[name] for name in PASSED_ON if given.get(name)}
    fixed = {"HOME": str(folder), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {"PATH": PATH, "LANG": "C.UTF-8"} | passed | fixed
