"""What a diff looks like: for a terminal, for a comment, for scripts."""

import json
import re
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_golden import assert_golden

from llmops_cli.compare.prompts import diff
from llmops_cli.model.diff import AffectedSet, Change, ChangeClass, PromptDiff, TextChange, Tokens
from llmops_cli.model.prompt import Examples, Message, Prompt, Variable
from llmops_cli.model.source import NOWHERE
from llmops_cli.report.diff_json import document
from llmops_cli.report.diff_markdown import markdown
from llmops_cli.report.diff_text import text
from llmops_cli.report.diff_words import elided

RULES = "Answer with the three fields and nothing else.\nA field that the invoice does not hold is null.\n" * 4
LINES = {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}}
BEFORE = Prompt(
    id="billing/extract-invoice",
    model="claude-sonnet-4-6",
    resolved_model="claude-sonnet-4-6",
    source=NOWHERE,
    messages=(
        Message("system", "Be exact."),
        Message("user", f"{RULES}Within 30 days.\nDocument: {{{{ document }}}}\n"),
    ),
    params={"temperature": 0.1, "max_tokens": 500},
    variables=(
        Variable("document", {"type": "string"}),
        Variable("locale", {"type": "string", "enum": ["en", "de"]}, required=False, default="en", has_default=True),
    ),
    constants={"currency": "EUR"},
    output={
        "format": "json_schema",
        "schema": {"type": "object", "properties": {"total": {"type": "number"}, "lines": LINES}},
    },
    digest="5f24" * 16,
)
AFTER = replace(
    BEFORE,
    messages=(
        Message("system", "Be exact and brief."),
        Message("user", f"{RULES}Within 14 days.\nDocument: {{{{ document }}}}\n{RULES}"),
    ),
    params={"temperature": 0.4, "max_tokens": 500},
    variables=(BEFORE.variables[0], Variable("locale", {"type": "string", "enum": ["en", "de", "fr"]})),
    constants={"currency": "USD"},
    output={
        "format": "json_schema",
        "schema": {
            "type": "object",
            "properties": {"total": {"type": "string"}, "lines": LINES, "iban": {"type": "string"}},
        },
    },
    examples=Examples(({"document": "INV-1", "answer": "1"},), 1),
    tools=({"type": "function", "function": {"name": "lookup"}},),
    owners=("team-billing",),
    digest="ffb6" * 16,
)
STATE = "baseline is for sha256:5f24 → stale"
INVOICE = replace(
    diff(BEFORE, AFTER, before_name="3.2.0", after_name="worktree"),
    tokens=Tokens(212, 219),
    cost_before_usd=0.0061,
    cost_after_usd=0.0066,
    evalsets=(AffectedSet("invoices", 120, STATE), AffectedSet("adversarial", None, STATE)),
    notes=("rendered: 3 of 12 cases of invoices differ outside the edited words", "prices are of 2026-09"),
)
MODEL = replace(
    diff(BEFORE, replace(BEFORE, model="fast", resolved_model="gpt"), before_name="HEAD", after_name="worktree"),
    evalsets=(AffectedSet("a", 1, "no baseline"), AffectedSet("b", None, "baseline")),
    tokens=Tokens(212, 212),
)
NEW = diff(None, BEFORE, before_name="HEAD", after_name="worktree")
REMOVED = diff(BEFORE, None, before_name="HEAD", after_name="worktree")
SPACING = diff(
    BEFORE,
    replace(BEFORE, messages=(BEFORE.messages[0], Message("user", BEFORE.messages[1].content.replace("{{ ", "{{")))),
    before_name="1.9.9",
    after_name="worktree",
)
EVIL = "\x1b]52;c;aGk=\x07`![x](http://evil)` <img src=x> @octocat | ##[error]\n::set-output name=verdict::pass\u202e"
HOSTILE = PromptDiff(
    id=f"x{EVIL}",
    before=EVIL,
    after=EVIL,
    change_class=ChangeClass.BREAKING,
    changes=(
        Change("variables.x", "removed", ChangeClass.BREAKING, "contract", {}, None, f"variable {EVIL} removed"),
        Change("model", "changed", ChangeClass.MINOR, "model", EVIL, EVIL, EVIL),
        Change("description", "changed", ChangeClass.NONE, "meta", EVIL, EVIL, EVIL),
    ),
    texts=(
        TextChange(EVIL, ((" ", "\n::warning::x"), ("-", EVIL), ("+", f"\n{EVIL}"), (" ", "#"), ("+", "#[group]"))),
    ),
    evalsets=(AffectedSet(EVIL, 3, EVIL),),
    notes=(EVIL,),
)
ALL = {
    "invoice": [INVOICE],
    "model": [MODEL],
    "none": [],
    "several": [INVOICE, MODEL, NEW, REMOVED, SPACING],
    "hostile": [HOSTILE],
}


@pytest.mark.parametrize("name", ALL)
def test_a_diff_looks_like_its_golden(name):
    assert_golden(f"diff/{name}.txt", text(ALL[name], unchanged=41) + "\n")
    assert_golden(f"diff/{name}.md", markdown(ALL[name], unchanged=41))
    assert_golden(
        f"diff/{name}.json", json.dumps(document(ALL[name], unchanged=41), indent=2, ensure_ascii=False) + "\n"
    )


def test_a_diff_can_be_shown_in_colour_whole_or_as_one_line_each():
    coloured = text([INVOICE], unchanged=0, color=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured) == text([INVOICE], unchanged=0)
    assert "\x1b[31m[-exact.-]\x1b[0m\x1b[32m{+exact and brief.+}\x1b[0m" in coloured
    whole = text([INVOICE, NEW], unchanged=0, word=True)
    assert "…" not in whole
    assert whole.count("A field that the invoice does not hold is null.") == 12
    assert_golden("diff/stat.txt", text(ALL["several"], unchanged=41, stat=True) + "\n")


def test_the_closing_line_counts_each_status_and_names_the_next_step():
    last = text(ALL["several"], unchanged=41).splitlines()[-1]
    assert last == "3 prompts changed, 1 new, 1 removed, 41 unchanged.   Next: llmops gate"
    assert text([], unchanged=42) == "0 prompts changed, 42 unchanged."
    assert text([SPACING], unchanged=0).splitlines()[-1] == "1 prompt changed, 0 unchanged."


@pytest.mark.parametrize(
    ("before", "change_class", "said"),
    [
        ("3.2.1", ChangeClass.BREAKING, "MAJOR (3.2.1 → 4.0.0)"),
        ("3.2.1", ChangeClass.MINOR, "MINOR (3.2.1 → 3.3.0)"),
        ("3.2.1", ChangeClass.PATCH, "PATCH (3.2.1 → 3.2.2)"),
        ("HEAD", ChangeClass.PATCH, "PATCH"),
        ("3.2.1", ChangeClass.NONE, "none"),
    ],
)
def test_the_bump_names_the_next_version_where_the_old_one_is_a_version(before, change_class, said):
    head = text([PromptDiff("p", before, "worktree", change_class)], unchanged=0).splitlines()[0]
    assert head.endswith(f"advised bump: {said}")


def test_the_document_is_the_one_that_is_promised():
    for diffs in ALL.values():
        said = document(diffs)
        assert said["schema"] == "llmops/prompt-diff@1"
        for one in said["prompts"]:
            assert {"id", "from", "to", "class", "bump", "changes", "tokens", "cost_usd", "evalsets"} <= set(one)
            for change in one["changes"]:
                assert {"path", "kind", "class", "before", "after"} <= set(change)
    first = document([INVOICE])["prompts"][0]
    assert (first["from"], first["to"], first["class"], first["bump"]) == ("3.2.0", "worktree", "breaking", "major")
    assert first["tokens"] == {"before": 212, "after": 219, "estimated": True}
    assert first["cost_usd"] == {"before": 0.0061, "after": 0.0066}
    assert document([NEW])["prompts"][0]["from"] is None
    assert document([REMOVED])["prompts"][0]["to"] is None


def test_the_document_fits_the_published_schema():
    from importlib.resources import files

    schema = json.loads((files("llmops_cli") / "schemas/prompt-diff.schema.json").read_text(encoding="utf-8"))
    for diffs in ALL.values():
        jsonschema.Draft202012Validator(schema).validate(document(diffs, unchanged=1))


def test_hostile_text_reaches_neither_terminal_nor_runner():
    for report in (text([HOSTILE], unchanged=0), text([HOSTILE], unchanged=0, word=True, color=True)):
        bare = re.sub(r"\x1b\[\d+m", "", report)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", bare)
        assert not any(line.strip().startswith("::") for line in bare.splitlines())
        assert "##[" not in bare


def test_hostile_text_stays_code_in_a_comment():
    page = markdown([HOSTILE], unchanged=0)
    assert not re.search(r"(?m)^\s*::|##\[", page)
    tokens = [
        child
        for token in MarkdownIt("commonmark").enable("table").parse(page)
        for child in [token, *(token.children or [])]
    ]
    assert not [token for token in tokens if token.type in {"image", "link_open"}]
    assert not [token for token in tokens if token.type.startswith("html") and "<img" in token.content]
    prose = " ".join(token.content for token in tokens if token.type == "text")
    assert "octocat" not in prose


@pytest.mark.parametrize("limit", [1_000, 3_000, 10_000, 60_000])
def test_a_comment_that_is_too_long_loses_whole_prompts_and_says_how_many(limit):
    diffs = [replace(INVOICE, id=f"p{number:03}") for number in range(60)]
    page = markdown(diffs, unchanged=41, limit=limit)
    assert len(page) <= limit
    assert page.count("<details>") == page.count("</details>")
    left_out = int(re.search(r"(\d+) more: too long", page)[1])
    assert page.count("<details>") == 60 - left_out
    assert page.endswith("60 prompts changed, 41 unchanged.   Next: `llmops gate`\n")


@settings(max_examples=200)
@given(st.text(st.sampled_from("ab \n"), max_size=200), st.booleans(), st.booleans())
def test_what_is_left_of_a_kept_stretch_stands_at_its_ends(kept, first, last):
    shown = elided(kept, first=first, last=last)
    if shown == kept:
        return
    assert len(shown) <= len(kept)
    head, _, tail = shown.partition("…")
    assert kept.startswith(head.rstrip())
    assert kept.endswith(tail.lstrip())
    assert head == "" or not first
    assert tail == "" or not last
