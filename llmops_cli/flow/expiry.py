"""Until when an acceptance counts: a day as a person writes it → YYYY-MM-DD, and the days that are left."""

import re
from datetime import date, timedelta

from llmops_cli.errors import UsageError
from llmops_cli.flow.lint import judges
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry
from llmops_cli.load.baselines import peek
from llmops_cli.load.codes import found
from llmops_cli.model.problem import Problem
from llmops_cli.model.source import Source
from llmops_cli.store.baselines import place

DAYS = re.compile(r"([1-9]\d{0,4})d")
SOON_DAYS = 14


def expiry(text: str, today: str) -> str:
    """Return the last day of an acceptance: `2026-12-31`, or `30d` from today; "" for "".

    Raises `UsageError` for anything else, and for a day that is over.
    """
    if not text:
        return ""
    counted = DAYS.fullmatch(text)
    hint = "a day YYYY-MM-DD, or a number of days: --expires 30d"
    try:
        day = date.fromisoformat(today) + timedelta(days=int(counted[1])) if counted else date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(f"--expires {text!r} is no day", hint=hint) from None
    if day.isoformat() < today:
        raise UsageError(f"--expires {text}: that day is over, today is {today}", hint=hint)
    return day.isoformat()


def expiring(project: Project, registry: Registry) -> list[Problem]:
    """Return a warning for each acceptance of a prompt as it stands that has expired, or will within 14 days."""
    problems = []
    today = project.environment.today
    judged = judges(registry)
    for prompt in registry.prompts.values():
        for name in judged[prompt.id]:
            arm = peek(project.tree, project.settings.baselines, prompt.id, name, prompt.digest)
            until = arm.accepted.expires if arm and arm.accepted else ""
            if arm is None or not until or (left := days_left(until, today)) > SOON_DAYS:
                continue
            when = f"expired on {until}: the gate does not count it" if left < 0 else f"expires on {until}, {_in(left)}"
            path = place(project.settings.baselines, arm)
            message = f"the acceptance of {prompt.id} on {name} {when}"
            hint = f"llmops baseline accept {prompt.id} --reason … --expires …, or mend the prompt"
            problems.append(found("LB014", Source(path, 1, 1), message, hint=hint, severity="warning"))
    return problems


def days_left(until: str, today: str) -> int:
    """Return how many days are left after today; negative where the day is over."""
    return (date.fromisoformat(until) - date.fromisoformat(today)).days


def _in(days: int) -> str:
    return "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
