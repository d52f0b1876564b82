"""The quick look at a template's conditions never hides a branch that the thorough one calls dead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_prompts import prompt

from llmops_cli.model.prompt import Variable
from llmops_cli.render import branches
from llmops_cli.render.environment import reader

VARIABLES = (
    Variable("flag", {"type": "boolean"}),
    Variable("off", {"const": False}),
    Variable("kind", {"enum": ["a", "b"]}),
    Variable("maybe", {"enum": ["a", ""]}, required=False),
    Variable("text", {"type": "string"}),
)
CONDITIONS = st.sampled_from(
    [
        "flag",
        "not flag",
        "off",
        "not off",
        "kind",
        "not  kind",
        "maybe",
        "text",
        "not text",
        "kind == 'a'",
        "kind == 'c'",
    ]
)


@st.composite
def templates(draw, depth=2):
    inner = draw(templates(depth - 1)) if depth and draw(st.booleans()) else "x"
    text = f"{{%{draw(st.sampled_from(['', '-']))} if {draw(CONDITIONS)} %}}{inner}"
    if draw(st.booleans()):
        text += f"{{% elif {draw(CONDITIONS)} %}}y"
    return text + draw(st.sampled_from(["", "{% else %}z"])) + "{% endif %}"


def thorough(text):
    values = {one.name: found for one in VARIABLES if (found := branches._values(one))}
    always = frozenset(one.name for one in VARIABLES if one.required)
    found = branches._Reader(values, always, frozenset())
    found.walk(reader().parse(text), [])
    return found.dead


@settings(max_examples=300, deadline=None)
@given(templates())
def test_the_quick_look_changes_nothing(text):
    assert branches.dead_branches(prompt(text, variables=VARIABLES), text, frozenset()) == thorough(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{% if flag %}a{% else %}b{% endif %}", 0),
        ("{% if off %}a{% endif %}", 1),
        ("{% if kind %}a{% else %}b{% endif %}", 1),
        ("{% if flag %}{% if not flag %}a{% endif %}{% endif %}", 1),
        ("{% if maybe %}a{% else %}b{% endif %}", 0),
    ],
)
def test_a_branch_that_no_value_leads_to_is_found(text, count):
    assert len(branches.dead_branches(prompt(text, variables=VARIABLES), text, frozenset())) == count
