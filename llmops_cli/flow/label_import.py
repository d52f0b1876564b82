"""Labels of another tool → releases of the versions they point to, and label files that serve these."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.compare.prompts import diff
from llmops_cli.errors import FindingsError
from llmops_cli.flow.arriving import Coming
from llmops_cli.flow.project import Project
from llmops_cli.flow.release import NEEDED
from llmops_cli.flow.released import shelf
from llmops_cli.load import labels as label_files
from llmops_cli.load.releases import place, read_back, seal
from llmops_cli.model.exchange import NOT_OURS, Arrival, Version
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import Bump, Label, Release, is_version
from llmops_cli.render.verify import verified
from llmops_cli.report.release import LABEL_HEAD, document, label_line, text
from llmops_cli.store.releases import relabelled


@dataclass(slots=True)
class Labelled:
    """The files to be written, and which version of which prompt became which release: (id, place) → x.y.z."""

    files: dict[str, bytes] = field(default_factory=dict)
    releases: dict[tuple[str, int], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def labelled(project: Project, coming: Sequence[Coming], commits: Mapping[tuple[str, int], str]) -> Labelled:
    """Return release and label files for every label among the versions that come in.

    The releases carry no evidence: what the other tool served was never judged here, and the notes say so.
    """
    made = Labelled()
    serves: dict[str, dict[str, str]] = {}
    for one in coming:
        last = _last_release(project, one)
        for spot, version in enumerate(one.versions):
            wanted = [label for label in version.labels if label != NOT_OURS]
            prompt = one.contents[spot].prompt
            if not wanted or prompt is None:
                continue
            number = _number(version, spot)
            prompt = replace(prompt, version=number)
            bump = _bump(last, prompt)
            _release(project, made, prompt, version, (bump, commits.get((one.prompt.id, spot), "")))
            last = prompt
            made.releases[one.prompt.id, spot] = number
            _serve(made, serves, (one.prompt.id, number), wanted)
    for label in sorted(serves):
        _label(project, made, label, serves[label])
    if any(NOT_OURS in version.labels for one in coming for version in one.versions):
        made.notes.append(f"the label {NOT_OURS} is not carried: here the newest commit is the newest")
    if made.releases:
        made.notes.append("the releases carry no evidence: run the gate before you promote the next one")
    return made


def _serve(made: Labelled, serves: dict[str, dict[str, str]], what: tuple[str, str], labels: Sequence[str]) -> None:
    name, number = what
    for label in labels:
        if label_files.is_label(label):
            serves.setdefault(label, {})[name] = number
        else:
            made.notes.append(f"{name}: {label!r} is no name of a label here; {number} is released")


def _number(version: Version, spot: int) -> str:
    """Return the release's version: "3" is 3.0.0; a version that says x.y.z keeps it; else they are counted."""
    if is_version(version.name):
        return version.name
    return f"{int(version.name)}.0.0" if version.name.isdecimal() and int(version.name) else f"{spot + 1}.0.0"


def _last_release(project: Project, one: Coming) -> Prompt | None:
    """Return the newest release that is there already; an import goes on from it."""
    there = shelf(project.tree, project.settings, [one.prompt.id])
    return there.release(there.newest).prompt if there.newest else None


def _bump(last: Prompt | None, prompt: Prompt) -> Bump:
    """Return what the change since the release before asks for, whatever number the other tool gave it."""
    return NEEDED[diff(last, prompt, before_name="", after_name="").change_class] if last else "first"


def _release(project: Project, made: Labelled, prompt: Prompt, version: Version, known: tuple[Bump, str]) -> None:
    bump, commit = known
    path = place(project.settings.prompts, prompt.id, prompt.version)
    release = Release(
        id=prompt.id,
        version=prompt.version,
        digest=prompt.digest,
        interface_digest=prompt.interface_digest,
        prompt=prompt,
        commit=commit,
        date=version.date[:10] if _is_day(version.date[:10]) else project.environment.today,
        author=version.author,
        bump=bump,
        reasons=(f"imported as version {version.name}",) if version.name else ("imported",),
        message=version.message.strip(),
    )
    said = document(release)
    said = {**said, "seal": seal(json.loads(json.dumps(said)))}
    data = text(said).encode("utf-8", "replace")
    verified(read_back(data, path, prompt.id, prompt.version))
    there = _there(project, path)
    if there is None:
        made.files[path] = data
    elif there.digest != prompt.digest:
        hint = "import it under another id: --id ID"
        raise FindingsError(f"{prompt.id} {prompt.version} is released with other content", where=path, hint=hint)


def _there(project: Project, path: str) -> Release | None:
    try:
        data = project.tree.read(path)
    except FileNotFoundError:
        return None
    name, _, version = path.removeprefix(f"{project.settings.prompts}/.releases/").removesuffix(".yaml").rpartition("/")
    return verified(read_back(data, path, name, version))


def _label(project: Project, made: Labelled, name: str, serves: Mapping[str, str]) -> None:
    folder = project.settings.prompts
    path = label_files.place(folder, name)
    try:
        said = project.tree.read(path).decode("utf-8")
    except FileNotFoundError:
        said = LABEL_HEAD.format(name=name)
    for prompt, version in sorted(serves.items()):
        label: Label = label_files.from_bytes(said.encode("utf-8"), path, name)
        lines = {key: source.line for key, source in label.places.items()}
        said = relabelled(said, prompt, label_line(prompt, version), lines)
    made.files[path] = said.encode("utf-8")


def _is_day(said: str) -> bool:
    from datetime import date

    try:
        date.fromisoformat(said)
    except ValueError:
        return False
    return True


def with_releases(arrivals: Sequence[Arrival], made: Labelled) -> tuple[Arrival, ...]:
    """Return the prompts with the releases that their versions became."""
    return tuple(
        replace(
            one,
            versions=tuple(
                replace(version, release=made.releases.get((one.id, spot), ""))
                for spot, version in enumerate(one.versions)
            ),
        )
        for one in arrivals
    )
