"""A judge's scores that came from elsewhere: alone, of several runs, of pairs in both orders, with words beside."""

import json

import pytest
from labelling import SET, judged_by, table
from test_flow_calibrate import PATH, agreement, calibrate, good, harsh
from test_flow_review_import import take

PAIRS = SET.replace("prompt: tone, pass_at: 0.5", "prompt: tone, against: expected")
GPT = ("--map", "judge=gpt", "--judge", "gpt-4")
BOTH = (*GPT, "--map", "swapped=turned")


@pytest.fixture
def judged(project):
    with judged_by(project, harsh):
        yield project


@pytest.fixture
def paired(project):
    with judged_by(project, lambda _: "TIE", evalset=PAIRS):
        yield project


def lines(repo):
    return [json.loads(line) for line in (repo.root / PATH).read_text().splitlines()]


def answers(word, count=60):
    """Return (case, answer, what `word` makes of its number) of an imagined system."""
    return [(f"c{i:02}", f"Hi n{i}", word(i)) for i in range(count)]


def test_scores_alone_need_no_label(judged, llmops):
    text = table(answers(lambda i: i % 2), ("case", "answer", "gpt"))
    assert "greet.jsonl: 60 scores of gpt-4\n" in take(llmops, judged, text, *GPT).out
    assert {line["judge"] for line in lines(judged)} == {"gpt-4"}


def test_labels_that_are_nobodys_are_left_out_and_said_where_only_scores_were_asked_for(judged, llmops):
    rows = [(*row, 1) for row in answers(lambda i: i % 2, 3)]
    text = table(rows, ("case", "answer", "gpt", "human"))
    done = take(llmops, judged, text, *GPT)
    assert "3 scores of gpt-4, 3 labels left out (--by NAME says whose they are)" in done.out
    assert "whose label is this?" in take(llmops, judged, text, *GPT, "--map", "label=human", code=2).err
    assert "3 labels, 3 there already" in take(llmops, judged, text, *GPT, "--by", "ada").out


def test_what_a_judge_said_beside_the_point_is_left_out_by_a_star(judged, llmops):
    text = table([("c01", "Hi", "yes"), ("c02", "Hi", "I am sorry"), ("c03", "Hi", "0.5")], ("case", "answer", "gpt"))
    assert "--value 'i am sorry'=true, or '*=skip'" in take(llmops, judged, text, *GPT, code=2).err
    done = take(llmops, judged, text, *GPT, "--value", "*=skip")
    assert "2 scores of gpt-4, 1 row without a score" in done.out
    assert [line["label"] for line in lines(judged)] == [True, 0.5]


def test_one_answer_twice_in_a_table_is_one_answer_where_the_table_gives_it_and_says_the_same(judged, llmops):
    rows = [("c01", "Hi", 1), ("c01", "Hi", 1), ("c01", "Ho", 0)]
    assert "2 scores of gpt-4" in take(llmops, judged, table(rows, ("case", "answer", "gpt")), *GPT).out
    rows[1] = ("c01", "Hi", 0)
    done = take(llmops, judged, table(rows, ("case", "answer", "gpt")), *GPT, "--replace", code=2)
    assert "labels.csv:3: a second label by gpt-4 of case c01; first" in done.err


def test_scores_of_two_runs_give_the_rate_of_the_run_that_is_named(judged, llmops):
    def run(word):
        rows = table([(f"c{i:02}", f"{word} n{i}") for i in range(60)], ("case", "answer"))
        (judged.root / "answers.csv").write_text(rows)
        argv = ("--evalset", "greet", "--answers", "answers.csv", "--map", "case=case", "--map", "answer=answer")
        return llmops(judged.root, "eval", "import", "greet", *argv, "--format", "json").json()["runs"][0]["run"]

    set_file = judged.root / "evalsets/greet.yaml"
    set_file.write_text(SET.partition("  - {type: judge")[0].replace("contains", "refusal, expect: true"))
    runs = {word: run(word) for word in ("Hi", "Ho")}
    rows = [(f"c{i:02}", f"Hi n{i}", int(i % 3 == 0), int(good(i))) for i in range(60)]
    rows += [(f"c{i:02}", f"Ho n{i}", 1, "") for i in range(60)]
    take(llmops, judged, table(rows, ("case", "answer", "gpt", "label")), *GPT, "--by", "ada")
    named = calibrate(llmops, judged, "--judge", "gpt-4", "--run", runs["Hi"], code=None)
    assert (named["run"], named["rate"]["judge"], named["strangers"]) == (runs["Hi"], pytest.approx(1 / 3), 0)
    assert calibrate(llmops, judged, "--judge", "gpt-4", "--run", runs["Ho"], code=3)["strangers"] == 60
    both = calibrate(llmops, judged, "--judge", "gpt-4", code=None)
    assert "120 answers to 60 cases, of whatever run: --run takes those of one" in both["notes"][-1]
    assert "only a scorer of the set can gate" in named["refusal"]
    assert "--rescore" not in named["refusal"]


def test_the_labelled_run_is_judged_though_a_newer_one_shares_an_answer(judged, llmops):
    llmops(judged.root, "eval", "run", "greet")
    take(llmops, judged, table([(f"c{i:02}", int(good(i))) for i in range(60)], ("case", "label")), "--by", "ada")
    first = calibrate(llmops, judged)["run"]
    prompt = judged.root / "prompts/greet.yaml"
    prompt.write_text(
        prompt.read_text().replace("Hello {{ name }}", "{% if name == 'n01' %}Hello{% else %}Hi{% endif %} {{ name }}")
    )
    llmops(judged.root, "eval", "run", "greet")
    found = calibrate(llmops, judged)
    assert (found["run"], found["strangers"]) == (first, 0)
    assert agreement(llmops, judged)["judges"][0]["agreement"]["answers"] == 60


def test_a_run_whose_judge_was_not_asked_is_not_the_judged_one(judged, llmops):
    llmops(judged.root, "eval", "run", "greet")
    take(llmops, judged, table([(f"c{i:02}", int(good(i))) for i in range(60)], ("case", "label")), "--by", "ada")
    first = calibrate(llmops, judged, "--write")
    sheet = llmops(judged.root, "eval", "show", "--format", "csv").out
    judged.write("answers.csv", sheet)
    argv = ("--evalset", "greet", "--answers", "answers.csv", "--map", "case=case", "--map", "answer=answer")
    llmops(judged.root, "eval", "import", "greet", *argv)
    found = calibrate(llmops, judged)
    assert (found["run"], found["rate"]) == (first["run"], first["rate"])


def pairs(rows):
    return table(rows, ("case", "answer", "gpt", "turned", "label"))


def test_a_judge_of_pairs_comes_in_with_both_orders_and_is_a_tie_where_they_differ(paired, llmops):
    rows = [
        ("c01", "Hi", "A", "A", "A"),
        ("c02", "Hi", "A", "B", "B"),
        ("c03", "Hi", "B", "tie", "B"),
        ("c04", "Hi", "B", "", ""),
    ]
    done = take(llmops, paired, pairs(rows), *BOTH, "--by", "ada")
    assert "3 labels, 3 scores of gpt-4, 1 row without a label, 1 row without a score" in done.out
    scores = [line for line in lines(paired) if "judge" in line]
    assert [(line["label"], line["swapped"]) for line in scores] == [("A", "A"), ("A", "B"), ("B", "tie")]
    assert "6 there already" in take(llmops, paired, pairs(rows), *BOTH, "--by", "ada").out
    (judge,) = agreement(llmops, paired)["judges"]
    found = {key: value for key, value in judge["pairs"].items() if "interval" not in key}
    assert found == {
        "pairs": 3, "consistent": 1, "consistency": pytest.approx(1 / 3), "first": 1, "second": 1, "bias": 0.0,
    }  # fmt: skip
    table_of = {tuple(each["labels"]): each["answers"] for each in judge["agreement"]["table"]}
    assert (table_of["A", "A"], table_of["B", "tie"]) == (1, 2)
    llmops(paired.root, "validate")


@pytest.mark.parametrize(
    ("row", "argv", "says"),
    [
        (("c01", "Hi", "1", "0", ""), BOTH, "swapped is of pairs"),
        (("c01", "Hi", "A", "C", ""), BOTH, "'C' is no label"),
        (("c01", "Hi", "A", "A", "A"), ("--by", "ada", "--map", "swapped=turned"), "without judge="),
    ],
)
def test_orders_that_are_none_are_refused(paired, llmops, row, argv, says):
    assert says in take(llmops, paired, pairs([row]), *argv, code=2).err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"label": "A", "swapped": "A", "by": "ada"}, "only a judge of pairs has `swapped`"),
        ({"label": True, "swapped": "A", "judge": "gpt-4"}, "only a judge of pairs has `swapped`"),
        ({"label": ["A"], "swapped": ["A"], "judge": "gpt-4"}, "swapped must be"),
    ],
)
def test_a_label_file_with_orders_that_are_none_is_invalid(paired, llmops, more, says):
    paired.write(PATH, json.dumps({"case": "c01", "answer_sha256": "0" * 64, "scorer": "tone", **more}) + "\n")
    assert says in llmops(paired.root, "validate", code=1).out
