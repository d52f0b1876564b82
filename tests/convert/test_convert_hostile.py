"""Files that are made to hang, to grow or to reach out: each is answered soon, and none is run."""

import contextlib
import importlib
import time

import pytest

from llmops_cli.errors import LlmopsError

N = 150_000
SECONDS = 4.0

HOSTILE = [
    ("prompty", "p.prompty", "---\nname: x\n---\nuser:\n" + " " * N),
    ("prompty", "p.prompty", "---\nname: x\n---\nuser:\nx\n" + " " * N + "#" + " " * N + "x"),
    ("prompty", "p.prompty", "\n" * N + "---\nname: x\n---\nuser:\nx"),
    ("prompty", "p.prompty", "---\nname: x\n---\n" + "{% for a in b %}\n" * 5_000),
    ("prompty", "p.prompty", "---\nname: x\n---\n" + "{# " * N),
    ("prompty", "p.prompty", "---\nname: x\n---\nuser[" + "a=b," * N + "\nx"),
    ("prompty", "p.prompty", "---\nname: x\ntemplate: {format: {kind: mustache}}\n---\nuser:\n" + "{{! " * N),
    ("prompty", "p.prompty", "---\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n---\nx"),
    ("prompty", "p.prompty", "---\n" + "[" * 5_000 + "\n---\nx"),
    ("prompty", "p.prompty", "---\nname: x\n---\nuser:\n{{ 9 ** 999999999 }}"),
    ("github", "p.prompt.yml", "n: 1" + "_" * N + "x\nmessages: [{role: user, content: x}]"),
    ("github", "p.prompt.yml", "# \n" * N),
    ("github", "p.prompt.yml", "messages: [{role: user, content: '" + "{{ " * N + "'}]"),
    ("openai", "p.json", "[" * N),
    ("openai", "p.json", '{"input": "' + "{{" * N + '"}'),
    ("llm", "p.yaml", "prompt: '" + "$$" * N + "'"),
    ("humanloop", "p.prompt", "---\nmodel: m\n---\n" + "<user>" * N),
    ("humanloop", "p.prompt", "---\nmodel: m\n---\n<user>" + "<text>" * N + "</user>"),
    ("semantic_kernel", "p.yaml", "template: '" + "{{" * N + "'"),
    ("semantic_kernel", "p.yaml", 'template: \'<message role="user">' + "{{{ " * N + "}}</message>'"),
    (
        "semantic_kernel",
        "p.yaml",
        "template_format: handlebars\ntemplate: '{{/message}}" + '{{#message role="user"}}' * 20_000 + "'",
    ),
    (
        "semantic_kernel",
        "p.yaml",
        'template: \'<message role="user">' + "<a>" * 100_000 + "</a>" * 100_000 + "</message>'",
    ),
    ("langchain_hub", "p.yaml", "template: '" + "{" * N + "'"),
    ("langchain_hub", "p.yaml", "template_format: mustache\ntemplate: '" + "{{#a}}" * 20_000 + "'"),
    ("mlflow", "p.json", '{"name": "p", "template": "' + "{{" * N + '"}'),
]


@pytest.mark.parametrize(
    ("tool", "path", "text"), HOSTILE, ids=[f"{tool}-{number}" for number, (tool, *_) in enumerate(HOSTILE)]
)
def test_a_hostile_file_is_answered_soon(tool, path, text):
    module = importlib.import_module(f"llmops_cli.convert.{tool}")
    start = time.process_time()
    with contextlib.suppress(LlmopsError):
        module.read({path: text.encode()}, path)
    assert time.process_time() - start < SECONDS


REACHING = [
    ("github", "p.prompt.yml", "messages: [{role: user, content: !!python/object/apply:os.system ['touch ran']}]"),
    ("semantic_kernel", "p.yaml", "template: '{{os.system $x}}'"),
    (
        "semantic_kernel",
        "p.yaml",
        'template: \'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><message role="user">&x;</message>\'',
    ),
    ("langchain_hub", "p.yaml", "template_path: /etc/passwd"),
    ("langchain_hub", "p.yaml", 'template: "{x.__class__.__init__.__globals__}"'),
    ("prompty", "p.prompty", "---\nname: x\n---\nuser:\n{{ x.__class__.__mro__ }}{% import 'os' as os %}"),
    ("llm", "p.yaml", "functions: |\n  import os\nprompt: x"),
]


@pytest.mark.parametrize(("tool", "path", "text"), REACHING)
def test_what_would_run_or_read_something_is_refused(tool, path, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LlmopsError):
        importlib.import_module(f"llmops_cli.convert.{tool}").read({path: text.encode()}, path)
    assert list(tmp_path.iterdir()) == []


def test_the_environment_is_not_read(monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_TEST", "do-not-copy-me")
    text = "---\ndescription: ${env:SECRET_OF_THE_TEST}\nmodel: {id: '${env:SECRET_OF_THE_TEST}'}\n---\nuser:\nHi"
    imported = importlib.import_module("llmops_cli.convert.prompty").read({"p.prompty": text.encode()}, "")
    assert "do-not-copy-me" not in repr(imported)
    assert [loss.path for loss in imported.losses] == ["description"]
