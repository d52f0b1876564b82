"""A project with releases, for tests: edits, commits and the program's own commands."""

from dataclasses import dataclass

from conftest import CASES, EVALSET, PROMPT

from llmops_cli.flow.project import open_project
from llmops_cli.flow.promote import promote
from llmops_cli.flow.release import Wish, release
from llmops_cli.flow.run import RunWish, run

DAY = {"LLMOPS_TODAY": "2026-01-02"}
FILES = {"prompts/greet.yaml": PROMPT, "evalsets/greet.yaml": EVALSET, "evalsets/greet.jsonl": CASES}


@dataclass
class Shop:
    """A repository with the prompt `greet`, and short words for what tests do to it."""

    repo: object
    folder: str = ""

    @property
    def project(self):
        """The project as it is now."""
        self.warnings = []
        return open_project(self.repo.root / self.folder, variables=DAY, warn=self.warnings.append)

    def path(self, name):
        """Return a path of the project as one of the repository."""
        return f"{self.folder}/{name}" if self.folder else name

    def read(self, name):
        """Return a file's text."""
        return (self.repo.root / self.path(name)).read_text(encoding="utf-8")

    def edit(self, old, new, name="prompts/greet.yaml", message="edit"):
        """Replace words in a file and commit."""
        text = self.read(name)
        assert old in text
        return self.commit({name: text.replace(old, new)}, message)

    def commit(self, files=None, message="change"):
        """Commit files of the project."""
        return self.repo.commit({self.path(name): text for name, text in (files or {}).items()}, message)

    def answer(self):
        """Run every eval set on every prompt."""
        return run(self.project, RunWish())

    def release(self, name="greet", **wish):
        """Release and commit."""
        done = release(self.project, name, Wish(**wish))
        self.commit(message=f"release {done.release.version}")
        return done

    def promote(self, address, to="production", **more):
        """Promote and commit."""
        done = promote(self.project, address, to, **more)
        self.commit(message=f"promote {address}")
        return done


def shop(repo, folder=""):
    """Return a committed project below `folder` of a repository; what runs leave is ignored."""
    made = Shop(repo, folder)
    made.commit({**FILES, "llmops.yaml": "schema: llmops/config@1\n", ".gitignore": ".llmops/\n"}, "first")
    return made
