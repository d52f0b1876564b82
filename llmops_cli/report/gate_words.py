"""The words for a gate's answer that text, Markdown and JUnit share: titles, headlines, order."""

from collections.abc import Callable, Iterable, Sequence

from llmops_cli.errors import ExitCode
from llmops_cli.model.evalset import BARRED, NO_GATING
from llmops_cli.model.verdict import ORDER, Calls, Family, GateReport, PromptVerdict, Verdict
from llmops_cli.report.figures import change, count, percent, points, usd

SHOWN_NAMES = 3
LABELLED = frozenset({"promoted"})
"""Statuses that a label alone gives."""
SHOWN_COMMIT = 7
FINE = frozenset({Verdict.ACCEPTED, Verdict.NEW, Verdict.IMPROVED, Verdict.PASS})
MARKS = {
    Verdict.FAIL: "✗",
    Verdict.INCOMPLETE: "!",
    Verdict.UNCOVERED: "✗",
    Verdict.NO_BASELINE: "?",
    Verdict.DRIFT: "?",
    Verdict.INCONCLUSIVE: "?",
    Verdict.ACCEPTED: "✓",
    Verdict.NEW: "✓",
    Verdict.IMPROVED: "✓",
    Verdict.PASS: "✓",
}
TITLES = {Verdict.FAIL: "FAILED", Verdict.PASS: "PASSED", Verdict.IMPROVED: "PASSED"}
HEADLINES = {
    Verdict.FAIL: "{of} {how}",
    Verdict.INCOMPLETE: "{lost}: no verdict on quality",
    Verdict.UNCOVERED: "no eval set judges {names}",
    Verdict.NO_BASELINE: "nothing to compare {names} with",
    Verdict.DRIFT: "the provider changed under {names}",
    Verdict.INCONCLUSIVE: "not enough evidence about {names}",
    Verdict.ACCEPTED: "{of} worse, as accepted",
    Verdict.NEW: "{of} new, none worse",
    Verdict.IMPROVED: "{of} improved, none worse",
    Verdict.PASS: "{all}, none worse",
}

Name = Callable[[str], str]


def title(report: GateReport) -> str:
    """Return `GATE FAILED`, `GATE INCONCLUSIVE`, …; a verdict that is waved through says so."""
    waved = ", a warning only" if report.exit_code == ExitCode.OK and report.verdict not in FINE else ""
    return f"GATE {TITLES.get(report.verdict, report.verdict.value)}{waved}"


def changed(report: GateReport) -> tuple[PromptVerdict, ...]:
    """Return the prompts that differ between base and head, worst first."""
    found = (prompt for prompt in report.prompts if prompt.status != "unchanged")
    return tuple(sorted(found, key=lambda prompt: (ORDER[prompt.verdict], prompt.id)))


def families(report: GateReport) -> tuple[Family, ...]:
    """Return the families, the worst prompt and eval set first, in each the primary before what stands beside it."""
    return _ordered(report.families)


def quiet(family: Family) -> bool:
    """Return whether a family stops nothing and has nothing to show: one beside the primary that is not shown worse."""
    return not family.primary and family.verdict in (Verdict.PASS, Verdict.IMPROVED, Verdict.INCONCLUSIVE)


def said(family: Family) -> str:
    """Return a family's verdict in a word. Beside the primary nobody asks for more evidence."""
    is_open = family.verdict is Verdict.INCONCLUSIVE and quiet(family)
    return "not shown worse" if is_open else family.verdict.value.lower()


def _ordered(found: Iterable[Family]) -> tuple[Family, ...]:
    every = tuple(found)
    ranks: dict[tuple[str, ...], int] = {}
    for one in every:
        for key in ((one.prompt,), (one.prompt, one.evalset)):
            ranks[key] = min(_rank(one), ranks.get(key, len(ORDER)))

    def order(family: Family) -> tuple[int, str, int, str, bool, int, str, str, str]:
        names = (family.scorer, family.against, family.slice or "")
        whole, part = ranks[family.prompt,], ranks[family.prompt, family.evalset]
        return (whole, family.prompt, part, family.evalset, not family.primary, _rank(family), *names)

    return tuple(sorted(every, key=order))


def _rank(family: Family) -> int:
    return ORDER[Verdict.PASS if quiet(family) else family.verdict]


def own(report: GateReport, prompt: PromptVerdict) -> tuple[Family, ...]:
    """Return the families that a prompt's verdict rests on, worst first.

    One prompt may stand in a report twice: for its file, and for a label that moves to another release of it.
    """
    if prompt.status == "removed":
        return ()
    mine = _ordered(family for family in report.families if family.prompt == prompt.id)
    others = [one for one in report.prompts if one.id == prompt.id and one.status in LABELLED]
    if prompt.status in LABELLED:
        against = {move.against for move in prompt.labels}
        return tuple(family for family in mine if family.against in against)
    moved = {move.against for one in others for move in one.labels}
    return tuple(family for family in mine if family.against not in moved)


def bare(report: GateReport) -> tuple[PromptVerdict, ...]:
    """Return the prompts that differ and have no family, worst first."""
    return tuple(prompt for prompt in changed(report) if not own(report, prompt))


def headline(report: GateReport, name: Name) -> str:
    """Return in words what the verdict rests on; `name` makes an id harmless for the sink."""
    prompts = changed(report)
    mine = [prompt.id for prompt in prompts if prompt.verdict is report.verdict]
    if report.verdict is Verdict.FAIL and not mine:
        return f"{count(len(report.hard), 'broken rule')} outside the changed prompts"
    if report.verdict in FINE and not prompts:
        return "no prompt changed, but what judges them is weaker" if report.weakened else "no prompt changed"
    if report.verdict is Verdict.UNCOVERED and all(undecided(prompt) for prompt in prompts if prompt.id in mine):
        return f"no scorer may decide about {names(mine, name)}"
    return HEADLINES[report.verdict].format(
        of=f"{count(len(mine))} of {count(len(prompts), 'changed prompt')}",
        all=count(len(prompts), "changed prompt"),
        names=names(mine, name),
        how=_how(report),
        lost=_lost(report, name),
    )


def undecided(prompt: PromptVerdict) -> bool:
    """Return whether a prompt has eval sets, of which none may decide: a judge that is too bad, or nothing gates."""
    return any(BARRED in reason or NO_GATING in reason for reason in prompt.reasons)


def names(ids: Sequence[str], name: Name) -> str:
    """Return the first few ids and how many more there are."""
    more = f" (+{len(ids) - SHOWN_NAMES})" if len(ids) > SHOWN_NAMES else ""
    return ", ".join(name(one) for one in ids[:SHOWN_NAMES]) + more


def figures(family: Family) -> str:
    """Return the means of both sides, or of the head alone."""
    if family.base_mean is None:
        return "" if family.head_mean is None else f"{percent(family.head_mean)} ({count(family.cases, 'case')})"
    return f"{percent(family.base_mean)} → {percent(family.head_mean)}"


def sight(family: Family) -> str:
    """Return the smallest drop that would FAIL on this evidence, and how much that is; "" where it was not computed."""
    if family.mde is None or family.rule != "statistics":  # the rule of small sets says itself what it cannot see
        return ""
    runs = count(round(family.head_runs), "run") if family.head_runs else "no run"
    looks = f", look {family.look.number} of {family.look.of}" if family.look.of > 1 else ""
    return f"drops from {points(family.mde).lstrip('+')} would FAIL ({runs} a case{looks})"


def cost_change(report: GateReport) -> str:
    """Return how the cost of a call changed over the changed prompts with known prices; "" where none is."""
    known = [(prompt.cost.base_usd, prompt.cost.head_usd) for prompt in changed(report)]
    pairs = [(base, head) for base, head in known if base is not None and head is not None]
    before, after = sum(base for base, _ in pairs), sum(head for _, head in pairs)
    if not pairs:
        return ""
    if before == 0:
        return "±0%" if after == 0 else "from nothing"
    return change(after / before)


def spent_text(calls: Calls, cost_usd: float) -> str:
    """Return what calls cost; in words where some of them cost what nobody knows."""
    if not calls.unpriced:
        return usd(cost_usd)
    return f"{usd(cost_usd)} and {count(calls.unpriced, 'call')} of unknown price" if cost_usd else "price unknown"


def calls_text(calls: Calls) -> str:
    """Return where the answers came from: `98 live, 62 recorded, 240 saved of 400`.

    400: what it would take to ask both sides anew, each round of the plan for every case.
    """
    kinds = ("live", "recorded", "cached", "skipped", "saved")
    said = ", ".join(f"{count(getattr(calls, kind))} {kind}" for kind in kinds if getattr(calls, kind)) or "none"
    return f"{said} of {count(calls.planned)}" if calls.saved and calls.planned else said


def short(commit: str) -> str:
    """Return a commit's first seven digits; another name as it is."""
    return commit[:SHOWN_COMMIT] if len(commit) >= SHOWN_COMMIT and set(commit) <= set("0123456789abcdef") else commit


def trust(report: GateReport, name: Name) -> str:
    """Return which commits the thresholds and the baseline are from."""
    if not report.base:
        return "no base commit yet"
    base = name(short(report.base))
    if report.policy in ("", report.base):
        return f"policy and baseline from {base}"
    return f"policy from {name(short(report.policy))}, where the target branch is now; baseline from {base}"


def remaining(reasons: Iterable[str], said: Iterable[str]) -> list[str]:
    """Return the reasons that were not said yet."""
    before = set(said)
    return [reason for reason in dict.fromkeys(reasons) if reason not in before]


def reproduce(report: GateReport) -> str:
    """Return the command that gives the same answer again."""
    head = f" --head {short(report.head)}" if report.head not in ("", "worktree") else ""
    base = f" --base {short(report.base)}" if report.base else ""
    if report.policy in ("", report.base):
        return f"llmops gate{base}{head} --mode {report.mode}"
    # Outside CI the policy is the base's, so that nothing of another branch runs on a desk.
    return f"CI=1 llmops gate --base {short(report.policy)}{head} --mode {report.mode}"


def _how(report: GateReport) -> str:
    regressed = any(family.verdict is Verdict.FAIL for family in report.families)
    return "regressed" if regressed else "broke a rule"


def unscored(report: GateReport) -> int:
    """Return how many answers lack a score, where nothing but that leaves a report incomplete; else 0."""
    doubtful = [family for family in report.families if family.verdict is Verdict.INCOMPLETE]
    if report.failures or any(family.missing for family in doubtful):
        return 0
    return sum(family.unscored for family in doubtful if family.slice is None) or max(
        (family.unscored for family in doubtful), default=0
    )


def _lost(report: GateReport, name: Name) -> str:
    number = unscored(report)
    if number:
        return f"{count(number, 'answer')} could not be scored"
    return f"answers are missing{_causes(report, name)}"


def _causes(report: GateReport, name: Name) -> str:
    causes = sorted(report.failures.items(), key=lambda cause: (-cause[1], cause[0]))
    return f" ({', '.join(f'{name(code)} {count(number)}' for code, number in causes)})" if causes else ""
