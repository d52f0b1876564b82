"""Release files `<prompts>/.releases/<id>/<version>.yaml` → Releases as they claim to be.

What a release claims is proven by `render.verify.verified`, which every user of a release calls.
"""

from collections.abc import Mapping
from typing import Any

from llmops_cli.load.document import read as read_document
from llmops_cli.load.ids import is_slug
from llmops_cli.load.schema import check
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.frozen import thaw
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Document, InvalidFilesError, Problem
from llmops_cli.model.prompt import digest
from llmops_cli.model.release import Evidence, Release, is_version, precedence
from llmops_cli.model.source import Source

FOLDER = ".releases"
SUFFIX = ".yaml"
SLUG = "release-edited"
HINT = "a release is never edited: restore the file from git, and release a new version"

Json = Any


def place(folder: str, name: str, version: str) -> str:
    """Return the path of a release below the prompts folder `folder`."""
    return f"{folder}/{FOLDER}/{name}/{version}{SUFFIX}"


def stored(tree: Tree, folder: str) -> tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]:
    """Return the versions of each id, oldest first, and the paths below the folder that are no release."""
    found: dict[str, list[str]] = {}
    odd = []
    top = f"{folder}/{FOLDER}"
    for path in entries(tree, top):
        name, _, version = path.removeprefix(f"{top}/").removesuffix(SUFFIX).rpartition("/")
        if path.endswith(SUFFIX) and is_slug(name) and is_version(version):
            found.setdefault(name, []).append(version)
        else:
            odd.append(path)
    return {name: tuple(sorted(found[name], key=precedence)) for name in sorted(found)}, tuple(odd)


def versions(tree: Tree, folder: str, name: str) -> tuple[str, ...]:
    """Return the released versions of one id, oldest first."""
    top = f"{folder}/{FOLDER}/{name}"
    if not is_slug(name):
        return ()
    stems = [path.removeprefix(f"{top}/").removesuffix(SUFFIX) for path in entries(tree, top)]
    return tuple(sorted((stem for stem in stems if is_version(stem)), key=precedence))


def read(tree: Tree, folder: str, name: str, version: str) -> tuple[Release, Document] | None:
    """Return a release and its file; None where it is not there. Raises `InvalidFilesError` with every problem."""
    if not (is_slug(name) and is_version(version)):
        return None
    document, problems = read_document(tree, place(folder, name, version))
    if document is None and problems[0].code == "LF030":
        return None
    return _read(document, problems, name, version)


def read_back(data: bytes, path: str, name: str, version: str) -> Release:
    """Return the release that a file with these bytes would be. Raises `InvalidFilesError` as `read` does."""
    return _read(*parse(data, path), name, version)[0]


def _read(document: Document | None, problems: list[Problem], name: str, version: str) -> tuple[Release, Document]:
    if document is not None and not problems:
        problems = [*check(document, "release"), *_elsewhere(document, name, version)]
    if document is None or problems:
        raise InvalidFilesError(problems)
    return from_document(document.value, document.where()), document


def from_document(raw: Mapping[str, Json], source: Source) -> Release:
    """Return the release that a file's mapping says; its shape is checked by the schema before."""
    return Release(
        id=raw["id"],
        version=raw["version"],
        digest=raw["digest"].removeprefix("sha256:"),
        interface_digest=raw["interface"].removeprefix("sha256:"),
        prompt=thaw(raw["id"], raw["version"], raw["prompt"], source=source),
        commit=raw.get("commit", ""),
        date=raw["date"],
        author=raw.get("author", ""),
        bump=raw["bump"],
        reasons=tuple(raw.get("reasons", ())),
        message=raw.get("message", ""),
        evidence=tuple(_evidence(one) for one in raw.get("evidence", ())),
        seal=raw["seal"],
        sealed=seal(raw),
        source=source,
    )


def seal(raw: Mapping[str, Json]) -> str:
    """Return the seal of a release's mapping: over everything in it but the seal itself."""
    return f"sha256:{digest({key: value for key, value in raw.items() if key != 'seal'})}"


def _evidence(raw: Mapping[str, Json]) -> Evidence:
    return Evidence(
        evalset=raw["evalset"],
        verdict=raw["verdict"],
        cases=raw.get("cases", 0),
        scores=raw.get("scores", {}),
        against=raw.get("against", ""),
        runs=tuple(raw.get("runs", ())),
        baseline=raw.get("baseline", "").removeprefix("sha256:"),
        cost_usd=raw.get("cost_usd"),
    )


def _elsewhere(document: Document, name: str, version: str) -> list[Problem]:
    """Return a problem for an id or version that is not the one of the path."""
    raw = document.value if isinstance(document.value, dict) else {}
    pairs = [(key, said) for key, said in (("id", name), ("version", version)) if raw.get(key, said) != said]
    return [
        Problem("LR010", SLUG, "error", document.where(key), f"{key} is {raw[key]}, but the path says {said}", HINT)
        for key, said in pairs
    ]


def entries(tree: Tree, top: str) -> tuple[str, ...]:
    """Return the paths below a folder. Raises `InvalidFilesError` where it is a symbolic link."""
    try:
        return tuple(tree.entries(top))
    except PermissionError as error:
        message = f"{top} is not read: {error.strerror or error}"
        raise InvalidFilesError([Problem("LF031", "unsafe-path", "error", Source(top), message)]) from error
