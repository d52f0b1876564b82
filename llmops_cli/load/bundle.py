"""The bytes of a bundle → the Bundle, verified: its shape, its seal, and that its labels point at something.

Needs the standard library alone. Whether a release's content has the digest that the bundle says is for
`render.identity` to find.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from llmops_cli.errors import FindingsError
from llmops_cli.load.quick import holds
from llmops_cli.model.bundle import SCHEMA, Bundle, Frozen, seal

Json = Any
MAX_BYTES = 64 * 1024 * 1024
FILE = Path(__file__).parent.parent / "schemas" / "bundle.schema.json"
AGAIN = "write it again: `llmops prompt bundle`"


class BundleError(FindingsError):
    """A bundle was read and cannot be believed."""


class _Refused(ValueError):  # noqa: N818 - says what the hooks below do not take; nobody else sees it
    pass


def decode(data: bytes, where: str) -> Bundle:
    """Return the bundle. Raises `BundleError` with `where` for bytes that are truncated, edited or no bundle."""
    document = _parse(data, where)
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        said = document.get("schema") if isinstance(document, dict) else None
        hint = f"this version reads {SCHEMA}; a newer llmops may read more" if said else AGAIN
        raise BundleError(f"not a bundle: schema is {said!r}, not {SCHEMA!r}", where=where, hint=hint)
    if not holds(_schema(), document):
        raise BundleError(f"not a bundle: it does not fit the schema of {SCHEMA}", where=where, hint=AGAIN)
    content = {key: document[key] for key in ("endpoints", "labels", "prompts") if key in document}
    if seal(content) != document["sha256"]:
        raise BundleError("the content does not have the sha256 that the bundle names", where=where, hint=AGAIN)
    bundle = Bundle(
        {
            name: {version: _frozen(release) for version, release in releases.items()}
            for name, releases in document["prompts"].items()
        },
        document["labels"],
        document["sha256"],
        tuple(document.get("endpoints", ())),
    )
    _complete(bundle, where)
    return bundle


def _frozen(release: Mapping[str, Json]) -> Frozen:
    digest, interface = (release[key].removeprefix("sha256:") for key in ("digest", "interface"))
    return Frozen(digest, interface, release["prompt"], release.get("commit", ""))


def _parse(data: bytes, where: str) -> Json:
    if len(data) > MAX_BYTES:
        raise BundleError(f"larger than {MAX_BYTES // 2**20} MiB", where=where, hint="bundle fewer prompts")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise BundleError(f"no JSON, or cut short: {reason}", where=where, hint=AGAIN) from error


def _pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("a key stands twice")
    return found


def _no_constant(text: str) -> Json:
    raise _Refused(f"{text} is no JSON")


@cache
def _schema() -> Mapping[str, Json]:
    schema: dict[str, Json] = json.loads(FILE.read_text(encoding="utf-8"))
    return schema


def _complete(bundle: Bundle, where: str) -> None:
    """Raise `BundleError` for a label that points at nothing in the bundle."""
    for label, serves in bundle.labels.items():
        for name, served in serves.items():
            if not served:
                raise BundleError(f"label {label} serves {name} as a split of nothing", where=where, hint=AGAIN)
            for version in [served] if isinstance(served, str) else served:
                if version not in bundle.prompts.get(name, {}):
                    message = f"label {label} serves {name}@{version}, which is not in the bundle"
                    raise BundleError(message, where=where, hint=AGAIN)


def changed(old: Bundle, new: Bundle) -> tuple[str, ...]:
    """Return `id@version` of the releases that both have with different digests: a release never changes."""
    return tuple(
        f"{name}@{version}"
        for name, version, release in new.releases()
        if (known := old.prompts.get(name, {}).get(version)) is not None and known.digest != release.digest
    )


def is_prompt(content: Mapping[str, Json]) -> bool:
    """Return whether a mapping has the shape that `model.frozen.thaw` takes."""
    return holds(_schema()["$defs"]["prompt"], content, _schema())
