import json
import subprocess
import sys

import pytest
from gitrepo import IDENTITY, Repo
from registries import LangfuseFake

from llmops_cli.errors import ExitCode


def version(number, text, **more):
    base = {"name": "Support/Greet", "version": number, "type": "chat", "config": {"model": "echo/m"}, "labels": []}
    prompt = [{"type": "message", "role": "user", "content": text}]
    dated = {
        "createdAt": f"2025-01-0{number}T10:00:00.000Z",
        "createdBy": "ada@example.org",
        "commitMessage": f"v{number}",
    }
    return {**base, "prompt": prompt, **dated, **more}


EXPORT = [
    version(1, "Hello {{name}}"),
    version(2, "Hi {{name}}", labels=["production"]),
    version(3, "Hi {{name}}, welcome to {{city}}", labels=["latest"]),
]


@pytest.fixture
def repo(tmp_path, monkeypatch):
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    repo = Repo.create(tmp_path / "repo")
    repo.commit({"README.md": "x\n"}, "start")
    (tmp_path / "export.json").write_text(json.dumps(EXPORT))
    return repo


def test_an_export_comes_in_with_history_is_compared_judged_released_and_promoted(repo, llmops, tmp_path):
    done = llmops(repo.root, "prompt", "import", "langfuse", tmp_path / "export.json", "--history")
    addresses = [line.split()[1] for line in done.out.splitlines() if "support/greet@" in line]
    assert len(addresses) == 3
    assert repo.run("status", "--porcelain") == ""
    shown = llmops(repo.root, "prompt", "diff", addresses[1], addresses[2]).out
    assert "new required variable city" in shown
    rows = [{"id": f"c{n:02}", "inputs": {"name": f"n{n}", "city": "Ulm"}, "expected": f"n{n}"} for n in range(12)]
    evals = "id: greet\nprompts: [support/greet]\nscorers: [{type: contains, primary: true}]\n"
    cases = "".join(json.dumps(row) + "\n" for row in rows)
    repo.commit({"evalsets/greet.yaml": evals, "evalsets/greet.jsonl": cases}, "cases")
    llmops(repo.root, "eval", "run", "support/greet")
    released = llmops(repo.root, "prompt", "release", "support/greet", "-m", "as it was there").out
    address = next(word for word in released.split() if word.startswith("support/greet@"))
    repo.commit(message="release")
    llmops(repo.root, "gate", "--mode", "auto")
    llmops(repo.root, "prompt", "promote", address, "--to", "production")
    served = llmops(repo.root, "prompt", "show", "support/greet@production", "--format", "json").json()
    assert "welcome to {{city}}" in json.dumps(served)


def test_labels_serve_what_they_served_there(repo, llmops, tmp_path):
    done = llmops(repo.root, "prompt", "import", "langfuse", tmp_path / "export.json", "--history", "--labels")
    assert "production → 2.0.0" in done.out
    assert llmops(repo.root, "prompt", "show", "support/greet@production").out.startswith("support/greet  2.0.0")
    llmops(repo.root, "validate")


def test_the_table_of_an_import_is_json_too(repo, llmops, tmp_path):
    found = llmops(
        repo.root, "prompt", "import", "langfuse", tmp_path / "export.json", "--history", "--format", "json"
    ).json()
    assert found["schema"] == "llmops/import@1"
    (prompt,) = found["prompts"]
    assert [one["version"] for one in prompt["versions"]] == ["1", "2", "3"]
    assert [one["commit"] for one in prompt["versions"]] == repo.run("rev-list", "--reverse", "HEAD~3..HEAD").split(
        "\n"
    )
    assert prompt["id"] == "support/greet"


def test_a_loss_is_listed_with_what_to_do_and_nothing_is_written(repo, llmops, tmp_path):
    (tmp_path / "lossy.json").write_text(json.dumps({**EXPORT[0], "prompt": "{{#x}}a{{/x}}"}))
    done = llmops(repo.root, "prompt", "import", "langfuse", tmp_path / "lossy.json", code=ExitCode.FINDINGS)
    assert "lost: lossy.json: Support/Greet version 1: prompt: '{{#x}}' is text" in done.out
    assert "nothing was written" in done.out
    assert repo.run("status", "--porcelain") == ""
    found = llmops(
        repo.root, "prompt", "import", "langfuse", tmp_path / "lossy.json", "--format", "json", code=1
    ).json()
    assert found["stopped"]
    assert {loss["path"] for loss in found["losses"]} == {f"Support/Greet version 1: {at}" for at in ("type", "prompt")}


def test_foreign_names_cannot_write_to_the_terminal(repo, llmops, tmp_path):
    evil = version(1, "x", name="a\x1b]52;c;ZXZpbA==\x07b", commitMessage="\x1b[2Jboo", createdBy="\x1b[31mred")
    (tmp_path / "evil.json").write_text(json.dumps(evil))
    done = llmops(repo.root, "prompt", "import", "langfuse", tmp_path / "evil.json", "--history")
    assert "\x1b" not in done.out + done.err


def test_an_export_goes_to_stdout_to_a_file_and_into_a_folder(repo, llmops, tmp_path):
    llmops(repo.root, "prompt", "import", "langfuse", tmp_path / "export.json")
    out = llmops(repo.root, "prompt", "export", "support/greet", "--to", "langfuse").out
    assert json.loads(out)["name"] == "Support/Greet"
    llmops(repo.root, "prompt", "export", "support/greet", "--to", "langfuse", "-o", tmp_path / "one.json")
    assert json.loads((tmp_path / "one.json").read_text()) == json.loads(out)
    (tmp_path / "folder").mkdir()
    llmops(repo.root, "prompt", "export", "support/greet", "--to", "langfuse", "-o", tmp_path / "folder")
    assert (tmp_path / "folder/support-greet.json").is_file()


def test_an_export_with_a_loss_writes_nothing(repo, llmops, tmp_path):
    repo.commit({"prompts/x.yaml": "id: x\nmodel: m\nvariables: {a: string}\ntemplate: '{% if a %}b{% endif %}'\n"})
    done = llmops(repo.root, "prompt", "export", "x", "--to", "langfuse", "-o", tmp_path / "x.json", code=1)
    assert "lost: template: Langfuse has no template logic" in done.err
    assert not (tmp_path / "x.json").exists()
    assert llmops(repo.root, "prompt", "export", "x", "--to", "langfuse", "--lossy").out


def test_drift_is_a_table_a_sentence_and_an_exit_code(repo, llmops, monkeypatch, tmp_path):
    monkeypatch.setenv("PK", "pk-lf-1")
    monkeypatch.setenv("SK", "sk-lf-secret")
    llmops(repo.root, "prompt", "import", "langfuse", tmp_path / "export.json")
    with LangfuseFake() as fake:
        repo.write(
            "llmops.yaml", f"remotes: {{langfuse: {{url: '{fake.url}', public_key_env: PK, secret_key_env: SK}}}}\n"
        )
        drifted = llmops(repo.root, "prompt", "drift", "--to", "langfuse", code=1)
        assert "1 of 1 prompt differs between here and langfuse" in drifted.out
        pushed = llmops(repo.root, "prompt", "push", "support/greet", "--to", "langfuse", "--label", "production")
        assert "created" in pushed.out
        assert "the same here and on langfuse" in llmops(repo.root, "prompt", "drift", "--to", "langfuse").out
        fake.put("Support/Greet", "edited")
        found = llmops(repo.root, "prompt", "drift", "--to", "langfuse", "--format", "json", code=1).json()
        assert (found["schema"], found["differing"], found["prompts"][0]["standing"]) == (
            "llmops/drift@1",
            1,
            "differs",
        )
        assert "--offline" in llmops(repo.root, "--offline", "prompt", "drift", "--to", "langfuse", code=2).err
    monkeypatch.setenv("SK", "wrong")
    done = llmops(repo.root, "prompt", "drift", "--to", "langfuse", code=ExitCode.INCOMPLETE)
    assert "127.0.0.1" in done.err


def test_import_and_export_load_no_network_and_no_model_library(repo, tmp_path):
    code = (
        "import sys; from llmops_cli.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "bad = [name for name in ('litellm', 'langchain_core', 'http.client', 'socket') if name in sys.modules]\n"
        "sys.stderr.write('LOADED ' + ' '.join(bad))"
    )
    argv = [
        sys.executable,
        "-c",
        code,
        "-C",
        str(repo.root),
        "prompt",
        "import",
        "langfuse",
        str(tmp_path / "export.json"),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert "imported" in done.stdout
    assert done.stderr.rpartition("LOADED ")[2] == ""
