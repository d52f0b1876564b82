"""Broken cases as people read them: which count, which do not, and what exactly came instead of what."""

from dataclasses import replace

import pytest
from gate_reports import FAIL, INVOICE, PASS

from llmops_cli.report.gate_html import page
from llmops_cli.report.gate_junit import junit
from llmops_cli.report.gate_markdown import markdown
from llmops_cli.report.gate_text import text

SINKS = pytest.mark.parametrize("sink", [text, markdown, junit, page])


def shown(sink, family, report=FAIL):
    return sink(replace(report, families=(family,)))


@SINKS
def test_a_pass_says_how_many_cases_moved_and_are_set_aside(sink):
    drawn = shown(sink, replace(INVOICE, aside=("inv-001", "inv-002")), PASS)
    assert "2 moved but set aside (flaky or in quarantine)" in drawn
    assert "set aside" not in shown(sink, INVOICE, PASS)
