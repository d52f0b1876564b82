"""The gate: what changed since the base, run where it must be, judged under the base's policy."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.compare.figures import listed
from llmops_cli.errors import ExitCode
from llmops_cli.flow.bar_changes import bar_changes
from llmops_cli.flow.bouts import Bouts
from llmops_cli.flow.broken_calls import with_broken_calls
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.duel import Outcome, duels
from llmops_cli.flow.gate_power import powers
from llmops_cli.flow.judges import judge_routes
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.project import Project
from llmops_cli.flow.routes import route
from llmops_cli.flow.scene import Scene, scene
from llmops_cli.flow.slices import unknown_slices
from llmops_cli.flow.tips import left_behind
from llmops_cli.flow.unmerged import require_merged
from llmops_cli.load.document import listing
from llmops_cli.model.run import Result
from llmops_cli.model.settings import Route, Settings
from llmops_cli.model.verdict import Calls, GateReport, PromptVerdict, Verdict, worst

OnResult = Callable[[str, str, Result], None]


@dataclass(frozen=True, slots=True)
class GateWish:
    """What a user asks the gate for. `on_inconclusive` overrides the policy's ("" = as the policy says).

    `verify`: how many recordings that the change brings are asked again, of each prompt. `powers`: measure what the
    stored baselines can see; only a report that draws it asks for that.
    """

    base: str = "auto"
    head: str = ""
    mode: str = "auto"
    on_inconclusive: str = ""
    prompts: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    verify: int = 0
    powers: bool = False


def gate(project: Project, wish: GateWish, on_result: OnResult | None = None) -> GateReport:
    """Return the verdict on what changed since the base. Raises `GitError` where no base can be found."""
    found = scene(project, base=wish.base, head=wish.head, prompts=wish.prompts)
    with Desk.open(project, found.policy, found.where, mode=wish.mode, limits=wish.limits) as desk:
        desk.check(_routes(project, found))
        if not found.where.head:
            require_merged(project, found.policy.baselines)
        bar = bar_changes(found)  # before anything is paid for: it reads the head's cases
        bouts = Bouts(found, desk)
        outcomes = duels(found.judged, found, bouts, desk, on_result or _silent, verify=wish.verify)
        outcomes = with_broken_calls(found.judged, outcomes, found, project)
        hard = tuple(dict.fromkeys([*(rule for one in outcomes for rule in one.hard), *bouts.removed_elsewhere()]))
        unchanged = tuple(PromptVerdict(name, "unchanged", Verdict.PASS) for name in found.unchanged)
        prompts = tuple(
            sorted((*(one.prompt for one in outcomes), *found.rows, *unchanged), key=lambda prompt: prompt.id)
        )
        verdict = worst(*(prompt.verdict for prompt in prompts), *([Verdict.FAIL] if bouts.lost_cases else []))
        said = [*(prompt.verdict for prompt in prompts), *(told for one in outcomes for told in one.verdicts)]
        calls = _calls(desk.calls, sum(one.planned for one in outcomes))
        return GateReport(
            verdict=verdict,
            exit_code=_exit_code(verdict, said, found.policy, wish),
            base=found.where.base,
            policy=found.where.policy,
            head=found.where.head or "worktree",
            mode=wish.mode,
            calls=calls,
            cost_usd=desk.cost_usd,
            families=tuple(family for one in outcomes for family in one.families),
            prompts=prompts,
            hard=hard,
            unverified_recordings=desk.unverified,
            unverified_baselines=_changed_baselines(found),
            notes=(
                *_notes(found, wish.mode, unconfirmed=any(one.is_unconfirmed for one in outcomes)),
                *unknown_slices(found, (one.evalset for outcome in outcomes for one in outcome.families)),
                *(one.text for one in bar if not one.weaker),
            ),
            weakened=tuple(one.text for one in bar if one.weaker),
            failures=_failures(outcomes),
            cost_limit=found.policy.gate.cost_increase,
            powers=powers(project, found, bouts) if wish.powers else (),
        )


def _silent(_prompt: str, _evalset: str, _row: Result) -> None:
    """Tell nobody."""


def _failures(outcomes: Sequence[Outcome]) -> dict[str, int]:
    lost: Counter[str] = Counter()
    for one in outcomes:
        lost.update(one.failures)
    return dict(sorted(lost.items()))


def _calls(made: Calls, planned: int) -> Calls:
    """Return the calls with what was saved: what a plan without a memory would take beyond the answers used."""
    used = made.live + made.recorded + made.cached
    return replace(made, planned=planned, saved=max(0, planned - used))


def _routes(project: Project, found: Scene) -> list[Route]:
    prompts = [pair.after for pair in found.judged if pair.after is not None]
    own = [route(prompt.model, found.head_settings, project.environment, found.trusted) for prompt in prompts]
    names = {name for pair in found.judged if pair.before and pair.after for name in found.base.judges(pair.before)}
    sets = [found.base.evalsets[name] for name in sorted(names) if name in found.base.evalsets]
    return own + judge_routes(project, sets, (found.base.tree, found.policy, found.trusted))


def _exit_code(verdict: Verdict, said: Sequence[Verdict], policy: Settings, wish: GateWish) -> ExitCode:
    """Return the exit code of the worst that was said of any prompt, after what the policy waves through as a warning.

    What is waved through hides nothing else: a prompt may be uncovered on one eval set and inconclusive on another.
    """
    if verdict is Verdict.FAIL:
        return ExitCode.FINDINGS
    waved = {Verdict.UNCOVERED} if policy.gate.on_uncovered == "warn" else set()
    if (wish.on_inconclusive or policy.gate.on_inconclusive) == "warn":
        waved |= {Verdict.INCONCLUSIVE, Verdict.NO_BASELINE, Verdict.DRIFT}
    return worst(*(one for one in said if one not in waved)).exit_code


def _changed_baselines(found: Scene) -> int:
    """Return how many baseline files the head adds, changes or removes: its author's claims until they are merged."""
    if not found.where.base:
        return 0
    folder = found.policy.baselines
    before, after = listing(found.base.tree, folder), listing(found.head.tree, folder)
    return sum(before.get(path) != after.get(path) for path in {*before, *after})


def _notes(found: Scene, mode: str, *, unconfirmed: bool) -> tuple[str, ...]:
    notes = [f"base: {found.where.why}", *([found.where.doubt] if found.where.doubt else [])]
    if found.tip and (behind := left_behind(found.base, found.tip)):
        notes.append(
            f"the target branch has {listed(behind)} otherwise by now, and that is what judges: merge the target "
            "branch into this change to see it here"
        )
    if not found.where.base:
        notes.append("there is no commit to compare with: policy from the working tree")
        stored = sum(path.endswith(".jsonl") for path in listing(found.head.tree, found.policy.baselines))
        if stored:
            notes.append(f"baselines stored here: {stored}; the gate compares with them from the next commit on")
    if unconfirmed:
        why = "replay asks no model" if mode == "replay" else "gate: {confirm: false}"
        notes.append(f"{why}, so the drop is not confirmed by fresh answers; α stands alone")
    return tuple(notes)
