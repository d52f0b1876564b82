"""Whether an acceptance still counts, and what two acceptances of one version allow together."""

from collections.abc import Mapping

from llmops_cli.model.run import Acceptance


def is_expired(acceptance: Acceptance, today: str) -> bool:
    """Return whether the last day on which it counts is over. Days are YYYY-MM-DD, which sort as text."""
    return bool(acceptance.expires) and acceptance.expires < today


def counting(acceptance: Acceptance | None, today: str) -> Acceptance | None:
    """Return an acceptance that still counts; None for one that has expired."""
    return None if acceptance is None or is_expired(acceptance, today) else acceptance


def both(one: Acceptance | None, other: Acceptance | None) -> Acceptance | None:
    """Return what both allow: the smaller of their drops, until the earlier day, for both reasons.

    A version that only one of them accepts is accepted as that one says.
    """
    if one is None or other is None or one == other:
        return one or other
    first, second = sorted((one, other), key=lambda each: (each.by, each.reason, each.expires, each.replaces))
    return Acceptance(
        by=_said(first.by, second.by),
        reason=_said(first.reason, second.reason),
        drops=_smaller(first.drops, second.drops),
        replaces=first.replaces if first.replaces == second.replaces else "",
        expires=min(filter(None, (first.expires, second.expires)), default=""),
    )


def _said(one: str, other: str) -> str:
    """Return what both say; a text that holds the other's parts already stands for both."""
    mine, theirs = ({*filter(None, text.split("; "))} for text in (one, other))
    if theirs <= mine:
        return one
    return other if mine <= theirs else f"{one}; {other}"


def _smaller(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {key: min(one[key], other[key]) for key in sorted(one.keys() & other.keys())}
