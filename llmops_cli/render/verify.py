"""A release as its file claims it → the same release, proven: whoever serves, promotes or packs one asks here first."""

from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.errors import FindingsError
from llmops_cli.model.prompt import Prompt
from llmops_cli.render.identity import identify

if TYPE_CHECKING:
    from llmops_cli.model.release import Release  # 4 ms, which an application at run time need not pay

HINT = "a release is never edited: restore the file from git, and release a new version"


class UnverifiedError(FindingsError):
    """A release, or a bundled prompt, whose content is not what its digest says."""


def flaws(release: "Release") -> tuple[str, ...]:
    """Return what does not hold: digest, interface digest, seal; nothing for a release as it was written."""
    return _flaws(release, identify(release.prompt))


def verified(release: "Release") -> "Release":
    """Return the release with the digests of its prompt computed. Raises `UnverifiedError` where a claim is wrong."""
    prompt = identify(release.prompt)
    found = _flaws(release, prompt)
    if found:
        name = f"{release.id}@{release.version}"
        raise UnverifiedError(
            f"release {name} does not verify: {'; '.join(found)}", where=release.source.path, hint=HINT
        )
    return replace(release, prompt=prompt)


def verified_prompt(prompt: Prompt, digest: str, interface_digest: str = "") -> Prompt:
    """Return a thawed prompt with its digests. Raises `UnverifiedError` where they are not those that are claimed."""
    found = identify(prompt)
    if found.digest != digest or interface_digest not in ("", found.interface_digest):
        what = f"{prompt.id}@{prompt.version or digest[:12]}"
        raise UnverifiedError(f"{what} does not verify: its content has another digest", hint="fetch or build it anew")
    return found


def _flaws(release: "Release", prompt: Prompt) -> tuple[str, ...]:
    found = []
    if prompt.digest != release.digest:
        found.append(f"the content has digest sha256:{prompt.digest[:12]}, the file says sha256:{release.digest[:12]}")
    if prompt.interface_digest != release.interface_digest:
        said = release.interface_digest[:12]
        found.append(f"the interface has digest sha256:{prompt.interface_digest[:12]}, the file says sha256:{said}")
    if not release.seal or release.seal != release.sealed:
        found.append("the seal is not that of the file: a line was edited")
    return tuple(found)
