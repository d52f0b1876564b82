"""One eval set of one prompt, with all that a comparison on it needs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from llmops_cli.compare.acceptance import counting, is_expired
from llmops_cli.compare.calibration import refusal
from llmops_cli.flow.arms import stored_arm
from llmops_cli.flow.bouts import Bouts
from llmops_cli.flow.contestant import Bout, Contestant, OnResult, Side
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.fitted import answering
from llmops_cli.flow.flags import flags_of, lapsed
from llmops_cli.flow.judged import calibrations
from llmops_cli.flow.scene import Scene
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.evalset import BARRED, Case, ScorerSpec, rubrics_of
from llmops_cli.model.move import Move
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Acceptance, Arm, Result
from llmops_cli.model.settings import GatePolicy

Tell = Callable[[str, Result], None]


@dataclass(frozen=True, slots=True)
class Bar:
    """The scorers of a bout, those of judges that may not gate switched off; J by judge; notes.

    `closed` says why nothing may be decided: the primary scorer is a judge that may not gate.
    """

    specs: tuple[ScorerSpec, ...]
    judges: Mapping[str, float]
    notes: tuple[str, ...]
    closed: str


@dataclass(frozen=True)
class Ring:
    """`before` is the base's version (None: the prompt is new), `after` the head's.

    `moves`: both are releases, and these labels move from one to the other. Their answers may be stored under older
    ids, and on cases that had fewer inputs.
    """

    before: Prompt | None
    after: Prompt
    bout: Bout
    scene: Scene
    bouts: Bouts
    desk: Desk
    tell: Tell
    moves: tuple[Move, ...] = ()

    @property
    def by_label(self) -> bool:
        """Whether releases are compared, not what the prompt's files say."""
        return bool(self.moves)

    @property
    def policy(self) -> GatePolicy:
        """The thresholds that judge, with the eval set's own over them."""
        return self.scene.bar(self.bout.evalset)

    @property
    def flags(self) -> dict[str, CaseFlags]:
        """Tags and hard rules of the cases."""
        return flags_of(self.bout.cases, self.policy, self.desk.environment.today)

    @property
    def is_brought(self) -> bool:
        """Whether the eval set is the change's own: the base does not have it."""
        return not self.bout.is_newer and self.bout.evalset.id not in self.scene.base.evalsets

    @property
    def base_side(self) -> Side:
        """The base: its files, its settings."""
        scene = self.scene
        return Side(scene.base.tree, scene.policy, self.desk.environment, scene.trusted, is_base=True)

    @property
    def head_side(self) -> Side:
        """The head: its files and model names, on the base's hosts and programs."""
        scene, ours = self.scene, not self.scene.where.fork
        return Side(scene.head.tree, scene.head_settings, self.desk.environment, scene.trusted, is_ours=ours)

    def head(self) -> Contestant:
        """Return the head's version, rendered on the cases."""
        own = self.bouts.own_cases(self.bout.evalset.id)
        found = Contestant(self.head_side, self.bout, self.after, self.desk, own_cases=own, narrow=self.is_narrow)
        if self.by_label and self.desk.mode != "live":
            found.knows(self.stored(self.after))
        return found

    def base(self, before: Prompt) -> Contestant:
        """Return the base's version, rendered on the cases."""
        return Contestant(
            self.base_side, self.bout, before, self.desk, own_cases=self.bout.earlier, narrow=self.is_narrow
        )

    def stored(self, prompt: Prompt) -> Arm | None:
        """Return what the base has stored of a version: its baseline, if its scorers are those that judge now."""
        names = dict.fromkeys((prompt.id, *prompt.aliases)) if self.by_label else (prompt.id,)
        arms = (stored_arm(side, self.bout, replace(prompt, id=name)) for side in self._stores for name in names)
        found = next((one for one in arms if one is not None), None)
        if found is None or not self.is_narrow:
            return found
        found = answering(found, self.bout.cases, prompt)
        return found if self._is_enough(found) else None

    @property
    def is_narrow(self) -> bool:
        """Whether the cases may be newer than the prompts, and have inputs that these do not know."""
        return self.by_label or self.bout.is_newer

    @property
    def _stores(self) -> tuple[Side, ...]:
        """Where baselines of the base's versions lie: with the cases of the target branch come its baselines."""
        tip = self.scene.tip if self.bout.is_newer else None
        return (replace(self.base_side, tree=tip.tree), self.base_side) if tip else (self.base_side,)

    def _is_enough(self, found: Arm) -> bool:
        """Return whether a baseline answers nearly all cases of a newer eval set; where nothing is asked, any does."""
        if not self.bout.is_newer or self.desk.mode == "replay":
            return True
        rows = found.rows
        known = sum(case.id in rows and rows[case.id].case_digest == case.digest for case in self.bout.cases)
        return known >= (1 - self.policy.max_removed) * len(self.bout.cases)

    def told(self) -> OnResult:
        """Return what tells the user of each answer."""
        name = self.bout.evalset.id
        return lambda row: self.tell(name, row)

    def accepted(self) -> Acceptance | None:
        """Return the acceptance of the head's version that counts today."""
        return counting(self._acceptance, self.desk.environment.today)

    @cached_property
    def _acceptance(self) -> Acceptance | None:
        """The acceptance of the head's digest, from where the policy lets it count: forks' never do."""
        scene = self.scene
        from_head = scene.policy.accepts == "head" and not scene.where.fork
        tree = scene.head.tree if from_head else scene.base.tree
        after, evalset = self.after, self.bout.evalset.id
        names = dict.fromkeys((after.id, *after.aliases)) if self.by_label else (after.id,)
        read = (read_baseline(tree, scene.policy.baselines, name, evalset, after.digest) for name in names)
        return next((found.accepted for found in read if found), None)

    @cached_property
    def bar(self) -> Bar:
        """The scorers that may decide, and what must be said of the judges among them."""
        scene, evalset = self.scene, self.bout.evalset
        found = calibrations(scene.base.tree, scene.policy, evalset, self.bout.bench.digests)
        notes = [*lapsed(self.bout.cases, self.policy, self.desk.environment.today)]
        accepted = self._acceptance
        if accepted is not None and is_expired(accepted, self.desk.environment.today):
            notes.append(f"the acceptance by {accepted.by} expired on {accepted.expires}: {accepted.reason}")
        quality: dict[str, float] = {}
        barred: dict[str, str] = {}
        for name, one in found.items():
            measure = f"llmops eval calibrate {evalset.id} --scorer {name}"
            why = refusal(one.quality) if one.state == "calibrated" and one.quality else ""
            if why:
                called = name if name.startswith("judge") else f"judge {name}"
                barred[name] = f"{called} {BARRED}: {why}; {measure}"
            elif one.state == "calibrated" and one.quality and one.quality.youden is not None:
                quality[name] = one.quality.youden
            else:
                notes.append(f"judge {name} is not calibrated ({one.reason}): {measure}")
        notes += _own_judges(self.bout.cases)
        specs = tuple(replace(spec, gate=spec.gate and spec.name not in barred) for spec in self.bout.bench.specs)
        first = next((spec.name for spec in evalset.gating), "")
        return Bar(specs, quality, (*barred.values(), *notes), barred.get(first, ""))


def _own_judges(cases: Iterable[Case]) -> list[str]:
    """Return a note where judges decide by the checks of single cases: people's labels are of a set's scorers."""
    asked = sorted({name for case in cases for _, name in rubrics_of(case.checks)})
    said = f"rubric {', '.join(asked)} is asked by checks of single cases, where no labels can calibrate it"
    return [f"{said}: make it a scorer of the set"] if asked else []
