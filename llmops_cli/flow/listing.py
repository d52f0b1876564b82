"""The prompts of a project, and one of them through git."""

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.address import find
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.model.commit import Commit
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Listed


def listing(project: Project) -> tuple[Listed, ...]:
    """Return the prompts by id. Raises `InvalidFilesError` for bad files, `UnknownNameError` for none."""
    registry: Registry = read(project.tree, project.settings)
    errors = [problem for problem in registry.problems if problem.severity == "error"]
    if errors:
        raise InvalidFilesError(errors)
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


def history(project: Project, name: str, limit: int) -> tuple[Commit, ...]:
    """Return the commits that changed a prompt's file, newest first."""
    path = find(project, name).prompt.source.path
    inside = f"{project.prefix}/{path}" if project.prefix else path
    found = project.git().log(inside, limit)
    if not found:
        raise UnknownNameError(f"{path} is in no commit yet", hint="git add it and commit")
    return found
