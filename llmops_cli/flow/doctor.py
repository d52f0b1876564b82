"""What is good on this machine and in this project, what is missing, and the command that helps. No network."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from llmops_cli.errors import LlmopsError, UsageError
from llmops_cli.flow.checkup_git import repository
from llmops_cli.flow.project import Project, open_project
from llmops_cli.flow.registry import read
from llmops_cli.flow.routes import route
from llmops_cli.load import machine, recordings
from llmops_cli.load.baselines import verify
from llmops_cli.load.prices import source, taken
from llmops_cli.model.checkup import Finding
from llmops_cli.model.problem import Problem
from llmops_cli.report.figures import count

OLDEST_PYTHON = (3, 11)
MERGE_GIT = (2, 38)
OLDEST_GIT = (2, 31)
STALE_DAYS = 120
POISONED = frozenset({"1.82.7", "1.82.8"})
PROJECT = "project"


def checkup(start: Path, *, config: str = "", variables: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """Return everything that was looked at, in groups. Never raises for what it is there to find."""
    found = list(_machine(start))
    try:
        project = open_project(start, config=config, variables=variables)
    except LlmopsError as error:
        return (*found, Finding(PROJECT, "llmops.yaml", "bad", str(error), error.hint))
    for look in (_settings, _prompts, _endpoints, _litellm, repository, _automation, _store, _stored, _prices):
        found += _safely(look, project)
    return tuple(found)


def _safely(look: Callable[[Project], Iterator[Finding]], project: Project) -> Iterator[Finding]:
    """Yield what a look finds, and its failure as one more finding."""
    try:
        yield from look(project)
    except LlmopsError as error:
        yield Finding(PROJECT, look.__name__.strip("_"), "bad", str(error), error.hint)


def _machine(start: Path) -> Iterator[Finding]:
    said, version = machine.python()
    needed = ".".join(map(str, OLDEST_PYTHON))
    hint = "" if version >= OLDEST_PYTHON else f"install Python {needed} or newer"
    yield Finding("machine", "python", "bad" if hint else "good", said, hint)
    try:
        said, version = machine.git(start)
    except LlmopsError as error:
        yield Finding("machine", "git", "bad", str(error), "install git: history, the gate and merges need it")
        return
    if version < OLDEST_GIT:
        yield Finding("machine", "git", "bad", said, "install git 2.31 or newer: older ones ignore what keeps us safe")
    elif version < MERGE_GIT:
        hint = "2.38 brings what `validate --merge-result` needs"
        yield Finding("machine", "git", "advice", said, hint)
    else:
        yield Finding("machine", "git", "good", said)


def _settings(project: Project) -> Iterator[Finding]:
    if project.settings.found:
        yield Finding(PROJECT, "llmops.yaml", "good", "valid")
    else:
        yield Finding(PROJECT, "llmops.yaml", "advice", "not there; defaults hold", "llmops init")


def _prompts(project: Project) -> Iterator[Finding]:
    registry = read(project.tree, project.settings)
    broken = sorted({problem.source.path for problem in registry.problems if problem.severity == "error"})
    if broken:
        said = f"{len(broken)} of {registry.files} files cannot be read: {', '.join(broken[:3])}"
        yield Finding(PROJECT, "prompts", "bad", said, "llmops validate")
    elif not registry.entries:
        yield Finding(PROJECT, "prompts", "advice", f"none below {project.settings.prompts}/", "llmops init")
    else:
        said = f"{count(len(registry.entries), 'prompt')}, {count(len(registry.evalsets), 'eval set')}"
        yield Finding(PROJECT, "prompts", "good", said)


def _endpoints(project: Project) -> Iterator[Finding]:
    """Say whether each key is there. Its value is never read into a message."""
    for name, endpoint in project.settings.endpoints.items():
        label = f"endpoint {name}"
        if not endpoint.key_env:
            yield Finding("models", label, "good", "needs no key")
        elif project.environment.variables.get(endpoint.key_env):
            yield Finding("models", label, "good", f"{endpoint.key_env} is set")
        else:
            hint = f"export {endpoint.key_env}=…; without it only `--mode replay` answers"
            yield Finding("models", label, "advice", f"{endpoint.key_env} is not set", hint)


def _litellm(project: Project) -> Iterator[Finding]:
    version = machine.package("litellm")
    models = sorted({entry.prompt.model for entry in read(project.tree, project.settings, sets=False).entries})
    asked = [model for model in models if _needs_litellm(project, model)]
    if version in POISONED:
        hint = "pip install 'llmops-cli[live]': that release stole keys; change those that it could read"
        yield Finding("models", "litellm", "bad", f"{version} is a poisoned release", hint)
    elif version:
        yield Finding("models", "litellm", "good", version)
    elif asked:
        said = f"not installed, and {', '.join(asked[:3])} are asked through it"
        hint = "pip install 'llmops-cli[live]', or name a server under `endpoints:`"
        yield Finding("models", "litellm", "advice", said, hint)
    else:
        yield Finding("models", "litellm", "good", "not installed, and not needed")


def _needs_litellm(project: Project, model: str) -> bool:
    with suppress(LlmopsError):
        return route(model, project.settings, project.environment, project.tree).provider == "litellm"
    return False


def _automation(project: Project) -> Iterator[Finding]:
    if project.repository is None:
        return
    top = project.repository.top
    hook = any("llmops" in text or "pre-commit" in text for text in map(machine.head_of, machine.hooks(top)))
    configured = "llmops" in machine.head_of(top / ".pre-commit-config.yaml")
    if hook:
        yield Finding("git", "pre-commit hook", "good", "installed")
    else:
        said = "configured, but not installed in this clone" if configured else "none"
        hint = "pre-commit install" if configured else "llmops init writes one; then: pre-commit install"
        yield Finding("git", "pre-commit hook", "advice", said, hint)
    flows = [*sorted((top / ".github" / "workflows").glob("*.y*ml")), top / ".gitlab-ci.yml"]
    flows += [top / name for name in ("azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile")]
    running = [path.name for path in flows if "llmops" in machine.head_of(path)]
    if running:
        yield Finding("git", "CI", "good", f"runs llmops: {', '.join(running[:3])}")
    else:
        yield Finding("git", "CI", "advice", "no workflow runs llmops", "llmops init --ci github")


def _store(project: Project) -> Iterator[Finding]:
    try:
        home = project.state
    except UsageError as error:
        yield Finding("store", ".llmops", "bad", error.message, error.hint)
        return
    if machine.can_write(home):
        yield Finding("store", ".llmops", "good", "can be written")
    else:
        hint = "make the folder writable: runs and the cache are kept there"
        yield Finding("store", ".llmops", "bad", "cannot be written", hint)


def _stored(project: Project) -> Iterator[Finding]:
    """Say whether what is committed of answers is what was written."""
    settings = project.settings
    problems: list[Problem] = verify(project.tree, settings.baselines)
    count = sum(path.endswith(".jsonl") for path in project.tree.entries(settings.baselines))
    yield _kept("baselines", count, problems, "llmops baseline verify")
    problems = [one for one in recordings.verify(project.tree, settings.recordings) if one.severity == "error"]
    count = sum(path.endswith(".jsonl") for path in project.tree.entries(settings.recordings))
    yield _kept("recordings", count, problems, "delete the line and record again: llmops eval run --mode record")


def _kept(name: str, files: int, problems: list[Problem], hint: str) -> Finding:
    if problems:
        first = problems[0]
        said = f"{count(len(problems), 'problem')}, first {first.source}: {first.code} {first.message}"
        return Finding("store", name, "bad", said, hint)
    return Finding("store", name, "good", f"{count(files, 'file')}, as written" if files else "none yet")


def _prices(project: Project) -> Iterator[Finding]:
    days = (date.fromisoformat(project.environment.today) - date.fromisoformat(taken())).days
    said = f"{source()}, {count(days, 'day')} old" if days > 0 else source()
    hint = "pip install -U llmops-cli: newer prices and last days of models" if days > STALE_DAYS else ""
    yield Finding("models", "prices", "advice" if hint else "good", said, hint)
