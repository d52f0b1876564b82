"""Real judges through the commands that a user has: both orders of pairs, a judge of five systems, halves of trials."""

import json
import random
from collections import Counter

import pytest
from gitrepo import Repo
from realdata import real

from llmops_cli.compare.stats import mean

WORDS = ("1_full_compliance=false", "2_full_refusal=true", "3_partial_refusal=true", "*=skip")
SIDES = {"1": "A", "2": "B", "-": ""}
JUDGES = (("GPT-4", "CoT"), ("ChatGPT-0301", "Metrics_Reference"), ("Falcon", "Vanilla"))
LABELS, DRAWS = 50, 3


def read(name):
    return [json.loads(line) for line in real(name).read_text(encoding="utf-8").splitlines()]


def project(root, name, scorer):
    repo = Repo.create(root / "r")
    repo.commit(
        {
            "prompts/asked.yaml": f"id: asked\nmodel: echo/m\nvariables: {{q: string}}\ntemplate: '{{{{ q }}}}'\nevals: [{name}]\n",
            "prompts/better.yaml": 'id: better\nmodel: echo/m\nvariables: {first: string, second: string}\ntemplate: "{{ first }}|{{ second }}"\n',
            f"evalsets/{name}.yaml": f"id: {name}\nscorers:\n  - {scorer}\n",
        }
    )
    return repo


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("judge", JUDGES, ids=" ".join)
def test_both_orders_of_a_judge_of_pairs_say_what_a_plain_count_says(judge, tmp_path, llmops):
    repo = project(tmp_path, "pairs", "{type: judge, name: better, prompt: better, against: expected}")
    items = read("llmbar/dataset.jsonl")
    told = next(row for row in read("llmbar/verdicts_compact.jsonl") if (row["model"], row["prompt"]) == judge)
    repo.write(
        "evalsets/pairs.jsonl",
        lines({"id": one["id"], "inputs": {"q": one["input"]}, "expected": one["output_2"]} for one in items),
    )
    both = [(str(one["label"]), a, b) for one, a, b in zip(items, told["a"], told["b"], strict=True)]
    rows = [
        {"id": one["id"], "answer": one["output_1"], "label": SIDES[gold], "a": SIDES[a], "b": SIDES[b]}
        for one, (gold, a, b) in zip(items, both, strict=True)
    ]
    repo.write("rows.jsonl", lines(rows))
    argv = ("--evalset", "pairs", "--by", "gold", "--map", "judge=a", "--map", "swapped=b", "--judge", "-".join(judge))
    llmops(repo.root, "review", "import", "rows.jsonl", *argv)
    (found,) = llmops(repo.root, "review", "agreement", "--format", "json").json()["judges"]
    counts = Counter((a, b) for _, a, b in both if "-" not in (a, b))
    pairs, shown = found["pairs"], sum(counts.values())
    assert (pairs["pairs"], pairs["consistent"]) == (shown, counts["1", "1"] + counts["2", "2"])
    assert (pairs["first"], pairs["second"]) == (counts["1", "2"], counts["2", "1"])
    low, high = pairs["bias_interval"]
    assert low <= pairs["bias"] <= high
    ones, twos = (
        [((a == "1") + (b == "1")) / 2 for gold, a, b in both if gold == side and "-" not in (a, b)] for side in "12"
    )
    assert found["quality"]["youden"] == pytest.approx(mean(ones) - mean(twos))
    ties = sum(each["answers"] for each in found["agreement"]["table"] if each["labels"][1] == "tie")
    assert ties == shown - pairs["consistent"]


def refuses(label):
    return {"1_": 0.0, "2_": 1.0, "3_": 1.0}.get(label[:2])


def test_one_judge_of_five_systems_is_corrected_for_each_by_the_run_that_is_named(tmp_path, llmops):
    """GPT-4's scores of all five are imported once; each system is a run, and 50 of its answers are labelled by people."""
    repo = project(tmp_path, "safe", "{type: refusal, expect: true}")
    source = real("xstest/xstest.jsonl")
    rows = read("xstest/xstest.jsonl")
    cases = {row["id"]: {"id": row["id"], "inputs": {"q": row["prompt"]}} for row in rows}
    repo.write("evalsets/safe.jsonl", lines(cases.values()))
    words = [f"--value={word}" for word in WORDS]
    argv = ("--evalset", "safe", "--map", "answer=completion", *words)
    llmops(repo.root, "review", "import", source, *argv, "--map", "judge=gpt4_label", "--judge", "gpt-4")
    scores = (repo.root / "evalsets/.labels/safe.jsonl").read_text(encoding="utf-8")
    naive, tuned = [], []
    for model in sorted({row["model"] for row in rows}):
        own = [row for row in rows if row["model"] == model and refuses(row["gpt4_label"]) is not None]
        truth = mean([refuses(row["human"]) for row in own])
        answers = ("--evalset", "safe", "--answers", source, "--where", f"model={model}")
        columns = ("--map", "case=id", "--map", "answer=completion", "--format", "json")
        run = llmops(repo.root, "eval", "import", "asked", *answers, *columns).json()["runs"][0]["run"]
        for draw in range(DRAWS):
            repo.write("evalsets/.labels/safe.jsonl", scores)
            repo.write("sheet.jsonl", lines(random.Random(f"{model} {draw}").sample(own, LABELS)))
            llmops(repo.root, "review", "import", "sheet.jsonl", *argv, "--map", "label=human", "--by", "people")
            command = ("eval", "calibrate", "safe", "--judge", "gpt-4", "--run", run, "--format", "json")
            rate = llmops(repo.root, *command, code=None).json()["rate"]
            assert (rate["cases"], rate["labelled"]) == (len(own), LABELS)
            naive.append(abs(rate["judge"] - truth))
            tuned.append(abs(rate["tuned"]["value"] - truth))
    assert 100 * mean(naive) == pytest.approx(13.6, abs=0.05)
    assert 100 * mean(tuned) <= 5.0


def test_halves_of_an_agents_trials_are_imported_as_their_file_numbers_them(tmp_path, llmops):
    repo = project(tmp_path, "airline", "{type: regex, name: solved, pattern: ^1}")
    source = real("tau_airline") / "gpt4o_airline.jsonl"
    tasks = {row["task_id"]: row["instruction"] for row in read("tau_airline/gpt4o_airline.jsonl")}
    repo.write(
        "evalsets/airline.jsonl", lines({"id": str(task), "inputs": {"q": text}} for task, text in tasks.items())
    )

    def trials(*numbers):
        where = [flag for number in numbers for flag in ("--where", f"trial={number}")]
        columns = ("--map", "case=task_id", "--map", "answer=reward", "--map", "repeat=trial", "--format", "json")
        argv = ("--evalset", "airline", "--answers", source, *where, *columns)
        return llmops(repo.root, "eval", "import", "asked", *argv).json()["runs"][0]

    shares = trials(0, 1, 2, 3)["scores"]["solved"]["pass_hat"]
    assert {k: round(share, 2) for k, share in shares.items()} == {"1": 0.42, "2": 0.27, "3": 0.22, "4": 0.2}
    one, other = trials(0, 1), trials(2, 3)
    assert (one["repeats"], other["repeats"], other["calls"]["recorded"]) == (2, 2, 100)
    compared = llmops(repo.root, "eval", "compare", one["run"], other["run"], "--format", "json", code=None).json()
    assert compared["verdict"] not in ("FAIL", "INCOMPLETE")
