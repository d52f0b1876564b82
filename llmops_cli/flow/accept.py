"""A run → the stored baseline of a prompt version, accepted with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from llmops_cli.compare.blind import blind
from llmops_cli.compare.cost import COST, rise
from llmops_cli.compare.families import drop_key
from llmops_cli.compare.figures import listed, points
from llmops_cli.compare.gate import judge
from llmops_cli.compare.power import auto_margin
from llmops_cli.compare.repeated import distinct
from llmops_cli.errors import IncompleteError, UnknownNameError, UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.again import again
from llmops_cli.flow.cases import cases_digest, read_cases
from llmops_cli.flow.expiry import expiry
from llmops_cli.flow.flags import flags_of, repeats_of
from llmops_cli.flow.held import held_words
from llmops_cli.flow.named_sets import evalset_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.run import open_store
from llmops_cli.flow.standing import require_measured, served_before, standing
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.load.settings import gate_policy
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Acceptance, Arm, Run
from llmops_cli.model.settings import GatePolicy
from llmops_cli.model.verdict import ORDER, Judged, Pairing, Verdict
from llmops_cli.report.figures import count
from llmops_cli.store.baselines import write
from llmops_cli.store.rejections import rejections

OTHER_CASES = (
    "the gate goes by the base's cases, so an acceptance does not clear it; --allow-regress stores it all the same"
)
GOOD = (Verdict.PASS, Verdict.IMPROVED, Verdict.NEW)


@dataclass(frozen=True, slots=True)
class Accepted:
    """One stored baseline: where it lies, what it holds, what it was compared with, and the margin it can hold.

    `told`: what became of the runs of this version that were stored before; `held`: what the gate will hold it to.
    """

    path: str
    arm: Arm
    judged: Judged | None
    margin: float | None
    told: str = ""
    held: str = ""


def accept(
    project: Project, name: str, *, reason: str, allow_regress: bool = False, evalset: str = "", expires: str = ""
) -> list[Accepted]:
    """Store the newest complete run of the working tree's version as its baseline, one file an eval set.

    `expires` is the last day on which a gate counts the acceptance ("" = it always does). Raises `UsageError` in CI,
    without a reason, and for a drop without `allow_regress`, also one below what is stored of this very version;
    `UnknownNameError` where there is no run; `IncompleteError` where no run has all answers.
    """
    if project.environment.in_ci:
        raise UsageError("a baseline is not accepted in CI", hint="accept it on your machine and commit the file")
    if not reason.strip():
        raise UsageError("a baseline needs a reason", hint='--reason "first baseline"')
    accepted = Acceptance(author(project), reason.strip(), expires=expiry(expires, project.environment.today))
    prompt = find(project, name).prompt
    registry = read(project.tree, project.settings, paths=())
    names = (evalset,) if evalset else registry.judges(prompt)
    if not names:
        raise UsageError(f"prompt {prompt.id} has no eval set", where=prompt.source.path, hint="evals: [ID]")
    ready = [
        _ready(project, prompt, evalset_of(registry, prompt, one), accepted, allow_regress=allow_regress)
        for one in names
    ]
    return [keep(project, *each) for each in ready]


def author(project: Project) -> str:
    """Return who decides: whom git would name as the author of a commit; "" outside a repository."""
    return project.repository.user() if project.repository else ""


def _ready(
    project: Project, prompt: Prompt, evalset: EvalSet, accepted: Acceptance, *, allow_regress: bool
) -> tuple[Arm, Judged | None, str]:
    cases = read_cases(project.tree, evalset)
    newest = newest_run(project, prompt, evalset, cases)
    if why := lacks(project, newest):
        message = f"the newest run of {prompt.id} on {evalset.id} {why}"
        raise IncompleteError(message,
                              hint=f"llmops eval resume {newest.plan.run[:8]}")  # fmt: skip
    own = read_baseline(project.tree, project.settings.baselines, prompt.id, evalset.id, prompt.digest)
    alpha = gate_policy(project.settings.gate, evalset.gate).alpha
    step = again(own, newest, evalset, alpha=alpha, allow_regress=allow_regress)
    found = replace(step.arm, margin=margin_for(project, evalset, step.arm, repeats_of(cases)))
    _warn(project, evalset, found)
    known = (standing(project, prompt, newest), *served_before(project, prompt, evalset.id))
    olds = [old for old in known if old is not None and old.digest != found.digest]
    if not olds:
        require_measured(project, prompt, evalset.id, allow_regress=allow_regress)
        return replace(found, accepted=step.acceptance(accepted)), None, step.told
    pairings = [_pairing(project, evalset, cases, old, found) for old in olds]
    each = [judge(one) for one in pairings]
    judged = min(each, key=lambda one: ORDER[one.verdict])
    if judged.verdict not in GOOD and not allow_regress:
        detail = "; ".join(judged.reasons) or listed(_fallen(judged))
        hint = OTHER_CASES if judged.verdict is Verdict.INCOMPLETE else "if the drop is wanted: --allow-regress"
        raise UsageError(f"{prompt.id} on {evalset.id} is not as good as its baseline: {detail}", hint=hint)
    drops: dict[str, float] = {}
    for family in (family for one in each for family in one.families):
        if family.delta is not None and family.delta < 0:
            key = drop_key(family.scorer, family.slice)
            drops[key] = max(-family.delta, drops.get(key, 0.0))
    rises = [rise(pairing) for pairing, one in zip(pairings, each, strict=True) if _is_dear(one)]
    drops |= {COST: max(rises)} if rises else {}
    return replace(found, accepted=replace(accepted, drops=drops, replaces=olds[0].digest)), judged, step.told


def _fallen(judged: Judged) -> list[str]:
    """Return what each test says that is not good, the worst first: `exact/gift −9.2 pp: FAIL`."""
    bad = sorted((one for one in judged.families if one.verdict not in GOOD), key=lambda one: ORDER[one.verdict])
    return [
        f"{drop_key(one.scorer, one.slice)}{'' if one.delta is None else f' {points(one.delta, 1)}'}: {one.verdict}"
        for one in bad
    ]


def _is_dear(judged: Judged) -> bool:
    return any(one.rule == COST for one in judged.hard)


def _warn(project: Project, evalset: EvalSet, found: Arm) -> None:
    """Tell of a baseline that nothing can fall below, and of a version that was rejected before."""
    what = f"{found.prompt} on {found.evalset}"
    primary = evalset.primary.name if evalset.primary else next(iter(found.scorers), "")
    if primary and (why := blind(found, primary)):
        project.warn(f"the baseline of {what} says little: {why}")
    for one in rejections(project.state):
        if (one.prompt, one.evalset, one.digest) == (found.prompt, found.evalset, found.digest):
            project.warn(f"this version of {what} was rejected before, by {one.by or 'somebody'}: {one.reason}")


def lacks(project: Project, run: Run) -> str:
    """Return in words what keeps a run from being a baseline: answers that are missing; "" for a complete one."""
    if run.missing:
        return f"lacks {count(len(run.missing), 'answer')}"
    lost = sum(not isinstance(row.answer, Completion) for row in run.results)
    many = lost > project.settings.budget.max_error_rate * len(run.results)
    return f"has no answer to {lost} of {len(run.results)} calls" if many else ""


def _pairing(project: Project, evalset: EvalSet, cases: tuple[Case, ...], old: Arm, new: Arm) -> Pairing:
    policy = gate_policy(project.settings.gate, evalset.gate)
    flags = flags_of(cases, policy, project.environment.today)
    specs = tuple(spec for spec in evalset.scorers if spec.name in old.scorers)
    return Pairing(old, new, specs, flags, policy)


def newest_run(project: Project, prompt: Prompt, evalset: EvalSet, cases: tuple[Case, ...]) -> Run:
    """Return the newest run of this very prompt version on these very cases with these very scorers.

    A complete one, if there is any: a later one that was broken off takes nothing back. Raises `UnknownNameError`.
    """
    store = open_store(project)
    wanted = cases_digest(cases)
    partial, broken_off = "", None
    for name in store.ids():
        plan = store.plan(name)
        if (plan.prompt, plan.digest, plan.evalset) != (prompt.id, prompt.digest, evalset.id):
            continue
        if plan.evalset_digest != wanted or not {spec.name for spec in evalset.scorers} <= set(plan.scorers):
            partial = partial or name
            continue
        run = store.read(name)
        if not lacks(project, run):
            return run
        broken_off = broken_off or run
    if broken_off:
        return broken_off
    hint = f"llmops eval run {prompt.id}"
    if partial:
        message = f"the newest run of {prompt.id} ({partial[:8]}) is not on all cases of {evalset.id} as they are now"
        raise UnknownNameError(message, hint=hint)
    raise UnknownNameError(f"no run of this version of {prompt.id} on {evalset.id}", hint=hint)


def margin_for(project: Project, evalset: EvalSet, found: Arm, asked: Mapping[str, str]) -> float | None:
    """Return the auto margin of the primary scorer; None where a margin is set by hand.

    `asked`: the first of the cases that ask what a case asks; they count once.
    """
    found = distinct(found, {case: (first, first) for case, first in asked.items()})
    policy: GatePolicy = gate_policy(project.settings.gate, evalset.gate)
    primary = evalset.primary
    name = primary.name if primary else next(iter(found.scorers), "")
    return auto_margin(found, name, policy) if policy.margin == "auto" and name else None


def keep(project: Project, found: Arm, judged: Judged | None, told: str = "") -> Accepted:
    """Write a baseline, and return where it lies."""
    path = write(project.root, project.settings.baselines, found)
    return Accepted(project.relative(path), found, judged, found.margin, told, held_words(project, found))
