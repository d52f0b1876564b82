"""Prompt files → Prompts."""

import posixpath
from typing import Any

from llmops_cli.load.document import below, files
from llmops_cli.load.document import read as read_document
from llmops_cli.load.files import Files
from llmops_cli.load.ids import from_path, is_slug, normal_version, split_version
from llmops_cli.load.prompt_parts import Part, constants, examples, messages, output, params, tools, variables
from llmops_cli.load.schema import check
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Document, Problem
from llmops_cli.model.prompt import Prompt


def discover(tree: Tree, folder: str) -> tuple[str, ...]:
    """Return the paths of the prompt files below a folder, sorted; hidden folders such as `.releases` are skipped."""
    return files(tree, folder)


def read(tree: Tree, path: str, folder: str) -> tuple[Prompt | None, Document | None, list[Problem]]:
    """Return the prompt, its file and every problem; no prompt where one of them is an error.

    A `prompt:` wrapper is taken off: the document's value is what stands below it. A file outside `folder` is read
    as if its own folder were the prompts folder.
    """
    document, problems = read_document(tree, path)
    if document is None:
        return None, None, problems
    problems += check(document, "prompt")
    if isinstance(document.value, dict) and isinstance(document.value.get("prompt"), dict):
        document = below(document, "prompt")
    if problems:
        return None, document, problems
    if folder not in ("", ".") and not path.startswith(f"{folder.rstrip('/')}/"):
        folder = posixpath.dirname(path)
    part = Part(document, Files(tree, folder, document))
    prompt = _prompt(part, path, folder)
    problems = [*part.problems, *part.files.problems]
    return None if problems else prompt, document, problems


def _prompt(part: Part, path: str, folder: str) -> Prompt:
    raw: dict[str, Any] = part.document.value
    name, version, old = _name(part, raw.get("id") or from_path(path, folder))
    return Prompt(
        id=name,
        model=raw["model"],
        messages=messages(part),
        source=part.document.where("id"),
        params=params(part),
        variables=variables(part),
        constants=constants(part),
        literals=tuple(raw.get("literals", ())),
        examples=examples(part),
        tools=tools(part),
        output=output(part),
        evals=tuple(raw.get("evals", ())),
        version=version,
        description=raw.get("description", ""),
        owners=tuple(raw.get("owners", ())),
        tags=tuple(raw.get("tags", ())),
        aliases=tuple(dict.fromkeys([*raw.get("aliases", ()), *old])),
        extra={key: value for key, value in raw.items() if key.startswith("x-")},
        files=tuple(dict.fromkeys(part.files.used)),
    )


def _name(part: Part, raw_id: str) -> tuple[str, str, tuple[str, ...]]:
    """Return id, version and the old id, if it had the version in it."""
    name, version = split_version(raw_id)
    if not is_slug(name):
        hint = "letters, digits, `.`, `_` and `-`, in parts divided by `/`"
        part.report("LF041", f"{raw_id!r} is no id", "id", hint=hint)
    said = part.document.value.get("version", "")
    if isinstance(said, str) and said:
        normal = normal_version(said)
        if not normal:
            part.report("LF023", f"version must be like 3.2.0, not {said!r}", "version")
        elif version and normal != version:
            part.report("LF043", f"version is {normal}, but the id says {version}", "version")
        version = normal
    return name, version, (raw_id,) if name != raw_id else ()
