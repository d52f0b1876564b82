"""The page of a diff: it stands alone, and what prompts say stays text."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_golden import GOLDEN, assert_golden
from test_report_diff import ALL, HOSTILE, INVOICE

from llmops_cli.model.diff import CachedPrefix, Change, ChangeClass, PromptDiff, RenderedSet, TextChange
from llmops_cli.model.usage import CallBreak, Calls, CallSite
from llmops_cli.report.diff_html import page
from llmops_cli.report.diff_markdown import markdown
from llmops_cli.report.diff_text import text

ATTACK = "</script></style><img src=x onerror=alert(1)>\"'><a href=javascript:x>\u202e\u2066\x1b]0;t\x07<!--"
SITE = CallSite("app/jobs.py", 41, 5, "llmops", "billing/extract-invoice", "render", keywords=("document",))
UNCHECKED = replace(SITE, line=50, keywords=(), unchecked="other values are only known at run time", open_ended=True)
FULL = replace(
    INVOICE,
    before="HEAD",
    released="3.2.0",
    notes=(),
    calls=Calls(3, (CallBreak(SITE, "render(document=…) lacks locale"),), (UNCHECKED,)),
    prefix=CachedPrefix(180, 41, 163),
    rendered=(
        RenderedSet(
            "invoices", 12, ("inv-007", "inv-002"), (("inv-003", "missing variable locale"),), True, 1904, 1911
        ),
    ),
    shown_cases=(TextChange("inv-007 user", ((" ", "Within "), ("-", "30"), ("+", "14"), (" ", " days.\n" * 90))),),
)
ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "a",
    "header",
    "h1",
    "h2",
    "p",
    "nav",
    "ul",
    "li",
    "main",
    "section",
}
ALLOWED |= {"span", "dl", "dt", "dd", "code", "bdi", "figure", "figcaption", "div", "del", "ins", "details", "summary"}
ATTRIBUTES = {
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "href",
    "id",
    "aria-label",
    "aria-labelledby",
}


class Reader(HTMLParser):
    """What a browser would see: the tags with their attributes, the text, and whether each tag is closed."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.said, self.open = [], "", []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "summary"} & {*self.open}:
            self.said += data


def attacked(words):
    return PromptDiff(
        id=words,
        before=words,
        after=words,
        change_class=ChangeClass.BREAKING,
        changes=(Change("variables.x", "removed", ChangeClass.BREAKING, "contract", words, None, words),),
        texts=(TextChange(words, ((" ", words), ("-", words), ("+", words), (" ", words * 40))),),
        calls=Calls(1, (CallBreak(replace(SITE, path=words), words),)),
        rendered=(RenderedSet(words, 1, (words,), ((words, words),)),),
        shown_cases=(TextChange(words, (("+", words),)),),
        released=words,
        notes=(words,),
    )


@pytest.mark.parametrize("name", [*ALL, "full"])
def test_a_page_looks_like_its_golden(name):
    assert_golden(f"diff/{name}.html", page([FULL] if name == "full" else ALL[name], unchanged=41))


def test_call_sites_cases_and_prefix_look_like_their_goldens():
    assert_golden("diff/full.txt", text([FULL], unchanged=41) + "\n")
    assert_golden("diff/full.md", markdown([FULL], unchanged=41))


def test_a_break_names_the_call_site_below_its_line():
    lines = text([FULL], unchanged=0).splitlines()
    last = max(at for at, line in enumerate(lines) if "BREAKING" in line or line.startswith(" " * 13 + "BREAKING"))
    assert lines[last + 1].split("  ")[0] == ""
    assert "app/jobs.py:41 render(document=…) lacks locale" in lines[last + 1]
    assert lines[last + 1].endswith("(1 of 3 call sites breaks)")
    assert "1 call site cannot be checked: app/jobs.py:50" in lines[last + 2]
    assert lines[0].endswith("advised bump: MAJOR (3.2.0 → 4.0.0)")


def assert_harmless(source):
    seen = Reader(source)
    assert {tag for tag, _ in seen.tags} <= ALLOWED
    assert {name for _, attributes in seen.tags for name in attributes} <= ATTRIBUTES
    assert all(attributes["href"].startswith("#") for _, attributes in seen.tags if "href" in attributes)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", source)
    assert "<!--" not in source
    assert not seen.open
    return seen


@pytest.mark.parametrize("diffs", [[attacked(ATTACK)], [HOSTILE], [FULL, attacked(ATTACK)]])
def test_a_prompt_full_of_markup_stays_text(diffs):
    seen = assert_harmless(page(diffs))
    assert ATTACK not in page(diffs)
    if len(diffs[0].texts) and diffs[0].id == ATTACK:
        assert seen.said.count("</script></style><img src=x onerror=alert(1)>") >= 10
        assert r"\u202e" in seen.said


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("<>&\"'`/!-:#[] ab\n\u202e\x1b=()")), st.integers(1, 3))
def test_no_text_becomes_markup(words, times):
    assert_harmless(page([attacked(words or "x")] * times))


def test_a_page_asks_for_nothing_from_elsewhere_and_runs_nothing():
    source = page([FULL, HOSTILE])
    assert "default-src 'none'" in source
    assert not re.search(
        r"<(script|link|iframe|img|object|embed|form|base)\b|url\(|@import|https?://", source.replace("http://evil", "")
    )
    anchors = {attributes["id"] for _, attributes in Reader(source).tags if "id" in attributes}
    links = {attributes["href"][1:] for _, attributes in Reader(source).tags if "href" in attributes}
    assert links <= anchors
    assert "prompt:billing/extract-invoice" in links


def test_a_long_stretch_that_was_kept_is_folded_and_nothing_of_it_is_lost():
    kept = "".join(f"line {number}\n" for number in range(200))
    source = page([replace(FULL, texts=(TextChange("user", ((" ", kept), ("+", "new"))),), shown_cases=())])
    assert source.count("<details>") == 1
    assert kept in Reader(source).said


def test_every_golden_page_is_there():
    assert len(list((GOLDEN / "diff").glob("*.html"))) == len(ALL) + 1
