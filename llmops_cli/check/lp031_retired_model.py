"""A model that its provider has retired, or retires within 60 days.

Why:
    On that day each call fails. Moving to another model wants an eval run, and an eval run wants the old one to
    compare with, while it still answers.

Bad:
    model: claude-2.1

Good:
    model: claude-sonnet-4-6
"""

from collections.abc import Iterator

from llmops_cli.check.known import facts
from llmops_cli.check.place import of_value, problem
from llmops_cli.model.problem import Problem, Subject

NOTICE_DAYS = 60


def check(subject: Subject) -> Iterator[Problem]:
    """Yield an error after the model's last day, a warning before it."""
    known = facts(subject)
    if known is None or not known.retires or not subject.today:
        return
    left = day_number(known.retires) - day_number(subject.today)
    if left > NOTICE_DAYS:
        return
    name = subject.prompt.model
    place = of_value(subject, "model")
    hint = "compare a newer model while this one answers: `llmops eval run --model …`"
    if left <= 0:
        message = f"the model {known.name} was retired on {known.retires}"
        yield problem("LP031", "retired-model", "error", place, message, hint="choose a newer one", width=len(name))
    else:
        message = f"the model {known.name} is retired on {known.retires}, in {left} days"
        yield problem("LP031", "retired-model", "warning", place, message, hint=hint, width=len(name))


def day_number(date: str) -> int:
    """Return the number of a day YYYY-MM-DD, so that differences are days (Fliegel and Van Flandern, 1968)."""
    year, month, day = (int(part) for part in date.split("-"))
    shift = (14 - month) // 12
    years = year + 4800 - shift
    return day + (153 * (month + 12 * shift - 3) + 2) // 5 + 365 * years + years // 4 - years // 100 + years // 400
