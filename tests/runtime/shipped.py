"""What tests of the run time stand on: prompts as YAML → releases on disk, and bundles of them."""

from pathlib import Path

from llmops_cli.flow.bundle import gather
from llmops_cli.flow.project import open_project
from llmops_cli.flow.registry import read_prompt
from llmops_cli.load.releases import place, seal
from llmops_cli.load.settings import read as read_settings
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.frozen import freeze
from llmops_cli.report.bundle import encode
from llmops_cli.report.yaml_text import dump

GREET = """
model: fast
params: {temperature: 0.5, max_tokens: 64}
variables: {name: string, tone: {type: string, enum: [kind, dry], default: kind}}
messages:
  - {role: system, content: "Be {{ tone }}."}
  - {role: user, content: "Hello {{ name }}"}
"""
CONFIG = "models: {fast: {model: openai/gpt-4.1-mini}}\n"


def write(root: Path, path: str, text: str) -> Path:
    """Write a file below the root."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def release(root: Path, name: str, version: str, text: str = GREET) -> str:
    """Freeze a prompt's text as a release file and return its digest (64 hex)."""
    if not (root / "llmops.yaml").exists():
        write(root, "llmops.yaml", CONFIG)
    source = write(root, f"prompts/{name}.yaml", f"id: {name}\n{text}")
    tree = WorkTree(root)
    entry, problems = read_prompt(tree, read_settings(tree), f"prompts/{name}.yaml")
    assert entry is not None, problems
    source.unlink()
    said = {
        "schema": "llmops/release@1",
        "id": name,
        "version": version,
        "digest": f"sha256:{entry.prompt.digest}",
        "interface": f"sha256:{entry.prompt.interface_digest}",
        "commit": "1" * 40,
        "date": "2026-01-02",
        "bump": "first",
        "prompt": freeze(entry.prompt),
    }
    write(root, place("prompts", name, version), dump({**said, "seal": seal(said)}))
    return entry.prompt.digest


def label(root: Path, name: str, text: str) -> None:
    """Write a label file."""
    write(root, f"prompts/.labels/{name}.yaml", text)


def bundle(root: Path, *, every: bool = True, labels: tuple[str, ...] = (), ids: tuple[str, ...] = ()) -> bytes:
    """Return the bundle of a project."""
    return encode(gather(open_project(root), ids, labels, every=every))


def shop(root: Path) -> Path:
    """Make a project with two releases of greet, production and staging on them, and a split; return its bundle."""
    release(root, "greet", "1.0.0")
    release(root, "greet", "1.1.0", GREET.replace("Hello", "Good day"))
    label(root, "production", "greet: 1.0.0\n")
    label(root, "staging", "greet: 1.1.0\n")
    label(root, "canary", "greet: {1.0.0: 50, 1.1.0: 50}\n")
    path = root / "prompts.bundle.json"
    path.write_bytes(bundle(root))
    return path
