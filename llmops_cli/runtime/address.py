"""An address as an application writes it → its id and what stands behind the @."""

import re
from typing import Literal, NamedTuple

from llmops_cli.model.release import is_version
from llmops_cli.runtime.errors import NotServedError

DIGEST = re.compile(r"sha256:([0-9a-f]{7,64})")
LIKE_DIGEST = re.compile(r"sha256:.*", re.DOTALL)
HINT = "an address is id@3.2.0, id@production or id@sha256:<7 to 64 hex digits>"


class Address(NamedTuple):
    """A prompt's id, and a version, a label, the start of a digest (hex), or nothing."""

    name: str
    kind: Literal["", "version", "label", "digest"]
    ref: str


def parse(text: str) -> Address:
    """Return the parts. Raises `NotServedError` for what can be no address."""
    name, at, ref = text.rpartition("@") if "@" in text else (text, "", "")
    if not name or (at and not ref):
        raise NotServedError(f"no address: {text!r}", hint=HINT)
    if not at:
        return Address(name, "", "")
    if found := DIGEST.fullmatch(ref):
        return Address(name, "digest", found[1])
    if LIKE_DIGEST.fullmatch(ref):
        raise NotServedError(f"no digest: {ref!r}", hint=HINT)
    return Address(name, "version" if is_version(ref) else "label", ref)
