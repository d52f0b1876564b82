"""What an edit means, end to end: real git, real files, the program's own words."""

import json

import pytest
from gitrepo import Repo

INVOICE = """\
id: invoice
model: claude-sonnet-4-6
params: {max_tokens: 500}
variables:
  document: {type: string}
  total: {type: number, default: 0}
  locale: {type: string, default: en, enum: [en, de]}
messages:
  - role: system
    content: "Be exact. {% include 'partials/rules.j2' %}{% if total > 100 %} Take care.{% endif %}"
  - {role: user, content: "In {{ locale }}: {{ document }}"}
output: {schema: {type: object, properties: {sum: {type: number}}, required: [sum]}}
evals: [invoices]
"""
LETTER = "id: letter\nmodel: gpt-4.1\nvariables: {x: string}\ntemplate: \"{% include 'partials/outer.j2' %} {{ x }}\"\n"
PLAIN = 'id: plain\nmodel: gpt-4.1\nvariables: {x: string}\ntemplate: "Say {{ x }}"\n'
SET = "id: invoices\ndata: invoices.jsonl\nscorers: [{type: contains, primary: true}]\n"
CASES = "".join(
    json.dumps({"id": f"inv-{n:03}", "inputs": {"document": f"INV {n} " + "lorem " * 9, "total": n * 20}, "expected": "x"}) + "\n"
    for n in range(12)
)  # fmt: skip
RULES = "Never guess a value that is not there."


@pytest.fixture
def desk(tmp_path):
    repo = Repo.create(tmp_path / "desk")
    files = {"prompts/invoice.yaml": INVOICE, "prompts/letter.yaml": LETTER, "prompts/plain.yaml": PLAIN}
    files |= {
        "prompts/partials/rules.j2": RULES,
        "prompts/partials/outer.j2": "Dear. {% include 'partials/rules.j2' %}",
    }
    repo.commit({**files, "evalsets/invoices.yaml": SET, "evalsets/invoices.jsonl": CASES}, "first")
    return repo


@pytest.fixture
def said(desk, llmops):
    """Edit the invoice and return the diff's lines and its document."""

    def edit(*pairs, flags=()):
        text = INVOICE
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        desk.write("prompts/invoice.yaml", text)
        lines = llmops(desk.root, "prompt", "diff", *flags).out.splitlines()
        found = llmops(desk.root, "prompt", "diff", *flags, "--format", "json").json()
        return lines, found["prompts"][0] if found["prompts"] else None

    return edit


def test_a_changed_partial_shows_up_under_every_prompt_that_uses_it(desk, llmops):
    desk.write("prompts/partials/rules.j2", RULES.replace("guess", "ever guess"))
    found = llmops(desk.root, "prompt", "diff", "--format", "json").json()
    assert {one["id"]: one["class"] for one in found["prompts"]} == {"invoice": "patch", "letter": "patch"}
    assert found["unchanged"] == 1
    text = llmops(desk.root, "prompt", "diff").out
    assert text.count("  include partials/rules.j2\n             Never {+ever +}guess a value") == 2


def test_a_partial_that_brings_a_new_name_breaks_every_prompt_that_uses_it(desk, llmops):
    desk.write("prompts/partials/rules.j2", "Never guess, {{ customer }}.")
    desk.write("jobs.py", 'from llmops_cli import prompts\nprompts.get("invoice").render(document="x")\n')
    found = llmops(desk.root, "prompt", "diff", "--format", "json").json()["prompts"]
    assert {one["id"]: one["class"] for one in found} == {"invoice": "breaking", "letter": "breaking"}
    assert "new required variable customer, used without being declared" in found[0]["changes"][0]["reason"]
    assert found[0]["call_sites"]["breaks"][0]["message"] == "render(document=…) lacks customer"


def test_a_partial_on_a_branch_is_read_at_its_own_revision(desk, llmops):
    desk.branch("other")
    desk.commit({"prompts/partials/rules.j2": "Guess."})
    desk.write("prompts/partials/rules.j2", RULES)
    found = llmops(desk.root, "prompt", "diff", "--base", "main", "--head", "other", "--format", "json").json()
    assert [one["id"] for one in found["prompts"]] == ["invoice", "letter"]
    assert llmops(desk.root, "prompt", "diff", "--base", "main").out == "0 prompts changed, 3 unchanged.\n"


def test_cases_that_differ_outside_the_edited_words_are_counted_and_the_worst_is_named(said):
    lines, found = said(("total > 100", "total > 50"), ("Be exact.", "Be exact and brief."))
    assert "  rendered   3 of 12 cases of invoices differ outside the edited words; most: inv-003" in lines
    assert found["rendered"][0]["differ"] == ["inv-003", "inv-004", "inv-005"]
    assert found["class"] == "patch"


@pytest.mark.parametrize(
    "pair",
    [
        ("Be exact.", "Be brief."),
        ("In {{ locale }}: {{ document }}", "{{ document }} in {{ locale }}"),
        ("{{ locale }}", "{{locale}}{# which one #}"),
        ("Take care", "Watch out"),
        ("In {{ locale }}: ", ""),
    ],
)
def test_edited_words_alone_are_no_difference_outside_of_them(said, pair):
    _, found = said(pair, ("claude-sonnet-4-6", "claude-opus-4-6"))
    assert [(one["differ"], one["broken"]) for one in found["rendered"]] in ([([], [])], [])


@pytest.mark.parametrize(
    "pair",
    [
        ("{{ document }}", "{{ document | upper }}"),
        ("if total > 100", "if total < 100"),
        ("{% if total > 100 %} Take care.{% endif %}", "{% if total > 100 %} Take care.{% else %}{{ total }}{% endif %}"),
    ],
)  # fmt: skip
def test_what_the_words_do_not_show_is_a_difference_outside_of_them(said, pair):
    _, found = said(pair)
    assert found["rendered"][0]["differ"]


def test_cases_that_render_no_more_are_named_with_the_reason(said):
    lines, found = said(("default: en, ", ""))
    assert (
        "  rendered   12 of 12 cases of invoices can no longer be rendered: missing variable locale (inv-000)" in lines
    )
    assert found["rendered"][0]["broken"][0] == {"case": "inv-000", "reason": "missing variable locale"}
    assert found["class"] == "breaking"


def test_a_case_can_be_shown_as_it_renders_on_both_sides(said, desk, llmops):
    lines, _ = said(("total > 100", "total > 50"), flags=("--case", "invoices#inv-004"))
    assert "  case inv-004 system" in lines
    assert any("{+Take care.+}" in line or "{+ Take care.+}" in line for line in lines)
    assert len([line for line in lines if line.startswith("  case ")]) == 1
    shown = llmops(desk.root, "prompt", "diff", "--rendered").out
    assert shown.count("  case inv-00") == 3
    assert "case inv" not in llmops(desk.root, "prompt", "diff").out
    for wrong, words in (("invoices", "SET#ID"), ("nothing#x", "no eval set"), ("invoices#x", "no case 'x'")):
        assert words in llmops(desk.root, "prompt", "diff", "--case", wrong, code=2).err


def test_a_large_set_is_looked_at_from_its_start_and_says_so(said, desk):
    rows = (json.dumps({"id": f"c{n}", "inputs": {"document": "x"}, "expected": "x"}) + "\n" for n in range(300))
    desk.write("evalsets/invoices.jsonl", "".join(rows))
    lines, found = said(("Be exact.", "Be brief."))
    assert "  rendered   0 of the first 40 cases of invoices differ outside the edited words" in lines
    assert (found["rendered"][0]["cases"], found["rendered"][0]["more"]) == (40, True)
    _, found = said(("Be exact.", "Be brief."), flags=("--rendered",))
    assert found["rendered"][0]["cases"] == 200


def test_a_set_whose_cases_cannot_be_read_costs_the_diff_nothing(said, desk):
    desk.write("evalsets/invoices.jsonl", "{not json\n")
    _, found = said(("Be exact.", "Be brief."))
    assert (found["rendered"], found["class"]) == ([], "patch")


def test_tokens_are_told_of_the_templates_of_a_call_and_of_the_cached_start(said):
    lines, found = said(("Be exact.", "Be exact and brief."))
    (row,) = [line for line in lines if line.startswith("  tokens ")]
    assert "static est." in row
    assert "per call, median" in row
    assert row.endswith("cached prefix 12 → 2 (edit at character 8)")
    assert found["cached_prefix"] == {"before": 12, "after": 2, "edit_at": 8, "reason": None}
    tokens = found["rendered"][0]["tokens"]
    assert 0 < tokens["median_before"] < tokens["median_after"]


def test_an_edit_behind_the_first_value_loses_nothing_of_the_cached_start(said):
    _, found = said(("In {{ locale }}: {{ document }}", "In {{ locale }}, {{ document }}"))
    assert found["cached_prefix"] is None


def test_tools_stand_in_front_of_everything_that_is_cached(said):
    _, found = said(("output:", "tools: [{type: function, function: {name: look}}]\noutput:"))
    assert found["cached_prefix"]["after"] == 0
    assert found["cached_prefix"]["reason"] == "the tools stand in front"


@pytest.mark.parametrize(
    ("releases", "version", "expected"),
    [
        ((), "", "advised bump: MAJOR"),
        (("3.2.0",), "", "advised bump: MAJOR (3.2.0 → 4.0.0)"),
        (("3.2.0", "3.10.0", "3.9.9", "notes"), "", "advised bump: MAJOR (3.10.0 → 4.0.0)"),
        (("3.2.0",), "5.0.1", "advised bump: MAJOR (5.0.1 → 6.0.0)"),
    ],
)
def test_the_advised_version_follows_the_last_one(desk, llmops, releases, version, expected):
    head = f"version: {version}\n" if version else ""
    files = {f"prompts/.releases/invoice/{one}.yaml": "only the name counts here\n" for one in releases}
    desk.commit({**files, "prompts/invoice.yaml": head + INVOICE})
    desk.write("prompts/invoice.yaml", head + INVOICE.replace("default: en, ", ""))
    assert llmops(desk.root, "prompt", "diff").out.splitlines()[0].endswith(expected)


def test_a_single_address_is_held_against_the_working_tree(desk, llmops):
    desk.commit({"prompts/invoice.yaml": INVOICE.replace("exact", "brief")}, "second")
    desk.write("prompts/invoice.yaml", INVOICE.replace("exact", "kind"))
    assert "[-exact.-]{+kind.+}" in llmops(desk.root, "prompt", "diff", "invoice@HEAD~1").out
    assert "[-brief.-]{+kind.+}" in llmops(desk.root, "prompt", "diff", "invoice@HEAD").out
    assert llmops(desk.root, "prompt", "diff", "invoice@9.9.9", code=2).err


def test_a_prompt_that_a_revision_does_not_have_is_new_since_then(desk, llmops):
    desk.commit({"prompts/fresh.yaml": PLAIN.replace("plain", "fresh").replace("Say", "Tell me all about")}, "second")
    assert "new prompt" in llmops(desk.root, "prompt", "diff", "fresh@HEAD~1").out


def test_a_page_can_be_written_to_a_file(desk, llmops, tmp_path):
    desk.write("prompts/invoice.yaml", INVOICE.replace("exact", "<b>brief</b>"))
    target = tmp_path / "out/diff.html"
    assert llmops(desk.root, "prompt", "diff", "--format", "html", "-o", target).out == ""
    source = target.read_text(encoding="utf-8")
    assert source.startswith("<!doctype html>")
    assert "&lt;b&gt;brief&lt;/b&gt;" in source
    assert '<a href="#prompt:invoice">' in source


def test_json_and_comment_count_the_prompts_that_are_the_same(desk, llmops):
    desk.write("prompts/invoice.yaml", INVOICE.replace("exact", "brief"))
    assert llmops(desk.root, "prompt", "diff", "--format", "json").json()["unchanged"] == 2
    assert "2 unchanged" in llmops(desk.root, "prompt", "diff", "--format", "markdown").out


@pytest.mark.parametrize(
    ("flags", "code"),
    [((), 0), (("--exit-code",), 1), (("--fail-on", "breaking"), 0), (("--fail-on", "patch"), 1), (("--fail-on", "x"), 2)],
)  # fmt: skip
def test_the_exit_code_says_what_was_asked(desk, llmops, flags, code):
    desk.write("prompts/invoice.yaml", INVOICE.replace("exact", "brief"))
    llmops(desk.root, "prompt", "diff", *flags, code=code)


def test_an_edit_of_plain_templates_imports_neither_jinja2_nor_ast_nor_jsonschema(desk):
    import subprocess
    import sys

    desk.commit({"prompts/plain.yaml": PLAIN, "prompts/invoice.yaml": "id: invoice\nmodel: m\ntemplate: x\n"})
    desk.write("prompts/plain.yaml", PLAIN.replace("Say", "Tell"))
    code = "import sys; from llmops_cli.cli.run import run; run(sys.argv[1:]); print([m for m in ('jinja2', 'jsonschema', 'deepdiff', 'litellm', 'llmops_cli.load.callsites') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code, "-C", str(desk.root), "prompt", "diff"], capture_output=True, text=True, check=True
    )
    assert "Tell" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
