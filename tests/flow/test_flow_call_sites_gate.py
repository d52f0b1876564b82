"""Callers that a change breaks: what the gate says of them, what `promote` refuses, what `prompt usages` flags."""

import json

import pytest
from gitrepo import Repo
from released import shop
from test_flow_tricks import cases, made, prompt

from llmops_cli.flow import usages as usages_flow
from llmops_cli.flow.promote import promote
from llmops_cli.flow.proven import RefusedError
from llmops_cli.flow.usages import survey

GOOD = 'template: "Hello {{ name }}"'
RENAMED = 'template: "Hello {{ person }}"'
LABEL = "prompts/.labels/production.yaml"
OLD_CALL = 'from llmops_cli import prompts\n\n\ndef job(x):\n    p = prompts.get("greet@production")\n    return p.render(name=x)\n'
NEW_CALL = OLD_CALL.replace("name=x", "person=x")
BROKEN = "app/jobs.py:6 render(name=…) lacks person; passes name, which is no longer a variable"


def renamed_files(**more):
    return {
        "prompts/greet.yaml": prompt(RENAMED, variables="{person: string}", **more),
        "evalsets/greet.jsonl": cases().replace('"name"', '"person"'),
    }


@pytest.fixture
def main(tmp_path, llmops):
    """1.0.0 takes a name and is served; the program calls it so."""
    repo = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD), "app/jobs.py": OLD_CALL})
    repo.checkout("main")
    llmops(repo.root, "prompt", "release", "greet", "-m", "first")
    repo.commit({LABEL: "greet: 1.0.0\n"}, "served")
    return repo


@pytest.fixture
def released(main, llmops):
    """2.0.0 takes a person, and is as good."""
    main.commit(renamed_files(), "renamed")
    llmops(main.root, "eval", "run", "greet")
    llmops(main.root, "baseline", "accept", "greet", "--reason", "wanted", "--allow-regress")
    llmops(main.root, "prompt", "release", "greet", "-m", "renamed")
    main.commit(message="released")
    return main


def gate(repo, llmops, *flags, **more):
    return llmops(repo.root, "gate", "--format", "json", *flags, code=None, **more)


def row(found):
    (prompt_row,) = [one for one in found["prompts"] if one["id"] == "greet" and one["status"] != "unchanged"]
    return prompt_row


def test_a_renamed_variable_is_told_with_its_call_sites_and_changes_no_verdict(main, llmops):
    for path, text in renamed_files().items():
        main.write(path, text)
    done = gate(main, llmops)
    without = done.json()
    assert (
        row(without)["reasons"][0] == f"BREAKING: variable name renamed to person; {BROKEN} (1 of 1 call site breaks)"
    )
    main.write("app/jobs.py", NEW_CALL)
    other = gate(main, llmops)
    mended = other.json()
    assert row(mended)["reasons"][0] == "BREAKING: variable name renamed to person; none of 1 call site breaks"
    assert (row(mended)["verdict"], mended["hard"], other.code) == (row(without)["verdict"], [], done.code)
    for fmt in ("text", "markdown"):
        assert "BREAKING: variable name renamed" in llmops(main.root, "gate", "--format", fmt, code=None).out


def test_what_cannot_be_read_or_checked_is_said(main, llmops):
    for path, text in renamed_files().items():
        main.write(path, text)
    main.write(
        "app/jobs.py", "from llmops_cli import prompts\n\ndef job(n):\n    return prompts.get(n).render(name=1)\n"
    )
    main.write("app/old.py", "from llmops_cli import prompts\nprint 'x'\n")
    (reason, *_) = row(gate(main, llmops).json())["reasons"]
    assert "no call site here; 2 places cannot be checked: app/jobs.py:4, app/old.py:2" in reason


def test_no_python_file_is_read_where_no_interface_breaks(main, llmops, monkeypatch):
    monkeypatch.setattr(usages_flow, "quick_sites", lambda _: pytest.fail("looked for call sites"))
    main.write("prompts/greet.yaml", prompt('template: "Hi {{ name }}"'))
    assert row(gate(main, llmops).json())["verdict"] == "PASS"


def test_a_removed_prompt_that_is_still_called_is_told(main, llmops):
    (main.root / "prompts/greet.yaml").unlink()
    main.write(LABEL, "# nothing\n")
    (found,) = [
        one for one in gate(main, llmops).json()["prompts"] if one["status"] == "removed" and not one.get("labels")
    ]
    assert "BREAKING: prompt removed" in found["reasons"][0]
    assert "(1 of 1 call site breaks)" in found["reasons"][0]


def test_a_label_that_moves_away_from_its_callers_fails_by_a_rule(released, llmops):
    released.write(LABEL, "greet: 2.0.0\n")
    done = gate(released, llmops)
    found = done.json()
    assert (found["verdict"], done.code, row(found)["verdict"]) == ("FAIL", 1, "FAIL")
    assert [(one["rule"], one["prompt"]) for one in found["hard"]] == [("broken-call", "greet")]
    assert found["hard"][0]["detail"] == f"label production: 1.0.0 → 2.0.0 breaks 1 call: {BROKEN}"
    assert "BREAKING: variable name renamed to person" in "".join(row(found)["reasons"])
    text = llmops(released.root, "gate", code=1).out
    assert "llmops explain broken-call" in text
    assert "app/jobs.py:6" in text
    assert "label" in llmops(released.root, "explain", "broken-call").out


def test_the_same_move_with_its_callers_passes_and_is_told(released, llmops):
    released.commit({LABEL: "greet: 2.0.0\n", "app/jobs.py": NEW_CALL}, "moved with its callers")
    released.write("app/jobs.py", OLD_CALL)  # the commit is judged, not what lies here
    done = gate(released, llmops, "--base", "HEAD~1", "--head", "HEAD")
    found = done.json()
    assert (found["hard"], done.code) == ([], 0)
    assert "none of 1 call site breaks" in "".join(row(found)["reasons"])


def test_a_release_and_its_label_in_one_change_fail_by_the_same_rule(main, llmops):
    base = main.run("rev-parse", "HEAD")
    main.commit(renamed_files(), "renamed")
    llmops(main.root, "prompt", "release", "greet", "-m", "renamed")
    main.commit({LABEL: "greet: 2.0.0\n"}, "released and served")
    found = gate(main, llmops, "--base", base).json()
    assert [one["status"] for one in found["prompts"]] == ["changed"]
    assert "broken-call" in [one["rule"] for one in found["hard"]]


@pytest.mark.parametrize(
    ("call", "fails"),
    [
        (OLD_CALL.replace("@production", "@staging"), False),
        (OLD_CALL.replace("@production", "@1.0.0"), False),
        (OLD_CALL.replace("@production", ""), False),
        (OLD_CALL.replace("name=x", "**x"), False),
        (OLD_CALL, True),
        (NEW_CALL, True),
    ],
)
def test_of_a_split_a_call_by_that_label_must_suit_both_versions(call, fails, released, llmops):
    released.commit({"app/jobs.py": call.replace('production")', 'production", key=x)')}, "calls")
    released.write(LABEL, "greet: {1.0.0: 90, 2.0.0: 10}\n")
    found = gate(released, llmops).json()
    assert [one["rule"] for one in found["hard"]] == ["broken-call"] * fails


@pytest.fixture
def here(tmp_path):
    """1.0.0, which is served, and 2.0.0, which wants a mood."""
    made_shop = shop(Repo.create(tmp_path / "r"))
    made_shop.answer()
    made_shop.release()
    made_shop.promote("greet@1.0.0")
    return made_shop


def test_the_first_refusal_of_a_break_names_the_calls(here):
    here.edit("{name: string}", "{name: string, mood: {type: string}}")
    here.edit('"Hello {{ name }}"', '"Hello {{ name }} {{ mood }}"')
    rows = here.read("evalsets/greet.jsonl").replace('"inputs": {', '"inputs": {"mood": "calm", ')
    here.commit({"evalsets/greet.jsonl": rows, "app/jobs.py": OLD_CALL})
    here.answer()
    here.release()
    with pytest.raises(RefusedError) as raised:
        promote(here.project, "greet@2.0.0", "production")
    assert "the interface breaks what production serves: 1.0.0 → 2.0.0" in raised.value.message
    assert raised.value.message.endswith("; 1 call site breaks: app/jobs.py:6 render(name=…) lacks mood")
    assert "change them first" in raised.value.hint
    assert "--breaking" in raised.value.hint


SPLIT = {"1.0.0": 90, "1.0.1": 10}
KEYS = {
    "no key": ('prompts.get("greet@production")', True),
    "a key": ('prompts.get("greet@production", key=x)', False),
    "an empty key": ('prompts.get("greet@production", key=None)', True),
    "who knows": ('prompts.get("greet@production", **x)', False),
    "another label": ('prompts.get("greet@staging")', False),
    "a version": ('prompts.get("greet@1.0.0")', False),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_split_is_refused_while_a_call_by_its_label_says_not_for_whom(name, here, llmops):
    call, refused = KEYS[name]
    here.edit("Hello", "Hi")
    here.answer()
    here.release()
    here.commit(
        {
            "app/jobs.py": OLD_CALL.replace('prompts.get("greet@production")', call),
            LABEL.replace("production", "staging"): "greet: 1.0.0\n",
        }
    )
    if refused:
        with pytest.raises(RefusedError, match=r"1 call site by production passes no key=.*: app/jobs.py:6") as raised:
            promote(here.project, "greet@1.0.1", "production", split=SPLIT)
        assert "pass key=…" in raised.value.hint
        assert here.read(LABEL).endswith("greet: 1.0.0\n")
    else:
        assert promote(here.project, "greet@1.0.1", "production", split=SPLIT).after == SPLIT
    here.repo.write(LABEL, "greet: {1.0.0: 90, 1.0.1: 10}\n")
    faults = [one.fault for one in survey(here.project).usages]
    said = "passes no key=, and production splits greet between 1.0.0, 1.0.1"
    assert faults == [said if refused else ""]
    hard = [one for one in gate(here.repo, llmops).json()["hard"] if one["rule"] == "broken-call"]
    words = "label production: 1.0.0 → {1.0.0: 90, 1.0.1: 10}: 1 call by production passes no key=, which a split"
    assert [one["detail"] for one in hard] == [f"{words} refuses: app/jobs.py:6"] * refused
    done = llmops(here.repo.root, "prompt", "usages", "--format", "json", code=int(refused))
    assert [one["fault"] for one in json.loads(done.out)["usages"]] == [said if refused else None]


@pytest.mark.parametrize(
    ("before", "after", "verdict", "rules"),
    [
        ("1.0.0", "{1.0.0: 1}", "FAIL", 1),  # a split of one asks for a key, too
        ("1.0.0", "{1.0.0: 90, 1.0.1: 10}", "FAIL", 1),
        ("{1.0.0: 90, 1.0.1: 10}", "{1.0.0: 95, 1.0.1: 5}", "PASS", 0),  # broken before: no reason against a way back
        ("{1.0.0: 90, 1.0.1: 10}", "1.0.0", "PASS", 0),
    ],
)
def test_only_a_line_that_becomes_a_split_asks_callers_for_a_key(before, after, verdict, rules, here, llmops):
    here.edit("Hello", "Hello,")
    here.answer()
    here.release()
    here.commit({"app/jobs.py": OLD_CALL, LABEL: f"greet: {before}\n"})
    here.repo.write(LABEL, f"greet: {after}\n")
    found = gate(here.repo, llmops).json()
    assert (row(found)["verdict"], [one["rule"] for one in found["hard"]]) == (verdict, ["broken-call"] * rules)
    for fmt in ("text", "markdown", "html"):
        told = llmops(here.repo.root, "gate", "--format", fmt, code=None).out
        assert ("passes no key=, which a split refuses: app/jobs.py:6" in told) is bool(rules)


def test_a_name_that_has_a_line_of_its_own_is_not_asked_for_a_key(here, llmops):
    here.edit("Hello", "Hello,")
    here.edit("id: greet", "id: greet\naliases: [hello, hi]")
    here.answer()
    here.release()
    calls = OLD_CALL.replace("greet@", "hello@") + OLD_CALL.replace("greet@", "hi@")
    here.commit({"app/jobs.py": calls, LABEL: "greet: 1.0.0\nhi: 1.0.0\n"})
    here.repo.write(LABEL, "greet: {1.0.0: 90, 1.0.1: 10}\nhi: 1.0.0\n")
    (hard,) = gate(here.repo, llmops).json()["hard"]
    assert hard["detail"].endswith("1 call by production passes no key=, which a split refuses: app/jobs.py:6")
