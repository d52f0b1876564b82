"""What the gate says, in four forms: looks, the contract for scripts, and hostile text in every field."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import permutations

import pytest
from gate_reports import EVIL, FAIL, HOSTILE, IDS, INCONCLUSIVE, INVOICE, PASS, REFUND, REPORTS, WARNED
from hypothesis import given
from hypothesis import strategies as st
from report_golden import assert_golden

from llmops_cli.errors import ExitCode
from llmops_cli.model.broken import Broken
from llmops_cli.model.verdict import Family, GateReport, Hard, PromptVerdict, Verdict
from llmops_cli.report.gate_html import page
from llmops_cli.report.gate_json import document
from llmops_cli.report.gate_junit import junit
from llmops_cli.report.gate_markdown import LIMIT, MARKER, markdown
from llmops_cli.report.gate_text import text

DIFF = "**support/refund** 2.3.0 → 2.4.0\n\n```diff\n- Be kind.\n+ Be brief.\n```\n"


def as_json(report):
    return json.dumps(document(report), indent=2, ensure_ascii=True) + "\n"


@pytest.mark.parametrize("name", REPORTS)
def test_the_terminal_reads_as_designed(name):
    assert_golden(f"gate/{name}.txt", text(REPORTS[name]) + "\n")


@pytest.mark.parametrize("name", REPORTS)
def test_the_comment_reads_as_designed(name):
    assert_golden(f"gate/{name}.md", markdown(REPORTS[name], diff_markdown=DIFF if name == "fail" else ""))


@pytest.mark.parametrize("name", REPORTS)
def test_the_junit_file_reads_as_designed(name):
    assert_golden(f"gate/{name}.xml", junit(REPORTS[name]))


@pytest.mark.parametrize("name", REPORTS)
def test_the_document_reads_as_designed(name):
    assert_golden(f"gate/{name}.json", as_json(REPORTS[name]))


def test_colour_changes_no_word():
    for name, report in REPORTS.items():
        painted = text(report, color=True)
        assert re.sub(r"\x1b\[\d+m", "", painted) == text(report), name
        assert painted != text(report)


def test_the_order_of_families_prompts_and_counts_changes_no_byte():
    for families in permutations(FAIL.families):
        prompts = tuple(reversed(FAIL.prompts))
        mixed = replace(FAIL, families=families, prompts=prompts)
        for form in (text, markdown, junit, as_json, page):
            assert form(mixed) == form(FAIL)


def test_the_document_keeps_the_contract():
    found = document(FAIL)
    keys = [
        "schema",
        "verdict",
        "exit_code",
        "base",
        "head",
        "mode",
        "calls",
        "cost_usd",
        "families",
        "prompts",
        "hard",
        "unverified",
    ]
    assert list(found)[: len(keys)] == keys
    assert found["schema"] == "llmops/gate@1"
    assert found["verdict"] == "FAIL"
    assert found["exit_code"] == 1
    assert type(found["exit_code"]) is int
    assert found["calls"] == {
        "live": 98,
        "recorded": 62,
        "cached": 0,
        "skipped": 0,
        "saved": 240,
        "planned": 400,
        "unpriced": 0,
    }
    family = found["families"][-1]
    assert family["runs"] == {"base": 1, "head": 1}
    assert family["broke"] == list(IDS)
    assert family["unpaired"] == {"added": [], "removed": [], "changed": []}
    assert {"p_worse", "p_better", "lower_bound", "margin", "mde", "reasons", "slice", "delta"} <= family.keys()
    assert found["prompts"][-1] == {
        "id": "support/thanks",
        "status": "unchanged",
        "verdict": "PASS",
        "reasons": [],
        "cost": {"base_usd": None, "head_usd": None, "ratio": None},
    }
    assert found["unverified"] == {"recordings": 0, "baselines": 0}
    json.dumps(found, allow_nan=False)


def suites(xml):
    return ET.fromstring(xml)


@pytest.mark.parametrize("name", REPORTS)
def test_junit_is_well_formed_and_its_counts_are_those_of_its_tests(name):
    root = suites(junit(REPORTS[name]))
    for element in (root, *root.iter("testsuite")):
        assert int(element.get("tests")) == len(list(element.iter("testcase"))) > 0
        for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(element.get(count)) == len(list(element.iter(tag)))


@pytest.mark.parametrize("name", REPORTS)
def test_junit_is_red_exactly_when_the_gate_is(name):
    report = REPORTS[name]
    root = suites(junit(report))
    assert bool(int(root.get("failures")) + int(root.get("errors"))) == (report.exit_code != ExitCode.OK)


def test_junit_says_the_foreign_text_itself_where_xml_can_hold_it():
    body = replace(FAIL.families[2], broke=("c",), examples=(Broken("c", "::a ##[b] <c>&\n::d", "e", "1/1", "0/1"),))
    root = suites(junit(replace(FAIL, families=(body,))))
    assert [found.text for found in root.iter("failure")][1] == "expected: ::a ##[b] <c>&\n::d\ngot: e"


def test_junit_tells_a_failure_from_no_verdict():
    assert suites(junit(FAIL)).get("failures") == str(1 + len(IDS))
    assert suites(junit(INCONCLUSIVE)).get("errors") == "1"
    assert suites(junit(WARNED)).get("errors") == "0"
    assert int(suites(junit(WARNED)).get("skipped")) > 0


def test_no_line_of_the_terminal_report_is_obeyed_by_a_terminal_or_a_runner():
    shown = text(HOSTILE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", shown)
    for line in shown.split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def outside_code(body):
    """Return the comment without its code spans: what Markdown and HTML may act on."""
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", body)


def test_foreign_text_stands_only_in_code_in_the_comment():
    body = markdown(HOSTILE)
    rest = outside_code(body)
    for trace in ("script", "evil", "@everyone", "set-output", "llmops:gate:v1", "]]>", "![", "`"):
        assert trace not in rest.removeprefix(MARKER), trace
    assert body.count(MARKER) == 1
    assert body.startswith(f"{MARKER}\n### ")
    assert rest.count("<details>") == rest.count("</details>")
    assert rest.count("<details>") >= 1


def test_every_row_of_the_table_has_its_eight_cells():
    rows = [line for line in markdown(HOSTILE).split("\n") if line.startswith("|")]
    assert len(rows) == (2 + 2 + 1) + (2 + 1)  # the second table is of what stands beside
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {9}


def test_the_comment_loads_nothing_from_elsewhere():
    for report in REPORTS.values():
        assert "](http" not in outside_code(markdown(report))
        assert "<img" not in outside_code(markdown(report))


def many(count, width=10):
    rows = tuple(f"case-{number:05}-{'`' * width}" for number in range(count))
    examples = tuple(Broken(name, "<|" * 400, "`|" * 400, "1/1", "0/1") for name in rows)
    families = tuple(
        replace(REFUND, prompt=f"p{number}{'|' * 80}", broke=rows, examples=examples) for number in range(count)
    )
    prompts = tuple(PromptVerdict(family.prompt, "changed", Verdict.FAIL) for family in families)
    hard = tuple(Hard("critical", "p", "e", name, "d" * 500) for name in rows)
    return replace(
        FAIL, families=families, prompts=prompts, hard=hard, notes=("n" * 500,) * count, weakened=("`w" * 500,) * count
    )


@pytest.mark.parametrize("count", [1, 10, 40, 300])
def test_a_long_comment_is_cut_at_whole_rows_and_says_so(count):
    body = markdown(many(count), diff_markdown=DIFF * 20)
    assert len(body) <= LIMIT
    assert body.count("<details>") == body.count("</details>")
    assert "Reproduce: `llmops gate --base 73e912e --head 90373b1 --mode replay`" in body
    rows = [line for line in body.split("\n") if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)
    assert len(rows) > 2
    if count == 300:
        assert f"*{302 - len(rows)} more rows not shown here.*" in body
    broken = [line for line in body.split("\n") if line.startswith("- ") and " got " in line]
    assert all(line.count(" got ") == 1 and line.endswith("`") for line in broken)


def test_a_diff_that_does_not_fit_is_left_out_with_a_word():
    body = markdown(FAIL, diff_markdown=DIFF * 2000)
    assert len(body) <= LIMIT
    assert "is cut: `llmops prompt diff`" in body
    assert "Be brief" not in body


def test_a_comment_can_have_its_own_marker():
    assert markdown(PASS, marker="<!-- other -->").startswith("<!-- other -->\n")


def test_a_prompt_on_two_eval_sets_and_several_metrics_is_told_apart():
    families = (
        INVOICE,
        replace(INVOICE, scorer="json_schema", primary=False),
        replace(INVOICE, slice="handwritten", primary=False, verdict=Verdict.FAIL),
        replace(INVOICE, evalset="adversarial"),
    )
    shown = text(replace(FAIL, families=families))
    for label in (
        "billing/invoice · invoices",
        "billing/invoice · adversarial",
        "json_fields [handwritten]",
        "beside it, none shown worse (-v: a row each): json_schema +1.7 pp",
    ):
        assert label in shown


def test_a_failed_family_among_passing_ones_stands_first():
    lines = text(FAIL).split("\n")
    assert lines[1].startswith("  support/refund")


TEXT = st.text(st.characters(), max_size=30) | st.sampled_from([EVIL, "::x", "##[x", "`", "|", ""])
SHARES = st.none() | st.floats(-1, 1)
FAMILIES = st.builds(
    Family, TEXT, TEXT, TEXT, st.none() | TEXT, st.sampled_from(Verdict), st.sampled_from(["statistics", "cases", "identical"]),
    st.integers(0, 99), st.floats(0, 5), st.floats(0, 5), SHARES, SHARES, SHARES, st.none() | st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    broke=st.lists(TEXT, max_size=3).map(tuple), reasons=st.lists(TEXT, max_size=2).map(tuple), mde=st.none() | st.floats(0, 1),
    examples=st.lists(st.builds(Broken, TEXT, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)  # fmt: skip
ANY = st.builds(
    GateReport, st.sampled_from(Verdict), st.sampled_from([ExitCode.OK, ExitCode.FINDINGS]), TEXT, TEXT, TEXT,
    families=st.lists(FAMILIES, max_size=2).map(tuple), notes=st.lists(TEXT, max_size=1).map(tuple),
    prompts=st.lists(st.builds(PromptVerdict, TEXT, TEXT, st.sampled_from(Verdict), st.lists(TEXT, max_size=2).map(tuple)), max_size=2).map(tuple),
    hard=st.lists(st.builds(Hard, TEXT, TEXT, TEXT, TEXT, TEXT), max_size=1).map(tuple),
    failures=st.dictionaries(TEXT, st.integers(1, 9), max_size=1), policy=TEXT, weakened=st.lists(TEXT, max_size=2).map(tuple),
)  # fmt: skip


@given(ANY)
def test_whatever_stands_in_a_report_every_form_takes_it(report):
    suites(junit(report))
    json.loads(as_json(report))
    body = markdown(report)
    assert len(body) <= LIMIT
    drawn = page(report)
    assert not re.search(r"<(script|img|iframe|link|form)", drawn)
    for line in (body + junit(report) + drawn).split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
    assert outside_code(body).count("<details>") == outside_code(body).count("</details>")
    for line in text(report).split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert "\x1b" not in line
