"""Changed prompts whose results wait for a person: run since the edit, and neither accepted nor rejected."""

from collections.abc import Iterator, Sequence

from llmops_cli.compare.acceptance import is_expired
from llmops_cli.compare.gate import judge, judge_new
from llmops_cli.compare.runs import arm
from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.accept import lacks, newest_run
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.flags import flags_of
from llmops_cli.flow.named_sets import evalset_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.replayed import replayed
from llmops_cli.flow.scene import Scene, scene
from llmops_cli.flow.standing import stored_for
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.model.evalset import Case, EvalSet
from llmops_cli.model.pending import Pending, Unready, Waiting
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Arm, Rejection, Result
from llmops_cli.model.verdict import Judged, Pairing, Verdict
from llmops_cli.store.rejections import rejections


def pending(project: Project, names: Sequence[str] = ()) -> Pending:
    """Return what waits for a decision among the prompts that differ from the gate's base. Calls nobody.

    Raises `GitError` where no base can be found, `UnknownNameError` for a name that is no changed prompt's.
    """
    found = scene(project, base="auto", head="", prompts=names)
    items = [item for pair in found.pairs if pair.after and not pair.same for item in _of(project, found, pair)]
    waiting = [one for one in items if isinstance(one, Waiting)]
    return Pending(
        found.where.base,
        tuple(one for one in waiting if one.rejected is None),
        tuple(one for one in waiting if one.rejected is not None),
        tuple(one for one in items if isinstance(one, Unready)),
    )


def _of(project: Project, found: Scene, pair: Pair) -> Iterator[Waiting | Unready]:
    after = pair.after
    assert after is not None
    names = found.head.judges(after)
    if not names:
        yield Unready(after.id, "", "no eval set judges it", "llmops evalset new ID")
    for name in names:
        evalset = evalset_of(found.head, after, name)
        if not _is_decided(project, after, name):
            item = _one(project, found, pair, evalset)
            if item is not None:
                yield item


def _is_decided(project: Project, prompt: Prompt, evalset: str) -> bool:
    """Return whether a baseline of this very version is stored, whose acceptance counts."""
    stored = read_baseline(project.tree, project.settings.baselines, prompt.id, evalset, prompt.digest)
    if stored is None:
        return False
    return stored.accepted is None or not is_expired(stored.accepted, project.environment.today)


def _one(project: Project, found: Scene, pair: Pair, evalset: EvalSet) -> Waiting | Unready | None:
    after = pair.after
    assert after is not None
    base = None
    if pair.before is not None:
        base = stored_for(project, found.base.tree, found.policy, pair.before, evalset.id)
        if base is None:
            why = "no baseline of the base's version is stored"
            command = f"on the base: llmops eval run {pair.before.id}; llmops baseline accept {pair.before.id}"
            return Unready(after.id, evalset.id, why, command)
    cases = read_cases(project.tree, evalset)
    run, head, rows = _answers(project, after, evalset, cases)
    if head is None:
        return Unready(after.id, evalset.id, "this version has not been run", f"llmops eval run {after.id}")
    judged = _judged(found, evalset, cases, (base, head), project.environment.today)
    if base is not None and not differs(judged):
        return None
    return Waiting(
        after, pair.before, evalset, run, base, judged, rows, {case.id: case for case in cases},
        _rejection(project, after, evalset.id),
    )  # fmt: skip


def differs(judged: Judged) -> bool:
    """Return whether a result is not that of the baseline: a mean moved, a case broke or was fixed, or no PASS."""
    moved = any(one.broke or one.fixed or one.delta for one in judged.families)
    return moved or judged.verdict not in (Verdict.PASS, Verdict.IMPROVED) or bool(judged.hard)


def _answers(
    project: Project, prompt: Prompt, evalset: EvalSet, cases: tuple[Case, ...]
) -> tuple[str, Arm | None, tuple[Result, ...]]:
    """Return the newest complete run of a version, its arm and its rows; else what recordings say of every case."""
    try:
        run = newest_run(project, prompt, evalset, cases)
    except UnknownNameError:
        run = None
    if run is not None and not lacks(project, run):
        return run.plan.run, arm(run), run.results
    return ("", *replayed(project, prompt, evalset, cases))


def _judged(
    found: Scene, evalset: EvalSet, cases: tuple[Case, ...], arms: tuple[Arm | None, Arm], today: str
) -> Judged:
    base, head = arms
    policy = found.bar(evalset)
    flags, rate = flags_of(cases, policy, today), found.policy.budget.max_error_rate
    if base is None:
        return judge_new(head, evalset.scorers, flags, policy, max_error_rate=rate)
    specs = tuple(spec for spec in evalset.scorers if spec.name in base.scorers)
    return judge(Pairing(base, head, specs, flags, policy, max_error_rate=rate))


def _rejection(project: Project, prompt: Prompt, evalset: str) -> Rejection | None:
    same = (prompt.id, evalset, prompt.digest)
    return next((one for one in rejections(project.state) if (one.prompt, one.evalset, one.digest) == same), None)
