import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest
import yaml

import llmops_cli
from llmops_cli.compare import cost
from llmops_cli.errors import ExitCode, UnknownNameError
from llmops_cli.flow import audit
from llmops_cli.flow.explain import explain, explanations, helps
from llmops_cli.flow.plugin_docs import KINDS
from llmops_cli.load.prompts import read
from llmops_cli.load.words import RULES as RULES_OF_THE_GATE
from llmops_cli.load.words import VERDICTS
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.verdict import Verdict
from llmops_cli.plugins import names
from llmops_cli.report.explain import document, table, text

PACKAGE = Path(llmops_cli.__file__).parent
RULES = sorted((PACKAGE / "check").glob("lp[0-9][0-9][0-9]_*.py"))


def test_every_code_that_the_program_can_give_is_explained():
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    given = {code for source in sources for code in re.findall(r'"(L[A-Z]\d{3})"', source)}
    assert len(given) > 100
    assert given <= helps().keys()


def test_every_verdict_every_exit_code_and_every_hard_rule_is_explained():
    assert {verdict.value for verdict in Verdict} <= helps().keys()
    assert {f"exit-{code.value}" for code in ExitCode} <= helps().keys()
    hard = set(re.findall(r'broken\("([a-z-]+)"', (PACKAGE / "compare" / "hard.py").read_text()))
    assert hard
    sources = "".join(path.read_text() for path in sorted((PACKAGE / "flow").glob("*.py")))
    hard |= {*re.findall(r'Hard\("([a-z-]+)"', sources), audit.RULE, cost.COST}
    assert hard == {"critical", "never", "min", "removed-cases", "removed-prompt", "broken-call", "cost", "recordings"}
    assert hard == RULES_OF_THE_GATE.keys()


@pytest.mark.parametrize("one", [*VERDICTS, *RULES_OF_THE_GATE])
def test_a_word_of_the_gate_says_what_why_and_what_to_do(one):
    shown = explain(one)[0].text
    why = "When:" if one in VERDICTS else "Why:"
    assert 0 < shown.index(why) < shown.index("Fix:")


@pytest.mark.parametrize("one", [*VERDICTS, *RULES_OF_THE_GATE])
def test_the_commands_that_a_word_of_the_gate_names_are_there(one, llmops, tmp_path):
    for command in re.findall(r"`llmops ([a-z][a-z -]*[a-z])", " ".join(explain(one)[0].text.split())):
        names = [part for part in command.split() if not part.startswith("-")]
        assert llmops(tmp_path, *names, "--help").code == 0, command


def test_there_are_at_least_25_lint_rules_each_with_a_slug_of_its_file_s_name():
    rules = [one for one in explanations() if one.kind == "lint rule"]
    assert len(rules) == len(RULES) >= 25
    for path, one in zip(RULES, sorted(rules, key=lambda one: one.code), strict=True):
        slug = path.stem.partition("_")[2].replace("_", "-")
        assert (one.code, one.slug) == (path.stem[:5].upper(), slug)
        assert f'"{one.code}", "{slug}"' in re.sub(r"\s+", " ", path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("LP012", "LP012"),
        ("lp012", "LP012"),
        ("LP12", "LP012"),
        (" unknown-variable ", "LP012"),
        ("Unknown_Variable", "LP012"),
        ("lf014", "LF014"),
        ("LE023", "LE023"),
        ("LB002", "LB002"),
        ("no-baseline", "NO-BASELINE"),
        ("NO_BASELINE", "NO-BASELINE"),
        ("PASS", "PASS"),
        ("never", "never"),
        ("3", "exit-3"),
        ("exit 3", "exit-3"),
        ("exit-130", "exit-130"),
    ],
)
def test_a_thing_is_found_by_its_code_its_name_and_its_number(name, code):
    assert [one.code for one in explain(name)] == [code]


@pytest.mark.parametrize(
    ("name", "near"), [("LP999", "LP0"), ("unknown-varable", "unknown-variable"), ("zzz", "lists all")]
)
def test_what_is_nothing_is_a_usage_error_with_the_nearest(name, near):
    with pytest.raises(UnknownNameError) as error:
        explain(name)
    assert near in error.value.hint


def test_a_rule_is_explained_by_why_bad_and_good():
    shown = text(explain("LP012")[0], color=False)
    assert shown.startswith("LP012 unknown-variable   lint rule\n\nA template uses")
    assert shown.index("Why:") < shown.index("Bad:") < shown.index("Good:")
    assert "variables: {document: string}" in shown


def test_the_list_has_a_line_for_each():
    lines = table(explanations()).splitlines()
    for one in explanations():
        assert any(line.startswith(f"{one.code} ") and line.endswith(one.summary) for line in lines), one.code
    assert len(document(explanations())["explanations"]) == len(explanations())


def test_every_explanation_is_a_sentence_or_more_with_a_remedy_where_one_is_due():
    for one in explanations():
        assert one.summary.endswith((".", "?")), one.code
        assert one.text.split()[:1] == one.summary.split()[:1] or one.kind == "exit code", one.code
        if one.kind in ("verdict", "rule of the gate"):
            assert "Fix:" in one.text


def examples():
    """The YAML of each rule's Good part that is a whole: more than a fragment of a file."""
    for path in RULES:
        doc = explain(path.stem[:5])[0].text
        good = doc.partition("Good:\n")[2]
        block = "\n".join(line[4:] for line in good.split("\n\n")[0].split("\n"))
        yield path.stem, block


def test_the_good_example_of_a_rule_is_yaml_that_the_loader_reads(tmp_path):
    read_all = 0
    (tmp_path / "prompts").mkdir()
    for name, block in examples():
        try:
            value = yaml.safe_load(block)
        except yaml.YAMLError:
            continue  # a line of several files, or of a template
        if not isinstance(value, dict) or not {"template", "messages"} & value.keys():
            continue
        head = "" if "model" in value else "model: gpt-4o\n"
        (tmp_path / "prompts/p.yaml").write_text(head + block + "\n")
        _, _, problems = read(WorkTree(tmp_path), "prompts/p.yaml", "prompts")
        assert [one for one in problems if one.severity == "error"] == [], name
        read_all += 1
    assert read_all > 15


def test_the_command_explains_and_lists(llmops, tmp_path):
    assert "INCONCLUSIVE   verdict" in llmops(tmp_path, "explain", "inconclusive").out
    assert "LP012" in llmops(tmp_path, "explain").out
    assert (
        llmops(tmp_path, "explain", "LP012", "--format", "json").json()["explanations"][0]["slug"] == "unknown-variable"
    )
    assert "did you mean" in llmops(tmp_path, "explain", "unknown-varable", code=2).err


PLUG_INS = [
    (room, path.stem.removesuffix("_"))
    for room in ("score", "complete", "ingest", "convert", "publish")
    for path in sorted((PACKAGE / room).glob("[a-z]*.py"))
    if (room, path.stem) != ("ingest", "rows")
]


@pytest.mark.parametrize(("room", "name"), PLUG_INS)
def test_each_plug_in_is_explained_by_the_documentation_of_its_file(room, name):
    path = PACKAGE / room / f"{name}.py"
    path = path if path.is_file() else path.with_name(f"{name}_.py")
    doc = inspect.cleandoc(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    kinds = {one.kind for one in explain(name) if one.text == doc}
    assert kinds == {KINDS[room]}
    assert [one.text for one in explain(name.replace("_", "-"))] == [one.text for one in explain(name)]


def test_a_name_with_two_meanings_is_explained_by_both(llmops, tmp_path):
    shown = llmops(tmp_path, "explain", "promptfoo").out
    assert "promptfoo   reader of rows" in shown
    assert "promptfoo   prompt format" in shown


def test_the_list_names_every_scorer_below_a_head(llmops, tmp_path):
    lines = llmops(tmp_path, "explain").out.splitlines()
    group = lines[lines.index("scorer") + 1 :]
    assert [line.split()[0] for line in group[: group.index("")]] == list(names("score"))


def test_a_judge_is_explained_with_what_it_is_told_and_a_rubric_that_loads(tmp_path):
    doc = explain("judge")[0].text
    assert all(f"`{name}`" in doc for name in ("inputs", "answer", "expected", "context", "first", "second"))
    rubric = textwrap.dedent(doc[doc.index("    schema: llmops/prompt@1") :])
    (tmp_path / "prompts/judges").mkdir(parents=True)
    (tmp_path / "prompts/judges/tone.yaml").write_text(rubric, encoding="utf-8")
    found, _, problems = read(WorkTree(tmp_path), "prompts/judges/tone.yaml", "prompts")
    assert found
    assert not problems
    assert {variable.name for variable in found.variables} == {"inputs", "answer"}


@pytest.mark.parametrize(
    ("typed", "meant"), [("jugde", "judge"), ("json_field", "json_fields"), ("prompti", "prompty")]
)
def test_a_misspelled_plug_in_is_answered_with_the_nearest(typed, meant):
    with pytest.raises(UnknownNameError) as error:
        explain(typed)
    assert meant in error.value.hint
