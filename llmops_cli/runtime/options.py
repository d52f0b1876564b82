"""What an application says of its sources, and what the environment says where it is silent."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

from llmops_cli.errors import UsageError

Place = str | os.PathLike[str]


class Options(TypedDict, total=False):
    """The sources in the order in which they are asked, then how the URL is used.

    `project`: a project folder, for development. `bundle`: a bundle file (else `LLMOPS_BUNDLE`). `wheel`: the one
    installed wheel to look in (else all; False: none). `url`: a bundle on the web (else `LLMOPS_BUNDLE_URL`).
    `ttl_s` (60): how old a fetched bundle may be before it is asked for anew. `timeout_s` (5): how long a first
    caller waits for it. `headers`: sent with the request. `cache`: the folder of the last good copy (False: none).
    """

    project: Place | None
    bundle: Place | None
    wheel: str | Literal[False] | None
    url: str | None
    ttl_s: float
    timeout_s: float
    headers: Mapping[str, str]
    cache: Place | Literal[False] | None


@dataclass(frozen=True, slots=True)
class Settings:
    """The options, settled. `cache` is None where nothing is kept on disk, `wheel` "" for every wheel."""

    project: Path | None = None
    bundle: Path | None = None
    wheel: str | None = ""
    url: str = ""
    ttl_s: float = 60.0
    timeout_s: float = 5.0
    headers: Mapping[str, str] = field(default_factory=dict)
    cache: Path | None = None


def settle(**options: Unpack[Options]) -> Settings:
    """Return the settings. Raises `UsageError` for an option that is not one, and for a time that is none."""
    known = [*Options.__annotations__]
    for name in options:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"options: {', '.join(known)}"
            raise UsageError(f"no option {name!r}", hint=hint)
    settings = Settings(
        project=_path(options.get("project")),
        bundle=_path(options["bundle"] if "bundle" in options else os.environ.get("LLMOPS_BUNDLE")),
        wheel=None if options.get("wheel") is False else options.get("wheel") or "",
        url=options["url"] or "" if "url" in options else os.environ.get("LLMOPS_BUNDLE_URL", ""),
        ttl_s=_seconds("ttl_s", options.get("ttl_s", 60.0), least=0.0),
        timeout_s=_seconds("timeout_s", options.get("timeout_s", 5.0), least=0.001),
        headers=dict(options.get("headers", {})),
        cache=_cache(options.get("cache")),
    )
    if any("\n" in part or "\r" in part for pair in settings.headers.items() for part in pair):
        raise UsageError("a header has a line break in it")
    return settings


def _path(said: Any) -> Path | None:
    return Path(said) if said else None


def _seconds(name: str, said: float, *, least: float) -> float:
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not least <= said < float("inf"):
        raise UsageError(f"{name} is {said!r}", hint=f"a number of seconds, at least {least:g}")
    return float(said)


def _cache(said: Any) -> Path | None:
    if said is False:
        return None
    if said:
        return Path(said)
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    if base and Path(base).is_absolute():
        return Path(base) / "llmops" / "bundles"
    try:
        return Path.home() / ".cache" / "llmops" / "bundles"
    except RuntimeError:  # a user without a home: nothing is kept
        return None
