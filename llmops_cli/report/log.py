"""A prompt's log as text and as JSON: releases and commits, newest first."""

from typing import Any

from llmops_cli.model.commit import Commit
from llmops_cli.model.logged import Log, Logged
from llmops_cli.model.release import Evidence, Release
from llmops_cli.report.figures import count, percent, usd
from llmops_cli.report.release import evidence
from llmops_cli.report.sanitize import terminal

WHOLE = 100.0


def text(log: Log) -> str:
    """Return a line a release (version, labels, class, evidence) and a line a commit (id, what it touched)."""
    return terminal("\n".join(line for entry in log.entries for line in _lines(entry)))


def document(log: Log) -> dict[str, Any]:
    """Return the log as JSON: `entries` as they are listed, `commits` alone for those who want git's part."""
    return {
        "schema": "llmops/log@1",
        "id": log.id,
        "entries": [_entry(entry) for entry in log.entries],
        "commits": [_commit(entry.commit) for entry in log.entries if entry.commit],
        "shallow": bool(log.cut),
    }


def _lines(entry: Logged) -> list[str]:
    if entry.release is not None:
        return _release_lines(entry.release, entry)
    commit = entry.commit
    if commit is None:
        return []
    what = "  (history is cut here)" if entry.cut else ""
    names = sorted(name.rpartition("/")[2] for name in entry.touched)
    files = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004 - shown
    return [f"  {commit.id[:10]}  {commit.date[:10]}  {commit.author}  {commit.subject}  [{files}]{what}"]


def _release_lines(release: Release, entry: Logged) -> list[str]:
    labels = ", ".join(name if share == WHOLE else f"{name} {share:.0f}%" for name, share in entry.labels.items())
    change = "first release" if release.bump == "first" else release.bump
    head = [
        release.version,
        *([f"[{labels}]"] if labels else []),
        release.date,
        release.author.partition(" <")[0],
        change,
    ]
    rows = ["  ".join(part for part in head if part)]
    rows[0] += f"  sha256:{release.digest[:12]}"
    rows += [f"    {release.message}"] if release.message else []
    rows += [f"    {_evidence(one)}" for one in release.evidence] or ["    no evidence"]
    return rows


def _evidence(one: Evidence) -> str:
    scores = ", ".join(f"{name} {percent(share)}" for name, share in one.scores.items())
    cost = f"{usd(one.cost_usd)} a call" if one.cost_usd is not None else ""
    return "  ".join(part for part in (one.evalset, one.verdict, scores, count(one.cases, "case"), cost) if part)


def _entry(entry: Logged) -> dict[str, Any]:
    if entry.release is not None:
        release = entry.release
        return {
            "kind": "release",
            "version": release.version,
            "labels": dict(entry.labels),
            "digest": f"sha256:{release.digest}",
            "interface": f"sha256:{release.interface_digest}",
            "date": release.date,
            "author": release.author,
            "commit": release.commit,
            "bump": release.bump,
            "reasons": list(release.reasons),
            "message": release.message,
            "evidence": [evidence(one) for one in release.evidence],
        }
    assert entry.commit is not None
    digest = f"sha256:{entry.digest}" if entry.digest else ""
    extra = {"digest": digest, "touched": list(entry.touched), "cut": entry.cut}
    return {"kind": "commit", **_commit(entry.commit), **extra}


def _commit(commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.id,
        "author": commit.author,
        "email": commit.email,
        "date": commit.date,
        "subject": commit.subject,
    }
