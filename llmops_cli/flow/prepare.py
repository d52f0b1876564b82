"""What an eval run would do: every prompt, eval set, case and request of it, checked before a call is paid."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from llmops_cli.errors import UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.cases import Selection, read_cases, select
from llmops_cli.flow.named_sets import evalset_of
from llmops_cli.flow.own_checks import own_checks
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry, read
from llmops_cli.flow.routes import route
from llmops_cli.flow.scoring import Bench, check_spec
from llmops_cli.model.completion import Request
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.prompt import Prompt, canonical, digest
from llmops_cli.model.settings import Route, Settings
from llmops_cli.render.errors import RenderError
from llmops_cli.render.identity import content, interface
from llmops_cli.render.messages import Renderer


@dataclass(frozen=True, slots=True)
class Job:
    """One prompt on one eval set with one model: cases with their requests (repeat 0), and how the model is reached."""

    prompt: Prompt
    evalset: EvalSet
    cases: tuple[tuple[Case, Request], ...]
    route: Route
    repeats: int
    bench: Bench | None = None

    @property
    def has_checks(self) -> bool:
        """Whether any case brings its own checks."""
        return any(case.checks for case, _ in self.cases)

    def own_checks(self, tree: Tree) -> tuple[ScorerSpec, ...] | None:
        """Return the judges among the cases' own checks; None where no case has any check."""
        return own_checks(tree, self.evalset, (case for case, _ in self.cases))


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asks `eval run` for: addresses (none = every prompt that has an eval set), and how."""

    addresses: tuple[str, ...] = ()
    evalset: str = ""
    models: tuple[str, ...] = ()
    repeats: int | None = None
    selection: Selection = field(default_factory=Selection)


def prepare(project: Project, wish: Wish, failed: Callable[[str], Iterable[str]]) -> tuple[Job, ...]:
    """Return the jobs of a wish. Raises with every invalid case at once, or where there is nothing to run."""
    registry = read(project.tree, project.settings, paths=() if wish.addresses else None)
    jobs = []
    for prompt in _prompts(project, registry, wish):
        for model in wish.models or (prompt.model,):
            chosen = with_model(prompt, model, project.settings)
            for name in _sets(registry, prompt, wish):
                evalset = evalset_of(registry, prompt, name)
                cases = select(read_cases(project.tree, evalset), wish.selection, failed)
                where = route(chosen.model, project.settings, project.environment, project.tree)
                requests = render_all(chosen, where, cases)
                jobs.append(Job(chosen, evalset, requests, where, wish.repeats or evalset.repeats))
    return tuple(jobs)


def with_model(prompt: Prompt, model: str, settings: Settings) -> Prompt:
    """Return the prompt with another model: another prompt, with another digest."""
    if model == prompt.model:
        return prompt
    named = settings.models.get(model)
    changed = replace(prompt, model=model, resolved_model=named.model if named else model)
    return replace(changed, digest=digest(content(changed)), interface_digest=digest(interface(changed)))


def render_all(prompt: Prompt, where: Route, cases: Iterable[Case]) -> tuple[tuple[Case, Request], ...]:
    """Return every case with its request. Raises `InvalidFilesError` that lists every case that cannot be rendered."""
    rendered, problems = try_render(prompt, where, cases)
    if problems:
        raise InvalidFilesError(problems)
    return rendered


def try_render(
    prompt: Prompt, where: Route, cases: Iterable[Case]
) -> tuple[tuple[tuple[Case, Request], ...], list[Problem]]:
    """Return the cases that render, with their requests, and a problem for each that does not."""
    rendered: list[tuple[Case, Request]] = []
    problems: list[Problem] = []
    with Renderer(prompt) as renderer:
        for case in cases:
            try:
                request = renderer.render(case.inputs, turns=case.messages, case=case.id)
            except RenderError as error:
                problems.append(Problem("LE040", "cannot-render", "error", case.source, error.message, error.hint))
            else:
                rendered.append((case, send_to(request, where)))
    return tuple(rendered), problems


def send_to(request: Request, where: Route) -> Request:
    """Return the request as it goes to this route: its model name and its endpoint's identity."""
    return replace(request, model=where.model, endpoint=where.identity)


def _prompts(project: Project, registry: Registry, wish: Wish) -> Sequence[Prompt]:
    if wish.addresses:
        return [find(project, address).prompt for address in wish.addresses]
    errors = [problem for problem in registry.problems if problem.severity == "error"]
    if errors:
        raise InvalidFilesError(errors)
    prompts = [prompt for prompt in registry.prompts.values() if wish.evalset or registry.judges(prompt)]
    if wish.evalset:
        prompts = [prompt for prompt in prompts if wish.evalset in registry.judges(prompt)]
    if not prompts:
        hint = (
            "name one in a prompt (evals: [ID]) or in an eval set (prompts: [ID]); `llmops evalset new ID` writes one"
        )
        raise UsageError("no prompt has an eval set", hint=hint)
    return sorted(prompts, key=lambda prompt: prompt.id)


def _sets(registry: Registry, prompt: Prompt, wish: Wish) -> tuple[str, ...]:
    if wish.evalset:
        return (wish.evalset,)
    found = registry.judges(prompt)
    if not found:
        hint = f"name one: evals: [ID] in {prompt.source.path}, or --evalset ID; `llmops evalset new ID` writes one"
        raise UsageError(f"prompt {prompt.id} has no eval set", hint=hint)
    return found


def require_scorers(job: Job) -> None:
    """Raise where nothing would judge the answers, or a scorer of the set or of a case does not take its options."""
    if not job.evalset.scorers and not job.has_checks:
        hint = "add e.g. scorers: [{type: exact}]"
        raise UsageError(f"eval set {job.evalset.id} has no scorer", where=str(job.evalset.source), hint=hint)
    own = {(spec.type, canonical(spec.options)): spec for case, _ in job.cases for spec in case.checks}
    problems = [problem for spec in (*job.evalset.scorers, *own.values()) if (problem := check_spec(spec)) is not None]
    if problems:
        raise InvalidFilesError(problems)
