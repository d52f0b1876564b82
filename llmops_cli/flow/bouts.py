"""The eval sets of a gate, as the base has them: a head cannot choose what it is judged by."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from llmops_cli.compare.cases import unpaired
from llmops_cli.compare.figures import listed
from llmops_cli.errors import UsageError
from llmops_cli.flow.cases import cases_digest, read_cases
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.contestant import Bout
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.judges import judges
from llmops_cli.flow.named_sets import evalset_of
from llmops_cli.flow.own_checks import asks, own_checks
from llmops_cli.flow.registry import Registry
from llmops_cli.flow.registry import read as read_registry
from llmops_cli.flow.scene import Scene
from llmops_cli.flow.scoring import Bench, bench
from llmops_cli.flow.tips import left_behind
from llmops_cli.load.baselines import read, stored
from llmops_cli.load.document import listing
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.verdict import Hard, Unpaired


class Bouts:
    """Reads each eval set once, for as long as one gate runs."""

    def __init__(self, scene: Scene, desk: Desk) -> None:
        """Start with nothing read."""
        self._scene = scene
        self._desk = desk
        self._bouts: dict[tuple[str, str, bool], Bout] = {}
        self._judged: set[str] = set()
        self.lost_cases = False

    def names(self, pair: Pair) -> tuple[str, ...]:
        """Return the eval sets that judge a prompt: those of its base version, then new ones of its head."""
        sides = (self._scene.base, self._scene.tip)
        old = [name for side in sides if side and pair.before for name in side.judges(pair.before)]
        new = self._scene.head.judges(pair.after) if pair.after else ()
        return tuple(dict.fromkeys([*old, *new]))

    def bout(self, pair: Pair, name: str) -> Bout:
        """Return an eval set with its cases and scorers: the base's; the head's where the base does not have it.

        Where the target branch has it otherwise by now, its own: a branch from an old commit must not choose the old.
        """
        is_newer = name in self._behind
        in_base = (pair.before is not None or pair.by_label) and (is_newer or name in self._scene.base.evalsets)
        prompt = pair.before or pair.after if in_base else pair.after
        key = (name, f"{prompt.id} {prompt.interface_digest}" if prompt else "", in_base)
        if key not in self._bouts:
            registry = self._judging(name) if in_base else self._scene.head
            evalset = evalset_of(registry, prompt, name) if prompt else registry.evalset(name)
            cases = read_cases(registry.tree, evalset)
            output = prompt.output if prompt else {}
            ready = self._bench(registry, evalset, output, cases)
            newer = in_base and is_newer
            self._bouts[key] = Bout(evalset, cases, ready, newer, self._earlier(name) if newer else {})
        self._judged.add(name)
        return self._bouts[key]

    @cached_property
    def _behind(self) -> frozenset[str]:
        """The eval sets that the target branch has otherwise than the base, or anew."""
        tip = self._scene.tip
        return frozenset(left_behind(self._scene.base, tip)) if tip else frozenset()

    def _judging(self, name: str) -> Registry:
        tip = self._scene.tip
        return tip if tip and name in self._behind else self._scene.base

    def _earlier(self, name: str) -> dict[str, Case]:
        """Return the base's own cases by id; none where it does not have the set, or has one that cannot be read."""
        try:
            return {case.id: case for case in read_cases(self._scene.base.tree, self._scene.base.evalsets[name])}
        except (KeyError, InvalidFilesError, UsageError):
            return {}

    def head_bout(self, prompt: Prompt, name: str) -> Bout:
        """Return an eval set as the head has it: its own cases, by its own scorers."""
        registry = self._scene.head
        evalset = evalset_of(registry, prompt, name)
        cases = read_cases(registry.tree, evalset)
        return Bout(evalset, cases, self._bench(registry, evalset, prompt.output, cases))

    def _bench(
        self, registry: Registry, evalset: EvalSet, output: Mapping[str, object], cases: Iterable[Case]
    ) -> Bench:
        settings = self._scene.head_settings if registry is self._scene.head else self._scene.policy
        rubric = judges(self._desk, registry.tree, settings, self._scene.trusted, evalset.id)
        return bench(evalset, output, own_checks=own_checks(registry.tree, evalset, cases), judge=rubric)

    def own_cases(self, name: str) -> dict[str, Case]:
        """Return the head's own cases of an eval set by id; none where the head does not have it."""
        if name not in self._scene.head.evalsets:
            return {}
        return {case.id: case for case in read_cases(self._scene.head.tree, self._scene.head.evalsets[name])}

    def unpaired(self, bout: Bout) -> Unpaired:
        """Return the cases that the head adds to, takes from, or changes in the base's eval set."""
        return unpaired(bout.known.values(), tuple(self.own_cases(bout.evalset.id).values()))

    def rubric_of(self, prompt: Prompt) -> tuple[str, ...]:
        """Return the base's eval sets in which this prompt is a judge's rubric, of the set or of a case's own check."""
        tree, found = self._scene.base.tree, self._scene.base.evalsets.values()
        return tuple(evalset.id for evalset in found if asks(tree, evalset, (prompt.id, *prompt.aliases)))

    def lies_in_head(self, prompt: Prompt, evalset: str) -> bool:
        """Return whether the head has a baseline of this version that the base has not: it only needs a commit."""
        return (prompt.id, evalset, prompt.digest[:12]) in self._head_baselines

    @cached_property
    def _head_baselines(self) -> set[tuple[str, str, str]]:
        rows = stored(self._scene.head.tree, self._scene.policy.baselines)
        return {(row[0], row[1], row[2]) for row in rows}

    def removed_elsewhere(self) -> list[Hard]:
        """Return a broken rule for each eval set of unchanged prompts that lost too many, or critical, cases."""
        broken = []
        for name, evalset in self._scene.base.evalsets.items():
            if name in self._judged or self._same_files(evalset):
                continue
            try:
                cases = read_cases(self._scene.base.tree, evalset)
            except (InvalidFilesError, UsageError):  # a change that repairs them is not refused; the report says so
                continue
            own = self.own_cases(name)
            if self._accepted(name, own.values()):
                continue
            gone = unpaired(cases, tuple(own.values())).removed
            critical = [case.id for case in cases if case.id in gone and (case.critical or case.never)]
            share = len(gone) / len(cases)
            if critical or share > self._scene.policy.gate.max_removed:
                detail = f"{len(gone)} of {len(cases)} cases are removed, {len(critical)} of them critical"
                judged = self._judged_by(name)
                detail += f"; eval set {name} judges {listed(judged)}" if judged else ""
                self.lost_cases = True
                broken.append(Hard("removed-cases", next(iter(judged), ""), name, (critical or list(gone))[0], detail))
        return broken

    def _judged_by(self, name: str) -> list[str]:
        """Return the base's prompts that an eval set judges: all are read, for one that did not change is not yet."""
        registry = read_registry(self._scene.base.tree, self._scene.policy)
        return sorted(prompt.id for prompt in registry.prompts.values() if name in registry.judges(prompt))

    def _accepted(self, name: str, own: Iterable[Case]) -> bool:
        """Return whether somebody accepted a baseline on these very cases of the head, where that counts."""
        scene = self._scene
        if scene.policy.accepts != "head" or scene.where.fork:
            return False
        wanted = cases_digest(own)
        rows = [row for row in stored(scene.head.tree, scene.policy.baselines) if row[1] == name]
        arms = (read(scene.head.tree, scene.policy.baselines, *row[:3]) for row in rows)
        return any(one.evalset_digest == wanted and one.accepted is not None for one in arms if one is not None)

    def _same_files(self, evalset: EvalSet) -> bool:
        folder = self._scene.policy.evalsets
        before, after = listing(self._scene.base.tree, folder), listing(self._scene.head.tree, folder)
        return all(before.get(path) == after.get(path) for path in (evalset.source.path, *evalset.data))
