"""A text that says what day it is.

Why:
    It is wrong from the next day on, and the model believes it: deadlines, ages and "the latest" come out of it.

Bad:
    content: "Today is 3 March 2025."

Good:
    variables: {today: {type: string, format: date}}
    content: "Today is {{ today }}."
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from llmops_cli.check.place import of_use, problem, templates
from llmops_cli.model.problem import Problem, Subject

DAY = r"(?:[0-3]?\d(?:st|nd|rd|th)?\.?,?\s+(?:of\s+)?)?"
MONTH = r"(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?,?\s+)?"
DATE = re.compile(
    r"\b(?:today(?:'s date)?|(?:the )?current (?:date|day|year|month)|it is now|we are now in|this year)"
    rf"(?:\s+is|\s*:|\s*=)?\s+(?:\w+day,?\s+)?(?:the\s+)?{DAY}{MONTH}{DAY}(?:\d\d?[./-]\d\d?[./-])?"
    r"(?:19|20)\d\d\b(?:[-/.]\d\d[-/.]\d\d)?",
    re.IGNORECASE,
)


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each sentence that gives the present a year."""
    for use, text in templates(subject):
        if "19" not in text and "20" not in text:
            continue
        for match in DATE.finditer(text):
            place = of_use(subject, replace(use, offset=match.start()))
            message = f"the text says what day it is: {match.group()!r}"
            hint = "let the caller give it: {{ today }}"
            width = len(match.group())
            yield problem("LP074", "fixed-date", "warning", place, message, hint=hint, width=width)
