from pathlib import Path

import pytest

from llmops_cli.errors import ExitCode, SettingsError, UsageError
from llmops_cli.load.settings import SettingsFileError, environment, find_root, gate_policy, read
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.settings import Budget, Endpoint, GatePolicy, ModelRoute, Remote, Settings

FULL = """\
schema: llmops/config@1
prompts: p
evalsets: e
baselines: e/.baselines
recordings: e/.recordings
trust_recordings: base
accepts: base
exec: [examples/standin/model.py]
models:
  fast: {model: openai/gpt-4.1-mini, fallbacks: [claude-haiku-4-5], rpm: 300, tpm: 200000, timeout: 60}
  plain: gpt-4o
endpoints:
  openai: {url: https://api.openai.com/v1/, key_env: OPENAI_API_KEY}
  local: http://127.0.0.1:8000/v1
remotes:
  langfuse: {url: https://cloud.langfuse.com/, public_key_env: PK, secret_key_env: SK}
  eu: {type: langsmith, url: https://eu.api.smith.langchain.com, key_env: LK, workspace: w1}
budget: {max_cost_usd: 2.00, max_calls: 2000, max_seconds: 1800, max_error_rate: 0.02}
gate: {margin: auto, alpha: 0.05, power: 0.8, on_inconclusive: warn, cost_increase: 0.3, slices: [a, b]}
redact: ["sk-[A-Za-z0-9]{20,}"]
x-own: anything
"""


def settings(root: Path, text: str, name: str = "llmops.yaml") -> Settings:
    root.mkdir(exist_ok=True)
    (root / name).write_text(text)
    return read(WorkTree(root), name)


def test_settings_read_as_the_file_says(tmp_path):
    found = settings(tmp_path, FULL)
    assert (found.prompts, found.evalsets, found.baselines, found.recordings) == (
        "p",
        "e",
        "e/.baselines",
        "e/.recordings",
    )
    assert (found.trust_recordings, found.accepts, found.exec) == ("base", "base", ("examples/standin/model.py",))
    assert found.models["fast"] == ModelRoute("openai/gpt-4.1-mini", ("claude-haiku-4-5",), 300, 200000, 60)
    assert found.models["plain"] == ModelRoute("gpt-4o")
    assert found.endpoints["openai"] == Endpoint("openai", "https://api.openai.com/v1", "OPENAI_API_KEY")
    assert found.endpoints["local"] == Endpoint("local", "http://127.0.0.1:8000/v1")
    keys = {"public_key": "PK", "secret_key": "SK"}
    assert found.remotes["langfuse"] == Remote("langfuse", "langfuse", "https://cloud.langfuse.com", keys)
    eu = Remote("eu", "langsmith", "https://eu.api.smith.langchain.com", {"key": "LK"}, "w1")
    assert found.remotes["eu"] == eu
    assert found.budget == Budget(2.0, 2000, 1800, 0.02)
    assert found.gate == GatePolicy(on_inconclusive="warn", cost_increase=0.3, slices=("a", "b"))
    assert found.redact == ("sk-[A-Za-z0-9]{20,}",)
    assert found.found


def test_without_a_file_the_defaults_hold(tmp_path):
    assert read(WorkTree(tmp_path)) == Settings()


def test_a_file_named_by_the_user_must_be_there(tmp_path):
    with pytest.raises(SettingsFileError, match="not there"):
        read(WorkTree(tmp_path), "other.yaml")
    assert settings(tmp_path, "prompts: q\n", "other.yaml").prompts == "q"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prompt: x\n", "LF020 1:1"),
        ("gate: {alpha: 1}\n", "LF023 1:15"),
        ("gate: {alpha: 0}\n", "LF023 1:15"),
        ("gate: {margin: 1.5}\n", "LF023 1:16"),
        ("gate: {power: '0.8'}\n", "LF021 1:15"),
        ("gate: {on_inconclusive: pass}\n", "LF023 1:25"),
        ("budget: {max_cost_usd: -1}\n", "LF023 1:24"),
        ("budget: {max_error_rate: 2}\n", "LF023 1:26"),
        ("trust_recordings: all\n", "LF023 1:19"),
        ("prompts: ../elsewhere\n", "LF050 1:10"),
        ("remotes: {langfuse: {}}\n", "LF022 1:21"),
        ("remotes: {elsewhere: {url: 'https://x.example'}}\n", "LF050 1:22"),
        ("remotes: {mlflow: {url: 'https://u:p@x.example'}}\n", "LF050 1:25"),
        ("remotes: {mlflow: {url: 'ftp://x.example'}}\n", "LF050 1:25"),
        ("remotes: {langfuse: {url: 'https://x.example', secret_key_env: sk-lf-1234}}\n", "LF023 1:64"),
        ("remotes: {langfuse: {url: 'https://x.example', secret_key: sk}}\n", "LF020 1:48"),
        ("prompts: /etc\n", "LF050 1:10"),
        ("exec: [ok.py, ../x.py]\n", "LF050 1:15"),
        ("redact: ['(']\n", "LF050 1:10"),
        ("endpoints: {a: 'ftp://x'}\n", "LF050 1:16"),
        ("endpoints: {a: {url: 'https://u:p@x/v1'}}\n", "LF050 1:22"),
        ("endpoints: {a: 'https://u@x/v1'}\n", "LF050 1:16"),
        ("endpoints: {a: 'https://'}\n", "LF050 1:16"),
        ("endpoints: {a: 'https://x/v1?key=1'}\n", "LF050 1:16"),
        ("endpoints: {a: 'https://x:99999/'}\n", "LF050 1:16"),
        ("endpoints: {a: 'https://x y/'}\n", "LF050 1:16"),
        ("endpoints: {a: {url: 'https://x', key: secret}}\n", "LF020 1:35"),
        ("models: {a: {fallbacks: [b]}}\n", "LF022 1:13"),
        ("a: 1\na: 2\n", "LF009 2:1"),
    ],
)
def test_bad_settings_are_a_usage_error_with_every_problem(tmp_path, text, expected):
    with pytest.raises(SettingsFileError) as raised:
        settings(tmp_path, text)
    assert raised.value.exit_code == ExitCode.USAGE
    problems = [f"{p.code} {p.source.line}:{p.source.column}" for p in raised.value.problems]
    assert expected in problems
    assert str(raised.value).startswith("llmops.yaml:")


def test_all_settings_problems_come_at_once(tmp_path):
    with pytest.raises(SettingsFileError, match="and 2 more") as raised:
        settings(tmp_path, "gate: {alpha: 2, marign: 1}\nbudgets: {}\n")
    assert len(raised.value.problems) == 3


def test_a_password_in_a_url_is_not_repeated(tmp_path):
    with pytest.raises(SettingsFileError) as raised:
        settings(tmp_path, "endpoints: {a: 'https://me:hunter2@host/'}\n")
    assert "hunter2" not in repr(raised.value.problems)


def test_a_link_to_settings_elsewhere_is_refused(tmp_path):
    settings(tmp_path / "other", "prompts: evil\n")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/llmops.yaml").symlink_to(tmp_path / "other/llmops.yaml")
    with pytest.raises(SettingsFileError):
        read(WorkTree(tmp_path / "root"))


def test_the_root_is_the_nearest_settings_file_below_the_git_top_level(tmp_path):
    top = tmp_path / "top"
    deep = top / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == deep
    (tmp_path / "llmops.yaml").touch()
    (top / ".git").mkdir()
    assert find_root(deep) == top
    (top / "a" / "llmops.yaml").touch()
    assert find_root(deep) == top / "a"
    (top / "llmops.yaml").touch()
    assert find_root(top) == top


def test_a_worktree_whose_git_is_a_file_is_a_top_level_too(tmp_path):
    (tmp_path / "llmops.yaml").touch()
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    (tmp_path / "tree" / ".git").write_text("gitdir: elsewhere")
    assert find_root(tmp_path / "tree" / "sub") == tmp_path / "tree"


def test_an_eval_set_overrides_single_keys_of_the_policy():
    base = GatePolicy(alpha=0.01, margin=0.1)
    merged = gate_policy(base, {"margin": 0.05, "slices": ["x"], "x-why": "strict"})
    assert merged == GatePolicy(alpha=0.01, margin=0.05, slices=("x",))
    assert gate_policy(base, {}) == base
    with pytest.raises(SettingsError, match="margn"):
        gate_policy(base, {"margn": 1})


def test_the_environment_is_read_once_and_the_day_can_be_set():
    found = environment({"LLMOPS_TODAY": "2026-01-31", "CI": "true"})
    assert (found.today, found.in_ci, found.variables["CI"]) == ("2026-01-31", True, "true")
    assert len(environment({}).today) == 10
    assert environment().variables
    with pytest.raises(UsageError, match="LLMOPS_TODAY"):
        environment({"LLMOPS_TODAY": "tomorrow"})
