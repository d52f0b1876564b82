"""`llmops prompt log | release | promote`: versions, and what environments serve."""

from typing import Annotated

import typer

from llmops_cli.cli.completion import prompt_argument
from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit, tell

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


@app.command()
def log(
    ctx: typer.Context,
    address: Annotated[str, prompt_argument(metavar="ID", help="A prompt: its id, or its file.")],
    *,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="How many releases and commits.")] = 20,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """List a prompt's releases and commits, newest first: version, labels, scores, cost, who, when, why.

    llmops prompt log billing/extract-invoice -n 5

    A commit is listed if it changed the prompt's file or a file that it takes in: an include, examples, a tool, an
    output schema, the model behind its name. Renames are followed.
    """
    from llmops_cli.flow.log import log as flow
    from llmops_cli.report import log as report

    choice(fmt, ("text", "json"), "--format")
    project = ctx.obj.project()
    found = flow(project, address, limit)
    emit(as_json(report.document(found)) if fmt == "json" else report.text(found), output)
    if found.cut:
        tell(f"history is cut at {found.cut[0][:10]}: this clone is shallow. The rest: git fetch --unshallow")
    elif project.repository is None:
        tell("not in a git repository: releases only")


@app.command()
def release(  # noqa: PLR0913 - one flag a decision
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="A prompt: its id, or its file.")],
    *,
    bump: Annotated[str, typer.Option(help="auto (as the diff says), major, minor or patch.")] = "auto",
    message: Annotated[str, typer.Option("-m", "--message", help="A line for the changelog.")] = "",
    allow_lower: Annotated[bool, typer.Option(help="Allow a smaller bump than the change's class.")] = False,
    allow_dirty: Annotated[bool, typer.Option(help="Allow content that is in no commit.")] = False,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Freeze a prompt as its next version: content, digests, what changed, what the stored answers say of it.

    llmops prompt release billing/extract-invoice
    llmops prompt release billing/extract-invoice --bump minor -m "Ask for the IBAN too"

    The version follows from the change since the last release: a break of the interface is major, a widening minor,
    everything else patch. The first one is 1.0.0, or the `version:` of the file. The file
    `prompts/.releases/<id>/<version>.yaml` is written once and never edited; commit it. Calls no model.
    """
    from llmops_cli.flow.release import Wish
    from llmops_cli.flow.release import release as flow
    from llmops_cli.report import release as report

    choice(fmt, ("text", "json"), "--format")
    done = flow(ctx.obj.project(), name, Wish(bump, message, lower=allow_lower, dirty=allow_dirty))
    for note in done.notes:
        tell(f"note: {note}")
    for one in done.weighed:
        if not one.passes:
            tell(f"note: {one.evalset}: {one.told}. Run: {one.run}")
    if fmt == "json":
        missing = [
            {"evalset": one.evalset, "reasons": list(one.reasons), "run": one.run}
            for one in done.weighed
            if one.evidence is None
        ]
        emit(as_json(report.released_document(done.release, done.path, done.change, missing)), output)
    else:
        emit(report.released_text(done.release, done.path, done.change, judged=bool(done.weighed)), output)


@app.command()
def promote(  # noqa: PLR0913 - one flag a decision
    ctx: typer.Context,
    address: Annotated[str, prompt_argument(metavar="ID@VERSION", help="A release; ID@LABEL: what that label serves.")],
    *,
    to: Annotated[str, typer.Option(help="The environment, e.g. production.")],
    breaking: Annotated[bool, typer.Option(help="Allow a broken interface if no call site breaks.")] = False,
    allow_unchecked: Annotated[bool, typer.Option(help="With --breaking: allow calls that cannot be checked.")] = False,
    split: Annotated[str, typer.Option(help="Versions by weight: 3.2.0=90,3.3.0=10.")] = "",
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Let an environment serve a release. Exit 1 without passing evidence, or where callers would break.

    llmops prompt promote billing/extract-invoice@3.2.0 --to production
    llmops prompt promote billing/extract-invoice --to production --split 3.2.0=90,3.3.0=10
    llmops prompt promote billing/extract-invoice@staging --to production

    Writes one line of `prompts/.labels/<environment>.yaml`; commit it. `git revert` of that commit is the rollback.
    A release that breaks the interface of what is served now needs --breaking, and is refused all the same where a
    call site breaks; so is a split, where a call by that label passes no key=. Calls that cannot be checked
    (`prompts.get(name)`, `render(**values)`) are listed and refused too: look at each, then say --allow-unchecked.
    The evidence is that of the very digest: frozen in the release, else worked out now from stored answers (baselines,
    runs, recordings and, outside CI, the cache), against what the environment serves. Where nothing is stored of that,
    a baseline of the release's own digest, accepted with a reason, stands for it.
    """
    from llmops_cli.flow.promote import parse_split
    from llmops_cli.flow.promote import promote as flow
    from llmops_cli.flow.promote_callers import Allowed
    from llmops_cli.report import release as report

    choice(fmt, ("text", "json"), "--format")
    weights = parse_split(split) if split else None
    done = flow(ctx.obj.project(), address, to, split=weights, allow=Allowed(breaking, allow_unchecked))
    if fmt == "json":
        said = report.promoted_document(done.id, done.label, (done.before, done.after), done.path, done.notes)
        emit(as_json(said), output)
    else:
        change = (report.shown(done.before or ""), report.shown(done.after))
        emit(report.promoted_text(done.id, done.label, change, done.path, done.notes), output)
