"""What the gate knows of a case besides its scores."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseFlags:
    """A case's tags, and the rules that it stands under. `cluster` is its value of the key that `gate.cluster` names.

    `quarantined`: who takes care of it, until when and why ("" = nobody has to); it fails no `critical` rule and stands
    in no list. `unit` is the first of the cases that share answers with it on either side ("" = none does), `asked` the
    first of those that share the base's.
    """

    tags: tuple[str, ...] = ()
    critical: bool = False
    never: bool = False
    cluster: str = ""
    quarantined: str = ""
    unit: str = ""
    asked: str = ""
