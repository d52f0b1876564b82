"""`prompt usages`: Python code is read, never run."""

CODE = """
from pathlib import Path

from llmops_cli import prompts

Path("{marker}").write_text("ran")
prompts.get("greet").render(name="Ada")
prompts.get("greet").render(nmae="Ada")
"""


def test_code_is_read_and_never_run_and_a_wrong_call_is_named_by_file_and_line(project, llmops, tmp_path):
    marker = tmp_path / "marker"
    project.write("app/jobs.py", CODE.format(marker=marker))
    shown = llmops(project.root, "prompt", "usages", code=None)
    assert "app/jobs.py:7" in shown.out
    wrong = next(line for line in shown.out.splitlines() if line.startswith("app/jobs.py:8"))
    assert "lacks name" in wrong
    assert "nmae" in wrong
    assert not marker.exists()


def test_a_file_that_is_not_python_is_named_and_the_others_are_still_read(project, llmops):
    project.write("app/bad.py", "def (:\n")
    project.write("app/good.py", 'from llmops_cli import prompts\n\nprompts.get("greet").render(name="Ada")\n')
    shown = llmops(project.root, "prompt", "usages", code=None)
    assert "app/good.py:3" in shown.out
    assert "app/bad.py" in shown.err
