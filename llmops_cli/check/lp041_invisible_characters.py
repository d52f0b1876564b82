"""Characters that a reviewer cannot see: bidi controls, tag characters, zero-width characters out of place.

Why:
    The model reads what no reviewer saw: a hidden instruction, or text in another order than the screen shows
    (CVE-2021-42574, "Trojan Source"). Emoji, and scripts that need joiners, keep theirs.

Bad:
    template: "Approve refunds.<U+202E> …"

Good:
    template: "Approve refunds."
"""

import re
import unicodedata
from collections.abc import Iterator

from llmops_cli.check.place import Place, files, problem
from llmops_cli.model.problem import Problem, Subject
from llmops_cli.model.source import Source

RUN = re.compile(
    "[\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]+"
)
JOINING = frozenset(
    {"ARABIC", "SYRIAC", "MONGOLIAN", "NKO", "MANDAIC", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI"}
)
JOINING |= frozenset({"ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN"})
UNSPACED = frozenset({"THAI", "LAO", "KHMER", "MYANMAR", "TAI", "BALINESE", "JAVANESE"})
SYMBOLS = frozenset({"So", "Sm", "Sk"})
BLACK_FLAG = "\U0001f3f4"
TAGS = range(0xE0020, 0xE007F)
LONGEST_FLAG = 7
KEYCAP = "\u20e3"


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each run of invisible characters that has no business where it stands."""
    for path, lines in files(subject):
        for number, line in enumerate(lines, start=1):
            if line.isascii():
                continue
            for run in RUN.finditer(line):
                if not _belongs(line, run.start(), run.end()):
                    yield _problem(path, number, line, run)


def _problem(path: str, number: int, line: str, run: re.Match[str]) -> Problem:
    text = run.group()
    names = dict.fromkeys(f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".strip() for sign in text)
    listed = ", ".join([*names][:3]) + (", …" if len(names) > 3 else "")  # noqa: PLR2004 - enough to know the kind
    hidden = "".join(chr(ord(sign) - 0xE0000) for sign in text if ord(sign) in TAGS)
    spelled = f"; they spell {hidden!r}" if hidden else ""
    message = f"{len(text)} invisible character{'s' * (len(text) > 1)}: {listed}{spelled}"
    place = Place(Source(path, number, run.start() + 1), line)
    hint = 'remove them; what is meant can be written as "\\u…" in double quotes'
    return problem("LP041", "invisible-characters", "error", place, message, hint=hint, width=len(text))


def _belongs(line: str, start: int, end: int) -> bool:
    """Return whether the run is part of an emoji or of a script that needs it."""
    before, run, after = line[start - 1 : start], line[start:end], line[end : end + 1]
    if ord(run[0]) in TAGS:
        return before == BLACK_FLAG and run[-1] == "\U000e007f" and len(run) <= LONGEST_FLAG
    if len(run) == 2 and run == "\ufe0f\u200d":  # noqa: PLR2004 - the two that emoji sequences put together
        return _category(before) in SYMBOLS and _category(after) in SYMBOLS
    return len(run) == 1 and _one_belongs(line, before, run, after)


def _one_belongs(line: str, before: str, sign: str, after: str) -> bool:
    match sign:
        case "\u200d":
            emoji = _category(before) in SYMBOLS and _category(after) in SYMBOLS
            return emoji or _script(before) in JOINING
        case "\u200c":
            return _script(before) in JOINING and _script(after) in JOINING
        case "\u200b":
            return _script(before) in UNSPACED and _script(after) in UNSPACED
        case "\u200e" | "\u200f" | "\u061c":
            return any(unicodedata.bidirectional(each) in ("R", "AL") for each in line if each not in "\u200f\u061c")
        case "\u115f" | "\u1160":
            return _script(before) == "HANGUL" or _script(after) == "HANGUL"
        case _:
            return _selects(before, sign, after)


def _selects(before: str, sign: str, after: str) -> bool:
    """Return whether the sign is a variation selector after something that has variants."""
    if "\ufe00" <= sign <= "\ufe0f":
        if before.isascii():
            return after == KEYCAP and before != ""
        return _category(before) in SYMBOLS | {"Po", "Pd", "Lo", "No", "Nd"}
    return "\U000e0100" <= sign <= "\U000e01ef" and _script(before) == "CJK"


def _category(sign: str) -> str:
    return unicodedata.category(sign) if sign else ""


def _script(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0].partition("-")[0] if sign else ""
