"""Names are followed as Python looks them up: a name that is rebound holds no prompt, and what is plain is read."""

import ast
import symtable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.load.call_bindings import bindings
from llmops_cli.load.callsites import call_sites

START = 'from llmops_cli import prompts\ng = prompts.get("greet")\ng.render(name="x")\n'
IMPORTS = "from llmops_cli import prompts\nfrom llmops_cli.runtime import Loader\nimport asyncio, functools, litellm\n"
DYNAMIC = "other values are only known at run time"
RUN_TIME = "its id is only known at run time"
WRONG = "g.render(title=1)"


ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("llmops_cli/*/*.py"), *ROOT.glob("tests/load/*.py")])[::12]


def read(path):
    return path.read_text(encoding="utf-8")


def block(head, body=WRONG):
    return head + "\n" + "\n".join(f"    {line}" for line in body.splitlines())


REBOUND = {
    "for": block("for g in xs:"),
    "for tuple": block("for i, g in enumerate(xs):"),
    "for nested tuple": block("for i, (j, [*g]) in xs:"),
    "after for": f"for g in xs: pass\n{WRONG}",
    "list": "[g.render(title=1) for g in xs]",
    "set": "{g.render(title=1) for g in xs}",
    "dict": "{k: g.render(title=1) for k, g in xs}",
    "generator": "list(g.render(title=1) for x in xs for g in x)",
    "condition": "[1 for g in xs if g.render(title=1)]",
    "inner iterable": "[x for g in xs for x in g.render(title=1)]",
    "def": f"def g(): pass\n{WRONG}",
    "async def": f"async def g(): pass\n{WRONG}",
    "class": f"class g: pass\n{WRONG}",
    "import": f"import x as g\n{WRONG}",
    "import plain": f"import g.h\n{WRONG}",
    "from": f"from x import g\n{WRONG}",
    "from as": f"from . import y as g\n{WRONG}",
    "except": "try: pass\n" + block("except E as g:"),
    "except group": "try: pass\n" + block("except* E as g:"),
    "with": block("with o() as g:"),
    "with tuple": block("with o() as (x, g):"),
    "with call": block("with g as g.x, o() as g:"),
    "mapping": "match x:\n" + block("    case {'a': g}: ").replace("\n    ", "\n        "),
    "rest": "match x:\n" + block("    case {**g}: ").replace("\n    ", "\n        "),
    "star": "match x:\n" + block("    case [*g]: ").replace("\n    ", "\n        "),
    "as": "match x:\n" + block("    case int() as g: ").replace("\n    ", "\n        "),
    "guard": "match x:\n    case g if g.render(title=1): pass",
    "del": f"del g\n{WRONG}",
    "walrus": "(g := T()).render(title=1)",
    "walrus in a comprehension": f"[g := x for x in xs]\n{WRONG}",
    "while": block("while (g := n()):"),
    "assign": f"g = T()\n{WRONG}",
    "starred": f"x, *g = xs\n{WRONG}",
    "unpacked": f"x, g = o()\n{WRONG}",
    "augmented": f"g += 1\n{WRONG}",
    "annotated": f"g: T = T()\n{WRONG}",
    "both branches": f"if z: g = T()\nelse: g = U()\n{WRONG}",
    "or left": f"if z: g = T()\nelse: raise E\n{WRONG}",
    "or the end": f"try: g = T()\nexcept E: sys.exit()\n{WRONG}",
    "in the end": f"try: g = T()\nexcept E: g = U()\nfinally: {WRONG}",
    "every case": f"match x:\n    case 1: g = T()\n    case _: g = U()\n{WRONG}",
    "lambda": "lambda g: g.render(title=1)",
    "parameter": block("def f(g):"),
    "keyword": block("def f(*, g=None):"),
    "rest of parameters": block("def f(*g):"),
    "positional": block("def f(x, g, /):"),
    "more": block("def f(**g):"),
    "class body": block("class C:", f"g = T()\n{WRONG}"),
    "method of the name": block("class C:", "def g(self): pass\ndef f(self): self.g.render(title=1)"),
    "attribute of another class": "class C:\n    def __init__(self): self.p = g\nclass D:\n    def f(self): self.p.render(title=1)",
    "attribute set twice": "class C:\n    p = g\n    def h(self, p): self.p = p\n    def f(self): self.p.render(title=1)",
    "attribute of a subclass": "class C:\n    p = g\n    def f(self): self.p.render(title=1)\nclass D(C):\n    p = T()",
    "static": "class C:\n    p = g\n    @staticmethod\n    def f(x): x.p.render(title=1)",
    "prompts": "prompts = {}\nprompts.get('a').render(title=1)",
    "prompts by parameter": "def f(prompts): prompts.get('a').render(title=1)",
    "prompts in a loop": "for prompts in xs: prompts.get('a').render(title=1)",
}  # fmt: skip
ASYNC = {
    "async for": block("async for g in xs:"),
    "async with": block("async with o() as g:"),
    "async list": "[g.render(title=1) async for g in xs]",
}


def wrong(source):
    return [site.place for site in call_sites(source.encode(), "a.py") if "title" in site.keywords]


@pytest.mark.parametrize("form", REBOUND)
def test_a_name_that_is_bound_to_something_else_holds_no_prompt(form):
    assert wrong(START + REBOUND[form]) == []
    assert wrong(START + block("def outer():", REBOUND[form])) == []


@pytest.mark.parametrize("form", ASYNC)
def test_nor_does_it_where_something_is_awaited(form):
    assert wrong(START + block("async def outer():", ASYNC[form])) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    global g\n    g = T()\n    g.render(title=1)",
        "def f():\n    global g\n    for g in xs: g.render(title=1)\ndef h(): g.render(title=1)",
        "def h(): g.render(title=1)\ndef f():\n    global g\n    g = T()",
        "def f():\n    g = T()\n    def h():\n        nonlocal g\n        g.render(title=1)",
        "def f():\n    g = T()\n    def h(): g.render(title=1)",
        "def f():\n    g.render(title=1)\n    g = T()",
        "def f():\n    prompts = {}\n    def h():\n        class C:\n            x = prompts.get('a').render(title=1)",
        "class C:\n    global g\n    g = T()\ng.render(title=1)",
        "def f():\n    global p\n    p = prompts.get('a')\ndef h():\n    p = T()\n    p.render(title=1)",
    ],
)
def test_a_name_belongs_to_the_scope_that_python_gives_it_to(source):
    assert wrong(START + source) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(REBOUND)), min_size=1, max_size=4))
def test_no_file_whose_names_are_all_rebound_inside_has_a_wrong_call(forms):
    inner = "\n".join(
        f"def f{place}():\n" + block("    if 1:", REBOUND[form]).replace("\n", "\n    ")
        for place, form in enumerate(forms)
    )
    ast.parse(START + inner)
    assert wrong(START + inner) == []
    assert [site.line for site in call_sites((START + inner).encode(), "a.py") if site.keywords == ("name",)] == [3]


CALL = '.get("greet").render(nam=1)'
PLAIN = {
    'prompts.configure(project=".")' + CALL: "",
    'Loader(project=".")' + CALL: "",
    'get = prompts.get\nget("greet").render(nam=1)': "",
    "from llmops_cli import *\nprompts" + CALL: "",
    "def f(loader=Loader()):\n    loader" + CALL: "",
    'class C:\n    def f(self): self.loader.get("greet").render(nam=1)\n    def __init__(self): self.loader = Loader()': "",
    "def f(loader: Loader): loader" + CALL: "",
    'NAME = "greet"\nprompts.get(NAME).render(nam=1)': "",
    'NAME = "greet"\ndef f():\n    prompts.get(NAME).render(nam=1)': "",
    'NAME = "gr" + "eet"\nprompts.get(f"{NAME}").render(nam=1)': "",
    'prompts.get(f"greet").render(nam=1)': "",
    'prompts.get("gre" + "et").render(nam=1)': "",
    'class C:\n    NAME = "greet"\n    def f(self): prompts.get(self.NAME).render(nam=1)': "",
    'class C:\n    G = prompts.get("greet")\n    def f(self): self.G.render(nam=1)': "",
    'class C:\n    G = prompts.get("greet")\n    @classmethod\n    def f(cls): cls.G.render(nam=1)': "",
    'class C:\n    G = prompts.get("greet")\nC.G.render(nam=1)': "",
    'class C:\n    G = prompts.get("greet")\nclass D(C):\n    def f(self): self.G.render(nam=1)': "",
    'p = None\ndef f(): p.render(nam=1)\ndef init():\n    global p\n    p = prompts.get("greet")': "",
    'p = prompts.get("greet")\nfunctools.partial(p.render, nam="x")': DYNAMIC,
    'p = prompts.get("greet")\nasyncio.to_thread(p.render, nam="x")': "",
    'p = prompts.get("greet")\npool.submit(p.render, nam="x")': "",
    'if z:\n    p = prompts.get("greet")\nelse:\n    raise E\np.render(nam=1)': "",
    'def f():\n    p = prompts.get("greet")\n    try: return 1\n    finally: p.render(nam=1)': "",
    'for x in xs:\n    if x:\n        p = prompts.get("greet")\n        break\np.render(nam=1)': "",
    'values = {"nam": 1}\nprompts.get("greet").render(**values)': "",
    'try:\n    p = prompts.get("greet")\nexcept E:\n    p = None\np.render(nam=1)': "",
    'kw = {"prompt_id": "greet", "prompt_variables": {"nam": 1}}\nlitellm.completion(**kw)': "",
    'kw = dict(prompt_id="greet", prompt_variables={"nam": 1})\nlitellm.completion(model="m", **kw)': "",
}  # fmt: skip


@pytest.mark.parametrize("source", PLAIN)
def test_what_is_plain_at_sight_is_read(source):
    (site,) = call_sites((IMPORTS + source).encode(), "a.py")
    assert (site.prompt, site.keywords, site.unchecked) == ("greet", ("nam",), PLAIN[source])


@pytest.mark.parametrize(
    ("source", "prompt", "why"),
    [
        ('NAME = "a"\nNAME = "b"\nprompts.get(NAME).render(x=1)', "", RUN_TIME),
        ('NAME = "a"\ndef f():\n    global NAME\n    NAME = "b"\nprompts.get(NAME).render(x=1)', "", RUN_TIME),
        ('def f(name="a"): prompts.get(name).render(x=1)', "", RUN_TIME),
        ('for NAME in ("a", "b"): prompts.get(NAME).render(x=1)', "", RUN_TIME),
        ('class C:\n    N = "a"\n    def f(self): prompts.get(self.N).render(x=1)\nclass D(C):\n    N = "b"', "", RUN_TIME),
        ('prompts.get(f"a{z}").render(x=1)', "", RUN_TIME),
        ('prompts.get(f"{NAME!r}").render(x=1)', "", RUN_TIME),
        ('v = {"x": 1}\nv["y"] = 2\nprompts.get("a").render(**v)', "a", DYNAMIC),
        ('v = {"x": 1}\nfill(v)\nprompts.get("a").render(**v)', "a", DYNAMIC),
        ('v = {"x": 1}\nv.update(y=2)\nprompts.get("a").render(**v)', "a", DYNAMIC),
        ('kw = {"prompt_id": "a"}\nkw["x"] = 1\nlitellm.completion(**kw)', "a", DYNAMIC),
        ('kw = {"prompt": {"id": "pmpt_1"}}\nfill(kw)\nclient.responses.create(**kw)', "pmpt_1", DYNAMIC),
        ('functools.partial(litellm.completion, prompt_id="a")', "a", DYNAMIC),
    ],
)  # fmt: skip
def test_what_may_change_is_listed_and_not_checked(source, prompt, why):
    (site,) = call_sites((IMPORTS + source).encode(), "a.py")
    assert (site.prompt, site.unchecked) == (prompt, why)


def test_a_log_of_a_prompt_id_is_no_call_of_litellm():
    assert call_sites((IMPORTS + 'log(prompt_id="greet")\nx = dict(prompt_id="greet")').encode(), "a.py") == ()


COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")


def locals_of(table):
    """The names that Python itself binds in each function of a symbol table."""
    if table.get_type() == "function" and table.get_name() not in COMPREHENSIONS:
        yield sorted(one.get_name() for one in table.get_symbols() if one.is_local())
    for inner in table.get_children():
        yield from locals_of(inner)


@pytest.mark.parametrize("source", [*map(read, FILES), *(block("def f():", source) for source in REBOUND.values())])
def test_a_function_has_the_names_that_pythons_own_symbol_table_has(source):
    known = bindings(ast.parse(source)).scopes.values()
    expected = sorted(locals_of(symtable.symtable(source, "a.py", "exec")))
    assert sorted(sorted(scope.bound) for scope in known if scope.kind == "function") == expected
