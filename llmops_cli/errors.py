"""What can go wrong, as a tree; and the exit codes, each with one meaning.

LlmopsError(message, where, hint)
├── UsageError            exit 2   a flag, a name or llmops.yaml is wrong: its author acts
│   ├── SettingsError              llmops.yaml does not say what it must
│   ├── UnknownNameError           a prompt, eval set, scorer or run that is not there
│   └── GitError                   git cannot give what was asked for
├── FindingsError         exit 1   files are invalid (model.problem.InvalidFilesError carries the list)
└── IncompleteError       exit 4   the run did not finish: budget, provider, disk. Not a verdict on quality

Only `cli/run.py` turns these into exit codes; nobody else catches `LlmopsError` to hide it.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller. Never renumbered."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INCONCLUSIVE = 3
    INCOMPLETE = 4
    INTERNAL = 70
    INTERRUPTED = 130
    TERMINATED = 143


class LlmopsError(Exception):
    """An expected error: what happened, where, and what to do next."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        """Keep the three parts apart, so that each sink can lay them out."""
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")  # a traceback shows it; `str` is the message alone

    def __str__(self) -> str:
        """Return `where: message`."""
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(LlmopsError):
    """A flag, an argument or a name is wrong."""


class SettingsError(UsageError):
    """llmops.yaml does not say what it must."""


class UnknownNameError(UsageError):
    """A name that stands for nothing here."""


class GitError(UsageError):
    """Git cannot give what was asked for."""


class FindingsError(LlmopsError):
    """A file that the command needs is invalid."""

    exit_code = ExitCode.FINDINGS


class IncompleteError(LlmopsError):
    """The work stopped before its end; what was paid for is stored."""

    exit_code = ExitCode.INCOMPLETE
