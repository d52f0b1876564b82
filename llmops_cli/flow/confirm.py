"""Before a FAIL that rests on answers: the cases that say something are asked again, fresh, both sides interleaved."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from llmops_cli.compare.arms import extend
from llmops_cli.compare.confirm import HOPELESS, MORE, ROUNDS, Second, informative, level, second, served_otherwise
from llmops_cli.compare.figures import cases_text, p_text
from llmops_cli.compare.gate import judge, rejudged
from llmops_cli.compare.pairs import pair_up
from llmops_cli.compare.scope import scope_of
from llmops_cli.flow.collect import Task, collect
from llmops_cli.flow.contestant import Contestant
from llmops_cli.flow.fight import Fight
from llmops_cli.model.completion import Answer, Failure, Request
from llmops_cli.model.run import Arm, Result
from llmops_cli.model.verdict import Family, Hard, Judged, Pairing, Verdict

RERUNS = 2
"""How often a failing `critical` case is asked again on both sides; it stands if all fail there and the base passes."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """Fresh answers of both sides to the same cases. `lack` says why there are none."""

    base: Arm
    head: Arm
    rows: tuple[Result, ...] = ()
    lack: str = ""


def confirm(fight: Fight) -> None:
    """Ask again what would fail a prompt, and put the verdict that fresh answers leave into the fight.

    FAIL stays where fresh answers confirm it, and where none can be had. Otherwise it is DRIFT if the base itself no
    longer answers as its baseline did, else INCONCLUSIVE. `never` cases, floors and removed cases are not asked again.
    """
    judged, ring = fight.judged, fight.ring
    if judged is None or ring.desk.mode == "replay" or not ring.policy.confirm:
        return
    pairing = fight.pairing(fight.look)
    series = _Series(fight)
    fight.judged = judged = _critical(series, judged)
    if any(one.rule == "cases" and one.verdict is Verdict.FAIL for one in judged.families):
        fight.judged = judged = _small(series, pairing, judged)
    failing = [one for one in judged.families if one.rule == "statistics" and one.verdict is Verdict.FAIL]
    if failing:
        fight.judged = _statistics(series, pairing, judged, failing)
    fight.fresh = series.rows


class _Series:
    """Fresh answers of both sides, asked at most once a case and repeat; kept apart from the runs of the gate."""

    def __init__(self, fight: Fight) -> None:
        self.fight = fight
        self.base = fight.rival or fight.ring.base(fight.before)
        self.head = fight.head
        self._name = f"confirm {fight.before.digest[:12]} {fight.head.prompt.digest[:12]}"
        self._known: dict[tuple[str, str, int], Result] = {}

    @property
    def rows(self) -> tuple[Result, ...]:
        """The head's fresh answers."""
        return tuple(self._known[key] for key in sorted(self._known) if key[0] == "head")

    @property
    def same_model(self) -> bool:
        """Whether both versions ask for the same model."""
        return self.base.prompt.resolved_model == self.head.prompt.resolved_model

    def ask(self, cases: Iterable[str], runs: int) -> Fresh:
        """Return `runs` fresh answers a case of both sides; whole rounds first, the sides taking turns in each."""
        wanted = frozenset(cases)
        lack = self._collect(wanted, runs)
        rows = {side: tuple(self._rows(side, wanted, runs)) for side in ("base", "head")}
        if not lack and not _complete(rows["base"], rows["head"], len(wanted) * runs):
            lack = "too many fresh answers are missing"
        arms = (self._arm(self.base, rows["base"]), self._arm(self.head, rows["head"]))
        return Fresh(*arms, rows["head"], lack)

    def _collect(self, wanted: frozenset[str], runs: int) -> str:
        sides = {f"{self._name} {name}": (name, side) for name, side in (("base", self.base), ("head", self.head))}
        tasks = (task for series, (_, side) in sides.items() for task in side.tasks(range(runs), wanted, series))
        todo = [task for task in tasks if (sides[task.request.series][0], *_at(task)) not in self._known]
        todo.sort(key=lambda task: (task.request.repeat, task.case.id, task.request.series))
        completes = {series: side.complete for series, (_, side) in sides.items()}
        names = {task.request.fingerprint: sides[task.request.series][0] for task in todo}

        def turn(request: Request) -> Answer:
            return completes[request.series](request)

        desk = self.fight.ring.desk
        for row in collect(todo, turn, self.fight.ring.bout.bench, jobs=desk.jobs, stop=desk.stop):
            self._known[names[row.fingerprint], row.case, row.repeat] = row
            if isinstance(row.answer, Failure) and (row.answer.kind == "run" or row.answer.code == "budget"):
                return row.answer.message
        return ""

    def _rows(self, side: str, wanted: frozenset[str], runs: int) -> Iterator[Result]:
        for key in sorted(self._known):
            if key[0] == side and key[1] in wanted and key[2] < runs:
                yield self._known[key]

    @staticmethod
    def _arm(side: Contestant, rows: Sequence[Result]) -> Arm:
        found = side.arm_of(rows)
        asked = {row.case for row in rows}
        return replace(found, rows={name: row for name, row in found.rows.items() if name in asked})


def _at(task: Task) -> tuple[str, int]:
    return task.case.id, task.request.repeat


def _complete(base: Sequence[Result], head: Sequence[Result], wanted: int) -> bool:
    answered = [sum(not isinstance(row.answer, Failure) for row in rows) for rows in (base, head)]
    return 2 * min(answered) > wanted  # a case that fails now and then weighs less, it does not decide


def _critical(series: _Series, judged: Judged) -> Judged:
    """Return the verdict without the critical cases that fresh answers do not confirm."""
    suspects = [one for one in judged.hard if one.rule == "critical"]
    if not suspects:
        return judged
    fresh = series.ask((one.case for one in suspects), RERUNS)
    if fresh.lack:
        return _noted(judged, f"critical cases could not be asked again: {fresh.lack}")
    spared = {one for one in suspects if not _fails_again(fresh, one)}
    notes = tuple(
        f"critical {one.case}: failed, but not when both sides were asked again" for one in suspects if one in spared
    )
    return rejudged(judged, hard=tuple(one for one in judged.hard if one not in spared), notes=notes)


def _fails_again(fresh: Fresh, suspect: Hard) -> bool:
    """Return whether every fresh run of the head fails and every one of the base passes, by the rule's own scorer."""
    base, head = fresh.base.rows.get(suspect.case), fresh.head.rows.get(suspect.case)
    before = base.values.get(suspect.scorer, ()) if base else ()
    after = head.values.get(suspect.scorer, ()) if head else ()
    return not any(_passes(value) for value in after) and all(_passes(value) for value in before)


def _passes(value: object) -> bool:
    return isinstance(value, (bool, float, int)) and float(value) >= (1.0 if isinstance(value, bool) else 0.5)


def _small(series: _Series, pairing: Pairing, judged: Judged) -> Judged:
    """Return the verdict after three fresh runs of both sides for each case that the rule of small sets calls broken.

    One run of the head is no "always": a slip would fail the gate.
    """
    small = [one for one in judged.families if one.rule == "cases" and one.verdict is Verdict.FAIL]
    broken = tuple(sorted({case for one in small for case in one.broke}))
    if not broken:
        return judged
    fresh = series.ask(broken, ROUNDS)
    if fresh.lack:
        return _noted(judged, f"broken cases could not be asked again: {fresh.lack}")
    wider = replace(pairing, base=extend(pairing.base, fresh.base), head=extend(pairing.head, fresh.head))
    again = judge(wider)
    standing = [one for one in judged.hard if one.rule == "critical"]
    return rejudged(again, hard=(*(one for one in again.hard if one.rule != "critical"), *standing))


def _statistics(series: _Series, pairing: Pairing, judged: Judged, failing: Sequence[Family]) -> Judged:
    cases = {_key(family): _cases(pairing, family) for family in failing}
    union = {case for found in cases.values() for case in found}
    fresh = series.ask(union, ROUNDS)
    if fresh.lack:
        return _noted(judged, f"the drop could not be confirmed by fresh answers: {fresh.lack}")
    limit, found = level(pairing.policy), dict[tuple[str, str], Second]()
    for runs in (ROUNDS, ROUNDS + MORE):
        open_ = [one for one in failing if _key(one) not in found or limit < found[_key(one)].p <= HOPELESS]
        if runs > ROUNDS and open_:
            more = series.ask({case for one in open_ for case in cases[_key(one)]}, runs)
            fresh = fresh if more.lack else more
        for one in open_:
            found[_key(one)] = second(fresh.base, fresh.head, one.scorer, cases[_key(one)], pairing.policy)
    other = served_otherwise(pairing.base, pairing.head) if series.same_model else ""
    drifted = {key: second(pairing.base, fresh.base, key[0], cases[key], pairing.policy).p for key in found}
    settled = {key: replace(one, drifted=0.0 if other else drifted[key]) for key, one in found.items()}
    families = tuple(
        _settled(family, settled[_key(family)], pairing) if _key(family) in settled else family
        for family in judged.families
    )
    return rejudged(judged, families=families)


def _settled(family: Family, found: Second, pairing: Pairing) -> Family:
    words = f"{cases_text(found.cases)} asked again on both sides, p {p_text(found.p)}"
    if found.p <= level(pairing.policy):
        return replace(family, reasons=(*family.reasons, f"confirmed by fresh answers ({words})"))
    if found.drifted <= pairing.policy.alpha:
        why = f"worse than the stored baseline, but so is the base itself today ({words}): the provider drifted"
        return replace(family, verdict=Verdict.DRIFT, reasons=(why, *family.reasons))
    why = f"looked worse, but fresh answers do not confirm it ({words})"
    return replace(family, verdict=Verdict.INCONCLUSIVE, reasons=(why, *family.reasons))


def _cases(pairing: Pairing, family: Family) -> tuple[str, ...]:
    """Return the cases of a family that carry information."""
    paired = pair_up(pairing.base, pairing.head, family.scorer, scope_of(pairing).cases).comparable
    if family.slice is not None:
        tag = family.slice
        paired = paired.only(lambda case: case in pairing.flags and tag in pairing.flags[case].tags)
    return informative(paired)


def _key(family: Family) -> tuple[str, str]:
    return (family.scorer, family.slice or "")


def _noted(judged: Judged, note: str) -> Judged:
    return replace(judged, reasons=(*judged.reasons, note))
