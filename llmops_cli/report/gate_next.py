"""What to do next about a gate's answer: questions that a reader may have, each with the command that answers it."""

import re
from collections.abc import Iterator, Sequence

from llmops_cli.model.verdict import Family, GateReport, PromptVerdict, Verdict
from llmops_cli.report.figures import count
from llmops_cli.report.gate_words import LABELLED, changed, own, quiet, undecided, unscored
from llmops_cli.report.quote import argument

UNRENDERED = "cannot-render"
FULL_BASELINE = 5
FEW = 3
WANTED = ("removed-cases", "cost")
"""Hard rules that an acceptance covers."""
BASELINE = "llmops baseline accept {before} --reason …"
NEXT = {
    Verdict.INCOMPLETE: (("Ask for what is missing (what was paid for is kept):", "llmops gate"),),
    Verdict.UNCOVERED: (("Judge it:", "llmops evalset new ID, and name it under evals: in the prompt's file"),),
    Verdict.NO_BASELINE: (
        ("Run the base too:", "llmops gate --mode auto"),
        ("Store one:", f"llmops eval run {{before}}, then {BASELINE}, and commit it on the base"),
    ),
    Verdict.DRIFT: (
        ("What moved?", "llmops baseline drift {before}"),
        (
            "Record it anew:",
            f"llmops eval run {{before}} --mode live --repeat 5, then {BASELINE} --allow-regress, on the base",
        ),
    ),
    Verdict.NEW: (("First baseline:", "llmops baseline accept {prompt} --reason TEXT"),),
}
OPEN = ("Let one decide:", "gate: true at a scorer of its eval set")
POOR = ("Mend the judge: another rubric or model, or more labels if J is uncertain; then", "{judge} --write")
LABELS = (
    "More labels? Fill in the columns label and by, and read them back:",
    "llmops eval show --format csv -o labels.csv, then llmops review import labels.csv --evalset {set} --scorer {name}",
)
CALIBRATE = re.compile(r"llmops eval calibrate (\S+) --scorer (\S+)")
MORE_RUNS = ("More evidence:", "llmops baseline record {before} --runs 5, and commit it on the base")
REPAIR = (
    (
        "Which cases cannot be rendered? Give them what the prompt lacks, by its names of now, values as before:",
        "llmops validate",
    ),
    (
        "Other inputs must change too? In a change of its own, before this one: edit the cases, then",
        "llmops eval run {prompt}, then llmops baseline accept {prompt} --reason …",
    ),
)
PROVIDER = ("Did the provider move?", "llmops baseline drift {before}")
OLD = "{} from the cache, as given then. Did the provider change since? Ask anew:"
SCORE = ("Have it scored anew, by judges too (a judge's answer is kept as well):", "llmops gate --mode live")
ROUNDS = ("More rounds than {}:", "gate: {{{{runs: {}}}}} in llmops.yaml, committed on the base")
MUST = ("Must none of these cases fail? Mark it critical: true, on the base:", "llmops explain critical")
UNSURE = (Verdict.DRIFT, Verdict.INCONCLUSIVE)
BOTH = (
    "Both wanted, prompt and cases? In a change of its own, before this one: edit the cases, then",
    "llmops baseline record {prompt} --runs 5, and commit both",
)
OTHERWISE = "change the eval set first"
"""What the gate says where cases broke that the change edits too: an acceptance of the drop would not clear it."""
ANEW = "record them anew for the base's version"
"""What the gate says where a baseline is of other cases than the base has by now."""
FORKED = "recordings that a fork brings do not count"
"""What the gate says where recording an answer in the change would not help."""
SIGHT = ("What can this set see?", "llmops eval power {before}")
ASKED = ("Have it ask until it can decide, with a key:", "llmops gate --mode auto")
ASK_LIVE = ("On this branch, with a key:", "llmops gate --mode live")
RECORD = ("Record what changed since:", "llmops baseline record {before} --runs 5, and commit it on the base")
INTENDED = ("Intended?", "llmops baseline review {prompt}")
TAKEN = (
    "Wanted all the same?",
    "llmops eval run {prompt}, then llmops baseline accept {prompt} --allow-regress --reason …",
)
MOVED = ("What changed?", "llmops prompt diff {before} {prompt}")
STORED = "its baseline comes with it"
"""What the gate says of a new prompt that needs no first baseline."""
UNJUDGED = "no eval set judges it yet"
"""What the gate says of a new prompt that nothing has run on."""
REMOVED = ("Intended?", "llmops eval run {prompt}, then llmops baseline accept {prompt} --reason …")
WHY = ("Why?", "llmops eval explain {prompt}")
DIFF = ("What changed?", "llmops prompt diff {prompt}")


def next_steps(report: GateReport) -> list[tuple[str, str]]:
    """Return the questions with their commands, about the first prompt that has the gate's verdict."""
    mine = next((prompt for prompt in changed(report) if prompt.verdict is report.verdict), None)
    before, after = _addresses(report, mine)
    steps = [(question, command.format(prompt=after, before=before)) for question, command in _steps(report, mine)]
    if report.verdict in UNSURE and report.calls.cached:
        steps.append((OLD.format(count(report.calls.cached, "answer")), "llmops gate --mode live"))
    return steps


def _addresses(report: GateReport, mine: PromptVerdict | None) -> tuple[str, str]:
    """Return how commands name both sides: the base's commit and the working tree; releases, where a label moves."""
    name = mine.id if mine else next((hard.prompt for hard in report.hard if hard.prompt), "ID")
    move = next(iter(mine.labels), None) if mine and mine.status in LABELLED else None
    old, new = (move.old, move.new) if move else ("", "")
    return argument(f"{name}@{old or report.base[:7]}"), argument(f"{name}@{new}" if new else name)


def _steps(report: GateReport, mine: PromptVerdict | None) -> Iterator[tuple[str, str]]:
    judged = own(report, mine) if mine else ()
    match report.verdict:
        case Verdict.FAIL:
            yield from _about_a_fail(report, mine, judged)
        case Verdict.INCOMPLETE:
            yield from _about_what_is_missing(report, mine)
        case Verdict.UNCOVERED if mine is not None and undecided(mine):
            yield from _about_a_judge(mine)
        case Verdict.INCONCLUSIVE:
            yield from _about_too_little(report, judged)
        case Verdict.NEW if mine is not None:
            yield from _about_a_new_one(mine)
        case verdict:
            yield from NEXT.get(verdict, ())


def _about_a_fail(
    report: GateReport, mine: PromptVerdict | None, judged: Sequence[Family]
) -> Iterator[tuple[str, str]]:
    failed = [family for family in judged if family.verdict is Verdict.FAIL]
    rules = [hard.rule for hard in report.hard if mine is None or hard.prompt == mine.id]
    by_label = mine is not None and mine.status in LABELLED
    if mine and any(OTHERWISE in reason for reason in mine.reasons):
        yield BOTH
    elif failed or (mine and rules and all(rule in WANTED for rule in rules)):
        yield TAKEN if by_label else INTENDED
    if not mine and any(hard.rule in WANTED and hard.prompt for hard in report.hard):
        yield REMOVED
    if any(family.broke for family in failed) and not by_label:
        yield WHY
    if mine and mine.status != "removed":
        yield MOVED if by_label else DIFF
    for rule in dict.fromkeys(rules):
        yield ("What does the rule want?", f"llmops explain {_plain(argument(rule))}")


def _about_a_new_one(mine: PromptVerdict) -> Iterator[tuple[str, str]]:
    """Yield how it gets its first baseline. A release's reasons say that themselves."""
    if any(UNJUDGED in reason for reason in mine.reasons):
        yield from NEXT[Verdict.UNCOVERED]
    elif mine.status not in LABELLED and not any(STORED in reason for reason in mine.reasons):
        yield from NEXT[Verdict.NEW]


def _about_a_judge(mine: PromptVerdict) -> Iterator[tuple[str, str]]:
    """Yield how a judge that may not gate comes to do so; for a set without one, how a scorer gates."""
    found = next((told for reason in mine.reasons if (told := CALIBRATE.search(reason))), None)
    if found is None:
        yield OPEN
        return
    judge, evalset, name = (_plain(part) for part in found.group(0, 1, 2))
    yield ("How good is the judge?", judge)
    yield (LABELS[0], LABELS[1].replace("{set}", evalset).replace("{name}", name))
    yield (POOR[0], POOR[1].replace("{judge}", judge))


def _about_too_little(report: GateReport, judged: Sequence[Family]) -> Iterator[tuple[str, str]]:
    yield SIGHT
    if report.mode == "replay":
        yield ASKED
    unsure = [family for family in judged if family.verdict is Verdict.INCONCLUSIVE and not quiet(family)]
    if any(family.base_runs < FULL_BASELINE for family in unsure):
        yield MORE_RUNS
    of = max((family.look.of for family in unsure if family.look.is_last), default=1)
    if of > 1:
        yield (ROUNDS[0].format(of), ROUNDS[1].format(max(FULL_BASELINE, of + 2)))
    if any(0 < len(_failing_for_good(family)) <= FEW for family in unsure):
        yield MUST
    if any((family.delta or 0.0) < 0 for family in unsure):
        yield PROVIDER


def _failing_for_good(family: Family) -> list[str]:
    """Return the broken cases that the head never passed in two runs or more: too few for the rule, but no chance."""
    seen = [one for one in family.examples if one.head_passes.startswith("0/") and one.head_passes != "0/1"]
    return [one.case for one in seen if one.case not in family.refuted]


def _about_what_is_missing(report: GateReport, mine: PromptVerdict | None) -> Iterator[tuple[str, str]]:
    """Yield how to get the answers. A case that cannot be rendered stays so, however often it is asked."""
    if mine and any(ANEW in reason for reason in mine.reasons):
        yield RECORD
    elif mine and any(FORKED in reason for reason in mine.reasons):
        yield ASK_LIVE
    elif unscored(report):
        yield SCORE
    elif report.failures.keys() != {UNRENDERED}:
        yield from NEXT[Verdict.INCOMPLETE]
    if UNRENDERED in report.failures:
        yield from REPAIR


def _plain(text: str) -> str:
    """Return text that `format` takes as it stands."""
    return text.replace("{", "{{").replace("}", "}}")
