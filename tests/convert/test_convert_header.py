"""The split of a prompt file into header and body: by whole lines, never inside one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.convert._header import split
from llmops_cli.errors import FindingsError


@pytest.mark.parametrize(
    ("text", "header", "body", "line"),
    [
        ("---\na: 1\n---\nHi", "a: 1\n", "Hi", 4),
        ("---\n---\nHi", "", "Hi", 3),
        ("---\na: 1\n---", "a: 1\n", "", 4),
        ("---\na: one --- two\n---\nHi", "a: one --- two\n", "Hi", 4),
        ("---\na: |\n  ---\nb: 1\n---\nHi", "a: |\n  ---\nb: 1\n", "Hi", 6),
        ("---\r\na: 1\r\n---\r\nHi\r\n", "a: 1\r\n", "Hi\r\n", 4),
        ("---  \na: 1\n---\t\nHi", "a: 1\n", "Hi", 4),
        ("\ufeff---\na: 1\n---\nHi", "a: 1\n", "Hi", 4),
        ("# licence\n\n---\na: 1\n---\nHi", "a: 1\n", "Hi", 6),
        ("---\na: 1\n---\nx\n---\ny", "a: 1\n", "x\n---\ny", 4),
        ("---\na: 1\n----\n---\nx", "a: 1\n----\n", "x", 5),
    ],
)
def test_a_header_ends_at_the_first_line_of_three_hyphens(text, header, body, line):
    parts = split(text, "p.prompt")
    assert (parts.found, parts.header_text, parts.body, parts.body_line) == (True, header, body, line)


@pytest.mark.parametrize(
    "text", ["", "Hi", "Hi\n---\na: 1\n---\n", "--- a\n---\n", "----\n", "\n\n", "# only a note\n"]
)
def test_a_text_without_a_header_is_all_body(text):
    parts = split(text, "p.prompt")
    assert (parts.found, parts.header_text, parts.body, parts.body_line) == (False, "", text, 1)


def test_a_header_that_is_never_closed_is_an_error_at_its_line():
    with pytest.raises(FindingsError, match="never closed") as caught:
        split("# note\n---\na: 1\n", "p.prompt")
    assert caught.value.where == "p.prompt:2"


def test_what_stands_above_the_header_is_kept_and_its_line_is_known():
    parts = split("# a\n\n---\nb: 1\n---\n", "p")
    assert (parts.before, parts.header_line) == ("# a\n\n", 4)


def test_without_comments_a_heading_is_the_body():
    assert not split("# Title\n---\na: 1\n---\n", "p", comments=False).found


@given(st.text(alphabet="-ab: \n\r#"))
def test_no_character_is_lost_or_made(text):
    try:
        parts = split(text, "p")
    except FindingsError:
        return
    assert text.endswith(parts.body)
    assert text.startswith(parts.before)
    assert parts.header_text in text
