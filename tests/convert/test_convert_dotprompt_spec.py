"""The cases of tests/spec/dotprompt.yaml: what a .prompt file renders to once it is imported."""

from pathlib import Path

import pytest
import yaml

from llmops_cli.convert._built import prompt_of
from llmops_cli.convert.dotprompt import read, write
from llmops_cli.errors import LlmopsError
from llmops_cli.render.identity import identify
from llmops_cli.render.messages import Renderer

SPEC = Path(__file__).parent.parent / "spec" / "dotprompt.yaml"
GROUPS = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
CASES = [
    pytest.param(group, case, id=f"{group['name']}-{number}")
    for group in GROUPS
    for number, case in enumerate(group["cases"])
]


def files(group):
    partials = {f"_{name}.prompt": text.encode() for name, text in group.get("partials", {}).items()}
    return {"case.prompt": group["template"].encode(), **partials}


def imported(group):
    made = read(files(group), "case.prompt")
    if made.losses:
        raise LlmopsError("; ".join(loss.message for loss in made.losses))
    return made.prompts[0].versions[0]


def rendered(group, case):
    values = {**case.get("input", {}), **case.get("context", {})}
    turns = [{"role": role, "content": text} for role, text in case.get("turns", ())]
    with Renderer(prompt_of("case", imported(group))) as renderer:
        return [[message["role"], message["content"]] for message in renderer.render(values, turns=turns).messages]


def test_there_are_enough_cases():
    assert len(CASES) >= 80


@pytest.mark.parametrize(("group", "case"), CASES)
def test_an_imported_prompt_renders_as_dotprompt_does_or_is_refused_by_name(group, case):
    if "refused" in case:
        with pytest.raises(LlmopsError) as caught:
            rendered(group, case)
        problems = getattr(caught.value, "problems", ())
        assert case["refused"] in f"{caught.value} {[problem.message for problem in problems]}"
    else:
        assert rendered(group, case) == case["says"]


@pytest.mark.parametrize("group", [group for group in GROUPS if any("says" in case for case in group["cases"])])
def test_what_is_exported_comes_back_as_it_was(group):
    first = imported(group)
    prompt = prompt_of("case", first)
    exported = write(prompt)
    if "indented" in group["name"]:
        assert exported.losses
        return
    assert exported.losses == ()
    again = read(dict(exported.files), "case.prompt")
    assert again.prompts[0].versions[0].document == first.document
    assert identify(prompt_of("case", again.prompts[0].versions[0])).digest == identify(prompt).digest


@pytest.mark.parametrize("group", [group for group in GROUPS if any("says" in case for case in group["cases"])])
def test_a_file_that_would_be_exported_with_other_bytes_is_noted(group):
    made = read(files(group), "case.prompt")
    exported = write(prompt_of("case", made.prompts[0].versions[0]))
    same = exported.files == {"case.prompt": group["template"].encode()}
    assert same != any(note.startswith("formatting:") for note in made.notes)
