"""What an edit touches besides the contract: tokens, the cached prefix, cost, eval sets, cases, call sites."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from llmops_cli.compare.prompts import static_text
from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.cost import price_of, tokens
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry
from llmops_cli.flow.rendered_diff import case_words, first_words, light, rendered_set
from llmops_cli.model.diff import AffectedSet, CachedPrefix, ChangeClass, PromptDiff, RenderedSet, TextChange, Tokens
from llmops_cli.model.prompt import Message, Prompt
from llmops_cli.render.pieces import split

if TYPE_CHECKING:
    from llmops_cli.model.usage import Calls, CallSite

GLANCES = 5
"""Prompts whose cases are looked at unasked: with more of them a diff would not be quick any more."""
SHOWN_CASES = 5
_CONSTANT = re.compile(r"\{([A-Za-z_]\w*)\}")
_INCLUDE = re.compile(r"\{%[-+]?\s*include\s+(['\"])(.+?)\1\s*[-+]?%\}")


@dataclass(slots=True)
class Effects:
    """Fills diffs in. Call sites are looked for once, and only if a diff breaks a contract.

    `rendered` asks for all cases and shows the first that differ; `case` ("SET#ID") asks for one.
    """

    project: Project
    registry: Registry
    baselines: Sequence[tuple[str, str, str, str]]
    rendered: bool = False
    case: str = ""
    glances: int = GLANCES
    _sites: "tuple[CallSite, ...] | None" = field(default=None)

    def filled(self, found: PromptDiff, pair: Pair, released: str = "") -> PromptDiff:
        """Return the diff with everything that it touches; `released` is the version that the next one follows."""
        prompt = pair.after or pair.before
        names = self.registry.judges(prompt) if prompt else ()
        digests = {(row[1], row[2]) for row in self.baselines if prompt and row[0] == prompt.id}
        looked = tuple(self._rendered(pair, names))
        medians = next(((one.median_before, one.median_after) for one in looked if one.median_after), (None, None))
        breaking = found.change_class is ChangeClass.BREAKING
        return replace(
            found,
            tokens=Tokens(_count(pair.before), _count(pair.after)),
            cost_before_usd=_cost(pair.before, medians[0]),
            cost_after_usd=_cost(pair.after, medians[1]),
            evalsets=tuple(AffectedSet(name, None, _state(name, digests, pair)) for name in names),
            released=released,
            calls=self._calls(pair) if breaking else None,
            prefix=cached_prefix(pair.before, pair.after) if pair.before and pair.after else None,
            rendered=looked,
            shown_cases=tuple(self._shown(pair, looked)),
        )

    def _calls(self, pair: Pair) -> "Calls":
        from llmops_cli.flow.usages import held_against, quick_sites  # 10 ms: ast

        if self._sites is None:
            self._sites = quick_sites(self.project)
        return held_against(self._sites, pair.before, pair.after)

    def _rendered(self, pair: Pair, names: Sequence[str]) -> Iterator[RenderedSet]:
        before, after = pair.before, pair.after
        if before is None or after is None or pair.same:
            return
        asked = self.rendered or bool(self.case)
        if not asked and (self.glances <= 0 or not (light(before) and light(after))):
            return
        self.glances -= 1
        for name in names:
            evalset = self.registry.evalsets.get(name)
            found = rendered_set(self.project.tree, evalset, before, after, glance=not asked) if evalset else None
            if found is not None:
                yield found

    def _shown(self, pair: Pair, looked: Sequence[RenderedSet]) -> Iterator[TextChange]:
        if pair.before is None or pair.after is None:
            return
        name, _, case = self.case.partition("#")
        shown = False
        for one in looked:
            wanted = [*one.differ, *(broken_case for broken_case, _ in one.broken)][:SHOWN_CASES]
            if self.case:
                wanted = [case] if one.evalset == name else []
            if wanted and (self.rendered or self.case):
                shown = True
                yield from case_words(
                    self.project.tree, self.registry.evalset(one.evalset), (pair.before, pair.after), wanted
                )
        for one in looked if self.rendered and not self.case and not shown else ():  # an edit of the wording alone
            found = first_words(self.project.tree, self.registry.evalset(one.evalset), (pair.before, pair.after))
            if found:
                yield from found
                return


def checked_case(registry: Registry, case: str) -> str:
    """Return `SET#ID` as it is. Raises `UnknownNameError` for another form or an unknown set."""
    name, mark, number = case.partition("#")
    if not (name and mark and number):
        raise UnknownNameError(f"--case {case!r}", hint="--case SET#ID, e.g. --case invoices#inv-007")
    registry.evalset(name)
    return case


def cached_prefix(before: Prompt, after: Prompt) -> CachedPrefix | None:
    """Return what an edit loses of the static start of a call; None where nothing is lost."""
    old, new = _prefix(before), _prefix(after)
    if before.resolved_model != after.resolved_model:
        return None  # another model has another cache
    if before.tools != after.tools:
        return CachedPrefix(tokens(old), 0, 0, "the tools stand in front")
    same = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
    stays = min(len(old), len(new)) if same is None else same
    return CachedPrefix(tokens(old), tokens(old[:stays]), stays) if stays < len(old) else None


def _prefix(prompt: Prompt) -> str:
    """Return the text that every call begins with: up to the first value, branch or placeholder."""
    text = ""
    for message in prompt.messages:
        if not isinstance(message, Message):
            return text
        more, ends = _static_start(prompt, message.content)
        text += more
        if ends:
            return text
    return text


def _static_start(prompt: Prompt, template: str, depth: int = 0) -> tuple[str, bool]:
    text = ""
    for piece in split(template):
        include = _INCLUDE.fullmatch(piece.text) if piece.kind == "tag" else None
        if include and include[2] in prompt.includes and depth < 8:  # noqa: PLR2004 - as deep as includes may nest
            more, ends = _static_start(prompt, prompt.includes[include[2]], depth + 1)
            text += more
            if ends:
                return text, True
        elif piece.kind == "text":
            text += _CONSTANT.sub(lambda found: str(prompt.constants.get(found[1], found[0])), piece.text)
        elif piece.kind != "comment":
            return text, True
    return text, False


def _count(prompt: Prompt | None) -> int:
    return tokens(static_text(prompt)) if prompt else 0


def _cost(prompt: Prompt | None, median: int | None) -> float | None:
    """Return the price of one call: the median tokens of its cases in (else its static tokens), `max_tokens` out."""
    facts = price_of(prompt.resolved_model) if prompt else None
    if prompt is None or facts is None or facts.input_usd is None:
        return None
    out = prompt.params.get("max_tokens")
    answer = facts.output_usd * out if facts.output_usd is not None and isinstance(out, int) else 0.0
    return (facts.input_usd * (median or _count(prompt)) + answer) / 1_000_000


def _state(name: str, digests: set[tuple[str, str]], pair: Pair) -> str:
    have = {digest for evalset, digest in digests if evalset == name}
    if not have:
        return "no baseline"
    if pair.after and pair.after.digest[:12] in have:
        return "baseline"
    stale = pair.before.digest[:12] if pair.before and pair.before.digest[:12] in have else min(have)
    return f"baseline is for sha256:{stale[:4]} → stale"
