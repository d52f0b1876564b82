"""Why a merge that git calls clean is none: what one side took away and the other uses, in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from llmops_cli.model.prompt import canonical

NAMED = ("variables", "constants")


def gone(name: str, base: Any, ours: Any, theirs: Any, *, labels: tuple[str, str]) -> str:
    """Return which side removed or renamed a variable or constant that the other uses; "" where neither did.

    The three are the values of the file; `labels` what the sides are called.
    """
    for said, other, label, user in ((ours, theirs, *labels), (theirs, ours, labels[1], labels[0])):
        for part in NAMED:
            before, after, across = (_part(value, part) for value in (base, said, other))
            known = name in before or name in across
            if known and name not in after:
                kind = part.removesuffix("s")
                new = [key for key in after if key not in before]
                successor = _successor(before.get(name, across.get(name)), {key: after[key] for key in new})
                did = f"renamed the {kind} {name} to {successor}" if successor else f"removed the {kind} {name}"
                return f"{label} {did}, and {user} uses {name} in a text that {label} does not have"
    return ""


def same_version(base: Any, ours: Any, theirs: Any) -> str:
    """Return the version that both sides gave different contents; "" where they did not."""
    mappings = (value if isinstance(value, dict) else {} for value in (base, ours, theirs))
    old, one, other = (str(mapping.get("version", "")) for mapping in mappings)
    if not one or one != other or one == old or canonical(ours) == canonical(theirs):
        return ""
    return one


def _part(value: Any, part: str) -> Mapping[str, Any]:
    found = value.get(part) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _successor(spec: Any, new: Mapping[str, Any]) -> str:
    """Return the new name that has the old one's declaration; the only new one, if there is one."""
    alike = [name for name, said in new.items() if canonical(said) == canonical(spec)]
    names: Iterable[str] = alike or new
    return next(iter(names)) if len(alike) == 1 or len(new) == 1 else ""
