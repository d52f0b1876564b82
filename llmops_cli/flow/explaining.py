"""How the hunks of an edit are searched: by cases that broke for good, else by means over many; one needs no search."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from llmops_cli.compare.culprits import Culprit, Findings, culprits
from llmops_cli.compare.ddmin import Items, StoppedError
from llmops_cli.compare.hunks import Edit, apply, edit
from llmops_cli.compare.jury import Seat
from llmops_cli.compare.means import Scale, calls_needed
from llmops_cli.compare.shares import shares
from llmops_cli.flow.by_means import Weigher
from llmops_cli.flow.contestant import Side
from llmops_cli.flow.placed import Files
from llmops_cli.flow.probing import Prober, fresh_run, surest
from llmops_cli.flow.search_ends import calls_an_answer
from llmops_cli.flow.what_broke import Broken, Ends, ExplainWish
from llmops_cli.model.completion import Failure
from llmops_cli.model.explained import Explained, Guilty, Moved, Placed
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.run import Result
from llmops_cli.render.identity import identify
from llmops_cli.render.template import facts

ROOM = 2  # times the calls that a search is thought to take are what it is given
NO_LONGER = "asked again by the gate, the edit does not fall behind the base"


@dataclass(slots=True)
class Search:
    """One edit on one eval set. `stopped`: the failure that ended it; `needed`: a cap that lets it go on."""

    broken: Broken
    ends: Ends
    wish: ExplainWish
    tell: Callable[[Result], None]
    change: Edit = field(init=False)
    stopped: Failure | None = None
    needed: int = 0
    _made: dict[Items, Prompt] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take the edit apart."""
        self.change = edit(self.ends.before, self.ends.after, facts)
        self._made |= {frozenset(range(len(self.change.hunks))): self.ends.after, frozenset(): self.ends.before}

    def run(self, told: Explained) -> Explained:
        """Return what was found, by the first way that can say."""
        found, hunks = self.broken.found, len(self.change.hunks)
        told = replace(told, hunks=hunks)
        if found.state == "nothing":
            return replace(told, state="nothing", reason=found.reason)
        if hunks == 1 and self.broken.is_shown:
            whole = Guilty((self._placed(0),), len(found.cases), 0)
            return replace(told, state="found", by="whole", culprits=(whole,))
        if found.state == "concentrated":
            told = self._by_cases(told)
            if told.state != "flaky" or not self.broken.is_shown or hunks == 1:
                return told
        if not self.broken.is_shown or hunks == 1:
            return replace(told, state="diffuse", reason=self._why_not())
        return self._by_means(told)

    def hybrid(self, hunks: Items) -> tuple[Side, Prompt]:
        """Return the base with these hunks, and how it is run."""
        if hunks not in self._made:
            self._made[hunks] = identify(apply(self.change, hunks))
        return self.ends.of(self._made[hunks]), self._made[hunks]

    def _why_not(self) -> str:
        fall = self.broken.fall
        maybe = "" if fall is None or self.broken.is_shown else "; what the gate compares may be chance"
        return f"{self.broken.found.reason}{maybe}"

    def _placed(self, hunk: int) -> Placed:
        scene = self.ends.scene
        files = Files.of((scene.base, self.ends.before), (scene.head, self.ends.after))
        return files.placed(self.change.hunks[hunk])

    def _by_cases(self, told: Explained) -> Explained:
        broken, wish = self.broken, self.wish
        cases = surest(broken.bout, broken.found, wish.cases)
        least = {one.case: one.least for one in broken.found.cases}
        prober = Prober(
            broken.bout, self.ends.desk, broken.scorer, cases, least, wish.runs,
            own_cases=broken.own_cases, on_result=self.tell,
        )  # fmt: skip

        def ask(hunks: Items, row: tuple[Seat, ...]) -> tuple[bool | None, ...]:
            return prober.ask(*self.hybrid(hunks), row)

        hunks = len(self.change.hunks)
        found = culprits(hunks, len(cases), ask, fresh=fresh_run(broken.found.cases, cases))
        self.stopped = prober.stopped if found.state == "stopped" else None
        names = tuple(case.id for case in cases)
        asked = replace(
            told.asked,
            cases=names,
            one_by_one=hunks * len(cases) * wish.runs,
            stopped=prober.why_stopped if found.state == "stopped" else "",
        )
        return self._told(replace(told, asked=asked), found, names)

    def _told(self, told: Explained, found: Findings, cases: tuple[str, ...]) -> Explained:
        """Return what was found with the hunks' places and the cases' names."""

        def named(one: Culprit) -> Guilty:
            return Guilty(tuple(map(self._placed, one.hunks)), len(one.breaks), len(one.asked))

        return replace(
            told,
            state=found.state,
            probes=found.probes,
            culprits=tuple(map(named, found.culprits)),
            suspects=tuple(map(self._placed, found.suspects)),
            healed=_names(found.healed, cases),
            still=_names(found.still, cases),
        )

    def _by_means(self, told: Explained) -> Explained:
        scale, usual = self.broken.weighed.scale, self.broken.weighed.usual
        told = replace(told, by="means", asked=replace(told.asked, cases=()), healed=(), still=(), suspects=())
        if scale is None:
            return replace(told, state="diffuse", reason=NO_LONGER)
        cases = sorted((case for case in self.broken.bout.cases if case.id in usual), key=lambda case: case.digest)
        prober = Prober(
            self.broken.bout, self.ends.desk, self.broken.scorer, tuple(cases), {},
            own_cases=self.broken.own_cases, on_result=self.tell,
        )  # fmt: skip
        weigher = Weigher(prober, scale, [usual[case.id] for case in cases], self.hybrid)
        told = replace(told, edit=Moved(scale.change, scale.answers))
        needed = weigher.needed(len(self.change.hunks), calls_an_answer(self.broken.bout))
        left = (self.wish.limits.max_calls or 0) - self.ends.desk.calls.live
        if needed > left and self.wish.mode != "replay":
            self.needed = ROOM * needed
            why = f"no single case shows the drop; to compare means takes about {needed} calls, and {left} are left"
            return replace(told, state="stopped", asked=replace(told.asked, stopped=why))
        try:
            if not self.broken.weighed.is_fresh and not weigher.falls_again(len(self.change.hunks)):
                return replace(told, state="flaky")
        except StoppedError:
            return self._ended(told, weigher)
        return self._shared(told, weigher, scale)

    def _ended(self, told: Explained, weigher: Weigher) -> Explained:
        self.stopped = weigher.prober.stopped
        more = calls_needed(weigher.scale, told.hunks) * calls_an_answer(self.broken.bout)
        self.needed = (self.wish.limits.max_calls or 0) + more
        asked = replace(told.asked, stopped=weigher.prober.why_stopped)
        return replace(told, state="stopped", asked=asked, suspects=tuple(map(self._placed, range(told.hunks))))

    def _shared(self, told: Explained, weigher: Weigher, scale: Scale) -> Explained:
        hunks = len(self.change.hunks)
        found = shares(hunks, weigher)
        named = tuple(
            Guilty(tuple(map(self._placed, each)), alone=weigher.moved(frozenset(each))) for each in found.culprits
        )
        told = replace(told, probes=len(weigher.said), culprits=named, without=weigher.moved(found.left))
        asked = replace(told.asked, one_by_one=round(hunks * scale.passes))
        match found.state:
            case "spread":
                why = f"no few of the edit's {hunks} hunks make it fall as all of them do, as far as these answers tell"
                return replace(told, state="diffuse", asked=asked, reason=why)
            case "stopped":
                told = self._ended(replace(told, asked=asked), weigher)
                return replace(told, suspects=tuple(map(self._placed, found.suspects)))
            case state:
                return replace(told, state=state, asked=asked)


def _names(places: Iterable[int], cases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cases[place] for place in places)
