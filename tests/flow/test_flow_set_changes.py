"""What a pull request does to eval sets and thresholds: the base's judge it, and the report says how they change."""

import json

import pytest
from test_flow_tricks import BAD, GOOD, GREEN, SET, cases, judged, made, prompt

HARMLESS = 'template: "Hello, {{ name }}"'
TWO = SET.replace("primary: true}]", "primary: true}, {type: length, at_most: 99, min: 0.9, name: short}]")
ROWS = [json.loads(line) for line in cases().splitlines()]


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def main(tmp_path, llmops):
    """Main: a prompt, twelve cases (one critical, one with a check), two scorers, a policy, a baseline."""
    marked = [{**ROWS[0], "critical": True, "tags": ["hard"]}, *ROWS[1:]]
    marked[1] = {**ROWS[1], "checks": [{"type": "refusal", "expect": False}]}
    files = {
        "prompts/greet.yaml": prompt(GOOD),
        "prompts/other.yaml": prompt(GOOD, id="other", evals=""),
        "evalsets/greet.yaml": TWO + "prompts: [other]\nrepeats: 2\ngate: {margin: 0.02, slices: [hard]}\n",
        "evalsets/greet.jsonl": lines(*marked),
        "llmops.yaml": "exec: [model.py]\naccepts: base\ngate: {alpha: 0.05}\n",
    }
    repo = made(tmp_path, llmops, files)
    repo.rows = marked
    return repo


def rows_with(main, at, **more):
    rows = [{**row, **more} if number == at else row for number, row in enumerate(main.rows)]
    return lines(*({key: value for key, value in row.items() if value is not None} for row in rows))


def set_with(old="", new=""):
    text = TWO + "prompts: [other]\nrepeats: 2\ngate: {margin: 0.02, slices: [hard]}\n"
    assert old in text
    return {"evalsets/greet.yaml": text.replace(old, new)}


def cases_with(at, **more):
    return lambda main: {"evalsets/greet.jsonl": rows_with(main, at, **more)}


def policy_with(text):
    return {"llmops.yaml": f"exec: [model.py]\naccepts: base\ngate: {{alpha: 0.05}}\n{text}"}


WEAKER = {
    "a critical mark is taken off": (cases_with(0, critical=None), "eval set greet: 1 case without the mark critical now: c00"),
    "a case leaves a slice": (cases_with(0, tags=["easy"]), "eval set greet: 1 case no longer in the slice hard: c00"),
    "a case wants nothing": (cases_with(3, expected=None), "eval set greet: 1 case without expected now: c03"),
    "a case loses its check": (cases_with(1, checks=None), "eval set greet: 1 case with fewer checks of their own: c01"),
    "a scorer is removed": (
        set_with(", {type: length, at_most: 99, min: 0.9, name: short}", ""), "eval set greet: scorer short removed"
    ),
    "a scorer no longer gates": (set_with("name: short", "name: short, gate: false"), "eval set greet: scorer short no longer gates"),
    "a floor is lowered": (set_with("min: 0.9", "min: 0.5"), "eval set greet: scorer short: min 0.9 → 0.5"),
    "a scorer is another": (
        set_with("{type: contains", "{type: length, at_most: 9, name: contains"),
        "eval set greet: scorer contains is another: contains → length",
    ),
    "another scorer is the primary": (
        set_with("primary: true}, {type: length, at_most: 99, min: 0.9, name: short",
                 "name: contains}, {type: length, at_most: 99, min: 0.9, name: short, primary: true"),
        "eval set greet: short is the primary scorer, and contains no longer",
    ),
    "a prompt is no longer named": (set_with("prompts: [other]\n", ""), "eval set greet: it no longer names other"),
    "fewer repeats": (set_with("repeats: 2", "repeats: 1"), "eval set greet: repeats 2 → 1"),
    "the margin is widened": (set_with("margin: 0.02", "margin: 0.1"), "eval set greet: margin 0.02 → 0.1"),
    "the margin is left to itself": (set_with("margin: 0.02, ", ""), "eval set greet: margin 0.02 → auto"),
    "a slice no longer gates": (set_with(", slices: [hard]", ""), "eval set greet: no longer gated on their own: the slices hard"),
    "a case goes into quarantine": (
        set_with("slices: [hard]", "quarantine: [{case: c00, owner: ann, reason: flaky, expires: '2026-12-31'}], slices: [hard]"),
        "eval set greet: quarantined, or for longer: c00",
    ),
    "the eval set is unlinked": ({"prompts/greet.yaml": prompt(GOOD, evals="")}, "prompt greet: no longer judged by greet"),
    "the project's margin is widened": (
        {"llmops.yaml": "exec: [model.py]\naccepts: base\ngate: {alpha: 0.001, margin: 0.3}\n"},
        "llmops.yaml: gate: margin auto → 0.3", "llmops.yaml: gate: alpha 0.05 → 0.001",
    ),
    "acceptances of ones own count": (
        {"llmops.yaml": "exec: [model.py]\ngate: {alpha: 0.05}\n"}, "llmops.yaml: accepts base → head"
    ),
    "more may be missing": (policy_with("budget: {max_error_rate: 0.5}\n"), "llmops.yaml: budget: max_error_rate 0.02 → 0.5"),
}  # fmt: skip


def files_of(change, main):
    return change(main) if callable(change) else change


@pytest.mark.parametrize("name", WEAKER)
def test_a_change_that_weakens_what_judges_passes_and_is_named_so(name, main, llmops, monkeypatch, tmp_path):
    change, *texts = WEAKER[name]
    main.commit(files_of(change, main), "pull request")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("PASS", 0)
    assert set(texts) == set(found["weakened"])


STRICTER = {
    "cases are added": (lambda main: {"evalsets/greet.jsonl": lines(*main.rows, {"id": "new", "inputs": {"name": "x"}})},
                        "eval set greet: 1 case added: new"),
    "a case asks something else": (cases_with(3, inputs={"name": "x"}), "eval set greet: 1 case with other inputs: c03"),
    "a case wants something else": (cases_with(3, expected="x"), "eval set greet: 1 case with another expected: c03"),
    "other tags": (cases_with(3, tags=["x"]), "eval set greet: 1 case with other tags: c03"),
    "a case is critical": (cases_with(3, critical=True), "eval set greet: 1 case with the mark critical now: c03"),
    "other options": (set_with("at_most: 99", "at_most: 98"), "eval set greet: scorer short has other options: at_most"),
    "a scorer more": (set_with("name: short}", "name: short}, exact"), "eval set greet: scorer exact added"),
    "a narrower margin": (set_with("margin: 0.02", "margin: 0.01"), "eval set greet: margin 0.02 → 0.01"),
    "a comment": (set_with("repeats: 2", "repeats: 2  # two"),
                  "eval set greet: edited; its cases, scorers and thresholds are the same"),
    "another eval set": ({"evalsets/more.yaml": SET.replace("id: greet", "id: more")}, "eval set more: new"),
    "a stricter policy": ({"llmops.yaml": "exec: [model.py]\naccepts: base\ngate: {alpha: 0.1}\n"},
                          "llmops.yaml: gate: alpha 0.05 → 0.1"),
}  # fmt: skip


@pytest.mark.parametrize("name", STRICTER)
def test_any_other_change_of_what_judges_is_noted(name, main, llmops, monkeypatch, tmp_path):
    change, text = STRICTER[name]
    main.commit(files_of(change, main), "pull request")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("PASS", 0)
    assert text in found["notes"]
    assert found["weakened"] == []


def test_a_set_that_nobody_touched_is_not_mentioned(main, llmops, monkeypatch, tmp_path):
    main.commit({"prompts/greet.yaml": prompt(HARMLESS)}, "pull request")
    found, _ = judged(main, llmops, monkeypatch, tmp_path)
    assert found["weakened"] == []
    assert not [note for note in found["notes"] if "eval set" in note]


def test_removed_cases_are_counted_and_named(main, llmops, monkeypatch, tmp_path):
    main.commit({"evalsets/greet.jsonl": lines(*main.rows[5:])}, "fewer")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)
    assert found["weakened"] == ["eval set greet: 5 cases removed, 1 of them critical: c00, c01, c02 (+2)"]


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("", "eval set greet: removed, with 12 cases"),
        ("hello", "eval set greet: removed, with 12 cases; hello has the same cases"),
    ],
)
def test_a_set_that_is_removed_or_renamed_is_named(to, text, main, llmops, monkeypatch, tmp_path):
    for end in ("yaml", "jsonl"):
        if to:
            main.run("mv", f"evalsets/greet.{end}", f"evalsets/{to}.{end}")
        else:
            main.run("rm", "-q", f"evalsets/greet.{end}")
    if to:
        main.write("evalsets/hello.yaml", SET.replace("greet", "hello"))
    main.commit(message="gone")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)
    assert text in found["weakened"]


def test_a_set_that_moves_with_its_id_is_noted(main, llmops, monkeypatch, tmp_path):
    (main.root / "evalsets/sub").mkdir()
    main.run("mv", "evalsets/greet.yaml", "evalsets/greet.jsonl", "evalsets/sub")
    main.commit(message="moved")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("PASS", 0)
    assert "eval set greet: moved from evalsets/greet.yaml to evalsets/sub/greet.yaml" in found["notes"]


def test_a_set_that_can_no_longer_be_read_is_named(main, llmops, monkeypatch, tmp_path):
    main.commit({"evalsets/greet.yaml": "scorers: 3\n"}, "broken")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)
    assert found["weakened"] == ["eval set greet: cannot be read any more"]


@pytest.mark.parametrize("path", ["evalsets/greet.jsonl", "evalsets/greet.yaml"])
def test_a_change_that_repairs_a_set_is_not_refused_and_says_so(path, main, llmops, monkeypatch, tmp_path):
    good = (main.root / path).read_text()
    main.checkout("main")
    main.commit({path: "{broken"}, "broken")
    main.run("checkout", "--quiet", "-B", "pull")
    main.commit({path: good}, "repaired")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("PASS", 0)
    assert any("cannot be read" in note for note in found["notes"])


def test_the_prompt_and_its_set_changed_together_are_judged_by_the_bases_set(main, llmops, monkeypatch, tmp_path):
    files = {**set_with("margin: 0.02", "margin: 0.9"), "prompts/greet.yaml": prompt(BAD)}
    main.commit(files, "both")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)
    assert found["weakened"] == ["eval set greet: margin 0.02 → 0.9"]


def test_every_form_of_the_report_says_it_and_takes_no_order_from_an_id(main, llmops, monkeypatch, tmp_path):
    evil = "<script>`x`\u202e::error::##[error]</details>"
    main.checkout("main")
    main.commit({"evalsets/greet.jsonl": lines(*main.rows, {**ROWS[2], "id": evil, "critical": True})}, "odd id")
    main.run("checkout", "--quiet", "-B", "pull")
    changed = {"evalsets/greet.jsonl": lines(*main.rows, {**ROWS[2], "id": evil}, {**ROWS[3], "id": f"{evil}2"})}
    main.commit(changed, "unmarked")
    files = {kind: tmp_path / f"report.{kind}" for kind in ("text", "markdown", "html")}
    flags = [flag for kind, path in files.items() for flag in ("--report", f"{kind}={path}")]
    found, code = judged(main, llmops, monkeypatch, tmp_path, *flags)
    assert code == 0
    assert found["weakened"] == [f"eval set greet: 1 case without the mark critical now: {evil}"]
    text, comment, page = (files[kind].read_text() for kind in ("text", "markdown", "html"))
    assert "no prompt changed, but what judges them is weaker" in text
    assert "weakened by this change: eval set greet: 1 case without the mark critical now: <script>" in text
    assert "note: eval set greet: 1 case added: " in text
    opened = comment.index("**Weakened by this change**")
    assert opened < comment.index("<details>")
    assert "- ⚠️ ``eval set greet: 1 case without the mark critical now: " in comment[opened:]
    assert ">Weakened by this change</h2>" in page
    assert "&lt;script&gt;" in page
    for form in (text, comment, page):
        assert "\u202e" not in form
        assert "##[" not in form
    assert "<script>" not in page


def test_a_working_tree_is_looked_at_too(main, llmops):
    main.write("evalsets/greet.jsonl", rows_with(main, 0, critical=None))
    found = llmops(main.root, "gate", "--format", "json").json()
    assert found["weakened"] == ["eval set greet: 1 case without the mark critical now: c00"]


def test_line_ends_of_a_checkout_are_no_change(main, llmops):
    for path in (main.root / "evalsets").rglob("greet.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    found = llmops(main.root, "gate", "--format", "json").json()
    assert found["weakened"] == []
    assert not [note for note in found["notes"] if "eval set greet" in note]


def own(name):
    return {f"evalsets/{name}.yaml": SET.replace("greet", name), f"evalsets/{name}.jsonl": cases()}


BROUGHT = {
    "a set of its own": ({}, {**own("mine"), "prompts/other.yaml": prompt(HARMLESS, id="other", evals="[mine]")}, "brings: mine"),
    "a set that names it": (
        {}, {**own("mine"), "evalsets/mine.yaml": SET.replace("greet", "mine") + "prompts: [other]\n",
             "prompts/other.yaml": prompt(HARMLESS, id="other", evals="")}, "brings: mine",
    ),
    "a set that the base only names": (
        {"prompts/other.yaml": prompt(GOOD, id="other", evals="[mine]")},
        {**own("mine"), "prompts/other.yaml": prompt(HARMLESS, id="other", evals="[mine]")}, "brings: mine",
    ),
    "a set that is there for others": (own("easy"), {"prompts/other.yaml": prompt(HARMLESS, id="other", evals="[easy]")}, "chooses: easy"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROUGHT)
def test_a_prompt_that_only_eval_sets_of_the_changes_choice_judge_is_new_and_no_pass(
    name, tmp_path, llmops, monkeypatch
):
    before, after, text = BROUGHT[name]
    files = {"prompts/greet.yaml": prompt(GOOD), "prompts/other.yaml": prompt(GOOD, id="other", evals="")}
    main = made(tmp_path, llmops, {**files, **before})
    main.commit(after, "with a set")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    (other,) = (one for one in found["prompts"] if one["id"] == "other")
    assert (other["status"], other["verdict"], code) == ("changed", "NEW", 0)
    assert f"judged only by eval sets that this change {text}" in other["reasons"]
    bad = {name: text.replace(HARMLESS, BAD) for name, text in after.items()}
    main.commit(bad, "and worse")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code != 0
    assert found["verdict"] not in GREEN


def test_a_set_that_comes_beside_the_bases_leaves_its_pass(tmp_path, llmops, monkeypatch):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    main.commit({**own("mine"), "prompts/greet.yaml": prompt(HARMLESS, evals="[greet, mine]")}, "one more")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("PASS", 0)


def test_a_prompt_and_what_its_cases_expect_changed_together_is_told_to_change_the_set_first(
    tmp_path, llmops, monkeypatch
):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    rows = [{**json.loads(line), "expected": "another"} for line in cases().splitlines()]
    others = {"evalsets/greet.jsonl": "".join(json.dumps(row) + "\n" for row in rows)}
    main.commit({"prompts/greet.yaml": prompt('template: "another {{ name | upper }}"'), **others}, "both")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found["verdict"], code) == ("FAIL", 1)
    assert any("12 cases broke that this change edits too" in line for line in found["prompts"][0]["reasons"])


@pytest.mark.parametrize(
    "files",
    [
        set_with("primary: true", "primry: true"),
        cases_with(3, checks=[{"type": "contains", "value": "x", "ignore_kase": True}]),
        lambda _main: {"evalsets/new.yaml": "data: new.jsonl\nscorers: [{type: exact, ignore_kase: true}]\n",
                       "evalsets/new.jsonl": '{"id": "a", "inputs": {"name": "x"}, "expected": "x"}\n'},
    ],
    ids=["a scorer of the set", "a check of a case", "a new set"],
)  # fmt: skip
def test_a_misspelt_option_of_a_scorer_is_no_pass(files, main, llmops, monkeypatch, tmp_path):
    main.commit(files_of(files, main), "pull request")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert code != 0
    assert found is None, "there is no verdict, but an error"


def test_a_misspelt_option_in_the_base_is_no_pass_for_a_changed_prompt(main, llmops, monkeypatch, tmp_path):
    main.checkout("main")
    main.commit(files_of(set_with("primary: true", "primry: true"), main), "broken")
    main.run("checkout", "--quiet", "-B", "pull")
    main.commit({"prompts/greet.yaml": prompt(BAD)}, "pull request")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    assert (found, code) == (None, 2)
