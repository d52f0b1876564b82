"""Prompts, and what a label serves of them, as text and as JSON."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from llmops_cli.model.logged import Labelled
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


def labelled_text(label: str, rows: Iterable[Labelled]) -> str:
    """Return a table: prompt, what the label serves, the newest release, whether the working tree went on."""
    words = {"same": "as released", "ahead": "changed since", "unreleased": "not released", "gone": "gone"}
    head = ("prompt", label, "newest release", "working tree")
    body = []
    for row in rows:
        behind = f"  ({row.behind} behind)" if row.behind else ""
        body.append((row.id, _serves(row.serves), f"{row.newest or '–'}{behind}", words[row.tree]))
    return table([head, *body])


def labelled_document(label: str, rows: Iterable[Labelled]) -> dict[str, Any]:
    """Return what a label serves, as JSON. `stale`: a newer release is there; `ahead`: the tree changed since."""
    return {
        "schema": "llmops/labelled@1",
        "label": label,
        "prompts": [
            {
                "id": row.id,
                "serves": dict(row.serves) if isinstance(row.serves, Mapping) else row.serves,
                "newest": row.newest or None,
                "stale": row.behind > 0,
                "behind": row.behind,
                "ahead": row.tree == "ahead",
                "working_tree": row.tree,
            }
            for row in rows
        ],
    }


def _serves(serves: str | Mapping[str, int] | None) -> str:
    if serves is None:
        return "–"
    return serves if isinstance(serves, str) else ", ".join(f"{key}: {weight}" for key, weight in serves.items())


def inline(values: Mapping[str, Any]) -> str:
    """Return values on one line, as `name value`."""
    return " ".join(f"{key} {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
