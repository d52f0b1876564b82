"""Every problem of a project's prompts and eval sets, in one go."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.expiry import expiring
from llmops_cli.flow.fits import UNFIT, Fits
from llmops_cli.flow.gate_names import GateNames
from llmops_cli.flow.lint import judges, lint
from llmops_cli.flow.nearby import Nearby, nearby
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Entry, Registry, read
from llmops_cli.flow.release_checks import check_releases, check_versions
from llmops_cli.flow.repeated import Repeated
from llmops_cli.load import evalsets as evalset_files
from llmops_cli.load import prompts as prompt_files
from llmops_cli.load.codes import found
from llmops_cli.load.document import listing
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec, rubrics_of
from llmops_cli.model.problem import Problem
from llmops_cli.plugins import find

if TYPE_CHECKING:
    from llmops_cli.flow.labelled import Labelled

LABELS = ".labels"  # `load.opinions.FOLDER`, whose module is loaded only where there are labels


@dataclass(frozen=True, slots=True)
class Validation:
    """The problems, sorted by place, and how many files were looked at."""

    problems: tuple[Problem, ...]
    files: int

    @property
    def errors(self) -> int:
        """How many of the problems are errors."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        """How many of the problems are warnings."""
        return sum(problem.severity == "warning" for problem in self.problems)


def validate(project: Project, paths: Sequence[str] = ()) -> Validation:
    """Return the problems of the whole registry; of `paths` and what is made of them or judged by them, if given.

    Raises `UnknownNameError` where there is nothing to look at: no check is not a pass.
    """
    for path in paths:
        if not (project.root / path).exists():
            raise UnknownNameError(f"no file {path}", hint="name a file of the project, or nothing for all of it")
    near = nearby(project, paths)
    problems = _near(project, near) if near else _whole(project)
    if paths and near is None:
        problems = [problem for problem in problems if _concerns(problem, paths)]
    files = len(paths) or len(prompt_files.discover(project.tree, project.settings.prompts)) + len(
        evalset_files.discover(project.tree, project.settings.evalsets)
    )
    return Validation(tuple(sorted(set(problems), key=lambda problem: problem.order)), files)


def _whole(project: Project) -> list[Problem]:
    registry = read(project.tree, project.settings)
    if not registry.files:
        folder = project.settings.prompts
        raise UnknownNameError(f"no prompts below {folder}/", hint="`llmops init` writes a first one")
    problems = [*registry.problems, *lint(project, registry), *check_releases(project, registry)]
    problems += expiring(project, registry)
    fits = _fits(registry, registry.entries)
    wide = GateNames.of_project(project)
    for evalset in registry.evalsets.values():
        problems += check_evalset(project, registry, evalset, fits=fits.get(evalset.id), wide=wide)
    all_read = not any(one.severity == "error" and one.code.startswith(("LE", "LF")) for one in problems)
    problems += wide.problems(project.tree, project.environment.today, all_seen=all_read)
    problems += evalset_files.orphans(project.tree, project.settings.evalsets, registry.evalsets.values())
    problems += _unlabelled(project, registry)
    baselines = _baselines(project, registry)
    problems += [*baselines, *_unmerged(project, {one.source.path for one in baselines if one.code == "LB009"})]
    problems += _recordings(project)
    return problems


def _baselines(project: Project, registry: Registry) -> list[Problem]:
    """Return what is wrong with the stored baselines; nothing is loaded where there are none."""
    folder = project.settings.baselines
    if not any(path.endswith(".jsonl") for path in listing(project.tree, folder)):
        return []
    from llmops_cli.flow.baseline_checks import check_baselines
    from llmops_cli.load.baselines import verify

    return [*verify(project.tree, folder), *check_baselines(project, registry)]


def _unmerged(project: Project, marked: Container[str]) -> list[Problem]:
    """Return the baselines that a merge left undecided, but for those whose marks are named."""
    if not listing(project.tree, project.settings.baselines):
        return []
    from llmops_cli.flow.unmerged import unmerged

    return [one for one in unmerged(project, project.settings.baselines) if one.source.path not in marked]


def _recordings(project: Project) -> list[Problem]:
    """Return what is wrong with the stored answers; nothing is loaded where there are none."""
    folder = project.settings.recordings
    if not listing(project.tree, folder):
        return []
    from llmops_cli.load.recordings import verify

    return verify(project.tree, folder)


def _unlabelled(project: Project, registry: Registry) -> list[Problem]:
    """Return what is wrong with label files of no eval set; nothing is loaded where there are none."""
    if not listing(project.tree, f"{project.settings.evalsets}/{LABELS}"):
        return []
    from llmops_cli.flow.labelled import orphans

    return orphans(project, registry.evalsets)


def _labels(project: Project, evalset: EvalSet) -> "list[Labelled]":
    """Return an eval set's labels, if any are stored; nothing is loaded where there are none."""
    if not listing(project.tree, f"{project.settings.evalsets}/{LABELS}"):
        return []
    from llmops_cli.flow.labelled import Labelled

    return [Labelled.of(project, evalset)]


def _near(project: Project, near: Nearby) -> list[Problem]:
    """Return the problems of the named files, of the prompts made of them, and of the cases that these do not fit."""
    registry = near.registry
    found = [*registry.problems, *lint(project, registry), *check_versions(registry)]
    found += evalset_files.orphans(project.tree, project.settings.evalsets, registry.evalsets.values())
    problems = [one for one in found if one.source.path in near.reached or _concerns(one, tuple(near.named))]
    fits, every = _fits(registry, near.entries), _fits(registry, registry.entries)
    for evalset in registry.evalsets.values():
        if near.names_set(evalset):
            problems += check_evalset(project, registry, evalset, fits=every.get(evalset.id))
        elif evalset.id in fits:
            about = check_evalset(project, registry, evalset, fits=fits[evalset.id])
            problems += [one for one in about if one.code in UNFIT]
    return problems


def _fits(registry: Registry, entries: Iterable[Entry]) -> Mapping[str, Fits]:
    """Return, for each eval set, those of the prompts that its cases must fit."""
    fits: dict[str, Fits] = {}
    judged = judges(registry)
    for entry in entries:
        for name in judged[entry.prompt.id]:
            fits.setdefault(name, Fits()).add(entry.prompt, entry.facts)
    return fits


def check_evalset(
    project: Project,
    registry: Registry,
    evalset: EvalSet,
    *,
    fits: Fits | None = None,
    wide: GateNames | None = None,
) -> list[Problem]:
    """Return the problems of an eval set's cases, scorers and links; of what `fits` says of its cases too.

    `wide` is shown the cases as well.
    """
    problems: list[Problem] = []
    gate, labels, own = GateNames.of_set(evalset), _labels(project, evalset), dict[str, ScorerSpec]()
    repeated = Repeated(project.tree, evalset)
    watching = [one for one in (gate, wide, fits, repeated, *labels) if one is not None]
    for item in evalset_files.cases(project.tree, evalset):
        if isinstance(item, Case):
            problems += _scorers(item.checks) if item.checks else ()
            own |= {name: spec for spec, name in rubrics_of(item.checks) if name not in own}
            for one in watching:
                one.look(item)
        else:
            problems.append(item)
    problems += gate.problems(project.tree, project.environment.today, all_seen=not problems)
    if not repeated.cases and not problems:
        hint = 'add a case: {"id": "first", "inputs": {…}, "expected": …}'
        problems.append(found("LE020", evalset.source, f"{evalset.id} has no cases", hint=hint))
    problems += _scorers(evalset.scorers)
    problems += fits.problems() if fits is not None else ()
    problems += [*repeated.problems(), *(problem for one in labels for problem in one.problems())]
    return [*problems, *_unknown_prompts(registry, evalset, own)]


def _unknown_prompts(registry: Registry, evalset: EvalSet, own: Mapping[str, ScorerSpec]) -> Iterable[Problem]:
    """Yield a problem for each prompt that an eval set names, or that its judges and its cases' ask, and nobody has."""
    named = [(evalset.source, name, f"eval set {evalset.id} names prompt") for name in evalset.prompts]
    asked = [*evalset.rubrics, *((spec, name) for name, spec in own.items())]
    named += [(spec.source, name, f"scorer {spec.name} asks rubric") for spec, name in asked]
    known = registry.names if named else frozenset()
    for source, name, what in named:
        if name not in known and not registry.is_unread(name):
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"`llmops prompt new {name}` writes one"
            yield found("LE021", source, f"{what} {name}, which is not there", hint=hint)


def _scorers(specs: Iterable[ScorerSpec]) -> list[Problem]:
    """Return a problem for each scorer that does not exist or does not take its options."""
    from llmops_cli.flow.scoring import check_spec

    return [problem for spec in specs if (problem := check_spec(spec, find)) is not None]


def _concerns(problem: Problem, paths: Sequence[str]) -> bool:
    """Return whether a problem lies in one of the files, or speaks of one (a duplicate id)."""
    return any(problem.source.path == path or path in problem.message for path in paths)


def lint_evalsets(project: Project, names: Sequence[str] = ()) -> Validation:
    """Return the problems of these eval sets, or of all. Raises `UnknownNameError` where there is none."""
    registry = read(project.tree, project.settings)
    chosen = [registry.evalset(name) for name in names] or list(registry.evalsets.values())
    paths = {path for evalset in chosen for path in (evalset.source.path, *evalset.data)}
    folder = f"{project.settings.evalsets}/"
    problems = [
        one
        for one in registry.problems
        if one.source.path.startswith(folder) and (not names or one.source.path in paths)
    ]
    if not chosen and not problems:
        raise UnknownNameError(f"no eval sets below {folder}", hint="`llmops evalset new ID` writes one")
    fits = _fits(registry, registry.entries)
    for evalset in chosen:
        problems += check_evalset(project, registry, evalset, fits=fits.get(evalset.id))
    return Validation(tuple(sorted(set(problems), key=lambda problem: problem.order)), max(len(chosen), 1))


def verify_baselines(project: Project) -> Validation:
    """Return what is wrong with the stored baselines. Raises `UnknownNameError` where there is none."""
    folder = project.settings.baselines
    files = [path for path in listing(project.tree, folder) if path.endswith(".jsonl")]
    if not files:
        raise UnknownNameError(
            f"no baselines below {folder}/", hint="`llmops baseline accept ID --reason …` writes one"
        )
    problems = _baselines(project, read(project.tree, project.settings))
    return Validation(tuple(sorted(problems, key=lambda problem: problem.order)), len(files))
