"""The way of a team that comes from Langfuse, step by step as the README tells it."""

import json
import os
import subprocess
import sys
import zipfile

from gitrepo import IDENTITY, Repo

TEXTS = [
    ("Extract the number.\n\n{{document}}", [], "first"),
    ("Extract the number. Answer with it alone.\n\n{{document}}", ["production"], "say what the answer is"),
    ("Extract the number. Answer with it alone, nothing else.\n\n{{document}}", ["latest"], "nothing else"),
]
APP = """
from llmops_cli import prompts

request = prompts.get("extract-invoice@production").render(document="INV-9")
print(request.messages[0]["content"], request.attributes["version"], request.attributes["label"])
"""


def export():
    return [
        {
            "name": "extract-invoice",
            "version": number,
            "type": "text",
            "prompt": text,
            "config": {"model": "echo/m", "temperature": 0},
            "labels": labels,
            "tags": ["billing"],
            "commitMessage": message,
            "createdAt": f"2026-0{number}-01T10:00:00.000Z",
            "createdBy": "ada@example.org",
        }
        for number, (text, labels, message) in enumerate(TEXTS, start=1)
    ]


def test_from_a_langfuse_export_to_a_program_and_to_the_call_site_that_a_branch_breaks(tmp_path, llmops, monkeypatch):
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    repo = Repo.create(tmp_path / "team")
    repo.commit({"llmops.yaml": "schema: llmops/config@1\n"}, "begin")
    exported = tmp_path / "export.json"
    exported.write_text(json.dumps(export()))

    llmops(repo.root, "prompt", "import", "langfuse", exported, "--history")
    assert repo.run("log", "--format=%s|%ae|%as").splitlines()[:3] == [
        "nothing else|ada@example.org|2026-03-01",
        "say what the answer is|ada@example.org|2026-02-01",
        "first|ada@example.org|2026-01-01",
    ]
    diff = llmops(repo.root, "prompt", "diff", "extract-invoice@HEAD~1", "extract-invoice", "--format", "json").json()
    assert diff["prompts"][0]["class"] == "patch"

    cases = [{"id": f"c{i}", "inputs": {"document": f"INV-{i}"}, "expected": f"INV-{i}"} for i in range(12)]
    evalset = "id: inv\ndata: inv.jsonl\nprompts: [extract-invoice]\nscorers: [{type: contains, primary: true}]\n"
    lines = "".join(f"{json.dumps(case)}\n" for case in cases)
    repo.commit({"evalsets/inv.yaml": evalset, "evalsets/inv.jsonl": lines}, "cases")
    llmops(repo.root, "-q", "eval", "run", "extract-invoice")
    llmops(repo.root, "prompt", "release", "extract-invoice", "-m", "first")
    repo.commit(message="release")
    llmops(repo.root, "prompt", "promote", "extract-invoice@1.0.0", "--to", "production")
    repo.commit(message="promote")
    assert "GATE NEW" in llmops(repo.root, "gate").out  # production served nothing before

    wheels = tmp_path / "dist"
    llmops(repo.root, "prompt", "bundle", "--wheel", "acme-prompts", "-o", wheels)
    site = tmp_path / "site"
    zipfile.ZipFile(next(wheels.glob("*.whl"))).extractall(site)
    app = repo.write("app/jobs.py", APP)
    done = subprocess.run(
        [sys.executable, str(app)],
        env=os.environ | {"PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "INV-9 1.0.0 production"
    repo.commit(message="use it")

    repo.branch("break")
    path = repo.root / "prompts" / "extract-invoice.yaml"
    path.write_text(path.read_text().replace("document", "doc"))
    shown = llmops(repo.root, "prompt", "diff", "--fail-on", "breaking", code=1).out
    assert "BREAKING  variable document renamed to doc" in shown
    assert "app/jobs.py:4" in shown
    repo.commit(message="rename")
    llmops(repo.root, "prompt", "release", "extract-invoice")
    llmops(repo.root, "prompt", "promote", "extract-invoice@2.0.0", "--to", "production", code=1)
