"""Where real model answers lie, for tests that read them and skip by name where they are absent."""

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def real(name: str) -> Path:
    """Return the folder of a data set, or of a file in one ("xstest/xstest.jsonl"); skip the test where it is absent."""
    path = Path(os.environ.get("LLMOPS_REAL_DATA") or BESIDE) / name
    if not path.exists():
        pytest.skip(f"real data set {name} is not at hand (LLMOPS_REAL_DATA names its folder)")
    return path
