"""What is wrong with a project's releases and labels, and with the versions that prompt files claim."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Entry, Registry
from llmops_cli.load import labels as label_files
from llmops_cli.load import releases as release_files
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError, Problem, Severity
from llmops_cli.model.release import Label, Release, is_version, precedence
from llmops_cli.model.source import Source
from llmops_cli.render.verify import HINT, flaws

CODES = {
    "LR010": (
        "release-edited",
        "A line of a release was edited. Restore it from git, and release a new version.",
    ),
    "LR011": ("label-to-nothing", "A label serves a version that is not released. `llmops prompt promote` sets it."),
    "LR012": ("bad-split", "A split of a label maps versions x.y.z to whole weights above 0."),
    "LR013": ("release-removed", "A release that HEAD or the base branch has is changed or gone: they are only added."),
    "LR014": ("version-reuse", "A prompt's file says a version that is released with other content."),
    "LR015": ("unreleased-change", "A prompt's file says a version that is not released yet, though others are."),
    "LR016": ("stray-file", "A file below .releases or .labels is no release and no label, so nobody reads it."),
    "LR017": ("bad-label", "A label file says something that is no version of a prompt."),
}
Releases = Mapping[str, Mapping[str, Release]]


def check_releases(project: Project, registry: Registry) -> list[Problem]:
    """Return the problems of releases and labels in the project's tree, and of versions in its prompt files."""
    tree, folder = registry.tree, registry.settings.prompts
    try:
        stored, odd = release_files.stored(tree, folder)
        names, strays = label_files.stored(tree, folder)
    except InvalidFilesError as error:
        return list(error.problems)
    problems = [
        _found("LR016", Source(path, 1, 1), "is no release: <id>/<x.y.z>.yaml", severity="warning") for path in odd
    ]
    problems += [
        _found("LR016", Source(path, 1, 1), "is no label: <environment>.yaml", severity="warning") for path in strays
    ]
    releases: dict[str, dict[str, Release]] = {}
    for name, versions in stored.items():
        for version in versions:
            problems += _verify(tree, folder, name, version, releases)
    there = _known(stored, registry)
    for name in names:
        label, wrong = label_files.check(tree, folder, name)
        problems += [*wrong, *(_pointless(label, there) if label else ())]
    problems += _versions(registry.entries, releases, stored)
    problems += _append_only(project, tree, folder)
    return problems


def check_versions(registry: Registry) -> list[Problem]:
    """Return what is wrong with the versions that these prompt files claim; only their own releases are read."""
    entries = [entry for entry in registry.entries if entry.prompt.version]
    if not entries:
        return []
    tree, folder = registry.tree, registry.settings.prompts
    try:
        stored, _ = release_files.stored(tree, folder)
    except InvalidFilesError:
        return []  # it is another file's problem
    releases: dict[str, dict[str, Release]] = {}
    for entry in entries:
        for name in (entry.prompt.id, *entry.prompt.aliases):
            if entry.prompt.version in stored.get(name, ()):
                list(_verify(tree, folder, name, entry.prompt.version, releases))
    return list(_versions(entries, releases, stored))


def _verify(
    tree: Tree, folder: str, name: str, version: str, releases: dict[str, dict[str, Release]]
) -> Iterable[Problem]:
    try:
        found = release_files.read(tree, folder, name, version)
    except InvalidFilesError as error:
        return error.problems
    if found is None:  # it was listed: it is gone since
        return []
    release = found[0]
    releases.setdefault(name, {})[version] = release
    return [_found("LR010", release.source, flaw, hint=HINT) for flaw in flaws(release)]


def _known(stored: Mapping[str, Iterable[str]], registry: Registry) -> Mapping[str, frozenset[str]]:
    """Return id → its released versions, those under a prompt's other ids with them."""
    there = {name: frozenset(versions) for name, versions in stored.items()}
    for entry in registry.entries if there else ():
        names = (entry.prompt.id, *entry.prompt.aliases)
        every = frozenset[str]().union(*(stored.get(name, ()) for name in names))
        there |= dict.fromkeys(names, every) if every else {}
    return there


def _pointless(label: Label, there: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """Yield a problem for each version that a label serves and nobody released."""
    for name in label.serves:
        for version in label.versions(name):
            if version not in there.get(name, ()):
                yield to_nothing(label, name, version, there)


def to_nothing(label: Label, name: str, version: str, there: Mapping[str, Iterable[str]]) -> Problem:
    """Return the problem of a label that serves a version which is not released; `there` is what is, by id."""
    message = f"{label.name} serves {name} {version}, which is not released"
    return _found("LR011", label.places[name], message, hint=_nearest(name, version, there))


def rewritten(label: Label, name: str, version: str) -> Problem:
    """Return the problem of a served release whose content is not the one that it was released with."""
    message = f"{label.name} serves {name} {version}, whose release has other content than in the base"
    hint = "restore it from git, and release a new version instead"
    return _found("LR013", label.places[name], message, hint=hint)


def _nearest(name: str, version: str, there: Mapping[str, Iterable[str]]) -> str:
    versions = [*there.get(name, ())]
    if not versions:
        near = get_close_matches(name, [*there], n=1)
        return f"did you mean {near[0]}?" if near else f"`llmops prompt release {name}` makes its first version"
    close = get_close_matches(version, versions, n=1)
    return f"did you mean {close[0]}?" if close else f"the newest release is {max(versions, key=precedence)}"


def _versions(entries: Iterable[Entry], releases: Releases, stored: Mapping[str, Iterable[str]]) -> Iterator[Problem]:
    """Yield what is wrong with the `version:` of prompt files."""
    for entry in entries:
        prompt = entry.prompt
        said = prompt.version
        ids = (prompt.id, *prompt.aliases)
        if not is_version(said) or not any(stored.get(name) for name in ids):
            continue
        where = entry.document.where("version" if "version" in entry.document.value else "id")
        excerpt = entry.document.excerpt(where)
        same = [one for name in ids if (one := releases.get(name, {}).get(said)) is not None]
        if not same:
            message = f"{prompt.id} says version {said}, which is not released yet"
            hint = f"llmops prompt release {prompt.id}"
            yield _found("LR015", where, message, hint=hint, excerpt=excerpt, severity="warning")
        elif all((one.digest, one.interface_digest) != (prompt.digest, prompt.interface_digest) for one in same):
            message = f"{prompt.id} says version {said}, but {said} is released with other content"
            hint = f"leave `version:` out, or say the next one; then llmops prompt release {prompt.id}"
            yield _found("LR014", where, message, hint=hint, excerpt=excerpt)


def _append_only(project: Project, tree: Tree, folder: str) -> Iterator[Problem]:
    """Yield a problem for each release that HEAD or the base branch has and that is changed or gone here."""
    top = f"{folder}/{release_files.FOLDER}"
    now = tree.entries(top)
    said: set[str] = set()
    for commit, name in _bases(project, anything=bool(now)):
        base = project.git().tree(commit, f"{project.prefix}/{top}" if project.prefix else top)
        for path, blob in base.entries(".").items():
            here = f"{top}/{path}"
            if here in said or (here in now and (now[here] == blob or _same(tree.read(here), base.read(path)))):
                continue
            said.add(here)
            what = "differs from the one in" if here in now else "is gone, though it is in"
            hint = f"git checkout {commit[:12]} -- {here}   and release a new version instead"
            yield _found("LR013", Source(here, 1, 1), f"a release {what} {name} ({commit[:7]})", hint=hint)


def _same(one: bytes, other: bytes) -> bool:
    """Return whether two files are alike but for the line ends of a checkout."""
    return one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def _bases(project: Project, *, anything: bool) -> Iterator[tuple[str, str]]:
    """Yield the commits whose releases must still be there: HEAD, and where this branch left the default one."""
    repository = project.repository
    head = repository.head() if repository else ""
    if repository is None or not head:
        return
    yield head, "HEAD"
    default = repository.default_branch()
    common = repository.merge_base(default, head) if default else None
    if common and common != head:
        yield common, default or ""
    elif anything and common is None and repository.is_shallow():
        project.warn("this clone is shallow: whether a release was removed since the base branch is not known; "
                     "git fetch --unshallow")  # fmt: skip


def _stray(path: str, message: str) -> Problem:
    return _found("LR016", Source(path, 1, 1), message, severity="warning")


def _found(
    code: str, source: Source, message: str, *, hint: str = "", excerpt: str = "", severity: Severity = "error"
) -> Problem:
    return Problem(code, CODES[code][0], severity, source, message, hint or CODES[code][1], excerpt)
