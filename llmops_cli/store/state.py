"""The folder of what is not committed: `.llmops/`."""

from pathlib import Path


def ignore(home: Path) -> None:
    """Make the folder, and let git ignore all of it, this rule too."""
    home.mkdir(parents=True, exist_ok=True)
    rule = home / ".gitignore"
    if not rule.exists():
        rule.write_text("*\n", encoding="utf-8")
