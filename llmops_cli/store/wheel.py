"""A bundle → a wheel that brings it: a package of data with an entry point, the same bytes wherever it is written.

Entries are sorted, dated 1980, and stored without compression, whose output differs between libraries.
"""

import base64
import hashlib
import io
import keyword
import re
import sys
import zipfile

from llmops_cli.errors import UsageError

GROUP = "llmops.prompts"
RESOURCE = "prompts.bundle.json"
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
VERSION = re.compile(
    r"\d{1,9}(\.\d{1,9}){0,4}((a|b|rc)\d{1,9})?(\.post\d{1,9})?(\.dev\d{1,9})?(\+[a-z0-9]+(\.[a-z0-9]+)*)?"
)
EPOCH = (1980, 1, 1, 0, 0, 0)
NEEDS = "Requires-Dist: llmops-cli\n"
"""Without a version: the bytes must not differ by who wrote them, and a reader refuses a bundle that is too new."""
MODE = 0o100644 << 16
UNIX = 3


def wheel(name: str, version: str, bundle: bytes, sha256: str) -> tuple[str, bytes]:
    """Return the file name of the wheel and its bytes. `version` "" is 0.0.0 with the start of the bundle's sha256.

    Raises `UsageError` for a name that is no package's (or another's), and a version that is no Python version.
    """
    module = _module(name)
    version = version or f"0.0.0+sha{sha256[:12]}"
    if not VERSION.fullmatch(version):
        raise UsageError(f"no version of a wheel: {version!r}", hint="e.g. 3.2.0, 3.2.0rc1 or 3.2.0+build7")
    info = f"{module}-{version}.dist-info"
    files = {
        f"{module}/__init__.py": f'"""Prompts of {name}, read by `from llmops_cli import prompts`."""\n'.encode(),
        f"{module}/{RESOURCE}": bundle,
        f"{info}/METADATA": _metadata(name, version, sha256),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: llmops\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[{GROUP}]\n{name} = {module}\n".encode(),
    }
    record = f"{info}/RECORD"
    files[record] = "".join([*(_recorded(path, files[path]) for path in sorted(files)), f"{record},,\n"]).encode()
    return f"{module}-{version}-py3-none-any.whl", _zip(files)


def _module(name: str) -> str:
    """Return the import name of a distribution. Raises `UsageError` for one that would hide another module."""
    if not NAME.fullmatch(name):
        raise UsageError(f"no name of a wheel: {name!r}", hint="letters, digits, `-`, `_` and `.`, e.g. acme-prompts")
    module = re.sub(r"[-_.]+", "_", name).lower()
    if not module.isidentifier() or keyword.iskeyword(module):
        raise UsageError(f"{name!r} gives no name to import: {module}", hint="begin with a letter, e.g. acme-prompts")
    if module in sys.stdlib_module_names or module in ("llmops", "llmops_cli", "yaml", "jinja2", "markupsafe"):
        raise UsageError(f"{name!r} would hide the module {module}", hint="e.g. acme-prompts")
    return module


def _metadata(name: str, version: str, sha256: str) -> bytes:
    summary = f"Released prompts, sha256:{sha256}"
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {summary}\n{NEEDS}".encode()


def _recorded(path: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")
    return f"{path},sha256={digest},{len(data)}\n"


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.create_system, entry.external_attr = UNIX, MODE
            archive.writestr(entry, files[path])
    return buffer.getvalue()
