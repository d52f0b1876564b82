"""Templates that want to escape, to hang or to eat the machine: each is answered in time, and nothing is left."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pace
import pytest
from render_prompts import prompt

from llmops_cli.model.prompt import Variable
from llmops_cli.render import pieces, syntax
from llmops_cli.render.errors import RenderError
from llmops_cli.render.messages import Renderer
from llmops_cli.render.outline import outline
from llmops_cli.render.template import facts

DOUBLING = "{% set a = 'x' %}" + "{% set a = a ~ a ~ a ~ a %}" * 40 + "{{ a | length }}"
ATTACKS = {
    "power": "{{ 9**99999999 }}",
    "power of power": "{{ 9**9**9 }}",
    "power of a variable": "{{ (x | length + 9) ** 99999999 }}",
    "repeated text": "{{ 'x' * 10**9 }}",
    "repeated list": "{{ [1] * 999999999 }}",
    "repeated value": "{{ x * 999999999 }}",
    "center": "{{ 'x' | center(900000000) }}",
    "center method": "{{ 'x'.center(900000000) }}",
    "zfill method": "{{ 'x'.zfill(900000000) }}",
    "percent": "{{ '%1000000000d' % 1 }}",
    "format filter": "{{ '%1000000000d' | format(1) }}",
    "format method": "{{ '{0:1000000000}'.format(1) }}",
    "format attributes": "{{ '{0.__class__.__init__.__globals__}'.format(x) }}",
    "format_map": "{{ '{x.__class__}'.format_map({'x': 1}) }}",
    "nested loops": "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}",
    "long loop of text": "{% for a in range(9999) %}" + "y" * 1000 + "{% endfor %}",
    "long range": "{% for a in range(10**30) %}{% endfor %}",
    "recursive macro": "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
    "branching macro": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(90) }}",
    "recursive loop": "{% for a in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
    "doubling": DOUBLING,
    "replace": "{{ ('a' * 100000) | replace('a', 'b' * 100000) }}",
    "join": "{{ range(9999) | list | join('b' * 100000) }}",
    "indent": "{{ x | indent(999999999, true) }}",
    "tojson indent": "{{ [1] | tojson(999999999) }}",
    "round": "{{ 1.5 | round(999999999) }}",
    "class walk": "{{ x.__class__.__mro__[1].__subclasses__() }}",
    "class walk by key": "{{ x['__class__']['__mro__'] }}",
    "class walk by filter": "{{ x | attr('__class__') }}",
    "class walk of a list": "{{ ().__class__.__base__.__subclasses__() }}",
    "globals of range": "{{ range.__globals__ }}",
    "globals of a macro": "{% macro f() %}{% endmacro %}{{ f.__init__.__globals__ }}",
    "globals of loop": "{% for a in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "self": "{{ self.__init__.__globals__ }}",
    "self's environment": "{{ self._TemplateReference__context.environment }}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "cycler": "{{ cycler.__init__.__globals__.os }}",
    "joiner": "{{ joiner('x') }}",
    "namespace": "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}{{ ns.a }}",
    "change of a value": "{{ items.append(1) }}",
    "clearing of a mapping": "{{ {'a': 1}.clear() }}",
    "map": "{{ items | map(attribute='__class__') | list }}",
    "include of a file": "{% include '/etc/passwd' %}",
    "include by value": "{% include x %}",
    "import": "{% import 'os' as os %}{{ os }}",
    "extends": "{% extends 'base' %}",
    "deep nesting": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "deep nots": "{{ " + "not " * 5000 + "x }}",
    "long sum": "{{ " + "1 + " * 3000 + "1 }}",
    "deep blocks": "{% if x %}" * 400 + "{% endif %}" * 400,
    "unending tag": "{{ " + "'a' " * 20000,
    "range printed": "{{ range }}",
    "macro printed": "{% macro f() %}{% endmacro %}{{ f }}",
    "huge number": "{{ " + "9" * 100000 + " }}",
    # format, reached by other ways (CVE-2016-10745, CVE-2019-10906, CVE-2024-56326, CVE-2025-27516)
    "kept format": "{% set f = '{0.__class__}'.format %}{{ f(x) }}",
    "format by filter": "{{ ('{0.__class__}' | attr('format'))(x) }}",
    "format by key": "{{ '{0.__class__}'['format'](x) }}",
    "format through map": "{{ ['{0.__class__}'] | map('format', x) | list }}",
    "format_map kept": "{% set f = '{a.__class__}'.format_map %}{{ f({'a': x}) }}",
    "percent character": "{{ '%c' % 95 }}",
    "format of a value": "{{ x.format(x) }}",
    # names put together
    "class walk in pieces": "{{ x['__cla' ~ 'ss__'] }}",
    "class walk by escape": "{{ x['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "class walk by join": "{{ x[['__cl', 'ass__'] | join] }}",
    "mro of a type": "{{ ''.mro() }}",
    "code of a filter": "{{ (x | upper).__code__ }}",
    "generator frame": "{% for a in [1] %}{{ loop._iterator.gi_frame }}{% endfor %}",
    "caller's frame": "{% macro f() %}{{ caller.__globals__ }}{% endmacro %}{{ f() }}",
    "varargs": "{% macro f() %}{{ varargs.__class__ }}{% endmacro %}{{ f(1) }}",
    "init subclass": "{{ x.__init_subclass__ }}",
    "reduce": "{{ items.__reduce_ex__(2) }}",
    "module of range": "{{ range.__self__ }}",
    # what other frameworks leave lying about
    "config": "{{ config.items() }}",
    "request": "{{ request.application.__globals__ }}",
    "url_for": "{{ url_for.__globals__.os }}",
    "get_flashed_messages": "{{ get_flashed_messages.__globals__ }}",
    "dict": "{{ dict(a=1).__class__ }}",
    "debug": "{% debug %}",
    "do": "{% do items.append(1) %}",
    "trans": "{% trans %}x{% endtrans %}",
    "xmlattr": "{{ {'a b': x} | xmlattr }}",
    "pprint": "{{ x | pprint }}",
    "select": "{{ items | selectattr('__class__') | list }}",
    "groupby": "{{ items | groupby('__class__') }}",
    "custom test": "{% if x is callable %}{% endif %}",
    "autoescape": "{% autoescape true %}{{ x }}{% endautoescape %}",
    # includes
    "include of several": "{% include ['a.j2', '/etc/passwd'] %}",
    "include put together": "{% include '../' ~ x %}",
    "include that may fail": "{% include '/etc/passwd' ignore missing %}",
    "from import": "{% from '/etc/passwd' import x %}",
    # size
    "replace of nothing": "{{ ('a' * 100000) | replace('', 'b' * 1000) }}",
    "replace method": "{{ ('a' * 100000).replace('a', 'b' * 100000) }}",
    "join method": "{{ ('b' * 100000).join(('a' * 100000) | list) }}",
    "ljust": "{{ 'x'.ljust(900000000) }}",
    "expandtabs": "{{ '\t'.expandtabs(900000000) }}",
    "translate": "{{ 'a'.translate({97: 'b' * 10**9}) }}",
    "split of much": "{{ ('a ' * 500000).split() | join(', ' * 1000) }}",
    "sum of lists": "{% set ns = [1] * 9999 %}{% for a in ns %}{% for b in ns %}{{ a + b }}{% endfor %}{% endfor %}",
    "doubling tilde in a macro": "{% macro f(s, n) %}{% if n %}{{ f(s ~ s, n - 1) }}{% else %}{{ s }}{% endif %}{% endmacro %}{{ f('x', 40) }}",
    "shifting": "{{ 1 << 99999999 }}",
    "division chain": "{{ 1 // 0 }}",
    "power of a float": "{{ 1e308 ** 99 }}",
    "negative power": "{{ 0 ** -1 }}",
    "nested lists": "{{ " + "[" * 500 + "]" * 500 + " }}",
    "nested filters": "{{ x" + " | upper" * 5000 + " }}",
    "nested attributes": "{{ x" + ".a" * 5000 + " }}",
    "nested calls": "{{ x" + ".upper()" * 3000 + " }}",
    "nested ternaries": "{{ " + "x if x else " * 2000 + "x }}",
    "many blocks": "{% if x %}{% endif %}" * 6000,
    "many elifs": "{% if x %}" + "{% elif x %}" * 6000 + "{% endif %}",
    "many prints": "{{ x }}" * 100000,
    "many comments": "{# x #}" * 100000,
    "open comments": "{# " * 100000,
    "open raws": "{% raw %}" * 50000,
    "braces": "{" * 500000,
    "line statements": "# for a in range(9999)\n" * 10000,
    "NUL": "{{ x\0 }}",
    "surrogate": "{{ x \ud800 }}",
}
# What rules as hostile here may also be harmless: these render.
HARMLESS = {"deep blocks", "power of power"}  # jinja2 reads 9**9**9 from the left
HARMLESS |= {"many prints", "many comments", "many elifs", "many blocks", "braces", "line statements", "varargs"}


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_a_hostile_template_is_refused_within_two_seconds(name):
    spent_s, said = attacked(name)
    for _ in range(3):  # a busy machine slows one try, not the quickest of four
        if spent_s >= 2:
            spent_s = min(spent_s, attacked(name)[0])
    assert spent_s < 2.5  # the child's deadline is 2 s; then it is killed
    assert not any(word in said for word in ("<class", "root:", "uid=", "builtins"))


def attacked(name):
    """Return how long the answer took, in seconds of a quiet machine, and what it was."""
    variables = ("x", Variable("items", {"type": "array"}))
    slowness = pace.slowness(time.monotonic)
    with Renderer(prompt(ATTACKS[name], variables=variables)) as renderer:
        started = time.monotonic()
        try:
            said = renderer.render({"x": "value", "items": [1]}).messages[0]["content"]
            assert name in HARMLESS
        except RenderError as error:
            said = f"{error} {error.hint}"
        spent_s = time.monotonic() - started
    return spent_s / max(slowness, pace.slowness(time.monotonic)), said


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_a_hostile_template_is_outlined_within_two_seconds_and_not_run(name):
    about = prompt(ATTACKS[name], variables=("x", Variable("items", {"type": "array"})))

    def look():
        syntax._kept.cache_clear()
        pieces.cut.cache_clear()
        outline(about, facts(about))

    assert pace.seconds(look, 2) < 2


def test_a_regular_expression_that_never_ends_is_stopped():
    slow = Variable("x", {"type": "string", "pattern": "^(a+)+$"})
    with Renderer(prompt("{{ x }}", variables=(slow,)), deadline_s=1.5) as renderer:
        with pytest.raises(RenderError, match="longer than"):
            renderer.render({"x": "a" * 64 + "b"})
        assert renderer.render({"x": "aaa"}).messages[0]["content"] == "aaa"


def test_a_remote_ref_in_a_schema_is_never_fetched():
    away = Variable("x", {"$ref": "http://127.0.0.1:9/schema.json"})
    with Renderer(prompt("{{ x }}", variables=(away,))) as renderer, pytest.raises(RenderError, match="unknown"):
        renderer.render({"x": "a"})


def test_the_child_is_killed_reaped_and_started_anew():
    template = (
        "{% for a in range(n) %}{% for b in range(n) %}{% for c in range(n) %}{% endfor %}{% endfor %}{% endfor %}done"
    )
    before = children()
    renderer = Renderer(prompt(template, variables=(Variable("n", {"type": "integer"}),)), deadline_s=0.6)
    with renderer:
        assert renderer.render({"n": 1}).messages[0]["content"] == "done"
        with pytest.raises(RenderError, match="longer than"):
            renderer.render({"n": 9999})
        assert renderer.render({"n": 2}).messages[0]["content"] == "done"
    assert children() == before, "no child is left, not even a dead one"


def children():
    """Return the processes of this one: other tests may have some of their own."""
    files = Path("/proc/self/task").glob("*/children")
    return {child for file in files for child in file.read_text().split()}


def test_the_child_knows_nothing_of_our_environment_and_folder(tmp_path):
    (tmp_path / "jinja2.py").write_text("raise SystemExit('hijacked')")
    script = (
        "from llmops_cli.model.prompt import Message, Prompt\n"
        "from llmops_cli.model.source import NOWHERE\n"
        "from llmops_cli.render.messages import Renderer\n"
        "prompt = Prompt('p', 'm', (Message('user', '{% for a in range(2) %}{{ a }}{% endfor %}'),), NOWHERE)\n"
        "with Renderer(prompt) as renderer:\n"
        "    print(renderer.render({}).messages[0]['content'])\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": root, "PATH": os.environ["PATH"], "PYTHONSTARTUP": "x.py"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("01\n", 0), done.stderr
