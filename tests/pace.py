"""Limits in seconds, tried on a machine that other work slows down.

A promise such as "within 100 ms" is made for a quiet machine. Here it is tried as a ratio: what is measured is set
against a fixed piece of work, timed right before and after it on the same clock. A slower machine makes both slow and
breaks no limit; code that grew slower breaks it anywhere.
"""

import resource
import time
from collections.abc import Callable

QUIET_S = 0.0055
"""What `work` takes, in seconds, on the quiet machine for which the limits of the tests are stated."""


def work() -> None:
    """Do what programs in Python do: numbers, texts, a dictionary."""
    sum(len(str(number)) for number in range(40_000))
    {number: str(number) for number in range(20_000)}


def with_children() -> float:
    """Return the CPU time of this process and of those that it waited for, in seconds."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def slowness(clock: Callable[[], float] = time.process_time) -> float:
    """Return how many times slower than the quiet machine this one is now by `clock` (1.0 if it is no slower)."""
    spent = []
    for _ in range(3):
        start = clock()
        work()
        spent.append(clock() - start)
    return max(1.0, min(spent) / QUIET_S)


def seconds(run: Callable[[], object], limit_s: float = 0.0, clock: Callable[[], float] = time.process_time) -> float:
    """Return what `run` takes by `clock`, in seconds of the quiet machine: the least of up to four tries.

    It is tried again only while it exceeds `limit_s`.
    """
    least = float("inf")
    for _ in range(4):
        before = slowness(clock)
        start = clock()
        run()
        spent = clock() - start
        least = min(least, spent / max(before, slowness(clock)))
        if least < limit_s:
            break
    return least
