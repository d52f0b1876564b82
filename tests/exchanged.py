"""What tests of import and export stand on: a foreign file in, a resolved prompt, the same file out again."""

import json
import tempfile
from pathlib import Path

from llmops_cli.flow.arriving import content_of, texts_of
from llmops_cli.flow.project import open_project
from llmops_cli.render.messages import Renderer


def read(module, source, name="source.json"):
    """Return what a reader makes of one file: bytes, text, or a value that becomes JSON."""
    data = source if isinstance(source, bytes) else source.encode() if isinstance(source, str) else None
    return module.read({name: json.dumps(source).encode() if data is None else data}, name)


def prompt_of(version, name="it"):
    """Return the resolved prompt that the files of a version say; a flaw in them fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        project = open_project(Path(folder))
        texts = texts_of("prompts", f"prompts/{name}.yaml", name, version)
        content = content_of(project, f"prompts/{name}.yaml", texts)
    errors = [problem for problem in content.problems if problem.severity == "error"]
    assert not errors, content.problems
    assert content.prompt is not None, content.problems
    return content.prompt


def last(imported):
    """Return the newest version of the only prompt."""
    (prompt,) = imported.prompts
    return prompt.versions[-1]


def messages(imported, **values):
    """Return what the model is sent, as (role, content)."""
    with Renderer(prompt_of(last(imported))) as renderer:
        sent = renderer.render(values).messages
    return [(message["role"], message["content"]) for message in sent]


def back(module, imported):
    """Return the one file that an export of the newest version writes, and its losses."""
    exported = module.write(prompt_of(last(imported)))
    (data,) = exported.files.values()
    return data, exported.losses
