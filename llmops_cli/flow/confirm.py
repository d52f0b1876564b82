"""Before a FAIL that rests on answers: the cases that say something are asked again, fresh, both sides interleaved."""

from collections.abc import Sequence
from dataclasses import replace

from llmops_cli.compare.arms import extend
from llmops_cli.compare.confirm import (
    HOPELESS,
    MORE,
    ROUNDS,
    confirmed,
    second,
)
from llmops_cli.compare.figures import cases_text, p_text
from llmops_cli.compare.gate import judge, rejudged
from llmops_cli.compare.pairs import pair_up
from llmops_cli.flow.fight import Fight
from llmops_cli.flow.fresh import Fresh, Series
from llmops_cli.flow.moved_base import moved
from llmops_cli.flow.suspects import Suspect, key_of, telling
from llmops_cli.model.run import Value
from llmops_cli.model.verdict import Family, Hard, Judged, Pairing, Verdict

RERUNS = 2
"""How often a failing `critical` case is asked again on both sides."""


def confirm(fights: Sequence[Fight]) -> None:
    """Ask again what would fail a prompt, and put the verdicts that fresh answers leave into the fights.

    FAIL stays where fresh answers confirm it, and where none can be had, or too few to clear it. Otherwise the base
    itself is asked anew: it is DRIFT if that is worse than its baseline, else INCONCLUSIVE (small sets: PASS).
    `never` cases, floors and removed cases are not asked again. All suspects share one promise.
    """
    suspects: list[Suspect] = []
    opened = []
    for fight in fights:
        if fight.judged is None or fight.is_asked_again or fight.ring.desk.mode == "replay":
            continue
        if not fight.ring.policy.confirm:
            continue
        series = Series(fight)
        opened.append((fight, series))
        pairing = fight.pairing(fight.look)
        judged = _small(series, pairing, _critical(series, pairing, fight.judged))
        fight.judged = judged
        suspects += [
            Suspect(series, pairing, family, telling(pairing, family))
            for family in judged.families
            if family.verdict is Verdict.FAIL and not (family.rule == "cases" and _is_broken(series, pairing, family))
        ]
    _ask(suspects)
    moved([one for one in suspects if one.stands is False])
    for fight, series in opened:
        mine = {one.key: one for one in suspects if one.series is series}
        if mine and fight.judged is not None:
            fight.judged = _settled(fight.judged, mine)
        fight.fresh = series.rows or fight.fresh
        fight.is_asked_again = True


def _ask(suspects: Sequence[Suspect]) -> None:
    """Look at three fresh rounds of every suspect, then at two more of those that are neither confirmed nor cleared."""
    for runs in (ROUNDS, ROUNDS + MORE):
        waiting = [one for one in suspects if one.stands is None]
        for series in dict.fromkeys(one.series for one in waiting):
            mine = [one for one in waiting if one.series is series]
            fresh = series.ask({case for one in mine for case in one.cases}, runs)
            for one in mine:
                _look(one, fresh)
        known = [one for one in suspects if one.found is not None]
        policy = known[0].pairing.policy if known else None
        if policy is None:
            return
        said = confirmed([(one.found, one.family.primary) for one in known if one.found is not None], policy)
        for one, (stands, cleared) in zip(known, said, strict=True):
            hopeless = one.found is not None and one.found.strict > HOPELESS
            if one.stands is None and (stands or runs > ROUNDS or hopeless):
                one.stands, one.is_sure = stands or not cleared, stands


def _look(suspect: Suspect, fresh: Fresh) -> None:
    if fresh.lack:
        why = f"the drop could not be confirmed by fresh answers: {fresh.lack}"
        suspect.stands = True
        suspect.family = replace(suspect.family, reasons=(*suspect.family.reasons, why))
        return
    suspect.found = second(fresh.base, fresh.head, suspect.family.scorer, suspect.cases, suspect.terms)


def _settled(judged: Judged, suspects: dict[tuple[str, str], Suspect]) -> Judged:
    families = tuple(
        _family(suspects[key_of(family)]) if key_of(family) in suspects else family for family in judged.families
    )
    return rejudged(judged, families=families)


def _family(suspect: Suspect) -> Family:
    family, found = suspect.family, suspect.found
    if found is None:
        return family
    lost = f", {found.missing} answers missing" if found.missing else ""
    words = f"{cases_text(found.cases)} asked again on both sides{lost}, p {p_text(found.p)}"
    if suspect.stands:
        why = f"{'confirmed' if suspect.is_sure else 'not cleared'} by fresh answers ({words})"
        return replace(family, reasons=(*family.reasons, why))
    if suspect.today.is_shown:
        why = f"worse than what is stored of the base, but so is the base itself today ({words}): the provider drifted"
        return replace(family, verdict=Verdict.DRIFT, reasons=(why, suspect.today.words, *family.reasons))
    why = f"looked worse, but fresh answers do not confirm it ({words})"
    verdict = Verdict.PASS if family.rule == "cases" else Verdict.INCONCLUSIVE
    return replace(family, verdict=verdict, reasons=(why, suspect.today.words, *family.reasons))


def _critical(series: Series, pairing: Pairing, judged: Judged) -> Judged:
    """Return the verdict without the critical cases that fresh answers do not confirm."""
    suspects = [one for one in judged.hard if one.rule == "critical"]
    if not suspects:
        return judged
    fresh = series.ask((one.case for one in suspects), RERUNS)
    if fresh.lack:
        note = f"critical cases could not be asked again: {fresh.lack}"
        return replace(judged, reasons=(*judged.reasons, note))
    spared = {one: why for one in suspects if (why := _spared(fresh, pairing, one))}
    notes = tuple(f"critical {one.case}: {why}" for one, why in spared.items())
    return rejudged(judged, hard=tuple(one for one in judged.hard if one not in spared), notes=notes)


def _spared(fresh: Fresh, pairing: Pairing, suspect: Hard) -> str:
    """Return why a critical case does not fail: the head passes it after all, or the base no longer does mostly."""
    after = _values(fresh.head.rows.get(suspect.case), suspect.scorer)
    before = (
        *_values(pairing.base.rows.get(suspect.case), suspect.scorer),
        *_values(fresh.base.rows.get(suspect.case), suspect.scorer),
    )
    if any(map(_passes, after)):
        return f"failed, but passed {sum(map(_passes, after))} of {len(after)} times when asked again"
    if 2 * sum(map(_passes, before)) <= len(before):
        return "fails, but the base mostly fails it too when asked again"
    return ""


def _values(row: object, scorer: str) -> tuple[Value, ...]:
    values = getattr(row, "values", {})
    return tuple(value for value in values.get(scorer, ()) if value is not None)


def _passes(value: Value) -> bool:
    return value is not None and float(value) >= (1.0 if isinstance(value, bool) else 0.5)


def _small(series: Series, pairing: Pairing, judged: Judged) -> Judged:
    """Return the verdict after three fresh runs of both sides for each case that the rule of small sets calls broken.

    One run of the head is no "always": a slip would fail the gate.
    """
    small = [one for one in judged.families if one.rule == "cases" and one.verdict is Verdict.FAIL]
    broken = tuple(sorted({case for one in small for case in one.broke}))
    if not broken:
        return judged
    fresh = series.ask(broken, ROUNDS)
    if fresh.lack:
        note = f"broken cases could not be asked again: {fresh.lack}"
        return replace(judged, reasons=(*judged.reasons, note))
    base, head = extend(pairing.base, fresh.base), extend(pairing.head, fresh.head)
    again = judge(replace(pairing, base=base, head=head, measured=pairing.measured or pairing.base))
    standing = [one for one in judged.hard if one.rule == "critical"]
    told = tuple(one for one in judged.reasons if one.startswith("critical ") and one not in again.reasons)
    return rejudged(again, hard=(*(one for one in again.hard if one.rule != "critical"), *standing), notes=told)


def _is_broken(series: Series, pairing: Pairing, family: Family) -> bool:
    """Return whether a case of a small set is broken for good: in every run that both sides ever made.

    What only fell together, without one such case, is held against fresh answers alone like any other drop.
    """
    fresh = series.ask(family.broke, ROUNDS)
    if fresh.lack:
        return True
    base, head = extend(pairing.base, fresh.base), extend(pairing.head, fresh.head)
    least = pairing.policy.small_set_margin
    paired = pair_up(base, head, family.scorer, family.broke).comparable
    return any(min(pair.base) - max(pair.head) > least for pair in paired.pairs)
