"""What a code, a plug-in or a word of the program means: from its own documentation, or from one table."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from textwrap import TextWrapper

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.plugin_docs import built_in, installed
from llmops_cli.flow.release_checks import CODES as RELEASES
from llmops_cli.load.codes import CODES
from llmops_cli.load.words import EXITS, RULES, VERDICTS
from llmops_cli.model.problem import Explanation
from llmops_cli.plugins import RULE

CODE = re.compile(r"[a-z]{2}\d{1,3}")


def explanations() -> tuple[Explanation, ...]:
    """Return every explanation: lint rules, other codes, plug-ins, the gate's verdicts and hard rules, exit codes."""
    codes = sorted([*_rules(), *_others()], key=lambda one: one.code)
    return (*codes, *built_in(), *_words())


def explain(name: str) -> tuple[Explanation, ...]:
    """Return what a code (`LP012`, `lp12`), slug (`unknown-variable`), plug-in (`judge`), verdict or exit code means.

    More than one where a name has several meanings (`promptfoo` reads tests and prompts). Raises `UnknownNameError`
    with the nearest names.
    """
    wanted = _plain(name)
    if CODE.fullmatch(wanted):
        wanted = f"{wanted[:2]}{int(wanted[2:]):03}"
    known = _by_name(explanations())
    found = known.get(wanted) or known.get(f"exit-{wanted}") or list(installed(name.strip()))
    if found:
        return tuple(found)
    near = get_close_matches(wanted, known, n=3)
    shown = dict.fromkeys(known[one][0].code if one == _plain(known[one][0].code) else one for one in near)
    hint = f"did you mean {', '.join(shown)}?" if near else "`llmops explain` lists all codes and plug-ins"
    raise UnknownNameError(f"nothing is called {name!r}", hint=hint)


def _by_name(every: Iterable[Explanation]) -> dict[str, list[Explanation]]:
    known: dict[str, list[Explanation]] = {}
    for one in every:
        for key in dict.fromkeys((_plain(one.code), _plain(one.slug))):
            known.setdefault(key, []).append(one)
    return known


def _plain(name: str) -> str:
    return re.sub(r"[\s_]+", "-", name.strip().lower())


def helps() -> Mapping[str, str]:
    """Return the text of each code, for reports that carry their rules' documentation."""
    return {one.code: one.text for one in explanations()}


def _rules() -> Iterator[Explanation]:
    package = importlib.import_module("llmops_cli.check")
    for module in pkgutil.iter_modules(package.__path__):
        if RULE.fullmatch(module.name):
            code, _, slug = module.name.partition("_")
            text = inspect.cleandoc(importlib.import_module(f"llmops_cli.check.{module.name}").__doc__ or "")
            summary = text.partition("\n\n")[0].replace("\n", " ")
            yield Explanation(code.upper(), slug.replace("_", "-"), "lint rule", summary, text)


def _others() -> Iterator[Explanation]:
    for code, (slug, text) in {**CODES, **RELEASES}.items():
        yield Explanation(code, slug, "problem", text.partition(". ")[0].rstrip(".") + ".", text)


def _words() -> Iterator[Explanation]:
    for word, (summary, when, remedy) in VERDICTS.items():
        yield Explanation(word, word.lower(), "verdict", summary, _told(summary, When=when, Fix=remedy))
    for rule, (summary, why, remedy) in RULES.items():
        yield Explanation(rule, rule, "rule of the gate", summary, _told(summary, Why=why, Fix=remedy))
    for number, text in EXITS.items():
        yield Explanation(
            f"exit-{number}", f"exit-{number}", "exit code", text.partition(":")[0].rstrip(".") + ".", text
        )


def _told(summary: str, **parts: str) -> str:
    """Return the parts below their names, as lint rules have them."""
    folder = TextWrapper(100, initial_indent=" " * 4, subsequent_indent=" " * 4)
    folder.break_long_words = folder.break_on_hyphens = False
    return "\n\n".join([summary, *(f"{name}:\n{folder.fill(part)}" for name, part in parts.items())])
