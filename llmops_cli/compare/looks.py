"""When the gate looks, and what each look may spend: few calls where the answer is clear, all of α and β in sum.

Most of α is kept for the last look, where the evidence is strongest; β is shared evenly, because an unchanged prompt
should be let go at the first look that can.
"""

from dataclasses import replace

from llmops_cli.model.look import ONLY, Look

LAST = 0.8  # of α, for the last look; the looks before it share the rest evenly
BATCH_ALPHAS = (0.06, 0.06, 0.08, 0.8)
"""Of α, for the looks after each quarter of the cases: .003, .003, .004, .04 of .05."""


def rounds(runs: int) -> tuple[Look, ...]:
    """Return the looks after each of `runs` rounds: α .005, .005, .04 and β .0167 each for three of them."""
    if runs <= 1:
        return (ONLY,)
    early = (1.0 - LAST) / (runs - 1)
    return tuple(Look(number, runs, LAST if number == runs else early, 1.0 / runs) for number in range(1, runs + 1))


def batches() -> tuple[Look, ...]:
    """Return the looks after each quarter of the cases, one run a case."""
    count = len(BATCH_ALPHAS)
    return tuple(Look(number, count, alpha, 1.0 / count) for number, alpha in enumerate(BATCH_ALPHAS, 1))


def from_look(looks: tuple[Look, ...], start: int) -> tuple[Look, ...]:
    """Return the looks from the `start`-th on, the first of them with the shares of those that were not taken.

    What is recorded already is looked at once, all together: there was no look before it.
    """
    kept = looks[start - 1 :] or looks[-1:]
    skipped = looks[: len(looks) - len(kept)]
    first = replace(
        kept[0],
        alpha=min(1.0, kept[0].alpha + sum(look.alpha for look in skipped)),
        beta=min(1.0, kept[0].beta + sum(look.beta for look in skipped)),
    )
    return (first, *kept[1:])


def closing(looks: tuple[Look, ...], number: int) -> Look:
    """Return the look after round `number` as the last one, with all shares that no earlier look has spent.

    For a plan that ends early because no further answer can be had, whatever was seen so far.
    """
    earlier = [look for look in looks if look.number < number]
    return Look(number, number, 1.0 - sum(look.alpha for look in earlier), 1.0 - sum(look.beta for look in earlier))
