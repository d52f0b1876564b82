"""What the gate's words and the exit codes mean: for `llmops explain`, and for nobody to look up elsewhere."""

from collections.abc import Mapping

VERDICTS: Mapping[str, tuple[str, str, str]] = {
    "PASS": (
        "Shown not to be worse than the baseline by more than the margin.",
        (
            "The lower bound of the change lies above −margin; or all answers are the same bytes. On a small set: no "
            "case that always passed always fails."
        ),
        "nothing",
    ),
    "IMPROVED": (
        "PASS, and shown to be better.",
        "As PASS, and the improvement is larger than chance explains at the gate's alpha.",
        "nothing; `llmops eval run ID` and `llmops baseline accept ID --reason …` make it the new bar",
    ),
    "FAIL": (
        "Shown to be worse than the baseline, or a rule that needs no statistics is broken.",
        (
            "An exact test on the same cases finds a drop, and fresh answers of both sides confirm it where calls may"
            " be made (in replay they do not, and the report says so); or, on a small set, a case that always passed "
            "always fails; or a hard rule is broken: never, critical, min, cost, removed-cases, removed-prompt, "
            "broken-call, recordings."
        ),
        (
            "`llmops eval explain ID` names the part of the edit that broke the cases. Wanted? `llmops eval run ID`, "
            "then `llmops baseline review ID`"
        ),
    ),
    "INCONCLUSIVE": (
        "Neither shown to be worse nor shown to be within the margin.",
        (
            "The eval set is too small, or too noisy, for the margin; or it looked worse and fresh answers did not "
            "confirm it. It says nothing about quality."
        ),
        (
            "`llmops eval power ID@BASE` says what would decide: more cases, or `llmops baseline record ID@BASE "
            "--runs 5`; or `gate: {on_inconclusive: warn}`"
        ),
    ),
    "UNCOVERED": (
        "A changed prompt that nothing judges.",
        (
            "No eval set names it, or its eval set has no scorer that gates, or its primary scorer is a judge that "
            "people's labels do not let gate."
        ),
        (
            "`llmops evalset new ID`, then `evals: [ID]` in the prompt; for a judge more labels or a better rubric, "
            "then `llmops eval calibrate --write`; or `gate: {on_uncovered: warn}`"
        ),
    ),
    "NO-BASELINE": (
        "Nothing is stored to compare with, and no live call may be made.",
        (
            "The base commit has no baseline for the digest that the prompt had there, or none by the scorers that "
            "judge now, or no case of the base stands unchanged."
        ),
        (
            "`llmops gate --mode auto` runs the base's prompt too; `llmops eval run ID@BASE`, then `llmops baseline "
            "accept ID@BASE --reason …` store a baseline for good: commit it on the base"
        ),
    ),
    "DRIFT": (
        "The provider changed, not the prompt.",
        (
            "Worse than the stored baseline, which fresh answers of both sides do not confirm, while the base itself, "
            "asked anew on all its cases, is worse than its baseline (p ≤ α), or another model answers under the same "
            "name."
        ),
        (
            "`llmops baseline drift ID@BASE` shows what moved; `llmops eval run ID@BASE --mode live --repeat 5`, then"
            " `llmops baseline accept ID@BASE --allow-regress --reason …` record it anew; and name a dated model"
        ),
    ),
    "INCOMPLETE": (
        "Runs are missing, so that there is no verdict on quality.",
        (
            "More than `budget.max_error_rate` of the runs have no answer (provider errors, a budget reached, a "
            "recording that is not there, a case that the prompt cannot be rendered with), or the missing ones "
            "decide; or too many cases have another content than the baseline's; or too many answers could not be "
            "scored."
        ),
        (
            "`llmops gate` again pays only for what is missing; in replay mode, `llmops eval run ID --mode record` "
            "first. cannot-render: `llmops validate` names the cases; give them what the prompt lacks and keep their "
            "other inputs, or change the cases first, in a change of its own"
        ),
    ),
    "ACCEPTED": (
        "A real drop that somebody took responsibility for.",
        (
            "A baseline of exactly this digest names the drop and a reason, and the drop is not larger. `accepts: "
            "base` in llmops.yaml makes it count only once it is merged; a fork's never counts."
        ),
        "nothing; the reason is shown with each verdict, and code owners of the baselines' folder review it",
    ),
    "NEW": (
        "The base does not have the prompt: there is nothing to be worse than.",
        "Floors (`min`) and hard rules hold, or there are none, or no eval set judges it yet.",
        "`llmops eval run ID`, then `llmops baseline accept ID --reason first` store the first baseline",
    ),
}
"""Verdict → what it says, when it is given, what to do."""

RULES: Mapping[str, tuple[str, str, str]] = {
    "critical": (
        "A case marked `critical: true` fails at the head and passes at the base.",
        (
            "Some cases may not break, whatever the mean says. Most runs of the head fail; where calls may be made, "
            "both sides are asked twice again, and all runs of the head must fail there and all of the base pass. "
            "Cases that five runs of the base show to be flaky, and those in quarantine, fail nothing. No acceptance "
            "covers it."
        ),
        (
            "mend the prompt for that case; `llmops eval explain ID` names the part of the edit that broke it. Wrong "
            "case? Unmark it on the base first"
        ),
    ),
    "never": (
        "A case marked `never: true` was violated in a run.",
        (
            "Safety, personal data, injection: no run may violate it, whatever the base does, and nothing is asked "
            "again until it passes. No acceptance covers it."
        ),
        "mend the prompt; `llmops eval show RUN CASE` shows the answer of a stored run",
    ),
    "min": (
        "A scorer's mean over the head lies under the floor that its eval set sets.",
        (
            "`min` is absolute: it holds for a new prompt too, and whatever the base reached. Missing runs are "
            "counted both ways, so that they alone break no floor. No acceptance covers it."
        ),
        "raise the mean; or set another `min` in the eval set, on the base first",
    ),
    "cost": (
        "A case costs more than the limit allows.",
        (
            "The geometric mean of each case's cost, head over base, lies above 1 + `gate.cost_increase` (0.20 unless"
            " set), and chance does not explain it. Where no price is known, a rise in tokens is said and fails "
            "nothing."
        ),
        (
            "shorten the prompt or its answers, or take a cheaper model; wanted? `llmops eval run ID`, then `llmops "
            "baseline accept ID --allow-regress --reason …` covers this rise; or raise `gate: {cost_increase: …}` in "
            "llmops.yaml, on the base first"
        ),
    ),
    "removed-cases": (
        "Too many of the base's cases, or one marked critical or never, are gone at the head.",
        (
            "A set without its hard cases is passed by any prompt. More than `gate.max_removed` of them (0.05 unless "
            "set) may not go with one change."
        ),
        (
            "restore them; or accept the removal: `llmops eval run ID`, then `llmops baseline accept ID "
            "--allow-regress --reason …`"
        ),
    ),
    "removed-prompt": (
        "A prompt is gone while a label of the head still serves it.",
        "Programs that ask for that label would find nothing.",
        "point the label elsewhere (`llmops prompt promote`) or take the prompt out of it, then remove the prompt",
    ),
    "broken-call": (
        "A label moves to a release that a call by this label breaks with, or to a split that it passes no key= to.",
        (
            "The release has another interface than the one that the label served, and a call in the Python files of "
            "the head lacks a value, or passes one that there is no more. It would raise at run time, however good "
            "the answers are; so would a call of a split that does not say for whom it asks. Calls whose "
            "prompt or values are only known at run time are named and fail nothing. No acceptance covers it."
        ),
        "change the calls in the same change; `llmops prompt usages` lists them",
    ),
    "recordings": (
        "Recordings that the change brings score better than the model does when it is asked again.",
        (
            "`llmops gate --verify-recordings N` asks a random sample of them, and chance does not "
            "explain by how much the scores differ."
        ),
        (
            "record again: `llmops eval run ID --mode record`; or ignore recordings until they are merged: "
            "`trust_recordings: base` in llmops.yaml"
        ),
    ),
}
"""Hard rule of the gate → what it says, why it is there and when it breaks, what to do."""

EXITS: Mapping[int, str] = {
    0: "Fine: nothing was found, the gate passes, or there is nothing to do.",
    1: "Findings: files with errors (warnings too with --strict), the gate says FAIL or UNCOVERED, a difference with "
    "`diff --exit-code`, a file that `fmt --check` would change.",
    2: "Usage or configuration: a flag, a name or llmops.yaml is wrong. Nothing was judged.",
    3: "No verdict on this evidence: INCONCLUSIVE, NO-BASELINE or DRIFT. `--on-inconclusive warn` makes it 0.",
    4: "Incomplete: provider errors over the limit, a budget reached, a recording missing, the disk full. What was "
    "paid for is stored. Not a verdict on quality.",
    70: "An internal error: a bug of llmops, never of your files.",
    130: "Interrupted (Ctrl-C). The command that resumes is printed.",
    143: "Ended from outside (SIGTERM), as a CI runner does. What was paid for is stored.",
}
"""Exit code → what it means."""
