"""A request as text and as JSON: what a provider would be sent."""

import json
from typing import Any

from llmops_cli.model.completion import Request
from llmops_cli.report.prompts import inline
from llmops_cli.report.sanitize import terminal


def document(request: Request) -> dict[str, Any]:
    """Return a request as JSON: what a provider would be sent."""
    return {
        "schema": "llmops/request@1",
        "model": request.model,
        "params": dict(request.params),
        "messages": [dict(message) for message in request.messages],
        "tools": [dict(tool) for tool in request.tools],
        "response_format": dict(request.response_format) if request.response_format else None,
        "digest": request.digest,
    }


def text(request: Request) -> str:
    """Return a request for people: each message under its role."""
    lines = [f"model {request.model}   {inline(request.params)}".rstrip()]
    for message in request.messages:
        content = message.get("content")
        body = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        lines += ["", f"── {message.get('role')}", body.rstrip("\n")]
    return terminal("\n".join(lines))
