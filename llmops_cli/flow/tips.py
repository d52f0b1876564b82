"""The target branch as it is now: thresholds, hosts and programs are its own, however old the base is."""

import posixpath
from dataclasses import replace

from llmops_cli.errors import UsageError
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.sides import Sides
from llmops_cli.load.document import listing
from llmops_cli.load.settings import FILE, FOLDERS
from llmops_cli.load.settings import read as read_settings
from llmops_cli.model.settings import Settings


def newest(project: Project, where: Sides, base: Settings) -> Registry | None:
    """Return the settings and eval sets of the target branch; None where the base is what it has now.

    Raises `UsageError` where its llmops.yaml is no longer in this place: the defaults might be laxer.
    """
    if where.policy == where.base:
        return None
    tree = project.at(where.policy)
    settings = read_settings(tree)
    if base.found and not settings.found:
        here = posixpath.join(project.prefix, FILE)
        hint = "merge the target branch into this one: its policy judges"
        raise UsageError(f"the target branch ({where.policy[:7]}) has no {here} any more", hint=hint)
    return read(tree, settings, paths=())


def judging(base: Settings, tip: Settings) -> Settings:
    """Return the tip's settings with the base's folders and model names: those say what the base was."""
    kept = {name: getattr(base, name) for name in (*FOLDERS, "models")}
    return replace(tip, **kept)


def left_behind(base: Registry, tip: Registry) -> list[str]:
    """Return the ids of the eval sets that the target branch has otherwise than the base, or anew; sorted."""
    before, after = (_blobs(side) for side in (base, tip))
    return sorted(name for name, blobs in after.items() if before.get(name) != blobs)


def _blobs(side: Registry) -> dict[str, list[str | None]]:
    found = listing(side.tree, side.settings.evalsets)
    return {
        name: [found.get(path) for path in (evalset.source.path, *evalset.data)]
        for name, evalset in side.evalsets.items()
    }
