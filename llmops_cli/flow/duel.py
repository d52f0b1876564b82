"""Changed prompts against their old selves: what is judged at once, what takes a fight, and what both say together."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.compare.confirm import served_otherwise
from llmops_cli.compare.figures import cases_text, listed
from llmops_cli.compare.gate import judge_new
from llmops_cli.flow.arms import missing
from llmops_cli.flow.audit import audit
from llmops_cli.flow.bouts import Bouts
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.confirm import confirm
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.examples import with_examples
from llmops_cli.flow.fight import Fight, opened
from llmops_cli.flow.losses import with_losses
from llmops_cli.flow.opponents import last_release, new_cases
from llmops_cli.flow.removed import removed
from llmops_cli.flow.ring import Ring
from llmops_cli.flow.rounds import decide, reopened
from llmops_cli.flow.scene import Scene
from llmops_cli.flow.served import against_label, alike, first_words, status_of, told_by_label, with_moves
from llmops_cli.model.run import Result
from llmops_cli.model.verdict import Cost, Family, Hard, Judged, PromptVerdict, Verdict, worst

OnAnswer = Callable[[str, str, Result], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one prompt adds to the report; `planned` counts the calls of a plan without a memory.

    `failures`: how many of its answers are missing, by code. `is_unconfirmed`: a drop fails it that nobody asked about
    again. `verdicts`: those of its eval sets, of which the prompt's is the worst.
    """

    prompt: PromptVerdict
    families: tuple[Family, ...] = ()
    hard: tuple[Hard, ...] = ()
    planned: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)
    is_unconfirmed: bool = False
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """The verdict on one eval set: known at once (`lost`: answers that were missing, by code), or a fight's."""

    judged: Judged | None = None
    fight: Fight | None = None
    others: tuple[Fight, ...] = ()
    lost: Mapping[str, int] = field(default_factory=dict)

    @property
    def fights(self) -> tuple[Fight, ...]:
        """All that is fought, the base's first."""
        return (self.fight, *self.others) if self.fight is not None else ()


def duels(
    pairs: Sequence[Pair], scene: Scene, bouts: Bouts, desk: Desk, tell: OnAnswer, *, verify: int = 0
) -> list[Outcome]:
    """Return the verdict on each changed, new, renamed or removed prompt. All fights are decided together.

    `verify`: how many recordings that the change brings are asked again.
    """
    cards = [(pair, _parts(pair, scene, bouts, desk, tell)) for pair in pairs]
    fights = [fight for _, parts in cards for part in parts for fight in part.fights]
    decide(fights)
    confirm(fights)
    while reopened(fights):
        decide(fights)
        confirm(fights)
    audit(fights, verify)
    found = [
        _outcome(pair, parts, scene, bouts) if pair.after else Outcome(*removed(pair, scene)) for pair, parts in cards
    ]
    return [replace(one, prompt=with_moves(one.prompt, pair)) for one, pair in zip(found, pairs, strict=True)]


def _parts(pair: Pair, scene: Scene, bouts: Bouts, desk: Desk, tell: OnAnswer) -> list[Part]:
    after = pair.after
    if after is None or pair.same:
        return []
    moves = pair.moves if pair.by_label else ()

    def told(evalset: str, row: Result) -> None:
        tell(pair.id, evalset, row)

    return [
        _part(Ring(pair.before, after, bouts.bout(pair, name), scene, bouts, desk, told, moves))
        for name in bouts.names(pair)
    ]


def _part(ring: Ring) -> Part:
    if ring.bar.closed or not any(spec.gate for spec in ring.bar.specs):
        reason = ring.bar.closed or f"eval set {ring.bout.evalset.id} has no gating scorer"
        return Part(Judged(Verdict.UNCOVERED, (), (), (reason,), Cost()))
    if ring.before is None:
        return _first(ring)
    main = opened(ring, ring.before, ring.stored(ring.before))
    others = (last_release(main), new_cases(main))
    return Part(fight=main, others=tuple(one for one in others if one is not None))


def _outcome(pair: Pair, parts: Sequence[Part], scene: Scene, bouts: Bouts) -> Outcome:
    status = status_of(pair)
    if pair.same:
        return Outcome(PromptVerdict(pair.id, status, Verdict.PASS, (alike(pair),)))
    if not parts:
        return _uncovered(pair, status, bouts)
    judged = [one for part in parts for one in _said(part)]
    doubt = _own_choice(pair, scene, bouts)
    return Outcome(
        PromptVerdict(
            pair.id,
            status,
            worst(*(one.verdict for one in judged), *([Verdict.NEW] if doubt else [])),
            tuple(dict.fromkeys([*doubt, *(reason for one in judged for reason in one.reasons)])),
            next((one.cost for one in judged if one.cost.head_usd is not None), Cost()),
        ),
        tuple(family for one in judged for family in one.families),
        tuple(rule for one in judged for rule in one.hard),
        sum(fight.planned for part in parts for fight in part.fights if fight.leader is None),
        _failures(parts),
        any(_is_unconfirmed(fight) for part in parts for fight in part.fights),
        tuple(one.verdict for one in judged),
    )


def _own_choice(pair: Pair, scene: Scene, bouts: Bouts) -> list[str]:
    """Return why a prompt of the base is as good as NEW: none of its eval sets judges it, the change chose its own."""
    if pair.before is None or {*scene.base.judges(pair.before)} & scene.base.evalsets.keys():
        return []
    names = bouts.names(pair)
    brought = all(name not in scene.base.evalsets for name in names)
    return [f"judged only by eval sets that this change {'brings' if brought else 'chooses'}: {listed(names)}"]


def _is_unconfirmed(fight: Fight) -> bool:
    families = fight.judged.families if fight.judged is not None else ()
    return not fight.is_asked_again and any(family.verdict is Verdict.FAIL for family in families)


def _failures(parts: Sequence[Part]) -> dict[str, int]:
    """Return how many answers of both sides are missing, by code."""
    lost: Counter[str] = Counter()
    for part in parts:
        lost.update(part.lost)
        for side in part.fight.sides if part.fight else ():
            lost.update(missing(side.results))
    return dict(lost)


def _uncovered(pair: Pair, status: str, bouts: Bouts) -> Outcome:
    if pair.before is None:
        reason = "no eval set judges it yet: name one with evals: [ID]"
        return Outcome(PromptVerdict(pair.id, status, Verdict.NEW, (reason,)))
    rubric_of = () if pair.by_label else bouts.rubric_of(pair.before)
    if rubric_of:
        reason = f"a judge's rubric: the base's version judged {', '.join(rubric_of)}; this one counts once merged"
        return Outcome(PromptVerdict(pair.id, status, Verdict.PASS, (reason,)))
    reason = "changed, but no eval set judges it: name one with evals: [ID]; `llmops evalset new ID` writes one"
    return Outcome(PromptVerdict(pair.id, status, Verdict.UNCOVERED, (reason,)))


def _said(part: Part) -> list[Judged]:
    """Return the verdicts of a part. An opponent beside the base can only fail the change."""
    if part.judged is not None:
        return [part.judged]
    told = [_told(fight) for fight in part.fights]
    return [told[0], *(_only_fails(fight, one) for fight, one in zip(part.others, told[1:], strict=True))]


def _only_fails(fight: Fight, judged: Judged) -> Judged:
    hard = judged.hard if fight.leader is None else ()
    failing = tuple(one for one in judged.families if one.verdict is Verdict.FAIL)
    if failing or hard:
        return replace(judged, verdict=Verdict.FAIL, hard=hard)
    judged_at_all = judged.families and judged.verdict not in (Verdict.INCOMPLETE, Verdict.NO_BASELINE)
    unknown = () if judged_at_all else (f"not compared with {fight.against}: {'; '.join(judged.reasons)}",)
    return replace(judged, verdict=Verdict.PASS, families=judged.families if judged_at_all else (), hard=(),
                   reasons=unknown, cost=Cost())  # fmt: skip


def _told(fight: Fight) -> Judged:
    """Return a fight's verdict with its broken cases spelled out and with what else its reader must know."""
    assert fight.judged is not None
    judged, base = fight.judged, fight.base
    rows = fight.head.results or fight.fresh[1]
    judged = with_losses(judged, [row for side in fight.sides for row in side.results], fight.ring.scene)
    notes = [] if fight.against else [*fight.ring.bar.notes]
    notes += [f"no further round: {fight.cut_short}"] if fight.cut_short else []
    notes += [why] if (why := fight.expected_otherwise(judged)) else []
    if fight.before.resolved_model == fight.head.prompt.resolved_model:
        other = served_otherwise(base, fight.head.arm)
        notes += [f"the provider changed: {other}"] if other else []
    if fight.head.stand_ins and not fight.against:
        notes.append(
            f"{cases_text(len(fight.head.stand_ins))} asked with inputs that only this change has: read its diff"
        )
    families = judged.families
    if rows or fight.head.known is None:
        families = tuple(with_examples(family, fight.ring.bout, rows, base, fight.fresh) for family in families)
    return told_by_label(fight, replace(judged, families=families, reasons=(*judged.reasons, *notes)))


def _first(ring: Ring) -> Part:
    """Return the verdict on a prompt the base does not have: floors and hard rules alone can fail it."""
    reason = first_words(ring)
    floors = any(spec.minimum is not None for spec in ring.bout.bench.specs)
    if not floors and not any(flag.never for flag in ring.flags.values()):
        return Part(Judged(Verdict.NEW, (), (), (reason,), Cost()))
    rate = ring.scene.policy.budget.max_error_rate
    head, repeats = ring.head(), ring.bout.evalset.repeats
    if head.known is None:
        head.keep(head.ask((*head.tasks(range(repeats)), *head.further(repeats)), ring.told()))
    judged = judge_new(head.arm, ring.bout.bench.specs, ring.flags, ring.policy, max_error_rate=rate)
    if missing(head.results) and judged.verdict is not Verdict.FAIL:
        judged = replace(judged, verdict=Verdict.INCOMPLETE)
        reason = "floors and hard rules cannot be checked without answers"
    told = with_losses(replace(judged, reasons=(*judged.reasons, reason)), head.results, ring.scene)
    return Part(against_label(ring, told), lost=missing(head.results))
