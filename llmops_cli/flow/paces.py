"""How fast a change's models may be called and how long they may take: as the target branch says, where it says so."""

from collections.abc import Mapping
from dataclasses import replace

from llmops_cli.model.settings import ModelRoute, Settings


def at_known_paces(head: Settings, known: Mapping[str, ModelRoute]) -> Settings:
    """Return the head's settings with `rpm`, `tpm`, `timeout` of the known names as the target branch has them.

    What a name stands for is the head's. A name that is new takes the pace of a known one for the same model; that of
    a new model is its own.
    """
    by_model = {known[name].model: known[name] for name in sorted(known, reverse=True)}
    models = {
        name: _at_pace(route, known.get(name) or by_model.get(route.model) or route)
        for name, route in head.models.items()
    }
    return replace(head, models=models)


def _at_pace(route: ModelRoute, pace: ModelRoute) -> ModelRoute:
    return replace(route, rpm=pace.rpm, tpm=pace.tpm, timeout_s=pace.timeout_s)
