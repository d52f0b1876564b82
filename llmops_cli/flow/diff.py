"""What prompts mean on two sides, with the eval sets, tokens and costs that a change touches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llmops_cli.compare.prompts import diff as compare
from llmops_cli.errors import GitError, UnknownNameError, UsageError
from llmops_cli.flow.changes import Pair, changes
from llmops_cli.flow.diff_effects import Effects, checked_case
from llmops_cli.flow.place import Found
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.undeclared import with_used_names
from llmops_cli.load.document import listing
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.diff import PromptDiff
from llmops_cli.model.ports import Tree
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Settings

NOW = ("worktree", "HEAD", "")
"""Right sides that the next release would be made of: of two old ones none is."""


@dataclass(frozen=True, slots=True)
class Differences:
    """The diffs, sorted by id, and how many prompts are the same."""

    diffs: tuple[PromptDiff, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair and the names of its sides; the files of the side before, which say what was released of it."""

    pair: Pair
    before: str
    after: str
    tree: Tree
    settings: Settings


@dataclass(frozen=True, slots=True)
class Cases:
    """Which cases to show as they render: those that differ, or one, `SET#ID`."""

    rendered: bool = False
    case: str = ""


def diff(
    project: Project, addresses: Sequence[str], *, base: str = "", head: str = "", show: Cases = Cases()
) -> Differences:
    """Return what differs: two addresses; one, between its two sides; or every prompt, between HEAD and working tree.

    `base` compares with its merge base with the head. Raises `UsageError` for more than two addresses.
    """
    if len(addresses) > 2:  # noqa: PLR2004 - a diff has two sides
        raise UsageError("a diff has two sides", hint="llmops prompt diff ID, or ID@REF ID@REF")

    def effects() -> Effects:
        registry = read(project.tree, project.settings, paths=())
        case = checked_case(registry, show.case) if show.case else ""
        return Effects(project, registry, _baselines(project), show.rendered, case)

    if len(addresses) == 2:  # noqa: PLR2004 - see above
        from llmops_cli.flow.address import find  # here and below: 10 ms, releases and labels

        return Differences(_filled([_compared(*(find(project, address) for address in addresses))], effects), 0)
    if len(addresses) == 1 and "@" in addresses[0] and not (base or head):
        pinned = _since(project, addresses[0])
        if pinned is not None:
            return Differences(_filled([pinned], effects), 0)
    found, untouched = _trees(project, addresses[0] if addresses else "", base, head)
    return Differences(_filled(found, effects), untouched)


def _compared(before: Found, after: Found) -> Compared:
    return Compared(Pair(before.prompt, after.prompt), before.name, after.name, before.tree, before.settings)


def _since(project: Project, address: str) -> Compared | None:
    """Return a release, label, digest or revision of a prompt against its working tree.

    None where a revision is named that has no such prompt: then it is new, or had another name.
    """
    from llmops_cli.flow.address import find, parse

    name, ref = parse(address).name, parse(address).ref
    try:
        return _compared(find(project, address), find(project, name))
    except UnknownNameError:
        if not _is_revision(project, ref):
            raise
        return None


def _is_revision(project: Project, ref: str) -> bool:
    try:
        return bool(project.git().resolve(ref))
    except GitError:
        return False


def _trees(project: Project, address: str, base: str, head: str) -> tuple[list[Compared], int]:
    name, _, ref = address.partition("@")
    repository = project.git()
    top = repository.resolve(head) if head else ""
    start = top or repository.head()
    if base or ref:
        commit = repository.resolve(base or ref)
        common = (repository.merge_base(commit, start) if base and start else None) or commit
    elif head:
        parents = repository.parents(top)
        common = parents[0] if parents else ""
    else:
        common = start
    old, new = (project.at(common), project.at(top)) if common else (project.tree, project.at(top))
    settings = read_settings(old) if common else project.settings
    if not common:
        registry = read(new, project.settings)
        pairs = [Pair(None, prompt) for prompt in registry.prompts.values()]
        untouched: tuple[str, ...] = ()
    else:
        found = changes(old, new, settings, project.settings if not top else read_settings(new))
        pairs, untouched = list(found.pairs), found.untouched
    if name:
        pairs = [pair for pair in pairs if _named(pair, name)]
        if not pairs:
            from llmops_cli.flow.address import find

            find(project, name)  # raises where there is no such prompt
    labels = (base or ref or (common[:7] if head else "HEAD")), (head or "worktree")
    return [Compared(pair, *labels, old, settings) for pair in pairs], len(untouched)


def _named(pair: Pair, name: str) -> bool:
    sides = [prompt for prompt in (pair.before, pair.after) if prompt]
    return any(name == prompt.id or name in prompt.aliases or name == prompt.source.path for prompt in sides)


def _filled(found: Sequence[Compared], effects: Callable[[], Effects]) -> tuple[PromptDiff, ...]:
    """Return the diffs with tokens, prices, eval sets, cases and call sites."""
    if not found:
        return ()
    fill = effects()
    diffs = []
    for one in found:
        said = compared(one.pair.before, one.pair.after, before_name=one.before, after_name=one.after)
        diffs.append(fill.filled(said, one.pair, released(one)))
    return tuple(diffs)


def released(one: Compared) -> str:
    """Return the version that the side before gives itself, else its newest release; "" where none is to follow.

    Not the newest of all: what a branch has released itself is no part of what it is compared with.
    """
    prompt = one.pair.before or one.pair.after
    if one.after not in NOW or prompt is None or prompt.version:
        return prompt.version if prompt and one.after in NOW else ""
    folder = f"{one.settings.prompts}/.releases/{prompt.id}"
    names = [path.removeprefix(f"{folder}/").removesuffix(".yaml") for path in listing(one.tree, folder)]
    if not names:
        return ""
    from llmops_cli.model.release import is_version, precedence

    return max((name for name in names if is_version(name)), key=precedence, default="")


def _baselines(project: Project) -> Sequence[tuple[str, str, str, str]]:
    if not listing(project.tree, project.settings.baselines):
        return ()
    from llmops_cli.load.baselines import stored  # 10 ms: runs and their rows

    return stored(project.tree, project.settings.baselines)


def compared(before: Prompt | None, after: Prompt | None, *, before_name: str, after_name: str) -> PromptDiff:
    """Return what differs between two resolved prompts, names that are used without being declared among it."""
    one, other = (with_used_names(side) if side else None for side in (before, after))
    return compare(one, other, before_name=before_name, after_name=after_name)
