"""A foreign prompt on its way in: the files it would become, what they say, and what is there already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.errors import UsageError
from llmops_cli.flow.fmt import form
from llmops_cli.flow.lint import lint
from llmops_cli.flow.overlay import Overlay
from llmops_cli.flow.project import Project, with_tree
from llmops_cli.flow.registry import read, read_prompt
from llmops_cli.flow.validate import check_evalset
from llmops_cli.ingest.cases import lines
from llmops_cli.load.yaml_nodes import UnformattableError
from llmops_cli.model.exchange import MARK, Foreign, Status, Version, mark_of
from llmops_cli.model.problem import Problem
from llmops_cli.model.prompt import Prompt
from llmops_cli.report.yaml_layout import EVALSET, PROMPT
from llmops_cli.report.yaml_text import dump

Texts = Mapping[str, bytes]
"""Path from the project root → content."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one version's files say: the resolved prompt (None where they cannot be read), and what is wrong."""

    prompt: Prompt | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Coming:
    """One prompt: its versions that come in, oldest first, each with its files and what these say.

    `evals` are the files of its eval set, written once; `evals_differ`: others lie there already.
    """

    prompt: Foreign
    path: str
    versions: tuple[Version, ...]
    texts: tuple[Texts, ...]
    contents: tuple[Content, ...]
    status: Status = "new"
    evals: Texts = field(default_factory=dict)
    evalset: str = ""
    evals_differ: bool = False

    @property
    def last(self) -> Texts:
        """The files of the newest version."""
        return self.texts[-1]

    @property
    def whole(self) -> Texts:
        """The files of the newest version and of the eval set."""
        return {**self.last, **self.evals}

    @property
    def digests(self) -> tuple[str, ...]:
        """The digest of each version; "" for one that cannot be read."""
        return tuple(content.prompt.digest if content.prompt else "" for content in self.contents)


def texts_of(folder: str, path: str, name: str, version: Version) -> Texts:
    """Return the files of one version: the prompt's own, and those it includes or points to."""
    document = {"schema": "llmops/prompt@1", "id": name, **version.document}
    try:
        own = _formed(dump(document), PROMPT)
    except (ValueError, UnicodeEncodeError) as error:
        raise UsageError(f"{name} cannot be written as YAML: {error}", hint="NaN, or half a surrogate pair") from error
    return {path: own, **{_inside(folder, place): text.encode("utf-8") for place, text in version.files.items()}}


def _formed(text: str, order: Sequence[str]) -> bytes:
    """Return a text as `fmt` writes it, so that the first `fmt` after an import has nothing to do."""
    try:
        return form(text, order).encode("utf-8")
    except UnformattableError:
        return text.encode("utf-8")


def marked(project: Project, tool: str, path: str, name: str, version: Version) -> Version:
    """Return the version with a mark of its content, where a tool's own data is kept: an export looks for it."""
    kept = version.document.get(f"x-{tool}")
    if not isinstance(kept, Mapping):
        return version
    prompt = content_of(project, path, texts_of(project.settings.prompts, path, name, version)).prompt
    if prompt is None:
        return version
    return replace(version, document={**version.document, f"x-{tool}": {**kept, MARK: mark_of(prompt)}})


def _inside(folder: str, path: str) -> str:
    parts = path.split("/")
    if not path or path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise UsageError(f"the file {path!r} would lie outside {folder}/", hint="rename it there")
    return f"{folder}/{path}"


def content_of(project: Project, path: str, texts: Texts) -> Content:
    """Return what the files of one version say, read as they will be read."""
    found, problems = read_prompt(Overlay(project.tree, texts), project.settings, path)
    return Content(found.prompt if found else None, tuple(problems))


def expect(project: Project, coming: Coming, known: Prompt | None, sharing: Sequence[str] = ()) -> Coming:
    """Return the prompt with its eval set's files, and whether it is there already.

    `sharing` are the ids of the prompts that the same cases judge.
    """
    if known is not None:
        coming = _beside(coming, known.digest)
    prompt = coming.prompt
    if not prompt.cases:
        return coming
    name = prompt.evalset or prompt.id
    folder, base = project.settings.evalsets, name.rpartition("/")[2]
    scorers = [dict(scorer) for scorer in prompt.scorers]
    judged = list(sharing) or [prompt.id]
    document = {"schema": "llmops/evalset@1", "id": name, "data": f"{base}.jsonl", "prompts": judged}
    files = {
        f"{folder}/{name}.yaml": _formed(dump({**document, "scorers": scorers}), EVALSET),
        f"{folder}/{name}.jsonl": lines(prompt.cases).encode("utf-8"),
    }
    there = {path: _there(project, path) for path in files}
    missing = {path: data for path, data in files.items() if there[path] != data}
    differ = any(there[path] is not None for path in missing)
    return replace(coming, evals=missing, evalset=f"{folder}/{name}.yaml", evals_differ=differ)


def _beside(coming: Coming, digest: str) -> Coming:
    """Return the prompt without the versions up to the one that is there already."""
    places = [place for place, one in enumerate(coming.digests) if one and one == digest]
    if not places:
        return replace(coming, status="replaced")
    after = places[-1] + 1
    if after == len(coming.versions):
        return replace(coming, status="same")
    coming = replace(coming, versions=coming.versions[after:], texts=coming.texts[after:], status="continued")
    return replace(coming, contents=coming.contents[after:])


def _there(project: Project, path: str) -> bytes | None:
    try:
        return project.tree.read(path)
    except OSError:
        return None


def check(project: Project, coming: Sequence[Coming], *, history: bool) -> tuple[Problem, ...]:
    """Return what the project's own rules say of the files that would be written, sorted by place."""
    files = {path: data for one in coming for path, data in one.whole.items()}
    overlay = Overlay(project.tree, files)
    looked = with_tree(project, overlay)
    registry = read(overlay, project.settings)
    problems = [*registry.problems, *lint(looked, registry)]
    sets = {one.prompt.evalset or one.prompt.id for one in coming if one.evalset}
    for name in sets & set(registry.evalsets):
        problems += check_evalset(looked, registry, registry.evalsets[name])
    wanted = {*files, *(one.evalset for one in coming)}
    found = {problem for problem in problems if problem.source.path in wanted}
    if history:
        found |= {_of_version(problem, one, place) for one in coming for place, problem in _old_problems(one)}
    return tuple(sorted(found, key=lambda problem: problem.order))


def _old_problems(coming: Coming) -> list[tuple[int, Problem]]:
    older = enumerate(coming.contents[:-1])
    return [(place, problem) for place, content in older for problem in content.problems if problem.severity == "error"]


def _of_version(problem: Problem, coming: Coming, place: int) -> Problem:
    return replace(problem, message=f"version {coming.versions[place].name or place + 1}: {problem.message}")
