"""Handlebars is read as it is meant, white space and all; and our templates are written so that they read alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.convert import _handlebars
from llmops_cli.convert._handlebars_layout import Mustache, Plain, written
from llmops_cli.convert._handlebars_nodes import Block, Call, Comment, Partial, Path, Print, Text, Value
from llmops_cli.convert._to_handlebars import Exporter
from llmops_cli.errors import FindingsError


def shown(nodes):
    """Return a tree as text: `[name:body|other]` for a block, `<code>` for a print, `(indent>name)` for a partial."""
    parts = []
    for node in nodes:
        if isinstance(node, Text):
            parts.append(node.value)
        elif isinstance(node, Block):
            other = f"|{shown(node.other)}" if node.other is not None else ""
            parts.append(f"[{node.call.name.text}:{shown(node.body)}{other}]")
        elif isinstance(node, Print):
            parts.append(f"<{node.tag.code.strip()}>")
        elif isinstance(node, Partial):
            parts.append(f"({node.indent}>{node.call.name.text})")
    return "".join(parts)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a\n{{#if x}}\nb\n{{/if}}\nc", "a\n[if:b\n]c"),
        ("a\n  {{#if x}}  \n b\n  {{/if}}  \nc", "a\n[if: b\n]c"),
        ("{{#if x}}\nb\n{{/if}}", "[if:b\n]"),
        ("a {{#if x}}\nb\n{{/if}} c", "a [if:\nb\n] c"),
        ("{{#if x}}\nb\n{{else}}\nc\n{{/if}}\nd", "[if:b\n|c\n]d"),
        ("{{#if x}}\nb\n{{else if y}}\nc\n{{else}}\nd\n{{/if}}\ne", "[if:b\n|[if:c\n|d\n]]e"),
        ("{{#each a}}\n{{#if b}}\nc\n{{/if}}\n{{/each}}\n", "[each:[if:c\n]]"),
        ("a\n\n{{#if x}}\n\nb\n{{/if}}\n\nc", "a\n\n[if:\nb\n]\nc"),
        ("a\n{{! c }}\nb", "a\nb"),
        ("a {{! c }} b", "a  b"),
        ("a\n  {{> p}}\nb", "a\n(  >p)b"),
        ("a\n{{> p}} x\nb", "a\n(>p) x\nb"),
        ("a\n{{x}}\nb", "a\n<x>\nb"),
        ("a {{~x~}} b", "a<x>b"),
        ("a\n\n {{~#if x~}}\n b \n{{~/if~}}\n c", "a[if:b]c"),
        ("a\r\n{{#if x}}\r\nb\r\n{{/if}}\r\nc", "a\r\n[if:b\r\n]c"),
        ("\\{{x}} {{y}}", "{{x}} <y>"),
        ("\\\\{{x}}", "\\<x>"),
        ("\\\\\\{{x}}", "\\\\<x>"),
        ("\\{{x}} \\{{y}} {{z}}", "{{x}} {{y}} <z>"),
        ("{{{{raw}}}}{{x}}{{{{/raw}}}}", "[raw:{{x}}]"),
        ("{{x '}}' \"}}\"}}", "<x '}}' \"}}\">"),
        ("{{!-- {{x}} --}}y", "y"),
    ],
)
def test_white_space_and_escapes_are_those_of_handlebars(text, tree):
    assert shown(_handlebars.parse(text, "p").nodes) == tree


def call(text):
    node = _handlebars.parse(f"{{{{{text}}}}}", "p").nodes[0]
    return node.call


def test_the_words_of_a_tag_are_paths_literals_pairs_and_calls_in_parentheses():
    made = call("f a.b ../c @index 'x \\' y' -2 1.5 true null k=(lookup m \"n\") l=this.[a b]")
    assert made.name == Path("f", ("f",))
    assert made.args[:3] == (
        Path("a.b", ("a", "b")),
        Path("../c", ("c",), ups=1),
        Path("@index", ("index",), data=True),
    )
    assert made.args[3:] == (Value("x ' y"), Value(-2), Value(1.5), Value(value=True), Value(value=None))
    assert made.hash["k"] == Call(Path("lookup", ("lookup",)), (Path("m", ("m",)), Value("n")))
    assert made.hash["l"] == Path("this.[a b]", ("a b",), own=True)


@pytest.mark.parametrize(
    "text",
    [
        "{{",
        "{{a",
        "{{#if x}}",
        "{{/if}}",
        "{{else}}",
        "{{}}",
        "{{a b=}}",
        "{{a (b}}",
        "{{a ]}}",
        "{{#each a as |b}}{{/each}}",
        "{{#if a}}{{else}}{{else}}{{/if}}",
        "{{{{raw}}}}x",
        "{{{{x}}}}y{{{{/x}}}}",
        "{{* a}}",
        "{{#* inline 'a'}}{{/inline}}",
    ],
)
def test_what_is_no_handlebars_is_an_error_with_its_line(text):
    with pytest.raises(FindingsError) as caught:
        _handlebars.parse(f"a\nb{text}", "p.prompt")
    assert caught.value.where == "p.prompt:2"


@pytest.mark.parametrize(
    "text",
    [
        "{{#if a}}" * 40 + "{{/if}}" * 40,
        "{{a " + "(b " * 40 + ")" * 40 + "}}",
        "{{a}} " * 6000,
        "{{" + "a " * 3000 + "}}",
    ],
)
def test_a_hostile_template_is_refused_at_once(text):
    with pytest.raises(FindingsError):
        _handlebars.parse(text, "p")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Hi {{ name }} {{name}}", "Hi {{ name }} {{name}}"),
        ("{{ user.name }} {{ tags[0] }} {{ user['a b'] }}", "{{ user.name }} {{ tags.[0] }} {{ user.[a b] }}"),
        ("{{ x | default('') }}{{ o | dig('a', 0) | text }}{{ x | not_blank }}", "{{ x }}{{ o.a.[0] }}{{ x }}"),
        ("{{ o | stringify }}{{ o | stringify(2) }}", "{{ json o }}{{ json o indent=2 }}"),
        ("{% if x %}a{% elif not y %}b{% else %}c{% endif %}", "{{#if x}}a{{else unless y}}b{{else}}c{{/if}}"),
        (
            "{% if x == 'a' %}b{% endif %}{% if x != 3 %}c{% endif %}",
            '{{#ifEquals x "a"}}b{{/ifEquals}}{{#unlessEquals x 3}}c{{/unlessEquals}}',
        ),
        (
            "- {% for x in xs %}{{ x.n }}{{ y }}{{ loop.index0 }}{% else %}{{ y }}{% endfor %}",
            "- {{#each xs}}{{ n }}{{ ../y }}{{ @index }}{{else}}{{ y }}{{/each}}",
        ),
        (
            "- {% for a in x %}{% for b in a %}{{ a }}{{ b }}{% endfor %}{% endfor %}",
            "- {{#each x}}{{#each this}}{{ ../this }}{{ this }}{{/each}}{{/each}}",
        ),
        ("{{ '{{' }}x}} {{ '{%' }}", "\\{{x}} {%"),
        ("{% raw %}{{x}}{% endraw %}", "\\{{x}}"),
        ("a {#- note -#} b", "a{{! note }}b"),
        ("a  {{- x -}}  b", "a{{x}}b"),
        ("a\n{% if x %}b\nc{% endif %}\nd", "a\n{{#if x}}\nb\nc{{/if}}\nd"),
        ("a\n{% if x %}\nb\n{% endif %}\nc", "a\n{{#if x}}\n\nb\n{{/if}}\n\nc"),
        ("a\n  {% if x %}\nb{% endif %}", "a\n  {{!}}{{#if x}}\nb{{/if}}"),
        ("{x}{{ x }}}", "{x}{{ x ~}} }"),
        ('{"a": { {{- x }}', '{"a": { {{~x}}'),
        ("\\{{ x }}", "\\\\{{ x }}"),
    ],
)
def test_a_template_of_ours_is_written_as_handlebars(ours, theirs):
    exporter = Exporter({})
    assert written(exporter.items(ours)) == theirs
    assert exporter.lost == []


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        ("{{ x | upper }}", "the filter upper"),
        ("{{ x | tojson }}", "the filter tojson"),
        ("{{ x + 1 }}", "the expression 'x + 1'"),
        ("{{ x.strip() }}", "the expression 'x.strip()'"),
        ("{% if x and y %}a{% endif %}", "the expression 'x and y'"),
        ("{% if x is defined %}a{% endif %}", "the expression 'x is defined'"),
        ("{% for x in xs %}{{ loop.index }}{% endfor %}", "loop.index"),
        ("{% for k, v in o.items() %}{% endfor %}", "o.items()"),
        ("{% set x = 1 %}", "{% set %}"),
        ("{% macro m() %}{% endmacro %}", "{% macro %}"),
        ("{% filter upper %}a{% endfilter %}", "{% filter upper %}"),
        ("{% include 'gone.j2' %}", "gone.j2"),
    ],
)
def test_what_handlebars_cannot_say_is_named(ours, said):
    exporter = Exporter({})
    exporter.items(ours)
    assert said in exporter.lost[0][0]


texts = st.text(alphabet="ab {}\\~!#\n\t", max_size=8).map(Plain)
blocks = (
    st.sampled_from(["if x", "each x"])
    .flatmap(lambda head: st.tuples(st.just(head), st.lists(texts, max_size=2)))
    .map(
        lambda made: [
            Mustache(f"#{made[0]}", alone=True, tall=True),
            *made[1],
            Mustache(f"/{made[0].split()[0]}", alone=True),
        ]
    )
)
prints = st.sampled_from(["x", " x "]).map(lambda code: [Mustache(code)])


def flat(nodes):
    """Return plain text with one mark for each tag."""
    parts = []
    for node in nodes:
        if isinstance(node, Text):
            parts.append(node.value)
        elif isinstance(node, Block):
            parts.append(f"\0{flat(node.body)}\0")
        elif not isinstance(node, Comment):
            parts.append("\0")
    return "".join(parts)


@given(st.lists(st.one_of(texts.map(lambda item: [item]), prints, blocks), max_size=6), st.booleans())
def test_each_text_that_is_written_is_read_back_as_it_is(groups, guarded):
    items = [item for group in groups for item in group]
    tree = _handlebars.parse(written(items, guarded=guarded), "p")
    assert flat(tree.nodes) == "".join(item.text if isinstance(item, Plain) else "\0" for item in items)
