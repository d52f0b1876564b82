"""Rubrics that only a case's own check asks: they are rubrics like those of a set's judges, everywhere."""

import json

import pytest
from labelling import PROMPT, RUBRIC
from support import ModelServer, last_text

SET = "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, primary: true}]\n"
CHECK = '{"type": "judge", "prompt": "%s", "pass_at": 0.5}'
CASES = (
    '{"id": "a", "inputs": {"name": "Ada"}, "expected": "Ada"}\n'
    f'{{"id": "b", "inputs": {{"name": "Bo"}}, "expected": "Bo", "checks": [{CHECK % "tone"}]}}\n'
)


@pytest.fixture
def shop(project):
    """A project in which only the check of case b asks the rubric tone; the judge likes what it is asked friendly."""

    def answer(body):
        said = last_text(body)
        return ("PASS" if "Judge:" in said else "FAIL") if body["model"] == "judge" else said

    with ModelServer(answer) as server:
        project.commit(
            {
                "prompts/tone.yaml": RUBRIC,
                "prompts/greet.yaml": PROMPT,
                "evalsets/greet.yaml": SET,
                "evalsets/greet.jsonl": CASES,
                "llmops.yaml": f"endpoints: {{local: {server.url}}}\n",
            },
            "checked",
        )
        yield project


def digest(llmops, project):
    llmops(project.root, "eval", "run", "greet")
    newest = max((project.root / ".llmops/runs").iterdir())
    return json.loads((newest / "run.json").read_text())["scorers"]["checks"]


@pytest.mark.parametrize("name", ["evalsets/greet.yaml", "evalsets/greet.jsonl"])
def test_validate_of_a_file_alone_finds_the_rubrics_that_it_asks(shop, llmops, name):
    assert "No problems" in llmops(shop.root, "validate", name).out
    shop.write("evalsets/greet.yaml", SET.replace("}]", "}, {type: judge, prompt: tone}]"))
    assert "No problems" in llmops(shop.root, "validate", name).out
    (shop.root / "prompts/tone.yaml").unlink()
    assert llmops(shop.root, "validate", name, code=1).out.count("asks rubric tone, which is not there") == 2


@pytest.mark.parametrize("paths", [[], ["prompts/tone.yaml"]], ids=["all", "the rubric alone"])
def test_a_rubric_of_a_case_needs_no_eval_set(shop, llmops, paths):
    assert "LP050" not in llmops(shop.root, "validate", *paths).out
    shop.write("evalsets/greet.jsonl", CASES.splitlines()[0])
    assert "no eval set judges tone" in llmops(shop.root, "validate", *paths).out


def test_a_rubric_of_a_case_that_is_not_there_is_named_by_validate_and_before_the_first_call(shop, llmops):
    shop.write("evalsets/greet.jsonl", CASES.replace('"tone"', '"tones"'))
    found = llmops(shop.root, "validate", code=1).out
    assert "LE021" in found
    assert "scorer judge asks rubric tones, which is not there" in found
    assert "evalsets/greet.jsonl:2" in found
    told = llmops(shop.root, "eval", "run", "greet", code=2).err
    assert told.startswith("error: evalsets/greet.jsonl:2:1: scorer judge asks a rubric that is not there")


def test_the_digest_of_the_checks_is_that_of_their_rubrics_whatever_cases_run(shop, llmops):
    first = digest(llmops, shop)
    assert digest(llmops, shop) == first
    shop.write("prompts/tone.yaml", RUBRIC.replace("Judge:", "Judge strictly:"))
    assert digest(llmops, shop) != first


def test_the_digest_of_checks_that_ask_no_rubric_is_as_it_was(shop, llmops):
    shop.write("evalsets/greet.jsonl", CASES.replace(CHECK % "tone", '{"type": "contains", "value": "Bo"}'))
    assert digest(llmops, shop) == "54c8a3595201"


@pytest.mark.parametrize("name", ["tone", "manner"], ids=["by its id", "by an alias"])
def test_an_edited_rubric_of_a_case_is_not_uncovered(shop, llmops, name):
    rubric = f"{RUBRIC}aliases: [manner]\n"
    shop.commit({"prompts/tone.yaml": rubric, "evalsets/greet.jsonl": CASES.replace('"tone"', f'"{name}"')}, "named")
    shop.write("prompts/tone.yaml", rubric.replace("Judge:", "Judge strictly:"))
    report = llmops(shop.root, "gate", "--mode", "replay", "--format", "json").json()
    (prompt,) = [each for each in report["prompts"] if each["id"] == "tone"]
    assert prompt["verdict"] == "PASS"
    assert "a judge's rubric: the base's version judged greet" in prompt["reasons"][0]


def test_answers_stored_under_another_rubric_of_a_case_are_scored_anew(shop, llmops):
    llmops(shop.root, "eval", "run", "greet", "--mode", "record")
    llmops(shop.root, "baseline", "accept", "greet", "--reason", "first")
    shop.commit(message="baseline")
    shop.commit({"prompts/tone.yaml": RUBRIC.replace("Judge:", "Refuse:")}, "a rubric that likes nothing")
    shop.write("prompts/greet.yaml", PROMPT.replace("Hello", "Good day"))
    report = llmops(shop.root, "gate", "--format", "json", code=None).json()
    (checks,) = [each for each in report["families"] if each["scorer"] == "checks"]
    assert (checks["base_mean"], checks["head_mean"], checks["broke"]) == (0.0, 0.0, [])


def test_the_gate_says_that_no_labels_can_calibrate_a_rubric_of_a_case(shop, llmops):
    llmops(shop.root, "eval", "run", "greet", "--mode", "record")
    llmops(shop.root, "baseline", "accept", "greet", "--reason", "first")
    shop.commit(message="baseline")
    shop.write("prompts/greet.yaml", PROMPT.replace("Hello", "Good day"))
    said = llmops(shop.root, "gate").out
    assert "rubric tone is asked by checks of single cases, where no labels can calibrate it" in said


def test_a_cost_cap_wants_the_price_of_a_rubric_of_a_case_too(shop, llmops):
    shop.write("prompts/greet.yaml", PROMPT.replace("local/m", "echo/m"))
    told = llmops(shop.root, "eval", "run", "greet", "--max-cost", "1", code=2).err
    assert "the price of judge is not known, so a cost cap cannot hold" in told
