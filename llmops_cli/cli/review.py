"""`llmops review …`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops_cli.cli.flags import Format, Map, Output, Where, choice
from llmops_cli.cli.output import as_json, emit

if TYPE_CHECKING:
    from llmops_cli.flow.review_import import ImportedLabels

Values = Annotated[
    list[str] | None, typer.Option("--value", help="text=true|false|0..1|A|B|tie|skip; *=skip: any other text.")
]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="People's labels of answers, and how far judges agree with them.",
)


@app.command("import")
def import_(  # noqa: PLR0913 - the flags of an import
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSONL, JSON or CSV.")],
    *,
    evalset: Annotated[str, typer.Option(help="The eval set whose cases were labelled.")],
    scorer: Annotated[str, typer.Option(help="The scorer that asks the same; nothing = the set's only judge.")] = "",
    by: Annotated[str, typer.Option(help="Who labelled all rows, where no column says it.")] = "",
    judge: Annotated[str, typer.Option(help="The name of the judge whose scores --map judge=COLUMN has.")] = "",
    run: Annotated[str, typer.Option(help="The run whose answers were labelled; nothing = the newest.")] = "",
    pairs: Map = None,
    where: Where = None,
    values: Values = None,
    replace: Annotated[bool, typer.Option(help="Take labels that differ from those there are.")] = False,
) -> None:
    """Write people's labels beside an eval set: evalsets/.labels/SET.jsonl, a line a label, to be committed.

    llmops review import ada.csv --evalset greet --by ada --map case=id --map label=ok
    llmops review import both.csv --evalset greet --map by=rater --value refused=false --value answered=true
    llmops review import log.jsonl --evalset greet --by ada --map answer=text --map judge=gpt --judge gpt-4
    llmops review import pairs.jsonl --evalset greet --map judge=winner --map swapped=winner_swapped --judge gpt-4

    A label is true, false, a number from 0 to 1, or of a pair A (the answer), B (the other text) or tie. It is of an
    answer, not of a case: the row's `answer` or `answer_sha256` names it, else the run does. Importing a file again
    changes nothing.
    """
    from llmops_cli.flow.review_import import LabelWish, import_labels

    wish = LabelWish(
        evalset, scorer, by, judge, run, tuple(pairs or ()), tuple(where or ()), tuple(values or ()), replace
    )
    found = import_labels(ctx.obj.project(), file, wish)
    emit(f"wrote {found.path}: {', '.join(_done(found, judge))}")


def _done(found: "ImportedLabels", judge: str) -> Iterator[str]:
    """Yield what an import did, as the parts of a sentence."""
    from llmops_cli.report.figures import count

    if found.labels or not found.scores:
        yield count(found.labels, "label")
    if found.scores:
        yield f"{count(found.scores, 'score')} of {judge}"
    for number, what in ((found.replaced, "replaced"), (found.same, "there already")):
        if number:
            yield f"{number} {what}"
    for number, what in ((found.unlabelled, "label"), (found.unscored, "score")):
        if number:
            yield f"{count(number, 'row')} without a {what}"
    if found.nobodys:
        yield f"{count(found.nobodys, 'label')} left out (--by NAME says whose they are)"


@app.command()
def agreement(  # noqa: PLR0913 - the flags of a review
    ctx: typer.Context,
    evalset: Annotated[str, typer.Argument(help="Nothing = the only eval set that has labels.")] = "",
    *,
    scorer: Annotated[str, typer.Option(help="The scorer that was labelled for; nothing = the only one.")] = "",
    run: Annotated[str, typer.Option(help="The run whose judge it is; nothing = that with most labels.")] = "",
    labels: Annotated[Path | None, typer.Option(help="Another label file.")] = None,
    fmt: Format = "text",
    output: Output = None,
) -> None:
    """Show how far people agree on answers, and how far judges agree with people.

    llmops review agreement greet
    llmops review agreement greet --run 01K8QZ7W --format json

    Kappa with its base rates, PABAK and AC1 beside it; sensitivity, specificity and J with 95 % intervals; of judges of
    pairs how often both orders gave one verdict, and which place they favour.
    """
    from llmops_cli.flow.review import review as flow
    from llmops_cli.report import review as report

    choice(fmt, ("text", "json"), "--format")
    project = ctx.obj.project()
    found = flow(project, evalset, scorer=scorer, run=run, labels=project.relative(labels) if labels else "")
    emit(as_json(report.document(found)) if fmt == "json" else report.text(found), output)
