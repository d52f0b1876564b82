"""A bundle: released prompts and the labels over them in one piece, as an application ships or fetches it."""

import hashlib
import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llmops_cli.model.release import precedence

if TYPE_CHECKING:
    from llmops_cli.model.settings import Endpoint

Json = Any
SCHEMA = "llmops/bundle@1"
_OPENAI = ("openai", "https://api.openai.com/v1")
Served = str | Mapping[str, int]
"""What a label serves of a prompt: a version, or a split of versions by weight."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """One release in a bundle: what `model.frozen.freeze` made of the prompt, the digests it must have, its commit.

    Digests are 64 hex digits here, and `sha256:…` in the file, as in a release file.
    """

    digest: str
    interface_digest: str
    content: Mapping[str, Json]
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Releases by prompt id and version, and labels: environment → prompt id → what it serves.

    `sha256` is what the bytes it was read from say of themselves; "" for one that was just put together. `endpoints`
    are the names that the project's llmops.yaml gives to servers, as far as a model here begins with one: names only,
    so that no bundle can say where an application sends its key.
    """

    prompts: Mapping[str, Mapping[str, Frozen]]
    labels: Mapping[str, Mapping[str, Served]] = field(default_factory=dict)
    sha256: str = ""
    endpoints: tuple[str, ...] = ()

    def named(self, name: str) -> str:
        """Return the id of the prompt with this id, or the one with this alias; "" where none or several have it."""
        if name in self.prompts:
            return name
        claims = {
            known
            for known, releases in self.prompts.items()
            for release in releases.values()
            if name in release.content.get("aliases", ())
        }
        return claims.pop() if len(claims) == 1 else ""

    def releases(self) -> Iterator[tuple[str, str, Frozen]]:
        """Yield id, version and release of everything that is in here."""
        for name, versions in self.prompts.items():
            for version, release in versions.items():
                yield name, version, release


def own_endpoints(endpoints: Mapping[str, "Endpoint"]) -> frozenset[str]:
    """Return the names that a project made up: every client knows what `openai` at api.openai.com is."""
    return frozenset(name for name, one in endpoints.items() if (name, one.url.rstrip("/")) != _OPENAI)


def endpoint_of(model: str, endpoints: Container[str]) -> str:
    """Return the endpoint that a model name begins with: `local` of `local/llama`; "" where none is of that name."""
    name, _, rest = model.partition("/")
    return name if rest and name in endpoints else ""


def body(bundle: Bundle) -> dict[str, Json]:
    """Return the bundle as JSON without its seal. Ids and labels are sorted by name, versions oldest first.

    The order inside a release's content stays: the order of an output schema's properties is the order in which
    providers let a model write them.
    """
    return {
        **({"endpoints": sorted(bundle.endpoints)} if bundle.endpoints else {}),
        "labels": {
            label: {name: _served(serves[name]) for name in sorted(serves)}
            for label, serves in sorted(bundle.labels.items())
        },
        "prompts": {
            name: {version: _release(releases[version]) for version in sorted(releases, key=precedence)}
            for name, releases in sorted(bundle.prompts.items())
        },
    }


def seal(document: Json) -> str:
    """Return the sha256 (64 hex digits) over a body as compact ASCII JSON, in the order that it has."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _served(served: Served) -> Json:
    return (
        served if isinstance(served, str) else {version: served[version] for version in sorted(served, key=precedence)}
    )


def _release(release: Frozen) -> dict[str, Json]:
    said = {"digest": f"sha256:{release.digest}", "interface": f"sha256:{release.interface_digest}"}
    if release.commit:
        said["commit"] = release.commit
    return {**said, "prompt": dict(release.content)}
