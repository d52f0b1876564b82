"""`llmops baseline pending`, `review` and `reject`."""

from typing import Annotated, Any

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, ask, can_ask, emit, error_text, tell
from llmops_cli.errors import LlmopsError, UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

WORDS = ("accept", "reject", "skip", "next", "previous", "quit")
Names = Annotated[list[str] | None, prompt_argument(metavar="[ID]…", help="Prompts; nothing = all that changed.")]


@app.command()
def pending(ctx: typer.Context, names: Names = None, *, fmt: Format = "text", output: Output = None) -> None:
    """Show changed prompts whose results differ from the stored baseline and wait for accept or reject.

    llmops baseline pending

    The newest complete run of the working tree's version counts, else its stored answers (recordings; outside CI also
    what a gate left in the cache); the verdict is the gate's.
    """
    from llmops_cli.flow.pending import pending as flow
    from llmops_cli.report import baseline_pending as report

    choice(fmt, ("text", "json"), "--format")
    found = flow(ctx.obj.project(), tuple(names or ()))
    emit(as_json(report.document(found)) if fmt == "json" else report.text(found), output)


@app.command()
def review(ctx: typer.Context, names: Names = None) -> None:
    """Go through what waits one by one: Δ with its interval, each broken case, then accept, reject or skip.

    llmops baseline review
    llmops baseline review support/refund

    A decision is written when it is made; whoever quits or interrupts loses nothing. Refused in CI, and where nobody
    answers; answers may come by a pipe, a line each.
    """
    from llmops_cli.flow.decide import require_person
    from llmops_cli.flow.pending import pending as flow
    from llmops_cli.report import baseline_pending, baseline_review

    project = ctx.obj.project()
    require_person(project)
    if not can_ask():
        raise UsageError("nobody is there to ask", hint="`llmops baseline pending` only shows what waits")
    found = flow(project, tuple(names or ()))
    if not found.waiting:
        emit(baseline_pending.text(found))
        return
    counts = {"accepted": 0, "rejected": 0, "skipped": 0, "left": len(found.waiting)}
    try:
        for place, item in enumerate(found.waiting, 1):
            emit(baseline_review.head(item, place, len(found.waiting), color=ctx.obj.color))
            word = _decide(project, item)
            if word == "left":
                break
            counts[word] += 1
            counts["left"] -= 1
    finally:
        tell(f"\n{baseline_review.end(counts)}")
        if counts["accepted"]:
            tell("Next: commit the baselines; the gate reads them from the base commit.")


@app.command()
def reject(
    ctx: typer.Context,
    name: Annotated[str, prompt_argument(metavar="ID", help="A changed prompt.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept beside the runs.")],
    evalset: Annotated[str, typer.Option(help="Only on this eval set.")] = "",
) -> None:
    """Note that a result was looked at and is not wanted: `pending` shows this version no more.

    llmops baseline reject support/refund --reason "too blunt"

    It is kept in `.llmops/`, never committed, and the gate does not read it. `accept` still takes the version.
    """
    from llmops_cli.flow.decide import reject as flow
    from llmops_cli.report.sanitize import terminal

    for one in flow(ctx.obj.project(), name, reason=reason, evalset=evalset):
        emit(terminal(f"rejected {one.prompt} on {one.evalset}   sha256:{one.digest[:12]}"))


def _decide(project: Any, item: Any) -> str:
    """Ask until something is decided; return accepted, rejected, skipped or left."""
    from llmops_cli.flow.decide import base_answers
    from llmops_cli.report import baseline_review as report

    total, before, at = len(report.broken(item)), base_answers(project, item), 0
    if total:
        emit(report.case(item, at, before))
    while True:
        line = ask(report.QUESTION)
        key = _key(line)
        if key in ("s", "q"):
            return "skipped" if key == "s" else "left"
        if key in ("a", "r"):
            word = _written(project, item, key)
            if word:
                return word
        elif key in ("n", "p") and total:
            at = _moved(at, 1 if key == "n" else -1, total)
            emit(report.case(item, at, before))
        else:
            tell(report.HELP if key not in ("n", "p") else "no broken case to show")


def _key(line: str) -> str:
    """Return the letter of an answer: a letter or a whole word. "" for anything else, which decides nothing."""
    if not line:
        return "q"
    said = line.strip().lower() or "n"
    return next((word[0] for word in WORDS if said in (word, word[0])), "")


def _moved(at: int, step: int, total: int) -> int:
    """Return the place of the case before or after, as far as there is one."""
    found = min(max(at + step, 0), total - 1)
    if found == at:
        tell("that was the last one" if step > 0 else "that was the first one")
    return found


def _written(project: Any, item: Any, key: str) -> str:
    """Ask for the reason, write the decision and return it; "" where it was taken back, or refused."""
    from llmops_cli.flow.decide import accept_one, reject_one
    from llmops_cli.report import baseline_review as report
    from llmops_cli.report.sanitize import terminal

    reason = ask("reason: ").strip()
    if not reason:
        tell("no reason, no decision")
        return ""
    try:
        if key == "r":
            reject_one(project, item, reason)
            return "rejected"
        question = report.confirmation(item)
        if question and ask(question).strip().lower() != "yes":
            tell("not accepted")
            return ""
        emit(terminal(f"wrote {accept_one(project, item, reason).path}"))
    except LlmopsError as error:  # shown, and the next key is asked for: what was decided before stands
        tell(error_text(error))
        return ""
    return "accepted"
