"""Whether the head costs more a case: a limit on the geometric mean of per-case ratios, and significance."""

import math

from llmops_cli.compare.figures import cases_text
from llmops_cli.compare.repeated import firsts, twins_of
from llmops_cli.compare.scope import Findings, Scope, scope_of
from llmops_cli.compare.signflip import sign_flip_p
from llmops_cli.compare.stats import mean
from llmops_cli.model.run import Row
from llmops_cli.model.verdict import Cost, Hard, Pairing

TINY = 1e-9
COST = "cost"


def cost_of(pairing: Pairing, scope: Scope) -> tuple[Cost, Findings]:
    """Return the mean cost of a case on both sides, and the broken rule if it rose too far.

    FAIL needs both: the geometric mean of the ratios over the limit, and p ≤ α by the sign-flip test on the logarithms.
    Where no price is known a rise in tokens is said, not failed: a model that costs nothing cannot cost too much. An
    acceptance that names `cost` covers a rise up to that share.
    """
    rows = [(pairing.base.rows[case], pairing.head.rows[case]) for case in scope.cases if case in pairing.head.rows]
    priced = [(base.cost_usd, head.cost_usd) for base, head in rows]
    known = [(base, head) for base, head in priced if base is not None and head is not None]
    cost = Cost(mean([base for base, _ in known]), mean([head for _, head in known])) if known else Cost()
    logs, unit = _logs(_rows(pairing, scope))
    if not logs:
        return cost, Findings()
    ratio = math.exp(mean(logs))
    limit = pairing.policy.cost_increase
    if ratio <= 1.0 + limit + TINY or sign_flip_p([-log for log in logs]).worse > pairing.policy.alpha:
        return cost, Findings()
    detail = f"{unit} a case {_percent(ratio - 1.0)} (limit {_percent(limit)}), over {cases_text(len(logs))}"
    if unit == "tokens":
        return cost, Findings(notes=(f"{detail}; no price is known, so this is no cost",))
    accepted = pairing.accepted
    if accepted is not None and ratio - 1.0 <= accepted.drops.get(COST, 0.0) + TINY:
        return cost, Findings(accepted=(f"{detail}: accepted by {accepted.by}: {accepted.reason}",))
    return cost, Findings(hard=(Hard(COST, pairing.head.prompt, pairing.head.evalset, "", detail),))


def rise(pairing: Pairing) -> float:
    """Return by which share a case's cost rose, in whole percents up: what an acceptance of it covers.

    Whole percents, for the next answers cost a little more or less. 0.0 where no price is known.
    """
    logs, unit = _logs(_rows(pairing, scope_of(pairing)))
    return max(0.0, math.ceil((math.exp(mean(logs)) - 1.0) * 100.0 - TINY) / 100.0) if logs and unit == COST else 0.0


def _rows(pairing: Pairing, scope: Scope) -> list[tuple[Row, Row]]:
    """Return both sides of the cases that pay for themselves: cases that share an answer share its price."""
    cases = firsts((case for case in scope.cases if case in pairing.head.rows), twins_of(pairing.flags))
    return [(pairing.base.rows[case], pairing.head.rows[case]) for case in cases]


def _logs(rows: list[tuple[Row, Row]]) -> tuple[list[float], str]:
    """Return the logarithm of head over base for each case where both are known, and what they count."""
    prices = _ratios([(base.cost_usd, head.cost_usd) for base, head in rows])
    tokens = _ratios([(base.tokens, head.tokens) for base, head in rows])
    return (prices, "cost") if len(prices) >= len(tokens) else (tokens, "tokens")


def _ratios(pairs: list[tuple[float | None, float | None]]) -> list[float]:
    return [
        math.log(head / base) for base, head in pairs if base is not None and head is not None and min(base, head) > 0
    ]


def _percent(share: float) -> str:
    return f"{share * 100:+.0f} %"
