"""`eval explain` on a real repository, with a model behind a real socket that one part of an edit upsets."""

import json
from functools import partial

import pytest
from ruled import prompt as of_rules
from ruled import rule, ruled
from support import Reply

EVALSET = "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, primary: true}]\n"
CASES = "".join(
    json.dumps({"id": f"c{i:02}", "inputs": {"name": f"n{i:02}{'x' * (12 - i)}"}, "expected": f"n{i:02}"}) + "\n"
    for i in range(12)
)
prompt = partial(of_rules, rules=16)


class Upset:
    """A model that repeats the user, but for requests of which `wrong` says so."""

    def __init__(self):
        self.wrong = lambda _system, _body: False
        self.calls = 0

    def __call__(self, body):
        self.calls += 1
        bad = self.wrong(body["messages"][0]["content"], body)
        return bad if isinstance(bad, Reply) else "wrong" if bad else body["messages"][-1]["content"]


@pytest.fixture
def upset():
    return Upset()


@pytest.fixture
def asked(tmp_path, upset, llmops):
    """A committed project whose model is `upset`."""
    with ruled(tmp_path / "asked", upset, EVALSET, CASES, text=prompt()) as repo:
        llmops(repo.root, "eval", "run", "greet")
        yield repo


def edited(repo, llmops, text):
    """Edit the prompt and run it once, as whoever asks why has done before."""
    repo.write("prompts/greet.yaml", text)
    llmops(repo.root, "eval", "run", "greet", code=None)


def labels(told):
    return [[hunk["after"] or hunk["before"] for hunk in one["hunks"]] for one in told["culprits"]]


def test_one_sentence_among_16_is_named_with_its_line_in_20_calls(asked, upset, llmops):
    upset.wrong = lambda system, _: "hold point 11" in system
    edited(asked, llmops, prompt(range(16)))
    done = llmops(asked.root, "eval", "explain", "greet")
    assert "culprit   1 of 16 hunks of the edit" in done.out
    assert "messages[0] system   prompts/greet.yaml:20" in done.out
    assert "- Rule 11 says to keep point 11 in mind." in done.out
    assert "+ Rule 11 says to hold point 11 in mind." in done.out
    assert "on its own it breaks 5 of 5 cases" in done.out
    assert "✓ base with it: fails" in done.out
    assert "✓ head without it: passes 5 of 5 cases" in done.out
    line = (asked.root / "prompts/greet.yaml").read_text().splitlines()[19]
    assert line.strip() == rule(11, "hold")


def test_it_takes_few_calls_and_none_the_second_time(asked, upset, llmops):
    upset.wrong = lambda system, _: "hold point 3" in system
    edited(asked, llmops, prompt(range(16)))
    before = upset.calls
    told = llmops(asked.root, "eval", "explain", "greet", "--format", "json").json()
    assert labels(told) == [[rule(3, "hold") + "\n"]]
    assert told["calls"]["live"] == upset.calls - before <= 21
    assert told["cases"] == ["c11", "c10", "c09", "c08", "c07"]  # the shortest inputs first
    again = llmops(asked.root, "eval", "explain", "greet", "--format", "json", "--max-calls", 0).json()
    assert again["calls"]["live"] == 0
    assert again["culprits"] == told["culprits"]


def test_two_parts_that_break_only_together_are_named_together(asked, upset, llmops):
    upset.wrong = lambda system, body: "hold point 5" in system and body.get("temperature") == 1
    edited(asked, llmops, prompt(range(16), params="{temperature: 1, top_p: 0.5}"))
    done = llmops(asked.root, "eval", "explain", "greet")
    assert "culprit   2 of 18 hunks of the edit   they break it together" in done.out
    assert "params.temperature   prompts/greet.yaml:4" in done.out
    assert "    - 0\n      + 1\n" in done.out.replace("      - 0", "    - 0")
    assert "+ Rule 5 says to hold point 5 in mind." in done.out


def test_parts_that_each_break_it_are_two_culprits(asked, upset, llmops):
    upset.wrong = lambda system, _: "hold point 2 " in system or "hold point 9" in system
    edited(asked, llmops, prompt(range(16)))
    told = llmops(asked.root, "eval", "explain", "greet", "--format", "json").json()
    assert sorted(labels(told)) == [
        [rule(2, "hold") + "\n"],
        [rule(9, "hold") + "\n"],
    ]


def test_a_part_that_makes_no_prompt_alone_is_a_third_outcome(asked, upset, llmops):
    """The condition's two ends lie in two sentences: most halves of this edit do not render."""
    upset.wrong = lambda system, _: "Shout it" in system
    extra = ["{% if name %}First this.", "Shout it.", "Last this.{% endif %}"]
    edited(asked, llmops, prompt(range(6), extra=extra))
    told = llmops(asked.root, "eval", "explain", "greet", "--format", "json").json()
    assert told["state"] == "found"
    assert "Shout it.\n" in labels(told)[0]
    assert not [said for said in labels(told)[0] if "Rule" in said]


def test_a_request_that_the_provider_refuses_is_a_third_outcome_too(asked, upset, llmops):
    """Without rule 1 the provider refuses rule 0: neither passes nor fails."""

    def wrong(system, _):
        if ("hold point 0" in system) != ("hold point 1 " in system):
            return Reply(status=400, body=b'{"error": {"message": "no", "type": "invalid_request_error"}}')
        return "hold point 0" in system

    upset.wrong = wrong
    edited(asked, llmops, prompt(range(8)))
    told = llmops(asked.root, "eval", "explain", "greet", "--format", "json").json()
    assert (told["state"], [len(one) for one in labels(told)]) == ("found", [2])


def test_a_sentence_with_a_new_variable_brings_the_variable_along(asked, upset, llmops):
    upset.wrong = lambda system, _: "Speak klingon" in system
    variables = "{name: string, tongue: {type: string, default: klingon}}"
    edited(asked, llmops, prompt((1, 2), extra=["Speak {{ tongue }}."], variables=variables))
    told = llmops(asked.root, "eval", "explain", "greet", "--format", "json").json()
    assert labels(told) == [["Speak {{ tongue }}.\n"]]


def test_another_model_is_one_hunk(asked, upset, llmops):
    upset.wrong = lambda _, body: body["model"] == "small"
    edited(asked, llmops, prompt((1, 2)).replace("local/m", "local/small"))
    told = llmops(asked.root, "eval", "explain", "greet", "--format", "json").json()
    assert [hunk["label"] for one in told["culprits"] for hunk in one["hunks"]] == ["model"]


@pytest.mark.parametrize(
    "argv", [("--cases", 1), ("--repeat", 3), ("--cases", 12, "--max-calls", 99), ("--mode", "live")]
)
def test_fewer_cases_and_more_runs_find_it_too(argv, asked, upset, llmops):
    upset.wrong = lambda system, _: "hold point 11" in system
    edited(asked, llmops, prompt(range(16)))
    more = ("--max-calls", 200) if "--max-calls" not in argv else ()
    told = llmops(asked.root, "eval", "explain", "greet", *argv, *more, "--format", "json").json()
    assert labels(told) == [[rule(11, "hold") + "\n"]]
    assert len(told["cases"]) == (argv[1] if argv[0] == "--cases" else 5)


def test_a_renamed_prompt_is_explained_against_its_old_self(asked, upset, llmops):
    upset.wrong = lambda system, _: "hold point 11" in system
    asked.run("mv", "prompts/greet.yaml", "prompts/hello.yaml")
    text = prompt(range(16)).replace("id: greet", "id: hello\naliases: [greet]")
    asked.write("prompts/hello.yaml", text)
    llmops(asked.root, "eval", "run", "hello", code=None)
    told = llmops(asked.root, "eval", "explain", "hello", "--format", "json").json()
    assert labels(told) == [[rule(11, "hold") + "\n"]]


def test_an_eval_set_without_broken_cases_does_not_hide_one_with(asked, upset, llmops):
    upset.wrong = lambda system, body: "hold point 11" in system and body["messages"][-1]["content"] != "fine"
    fine = '{"id": "f1", "inputs": {"name": "fine"}, "expected": "fine"}\n'
    asked.commit(
        {"evalsets/a.yaml": EVALSET.replace("greet", "a") + "prompts: [greet]\n", "evalsets/a.jsonl": fine}, "a"
    )
    llmops(asked.root, "eval", "run", "greet")
    edited(asked, llmops, prompt(range(16)))
    told = llmops(asked.root, "eval", "explain", "greet", "--format", "json").json()
    assert (told["evalset"], told["state"]) == ("greet", "found")
    only = llmops(asked.root, "eval", "explain", "greet", "--evalset", "a", "--format", "json", code=3).json()
    assert (only["evalset"], only["state"]) == ("a", "nothing")


def test_a_drop_of_which_every_part_takes_a_share_is_refused_with_what_to_do_instead(asked, upset, llmops):
    """More than half of the answers are wrong, with the whole edit alone: no case fails in every run, many in some."""
    told = []

    def wrong(system, _):
        told.append(1)
        return system.count("hold") == 16 and len(told) % 5 < 3

    upset.wrong = wrong
    asked.write("prompts/greet.yaml", prompt(range(16)))
    llmops(asked.root, "eval", "run", "greet", "--repeat", 4, "-j", 1, code=None)
    done = llmops(asked.root, "eval", "explain", "greet", "--max-calls", 400, code=3)
    assert "not explained: no few of the edit's 16 hunks make it fall as all of them do" in done.out
    assert "llmops gate greet" in done.out
    assert "llmops eval power greet" in done.out
    assert "llmops eval explain" not in done.out


def test_a_break_by_chance_is_seen_when_the_head_is_asked_again(asked, upset, llmops):
    upset.wrong = lambda *_: True
    edited(asked, llmops, prompt(range(16)))
    upset.wrong = lambda *_: False
    told = llmops(asked.root, "eval", "explain", "greet", "--format", "json", code=3).json()
    assert (told["state"], told["culprits"]) == ("flaky", [])
    assert 5 <= told["calls"]["live"] <= 9, "the first two alone do not decide for the others"


@pytest.mark.parametrize("text", [prompt(), prompt(range(4))], ids=["unchanged", "harmless"])
def test_where_nothing_broke_there_is_nothing_to_explain(text, asked, llmops):
    edited(asked, llmops, text)
    assert "nothing to explain" in llmops(asked.root, "eval", "explain", "greet", code=3).out


@pytest.mark.parametrize("cap", [0, 3, 7])
def test_a_cap_is_hard_and_what_was_paid_is_not_paid_again(cap, asked, upset, llmops):
    upset.wrong = lambda system, _: "hold point 11" in system
    edited(asked, llmops, prompt(range(16)))
    before = upset.calls
    done = llmops(asked.root, "eval", "explain", "greet", "--max-calls", cap, code=4)
    assert upset.calls - before <= cap
    assert "suspects" in done.out
    assert "raise --max-calls; what was paid is not paid again" in done.out
    more = llmops(asked.root, "eval", "explain", "greet", "--format", "json").json()
    assert more["state"] == "found"
    assert upset.calls - before <= 21


def test_the_projects_own_budget_holds_where_no_cap_is_named(asked, upset, llmops):
    upset.wrong = lambda system, _: "hold point 11" in system
    edited(asked, llmops, prompt(range(16)))
    settings = (asked.root / "llmops.yaml").read_text()
    asked.commit({"llmops.yaml": settings + "budget: {max_calls: 4}\n", "prompts/greet.yaml": prompt()}, "budget")
    asked.write("prompts/greet.yaml", prompt(range(16)))
    before = upset.calls
    llmops(asked.root, "eval", "explain", "greet", code=4)
    assert upset.calls - before <= 4


@pytest.mark.parametrize("cap", [1, 6, 9])
def test_a_budget_that_ends_in_a_judges_call_ends_the_search(cap, asked, upset, llmops):
    """Every answer takes two calls here: the prompt's and the judge's."""
    rubric = "id: fair\nmodel: local/judge\nvariables: {answer: string, expected: string}\n"
    rubric += 'template: "{{ answer }} is {{ expected }}?"\n'
    judged = EVALSET.replace("type: contains", "type: judge, prompt: fair, pass_at: 1")
    asked.commit({"prompts/fair.yaml": rubric, "evalsets/greet.yaml": judged}, "judge")

    def wrong(system, body):
        if body["model"] == "judge":
            answer, _, expected = system.removesuffix("?").partition(" is ")
            return Reply(text="pass" if expected in answer else "fail")
        return "hold point 11" in system

    upset.wrong = wrong
    llmops(asked.root, "eval", "run", "greet")
    edited(asked, llmops, prompt(range(16)))
    before = upset.calls
    done = llmops(asked.root, "eval", "explain", "greet", "--max-calls", cap, "-j", 1, code=4)
    assert upset.calls - before <= cap
    assert "suspects" in done.out
    told = llmops(asked.root, "eval", "explain", "greet", "--format", "json").json()
    assert labels(told) == [[rule(11, "hold") + "\n"]]


def test_ends_without_answers_are_refused_before_a_call_is_paid(asked, upset, llmops):
    asked.write("prompts/greet.yaml", prompt(range(16)))
    before = upset.calls
    done = llmops(asked.root, "eval", "explain", "greet", "--max-calls", 5, code=4)
    assert "the two versions lack 12 stored answers, and --max-calls is 5" in done.err
    assert "llmops gate greet" in done.err
    assert upset.calls == before


def test_replay_makes_no_call(asked, upset, llmops):
    asked.write("prompts/greet.yaml", prompt(range(16)))
    before = upset.calls
    done = llmops(asked.root, "eval", "explain", "greet", "--mode", "replay", code=4)
    assert "not recorded" in done.err
    assert upset.calls == before


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nobody"], "no prompt 'nobody'"),
        (["greet", "--evalset", "nothing"], "no eval set 'nothing' judges greet"),
        (["greet", "--base", "no-such"], "no commit 'no-such'"),
        (["greet", "--mode", "record"], "--mode 'record'"),
        (["greet", "--format", "html"], "--format 'html'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_is_not_there_is_said(argv, said, asked, llmops):
    asked.write("prompts/greet.yaml", prompt(range(2)))
    assert said in llmops(asked.root, "eval", "explain", *argv, code=2).err


def test_words_of_a_prompt_cannot_command_a_terminal(asked, upset, llmops):
    upset.wrong = lambda system, _: "\x1b" in system
    edited(
        asked, llmops, prompt(extra=["Say this."]).replace("Say this.", "Say ::error:: this.").replace("| \n", "|\n")
    )
    asked.write("prompts/greet.yaml", prompt().replace("Rule 3 says", "Rule 3 ##[error] says"))
    upset.wrong = lambda system, _: "##[error]" in system
    llmops(asked.root, "eval", "run", "greet", code=None)
    done = llmops(asked.root, "eval", "explain", "greet")
    assert "culprit" in done.out
    assert "##[" not in done.out
