"""Who answers requests during one command: recordings, cache, providers; within one budget, with one count."""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from llmops_cli.complete._budget import Ledger
from llmops_cli.complete._cached import MODES, Counts, Layers, cached
from llmops_cli.errors import UsageError
from llmops_cli.flow.chains import Chains
from llmops_cli.flow.cost import price_of
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.project import Project
from llmops_cli.flow.recorded import Recorded, keep
from llmops_cli.flow.sides import Sides
from llmops_cli.model.completion import Completion, Failure, Request
from llmops_cli.model.ports import Complete, Tree
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Environment, Route, Settings
from llmops_cli.model.verdict import Calls
from llmops_cli.store.cache import Cache
from llmops_cli.store.redact import redactor

NETWORK = ("openai_http", "litellm")
Closes = TypeVar("Closes")


class Desk:
    """One command's way to models. Close it: recordings are written and processes ended then."""

    def __init__(self, project: Project, settings: Settings, trees: Sequence[Tree], mode: str, limits: Limits) -> None:
        """Keep what is needed; nothing is opened before the first request. `trees` hold recordings, trusted first."""
        self._project = project
        self._settings = settings
        self._trees = trees
        self._limits = limits
        self._counts = Counts()
        self._ledger = Ledger(limits.budget(settings))
        self._recorded: dict[tuple[str, str, int], Recorded] = {}
        self._fatal: dict[str, list[Failure]] = {}
        self._stack = ExitStack()
        self._cache: Cache | None = None
        self._redact = redactor_of(project)
        self.stop = threading.Event()
        self.jobs = limits.jobs
        self.mode = MODES[mode]
        self.environment: Environment = project.environment
        self._chains = Chains(limits, self._ledger, self.stop, self.environment)

    @classmethod
    def open(
        cls, project: Project, settings: Settings, where: Sides | None = None, *, mode: str, limits: Limits
    ) -> Self:
        """Return the desk of a command. Between two sides the base's recordings are trusted; the head's by policy."""
        trees: list[Tree] = [project.tree]
        if where is not None and where.base:
            from_head = settings.trust_recordings == "head" and not where.fork
            trees = [project.at(where.base), *([project.at(where.head)] if from_head else [])]
        elif where is not None:
            trees = [project.at(where.head)]
        return cls(project, settings, trees, mode, limits)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write new recordings and end what was started."""
        for (prompt, evalset, _), recorded in self._recorded.items():
            if recorded.fresh:
                keep(self._project, prompt, evalset, recorded.fresh, self._redact)
        self._stack.close()

    def keep(self, thing: Closes) -> Closes:
        """Return a context manager's object, to be closed with the desk."""
        self._stack.enter_context(thing)  # type: ignore[arg-type]
        return thing

    def check(self, routes: Sequence[Route]) -> None:
        """Raise `UsageError` where a cost cap could not hold: the price of a model is not known."""
        for name in sorted({name for route in routes for name in route.fallbacks}):
            self._project.warn(f"the fallback {name} is not tried: a run asks one model, so that its scores are of one")
        budget = self._limits.budget(self._settings)
        if budget.max_cost_usd is None or self.mode == "replay":
            return
        for route in routes:
            facts = price_of(route.model)
            if facts is None or facts.input_usd is None or facts.output_usd is None:
                hint = "cap calls instead (--max-calls), or drop the cost cap"
                raise UsageError(f"the price of {route.model} is not known, so a cost cap cannot hold", hint=hint)

    def complete(self, prompt: Prompt, evalset: str, route: Route, *, of_base: bool = False) -> Complete:
        """Return what answers the requests of a prompt on an eval set.

        `of_base`: in CI the base's recordings alone are read: a change must not bring its opponent's answers.
        """
        cache = self._open_cache()
        layers = Layers(
            self._recordings(prompt, evalset, of_base=of_base), cache, *([cache.exclusive] if cache else [])
        )
        return cached(self.provider(route), layers, self.mode, self._counts)

    def provider(self, route: Route) -> Complete:
        """Return what is asked where no answer is at hand."""
        return self._chains.of(route)

    def known(self, prompt: Prompt, evalset: str, request: Request, *, of_base: bool = False) -> bool:
        """Return whether an answer is stored already."""
        return self.stored(prompt, evalset, request, of_base=of_base) is not None

    def stored(self, prompt: Prompt, evalset: str, request: Request, *, of_base: bool = False) -> Completion | None:
        """Return the answer that is at hand, recorded or cached by its `layer`; None where a call would be made."""
        if self.mode == "live":
            return None
        recorded = self._recordings(prompt, evalset, of_base=of_base)
        if not request.series and (found := recorded.get(request.fingerprint, use=False)) is not None:
            return replace(found, layer="recorded")
        cache = self._open_cache()
        known = cache.get(request.fingerprint) if cache is not None else None
        return known and replace(known, layer="cached")

    def note(self, failure: Failure) -> None:
        """Remember a failure that is of the run, not of a case."""
        self._fatal.setdefault(failure.code, []).append(failure)

    @property
    def fatal(self) -> dict[str, list[Failure]]:
        """The failures of the run, by code."""
        return self._fatal

    @property
    def failures(self) -> dict[str, int]:
        """How many failures of the run there were, by code."""
        return {code: len(found) for code, found in sorted(self._fatal.items())}

    @property
    def calls(self) -> Calls:
        """Where the answers came from so far."""
        counts = self._counts
        return Calls(counts.live, counts.recorded, counts.cached, unpriced=self._ledger.unpriced)

    @property
    def cost_usd(self) -> float:
        """What was spent so far."""
        return self._ledger.spent_usd

    @property
    def unverified(self) -> int:
        """How many recordings were used that only the head has."""
        return len(self.unverified_prints)

    @property
    def unverified_prints(self) -> frozenset[str]:
        """The fingerprints of the recordings that were used and that only the head has."""
        return frozenset(one for recorded in self._recorded.values() for one in recorded.unverified)

    def _recordings(self, prompt: Prompt, evalset: str, *, of_base: bool) -> Recorded:
        trees = self._trees[:1] if of_base and self.environment.in_ci else self._trees
        key = (prompt.id, evalset, len(trees))
        if key not in self._recorded:
            self._recorded[key] = Recorded(trees, self._settings.recordings, prompt.id, evalset)
        return self._recorded[key]

    def _open_cache(self) -> Cache | None:
        if self.mode == "replay":
            return None
        if self._cache is None:
            self._cache = Cache(self._project.state / "cache.sqlite", self._redact, self._project.warn)
            self._stack.callback(self._cache.close)
        return self._cache


def redactor_of(project: Project) -> Callable[[str], str]:
    """Return what takes secrets out of a text: known shapes, llmops.yaml's patterns, and the keys in use."""
    names = {endpoint.key_env for endpoint in project.settings.endpoints.values() if endpoint.key_env}
    keys = [project.environment.variables[name] for name in names if project.environment.variables.get(name)]
    return redactor(project.settings.redact, keys)


def keep_recordings(
    project: Project, prompt: Prompt, evalset: str, answers: Sequence[tuple[Request, Completion]]
) -> None:
    """Write answers as recordings of a prompt on an eval set."""
    keep(project, prompt.id, evalset, answers, redactor_of(project))
