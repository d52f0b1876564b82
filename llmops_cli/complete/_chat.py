"""A chat-completions body ↔ our nouns. Strict: what is not clearly an answer is a Failure, never an empty answer."""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from llmops_cli.complete._classify import REFUSALS, from_status, from_words, refusal_in
from llmops_cli.model.completion import Answer, Completion, Failure, Request, Usage

Json = Any
MOST_TOKENS = 10**12
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class NoAnswerError(ValueError):
    """The body is no answer; the text says why. Stays inside complete/."""


def request_body(request: Request, model: str) -> dict[str, Json]:
    """Return the JSON body that asks `request` of `model`. Params cannot replace what the prompt says, nor stream."""
    body = {key: value for key, value in request.params.items() if key not in ("stream", "stream_options")}
    body |= {"model": model, "messages": [dict(message) for message in request.messages]}
    if request.tools:
        body["tools"] = [dict(tool) for tool in request.tools]
    if request.response_format is not None:
        body["response_format"] = dict(request.response_format)
    return body


def strict_json(data: bytes) -> Json:
    """Return the JSON value of `data`. Raises `NoAnswerError` for HTML, half a body, NaN, bottomless nesting."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise NoAnswerError("the body is not UTF-8") from None
    except (ValueError, RecursionError):
        raise NoAnswerError("the body is not JSON" if data else "the body is empty") from None


def answer(body: Json, latency_s: float) -> Answer:
    """Return the answer that a body with status 200 holds, or the failure that it is."""
    if isinstance(body, Mapping) and body.get("error") and not body.get("choices"):
        refusal, error = refusal_in(body), body["error"]
        code = error.get("code") if isinstance(error, Mapping) else None
        status = code if isinstance(code, int) else 0
        return from_status(status, refusal) if status in REFUSALS else from_words(refusal)
    try:
        return _completion(body, latency_s)
    except NoAnswerError as error:
        return invalid(str(error))


def invalid(why: str) -> Failure:
    """Return the failure for a body that is no answer."""
    return Failure("retryable", "invalid-response", f"the provider's answer cannot be used: {why}")


def tool_call(name: Json, arguments: Json) -> dict[str, Json]:
    """Return a tool call as we keep it: name and arguments (parsed where they are JSON), without its random id."""
    if not isinstance(name, str) or not name:
        raise NoAnswerError("a tool call has no name")
    if isinstance(arguments, str):
        try:
            arguments = strict_json(arguments.encode("utf-8", "surrogatepass")) if arguments else {}
        except NoAnswerError:
            return {"name": name, "arguments": storable(arguments)}
    if not storable_tree(arguments):
        raise NoAnswerError("a tool call holds NUL or half a character")
    return {"name": name, "arguments": {} if arguments is None else arguments}


def storable(text: Json) -> str:
    """Return `text` if it is text that can be stored as UTF-8. Raises `NoAnswerError` else."""
    if not isinstance(text, str):
        raise NoAnswerError(f"text expected, got {type(text).__name__}")
    if UNSTORABLE.search(text):
        raise NoAnswerError("the text holds NUL or half a character (a lone surrogate)")
    return text


def storable_tree(value: Json) -> bool:
    """Return whether no string of a JSON value holds NUL or a lone surrogate."""
    return not UNSTORABLE.search(json.dumps(value, ensure_ascii=False).replace("\\u0000", "\0"))


def usage(value: Json) -> Usage:
    """Return the tokens of a `usage` object. Absent or all zero means not known: no call is free of tokens."""
    if value is None:
        return Usage()
    if not isinstance(value, Mapping):
        raise NoAnswerError("usage is no object")
    read, written = _count(value, "prompt_tokens"), _count(value, "completion_tokens")
    details = value.get("prompt_tokens_details")
    cached = _count(details, "cached_tokens") if isinstance(details, Mapping) else None
    return Usage(read, written, cached) if read or written else Usage()


def _completion(body: Json, latency_s: float) -> Completion:
    choices = _object(body, "the body").get("choices")
    if not isinstance(choices, list) or not choices:
        raise NoAnswerError("it has no choices")
    choice = _object(choices[0], "the choice")
    message = _object(choice.get("message"), "the message")
    finish = storable(choice.get("finish_reason") or "stop")
    refusal = storable(message.get("refusal") or "")
    if finish == "content_filter" and not refusal:
        refusal = "content_filter"
    calls = _tool_calls(message.get("tool_calls"))
    text = _text(message.get("content"))
    if text is None and not (calls or refusal or finish == "length"):
        raise NoAnswerError("it has neither text nor tool calls")
    served, build = body.get("model"), body.get("system_fingerprint")
    return Completion(
        text=text or "",
        tool_calls=calls,
        finish_reason=finish,
        refusal=refusal,
        model=storable(served) if served is not None else "",
        usage=usage(body.get("usage")),
        latency_s=latency_s,
        system_fingerprint=storable(build) if isinstance(build, str) else "",
    )


def _text(content: Json) -> str | None:
    if isinstance(content, list):  # parts, as some servers answer; only the text ones are the answer's text
        parts = [_object(part, "a part") for part in content]
        return "".join(storable(part.get("text")) for part in parts if part.get("type") == "text")
    return None if content is None else storable(content)


def _tool_calls(value: Json) -> tuple[Mapping[str, Json], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise NoAnswerError("tool_calls is no list")
    functions = [_object(_object(call, "a tool call").get("function"), "a tool call") for call in value]
    return tuple(tool_call(function.get("name"), function.get("arguments")) for function in functions)


def _object(value: Json, what: str) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise NoAnswerError(f"{what} is no object")
    return value


def _count(value: Mapping[str, Json], key: str) -> int | None:
    count = value.get(key)
    if count is None:
        return None
    if isinstance(count, bool) or not isinstance(count, int | float) or not 0 <= count <= MOST_TOKENS:
        raise NoAnswerError(f"usage.{key} is no number of tokens")
    return int(count)


def _no_constant(name: str) -> NoReturn:
    raise NoAnswerError(f"{name} is not JSON")
