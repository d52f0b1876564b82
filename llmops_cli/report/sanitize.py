r"""Foreign text made harmless, one function per sink. Prompts, cases, answers and file names are foreign.

| sink | function | what it keeps out |
|---|---|---|
| terminal | `terminal` | escape sequences (colour, title, clipboard), control and direction characters |
| Markdown | `markdown_code`, `markdown_cell`, `markdown_fence` | links, images, mentions, HTML, hidden markers |
| HTML | `html` | tags, attributes |
| JUnit XML | `xml` | markup, characters that XML does not have |
| SARIF, JSON | `sarif`, `plain` | embedded links, control characters |
| CSV | `csv` | formulas |
| CI log | `workflow`, `workflow_data`, `workflow_property` | runner commands |

What would be obeyed or not be seen is shown as an escape (`\x1b`, `\u202e`), so that a reader sees that it is there.
"""

import re

# C0 without tab and newline, DEL, C1; soft hyphen; marks, embeddings, overrides and isolates of direction; spaces of no
# width; line and paragraph separators; the byte order mark; tag characters (text that only a model reads); surrogates.
# U+200C and U+200D stay: Persian and emoji need them.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_NEWLINE = re.compile(r"\r\n|[\r\n]")
_BACKTICKS = re.compile(r"`+")
_PIPE = re.compile(r"(\\*)\|")
_INFO = re.compile(r"[^A-Za-z0-9_+-]")
_COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)
_MARK = re.compile(r"##(?=\w*\[)")
_NOT_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
# The full-width forms too: spreadsheets take them for the plain ones.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_MIN_FENCE = 3


def terminal(text: str) -> str:
    r"""Return text that a terminal only shows: `\n` and `\t` stay, what it would obey or hide stands as an escape."""
    return _UNSAFE.sub(_escape, text.replace("\r\n", "\n"))


def plain(text: str) -> str:
    """Return text for a JSON string that other programs show. (Quoting is the JSON writer's.)"""
    return terminal(text)


def sarif(text: str) -> str:
    """Return text for a SARIF message, in which `[text](target)` would be a link."""
    return re.sub(r"([\\\[\]])", r"\\\1", plain(text))


def line(text: str) -> str:
    """Return one line for a terminal: newlines and tabs become spaces."""
    return terminal(_NEWLINE.sub(" ", text).replace("\t", " "))


def markdown_code(text: str) -> str:
    """Return a code span of one line, its fence longer than any run of backticks inside."""
    inner = line(text)
    if not inner.strip(" "):
        return f"`{inner or ' '}`"
    fence = "`" * (_longest_run(inner) + 1)
    pads = inner.startswith("`") or inner.endswith("`") or (inner.startswith(" ") and inner.endswith(" "))
    pad = " " if pads else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def markdown_cell(text: str) -> str:
    """Return a code span for a cell of a table. A pipe after a backslash, which readers split unlike, becomes `│`."""
    return _PIPE.sub(lambda pipe: f"{pipe[1]}│" if pipe[1] else r"\|", markdown_code(text))


def markdown_fence(text: str, info: str = "") -> str:
    """Return a fenced block, ending in a newline, its fence longer than any run of backticks inside."""
    inner = terminal(text)
    fence = "`" * max(_MIN_FENCE, _longest_run(inner) + 1)
    end = "" if inner.endswith("\n") else "\n"
    return f"{fence}{_INFO.sub('', info)}\n{inner}{end}{fence}\n"


def html(text: str) -> str:
    """Return text for an HTML element or a quoted attribute."""
    return _entities(terminal(text)).replace("&#39;", "&#x27;")


def xml(text: str) -> str:
    """Return text for an XML 1.0 element or a quoted attribute."""
    return _entities(_NOT_XML.sub("", terminal(text)))


def _entities(text: str) -> str:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text


def csv(cell: str) -> str:
    """Return text for a CSV cell that a spreadsheet does not take for a formula. (Quoting is the CSV writer's.)"""
    return f"'{terminal(cell)}" if _FORMULA.match(cell) else terminal(cell)


def workflow(text: str) -> str:
    r"""Return text for a CI log: no line that begins with `::` (it gets a `\`), no `##[`, `##vso[`, `##teamcity[`."""
    return _COMMAND.sub(r"\1\\::", _unmark(text))


def workflow_data(text: str) -> str:
    """Return text for the message of a GitHub workflow command."""
    return _unmark(text).replace("%", "%25").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """Return text for a property (file, title) of a GitHub workflow command."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def clip(text: str, limit: int) -> str:
    """Return at most `limit` (≥ 1) characters; a text that was cut ends in `…`. Clip first, then sanitise."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code <= 0xFF:  # noqa: PLR2004  the widest two-digit escape
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  the widest four-digit escape


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def _unmark(text: str) -> str:
    return _MARK.sub(r"#\\#", terminal(text))
