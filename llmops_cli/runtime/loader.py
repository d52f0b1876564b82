"""The loader: an address → the prompt that it names, from the first source that has it."""

import os
import threading
import weakref
from typing import TYPE_CHECKING, Unpack

from llmops_cli.errors import LlmopsError, UsageError
from llmops_cli.model.bundle import endpoint_of
from llmops_cli.runtime.address import Address, parse
from llmops_cli.runtime.errors import UnreachableError
from llmops_cli.runtime.options import Options, Settings, settle
from llmops_cli.runtime.prompt import LoadedPrompt
from llmops_cli.runtime.shelf import Shelf, pick, unknown
from llmops_cli.runtime.sources import BundleFile, Source, Wheels

if TYPE_CHECKING:
    from llmops_cli.runtime.fallback import Fallback

_LOADERS: "weakref.WeakSet[Loader]" = weakref.WeakSet()


class Loader:
    """Loads released prompts. `from llmops_cli import prompts` is one; an application may have more.

    Sources are asked in this order, and the first that has the prompt answers for it: a project folder (for
    development), a bundle file, installed wheels, a bundle on the web. What one of them lacks of a prompt that it has
    (a version, a label) is an error and never looked for elsewhere.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        """Take the options of `configure`."""
        self._lock = threading.Lock()
        self._options: Options = options
        self._sources: tuple[Source, ...] | None = None
        self.last_error: LlmopsError | None = None
        settle(**options)
        _LOADERS.add(self)

    def configure(self, **options: Unpack[Options]) -> "Loader":
        """Set the sources anew, and return this loader. What is not named takes the environment or its default.

        project: a project folder; files, releases and labels are read as they are. For development.
        bundle: a bundle file (default: `LLMOPS_BUNDLE`).
        wheel: the name of the one wheel to look in (default: every one installed; False: none).
        url: a bundle on the web, https (default: `LLMOPS_BUNDLE_URL`); ttl_s, timeout_s and headers go with it.
        cache: the folder for the last good copy of it (default: in the user's cache folder; False: none).
        """
        settle(**options)
        with self._lock:
            self._options, self._sources, self.last_error = options, None, None
        return self

    def get(self, address: str, *, key: str | None = None, fallback: "Fallback | None" = None) -> LoadedPrompt:
        """Return the prompt at `id@3.2.0`, `id@production` or `id@sha256:…`; `id` alone is a project folder's file.

        key: who a label that splits its traffic is resolved for; the same key always gets the same version.
        fallback: a text or `{"model", "messages", …}` that is used only where no source can be reached.
        Raises `NotServedError` for a prompt, version or label that is not there (nothing else is served in its
        place), `BundleError` and `UnverifiedError` for what does not verify, `UnreachableError` where no source
        answers.
        """
        wanted = parse(address)
        if fallback is None:
            return self._find(wanted, key)
        from llmops_cli.runtime.fallback import check, made

        spare = check(fallback)
        try:
            return self._find(wanted, key)
        except UnreachableError as error:
            self._report(error)
            prompt, renderer = made(wanted.name, spare)
            label = wanted.ref if wanted.kind == "label" else ""
            return LoadedPrompt(prompt, renderer, label=label, source="fallback")

    def refresh(self) -> None:
        """Look for newer bundles now and wait for them, e.g. when a program starts. Raises what went wrong."""
        for source in self._chain():
            source.refresh()

    def _find(self, wanted: Address, key: str | None) -> LoadedPrompt:
        chain = self._chain()
        if not chain:
            hint = "prompts.configure(bundle=…), a wheel of `llmops prompt bundle --wheel`, or project='.'"
            raise UnreachableError("no source of prompts is configured", hint=hint)
        seen: list[str] = []
        for source in chain:
            shelves = source.shelves()
            having = [(shelf, name) for shelf in shelves if (name := shelf.named(wanted.name))]
            if having:
                shelf, name = _one(having)
                (prompt, renderer), label = pick(shelf, wanted, name, key)
                at = endpoint_of(prompt.resolved_model or prompt.model, shelf.endpoints)
                return LoadedPrompt(prompt, renderer, label=label, source=shelf.source, endpoint=at)
            seen += [name for shelf in shelves for name in shelf.ids()]
        if not seen and all(not source.shelves() for source in chain):
            hint = "prompts.configure(bundle=…), a wheel of `llmops prompt bundle --wheel`, or project='.'"
            raise UnreachableError("no source of prompts is configured", hint=hint)
        raise unknown(wanted.name, seen)

    def _chain(self) -> tuple[Source, ...]:
        sources = self._sources
        if sources is None:
            with self._lock:
                sources = self._sources = self._sources or self._made(settle(**self._options))
        return sources

    def _made(self, settings: Settings) -> tuple[Source, ...]:
        """Return the sources in their order; what is not asked for is not imported."""
        chain: list[Source] = []
        if settings.project:
            from llmops_cli.runtime.worktree import ProjectFolder

            chain.append(ProjectFolder(settings.project))
        if settings.bundle:
            chain.append(BundleFile(settings.bundle, self._report))
        if settings.wheel is not None:
            chain.append(Wheels(settings.wheel))
        if settings.url:
            from llmops_cli.runtime.remote import Remote  # 45 ms: urllib

            chain.append(Remote(settings, self._report))
        return tuple(chain)

    def _report(self, error: LlmopsError | None) -> None:
        """Keep what went wrong behind the callers' back, and log it; None: all is well again."""
        self.last_error = error
        if error is not None:
            import logging

            logging.getLogger("llmops_cli").warning("prompts: %s", error)

    def _renew(self) -> None:
        """Make this loader usable in a forked process: no lock of another's, no thread, no child."""
        self._lock = threading.Lock()
        for source in self._sources or ():
            source.renew()


def _one(having: list[tuple[Shelf, str]]) -> tuple[Shelf, str]:
    if len(having) > 1:
        wheels = ", ".join(shelf.source for shelf, _ in having)
        hint = "prompts.configure(wheel=NAME) says which one"
        raise UsageError(f"{having[0][1]} is in several sources: {wheels}", hint=hint)
    return having[0]


def _renew_all() -> None:
    for loader in list(_LOADERS):
        loader._renew()  # noqa: SLF001 - its own module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
