"""Untrusted text that nothing sets apart from the author's words.

Why:
    Where the instruction ends and a stranger's text begins, the model has to guess, and the stranger may write on in
    the author's voice. Tags, fences or quotes on both sides say what is data. A message that is nothing but the value
    needs none: the message is the border.

Bad:
    variables: {review: {type: string, trust: untrusted}}
    template: "Summarise this review: {{ review }} Answer in one sentence."

Good:
    variables: {review: {type: string, trust: untrusted}}
    template: "Summarise this review: <review>{{ review }}</review> Answer in one sentence."
"""

import re
from collections.abc import Iterator

from llmops_cli.check.place import of_use, problem, template_of
from llmops_cli.check.trust import is_risky
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.prompt import NameUse

PRINT = re.compile(r"\{\{[-+]?((?:[^}]|\}(?!\}))*)\}\}")
OPENS = re.compile(r"(<[A-Za-z_][^<>]*>|\[[A-Za-z_][^\[\]\n]*\]|[\"'`“”„‘’«‹「『]|<<+|\[\[+|\{\{?\s*)[ \t]*\n*[ \t]*$")
SHUTS = re.compile(r"\s*(</?[A-Za-z_][^<>]*>|\[/?[A-Za-z_][^\[\]\n]*\]|[\"'`“”„‘’»›」』]|>>+|\]\]+)")
RULE = re.compile(r"[-=*_~#+]{3}|`{3}|\"{3}|'{3}|#{1,6} ")
RULE_END = re.compile(r"[-=*_~#+]{3}$")
NEAR = 400
"""How many characters on each side can hold a border."""

QUOTING = re.compile(r"\|\s*tojson\b")


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each print of such a value outside system messages, which LP042 looks at."""
    for use in dict.fromkeys(subject.outline.prints):
        variable = subject.prompt.variable(use.name)
        role = subject.prompt.texts[use.message].role
        if variable is None or not is_risky(variable) or role in ("system", "developer"):
            continue
        if not _set_apart(subject, use):
            message = f"{use.name} is untrusted and nothing sets it apart from the instructions"
            hint = f"put it between tags: <{use.name}>{{{{ {use.name} }}}}</{use.name}>"
            place = of_use(subject, use)
            yield problem("LP043", "undelimited-text", "warning", place, message, hint=hint, width=len(use.name))


def _set_apart(subject: Subject, use: NameUse) -> bool:
    text = template_of(subject, use)
    start = text.rfind("{{", 0, use.offset)
    found = PRINT.match(text, start) if start >= 0 else None
    if found is None or found.end() < use.offset or QUOTING.search(found[1]):
        return True  # in a tag, where its border cannot be seen; or quoted as JSON
    before, after = text[max(0, start - NEAR) : start], text[found.end() : found.end() + NEAR]
    whole = start < NEAR and len(text) - found.end() < NEAR
    if whole and not before.strip() and not after.strip() and not use.include:
        return True
    return bool(OPENS.search(before) and SHUTS.match(after)) or _ruled(before, after)


def _ruled(before: str, after: str) -> bool:
    """Return whether a line such as `---` or a heading stands before, and another one, or nothing, behind."""
    above = before.rstrip(" \t")
    if above and not above.endswith("\n"):
        return False
    below = after.strip().partition("\n")[0]
    return _is_rule(above.rstrip("\n").rpartition("\n")[2]) and (not below or _is_rule(below))


def _is_rule(line: str) -> bool:
    stripped = line.strip()
    return bool(RULE.match(stripped) or RULE_END.search(stripped[-3:]))
