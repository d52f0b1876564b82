"""What a gate says of its broken cases on real runs: of slices, of judges, and of a base that fails them as well."""

import json
from collections import Counter

from labelling import SET, judged_by, labels
from noisy import edit, noisy


def gate(llmops, project, *flags, code=1):
    return llmops(project.root, "gate", "--format", "json", "-j", "16", *flags, code=code).json()


def spoiled(words, number):
    return 0.0 if words == "Shout" and number < 24 else 1.0


def test_a_tag_that_makes_the_slice_is_not_named_in_it_and_its_cases_are_told_once(project, llmops):
    with noisy(project, llmops, spoiled, count=60, gate={"slices": ["gift", "plain"]}):
        path = project.root / "evalsets/greet.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        tagged = [{**row, "tags": ["gift" if at < 24 else "plain"]} for at, row in enumerate(rows)]
        project.commit({"evalsets/greet.jsonl": "".join(json.dumps(row) + "\n" for row in tagged)}, "tags")
        edit(project, "Shout")
        found = gate(llmops, project)
        whole, gift, plain = found["families"]
        assert [one["slice"] for one in (whole, gift, plain)] == [None, "gift", "plain"]
        assert "24 of 24 have the tag gift, 24 of 60 of all" in (
            whole["mark"],
            *(one["tag"] for one in whole["groups"]),
        )
        assert (gift["mark"], {one["tag"] for one in gift["groups"]}) == ("", {""})
        assert gift["broke"] == whole["broke"]
        lines = llmops(project.root, "gate", code=1).out.split("\n")
        (row,) = [line for line in lines if "[gift]" in line]
        assert row.startswith("  greet ")
        assert "beside it, none shown worse (-v: a row each): contains [plain] 0.0 pp" in "\n".join(lines)
        assert (
            len([line for line in llmops(project.root, "-v", "gate", code=1).out.split("\n") if "[plain]" in line]) == 1
        )


def test_a_judged_case_carries_the_judges_reason_and_no_symptom_of_its_words(project, llmops):
    edited = []

    def says(number):
        is_bad = number % 2 or (edited and number < 40)
        return json.dumps({"score": 0 if is_bad else 1, "reason": "it is curt" if is_bad else "it is kind"})

    judge = SET.replace("contains, primary: true", "contains, gate: false").replace(
        "name: tone", "name: tone, primary: true"
    )
    with judged_by(project, says, evalset=judge):
        llmops(project.root, "eval", "run", "greet")
        file = project.root.parent / "labels.csv"
        file.write_text(labels(lambda number: number % 2 == 0), encoding="utf-8")
        llmops(project.root, "review", "import", file, "--evalset", "greet", "--by", "ada")
        llmops(project.root, "eval", "calibrate", "greet", "--write")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
        project.commit(message="calibrated")
        edited.append(1)
        edit(project, "Shout")
        (family,) = [one for one in gate(llmops, project)["families"] if one["scorer"] == "tone"]
        assert {one["symptom"] for one in family["groups"]} == {"judged worse"}
        assert {one["reason"] for one in family["examples"]} == {"it is curt"}
        shown = llmops(project.root, "gate", code=1).out
        assert 'judge: "it is curt"   got "Shout n00"' in shown
        assert "expected" not in shown


def test_a_case_that_the_base_fails_too_by_now_is_told_apart_from_one_that_passes_again(project, llmops):
    seen = Counter()

    def chance(words, number):
        seen[words, number] += 1
        if number >= 30:
            return 1.0
        return float(words == "Hello" and seen[words, number] <= 5)

    with noisy(project, llmops, chance, count=60):
        edit(project, "Shout")
        found = gate(llmops, project, code=None)
        (family,) = found["families"]
        assert len(family["base_fails"]) == 30
        assert family["base_fails"] == family["refuted"]
        shown = llmops(project.root, "gate", code=None).out
        assert "30 broke (the base fails 30 of them too when asked again)" in shown
        assert "not so when asked again" not in shown


def test_the_surest_case_is_shown_first_however_short_the_others_are(project, llmops):
    def chance(words, number):
        if words == "Hello":
            return 0.6 if number < 10 else 1.0
        return 0.0 if number < 30 else 1.0

    with noisy(project, llmops, chance, count=60):
        edit(project, "Shout")
        (family,) = gate(llmops, project)["families"]
    assert {one["base_passes"] for one in family["examples"]} == {"5/5"}
