"""How agreement and calibration look in a terminal."""

import pytest
from gate_reports import EVIL
from report_golden import assert_golden

from llmops_cli.compare.agreement import agreement, pair_bias
from llmops_cli.compare.calibration import calibration, quality, refusal
from llmops_cli.compare.corrected import corrected
from llmops_cli.model.review import Calibrated, JudgeReview, Opinion, Review
from llmops_cli.report import calibration as calibration_report
from llmops_cli.report import review as review_report

YES_NO = ("true", "false")
JUDGED = [("true", "true")] * 18 + [("true", "false")] * 4 + [("false", "true")] * 3 + [("false", "false")] * 15
PAIRS = [(float(one == "true"), float(other == "true")) for one, other in JUDGED]


def shown(review=None, found=None):
    return review_report.text(review) if review else calibration_report.text(found)


def a_review(**change):
    people = agreement(("ada", "bo"), [("true", "true")] * 20 + [("false", "true")] * 2 + [("false",) * 2] * 18, YES_NO)
    judge = JudgeReview(
        "3f2a9c01b2d4",
        agreement(("people", "3f2a9c01b2d4"), JUDGED, YES_NO),
        quality([*PAIRS, (0.5, 1.0)]),
        pair_bias([(0.0, 0.5)] * 36 + [(1.0, 1.0)] * 3 + [(1.0, 0.0)]),
    )
    fields = {
        "labels": {"ada": 41, "bo": 40},
        "people": (people,),
        "judges": (judge,),
        "notes": ("run 01K8QZ7W has no score of 1 of 41",),
    }
    return Review("greet", "tone", 41, **(fields | change))


def a_calibration(pairs, *, margin=0.05):
    opinions = []
    for place, (person, judge) in enumerate(pairs):
        opinions.append(Opinion(f"c{place:03}", "0" * 64, "tone", person, by="ada"))
        opinions.append(Opinion(f"c{place:03}", "0" * 64, "tone", judge, judge="3f2a9c01b2d4"))
    found = calibration(opinions, "tone", "3f2a9c01b2d4")
    why = found.reason or refusal(found.quality)
    rate = corrected([judge for _, judge in pairs] + [1.0, 0.0] * 40, pairs)
    youden = found.quality.youden
    scaled = None if youden is None or margin is None else youden * margin
    factor = None if not youden else 1 / youden**2
    return Calibrated(
        "greet", "tone", "3f2a9c01b2d4", "01K8QZ7W000", found, rate, why, margin, scaled, factor, 2, "x.jsonl"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("agreement", shown(a_review())),
        ("agreement-alone", shown(a_review(people=(), judges=(), notes=()))),
        ("calibrated", shown(found=a_calibration(PAIRS))),
        ("calibrated-auto", shown(found=a_calibration(PAIRS, margin=None))),
        ("one-class", shown(found=a_calibration([(1.0, 1.0)] * 20))),
    ],
)
def test_it_looks_as_agreed(name, text):
    assert_golden(f"review/{name}.txt", text + "\n")


@pytest.mark.parametrize(
    ("value", "text"), [(0.638, "0.64"), (-0.1, "−0.10"), (-0.001, "0.00"), (0.0, "0.00"), (1.0, "1.00"), (None, "–")]
)
def test_a_coefficient_has_two_digits_and_no_minus_nothing(value, text):
    assert review_report.number(value) == text


def test_hostile_names_and_notes_are_shown_and_never_obeyed():
    text = shown(a_review(labels={EVIL: 1}, notes=(EVIL,)))
    assert not set(text) & set("\x1b\x07\u202e\x00")
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
