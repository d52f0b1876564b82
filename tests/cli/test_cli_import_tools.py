import json

import pytest

from llmops_cli import plugins

LANGFUSE = {"name": "greet", "version": 1, "type": "text", "prompt": "Hello {{name}}", "labels": [], "config": {}}
TEMPLATE = {
    "lc": 1,
    "type": "constructor",
    "id": ["langchain", "prompts", "prompt", "PromptTemplate"],
    "kwargs": {"input_variables": ["name"], "template": "Hello {name}", "template_format": "f-string"},
}
OPENAI = {
    "id": "pmpt_1",
    "object": "prompt",
    "version": "1",
    "model": "gpt-4o",
    "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hello {{name}}"}]}],
    "variables": {"name": ""},
}
MLFLOW = {"name": "greet", "version": 1, "template": "Hello {{name}}", "tags": {}}
ONE_OF_EACH = {
    "dotprompt": ("greet.prompt", "---\nmodel: googleai/gemini-2.5-flash\n---\nHello {{name}}\n"),
    "github": ("greet.prompt.yml", "model: openai/gpt-4o\nmessages: [{role: user, content: 'Hello {{name}}'}]\n"),
    "humanloop": ("greet.prompt", "---\nmodel: gpt-4o\n---\n<user>\nHello {{name}}\n</user>\n"),
    "langchain-hub": ("greet.yaml", "_type: prompt\ninput_variables: [name]\ntemplate: Hello {name}\n"),
    "langfuse": ("greet.json", json.dumps(LANGFUSE)),
    "langsmith": ("greet.json", json.dumps(TEMPLATE)),
    "llm": ("greet.yaml", "model: gpt-4o\nprompt: Hello $name\n"),
    "mlflow": ("greet.json", json.dumps(MLFLOW)),
    "openai": ("greet.json", json.dumps(OPENAI)),
    "promptfoo": ("greet.yaml", "prompts: ['Hello {{name}}']\nproviders: ['openai:gpt-4o']\n"),
    "prompty": ("greet.prompty", "---\nname: greet\nmodel: {api: chat}\n---\nuser:\nHello {{name}}\n"),
    "semantic-kernel": ("greet.yaml", "name: greet\ntemplate_format: semantic-kernel\ntemplate: 'Hello {{$name}}'\n"),
}


def test_every_tool_that_can_be_read_is_among_these():
    assert [name.replace("_", "-") for name in plugins.names("convert")] == sorted(ONE_OF_EACH)


@pytest.mark.parametrize("tool", ONE_OF_EACH)
def test_one_file_comes_in_by_its_name_renders_and_is_valid(tool, tmp_path, llmops):
    name, text = ONE_OF_EACH[tool]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_text(text)
    (tmp_path / "in" / "beside.md").write_text("not a prompt\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "llmops.yaml").write_text("schema: llmops/config@1\n")
    llmops(project, "prompt", "import", tool, tmp_path / "in" / name, "--id", "greet")
    shown = llmops(project, "prompt", "render", "greet", "--var", "name=Ada {{name}}")
    assert "Hello Ada {{name}}" in shown.out
    llmops(project, "validate")
