"""An eval set that a prompt names and that is not there: every command says in which line, and what next."""

import pytest
from test_flow_tricks import GOOD, made, prompt

COMMANDS = [
    ("gate",),
    ("eval", "run", "greet"),
    ("baseline", "accept", "greet", "--reason", "now"),
    ("baseline", "pending"),
]
BESIDE = "an eval set politeness is evalsets/politeness.yaml with politeness.jsonl beside it"
HINTS = [
    ("gret", "did you mean greet?"),
    ("politeness", f"{BESIDE}; `llmops evalset new politeness` writes one"),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("named", "hint"), HINTS)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_prompt_that_names_an_eval_set_which_is_not_there_is_told_with_its_line(
    wrapped, named, hint, command, tmp_path, llmops
):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    text = prompt('template: "Hi {{ name }}"', evals=f"[{named}]")
    if wrapped:
        text = "prompt:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    main.write("prompts/greet.yaml", text)
    done = llmops(main.root, *command, code=2)
    place = "prompts/greet.yaml:5:11" if wrapped else "prompts/greet.yaml:4:9"
    assert f"{place}: no eval set '{named}', which greet names under evals" in done.err
    assert f"hint: {hint}\n" in done.err


def test_a_flag_that_names_one_is_told_as_a_flag(tmp_path, llmops):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    done = llmops(main.root, "eval", "run", "greet", "--evalset", "gret", code=2)
    assert done.err.startswith("error: no eval set 'gret'\nhint: did you mean greet?")
