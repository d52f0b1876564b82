"""What one source holds at one moment, and what an address means on it."""

from collections.abc import Container, Mapping
from difflib import get_close_matches
from typing import NamedTuple, Protocol

from llmops_cli.errors import UsageError
from llmops_cli.model.bundle import Bundle, Served
from llmops_cli.model.frozen import thaw
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import choose, precedence
from llmops_cli.model.source import Source
from llmops_cli.render.verify import verified_prompt
from llmops_cli.runtime.address import Address
from llmops_cli.runtime.errors import NotServedError
from llmops_cli.runtime.rendering import OwnRenderer

Made = tuple[Prompt, OwnRenderer]


class Shelf(Protocol):
    """Released prompts by id and version, and the labels over them. `source` says in traces where they are from."""

    @property
    def source(self) -> str:
        """`bundle`, `wheel:NAME`, `http`, `last-good` or `project`."""
        ...

    @property
    def endpoints(self) -> Container[str]:
        """The names of servers that models here begin with."""
        ...

    def named(self, name: str) -> str:
        """Return the id for an id or alias; "" where it is not here."""
        ...

    def ids(self) -> tuple[str, ...]:
        """Return the ids that are here."""
        ...

    def versions(self, name: str) -> Mapping[str, str]:
        """Return the versions of an id, oldest first, with the digests (64 hex) that they claim."""
        ...

    def serves(self, name: str) -> Mapping[str, Served]:
        """Return what each label serves of an id."""
        ...

    def release(self, name: str, version: str) -> Made:
        """Return a release, verified. Raises `UnverifiedError`."""
        ...

    def current(self, name: str) -> Made | None:
        """Return the prompt as it is being edited; None where only releases are."""
        ...

    def renew(self) -> None:
        """Forget what another process holds, after a fork."""
        ...


class Pick(NamedTuple):
    """What an address meant: the prompt, its renderer, and the label that it was asked for by."""

    made: Made
    label: str


class BundleShelf:
    """A bundle, each release of it verified when it is first asked for."""

    def __init__(self, bundle: Bundle, source: str, where: str) -> None:
        """`where` is the file or host that error messages name."""
        self.bundle = bundle
        self.source = source
        self.endpoints = frozenset(bundle.endpoints)
        self._where = where
        self._made: dict[tuple[str, str], Made] = {}

    def named(self, name: str) -> str:
        """Return the id for an id or alias."""
        return self.bundle.named(name)

    def ids(self) -> tuple[str, ...]:
        """Return the ids that are here."""
        return tuple(self.bundle.prompts)

    def versions(self, name: str) -> Mapping[str, str]:
        """Return the versions of an id with their digests."""
        releases = self.bundle.prompts.get(name, {})
        return {version: releases[version].digest for version in sorted(releases, key=precedence)}

    def serves(self, name: str) -> Mapping[str, Served]:
        """Return what each label serves of an id."""
        return {label: serves[name] for label, serves in self.bundle.labels.items() if name in serves}

    def release(self, name: str, version: str) -> Made:
        """Return a release, verified."""
        made = self._made.get((name, version))
        if made is None:
            kept = self.bundle.prompts[name][version]
            thawed = thaw(name, version, kept.content, source=Source(self._where))
            prompt = verified_prompt(thawed, kept.digest, kept.interface_digest)
            # Two threads may both make it; they then agree on the first.
            made = self._made.setdefault((name, version), (prompt, OwnRenderer(prompt)))
        return made

    def current(self, name: str) -> Made | None:
        """Return None: a bundle has releases only."""
        del name
        return None

    def verify(self) -> None:
        """Verify every release at once. Raises `UnverifiedError`."""
        for name, version, _ in self.bundle.releases():
            self.release(name, version)

    def renew(self) -> None:
        """Forget what another process holds."""
        for _, renderer in self._made.values():
            renderer.renew()


def pick(shelf: Shelf, address: Address, name: str, key: str | None) -> Pick:
    """Return what the address means on this shelf, `name` being the id there.

    Raises `NotServedError` for what is not there; nothing else is ever served in its place.
    """
    match address.kind:
        case "version":
            return Pick(_version(shelf, name, address.ref), "")
        case "digest":
            return Pick(_digest(shelf, name, address.ref), "")
        case "label":
            return Pick(_label(shelf, name, address.ref, key), address.ref)
        case "":
            made = shelf.current(name)
            if made is None:
                raise NotServedError(f"{name}: say which version or label", hint=_there(shelf, name))
            return Pick(made, "")


def _version(shelf: Shelf, name: str, version: str) -> Made:
    if version not in shelf.versions(name):
        raise NotServedError(f"no release {name}@{version} in {shelf.source}", hint=_there(shelf, name))
    return shelf.release(name, version)


def _digest(shelf: Shelf, name: str, start: str) -> Made:
    found = {digest: version for version, digest in shelf.versions(name).items() if digest.startswith(start)}
    if not found:
        raise NotServedError(f"no release of {name} has a digest sha256:{start}…", hint=_there(shelf, name))
    if len(found) > 1:
        versions = ", ".join(found.values())
        raise NotServedError(f"{name}@sha256:{start} is short for several: {versions}", hint="give more digits")
    return shelf.release(name, next(iter(found.values())))


def _label(shelf: Shelf, name: str, label: str, key: str | None) -> Made:
    served = shelf.serves(name).get(label)
    if served is None:
        raise NotServedError(f"no label {label} serves {name} in {shelf.source}", hint=_there(shelf, name))
    if isinstance(served, str):
        return _version(shelf, name, served)
    if not key:
        hint = f'prompts.get("{name}@{label}", key=…): a user or session id; one key always gets one version'
        raise UsageError(f"{label} splits {name} between {', '.join(served)}, and no key says for whom", hint=hint)
    return _version(shelf, name, choose(served, name, label, key))


def _there(shelf: Shelf, name: str) -> str:
    """Return what can be asked for instead, in words."""
    versions = list(shelf.versions(name))
    shown = ", ".join(f"@{version}" for version in versions[-5:]) + (" …" if versions[5:] else "")
    labels = ", ".join(f"@{label}" for label in sorted(shelf.serves(name))[:5])
    parts = [f"there are {shown}" if versions else "it has no release: `llmops prompt release`"]
    return " and ".join([*parts, f"the labels {labels}"] if labels else parts)


def unknown(name: str, ids: list[str]) -> NotServedError:
    """Return the error for an id that no source has."""
    near = get_close_matches(name, ids, n=1)
    listed = ", ".join(sorted(ids)[:5]) + (" …" if ids[5:] else "")
    hint = f"did you mean {near[0]}?" if near else f"there are {listed}" if ids else "the sources are empty"
    return NotServedError(f"no prompt {name!r} in any source", hint=hint)
