"""`llmops review agreement`: people beside people and judges beside people, for a terminal and for scripts."""

from typing import Any

from llmops_cli.model.review import Agreement, Interval, JudgeQuality, JudgeReview, Review
from llmops_cli.report.columns import columns
from llmops_cli.report.figures import UNKNOWN, bound, count, percent
from llmops_cli.report.sanitize import line, plain, workflow

SHOWN = 40
INDENT = "  "


def text(review: Review) -> str:
    """Return what the labels say, raters in the order of their names."""
    people = ", ".join(f"{name} {count(number)}" for name, number in review.labels.items())
    head = f"{review.evalset}   {review.scorer}   {count(review.answers, 'labelled answer')} ({people})"
    blocks = [workflow(line(head))]
    blocks += [_people(each) for each in review.people]
    if not review.people:
        blocks.append(f"{INDENT}no answer has labels of two people: how far people agree is not known")
    blocks += [_judge(each) for each in review.judges]
    blocks += [f"{INDENT}note: {workflow(line(note))}" for note in review.notes]
    return "\n".join(blocks)


def _people(agreement: Agreement) -> str:
    return "\n".join([f"{INDENT}{_names(agreement)}", *_agreement(agreement)])


def _names(agreement: Agreement, kind: str = "") -> str:
    one, other = (workflow(line(name))[:SHOWN] for name in agreement.raters)
    return f"{one} and {kind}{other}   {count(agreement.answers, 'answer')}"


def _agreement(agreement: Agreement) -> list[str]:
    low, high = agreement.agree_interval
    rates = " and ".join(percent(rate) for rate in agreement.rates)
    kappa = _value(agreement.kappa, agreement.kappa_interval)
    rows = [
        [
            "agree",
            f"{percent(agreement.agree)} [{bound(low)}, {bound(high)}]",
            f"say {agreement.categories[0]}: {rates}",
        ],
        ["kappa", kappa if agreement.kappa is not None else "undefined: both gave one label only", ""],
        ["PABAK", f"{number(agreement.pabak)}   AC1 {number(agreement.ac1)}", ""],
    ]
    return [f"{INDENT * 2}{''.join(row)}".rstrip() for row in columns(rows)]


def _judge(judge: JudgeReview) -> str:
    lines = [
        f"{INDENT}{_names(judge.agreement, 'judge ')}",
        *_agreement(judge.agreement),
        *quality_lines(judge.quality),
    ]
    if judge.bias:
        bias = judge.bias
        odd = f"{count(bias.first)} went to the first place, {count(bias.second)} to the second, each counted as a tie"
        same = f"{_share(bias.consistency, bias.consistency_interval)} of {count(bias.pairs, 'pair')}"
        low, high = (number(end, signed=True) for end in bias.bias_interval)
        lines += [f"{INDENT * 2}orders   {same} the same in both orders"]
        lines += [f"{INDENT * 2}bias     {number(bias.bias, signed=True)} [{low}, {high}] ({odd})"]
    return "\n".join([*lines, *_table(judge.agreement)])


def quality_lines(quality: JudgeQuality) -> list[str]:
    """Return sensitivity, specificity and J with their intervals; what is undefined is said, never a figure."""
    rows = [
        [
            "sensitivity",
            _share(quality.sensitivity, quality.sensitivity_interval),
            f"of {count(quality.positives)} good",
        ],
        [
            "specificity",
            _share(quality.specificity, quality.specificity_interval),
            f"of {count(quality.negatives)} bad",
        ],
        ["J", _value(quality.youden, quality.youden_interval), "a true drop shows as J times it"],
    ]
    shown = [f"{INDENT * 2}{''.join(row)}".rstrip() for row in columns(rows)]
    split = f"{INDENT * 2}{count(quality.disputed, 'answer')} left out: people are split"
    return [*shown, split] if quality.disputed else shown


def _table(agreement: Agreement) -> list[str]:
    rows = [["people \\ judge", *agreement.categories]]
    rows += [
        [one, *(count(agreement.table[one, other]) for other in agreement.categories)] for one in agreement.categories
    ]
    right = range(1, len(agreement.categories) + 1)
    return [f"{INDENT * 2}{''.join(row)}".rstrip() for row in columns(rows, right=right)]


def _share(value: float | None, interval: Interval | None) -> str:
    return f"{percent(value)} [{bound(interval[0])}, {bound(interval[1])}]" if interval else "undefined"


def _value(value: float | None, interval: Interval | None) -> str:
    if value is None or interval is None:
        return "undefined"
    return f"{number(value)} [{number(interval[0])}, {number(interval[1])}]"


def number(value: float | None, *, signed: bool = False) -> str:
    """Return a coefficient: `0.64`, `−0.10`."""
    if value is None:
        return UNKNOWN
    shown = f"{value:+.2f}" if signed else f"{value:.2f}"
    return (shown if shown.strip("+-0.") else shown.lstrip("+-")).replace("-", "−")


def document(review: Review) -> dict[str, Any]:
    """Return `llmops/agreement@1`."""
    return {
        "schema": "llmops/agreement@1",
        "evalset": review.evalset,
        "scorer": review.scorer,
        "answers": review.answers,
        "labels": dict(review.labels),
        "people": [agreement_document(each) for each in review.people],
        "judges": [_judge_document(each) for each in review.judges],
        "notes": [plain(note) for note in review.notes],
    }


def agreement_document(agreement: Agreement) -> dict[str, Any]:
    """Return two raters' agreement; kappa is null where it is undefined."""
    return {
        "raters": list(agreement.raters),
        "answers": agreement.answers,
        "agree": agreement.agree,
        "agree_interval": list(agreement.agree_interval),
        "kappa": agreement.kappa,
        "kappa_interval": _pair(agreement.kappa_interval),
        "pabak": agreement.pabak,
        "ac1": agreement.ac1,
        "rates": list(agreement.rates),
        "table": [
            {"labels": [one, other], "answers": agreement.table[one, other]}
            for one in agreement.categories
            for other in agreement.categories
        ],
    }


def quality_document(quality: JudgeQuality) -> dict[str, Any]:
    """Return a judge's quality; what is undefined is null."""
    return {
        "labels": quality.labels,
        "positives": quality.positives,
        "negatives": quality.negatives,
        "disputed": quality.disputed,
        "sensitivity": quality.sensitivity,
        "sensitivity_interval": _pair(quality.sensitivity_interval),
        "specificity": quality.specificity,
        "specificity_interval": _pair(quality.specificity_interval),
        "youden": quality.youden,
        "youden_interval": _pair(quality.youden_interval),
    }


def _judge_document(judge: JudgeReview) -> dict[str, Any]:
    bias = judge.bias
    return {
        "judge": judge.judge,
        "agreement": agreement_document(judge.agreement),
        "quality": quality_document(judge.quality),
        "pairs": None
        if bias is None
        else {
            "pairs": bias.pairs,
            "consistent": bias.consistent,
            "consistency": bias.consistency,
            "consistency_interval": list(bias.consistency_interval),
            "first": bias.first,
            "second": bias.second,
            "bias": bias.bias,
            "bias_interval": list(bias.bias_interval),
        },
    }


def _pair(interval: Interval | None) -> list[float] | None:
    return None if interval is None else list(interval)
