"""Whether the base itself, asked anew, is worse than what is stored of it: then a drop is the provider's day.

All cases are asked, not those alone that looked worse: those were chosen for what is stored of them, and would seem to
fall though nothing moved. One run a case, then two more where that leaves it open; each look spends half of α, by Holm
over its suspects. So a family whose provider stayed as it was is called DRIFT with a chance of at most α.
"""

from collections.abc import Sequence

from llmops_cli.compare.confirm import HOPELESS, ROUNDS, Second, level, second, served_otherwise
from llmops_cli.compare.drift import holm
from llmops_cli.compare.figures import cases_text, p_text
from llmops_cli.flow.fight import Today
from llmops_cli.flow.suspects import Suspect, every

LOOKS = (1, ROUNDS)


def moved(suspects: Sequence[Suspect]) -> None:
    """Tell each suspect that fresh answers did not confirm what its base says of itself today.

    The second look waits until the fight has no further round: more runs of the head may clear it for less.
    """
    for one in suspects:
        one.today = one.series.fight.today.get(one.key) or _served(one)
    for runs in LOOKS:
        found = [(one, *_second(one, runs)) for one in suspects if _is_due(one, runs)]
        adjusted = holm([answer.p for _, answer, _ in found])
        for (one, answer, lack), p in zip(found, adjusted, strict=True):
            one.today = one.series.fight.today[one.key] = _said(one, answer, lack, p, runs)


def _is_due(suspect: Suspect, runs: int) -> bool:
    if suspect.today.is_final:
        return False
    return suspect.series.fight.look.is_last if runs > LOOKS[0] else not suspect.today.words


def _served(suspect: Suspect) -> Today:
    """Return that another model answers now, where both versions ask for the same."""
    other = served_otherwise(suspect.pairing.base, suspect.pairing.head) if suspect.series.same_model else ""
    return Today(bool(other), other, bool(other))


def _second(suspect: Suspect, runs: int) -> tuple[Second, str]:
    pairing = suspect.pairing
    cases = every(pairing, suspect.family)
    fresh, lack = suspect.series.ask_base(cases, runs)
    return second(pairing.base, fresh, suspect.family.scorer, cases, suspect.terms), lack


def _said(suspect: Suspect, found: Second, lack: str, p: float, runs: int) -> Today:
    if lack:
        return Today(words=f"whether the base itself fell could not be asked: {lack}", is_final=True)
    policy = suspect.pairing.policy
    often = "once" if runs == 1 else f"{runs} times"
    words = f"the base itself, {cases_text(found.cases)} asked {often} anew, is"
    if p <= level(policy):
        return Today(True, f"{words} worse than what is stored of it (p {p_text(p)})", True)
    is_final = found.p > HOPELESS or runs == LOOKS[-1]
    return Today(False, f"{words} not shown worse than what is stored of it (p {p_text(p)})", is_final)
