"""Several files, written all or none."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from llmops_cli.store.atomic import write_bytes


class Together:
    """Files below `root` that belong together: `write` puts all of them in place, `undo` takes them back."""

    def __init__(self, root: Path, files: Mapping[str, bytes]) -> None:
        """`files` by path from the root."""
        self._root = root
        self._files = files
        self._before: dict[Path, bytes | None] = {}
        self._made: list[Path] = []

    def write(self) -> None:
        """Write all; where one cannot be written, or the program is stopped, those before it are taken back."""
        try:
            for path, data in self._files.items():
                target = self._root / path
                self._note_folders(target.parent)
                plain = target.is_file() and not target.is_symlink()
                self._before[target] = target.read_bytes() if plain else None
                write_bytes(target, data, root=self._root)
        except BaseException:
            self.undo()
            raise

    def undo(self) -> None:
        """Put back what was there before."""
        for target, data in reversed(self._before.items()):
            if data is not None:
                write_bytes(target, data, root=self._root)
            elif not target.is_symlink():
                with contextlib.suppress(OSError):  # it was never written
                    target.unlink()
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):  # something else lies in it by now
                folder.rmdir()
        self._before.clear()
        self._made.clear()

    def _note_folders(self, folder: Path) -> None:
        missing = [part for part in (folder, *folder.parents) if not part.exists()]
        self._made += [part for part in reversed(missing) if part not in self._made]
