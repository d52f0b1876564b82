"""Stored baselines as text and as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from llmops_cli.model.run import Acceptance, Arm
from llmops_cli.report.columns import lines
from llmops_cli.report.figures import count, percent, points
from llmops_cli.report.quote import argument, word
from llmops_cli.report.sanitize import terminal


def means(arm: Arm) -> Mapping[str, float | None]:
    """Return the mean of each scorer over every repeat of every case; None where nothing is scored."""
    found: dict[str, float | None] = {}
    for name in arm.scorers:
        values = [float(value) for row in arm.rows.values() for value in row.values.get(name, ()) if value is not None]
        found[name] = sum(values) / len(values) if values else None
    return found


def repeats(arm: Arm) -> str:
    """Return how often a case was run: `5`, or `1–5` where that differs."""
    counts = sorted({len(row.answers) for row in arm.rows.values()})
    return "0" if not counts else str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"


def accepted_text(rows: Sequence[tuple[str, Arm]], told: Sequence[str] = (), held: Sequence[str] = ()) -> str:
    """Return what was written, and the next step, a sentence a row of the others.

    `told`: what became of the runs stored before; `held`: what the gate will hold it to.
    """
    made = []
    for (path, arm), said, holds in zip(rows, chain(told, repeat("")), chain(held, repeat("")), strict=False):
        made.append(f"wrote {terminal(path)}")
        made += [f"  {terminal(said)}"] if said else []
        made += [f"  {line}" for line in _body(arm, holds)]
    return "\n".join([*made, "Next: commit the file; the gate reads baselines from the base commit."])


def merged_text(rows: Sequence[tuple[str, Arm]]) -> str:
    """Return what two sides were united to, and the next step."""
    said = accepted_text(rows).split("\n")[:-1]
    return "\n".join([*said, f"Next: git add {argument(rows[0][0])}"])


def shown_text(arms: Iterable[Arm], held: Iterable[str] = ()) -> str:
    """Return baselines for people; `held`: what the gate will hold each to, a sentence an arm."""
    blocks = []
    for arm, holds in zip(arms, chain(held, repeat("")), strict=False):
        head = f"{terminal(arm.prompt)} on {terminal(arm.evalset)}   sha256:{arm.digest[:12]}"
        blocks.append("\n".join([head, *(f"  {line}" for line in _body(arm, holds))]))
    return "\n\n".join(blocks)


def table(arms: Sequence[tuple[Arm, bool]]) -> str:
    """Return baselines, a line each; `*` marks those of the version that the prompt's file has now."""
    head = ("prompt", "eval set", "digest", "cases", "runs", "score", "accepted by")
    rows = [_row(arm, current=current) for arm, current in arms]
    return "\n".join([*lines([head, *rows], indent="", right=(3, 4)), "* the version that the prompt's file has now"])


def _row(arm: Arm, *, current: bool) -> tuple[str, ...]:
    first = next(iter(means(arm).items()), None)
    score = "" if first is None else f"{word(first[0])} {'unscored' if first[1] is None else percent(first[1])}"
    digest = f"{arm.digest[:12]}{'*' if current else ''}"
    by = word(arm.accepted.by.partition(" <")[0] or "somebody") if arm.accepted else ""
    return (word(arm.prompt), word(arm.evalset), digest, count(len(arm.rows)), repeats(arm), score, by)


def _body(arm: Arm, holds: str) -> list[str]:
    body = [f"{count(len(arm.rows), 'case')} × {repeats(arm)}"]
    for name, mean in means(arm).items():
        body.append(f"{terminal(name)}  {percent(mean) if mean is not None else 'unscored'}")
    if holds:
        body.append(terminal(holds))
    elif arm.margin is not None:
        body.append(f"this set can hold a margin of {points(arm.margin).lstrip('+')} at 1 run a case")
    if arm.accepted:
        until = f" until {arm.accepted.expires}" if arm.accepted.expires else ""
        body.append(terminal(f"accepted by {arm.accepted.by or 'somebody'}{until}: {arm.accepted.reason}"))
    return body


def document(rows: Sequence[tuple[str, Arm]]) -> dict[str, Any]:
    """Return baselines as JSON."""
    return {"schema": "llmops/baselines@1", "baselines": [_one(path, arm) for path, arm in rows]}


def _one(path: str, arm: Arm) -> dict[str, Any]:
    return {
        "path": path or None,
        "prompt": arm.prompt,
        "digest": arm.digest,
        "evalset": arm.evalset,
        "cases": len(arm.rows),
        "repeats": max((len(row.answers) for row in arm.rows.values()), default=0),
        "scores": means(arm),
        "margin": arm.margin,
        "models": list(arm.models),
        "accepted": _accepted(arm.accepted),
    }


def _accepted(accepted: Acceptance | None) -> dict[str, Any] | None:
    if accepted is None:
        return None
    return {"by": accepted.by, "reason": accepted.reason, "expires": accepted.expires or None}
