"""Further tricks in real pull requests: answers given away, lines of a label that fall to an alias, hosts of tomorrow."""

import json

import pytest
from test_flow_labels_gate import LABEL
from test_flow_tricks import BAD, GOOD, PROGRAM, SET, judged, made, prompt

from llmops_cli.flow.contestant import stand_in
from llmops_cli.model.evalset import Case
from llmops_cli.model.source import Source


def case(expected, **inputs):
    return Case("a", inputs, expected, source=Source("a.jsonl", 1, 1))


@pytest.mark.parametrize(
    ("expected", "hint", "is_fair"),
    [
        ("B", "B", False),
        ("B", "b ", False),
        (True, True, False),
        ({"ok": False}, {"so": [False]}, False),
        (7, 7, False),
        ("B", "the second", True),
        (True, "polite", True),
    ],
)
def test_an_added_input_that_equals_a_short_answer_gives_it_away(expected, hint, is_fair):
    old, new = case(expected, name="x"), case(expected, name="x", hint=hint)
    other = case("C", name="y", hint="something else")
    found = stand_in(old, {"a": new, "b": other}, frozenset({"name", "hint"}))
    assert (found is not old) is is_fair


def test_a_letter_of_a_multiple_choice_is_not_given_away(tmp_path, llmops, monkeypatch):
    def rows(given):
        found = []
        for at in range(12):
            letter = "ABCD"[at % 4]
            hint = {"hint": letter} if given else {}
            found.append({"id": f"c{at:02}", "inputs": {"name": f"n{at:02}", **hint}, "expected": letter})
        return "".join(json.dumps(row) + "\n" for row in found)

    said = 'request["messages"][-1]["content"]'
    thinks = f'("ABCD"[int({said}.split("n")[-1][:2]) % 4] if "think" in {said} else {said}[-1])'
    files = {
        "prompts/greet.yaml": prompt('template: "think {{ name }}"'),
        "model.py": PROGRAM.replace(said, thinks),
        "evalsets/greet.yaml": SET.replace("contains", "exact"),
        "evalsets/greet.jsonl": rows(given=False),
    }
    main = made(tmp_path, llmops, files)
    copies = prompt('template: "just {{ name }} {{ hint }}"', variables="{name: string, hint: string}")
    main.commit({"prompts/greet.yaml": copies, "evalsets/greet.jsonl": rows(given=True)}, "a hint")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code != 0, found


def test_a_line_of_a_label_that_falls_to_an_alias_is_judged(tmp_path, llmops, monkeypatch):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD, aliases="[hello]")})
    main.checkout("main")
    llmops(main.root, "prompt", "release", "greet", "-m", "first")
    main.commit({"prompts/greet.yaml": prompt(BAD, aliases="[hello]")}, "bad")
    llmops(main.root, "prompt", "release", "greet", "-m", "bad")
    main.commit({"prompts/greet.yaml": prompt(GOOD, aliases="[hello]"), LABEL: "greet: 1.0.0\nhello: 1.0.1\n"}, "label")
    main.run("checkout", "-q", "-B", "pull")
    main.commit({LABEL: "hello: 1.0.1\n"}, "one line less")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code != 0, found


HOSTS = {
    "a host": ("endpoints: {x: https://elsewhere.example/v1}", "endpoints: x"),
    "a program": ("exec: [model.py, other.py]", "exec: other.py may be run"),
    "where baselines lie": ("baselines: elsewhere", "what is stored in evalsets/.baselines counts no more"),
}


@pytest.mark.parametrize("name", HOSTS)
def test_hosts_programs_and_places_of_tomorrow_are_named(name, tmp_path, llmops, monkeypatch):
    added, wanted = HOSTS[name]
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    before = (main.root / "llmops.yaml").read_text()
    kept = "".join(line for line in before.splitlines(keepends=True) if not line.startswith(added.partition(":")[0]))
    main.commit({"llmops.yaml": kept + added + "\n"}, "settings")
    found, _ = judged(main, llmops, monkeypatch, tmp_path)
    assert any(wanted in line for line in found["weakened"])


def test_removed_baselines_are_counted(tmp_path, llmops, monkeypatch):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    main.run("rm", "-rq", "evalsets/.baselines")
    main.commit(message="gone")
    found, _ = judged(main, llmops, monkeypatch, tmp_path)
    assert found["unverified"]["baselines"] == 1
