"""What stored answers say of one prompt digest: the gate's verdict on each eval set that judges it. Calls nobody.

The rule. A release is compared with the one that it replaces, on the answers that are stored of both. Where nothing is
stored of the old one there is nothing to compare, and that alone never passes: it is NO-BASELINE. Two things let the
release be judged by itself, as NEW (floors and hard rules must hold), and both are said in its reasons: its own digest
has a baseline, which somebody accepted with a reason; or it replaces nothing (`replaces` false).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from llmops_cli.compare.acceptance import counting
from llmops_cli.compare.gate import judge, judge_new
from llmops_cli.errors import LlmopsError
from llmops_cli.flow.answers import ShutDesk, Stored
from llmops_cli.flow.bouts import Bouts
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.contestant import Bout
from llmops_cli.flow.fitted import Questions, questions
from llmops_cli.flow.flags import flags_of
from llmops_cli.flow.named_sets import evalset_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.released import answerable
from llmops_cli.flow.scene import Scene
from llmops_cli.flow.sides import Sides
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.load.settings import gate_policy
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.evalset import Case
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import Evidence, Release
from llmops_cli.model.run import Acceptance, Arm
from llmops_cli.model.verdict import Judged, Pairing, Verdict


@dataclass(frozen=True, slots=True)
class Weighed:
    """One eval set: what its stored answers say (None: there are none), why, and what to run to know better."""

    evalset: str
    evidence: Evidence | None
    reasons: tuple[str, ...] = ()
    run: str = ""

    @property
    def told(self) -> str:
        """The verdict with why; the verdict once, though each scorer that fell says its own."""
        verdict = str(self.evidence.verdict) if self.evidence else "no evidence"
        reasons = [reason.removesuffix(f": {verdict}") for reason in self.reasons]
        return f"{verdict} ({'; '.join(dict.fromkeys(reasons))})" if reasons else verdict

    @property
    def passes(self) -> bool:
        """Whether the gate would let this digest through on this eval set."""
        return self.evidence is not None and passes(self.evidence)


def passes(evidence: Evidence) -> bool:
    """Return whether a verdict lets a version through: PASS, IMPROVED, NEW, ACCEPTED."""
    return Verdict(evidence.verdict).exit_code == 0


def judging(registry: Registry, prompt: Prompt) -> tuple[str, ...]:
    """Return the eval sets that judge a prompt."""
    return registry.judges(prompt)


def weigh(
    project: Project, after: Prompt, base: Release | None, address: str, *, replaces: bool = True
) -> tuple[Weighed, ...]:
    """Return what each eval set that judges a prompt says of it, against an earlier release if there is one.

    `address` is how a command names the prompt. Nothing is asked of a model: the answers are those of stored
    baselines, of runs, of recordings and (not in CI) of the cache. Raises `InvalidFilesError` where an eval set cannot
    be read.
    """
    registry = read(project.tree, project.settings, paths=())
    before = answerable(base.prompt, project.settings) if base else None
    names = dict.fromkeys([*judging(registry, after), *(judging(registry, before) if before else ())])
    if not names:
        return ()
    settings = project.settings
    scene = Scene(Sides("", "", "stored answers"), registry, registry, settings, (), ())
    with ShutDesk.of(project) as desk:
        scale = _Scale(project, registry, Bouts(scene, desk), Stored(project, desk), address, base, replaces)
        return tuple(scale.weigh(Pair(before, answerable(after, settings)), name) for name in names)


@dataclass(frozen=True, slots=True)
class _Scale:
    project: Project
    registry: Registry
    bouts: Bouts
    stored: Stored
    address: str
    base: Release | None
    replaces: bool

    def weigh(self, pair: Pair, name: str) -> Weighed:
        after = pair.after
        assert after is not None
        evalset = evalset_of(self.registry, after, name)  # raises for one that is not there
        bout = self.bouts.bout(pair, name)
        if not any(spec.gate for spec in bout.bench.specs):
            reason = f"eval set {name} has no gating scorer"
            return Weighed(name, Evidence(name, Verdict.UNCOVERED), (reason,), f"edit {evalset.source.path}")
        head = self._arm(bout, after, pair.before)
        run = f"llmops eval run {self.address} --evalset {name}"
        if head is None:
            return Weighed(name, None, ("no answer of this content is stored",), run)
        base = self._arm(bout, pair.before, after) if pair.before else None
        accepted = self._accepted(bout, after)
        alone = ""
        if pair.before is not None and base is None:
            old = f"{pair.before.id}@{self.base.version if self.base else ''}"
            alone = f"no answer of {old} is stored to compare with"
            own = accepted if self.stored.baseline(bout, after) else None  # accepted by the scorers that judge now
            if own is None and self.replaces:
                evidence = self._evidence(name, head, base, Verdict.NO_BASELINE)
                return Weighed(name, evidence, (alone,), self._way_out(bout, pair.before, after, old))
            why = (
                f"{own.by.partition(' <')[0] or 'somebody'} accepted this one: {own.reason}"
                if own
                else "and it replaces nothing"
            )
            alone = f"{alone}, {why}"
        judged = self._judged(bout, head, base, accepted)
        evidence = replace(self._evidence(name, head, base, judged.verdict), scores=_scores(judged))
        evidence = replace(evidence, cost_usd=judged.cost.head_usd)
        reasons = (
            *([alone] if alone else []),
            *judged.reasons,
            *(f"{one.rule} {one.case}: {one.detail}" for one in judged.hard),
        )
        way = self._way_on(name, judged.verdict) or run
        return Weighed(name, evidence, tuple(dict.fromkeys([*reasons, *_falls(judged)])), way)

    def _way_on(self, name: str, verdict: Verdict) -> str:
        """Return the command that leads on from a verdict; "" where a run does."""
        if verdict is Verdict.FAIL:
            return (
                f'llmops baseline accept {self.address} --evalset {name} --allow-regress --reason "…" (a wanted drop)'
            )
        return f"llmops eval run {self.address} --evalset {name} --repeat 5" if verdict is Verdict.INCONCLUSIVE else ""

    def _way_out(self, bout: Bout, before: Prompt, after: Prompt, old: str) -> str:
        """Return the commands that lead to a verdict: answers of the old version, or somebody's word for the new one.

        An old version that today's cases lack a value for cannot be asked any more.
        """
        if self.stored.can_ask(before, self._asks(bout, before, after)):
            return f"llmops eval run {old} --evalset {bout.evalset.id}"
        return (
            f"llmops eval run {self.address} --evalset {bout.evalset.id}; llmops baseline accept {self.address} "
            f'--evalset {bout.evalset.id} --reason "…" ({old} cannot be asked the cases as they are now)'
        )

    def _accepted(self, bout: Bout, prompt: Prompt) -> Acceptance | None:
        folder = self.project.settings.baselines
        stored = read_baseline(self.project.tree, folder, prompt.id, bout.evalset.id, prompt.digest)
        return counting(stored.accepted, self.project.environment.today) if stored else None

    def _judged(self, bout: Bout, head: Arm, base: Arm | None, accepted: Acceptance | None) -> Judged:
        settings = self.project.settings
        policy = gate_policy(settings.gate, bout.evalset.gate)
        flags = flags_of(bout.cases, policy, self.project.environment.today)
        rate = settings.budget.max_error_rate
        if base is None:
            return judge_new(head, bout.bench.specs, flags, policy, max_error_rate=rate)
        pairing = Pairing(base, head, bout.bench.specs, flags, policy, accepted=accepted, max_error_rate=rate)
        return judge(pairing)

    def _evidence(self, name: str, head: Arm, base: Arm | None, verdict: Verdict) -> Evidence:
        return Evidence(
            evalset=name,
            verdict=verdict.value,
            cases=sum(bool(row.answers) for row in head.rows.values()),
            against=self.base.version if self.base and (base or verdict is Verdict.NO_BASELINE) else "",
            runs=head.runs,
            baseline=base.digest if base else "",
        )

    def _arm(self, bout: Bout, prompt: Prompt, other: Prompt | None) -> Arm | None:
        return self.stored.best(bout, prompt, self._asks(bout, prompt, other))

    def _asks(self, bout: Bout, prompt: Prompt, other: Prompt | None) -> Questions:
        return questions(bout.cases, prompt, other, self._old(bout.evalset.id))

    def _old(self, name: str) -> Mapping[str, Case]:
        """Return the cases as they were when the base was released, as far as this clone knows."""
        repository = self.project.repository
        commit = self.base.commit if self.base else ""
        if repository is None or not commit or not repository.has(commit):
            return {}
        tree = self.project.at(commit)
        try:
            registry = read(tree, read_settings(tree), paths=())
            return {case.id: case for case in read_cases(tree, registry.evalset(name))}
        except LlmopsError:  # another layout then; what is stored must fit the cases as they are
            return {}


def _scores(judged: Judged) -> dict[str, float]:
    families = [one for one in judged.families if one.slice is None and one.head_mean is not None]
    return {one.scorer: round(one.head_mean, 6) for one in families if one.head_mean is not None}


def _falls(judged: Judged) -> list[str]:
    """Return the scorers that keep a version back, with their figures."""
    return [
        f"{one.scorer} {one.base_mean:.1%} → {one.head_mean:.1%}: {one.verdict}"
        for one in judged.families
        if one.base_mean is not None and one.head_mean is not None and one.verdict.exit_code != 0
    ]
