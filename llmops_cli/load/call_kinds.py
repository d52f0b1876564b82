"""How each library names a prompt in a call, and gives it values."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from llmops_cli.load.call_names import Items, Look, dotted, keywords, literal, mapping, text
from llmops_cli.load.call_scopes import Bound, Const, Handle, Held
from llmops_cli.model.usage import Kind

_LITELLM = re.compile(r"a?(?:text_|batch_)?completion|a?responses|partial")
OURS = ("llmops_cli.prompts", "llmops_cli.runtime")
"""Where the registry is imported from; what else the package holds hands out no prompts."""
RUN_TIME = "its id is only known at run time"
ELSEWHERE = "its values are given elsewhere"
_HUB = re.compile(r"(?:langchain(?:hub)?|langsmith)\b.*\bpull|(?:langchain|langchainhub)\.hub\.pull")


@dataclass(frozen=True, slots=True)
class Direct:
    """A call that names the prompt and gives its values at once."""

    kind: Kind
    prompt: str
    ref: str
    call: str
    values: Items | None
    keyed: bool = True


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known where a call stands: the full name of what is called, what names stand for, the imports."""

    full: str
    look: Look
    libraries: frozenset[str]


def got(call: ast.Call, sight: Sight) -> Handle | None:
    """Return the handle that a call hands out."""
    full, look = sight.full, sight.look
    method = method_of(call)
    if full.startswith(OURS) and full.endswith(".get"):
        address = text(_argument(call, "address", "id", "name"), look)
        name, _, ref = (address or "").partition("@")
        return Handle("llmops", name, ref, "get", call, keyed=_keyed(call, look))
    if method == "get_prompt" and "langfuse" in sight.libraries:
        ref = text(_keyword(call, "label"), look) or _number(_keyword(call, "version"))
        return Handle("langfuse", text(_argument(call, "name"), look) or "", ref, "get_prompt", call)
    if (method == "pull_prompt" and "langsmith" in sight.libraries) or _HUB.fullmatch(full):
        said = text(_argument(call, "prompt_identifier", "owner_repo_commit"), look) or ""
        name, _, ref = said.partition(":")
        return Handle("langsmith", name, ref, method, call)
    return None


def direct(call: ast.Call, sight: Sight) -> Direct | None:
    """Return a call of litellm or OpenAI that names a prompt."""
    look, method = sight.look, method_of(call)
    given, more = keywords(call, look)
    later = sight.full == "functools.partial"
    if "prompt_id" in given and _asks(given, method, sight):
        values = mapping(given["prompt_variables"], look) if "prompt_variables" in given else ({}, more or later)
        ref = _number(given.get("prompt_version")) or text(given.get("prompt_label"), look) or ""
        return Direct("litellm", text(given["prompt_id"], look) or "", ref, f"{method} prompt_variables", values)
    said = mapping(given.get("prompt"), look)
    if said is None or "id" not in said[0]:
        return None
    name = text(said[0]["id"], look)
    if (name or "").startswith("pmpt_") or (name is None and "openai" in sight.libraries):
        inner = said[0].get("variables")
        values = mapping(inner, look) if inner is not None else ({}, said[1])
        return Direct("openai", name or "", _number(said[0].get("version")), f"{method} variables", values)
    return None


def loose(call: ast.Call, passed: Iterator[Held], sight: Sight) -> Direct | None:
    """Return a call of litellm or OpenAI whose `**` passes a dict that names a prompt, and that may be changed."""
    look, method = sight.look, method_of(call)
    for one in (one for held in passed for one in held if isinstance(one, Const)):
        given = (mapping(one.node, look) or ({}, True))[0]
        if "prompt_id" in given and "litellm" in sight.libraries:
            return Direct("litellm", text(given["prompt_id"], look) or "", "", f"{method} prompt_variables", None)
        name = text((mapping(given.get("prompt"), look) or ({}, True))[0].get("id"), look) or ""
        if name.startswith("pmpt_"):
            return Direct("openai", name, "", f"{method} variables", None)
    return None


def values_of(call: ast.Call, taker: Bound, look: Look, *, skip: int = 0) -> Items | None:
    """Return the values that a method is given by name, and whether there are others; None where nobody can say.

    `skip` is how many positional arguments come before those of the method: 1 in `asyncio.to_thread(p.render, …)`.
    """
    given = call.args[skip:]
    if taker.handle.kind == "langsmith" and taker.name in ("invoke", "ainvoke"):
        return mapping(given[0], look) if given else None
    named, more = keywords(call, look)
    return named, more or any(isinstance(one, ast.Starred) for one in given)


def passed_on(call: ast.Call, full: str) -> str:
    """Return how a call uses a method that is its first argument: it calls it ("now"), keeps values for it, or ""."""
    if full == "functools.partial":
        return "later"
    return "now" if full == "asyncio.to_thread" or method_of(call) in ("submit", "to_thread") else ""


def method_of(call: ast.Call) -> str:
    """Return the last name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)


def _asks(given: dict[str, ast.expr], method: str, sight: Sight) -> bool:
    """Return whether a call that names a prompt asks litellm, or a function around it, and not a log or a `dict`."""
    if "litellm" not in sight.libraries or method == "dict":
        return False
    return "prompt_variables" in given or sight.full.startswith("litellm") or _LITELLM.fullmatch(method) is not None


def _keyed(call: ast.Call, look: Look) -> bool:
    """Return whether a call says for whom, as a split asks: with a `key=` that is not written out as nothing."""
    given, more = keywords(call, look)
    return bool(literal(given["key"], look)) if "key" in given else more


def _argument(call: ast.Call, *named: str) -> ast.expr | None:
    return call.args[0] if call.args else next((found for one in named if (found := _keyword(call, one))), None)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _number(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) and node.value is not None else ""
