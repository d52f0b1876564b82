"""Prompts of other tools → files of this project, and back. Nothing is lost in silence, nothing is half-written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from llmops_cli.errors import UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.arriving import Coming, check, content_of, expect, marked, texts_of
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.returning import lost_comments, way_back
from llmops_cli.load import foreign
from llmops_cli.load.ids import WITH_VERSION, is_slug
from llmops_cli.model.evalset import ScorerSpec
from llmops_cli.model.exchange import NOT_OURS, Arrival, Arrivals, Exported, Foreign, Imported, Landed, Loss, Version
from llmops_cli.model.problem import Problem
from llmops_cli.plugins import module
from llmops_cli.store.together import Together


@dataclass(frozen=True, slots=True)
class Options:
    """The flags of `prompt import`."""

    id: str = ""
    into: str = ""
    history: bool = False
    labels: bool = False
    lossy: bool = False
    force: bool = False
    dry_run: bool = False


def import_prompts(project: Project, tool: str, source: Path, options: Options = Options()) -> Arrivals:
    """Bring another tool's prompts in. With losses (unless `lossy`) or errors (unless `force`) nothing is written.

    Raises `UsageError` for a source that cannot be read, ids that collide, and prompts that are there already with
    another content (unless `force`).
    """
    room = module("convert", tool)
    found = foreign.read(source, beside=getattr(room, "READS_BESIDE", ()))
    imported: Imported = room.read(found.files, source.name)
    prompts, renamed = _named(imported.prompts, options)
    left_out = [f"not read: {note}" for note in found.left_out]
    losses = (*imported.losses, *_lost_labels(prompts, options))
    start = Arrivals(tool, str(source), losses=losses, dry_run=options.dry_run)
    if losses and not options.lossy:
        return replace(start, notes=(*left_out, *imported.notes, *renamed), stopped="something would be lost")
    registry = read(project.tree, project.settings)
    coming = [_coming(project, registry, tool, one, options, prompts) for one in prompts]
    _apart(coming)
    problems = check(project, coming, history=options.history)
    said = any(note.startswith("formatting:") for note in imported.notes)
    main = {source.name: found.files[source.name]} if source.name in found.files else found.files
    back = [*([] if said else way_back(room, coming, main)), *lost_comments(room, main)]
    notes = [*left_out, *imported.notes, *renamed, *_older(coming, options), *back]
    start = replace(start, notes=tuple(dict.fromkeys(notes)), problems=problems, prompts=_arrivals(coming))
    if _unusable(problems, options):
        return replace(start, stopped="what would be written has errors")
    _refuse_others(coming, options)
    return start if options.dry_run else _written(project, tool, start, coming, options)


def _named(prompts: Sequence[Foreign], options: Options) -> tuple[list[Foreign], list[str]]:
    """Return the prompts under the ids they get here, and what is worth saying about these."""
    if not prompts:
        raise UsageError("no prompt in it", hint="is it the right tool's file?")
    if options.id and len(prompts) > 1:
        names = ", ".join(one.id for one in prompts[:5])
        raise UsageError(f"--id names one prompt, and there are {len(prompts)}: {names}", hint="--into FOLDER")
    notes: list[str] = []
    named = [_renamed(one, options, notes) for one in prompts]
    seen: dict[str, str] = {}
    for old, new in zip(prompts, named, strict=True):
        other = seen.setdefault(new.id.casefold(), old.id)
        if other is not old.id:
            raise UsageError(f"two prompts would be {new.id}", hint="rename one there, or import them one by one")
    return named, notes


def _renamed(prompt: Foreign, options: Options, notes: list[str]) -> Foreign:
    name = options.id or prompt.id
    name = f"{options.into.strip('/')}/{name}" if options.into.strip("/") else name
    match = WITH_VERSION.fullmatch(name)
    if match is not None:
        between = name[len(match[1]) : -len(match[2]) - 1] or "-"
        plain = f"{match[1]}{between}{match[2]}"
        notes.append(f"{name} is called {plain} here, for -v{match[2]} would be its version; the old name is an alias")
        versions = tuple(_with_alias(version, name) for version in prompt.versions)
        prompt, name = replace(prompt, versions=versions), plain
    if not is_slug(name) or ".." in name.split("/"):
        raise UsageError(f"{name!r} is no id", hint="--id ID: letters, digits, `.`, `_`, `-`, parts divided by `/`")
    return replace(prompt, id=name)


def _with_alias(version: Version, alias: str) -> Version:
    aliases = [*version.document.get("aliases", ()), alias]
    head = {key: version.document[key] for key in ("description", "owners", "tags") if key in version.document}
    document = {**head, "aliases": list(dict.fromkeys(aliases))}
    return replace(version, document={**document, **{k: v for k, v in version.document.items() if k not in document}})


def _coming(
    project: Project, registry: Registry, tool: str, prompt: Foreign, options: Options, prompts: Sequence[Foreign]
) -> Coming:
    versions = prompt.versions if options.history else prompt.versions[-1:]
    if not versions:
        raise UsageError(f"{prompt.id} has no version", hint="is the prompt empty there?")
    known = registry.prompts.get(prompt.id)
    path = known.source.path if known else f"{project.settings.prompts}/{prompt.id}.yaml"
    folder = project.settings.prompts
    versions = tuple(marked(project, tool, path, prompt.id, version) for version in versions)
    texts = [texts_of(folder, path, prompt.id, version) for version in versions]
    contents = [content_of(project, path, text) for text in texts]
    sharing = [one.id for one in prompts if prompt.evalset and one.evalset == prompt.evalset]
    return expect(project, Coming(prompt, path, versions, tuple(texts), tuple(contents)), known, sharing)


def _apart(coming: Sequence[Coming]) -> None:
    """Raise `UsageError` where two prompts would write one file with two contents."""
    seen: dict[str, tuple[bytes, str]] = {}
    for one in coming:
        for path, data in one.last.items():
            before, name = seen.setdefault(path.casefold(), (data, one.prompt.id))
            if before != data:
                raise UsageError(f"{name} and {one.prompt.id} would both write {path}", hint="import them one by one")


def _older(coming: Sequence[Coming], options: Options) -> list[str]:
    notes = []
    for one in coming:
        older = len(one.prompt.versions) - 1
        if older and not options.history:
            notes.append(f"{one.prompt.id}: {older} older versions are left out; --history brings them in")
        labels = sorted({label for version in one.prompt.versions for label in version.labels if label != NOT_OURS})
        if labels and not options.labels:
            notes.append(f"{one.prompt.id}: its labels ({', '.join(labels)}) are noted; --labels releases them")
    return notes


def _lost_labels(prompts: Sequence[Foreign], options: Options) -> Iterator[Loss]:
    """Yield the labels on versions that are not brought in: an environment there, which would serve nothing here."""
    for one in prompts if options.labels and not options.history else ():
        for version in one.versions[:-1]:
            for label in version.labels:
                if label != NOT_OURS:
                    message = f"the label {label} serves version {version.name}, which is not the newest"
                    yield Loss(f"{one.id}.labels", message, "--history brings that version in, and the label with it")


def _unusable(problems: Sequence[Problem], options: Options) -> bool:
    errors = [problem for problem in problems if problem.severity == "error"]
    broken = [problem for problem in errors if not problem.code.startswith("LP") or problem.code == "LP013"]
    return bool(broken) or (bool(errors) and not options.force)


def _refuse_others(coming: Sequence[Coming], options: Options) -> None:
    there = [one for one in coming if one.status == "replaced" or one.evals_differ]
    if there and not options.force:
        paths = ", ".join(one.path if one.status == "replaced" else one.evalset for one in there[:5])
        hint = "--force writes over it; --id ID or --into FOLDER imports it beside"
        raise UsageError(f"there already, with another content: {paths}", hint=hint)


def _arrivals(coming: Sequence[Coming]) -> tuple[Arrival, ...]:
    return tuple(
        Arrival(
            one.prompt.id,
            one.path,
            one.digests[-1],
            one.status,
            tuple(
                Landed(
                    version.name,
                    digest,
                    labels=version.labels,
                    author=version.author,
                    date=version.date,
                    message=version.message,
                )
                for version, digest in zip(one.versions, one.digests, strict=True)
            ),
            one.evalset,
            len(one.prompt.cases),
        )
        for one in coming
    )


def _written(project: Project, tool: str, start: Arrivals, coming: Sequence[Coming], options: Options) -> Arrivals:
    new = [one for one in coming if one.status != "same" or one.evals]
    files = {path: data for one in new for path, data in one.whole.items()}
    if options.history:
        from llmops_cli.flow.history_import import commit_all

        return commit_all(project, tool, start, new, labels=options.labels)
    from llmops_cli.flow.label_import import Labelled, labelled, with_releases

    made = labelled(project, coming, {}) if options.labels else Labelled()
    Together(project.root, {**files, **made.files}).write()
    prompts = with_releases(start.prompts, made)
    return replace(start, written=(*files, *made.files), prompts=prompts, notes=(*start.notes, *made.notes))


def export_prompt(project: Project, address: str, tool: str) -> Exported:
    """Return a prompt as another tool's files. Raises `UsageError` for a tool that is only imported from."""
    room = module("convert", tool)
    if not hasattr(room, "write"):
        hint = "llmops prompt export --help  names the tools that prompts go out to"
        raise UsageError(f"{tool} is only imported from", hint=hint)
    found = find(project, address)
    if not hasattr(room, "write_with_cases"):
        exported: Exported = room.write(found.prompt)
        return exported
    cases, scorers = _cases(project, found.prompt.id)
    with_cases: Exported = room.write_with_cases(found.prompt, cases, scorers)
    return with_cases


def _cases(project: Project, name: str) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the rows and the scorers of every eval set that judges a prompt."""
    registry = read(project.tree, project.settings)
    cases: list[Mapping[str, Any]] = []
    scorers: list[Mapping[str, Any]] = []
    for set_name in registry.judges(registry.prompts[name]) if name in registry.prompts else ():
        evalset = registry.evalset(set_name)
        scorers += [_row(spec) for spec in evalset.scorers]
        for case in read_cases(project.tree, evalset):
            row = {"id": case.id, "inputs": dict(case.inputs), "expected": case.expected}
            more: dict[str, Any] = {key: getattr(case, key) for key in ("critical", "never")}
            more |= {key: list(getattr(case, key)) for key in ("tags", "context", "messages")}
            more |= {"checks": [_row(spec) for spec in case.checks], "metadata": dict(case.metadata)}
            cases.append({**row, **{key: value for key, value in more.items() if value}})
    return cases, scorers


def _row(spec: ScorerSpec) -> dict[str, Any]:
    said: dict[str, Any] = {"type": spec.type, **spec.options}
    said |= {"name": spec.name} if spec.name != spec.type else {}
    said |= {"not": True} if spec.negate else {}
    said |= {"primary": True} if spec.primary else {}
    said |= {} if spec.gate else {"gate": False}
    said |= {"min": spec.minimum} if spec.minimum is not None else {}
    return said | ({"pass_at": spec.pass_at} if spec.pass_at is not None else {})
