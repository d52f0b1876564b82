"""Whether the answer is JSON, and nothing but JSON.

`NaN` and `Infinity` are not JSON. Strict by default, because the program that reads the answer is: a model that begins
to put its JSON into a fence breaks that program.

Options:
    fence: strict, or strip to look inside a ```json fence (default strict).

Example:
    scorers:
      - {type: json_valid}

"""

from typing import Literal

from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._json import FENCES, read_json
from llmops_cli.score._options import choice
from llmops_cli.score._score import binary


def build(*, fence: Literal["strict", "strip"] = "strict") -> Scorer:
    """Return the scorer for these options."""
    choice("fence", fence, FENCES)

    def json_valid(_case: Case, answer: Completion) -> Score:
        try:
            read_json(answer.text, fence=fence)
        except ValueError as error:
            return binary("json_valid", str(error), passed=False)
        return binary("json_valid", passed=True)

    return json_valid
