"""A scorer that is spelled wrong is named with its place, before anything else is looked for or paid."""

import pytest
from labelling import PROMPT, RUBRIC, SET

FILES = {
    "prompts/tone.yaml": RUBRIC.replace("local/judge", "echo/judge"),
    "prompts/greet.yaml": PROMPT.replace("local/m", "echo/m"),
    "evalsets/greet.yaml": SET,
    "evalsets/greet.jsonl": '{"id": "a", "inputs": {"name": "Ada"}, "expected": "Ada"}\n',
}
COMMANDS = [["eval", "run", "greet"], ["eval", "run"], ["eval", "run", "greet", "--dry-run"]]


@pytest.fixture
def shop(project):
    project.commit(FILES, "judged")
    return project


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("prompt: tone", "promt: tone", ["judge has no option 'promt'", "did you mean prompt?", "explain judge"]),
        ("primary: true", "primry: true", ["contains has no option 'primry'", "did you mean primary?"]),
        ("type: contains", "type: contain", ["'contain'", "did you mean contains?"]),
        ("prompt: tone, ", "", ["judge needs the option prompt"]),
    ],
)
def test_a_scorer_that_does_not_take_its_options_is_named_with_its_place(argv, old, new, said, shop, llmops):
    shop.write("evalsets/greet.yaml", SET.replace(old, new))
    told = llmops(shop.root, *argv, code=1)
    assert all(part in told.out + told.err for part in said)
    line = 4 if "primary" in old or "contains" in old else 5
    assert f"evalsets/greet.yaml:{line}:5" in told.out + told.err


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_the_checks_of_a_case_are_looked_at_before_the_first_call(argv, shop, llmops):
    wrong = '{"id": "b", "inputs": {"name": "Bo"}, "checks": [{"type": "contains", "vlue": "x"}]}\n'
    shop.write("evalsets/greet.jsonl", FILES["evalsets/greet.jsonl"] + wrong)
    told = llmops(shop.root, *argv, code=1)
    assert "contains has no option 'vlue'" in told.out + told.err
    assert "evalsets/greet.jsonl:2" in told.out + told.err


def test_a_rubric_that_is_not_there_is_named_by_validate_and_by_the_run(shop, llmops):
    shop.write("evalsets/greet.yaml", SET.replace("prompt: tone", "prompt: tones"))
    found = llmops(shop.root, "validate", code=1).out
    assert "LE021" in found
    assert "scorer tone asks rubric tones, which is not there" in found
    assert "did you mean tone?" in found
    told = llmops(shop.root, "eval", "run", "greet", code=2).err
    assert told.startswith("error: evalsets/greet.yaml:5:5: scorer tone asks a rubric that is not there")


def test_a_prompt_that_is_only_a_rubric_needs_no_eval_set(shop, llmops):
    assert "LP050" not in llmops(shop.root, "validate").out
    shop.write("evalsets/greet.yaml", SET.partition("  - {type: judge")[0])
    assert "no eval set judges tone" in llmops(shop.root, "validate").out
