"""What versions between a good and a bad end say: from their baselines, else by asking a few cases."""

from dataclasses import dataclass, field, replace

from llmops_cli.compare.culprits import still_broken
from llmops_cli.compare.ddmin import Outcome
from llmops_cli.compare.jury import seats, vote
from llmops_cli.flow.arms import stored_arm
from llmops_cli.flow.contestant import Bout, Side
from llmops_cli.flow.desk import Desk
from llmops_cli.flow.probing import Prober
from llmops_cli.flow.project import Project
from llmops_cli.flow.versions import Versions, settings_at
from llmops_cli.model.prompt import Prompt


@dataclass(slots=True)
class Search:
    """One search, with what is known of each version by its place: 0 is the good end."""

    project: Project
    desk: Desk
    bout: Bout
    scorer: str
    row: Versions
    prober: Prober
    said: dict[int, tuple[Outcome, bool, str]] = field(default_factory=dict)
    jury: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Ask all cases, until it is known which of them broke by chance."""
        self.jury = self.jury or tuple(range(len(self.prober.cases)))

    def outcome(self, place: int) -> Outcome:
        """Return what a version says: from its baseline, else by asking."""
        past = self.row.between[place - 1]
        if past.prompt is None:
            self.said[place] = (Outcome.UNRESOLVED, False, "")
            return Outcome.UNRESOLVED
        side = old_side(self.project, past.commit.id)
        stored = self._stored(side, past.prompt)
        self.prober.unrendered = ""
        told = stored or self.vote(side, past.prompt)
        self.said[place] = (told, stored is not None, self.prober.unrendered)
        return told

    def vote(self, side: Side, prompt: Prompt, *, first: int = 0) -> Outcome:
        """Return what the cases say of a version. Raises `StoppedError`."""
        return vote(seats(self.jury, first=first), lambda row: self.prober.ask(side, prompt, row))

    def is_broken(self, side: Side, prompt: Prompt, *, first: int) -> bool:
        """Return whether the bad end fails again, and go on with the cases that do. Raises `StoppedError`."""
        self.jury = still_broken(self.jury, lambda row: self.prober.ask(side, prompt, row), first)
        return bool(self.jury)

    def _stored(self, side: Side, prompt: Prompt) -> Outcome | None:
        """Return what a version's baseline says, where there is one: it costs nothing."""
        arm = stored_arm(replace(side, tree=self.project.tree), self.bout, prompt)
        if arm is None:
            return None
        passed = failed = 0
        for case in (self.prober.cases[place] for place in self.jury):
            row = arm.rows.get(case.id)
            values = [value for value in (row.values.get(self.scorer, ()) if row else ()) if value is not None]
            passed += sum(float(value) >= self.prober.least[case.id] for value in values)
            failed += sum(float(value) < self.prober.least[case.id] for value in values)
        if passed == failed:
            return None
        return Outcome.PASS if passed > failed else Outcome.FAIL


def old_side(project: Project, commit: str) -> Side:
    """Return how an old version is run: its models' names mean what they meant, hosts and programs are today's."""
    return Side(project.tree, settings_at(project, commit), project.environment, project.tree)
