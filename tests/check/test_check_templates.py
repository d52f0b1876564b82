"""Rules about templates, variables and names."""

import pytest
from linted import found, problems

ENUM = "variables: {t: {type: string, enum: [a, b]}, x: string, o: {type: string, required: false}, f: boolean}\n"


@pytest.mark.parametrize(
    ("template", "marks"),
    [
        ("{% if t == 'a' %}1{% elif t == 'c' %}2{% endif %}", ["warning {% elif t == 'c' %}"]),
        ("{% if t == 'formel' %}1{% else %}2{% endif %}", ["warning {% if t == 'formel' %}"]),
        ("{% if t in ['c', 'd'] %}1{% endif %}", ["warning {% if t in ['c', 'd'] %}"]),
        ("{% if x %}1{% elif x %}2{% endif %}", ["warning {% elif x %}"]),
        ("{% if x == 'q' %}1{% elif t %}{% elif x == 'q' %}2{% endif %}", ["warning {% elif x == 'q' %}"]),
        ("{% if x is defined %}1{% else %}2{% endif %}", ["warning {% else %}"]),
        ("{% if x is not defined %}1{% endif %}", ["warning {% if x is not defined %}"]),
        ("{% if false %}1{% endif %}", ["warning {% if false %}"]),
        ("{% if 1 == 2 %}1{% endif %}", ["warning {% if 1 == 2 %}"]),
        ("{% if x %}{% if not x %}1{% endif %}{% endif %}", ["warning {% if not x %}"]),
        ("{% if f and not f %}1{% endif %}", ["warning {% if f and not f %}"]),
        ("{%- if t == 'z' -%}1{% endif %}", ["warning {%- if t == 'z' -%}"]),
        ("{% if t == 'a' %}1{% elif t == 'b' %}2{% else %}3{% endif %}", ["note {% else %}"]),
        ("{% if f %}1{% elif not f %}2{% else %}3{% endif %}", ["note {% else %}"]),
        ("{% if t == 'a' %}1{% else %}2{% endif %}", []),
        ("{% if o is defined %}1{% else %}2{% endif %}", []),
        ("{% if x %}1{% else %}2{% endif %}", []),
        ("{% if x == 'a' %}1{% elif x == 'b' %}2{% else %}3{% endif %}", []),
        ("{% if x | length > 3 %}1{% elif x | length > 1 %}2{% endif %}", []),
        ("{% for t in [1, 2] %}{% if t == 'c' %}1{% endif %}{% endfor %}", []),
        ("{% set t = 'c' %}{% if t == 'c' %}1{% endif %}", []),
        ("{% for i in [1, 2] %}{% if loop.first %}1{% elif loop.first %}2{% endif %}{% endfor %}", []),
        ("{% if t %}{% if x %}1{% endif %}{% if x %}2{% endif %}{% endif %}", []),
        ("{# {% if false %} #}{% raw %}{% if false %}{% endraw %}", []),
        ("{% if x and t == 'a' %}1{% elif x %}2{% elif t == 'a' %}3{% else %}4{% endif %}", []),
    ],
)
def test_a_branch_that_no_values_lead_to_is_found_at_its_tag(tmp_path, template, marks):
    assert found(tmp_path, "LP014", f"{ENUM}template: |\n  {template}\n") == marks


def test_an_optional_variable_with_an_enum_may_be_absent(tmp_path):
    text = "variables: {t: {enum: [a], required: false}}\ntemplate: \"{% if t == 'a' %}1{% else %}2{% endif %}\"\n"
    assert found(tmp_path, "LP014", text) == []
    assert found(tmp_path, "LP014", text.replace("required: false", "default: a")) == ["warning {% else %}"]


def test_a_branch_of_an_include_is_found_in_the_include(tmp_path):
    files = {"prompts/part.j2": "line\n{% if t == 'z' %}1{% endif %}"}
    (problem,) = problems(tmp_path, "LP014", f"{ENUM}template: \"{{% include 'part.j2' %}}\"\n", files=files)
    assert str(problem.source) == "prompts/part.j2:2:1"


LISTS = "variables: {items: {type: array}, data: {type: object}, any: {type: [array, string]}, x: string}\n"


@pytest.mark.parametrize(
    ("template", "marks"),
    [
        ("{{ items }}", ["error items"]),
        ("a {{ data }} b {{ items }}", ["error data", "error items"]),
        ("{% if x %}{{- items -}}{% endif %}", ["error items"]),
        ("{{ items | default([]) }}", ["error items"]),
        ("{{ items | tojson }}{{ items | join(', ') }}{{ items | length }}{{ data.name }}{{ items[0] }}", []),
        ("{% for item in items %}{{ item }}{% endfor %}", []),
        ("{% for items in [1] %}{{ items }}{% endfor %}", []),
        ("{{ any }}{{ x }}", []),
        ("{% raw %}{{ items }}{% endraw %}{# {{ items }} #}", []),
    ],
)
def test_a_list_that_is_printed_as_it_is_is_found(tmp_path, template, marks):
    assert found(tmp_path, "LP015", f"{LISTS}template: |\n  {template}\n") == marks


def test_an_undeclared_variable_may_be_anything(tmp_path):
    assert found(tmp_path, "LP015", "template: '{{ items }}'\n") == []


@pytest.mark.parametrize(
    ("template", "marks"),
    [
        ("{% for x in items %}{{ x }}{% endfor %}", ["warning x"]),
        ("{% set x = 'a' %}{{ x }}", ["warning x"]),
        ("{% macro m(x) %}{{ x }}{% endmacro %}{{ m('a') }}", ["warning x"]),
        ("{% for i, x in data.items() %}{{ x }}{% endfor %}", ["warning x"]),
        ("{% for each in items %}{{ each }} {{ x }}{% endfor %}", []),
        ("{% set y = x %}{{ y }}", []),
        ("{% for i in x if i == x %}{{ i }}{% endfor %}", []),
    ],
)
def test_a_name_that_hides_a_variable_is_found(tmp_path, template, marks):
    assert found(tmp_path, "LP016", f"{LISTS}template: |\n  {template}\n") == marks


def test_a_variable_that_the_language_keeps_is_an_error(tmp_path):
    assert found(tmp_path, "LP016", "variables: {range: string}\ntemplate: '{{ range }}'\n") == ["error range"]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("constants: {a: x, b: y}\ntemplate: '{a}'\n", ["warning b"]),
        ("literals: [a, b]\ntemplate: '{a} {{ z }}'\n", ["warning b"]),
        ("constants: {a: x}\ntemplate: '{a}'\n", []),
        ("constants: {a: x}\ntemplate: '{\"k\": {a}}'\n", []),
        ("literals: [a]\ntemplate: '\\frac{a}{b} {{ z }}'\n", []),
    ],
)
def test_a_constant_or_literal_without_a_use_is_found(tmp_path, text, marks):
    assert found(tmp_path, "LP017", text) == marks


def test_a_mistyped_constant_is_guessed(tmp_path):
    (problem,) = problems(tmp_path, "LP017", "constants: {currency: EUR}\ntemplate: 'in {curency}'\n")
    assert problem.hint == "is {curency} meant to be {currency}?"


def test_a_constant_in_an_include_is_used(tmp_path):
    files = {"prompts/a.j2": "{c}"}
    assert found(tmp_path, "LP017", "constants: {c: x}\ntemplate: \"{% include 'a.j2' %}\"\n", files=files) == []


@pytest.mark.parametrize(
    ("spec", "marks"),
    [
        ("{type: string, enum: [en, de], default: english}", ["error english"]),
        ("{type: string, default: 3}", ["error 3"]),
        ("{default: 3}", ["error 3"]),
        ("{type: integer, minimum: 5, default: 3}", ["error 3"]),
        ("{type: string, pattern: '^[a-z]+$', default: A1}", ["error A1"]),
        ("{type: array, items: {type: string}, default: [1]}", ["error ["]),
        ("{enum: [1, 2], default: 3}", ["error 3"]),
        ("{type: string, enum: [en, de], default: en}", []),
        ("{type: string, default: ''}", []),
        ("{type: string, default: null}", []),
        ("{type: [string, 'null'], default: null}", []),
        ("{type: number, default: 3}", []),
        ("{type: array, default: []}", []),
        ("{type: messages, default: []}", []),
    ],
)
def test_a_default_must_be_a_value_that_a_caller_may_give(tmp_path, spec, marks):
    assert found(tmp_path, "LP018", f"variables:\n  v: {spec}\ntemplate: '{{{{ v }}}}'\n") == marks


def test_a_default_with_an_endless_pattern_is_answered_in_time(tmp_path):
    spec = f"{{type: string, pattern: '^(a+)+$', default: {'a' * 60}b}}"
    assert len(found(tmp_path, "LP018", f"variables:\n  v: {spec}\ntemplate: '{{{{ v }}}}'\n")) == 1


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ("{type: string, required: true, default: en}", 1),
        ("{type: string, required: false, default: en}", 0),
        ("{type: string, required: true}", 0),
        ("{type: object, required: [a], default: {a: 1}}", 0),
    ],
)
def test_required_with_a_default_is_said(tmp_path, spec, count):
    assert len(found(tmp_path, "LP019", f"variables:\n  v: {spec}\ntemplate: '{{{{ v }}}}'\n")) == count


def test_an_alias_that_helps_nobody_is_found(tmp_path):
    assert found(tmp_path, "LP024", "aliases: [p, q, q]\ntemplate: x\n") == ["warning p", "warning q"]
    assert found(tmp_path, "LP024", "aliases: [q, r]\ntemplate: x\n") == []
    assert found(tmp_path, "LP024", "id: p-v2\nmodel: m\naliases: [p-v2]\ntemplate: x\n") == []


def test_params_at_the_top_are_a_note(tmp_path):
    assert found(tmp_path, "LP025", "temperature: 0\nmax_tokens: 3\ntemplate: x\n") == ["note temperature"]
    assert found(tmp_path, "LP025", "params: {temperature: 0}\nx-temperature: 1\ntemplate: x\n") == []


RISKY = "variables: {d: {type: string, trust: untrusted}, n: {type: integer, trust: untrusted}, s: string}\n"


@pytest.mark.parametrize(
    ("system", "marks"),
    [
        ("Sort {{ d }}", ["warning d"]),
        ("{% if s %}{{ d | upper }}{% endif %}", ["warning d"]),
        ("{% for w in d.split() %}{{ w }}{% endfor %}", ["warning d"]),
        ("{% if d %}There is one.{% endif %}", []),
        ("{{ d | length }} characters", []),
        ("{{ n }} {{ s }}", []),
    ],
)
def test_untrusted_text_in_a_system_message_is_found(tmp_path, system, marks):
    text = f'{RISKY}messages:\n- role: system\n  content: "{system}"\n- {{role: user, content: "<d>{{{{ d }}}}</d>"}}\n'
    assert found(tmp_path, "LP042", text) == marks
    assert found(tmp_path, "LP042", text.replace("role: system", "role: developer")) == marks
    assert found(tmp_path, "LP043", text) == []


@pytest.mark.parametrize(
    "template",
    [
        "Summarise: {{ d }}",
        "Summarise: {{ d }} in one sentence",
        "{{ d }}\n\nSummarise the above.",
        "Read it.\n\n{{ d }}",
        "<rules>short</rules> {{ d }} now",
        "<d>{{ d }} and this",
        "Text: {{ d | upper }}",
    ],
)
def test_untrusted_text_without_a_border_is_found(tmp_path, template):
    body = "\n".join(f"  {line}" for line in template.split("\n"))
    assert found(tmp_path, "LP043", f"{RISKY}template: |\n{body}\n") == ["warning d"]


@pytest.mark.parametrize(
    "template",
    [
        "{{ d }}",
        "  {{ d }}  ",
        "Read: <doc>{{ d }}</doc>",
        "Read:\n<doc id='1'>\n{{ d }}\n</doc>\nBriefly.",
        "Read:\n```text\n{{ d }}\n```",
        'Read: """{{ d }}"""',
        'Read "{{ d }}" aloud',
        "Read «{{ d }}».",
        "---\n{{ d }}\n---",
        "=== BEGIN ===\n{{ d }}\n=== END ===",
        "### Document\n{{ d }}\n### Task\nSummarise.",
        "### Document\n{{ d }}",
        "[document]\n{{ d }}\n[/document]",
        "Read: {{ d | tojson }}",
        "There are {{ d | length }}",
        "{{ n }} and {{ s }} are fine",
    ],
)
def test_untrusted_text_between_borders_is_fine(tmp_path, template):
    body = "\n".join(f"  {line}" for line in template.split("\n"))
    assert found(tmp_path, "LP043", f"{RISKY}template: |\n{body}\n") == []


OPTIONAL = "variables: {x: string, o: {type: string, required: false}, d: {type: string, default: a}, l: {type: messages, required: false}}\n"


@pytest.mark.parametrize(
    ("template", "marks"),
    [
        ("{{ x }} {{ o }}", ["warning o"]),
        ("{{ x }}{% if x %}y{% endif %} {{ o }} {{ o }}", ["warning o"]),
        ("{{ o | upper }}", ["warning o"]),
        ("{% if o == 'a' %}1{% endif %}", ["warning o"]),
        ("{{ 'a' ~ o }}", ["warning o"]),
        ("{% set y = o | trim %}{{ y }}", ["warning o"]),
        ("{% for c in o %}{{ c }}{% endfor %}", ["warning o"]),
        ("{% if o %}{{ o }}{% endif %}", []),
        ("{% if x %}{{ o }}{% endif %}", []),
        ("{{ o | default('') | upper }}{{ o if o is defined else x }}{{ o or x }}", []),
        ("{% if not o or o == 'a' %}1{% endif %}", []),
        ("{% set o = 'a' %}{{ o }}", []),
        ("{% macro m(o) %}{{ o }}{% endmacro %}{{ m(x) }}", []),
        ("{{ x }} {{ d }}", []),
        ("{# {{ o }} #}{% raw %}{{ o }}{% endraw %}", []),
    ],
)
def test_an_optional_variable_that_every_call_reads_is_found_at_its_first_use(tmp_path, template, marks):
    assert found(tmp_path, "LP026", f"{OPTIONAL}template: |\n  {template}\n") == marks


def test_an_optional_variable_that_an_include_reads_is_found_there(tmp_path):
    files = {"prompts/part.j2": "line\n{{ o }}"}
    (problem,) = problems(tmp_path, "LP026", f"{OPTIONAL}template: \"{{% include 'part.j2' %}}\"\n", files=files)
    assert str(problem.source) == "prompts/part.j2:2:4"
