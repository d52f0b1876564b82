import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent
ASK = """
source <(llmops completion bash)
COMP_WORDS=({words}) COMP_CWORD={at}
_llmops_completion llmops
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def complete(tmp_path):
    (tmp_path / "llmops.yaml").write_text("schema: llmops/config@1\n")
    for name in ("billing/refund", "billing/extract", "support", "_parts/tone"):
        path = tmp_path / f"prompts/{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")

    def ask(words):
        script = ASK.format(words=words, at=len(words.split()) - 1)
        env = {**os.environ, "PATH": f"{PROGRAM}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-c", script], check=True, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.stderr == ""
        return done.stdout.split()

    return ask


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("llmops ga", ["gate"]),
        ("llmops prompt rel", ["release"]),
        ("llmops prompt show billing/", ["billing/extract", "billing/refund"]),
        ("llmops prompt diff s", ["support"]),
        ("llmops eval run _", []),
        ("llmops gate --max-co", ["--max-cost"]),
    ],
)
def test_bash_completes_commands_flags_and_prompt_ids(complete, words, found):
    assert sorted(complete(words)) == found


def test_a_broken_project_completes_to_nothing_and_says_nothing(complete, tmp_path):
    (tmp_path / "llmops.yaml").write_text("{")
    assert complete("llmops prompt show b") == []


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_every_shell_has_its_script(llmops, tmp_path, shell):
    assert "_LLMOPS_COMPLETE" in llmops(tmp_path, "completion", shell).out


def test_an_unknown_shell_is_named_with_those_that_are_known(llmops, tmp_path):
    assert "one of bash, zsh, fish, powershell" in llmops(tmp_path, "completion", "tcsh", code=2).err
