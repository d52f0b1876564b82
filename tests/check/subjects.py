"""Subjects for rules: a file's text, read as the loader reads it, with facts written by hand."""

import re
from dataclasses import replace
from pathlib import Path

from llmops_cli.load import prompts
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.problem import Subject
from llmops_cli.model.prompt import ModelFacts, NameUse, TemplateFacts, Variable
from llmops_cli.model.source import Source

MODELS = {
    "claude-sonnet-4-6": ModelFacts("claude-sonnet-4-6", 3.0, 15.0),
    "gpt-4o": ModelFacts("gpt-4o", 2.5, 10.0),
    "old-model": ModelFacts("old-model", 1.0, 1.0, retires="2026-03-01"),
}
DOUBLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
SINGLE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


def subject(root: Path, text: str, *, path: str = "prompts/p.yaml", **changes) -> Subject:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    prompt, document, problems = prompts.read(WorkTree(root), path, "prompts")
    assert prompt is not None, problems
    facts = _facts(prompt.texts)
    if "variables" not in document.value:
        names = dict.fromkeys(use.name for use in facts.variables)
        prompt = replace(prompt, variables=tuple(Variable(name, declared=False) for name in names))
    given = {
        "prompt": prompt,
        "raw": document.value,
        "document": document,
        "facts": facts,
        "evalsets": ("set",),
        "ids": {name: [prompt.source] for name in (prompt.id, *prompt.aliases)},
        "models": {"fast": "gpt-4o"},
        "known_models": MODELS,
        "today": "2026-01-10",
        "endpoints": frozenset({"local"}),
        "folder": "prompts",
    }
    return Subject(**{**given, **changes})


def _facts(texts) -> TemplateFacts:
    double = [NameUse(m[1], i, m.start(1)) for i, t in enumerate(texts) for m in DOUBLE.finditer(t.content)]
    single = [NameUse(m[1], i, m.start()) for i, t in enumerate(texts) for m in SINGLE.finditer(t.content)]
    return TemplateFacts(variables=tuple(double), braces=tuple(single), has_double=bool(double))


def marked(problem) -> str:
    """The characters that the carets stand under."""
    start = problem.source.column - 1
    return problem.excerpt[start : start + problem.width]


def elsewhere(path: str) -> list[Source]:
    return [Source("prompts/p.yaml", 1, 1), Source(path, 1, 1)]
