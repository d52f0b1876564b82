"""An application that loads a prompt by its label and prints what it would send: `python extract.py FILE [LABEL]`.

The prompt comes from the bundle that `LLMOPS_BUNDLE` names (`llmops prompt bundle -o prompts.bundle.json`), or from an
installed wheel. With a client of your own, the last lines become
`client.chat.completions.create(**rendered.as_openai())`.
"""

import json
import sys
from pathlib import Path

from llmops_cli import prompts
from llmops_cli.errors import LlmopsError


def main(path: str, label: str = "production") -> int:
    """Print the request and what to put on its trace; 1 where the prompt is not to be had or does not fit."""
    text = Path(path).read_text(encoding="utf-8")
    try:
        rendered = prompts.get(f"billing/extract-invoice@{label}").render(document=text)
    except LlmopsError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 1
    print(
        json.dumps({"trace": rendered.span_attributes(), "request": rendered.as_openai()}, indent=2, ensure_ascii=False)
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
