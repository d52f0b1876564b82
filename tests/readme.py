"""The generated parts of README.md; `python tests/readme.py` writes them anew."""

import sys
from pathlib import Path

from llmops_cli.plugins import find, names

README = Path(__file__).resolve().parent.parent / "README.md"
MARKS = ("<!-- scorers -->\n", "<!-- /scorers -->")


def scorers() -> str:
    """Return the table of scorers: name and first line of each one's documentation."""
    rows = ["| scorer | says |", "|---|---|"]
    for name in names("score"):
        text = sys.modules[find("score", name).__module__].__doc__ or ""
        first = " ".join(text.strip().split("\n\n")[0].split())
        rows.append(f"| `{name}` | {first} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    README.write_text(before + MARKS[0] + scorers() + MARKS[1] + after, encoding="utf-8")
