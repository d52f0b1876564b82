"""Two stored runs against each other, by the gate's own rule."""

from llmops_cli.compare.gate import judge
from llmops_cli.compare.runs import arm
from llmops_cli.errors import ExitCode, UsageError
from llmops_cli.flow.cases import read_cases
from llmops_cli.flow.flags import flags_of
from llmops_cli.flow.project import Project
from llmops_cli.flow.registry import read
from llmops_cli.flow.run import open_store
from llmops_cli.load.settings import gate_policy
from llmops_cli.model.verdict import GateReport, Pairing, PromptVerdict


def compare(project: Project, base: str, head: str) -> GateReport:
    """Return the verdict on run `head` against run `base`. Raises `UsageError` for runs on different eval sets."""
    store = open_store(project)
    before, after = store.read(store.find(base)), store.read(store.find(head))
    if before.plan.evalset != after.plan.evalset:
        names = f"{before.plan.evalset} and {after.plan.evalset}"
        raise UsageError(f"the runs are on different eval sets: {names}", hint="compare two runs on one eval set")
    evalset = read(project.tree, project.settings, paths=()).evalset(after.plan.evalset)
    policy = gate_policy(project.settings.gate, evalset.gate)
    flags = flags_of(read_cases(project.tree, evalset), policy, project.environment.today)
    pairing = Pairing(arm(before), arm(after), evalset.scorers, flags, policy)
    judged = judge(pairing)
    prompt = PromptVerdict(after.plan.prompt, "changed", judged.verdict, judged.reasons, judged.cost)
    return GateReport(
        verdict=judged.verdict,
        exit_code=ExitCode(judged.verdict.exit_code),
        base=before.plan.run,
        head=after.plan.run,
        mode="stored",
        families=judged.families,
        prompts=(prompt,),
        hard=judged.hard,
    )
