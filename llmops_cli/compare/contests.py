"""The families of a pairing before they have verdicts: their pairs, their figures, what they are judged under."""

from dataclasses import dataclass

from llmops_cli.compare.calibration import scaled_margin
from llmops_cli.compare.confirm import informative
from llmops_cli.compare.figures import cases_text
from llmops_cli.compare.hard import unsteady
from llmops_cli.compare.holm import Claim
from llmops_cli.compare.pairs import Paired, pair_up
from llmops_cli.compare.power import margin_of, planned, rule_of
from llmops_cli.compare.repeated import Twins, distinct, said, twins_of, units
from llmops_cli.compare.scope import Scope
from llmops_cli.compare.stats import mean
from llmops_cli.compare.verdicts import Terms, Weighed, weigh
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.verdict import Family, Pairing, Verdict

RUNS_ARE_MISSING = "verdict withheld: too many runs are missing"


@dataclass(frozen=True, slots=True)
class Bench:
    """What all families of a pairing share. `complete` is false where more runs are missing than the limit allows."""

    pairing: Pairing
    scope: Scope
    complete: bool

    @property
    def twins(self) -> Twins:
        """The cases that share answers."""
        return twins_of(self.pairing.flags)


def primaries(scorers: tuple[ScorerSpec, ...]) -> frozenset[str]:
    """Return the names of the gating scorers that must show PASS: those marked primary, else the first."""
    gating = [spec for spec in scorers if spec.gate]
    return frozenset(spec.name for spec in gating if spec.primary) or frozenset(spec.name for spec in gating[:1])


@dataclass(frozen=True, slots=True)
class Contest:
    """A family whose runs are weighed, but which has no verdict yet: its level depends on all others of the change.

    `family` has no figures yet; `doubt` is why the scores must not be compared, "" if they may be.
    """

    bench: Bench
    family: Family
    paired: Paired
    doubt: str
    terms: Terms | None = None
    weighed: Weighed | None = None

    @property
    def claim(self) -> Claim | None:
        """The test that could fail the change; None where there is none to make."""
        if self.terms is None or self.weighed is None or self.doubt:
            return None
        p = self.weighed.p
        informed = (p.worse < 1.0 or p.better < 1.0) and bool(informative(self.paired.comparable))
        return Claim(p.worse, self.terms.alpha, self.family.primary, informed)


def contests_of(bench: Bench) -> tuple[tuple[Contest, ...], tuple[str, ...]]:
    """Return every family of a pairing, whole sets before their slices, and notes on slices too small to judge."""
    pairing = bench.pairing
    gating = sorted((spec for spec in pairing.scorers if spec.gate), key=lambda spec: not spec.primary)
    contests: list[Contest] = []
    notes: dict[str, None] = {}
    for spec in gating:
        whole = pair_up(pairing.base, pairing.head, spec.name, bench.scope.cases)
        contests.append(_contest(bench, spec, None, whole))
        for tag in dict.fromkeys(pairing.policy.slices):  # one that is named twice is one test, not two
            part = whole.only(lambda case, tag=tag: _has_tag(pairing, case, tag))  # type: ignore[misc]
            count = units((pair.case for pair in part.pairs), bench.twins)
            if count >= pairing.policy.min_slice:
                contests.append(_contest(bench, spec, tag, part))
            elif any(tag in flags.tags for flags in pairing.flags.values()):  # else it is another set's slice
                few = f"{cases_text(count)}, too few to judge ({pairing.policy.min_slice})"
                notes[f"slice {tag}: {few}"] = None
    return tuple(contests), (*said(bench.scope.cases, bench.twins), *notes)


def _has_tag(pairing: Pairing, case: str, tag: str) -> bool:
    flags = pairing.flags.get(case)
    return flags is not None and tag in flags.tags


def _contest(bench: Bench, spec: ScorerSpec, tag: str | None, paired: Paired) -> Contest:
    pairing, comparable = bench.pairing, paired.comparable
    primary = not pairing.against and tag is None and spec.name in primaries(pairing.scorers)
    empty = _empty(bench, spec, tag, paired, primary=primary)
    doubt = _doubt(bench, spec, paired, lenient=tag is not None)
    if not comparable.pairs:
        return Contest(bench, empty, paired, doubt or f"no case has scores of {spec.name} on both sides")
    policy, look = pairing.policy, pairing.look
    own = distinct(pairing.measured or pairing.base, bench.twins)
    margin = margin_of(own, spec.name, policy, look, pairing.total)
    if policy.margin != "auto" and spec.name in pairing.judges:
        margin = scaled_margin(margin, pairing.judges[spec.name])
    clusters = {case: flags.cluster for case, flags in pairing.flags.items() if flags.cluster}
    terms = Terms(
        margin,
        rule_of(margin, policy),
        policy.alpha * look.alpha,
        policy,
        clusters,
        blocking=primary,
        live=pairing.live,
        beta=policy.beta * look.beta,
        runs=planned(policy, look),
        aside=frozenset(pair.case for pair in comparable.pairs if _aside(pairing, pair.case, spec.name)),
        twins=bench.twins,
    )
    return Contest(bench, empty, paired, doubt, terms, weigh(comparable, terms))


def _aside(pairing: Pairing, case: str, scorer: str) -> bool:
    flags = pairing.flags.get(case)
    return bool(flags is not None and flags.quarantined) or unsteady(pairing.base.rows.get(case), scorer)


def _doubt(bench: Bench, spec: ScorerSpec, paired: Paired, *, lenient: bool) -> str:
    """Return why the scores must not be compared, or nothing. A slice (`lenient`) may have one case without a score.

    One of twenty is 5 % of the slice, but the whole set has the limit: where it is kept, one case stops nobody.
    """
    base, head = bench.pairing.base, bench.pairing.head
    if base.scorers.get(spec.name) != head.scorers.get(spec.name):
        return f"scorer changed: {spec.name} is not the same on both sides; score the stored answers anew"
    if not bench.complete:
        return RUNS_ARE_MISSING
    sides = (
        ("base", [(pair.base_unscored, len(pair.base)) for pair in paired.pairs]),
        ("head", [(pair.head_unscored, len(pair.head)) for pair in paired.pairs]),
    )
    for side, counts in sides:
        unscored, scored = sum(without for without, _ in counts), sum(count for _, count in counts)
        few = lenient and sum(without > 0 for without, _ in counts) <= 1
        if unscored > bench.pairing.policy.max_unscored * (unscored + scored) and not few:
            return f"scorer {spec.name} could not score {unscored} of {unscored + scored} answers of the {side}"
    return ""


def _empty(bench: Bench, spec: ScorerSpec, tag: str | None, paired: Paired, *, primary: bool) -> Family:
    """Return the family without figures, INCOMPLETE until something better is known."""
    comparable = paired.comparable.pairs
    return Family(
        prompt=bench.pairing.head.prompt or bench.pairing.base.prompt,
        evalset=bench.pairing.base.evalset,
        scorer=spec.name,
        slice=tag,
        verdict=Verdict.INCOMPLETE,
        rule="statistics",
        cases=len(comparable),
        base_runs=mean([len(pair.base) for pair in comparable]) if comparable else 0.0,
        head_runs=mean([len(pair.head) for pair in comparable]) if comparable else 0.0,
        primary=primary,
        unscored=paired.unscored,
        missing=paired.missing,
        unpaired=bench.scope.unpaired,
        against=bench.pairing.against,
        look=bench.pairing.look,
    )
