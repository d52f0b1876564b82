"""Baselines on disk: one committed file a prompt digest, the same bytes for the same runs on every machine."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from llmops_cli.errors import IncompleteError, UsageError
from llmops_cli.model.run import Acceptance, Arm, Row, seal_of
from llmops_cli.store.atomic import write_text

Json = Any
SCHEMA = "llmops/baseline@1"
SHORT = 12
SURROGATE = re.compile("[\ud800-\udfff]")


def write(root: Path, folder: str, arm: Arm, extras: Mapping[str, Json] | None = None) -> Path:
    """Write an arm to `folder`/<prompt id>/<evalset>/<digest12>.jsonl below `root` and return that path.

    `extras` are kept in the header for people and not read again. Raises `UsageError` for a name or a link that
    leads out of the folder, `IncompleteError` where the disk does not take it.
    """
    path = root / place(folder, arm)
    write_text(path, text(arm, extras), root=root)
    return path


def remove(root: Path, folder: str, path: str) -> None:
    """Remove a baseline file, and the folders that it leaves empty. Raises `UsageError` for a link on the way."""
    target = root / path
    links = [part for part in (target, *target.parents) if root in part.parents and part.is_symlink()]
    if links:
        raise UsageError("is a symbolic link, and nothing behind it is removed", where=str(links[0]))
    try:
        target.unlink()
    except OSError as error:
        hint = "make the folder writable, then run the command again"
        raise IncompleteError(f"cannot be removed: {error.strerror or error}", where=path, hint=hint) from error
    for parent in target.parents:
        if parent == root / folder or any(parent.iterdir()):
            return
        parent.rmdir()


def place(folder: str, arm: Arm) -> str:
    """Return the path of an arm's baseline, relative to the project root, with `/`."""
    path = PurePosixPath(arm.prompt, arm.evalset, f"{arm.digest[:SHORT]}.jsonl")
    if path.is_absolute() or ".." in path.parts or not (arm.prompt and arm.evalset and arm.digest):
        raise UsageError(f"{path} is no place for a baseline")
    return str(PurePosixPath(folder) / path)


def text(arm: Arm, extras: Mapping[str, Json] | None = None) -> str:
    """Return the file's text: a header with the sha256 of the other lines and a seal, then a line a case by id."""
    lines = "".join(_line(_row(arm.rows[case], many=len(arm.runs) > 1)) for case in sorted(arm.rows))
    header: dict[str, Json] = {
        "schema": SCHEMA,
        "prompt": arm.prompt,
        "version": arm.version,
        "digest": arm.digest,
        "evalset": arm.evalset,
        "evalset_digest": arm.evalset_digest,
        "scorers": _sorted(arm.scorers),
        "models": list(arm.models),
        "runs": list(arm.runs),
        "commit": arm.commit,
        "margin": arm.margin,
        "accepted": _acceptance(arm.accepted),
        "cases": len(arm.rows),
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
    }
    if arm.fingerprints:
        header["fingerprints"] = list(arm.fingerprints)
    if extras:
        header["extras"] = _sorted(extras)
    return _line({**header, "seal": seal_of(header)}) + lines


def _row(row: Row, *, many: bool) -> Json:
    line: dict[str, Json] = {
        "case": row.case,
        "case_digest": row.case_digest,
        "scores": {scorer: list(values) for scorer, values in sorted(row.values.items())},
        "tokens": row.tokens,
        "cost_usd": row.cost_usd,
        "latency_s": row.latency_s,
        "answer_sha256": list(row.answers),
    }
    if row.failures:
        line["failures"] = _sorted(row.failures)
    if many and row.runs:
        line["runs"] = list(row.runs)
    return line


def _acceptance(accepted: Acceptance | None) -> Json:
    if accepted is None:
        return None
    drops = _sorted(accepted.drops)
    said = {"by": accepted.by, "reason": accepted.reason, "drops": drops, "replaces": accepted.replaces}
    return {**said, "expires": accepted.expires} if accepted.expires else said


def _sorted(mapping: Mapping[str, Json]) -> dict[str, Json]:
    return dict(sorted(mapping.items()))


def _line(value: Json) -> str:
    """Return one line of JSON. People review it: letters stay letters; what UTF-8 cannot hold is escaped."""
    plain = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
    return SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", plain) + "\n"
