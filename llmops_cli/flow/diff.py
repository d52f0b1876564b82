"""What prompts mean on two sides, with the eval sets, tokens and costs that a change touches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llmops_cli.compare.prompts import diff as compare
from llmops_cli.compare.prompts import static_text
from llmops_cli.errors import UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.changes import Pair, changes
from llmops_cli.flow.cost import price_of, tokens
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.load.baselines import stored
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.diff import AffectedSet, PromptDiff, Tokens
from llmops_cli.model.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Differences:
    """The diffs, sorted by id, and how many prompts are the same."""

    diffs: tuple[PromptDiff, ...]
    unchanged: int


def diff(project: Project, addresses: Sequence[str], *, base: str = "", head: str = "") -> Differences:
    """Return what differs: two addresses; one, between its two sides; or every prompt, between HEAD and working tree.

    `base` compares with its merge base with the head. Raises `UsageError` for more than two addresses.
    """
    if len(addresses) > 2:  # noqa: PLR2004 - a diff has two sides
        raise UsageError("a diff has two sides", hint="llmops prompt diff ID, or ID@REF ID@REF")
    two_files = len(addresses) == 2  # noqa: PLR2004 - see above
    if two_files:
        before, after = (find(project, address) for address in addresses)
        pair = Pair(before.prompt, after.prompt)
        return Differences(_filled(project, [(pair, before.name, after.name)]), 0)
    return _trees(project, addresses[0] if addresses else "", base, head)


def _trees(project: Project, address: str, base: str, head: str) -> Differences:
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
    if not common:
        registry = read(new, project.settings)
        pairs = [Pair(None, prompt) for prompt in registry.prompts.values()]
        untouched: tuple[str, ...] = ()
    else:
        found = changes(old, new, read_settings(old), project.settings if not top else read_settings(new))
        pairs, untouched = list(found.pairs), found.untouched
    if name:
        pairs = [pair for pair in pairs if _named(pair, name)]
        if not pairs:
            find(project, name)  # raises where there is no such prompt
    labels = (base or ref or (common[:7] if head else "HEAD")), (head or "worktree")
    return Differences(_filled(project, [(pair, *labels) for pair in pairs]), len(untouched))


def _named(pair: Pair, name: str) -> bool:
    sides = [prompt for prompt in (pair.before, pair.after) if prompt]
    return any(name == prompt.id or name in prompt.aliases or name == prompt.source.path for prompt in sides)


def _filled(project: Project, pairs: Sequence[tuple[Pair, str, str]]) -> tuple[PromptDiff, ...]:
    """Return the diffs with tokens, prices and eval sets."""
    if not pairs:
        return ()
    registry = read(project.tree, project.settings, paths=())
    baselines = stored(project.tree, project.settings.baselines)
    diffs = []
    for pair, before, after in pairs:
        found = compare(pair.before, pair.after, before_name=before, after_name=after)
        prompt = pair.after or pair.before
        sets = registry.judges(prompt) if prompt else ()
        digests = {(row[1], row[2]) for row in baselines if prompt and row[0] == prompt.id}
        diffs.append(
            replace(
                found,
                tokens=Tokens(_count(pair.before), _count(pair.after)),
                cost_before_usd=_cost(pair.before),
                cost_after_usd=_cost(pair.after),
                evalsets=tuple(AffectedSet(name, None, _state(name, digests, pair)) for name in sets),
            )
        )
    return tuple(diffs)


def _count(prompt: Prompt | None) -> int:
    return tokens(static_text(prompt)) if prompt else 0


def _cost(prompt: Prompt | None) -> float | None:
    """Return the price of one call without its variables' text: static tokens in, `max_tokens` out."""
    facts = price_of(prompt.resolved_model) if prompt else None
    if prompt is None or facts is None or facts.input_usd is None:
        return None
    out = prompt.params.get("max_tokens")
    answer = facts.output_usd * out if facts.output_usd is not None and isinstance(out, int) else 0.0
    return (facts.input_usd * _count(prompt) + answer) / 1_000_000


def _state(name: str, digests: set[tuple[str, str]], pair: Pair) -> str:
    have = {digest for evalset, digest in digests if evalset == name}
    if not have:
        return "no baseline"
    if pair.after and pair.after.digest[:12] in have:
        return "baseline"
    stale = pair.before.digest[:12] if pair.before and pair.before.digest[:12] in have else min(have)
    return f"baseline is for sha256:{stale[:4]} → stale"
