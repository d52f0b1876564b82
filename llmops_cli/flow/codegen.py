"""Prompts of the working tree or of a label → a module of typed functions."""

from collections.abc import Container, Sequence

from llmops_cli.errors import FindingsError, UnknownNameError
from llmops_cli.flow.bundle import gather
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.script import script
from llmops_cli.model.frozen import thaw
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import precedence
from llmops_cli.render.errors import RenderError
from llmops_cli.render.identity import identify
from llmops_cli.report import codegen_py, codegen_ts


def chosen(project: Project, ids: Sequence[str], label: str) -> tuple[Prompt, ...]:
    """Return the prompts that a label serves (of a split the newest), or those of the working tree, sorted by id.

    Raises `FindingsError` where the versions of a split do not take the same values.
    """
    if not label:
        return _edited(project, ids)
    found = []
    for name, releases in sorted(gather(project, ids, [label]).prompts.items()):
        if len({release.interface_digest for release in releases.values()}) > 1:
            versions = ", ".join(sorted(releases))
            hint = "codegen once the split has ended, or name the other prompts"
            raise FindingsError(f"{label} splits {name} between {versions}, which take different values", hint=hint)
        newest = max(releases, key=precedence)
        found.append(identify(thaw(name, newest, releases[newest].content)))
    return tuple(found)


def _edited(project: Project, ids: Sequence[str]) -> tuple[Prompt, ...]:
    registry = read(project.tree, project.settings, sets=False)
    if ids:
        found = {prompt.id: prompt for prompt in (registry.find(name) for name in ids)}
    else:
        errors = [problem for problem in registry.problems if problem.severity == "error"]
        if errors:
            raise InvalidFilesError(errors)
        found = dict(registry.prompts)
    if not found:
        raise UnknownNameError("there is no prompt", hint="`llmops prompt new ID` writes one")
    return tuple(found[name] for name in sorted(found))


def python(prompts: Sequence[Prompt], label: str) -> str:
    """Return the Python module."""
    return codegen_py.module(prompts, label)


def typescript(prompts: Sequence[Prompt], label: str, endpoints: Container[str] = ()) -> str:
    """Return the TypeScript module. Raises `FindingsError` that names each prompt which TypeScript cannot render."""
    scripts, refused = [], []
    for prompt in prompts:
        try:
            scripts.append(script(prompt))
        except RenderError as error:
            refused.append(f"{prompt.id}: {error.message}")
    if refused:
        hint = "name the others, or load these from Python; TypeScript renders text with {{ name }} only"
        head = f"{len(refused)} of {len(prompts)} prompts cannot be written"
        raise FindingsError("\n  ".join([head, *refused]), hint=hint)
    return codegen_ts.module(scripts, label, endpoints)
