"""One prompt through its history: each commit that changed its file or a file that it takes in, renames followed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from llmops_cli.errors import GitError, LlmopsError
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read_prompt
from llmops_cli.load.ids import from_path, split_version
from llmops_cli.load.lineage import Lineage, Step, Touch, came_from
from llmops_cli.load.settings import FILE
from llmops_cli.load.settings import read as read_settings
from llmops_cli.load.snapshot import Snapshot
from llmops_cli.model.commit import Commit
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Past:
    """A prompt as it was after one commit: its file, and what the commit touched of it (paths from the project's root).

    `prompt` is None where it was not there or could not be read. `cut` says that a shallow clone ends here: what the
    commit itself changed is not known. `place` is the commit's place among all that touched the prompts folder.
    """

    commit: Commit
    path: str
    touched: tuple[str, ...]
    prompt: Prompt | None
    cut: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True)
class _State:
    """A prompt's file at one commit: the files that it takes in, and the prompt where it could be read."""

    path: str
    closure: frozenset[str]
    prompt: Prompt | None


@dataclass(slots=True)
class _Segment:
    """A stretch of history in which the prompts folder has one name. `born` collects where files began."""

    project: Project
    lineage: Lineage
    folder: str
    born: list[tuple[Step, str]] = field(default_factory=list)
    settings: dict[str, Settings] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """The project's folder below the top of the repository, with its slash."""
        return f"{self.project.prefix}/" if self.project.prefix else ""

    def walk(self, paths: Sequence[str], *, also_renamed: bool) -> Iterator[Past]:
        """Yield what happened to these files; `also_renamed` picks a file up where it was given another name."""
        self.lineage.fetch(self.prefix + path for path in paths)
        waiting: dict[str, dict[str, _State | None]] = {}
        for top in self.lineage.tops:
            present = [path for path in paths if self._has(top.commit.id, path)]
            waiting[top.commit.id] = dict.fromkeys(present)
        for place, step in enumerate(self.lineage.steps):
            for gone in self._gone(step, paths, "DR" if also_renamed else "D"):
                yield Past(step.commit, gone, (gone,), None, place=place)
                waiting.setdefault(step.commit.parents[0], {}).setdefault(gone)
            for path, known in waiting.pop(step.commit.id, {}).items():
                state = known or self._state(step.commit.id, path)
                touched = self._touched(step, state)
                if touched:
                    cut = step.commit.id in self.lineage.cut
                    yield Past(step.commit, path, touched, state.prompt, cut=cut, place=place)
                self._hand_down(step, state, waiting)

    def named(self, name: str) -> tuple[str, ...]:
        """Return the files that ever had an id as their path."""
        start = len(self.prefix)
        every = sorted(path[start:] for path in self.lineage.paths if path.startswith(self.prefix))
        return tuple(path for path in every if path.endswith((".yaml", ".yml")) and name in self._ids(path))

    def _ids(self, path: str) -> tuple[str, str]:
        """Return the id that a path gives, and the same without a version in it."""
        name = from_path(path, self.folder)
        return name, split_version(name)[0]

    def _has(self, commit: str, path: str) -> bool:
        return bool(self.lineage.blob(commit, self.prefix + path))

    def _gone(self, step: Step, paths: Sequence[str], statuses: str) -> list[str]:
        """Return the files that a commit took away: what they were before belongs to the prompt."""
        if len(step.commit.parents) != 1:
            return []
        away = {self.prefix + path: path for path in paths}
        return [away[touch.old] for touch in step.touches if touch.status in statuses and touch.old in away]

    def _state(self, commit: str, path: str) -> _State:
        tree = self.lineage.snapshot(commit, self.project.prefix)
        settings = self._settings(commit, tree)
        try:
            entry, _ = read_prompt(tree, settings, path)
        except GitError:  # the clone lacks the content: not the prompt's fault
            raise
        except LlmopsError:
            entry = None
        if entry is None:
            return _State(path, frozenset({path}), None)
        includes = (f"{settings.prompts}/{one}" for one in entry.prompt.includes)
        return _State(path, frozenset({path, *entry.prompt.files, *includes}), entry.prompt)

    def _settings(self, commit: str, tree: Snapshot) -> Settings:
        """Return what llmops.yaml said then; what it says now where it could not be read."""
        blob = self.lineage.blob(commit, f"{self.prefix}{FILE}")
        if blob not in self.settings:
            try:
                self.settings[blob] = read_settings(tree)
            except LlmopsError:
                self.settings[blob] = self.project.settings
        return self.settings[blob]

    def _touched(self, step: Step, state: _State) -> tuple[str, ...]:
        """Return what a commit did itself to the prompt's files; llmops.yaml counts where the model became another."""
        first, *others = step.commit.parents or ("",)
        own = [
            touch.path.removeprefix(self.prefix)
            for touch in step.touches
            if not any(self._took(other, touch) for other in others)
        ]  # a merge that took another side's file as it was did nothing to it
        found = sorted({*own} & state.closure)
        if found or FILE not in own or not first or state.prompt is None:
            return tuple(found)
        before = self._state(first, state.path).prompt
        return (FILE,) if before is not None and before.digest != state.prompt.digest else ()

    def _took(self, other: str, touch: Touch) -> bool:
        """Return whether a side of a merge has this very file, under its name or one that it had before."""
        names = (touch.path, *self.lineage.earlier(touch.path))
        return any(self.lineage.blob(other, name) == touch.blob for name in names)

    def _hand_down(self, step: Step, state: _State, waiting: dict[str, dict[str, _State | None]]) -> None:
        """Give the file on to each parent that has it, under its name there; where none has, it began here."""
        names = (state.path, self._before(step, state))
        earlier = self.lineage.earlier(self.prefix + state.path) if len(step.commit.parents) > 1 else ()
        differs = {touch.path.removeprefix(self.prefix) for touch in step.touches} & {*state.closure, FILE}
        found = False
        for number, parent in enumerate(step.commit.parents):
            older = (name.removeprefix(self.prefix) for name in earlier) if number else ()
            there = next((name for name in (*names, *older) if name and self._has(parent, name)), "")
            if there:
                found = True
                kept = state if number == 0 and there == state.path and not differs else None
                slot = waiting.setdefault(parent, {})
                slot[there] = slot.get(there) or kept
        if not found and any(touch.path == self.prefix + state.path for touch in step.touches):
            self.born.append((step, state.path))

    def _before(self, step: Step, state: _State) -> str:
        """Return the file's name before a commit that renamed it: as git sees it, or by an alias that the file kept."""
        full = self.prefix + state.path
        begins = [touch for touch in step.touches if touch.path == full and touch.status in "AR"]
        if not begins or begins[0].status == "R":
            return begins[0].old.removeprefix(self.prefix) if begins else ""
        aliases = {*state.prompt.aliases} if state.prompt else set()
        away = (touch.old.removeprefix(self.prefix) for touch in step.touches if touch.status == "D")
        return next((path for path in away if aliases & {*self._ids(path)}), "")


class Ancestry:
    """The history of one prompt: of the file that it has now (`path`), or of every file that ever had its id."""

    def __init__(self, project: Project, *, path: str = "", name: str = "", tips: Sequence[str] = ("HEAD",)) -> None:
        """Read what happened to the prompts folder; contents are read as the walk needs them."""
        self._project = project
        self._path = path
        self._name = name
        self._first = self._segment(project.settings.prompts, tips, path)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every commit that touched the prompts folder, newest first."""
        return self._first.lineage.steps

    @property
    def cut(self) -> frozenset[str]:
        """The commits at which this clone's history ends before its beginning."""
        return self._first.lineage.cut

    @property
    def added(self) -> Mapping[str, int]:
        """File → the place, among `steps`, of the newest commit that added it."""
        start = len(f"{self._project.prefix}/") if self._project.prefix else 0
        found: dict[str, int] = {}
        for place, step in enumerate(self.steps):
            for touch in step.touches:
                if touch.status == "A":
                    found.setdefault(touch.path[start:], place)
        return found

    def anchors(self, commits: Iterable[str]) -> Mapping[str, str]:
        """Return for each commit of this clone the newest of `steps` that it holds."""
        return self._first.lineage.anchors(commits)

    def walk(self) -> Iterator[Past]:
        """Yield the prompt's commits, children before parents; a merge only where it changed something itself."""
        segment, paths = self._first, (self._path,) if self._path else self._first.named(self._name)
        seen: set[tuple[str, str]] = set()
        while True:
            for past in segment.walk(paths, also_renamed=not self._path):
                if (past.commit.id, past.path) not in seen:
                    seen.add((past.commit.id, past.path))
                    yield past
            earlier = next((found for born in segment.born if (found := self._elsewhere(*born))), None)
            if earlier is None:
                return
            segment, paths = earlier

    def _elsewhere(self, step: Step, path: str) -> tuple[_Segment, tuple[str, ...]] | None:
        """Return the history before a commit that moved the file here from another prompts folder, if it did."""
        repository = self._project.git()
        prefix = f"{self._project.prefix}/" if self._project.prefix else ""
        parents = repository.parents(step.commit.id)
        if len(parents) != 1 or not repository.has(parents[0]):
            return None
        old = came_from(repository, step.commit.id, prefix + path)
        if not old or not old.startswith(prefix):
            return None
        inside = old.removeprefix(prefix)
        folder = read_settings(self._project.at(parents[0])).prompts
        return self._segment(folder, (parents[0],), inside), (inside,)

    def _segment(self, folder: str, tips: Sequence[str], path: str) -> _Segment:
        prefix = self._project.prefix
        if folder in ("", "."):
            inside = [prefix] if prefix else []
        else:
            wanted = [folder, FILE, *([path] if path and not path.startswith(f"{folder}/") else [])]
            inside = [f"{prefix}/{one}" if prefix else one for one in wanted]
        return _Segment(self._project, Lineage(self._project.git(), inside, tips), folder)
