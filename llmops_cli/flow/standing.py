"""The stored baseline that the gate would compare a prompt with: that of its version at the gate's base."""

from dataclasses import replace

from llmops_cli.errors import GitError, UnknownNameError, UsageError
from llmops_cli.flow.moves import moves
from llmops_cli.flow.place import entry
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.run import head_baseline
from llmops_cli.flow.sides import sides
from llmops_cli.load import labels as label_files
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Arm, Run
from llmops_cli.model.settings import Settings


def standing(project: Project, prompt: Prompt, run: Run) -> Arm | None:
    """Return the baseline of the version that a prompt has at the gate's base; where none is known, of HEAD's.

    An edit that is committed on a branch already is compared with what the branch came from, as the gate does.
    """
    try:
        base = sides(project).base
        found = _at(project, base, prompt, run.plan.evalset) if base else None
    except GitError:
        found = None
    return found or head_baseline(project, run)


def served_before(project: Project, prompt: Prompt, evalset: str) -> list[Arm]:
    """Return the baselines of what labels served at the gate's base where they serve this very version now."""
    try:
        base = sides(project).base
    except GitError:
        return []
    if not base:
        return []
    tree = project.at(base)
    old = read(tree, read_settings(tree), paths=())
    new = read(project.tree, project.settings, paths=())
    touched = [*labels(tree, old.settings.prompts), *labels(project.tree, new.settings.prompts)]
    moved = moves(old, new, touched, (prompt.id, *prompt.aliases)).pairs
    pairs = [pair for pair in moved if pair.after and pair.after.digest == prompt.digest]
    found = (
        stored_for(project, tree, old.settings, replace(pair.before, id=name), evalset)
        for pair in pairs
        if pair.before is not None
        for name in (pair.before.id, *pair.before.aliases)
    )
    return list({arm.digest: arm for arm in found if arm is not None}.values())


def labels(tree: Tree, folder: str) -> list[str]:
    """Return the paths of the label files."""
    return [label_files.place(folder, name) for name in label_files.names(tree, folder)]


def stored_for(project: Project, tree: Tree, settings: Settings, before: Prompt, evalset: str) -> Arm | None:
    """Return the baseline of a version of the base, from the base's files, else from the working tree's."""
    found = read_baseline(tree, settings.baselines, before.id, evalset, before.digest)
    return found or read_baseline(project.tree, project.settings.baselines, before.id, evalset, before.digest)


def stored_at_base(project: Project, prompt: Prompt, evalset: str) -> str:
    """Return how commands name the prompt's version at the gate's base, `id@main`, where its baseline is stored.

    "" where it is none, is this very version, or has none either: an edited version has no baseline yet, and needs
    none to be looked at.
    """
    before = _version_before(project, prompt)
    if before is None or before.digest == prompt.digest or project.repository is None:
        return ""
    base = sides(project).base
    tree = project.at(base)
    if stored_for(project, tree, read_settings(tree), before, evalset) is None:
        return ""
    branch = project.repository.default_branch()
    named = branch if branch and project.repository.resolve(branch) == base else base[:7]
    return f"{before.id}@{named}"


def require_measured(project: Project, prompt: Prompt, evalset: str, *, allow_regress: bool) -> None:
    """Tell that a version which replaces another was compared with nothing; raise where a drop is to be accepted."""
    before = _version_before(project, prompt)
    if before is None or before.digest == prompt.digest:
        return
    what, commit = f"{before.id} on {evalset}", sides(project).base[:7]
    command = f"llmops eval run {before.id}@{commit}, then llmops baseline accept {before.id}@{commit} --reason …"
    if allow_regress:
        message = f"no baseline of {what} as it was at {commit} is stored, so no drop can be measured and accepted"
        raise UsageError(message, hint=f"{command}, then this again")
    project.warn(f"no baseline of {what} as it was at {commit} is stored: nothing was compared ({command})")


def _version_before(project: Project, prompt: Prompt) -> Prompt | None:
    """Return the version that a prompt has at the gate's base; None where it has none, or there is no base."""
    try:
        base = sides(project).base
    except GitError:
        return None
    return _prompt_at(project.at(base), prompt) if base else None


def _prompt_at(tree: Tree, prompt: Prompt) -> Prompt | None:
    settings = read_settings(tree)
    for name in (prompt.id, *prompt.aliases):
        try:
            return entry(tree, settings, name).prompt
        except (UnknownNameError, InvalidFilesError):
            continue
    return None


def _at(project: Project, base: str, prompt: Prompt, evalset: str) -> Arm | None:
    tree = project.at(base)
    before = _prompt_at(tree, prompt)
    return stored_for(project, tree, read_settings(tree), before, evalset) if before else None
