"""What the lint rules find in every prompt of a registry, and what only the whole registry shows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from llmops_cli.flow.own_checks import own_rubrics
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Entry, Registry
from llmops_cli.flow.schemas import Schemas
from llmops_cli.load.codes import found
from llmops_cli.load.ids import top, visible_below
from llmops_cli.load.prices import known_models
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.source import Source
from llmops_cli.plugins import rules
from llmops_cli.render.outline import outline

MOST = 100
"""How many problems one rule names in one file: a file with more is mended or replaced as a whole."""

TEMPLATES = (".j2", ".jinja", ".jinja2")


def lint(project: Project, registry: Registry) -> Iterator[Problem]:
    """Yield what the rules find in every prompt, and what is wrong between the files."""
    found_rules = rules()
    ids: dict[str, list[Source]] = defaultdict(list)
    for entry in registry.entries:
        for name in dict.fromkeys([entry.prompt.id, *entry.prompt.aliases]):
            ids[name].append(entry.prompt.source)
    judged, asked = judges(registry), rubrics(registry)
    with Schemas() as schemas:
        for entry in registry.entries:
            subject = _subject(project, registry, entry, schemas, (ids, judged, asked))
            for rule in found_rules:
                yield from _first(rule(subject))
            yield from _unknown_sets(registry, entry)
    yield from _unused_includes(registry)


def _first(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the first problems of one rule in one file; the last one says that there are more."""
    for number, problem in enumerate(problems, 1):
        if number == MOST:
            yield replace(problem, message=f"{problem.message}; more of the same follow, which are not shown")
            return
        yield problem


def judges(registry: Registry) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of the eval sets that judge each prompt, by the prompt's id: as `Registry.judges`, for all."""
    naming: dict[str, list[str]] = defaultdict(list)
    for evalset in registry.evalsets.values():
        for name in evalset.prompts:
            naming[name].append(evalset.id)
    named: dict[str, tuple[str, ...]] = {}
    for entry in registry.entries:
        prompt = entry.prompt
        by_sets = [one for name in (prompt.id, *prompt.aliases) for one in naming.get(name, ())]
        named[prompt.id] = tuple(dict.fromkeys([*prompt.evals, *by_sets]))
    return named


def rubrics(registry: Registry) -> Mapping[str, Sequence[str]]:
    """Return the ids of the eval sets whose judges ask a prompt, by the name that they call it.

    The checks of single cases are searched only where a prompt would be left that neither a set judges nor its judge
    asks: the cases are a stream.
    """
    asked: dict[str, list[str]] = defaultdict(list)
    for evalset in registry.evalsets.values():
        for _, name in evalset.rubrics:
            asked[name].append(evalset.id)
    known = judges(registry)
    names = [(entry.prompt.id, *entry.prompt.aliases) for entry in registry.entries if not known[entry.prompt.id]]
    if all(any(name in asked for name in each) for each in names):
        return asked
    for evalset in registry.evalsets.values():
        for name in own_rubrics(registry.tree, evalset):
            asked[name].append(evalset.id)
    return asked


Known = tuple[Mapping[str, Sequence[Source]], Mapping[str, tuple[str, ...]], Mapping[str, Sequence[str]]]


def _subject(project: Project, registry: Registry, entry: Entry, schemas: Schemas, known: Known) -> Subject:
    value = entry.document.value
    ids, judged, asked = known
    return Subject(
        prompt=entry.prompt,
        raw=value if isinstance(value, dict) else {},
        document=entry.document,
        facts=entry.facts,
        evalsets=judged[entry.prompt.id],
        ids=ids,
        models={name: route.model for name, route in registry.settings.models.items()},
        known_models=known_models(),
        today=project.environment.today,
        endpoints=frozenset(registry.settings.endpoints),
        folder=registry.settings.prompts,
        outline=outline(entry.prompt, entry.facts),
        schema_flaw=schemas.flaw,
        misfit=schemas.misfit,
        rubric_of=[one for name in (entry.prompt.id, *entry.prompt.aliases) for one in asked.get(name, ())],
    )


def _unknown_sets(registry: Registry, entry: Entry) -> Iterator[Problem]:
    """Yield a problem for each eval set that a prompt names and nobody has: it would judge nothing."""
    if not entry.prompt.evals:
        return
    broken = {problem.source.path for problem in registry.problems}
    for place, name in enumerate(entry.prompt.evals):
        if name in registry.evalsets or f"{registry.settings.evalsets}/{name}.yaml" in broken:
            continue
        near = get_close_matches(name, list(registry.evalsets), n=1)
        hint = f"did you mean {near[0]}?" if near else f"`llmops evalset new {name}` writes one"
        where = entry.document.where("evals", place)
        excerpt = entry.document.excerpt(where)
        yield found("LE022", where, f"no eval set {name!r}", hint=hint, excerpt=excerpt, width=len(name))


def _unused_includes(registry: Registry) -> Iterator[Problem]:
    """Yield a warning for each template file that no prompt includes; none while a prompt cannot be read."""
    folder = registry.settings.prompts
    if any(
        problem.severity == "error" and problem.source.path.startswith(f"{folder}/") for problem in registry.problems
    ):
        return
    used = {f"{folder}/{path}" for entry in registry.entries for path in entry.prompt.includes}
    files = [path for path in registry.tree.entries(folder) if path.endswith(TEMPLATES)]
    for path in visible_below(files, folder):
        if path not in used:
            name = path.removeprefix(f"{folder}/")
            hint = f"remove it, or include it: {{% include '{name}' %}}"
            yield found("LP061", top(path), f"no prompt includes {name}", hint=hint, severity="warning")
