"""A YAML file of a Tree → its Document, with what keeps it from being read as a problem."""

from collections.abc import Mapping

from llmops_cli.errors import UsageError
from llmops_cli.load.codes import found
from llmops_cli.load.ids import SUFFIXES, top, visible_below
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Document, Problem


def read(tree: Tree, path: str) -> tuple[Document | None, list[Problem]]:
    """Return the parsed file and its problems. Never raises for a file that cannot be read."""
    try:
        data = tree.read(path)
    except FileNotFoundError:
        return None, [found("LF030", top(path), f"{path} is not there")]
    except OSError as error:
        return None, [found("LF031", top(path), f"{path} is not read: {error.strerror or error}")]
    return parse(data, path)


def files(tree: Tree, folder: str, *suffixes: str) -> tuple[str, ...]:
    """Return the visible files below a folder with one of the suffixes (default: YAML's), sorted.

    Raises as `listing` does.
    """
    found = [path for path in listing(tree, folder) if path.endswith(suffixes or SUFFIXES)]
    return tuple(visible_below(found, folder))


def listing(tree: Tree, folder: str) -> Mapping[str, str]:
    """Return the files below a folder that llmops.yaml names, with their blob ids.

    Raises `UsageError` where the folder is a symbolic link or leaves the project.
    """
    try:
        return tree.entries(folder)
    except PermissionError as error:
        hint = "name a folder below the project's that is no symbolic link"
        raise UsageError(f"{folder} is not read: {error.strerror or error}", hint=hint) from error


def below(document: Document, key: str) -> Document:
    """Return the part of a document below a key of its top, as a document of its own with the same places."""
    return Document(
        document.path,
        document.value[key],
        document.lines,
        {path[1:]: place for path, place in document.marks.items() if path[:1] == (key,)},
        {path[1:]: place for path, place in document.keys.items() if path[:1] == (key,) and path[1:]},
        {path[1:]: place for path, place in document.texts.items() if path[:1] == (key,)},
    )
