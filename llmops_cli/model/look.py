"""A look at the evidence: after which round, and how much of α and β it may spend."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """The `number`-th of at most `of` looks. `alpha` and `beta` are its shares (0..1) of the policy's α and β.

    The shares of all looks add up to 1 at most, so that the promised error rates hold whatever the looks show
    (Bonferroni over looks: no assumption on how they depend on each other).
    """

    number: int = 1
    of: int = 1
    alpha: float = 1.0
    beta: float = 1.0

    @property
    def is_last(self) -> bool:
        """Whether nothing is asked after it."""
        return self.number >= self.of


ONLY = Look()
"""One look at all there is: a fixed plan, or stored answers."""
