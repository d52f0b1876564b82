"""A tree as it would be with some files written: what an import is checked on before anything is written."""

import hashlib
import io
from collections.abc import Mapping
from typing import BinaryIO

from llmops_cli.model.ports import Tree


class Overlay:
    """The files of another tree with some of them replaced or added."""

    def __init__(self, below: Tree, files: Mapping[str, bytes]) -> None:
        """`files` by path from the project root."""
        self._below = below
        self._files = dict(files)

    @property
    def name(self) -> str:
        """The name of the tree below."""
        return self._below.name

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises as the tree below does."""
        return self._files[path] if path in self._files else self._below.read(path)

    def open(self, path: str) -> BinaryIO:
        """Return an open binary stream of a file. Raises as the tree below does."""
        return io.BytesIO(self._files[path]) if path in self._files else self._below.open(path)

    def entries(self, folder: str) -> Mapping[str, str]:
        """Return the files below `folder` with an id each (git's own only for files of the tree below)."""
        inside = "" if folder in ("", ".") else f"{folder.strip('/')}/"
        new = {path: hashlib.sha256(data).hexdigest() for path, data in self._files.items() if path.startswith(inside)}
        below = self._below.entries(folder)
        return {path: new[path] if path in new else below[path] for path in sorted({*below, *new})}
