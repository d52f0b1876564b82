"""Texts kept byte for byte; `LLMOPS_UPDATE_GOLDEN=1` writes them anew."""

import os
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"


def assert_golden(name, text):
    """Compare with the stored text. One that is not stored yet is a failure, and so is writing it."""
    path = GOLDEN / name
    if os.environ.get("LLMOPS_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    assert path.read_bytes().decode() == text, f"{path} differs; look, then LLMOPS_UPDATE_GOLDEN=1"
