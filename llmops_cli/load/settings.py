"""llmops.yaml → Settings, and what the environment says. The only reader of environment and clock."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from llmops_cli.errors import SettingsError, UsageError
from llmops_cli.load.codes import found
from llmops_cli.load.document import read as read_document
from llmops_cli.load.schema import check
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Document, Problem
from llmops_cli.model.settings import (
    Budget,
    Endpoint,
    Environment,
    GatePolicy,
    ModelRoute,
    Quarantine,
    Remote,
    Settings,
)

FILE = "llmops.yaml"
REMOTES = ("langfuse", "langsmith", "mlflow")
FOLDERS = ("prompts", "evalsets", "baselines", "recordings")
At = tuple[str | int, ...]
GATE_KEYS = frozenset(field.name for field in fields(GatePolicy))


class SettingsFileError(SettingsError):
    """llmops.yaml has errors; all of them are listed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order in which they are shown."""
        self.problems = tuple(sorted(problems, key=lambda problem: problem.order))
        first = self.problems[0]
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(f"{first.message}{more}", where=str(first.source), hint=first.hint)


def find_root(start: Path) -> Path:
    """Return the folder of the nearest llmops.yaml upward, never above the git top level.

    Without one: the git top level; outside git: `start`.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
        if (folder / ".git").exists():
            return folder
    return start


def read(tree: Tree, path: str = FILE) -> Settings:
    """Return the settings; the defaults where there is no llmops.yaml. Raises `SettingsFileError`.

    Another file than llmops.yaml must be there.
    """
    document, problems = read_document(tree, path)
    if document is None:
        if path == FILE and problems[0].code == "LF030":
            return Settings()
        raise SettingsFileError(problems)
    if document.value is None and not problems:
        return Settings(found=True)
    problems += check(document, "config")
    if not problems:
        problems += _unusable(document)
    if problems:
        raise SettingsFileError(problems)
    return _settings(document.value)


def environment(variables: Mapping[str, str] | None = None) -> Environment:
    """Return what the process was told from outside; the day is UTC's, or `LLMOPS_TODAY` (YYYY-MM-DD)."""
    variables = dict(os.environ if variables is None else variables)
    today = variables.get("LLMOPS_TODAY", "")
    if not today:
        return Environment(variables, datetime.now(UTC).date().isoformat())
    try:
        return Environment(variables, date.fromisoformat(today).isoformat())
    except ValueError:
        raise UsageError(f"LLMOPS_TODAY is no day: {today!r}", hint="write it as 2026-01-31") from None


def gate_policy(policy: GatePolicy, overrides: Mapping[str, Any]) -> GatePolicy:
    """Return the policy with what an eval set's `gate:` says instead. Raises `SettingsError` for an unknown key."""
    said = {key: value for key, value in overrides.items() if not key.startswith("x-")}
    unknown = sorted(set(said) - GATE_KEYS)
    if unknown:
        raise SettingsError(f"gate has no key {unknown[0]}", hint=f"keys: {', '.join(sorted(GATE_KEYS))}")
    if "slices" in said:
        said["slices"] = tuple(said["slices"])
    if "quarantine" in said:
        said["quarantine"] = tuple(Quarantine(**_own(each)) for each in said["quarantine"])
    return replace(policy, **said)


def _settings(raw: Mapping[str, Any]) -> Settings:
    plain = {key: raw[key] for key in (*FOLDERS, "trust_recordings", "accepts") if key in raw}
    return Settings(
        **plain,
        exec=tuple(raw.get("exec", ())),
        models={name: _route(said) for name, said in raw.get("models", {}).items()},
        endpoints={name: _endpoint(name, said) for name, said in raw.get("endpoints", {}).items()},
        remotes={name: _remote(name, said) for name, said in raw.get("remotes", {}).items()},
        budget=Budget(**_own(raw.get("budget", {}))),
        gate=gate_policy(GatePolicy(), raw.get("gate", {})),
        redact=tuple(raw.get("redact", ())),
        found=True,
    )


def _own(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if not key.startswith("x-")}


def _route(said: str | Mapping[str, Any]) -> ModelRoute:
    if isinstance(said, str):
        return ModelRoute(said)
    fallbacks = tuple(said.get("fallbacks", ()))
    return ModelRoute(said["model"], fallbacks, said.get("rpm"), said.get("tpm"), said.get("timeout"))


def _endpoint(name: str, said: str | Mapping[str, Any]) -> Endpoint:
    if isinstance(said, str):
        return Endpoint(name, said.rstrip("/"))
    return Endpoint(name, said["url"].rstrip("/"), said.get("key_env", ""))


def _remote(name: str, said: Mapping[str, Any]) -> Remote:
    keys = {key.removesuffix("_env"): value for key, value in said.items() if key.endswith("_env")}
    return Remote(name, said.get("type", name), said["url"].rstrip("/"), keys, said.get("workspace", ""))


def _unusable(document: Document) -> list[Problem]:
    """Return what has the right shape but cannot be used: paths, URLs, patterns."""
    raw = document.value
    problems = []
    at: At
    paths: list[tuple[At, str]] = [((name,), raw[name]) for name in FOLDERS if name in raw]
    paths += [(("exec", index), said) for index, said in enumerate(raw.get("exec", ()))]
    for at, said in paths:
        if said.startswith("/") or "\\" in said or ".." in said.split("/"):
            problems.append(_problem(document, at, f"{said} leaves the project", "name a path below the project"))
    for name, said in raw.get("endpoints", {}).items():
        at = ("endpoints", name) if isinstance(said, str) else ("endpoints", name, "url")
        flaw = _flaw_of_url(said if isinstance(said, str) else said["url"])
        if flaw:
            problems.append(_problem(document, at, f"the endpoint {name} {flaw}", "e.g. https://api.openai.com/v1"))
    problems += _unusable_remotes(document)
    for index, pattern in enumerate(raw.get("redact", ())):
        try:
            re.compile(pattern)
        except re.error as error:
            problems.append(_problem(document, ("redact", index), f"no regular expression: {error}", ""))
    return problems


def _unusable_remotes(document: Document) -> list[Problem]:
    problems = []
    for name, said in document.value.get("remotes", {}).items():
        flaw = _flaw_of_url(said["url"])
        if flaw:
            hint = "e.g. https://cloud.langfuse.com"
            problems.append(_problem(document, ("remotes", name, "url"), f"the endpoint of {name} {flaw}", hint))
        if said.get("type", name) not in REMOTES:
            hint = f"type: one of {', '.join(REMOTES)}"
            problems.append(_problem(document, ("remotes", name), f"the endpoint {name} is of no known kind", hint))
    return problems


def _flaw_of_url(url: str) -> str:
    """Return what keeps a URL from being an endpoint; the URL itself is not repeated, it may hold a secret."""
    try:
        from urllib.parse import urlsplit  # 3 ms, for projects that name an endpoint

        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no URL"
    if parts.scheme not in ("http", "https"):
        return "must begin with https:// or http://"
    if parts.username is not None or parts.password is not None:
        return "must not hold a user name or password; name a variable in key_env"
    if parts.query or parts.fragment:
        return "must not have a query or a fragment"
    odd = not parts.hostname or port == 0 or any(sign.isspace() or not sign.isprintable() for sign in url)
    return "has no host" if odd else ""


def _problem(document: Document, path: tuple[str | int, ...], message: str, hint: str) -> Problem:
    source = document.where(*path)
    return found("LF050", source, message, hint=hint, excerpt="" if "endpoint" in message else document.excerpt(source))
