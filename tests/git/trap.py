"""What a hostile repository is to the tests: where the trap lies, and the ordinary command that springs it."""

import contextlib
import os
import pty
import select
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gitrepo import Repo

PATH = "prompts/greet.yaml"
LIMIT_S = 20


@dataclass(frozen=True)
class Bait:
    """A sound project with three commits, a release and a baseline; and a program that leaves a marker."""

    repo: Repo
    program: Path
    marker: Path
    here: Path

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.repo.root

    def config(self, **settings: object) -> None:
        """Append to the repository's configuration: `section__sub__key=value`."""
        for name, value in settings.items():
            self.repo.run("config", name.replace("__", "."), str(value))

    def hooks(self, folder: Path, *names: str) -> None:
        """Write the program as hooks."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / name).write_text(self.program.read_text())
            (folder / name).chmod(0o755)

    def attributes(self, line: str) -> None:
        """Give the files of the project attributes, as a commit would bring them."""
        self.repo.write(".gitattributes", f"{line}\n")
        self.repo.run("add", ".gitattributes")
        self.repo.run("commit", "--quiet", "--no-verify", "-m", "attributes")


@dataclass(frozen=True)
class Trap:
    """The ordinary command that runs the marker; `at` is where, `variables` what surrounds both it and us."""

    spring: Sequence[str]
    at: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    stdin: str = ""
    terminal: bool = False
    stand: Path | None = None

    def sprung(self, environment: Mapping[str, str]) -> str:
        """Run the ordinary command and return what it said."""
        whole = {**environment, **self.variables}
        if self.terminal:
            return _on_a_terminal(self.spring, self.at, whole)
        done = subprocess.run(
            list(self.spring),
            cwd=self.at,
            env=whole,
            input=self.stdin.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=LIMIT_S,
        )
        return done.stdout.decode(errors="replace")


def _on_a_terminal(command: Sequence[str], at: Path, environment: Mapping[str, str]) -> str:
    ours, theirs = pty.openpty()
    said = b""
    with subprocess.Popen(list(command), cwd=at, env=dict(environment), stdin=theirs, stdout=theirs) as process:
        os.close(theirs)
        end = time.monotonic() + LIMIT_S
        while process.poll() is None and time.monotonic() < end:
            if select.select([ours], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):  # the other end is closed
                    said += os.read(ours, 10_000)
        process.kill()
    os.close(ours)
    return said.decode(errors="replace")


Build = Callable[[Bait], Trap]
TRAPS: dict[str, Build] = {}


def trap(name: str) -> Callable[[Build], Build]:
    """Enter a builder in the table under a name."""

    def enter(build: Build) -> Build:
        assert name not in TRAPS
        TRAPS[name] = build
        return build

    return enter
