"""What a code or word of the program means: lint rules from their own documentation, everything else from one table."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from textwrap import TextWrapper

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.release_checks import CODES as RELEASES
from llmops_cli.load.codes import CODES
from llmops_cli.load.words import EXITS, RULES, VERDICTS
from llmops_cli.model.problem import Explanation
from llmops_cli.plugins import RULE

CODE = re.compile(r"[a-z]{2}\d{1,3}")


def explanations() -> tuple[Explanation, ...]:
    """Return every explanation: lint rules, other codes, the gate's verdicts and hard rules, exit codes."""
    codes = sorted([*_rules(), *_others()], key=lambda one: one.code)
    return (*codes, *_words())


def explain(name: str) -> Explanation:
    """Return what a code (`LP012`, `lp12`), slug (`unknown-variable`), verdict or exit code (`exit-3`, `3`) means.

    Raises `UnknownNameError` with the nearest names.
    """
    wanted = re.sub(r"[\s_]+", "-", name.strip().lower())
    if CODE.fullmatch(wanted):
        wanted = f"{wanted[:2]}{int(wanted[2:]):03}"
    known: dict[str, Explanation] = {}
    for one in explanations():
        known.setdefault(one.code.lower(), one)
        known.setdefault(one.slug, one)
    found = known.get(wanted) or known.get(f"exit-{wanted}")
    if found is not None:
        return found
    near = get_close_matches(wanted, known, n=3)
    shown = dict.fromkeys(known[one].code if one == known[one].code.lower() else one for one in near)
    hint = f"did you mean {', '.join(shown)}?" if near else "`llmops explain` lists all codes"
    raise UnknownNameError(f"nothing is called {name!r}", hint=hint)


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
