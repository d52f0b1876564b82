"""A person's word on a result that waits: accepted as the new baseline, or rejected. Written at once, one at a time."""

from collections import Counter
from collections.abc import Mapping

from llmops_cli.errors import UnknownNameError, UsageError
from llmops_cli.flow.accept import Accepted, accept, author, newest_run
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.pending import pending
from llmops_cli.flow.prepare import Wish
from llmops_cli.flow.project import Project
from llmops_cli.flow.replayed import replayed
from llmops_cli.flow.run import RunWish, open_store, run
from llmops_cli.model.completion import Completion
from llmops_cli.model.pending import Waiting
from llmops_cli.model.run import Rejection, Result
from llmops_cli.store.rejections import reject as keep


def require_person(project: Project) -> None:
    """Raise `UsageError` in CI, where nobody decides."""
    if project.environment.in_ci:
        raise UsageError("a result is not decided on in CI", hint="decide on your machine and commit the baseline")


def accept_one(project: Project, item: Waiting, reason: str) -> Accepted:
    """Store the result that was looked at as the baseline of its version. Raises `UsageError` for another one."""
    if not item.run:  # stored answers become a run, which costs nothing
        counts = Counter(row.case for row in item.rows)
        wish = Wish((item.prompt.id,), item.evalset.id, repeats=min(counts.values()))
        run(project, RunWish(wish, "auto", Limits(offline=True, max_calls=0)))
    elif newest_run(project, item.prompt, item.evalset, tuple(item.cases.values())).plan.run != item.run:
        raise UsageError(f"a newer run of {item.prompt.id} came in meanwhile", hint="look at it: baseline review")
    (done,) = accept(
        project, item.prompt.id, reason=reason, allow_regress=item.needs_word, evalset=item.evalset.id
    )  # fmt: skip
    return done


def reject_one(project: Project, item: Waiting, reason: str) -> Rejection:
    """Keep in `.llmops/` that a version was looked at and is not wanted; `pending` shows it no more."""
    if not reason.strip():
        raise UsageError("a rejection needs a reason", hint='--reason "the tone is wrong"')
    said = Rejection(item.prompt.id, item.evalset.id, item.prompt.digest, author(project), reason.strip())
    keep(project.state, said)
    return said


def reject(project: Project, name: str, *, reason: str, evalset: str = "") -> tuple[Rejection, ...]:
    """Reject what waits of one prompt, on one eval set or all. Raises `UnknownNameError` where nothing waits."""
    require_person(project)
    found = pending(project, (name,))
    items = [one for one in (*found.waiting, *found.rejected) if evalset in ("", one.evalset.id)]
    if not items:
        on = f" on {evalset}" if evalset else ""
        hint = "; ".join(dict.fromkeys(one.command for one in found.unready)) or "llmops baseline pending"
        raise UnknownNameError(f"no result of {name}{on} waits for a decision", hint=hint)
    return tuple(reject_one(project, item, reason) for item in items)


def base_answers(project: Project, item: Waiting) -> Mapping[str, str]:
    """Return what the base's version answered to the broken cases, as far as runs or recordings here still know."""
    before, family = item.before, item.primary
    if before is None or family is None:
        return {}
    wanted = {case: item.cases[case] for case in family.broke if case in item.cases}
    store = open_store(project)
    for name in store.ids():
        plan = store.plan(name)
        if (plan.prompt, plan.digest, plan.evalset) == (before.id, before.digest, item.evalset.id):
            found = texts(store.read(name).results, wanted)
            if found:
                return found
    return texts(replayed(project, before, item.evalset, tuple(wanted.values()))[1], wanted) if wanted else {}


def texts(rows: tuple[Result, ...], cases: Mapping[str, object]) -> dict[str, str]:
    """Return the first answer to each of some cases."""
    found: dict[str, str] = {}
    for row in rows:
        if row.case in cases and isinstance(row.answer, Completion):
            found.setdefault(row.case, row.answer.text)
    return found
