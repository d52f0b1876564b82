"""Plain mustache to Jinja."""

import pytest

from llmops_cli.convert._mustache import to_jinja
from llmops_cli.errors import UsageError
from llmops_cli.render.environment import environment

# Template, values, text: from the mustache specification's rules.
CASES = [
    ("Hello {{name}}!", {"name": "W"}, "Hello W!"),
    ("{{ name }} {{{name}}} {{&name}} {{& name }}", {"name": "<b>&"}, "<b>& <b>& <b>& <b>&"),
    ("[{{gone}}]", {}, "[]"),
    ("{{n}} {{z}}", {"n": 1.5, "z": 0}, "1.5 0"),
    ("{{#show}}yes{{/show}}", {"show": True}, "yes"),
    ("{{#show}}yes{{/show}}", {"show": False}, ""),
    ("{{#show}}yes{{/show}}", {}, ""),
    ("{{^show}}no{{/show}}", {}, "no"),
    ("{{^show}}no{{/show}}", {"show": []}, "no"),
    ("{{^show}}no{{/show}}", {"show": [1]}, ""),
    ("{{#items}}{{.}} {{/items}}", {"items": ["a", "b"]}, "a b "),
    ("{{#items}}{{n}}{{/items}}", {"items": [{"n": 1}, {"n": 2}]}, "12"),
    ("{{#items}}{{n}}{{out}}{{/items}}", {"items": [{"n": 1}, {"n": 2, "out": "i"}], "out": "o"}, "1o2i"),
    ("{{#user}}{{name}} {{age}}{{/user}}", {"user": {"name": "A", "age": 3}}, "A 3"),
    ("{{#name}}Hi {{name}}{{/name}}", {"name": "A"}, "Hi A"),
    ("{{#name}}Hi {{.}}{{/name}}", {"name": "A"}, "Hi A"),
    ("{{user.name}} {{user.gone}}", {"user": {"name": "A"}}, "A "),
    ("{{#a}}{{#b}}{{x}}{{y}}{{/b}}{{/a}}", {"a": [{"x": 1, "b": [{"y": 2}, {"y": 3}]}]}, "1213"),
    ("{{#a}}{{^b}}none{{/b}}{{/a}}", {"a": [{"b": []}, {"b": 1}]}, "none"),
    ("a\n{{! a note\n  of two lines }}\nb", {}, "a\nb"),
    ("a {{! note }} b", {}, "a  b"),
    ("a\n{{#s}}\nb\n{{/s}}\nc\n", {"s": True}, "a\nb\nc\n"),
    ("a\n  {{#s}}\n  b\n  {{/s}}\nc", {"s": True}, "a\n  b\nc"),
    ("{{#s}}\nb\n{{/s}}", {"s": True}, "b\n"),
    ("| {{#s}} b {{/s}} |\n", {"s": True}, "|  b  |\n"),
    ("{% raw %} {# x #} {word} {", {}, "{% raw %} {# x #} {word} {"),
    ("{{name}}", {"name": "{{other}} {% x %}"}, "{{other}} {% x %}"),
]


@pytest.mark.parametrize(("template", "values", "expected"), CASES)
def test_a_template_renders_as_mustache_does(template, values, expected):
    made, variables = to_jinja(template)
    known = {name: values.get(name, spec["default"]) for name, spec in variables.items()}
    assert environment({}, {}).from_string(made).render(known) == expected


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{> part}}", "partial"),
        ("{{=<% %>=}}", "delimiters"),
        ("{{#a}}", "never closed"),
        ("{{/a}}", "no open section"),
        ("{{#a}}{{#b}}{{/a}}{{/b}}", "no open section"),
        ("{{.}}", "outside a section"),
        ("{{a b}}", "the name"),
        ("{{true}}", "the name"),
        ("{{", "without its end"),
        ("{{name", "without its end"),
        ("{{$block}}{{/block}}", "block"),
        ("{{}}", "the name"),
    ],
)
def test_what_has_no_counterpart_is_refused_by_name(template, says):
    with pytest.raises(UsageError, match=says):
        to_jinja(template, "p")


def test_a_section_over_a_known_boolean_is_a_plain_condition():
    made, variables = to_jinja("{{#show}}{{name}}{{/show}}", types={"show": "boolean"})
    assert made == "{% if show %}{{ name }}{% endif %}"
    assert list(variables) == ["name", "show"]
