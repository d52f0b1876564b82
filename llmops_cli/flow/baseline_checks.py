"""What is wrong with stored baselines beyond their own lines: held against the prompts and eval sets as they stand."""

from collections.abc import Iterator

from llmops_cli.compare.blind import blind
from llmops_cli.errors import LlmopsError
from llmops_cli.flow.cases import cases_digest, read_cases
from llmops_cli.flow.expiry import expiring
from llmops_cli.flow.lint import judges
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import Registry
from llmops_cli.load.baselines import read as read_baseline
from llmops_cli.load.codes import found
from llmops_cli.model.evalset import EvalSet
from llmops_cli.model.problem import InvalidFilesError, Problem
from llmops_cli.model.run import Arm
from llmops_cli.model.source import Source
from llmops_cli.store.baselines import place

SHOWN = 3


def check_baselines(project: Project, registry: Registry) -> list[Problem]:
    """Return what is wrong with the baselines of the prompts as they stand; files that cannot be read are left out."""
    problems = expiring(project, registry)
    judged = judges(registry)
    for prompt in registry.prompts.values():
        for name in judged[prompt.id]:
            try:
                arm = read_baseline(project.tree, project.settings.baselines, prompt.id, name, prompt.digest)
            except InvalidFilesError:
                continue  # `verify` names it
            if arm is not None and name in registry.evalsets:
                problems += _check(project, registry, arm, registry.evalsets[name])
    return problems


def _check(project: Project, registry: Registry, arm: Arm, evalset: EvalSet) -> Iterator[Problem]:
    source = Source(place(project.settings.baselines, arm), 1, 1)
    try:
        cases = read_cases(registry.tree, evalset)
    except LlmopsError:
        return  # `validate` names what is wrong with an eval set
    known = {case.id for case in cases}
    strange, lacking = sorted(arm.rows.keys() - known), sorted(known - arm.rows.keys())
    same = arm.evalset_digest == cases_digest(cases)
    if strange:
        message = f"{_listed(strange)}: no such case in eval set {evalset.id}; what is stored for it is not used"
        yield found("LB010", source, message, severity="error" if same else "note", hint=_hint(arm))
    if lacking and same:
        yield found("LB012", source, f"it lacks {_listed(lacking)} of eval set {evalset.id}", hint=_hint(arm))
    primary = evalset.primary.name if evalset.primary else next(iter(arm.scorers), "")
    if primary and (why := blind(arm, primary)):
        yield found("LB013", source, f"the baseline says little: {why}", severity="warning")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more


def _hint(arm: Arm) -> str:
    return (
        f"restore the file from git, or: llmops eval run {arm.prompt}; llmops baseline accept {arm.prompt} --reason …"
    )
