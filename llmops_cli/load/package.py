"""Files that come with the package: the texts that `init` writes, and the project that `demo` shows."""

from collections.abc import Mapping
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
DEMO = ("llmops.yaml", "prompts", "evalsets", "examples/standin")


def starter(name: str) -> str:
    """Return a text of `starter/`."""
    return (PACKAGE / "starter" / name).read_text(encoding="utf-8")


def demo_files() -> Mapping[str, bytes]:
    """Return the demo project by path: from the installed package, or from the checkout around it."""
    installed = PACKAGE / "demo"
    root = installed if installed.is_dir() else PACKAGE.parent
    files: dict[str, bytes] = {}
    for name in DEMO:
        top = root / name
        paths = sorted(top.rglob("*")) if top.is_dir() else [top]
        found = (path for path in paths if path.is_file() and "__pycache__" not in path.parts)
        files.update({path.relative_to(root).as_posix(): path.read_bytes() for path in found})
    return files
