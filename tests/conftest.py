"""Fixtures for every room."""

import json
import os
from dataclasses import dataclass

import pytest
from gitrepo import Repo
from hypothesis import HealthCheck, settings

from llmops_cli.cli.run import run

# A law is not broken by a busy machine: what must be quick has a test of its own.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

PROMPT = 'id: greet\nmodel: echo/m\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'
EVALSET = "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, primary: true}]\n"
CASES = "".join(f'{{"id": "c{i:02}", "inputs": {{"name": "n{i:02}"}}, "expected": "n{i:02}"}}\n' for i in range(12))


@pytest.fixture(autouse=True, scope="session")
def _not_in_ci():
    """Tests of the program behave as on a desk, wherever they run; a test of CI sets what it needs."""
    for name in [
        name for name in os.environ if name.startswith(("GITHUB_", "GITLAB_", "CI_", "LLMOPS_")) or name == "CI"
    ]:
        if name not in ("LLMOPS_REAL_DATA", "LLMOPS_STATISTICS", "LLMOPS_UPDATE_GOLDEN"):
            del os.environ[name]


@pytest.fixture
def project(tmp_path):
    """A committed project: one prompt that echoes, twelve cases."""
    repo = Repo.create(tmp_path / "project")
    files = {"prompts/greet.yaml": PROMPT, "evalsets/greet.yaml": EVALSET, "evalsets/greet.jsonl": CASES}
    repo.commit(files, "first")
    return repo


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def json(self):
        """Return stdout as JSON."""
        return json.loads(self.out)


@pytest.fixture
def llmops(capfd):
    """Run the program in this process: `llmops(root, "gate", "--mode", "replay", code=1)`."""

    def call(root, *argv, code=0):
        capfd.readouterr()
        found = run(["-C", str(root), *map(str, argv)])
        out, err = capfd.readouterr()
        assert code is None or found == code, f"exit {found}, not {code}\n{out}\n{err}"
        return Done(found, out, err)

    return call
