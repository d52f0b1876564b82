"""The conformance cases of tests/spec/render: a prompt and inputs → messages, or an error's words."""

from pathlib import Path

import pytest
import yaml

from llmops_cli.model.prompt import Message, Placeholder, Prompt, Variable
from llmops_cli.model.source import Source
from llmops_cli.render.errors import RenderError
from llmops_cli.render.messages import Renderer

SPEC = Path(__file__).parents[1] / "spec" / "render" / "messages.yaml"
CASES = yaml.safe_load(SPEC.read_text(encoding="utf-8"))


def variable(name, fields):
    schema = {key: value for key, value in fields.items() if key not in ("required", "default")}
    default = fields.get("default")
    return Variable(name, schema, fields.get("required", "default" not in fields), default, "default" in fields)


def prompt_of(case):
    given = [{"role": "user", "content": case["template"]}] if "template" in case else case["messages"]
    messages = tuple(
        Placeholder(part["placeholder"]) if "placeholder" in part else Message(part["role"], part["content"])
        for part in given
    )
    return Prompt(
        "demo",
        "a-model",
        messages,
        Source("prompts/demo.yaml", 1, 1),
        variables=tuple(variable(name, fields) for name, fields in case.get("variables", {}).items()),
        constants=case.get("constants", {}),
        literals=tuple(case.get("literals", ())),
        includes=case.get("includes", {}),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_prompt_renders_as_the_specification_says(case):
    with Renderer(prompt_of(case)) as renderer:
        if "error" in case:
            with pytest.raises(RenderError) as caught:
                renderer.render(case["inputs"], case="c1")
            words = f"{caught.value}\n{caught.value.hint}"
            for word in ["prompt demo, case c1", "prompts/demo.yaml:1:1", *case["error"]]:
                assert word in words
        else:
            request = renderer.render(case["inputs"], case="c1")
            assert list(request.messages) == case.get("expect", case.get("messages"))
