"""The child process of `_search`: one JSON line [pattern, flags, texts] in, one JSON list of true and false out.

Run by path and with the standard library only, so that it starts in milliseconds.
"""

import json
import re
import signal
import sys

CPU_SECONDS = 0.5


def main() -> None:
    """Answer until the input ends. Where one question takes too long, the kernel ends the process."""
    for line in sys.stdin.buffer:
        pattern, flags, texts = json.loads(line)
        _arm(CPU_SECONDS)
        found = [re.search(pattern, text, flags) is not None for text in texts]
        _arm(0)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def _arm(seconds: float) -> None:
    # Processor time, not the clock's: a busy machine must not change a score. No Python handler could run inside `re`,
    # so the signal keeps its default, which is to die. Windows has no such timer; there the parent's clock is all.
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


if __name__ == "__main__":
    main()
