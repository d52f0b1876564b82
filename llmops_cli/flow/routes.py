"""A model name → how it is reached. Hosts come from `endpoints:`, programs from `exec:`, never from a prompt."""

import hashlib
from dataclasses import replace

from llmops_cli.errors import SettingsError
from llmops_cli.model.ports import Tree
from llmops_cli.model.settings import Environment, Route, Settings

TIMEOUT_S = 120.0


def route(name: str, settings: Settings, environment: Environment, trusted: Tree) -> Route:
    """Return the route of a model or logical model name.

    `trusted` is the tree that programs are read from: the base commit's where a stranger may have edited the head's.
    Raises `SettingsError` for a program that `exec:` does not name.
    """
    logical = settings.models.get(name)
    model = logical.model if logical else name
    timeout_s = (logical.timeout_s if logical else None) or TIMEOUT_S
    found = _route(model, settings, environment, trusted, timeout_s)
    if logical is None:
        return found
    return replace(found, rpm=logical.rpm, tpm=logical.tpm, fallbacks=logical.fallbacks)


def _route(model: str, settings: Settings, environment: Environment, trusted: Tree, timeout_s: float) -> Route:
    kind, _, rest = model.partition("/")
    if kind == "echo":
        return Route("echo", model, "echo", timeout_s=timeout_s)
    if kind == "command":
        return _command(rest, settings, trusted, timeout_s)
    if kind in settings.endpoints and rest:
        endpoint = settings.endpoints[kind]
        key = environment.variables.get(endpoint.key_env, "") if endpoint.key_env else ""
        identity = endpoint.url.rstrip("/")
        return Route("openai_http", rest, identity, identity, key=key, key_env=endpoint.key_env, timeout_s=timeout_s)
    return Route("litellm", model, "litellm", timeout_s=timeout_s)


def _command(program: str, settings: Settings, trusted: Tree, timeout_s: float) -> Route:
    if program not in settings.exec:
        hint = f"add it in llmops.yaml: exec: [{program}] — only programs named there are run"
        raise SettingsError(f"model command/{program} names a program that `exec:` does not", hint=hint)
    try:
        content = trusted.read(program)
    except OSError as error:
        where = "the working tree" if trusted.name == "worktree" else f"commit {trusted.name[:7]}"
        raise SettingsError(f"program {program} cannot be read in {where}", where="llmops.yaml") from error
    identity = f"command:{program}@{hashlib.sha256(content).hexdigest()[:12]}"
    return Route("command", f"command/{program}", identity, timeout_s=timeout_s, program=program, program_bytes=content)
