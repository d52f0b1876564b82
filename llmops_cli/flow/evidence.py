"""What stored answers say of one prompt digest: the gate's verdict on each eval set that judges it. Calls nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from llmops_cli.compare.acceptance import counting
from llmops_cli.compare.gate import judge, judge_new
from llmops_cli.compare.runs import arm
from llmops_cli.errors import LlmopsError, SettingsError
from llmops_cli.flow.arms import run_arm, stored_arm
from llmops_cli.flow.bouts import Bouts
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.contestant import Bout, Side
from llmops_cli.flow.desk import Desk, Limits
from llmops_cli.flow.fitted import Questions, questions
from llmops_cli.flow.flags import flags_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.released import answerable
from llmops_cli.flow.run import open_store
from llmops_cli.flow.scene import Scene
from llmops_cli.flow.sides import Sides
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.load.settings import gate_policy
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.evalset import Case
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import Evidence, Release
from llmops_cli.model.run import Arm
from llmops_cli.model.verdict import Judged, Pairing, Verdict


@dataclass(frozen=True, slots=True)
class Weighed:
    """One eval set: what its stored answers say (None: there are none), why, and what to run to know better."""

    evalset: str
    evidence: Evidence | None
    reasons: tuple[str, ...] = ()
    run: str = ""

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


def weigh(project: Project, after: Prompt, base: Release | None, address: str) -> tuple[Weighed, ...]:
    """Return what each eval set that judges a prompt says of it, against an earlier release if there is one.

    `address` is how a command names the prompt. Nothing is asked of a model: the answers are those of stored
    baselines, of runs and of recordings. Raises `InvalidFilesError` where an eval set cannot be read.
    """
    registry = read(project.tree, project.settings, paths=())
    before = answerable(base.prompt, project.settings) if base else None
    names = dict.fromkeys([*judging(registry, after), *(judging(registry, before) if before else ())])
    if not names:
        return ()
    settings = project.settings
    scene = Scene(Sides("", "", "stored answers"), registry, registry, settings, (), ())
    with Desk.open(project, settings, mode="replay", limits=Limits(offline=True)) as desk:
        against, commit = (base.version, base.commit) if base else ("", "")
        scale = _Scale(project, registry, Bouts(scene, desk), desk, address, against, commit)
        return tuple(scale.weigh(Pair(before, answerable(after, settings)), name) for name in names)


@dataclass(frozen=True, slots=True)
class _Scale:
    project: Project
    registry: Registry
    bouts: Bouts
    desk: Desk
    address: str
    against: str
    commit: str

    def weigh(self, pair: Pair, name: str) -> Weighed:
        after = pair.after
        assert after is not None
        evalset = self.registry.evalset(name)  # raises for one that is not there
        bout = self.bouts.bout(pair, name)
        if not any(spec.gate for spec in bout.bench.specs):
            reason = f"eval set {name} has no gating scorer"
            return Weighed(name, Evidence(name, Verdict.UNCOVERED), (reason,), f"edit {evalset.source.path}")
        head = self._arm(bout, after, pair.before)
        run = f"llmops eval run {self.address} --evalset {name}"
        if head is None:
            return Weighed(name, None, ("no answer of this content is stored",), run)
        base = self._arm(bout, pair.before, after) if pair.before else None
        if pair.before is not None and base is None:
            reason = f"no answer of {pair.before.id}@{self.against} is stored to compare with"
            run = f"llmops eval run {pair.before.id}@{self.against} --evalset {name}"
            evidence = self._evidence(name, head, Verdict.NO_BASELINE, {})
            return Weighed(name, evidence, (reason,), run)
        judged = self._judged(bout, after, head, base)
        evidence = self._evidence(name, head, judged.verdict, _scores(judged))
        evidence = replace(evidence, baseline=base.digest if base else "", cost_usd=judged.cost.head_usd)
        reasons = (*judged.reasons, *(f"{one.rule} {one.case}: {one.detail}" for one in judged.hard))
        return Weighed(name, evidence, tuple(dict.fromkeys([*reasons, *_falls(judged)])), run)

    def _judged(self, bout: Bout, after: Prompt, head: Arm, base: Arm | None) -> Judged:
        settings = self.project.settings
        policy = gate_policy(settings.gate, bout.evalset.gate)
        flags = flags_of(bout.cases, policy, self.project.environment.today)
        rate = settings.budget.max_error_rate
        if base is None:
            return judge_new(head, bout.bench.specs, flags, policy, max_error_rate=rate)
        stored = read_baseline(self.project.tree, settings.baselines, after.id, bout.evalset.id, after.digest)
        accepted = counting(stored.accepted, self.project.environment.today) if stored else None
        pairing = Pairing(base, head, bout.bench.specs, flags, policy, accepted=accepted, max_error_rate=rate)
        return judge(pairing)

    def _evidence(self, name: str, head: Arm, verdict: Verdict, scores: Mapping[str, float]) -> Evidence:
        return Evidence(
            evalset=name,
            verdict=verdict.value,
            cases=sum(bool(row.answers) for row in head.rows.values()),
            scores=scores,
            against=self.against,
            runs=head.runs,
        )

    def _arm(self, bout: Bout, prompt: Prompt, other: Prompt | None) -> Arm | None:
        """Return the stored answers of a prompt: the source that knows all cases, else the one that knows most."""
        asks = questions(bout.cases, prompt, other, self._old(bout.evalset.id))
        best: Arm | None = None
        known = 0
        for found in self._sources(bout, prompt, asks):
            count = asks.count(found)
            if count > known:
                best, known = found, count
            if known == len(bout.cases):
                break
        return asks.fit(best) if best else None

    def _sources(self, bout: Bout, prompt: Prompt, asks: Questions) -> Iterator[Arm | None]:
        """Yield what is stored, the strongest first: a committed baseline, runs, recordings."""
        side = Side(self.project.tree, self.project.settings, self.desk.environment, self.project.tree)
        yield stored_arm(side, bout, prompt)
        yield from self._runs(bout, prompt)
        try:
            yield run_arm(side, replace(bout, cases=asks.asked), prompt, self.desk)[0]
        except SettingsError:  # its model is a program that is not named any more: it answered elsewhere
            return

    def _runs(self, bout: Bout, prompt: Prompt) -> Iterator[Arm]:
        """Yield the runs of this very content with these scorers, newest first."""
        store = open_store(self.project)
        for name in store.ids():
            plan = store.plan(name)
            same = (plan.digest, plan.evalset) == (prompt.digest, bout.evalset.id)
            if same and all(plan.scorers.get(one) == seal for one, seal in bout.bench.digests.items()):
                yield arm(store.read(name))

    def _old(self, name: str) -> Mapping[str, Case]:
        """Return the cases as they were when the base was released, as far as this clone knows."""
        repository = self.project.repository
        if repository is None or not self.commit or not repository.has(self.commit):
            return {}
        tree = self.project.at(self.commit)
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
