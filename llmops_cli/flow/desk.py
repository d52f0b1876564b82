"""Who answers requests during one command: recordings, cache, providers; within one budget, with one count."""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self, TypeVar

from llmops_cli.complete._breaker import broken_off
from llmops_cli.complete._budget import Ledger, budgeted
from llmops_cli.complete._cached import Counts, Layers, cached
from llmops_cli.complete._limit import limited
from llmops_cli.complete._price import priced, worst_usd
from llmops_cli.complete._retry import Retries, retrying
from llmops_cli.errors import UsageError
from llmops_cli.flow.cost import price_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.recorded import Recorded, keep
from llmops_cli.flow.sides import Sides
from llmops_cli.model.completion import Completion, Failure, Request
from llmops_cli.model.ports import Complete, Tree
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Budget, Environment, Route, Settings
from llmops_cli.model.verdict import Calls
from llmops_cli.plugins import find
from llmops_cli.store.cache import Cache
from llmops_cli.store.redact import redactor

NETWORK = ("openai_http", "litellm")
Closes = TypeVar("Closes")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one command may do at most; None = as llmops.yaml says. `timeout_s`: of one call, with retries."""

    jobs: int = 8
    max_cost_usd: float | None = None
    max_calls: int | None = None
    max_seconds: float | None = None
    timeout_s: float | None = None
    offline: bool = False

    def budget(self, settings: Settings) -> Budget:
        """Return the project's budget with these caps over it."""
        caps = {name: getattr(self, name) for name in ("max_cost_usd", "max_calls", "max_seconds")}
        return replace(settings.budget, **{name: cap for name, cap in caps.items() if cap is not None})


class Desk:
    """One command's way to models. Close it: recordings are written and processes ended then."""

    def __init__(self, project: Project, settings: Settings, trees: Sequence[Tree], mode: str, limits: Limits) -> None:
        """Keep what is needed; nothing is opened before the first request. `trees` hold recordings, trusted first."""
        self._project = project
        self._settings = settings
        self._trees = trees
        self._mode = mode
        self._limits = limits
        self._counts = Counts()
        self._ledger = Ledger(limits.budget(settings))
        self._chains: dict[tuple[str, str], Complete] = {}
        self._recorded: dict[tuple[str, str, int], Recorded] = {}
        self._fatal: dict[str, list[Failure]] = {}
        self._stack = ExitStack()
        self._cache: Cache | None = None
        self._redact = redactor_of(project)
        self.stop = threading.Event()
        self.jobs = limits.jobs
        self.mode = mode
        self.environment: Environment = project.environment

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
        if budget.max_cost_usd is None or self._mode == "replay":
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
        return cached(self._chain(route), layers, self._mode, self._counts)  # type: ignore[arg-type]

    def known(self, prompt: Prompt, evalset: str, request: Request, *, of_base: bool = False) -> bool:
        """Return whether an answer is stored already."""
        return self.stored(prompt, evalset, request, of_base=of_base) is not None

    def stored(self, prompt: Prompt, evalset: str, request: Request, *, of_base: bool = False) -> Completion | None:
        """Return the answer that is at hand, recorded or cached by its `layer`; None where a call would be made."""
        if self._mode == "live":
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
        if self._mode == "replay":
            return None
        if self._cache is None:
            self._cache = Cache(self._project.state / "cache.sqlite", self._redact, self._project.warn)
            self._stack.callback(self._cache.close)
        return self._cache

    def _chain(self, route: Route) -> Complete:
        """Return the provider behind its wrappers: breaker, retries, budget, rate limit, price."""
        key = (route.provider, f"{route.identity} {route.model}")
        if key not in self._chains:
            self._chains[key] = self._wrapped(route)
        return self._chains[key]

    def _wrapped(self, route: Route) -> Complete:
        refusal = self._refusal(route)
        if refusal is not None:
            return lambda _: refusal
        timeout_s = self._limits.timeout_s or route.timeout_s
        facts = price_of(route.model)
        provider = priced(self._provider(replace(route, timeout_s=timeout_s)), facts)
        steady = limited(provider, rpm=route.rpm, tpm=route.tpm, stop=self.stop, left_s=self._ledger.left_s)
        paid = budgeted(steady, self._ledger, worst_usd(facts))
        total_s = self._limits.timeout_s or Retries().total_s
        return broken_off(retrying(paid, Retries(total_s=total_s), stop=self.stop))

    def _provider(self, route: Route) -> Complete:
        options: dict[str, Any] = {}
        if route.provider == "openai_http":
            options["proxies"] = proxies(self.environment)
        if route.provider == "command":
            options["environment"] = self.environment.variables
        return find("complete", route.provider)(route, **options)  # type: ignore[no-any-return]

    def _refusal(self, route: Route) -> Failure | None:
        if self._limits.offline and route.provider in NETWORK:
            return Failure("run", "offline", f"--offline forbids a call to {route.identity}")
        if route.key_env and not route.key:
            hint = f"export {route.key_env}=…   (llmops.yaml names it under endpoints:)"
            return Failure("run", "missing-key", f"{route.key_env} is not set, and {route.identity} wants a key", hint)
        return None


def proxies(environment: Environment) -> dict[str, str]:
    """Return the proxies that the environment names, by scheme (`http`, `https`, `no`)."""
    found = {}
    for scheme in ("http", "https", "no"):
        value = environment.variables.get(f"{scheme}_proxy") or environment.variables.get(f"{scheme}_proxy".upper())
        if value:
            found[scheme] = value
    return found


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
