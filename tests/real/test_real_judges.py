"""Real judges beside real people: 65 judges of pairs on LLMBar, GPT-4 as a judge of refusals on XSTest."""

import json
import random
from collections import Counter

import pytest
from gitrepo import Repo
from realdata import real

from llmops_cli.compare.agreement import agreement, pair_bias
from llmops_cli.compare.calibration import quality, refusal
from llmops_cli.compare.corrected import corrected

SAMPLES = 400
BIASED, REFUSED = 46, 49  # of 65: over 10 points for one place; J below one half
LABELS = 50
WORDS = {"1_full_compliance": "false", "2_full_refusal": "true", "3_partial_refusal": "true"}


def read(name):
    return [json.loads(line) for line in real(name).read_text(encoding="utf-8").splitlines()]


def combinations():
    """Return ((model, prompt), gold label, winner in the normal order, winner in the swapped order) an item."""
    gold = [str(item["label"]) for item in read("llmbar/dataset.jsonl")]
    judges = read("llmbar/verdicts_compact.jsonl")
    return [((row["model"], row["prompt"]), list(zip(gold, row["a"], row["b"], strict=True))) for row in judges]


def shown_first(normal, swapped):
    """Return the share of the two verdicts that went to the text shown first: output 1, then output 2."""
    return ((normal == "1") + (swapped == "2")) / 2


def test_bias_and_consistency_of_65_judges_of_pairs_are_those_of_a_plain_count():
    found = combinations()
    assert len(found) == 65
    biased = 0
    for name, items in found:
        both = [(a, b) for _, a, b in items if "-" not in (a, b)]
        got = pair_bias((float(a != b), shown_first(a, b)) for a, b in both)
        counts = Counter(both)
        same = counts["1", "1"] + counts["2", "2"]
        assert (got.pairs, got.consistent) == (sum(counts.values()), same), name
        assert got.bias == pytest.approx((counts["1", "2"] - counts["2", "1"]) / len(both)), name
        assert got.consistency == pytest.approx(same / len(both)), name
        biased += abs(got.bias) > 0.1
    assert biased == BIASED


def test_accuracy_and_j_of_65_judges_of_pairs_are_those_of_a_plain_count():
    accuracies = {}
    for name, items in combinations():
        rows = [(gold, a, b) for gold, a, b in items if "-" not in (a, b)]
        pairs = [(float(gold == "1"), ((a == "1") + (b == "1")) / 2) for gold, a, b in rows]
        got = quality(pairs)
        right = sum((a == gold) + (b == gold) for gold, a, b in rows) / 2
        ones = [(a, b) for gold, a, b in rows if gold == "1"]
        twos = [(a, b) for gold, a, b in rows if gold == "2"]
        sensitivity = sum((a == "1") + (b == "1") for a, b in ones) / (2 * len(ones))
        specificity = sum((a == "2") + (b == "2") for a, b in twos) / (2 * len(twos))
        assert got.sensitivity == pytest.approx(sensitivity), name
        assert got.specificity == pytest.approx(specificity), name
        accuracy = (got.sensitivity * got.positives + got.specificity * got.negatives) / got.labels
        assert accuracy == pytest.approx(right / len(rows)), name
        accuracies[name] = (accuracy, got.youden)
        assert (refusal(got) == "") is (sensitivity + specificity - 1 >= 0.5), name
    refused = sum(youden < 0.5 for _, youden in accuracies.values())
    assert refused == REFUSED


def refuses(label):
    """Return whether a label says that the answer is a refusal, full or in part; None where it is no label."""
    return {"1_": 0.0, "2_": 1.0, "3_": 1.0}.get(label[:2])


def systems():
    """Return (people's, GPT-4's) value an answer for each of the five systems; 11 replies of GPT-4 are no label."""
    found = {}
    for row in read("xstest/xstest.jsonl"):
        if refuses(row["gpt4_label"]) is not None:
            found.setdefault(row["model"], []).append((refuses(row["human"]), refuses(row["gpt4_label"])))
    return found


def width(estimate):
    return estimate.interval[1] - estimate.interval[0]


def test_gpt4_misjudges_the_refusal_rate_by_13_6_points_and_50_labels_bring_it_below_5():
    errors, cover, narrow = {"naive": [], "people": [], "plain": [], "tuned": []}, Counter(), []
    for model, rows in sorted(systems().items()):
        truth = sum(human for human, _ in rows) / len(rows)
        judged = [judge for _, judge in rows]
        draw = random.Random(model)
        for _ in range(SAMPLES):
            got = corrected(judged, draw.sample(rows, LABELS))
            errors["naive"].append(abs(got.naive - truth))
            for name in ("people", "plain", "tuned"):
                each = getattr(got, name)
                errors[name].append(abs(each.value - truth))
                cover[name] += each.interval[0] <= truth <= each.interval[1]
            narrow.append(width(got.tuned) <= width(got.people) + 1e-12 or {0.0, 1.0} & {*got.people.interval})
    mean = {name: 100 * sum(values) / len(values) for name, values in errors.items()}
    assert mean["naive"] == pytest.approx(13.6, abs=0.05)
    assert mean["plain"] <= 5.0
    assert mean["tuned"] <= 4.5
    assert mean["tuned"] < mean["people"]
    assert all(cover[name] / (5 * SAMPLES) >= 0.93 for name in cover)
    assert all(narrow)


def test_two_people_agree_on_refusals_far_better_than_gpt4_agrees_with_them():
    words = {0.0: "complies", 1.0: "refuses"}
    people = [(words[refuses(row["ann1"])], words[refuses(row["ann2"])]) for row in read("xstest/xstest.jsonl")]
    judge = [(words[human], words[judge]) for rows in systems().values() for human, judge in rows]
    between = agreement(("ann1", "ann2"), people, ("refuses", "complies"))
    beside = agreement(("people", "gpt4"), judge, ("refuses", "complies"))
    for got, pairs in ((between, people), (beside, judge)):
        counts = Counter(pairs)
        total = len(pairs)
        agree = (counts["refuses", "refuses"] + counts["complies", "complies"]) / total
        ours, theirs = (sum(n for pair, n in counts.items() if pair[side] == "refuses") / total for side in (0, 1))
        chance = ours * theirs + (1 - ours) * (1 - theirs)
        assert got.kappa == pytest.approx((agree - chance) / (1 - chance), abs=1e-12)
        assert got.pabak == pytest.approx(2 * agree - 1)
    assert between.kappa_interval[0] > beside.kappa_interval[1]


def test_a_spreadsheet_of_real_labels_goes_through_the_program_and_the_rate_comes_out_right(tmp_path, llmops):
    """GPT-4's labels of 450 answers of one system, and 60 labels by two people, as a team would have them."""
    rows = [row for row in read("xstest/xstest.jsonl") if row["model"] == "llama2orig"]
    truth = sum(refuses(row["human"]) for row in rows) / len(rows)
    cases = "".join(json.dumps({"id": row["id"], "inputs": {"q": row["prompt"]}}) + "\n" for row in rows)
    repo = Repo.create(tmp_path / "r")
    repo.commit(
        {
            "prompts/answer.yaml": "id: answer\nmodel: echo/m\nvariables: {q: string}\ntemplate: '{{ q }}'\nevals: [safe]\n",
            "evalsets/safe.yaml": "id: safe\nscorers: [refusal]\n",
            "evalsets/safe.jsonl": cases,
        }
    )
    chosen = {row["id"] for row in random.Random(5).sample(rows, 60)}
    kept = [row if row["id"] in chosen else {**row, "ann1": "", "ann2": ""} for row in rows]
    table = tmp_path / "labels.jsonl"
    table.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    words = [f"--value={word}={value}" for word, value in WORDS.items()]
    common = ["review", "import", table, "--evalset", "safe", *words]
    judge = ["--map", "judge=gpt4_label", "--judge", "gpt-4"]
    llmops(repo.root, *common, "--map", "label=ann1", "--by", "ann1", *judge)
    llmops(repo.root, *common, "--map", "label=ann2", "--by", "ann2")
    llmops(repo.root, "validate")
    found = llmops(repo.root, "eval", "calibrate", "--judge", "gpt-4", "--format", "json", code=3).json()
    rate = found["rate"]
    assert rate["labelled"] == 60
    assert rate["judge"] < truth - 0.15
    assert abs(rate["tuned"]["value"] - truth) < 0.05
    assert rate["tuned"]["interval"][0] < truth < rate["tuned"]["interval"][1]
    agreed = llmops(repo.root, "review", "agreement", "--format", "json").json()
    assert agreed["people"][0]["kappa"] > agreed["judges"][0]["agreement"]["kappa"]
