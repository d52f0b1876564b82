"""A release as the mapping and the text of its file, and what release and promote tell people and scripts."""

from collections.abc import Mapping, Sequence
from typing import Any

from llmops_cli.model.frozen import freeze
from llmops_cli.model.release import Evidence, Release, Split
from llmops_cli.model.verdict import Verdict
from llmops_cli.report.columns import lines
from llmops_cli.report.figures import count, percent, usd
from llmops_cli.report.sanitize import terminal
from llmops_cli.report.yaml_text import dump, quoted

Json = Any
HEAD = "# Written by `llmops prompt release`. Never edit it: the next change is the next version.\n"
LABEL_HEAD = (
    "# Which version of each prompt {name} serves. `llmops prompt promote ID@VERSION --to {name}` sets a line;\n"
    "# a revert takes it back. The empty lines let edits of neighbours merge.\n\n"
)
WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def document(release: Release) -> dict[str, Json]:
    """Return what a release's file says, without its seal; the prompt is frozen."""
    said: dict[str, Json] = {
        "schema": "llmops/release@1",
        "id": release.id,
        "version": release.version,
        "digest": f"sha256:{release.digest}",
        "interface": f"sha256:{release.interface_digest}",
        "commit": release.commit,
        "date": release.date,
        "author": release.author,
        "bump": release.bump,
        "reasons": list(release.reasons),
        "message": release.message,
        "evidence": [evidence(one) for one in release.evidence],
        "prompt": freeze(release.prompt),
    }
    return said


def evidence(one: Evidence) -> dict[str, Json]:
    """Return what one eval set said, as JSON."""
    return {
        "evalset": one.evalset,
        "verdict": str(one.verdict),
        "cases": one.cases,
        "scores": dict(one.scores),
        "cost_usd": one.cost_usd,
        "against": one.against,
        "baseline": f"sha256:{one.baseline}" if one.baseline else "",
        "runs": list(one.runs),
    }


def text(said: Mapping[str, Json]) -> str:
    """Return the text of a release's file."""
    return HEAD + dump(said)


def label_line(name: str, serves: str | Split) -> str:
    """Return one entry of a label file: `billing/extract-invoice: 3.2.0`, or a split."""
    plain = name[:1].isalpha() and name.lower() not in WORDS
    key = name if plain else quoted(name)
    return f"{key}: {shown(serves)}"


def shown(serves: str | Split) -> str:
    """Return a version, or a split as a label file writes it."""
    if isinstance(serves, str):
        return serves
    return "{" + ", ".join(f"{version}: {weight}" for version, weight in serves.items()) + "}"


def evidence_lines(found: Sequence[Evidence]) -> list[str]:
    """Return one line an eval set: verdict, scores, cases, cost."""
    rows = [
        ("evidence", one.evalset, str(one.verdict), _scores(one), count(one.cases, "case"), _cost(one)) for one in found
    ]
    return [terminal(line) for line in lines(rows)]


def _scores(one: Evidence) -> str:
    return ", ".join(f"{name} {percent(share)}" for name, share in one.scores.items()) or "–"


def _cost(one: Evidence) -> str:
    return "" if one.cost_usd is None else f"{usd(one.cost_usd)} a call"


def released_text(release: Release, path: str, change: str, *, judged: bool = True) -> str:
    """Return what a release is: version, class, digest, reasons, evidence, and what comes next.

    `judged` says that some eval set judges it: a release that none does is not promoted.
    """
    said = release.bump if release.bump == change else f"{release.bump} ({change})"
    bump = "first release" if release.bump == "first" else said
    rows = [f"{release.id} {release.version}   {bump}   sha256:{release.digest[:12]}   {path}"]
    rows += [f"  {reason}" for reason in release.reasons]
    rows += evidence_lines(release.evidence)
    name = f"{release.id}@{release.version}"
    then = f"llmops prompt promote {name} --to production"
    if any(one.verdict is Verdict.FAIL for one in release.evidence):
        then = f"mend it and release again, or accept the drop that its evidence shows; {then}"
    if not judged:
        then = f"name an eval set (evals: [ID] in its file), llmops eval run {name}, {then}"
    rows.append(f"Next: git add {path} && git commit, then: {then}")
    return terminal("\n".join(rows))


def released_document(
    release: Release, path: str, change: str, missing: Sequence[Mapping[str, Json]]
) -> dict[str, Json]:
    """Return a release as JSON. `missing` are the eval sets without answers to this content."""
    said = {key: value for key, value in document(release).items() if key not in ("schema", "prompt")}
    return {"schema": "llmops/released@1", **said, "class": change, "path": path, "missing": list(missing)}


def promoted_text(name: str, label: str, change: tuple[str, str], path: str, notes: Sequence[str]) -> str:
    """Return what a label served and serves now, and what comes next."""
    before, after = change
    if before == after:
        return terminal(f"{label} serves {name} {after} already: nothing to do")
    rows = [f"{label}   {name}   {before or 'nothing'} → {after}", *(f"  {note}" for note in notes)]
    rows.append(f'Next: git add {path} && git commit -m "Serve {name} {after} in {label}"')
    return terminal("\n".join(rows))


def promoted_document(
    name: str, label: str, change: tuple[str | Split | None, str | Split], path: str, notes: Sequence[str]
) -> dict[str, Json]:
    """Return a promotion as JSON."""
    before, after = (dict(side) if isinstance(side, Mapping) else side for side in change)
    said = {"label": label, "id": name, "before": before, "after": after, "path": path, "notes": list(notes)}
    return {"schema": "llmops/promoted@1", **said}
