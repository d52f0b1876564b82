"""The gate's page: its looks, that it stands alone, that what prompts and models say stays text."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import permutations

import pytest
from gate_reports import EVIL, FAIL, HARD, HOSTILE, REFUND, REPORTS
from report_golden import assert_golden
from test_report_diff_hostile import PAYLOADS
from test_report_power import ATTACK, FULL

from llmops_cli.model.broken import Broken, Wrong
from llmops_cli.model.group import Group
from llmops_cli.model.look import Look
from llmops_cli.model.verdict import Unpaired, Verdict
from llmops_cli.report.gate_html import page

VOID = {"meta", "br", "wbr"}
SVG = {"svg", "title", "desc", "path", "text", "polygon", "polyline", "circle", "figure", "figcaption"}
TAGS = SVG | {
    *("html", "head", "meta", "style", "body", "a", "header", "h1", "h2", "h3", "p", "br", "wbr", "main", "section", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td", "div", "span", "strong", "em", "code", "bdi", "ul", "li"),
}  # fmt: skip
SLICED = replace(
    REFUND,
    slice="handwritten",
    primary=False,
    look=Look(2, 3),
    missing=2,
    unscored=1,
    unpaired=Unpaired(),
    groups=(),
)
RIVAL = replace(REFUND, against="release 1.2.0", examples=(), groups=(), look=Look(2, 3))
RICH = replace(
    FAIL,
    families=(*FAIL.families, SLICED, RIVAL),
    hard=HARD.hard,
    powers=(FULL,),
    unverified_recordings=12,
    unverified_baselines=1,
)


class Reader(HTMLParser):
    """Collects tags, attributes and text; a tag that is closed out of turn is an error."""

    def __init__(self, drawn):
        super().__init__()
        self.tags, self.attributes, self.text, self._open = [], [], [], []
        self.feed(drawn)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "style" not in self._open:
            self.text.append(data)


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_reads_as_designed(name):
    assert_golden(f"gate/{name}.html", page(REPORTS[name]))


def test_the_page_with_opponents_rules_and_the_power_plot_reads_as_designed():
    assert_golden("gate/rich.html", page(RICH))


@pytest.mark.parametrize("report", [*REPORTS.values(), RICH], ids=[*REPORTS, "rich"])
def test_the_page_is_whole_and_loads_nothing(report):
    drawn = page(report)
    found = Reader(drawn)
    assert set(found.tags) <= TAGS
    keys = {key for key, _ in found.attributes}
    assert not [key for key in keys if key.startswith("on") or key in ("src", "action", "srcset")]
    assert [value for key, value in found.attributes if key == "href"] == ["#details"]
    assert "url(" not in drawn
    assert "@import" not in drawn
    ids = [value for key, value in found.attributes if key == "id"]
    assert len(ids) == len({*ids})


def test_the_verdict_stands_first_and_every_part_is_there():
    text = "\n".join(Reader(page(RICH)).text)
    order = ["✗ GATE FAILED", "1 of 3 changed prompts regressed", "Broken rules", "Against the base", "Opponents",
             "Prompts", "Broken cases", "support/refund on refunds", "Trust, calls and notes"]  # fmt: skip
    places = [text.index(part, text.index("Skip to")) for part in order]
    assert places == sorted(places)
    for part in ("−9.2 pp\n[−16.5, −1.9]", "15 / 4", "2 of 3", "release 1.2.0", "12 × a fence around the JSON",
                 "refuse: outside 30 days", "98 live, 62 recorded, 240 saved of 400", "unverified, brought by this change",
                 "12 recordings and 1 baseline", "base: the merge base with main", "2 missing"):  # fmt: skip
        assert part in text, part


def test_a_family_that_passes_has_no_broken_cases():
    text = "\n".join(Reader(page(REPORTS["pass"])).text)
    assert "Broken cases" not in text
    assert "inv-007" not in text


def test_the_order_of_families_and_prompts_changes_no_byte():
    for families in permutations(FAIL.families):
        assert page(replace(FAIL, families=families, prompts=FAIL.prompts[::-1])) == page(FAIL)


def hostile(said):
    """The hostile report with this text in the places that are new in a page."""
    family = replace(
        HOSTILE.families[0],
        verdict=Verdict.FAIL,
        broke=(said, f"{said}2"),
        groups=(Group(said, (said,), said),),
        examples=(
            Broken(said, said, said, said, said),
            Broken(f"{said}2", said, said, said, said, wrong=(Wrong(said, {said: said}, said),)),
        ),
        against=said,
    )
    power = replace(FULL, prompt=said, evalset=said, scorer=said, flaky=(said,))
    return replace(HOSTILE, families=(family, *HOSTILE.families), powers=(power,), mode=said, notes=(said,))


@pytest.mark.parametrize("said", [EVIL, ATTACK, *PAYLOADS])
def test_foreign_text_stays_text(said):
    drawn = page(hostile(said))
    found = Reader(drawn)
    assert set(found.tags) <= TAGS
    assert [value for key, value in found.attributes if key == "href"] == ["#details"]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066\ud800-\udfff]", drawn)
    for line in drawn.split("\n"):
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##\w*\[", line)


def test_a_long_list_is_cut_and_says_so():
    ids = tuple(f"case-{number:04}" for number in range(1_500))
    examples = tuple(Broken(name, "x" * 9_000, "y" * 9_000, "1/1", "0/1") for name in ids[:60])
    drawn = page(replace(FAIL, families=(replace(REFUND, broke=ids, groups=(), examples=examples),)))
    assert "(+1,250)" in drawn
    assert len(drawn) < 300_000
