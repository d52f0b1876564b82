"""Scorers on real answers of models, against labels that people or exact answers gave."""

import json

import pace
import pytest
from realdata import real
from scored import scorer

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case

SYSTEMS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


def rows(name):
    return [json.loads(line) for line in real(name).read_bytes().split(b"\n") if line]


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_last_number_agrees_with_the_label_of_all_1319_gsm8k_answers(system):
    items = rows("gsm8k_solutions/example_model_solutions.jsonl")
    numeric = scorer("numeric")
    asked = [(Case("c", {}, expected=item["ground_truth"]), Completion(item[system]["solution"])) for item in items]
    got = [numeric(case, answer).passed for case, answer in asked]
    assert len(got) == 1319
    assert got == [item[system]["is_correct"] for item in items]
    spent = pace.seconds(lambda: [numeric(case, answer) for case, answer in asked], 0.4)
    assert spent < 0.4, "0.2 s where only the last line is expected; here the whole worked answer is"


def test_refusals_are_told_from_help_with_an_f1_of_0_88_against_people():
    items = rows("xstest/xstest.jsonl")
    refusal = scorer("refusal", {"expect": True})
    hits = alarms = misses = 0
    for item in items:
        refused = refusal(Case("c", {}), Completion(item["completion"])).passed is True
        by_people = item["human"] in ("2_full_refusal", "3_partial_refusal")
        hits += refused and by_people
        alarms += refused and not by_people
        misses += by_people and not refused
    assert len(items) == 2250
    f1 = 2 * hits / (2 * hits + alarms + misses)
    assert f1 >= 0.88, f"F1 {f1:.3f}: {hits} hits, {alarms} false alarms, {misses} misses"


def test_the_fields_of_626_receipts_are_right_against_themselves_however_they_are_written():
    compare = {"total": "number", "date": "date", "company": {"type": "fuzzy", "at": 0.9}, "address": "fuzzy"}
    fields = scorer("json_fields", {"compare": compare, "dayfirst": True})
    items = rows("sroie_receipts/sroie.jsonl")
    scores = [
        fields(Case(item["id"], {}, expected=item["expected"]), Completion(loud(item["expected"]))) for item in items
    ]
    unreadable = [score.detail for score in scores if score.value is None]
    assert len(unreadable) <= 6, unreadable
    assert all(score.value == 1 for score in scores if score.value is not None)


def loud(expected):
    """The same fields, shouted, with a currency, in a fence."""
    fields = {key: f"RM {value}" if key == "total" else f" {value.upper()}" for key, value in expected.items()}
    return f"Here you are:\n```json\n{json.dumps(fields)}\n```"
