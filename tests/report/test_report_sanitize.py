import csv as csv_writer
import html as html_reader
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from llmops_cli.report import sanitize
from llmops_cli.report.ansi import paint

NASTY = [
    *("\x1b]52;c;aGk=\x07", "\x1b[2J", "\x9b31m", "\x00", "\r", "\r\n", "\n", "\t", "\x7f", "\x85", "\x0b", "\x1c"),
    *("\u202e", "\u2066", "\u2028", "\u200b", "\ufeff", "\ufffe", "\uffff", "\ud800", "\udfff", "\U000e0041", "\u061c"),
    *(
        "`",
        "``",
        "```",
        "~~~",
        "|",
        "\\|",
        "\\\\|",
        "\\",
        "<!-- llmops:gate -->",
        "<script>",
        "</script>",
        "<img src=x>",
    ),
    *(
        "![x](http://evil)",
        "[x](http://evil)",
        "@octocat",
        "#123",
        "&lt;",
        "&",
        "]]>",
        "'",
        '"',
        "> ",
        "# ",
        "- ",
        "    ",
    ),
    *("::set-output name=a::b", " ::error::x", "\u00a0::x", "##[", "###[group]", "##vso[task]", "%0A", "%", ":", ","),
    *("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "＝1", " ", "word", "é", "日本", "👩‍👩‍👧"),
]
TEXT = st.lists(st.sampled_from(NASTY) | st.text(max_size=3), max_size=6).map("".join)
MARKDOWN = MarkdownIt("commonmark").enable("table")
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def seen(text):
    """What a reader of the sink should still see: the text with its newlines as `\\n`, escapes in place."""
    return sanitize.terminal(text)


def hidden(text):
    return [
        char for char in text if (unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t") or char in BIDI
    ]


def holds_terminal(text):
    shown = sanitize.terminal(text)
    assert hidden(shown) == []
    assert sanitize.terminal(shown) == shown
    assert "\n" not in sanitize.line(text)


def holds_markdown(text):
    """One page: the text in code at the start of a line, within one, in a cell of a table, and in a fence."""
    code, cell = sanitize.markdown_code(text), sanitize.markdown_cell(text)
    fence = sanitize.markdown_fence(text, "yaml`x")
    page = f"{code}\n\na {code} b\n\n| a | b |\n|---|---|\n| {cell} | end |\n\nlast\n\n{fence}after\n"
    blocks = [token for token in MARKDOWN.parse(page) if token.type in {"inline", "fence", "html_block"}]
    assert [block.type for block in blocks] == ["inline"] * 7 + ["fence", "inline"]
    bare, within, _, _, in_cell, beside, _, fenced, after = blocks
    for block in (bare, within, in_cell):
        kinds = [child.type for child in block.children if child.content or child.type != "text"]
        assert set(kinds) <= {"text", "code_inline"}
        assert kinds.count("code_inline") == 1
    assert bare.children[0].content.strip() == sanitize.line(text).strip()
    assert (beside.content, after.content) == ("end", "after")
    assert fenced.info == "yamlx"
    assert fenced.content.rstrip("\n") == seen(text).rstrip("\n")


def holds_html(text):
    shown = sanitize.html(text)
    assert not re.search(r"[<>\"']", shown)
    assert html_reader.unescape(shown) == seen(text)


def holds_xml(text):
    shown = sanitize.xml(text)
    root = ET.fromstring(f'<case name="{shown}">{shown}</case>')
    assert root.text == (re.sub("[\ufffe\uffff]", "", seen(text)) or None)
    assert "\x1b" not in root.get("name")


def holds_json(text):
    document = json.dumps(sanitize.plain(text), ensure_ascii=False).encode()
    assert hidden(json.loads(document)) == []
    assert not re.search(r"(?<!\\)(\\\\)*[\[\]]", sanitize.sarif(text))


def holds_csv(text):
    out = io.StringIO()
    csv_writer.writer(out).writerow([sanitize.csv(text), "end"])
    ((cell, end),) = list(csv_writer.reader(io.StringIO(out.getvalue(), newline="")))
    assert not re.match(r"\s*[=+\-@＝＋－＠]", cell)
    assert cell[:1] not in {"\t", "\r", "\n"}
    assert (cell.removeprefix("'"), end) == (seen(text).removeprefix("'"), "end")


def holds_workflow(text):
    for shown in (sanitize.workflow(text), f"x\n{sanitize.workflow(text)}"):
        assert not any(part.strip().startswith("::") for part in re.split(r"[\r\n]", shown))
        assert not re.search(r"##\w*\[", shown)
    data, prop = sanitize.workflow_data(text), sanitize.workflow_property(text)
    assert not re.search(r"[\r\n]|##\w*\[", data)
    assert not re.search(r"[\r\n:,]|##\w*\[|%(?!25|0A|3A|2C)", prop)


@settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXT)
def test_no_foreign_text_leaves_its_place_in_any_sink(text):
    holds_terminal(text)
    holds_html(text)
    holds_xml(text)
    holds_json(text)
    holds_csv(text)
    holds_workflow(text)
    holds_markdown(text)


@pytest.mark.parametrize(
    ("sink", "text", "shown"),
    [
        ("terminal", "a\x1b[31mb\r\nc\td\u202e", "a\\x1b[31mb\nc\td\\u202e"),
        ("terminal", "👩‍👩‍👧 é 日本", "👩‍👩‍👧 é 日本"),
        ("terminal", "\U000e0041", "\\U000e0041"),
        ("line", "a\r\nb\tc\nd", "a b c d"),
        ("markdown_code", "", "` `"),
        ("markdown_code", "a\nb", "`a b`"),
        ("markdown_code", "``a`", "``` ``a` ```"),
        ("markdown_cell", "a|b\\|c", "`a\\|b\\│c`"),
        ("markdown_fence", "a```b", "````\na```b\n````\n"),
        ("html", "<b title='x'>&", "&lt;b title=&#x27;x&#x27;&gt;&amp;"),
        ("xml", "<a>\x00\ufffe'", "&lt;a&gt;\\x00\\ufffe&#39;"),
        ("sarif", "[a](b)\\", "\\[a\\](b)\\\\"),
        ("csv", "=1+1", "'=1+1"),
        ("csv", " =1+1", "' =1+1"),
        ("csv", "1+1", "1+1"),
        ("workflow", "ok\n  ::error::x", "ok\n  \\::error::x"),
        ("workflow", "a::b", "a::b"),
        ("workflow", "x ##[error] y", "x #\\#[error] y"),
        ("workflow_data", "50%\nx:y", "50%25%0Ax:y"),
        ("workflow_property", "a,b:c", "a%2Cb%3Ac"),
    ],
)
def test_a_sink_shows_what_it_cannot_let_through(sink, text, shown):
    assert getattr(sanitize, sink)(text) == shown


@given(TEXT, st.integers(1, 12))
def test_a_clipped_text_is_never_longer_than_its_limit(text, limit):
    clipped = sanitize.clip(text, limit)
    assert len(clipped) <= limit
    assert clipped == text if len(text) <= limit else clipped == text[: limit - 1] + "…"


def test_colour_is_off_unless_asked_for_and_never_runs_over_a_line():
    assert paint("a\nb", "red", False) == "a\nb"
    assert paint("a\n\nb", "red", True) == "\x1b[31ma\x1b[0m\n\n\x1b[31mb\x1b[0m"
