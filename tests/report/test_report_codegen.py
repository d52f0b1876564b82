"""Generated code: a type checker sees a wrong argument, and what it renders is what the command line renders."""

import ast
import importlib.util
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "runtime"))

from shipped import GREET, bundle, label, release, write

from llmops_cli.errors import FindingsError, UnknownNameError
from llmops_cli.flow.codegen import chosen, python, typescript
from llmops_cli.flow.project import open_project
from llmops_cli.flow.script import script
from llmops_cli.load.worktree import WorkTree
from llmops_cli.render.errors import RenderError
from llmops_cli.render.messages import Renderer
from llmops_cli.report.codegen_names import arguments, camel, functions, snake
from llmops_cli.report.codegen_py import NO_FUNCTION, quoted
from llmops_cli.report.yaml_text import dump

NASTY = "a \"q\" 's' \\ \\n `t` ${x} */ // <!-- </script> \u2028 \u2029 \u202e 🧾 é\ttab"
TYPES = """
model: openai/m
description: |
  Says "things" \\ of many kinds.

  Second paragraph, '''with quotes'''.
variables:
  plain: string
  class: {type: string, description: "a keyword"}
  _at: string
  count: {type: integer, default: 3}
  share: {type: number, required: false}
  flag: boolean
  mood: {enum: [kind, "dry", 1, true]}
  maybe: {type: [string, "null"], required: false}
  must: {type: [string, "null"]}
  tags: {type: array, items: {type: string}}
  order: {type: object, properties: {id: {type: string}, my-key: {type: array, items: {type: object, properties: {n: {type: integer}}, required: [n]}}}, required: [id], additionalProperties: false}
  loose: {type: object, additionalProperties: {type: integer}}
  either: {anyOf: [{type: string}, {type: integer}]}
  odd: {allOf: [{type: string}]}
  history: {type: messages, required: false}
messages:
  - {placeholder: history}
  - role: user
    content: "{{ plain }} {{ class }} {{ _at }} {{ count }} {{ share | default(0) }} {{ flag }} {{ mood }} {{ maybe | default('') or '-' }} {{ must is none }} {{ tags | join(',') }} {{ order.id }} {{ loose | tojson }} {{ either }} {{ odd }}"
"""
CALL = """
from {module} import {name}
{name}({default}plain="p", class_="c", _at_="a", flag=True, mood="dry", must=None, tags=["x"], order={{"id": "o", "my-key": [{{"n": 1}}]}}, loose={{"k": 1}}, either=4, odd="s", history=[{{"role": "user", "content": "u"}}])
"""


def project(root, prompts):
    for name, text in prompts.items():
        release(root, name, "1.0.0", text)
    label(root, "production", "".join(f"{name}: 1.0.0\n\n" for name in prompts))
    (root / "b").write_bytes(bundle(root))
    return open_project(root)


def module_of(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def served(tmp_path):
    from llmops_cli import prompts

    made = project(tmp_path, {"team/types": TYPES, "greet": GREET})
    prompts.configure(bundle=tmp_path / "b", wheel=False)
    yield made
    prompts.configure()


def test_a_python_function_loads_and_renders_its_prompt(served, tmp_path):
    path = tmp_path / "generated_one.py"
    path.write_text(python(chosen(served, [], "production"), "production"), encoding="utf-8")
    made = module_of(path)
    rendered = made.greet(name="Ada")
    assert rendered.messages[-1]["content"] == "Hello Ada"
    assert rendered.attributes["label"] == "production"
    assert made.greet("1.0.0", name="Ada", tone="dry").messages[0]["content"] == "Be dry."
    given = {
        "plain": "p",
        "class_": "c",
        "_at_": "a",
        "flag": True,
        "mood": 1,
        "must": None,
        "tags": ["x"],
        "order": {"id": "o"},
        "loose": {"k": 1},
        "either": 4,
        "odd": "s",
    }
    assert made.team_types(**given).messages[-1]["content"] == 'p c a 3 0 true 1 - True x o {"k": 1} 4 s'.replace(
        "True", "true"
    )
    with pytest.raises(RenderError, match="must be boolean"):
        made.team_types(**{**given, "flag": "yes"})
    assert "'''with quotes'''" in made.team_types.__doc__
    assert "a keyword" in made.team_types.__doc__


@pytest.mark.slow
def test_mypy_takes_the_module_and_refuses_wrong_arguments(served, tmp_path):
    root = Path(__file__).parents[2]
    (tmp_path / "generated_two.py").write_text(python(chosen(served, [], "production"), "production"), encoding="utf-8")
    good = CALL.format(module="generated_two", name="team_types", default="")
    (tmp_path / "good.py").write_text(good)
    bad = [
        "greet()",
        "greet(name=3)",
        'greet(name="a", tone="loud")',
        'greet(name="a", nam="b")',
        'greet("staging", None, "x", name="a")',
    ]
    bad += [good.split("\n")[2].replace('"n": 1', '"n": "1"'), good.split("\n")[2].replace("flag=True", 'flag="yes"')]
    (tmp_path / "bad.py").write_text("from generated_two import greet, team_types\n" + "\n".join(bad) + "\n")
    environment = os.environ | {"MYPYPATH": f"{root}:{tmp_path}"}
    argv = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--follow-imports=silent",
        f"--cache-dir={root / '.mypy_cache' / 'codegen'}",
    ]
    done = subprocess.run(
        [*argv, "good.py", "generated_two.py", "bad.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert {line.split(":")[0] for line in wrong} == {"bad.py"}, done.stdout
    assert {int(line.split(":")[1]) for line in wrong} == {*range(2, 2 + len(bad))}, done.stdout


def test_without_a_label_the_working_tree_is_written_and_loaded(tmp_path):
    from llmops_cli import prompts

    write(tmp_path, "prompts/now.yaml", "id: now\nmodel: m\nvariables: {x: string}\ntemplate: 'Now {{ x }}'\n")
    path = write(tmp_path, "generated_three.py", python(chosen(open_project(tmp_path), ["now"], ""), ""))
    prompts.configure(project=tmp_path)
    try:
        assert module_of(path).now(x="1").messages[0]["content"] == "Now 1"
    finally:
        prompts.configure()


@pytest.mark.parametrize("text", [NASTY, '"""', "\\", 'ends with "', "", "a\nb\n\nc", "\r", "\x00\x1b", "'", "a\\"])
def test_a_docstring_reads_back_as_it_was(text):
    read = ast.literal_eval(quoted(text))
    assert [line.strip() for line in read.split("\n")][: text.count("\n") + 1] == [
        line.strip() for line in text.split("\n")
    ]


def test_names_are_free_and_no_two_the_same():
    ids = ["a-b", "a_b", "a/b", "A/B", "class", "list", "print", "3d/x", "None", "none", "a", "def"]
    made = functions(ids, snake, NO_FUNCTION)
    assert len({*made.values()}) == len(ids)
    assert all(name.isidentifier() for name in made.values())
    assert not NO_FUNCTION & {*made.values()}
    assert made["class"] == "class_"
    assert made == functions(reversed(ids), snake, NO_FUNCTION)
    assert functions(["billing/extract-invoice"], camel, ()) == {"billing/extract-invoice": "billingExtractInvoice"}
    taken = arguments(["class", "class_", "ﬁ", "fi", "my-var", "my_var", "1st"], {"class"})
    assert len({*taken.values()}) == 7
    assert all(name.isidentifier() for name in taken.values())


def test_a_split_is_written_where_its_versions_take_the_same_values(tmp_path):
    made = project(tmp_path, {"greet": GREET})
    release(tmp_path, "greet", "1.1.0", GREET.replace("Hello", "Hi"))
    label(tmp_path, "production", "greet: {1.0.0: 1, 1.1.0: 1}\n")
    assert chosen(made, [], "production")[0].version == "1.1.0"
    release(tmp_path, "greet", "1.1.0", GREET.replace("name", "who"))
    with pytest.raises(FindingsError, match="take different values"):
        chosen(made, [], "production")


def test_what_is_not_there_is_named(tmp_path, llmops):
    made = project(tmp_path, {"greet": GREET})
    with pytest.raises(UnknownNameError):
        chosen(made, ["gret"], "production")
    with pytest.raises(UnknownNameError):
        chosen(made, ["gret"], "")
    assert "py, ts" in llmops(tmp_path, "prompt", "codegen", "--lang", "go", code=2).err


REFUSED = {
    "loop": "variables: {x: {type: array}}\ntemplate: '{% for y in x %}{{ y }}{% endfor %}'\n",
    "filter": "variables: {x: string}\ntemplate: '{{ x | upper }}'\n",
    "pattern": "variables: {x: {type: string, pattern: '^a$'}}\ntemplate: '{{ x }}'\n",
    "items": "variables: {x: {type: array, items: {type: string}}}\ntemplate: 'none'\n",
    "objects in an enum": "variables: {x: {enum: [{a: 1}]}}\ntemplate: 'none'\n",
    "any of": "variables: {x: {anyOf: [{type: string}]}}\ntemplate: '{{ x }}'\n",
}


@pytest.mark.parametrize("what", REFUSED)
def test_typescript_refuses_by_name_what_it_cannot_render(what, tmp_path, llmops):
    project(tmp_path, {"greet": GREET, "hard": f"model: m\n{REFUSED[what]}"})
    done = llmops(tmp_path, "prompt", "codegen", "--lang", "ts", "--label", "production", code=1)
    assert "hard: " in done.err
    assert "greet: " not in done.err
    assert done.out == ""
    assert (
        "export function greet("
        in llmops(tmp_path, "prompt", "codegen", "--lang", "ts", "--label", "production", "greet").out
    )


def compiler():
    """Return how TypeScript is made JavaScript here: tsc, or a node that strips types; None without either."""
    if tsc := os.environ.get("TSC") or shutil.which("tsc"):
        return tsc
    node = shutil.which("node")
    if node is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return "node" if tuple(map(int, re.findall(r"\d+", version)[:2])) >= (22, 6) else None


VALUES = {
    "string": [NASTY, "", "plain", "{{ x }}", "${x}", "__proto__", "x" * 40, None],
    "integer": [0, -1, 3.0, 10**15, 2**53 - 1, 1e21, 1.5, "3", None],
    "number": [0.0, 1.5, 1e-5, 1.5e-7, -2.5e-10, 1e-100, 0.0001, 123456.789, 1e16, 1e22, 5e-324, 0.1, True, None],
    "boolean": [True, False, 1, "true", None],
}


def made_up(chance):
    """Return one prompt of text and variables, and values for it, some of which do not fit."""
    names = chance.sample(["a", "class", "constructor", "toString", "__proto__", "hasOwnProperty", "x1", "given"], 3)
    variables, values = {}, {}
    for name in names:
        kind = chance.choice(sorted(VALUES))
        said = {"type": kind}
        fitting = [value for value in VALUES[kind][:4] if value is not None]
        if chance.random() < 0.3:
            said["default"] = fitting[0] if kind != "number" else chance.choice([2.0, 0.5, 1e-5])
        elif chance.random() < 0.2:
            said["required"] = False
        if kind == "string" and chance.random() < 0.3:
            said["maxLength"] = 30
        if kind == "number" and chance.random() < 0.3:
            said["exclusiveMinimum"] = 0
        variables[name] = said
        if chance.random() < 0.85:
            values[name] = chance.choice(VALUES[kind])
    texts = [NASTY, " ", "x\r\ny", "{cur} "]
    parts = "".join(f"{chance.choice(texts)}{{{{ {name} }}}}" for name in names)
    messages = [
        {"role": "system", "content": chance.choice([NASTY, "S {cur}"])},
        {"placeholder": "history"},
        {"role": "user", "content": parts},
    ]
    values |= {"history": [{"role": "user", "content": NASTY}]} if chance.random() < 0.5 else {}
    values |= {"more": 1} if chance.random() < 0.05 else {}
    prompt = {
        "model": "m",
        "description": NASTY.replace("\t", " "),
        "params": {"temperature": 0.5},
        "variables": {**variables, "history": {"type": "messages", "required": False}},
        "constants": {"cur": NASTY},
        "messages": messages,
        "literals": ["x"],
    }
    return prompt, values


def as_javascript(values):
    """Return values as JSON.stringify writes them: it knows no 3.0, and an exponent from 1e21 on."""
    whole = {
        name for name, value in values.items() if isinstance(value, float) and value.is_integer() and abs(value) < 1e21
    }
    return {name: int(value) if name in whole else value for name, value in values.items()}


def rendered(prompt, values):
    """Return what the command line says of values that came as JSON from JavaScript; None where it refuses."""
    with Renderer(prompt) as renderer:
        try:
            return [dict(message) for message in renderer.render(values).messages]
        except RenderError:
            return None


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="neither tsc (or TSC=…) nor a node that strips types")
def test_typescript_renders_what_the_command_line_renders(tmp_path):
    chance = random.Random(7)
    cases = {f"case-{number}": made_up(chance) for number in range(150)}
    files = {name: f"id: {name}\n{dump(prompt)}" for name, (prompt, _) in cases.items()}
    for name, text in files.items():
        write(tmp_path, f"prompts/{name}.yaml", text)
    assert WorkTree(tmp_path).entries("prompts")
    prompts = chosen(open_project(tmp_path), [], "")
    write(tmp_path, "made.ts", typescript(prompts, ""))
    write(tmp_path, "package.json", '{"type": "module"}')
    run_here = 'const m = await import("./made.MODULE");\nconst fs = await import("node:fs");\n'
    run_here += 'const cases = JSON.parse(fs.readFileSync("cases.json", "utf8"));\n'
    run_here += "const out = cases.map(([f, v]) => { try { return m[f](v).messages } catch (e) { if (!(e instanceof m.PromptError)) throw e; return null } });\n"
    run_here += "console.log(JSON.stringify(out));\n"
    names = functions([prompt.id for prompt in prompts], camel, ())
    # JSON.parse gives `__proto__` as a key of its own, as a careful caller does.
    told = [[names[prompt.id], cases[prompt.id][1]] for prompt in prompts]
    write(tmp_path, "cases.json", json.dumps(told))
    argv, module = ["node", "--experimental-strip-types", "--no-warnings"], "ts"
    if (tool := compiler()) != "node":
        flags = [
            "--strict",
            "--noUncheckedIndexedAccess",
            "--exactOptionalPropertyTypes",
            "--noUnusedLocals",
            "--noImplicitOverride",
        ]
        flags += ["--noPropertyAccessFromIndexSignature", "--target", "es2022", "--module", "es2022", "--types", ""]
        done = subprocess.run([tool, *flags[:-2], "made.ts"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        argv, module = ["node"], "js"
    write(tmp_path, "run.js", run_here.replace("MODULE", module))
    done = subprocess.run([*argv, "run.js"], cwd=tmp_path, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    wanted = [rendered(prompt, as_javascript(cases[prompt.id][1])) for prompt in prompts]
    assert sum(one is not None for one in wanted) > 30
    assert sum(one is None for one in wanted) > 30
    for prompt, one, other in zip(prompts, found, wanted, strict=True):
        assert one == other, (prompt.id, cases[prompt.id])


def test_examples_and_placeholders_stand_where_the_command_line_puts_them(tmp_path):
    text = "model: m\nvariables: {q: string, how: {type: string, default: kind}}\nconstants: {c: 'x{{ q }}'}\nmessages:\n  - {role: system, content: 'S {c}'}\n  - {placeholder: history}\n  - {role: user, content: 'Q {{ q }} {{ how }}'}\nexamples: [{input: {q: one}, output: {z: 1, a: 2}}, {input: two, output: b}]\n"
    text = text.replace("variables: {q: string,", "variables: {history: {type: messages, required: false}, q: string,")
    project(tmp_path, {"a": text})
    prompt = chosen(open_project(tmp_path), [], "production")[0]
    spoken = [getattr(message, "role", "…") for message in script(prompt).messages]
    assert spoken == ["system", "user", "assistant", "user", "assistant", "…", "user"]
    wanted = rendered(prompt, {"q": "now"})
    said = ["".join(message.parts[::2]) for message in script(prompt).messages if hasattr(message, "parts")]
    assert said[:5] == [message["content"] for message in wanted[:5]]


def test_typescript_calls_a_model_on_an_endpoint_what_the_server_calls_it(tmp_path, llmops):
    write(tmp_path, "llmops.yaml", "endpoints: {local: http://127.0.0.1:8000/v1}\n")
    write(tmp_path, "prompts/greet.yaml", "id: greet\nmodel: local/llama\ntemplate: Hello\n")
    write(tmp_path, "prompts/other.yaml", "id: other\nmodel: openai/gpt-4.1-mini\ntemplate: Hello\n")
    made = llmops(tmp_path, "prompt", "codegen", "--lang", "ts").out
    assert 'model: "llama",' in made
    assert 'model: "openai/gpt-4.1-mini",' in made
