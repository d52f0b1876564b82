"""`validate FILE` reads only what the file can matter to, and finds what `validate` finds of it."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.flow.nearby import nearby
from llmops_cli.flow.project import open_project
from llmops_cli.flow.validate import validate

IDS = ("a", "b", "x/c", "d")
PARTS = ("tone.j2", "deep/inner.j2")
PIECES = (
    "{{ doc }}",
    "{% include 'tone.j2' %}",
    "{% include 'deep/inner.j2' %}",
    "{% include 'gone.j2' %}",
    "{{ other }}",
    "{% if %}",
    "a",
)


def written(root, files):
    (root / "llmops.yaml").write_text("schema: llmops/config@1\n")
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return open_project(root)


@st.composite
def prompts(draw, path):
    """A prompt file that may be wrong in several ways, and may have to do with the others in several ways."""
    lines = [f"model: {draw(st.sampled_from(['gpt-4o', 'gpt-4o', 'nosuch-model']))}"]
    ident = draw(st.sampled_from(["", "", *IDS]))
    lines += [f"id: {ident}"] if ident else []
    alias = draw(st.sampled_from(["", "", "", *IDS]))
    lines += [f"aliases: [{alias}]"] if alias else []
    lines += [f"evals: [{draw(st.sampled_from(['e', 'f', 'nosuch']))}]"] if draw(st.booleans()) else []
    lines += ["varaibles: {}"] if draw(st.integers(0, 9)) == 0 else []
    lines += ["variables: {doc: string}"] if draw(st.booleans()) else []
    text = " ".join(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3)))
    return path, "\n".join([*lines, f'template: "{text}"']) + "\n"


@st.composite
def registries(draw):
    files = dict(draw(prompts(f"prompts/{name}.yaml")) for name in IDS)
    for part in PARTS:
        files[f"prompts/{part}"] = " ".join(draw(st.lists(st.sampled_from(PIECES), max_size=2)))
    for name in ("e", "f"):
        named = draw(st.lists(st.sampled_from([*IDS, "ghost"]), max_size=2, unique=True))
        scorer = draw(st.sampled_from(["exact", "exact", "nosuch"]))
        asked, own = (draw(st.sampled_from(["", "", *IDS, "ghost"])) for _ in range(2))
        judge = f", {{type: judge, prompt: {asked}}}" if asked else ""
        files[f"evalsets/{name}.yaml"] = f"scorers: [{{type: {scorer}}}{judge}]\nprompts: [{', '.join(named)}]\n"
        checks = f', "checks": [{{"type": "judge", "prompt": "{own}"}}]' if own else ""
        inputs = draw(st.sampled_from(['{"doc": "x"}', '{"dco": "x"}', "{}"]))
        files[f"evalsets/{name}.jsonl"] = f'{{"id": "1", "inputs": {inputs}, "expected": "x"{checks}}}\n'
    return files


def lines(problems):
    return {(one.code, str(one.source), one.message) for one in problems}


@settings(max_examples=60, deadline=None)
@given(registries())
def test_what_is_found_of_a_file_is_what_the_whole_registry_shows_of_it(files):
    with tempfile.TemporaryDirectory() as folder:
        project = written(Path(folder), files)
        whole = validate(project).problems
        for path in files:
            about = [one for one in whole if one.source.path == path or path in one.message]
            narrow = validate(project, [path]).problems
            assert lines(about) <= lines(narrow)
            extra = [one for one in narrow if one not in whole]
            # Of prompts with the same variables the whole run names the first; a part that a broken prompt may or may
            # not include is only called unused where no prompt that mentions it is broken.
            assert {one.code for one in extra} <= {"LE023", "LE024", "LP061"}
            assert all(one.source.path == path for one in extra if one.code == "LP061")


GOOD = 'model: gpt-4o\nvariables: {{doc: string}}\ntemplate: "{text} <doc>{{{{ doc }}}}</doc>"\nevals: [e]\n'
FILES = {
    "prompts/alpha.yaml": GOOD.format(text="{% include 'deep/inner.j2' %}"),
    "prompts/beta.yaml": GOOD.format(text="Read"),
    "prompts/deep/inner.j2": "{% include 'tone.j2' %}",
    "prompts/tone.j2": "Be plain.",
    "evalsets/e.yaml": "scorers: [{type: exact}]\n",
    "evalsets/e.jsonl": '{"id": "1", "inputs": {"doc": "x"}, "expected": "x"}\n',
}


@pytest.mark.parametrize("link", ["aliases: [former]", "evals: [judged]"])
def test_another_file_with_the_id_of_a_prompt_that_is_judged_counts(tmp_path, link):
    files = {
        "prompts/one.yaml": "model: gpt-4o\nid: mine\ntemplate: hello\n",
        "prompts/two.yaml": f"model: gpt-4o\nid: mine\n{link}\ntemplate: '{{{{ doc }}}}'\n",
        "evalsets/judged.yaml": f"scorers: [{{type: exact}}]\nprompts: [{'former' if 'former' in link else ''}]\n",
        "evalsets/judged.jsonl": '{"id": "1", "inputs": {"doc": "x"}, "expected": "x"}\n',
    }
    project = written(tmp_path, files)
    whole = lines(one for one in validate(project).problems if one.source.path == "evalsets/judged.jsonl")
    assert "extra argument doc" in "".join(message for _, _, message in whole)
    assert whole <= lines(validate(project, ["evalsets/judged.jsonl"]).problems)


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("prompts/tone.j2", "{% if %}", "prompts/tone.j2"),
        ("prompts/deep/inner.j2", "{{ nobody_declares_it }}", "prompts/deep/inner.j2"),
        ("prompts/tone.j2", "{% include 'gone.j2' %}", "prompts/alpha.yaml"),
        ("prompts/beta.yaml", GOOD.format(text="Read").replace("doc", "text"), "evalsets/e.jsonl"),
        ("prompts/beta.yaml", "id: alpha\n" + GOOD.format(text="Read"), "prompts/beta.yaml"),
        ("prompts/beta.yaml", "aliases: [alpha]\n" + GOOD.format(text="Read"), "prompts/beta.yaml"),
        ("evalsets/e.jsonl", '{"id": "1", "inputs": {"text": "x"}, "expected": "x"}\n', "evalsets/e.jsonl"),
        ("evalsets/e.yaml", "scorers: [{type: exakt}]\n", "evalsets/e.yaml"),
    ],
)
def test_what_an_edit_breaks_elsewhere_is_found_by_naming_the_edited_file(tmp_path, path, text, found):
    assert validate(written(tmp_path, FILES), [path]).errors == 0
    problems = validate(written(tmp_path, {**FILES, path: text}), [path]).problems
    assert any(one.severity == "error" and one.source.path == found for one in problems), problems


def test_other_prompts_are_not_read(tmp_path):
    near = nearby(written(tmp_path, FILES), ["prompts/beta.yaml"])
    assert [entry.prompt.id for entry in near.registry.entries] == ["beta"]
    assert [entry.prompt.id for entry in nearby(open_project(tmp_path), ["prompts/tone.j2"]).entries] == ["alpha"]


@pytest.mark.parametrize(
    "path", ["llmops.yaml", "prompts/.releases/alpha/1.0.0.yaml", "prompts/.labels/production.yaml"]
)
def test_what_concerns_everything_is_judged_with_everything(tmp_path, path):
    assert nearby(written(tmp_path, FILES), ["prompts/alpha.yaml", path]) is None
