"""Which stored answers still answer a case: the case may have gained inputs since that a prompt did not know yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from llmops_cli.model.evalset import Case
from llmops_cli.model.prompt import Prompt, canonical
from llmops_cli.model.run import Arm, Row


@dataclass(frozen=True, slots=True)
class Questions:
    """The cases of an eval set as they are now, for one prompt that may be older than they are.

    `asked` are the cases as this prompt is asked them: without the inputs that it does not declare. `known` maps a
    case's id to the digests under which its stored answers may lie. `earlier` are the cases as they were when the
    prompt was released, where those ask the same; else as in `asked`.
    """

    cases: tuple[Case, ...]
    asked: tuple[Case, ...]
    known: Mapping[str, frozenset[str]]
    earlier: tuple[Case, ...]

    def count(self, found: Arm | None) -> int:
        """Return how many cases an arm answers."""
        return sum(self._fits(found, case) is not None for case in self.cases) if found else 0

    def fit(self, found: Arm) -> Arm:
        """Return the arm on these very cases: an answer to another question is none, a case without one is missing."""
        rows = {}
        for case in self.cases:
            row = self._fits(found, case)
            missing = Row(case.id, case.digest, {}, failures={"missing": 1})
            rows[case.id] = replace(row, case_digest=case.digest) if row is not None else missing
        return replace(found, rows=dict(sorted(rows.items())))

    def _fits(self, found: Arm, case: Case) -> Row | None:
        row = found.rows.get(case.id)
        return row if row is not None and row.answers and row.case_digest in self.known[case.id] else None


def questions(cases: Iterable[Case], prompt: Prompt, other: Prompt | None, old: Mapping[str, Case]) -> Questions:
    """Return the cases for a prompt that is compared with `other`.

    `old` are the cases as they were when the prompt was released: one that only had more inputs for variables that
    `other` does not have asks the same, and one whose values only moved to a renamed variable.
    """
    now = tuple(cases)
    asked = tuple(narrowed(case, prompt) for case in now)
    known, earlier = {}, []
    for case, own in zip(now, asked, strict=True):
        before = old.get(case.id)
        same = before if before is not None and other is not None and _alike(before, case, prompt, other) else None
        known[case.id] = frozenset({case.digest, own.digest, *([same.digest] if same else [])})
        earlier.append(same or own)
    return Questions(now, asked, known, tuple(earlier))


def answering(found: Arm, cases: Iterable[Case], prompt: Prompt) -> Arm:
    """Return an arm whose answers to a case's earlier form, without inputs the prompt does not take, answer it now."""
    now = {case.id: (case.digest, narrowed(case, prompt).digest) for case in cases}
    rows = {
        name: replace(row, case_digest=now[name][0]) if row.case_digest in now.get(name, ()) else row
        for name, row in found.rows.items()
    }
    return replace(found, rows=rows)


def narrowed(case: Case, *prompts: Prompt) -> Case:
    """Return a case with only those inputs that every one of the prompts declares."""
    names = set(case.inputs).intersection(*({variable.name for variable in prompt.variables} for prompt in prompts))
    return replace(case, inputs={name: value for name, value in case.inputs.items() if name in names})


def _alike(one: Case, other: Case, *prompts: Prompt) -> bool:
    """Return whether two cases ask the same of both prompts. Inputs that each has alone must be the same values."""
    old, new = narrowed(one, *prompts), narrowed(other, *prompts)
    gone, come = (
        sorted(canonical(value) for name, value in whole.inputs.items() if name not in part.inputs)
        for whole, part in ((one, old), (other, new))
    )
    return old.digest == new.digest and (not gone or not come or gone == come)
