"""Answers from elsewhere: repeats as they are numbered there, judges that are not asked, and what no replay will give."""

import json

import pytest
from labelling import PROMPT, SET, judged_by, table

PLAIN = SET.partition("  - {type: judge")[0]
IMPORT = ("eval", "import", "greet", "--evalset", "greet", "--answers", "log.csv", "--map", "answer=text")


@pytest.fixture
def shop(project):
    """A project of three greetings, whose judge says PASS."""
    with judged_by(project, lambda _: "PASS", evalset=PLAIN, cases=3) as server:
        project.server = server
        yield project


def take(llmops, repo, rows, *argv, columns=("case", "trial", "text"), code=0):
    repo.write("log.csv", table(rows, columns))
    return llmops(repo.root, *IMPORT, *argv, "--format", "json", code=code)


def trials(*numbers):
    return [(f"c0{case}", trial, f"n0{case} {trial}") for trial in numbers for case in range(3)]


@pytest.mark.parametrize("numbers", [(1, 2, 3), (2, 5, 9)])
def test_repeats_that_begin_elsewhere_than_at_0_are_counted_from_0_and_that_is_said(shop, llmops, numbers):
    done = take(llmops, shop, trials(*numbers), "--map", "repeat=trial")
    (run,) = done.json()["runs"]
    assert (run["done"], run["repeats"], run["exit_code"]) == (3, 3, 0)
    said = ", ".join(str(number) for number in numbers)
    assert f"repeats count from 0: the file's {said} are taken as the first 3" in done.err


def test_repeats_from_0_are_left_alone(shop, llmops):
    done = take(llmops, shop, trials(0, 1), "--map", "repeat=trial")
    assert "repeats count" not in done.err


def test_several_values_of_one_column_keep_the_rows_with_any_of_them(shop, llmops):
    where = ("--where", "trial=0", "--where", "trial=2")
    (run,) = take(llmops, shop, trials(0, 1, 2, 3), *where, "--map", "repeat=trial").json()["runs"]
    assert (run["repeats"], run["calls"]["recorded"]) == (2, 6)
    more = (*where, "--where", "case=c01")
    (run,) = take(llmops, shop, trials(0, 1, 2, 3), *more, "--map", "repeat=trial", code=4).json()["runs"]
    assert run["calls"]["recorded"] == 2
    wrong = take(llmops, shop, trials(0), "--where", "trial", code=2).err
    assert "--where 'trial'" in wrong
    assert "--where column=value" in wrong


def test_answers_that_no_replay_will_give_are_named(shop, llmops):
    columns = ("case", "text")
    first = [(f"c0{case}", f"n0{case}") for case in range(3)]
    assert "not kept" not in take(llmops, shop, first, "--record", columns=columns).err
    assert "not kept" not in take(llmops, shop, first, "--record", columns=columns).err
    other = [*first[:2], ("c02", "another")]
    said = take(llmops, shop, other, "--record", columns=columns).err
    assert "not kept as recordings: 1 of 3 answers (c02), for another answer to the same request is recorded" in said
    assert "not kept" not in take(llmops, shop, other, columns=columns).err


def test_two_cases_with_the_same_inputs_have_one_recording_and_that_is_said(shop, llmops):
    lines = (shop.root / "evalsets/greet.jsonl").read_text()
    shop.write("evalsets/greet.jsonl", lines + lines.splitlines()[0].replace('"c00"', '"c03"'))
    rows = [(f"c0{case}", f"n0{case}") for case in range(4)]
    assert "1 of 4 answers (c03)" in take(llmops, shop, rows, "--record", columns=("case", "text")).err


def test_a_judge_is_not_asked_by_an_import_and_alone_by_the_run_after_it(shop, llmops):
    shop.write("evalsets/greet.yaml", SET)
    rows = [(f"c0{case}", f"n0{case}") for case in range(3)]
    (run,) = take(llmops, shop, rows, "--record", columns=("case", "text")).json()["runs"]
    assert (run["scores"]["contains"]["mean"], run["scores"]["tone"]["unscored"]) == (1.0, 3)
    command = "llmops eval run greet --evalset greet"
    assert command in run["scores"]["tone"]["why"]
    shown = llmops(shop.root, "eval", "show").out
    assert "3 of 3 answers could not be scored, e.g. the judge gave no answer: not-asked" in shown
    assert shop.server.requests == []
    (run,) = llmops(shop.root, *command.split()[1:], "--format", "json").json()["runs"]
    assert {body["model"] for body in shop.server.requests} == {"judge"}
    assert (run["calls"]["recorded"], run["scores"]["tone"]["scored"], run["scores"]["tone"]["why"]) == (3, 3, None)


def test_what_most_answers_lack_is_said_with_their_number(shop, llmops):
    lines = (shop.root / "evalsets/greet.jsonl").read_text().splitlines()
    cases = [json.loads(line) for line in lines]
    shop.write("evalsets/greet.jsonl", "".join(json.dumps({**case, "expected": None}) + "\n" for case in cases))
    shop.write("evalsets/greet.yaml", PLAIN.replace("contains", "exact"))
    shop.write("prompts/greet.yaml", PROMPT)
    take(llmops, shop, [(f"c0{case}", "n") for case in range(3)], columns=("case", "text"))
    shown = llmops(shop.root, "eval", "show").out
    assert "3 of 3 answers could not be scored, e.g. the case has no expected" in shown


def test_an_eval_set_whose_scorers_lack_options_is_written_and_says_so(shop, llmops):
    shop.write("rows.jsonl", '{"q": "a"}\n')
    argv = ("evalset", "import", "rows.jsonl", "--id", "new", "--map", "inputs.q=q", "--scorer", "exact")
    done = llmops(shop.root, *argv, "--scorer", "regex", "--scorer", "judge")
    assert "regex needs the option pattern: write pattern: … beside type: regex in evalsets/new.yaml" in done.err
    assert "judge needs the option prompt" in done.err
    assert done.err.count("needs the option") == 2
    assert "needs the option" not in llmops(shop.root, *argv, "--force").err
