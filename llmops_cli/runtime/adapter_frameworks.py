"""A rendered prompt → the message objects of LangChain and LlamaIndex, which are imported only here."""

import importlib
from typing import Any

from llmops_cli.runtime.adapter_turns import calls_of, refuse_rest, text_of
from llmops_cli.runtime.errors import AdapterError
from llmops_cli.runtime.rendered import Rendered

LLAMA = "LlamaIndex"
PACKAGES = {"LangChain": "langchain-core", LLAMA: "llama-index-core"}


def langchain(rendered: Rendered) -> list[Any]:
    """Return messages as LangChain makes them of chat completions' dicts.

    Objects and not `(role, content)` pairs: a pair is a template to `ChatPromptTemplate`, which would read the
    values in it a second time.
    """
    return list(_module("langchain_core.messages", "LangChain").convert_to_messages(rendered.messages))


def llamaindex(rendered: Rendered) -> list[Any]:
    """Return `ChatMessage`s; tool calls lie in `additional_kwargs`, where LlamaIndex' OpenAI client looks for them."""
    chat_message = _module("llama_index.core.llms", LLAMA).ChatMessage
    made: list[Any] = []
    for message in rendered.messages:
        rest = {key: value for key, value in message.items() if key not in ("role", "content")}
        calls_of(message, LLAMA)
        more = {key: rest.pop(key) for key in ("tool_calls", "tool_call_id", "name") if key in rest}
        refuse_rest(rest, "a message's", LLAMA)
        made.append(chat_message(role=message["role"], content=text_of(message, LLAMA), additional_kwargs=more))
    return made


def _module(name: str, library: str) -> Any:
    """Return the library's module. By its name: it is no dependency, and no type checker must ask for it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise AdapterError(f"{library} is not installed", hint=f"pip install {PACKAGES[library]}") from error
