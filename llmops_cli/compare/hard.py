"""Rules that need no statistics: `never` and `critical` cases, a scorer's floor, removed and changed cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from llmops_cli.compare.figures import cases_text, listed
from llmops_cli.compare.flaky import is_flaky
from llmops_cli.compare.pairs import Paired, runs_of
from llmops_cli.compare.repeated import twins_of, units
from llmops_cli.compare.scope import Findings, Scope, join
from llmops_cli.compare.stats import mean, zero_of
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.run import Arm, Row, Value
from llmops_cli.model.verdict import Hard, Pairing

GRADED_PASS = 0.5  # where a case has graded scores only: what counts as passing for a hard rule
SILENCE = "no score"
TINY = 1e-12
ANEW = "before this change, record them anew for the base's version (llmops baseline record)"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the hard rules look at: the head, the base's scorers that gate, the flags of the cases."""

    head: Arm
    scorers: tuple[ScorerSpec, ...]
    flags: Mapping[str, CaseFlags]

    def broken(self, rule: str, case: str, detail: str, scorer: str = "") -> Hard:
        """Return a broken rule of this prompt and eval set."""
        return Hard(rule, self.head.prompt, self.head.evalset, case, detail, scorer)

    def flagged(self, flag: str) -> list[str]:
        """Return the ids of the cases with a flag, sorted."""
        return sorted(case for case, flags in self.flags.items() if getattr(flags, flag))


def rules_of(head: Arm, scorers: Iterable[ScorerSpec], flags: Mapping[str, CaseFlags]) -> Rules:
    """Return the rules for a head; the primary scorer stands first."""
    gating = sorted((spec for spec in scorers if spec.gate), key=lambda spec: not spec.primary)
    return Rules(head, tuple(gating), flags)


def never(rules: Rules, base: Arm | None = None, left_out: frozenset[str] = frozenset()) -> Findings:
    """Return the violations of `never` cases: zero tolerance in any run, whatever the base does.

    A run without an answer, or without a score, proves nothing: the case is then INCOMPLETE. What holds is reported
    with its bound, by cases: repeats of a case are not new cases. Removed cases are the business of `removed`.
    """
    cases = [case for case in rules.flagged("never") if case not in left_out]
    hard, unknown = [], []
    for case in cases:
        runs = _runs(rules, case, base.rows.get(case) if base else None)
        violated = {name: values for name, values in runs.items() if False in values}
        if violated:
            name, values = next(iter(violated.items()))
            detail = f"{name}: {values.count(False)} of {len(values)} runs violate it; none may"
            hard.append(rules.broken("never", case, detail, name))
        elif any(None in values for values in runs.values()):
            unknown.append(case)
    incomplete = (f"never cases without a score in every run: {listed(unknown)}",) if unknown else ()
    notes: tuple[str, ...] = ()
    if cases and not hard and not unknown:
        count = units(cases, twins_of(rules.flags))
        notes = (f"never: 0 of {count}: ≤ {zero_of(count) * 100:.1f} %",)
    return Findings(tuple(hard), incomplete, (), notes)


def critical(rules: Rules, base: Arm | None, left_out: frozenset[str] = frozenset()) -> Findings:
    """Return the `critical` cases whose head runs mostly fail while the base mostly passes (or there is no base).

    A case that is in quarantine, or that the base's runs show to be flaky, is named and fails nothing.
    """
    hard, unknown = [], []
    flaky: list[str] = []
    aside: dict[str, None] = {}
    for case in (case for case in rules.flagged("critical") if case not in left_out):
        before = base.rows.get(case) if base else None
        for name, values in _runs(rules, case, before).items():
            if base is not None and not _mostly(_words(before, name)):
                continue
            if rules.flags[case].quarantined:
                aside[f"critical, but no hard rule: {case} is quarantined {rules.flags[case].quarantined}"] = None
                continue
            if unsteady(before, name):
                flaky.append(case)
                continue
            fails, silent = values.count(False), values.count(None)
            if 2 * fails > len(values):
                why = f"{name}: {fails} of {len(values)} runs fail" + (", the base passes" if base else "")
                hard.append(rules.broken("critical", case, why, name))
            elif 2 * (fails + silent) > len(values):
                unknown.append(case)
    incomplete = (f"critical cases without enough scored runs: {listed(list(dict.fromkeys(unknown)))}",)
    notes = (f"critical, but flaky, so no hard rule: {listed(list(dict.fromkeys(flaky)))}",)
    return Findings(tuple(hard), incomplete if unknown else (), notes=(*aside, *(notes if flaky else ())))


def unsteady(row: Row | None, scorer: str) -> bool:
    """Return whether the base's runs of a case show it to be flaky: such a case says little by itself."""
    said = [value for value in _words(row, scorer) if value is not None]
    return is_flaky(said.count(True), len(said))


def floor(rules: Rules, spec: ScorerSpec, paired: Paired) -> Findings:
    """Return whether a scorer's mean over the head lies below its `min`, whatever missing runs would have said."""
    if spec.minimum is None:
        return Findings()
    best, worst = (_head_mean(paired.imputed(best=best)) for best in (True, False))
    if best is None or worst is None or worst >= spec.minimum - TINY:
        return Findings()
    least = f"{spec.name} must reach {spec.minimum * 100:g} %"
    if best < spec.minimum - TINY:
        return Findings(hard=(rules.broken("min", "", f"{least}: the mean is {best * 100:.1f} %"),))
    return Findings(incomplete=(f"{least}: the missing runs decide",))


def removed(pairing: Pairing, scope: Scope) -> Findings:
    """Return whether the head dropped more cases than it may, or a critical one; an acceptance may cover that."""
    gone = scope.unpaired.removed
    if not gone:
        return Findings()
    rules = rules_of(pairing.head, (), pairing.flags)
    total = max(pairing.total, len({*pairing.base.rows, *gone}))
    hard = [
        rules.broken("removed-cases", case, "a critical case is removed") for case in gone if _must_stay(pairing, case)
    ]
    if len(gone) > pairing.policy.max_removed * total:
        detail = f"{len(gone)} of {total} cases are removed, more than {pairing.policy.max_removed * 100:g} %"
        hard.append(rules.broken("removed-cases", "", detail))
    notes = (f"removed: {listed(gone)}",)
    if hard and pairing.accepted is not None:
        by, why = pairing.accepted.by, pairing.accepted.reason
        return Findings(accepted=(f"{cases_text(len(gone))} removed, accepted by {by}: {why}",), notes=notes)
    return Findings(hard=tuple(hard), notes=notes)


def changed(pairing: Pairing, scope: Scope) -> Findings:
    """Return whether so many cases have another content on each side that the rest proves too little."""
    names = scope.unpaired.changed
    notes = (f"changed: {listed(names)}",) if names else ()
    out = [case for case in names if case in pairing.base.rows and case not in scope.cases]
    lost = [case for case in out if _must_stay(pairing, case)]
    if lost or len(out) > pairing.policy.max_removed * len(pairing.base.rows):
        what = f"{cases_text(len(out))} of {len(pairing.base.rows)} differ in content between baseline and head"
        critical_too = f", critical ones among them: {listed(lost)}" if lost else ""
        return Findings(incomplete=(f"{what}{critical_too}: {ANEW}",), notes=notes)
    return Findings(notes=notes)


def rules_for_pairing(pairing: Pairing, scope: Scope) -> Findings:
    """Return what all rules say of a pairing, but for the floors."""
    rules = rules_of(pairing.head, pairing.scorers, pairing.flags)
    absent = frozenset(pairing.flags) - pairing.head.rows.keys()
    gone = absent & {*scope.unpaired.removed, *scope.unpaired.changed}
    found = critical(rules, pairing.base, gone)
    return join(never(rules, pairing.base, gone), found, removed(pairing, scope), changed(pairing, scope))


def _must_stay(pairing: Pairing, case: str) -> bool:
    flags = pairing.flags.get(case, CaseFlags())
    return flags.critical or flags.never


def _runs(rules: Rules, case: str, base: Row | None) -> dict[str, tuple[bool | None, ...]]:
    """Return for each scorer that says pass or fail its word on every run of the head; None where it has none.

    A scorer counts that said so on either side. Where the case has graded scores only, the primary's say counts, from
    0.5; without any score there is only silence.
    """
    head = rules.head.rows.get(case)
    rows = [row for row in (head, base) if row is not None]
    binary = [spec.name for spec in rules.scorers if any(_says_pass_or_fail(row, spec.name) for row in rows)]
    graded = [spec.name for spec in rules.scorers if any(spec.name in row.values for row in rows)]
    names = binary or graded[:1] or [SILENCE]
    return {name: _words(head, name) or (None,) for name in names}


def _words(row: Row | None, scorer: str) -> tuple[bool | None, ...]:
    """Return a scorer's word on every run of a row: passed, failed, or None where there is no answer or no score."""
    if row is None:
        return ()
    said = tuple(None if value is None else float(value) >= _threshold(value) for value in row.values.get(scorer, ()))
    return (*said, *(None,) * (runs_of(row) - len(said)))


def _threshold(value: Value) -> float:
    return 1.0 if isinstance(value, bool) else GRADED_PASS


def _says_pass_or_fail(row: Row, scorer: str) -> bool:
    return any(isinstance(value, bool) for value in row.values.get(scorer, ()))


def _mostly(values: tuple[bool | None, ...]) -> bool:
    """Return whether most of the runs that have a score pass."""
    said = [value for value in values if value is not None]
    return 2 * said.count(True) > len(said)


def _head_mean(paired: Paired) -> float | None:
    means = [mean(pair.head) for pair in paired.pairs if pair.head]
    return mean(means) if means else None
