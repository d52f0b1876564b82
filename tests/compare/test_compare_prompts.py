import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.compare.apply import apply
from llmops_cli.compare.paths import join, split
from llmops_cli.compare.prompts import diff, static_text
from llmops_cli.compare.view import view
from llmops_cli.model.diff import ChangeClass
from llmops_cli.model.prompt import Examples, Message, Placeholder, Prompt, Variable, canonical
from llmops_cli.model.source import NOWHERE

SPEC = yaml.safe_load((Path(__file__).parents[1] / "spec/diff/cases.yaml").read_text(encoding="utf-8"))
CASES = [pytest.param(case, id=case["name"]) for case in SPEC["cases"]]
NOT_SCHEMA = {"required", "default", "description", "trust", "max_tokens", "declared"}


def variable(name, said):
    schema = {key: value for key, value in said.items() if key not in NOT_SCHEMA or isinstance(value, list)}
    flag = said.get("required")
    return Variable(
        name=name,
        schema=schema,
        required=flag if isinstance(flag, bool) else "default" not in said,
        default=said.get("default"),
        has_default="default" in said,
        description=said.get("description", ""),
        trust=said.get("trust", "trusted"),
        max_tokens=said.get("max_tokens"),
        declared=said.get("declared", True),
    )


def prompt(said):
    said = {key: value for key, value in said.items() if value is not None}
    messages = [
        Placeholder(one["placeholder"]) if "placeholder" in one else Message(one["role"], one["content"])
        for one in said["messages"]
    ]
    examples = said.get("examples")
    lists = {key: tuple(said.get(key, ())) for key in ("tools", "evals", "owners", "tags", "aliases", "literals")}
    return Prompt(
        id=said["id"],
        model=said["model"],
        messages=tuple(messages),
        source=NOWHERE,
        params=said.get("params", {}),
        variables=tuple(variable(name, one) for name, one in said.get("variables", {}).items()),
        constants=said.get("constants", {}),
        examples=Examples(tuple(examples["rows"]), examples["k"]) if examples else None,
        output=said.get("output", {}),
        description=said.get("description", ""),
        extra=said.get("extra", {}),
        includes=said.get("includes", {}),
        resolved_model=said.get("resolved_model", said["model"]),
        **lists,
    )


def sides(case):
    return [prompt({**SPEC["base"], **case.get(side, {})}) for side in ("before", "after")]


def content(prompt):
    return canonical(view(prompt))


@pytest.mark.parametrize("case", CASES)
def test_a_change_has_the_class_that_the_table_gives_it(case):
    found = diff(*sides(case), before_name="1.0.0", after_name="worktree")
    assert found.change_class == case["class"], [(change.path, change.reason) for change in found.changes]
    reasons = "; ".join(change.reason for change in found.changes)
    for words in case.get("reasons", ()):
        assert words in reasons
    kinds = {change.path: change.kind for change in found.changes}
    assert kinds | case.get("kinds", {}) == kinds


@pytest.mark.parametrize("case", CASES)
def test_what_breaks_or_extends_a_contract_says_why(case):
    found = diff(*sides(case), before_name="a", after_name="b")
    loud = [change for change in found.changes if change.change_class in (ChangeClass.BREAKING, ChangeClass.MINOR)]
    assert all(change.reason for change in loud)


@pytest.mark.parametrize("case", CASES)
def test_a_diff_put_onto_the_prompt_before_gives_the_prompt_after(case):
    before, after = sides(case)
    assert content(apply(diff(before, after, before_name="a", after_name="b"), before)) == content(after)
    assert content(apply(diff(after, before, before_name="b", after_name="a"), after)) == content(before)


def test_the_spec_holds_enough_cases_of_each_class():
    classes = [case["class"] for case in SPEC["cases"]]
    assert len(classes) >= 60
    assert len({case["name"] for case in SPEC["cases"]}) == len(classes)
    assert all(classes.count(name) >= 10 for name in ("breaking", "minor", "patch", "none"))


NAMES = st.sampled_from(["a", "b", "c", "a.b", 'q"[0]', "0", "ü"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["x", "y", 0.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
MAPPINGS = st.dictionaries(NAMES, JSON, max_size=3)
TEXTS = st.sampled_from(
    ["", "Be exact.", "Be exact and brief.", "{{ a }} {{ b }}", "{{a}} {{ c }}", "x\ny\n{# c #}", "日本"]
)
SCHEMAS = st.sampled_from(
    [
        {},
        {"type": "string"},
        {"type": ["string", "null"]},
        {"enum": ["x", 1]},
        {"type": "object", "properties": {"x": {}}},
    ]
)
MESSAGES = st.lists(
    st.builds(Message, st.sampled_from(["system", "user"]), TEXTS) | st.builds(Placeholder, st.just("a")), max_size=4
)
VARIABLES = st.dictionaries(
    NAMES,
    st.tuples(
        SCHEMAS, st.booleans(), st.none() | st.tuples(JSON), st.booleans(), st.sampled_from(["trusted", "untrusted"])
    ),
    max_size=3,
)


@st.composite
def prompts(draw):
    def variable_of(name, said):
        return Variable(
            name,
            schema=said[0],
            required=said[1],
            default=said[2][0] if said[2] else None,
            has_default=bool(said[2]),
            declared=said[3],
            trust=said[4],
        )

    variables = [variable_of(name, said) for name, said in draw(VARIABLES).items()]
    few = draw(st.none() | st.tuples(st.lists(MAPPINGS, max_size=3), st.integers(0, 3)))
    model = draw(st.sampled_from(["m", "n"]))
    return Prompt(
        id="p",
        model=model,
        resolved_model=draw(st.sampled_from([model, "m", "z"])),
        messages=tuple(draw(MESSAGES)),
        source=NOWHERE,
        params=draw(MAPPINGS),
        variables=tuple(variables),
        constants=draw(st.dictionaries(NAMES, st.sampled_from(["x", "y"]), max_size=2)),
        literals=tuple(draw(st.lists(NAMES, max_size=2))),
        examples=Examples(tuple(few[0]), few[1]) if few else None,
        tools=tuple(draw(st.lists(MAPPINGS, max_size=3))),
        output=draw(
            st.just({}) | st.builds(lambda schema: {"format": "json_schema", "schema": schema}, SCHEMAS) | MAPPINGS
        ),
        includes=draw(st.dictionaries(NAMES, TEXTS, max_size=2)),
        extra=draw(MAPPINGS),
        tags=tuple(draw(st.lists(NAMES, max_size=2))),
    )


@settings(max_examples=80, deadline=None)
@given(prompts(), prompts())
def test_a_diff_leaves_nothing_out(before, after):
    found = diff(before, after, before_name="a", after_name="b")
    assert content(apply(found, before)) == content(after)
    order = list(ChangeClass)
    assert order.index(found.change_class) == min([order.index(one.change_class) for one in found.changes], default=3)
    assert (found.changes == ()) == (content(before) == content(after))


@given(prompts())
def test_a_prompt_does_not_differ_from_itself(one):
    found = diff(one, one, before_name="a", after_name="b")
    assert (found.changes, found.texts, found.change_class) == ((), (), ChangeClass.NONE)


@given(st.lists(NAMES | st.text(max_size=3) | st.integers(0, 99), max_size=4))
def test_a_path_survives_being_written(path):
    assert split(join(tuple(path))) == tuple(path)


def test_a_new_prompt_breaks_nobody_and_a_removed_one_everybody():
    one = prompt(SPEC["base"])
    new = diff(None, one, before_name="HEAD", after_name="worktree")
    assert (new.status, new.change_class, new.before, new.after) == ("new", ChangeClass.MINOR, "", "worktree")
    assert content(apply(new, None)) == content(one)
    gone = diff(one, None, before_name="HEAD", after_name="worktree")
    assert (gone.status, gone.change_class, gone.before, gone.after) == ("removed", ChangeClass.BREAKING, "HEAD", "")
    assert apply(gone, one) is None
    assert [text.label for text in new.texts] == ["system", "user"]
    with pytest.raises(ValueError, match="one side"):
        diff(None, None, before_name="", after_name="")


def test_equal_digests_prove_that_a_text_says_the_same():
    before, after = sides({"after": {"messages": [{"role": "system", "content": "Be  exact."}]}})
    before, after = (Prompt(one.id, one.model, one.messages[:1], NOWHERE, digest="d" * 64) for one in (before, after))
    assert diff(before, after, before_name="a", after_name="b").change_class is ChangeClass.NONE


def test_static_text_is_what_every_call_sends():
    one = prompt(
        {
            **SPEC["base"],
            "constants": {"currency": "EUR"},
            "includes": {"rules.j2": "Be brief."},
            "examples": {"rows": [{"q": 1}, {"q": 2}], "k": 1},
            "messages": [
                {"role": "user", "content": "In {currency}, {other}: {{ doc }}{# note #}{% if doc %}!{% endif %}"}
            ],
        }
    )
    assert static_text(one) == 'In EUR, {other}: !\nBe brief.\n{"q":1}'


CHILD = """
import json, sys
from llmops_cli.compare.prompts import diff
from llmops_cli.model.prompt import Message, Prompt
from llmops_cli.model.source import NOWHERE
before, after = (Prompt("p", "m", (Message("user", side["text"]),), NOWHERE, params=side["params"]) for side in json.loads(sys.argv[1]))
print(len(diff(before, after, before_name="a", after_name="b").changes), "deepdiff" in sys.modules)
"""


@pytest.mark.parametrize(
    ("params", "imported"),
    [
        ([{"t": 1, "n": {"x": [1]}}, {"t": 2, "n": {"x": [1.0]}}], "2 False"),
        ([{"t": 1, "n": {"x": [1]}}, {"t": 1, "n": {"x": [2]}}], "2 True"),
    ],
)
def test_deepdiff_is_imported_only_for_nested_values_that_differ(params, imported):
    told = json.dumps([{"text": "a", "params": params[0]}, {"text": "b", "params": params[1]}])
    done = subprocess.run([sys.executable, "-c", CHILD, told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == imported
