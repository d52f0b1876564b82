"""How good a judge is by people's labels, and what the gate may make of its scores."""

import math
from collections.abc import Iterable, Mapping, Sequence

from llmops_cli.compare.figures import about
from llmops_cli.compare.stats import mean, wilson
from llmops_cli.model.review import Calibration, Interval, JudgeQuality, Opinion

LOWEST_YOUDEN = 0.5
"""A judge below it hides at least half of a drop: it may not gate."""
FEWEST_EACH = 5
"""Labels of either class below which a rate is not called known: of 5 right ones the interval begins at 57 %."""
SPLIT = 0.5

Answer = tuple[str, str]
"""A case and the sha256 of an answer to it."""


def quality(pairs: Iterable[tuple[float, float]]) -> JudgeQuality:
    """Return how a judge does on (people's value, judge's score) pairs, one an answer, both in 0..1.

    People call an answer good above ½ and bad below; a split vote (or a tie of a pair) is disputed and left out. A
    graded score of the judge counts as it is: J = mean of the good − mean of the bad ones is what a true drop shrinks
    by. J's interval is Newcombe's square-and-add of the two Wilson intervals. Raises `ValueError` for what is no share.
    """
    good: list[float] = []
    bad: list[float] = []
    disputed = 0
    for people, judge in pairs:
        if not (0.0 <= people <= 1.0 and 0.0 <= judge <= 1.0):
            raise ValueError(f"({people}, {judge}) is no pair of shares")
        if people == SPLIT:
            disputed += 1
        else:
            (good if people > SPLIT else bad).append(judge)
    sensitivity = mean(good) if good else None
    specificity = 1.0 - mean(bad) if bad else None
    ours = wilson(sensitivity, len(good)) if sensitivity is not None else None
    theirs = wilson(specificity, len(bad)) if specificity is not None else None
    youden, reach = None, None
    if sensitivity is not None and specificity is not None and ours and theirs:
        youden = sensitivity + specificity - 1.0
        reach = _added(sensitivity, ours, specificity, theirs)
    return JudgeQuality(
        len(good) + len(bad), len(good), len(bad), sensitivity, specificity, youden, ours, theirs, reach, disputed
    )


def _added(one: float, ours: Interval, other: float, theirs: Interval) -> Interval:
    """Return the interval of one + other − 1 (R. G. Newcombe 1998, Statistics in Medicine 17: 873, method 10)."""
    low = math.hypot(one - ours[0], other - theirs[0])
    high = math.hypot(ours[1] - one, theirs[1] - other)
    return (max(-1.0, one + other - 1.0 - low), min(1.0, one + other - 1.0 + high))


def shortage(found: JudgeQuality) -> str:
    """Return why these labels are too few to call a judge calibrated; "" where they are enough."""
    short = [
        f"{count} of {found.labels} labelled answers {'is' if count == 1 else 'are'} called {word}"
        for count, word in ((found.positives, "good"), (found.negatives, "bad"))
        if count < FEWEST_EACH
    ]
    unknown = [name for name, value in _rates(found) if value is None]
    more = f", so its {' and '.join(unknown)} cannot be known" if unknown else ""
    rest = _rest(found)
    wanted = f", about {about(rest)} more labels at this rate" if rest else ""
    return f"{' and '.join(short)}{more}: at least {FEWEST_EACH} of each are needed{wanted}" if short else ""


def _rest(found: JudgeQuality) -> int:
    """Return about how many more labels bring the rarer kind up to what is needed; 0 where nobody can tell."""
    rarer = min(found.positives, found.negatives)
    return math.ceil((FEWEST_EACH - rarer) * found.labels / rarer) if 0 < rarer < FEWEST_EACH else 0


def _rates(found: JudgeQuality) -> tuple[tuple[str, float | None], ...]:
    return (("sensitivity", found.sensitivity), ("specificity", found.specificity))


def refusal(found: JudgeQuality) -> str:
    """Return why a judge of this quality may not gate; "" where it may."""
    few = shortage(found)
    if few:
        return few
    assert found.youden is not None
    assert found.youden_interval is not None
    if found.youden >= LOWEST_YOUDEN:
        return ""
    low, high = found.youden_interval
    said = f"J is {found.youden:.2f} [{low:.2f}, {high:.2f}] on {found.labels} labels".replace("-", "−")
    return f"{said}: below {LOWEST_YOUDEN} a judge hides half of a drop or more"


def may_gate(found: JudgeQuality) -> bool:
    """Return whether a judge of this quality may fail, or pass, a gate: enough labels, and J of at least 0.5."""
    return not refusal(found)


def scaled_margin(margin: float, youden: float) -> float:
    """Return the margin in the judge's own points: a true drop of `margin` shows as J × margin."""
    return margin * min(1.0, max(0.0, youden))


def cases_factor(youden: float) -> float:
    """Return how many times more cases a judge with this J needs to see the same true drop: 1/J². J is above 0."""
    return 1.0 / min(1.0, youden) ** 2


def people(
    opinions: Iterable[Opinion], scorer: str, *, pass_at: float | None = None, by: Sequence[str] = ()
) -> dict[Answer, float]:
    """Return the mean of people's values for each answer; of the people `by` alone, if any are named.

    Where the scorer has a bar, a person's grade is a vote: whether it meets the bar.
    """
    said: dict[Answer, list[float]] = {}
    for each in opinions:
        if each.scorer == scorer and each.by and (not by or each.by in by):
            said.setdefault((each.case, each.answer), []).append(vote(each, pass_at))
    return {answer: mean(values) for answer, values in sorted(said.items())}


def vote(opinion: Opinion, pass_at: float | None) -> float:
    """Return what an opinion counts: where the scorer has a bar, whether a grade or a pair meets it; else as it is."""
    if opinion.kind == "binary" or pass_at is None:
        return opinion.value
    return float(opinion.value >= pass_at)


def judges(opinions: Iterable[Opinion], scorer: str, *, pass_at: float | None = None) -> dict[str, dict[Answer, float]]:
    """Return each judge's scores of answers, by the judge's digest or name, as votes where the scorer has a bar."""
    said: dict[str, dict[Answer, float]] = {}
    for each in opinions:
        if each.scorer == scorer and each.judge:
            said.setdefault(each.judge, {})[each.case, each.answer] = vote(each, pass_at)
    return dict(sorted(said.items()))


def calibration(
    opinions: Sequence[Opinion], scorer: str, digest: str, *, pass_at: float | None = None, by: Sequence[str] = ()
) -> Calibration:
    """Return whether the labels calibrate the judge with this scorer digest: the very one, not one of its name."""
    labelled = people(opinions, scorer, pass_at=pass_at, by=by)
    if not labelled:
        return Calibration("unlabelled", f"nobody has labelled an answer for {scorer}")
    known = judges(opinions, scorer, pass_at=pass_at)
    pairs = paired(labelled, known.get(digest, {}))
    if not pairs:
        others = tuple(name for name, scores in known.items() if name != digest and paired(labelled, scores))
        if not others:
            return Calibration("unjudged", f"none of the {len(labelled)} labelled answers has a score of this judge")
        reason = f"the labelled answers were scored by {', '.join(others)}; the judge now is {digest}"
        return Calibration("stale", reason, others=others)
    found = quality(pairs)
    few = shortage(found)
    return Calibration("few" if few else "calibrated", few, found)


def paired(labelled: Mapping[Answer, float], scores: Mapping[Answer, float]) -> list[tuple[float, float]]:
    """Return (people's value, judge's score) of the answers that have both, in the order of the answers."""
    return [(value, scores[answer]) for answer, value in sorted(labelled.items()) if answer in scores]
