"""Colour by plain ANSI codes, so that a report is one string and needs no terminal library."""

from typing import Literal

Style = Literal["bold", "dim", "red", "green", "yellow", "cyan"]

_CODES: dict[Style, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def paint(text: str, style: Style, on: bool) -> str:  # noqa: FBT001  three short words at each call
    """Return the text in this style, each of its lines on its own; as it is when `on` is false."""
    if not on or not text:
        return text
    start = f"\x1b[{_CODES[style]}m"
    return "\n".join(f"{start}{part}\x1b[0m" if part else part for part in text.split("\n"))
