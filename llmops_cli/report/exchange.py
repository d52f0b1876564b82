"""What came in and went out, and what differs from another registry: as text and as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from llmops_cli.model.exchange import NOT_OURS, Arrival, Arrivals, Compared, Drift, Exported, Landed, Loss, Pushes
from llmops_cli.report.columns import lines
from llmops_cli.report.figures import count
from llmops_cli.report.sanitize import terminal

HASH = 10
STATUS = {
    "new": "imported",
    "same": "already there",
    "continued": "imported the versions after the one that is there",
    "replaced": "written over",
}
STANDING = {"same": "same", "differs": "differs", "only-here": "only here", "only-there": "only there"}


def arrivals_text(done: Arrivals) -> str:
    """Return what an import did: prompts, versions with their commits, notes, losses."""
    out: list[str] = []
    if not done.stopped:
        for one in done.prompts:
            out += _arrival(one, dry_run=done.dry_run)
    out += [f"note: {terminal(note)}" for note in done.notes]
    out += losses_lines(done.losses)
    if done.stopped:
        out += ["", _stopped(done)]
    elif done.dry_run:
        out += ["nothing was written (--dry-run)"]
    return "\n".join(out)


def _stopped(done: Arrivals) -> str:
    count = len(done.losses)
    if count and not done.problems:
        what = "1 thing would be lost" if count == 1 else f"{count} things would be lost"
        return f"{what}; nothing was written. --lossy imports without {'it' if count == 1 else 'them'}"
    return f"{done.stopped}; nothing was written"


def _arrival(one: Arrival, *, dry_run: bool) -> list[str]:
    word = f"would be {STATUS[one.status]}" if dry_run and one.status != "same" else STATUS[one.status]
    out = [f"{terminal(one.id)}: {word}  {terminal(one.path)}  sha256:{one.digest[:12]}"]
    if any(version.commit for version in one.versions):
        rows = [["version", "address", "date", "author", "labels", "message"]]
        rows += [_landed(one, version) for version in one.versions]
        out += lines([[terminal(cell) for cell in row] for row in rows])
    if one.evalset and one.status != "same":
        out.append(f"  {count(one.cases, 'case')}: {terminal(one.evalset)}")
    return out


def _landed(one: Arrival, version: Landed) -> list[str]:
    first = version.message.strip().partition("\n")[0]
    carried = [label for label in version.labels if label != NOT_OURS]
    labels = ", ".join(carried)
    shown = f"{labels} → {version.release}" if version.release else labels
    shown = ", ".join([*([shown] if shown else []), *(label for label in version.labels if label == NOT_OURS)]) or "–"
    address = f"{one.id}@{version.commit[:HASH]}"
    return [version.name or "–", address, version.date[:10] or "–", version.author or "–", shown, first[:60]]


def losses_lines(losses: Sequence[Loss]) -> list[str]:
    """Return a paragraph for each loss: where, what, why, what to do."""
    out: list[str] = []
    for loss in losses:
        place = f"{loss.at}: " if loss.at else ""
        out.append(f"lost: {terminal(place)}{terminal(loss.path)}: {terminal(loss.message)}")
        out += [f"      {terminal(loss.hint)}"] if loss.hint else []
    return out


def arrivals_document(done: Arrivals) -> dict[str, Any]:
    """Return an import as JSON."""
    return {
        "schema": "llmops/import@1",
        "tool": done.tool,
        "source": done.source,
        "dry_run": done.dry_run,
        "stopped": done.stopped or None,
        "prompts": [
            {
                "id": one.id,
                "path": one.path,
                "digest": one.digest,
                "status": one.status,
                "evalset": one.evalset or None,
                "cases": one.cases,
                "versions": [
                    {
                        "version": version.name,
                        "commit": version.commit or None,
                        "digest": version.digest,
                        "labels": list(version.labels),
                        "release": version.release or None,
                        "author": version.author,
                        "date": version.date,
                        "message": version.message,
                    }
                    for version in one.versions
                ],
            }
            for one in done.prompts
        ],
        "written": list(done.written),
        **_loss_document(done.losses, done.notes),
        "problems": [
            {
                "code": problem.code,
                "severity": problem.severity,
                "path": problem.source.path,
                "line": problem.source.line,
                "column": problem.source.column,
                "message": problem.message,
                "hint": problem.hint,
            }
            for problem in done.problems
        ],
    }


def _loss_document(losses: Iterable[Loss], notes: Iterable[str]) -> dict[str, Any]:
    return {
        "losses": [{"path": loss.path, "message": loss.message, "hint": loss.hint, "at": loss.at} for loss in losses],
        "notes": list(notes),
    }


def exported_document(tool: str, address: str, done: Exported, *, stopped: bool) -> dict[str, Any]:
    """Return an export as JSON: the files as text."""
    files = {} if stopped else {path: data.decode("utf-8", "replace") for path, data in done.files.items()}
    head = {"schema": "llmops/export@1", "tool": tool, "address": address, "files": files}
    return {**head, **_loss_document(done.losses, done.notes)}


def drift_text(found: Drift) -> str:
    """Return the table of what differs, and the sentence that says how much."""
    rows = [["prompt", "there", "", "what differs"]]
    rows += [_compared(one) for one in found.compared if one.standing != "same"]
    out = lines([[terminal(cell) for cell in row] for row in rows], indent="") if len(rows) > 1 else []
    out += [f"note: {terminal(note)}" for note in found.notes]
    return "\n".join([*out, _sentence(found)])


def _compared(one: Compared) -> list[str]:
    shown = one.id if one.name in ("", one.id) else f"{one.id or '–'} ({one.name})"
    what = ", ".join(one.differs)
    by_hand = "edited there, not pushed from here" if one.by_hand else ""
    return [shown, one.there or "–", STANDING[one.standing], "; ".join(part for part in (what, by_hand) if part)]


def _sentence(found: Drift) -> str:
    differing, total = len(found.differing), len(found.compared)
    noun = "prompt" if total == 1 else "prompts"
    where = terminal(f"{found.remote} ({found.url})")
    if not differing:
        return f"{total} {noun}, all the same here and on {where}" if total else f"no prompt here or on {where}"
    verb = "differs" if differing == 1 else "differ"
    return f"{differing} of {total} {noun} {verb} between here and {where}"


def drift_document(found: Drift) -> dict[str, Any]:
    """Return a comparison as JSON."""
    return {
        "schema": "llmops/drift@1",
        "remote": found.remote,
        "url": found.url,
        "differing": len(found.differing),
        "compared": len(found.compared),
        "prompts": [
            {
                "id": one.id or None,
                "name": one.name,
                "standing": one.standing,
                "digest": one.digest or None,
                "version": one.there or None,
                "differs": list(one.differs),
                "by_hand": one.by_hand,
            }
            for one in found.compared
        ],
        "notes": list(found.notes),
    }


def pushes_text(done: Pushes) -> str:
    """Return a line a prompt: what was sent, as which version, under which label."""
    words = {"created": "created", "updated": "new version", "same": "already there", "labelled": "label moved"}
    rows = []
    for one in done.prompts:
        word = f"would be: {words[one.action]}" if done.dry_run and one.action != "same" else words[one.action]
        shown = one.id if one.name == one.id else f"{one.id} ({one.name})"
        rows.append([shown, word, one.version or "–", f"sha256:{one.digest[:12]}", one.label])
    out = lines([[terminal(cell) for cell in row] for row in rows], indent="") if rows else []
    out += [f"note: {terminal(one.by_hand)}" for one in done.prompts if one.by_hand]
    out += [f"note: {terminal(note)}" for note in done.notes]
    out += losses_lines(done.losses)
    if done.stopped:
        out.append(f"{terminal(done.stopped)}; nothing was sent. --lossy sends without it")
    return "\n".join(out)


def pushes_document(done: Pushes) -> dict[str, Any]:
    """Return a push as JSON."""
    return {
        "schema": "llmops/push@1",
        "remote": done.remote,
        "url": done.url,
        "dry_run": done.dry_run,
        "stopped": done.stopped or None,
        "prompts": [
            {
                "id": one.id,
                "name": one.name,
                "action": one.action,
                "digest": one.digest,
                "version": one.version or None,
                "label": one.label or None,
                "by_hand": one.by_hand or None,
            }
            for one in done.prompts
        ],
        **_loss_document(done.losses, done.notes),
    }
