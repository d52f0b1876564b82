"""How each library names a prompt in a call, and gives it values."""

import ast
import re
from dataclasses import dataclass

from llmops_cli.load.call_names import dotted, keywords, mapping, meaning, text
from llmops_cli.model.usage import Kind

OURS = ("llmops_cli.prompts", "llmops_cli.runtime")
"""Where the registry is imported from; what else the package holds hands out no prompts."""
RUN_TIME = "its id is only known at run time"
ELSEWHERE = "its values are given elsewhere"
_HUB = re.compile(r"(?:langchain(?:hub)?|langsmith)\b.*\bpull|(?:langchain|langchainhub)\.hub\.pull")
METHODS: dict[Kind, frozenset[str]] = {
    "llmops": frozenset({"render"}),
    "langfuse": frozenset({"compile"}),
    "langsmith": frozenset({"invoke", "ainvoke", "format", "format_messages", "format_prompt", "aformat_messages"}),
}
"""The methods of what was got that take the values."""


@dataclass(slots=True)
class Handle:
    """What a program holds once it got a prompt; `used` says that a call with its values was seen."""

    kind: Kind
    prompt: str
    ref: str
    call: str
    node: ast.Call
    used: bool = False


@dataclass(frozen=True, slots=True)
class Direct:
    """A call that names the prompt and gives its values at once."""

    kind: Kind
    prompt: str
    ref: str
    call: str
    values: tuple[dict[str, ast.expr], bool] | None


def got(call: ast.Call, names: dict[str, str], *, client: bool) -> Handle | None:
    """Return the handle that a call hands out; `client` says that its receiver is a registry of ours."""
    full, method = meaning(call.func, names), _method(call)
    if method == "get" and (client or full.startswith(OURS)):
        address = text(_argument(call, "address", "id", "name"))
        name, _, ref = (address or "").partition("@")
        return Handle("llmops", name, ref, "get", call)
    if method == "get_prompt" and _imports(names, "langfuse"):
        ref = text(_keyword(call, "label")) or _number(_keyword(call, "version"))
        return Handle("langfuse", text(_argument(call, "name")) or "", ref, "get_prompt", call)
    if (method == "pull_prompt" and _imports(names, "langsmith")) or _HUB.fullmatch(full):
        said = text(_argument(call, "prompt_identifier", "owner_repo_commit")) or ""
        name, _, ref = said.partition(":")
        return Handle("langsmith", name, ref, method, call)
    return None


def direct(call: ast.Call, names: dict[str, str]) -> Direct | None:
    """Return a call of litellm or OpenAI that names a prompt."""
    given, _ = keywords(call)
    if "prompt_id" in given and _imports(names, "litellm"):
        values = mapping(given["prompt_variables"]) if "prompt_variables" in given else ({}, False)
        ref = _number(given.get("prompt_version")) or text(given.get("prompt_label")) or ""
        return Direct("litellm", text(given["prompt_id"]) or "", ref, f"{_method(call)} prompt_variables", values)
    said = mapping(given.get("prompt"))
    if said is None or "id" not in said[0]:
        return None
    name = text(said[0]["id"])
    if (name or "").startswith("pmpt_") or (name is None and _imports(names, "openai")):
        inner = said[0].get("variables")
        values = mapping(inner) if inner is not None else ({}, said[1])
        return Direct("openai", name or "", _number(said[0].get("version")), f"{_method(call)} variables", values)
    return None


def values_of(call: ast.Call, kind: Kind) -> tuple[dict[str, ast.expr], bool] | None:
    """Return the values that a method is given by name, and whether there are others; None where nobody can say."""
    if kind == "langsmith" and _method(call) in ("invoke", "ainvoke"):
        return mapping(call.args[0]) if call.args else None
    named, more = keywords(call)
    return named, more or any(isinstance(one, ast.Starred) for one in call.args)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)


def _argument(call: ast.Call, *named: str) -> ast.expr | None:
    return call.args[0] if call.args else next((found for one in named if (found := _keyword(call, one))), None)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _number(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) and node.value is not None else ""


def _imports(names: dict[str, str], library: str) -> bool:
    return any(full.partition(".")[0] == library for full in names.values())
