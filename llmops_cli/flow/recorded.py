"""Recordings as a layer: read from trees, trusted first; new ones are kept aside until the command ends."""

import posixpath
import threading
from collections.abc import Callable, Sequence

from llmops_cli.flow.project import Project
from llmops_cli.load.gitconfig import attribute
from llmops_cli.load.recordings import read
from llmops_cli.model.completion import Completion, Request
from llmops_cli.model.ports import Tree
from llmops_cli.model.recording import stem
from llmops_cli.store.atomic import write_text
from llmops_cli.store.recordings import Recordings, write

ATTRIBUTES = ".gitattributes"


class Recorded:
    """The recordings of one prompt on one eval set. What the first tree lacks is unverified."""

    def __init__(self, trees: Sequence[Tree], folder: str, prompt: str, evalset: str) -> None:
        """Read nothing yet."""
        self._sources = (trees, folder, prompt, evalset)
        self._lock = threading.Lock()
        self._layers: list[dict[str, Completion]] | None = None
        self.unverified: set[str] = set()
        self.fresh: list[tuple[Request, Completion]] = []

    def get(self, fingerprint: str, *, use: bool = True) -> Completion | None:
        """Return the recorded answer; `use` false only looks."""
        for place, layer in enumerate(self._read()):
            found = layer.get(fingerprint)
            if found is not None:
                if place and use:
                    with self._lock:
                        self.unverified.add(fingerprint)
                return found
        return None

    def put(self, request: Request, answer: Completion) -> None:
        """Keep an answer until the command ends."""
        with self._lock:
            self.fresh.append((request, answer))

    def _read(self) -> list[dict[str, Completion]]:
        with self._lock:
            if self._layers is None:
                trees, folder, prompt, evalset = self._sources
                self._layers = [dict(read(tree, folder, prompt, evalset)) for tree in trees]
            return self._layers


def keep(
    project: Project,
    prompt: str,
    evalset: str,
    answers: Sequence[tuple[Request, Completion]],
    redact: Callable[[str], str],
) -> None:
    """Write answers beside those that are recorded already."""
    layer = Recordings({})
    for request, answer in answers:
        layer.put(request, answer)
    write(project.root, stem(project.settings.recordings, prompt, evalset), layer.new, redact=redact)
    _let_branches_merge(project)


def _let_branches_merge(project: Project) -> None:
    """Tell git to keep the lines of both sides where two branches record; nothing where it was told of them before."""
    settings, repository = project.settings, project.repository
    folder = settings.recordings
    others = (settings.prompts, settings.evalsets, settings.baselines)
    path = project.root / folder / ATTRIBUTES
    if repository is None or path.exists() or any(f"{one}/".startswith(f"{folder}/") for one in (*others, ".")):
        return
    if attribute(repository, "merge", posixpath.join(project.prefix, folder, "any.jsonl")):
        return
    write_text(path, "*.jsonl merge=union\n", root=project.root)
    project.warn(
        f"commit {folder}/{ATTRIBUTES} with the recordings: it lets git keep the answers of both sides where two "
        "branches record; of two answers to one request the first given counts"
    )
