"""Runs on disk: `.llmops/runs/<run id>/` with `run.json` (the plan) and `results.jsonl` (a row a case and repeat)."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from llmops_cli.errors import FindingsError, UnknownNameError, UsageError
from llmops_cli.model.run import Result, Run, RunPlan
from llmops_cli.store.atomic import write_text
from llmops_cli.store.run_ids import ENTROPY_BYTES, SHOWN, is_id, new_id
from llmops_cli.store.run_rows import Redact, decode, decode_plan, encode_plan
from llmops_cli.store.run_writer import RunWriter, unwritable
from llmops_cli.store.state import ignore

PLAN = "run.json"
ROWS = "results.jsonl"
CANDIDATES = 8


class RunStore:
    """The runs of one project. `redact` takes secrets out of every text before it is written."""

    def __init__(self, root: Path, redact: Redact) -> None:
        """Keep runs below `root`, the project's `.llmops/runs`. Nothing is touched until a run is created."""
        self._runs = root
        self._redact = redact

    def new_id(self) -> str:
        """Return an id for a new run, unlike any here in its first eight characters."""
        return new_id(time.time_ns() // 1_000_000, os.urandom(ENTROPY_BYTES), self.ids())

    def create(self, plan: RunPlan) -> RunWriter:
        """Store a plan and return the open run; an empty `plan.run` gets a new id.

        Raises `UsageError` where the run is there already, `IncompleteError` where the disk takes no run.
        """
        plan = plan if plan.run else replace(plan, run=self.new_id())
        if not is_id(plan.run):
            raise UsageError(f"{plan.run!r} is no id of a run")
        folder = self._runs / plan.run
        if folder.exists():
            raise UsageError(f"run {plan.run} is there already", where=str(folder))
        try:
            ignore(self._runs.parent)
            self._runs.mkdir(exist_ok=True)
            folder.mkdir()
            write_text(folder / PLAN, encode_plan(plan, self._redact))
        except OSError as error:
            raise unwritable(folder, error) from error
        return RunWriter(plan, folder / ROWS, self._redact)

    def reopen(self, run: str) -> RunWriter:
        """Return a stored run, open to take more rows. Raises `UsageError` while another process writes it."""
        run = self.find(run)
        return RunWriter(self.plan(run), self._runs / run / ROWS, self._redact)

    def read(self, run: str) -> Run:
        """Return a run: the latest row per case and repeat, in the plan's order. A torn last line is no row.

        Raises `UnknownNameError`, and `FindingsError` with file and line for a row that cannot be read.
        """
        run = self.find(run)
        plan = self.plan(run)
        rows = {(result.case, result.repeat): result for result in _rows(self._runs / run / ROWS)}
        place = {case: number for number, case in enumerate(plan.cases)}
        after = len(place)

        def order(key: tuple[str, int]) -> tuple[int, str, int]:
            return (place.get(key[0], after), *key)

        return Run(plan, tuple(rows[key] for key in sorted(rows, key=order)))

    def plan(self, run: str) -> RunPlan:
        """Return the plan of a run without its rows. Raises as `read` does."""
        run = self.find(run)
        path = self._runs / run / PLAN
        try:
            return replace(decode_plan(path.read_bytes()), run=run)
        except ValueError as error:
            raise FindingsError(
                f"{error}", where=str(path), hint="remove the run's folder, or upgrade llmops"
            ) from None

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all runs, newest first."""
        if not self._runs.is_dir():
            return ()
        names = (entry.name for entry in os.scandir(self._runs) if is_id(entry.name))
        return tuple(sorted((name for name in names if (self._runs / name / PLAN).is_file()), reverse=True))

    def newest(self) -> str:
        """Return the id of the newest run. Raises `UnknownNameError` where there is none."""
        ids = self.ids()
        if not ids:
            raise UnknownNameError("no run is stored here", hint="llmops eval run")
        return ids[0]

    def find(self, prefix: str) -> str:
        """Return the id that starts with `prefix`, in either case. Raises `UnknownNameError` with what it may mean."""
        ids = self.ids()
        found = [run for run in ids if run.startswith(prefix.upper())] if prefix else []
        if len(found) == 1:
            return found[0]
        if not found:
            known = ", ".join(run[:SHOWN] for run in ids[:CANDIDATES])
            hint = f"the newest are: {known}" if known else "there is no run yet: llmops eval run"
            raise UnknownNameError(f"no run {prefix!r}", hint=hint)
        more = f" and {len(found) - CANDIDATES} more" if len(found) > CANDIDATES else ""
        hint = f"it may be: {', '.join(found[:CANDIDATES])}{more}"
        raise UnknownNameError(f"{prefix!r} starts {len(found)} runs", hint=hint)


def _rows(path: Path) -> Iterator[Result]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return  # the write was cut short: the call was never counted as paid
            try:
                yield decode(line)
            except ValueError as error:
                raise _unreadable(f"{path}:{number}", error) from None


def _unreadable(where: str, error: ValueError) -> FindingsError:
    hint = "remove that line to run its case again, or remove the run's folder"
    return FindingsError(f"the run cannot be read: {error}", where=where, hint=hint)
