"""What a set can see, as text, JSON, SVG and a page: the looks, the contract, and that names stay text."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator
from report_golden import assert_golden

from llmops_cli.load.schema import schema_text
from llmops_cli.model.power import Needs, Power, PowerPoint, Rate, SelfTest, Sight, SliceNeed
from llmops_cli.report.power_html import page
from llmops_cli.report.power_json import document
from llmops_cli.report.power_svg import curve
from llmops_cli.report.power_text import bar, text
from llmops_cli.report.power_words import rows

ATTACK = "</title><script>alert(1)</script>\"'><img src=x>\u202e\x1b]0;t\x07##[error]"


def rate(share, draws=200):
    return Rate(share, max(0.0, share - 0.05), min(1.0, share + 0.05), draws)


POINTS = tuple(
    PowerPoint(drop, rate(share), rate(share), rate(share), rate(0.5 - share / 2))
    for drop, share in ((0.02, 0.16), (0.03, 0.31), (0.05, 0.63), (0.08, 0.94), (0.1, 1.0), (0.15, 1.0))
)
TEST = SelfTest(rate(0.04), rate(0.3), (4, 1), (5, 1), (*POINTS, PowerPoint(0.2, None)), ("2 of 600 scores are …",))
FULL = Power(
    prompt="support/refund",
    digest="sha256",
    evalset="refunds",
    scorer="exact",
    cases=120,
    runs=(5, 5),
    binary=True,
    mean=0.8125,
    variance=0.0312,
    rule="statistics",
    margin=0.06,
    sights=(Sight(1, 0.051, 0.07), Sight(3, 0.033, 0.05), Sight(5, 0.028, 0.05)),
    needs=Needs(0.05, 126, 2, None),
    slices=(
        SliceNeed("handwritten", 40, 0.09, 0.11, 6, 0.0004),
        SliceNeed("printed", 70, 0.001, 0.03, 0, 0.0),
        SliceNeed("", 10, 0.002, 0.21, 0, 0.0),
    ),
    silent=tuple(f"r{place}" for place in range(96)),
    flaky=("r001", "r002", "r003", "r004"),
    self_test=TEST,
)
REFUSED = replace(
    FULL,
    prompt="greet",
    evalset="greet",
    runs=(1, 1),
    variance=None,
    needs=Needs(0.05, 700, None, None),
    slices=(),
    silent=(),
    flaky=(),
    self_test=None,
    refused="the baseline holds one run a case; its noise shows from two up",
    hint="llmops baseline record greet --runs 5",
)
LACKING = ("shout on greet: no baseline of sha256:1234 is stored",)


def test_the_text_looks_like_this():
    assert_golden("power/power.txt", text((FULL, REFUSED), LACKING) + "\n")


def test_the_self_test_alone_looks_like_this():
    assert_golden("power/self-test.txt", text((FULL, REFUSED), full=False) + "\n")


def test_the_page_looks_like_this():
    assert_golden("power/power.html", page((FULL, REFUSED), LACKING))


def test_the_json_is_what_the_published_schema_says():
    found = document((FULL, REFUSED), LACKING)
    assert_golden("power/power.json", json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    Draft202012Validator(json.loads(schema_text("power"))).validate(found)


@pytest.mark.parametrize(
    ("share", "drawn"), [(0, ""), (0.5, "████"), (1, "████████"), (0.55, "████▍"), (2, "████████")]
)
def test_a_bar_is_an_eighth_of_a_character_fine(share, drawn):
    assert bar(share, 8) == drawn.ljust(8)


def test_no_name_leaves_its_place():
    hostile = replace(
        FULL, prompt=ATTACK, scorer=ATTACK, slices=(replace(FULL.slices[0], tag=ATTACK),), flaky=(ATTACK,)
    )
    shown = text((hostile,), (ATTACK,))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    drawn = page((hostile,), (ATTACK,))
    for said in ("<script", "<img", "\u202e", "\x1b", "##[error"):
        assert said not in drawn


@pytest.mark.parametrize("name", ["greet", ATTACK])
def test_the_curve_is_well_formed_takes_the_texts_ink_and_says_its_figures(name):
    drawn = curve(TEST, name)
    root = ET.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    tags = {element.tag.partition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "path", "text", "polygon", "polyline", "circle"}
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on") or "href" in key]
    assert "currentColor" in drawn
    assert "#" not in drawn.replace("##", "").replace("#\\#", "") or name == ATTACK
    assert "5 pp 63%" in drawn
    assert drawn.count("<circle") == 6, "what could not be planted is not drawn"


def test_a_curve_of_nothing_is_still_a_picture():
    empty = replace(TEST, points=tuple(PowerPoint(point.drop, None) for point in TEST.points))
    ET.fromstring(curve(empty, "greet"))
    assert "the mean is too low to fall by 5 pp" in text((replace(FULL, self_test=empty),))


@pytest.mark.parametrize(
    ("runs", "silent", "said"),
    [
        ((4, 4), 94, "none shown: 26 cases did not say the same in every run, and 5 runs a case tell"),
        ((5, 5), 94, "none"),
        ((4, 4), 120, "none"),
    ],
)
def test_that_no_case_is_flaky_is_only_said_where_enough_runs_would_show_it(runs, silent, said):
    power = replace(FULL, runs=runs, silent=tuple(f"r{at}" for at in range(silent)), flaky=())
    assert dict(rows(power))["flaky"] == said
