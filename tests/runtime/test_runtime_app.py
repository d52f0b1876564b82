"""The example application runs on a bundle of this repository's own prompt, and says what is missing without one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from shipped import bundle, label, release

ROOT = Path(__file__).parents[2]
OWN = (ROOT / "prompts/billing/extract-invoice.yaml").read_text(encoding="utf-8")


def run(folder, *argv, **variables):
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    argv = [sys.executable, ROOT / "examples/app/extract.py", *argv]
    return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path):
    text = "".join(line for line in OWN.splitlines(keepends=True) if not line.startswith(("id:", "schema:", "# yaml-")))
    release(tmp_path, "billing/extract-invoice", "3.2.0", text)
    label(tmp_path, "production", "billing/extract-invoice: 3.2.0\n")
    (tmp_path / "b.json").write_bytes(bundle(tmp_path))
    (tmp_path / "invoice.txt").write_text("Invoice INV-7, total 12.50 {{ document }}")
    return tmp_path


def test_the_example_prints_the_request_and_its_trace(folder):
    done = run(folder, "invoice.txt", LLMOPS_BUNDLE="b.json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["trace"]["llmops.prompt.version"] == "3.2.0"
    assert "total 12.50 {{ document }}" in said["request"]["messages"][-1]["content"]


def test_the_example_says_what_is_there_instead_of_a_label_that_is_not(folder):
    done = run(folder, "invoice.txt", "staging", LLMOPS_BUNDLE="b.json")
    assert done.returncode == 1
    assert "no label staging" in done.stderr
    assert "@production" in done.stderr
    assert "configure" in run(folder, "invoice.txt").stderr
