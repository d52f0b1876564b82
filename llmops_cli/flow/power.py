"""What the stored baselines can see: noise, smallest detectable drop, which slice to grow, power. No model call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from llmops_cli.compare.insight import Wanted, power
from llmops_cli.compare.repeated import twins_of
from llmops_cli.compare.slices import tag_of
from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.flags import flags_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.standing import stored_at_base
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.load.settings import gate_policy
from llmops_cli.model.case_flags import CaseFlags
from llmops_cli.model.evalset import EvalSet
from llmops_cli.model.power import Power
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import GatePolicy


@dataclass(frozen=True, slots=True)
class Look:
    """What a user asks for: prompts (none = all), one eval set or all, the drop to find, only primary scorers."""

    prompts: tuple[str, ...] = ()
    evalset: str = ""
    mde: float = 0.05
    primary_only: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """Every stored baseline that was looked at, and in words those that are not there.

    `older`: how commands name the base's versions of these that have one.
    """

    powers: tuple[Power, ...]
    lacking: tuple[str, ...]
    older: tuple[str, ...] = ()


def look(project: Project, wish: Look) -> Looked:
    """Return what `every` does. Raises `UnknownNameError` where no baseline is stored at all."""
    found = every(project, wish)
    if not found.powers and found.older:
        which = f" --evalset {wish.evalset}" if wish.evalset else ""
        hint = f"this is an edited version; that of the base has one: llmops eval power {' '.join(found.older)}{which}"
        raise UnknownNameError(found.lacking[0], hint=hint)
    if not found.powers:
        names = " ".join(wish.prompts) or "PROMPT"
        hint = f"llmops eval run {names} --repeat 5; llmops baseline accept {names} --reason …"
        raise UnknownNameError(found.lacking[0], hint=hint)
    return found


def every(project: Project, wish: Look) -> Looked:
    """Return what each stored baseline of the prompts' versions can see, and which are not there, never nothing.

    Raises `UsageError` for a drop that is none, `UnknownNameError` for a prompt or eval set that is not there.
    """
    if not 0.0 < wish.mde < 1.0:
        raise UsageError(f"--mde {wish.mde:g} is no drop", hint="a share between 0 and 1: --mde 0.05 is 5 points")
    registry = read(project.tree, project.settings, paths=() if wish.prompts else None)
    if wish.evalset:
        registry.evalset(wish.evalset)  # a typo is named
    prompts = [find(project, name).prompt for name in wish.prompts] or list(registry.prompts.values())
    powers: list[Power] = []
    lacking: list[str] = []
    older: list[str] = []
    for prompt in sorted(prompts, key=lambda prompt: prompt.id):
        for evalset in _sets(registry, prompt, wish.evalset):
            arm = read_baseline(project.tree, project.settings.baselines, prompt.id, evalset.id, prompt.digest)
            if arm is None:
                why, there = _without(project, prompt, evalset.id)
                lacking.append(why)
                older += there
            else:
                policy = gate_policy(project.settings.gate, evalset.gate)
                flags = flags_of(read_cases(project.tree, evalset), policy, project.environment.today)
                scorers = [spec.name for spec in evalset.gating if spec.name in arm.scorers]
                wanted = wanted_of(flags, policy, wish.mde)
                powers += [power(arm, name, wanted) for name in (scorers[:1] if wish.primary_only else scorers)]
    if not powers and not lacking:
        lacking.append("no prompt has an eval set with a gating scorer, so there is nothing to look at")
    return Looked(tuple(powers), tuple(lacking), tuple(dict.fromkeys(older)))


def _without(project: Project, prompt: Prompt, evalset: str) -> tuple[str, list[str]]:
    """Return that a version has no baseline, and how commands name the base's version, if that has one."""
    there = stored_at_base(project, prompt, evalset)
    more = f"; {there} has one" if there else ""
    return f"{prompt.id} on {evalset}: no baseline of sha256:{prompt.digest[:12]} is stored{more}", [there] * bool(
        there
    )


def _sets(registry: Registry, prompt: Prompt, only: str) -> Iterator[EvalSet]:
    for name in registry.judges(prompt):
        if only in ("", name):
            yield registry.evalset(name)


def wanted_of(flags: Mapping[str, CaseFlags], policy: GatePolicy, mde: float = 0.05) -> Wanted:
    """Return what to look for in a baseline: a drop, under a policy, in the slices and clusters of its cases."""
    return Wanted(
        mde=mde,
        policy=policy,
        tags={case: tag_of(flag.tags, policy.slices) for case, flag in flags.items()},
        clusters={case: flag.cluster for case, flag in flags.items() if flag.cluster},
        twins=twins_of(flags),
    )
