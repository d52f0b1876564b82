"""`eval calibrate` and `review agreement` on runs that a judge on loopback scored."""

import json
import shutil

import pytest
from labelling import RUBRIC, SET, judged_by, labels, table

from llmops_cli.flow.judged import calibrations
from llmops_cli.flow.project import open_project
from llmops_cli.flow.registry import read
from llmops_cli.load.schema import schema_text
from llmops_cli.model.problem import InvalidFilesError

PATH = "evalsets/.labels/greet.jsonl"


def good(number):
    """What people say: half of the answers are good."""
    return number % 2 == 0


def harsh(number):
    """A judge that calls every third good answer bad, and every bad one bad."""
    return "PASS" if good(number) and number % 3 else "FAIL"


def sound(schema, done):
    """Return a document that its published schema holds for."""
    from jsonschema import Draft202012Validator

    Draft202012Validator(json.loads(schema_text(schema))).validate(done.json())
    return done.json()


def take(llmops, repo, text, *argv):
    file = repo.root.parent / "labels.csv"
    file.write_text(text, encoding="utf-8")
    return llmops(repo.root, "review", "import", file, "--evalset", "greet", *argv)


def labelled(project, llmops, says=harsh, *, people=("ada",), count=60, word=good):
    with judged_by(project, says):
        llmops(project.root, "eval", "run", "greet")
    for who in people:
        take(llmops, project, labels(word, count), "--by", who)


def calibrate(llmops, repo, *argv, code=0):
    return sound("calibration", llmops(repo.root, "eval", "calibrate", "greet", *argv, "--format", "json", code=code))


def test_a_judge_that_is_good_enough_may_gate_with_a_margin_that_j_shrinks(project, llmops):
    labelled(project, llmops)
    project.write("evalsets/greet.yaml", SET + "gate: {margin: 0.06}\n")
    found = calibrate(llmops, project)
    quality, rate = found["quality"], found["rate"]
    assert (found["state"], found["may_gate"], found["refusal"]) == ("calibrated", True, None)
    assert (quality["sensitivity"], quality["specificity"]) == (pytest.approx(20 / 30), 1.0)
    assert found["judge_margin"] == pytest.approx(0.06 * 20 / 30)
    assert found["cases_factor"] == pytest.approx(2.25)
    assert rate["judge"] == pytest.approx(20 / 60)
    assert rate["corrected"]["value"] == pytest.approx(0.5)
    assert rate["rogan_gladen"] == pytest.approx(0.5)
    shown = llmops(project.root, "eval", "calibrate").out
    assert (
        "✓ may gate (J 0.67, at least 0.45 at 95 %): margin 4 pp of the judge's points for 6 pp, 2.3 times the cases"
        in shown
    )


def test_labels_of_some_cases_correct_the_rate_of_all(project, llmops):
    labelled(project, llmops, count=24)
    rate = calibrate(llmops, project)["rate"]
    assert (rate["cases"], rate["labelled"]) == (60, 24)
    assert rate["judge"] == pytest.approx(20 / 60)
    assert rate["corrected"]["value"] == pytest.approx(20 / 60 + 4 / 24)
    low, high = rate["tuned"]["interval"]
    assert low < 0.5 < high
    assert high - low <= rate["people"]["interval"][1] - rate["people"]["interval"][0]


def test_a_judge_below_one_half_may_not_gate(project, llmops):
    labelled(project, llmops, lambda number: "PASS" if number % 5 else "FAIL")
    found = calibrate(llmops, project, code=1)
    assert found["may_gate"] is False
    assert "J is " in found["refusal"]
    assert found["quality"]["youden"] < 0.5
    assert "✗ may not gate" in llmops(project.root, "eval", "calibrate", code=1).out


@pytest.mark.parametrize(
    ("count", "word", "says"),
    [
        (8, good, "at least 5 of each"),
        (60, lambda _: True, "specificity cannot be known"),
        (60, lambda _: False, "sensitivity cannot be known"),
    ],
)
def test_labels_that_are_too_few_or_all_the_same_calibrate_nothing(project, llmops, count, word, says):
    labelled(project, llmops, count=count, word=word)
    found = calibrate(llmops, project, code=3)
    assert (found["state"], found["may_gate"]) == ("few", False)
    assert says in found["refusal"]
    assert found["quality"]["youden"] is None or count == 8
    assert (found["rate"] is None) is (count < 10)
    assert "✗ not calibrated" in llmops(project.root, "eval", "calibrate", code=3).out


def test_nobody_has_labelled_anything(project, llmops):
    for argv in (("eval", "calibrate"), ("review", "agreement")):
        assert "no labels below evalsets/.labels/" in llmops(project.root, *argv, code=2).err


def test_labels_without_a_run_or_scores_are_not_calibrated(project, llmops):
    with judged_by(project, harsh):
        take(llmops, project, table([("c00", "Hi n00", 1)], ("case", "answer", "label")), "--by", "ada")
    done = llmops(project.root, "eval", "calibrate", code=2)
    assert "no run of greet has a labelled answer with a score of tone" in done.err
    assert "no judge has scored these answers" in llmops(project.root, "review", "agreement").out


def test_scores_are_kept_beside_the_labels_for_the_very_judge(project, llmops):
    labelled(project, llmops, count=24)
    found = calibrate(llmops, project, "--write")
    lines = [json.loads(line) for line in (project.root / PATH).read_text().splitlines()]
    assert sum(line.get("judge") == found["judge"] for line in lines) == 24
    before = (project.root / PATH).read_bytes()
    calibrate(llmops, project, "--write")
    assert (project.root / PATH).read_bytes() == before
    llmops(project.root, "validate")


def test_an_edited_rubric_makes_the_calibration_stale_until_the_set_is_run_again(project, llmops):
    labelled(project, llmops)
    old = calibrate(llmops, project, "--write")["judge"]
    with judged_by(project, harsh, rubric=RUBRIC.replace("Judge:", "Judge strictly:")):
        found = calibrate(llmops, project, code=3)
        assert (found["judge"], found["may_gate"]) == (old, False)
        assert f"these scores are of judge {old}; the scorer now is" in found["refusal"]
        llmops(project.root, "eval", "run", "greet")
        new = calibrate(llmops, project, "--write")
    assert new["may_gate"] is True
    assert new["judge"] != old
    assert old not in (project.root / PATH).read_text()


def test_imported_scores_are_shown_and_never_let_a_judge_gate(project, llmops):
    with judged_by(project, harsh):
        pass
    rows = [(f"c{i:02}", f"Hi n{i}", int(good(i)) if i < 30 else "", int(harsh(i) == "PASS")) for i in range(60)]
    text = table(rows, ("case", "answer", "label", "gpt"))
    take(llmops, project, text, "--by", "ada", "--map", "judge=gpt", "--judge", "gpt-4")
    found = calibrate(llmops, project, "--judge", "gpt-4", code=3)
    assert found["rate"]["corrected"]["value"] == pytest.approx(0.5)
    assert "these scores are of judge gpt-4" in found["refusal"]
    assert "no scores of judge 'gpt-5'" in llmops(project.root, "eval", "calibrate", "--judge", "gpt-5", code=2).err


def test_labels_of_one_person_may_be_chosen(project, llmops):
    labelled(project, llmops)
    take(llmops, project, labels(lambda i: not good(i)), "--by", "bo")
    assert calibrate(llmops, project, code=3)["quality"]["disputed"] == 60
    assert calibrate(llmops, project, "--by", "ada")["may_gate"] is True
    assert "labelled by: ada, bo" in llmops(project.root, "eval", "calibrate", "--by", "eve", code=2).err


def agreement(llmops, repo, *argv):
    return sound("agreement", llmops(repo.root, "review", "agreement", *argv, "--format", "json"))


def test_people_and_the_judge_are_held_against_each_other(project, llmops):
    labelled(project, llmops)
    take(llmops, project, labels(lambda i: good(i) or i < 6), "--by", "bo")
    found = agreement(llmops, project, "greet")
    (people,), (judge,) = found["people"], found["judges"]
    assert (people["raters"], people["answers"]) == (["ada", "bo"], 60)
    assert people["agree"] == pytest.approx(57 / 60)
    assert people["kappa"] == pytest.approx(0.9)
    assert people["rates"] == [0.5, 0.55]
    assert judge["agreement"]["answers"] == 57
    assert judge["quality"]["disputed"] == 3
    shown = llmops(project.root, "review", "agreement").out
    assert "ada and bo   60 answers" in shown
    assert "sensitivity" in shown


def test_one_annotator_and_one_kind_of_label_are_said_to_be_so(project, llmops):
    labelled(project, llmops, lambda _: "PASS", word=lambda _: True)
    shown = llmops(project.root, "review", "agreement").out
    assert "how far people agree is not known" in shown
    assert "undefined: both gave one label only" in shown
    assert "specificity   undefined" in shown
    (judge,) = agreement(llmops, project)["judges"]
    assert (judge["agreement"]["kappa"], judge["quality"]["youden"]) == (None, None)


def test_labels_of_other_answers_are_named(project, llmops):
    labelled(project, llmops, count=30)
    take(llmops, project, table([("c40", "Another answer n40", 1)], ("case", "answer", "label")), "--by", "ada")
    assert "no score of 1 of 31 labelled answers" in llmops(project.root, "review", "agreement").out
    assert calibrate(llmops, project)["strangers"] == 1


PAIRS = SET.replace("prompt: tone, pass_at: 0.5", "prompt: tone, against: expected")
PAIR_RUBRIC = (
    'id: tone\nmodel: local/judge\nvariables: {first: string, second: string}\ntemplate: "{{ first }}|{{ second }}"\n'
)


def test_a_judge_of_pairs_shows_its_consistency_and_the_place_it_favours(project, llmops):
    with judged_by(project, lambda _: "FIRST", evalset=PAIRS, rubric=PAIR_RUBRIC):
        llmops(project.root, "eval", "run", "greet")
    take(llmops, project, labels(lambda i: "A" if i % 2 else "B"), "--by", "ada")
    (judge,) = agreement(llmops, project)["judges"]
    low, high = judge["pairs"].pop("bias_interval")
    assert 0.9 < low < high == 1.0
    assert judge["pairs"].pop("consistency_interval") == [0.0, pytest.approx(0.06, abs=0.001)]
    assert judge["pairs"] == {
        "pairs": 60, "consistent": 0, "consistency": 0.0, "first": 60, "second": 0, "bias": 1.0,
    }  # fmt: skip
    assert judge["quality"]["youden"] == 0.0
    shown = llmops(project.root, "review", "agreement").out
    assert "0.0% [0, 6.0] of 60 pairs the same in both orders" in shown
    assert "+1.00 [+0.91, +1.00] (60 went to the first place, 0 to the second, each counted as a tie)" in shown
    assert calibrate(llmops, project, code=1)["may_gate"] is False
    calibrate(llmops, project, "--write", code=1)
    assert '"label": "tie", "judge"' in (project.root / PATH).read_text()
    llmops(project.root, "validate")


def test_names_are_only_shown_never_obeyed(project, llmops):
    labelled(project, llmops)
    take(llmops, project, labels(good), "--by", "::error::\u202emallory")
    shown = llmops(project.root, "review", "agreement").out
    assert "\u202e" not in shown
    assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]


def test_the_gate_reads_a_calibration_from_a_commit_without_a_run(project, llmops):
    labelled(project, llmops)
    digest = calibrate(llmops, project, "--write")["judge"]
    commit = project.commit({}, "labels")
    project.write(PATH, "")
    opened = open_project(project.root)
    evalset = read(opened.tree, opened.settings).evalset("greet")

    def found(tree, digest):
        return calibrations(tree, opened.settings, evalset, {"contains": "x", "tone": digest})

    (tone,) = found(opened.at(commit), digest).values()
    assert (tone.state, tone.quality.youden) == ("calibrated", pytest.approx(2 / 3))
    assert found(opened.at(commit), "0" * 12)["tone"].state == "stale"
    assert found(opened.at(commit), "0" * 12)["tone"].others == (digest,)
    assert found(opened.tree, digest)["tone"].state == "unlabelled"
    project.write(PATH, "{")
    with pytest.raises(InvalidFilesError):
        found(opened.tree, digest)


def test_scores_of_the_present_judge_that_a_colleague_committed_win_over_an_older_run(project, llmops):
    labelled(project, llmops)
    old = calibrate(llmops, project)["judge"]
    with judged_by(project, harsh, rubric=RUBRIC.replace("Judge:", "Judge strictly:")):
        llmops(project.root, "eval", "run", "greet")
        new = calibrate(llmops, project, "--write")
        for run in (project.root / ".llmops/runs").iterdir():
            if run.name == new["run"]:
                shutil.rmtree(run)
        found = calibrate(llmops, project)
    assert (found["judge"], found["run"], found["may_gate"]) == (new["judge"], None, True)
    assert found["judge"] != old


def test_another_label_file_may_be_named(project, llmops):
    labelled(project, llmops)
    (project.root / PATH).rename(project.root / "mine.jsonl")
    assert llmops(project.root, "eval", "calibrate", "greet", code=2).err.count("no labels of greet") == 1
    assert calibrate(llmops, project, "--labels", "mine.jsonl", "--write")["written"] == "mine.jsonl"
    assert agreement(llmops, project, "greet", "--labels", "mine.jsonl")["answers"] == 60
    assert not (project.root / PATH).exists()
    done = llmops(project.root, "eval", "calibrate", "greet", "--labels", "../out.jsonl", code=None)
    assert done.code in (1, 2)
