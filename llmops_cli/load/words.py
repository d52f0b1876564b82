"""What the gate's words and the exit codes mean: for `llmops explain`, and for nobody to look up elsewhere."""

from collections.abc import Mapping

VERDICTS: Mapping[str, tuple[str, str, str]] = {
    "PASS": (
        "Shown not to be worse than the baseline by more than the margin.",
        "The lower bound of the change lies above −margin; or all answers are the same bytes.",
        "nothing",
    ),
    "IMPROVED": (
        "PASS, and shown to be better.",
        "As PASS, and the improvement is larger than chance explains at the gate's alpha.",
        "nothing; `llmops baseline record` after the merge makes it the new bar",
    ),
    "FAIL": (
        "Shown to be worse than the baseline, or a rule that needs no statistics is broken.",
        "An exact test on the same cases finds a real drop; or a hard rule (never, critical, min, …) is broken.",
        "read the broken cases: `llmops eval show RUN CASE`. Wanted? `llmops baseline accept ID --reason …`",
    ),
    "INCONCLUSIVE": (
        "Neither shown to be worse nor shown to be within the margin.",
        "The eval set is too small, or too noisy, for the margin. It says nothing about quality.",
        "add the cases that the gate's report counts, or raise `repeats`; or `gate: {on_inconclusive: warn}`",
    ),
    "UNCOVERED": (
        "A changed prompt that nothing judges.",
        "No eval set names it, or its eval set has no scorer that gates.",
        "`llmops evalset new ID`, then `evals: [ID]` in the prompt",
    ),
    "NO-BASELINE": (
        "Nothing is stored to compare with, and no live call may be made.",
        "The base commit has no baseline for the digest that the prompt had there.",
        "`llmops baseline record` on the default branch; or `llmops gate --mode auto`, which runs the base's prompt",
    ),
    "DRIFT": (
        "The provider changed, not the prompt.",
        "Worse than the stored baseline, but not than a fresh one; or another model answers under the same name.",
        "`llmops baseline record`, and name a dated model",
    ),
    "INCOMPLETE": (
        "Runs are missing, so that there is no verdict on quality.",
        "Provider errors over the limit, a budget reached, a recording that is not there, a full disk.",
        "`llmops eval resume` pays only for what is missing; in replay mode, `llmops eval run --mode record`",
    ),
    "ACCEPTED": (
        "A real drop that somebody took responsibility for.",
        "A committed acceptance for exactly this digest names the drop and a reason, and the drop is not larger.",
        "nothing; the reason is shown with each verdict",
    ),
    "NEW": (
        "The base does not have the prompt: there is nothing to be worse than.",
        "Floors (`min`) and hard rules hold.",
        "`llmops baseline accept ID --reason first` stores the first baseline",
    ),
}
"""Verdict → what it says, when it is given, what to do."""

RULES: Mapping[str, tuple[str, str]] = {
    "critical": ("A case marked `critical: true` fails, whatever the statistics say.", "mend the prompt for that case"),
    "never": (
        "A case marked `never: true` (safety, personal data, injection) was violated in a run.",
        "mend the prompt",
    ),
    "min": ("A scorer's mean lies under the floor that its eval set sets.", "raise the mean, or set another `min`"),
    "removed-cases": (
        "Too many of the base's cases, or one marked critical or never, are gone at the head.",
        "restore them; or accept the removal: `llmops baseline accept ID --reason …`",
    ),
}
"""Hard rule of the gate → what it says, what to do."""

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
