"""One comparison under way: both arms, the looks it may still take, what is known so far."""

import math
from dataclasses import dataclass, field, replace

from llmops_cli.compare.figures import cases_text
from llmops_cli.compare.looks import batches, from_look, rounds
from llmops_cli.flow.collect import Task
from llmops_cli.flow.contestant import Contestant
from llmops_cli.flow.ring import Ring
from llmops_cli.flow.shared import may_share, prints, render_again, sharing
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.look import ONLY, Look
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Acceptance, Arm, Result
from llmops_cli.model.verdict import Judged, Pairing, Unpaired, Verdict

LEAST_FOR_BATCHES = 300


@dataclass(frozen=True, slots=True)
class Today:
    """What the base says of itself when it is asked anew: whether it is shown worse than what is stored, in words.

    `is_final`: no further look may change it.
    """

    is_shown: bool = False
    words: str = ""
    is_final: bool = False


@dataclass(slots=True)
class Fight:
    """`stored` is the base's baseline; where there is none, `rival` is asked as often as the head.

    `looks` is the plan, `look` the look taken last. `judged` is the verdict so far; a fight that is not `is_open` keeps
    it. `cut_short` says why a further round could not be had. A fight with a `leader` asks nothing: it holds the
    leader's answers against another opponent. `against` names an opponent beside the base; such a fight can only fail.
    `fresh`: what a confirmation asked of both sides, the base's first; `is_asked_again`: whether it could ask at all.
    `today`: what the base said of itself when it was asked anew, by scorer and slice: each look is taken once a gate.
    """

    ring: Ring
    before: Prompt
    head: Contestant
    stored: Arm | None
    rival: Contestant | None
    looks: tuple[Look, ...]
    look: Look = ONLY
    judged: Judged | None = None
    is_open: bool = True
    cut_short: str = ""
    fresh: tuple[tuple[Result, ...], tuple[Result, ...]] = ((), ())
    is_asked_again: bool = False
    against: str = ""
    leader: "Fight | None" = None
    today: dict[tuple[str, str], Today] = field(default_factory=dict)
    known_flags: dict[str, CaseFlags] = field(default_factory=dict)

    @property
    def sides(self) -> tuple[Contestant, ...]:
        """Who is asked: the base's version first, where nothing of it is stored."""
        if self.leader is not None:
            return ()
        return (self.head,) if self.rival is None else (self.rival, self.head)

    @property
    def base(self) -> Arm:
        """The base's arm, as far as it is known."""
        if self.rival is not None:
            return self.rival.arm
        assert self.stored is not None
        return self.stored

    @property
    def by_batches(self) -> bool:
        """Whether each look sees more cases, not more runs of all."""
        return len(self.looks) > 1 and self.ring.policy.plan == "batches"

    @property
    def planned(self) -> int:
        """How many calls a plan without a memory would make: every round of both sides for each case."""
        runs = self.ring.bout.evalset.repeats if self.by_batches else max(self.first, *(one.of for one in self.looks))
        return 2 * runs * len(self.ring.bout.cases)

    def tasks(self, side: Contestant, look: Look) -> tuple[Task, ...]:
        """Return the calls that a look takes beyond those of the looks before it."""
        if side.known is not None:
            return ()
        if self.by_batches:
            return tuple(side.tasks(range(self.ring.bout.evalset.repeats), _quarter(self.ring, look)))
        if look != self.looks[0]:
            return tuple(side.tasks((look.number - 1,)))
        if look.is_last:
            return (*side.tasks(range(self.first)), *side.further(self.first))
        return tuple(side.tasks(range(look.number)))

    @property
    def first(self) -> int:
        """How many runs a case the first look takes."""
        return max(self.ring.bout.evalset.repeats, self.looks[0].number)

    @property
    def flags(self) -> dict[str, CaseFlags]:
        """What is known of the cases, and which of them share answers on either side."""
        if not self.known_flags:
            cases, rendered = self.ring.bout.cases, self.rival.rendered if self.rival is not None else ()
            if self.stored is not None and may_share(self.stored):
                rendered = render_again(self.before, self.head.where, cases)
            base, head = prints(rendered, cases), prints(self.head.rendered, cases)
            self.known_flags.update(sharing(self.ring.flags, base, head, cases))
        return self.known_flags

    def pairing(self, look: Look) -> Pairing:
        """Return what is to be judged now."""
        ring = self.ring
        base, head, flags, policy = self.base, self.head.arm, self.flags, ring.policy
        if self.leader is not None:  # rules on the head alone are the leader's business
            flags = {name: replace(flag, critical=False, never=False) for name, flag in flags.items()}
            policy = replace(policy, cost_increase=math.inf)
        if self.by_batches:
            seen = frozenset(row.case for row in self.head.results)
            base, head = _only(base, seen), _only(head, seen)
            flags = {name: flag for name, flag in flags.items() if name in seen}
        return Pairing(
            base=base,
            head=head,
            scorers=ring.bar.specs,
            flags=flags,
            policy=policy,
            accepted=self._accepted(),
            unpaired=Unpaired() if self.against else self._unpaired(),
            live=ring.desk.mode != "replay",
            max_error_rate=ring.scene.policy.budget.max_error_rate,
            look=look,
            against=self.against,
            judges=ring.bar.judges,
            brought=(self.leader is None and bool(self.against)) or ring.is_brought,
            measured=self.stored if self.by_batches else None,
            total=len({flag.asked or name for name, flag in self.flags.items()}),
        )

    def expected_otherwise(self, judged: Judged) -> str:
        """Return what to do about broken cases whose own file the change edits too; "" where there are none."""
        broken = {case for family in judged.families if family.verdict is Verdict.FAIL for case in family.broke}
        both = broken & {*self._unpaired().changed} if not self.against else set()
        if not both:
            return ""
        what = f"{cases_text(len(both))} broke that this change edits too, and the base's expectation counts"
        return f"{what}: change the eval set first, in a change of its own, with a baseline of its cases"

    def _unpaired(self) -> Unpaired:
        """Return the cases without a counterpart; one that says the same under other names stands in for its own."""
        found = self.ring.bouts.unpaired(self.ring.bout)
        return replace(found, changed=tuple(name for name in found.changed if name not in self.head.stand_ins))

    def _accepted(self) -> Acceptance | None:
        """Return what is accepted: against a release, also what was accepted on the way to the base."""
        own = self.ring.accepted()
        before = self.leader.base.accepted if self.leader is not None else None
        if before is None or not before.drops:
            return own
        drops = dict(before.drops)
        for key, drop in (own.drops if own else {}).items():
            drops[key] = max(0.0, drop) + max(0.0, drops.get(key, 0.0))
        return replace(before, drops=drops)


def opened(ring: Ring, before: Prompt, stored: Arm | None) -> Fight:
    """Return a fight before its first look: the head rendered, the looks planned; without a baseline two are asked."""
    head = ring.head()
    rival = ring.base(before) if stored is None else None
    return Fight(ring, before, head, stored, rival, _looks(ring, head))


def _looks(ring: Ring, head: Contestant) -> tuple[Look, ...]:
    """Return the plan: what is recorded already is looked at once, all together; stored answers alone get one look."""
    policy, repeats = ring.policy, ring.bout.evalset.repeats
    if ring.desk.mode == "replay" or policy.plan == "fixed" or head.known is not None:
        return (ONLY,)
    if policy.plan == "batches":
        return batches() if len(ring.bout.cases) >= LEAST_FOR_BATCHES else (ONLY,)
    first = max(repeats, head.recorded if ring.desk.mode != "live" else 0)
    return from_look(rounds(max(policy.runs, first)), first)


def _quarter(ring: Ring, look: Look) -> frozenset[str]:
    """Return the cases that this look adds: an even part of all, the cases with hard rules in the first.

    Which part a case lies in depends on its digest alone: neither the order of the file nor a seed decides.
    """
    hard = {case.id for case in ring.bout.cases if case.critical or case.never}
    free = sorted((case for case in ring.bout.cases if case.id not in hard), key=lambda case: (case.digest, case.id))
    part = {case.id for place, case in enumerate(free) if place % look.of == look.number - 1}
    return frozenset(part | hard if look.number == 1 else part)


def _only(arm: Arm, cases: frozenset[str]) -> Arm:
    return replace(arm, rows={name: row for name, row in arm.rows.items() if name in cases})
