"""Labels that are too few, and a judge whose rubric changed: what `eval calibrate` says works."""

import json
from collections import Counter

import pytest
from labelling import RUBRIC, judged_by
from test_flow_calibrate import PATH, calibrate, harsh, labelled, take

STRICT = RUBRIC.replace("Judge:", "Judge strictly:")


@pytest.mark.parametrize(
    ("word", "count", "rest"),
    [(lambda at: at not in (3, 5), 30, "45"), (lambda at: at in (0, 2, 4, 6), 30, "8")],
    ids=["2 of 30 are bad", "4 of 30 are good"],
)
def test_too_few_labels_of_a_kind_say_about_how_many_more_it_takes(project, llmops, word, count, rest):
    labelled(project, llmops, word=word, count=count)
    said = calibrate(llmops, project, code=3)["refusal"]
    assert f"at least 5 of each are needed, about {rest} more labels at this rate" in said


def test_where_a_kind_has_no_label_nobody_can_tell_how_many_more(project, llmops):
    labelled(project, llmops, word=lambda _: True)
    assert calibrate(llmops, project, code=3)["refusal"].endswith("at least 5 of each are needed")


def test_after_a_rubric_changed_the_labelled_answers_are_scored_anew_though_newer_runs_have_others(project, llmops):
    labelled(project, llmops)
    old = calibrate(llmops, project, "--write")["judge"]
    with judged_by(project, harsh, rubric=STRICT) as server:
        prompt = project.root / "prompts/greet.yaml"
        prompt.write_text(prompt.read_text().replace("Hello", "Good day"))
        llmops(project.root, "eval", "run", "greet", "--mode", "live")
        stuck = calibrate(llmops, project, code=3)
        assert (stuck["judge"], stuck["may_gate"]) == (old, False)
        command = "llmops eval calibrate greet --scorer tone --rescore --write"
        assert command in stuck["refusal"]
        before = len(server.requests)
        new = calibrate(llmops, project, "--scorer", "tone", "--rescore", "--write")
        assert {body["model"] for body in server.requests[before:]} == {"judge"}
        assert len(server.requests) == before + 60
    assert (new["may_gate"], new["judge"] != old, new["strangers"]) == (True, True, 0)
    lines = [json.loads(line) for line in (project.root / PATH).read_text().splitlines()]
    assert sum(line.get("judge") == new["judge"] for line in lines) == 60
    assert calibrate(llmops, project)["judge"] == new["judge"]


def test_what_cannot_be_scored_anew_is_said(project, llmops):
    with judged_by(project, harsh):
        pass
    take(
        llmops,
        project,
        "case,answer,label\n" + "".join(f"c{i:02},Hi n{i:02},{i % 2}\n" for i in range(20)),
        "--by",
        "ada",
    )
    done = llmops(project.root, "eval", "calibrate", "greet", "--rescore", code=2)
    assert "no run of greet here has the text of a labelled answer" in done.err
    both = llmops(project.root, "eval", "calibrate", "greet", "--rescore", "--judge", "x", code=2)
    assert "leave --run and --judge out" in both.err


def test_a_judge_that_answers_nothing_is_no_calibration(project, llmops):
    labelled(project, llmops)
    with judged_by(project, lambda _: "perhaps", rubric=STRICT):
        done = llmops(project.root, "eval", "calibrate", "greet", "--rescore", "--write", code=None)
    assert done.code not in (0, 1)
    assert "the judge scored none of 60 labelled answers" in done.err


def test_a_judge_that_is_asked_again_says_whether_it_agrees_with_itself(project, llmops):
    labelled(project, llmops)
    asked = Counter()

    def moody(number):
        asked[number] += 1
        return "FAIL" if number < 6 and asked[number] == 2 else harsh(number)

    with judged_by(project, moody, rubric=STRICT) as server:
        found = calibrate(llmops, project, "--rescore", "--times", "3", "--write")
        assert {body["model"] for body in server.requests} == {"judge"}
        assert len(server.requests) == 3 * 60
        flips = sum(harsh(number) == "PASS" for number in range(6))
        assert 0 < flips < 6
        steady = found["self_consistency"]
        assert (steady["answers"], steady["times"], steady["same"]) == (60, 3, 60 - flips)
        assert steady["interval"][0] < steady["share"] == (60 - flips) / 60 < steady["interval"][1]
        shown = llmops(project.root, "eval", "calibrate", "--rescore", "--times", "3").out
        assert len(server.requests) == 3 * 60
    assert "of 60 answers, asked 3 times" in shown
    once = calibrate(llmops, project)
    assert (once["self_consistency"], once["quality"]) == (None, found["quality"])
    assert "with --rescore" in llmops(project.root, "eval", "calibrate", "--times", "3", code=2).err


def test_where_only_labelled_answers_were_judged_the_labels_are_the_rate_and_that_is_said(project, llmops):
    labelled(project, llmops, count=30)
    said = "every judged case has a label: the labels are the rate"
    assert said not in calibrate(llmops, project)["notes"]
    with judged_by(project, harsh, rubric=STRICT):
        assert said in calibrate(llmops, project, "--rescore")["notes"]
