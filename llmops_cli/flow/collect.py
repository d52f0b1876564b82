"""Requests → scored results, many at once. Order of completion never shows: rows are keyed by case and repeat."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue

from llmops_cli.flow.scoring import Bench
from llmops_cli.model.completion import Completion, Failure, Request
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Complete
from llmops_cli.model.run import Result


@dataclass(frozen=True, slots=True)
class Task:
    """One call to make: a case, and its rendered request with its repeat."""

    case: Case
    request: Request
    case_digest: str = ""


def tasks(cases: Iterable[tuple[Case, Request]], repeats: int) -> Iterator[Task]:
    """Yield every repeat of every case, whole rounds first: each case is seen once before any is seen twice."""
    rendered = tuple(cases)
    digests = [case.digest for case, _ in rendered]
    for repeat in range(repeats):
        for (case, request), digest in zip(rendered, digests, strict=True):
            yield Task(case, request if request.repeat == repeat else replace(request, repeat=repeat), digest)


def collect(
    todo: Iterable[Task], complete: Complete, bench: Bench, *, jobs: int, stop: threading.Event | None = None
) -> Iterator[Result]:
    """Yield one result a task as they come in; after a run-fatal failure no further task is begun.

    At most 2 × `jobs` tasks are under way, so a stream of any length needs constant memory.
    """
    halt = stop or threading.Event()
    out: SimpleQueue[Result | BaseException] = SimpleQueue()
    waiting = 0
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="llmops")
    try:
        for task in todo:
            if halt.is_set():
                break
            pool.submit(_work, task, complete, bench, out.put)
            waiting += 1
            while waiting >= 2 * jobs:
                yield _checked(out.get(), halt)
                waiting -= 1
        while waiting:
            yield _checked(out.get(), halt)
            waiting -= 1
    except BaseException:
        halt.set()
        pool.shutdown(wait=False, cancel_futures=True)  # whoever interrupts does not wait for a slow model
        raise
    pool.shutdown()


def _work(task: Task, complete: Complete, bench: Bench, put: Callable[[Result | BaseException], None]) -> None:
    try:
        answer = complete(task.request)
        scores = bench.score(task.case, answer) if isinstance(answer, Completion) else ()
        asked, own = bench.meter.read(), task.request
        put(Result(task.case.id, task.case_digest, own.repeat, answer, scores, own.fingerprint, asked))
    except BaseException as error:  # noqa: BLE001 - a worker's bug must reach the caller, not vanish in the pool
        put(error)


def _checked(item: Result | BaseException, halt: threading.Event) -> Result:
    if isinstance(item, BaseException):
        raise item
    if isinstance(item.answer, Failure) and item.answer.kind == "run":
        halt.set()
    return item
