"""The rows of few-shot examples: their keys, and where they stand."""

from llmops_cli.check.place import Place, of_value
from llmops_cli.model.problem import Subject

INPUTS = ("inputs", "input", "user")
OUTPUTS = ("output", "expected", "assistant")


def of_example(subject: Subject, index: int) -> Place:
    """Return where an example stands in the prompt's file, or the name of the file that holds it."""
    said = subject.raw.get("examples")
    if isinstance(said, list):
        return of_value(subject, "examples", index)
    inside = isinstance(said, dict) and "rows" in said
    return of_value(subject, "examples", "rows", index) if inside else of_value(subject, "examples", "file")
