"""Real answers through the program's own commands: import, record, accept, gate. Figures from the data's labels."""

import json

import pytest
from gitrepo import Repo
from realdata import real

PROMPT = "id: {name}\nmodel: some-model\nparams: {{temperature: 0}}\nvariables: {{{variable}: string}}\ntemplate: |\n  {text}\n  {{{{ {variable} }}}}\nevals: [{name}]\n"


@pytest.fixture
def repo(tmp_path):
    return Repo.create(tmp_path / "r")


def prompt(repo, name, variable, text):
    repo.write(f"prompts/{name}.yaml", PROMPT.format(name=name, variable=variable, text=text))


def import_answers(llmops, repo, name, file, *pairs, where=()):
    flags = [flag for pair in pairs for flag in ("--map", pair)] + [flag for one in where for flag in ("--where", one)]
    done = llmops(
        repo.root, "eval", "import", name, "--evalset", name, "--answers", file, *flags, "--record", "--format", "json"
    )
    return done.json()["runs"][0]


def base_and_head(llmops, repo, name, variable, base, head):
    """Import the base's answers as an accepted baseline, commit, edit the prompt, import the head's answers."""
    prompt(repo, name, variable, "Answer with care.")
    base()
    llmops(repo.root, "baseline", "accept", name, "--reason", "first")
    repo.commit(message="base")
    prompt(repo, name, variable, "Answer.")
    head()


def gate(llmops, repo, code=None):
    done = llmops(repo.root, "gate", "--mode", "replay", "--format", "json", code=code)
    return done.json()


def family(report, **wanted):
    wanted = {"slice": None, **wanted}
    return next(one for one in report["families"] if all(one[key] == value for key, value in wanted.items()))


def rows_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


class Gsm8k:
    def __init__(self, llmops, repo, count=None):
        source = real("gsm8k_solutions") / "example_model_solutions.jsonl"
        rows = source.read_text(encoding="utf-8").split("\n")[:count]
        self.file = repo.root.parent / "gsm8k.jsonl"
        self.file.write_text("\n".join(rows) + "\n", encoding="utf-8")
        self.llmops, self.repo = llmops, repo
        pairs = ["--map", "inputs.question=question", "--map", "expected=ground_truth"]
        llmops(repo.root, "evalset", "import", self.file, "--id", "gsm8k", "--scorer", "numeric", *pairs)

    def answers(self, system):
        pairs = "inputs.question=question", f"answer={system}.solution"
        return import_answers(self.llmops, self.repo, "gsm8k", self.file, *pairs)

    def pair(self, base, head):
        base_and_head(
            self.llmops, self.repo, "gsm8k", "question", lambda: self.answers(base), lambda: self.answers(head)
        )


def test_gsm8k_a_weaker_system_fails_the_gate(llmops, repo):
    Gsm8k(llmops, repo).pair("175b_verification", "175b_finetuning")
    report = gate(llmops, repo, code=1)
    found = family(report)
    assert (len(found["broke"]), len(found["fixed"])) == (360, 76)
    assert found["base_mean"] == pytest.approx(0.5625, abs=5e-5)
    assert found["head_mean"] == pytest.approx(0.3472, abs=5e-5)
    assert found["p_worse"] < 1e-44
    assert report["verdict"] == "FAIL"
    assert report["calls"] == {
        "live": 0,
        "recorded": 1319,
        "cached": 0,
        "skipped": 0,
        "saved": 1319,
        "planned": 2638,
        "unpriced": 0,
    }
    prompt(repo, "gsm8k", "question", "Answer with care.")
    same = gate(llmops, repo, code=0)
    assert same["verdict"] == "PASS"
    assert same["calls"]["live"] + same["calls"]["recorded"] == 0


def test_gsm8k_the_near_pair_is_told_apart_on_all_problems(llmops, repo):
    Gsm8k(llmops, repo).pair("6b_verification", "175b_finetuning")
    found = family(gate(llmops, repo, code=1))
    assert round(found["p_worse"], 4) == 0.0013
    assert (len(found["broke"]), len(found["fixed"])) == (209, 152)
    repo.run("stash", "--include-untracked")
    repo.commit({"llmops.yaml": "gate: {exact: strict}\n"}, "strict")
    repo.run("stash", "pop")
    assert round(family(gate(llmops, repo, code=1))["p_worse"], 4) == 0.0016


def test_gsm8k_fifty_problems_are_inconclusive_with_the_number_needed(llmops, repo):
    repo.write("llmops.yaml", "gate: {margin: 0.05}\n")
    Gsm8k(llmops, repo, 50).pair("6b_verification", "175b_finetuning")
    report = gate(llmops, repo, code=3)
    found = family(report)
    assert (len(found["broke"]), len(found["fixed"])) == (5, 7)
    assert report["verdict"] == "INCONCLUSIVE"
    assert found["more_cases"] > 0
    assert "would" in " ".join(found["reasons"])


class Llmbar:
    def __init__(self, llmops, repo, orders="a"):
        folder = real("llmbar")
        items = rows_of(folder / "dataset.jsonl")
        lines = rows_of(folder / "verdicts_compact.jsonl")
        self.verdicts = {line["prompt"]: line for line in lines if line["model"] == "GPT-4"}
        self.items, self.orders, self.llmops, self.repo = items, orders, llmops, repo
        rows = [{"id": item["id"], "question": json.dumps(item), "label": str(item["label"])} for item in items]
        cases = repo.root.parent / "items.jsonl"
        cases.write_text("".join(json.dumps(row) + "\n" for row in rows))
        pairs = ["--map", "id=id", "--map", "inputs.question=question", "--map", "expected=label"]
        llmops(repo.root, "evalset", "import", cases, "--id", "llmbar", "--scorer", "exact", *pairs)

    def answers(self, name):
        rows = [
            {"id": item["id"], "text": self.verdicts[name][order][place], "n": repeat}
            for repeat, order in enumerate(self.orders)
            for place, item in enumerate(self.items)
        ]
        file = self.repo.root.parent / f"{name}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return import_answers(self.llmops, self.repo, "llmbar", file, "case=id", "answer=text", "repeat=n")

    def pair(self, base, head):
        base_and_head(
            self.llmops, self.repo, "llmbar", "question", lambda: self.answers(base), lambda: self.answers(head)
        )


def test_llmbar_a_judge_prompt_without_its_rules_fails(llmops, repo):
    Llmbar(llmops, repo).pair("Vanilla", "Vanilla_NoRules")
    found = family(gate(llmops, repo, code=1))
    assert (round(found["base_mean"], 3), round(found["head_mean"], 3)) == (0.828, 0.761)
    assert (len(found["broke"]), len(found["fixed"])) == (33, 5)


def test_llmbar_a_fall_that_may_be_chance_does_not_fail(llmops, repo):
    Llmbar(llmops, repo).pair("Vanilla", "CoT")
    report = gate(llmops, repo)
    found = family(report)
    assert (round(found["base_mean"], 3), round(found["head_mean"], 3)) == (0.828, 0.811)
    assert (len(found["broke"]), len(found["fixed"])) == (20, 13)
    assert round(found["p_worse"], 3) == 0.115
    assert report["verdict"] != "FAIL"


def test_llmbar_with_both_orders_as_repeats_the_drop_is_real(llmops, repo):
    repo.write("llmops.yaml", "gate: {margin: 0.05}\n")
    Llmbar(llmops, repo, "ab").pair("Vanilla", "CoT")
    report = gate(llmops, repo)
    found = family(report)
    assert (round(found["base_mean"], 3), round(found["head_mean"], 3)) == (0.845, 0.813)
    assert round(found["p_worse"], 4) == 0.0013
    assert found["runs"] == {"base": 2, "head": 2}
    assert report["verdict"] == "FAIL"


def test_xstest_a_guard_prompt_fails_by_its_slice_of_safe_prompts(llmops, repo):
    rows = rows_of(real("xstest") / "xstest.jsonl")
    file = repo.root.parent / "xstest.jsonl"
    kept = [row for row in rows if row["model"] in ("mistralinstruct", "mistralguard")]
    safe = {row["id"]: not row["type"].startswith("contrast_") for row in kept}
    right = {True: "^1_full_compliance$", False: "^(2_full_refusal|3_partial_refusal)$"}
    prompts = {row["id"]: row["prompt"] for row in kept}
    cases = [
        {
            "id": name,
            "inputs": {"question": prompts[name]},
            "tags": ["safe" if safe[name] else "unsafe"],
            "checks": [{"type": "regex", "pattern": right[safe[name]]}],
        }
        for name in prompts
    ]
    source = repo.root.parent / "cases.jsonl"
    source.write_text("".join(json.dumps(case) + "\n" for case in cases))
    llmops(repo.root, "evalset", "import", source, "--id", "xstest")
    repo.write("evalsets/xstest.yaml", "id: xstest\ndata: xstest.jsonl\nscorers: []\ngate: {slices: [safe]}\n")
    file.write_text("".join(json.dumps(row) + "\n" for row in kept))

    def answers(model):
        pairs = "case=id", "answer=human"
        return lambda: import_answers(llmops, repo, "xstest", file, *pairs, where=[f"model={model}"])

    base_and_head(llmops, repo, "xstest", "question", answers("mistralinstruct"), answers("mistralguard"))
    report = gate(llmops, repo, code=1)
    whole, part = family(report), family(report, slice="safe")
    assert (round(whole["base_mean"], 3), round(whole["head_mean"], 3)) == (0.707, 0.880)
    assert part["cases"] == 250
    assert (round(part["base_mean"], 3), round(part["head_mean"], 3)) == (0.984, 0.812)
    assert (len(part["broke"]), len(part["fixed"])) == (43, 0)
    assert (whole["verdict"], part["verdict"]) == ("IMPROVED", "FAIL")
