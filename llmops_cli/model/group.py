"""Broken cases that fail alike."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Broken cases that fail alike: how, which (the surest first), the tag that marks them."""

    symptom: str
    cases: tuple[str, ...]
    tag: str = ""
