"""Reports of gates, one for each verdict, and one whose every foreign text attacks its sink."""

from dataclasses import replace

from llmops_cli.errors import ExitCode
from llmops_cli.model.broken import Broken, Wrong
from llmops_cli.model.group import Group
from llmops_cli.model.verdict import (
    Calls,
    Cost,
    Family,
    GateReport,
    Hard,
    PromptVerdict,
    Unpaired,
    Verdict,
)

BASE = "73e912e" + "0" * 33
HEAD = "90373b1" + "0" * 33

IDS = tuple(f"refund-{number:03}" for number in (17, 44, 51, *range(60, 72)))

REFUND = Family(
    prompt="support/refund",
    evalset="refunds",
    scorer="exact",
    slice=None,
    verdict=Verdict.FAIL,
    rule="statistics",
    cases=120,
    base_runs=1.0,
    head_runs=1.0,
    base_mean=0.9,
    head_mean=97 / 120,
    delta=-11 / 120,
    interval=(-0.165, -0.019),
    p_worse=0.006,
    p_better=0.994,
    lower_bound=-0.153,
    margin=0.05,
    mde=0.079,
    broke=IDS,
    fixed=("refund-002", "refund-003", "refund-004", "refund-005"),
    same=101,
    examples=(
        Broken("refund-017", "refuse: outside 30 days", "approve", "1/1", "0/1"),
        Broken("refund-044", "escalate", "approve", "1/1", "0/1"),
    ),
    groups=(
        Group("a fence around the JSON", IDS[:12], "11 of 12 have the tag api, 20 of 120 of all"),
        Group("another answer", IDS[12:]),
    ),
    reasons=(
        "worse (p .006), not shown within 5 pp",
        "replayed answers: not confirmed by fresh runs; re-run live to confirm",
    ),
)
INVOICE = Family(
    prompt="billing/invoice",
    evalset="invoices",
    scorer="json_fields",
    slice=None,
    verdict=Verdict.PASS,
    rule="statistics",
    cases=120,
    base_runs=5.0,
    head_runs=1.0,
    base_mean=0.933,
    head_mean=0.95,
    delta=0.017,
    interval=(-0.017, 0.051),
    p_worse=0.83,
    p_better=0.17,
    lower_bound=-0.011,
    margin=0.05,
    mde=0.048,
    broke=("inv-007",),
    fixed=("inv-003", "inv-004", "inv-005"),
    same=116,
    examples=(Broken("inv-007", "INV-7", "INV-9", "5/5", "0/1"),),
    reasons=("not worse than −5.0 pp",),
)
GREETING = Family(
    prompt="support/greeting",
    evalset="greetings",
    scorer="contains",
    slice=None,
    verdict=Verdict.PASS,
    rule="identical",
    cases=40,
    base_runs=1.0,
    head_runs=1.0,
    base_mean=1.0,
    head_mean=1.0,
    delta=0.0,
    margin=0.05,
    same=40,
    reasons=("identical answers",),
)
ESCALATION = Family(
    prompt="support/escalation",
    evalset="escalations",
    scorer="exact",
    slice=None,
    verdict=Verdict.INCONCLUSIVE,
    rule="statistics",
    cases=60,
    base_runs=1.0,
    head_runs=1.0,
    base_mean=50 / 60,
    head_mean=45 / 60,
    delta=-5 / 60,
    interval=(-0.224, 0.057),
    p_worse=0.12,
    p_better=0.88,
    lower_bound=-0.201,
    margin=0.05,
    mde=0.18,
    more_cases=707,
    broke=tuple(f"esc-{number:02}" for number in range(11)),
    fixed=tuple(f"esc-{number:02}" for number in range(20, 26)),
    same=43,
    reasons=(
        "not shown worse (p .12, its level is .05), not shown within 5 pp",
        "60 cases can only see a drop of 18 pp; about 710 would see 5 pp at one run a case",
    ),
)


DEARER = Cost(0.0061, 0.0066)


def changed(name, verdict, *reasons, status="changed", cost=DEARER):
    return PromptVerdict(name, status, verdict, reasons, cost)


UNCHANGED = changed("support/thanks", Verdict.PASS, status="unchanged", cost=Cost())


def report(verdict, families, prompts, **rest):
    rest = {"exit_code": verdict.exit_code, "calls": Calls(recorded=240, saved=120), **rest}
    return GateReport(
        verdict, base=BASE, head=HEAD, mode="replay", families=families, prompts=(*prompts, UNCHANGED), **rest
    )


FAIL = report(
    Verdict.FAIL,
    (GREETING, INVOICE, REFUND),
    (
        changed("billing/invoice", Verdict.PASS),
        changed("support/greeting", Verdict.PASS),
        changed("support/refund", Verdict.FAIL, "2 of 120 runs of the head are missing (timeout 2)"),
    ),
    calls=Calls(live=98, recorded=62, saved=240, planned=400),
    cost_usd=0.44,
    cost_limit=0.20,
    notes=("base: the merge base with main",),
)
INCONCLUSIVE = report(Verdict.INCONCLUSIVE, (ESCALATION,), (changed("support/escalation", Verdict.INCONCLUSIVE),))
WARNED = report(
    Verdict.INCONCLUSIVE, (ESCALATION,), (changed("support/escalation", Verdict.INCONCLUSIVE),), exit_code=ExitCode.OK
)
PASS = report(
    Verdict.PASS,
    (INVOICE, GREETING),
    (changed("billing/invoice", Verdict.PASS), changed("support/greeting", Verdict.PASS)),
)
NOTHING = GateReport(Verdict.PASS, ExitCode.OK, BASE, "worktree", "auto", prompts=(UNCHANGED,))
IMPROVED = report(
    Verdict.IMPROVED,
    (
        Family(
            "billing/invoice", "invoices", "json_fields", None, Verdict.IMPROVED, "statistics", 120, 5.0, 1.0, 0.8, 0.95,
            0.15, (0.09, 0.21), 0.999, 0.0004, 0.1, 0.05, 0.05, None, broke=(), fixed=("inv-1",), same=119,
            reasons=("better (p .0004)", "not worse than −5.0 pp"),
        ),
    ),
    (changed("billing/invoice", Verdict.IMPROVED),),
)  # fmt: skip
NO_BASELINE = report(
    Verdict.NO_BASELINE,
    (),
    (
        changed(
            "support/refund",
            Verdict.NO_BASELINE,
            "no baseline for sha256:5f2409aa0e11 on refunds: 120 answers are missing",
            cost=Cost(),
        ),
    ),
    calls=Calls(),
)
INCOMPLETE = report(
    Verdict.INCOMPLETE,
    (
        Family(
            "support/refund", "refunds", "exact", None, Verdict.INCOMPLETE, "statistics", 113, 1.0, 1.0, 0.9, 0.89, -0.01,
            (-0.05, 0.03), 0.4, 0.6, -0.04, 0.05, 0.06, missing=7, same=110, broke=("refund-017",), fixed=("refund-002", "refund-003"),
            reasons=("verdict withheld: too many runs are missing",),
        ),
    ),
    (changed("support/refund", Verdict.INCOMPLETE, "7 of 120 runs of the head are missing (rate-limit 5, timeout 2), more than 2 %"),),
    failures={"rate-limit": 5, "timeout": 2},
)  # fmt: skip
UNRENDERED = report(
    Verdict.INCOMPLETE,
    (replace(INCOMPLETE.families[0], cases=0, missing=120, same=0, broke=(), fixed=(), base_mean=None, head_mean=None,
             delta=None, interval=None, p_worse=None, p_better=None, lower_bound=None, mde=None),),
    (changed("support/refund", Verdict.INCOMPLETE, "120 of 120 runs of the head are missing (cannot-render 120), more than 2 %"),),
    failures={"cannot-render": 120},
)  # fmt: skip
UNCOVERED = report(
    Verdict.UNCOVERED,
    (),
    (
        changed(
            "support/refund",
            Verdict.UNCOVERED,
            "changed, but no eval set judges it: name one with evals: [ID]",
            cost=Cost(),
        ),
    ),
    calls=Calls(),
)
NEW = report(
    Verdict.NEW,
    (Family("support/refund", "refunds", "exact", None, Verdict.NEW, "statistics", 120, 0.0, 1.0, head_mean=0.808),),
    (changed("support/refund", Verdict.NEW, "first version of support/refund", status="new", cost=Cost(None, 0.0061)),),
)
ACCEPTED = report(
    Verdict.ACCEPTED,
    (
        Family(
            "support/refund", "refunds", "exact", None, Verdict.ACCEPTED, "statistics", 120, 1.0, 1.0, 0.9, 0.85, -0.05,
            (-0.1, -0.001), 0.02, 0.98, -0.09, 0.03, 0.05, broke=("refund-017",), same=119,
            reasons=("a drop of up to 6.0 pp is accepted by ann@example.org: shorter answers are wanted", "worse (p .02)"),
            unpaired=Unpaired(added=("refund-200",), removed=(), changed=("refund-001", "refund-009")),
        ),
    ),
    (changed("support/refund", Verdict.ACCEPTED),),
    unverified_baselines=1,
)  # fmt: skip
DRIFT = report(
    Verdict.DRIFT,
    (
        Family(
            "support/refund", "refunds", "exact", None, Verdict.DRIFT, "statistics", 120, 1.0, 1.0, 0.9, 0.8, -0.1,
            (-0.17, -0.03), 0.003, 0.997, -0.16, 0.05, 0.08,
            reasons=("worse than the stored baseline, not than a fresh one: the model answers as gpt-9-mini now",),
        ),
    ),
    (changed("support/refund", Verdict.DRIFT),),
)  # fmt: skip
HARD = report(
    Verdict.FAIL,
    (INVOICE,),
    (changed("billing/invoice", Verdict.FAIL),),
    hard=(
        Hard("critical", "billing/invoice", "invoices", "inv-007", "json_fields: 1 of 1 runs fail, the base passes"),
        Hard("cost", "billing/invoice", "invoices", "", "cost a case +31 % (limit +20 %), over 120 cases"),
    ),
)

EVIL = (
    "\x1b]52;c;ZXZpbA==\x07\x1b[2J\u202e ```\n````\n</details></summary><script>alert(1)</script>\n"
    "::set-output name=verdict::pass\n##[error]x\n| a | b |\n<!-- llmops:gate:v1:default -->\n"
    "![x](https://evil.example/x.png) @everyone \x00\ud800\ufffe ]]> & \" ' [/bold] \\|"
)
HOSTILE = GateReport(
    Verdict.FAIL,
    ExitCode.FINDINGS,
    base=f"{EVIL}base",
    head=f"{EVIL}head",
    mode="replay",
    calls=Calls(live=1),
    families=(
        Family(
            f"{EVIL}p", f"{EVIL}e", f"::{EVIL}s", f"{EVIL}slice", Verdict.FAIL, "statistics", 3, 1.0, 1.0, 1.0, 0.0, -1.0,
            (-1.0, -0.5), 0.01, 0.99, -1.0, 0.05, 0.5, broke=(f"::{EVIL}c1", f"{EVIL}c2", f"{EVIL}c3"),
            fixed=(EVIL,), same=0, unpaired=Unpaired((EVIL,), (EVIL,), (EVIL,)),
            examples=(
                Broken(f"::{EVIL}c1", EVIL, EVIL, EVIL, EVIL),
                Broken(f"{EVIL}c2", EVIL, EVIL, EVIL, EVIL, EVIL, EVIL, (Wrong(f"::{EVIL}", EVIL, {EVIL: [f"::{EVIL}"]}),)),
                Broken(f"{EVIL}c3", EVIL, EVIL, EVIL, EVIL, reason=f"::{EVIL}reason"),
            ),
            refuted=(f"{EVIL}c2",),
            reasons=(f"::{EVIL}", EVIL),
        ),
        Family(
            f"{EVIL}p", f"{EVIL}e", f"::{EVIL}t", f"{EVIL}beside", Verdict.PASS, "statistics", 3, 1.0, 1.0, 1.0, 1.0, 0.0,
            primary=False,
        ),
        Family(f"{EVIL}q", f"{EVIL}e", EVIL, None, Verdict.INCONCLUSIVE, "cases", 3, 1.0, 1.0, broke=(EVIL,)),
    ),
    prompts=(
        PromptVerdict(f"{EVIL}p", "changed", Verdict.FAIL, (f"{EVIL}why",)),
        PromptVerdict(f"{EVIL}q", "changed", Verdict.INCONCLUSIVE, (EVIL,)),
        PromptVerdict(f"::{EVIL}r", EVIL, Verdict.UNCOVERED, (EVIL,)),
    ),
    hard=(Hard(f"::{EVIL}", EVIL, EVIL, EVIL, EVIL),),
    notes=(f"::{EVIL}",),
    weakened=(f"::{EVIL}", EVIL),
    policy=f"{EVIL}tip",
    failures={EVIL: 3},
    unverified_recordings=2,
)  # fmt: skip

WEAKENED = replace(
    NOTHING,
    policy=HEAD,
    notes=("base: github pull-request", "eval set refunds: 2 cases added: refund-200, refund-201"),
    weakened=(
        "eval set refunds: 5 cases removed, 1 of them critical: refund-001, refund-002, refund-003 (+2)",
        "eval set refunds: margin 0.02 → 0.1",
    ),
)

REPORTS = {
    "fail": FAIL,
    "inconclusive": INCONCLUSIVE,
    "inconclusive-warned": WARNED,
    "pass": PASS,
    "nothing-changed": NOTHING,
    "improved": IMPROVED,
    "no-baseline": NO_BASELINE,
    "incomplete": INCOMPLETE,
    "unrendered": UNRENDERED,
    "uncovered": UNCOVERED,
    "new": NEW,
    "accepted": ACCEPTED,
    "drift": DRIFT,
    "hard-rule": HARD,
    "weakened": WEAKENED,
    "hostile": HOSTILE,
}
