"""Where Python code uses prompts: read from the syntax tree, whatever the shape of the call."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.load.callsites import call_sites, mentions

OURS = "from llmops_cli import prompts\n"
DYNAMIC = "other values are only known at run time"
RUN_TIME = "its id is only known at run time"
ELSEWHERE = "its values are given elsewhere"


def found(source):
    return [
        (site.kind, site.prompt, site.ref, site.keywords, site.unchecked)
        for site in call_sites(source.encode(), "a.py")
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('prompts.get("a/b@1.2.0").render(x=1)', [("a/b", "1.2.0", ("x",), "")]),
        ('prompts.get("a@production").render()', [("a", "production", (), "")]),
        ('prompts.get(address="a").render(x=1)', [("a", "", ("x",), "")]),
        ('p = prompts.get("a")\np.render(x=1, y=2)', [("a", "", ("x", "y"), "")]),
        ('p: object = prompts.get("a")\np.render(x=1)', [("a", "", ("x",), "")]),
        ('with prompts.get("a") as p:\n    p.render(x=1)', [("a", "", ("x",), "")]),
        ('(p := prompts.get("a")).render(x=1)', [("a", "", ("x",), "")]),
        ('def f(p=prompts.get("a")):\n    p.render(x=1)', [("a", "", ("x",), "")]),
        ('def f(*, p=prompts.get("a")):\n    p.render(x=1)', [("a", "", ("x",), "")]),
        ('p = prompts.get("a")\ndef f():\n    return p.render(x=1)', [("a", "", ("x",), "")]),
        ('def f():\n    return p.render(x=1)\np = prompts.get("a")', [("a", "", ("x",), "")]),
        ('async def f():\n    return prompts.get("a").render(x=1)', [("a", "", ("x",), "")]),
        ('r = prompts.get("a").render\nr(x=1)', [("a", "", ("x",), "")]),
        ('a, b = prompts.get("a"), prompts.get("b")\nb.render(x=1)\na.render(y=1)', [("b", "", ("x",), ""), ("a", "", ("y",), "")]),
        ('p = prompts.get("a" if z else "b")\np.render(x=1)', [("", "", ("x",), RUN_TIME)]),
        ('p = prompts.get("a") if z else prompts.get("b")\np.render(x=1)', [("a", "", ("x",), ""), ("b", "", ("x",), "")]),
        ('if z:\n    p = prompts.get("a")\nelse:\n    p = prompts.get("b")\np.render(x=1)', [("a", "", ("x",), ""), ("b", "", ("x",), "")]),
        ('p = prompts.get("a")\np = prompts.get("b")\np.render(x=1)', [("a", "", (), ELSEWHERE), ("b", "", ("x",), "")]),
        ('class C:\n    def go(self):\n        return self.p.render(x=1)\n    def __init__(self):\n        self.p = prompts.get("a")', [("a", "", ("x",), "")]),
        ('[prompts.get("a").render(x=i) for i in range(3)]', [("a", "", ("x",), "")]),
        ('prompts.get("a").render(**{"x": 1, "y": 2})', [("a", "", ("x", "y"), "")]),
        ('prompts.get("a").render(**dict(x=1))', [("a", "", ("x",), "")]),
        ('prompts.get("a").render(x=1, **more)', [("a", "", ("x",), DYNAMIC)]),
        ('prompts.get("a").render(**{"x": 1, **more})', [("a", "", ("x",), DYNAMIC)]),
        ('prompts.get(f"a/{z}").render(x=1)', [("", "", ("x",), RUN_TIME)]),
        ('NAME = "a"\nprompts.get(NAME).render(x=1)', [("a", "", ("x",), "")]),
        ('send(prompts.get("a"))', [("a", "", (), ELSEWHERE)]),
        ('def f():\n    return prompts.get("a")', [("a", "", (), ELSEWHERE)]),
        ("def f(p):\n    p.render(x=1)", []),
        ('p = prompts.get("a")\ndef f(p):\n    p.render(x=1)', [("a", "", (), ELSEWHERE)]),
        ('# prompts.get("a").render(x=1)\n"""prompts.get(\'a\')"""', []),
        ('d = {}\nd.get("a")', []),
    ],
)  # fmt: skip
def test_a_call_of_ours_is_found_in_every_shape(source, expected):
    assert found(OURS + source) == [("llmops", *one) for one in expected]


@pytest.mark.parametrize(
    "start",
    [
        "from llmops_cli import prompts as p\np",
        "import llmops_cli\nllmops_cli.prompts",
        "import llmops_cli as l\nl.prompts",
        "import llmops_cli.prompts as p\np",
        "def f():\n    from llmops_cli import prompts\n    prompts",
        "from llmops_cli.prompts import Registry\nr = Registry()\nr",
    ],
)
def test_our_module_is_known_under_every_name(start):
    assert found(f'{start}.get("a").render(x=1)') == [("llmops", "a", "", ("x",), "")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('import litellm\nlitellm.completion(prompt_id="a", prompt_variables={"x": 1})', ("litellm", "a", "", ("x",), "")),
        ('from litellm import acompletion as c\nc("m", prompt_id="a", prompt_version=3)', ("litellm", "a", "3", (), "")),
        ('import litellm\nlitellm.completion(prompt_id="a", prompt_variables=z)', ("litellm", "a", "", (), DYNAMIC)),
        ("import litellm\nlitellm.completion(prompt_id=z, prompt_variables={})", ("litellm", "", "", (), RUN_TIME)),
        ('from langfuse import Langfuse\nLangfuse().get_prompt("a", label="production").compile(x=1)', ("langfuse", "a", "production", ("x",), "")),
        ('from langfuse import get_client\np = get_client().get_prompt("a", version=2)\np.compile(x=1, **z)', ("langfuse", "a", "2", ("x",), DYNAMIC)),
        ('from langfuse import get_client\nget_client().get_prompt("a", type="chat")', ("langfuse", "a", "", (), ELSEWHERE)),
        ('from langchain import hub\nhub.pull("o/n:abc").invoke({"x": 1})', ("langsmith", "o/n", "abc", ("x",), "")),
        ('from langsmith import Client\np = Client().pull_prompt("o/n")\np.format_messages(x=1)', ("langsmith", "o/n", "", ("x",), "")),
        ('from langchain import hub\nchain = hub.pull("o/n") | model', ("langsmith", "o/n", "", (), ELSEWHERE)),
        ('import openai\nc.responses.create(prompt={"id": "pmpt_1", "version": "2", "variables": {"x": 1}})', ("openai", "pmpt_1", "2", ("x",), "")),
        ('c.responses.create(prompt={"id": "pmpt_1"})', ("openai", "pmpt_1", "", (), "")),
        ('c.responses.create(prompt={"id": "pmpt_1", "variables": z})', ("openai", "pmpt_1", "", (), DYNAMIC)),
        ('import openai\nc.responses.create(prompt={"id": z, "variables": {}})', ("openai", "", "", (), RUN_TIME)),
    ],
)  # fmt: skip
def test_calls_of_other_libraries_are_found(source, expected):
    assert found(source) == [expected]


@pytest.mark.parametrize(
    "source",
    [
        'client.get_prompt("a").compile(x=1)',
        "re.compile(x)",
        'subprocess.run(prompt={"id": "7"})',
        'git.pull("origin/main")',
        'requests.get("a").render(x=1)',
    ],
)
def test_what_only_looks_like_a_call_is_none(source):
    assert found(source) == []


def test_a_site_says_where_it_stands_and_which_values_are_written_out():
    source = OURS + '"ü"; prompts.get("a").render(x="é", y=[1, {"k": None}], z=b"no", n=-3, w=print(1))\n'
    (site,) = call_sites(source.encode(), "app/jobs.py")
    assert (site.place, site.line, site.column) == ("app/jobs.py:2", 2, 6)
    assert site.literals == {"x": "é", "y": [1, {"k": None}], "n": -3}
    assert site.words == "render(x=…, y=…, z=…, n=…, w=…)"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x = 1\ndef (:\n", "a.py:2"),
        (b"x = '\0'", "a.py:"),
        (b"# coding: no-such\n", "a.py:"),
        (b"\xff\xfe", "a.py:"),
        (b"(" * 5000, "a.py:1"),
        (b"x" + b".a" * 200_000, "a.py:1"),
        (b"-" * 100_000 + b"1", "a.py:1"),
    ],
)
def test_what_is_no_python_is_named_with_its_place(data, words):
    with pytest.raises(ValueError, match=words):
        call_sites(data, "a.py")


def test_a_long_sum_or_chain_is_no_reason_to_refuse_a_file():
    total = " + ".join(["x"] * 700)
    chain = "q" + ".f()" * 300
    assert found(f'{OURS}y = {total}\nz = {chain}\nprompts.get("a").render(x=1)') == [("llmops", "a", "", ("x",), "")]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_do_more_than_be_refused(data):
    refusal = "a.py:"
    try:
        assert call_sites(data, "a.py") == ()
    except ValueError as error:
        refusal = str(error)
    assert refusal.startswith("a.py:")


def test_nothing_of_a_file_is_run_or_imported(tmp_path):
    marker = tmp_path / "ran"
    source = f"open({str(marker)!r}, 'w')\nimport antigravity_of_nobody\n{OURS}prompts.get('a').render(x=open({str(marker)!r}, 'w'))\n"
    assert len(call_sites(source.encode(), "a.py")) == 1
    assert not marker.exists()


def test_a_file_that_names_no_library_needs_no_parsing():
    assert mentions(b"from llmops_cli import prompts")
    assert mentions(b'create(prompt={"id": "pmpt_1"})')
    assert not mentions(b"import os")


def test_other_parts_of_the_package_hand_out_no_prompts():
    code = b"""
from llmops_cli.load.settings import read
from llmops_cli.flow.project import open_project
said = read(open_project("."))
said.get("temperature")
"""
    assert call_sites(code, "a.py") == ()


def test_a_registry_of_its_own_hands_out_prompts_too():
    code = b"""
from llmops_cli import prompts
mine = prompts.Prompts(bundle="b.json")
mine.get("greet@1.0.0").render(name="x")
"""
    (site,) = call_sites(code, "a.py")
    assert (site.prompt, site.ref, site.keywords) == ("greet", "1.0.0", ("name",))
