"""What one rule says of one prompt file, read, resolved and outlined as `validate` does it."""

import importlib
import pkgutil
from dataclasses import replace

from subjects import marked

import llmops_cli.check
from llmops_cli.flow.lint import _subject
from llmops_cli.flow.project import open_project
from llmops_cli.flow.registry import read
from llmops_cli.flow.schemas import Schemas
from llmops_cli.model.prompt import ModelFacts

MODELS = [
    ModelFacts("gpt-4o", 2.5, 10.0, 1.25, 128_000, 16_384, "", None, "cst"),
    ModelFacts("gpt-4", 30.0, 60.0, None, 8_192, 4_096, "", None, "t"),
    ModelFacts("gpt-3.5-turbo-instruct", 1.5, 2.0, None, 4_096, 4_096),
    ModelFacts("o3", 2.0, 8.0, 0.5, 200_000, 100_000, "", None, "rcst"),
    ModelFacts("gpt-5.2", 1.75, 14.0, 0.175, 272_000, 128_000, "", None, "rncst"),
    ModelFacts("claude-sonnet-4-6", 3.0, 15.0, 0.3, 1_000_000, 128_000, "", 1024, "rcstP"),
    ModelFacts("claude-opus-4-7", 5.0, 25.0, 0.5, 1_000_000, 128_000, "", 2048, "rcstPS"),
    ModelFacts("claude-haiku-4-5", 1.0, 5.0, 0.1, 200_000, 64_000, "", 4096, "rcstp"),
    ModelFacts("gemini-2.5-pro", 1.25, 10.0, 0.3, 1_048_576, 65_535, "", 2048, "rcst"),
    ModelFacts("chatgpt-4o-latest", 5.0, 15.0, None, 128_000, 4_096),
    ModelFacts("groq/openai/gpt-oss-120b", 0.1, 0.5, None, 131_072, 32_766, "", None, "rst"),
]


def rule(code: str):
    """The `check` of a rule, by its code."""
    name = next(m.name for m in pkgutil.iter_modules(llmops_cli.check.__path__) if m.name.startswith(code.lower()))
    return importlib.import_module(f"llmops_cli.check.{name}").check


def problems(root, code: str, text: str, *, files=None, config: str = "", path: str = "prompts/p.yaml") -> list:
    """All that one rule finds in a prompt file. `text` may leave out `id: p` and `model: gpt-4o`."""
    head = ("" if "id:" in text else "id: p\n") + ("" if "model:" in text else "model: gpt-4o\n")
    config = f"schema: llmops/config@1\n{config}"
    for name, content in {path: head + text, "llmops.yaml": config, **(files or {})}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    project = open_project(root, variables={"LLMOPS_TODAY": "2026-11-24"})
    registry = read(project.tree, project.settings)
    entry = next((entry for entry in registry.entries if entry.prompt.source.path == path), None)
    assert entry is not None, registry.problems
    with Schemas() as schemas:
        about = _subject(project, registry, entry, schemas, ({}, {entry.prompt.id: ("set",)}, {}))
        found = list(rule(code)(replace(about, known_models={model.name: model for model in MODELS})))
    slug = rule(code).__module__.rpartition(".")[2].partition("_")[2].replace("_", "-")
    for problem in found:
        assert (problem.code, problem.slug) == (code, slug)
        assert problem.source.line
        assert problem.source.column
    return found


def found(root, code: str, text: str, **more) -> list[str]:
    """The same, each as `severity marked text`."""
    return [f"{problem.severity} {marked(problem)}" for problem in problems(root, code, text, **more)]
