"""The prompts of a project, and which version of each an environment serves."""

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.released import Shelf, label, serving, shelf, shelf_of
from llmops_cli.load.releases import stored
from llmops_cli.model.logged import Labelled
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Listed, Prompt
from llmops_cli.model.release import Label, precedence


def listing(project: Project) -> tuple[Listed, ...]:
    """Return the prompts by id. Raises `InvalidFilesError` for bad files, `UnknownNameError` for none."""
    registry = _registry(project)
    if not registry.entries:
        raise UnknownNameError(f"no prompts below {project.settings.prompts}/", hint="`llmops init` writes a first one")
    return tuple(
        Listed(
            prompt.id,
            prompt.model,
            tuple(variable.name for variable in prompt.variables),
            registry.judges(prompt),
            prompt.digest,
            prompt.source.path,
        )
        for prompt in sorted(registry.prompts.values(), key=lambda prompt: prompt.id)
    )


def labelled(project: Project, name: str) -> tuple[Labelled, ...]:
    """Return which version of each prompt a label serves, by id, also of prompts that are gone.

    Raises `UnknownNameError` for a label that is not there, or one that points at nothing; `UnverifiedError` for a
    release that was edited.
    """
    found = label(project.tree, project.settings, name)
    registry = _registry(project)
    rows = []
    seen: set[str] = set()
    for prompt in registry.prompts.values():
        of = shelf_of(project.tree, project.settings, prompt)
        seen |= {*of.names}
        rows.append(_row(found, of, prompt))
    everything = {*found.serves, *stored(project.tree, project.settings.prompts)[0]}
    rows += [_row(found, shelf(project.tree, project.settings, (gone,)), None) for gone in everything - seen]
    return tuple(sorted(rows, key=lambda row: row.id))


def _registry(project: Project) -> Registry:
    registry = read(project.tree, project.settings)
    errors = [problem for problem in registry.problems if problem.severity == "error"]
    if errors:
        raise InvalidFilesError(errors)
    return registry


def _row(found: Label, of: Shelf, prompt: Prompt | None) -> Labelled:
    key = serving(found, of.names)
    served = found.versions(key)
    for version in served:
        of.release(version)  # raises where it is not there, or was edited
    highest = max(served, key=precedence, default="")
    behind = sum(precedence(version) > precedence(highest) for version in of.versions) if highest else 0
    return Labelled(of.names[0], found.serves.get(key), of.newest, behind, _state(of, prompt))


def _state(of: Shelf, prompt: Prompt | None) -> str:
    if prompt is None:
        return "gone"
    if not of.newest:
        return "unreleased"
    newest = of.release(of.newest)
    same = (newest.digest, newest.interface_digest) == (prompt.digest, prompt.interface_digest)
    return "same" if same else "ahead"
