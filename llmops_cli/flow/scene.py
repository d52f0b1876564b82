"""Both sides of one gate, read once: trees, settings, eval sets, and the pairs of prompts that differ."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llmops_cli.errors import UsageError
from llmops_cli.flow.changes import Pair, changes
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.sides import Sides, sides
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.ports import Tree
from llmops_cli.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Scene:
    """Both sides. `policy` is what judges: the base's settings, once there is a base.

    The registries hold eval sets; of prompts, only what `pairs` needed was read.
    """

    where: Sides
    base: Registry
    head: Registry
    policy: Settings
    pairs: tuple[Pair, ...]
    unchanged: tuple[str, ...]

    @property
    def head_settings(self) -> Settings:
        """How the head is run: its own model names, on the policy's hosts and programs only."""
        return replace(self.policy, models=self.head.settings.models)

    @property
    def trusted(self) -> Tree:
        """The tree whose programs may be run."""
        return self.base.tree


def scene(project: Project, *, base: str, head: str, prompts: Sequence[str] = ()) -> Scene:
    """Return what the gate looks at. Raises `GitError` where no base is found, `UsageError` where nothing is there."""
    where = sides(project, base=base, head=head)
    head_tree = project.at(where.head)
    head_settings = read_settings(head_tree) if where.head else project.settings
    if not where.base:
        return _first(where, head_tree, head_settings, prompts)
    base_tree = project.at(where.base)
    policy = _policy(base_tree, head_settings, strangers=project.environment.in_ci)
    found = changes(base_tree, head_tree, policy, head_settings)
    if not found.pairs and not found.untouched:
        raise _nothing(head_settings)
    differ = [pair for pair in found.pairs if not pair.same or pair.renamed]
    same = [pair.id for pair in found.pairs if pair.same and not pair.renamed]
    return Scene(
        where,
        read(base_tree, policy, paths=()),
        read(head_tree, head_settings, paths=()),
        policy,
        _chosen(differ, prompts),
        tuple(sorted([*found.untouched, *same])),
    )


def _first(where: Sides, tree: Tree, settings: Settings, prompts: Sequence[str]) -> Scene:
    """Return the scene before the first commit: every prompt is new, and the policy is the working tree's."""
    head = read(tree, settings)
    if not head.entries:
        raise _nothing(settings)
    pairs = [Pair(None, prompt) for prompt in head.prompts.values()]
    return Scene(where, Registry(tree, settings), head, settings, _chosen(pairs, prompts), ())


def _policy(base: Tree, head: Settings, *, strangers: bool) -> Settings:
    """Return the base's settings; the head's, where the base has no llmops.yaml yet and no stranger wrote one."""
    settings = read_settings(base)
    return settings if settings.found or strangers else head


def _nothing(settings: Settings) -> UsageError:
    hint = "`llmops init` writes a first one; `prompts:` in llmops.yaml names the folder"
    return UsageError(f"nothing to gate: no prompts below {settings.prompts}/ on either side", hint=hint)


def _chosen(pairs: Sequence[Pair], prompts: Sequence[str]) -> tuple[Pair, ...]:
    wanted = set(prompts)
    sides_of = ((pair, {side.id for side in (pair.before, pair.after) if side}) for pair in pairs)
    return tuple(pair for pair, ids in sides_of if not wanted or wanted & ids)
