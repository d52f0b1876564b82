"""`eval power` and `gate --self-test` on stored baselines: what they say, what they refuse, how they exit."""

import json

import pytest
from jsonschema import Draft202012Validator

from llmops_cli.load.schema import schema_text
from llmops_cli.model.run import Arm, Row
from llmops_cli.store.baselines import write

SET = "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, primary: true}]\ngate: {margin: 0.05}\n"
KINDS = {"+": (True,) * 5, "~": (True, False, True, True, False), "-": (False,) * 5}
CASES = "".join(
    f'{{"id": "c{i:02}", "inputs": {{"name": "n{i:02}"}}, "expected": "n{i:02}", "tags": ["{"odd" if i % 2 else "even"}"]}}\n'
    for i in range(60)
)


def store(project, llmops, word, *, runs=5, prompt="greet"):
    """Write the baseline of the prompt's version: a case a sign of the word."""
    shown = llmops(project.root, "prompt", "show", prompt, "--format", "json").json()
    digest = shown.get("digest") or shown["prompt"]["digest"]
    rows = {
        f"c{place:02}": Row(f"c{place:02}", "d", {"contains": KINDS[sign][:runs]},
                            tuple(f"{place}{run}" for run in range(runs)))
        for place, sign in enumerate(word)
    }  # fmt: skip
    write(project.root, "evalsets/.baselines", Arm(prompt, digest, "greet", "e", {"contains": "s"}, rows))


@pytest.fixture
def sized(project, llmops):
    """The project with sixty tagged cases and a baseline of five runs, noisy in the odd cases."""
    project.commit({"evalsets/greet.yaml": SET, "evalsets/greet.jsonl": CASES}, "cases")
    store(project, llmops, "+~+++-+~+++~" * 5)
    return project


def test_it_says_what_the_baseline_can_see(sized, llmops):
    said = llmops(sized.root, "eval", "power", "greet").out
    for part in (
        "greet on greet · contains · 60 cases × 5",
        "grow      odd +",
        "flaky     c01",
        "unchanged FAIL",
        " 5 pp  █",
    ):
        assert part in said


def test_its_json_keeps_the_published_contract_and_says_the_same_each_time(sized, llmops):
    done = llmops(sized.root, "eval", "power", "--format", "json", "--mde", "0.03")
    found = done.json()
    Draft202012Validator(json.loads(schema_text("power"))).validate(found)
    (one,) = found["baselines"]
    assert one["needs"]["mde"] == 0.03
    assert one["needs"]["cases"] > 60
    assert one["slices"][0]["tag"] == "odd"
    assert one["self_test"]["plan"] == {"base": 5, "head": 1}
    assert done.out == llmops(sized.root, "eval", "power", "--format", "json", "--mde", "0.03").out


def test_its_page_stands_alone(sized, llmops, tmp_path):
    llmops(sized.root, "eval", "power", "--format", "html", "-o", tmp_path / "power.html")
    drawn = (tmp_path / "power.html").read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert "<script" not in drawn
    assert "http-equiv" in drawn


def test_the_gate_measures_itself(sized, llmops):
    said = llmops(sized.root, "gate", "--self-test").out
    assert "unchanged FAIL" in said
    assert "grow" not in said
    found = llmops(sized.root, "gate", "--self-test", "greet", "--format", "json").json()
    Draft202012Validator(json.loads(schema_text("power"))).validate(found)
    assert found["baselines"][0]["self_test"]["false_alarms"]["share"] <= 0.1


def test_a_gate_without_two_repeats_has_nothing_to_measure_and_says_which_and_what_helps(project, llmops):
    store(project, llmops, "++++++++~~~~", runs=1)
    done = llmops(project.root, "gate", "--self-test", code=3)
    assert "greet on greet" in done.out
    assert "one run a case" in done.out
    assert "llmops baseline record greet --runs 5" in done.out
    assert llmops(project.root, "gate", "--self-test", "--format", "json", code=3).json()["exit_code"] == 3


def test_a_gate_without_any_baseline_has_nothing_to_measure_either(project, llmops):
    assert "greet on greet: no baseline of sha256:" in llmops(project.root, "gate", "--self-test", code=3).out
    project.commit({"prompts/greet.yaml": "id: greet\nmodel: echo/m\ntemplate: hi\n"})
    assert "no prompt has an eval set" in llmops(project.root, "gate", "--self-test", code=3).out


def test_the_small_set_rule_is_measured_as_it_decides(project, llmops):
    store(project, llmops, "+++++++++~~-")
    said = llmops(project.root, "gate", "--self-test").out
    assert "fresh runs confirm" in said
    assert "against 1 run a case drawn from their chances" in said


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("eval", "power"), "no baseline of sha256:"),
        (("gate", "--self-test", "gret"), "did you mean greet?"),
        (("eval", "power", "gret"), "did you mean greet?"),
        (("eval", "power", "greet", "--evalset", "greeet"), "did you mean greet?"),
        (("eval", "power", "--mde", "5"), "--mde 0.05 is 5 points"),
        (("eval", "power", "--mde", "nan"), "--mde 0.05 is 5 points"),
        (("eval", "power", "--format", "xml"), "text, json, html"),
        (("gate", "--self-test", "--format", "junit"), "text, json"),
        (("gate", "--self-test", "--report", "junit=x.xml"), "-o FILE"),
    ],
)
def test_what_is_not_there_is_said_and_never_a_pass(project, llmops, argv, said):
    assert said in llmops(project.root, *argv, code=2).err


def test_a_prompt_without_a_baseline_is_named_beside_those_that_have_one(sized, llmops):
    sized.write(
        "prompts/shout.yaml",
        'id: shout\nmodel: echo/m\nvariables: {name: string}\ntemplate: "{{ name }}!"\nevals: [greet]\n',
    )
    said = llmops(sized.root, "eval", "power").out
    assert "shout on greet: no baseline of sha256:" in said
    assert "greet on greet · contains" in said
