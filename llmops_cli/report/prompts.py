"""Prompts, requests and their history as text and as JSON."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from llmops_cli.model.commit import Commit
from llmops_cli.model.prompt import Listed, Message, Prompt
from llmops_cli.report.sanitize import terminal


def list_text(prompts: Iterable[Listed]) -> str:
    """Return a table: id, model, variables, eval sets, digest."""
    head = ("prompt", "model", "variables", "eval sets", "digest")
    rows = [
        (one.id, one.model, ", ".join(one.variables) or "–", ", ".join(one.evalsets) or "–", one.digest[:12])
        for one in prompts
    ]
    return table([head, *rows])


def list_document(prompts: Iterable[Listed]) -> dict[str, Any]:
    """Return the listing as JSON."""
    return {
        "schema": "llmops/prompts@1",
        "prompts": [
            {
                "id": one.id,
                "model": one.model,
                "variables": list(one.variables),
                "evalsets": list(one.evalsets),
                "digest": one.digest,
                "path": one.path,
            }
            for one in prompts
        ],
    }


def table(rows: list[tuple[str, ...]]) -> str:
    """Return rows as columns, two spaces apart, nothing behind the last."""
    clean = [tuple(terminal(cell) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in clean) for column in range(len(clean[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in clean)
    return "\n".join(line.rstrip() for line in lines)


def show_document(prompt: Prompt) -> dict[str, Any]:
    """Return a resolved prompt as JSON."""
    return {
        "schema": "llmops/prompt-shown@1",
        "id": prompt.id,
        "version": prompt.version or None,
        "aliases": list(prompt.aliases),
        "description": prompt.description,
        "model": prompt.model,
        "resolved_model": prompt.resolved_model,
        "params": dict(prompt.params),
        "variables": [
            {
                "name": variable.name,
                "schema": dict(variable.schema),
                "required": variable.required,
                **({"default": variable.default} if variable.has_default else {}),
                "declared": variable.declared,
            }
            for variable in prompt.variables
        ],
        "constants": dict(prompt.constants),
        "messages": [
            {"role": message.role, "content": message.content}
            if isinstance(message, Message)
            else {"placeholder": message.name}
            for message in prompt.messages
        ],
        "tools": list(prompt.tools),
        "output": dict(prompt.output),
        "evals": list(prompt.evals),
        "digest": prompt.digest,
        "interface_digest": prompt.interface_digest,
        "path": prompt.source.path,
    }


def show_text(prompt: Prompt) -> str:
    """Return a resolved prompt for people."""
    lines = [f"{prompt.id}{'  ' + prompt.version if prompt.version else ''}   {prompt.source.path}"]
    if prompt.description:
        lines.append(f"  {prompt.description}")
    model = prompt.model if prompt.model == prompt.resolved_model else f"{prompt.model} → {prompt.resolved_model}"
    lines.append(f"  model      {model}   {inline(prompt.params)}")
    for variable in prompt.variables:
        need = "required" if variable.required else "optional"
        guess = "" if variable.declared else ", not declared"
        lines.append(f"  variable   {variable.name}: {variable.type}, {need}{guess}")
    lines += [f"  constant   {name} = {value}" for name, value in prompt.constants.items()]
    if prompt.evals:
        lines.append(f"  evals      {', '.join(prompt.evals)}")
    lines.append(f"  digest     sha256:{prompt.digest}")
    lines.append(f"  interface  sha256:{prompt.interface_digest}")
    for message in prompt.messages:
        if isinstance(message, Message):
            lines += ["", f"── {message.role}", message.content.rstrip("\n")]
        else:
            lines += ["", f"── {{{{ {message.name} }}}} (earlier turns)"]
    return terminal("\n".join(lines))


def log_text(commits: Iterable[Commit]) -> str:
    """Return one line a commit."""
    return table([(one.id[:10], one.date[:10], one.author, one.subject) for one in commits])


def log_document(commits: Iterable[Commit]) -> dict[str, Any]:
    """Return the history as JSON."""
    return {
        "schema": "llmops/log@1",
        "commits": [
            {"id": one.id, "author": one.author, "email": one.email, "date": one.date, "subject": one.subject}
            for one in commits
        ],
    }


def inline(values: Mapping[str, Any]) -> str:
    """Return values on one line, as `name value`."""
    return " ".join(f"{key} {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
