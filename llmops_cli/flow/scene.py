"""Both sides of one gate, read once: trees, settings, eval sets, and the pairs of prompts that differ."""

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import PurePosixPath

from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.changes import Pair, changes
from llmops_cli.flow.claims import doubles
from llmops_cli.flow.links import linked
from llmops_cli.flow.moves import Moves, content_of, moves, renamed_of
from llmops_cli.flow.paces import at_known_paces
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.sides import Sides, sides
from llmops_cli.flow.tips import judging, newest
from llmops_cli.load.document import listing
from llmops_cli.load.settings import FILE, gate_policy
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.evalset import EvalSet
from llmops_cli.model.move import Move
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.settings import GatePolicy, Settings
from llmops_cli.model.verdict import PromptVerdict


@dataclass(frozen=True, slots=True)
class Scene:
    """Both sides. `policy` is what judges: the base's settings, once there is a base, with `tip`'s thresholds.

    The registries hold eval sets; of prompts, only what `pairs` needed was read. `tip` is the target branch as it is
    now, where a CI job knows it and it is not the base. `alike` are the pairs in which the model sees no difference;
    `moved` are pairs of releases that labels serve, `rows` what is known of labels at once.
    """

    where: Sides
    base: Registry
    head: Registry
    policy: Settings
    pairs: tuple[Pair, ...]
    unchanged: tuple[str, ...]
    tip: Registry | None = None
    alike: tuple[Pair, ...] = ()
    moved: tuple[Pair, ...] = ()
    rows: tuple[PromptVerdict, ...] = ()

    @property
    def judged(self) -> tuple[Pair, ...]:
        """All that is judged: what prompt files say, then what labels serve."""
        return (*self.pairs, *self.moved)

    @property
    def head_settings(self) -> Settings:
        """How the head is run: its own model names, on the policy's hosts and programs only; in CI at known paces."""
        return replace(self.policy, models=self.head.settings.models)

    @property
    def trusted(self) -> Tree:
        """The tree whose programs may be run."""
        return (self.tip or self.base).tree

    def bar(self, evalset: EvalSet) -> GatePolicy:
        """Return the thresholds with an eval set's own over them: those that it has at the tip; none if it is gone."""
        own = evalset.gate
        if self.tip is not None and evalset.id in {*self.base.evalsets, *self.tip.evalsets}:
            there = self.tip.evalsets.get(evalset.id)
            own = there.gate if there else {}
        return gate_policy(self.policy.gate, own)


def scene(project: Project, *, base: str, head: str, prompts: Sequence[str] = ()) -> Scene:
    """Return what the gate looks at. Raises `GitError` where no base is found, `UsageError` where nothing is there."""
    where = sides(project, base=base, head=head)
    head_tree = project.at(where.head)
    head_settings = read_settings(head_tree) if where.head else project.settings
    if not where.base:
        return _first(where, head_tree, head_settings, prompts)
    base_tree = project.at(where.base)
    if project.environment.in_ci:
        _require_same_root(project, where.base)
    policy = _policy(base_tree, head_settings, strangers=project.environment.in_ci)
    tip = newest(project, where, policy)
    policy = judging(policy, tip.settings) if tip else policy
    if hidden := linked(base_tree, head_tree, policy, head_settings):
        raise InvalidFilesError(hidden)
    if head_settings.found and policy is not head_settings:
        _tell_of_hosts(project, where, policy, head_settings)
    found = changes(base_tree, head_tree, policy, head_settings)
    if claimed := doubles(head_tree, head_settings, found.parsed, found.unread):
        raise InvalidFilesError(claimed)
    if project.environment.in_ci:
        head_settings = at_known_paces(head_settings, {**policy.models, **(tip.settings.models if tip else {})})
    before, after = read(base_tree, policy, paths=()), read(head_tree, head_settings, paths=())
    moved = moves(before, after, found.touched, renamed_of(found.pairs))
    if not found.pairs and not found.untouched and not moved.pairs:
        raise _nothing(head_settings)
    differ = [pair for pair in found.pairs if not pair.same or pair.renamed]
    alike = tuple(pair for pair in found.pairs if pair.same and not pair.renamed)
    unchanged = (*found.untouched, *(pair.id for pair in alike))
    return _with_moves(Scene(where, before, after, policy, tuple(differ), unchanged, tip, alike), moved, prompts)


def _first(where: Sides, tree: Tree, settings: Settings, prompts: Sequence[str]) -> Scene:
    """Return the scene before the first commit: every prompt is new, and the policy is the working tree's."""
    head = read(tree, settings)
    if not head.entries:
        raise _nothing(settings)
    if claimed := doubles(tree, settings, (entry.prompt for entry in head.entries), ()):
        raise InvalidFilesError(claimed)
    pairs = tuple(Pair(None, prompt) for prompt in head.prompts.values())
    moved = moves(None, head, listing(tree, settings.prompts))
    return _with_moves(Scene(where, Registry(tree, settings), head, settings, pairs, ()), moved, prompts)


def _with_moves(found: Scene, moved: Moves, prompts: Sequence[str]) -> Scene:
    """Return the scene with what labels move, of the chosen prompts. What a file's pair judges is not judged twice.

    But a release may have been made with eval sets that the file no longer names: then both are judged.
    """
    own = {content_of(pair): _sets(found, pair) for pair in found.pairs if not pair.same}
    both = [one for one in moved.pairs if content_of(one) in own and _sets(found, one) <= own[content_of(one)]]
    alone = [one for one in moved.pairs if one not in both]
    pairs = [replace(pair, moves=_twice(pair, both)) for pair in found.pairs]
    by_label = {*(pair.id for pair in alone), *(row.id for row in moved.rows)}
    unchanged = [name for name in found.unchanged if name not in by_label]
    others = [*unchanged, *(row.id for row in moved.rows)]
    chosen = _chosen([*pairs, *alone], prompts, others, found.head.settings.prompts)
    wanted = {name for pair in chosen for name in _names(pair)} | {*prompts}
    return replace(
        found,
        pairs=tuple(pair for pair in chosen if not pair.by_label),
        unchanged=tuple(sorted(unchanged)),
        moved=tuple(pair for pair in chosen if pair.by_label),
        rows=tuple(row for row in moved.rows if not prompts or row.id in wanted),
    )


def _sets(found: Scene, pair: Pair) -> frozenset[str]:
    """Return the ids of the eval sets that judge a pair."""
    sides = ((found.base, pair.before), (found.head, pair.after))
    return frozenset(name for side, prompt in sides if prompt is not None for name in side.judges(prompt))


def _twice(pair: Pair, moved: Sequence[Pair]) -> tuple[Move, ...]:
    """Return the moves of labels that a file's pair stands for."""
    if pair.same:
        return ()
    return tuple(move for one in moved if content_of(one) == content_of(pair) for move in one.moves)


def _require_same_root(project: Project, base: str) -> None:
    """Raise `UsageError` where the change moves the project's folder: a llmops.yaml of its own would hide prompts."""
    tree = project.git().tree(base)
    folders = (project.start, *(str(one) for one in PurePosixPath(project.start).parents))
    names = ["" if folder == "." else folder for folder in folders]
    files = tree.entries("")
    root = next((name for name in names if posixpath.join(name, FILE) in files), None)
    if root is None:
        root = "" if listing(tree, Settings().prompts) else project.prefix
    root = _behind_link(project, files) or root
    if root != project.prefix:
        here, there = (posixpath.join(name, FILE) for name in (project.prefix, root))
        message = (
            f"this change moves the project from {root or '.'} to {project.prefix or '.'}: "
            f"it adds or removes {FILE}, or puts a symbolic link in a folder's place"
        )
        hint = f"run the gate with -C at the folder of {there}; once {here} is merged it counts"
        raise UsageError(message, hint=hint)


def _behind_link(project: Project, files: Iterable[str]) -> str:
    """Return the folder of another project of the base that is a link to this one by now; "" where there is none."""
    others = (posixpath.dirname(path) for path in files if path.endswith(f"/{FILE}"))
    top, here = project.git().top, project.root.resolve()
    return next((one for one in others if one != project.prefix and (top / one).resolve() == here), "")


def _policy(base: Tree, head: Settings, *, strangers: bool) -> Settings:
    """Return the base's settings; the head's, where the base has no llmops.yaml yet and no stranger wrote one."""
    settings = read_settings(base)
    return settings if settings.found or strangers else head


def _tell_of_hosts(project: Project, where: Sides, policy: Settings, head: Settings) -> None:
    """Say where the head's hosts or programs are not asked: a change must not choose who answers it."""
    for key, old, new in (("endpoints", policy.endpoints, head.endpoints), ("exec", policy.exec, head.exec)):
        if old != new:
            what = f"llmops.yaml: the `{key}:` of the base {where.base[:7]} count, not those that this change edits"
            project.warn(f"{what}; to use these, commit them to the base first")


def _nothing(settings: Settings) -> UsageError:
    hint = "`llmops init` writes a first one; `prompts:` in llmops.yaml names the folder"
    return UsageError(f"nothing to gate: no prompts below {settings.prompts}/ on either side", hint=hint)


def _chosen(pairs: Sequence[Pair], prompts: Sequence[str], others: Sequence[str], folder: str) -> tuple[Pair, ...]:
    """Return the pairs that the names mean. Raises `UnknownNameError` for a name that means nothing: no quiet pass."""
    if not prompts:
        return tuple(pairs)
    known = {name for pair in pairs for name in _names(pair)} | {*others}
    wanted = set()
    for given in prompts:
        name = given.removeprefix("./").removeprefix(f"{folder}/") if given.endswith((".yaml", ".yml")) else given
        name = name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".prompt")
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean {near[0]}?" if near else "the gate takes ids or paths of prompts on either side"
            raise UnknownNameError(f"no prompt {given!r} to gate", hint=hint)
        wanted.add(name)
    return tuple(pair for pair in pairs if wanted & _names(pair))


def _names(pair: Pair) -> set[str]:
    return {name for side in (pair.before, pair.after) if side for name in (side.id, *side.aliases)}
