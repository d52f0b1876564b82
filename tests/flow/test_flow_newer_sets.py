"""Which eval sets judge a branch from an old commit: those of the target branch as it is now, not those it started from.

Here CI checks out the head itself. Main's eval sets were laxer once; the branch was made before.
"""

import json

import pytest
from test_flow_labels_gate import of
from test_flow_policy import SOME, STRICT, WIDE, aged, judged
from test_flow_tricks import SET, cases, prompt, pull

LAX = {"llmops.yaml": f"{STRICT}gate: {WIDE}\n"}
LENGTH = "id: greet\ndata: greet.jsonl\nscorers: [{type: length, at_least: 1, primary: true}]\n"
ALIKE = 'template: "Hello, {{ name }}"'


def flagged(count=12, **flags):
    rows = [json.loads(line) for line in cases(count).splitlines()]
    rows[0] |= flags
    return "".join(json.dumps(row) + "\n" for row in rows)


OLD = {
    "a critical mark": ({}, {"evalsets/greet.jsonl": flagged(critical=True)}),
    "a never mark": ({}, {"evalsets/greet.jsonl": flagged(never=True)}),
    "a floor": ({}, {"evalsets/greet.yaml": SET.replace("true", "true, min: 0.9")}),
    "a scorer that gates": (
        {"evalsets/greet.yaml": LENGTH.replace("}]", "}, {type: contains, gate: false}]")},
        {"evalsets/greet.yaml": LENGTH.replace("}]", "}, {type: contains, min: 0.9}]")},
    ),
    "another scorer": ({"evalsets/greet.yaml": LENGTH}, {"evalsets/greet.yaml": SET.replace("true", "true, min: 0.9")}),
    "a new case": (
        {"evalsets/greet.jsonl": "".join(cases().splitlines(keepends=True)[6:])},
        {"evalsets/greet.jsonl": flagged(critical=True)},
    ),
    "an expected answer": (
        {"evalsets/greet.jsonl": cases().replace('"expected": "n', '"expected": "')},
        {"evalsets/greet.jsonl": flagged(critical=True)},
    ),
    "an eval set": (
        {},
        {
            "evalsets/strict.yaml": SET.replace("id: greet", "id: strict\nprompts: [greet]").replace("true", "true, min: 0.9")
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_a_branch_from_an_old_commit_does_not_choose_the_old_eval_set(name, tmp_path, llmops, monkeypatch):
    old, new = OLD[name]
    main = aged(tmp_path, llmops, {**LAX, **old}, new)
    pull(main, template=SOME)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)
    main.run("branch", "--force", "main", "main^")  # what the branch hoped for: the old eval set alone lets it through
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code == 0


MOOD = cases().replace('{"name"', '{"mood": "glad", "name"')
NEWER = {
    "a new case": {"evalsets/greet.jsonl": cases(13)},
    "many new cases": {"evalsets/greet.jsonl": cases(30)},
    "a case less": {"evalsets/greet.jsonl": cases(11)},
    "a mark": {"evalsets/greet.jsonl": flagged(critical=True)},
    "another expected answer": {"evalsets/greet.jsonl": cases().replace('"expected": "n00"', '"expected": "Hello"')},
    "an input more, with its variable": {
        "evalsets/greet.jsonl": MOOD,
        "prompts/greet.yaml": prompt('template: "Hello {{ name }} {{ mood }}"', variables="{name: string, mood: string}"),
    },
    "an input by another name": {
        "evalsets/greet.jsonl": cases().replace('{"name"', '{"who"'),
        "prompts/greet.yaml": prompt('template: "Hello {{ who }}"', variables="{who: string}"),
    },
    "another eval set": {"evalsets/more.yaml": SET.replace("id: greet", "id: more\nprompts: [greet]")},
}  # fmt: skip


@pytest.mark.parametrize("name", NEWER)
def test_a_harmless_edit_on_an_old_branch_passes_by_the_newer_set_too(name, tmp_path, llmops, monkeypatch):
    main = aged(tmp_path, llmops, {}, NEWER[name])
    pull(main, template=ALIKE)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (of(found), found["hard"], code) == ([("changed", "PASS")], [], 0)
    (note,) = (note for note in found["notes"] if "by now" in note)
    assert "that is what judges" in note


def test_cases_that_the_branch_itself_takes_away_or_brings_are_counted_from_where_it_began(
    tmp_path, llmops, monkeypatch
):
    main = aged(tmp_path, llmops, {}, {"evalsets/greet.jsonl": cases(30)})
    pull(main, {"evalsets/greet.jsonl": cases(6)}, template=ALIKE)
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert ([rule["rule"] for rule in found["hard"]], code) == (["removed-cases"], 1)
    assert "6 of" in found["hard"][0]["detail"]


def test_recorded_answers_of_an_old_branch_count_where_the_newer_cases_are_the_same(tmp_path, llmops, monkeypatch):
    main = aged(tmp_path, llmops, {}, {"evalsets/greet.jsonl": flagged(critical=True)})
    pull(main, template=ALIKE)
    llmops(main.root, "eval", "run", "greet", "--mode", "record")
    main.commit(message="recorded")
    found, code = judged(main, llmops, monkeypatch, tmp_path, "--mode", "replay")
    assert (of(found), found["calls"]["live"], code) == ([("changed", "PASS")], 0, 0)


def test_a_newer_set_that_cannot_be_used_is_an_error_that_names_it(tmp_path, llmops, monkeypatch):
    main = aged(tmp_path, llmops, {}, {"evalsets/greet.yaml": SET.replace("contains", "nothing")})
    pull(main, template=ALIKE)
    seen = []

    def noted(*words, **more):
        seen.append(llmops(*words, **more))
        return seen[-1]

    assert judged(main, noted, monkeypatch, tmp_path) == (None, 2)
    assert "evalsets/greet.yaml:3:11" in seen[-1].err
