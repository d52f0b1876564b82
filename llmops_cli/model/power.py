"""What an eval set can see, measured: the gate's two error rates on stored repeats, and what would sharpen it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A baseline's scores for one scorer: case → its scored runs, as numbers. `left_out` counts what is no score.

    `seed` is a text that names the sample (its digest): whatever is drawn at random depends on it alone.
    """

    repeats: Mapping[str, tuple[float, ...]]
    binary: bool
    seed: str
    left_out: int = 0

    @property
    def runs(self) -> tuple[int, int]:
        """The fewest and the most runs of a case; (0, 0) of no case."""
        counts = [len(values) for values in self.repeats.values()]
        return (min(counts), max(counts)) if counts else (0, 0)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share that was counted in `draws` draws, with Wilson's 95 % interval: the Monte Carlo error."""

    share: float
    low: float
    high: float
    draws: int


@dataclass(frozen=True, slots=True)
class PowerPoint:
    """A planted drop (0.05 = 5 points) and how often the gate says FAIL: of all draws, and of each kind of drop.

    `passed` is how often it says PASS. `fails` is None where the set's mean is too low to fall that far.
    """

    drop: float
    fails: Rate | None
    concentrated: Rate | None = None
    diffuse: Rate | None = None
    passed: Rate | None = None


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The gate's rule on one baseline: what it says of its own repeats, split at random, and of planted drops.

    `split` are the runs a case of the two halves, `plan` those of the planted arms. `notes` say what to know. `drawn`:
    the repeats were not split, but held as they are against head runs drawn from what they say of each case.
    """

    false_alarms: Rate
    false_inconclusive: Rate
    split: tuple[int, int]
    plan: tuple[int, int]
    points: tuple[PowerPoint, ...]
    notes: tuple[str, ...] = ()
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class SliceNeed:
    """A slice of the cases: how many, their within-case variance, the drop it finds by itself, and what to add.

    `gain` is by how much one more case lowers the whole set's MDE, while the slices keep their shares.
    """

    tag: str
    cases: int
    variance: float
    mde: float
    add: int
    gain: float


@dataclass(frozen=True, slots=True)
class Sight:
    """What a set sees with a plan of head runs: its smallest detectable drop and the margin that it holds."""

    head_runs: int
    mde: float
    margin: float


@dataclass(frozen=True, slots=True)
class Needs:
    """What would find the wanted drop, each by itself: cases in all, head runs, baseline repeats (None: not alone)."""

    mde: float
    cases: int
    head_runs: int | None
    base_runs: int | None


@dataclass(frozen=True, slots=True)
class Power:
    """One stored baseline's scorer, looked at. `refused` says why no self-test was made, and `hint` what would help.

    `copies` are cases beside `cases` that repeat the inputs of others, and count with them.
    """

    prompt: str
    digest: str
    evalset: str
    scorer: str
    cases: int
    runs: tuple[int, int]
    binary: bool
    mean: float | None
    variance: float | None
    rule: str
    margin: float
    sights: tuple[Sight, ...] = ()
    needs: Needs | None = None
    slices: tuple[SliceNeed, ...] = ()
    silent: Sequence[str] = ()
    flaky: Sequence[str] = ()
    self_test: SelfTest | None = None
    refused: str = ""
    hint: str = ""
    copies: int = 0


Draw = Callable[[], float]
