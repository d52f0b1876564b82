"""Where a project's Python code uses its prompts, and which of these calls a version of a prompt would break."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from llmops_cli.compare.usages import broken, names, refusal
from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.undeclared import with_used_names
from llmops_cli.load import callsites
from llmops_cli.load.notebooks import notebook_sites
from llmops_cli.load.python_files import python_files
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import is_version
from llmops_cli.model.usage import Calls, CallSite, Survey, Usage

_MIB = 1024 * 1024
_MOST = _MIB
_MOST_NOTEBOOK = 32 * _MIB  # most of which is what its cells gave out


def survey(project: Project, name: str = "", folders: Sequence[str] = ()) -> Survey:
    """Return the calls of one prompt, or of all; calls whose prompt is only known at run time are always among them.

    `folders` are relative to the project. Raises `UnknownNameError` for a name that neither a prompt nor a call has.
    """
    registry = read(project.tree, project.settings, sets=False)
    prompts = {known: prompt for prompt in reversed(list(registry.prompts.values())) for known in names(prompt)}
    unread: list[str] = []
    found: list[CallSite] = []
    files = 0
    python = python_files(project.tree)
    for path in _paths(python.paths, folders):
        files += 1
        found += _sites(project, path, unread)
    wanted = names(prompts[name]) if name in prompts else frozenset({name})
    if name and name not in prompts and not any(site.prompt == name for site in found):
        registry.find(name)
    kept = [site for site in found if not name or site.prompt in wanted or not site.prompt]
    used = tuple(_usage(project, site, prompts.get(site.prompt)) for site in kept)
    return Survey(used, files, tuple(unread), tuple(_within((*python.stubs, *python.folders), folders)))


def usages(project: Project, name: str = "") -> tuple[CallSite, ...]:
    """Return the call sites of a prompt, by id or any other of its names; of every prompt without a name."""
    found = survey(project, name)
    for reason in found.unread:
        project.warn(reason)
    return tuple(usage.site for usage in found.usages)


def calls_held(project: Project, before: Prompt | None, after: Prompt | None) -> Calls:
    """Return the calls in the working tree that `after` would refuse (None: the prompt is removed), or may refuse."""
    return held_against(quick_sites(project), before, after)


def held_against(sites: Iterable[CallSite], before: Prompt | None, after: Prompt | None) -> Calls:
    """Return how many calls use a prompt, those that its version after refuses, and those that cannot be checked."""
    one, other = (with_used_names(side) if side else None for side in (before, after))
    return broken(sites, one, other)


def quick_sites(project: Project) -> tuple[CallSite, ...]:
    """Return the call sites of the files that name a library at all; files that cannot be read are warned of."""
    unread: list[str] = []
    sites = [site for path in python_files(project.tree).paths for site in _sites(project, path, unread, quick=True)]
    for reason in unread:
        project.warn(reason)
    return tuple(sites)


def _paths(paths: Sequence[str], folders: Sequence[str]) -> Iterator[str]:
    """Yield the Python files below the folders, or of the whole project. Raises `UnknownNameError` for an empty one."""
    for folder in folders:
        if folder.strip("/") not in ("", ".") and not any(_within(paths, [folder])):
            raise UnknownNameError(
                f"no Python file in {folder.rstrip('/')}", hint="--path names a folder of the project, or a file"
            )
    return _within(paths, folders)


def _within(paths: Iterable[str], folders: Sequence[str]) -> Iterator[str]:
    clean = [folder.strip("/").removeprefix("./") for folder in folders]
    for path in paths:
        if not clean or any(folder in ("", ".", path) or path.startswith(f"{folder}/") for folder in clean):
            yield path


def _sites(project: Project, path: str, unread: list[str], *, quick: bool = False) -> Iterable[CallSite]:
    notebook = path.endswith(".ipynb")
    most = _MOST_NOTEBOOK if notebook else _MOST
    try:
        with project.tree.open(path) as stream:
            data = stream.read(most + 1)
    except OSError as error:
        unread.append(f"{path}: {error.strerror or error}")
        return ()
    if len(data) > most:
        unread.append(f"{path}: more than {most // _MIB} MiB, not read")
        return ()
    if quick and not callsites.mentions(data):
        return ()
    try:
        return notebook_sites(data, path, unread) if notebook else callsites.call_sites(data, path)
    except ValueError as error:
        unread.append(f"{error}: not read")
        return ()


def _usage(project: Project, site: CallSite, prompt: Prompt | None) -> Usage:
    """Return a call with what is wrong with it: held against what its label or version serves now."""
    known = prompt.id if prompt else ""
    if site.kind == "llmops" and site.prompt and site.ref and not site.ref.startswith("sha256:"):
        return Usage(site, known, _fault(project, site, prompt))
    if prompt is None:
        missing = site.kind == "llmops" and bool(site.prompt)
        return Usage(site, "", f"there is no prompt {site.prompt}" if missing else "")
    return Usage(site, known, refusal(site, None, prompt))


def _fault(project: Project, site: CallSite, prompt: Prompt | None) -> str:
    from llmops_cli.flow.released import label, serving, shelf  # 5 ms, which a diff's call sites need not pay
    from llmops_cli.load import labels

    tree, settings = project.tree, project.settings
    released = shelf(tree, settings, tuple(sorted(names(prompt))) if prompt else (site.prompt,))
    if not released.versions and prompt is None:
        return f"there is no prompt {site.prompt}"
    versions: tuple[str, ...] = (site.ref,)
    unkeyed = ""
    if not is_version(site.ref):
        there = labels.names(tree, settings.prompts)
        if site.ref not in there:
            return f"there is no label {site.ref} (labels: {', '.join(there) or 'none'})"
        served = label(tree, settings, site.ref)
        line = serving(served, (site.prompt, *released.names))
        versions = served.versions(line)
        if not versions:
            return f"the label {site.ref} serves nothing of {site.prompt}"
        if not site.keyed and not isinstance(served.serves[line], str):
            unkeyed = f"passes no key=, and {site.ref} splits {site.prompt} between {', '.join(versions)}"
    missing = [one for one in versions if one not in released.versions]
    if missing:
        return (
            f"{site.prompt} {', '.join(missing)} is not released (releases: {', '.join(released.versions) or 'none'})"
        )
    plain = replace(site, ref="")
    frozen = (replace(released.release(one).prompt, id=site.prompt) for one in versions)
    return unkeyed or next((fault for one in frozen if (fault := refusal(plain, None, one))), "")
