"""What stored baselines can see, for a terminal, with the power curve in block characters."""

from collections.abc import Iterable, Iterator, Sequence

from llmops_cli.model.power import Power, PowerPoint
from llmops_cli.report import power_words as words
from llmops_cli.report.figures import percent
from llmops_cli.report.sanitize import line

EIGHTHS = " ▏▎▍▌▋▊▉"
FULL = "█"
WIDTH = 40
LABEL = 10


def text(powers: Sequence[Power], lacking: Iterable[str] = (), *, full: bool = True) -> str:
    """Return every baseline as a block; `full` has what would sharpen the set, beside the self-test."""
    blocks = ["\n".join(_block(power, full=full)) for power in powers]
    blocks += ["\n".join(f"{line(each)}" for each in lacking)] if lacking else []
    return "\n\n".join(blocks)


def bar(share: float, width: int = WIDTH) -> str:
    """Return a bar of block characters, an eighth of a character fine."""
    eighths = round(max(0.0, min(1.0, share)) * width * len(EIGHTHS))
    whole, rest = divmod(eighths, len(EIGHTHS))
    return (FULL * whole + (EIGHTHS[rest] if rest else "")).ljust(width)


def _block(power: Power, *, full: bool) -> Iterator[str]:
    yield line(words.title(power))
    for label, said in words.rows(power) if full else ():
        yield f"  {label:{LABEL}}{line(said)}"
    test = power.self_test
    if test is None:
        yield f"  {'self-test':{LABEL}}not possible: {line(power.refused)}"
        yield f"  {'':{LABEL}}{line(power.hint)}"
        return
    for label, said in words.test_rows(test):
        yield f"  {label:{LABEL}}{line(said)}"
    yield f"  {words.curve_title(test)}"
    for point in test.points:
        yield f"  {_point(point)}".rstrip()


def _point(point: PowerPoint) -> str:
    label = f"{words.drop(point.drop):>6}  "
    if point.fails is None:
        return f"{label}{words.cannot(point)}"
    error = f"{point.fails.low * 100:.0f}–{percent(point.fails.high, 0)}"
    return f"{label}{bar(point.fails.share)} {percent(point.fails.share, 0):>4}  ({error})"
