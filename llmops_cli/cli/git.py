"""`llmops git …`."""

import sys
from typing import Annotated, Any

import typer

from llmops_cli.cli.flags import Format, Output, choice
from llmops_cli.cli.output import as_json, emit, tell
from llmops_cli.errors import ExitCode, UsageError

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Prompts in git diff, git log -p and git merge.",
)

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Everywhere = Annotated[bool, typer.Option("--global", help="For all repositories of this user: in ~/.gitconfig.")]


@app.command()
def install(
    ctx: typer.Context,
    *,
    yes: Yes = False,
    everywhere: Everywhere = False,
    private: Annotated[bool, typer.Option(help="Attributes in .git/info, not in .gitattributes.")] = False,
    diff_driver: Annotated[bool, typer.Option("--diff-driver", help="git diff shows what an edit means.")] = False,
    merge_driver: Annotated[bool, typer.Option("--merge-driver", help="git merges prompts by their keys.")] = False,
) -> None:
    """Teach this clone's git to show prompts line by line; shows what it writes and asks first.

    Drivers are defined in .git/config (a clone does not bring them along: each person runs this once); .gitattributes
    says which files they are for, and is committed. `llmops git uninstall` takes both back to the byte.

    llmops git install
    llmops git install --merge-driver --yes
    llmops git install --global
    """
    from llmops_cli.flow import git_setup as flow

    project = _project(ctx, everywhere=everywhere)
    wanted = flow.Wanted(everywhere, private, diff_driver, merge_driver)
    _carry_out(project, flow.plan_install(project, wanted), "installed already", yes=yes)


@app.command()
def uninstall(ctx: typer.Context, *, yes: Yes = False, everywhere: Everywhere = False) -> None:
    """Take back what `llmops git install` wrote, and nothing else; shows it and asks first.

    llmops git uninstall
    llmops git uninstall --global --yes
    """
    from llmops_cli.flow import git_setup as flow

    project = _project(ctx, everywhere=everywhere)
    _carry_out(project, flow.plan_uninstall(project, everywhere=everywhere), "nothing of ours is installed", yes=yes)


@app.command()
def status(
    ctx: typer.Context,
    *,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 unless textconv is on and nothing is broken.")] = False,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Show what is on in this clone: textconv, diff driver, merge driver, attributes.

    llmops git status
    llmops git status --check
    """
    from llmops_cli.flow import git_setup as flow
    from llmops_cli.report import git_setup as report

    choice(fmt, ("text", "json"), "--format")
    parts = flow.status(ctx.obj.project())
    on = flow.is_on(parts)
    emit(as_json(report.status_document(parts, on=on)) if fmt == "json" else report.status_text(parts), output)
    if check and not on:
        tell("hint: llmops git install")
    raise typer.Exit(ExitCode.FINDINGS if check and not on else ExitCode.OK)


@app.command(hidden=True, context_settings={"ignore_unknown_options": True})
def textconv(file: Annotated[str, typer.Argument()]) -> None:
    """Print a prompt file as lines that a diff reads well. Git calls this.

    llmops git textconv prompts/greet.yaml
    """
    _driver("textconv", file)


@app.command("diff-driver", hidden=True, context_settings={"ignore_unknown_options": True})
def diff_driver(arguments: Annotated[list[str], typer.Argument()]) -> None:
    """Print what an edit means, from the seven arguments of git's external diff. Git calls this.

    llmops git diff-driver PATH OLD HEX MODE NEW HEX MODE
    """
    _driver("diff-driver", *arguments)


@app.command("merge-driver", hidden=True, context_settings={"ignore_unknown_options": True})
def merge_driver(arguments: Annotated[list[str], typer.Argument()]) -> None:
    """Merge three versions of a prompt file into the second; exit 1 for a conflict. Git calls this.

    llmops git merge-driver BASE OURS THEIRS 7 prompts/greet.yaml
    """
    _driver("merge-driver", *arguments)


def _driver(*arguments: str) -> None:
    from llmops_cli.cli.git_drivers import main

    raise typer.Exit(main(arguments))


def _project(ctx: typer.Context, *, everywhere: bool) -> Any:
    project = ctx.obj.project()
    if not everywhere:
        project.git()  # says what is missing, before anything is planned
    return project


def _carry_out(project: Any, plan: Any, nothing: str, *, yes: bool) -> None:
    """Show a plan, ask, and do it."""
    from llmops_cli.flow import git_setup as flow
    from llmops_cli.report import git_setup as report

    if plan.empty:
        emit(nothing)
        return
    attributes = project.relative(plan.attributes) if plan.attributes else ""
    emit(report.plan_text(project.relative(plan.config), plan.keys, attributes, plan.lines))
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is there to be asked", hint="--yes does it without asking")
        typer.confirm("Go on?", abort=True, err=True)
    flow.apply(project, plan)
    emit("done. `llmops git status` shows what is on")
