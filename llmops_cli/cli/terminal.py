"""What the global flags and the terminal say: where to work, how to look."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmops_cli.errors import UsageError


@dataclass(frozen=True, slots=True)
class Terminal:
    """The global flags, read once."""

    directory: Path
    config: str = ""
    quiet: bool = False
    verbose: bool = False
    color: bool = False
    offline: bool = False

    @classmethod
    def of(cls, *, color: str, **flags: Any) -> "Terminal":
        """Return the terminal for these flags, at work in the current folder."""
        if color not in ("auto", "always", "never"):
            raise UsageError(f"--color {color}", hint="auto, always or never")
        return cls(Path.cwd(), color=_colored(color), **flags)

    def project(self) -> Any:
        """Return the project around the folder."""
        from llmops_cli.cli.output import tell
        from llmops_cli.flow.project import open_project

        return open_project(self.directory, config=self.config, warn=lambda text: tell(f"warning: {text}"))


def _colored(choice: str) -> bool:
    """Return whether stdout gets colour: flag, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
