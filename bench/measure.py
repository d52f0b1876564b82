"""How a thing is measured: CPU and wall seconds of a process, medians, and rows against their targets."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LLMOPS = Path(sys.executable).with_name("llmops")
SAMPLES = 1 if "--once" in sys.argv else 5

# Bytecode is written, as an ordinary installation does; CI's variables would change what a command compares.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTHONDONTWRITEBYTECODE")}


def cost(argv: list[str], cwd: Path | None = None) -> tuple[float, float]:
    """Return CPU and wall seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{argv} exited {done.returncode}\n{done.stdout}\n{done.stderr}")
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime), wall


def median(sample: Callable[[], float], samples: int = SAMPLES) -> float:
    return statistics.median(sample() for _ in range(samples))


ROWS: list[tuple[str, str, str, bool]] = []


def row(what: str, measured: str, target: str, ok: bool) -> None:
    ROWS.append((what, measured, target, ok))
    print(f"{'ok  ' if ok else 'MISS'}  {what:<56} {measured:<34} target {target}", flush=True)
