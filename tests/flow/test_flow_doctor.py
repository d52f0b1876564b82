import os
import subprocess
import sys

import pytest
from gitrepo import Repo

from llmops_cli.flow.doctor import checkup
from llmops_cli.load import machine

CONFIG = "schema: llmops/config@1\nendpoints: {mine: {url: 'https://example.org/v1', key_env: MY_SECRET_KEY}, free: http://127.0.0.1:1/v1}\n"
SECRET = "sk-this-is-the-value-that-nobody-may-see"


def states(root, **variables) -> dict[str, str]:
    return {one.name: one.state for one in checkup(root, variables=variables)}


def said(root, name: str, **variables) -> str:
    (one,) = [one for one in checkup(root, variables=variables) if one.name == name]
    return f"{one.said} | {one.hint}"


def test_a_good_project_has_no_problem(project, llmops):
    found = checkup(project.root, variables={})
    assert [one for one in found if one.state == "bad"] == []
    assert {one.area for one in found} == {"machine", "project", "models", "git", "store"}
    done = llmops(project.root, "doctor")
    assert "No problems" in done.out
    document = llmops(project.root, "doctor", "--format", "json").json()
    assert document["schema"] == "llmops/doctor@1"
    assert {one["state"] for one in document["findings"]} <= {"good", "advice"}
    assert all(one["hint"] for one in document["findings"] if one["state"] == "advice")


def test_what_is_broken_is_named_and_the_rest_is_still_looked_at(project, llmops):
    project.write("llmops.yaml", "promts: prompts\n")
    done = llmops(project.root, "doctor", code=1)
    assert "unknown key promts" in done.out
    assert "python" in done.out
    project.write("llmops.yaml", CONFIG)
    project.write("prompts/broken.yaml", "id: [\n")
    assert states(project.root)["prompts"] == "bad"
    assert "1 of 3 files cannot be read: prompts/broken.yaml | llmops validate" in said(project.root, "prompts")


def test_a_key_is_said_to_be_there_and_never_shown(project, llmops, monkeypatch):
    project.write("llmops.yaml", CONFIG)
    assert said(project.root, "endpoint mine").startswith("MY_SECRET_KEY is not set")
    assert states(project.root, MY_SECRET_KEY=SECRET)["endpoint mine"] == "good"
    assert states(project.root)["endpoint free"] == "good"
    monkeypatch.setenv("MY_SECRET_KEY", SECRET)
    for fmt in ("text", "json"):
        done = llmops(project.root, "doctor", "--format", fmt)
        assert SECRET not in done.out + done.err
        assert "MY_SECRET_KEY is set" in done.out


def test_litellm_is_missed_only_where_a_prompt_needs_it(project):
    if machine.package("litellm"):
        pytest.skip("litellm is installed here")
    assert states(project.root)["litellm"] == "good"
    project.write("prompts/live.yaml", "id: live\nmodel: claude-sonnet-4-6\ntemplate: x\n")
    assert "claude-sonnet-4-6 are asked through it" in said(project.root, "litellm")


def test_the_state_of_the_clone_is_said(project, tmp_path):
    assert states(project.root)["history"] == "good"
    project.commit({"x": "1"}, "second")
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{project.root}", shallow], check=True)
    assert "git fetch --unshallow" in said(shallow, "history")
    subprocess.run(["git", "-C", shallow, "checkout", "-q", "--detach"], check=True)
    assert states(shallow)["HEAD"] == "advice"
    bare_folder = tmp_path / "outside"
    bare_folder.mkdir()
    assert "git init" in said(bare_folder, "repository")
    unborn = Repo.create(tmp_path / "unborn")
    assert said(unborn.root, "HEAD").startswith("no commit yet")


def test_the_hook_and_the_workflow_are_looked_for(project):
    assert states(project.root)["pre-commit hook"] == "advice"
    project.write(".pre-commit-config.yaml", "repos: [{repo: local, hooks: [{id: llmops-validate}]}]\n")
    assert "configured, but not installed" in said(project.root, "pre-commit hook")
    hook = project.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexec pre-commit run\n")
    assert states(project.root)["pre-commit hook"] == "good"
    project.write(".github/workflows/x.yml", "steps: [{run: llmops gate}]\n")
    assert said(project.root, "CI").startswith("runs llmops: x.yml")


def test_a_hooks_folder_of_the_user_s_own_counts(project, tmp_path):
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/pre-commit").write_text("llmops validate")
    subprocess.run(["git", "-C", project.root, "config", "core.hooksPath", str(tmp_path / "hooks")], check=True)
    assert states(project.root)["pre-commit hook"] == "good"


def test_what_was_edited_by_hand_is_found(project):
    project.write("evalsets/.recordings/greet/greet.jsonl", '{"fingerprint": "no"}\n')
    assert "LR001" in said(project.root, "recordings")
    project.write("evalsets/.baselines/greet/greet/0123456789ab.jsonl", "{}\n")
    assert "LB001" in said(project.root, "baselines")
    assert "llmops baseline verify" in said(project.root, "baselines")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_problem(project):
    project.root.chmod(0o500)
    try:
        assert states(project.root)[".llmops"] == "bad"
    finally:
        project.root.chmod(0o700)


def test_old_prices_are_said(project):
    assert "days old" in said(project.root, "prices", LLMOPS_TODAY="2030-01-01")
    assert states(project.root, LLMOPS_TODAY="2030-01-01")["prices"] == "advice"
    assert states(project.root, LLMOPS_TODAY="2026-11-24")["prices"] == "good"


def test_nothing_heavy_is_imported_and_no_connection_is_made(project):
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('a connection')\n"
        "socket.socket.connect = refuse\n"
        "from llmops_cli.__main__ import main; sys.argv = ['llmops', 'doctor']\n"
        "try: main()\nexcept SystemExit as end: assert end.code in (0, None), end.code\n"
        "assert 'litellm' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
