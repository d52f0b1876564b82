"""The gate's answer as one page that stands alone, its verdict first. No script, nothing remote, all text escaped."""

from collections.abc import Iterator

from llmops_cli.model.verdict import Family, GateReport, Hard, PromptVerdict, Verdict
from llmops_cli.report import gate_words as words
from llmops_cli.report.figures import count, interval, percent, points, usd
from llmops_cli.report.gate_broken_html import broken
from llmops_cli.report.gate_cases import aside, pair_tally
from llmops_cli.report.gate_cells import TEXT_LIMIT, Cell, listed, names, said, section, table
from llmops_cli.report.gate_layout import places
from llmops_cli.report.gate_next import next_steps
from llmops_cli.report.gate_style import STYLE
from llmops_cli.report.power_html import section as power_section

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'none'; form-action 'none'; base-uri 'none'"
_BAD = (Verdict.FAIL, Verdict.UNCOVERED)
_RULES = ("Rule", "Prompt", "Eval set", "Case", "Scorer", "What is broken")
_FAMILIES = ("Prompt", "Eval set", "Scorer", "Slice", "Against", "Base", "Head", "Change (95% CI)", "Broke / fixed",
             "Look", "Verdict", "Why")  # fmt: skip


def page(report: GateReport) -> str:
    """Return the page, ending in a newline. Equal reports are equal bytes."""
    heading = f"{words.MARKS[report.verdict]} {words.title(report)}"
    parts = "\n".join(part for part in _parts(report) if part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{said(heading)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#details">Skip to the details</a>\n'
        f'<header><h1 class="{_tone(report.verdict)}">{said(heading)}</h1>\n{_lead(report)}</header>\n'
        f'<main id="details">\n{parts}\n</main>\n</body>\n</html>\n'
    )


def _tone(verdict: Verdict) -> str:
    if verdict in words.FINE and verdict is not Verdict.ACCEPTED:
        return "good"
    return "bad" if verdict in _BAD else "warn"


def _family_tone(family: Family) -> str:
    return "good" if words.quiet(family) else _tone(family.verdict)


def _lead(report: GateReport) -> str:
    moved = words.cost_change(report)
    limit = "" if report.cost_limit is None else f" (limit +{percent(report.cost_limit, 0)})"
    sides = f"base {words.short(report.base) or 'none'} · head {words.short(report.head)} · mode {report.mode}"
    facts = f"{sides} · cost a call {moved}{limit}" if moved else sides
    steps = [
        f"<li>{said(question)} <code>{said(command, TEXT_LIMIT)}</code></li>\n"
        for question, command in next_steps(report)
    ]
    todo = f'<ul class="next">\n{"".join(steps)}</ul>\n' if steps else ""
    lead = said(words.headline(report, str), TEXT_LIMIT)
    return f'<p class="lead">{lead}</p>\n<p class="sides">{said(facts)}</p>\n{todo}'


def _parts(report: GateReport) -> Iterator[str]:
    judged = words.families(report)
    yield section("rules", "Broken rules", table("Broken rules", _RULES, map(_rule, report.hard)))
    yield section("weakened", "Weakened by this change", listed(report.weakened))
    moved = {move.against for prompt in report.prompts for move in prompt.labels}
    main = [one for one in judged if not one.against or one.against in moved]
    rows = [*map(_family, main), *map(_bare, words.bare(report))]
    yield section("families", "Against the base", table("Families", _FAMILIES, rows))
    rivals = [_family(one) for one in judged if one not in main]
    yield section("opponents", "Opponents beside the base", table("Opponents", _FAMILIES, rivals))
    yield section("prompts", "Prompts", _prompts(report))
    yield from broken(places(report, full=True))
    for at, power in enumerate(report.powers):
        yield power_section(power, at)
    yield section("trust", "Trust, calls and notes", _trust(report))


def _rule(hard: Hard) -> list[Cell]:
    cells = [("rule bad", said(hard.rule))]
    cells += [("name", names([name])) for name in (hard.prompt, hard.evalset, hard.case, hard.scorer)]
    return [*cells, ("why", said(hard.detail, TEXT_LIMIT))]


def _family(family: Family) -> list[Cell]:
    interval_ = f"<br>{said(interval(*family.interval))}" if family.interval else ""
    moved = "" if family.delta is None else f"{said(points(family.delta))}{interval_}"
    return [
        *(("name", names([name])) for name in (family.prompt, family.evalset, family.scorer, family.slice or "")),
        ("name", names([family.against])),
        ("figure", percent(family.base_mean)),
        ("figure", percent(family.head_mean)),
        ("figure", moved),
        ("figure", pair_tally(family)),
        ("figure", f"{family.look.number} of {family.look.of}"),
        (f"verdict {_family_tone(family)}", said(words.said(family).upper())),
        ("why", listed(_why(family))),
    ]


def _why(family: Family) -> list[str]:
    lost = ((family.missing, "missing"), (family.unscored, "unscored"))
    more = ", ".join(f"{count(number)} {what}" for number, what in lost if number)
    return [part for part in (*family.reasons, more, words.sight(family), aside(family)) if part]


def _bare(prompt: PromptVerdict) -> list[Cell]:
    cells = [("name", names([prompt.id])), *[("", "")] * 9]
    return [*cells, (f"verdict {_tone(prompt.verdict)}", said(prompt.verdict.value)), ("why", listed(prompt.reasons))]


def _prompts(report: GateReport) -> str:
    """Return each changed prompt's own word: what its families did not say already."""
    terms = []
    for prompt in words.changed(report):
        mine = words.own(report, prompt)
        rest = words.remaining(prompt.reasons, (reason for family in mine for reason in family.reasons)) if mine else []
        cost = prompt.cost
        prices = "" if cost.head_usd is None else f" · a call {_price(cost.base_usd)} → {_price(cost.head_usd)}"
        verdict = f'<span class="verdict {_tone(prompt.verdict)}">{said(prompt.verdict.value)}</span>'
        terms.append(f"<dt>{names([prompt.id])}</dt><dd>{verdict} {said(prompt.status + prices)}{listed(rest)}</dd>")
    same = sum(prompt.status == "unchanged" for prompt in report.prompts)
    unchanged = f"<p>{count(same, 'prompt')} unchanged.</p>" if same else ""
    rows = "\n".join(terms)
    return (f"<dl>\n{rows}\n</dl>\n" if terms else "") + unchanged


def _price(cost: float | None) -> str:
    return "unknown" if cost is None else usd(cost)


def _trust(report: GateReport) -> str:
    brought = (count(report.unverified_recordings, "recording"), count(report.unverified_baselines, "baseline"))
    doubt = (
        "unverified, brought by this change"
        if any((report.unverified_recordings, report.unverified_baselines))
        else "brought by this change"
    )
    rows = [
        ("trust", f"{words.trust(report, str)}; {doubt}: {' and '.join(brought)}"),
        ("calls", f"{words.calls_text(report.calls)}; {words.spent_text(report.calls, report.cost_usd)}"),
        *(("note", note) for note in report.notes),
    ]
    terms = "\n".join(f"<dt>{said(label)}</dt><dd>{said(text, TEXT_LIMIT)}</dd>" for label, text in rows)
    again = f"<dt>again</dt><dd><code>{said(words.reproduce(report))}</code></dd>"
    return f"<dl>\n{terms}\n{again}\n</dl>"
