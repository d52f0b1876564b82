"""Facts without jinja2 are the facts with it; the normal form keeps what a template means."""

import subprocess
import sys
import time

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.meta import find_undeclared_variables
from render_prompts import prompt

from llmops_cli.model.prompt import Placeholder, Variable
from llmops_cli.render.pieces import SIMPLE, split, split_simple
from llmops_cli.render.template import facts, normalise, unsettled

JINJA = jinja2.Environment(keep_trailing_newline=True)
SCRAPS = st.sampled_from(
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{", "}", " ", "\n", "\r\n", "-", "+", "a", "b_1", "doc", "if", "endif", "not",
        "true", "raw", "endraw", "range", "self", "{{ a }}", "{{b_1}}", "{{\ta\n}}", "{% if a %}", "{% endif %}", "{% raw %}",
        "{% endraw %}", "{%- raw -%}", "{%+ endraw +%}", "{{- a -}}", "'", '"', "'}}'", '"%}"', "\\'", "{'k': {}}", "{{ {'k': {}} }}",
        "(", ")", "[", "]", ".", "|", "a.b", "upper", "{# a #}", "{{ doc | upper }}", "=", "%", "é", "\u00a0", "{total}", '{"a": {b}}',
    ]
)  # fmt: skip
TEMPLATES = st.lists(SCRAPS, max_size=12).map("".join)


def parsed(text):
    """Return jinja2's tree of a template, or None if it has an error."""
    try:
        return JINJA.parse(text)
    except jinja2.TemplateError:
        return None


@given(TEMPLATES)
def test_a_simple_template_names_what_jinja2_finds_in_it(text):
    if split_simple(text) is not None:
        tree = parsed(text)
        assert tree is not None
        assert {match[1] for match in SIMPLE.finditer(text)} == find_undeclared_variables(tree)


@given(TEMPLATES)
def test_the_names_of_any_template_are_jinja2s_and_stand_at_their_offsets(text):
    found = facts(prompt(text))
    tree = parsed(text)
    if not found.errors:
        assert tree is not None
        assert found.names == find_undeclared_variables(tree) - {"range"}
    elif tree is not None:
        assert "not supported" in found.errors[0][1] or "never closed" in found.errors[0][1]
    for use in (*found.variables, *((brace) for brace in found.braces)):
        assert text[use.offset :].lstrip("{").startswith(use.name)


@given(TEMPLATES)
def test_pieces_are_cut_where_jinja2_cuts(text):
    pieces = list(split(text))
    assert "".join(piece.text for piece in pieces) == text
    assert all(text.startswith(piece.text, piece.offset) for piece in pieces)
    try:
        tokens = [(kind, value) for _, kind, value in JINJA.lexer.tokeniter(text, None)]
    except jinja2.TemplateSyntaxError:
        return
    kinds = {"variable_begin": "print", "block_begin": "tag", "comment_begin": "comment", "raw_begin": "raw"}
    if any(piece.kind == "broken" for piece in pieces):  # jinja2's lexer stops there without a word
        assert facts(prompt(text)).errors
    elif not any(kind.endswith("_end") and "-" in value for kind, value in tokens):  # those take white space with them
        assert [piece.kind for piece in pieces if piece.kind != "text"] == [
            kinds[kind] for kind, _ in tokens if kind in kinds
        ]


@given(TEMPLATES)
def test_the_normal_form_renders_alike_and_is_its_own_normal_form(text):
    normal = normalise(text)
    assert normalise(normal) == normal

    def rendered(source):
        try:
            return JINJA.from_string(source).render(a="A  a", b_1="B", doc="D")
        except Exception as error:  # noqa: BLE001 - whatever the template does, both do it
            return type(error)

    assert rendered(normal) == rendered(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{{x}}", "{{ x }}"),
        ("{{  x\n|  upper}}", "{{ x | upper }}"),
        ("{%if x%}a{%  endif%}", "{% if x %}a{% endif %}"),
        ("{{-x -}}", "{{- x -}}"),
        ("a{# why #}b", "a{# other #}b"),
        ("a\r\nb{{x}}", "a\nb{{ x }}"),
    ],
)
def test_spacing_in_code_does_not_count(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{{ 'a  b' }}", "{{ 'a b' }}"),
        ("a  b", "a b"),
        ("{{ x }} ", "{{ x }}"),
        ("{{- x }}", "{{ x }}"),
        ("{{ -x }}", "{{- x }}"),
        ("{% raw %}{{x}}{% endraw %}", "{% raw %}{{ x }}{% endraw %}"),
        ("{x}", "{ x }"),
    ],
)
def test_what_the_model_sees_counts(one, other):
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{format} and {date_format}", ["format", "date_format"]),
        ('{"total": 1} {} {1} {a b} { a } {a.b}', []),
        ('{"a": {b}, "c": [{d}]}', []),
        ("{a: {b}}", []),
        ('{"a": {b}, never closed', ["b"]),
        ('{"currency": "{currency}"}', ["currency"]),
        (r"\frac{a}{b} \text{total} \sqrt[n]{x} x_{i} x^{n}_{j} \sum_{k}", []),
        ("invoice_{number}.pdf by {name}", ["number", "name"]),
        ("{% if x %}{a}{% endif %}{# {b} #}{% raw %}{c}{% endraw %}{{ {d} if 0 else '{e}' }}", ["a"]),
        ("{größe} {a}{b}", ["a", "b"]),
    ],
)
def test_bare_braces_are_identifiers_outside_json_and_latex(text, names):
    found = facts(prompt(text.replace("{d}", "d"), constants={"currency": "EUR"}))
    assert [use.name for use in found.braces] == names
    assert [text.replace("{d}", "d")[use.offset : use.offset + len(use.name) + 2] for use in found.braces] == [
        f"{{{name}}}" for name in names
    ]


def test_a_use_says_in_which_message_and_include_it_stands():
    found = facts(
        prompt(
            "Be {{ tone }}.",
            Placeholder("history"),
            "{% for item in items %}{% include 'row.j2' %}{% endfor %}{% include 'not/read.j2' %}",
            includes={"row.j2": "{{ item }} in {{ locale }} {cur}{% include 'row.j2' %}"},
        )
    )
    assert [(use.name, use.message, use.include) for use in found.variables] == [
        ("tone", 0, ""),
        ("items", 1, ""),
        ("locale", 1, "row.j2"),
    ]
    assert [(use.name, use.message, use.include) for use in found.braces] == [("cur", 1, "row.j2")]
    assert found.includes == ("row.j2", "not/read.j2")
    assert found.has_double


@pytest.mark.parametrize(
    ("text", "word", "offset"),
    [
        ("a\n{{ x", "unexpected end", 2),
        ("a\n\n {{ x | nope }}", "No filter named 'nope'", 4),
        ("a {#", "never closed", 2),
        ("a {% raw %}", "never closed", 2),
        ("{% import 'a' as b %}", "import is not supported", 0),
        ("{% extends 'a' %}", "extends is not supported", 0),
        ("{% block a %}{% endblock %}", "block is not supported", 0),
        ("{% include x %}", "names one file", 0),
        ("{% include ['a', 'b'] %}", "names one file", 0),
        ("{% include 'a' ignore missing %}", "ignore missing", 0),
        ("{{ " + "(" * 5000, "too deep", 0),
        ("{{ x }}" * 30_000 + "{% set a = 1 %}", "more than", 0),
    ],
)
def test_what_does_not_parse_or_is_not_supported_is_an_error_with_its_place(text, word, offset):
    ((use, message),) = facts(prompt(text)).errors
    assert word in message
    assert use.offset == offset


def test_braces_are_settled_by_constants_and_literals_only():
    mixed = prompt("{a} {b} {c} {d} {{ x }}", variables=("x", "c"), constants={"a": "1"}, literals=("b",))
    assert [use.name for use in unsettled(mixed, facts(mixed))] == ["c", "d"]
    plain = prompt("{a} {x}", variables=("x",))
    assert [use.name for use in unsettled(plain, facts(plain))] == ["x"]
    guessed = prompt("{x}", variables=(Variable("x", declared=False),))
    assert unsettled(guessed, facts(guessed)) == ()


def test_simple_prompts_are_read_and_rendered_without_jinja2_and_jsonschema():
    script = (
        "import sys\n"
        "from llmops_cli.model.prompt import Message, Prompt, Variable\n"
        "from llmops_cli.model.source import NOWHERE\n"
        "from llmops_cli.render.messages import Renderer\n"
        "from llmops_cli.render.template import facts, normalise\n"
        "p = Prompt('p', 'm', (Message('user', 'Hi {{ x }} in {c}'),), NOWHERE, variables=(Variable('x'),), constants={'c': 'C'})\n"
        "facts(p), normalise(p.messages[0].content)\n"
        "with Renderer(p) as renderer:\n"
        "    assert renderer.render({'x': 'y'}).messages == ({'role': 'user', 'content': 'Hi y in C'},)\n"
        "print(sorted({'jinja2', 'jsonschema', 'asyncio'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_hostile_text_costs_linear_time():
    hostile = ["\\a{" * 100_000, "{" * 200_000, '{"' * 100_000 + "{a}", "x_{" * 100_000 + "{a}", "{a}" * 50_000, "{a_" * 90_000,
               "\\" * 200_000 + "{a}", "{{ x }" * 40_000, "{{ '" * 50_000, "{# " * 100_000, "{% raw %}" * 30_000, "\\a" * 90_000 + "{a}",
               "\\a[" * 90_000 + "{a}", "{ " * 90_000 + "{a}", "{{" + " " * 200_000 + "{a}"]  # fmt: skip
    for text in hostile:
        started = time.process_time()
        facts(prompt(text))
        normalise(text)
        assert time.process_time() - started < 2, text[:9]
