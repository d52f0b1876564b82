"""The one place that turns exceptions into exit codes and words."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import typer

from llmops_cli.cli.app import command
from llmops_cli.cli.output import OutputError, error_text, tell
from llmops_cli.errors import ExitCode, LlmopsError

COMPLETION = "_LLMOPS_COMPLETE"
"""The variable in which a shell asks what could come next: see `llmops completion`."""


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit code. Nothing else in the program catches `Exception`."""
    signal.signal(signal.SIGTERM, _terminated)
    _prepare_completion()
    try:
        code = command().main(args=list(argv), prog_name="llmops", standalone_mode=False)
        sys.stdout.flush()
        if code == ExitCode.INTERRUPTED:  # the command-line library made it of ^C
            tell("interrupted")
            _leave(ExitCode.INTERRUPTED)
    except LlmopsError as error:
        return _expected(error)
    except TerminatedError:
        tell("terminated")
        _leave(ExitCode.TERMINATED)
    except (KeyboardInterrupt, typer.Abort):
        tell("interrupted")
        _leave(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        return _closed_pipe()
    except OSError as error:
        return _expected(OutputError(error))
    except Exception as error:  # noqa: BLE001 - the last net: a bug gets its own exit code, never the one of findings
        return _unexpected(error)
    return int(code or 0)


class TerminatedError(BaseException):
    """SIGTERM came; a `BaseException`, so that nothing on the way takes it for an error."""


def _prepare_completion() -> None:
    if COMPLETION in os.environ:
        from typer._completion_classes import completion_init  # not public: an app that offers no flag for it has none

        completion_init()


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise TerminatedError


def _expected(error: LlmopsError) -> int:
    problems = getattr(error, "problems", None)  # of InvalidFilesError, whose import costs 15 ms
    if problems:
        from llmops_cli.report.problems import full

        tell(full(problems, color=False, files=len({problem.source.path for problem in problems})))
    else:
        tell(error_text(error))
    return int(error.exit_code)


def _closed_pipe() -> int:
    """Stop quietly: the reader had enough. Python would complain again when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(ExitCode.OK)


def _unexpected(error: Exception) -> int:
    show = getattr(error, "show", None)
    code = getattr(error, "exit_code", None)
    if callable(show) and isinstance(code, int):  # a usage error of the command-line library
        show()
        return int(ExitCode.USAGE)
    import traceback

    tell("".join(traceback.format_exception(error)))
    tell("internal error: this is a bug in llmops. Please report it with the lines above.")
    return int(ExitCode.INTERNAL)


def _leave(code: ExitCode) -> NoReturn:
    """End at once: calls under way may take a minute to time out, and what was answered is stored already."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code))
