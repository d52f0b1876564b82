"""Figures as people read them, rounded here and nowhere else. Shares are 0..1; a minus is `−`."""

import math

UNKNOWN = "–"
SURE = 0.001
CLEAR = 0.1
NEVER = 0.995
CENT = 0.01
FINEST = 12
LONG_S = 100


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as a percentage: 0.9 is `90.0%`."""
    return UNKNOWN if share is None else f"{_plain(share * 100, digits)}%"


def bound(share: float) -> str:
    """Return an end of an interval in points, the ends of the scale bare: `72.9`, `100`, `0`."""
    text = _plain(share * 100, 1)
    return {"100.0": "100", "0.0": "0"}.get(text, text)


def points(share: float | None, digits: int = 1) -> str:
    """Return a difference of shares in percentage points: -0.092 is `−9.2 pp`."""
    return UNKNOWN if share is None else f"{signed(share * 100, digits)} pp"


def interval(low: float, high: float) -> str:
    """Return an interval of differences in points: `[−16.5, −1.9]`."""
    return f"[{signed(low * 100)}, {signed(high * 100)}]"


def margin(share: float) -> str:
    """Return a margin in whole points where it is whole: `5 pp`, `2.5 pp`."""
    return f"{_plain(share * 100, 1).removesuffix('.0')} pp"


def signed(value: float, digits: int = 1) -> str:
    """Return a number with its sign: `+1.7`, `−9.2`; what rounds to nothing has none, `0.0`."""
    text = _plain(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def p_value(p: float | None) -> str:
    """Return a probability with its comparison: `p .006`, `p .12`, `p <.001`, `p >.99`."""
    if p is None:
        return f"p {UNKNOWN}"
    if p < SURE:
        return "p <.001"
    if p >= NEVER:
        return "p >.99"
    text = f"{p:.2f}" if p >= CLEAR else f"{p:.3f}"
    return f"p {text[1:]}"


def usd(amount: float | None) -> str:
    """Return an amount of money: `$0.44`, `$1,234.50`; below a cent two figures that count, `$0.0061`."""
    if amount is None:
        return "price unknown"
    sign = "−" if amount < 0 else ""
    size = abs(amount)
    if size == 0 or size >= CENT:
        return f"{sign}${size:,.2f}"
    digits = min(1 - math.floor(math.log10(size)), FINEST)
    return f"{sign}${size:.{digits}f}"


def change(ratio: float | None) -> str:
    """Return how a ratio differs from one: 1.08 is `+8%`, 1 is `±0%`."""
    if ratio is None:
        return UNKNOWN
    text = signed((ratio - 1) * 100, 0)
    return "±0%" if text == "0" else f"{text}%"


def seconds(span_s: float | None) -> str:
    """Return a span of time: `1.21 s`, `135 s`."""
    if span_s is None:
        return UNKNOWN
    return f"{_plain(span_s, 0 if abs(span_s) >= LONG_S else 2)} s"


def seconds_change(span_s: float | None) -> str:
    """Return a difference of times: `+0.41 s`."""
    return UNKNOWN if span_s is None else f"{signed(span_s, 2)} s"


def count(number: float, noun: str = "", plural: str = "") -> str:
    """Return a number with its noun: `1 case`, `1,319 cases`; a mean of runs keeps one digit, `2.5`."""
    text = f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"
    if not noun:
        return text
    return f"{text} {noun if number == 1 else plural or noun + 's'}"


def _plain(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if text.strip("-0.") else text.removeprefix("-")
