"""Call sites of a whole project, held against what its prompts take."""

import json

import pytest
from gitrepo import Repo

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.address import find
from llmops_cli.flow.project import open_project
from llmops_cli.flow.usages import calls_held, survey, usages

PROMPT = """\
id: billing/invoice
model: echo/m
aliases: [old-invoice]
variables:
  document: {type: string}
  locale: {type: string, default: en, enum: [en, de]}
  pages: {type: integer, default: 1}
  history: {type: messages, required: false}
messages: [{placeholder: history}, {role: user, content: "{{ locale }} {{ pages }} {{ document }}"}]
x-langfuse: {name: invoice-in-langfuse}
x-openai: {id: pmpt_42}
"""
JOBS = """\
from llmops_cli import prompts
import openai
from langfuse import get_client

def one(doc):
    return prompts.get("billing/invoice@production").render(document=doc)

def two(doc, more):
    prompts.get("old-invoice").render(document=doc, locale="de", history=[])
    prompts.get("billing/invoice").render(**more)
    get_client().get_prompt("invoice-in-langfuse").compile(document=doc)
    openai.responses.create(prompt={"id": "pmpt_42", "variables": {"document": doc}})

def three(name):
    return prompts.get(name).render(document=1)
"""


@pytest.fixture
def shop(tmp_path):
    repo = Repo.create(tmp_path / "shop")
    repo.commit({"prompts/billing/invoice.yaml": PROMPT, "app/jobs.py": JOBS, "tools/x.py": "x = 1\n"})
    return repo


def calls(repo, text, call):
    """What breaks where the prompt is another text and this one call is made."""
    project = open_project(repo.root)
    before = find(project, "billing/invoice").prompt
    repo.write("prompts/billing/invoice.yaml", text)
    repo.write("app/jobs.py", f"from llmops_cli import prompts\n{call}\n")
    after = find(project, "billing/invoice").prompt if text else None
    return [found.message for found in calls_held(project, before, after).breaks]


def test_every_call_of_a_prompt_is_found_under_each_of_its_names(shop):
    found = usages(open_project(shop.root), "billing/invoice")
    assert [(site.kind, site.prompt) for site in found] == [
        ("llmops", "billing/invoice"),
        ("llmops", "old-invoice"),
        ("llmops", "billing/invoice"),
        ("langfuse", "invoice-in-langfuse"),
        ("openai", "pmpt_42"),
        ("llmops", ""),
    ]
    assert usages(open_project(shop.root), "old-invoice") == found


def test_an_unknown_name_is_an_error_with_the_nearest_one(shop):
    with pytest.raises(UnknownNameError, match="no prompt 'billing/invoise'"):
        survey(open_project(shop.root), "billing/invoise")
    with pytest.raises(UnknownNameError, match="no Python file in nowhere"):
        survey(open_project(shop.root), "", ["nowhere"])


OPTIONAL, REQUIRED = "locale: {type: string, default: en, enum: [en, de]}", "locale: {type: string, enum: [en, de]}"


@pytest.mark.parametrize(
    ("old", "new", "call", "expected"),
    [
        (OPTIONAL, REQUIRED, 'prompts.get("billing/invoice").render(document=d)', ["render(document=…) lacks locale"]),
        (OPTIONAL, REQUIRED, 'prompts.get("billing/invoice").render(document=d, locale=x)', []),
        (OPTIONAL, REQUIRED, 'prompts.get("billing/invoice").render(document=d, **x)', []),
        (OPTIONAL, REQUIRED, 'prompts.get("billing/invoice@1.2.0").render(document=d)', []),
        (OPTIONAL, REQUIRED, 'prompts.get("billing/invoice@sha256:5f24a01").render(document=d)', []),
        (OPTIONAL, REQUIRED, 'prompts.get("billing/invoice@main").render(document=d)', ["render(document=…) lacks locale"]),
        (OPTIONAL, REQUIRED, 'send(prompts.get("billing/invoice"))', []),
        (OPTIONAL, REQUIRED, 'prompts.get("other").render()', []),
        ("  pages: {type: integer, default: 1}\n", "", 'prompts.get("billing/invoice").render(document=d, pages=2, **x)', ["render(document=…, pages=…, **…) passes pages, which is no longer a variable"]),
        ("[en, de]", "[en]", 'prompts.get("billing/invoice").render(document=d, locale="de")', ['render(document=…, locale=…) passes locale="de", not one of "en"']),
        ("[en, de]", "[en]", 'prompts.get("billing/invoice").render(document=d, locale="en")', []),
        ("type: integer", "type: string", 'prompts.get("billing/invoice").render(document=d, pages=2)', ["render(document=…, pages=…) passes pages=2, which is no string"]),
        ("type: integer", "type: number", 'prompts.get("billing/invoice").render(document=d, pages=2)', []),
        ("type: integer, default", "type: integer, maximum: 1, default", 'prompts.get("billing/invoice").render(document=d, pages=2)', ["render(document=…, pages=…) passes pages=2, which its schema refuses"]),
        ("model: echo/m", "model: echo/n", 'prompts.get("billing/invoice").render(document=None)', ["render(document=…) passes document=null, though it is required"]),
        ("model: echo/m", "model: echo/n", 'prompts.get("billing/invoice").render(document=d, locale=None, history=None)', []),
        ("aliases: [old-invoice]\n", "", 'prompts.get("old-invoice").render(document=d)', ["render(document=…) of old-invoice, a name that finds nothing"]),
        ("aliases: [old-invoice]\n", "", 'prompts.get("old-invoice@2.0.0").render(document=d)', []),
        ("{{ document }}", "{{ document }} {{ customer }}", 'prompts.get("billing/invoice").render(document=d)', ["render(document=…) lacks customer"]),
    ],
)  # fmt: skip
def test_a_call_breaks_when_the_prompt_refuses_what_it_says(shop, old, new, call, expected):
    assert old in PROMPT
    text = PROMPT.replace(old, new)
    used = text if "pages:" in text else text.replace("{{ pages }} ", "")
    assert calls(shop, used, call) == expected


def test_a_removed_prompt_breaks_every_call_but_a_pinned_one(shop):
    project = open_project(shop.root)
    before = find(project, "billing/invoice").prompt
    found = calls_held(project, before, None).breaks
    assert [one.place for one in found] == [
        "app/jobs.py:6",
        "app/jobs.py:9",
        "app/jobs.py:10",
        "app/jobs.py:11",
        "app/jobs.py:12",
    ]
    assert found[0].message == "render(document=…) of billing/invoice, which is removed"


def test_the_command_lists_calls_and_says_what_it_could_not_read(shop, llmops):
    shop.write("app/broken.py", "def (:\n")
    shop.write("app/huge.py", "#" * (1024 * 1024 + 1))
    shop.write(
        "app/wrong.py",
        'from llmops_cli import prompts\nprompts.get("nobody").render()\nprompts.get("billing/invoice").render(document=1)\n',
    )
    done = llmops(shop.root, "prompt", "usages", code=1)
    lines = done.out.splitlines()
    assert lines[0].split()[:4] == ["app/jobs.py:6:12", "llmops", "billing/invoice@production", "render(document=…)"]
    assert lines[0].endswith("✗ there is no label production (labels: none)")
    assert "? dynamic, not checked: other values are only known at run time" in lines[2]
    assert "? dynamic, not checked: its id is only known at run time" in lines[5]
    assert lines[6].endswith("✗ there is no prompt nobody")
    assert lines[7].endswith("✗ passes document=1, which is no string")
    assert lines[-1] == "8 calls in 5 Python files, 3 wrong, 2 not checked, 2 files not read"
    assert "app/broken.py:1: invalid syntax: not read" in done.err
    assert "app/huge.py: more than 1 MiB, not read" in done.err


def test_no_folder_is_passed_over_for_its_name_and_what_is_left_out_is_said(shop, llmops):
    call = 'from llmops_cli import prompts\nprompts.get("billing/invoice").render(document=1)\n'
    for path in ("env/a.py", "my-env/pyvenv.cfg", "my-env/b.py", "app/jobs.pyi", "app/gui.pyw"):
        shop.write(path, call)
    done = llmops(shop.root, "prompt", "usages", code=1)
    wrong = [line for line in done.out.splitlines() if line.endswith("✗ passes document=1, which is no string")]
    assert [line.split()[0] for line in wrong] == ["app/gui.pyw:2:1", "env/a.py:2:1"]
    assert done.out.splitlines()[-1].endswith("; left out: 1 stub, my-env/")
    said = llmops(shop.root, "prompt", "usages", "--path", "app", "--format", "json", code=None).json()
    assert said["left_out"] == ["app/jobs.pyi"]


def test_the_whole_project_may_be_named_even_without_any_python(project, llmops):
    assert llmops(project.root, "prompt", "usages", "--path", ".").out == "0 calls in 0 Python files\n"


def test_a_call_in_a_notebook_is_named_by_its_cell(shop, llmops):
    call = ["from llmops_cli import prompts\n", 'prompts.get("billing/invoice").render(document=1)\n']
    cells = [{"cell_type": "markdown", "source": "# Study"}, {"cell_type": "code", "source": call}]
    shop.write("study.ipynb", json.dumps({"cells": cells}))
    shop.write("bad.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": "def (:"}]}))
    done = llmops(shop.root, "prompt", "usages", code=1)
    assert "study.ipynb:cell 2:line 2:1" in done.out
    assert "bad.ipynb:cell 1: no Python, not read" in done.err
    assert done.out.splitlines()[-1].endswith("1 file not read")
    said = llmops(shop.root, "prompt", "usages", "--path", "study.ipynb", "--format", "json", code=1).json()
    assert [(one["path"], one["cell"], one["line"]) for one in said["usages"]] == [("study.ipynb", 2, 2)]


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ('prompts.get("billing/invoice@1.0.0").render(document=d)', ""),
        ('prompts.get("billing/invoice@production").render(document=d)', ""),
        ('prompts.get("old-invoice@production").render(document=d)', ""),
        ('prompts.get("billing/invoice").render(document=d)', "render(document=…) lacks agent"),
        ('prompts.get("billing/invoice@production").render(document=d, agent=a)', "render(document=…, agent=…) passes agent, which is no variable"),
        ('prompts.get("billing/invoice@production").render()', "render() lacks document"),
        ('prompts.get("billing/invoice@2.0.0").render(document=d)', "billing/invoice 2.0.0 is not released (releases: 1.0.0)"),
        ('prompts.get("billing/invoice@prod").render(document=d)', "there is no label prod (labels: production)"),
        ('prompts.get("billing/invoise@production").render(document=d)', "there is no prompt billing/invoise"),
    ],
)  # fmt: skip
def test_a_call_is_held_against_what_its_version_or_label_serves_now(tmp_path, llmops, call, fault):
    repo = Repo.create(tmp_path / "shop")
    repo.commit({"prompts/billing/invoice.yaml": PROMPT})
    llmops(repo.root, "prompt", "release", "billing/invoice", "-m", "First")
    repo.commit({"prompts/.labels/production.yaml": "billing/invoice: 1.0.0\n"})
    needs = PROMPT.replace("variables:\n", "variables:\n  agent: {type: string}\n").replace('"{{', '"{{ agent }} {{')
    repo.write("prompts/billing/invoice.yaml", needs)
    repo.write("app/jobs.py", f"from llmops_cli import prompts\n{call}\n")
    said = llmops(repo.root, "prompt", "usages", "--format", "json", code=1 if fault else 0).json()
    assert [one["fault"] for one in said["usages"]] == [fault or None]


def test_the_command_speaks_json_and_keeps_to_a_folder(shop, llmops):
    said = llmops(shop.root, "prompt", "usages", "billing/invoice", "--path", "app/", "--format", "json", code=1).json()
    assert said["schema"] == "llmops/prompt-usages@1"
    assert said["files"] == 1
    first = said["usages"][0]
    assert (first["path"], first["line"], first["id"], first["ref"]) == (
        "app/jobs.py",
        6,
        "billing/invoice",
        "production",
    )
    assert (first["keywords"], first["dynamic"]) == (["document"], None)
    assert first["fault"] == "there is no label production (labels: none)"
    assert llmops(shop.root, "prompt", "usages", "--path", "tools").out == "0 calls in 1 Python file\n"
    json.dumps(said)


def test_the_diff_names_the_call_site_below_the_break(shop, llmops):
    shop.write("prompts/billing/invoice.yaml", PROMPT.replace(OPTIONAL, REQUIRED))
    lines = llmops(shop.root, "prompt", "diff").out.splitlines()
    at = next(number for number, line in enumerate(lines) if "variable locale: optional → required" in line)
    assert lines[at + 1].split("  ")[-1].strip() == "(3 of 5 call sites break)"
    assert lines[at + 1].strip().startswith("app/jobs.py:6 render(document=…) lacks locale")
    assert "2 call sites cannot be checked: app/jobs.py:10, app/jobs.py:15" in "\n".join(lines)
    said = llmops(shop.root, "prompt", "diff", "--format", "json").json()["prompts"][0]["call_sites"]
    assert said["total"] == 5
    assert said["breaks"][0] == {
        "path": "app/jobs.py",
        "line": 6,
        "column": 12,
        "message": "render(document=…) lacks locale",
    }
    assert llmops(shop.root, "prompt", "diff", "--fail-on", "breaking", code=1)
