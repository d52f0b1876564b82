"""A broken case that was asked again: the runs that raised the suspicion, and the fresh ones named as such."""

from dataclasses import replace

import pytest
from gate_reports import FAIL, REFUND

from llmops_cli.model.broken import Broken
from llmops_cli.report.gate_html import page
from llmops_cli.report.gate_junit import junit
from llmops_cli.report.gate_markdown import markdown
from llmops_cli.report.gate_text import text

AGAIN = Broken("refund-017", "refuse", "approve", "1/1", "0/1", fresh_base="3/3", fresh_head="0/3")


@pytest.mark.parametrize("sink", [text, markdown, junit, page])
def test_every_report_names_the_fresh_runs_as_such(sink):
    family = replace(REFUND, examples=(AGAIN, *REFUND.examples[1:]))
    shown = sink(replace(FAIL, families=(family,)))
    assert shown.count("fresh: base 3/3, head 0/3") == 1
    assert shown.count("fresh: base") == 1
