"""Figures as people read them: points, p-values, rough counts, short lists."""

import math
from collections.abc import Mapping, Sequence

SHOWN = 3
SIGNIFICANT = 2
LEAST_P = 0.0001  # below this nobody reads digits
FINE_P = 0.01  # from here up, two digits say enough


def points(share: float, digits: int = 0) -> str:
    """Return a share in percentage points: `5 pp`, `−5.0 pp` with one digit."""
    text = f"{abs(share) * 100:.{digits}f}"
    return f"{'−' if share < 0 and float(text) else ''}{text} pp"


def margin_points(margin: float) -> str:
    """Return a margin in points, with a decimal only where it has one: `5 pp`, `2.5 pp`."""
    return points(margin, 0 if math.isclose(margin * 100, round(margin * 100), abs_tol=1e-9) else 1)


def p_text(p: float) -> str:
    """Return a p-value without its leading zero: `.12`, `.006`, `<.0001`."""
    if p < LEAST_P:
        return "<.0001"
    text = f"{p:.2f}" if p >= FINE_P else f"{p:.4f}"
    return text.lstrip("0").rstrip("0").rstrip(".")


def about(count: int) -> int:
    """Return a count to two significant digits: 707 → 710."""
    digits = len(str(count)) - SIGNIFICANT
    return int(round(count, -digits)) if digits > 0 else count


def listed(names: Sequence[str]) -> str:
    """Return the first names and how many more there are: `a, b, c (+12)`."""
    more = f" (+{len(names) - SHOWN})" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def counted(causes: Mapping[str, int]) -> str:
    """Return counts by cause, the most frequent first: `rate-limit 2, timeout 1`."""
    return ", ".join(
        f"{cause} {count}" for cause, count in sorted(causes.items(), key=lambda item: (-item[1], item[0]))
    )


def cases_text(count: int) -> str:
    """Return `1 case` or `60 cases`."""
    return f"{count} case" if count == 1 else f"{count} cases"
