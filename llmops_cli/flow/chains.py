"""The providers of one command, each behind its wrappers: breaker, retries, budget, rate limit, price."""

import threading
from dataclasses import replace
from typing import Any

from llmops_cli.complete._breaker import broken_off
from llmops_cli.complete._budget import Ledger, budgeted
from llmops_cli.complete._limit import limited
from llmops_cli.complete._price import priced, worst_usd
from llmops_cli.complete._retry import Retries, retrying
from llmops_cli.flow.cost import price_of
from llmops_cli.flow.limits import Limits
from llmops_cli.model.completion import Failure
from llmops_cli.model.ports import Complete
from llmops_cli.model.settings import Environment, Route
from llmops_cli.plugins import find

NETWORK = ("openai_http", "litellm")


class Chains:
    """Makes each provider once; all of them spend from one ledger and end on one signal."""

    def __init__(self, limits: Limits, ledger: Ledger, stop: threading.Event, environment: Environment) -> None:
        """Keep what is needed; nothing is opened before a provider is asked for."""
        self._limits = limits
        self._ledger = ledger
        self._stop = stop
        self._environment = environment
        self._made: dict[tuple[str, str], Complete] = {}

    def of(self, route: Route) -> Complete:
        """Return the provider behind its wrappers: breaker, retries, budget, rate limit, price."""
        key = (route.provider, f"{route.identity} {route.model}")
        if key not in self._made:
            self._made[key] = self._wrapped(route)
        return self._made[key]

    def _wrapped(self, route: Route) -> Complete:
        refusal = self._refusal(route)
        if refusal is not None:
            return lambda _: refusal
        timeout_s = self._limits.timeout_s or route.timeout_s
        facts = price_of(route.model)
        provider = priced(self._provider(replace(route, timeout_s=timeout_s)), facts)
        steady = limited(provider, rpm=route.rpm, tpm=route.tpm, stop=self._stop, left_s=self._ledger.left_s)
        paid = budgeted(steady, self._ledger, worst_usd(facts))
        total_s = self._limits.timeout_s or Retries().total_s
        return broken_off(retrying(paid, Retries(total_s=total_s), stop=self._stop))

    def _provider(self, route: Route) -> Complete:
        options: dict[str, Any] = {}
        if route.provider == "openai_http":
            options["proxies"] = proxies(self._environment)
        if route.provider == "command":
            options["environment"] = self._environment.variables
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
