"""Files that a prompt points to: tools, output schemas and examples, as JSON, read through the Tree of the prompt."""

import posixpath
from collections.abc import Iterator
from typing import Any

from llmops_cli.load import jsonl
from llmops_cli.load.codes import found
from llmops_cli.load.json_ import Flaw, parse
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Document, Problem
from llmops_cli.model.source import Source

UNSAFE = (PermissionError, IsADirectoryError, NotADirectoryError)


class Files:
    """The files that one prompt points to: `used` lists them, `problems` says what is wrong with them."""

    def __init__(self, tree: Tree, folder: str, document: Document) -> None:
        """Paths are relative to `folder`; what is missing is reported at its place in `document`."""
        self.tree = tree
        self.folder = folder
        self.document = document
        self.used: list[str] = []
        self.problems: list[Problem] = []

    def json(self, name: str, *at: str | int) -> Any:
        """Return the value of a JSON file, or None with a problem noted. `at` is where the file is named."""
        path = self._path(name)
        data = self._read(path, name, at)
        if data is None:
            return None
        try:
            text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        except UnicodeDecodeError:
            self.problems.append(found("LF001", Source(path, 1, 1), "not UTF-8", hint="save the file as UTF-8"))
            return None
        value, flaw = parse(text)
        if flaw is not None:
            self.problems.append(_problem(text, flaw, path))
            return None
        return value

    def rows(self, name: str, *at: str | int) -> tuple[dict[str, Any], ...]:
        """Return the objects of a JSON lines file, or of a JSON file with a list of objects."""
        if not name.endswith(".jsonl"):
            value = self.json(name, *at)
            if isinstance(value, list) and all(isinstance(row, dict) for row in value):
                return tuple(value)
            if value is not None:
                self._report("LF021", at, f"{name} must hold a list of objects")
            return ()
        path = self._path(name)
        if self._read(path, name, at) is None:
            return ()
        return tuple(self._lines(path))

    def _lines(self, path: str) -> Iterator[dict[str, Any]]:
        with self.tree.open(path) as stream:
            for item in jsonl.read(stream, path):
                if isinstance(item, Problem):
                    self.problems.append(item)
                else:
                    yield item.value

    def _path(self, name: str) -> str:
        return posixpath.join(self.folder, name) if self.folder not in ("", ".") else name

    def _read(self, path: str, name: str, at: tuple[str | int, ...]) -> bytes | None:
        if name.startswith("/") or ".." in name.split("/"):
            self._report("LF031", at, f"{name} leaves the folder {self.folder or '.'}")
            return None
        try:
            data = self.tree.read(path)
        except FileNotFoundError:
            self._report("LF030", at, f"{path} is not there", f"paths are relative to {self.folder or '.'}/")
        except UNSAFE as error:
            self._report("LF031", at, f"{path} is not read: {error.strerror or error}")
        except OSError as error:
            self._report("LF003", at, f"{path} is not read: {error.strerror or error}")
        else:
            self.used.append(path)
            return data
        return None

    def _report(self, code: str, at: tuple[str | int, ...], message: str, hint: str = "") -> None:
        source = self.document.where(*at)
        self.problems.append(found(code, source, message, hint=hint, excerpt=self.document.excerpt(source)))


def _problem(text: str, flaw: Flaw, path: str) -> Problem:
    line = text.count("\n", 0, flaw.offset) + 1
    source = Source(path, line, flaw.offset - text.rfind("\n", 0, flaw.offset))
    excerpt = text.split("\n")[line - 1].removesuffix("\r")
    return found("LF032", source, flaw.message, excerpt=excerpt, width=flaw.width)
