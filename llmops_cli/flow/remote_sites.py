"""Where another registry is, which keys it gets, and how it is asked."""

import base64
from collections.abc import Mapping
from typing import Any, Protocol

from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.project import Project
from llmops_cli.flow.sides import sides
from llmops_cli.load.ci import event
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.exchange import Json, There
from llmops_cli.model.settings import Remote
from llmops_cli.plugins import module
from llmops_cli.publish._http import Client, Site


class Registry(Protocol):
    """What a module of `publish/` can do."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all prompts there."""
        ...

    def latest(self, name: str, label: str = "") -> There | None:
        """Return the newest version, or the one under a label."""
        ...

    def create(self, name: str, body: Mapping[str, Json], *, digest: str, content: str, message: str) -> There:
        """Create a version and return it."""
        ...

    def label(self, there: There, label: str) -> None:
        """Move a label to a version."""
        ...


def remote_of(project: Project, to: str, *, offline: bool) -> Remote:
    """Return the remote of this name: in a pull request only as the branch that it is merged into names it."""
    if offline:
        raise UsageError("--offline, and this asks another registry", hint="leave --offline out")
    settings = project.settings
    if event(project.environment).kind in ("pull-request", "merge-group"):
        # Whoever writes the pull request must not choose where the keys go.
        settings = read_settings(project.at(sides(project).policy))
    if to not in settings.remotes:
        known = ", ".join(settings.remotes) or "none yet"
        hint = f"remotes: {{{to}: {{url: https://…}}}}   in llmops.yaml; named there: {known}"
        raise UnknownNameError(f"no remote {to!r}", hint=hint)
    return settings.remotes[to]


def opened(project: Project, remote: Remote) -> Registry:
    """Return the registry, ready to be asked. Raises `UsageError` for a key that is not there."""
    rooms: dict[str, Any] = {"langfuse": "Langfuse", "langsmith": "LangSmith", "mlflow": "Mlflow"}
    room = module("publish", remote.kind)
    keys: dict[str, str] = {}
    for role in dict.fromkeys([*room.KEYS, *remote.keys]):
        keys[role] = _key(project, remote, role)
    headers = _headers(remote, keys)
    names = ", ".join(remote.keys[role] for role in remote.keys)
    site = Site(remote.url, headers, tuple(keys.values()), keys_from=f"the variable {names}" if names else "")
    registry: Registry = getattr(room, rooms[remote.kind])(Client(site))
    return registry


def _key(project: Project, remote: Remote, role: str) -> str:
    variable = remote.keys.get(role, "")
    if not variable:
        hint = f"remotes: {{{remote.name}: {{{role}_env: NAME_OF_A_VARIABLE}}}}   in llmops.yaml"
        raise UsageError(f"the remote {remote.name} names no {role}_env", hint=hint)
    value = project.environment.variables.get(variable, "").strip()
    if not value or any(ord(sign) < 33 or ord(sign) > 126 for sign in value):  # noqa: PLR2004 - what a header may hold
        what = "has characters that no key has" if value else "is not set"
        raise UsageError(f"the variable {variable} {what}", hint=f"it holds the {role} of {remote.name}")
    return value


def _headers(remote: Remote, keys: Mapping[str, str]) -> dict[str, str]:
    workspace = {"X-Tenant-Id": remote.workspace} if remote.workspace else {}
    if "key" in keys:
        return {"X-Api-Key": keys["key"], **workspace}
    if "token" in keys:
        return {"Authorization": f"Bearer {keys['token']}"}
    pair = (keys.get("public_key", keys.get("user", "")), keys.get("secret_key", keys.get("password", "")))
    if not any(pair):
        return {}
    return {"Authorization": "Basic " + base64.b64encode(":".join(pair).encode()).decode()}
