"""Fifteen hostile texts in every part of a prompt that a diff shows, in each of its four forms: they stay text."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import jsonschema
import pytest
from markdown_it import MarkdownIt

from llmops_cli.cli.output import as_json
from llmops_cli.compare.prompts import diff
from llmops_cli.model.prompt import Examples, Message, Prompt, Variable
from llmops_cli.model.source import NOWHERE
from llmops_cli.report.diff_html import page
from llmops_cli.report.diff_json import document
from llmops_cli.report.diff_markdown import markdown
from llmops_cli.report.diff_text import text

PAYLOADS = [
    "\x1b[2J\x1b[31mred",
    "\x1b]8;;http://evil\x07link\x1b]8;;\x07",
    "\x9b31m",
    "\u202egnp.exe\u2066",
    "\U000e0041\U000e0042 unseen",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</code></summary></details><h1>x",
    "<!-- llmops-gate -->",
    "::set-output name=verdict::pass",
    "a\n::error::x\r::stop-commands::t",
    "##[group]x ##vso[task.setvariable variable=a]b",
    "![x](http://evil/a.png) [y](javascript:z) <http://evil>",
    "a | b \\| c `` ``` ` ~~~\n```\n# Head\n```",
    "@octocat #1 https://evil.example $(id) {{ 7*7 }} {% include '/etc/passwd' %}",
]


def prompt(said, *, kept):
    """A prompt that says this wherever a file can; `kept` tells the two sides apart."""
    fields = {said: {"type": "string", "enum": [said, kept], "description": f"{said} {kept}"}}
    return Prompt(
        id=f"p{said}",
        model=f"m{said}{kept}",
        resolved_model=f"m{said}{kept}",
        source=NOWHERE,
        messages=(Message("system", f"{kept} {said}"), Message("user", f"{said}\n{said} {kept}")),
        variables=(
            Variable(f"v{said}", {"type": "string", "enum": [said, kept]}, description=f"{said}{kept}"),
            Variable(f"{kept}{said}", {"type": "object", "properties": fields}),
        ),
        output={"format": "json_schema", "schema": {"type": "object", "properties": fields, "required": [said]}},
        params={said: kept},
        constants={"c": f"{said}{kept}"},
        examples=Examples(({said: kept},), 1),
        tools=({"type": "function", "function": {"name": f"{said}{kept}"}},),
        includes={f"{said}.j2": f"{said}{kept}"},
        description=f"{said}{kept}",
        version=said,
        owners=(said, kept),
    )


def found(said):
    there = diff(prompt(said, kept="one"), prompt(said, kept="two"), before_name=said, after_name=said)
    return [
        replace(there, notes=(said,), released=said),
        diff(None, prompt(said, kept="one"), before_name=said, after_name=said),
        diff(prompt(said, kept="one"), None, before_name=said, after_name=said),
    ]


def is_inert_in_a_log(report):
    """Nothing that a terminal obeys or hides, nothing that a runner takes for a command."""
    hidden = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
    return not re.search(hidden, report) and not re.search(r"(?m)^\s*::|##\w*\[", report)


@pytest.mark.parametrize("said", PAYLOADS)
def test_a_terminal_and_a_log_only_show_it(said):
    for options in ({}, {"word": True}, {"stat": True}):
        assert is_inert_in_a_log(text(found(said), unchanged=1, **options))


@pytest.mark.parametrize("said", PAYLOADS)
def test_a_comment_shows_it_as_code(said):
    report = markdown(found(said), unchanged=1)
    assert is_inert_in_a_log(report)
    tokens = MarkdownIt("commonmark").enable("table").parse(report)
    inner = [child for token in tokens for child in [token, *(token.children or [])]]
    assert not [token for token in inner if token.type in {"image", "link_open", "heading_open", "html_inline"}]
    blocks = "".join(token.content for token in inner if token.type == "html_block")
    assert set(re.findall(r"</?(\w+)", blocks)) <= {"details", "summary", "code"}
    assert "<!--" not in blocks
    assert blocks.count("<details>") == blocks.count("</details>") == 3
    prose = " ".join(token.content for token in inner if token.type == "text")
    assert not re.search(r"octocat|evil|javascript", prose)


class Tags(HTMLParser):
    """The tags, attributes and comments of a page."""

    def __init__(self, report):
        super().__init__()
        self.tags, self.attributes, self.comments = set(), [], []
        self.feed(report)

    def handle_starttag(self, tag, attrs):
        """Keep the tag."""
        self.tags.add(tag)
        self.attributes += attrs

    def handle_comment(self, data):
        """Keep the comment."""
        self.comments.append(data)


@pytest.mark.parametrize("said", PAYLOADS)
def test_a_page_shows_it_as_text(said):
    report = page(found(said), unchanged=1)
    harmless = Tags(page(found("harmless"), unchanged=1))
    seen = Tags(report)
    assert seen.tags <= harmless.tags
    assert {name for name, _ in seen.attributes} <= {name for name, _ in harmless.attributes}
    assert seen.comments == []
    assert all(value.startswith("#") for name, value in seen.attributes if name in {"href", "src"})
    assert is_inert_in_a_log(report)


@pytest.mark.parametrize("said", PAYLOADS)
def test_a_document_holds_it_as_it_is_and_nothing_in_a_log_obeys_it(said):
    whole = document(found(said), unchanged=1)
    report = as_json(whole)
    assert json.loads(report) == json.loads(json.dumps(whole))
    assert not re.search(r"(?m)^\s*::|##\[|[\x00-\x09\x0b-\x1f]", report)
    jsonschema.Draft202012Validator({"required": ["schema", "prompts"]}).validate(whole)
