"""Fresh answers of both sides to the same cases, taking turns: what a confirmation rests on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from llmops_cli.flow.collect import Task, collect
from llmops_cli.flow.contestant import Contestant
from llmops_cli.flow.fight import Fight
from llmops_cli.model.completion import Answer, Failure, Request
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Arm, Result

SIDES = ("base", "head")


@dataclass(frozen=True, slots=True)
class Fresh:
    """Fresh answers of both sides to the same cases. `lack` says why there are none."""

    base: Arm
    head: Arm
    rows: tuple[Result, ...] = ()
    lack: str = ""


def series(before: Prompt, after: Prompt) -> tuple[str, str]:
    """Return the series that a confirmation's answers of the two versions are kept under, the base's first."""
    base, head = (f"confirm {before.digest[:12]} {after.digest[:12]} {side}" for side in SIDES)
    return base, head


class Series:
    """Fresh answers of both sides, asked at most once a case and repeat; kept apart from the runs of the gate."""

    def __init__(self, fight: Fight) -> None:
        """Ask nothing yet."""
        self.fight = fight
        self.base = fight.rival or fight.ring.base(fight.before)
        self.head = fight.head
        self._names = dict(zip(SIDES, series(fight.before, fight.head.prompt), strict=True))
        self._known: dict[tuple[str, str, int], Result] = {}

    @property
    def rows(self) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
        """The fresh answers of both sides, the base's first."""
        base, head = (tuple(self._known[key] for key in sorted(self._known) if key[0] == side) for side in SIDES)
        return base, head

    @property
    def same_model(self) -> bool:
        """Whether both versions ask for the same model."""
        return self.base.prompt.resolved_model == self.head.prompt.resolved_model

    def ask(self, cases: Iterable[str], runs: int) -> Fresh:
        """Return `runs` fresh answers a case of both sides; whole rounds first, the sides taking turns in each."""
        wanted = frozenset(cases)
        lack = self._collect(wanted, runs, SIDES)
        rows = {side: tuple(self._rows(side, wanted, runs)) for side in SIDES}
        if not lack and not _complete(rows["base"], rows["head"], len(wanted) * runs):
            lack = "too many fresh answers are missing"
        arms = (self._arm(self.base, rows["base"]), self._arm(self.head, rows["head"]))
        return Fresh(*arms, rows["head"], lack)

    def ask_base(self, cases: Iterable[str], runs: int) -> tuple[Arm, str]:
        """Return `runs` fresh answers a case of the base alone, and why they cannot be had ("" = they can)."""
        wanted = frozenset(cases)
        lack = self._collect(wanted, runs, SIDES[:1])
        rows = tuple(self._rows("base", wanted, runs))
        if not lack and not _complete(rows, rows, len(wanted) * runs):
            lack = "too many fresh answers are missing"
        return self._arm(self.base, rows), lack

    def _collect(self, wanted: frozenset[str], runs: int, of: tuple[str, ...]) -> str:
        both = zip(SIDES, (self.base, self.head), strict=True)
        sides = {self._names[name]: (name, side) for name, side in both if name in of}
        tasks = (task for series, (_, side) in sides.items() for task in side.tasks(range(runs), wanted, series))
        todo = [task for task in tasks if (sides[task.request.series][0], *_at(task)) not in self._known]
        todo.sort(key=lambda task: (task.request.repeat, task.case.id, task.request.series))
        completes = {series: side.complete for series, (_, side) in sides.items()}
        names = {task.request.fingerprint: sides[task.request.series][0] for task in todo}

        def turn(request: Request) -> Answer:
            return completes[request.series](request)

        desk = self.fight.ring.desk
        for row in collect(todo, turn, self.fight.ring.bout.bench, jobs=desk.jobs, stop=desk.stop):
            self._known[names[row.fingerprint], row.case, row.repeat] = row
            if isinstance(row.answer, Failure) and (row.answer.kind == "run" or row.answer.code == "budget"):
                return row.answer.message
        return ""

    def _rows(self, side: str, wanted: frozenset[str], runs: int) -> Iterator[Result]:
        for key in sorted(self._known):
            if key[0] == side and key[1] in wanted and key[2] < runs:
                yield self._known[key]

    @staticmethod
    def _arm(side: Contestant, rows: Sequence[Result]) -> Arm:
        found = side.arm_of(rows)
        asked = {row.case for row in rows}
        return replace(found, rows={name: row for name, row in found.rows.items() if name in asked})


def _at(task: Task) -> tuple[str, int]:
    return task.case.id, task.request.repeat


def _complete(base: Sequence[Result], head: Sequence[Result], wanted: int) -> bool:
    answered = [sum(not isinstance(row.answer, Failure) for row in rows) for rows in (base, head)]
    return 2 * min(answered) > wanted  # a case that fails now and then weighs less, it does not decide
