"""One line of a label that a change moves: what an environment served of a prompt, and what it serves from then on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """`before` and `after` are the whole line ("3.2.0", a split; "" = nothing), `key` the id that it stands under.

    `old` and `new` are the two versions that are compared; "" where there is none. `instead` is the label that served
    `old`, where the change takes that one away and this one had served nothing.
    """

    label: str
    key: str
    before: str
    after: str
    old: str = ""
    new: str = ""
    instead: str = ""

    @property
    def text(self) -> str:
        """What the change does, in words."""
        place = f", in place of {self.instead}, which served {self.old}" if self.instead else ""
        return f"label {self.label}: {self.before or 'nothing'} → {self.after or 'nothing'}{place}"

    @property
    def splits(self) -> bool:
        """Whether the line becomes a split, so that callers must pass a key from now on: a split stands in braces."""
        return self.after.startswith("{") and not self.before.startswith("{")

    @property
    def against(self) -> str:
        """What the new version is held against, in words."""
        return f"{self.old or 'nothing'} of {self.instead or self.label}"
