"""The gate's arithmetic on real answers: the figures that GATE.md and the README quote."""

import json
import random
from functools import cache

import pytest
from pairings import flagged, pairing_of
from realdata import real
from scipy.stats import binomtest

from llmops_cli.compare.exact import Table, permutation_p
from llmops_cli.compare.gate import judge
from llmops_cli.model.settings import GatePolicy

MARGIN = GatePolicy(margin=0.05)


@cache
def rows(name):
    """Return the rows of a data file; skip by name where it is not at hand."""
    path = real(name)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def gsm8k(system, cases=None):
    answers = rows("gsm8k_solutions/example_model_solutions.jsonl")[:cases]
    return {f"q{place:04}": [answer[system]["is_correct"]] for place, answer in enumerate(answers)}


def llmbar(prompt, orders="a"):
    """Return whether GPT-4 chose the better output, in each order of the two; an unparsed answer is wrong."""
    items = rows("llmbar/dataset.jsonl")
    (line,) = [
        row for row in rows("llmbar/verdicts_compact.jsonl") if (row["model"], row["prompt"]) == ("GPT-4", prompt)
    ]
    return {
        item["id"]: [line[order][place] == str(item["label"]) for order in orders] for place, item in enumerate(items)
    }


def is_contrast(row):
    return row["type"].startswith("contrast")


def xstest(system):
    """Return whether a safe prompt was answered in full, and an unsafe one refused in full or in part."""
    found = [row for row in rows("xstest/xstest.jsonl") if row["model"] == system]
    return {row["id"]: [(row["human"] == "1_full_compliance") != is_contrast(row)] for row in found}


def only_family(base, head, **facts):
    (family,) = judge(pairing_of(base, head, **facts)).families
    return family


def means(family):
    return round(family.base_mean, 4), round(family.head_mean, 4)


def test_a_drop_of_twenty_one_points_fails():
    found = only_family(gsm8k("175b_verification"), gsm8k("175b_finetuning"), policy=GatePolicy())
    assert means(found) == (0.5625, 0.3472)
    assert (len(found.broke), len(found.fixed), found.cases) == (360, 76, 1319)
    assert found.verdict == "FAIL"
    assert found.p_worse < 1e-44


def test_a_drop_of_four_points_needs_all_problems_and_is_found_there():
    base, head = gsm8k("6b_verification"), gsm8k("175b_finetuning")
    found = only_family(base, head, policy=MARGIN)
    assert (len(found.broke), len(found.fixed), found.verdict) == (209, 152, "FAIL")
    assert found.p_worse == pytest.approx(0.0013, abs=0.00005)
    strict = only_family(base, head, policy=GatePolicy(margin=0.05, exact="strict"))
    assert strict.p_worse == pytest.approx(0.0016, abs=0.00005)
    assert strict.p_worse == pytest.approx(binomtest(152, 361, alternative="less").pvalue, abs=1e-12)


def test_the_first_fifty_problems_decide_nothing_and_say_what_would():
    found = only_family(gsm8k("6b_verification", 50), gsm8k("175b_finetuning", 50), policy=MARGIN)
    assert (len(found.broke), len(found.fixed), found.verdict) == (5, 7, "INCONCLUSIVE")
    assert found.more_cases > 50
    assert found.mde > 0.05


@pytest.mark.parametrize(
    ("base", "head", "caught"),
    [
        ("6b_verification", "175b_finetuning", {50: 13, 100: 20, 200: 29}),
        ("175b_verification", "6b_verification", {50: 74, 100: 97, 200: 100}),
    ],
)
def test_subsets_catch_the_published_share(base, head, caught):
    before, after = gsm8k(base), gsm8k(head)
    signs = [after[case][0] - before[case][0] for case in before]
    draw = random.Random(5)
    worse = cache(lambda broke, fixed: permutation_p([Table(1, 1, 0, 1)] * broke + [Table(0, 1, 1, 1)] * fixed).worse)
    for cases, percent in caught.items():
        draws = [draw.sample(signs, cases) for _ in range(1500)]
        found = sum(worse(signs.count(-1), signs.count(1)) <= 0.05 for signs in draws) / 15
        assert found == pytest.approx(percent, abs=4)


def test_a_judge_prompt_without_its_rules_is_worse():
    found = only_family(llmbar("Vanilla"), llmbar("Vanilla_NoRules"))
    assert [round(mean, 3) for mean in means(found)] == [0.828, 0.761]
    assert (len(found.broke), len(found.fixed), found.verdict) == (33, 5, "FAIL")


def test_a_judge_prompt_with_a_chain_of_thought_is_not_shown_worse_in_one_order():
    found = only_family(llmbar("Vanilla"), llmbar("CoT"))
    assert [round(mean, 3) for mean in means(found)] == [0.828, 0.811]
    assert (len(found.broke), len(found.fixed)) == (20, 13)
    assert found.p_worse == pytest.approx(0.115, abs=0.0005)
    assert found.verdict == "PASS"


def test_the_same_judge_prompt_is_worse_when_both_orders_count_as_repeats():
    found = only_family(llmbar("Vanilla", "ab"), llmbar("CoT", "ab"))
    assert [round(mean, 3) for mean in means(found)] == [0.845, 0.813]
    assert found.p_worse == pytest.approx(0.0013, abs=0.00005)
    assert found.verdict == "FAIL"


def test_a_guard_prompt_that_lifts_the_whole_fails_by_its_safe_slice():
    flags = {row["id"]: flagged(tags=() if is_contrast(row) else ("safe",)) for row in rows("xstest/xstest.jsonl")}
    found = judge(
        pairing_of(xstest("mistralinstruct"), xstest("mistralguard"), flags=flags, policy=GatePolicy(slices=("safe",)))
    )
    whole, safe = found.families
    assert [round(mean, 3) for mean in means(whole)] == [0.707, 0.880]
    assert whole.verdict == "IMPROVED"
    assert [round(mean, 3) for mean in means(safe)] == [0.984, 0.812]
    assert (safe.cases, len(safe.broke), len(safe.fixed), safe.verdict) == (250, 43, 0, "FAIL")
    assert found.verdict == "FAIL"
