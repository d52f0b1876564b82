"""The whole loop in a throw-away repository: an edit that looks harmless, the gate's FAIL, the fix, the gate's PASS."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from llmops_cli.errors import LlmopsError
from llmops_cli.load.package import demo_files
from llmops_cli.store.repository import make

PROMPT = "prompts/billing/extract-invoice.yaml"
NAME = "billing/extract-invoice"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is said, a text edit (old, new) or none, then a command and the exit code it shall give."""

    says: str
    argv: tuple[str, ...] = ()
    code: int = 0
    edit: tuple[str, str] | None = None
    quiet: bool = False


HARMLESS = (
    (
        "Write the total as digits with a point as the decimal separator, without thousands separators and without a "
        "currency sign."
    ),
    "Write the total as a plain number, without a currency sign.",
)
FIX = (HARMLESS[1], "Write the total as a plain number with a decimal point, without a currency sign.")

STEPS = (
    Step("The prompt in git, its eval set and its baseline of five runs:", ("prompt", "list")),
    Step("", ("baseline", "show", NAME)),
    Step("Somebody tidies up the wording. It looks harmless.", edit=HARMLESS),
    Step("What does the edit mean?", ("prompt", "diff")),
    Step("How does the edited prompt do on its cases?", ("eval", "run", NAME)),
    Step("Is it worse than the stored baseline?", ("gate",), 1),
    Step("The instruction comes back, in fewer words.", edit=FIX),
    Step("", ("gate",)),
)


def prepare(root: Path) -> None:
    """Write the demo project into a new git repository."""
    make(root, demo_files(), "Extract invoices, with a baseline of five runs")


def edited(text: str, edit: tuple[str, str]) -> str:
    """Return the text with the edit made. Raises `LlmopsError` where there is nothing to edit: the demo is stale."""
    old, new = edit
    if text.count(old) != 1:
        raise LlmopsError(f"the demo's edit does not fit the prompt: {old!r}", where=PROMPT)
    return text.replace(old, new)


def at_home(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what would make a command think that it runs in CI or in another repository."""
    foreign = ("GIT_", "GITHUB_", "GITLAB_", "CI_", "BITBUCKET_", "BUILDKITE_", "SYSTEM_", "BUILD_", "LLMOPS_")
    return {name: value for name, value in variables.items() if name != "CI" and not name.startswith(foreign)}
