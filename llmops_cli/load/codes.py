"""What the codes mean that no lint rule has a file for: LF for YAML and JSON files, LE for eval sets, LB for baselines,
LR for recordings, LM for merges, and the LP codes that only reading finds. Lint rules explain themselves.
"""

from llmops_cli.model.problem import Problem, Severity
from llmops_cli.model.source import Source

CODES = {
    "LF001": ("not-utf8", "The file is not UTF-8. Save it as UTF-8."),
    "LF002": ("yaml-syntax", "The file is not YAML. The place is where the parser gave up; the cause is often above."),
    "LF003": ("too-large", "A YAML file may have 1 MiB, a referenced file 64 MiB, a line of an eval set 4 MiB."),
    "LF004": ("too-deep", "YAML may nest 32 levels, JSON 64. Deeper is a mistake or an attack."),
    "LF005": ("too-many-parts", "A YAML file may have 20,000 parts, each alias counted at its full size."),
    "LF006": ("alias", "At most 16 aliases (`*name`), each after its anchor (`&name`) has ended."),
    "LF007": ("merge-key", "`<<` is not read: write the keys out, so that a reviewer sees what holds."),
    "LF008": ("tag", "Tags such as `!!python/object` or `!include` are not read; data is plain data."),
    "LF009": ("duplicate-key", "A key stands twice in one mapping. YAML readers silently keep one of them."),
    "LF010": ("multiple-documents", "A file holds one document; a second one begins at `---`."),
    "LF011": ("empty-file", "The file holds nothing but comments."),
    "LF012": ("number-out-of-range", "A number is too large to be kept exactly or as a finite float. Quote it."),
    "LF013": ("key-not-text", "A key is a list or a mapping. Text that begins with `{` or `[` needs quotes."),
    "LF014": ("control-character", 'Control characters are not allowed in a file; write them as "\\u0007" in quotes.'),
    "LF020": ("unknown-key", "A key that this format does not have. Only `x-…` keys are free."),
    "LF021": ("wrong-type", "A value of another type than the format says."),
    "LF022": ("missing-key", "A key that the format demands is not there."),
    "LF023": ("wrong-value", "A value of the right type that the format does not allow."),
    "LF030": (
        "missing-file",
        "A file that this one points to is not there. Paths are relative to the prompts folder.",
    ),
    "LF031": ("unsafe-path", "A path leaves its folder, or a part of it is a symbolic link. Neither is followed."),
    "LF032": ("invalid-json", "A file that this file points to is not strict JSON."),
    "LF041": ("bad-id", "An id is letters, digits, `.`, `_` and `-`, in parts divided by `/`."),
    "LF042": ("given-twice", "A parameter stands at the top of the file and in `params:` with different values."),
    "LF043": ("version-mismatch", "The version in the id and `version:` differ."),
    "LF044": ("too-few-examples", "`k` asks for more examples than there are."),
    "LF045": ("bad-placeholder", "A `placeholder:` names no variable of `type: messages`."),
    "LF046": ("name-twice", "A name is both a variable and a constant; nobody can tell which one is meant."),
    "LF050": ("bad-setting", "A setting that has the right shape but cannot be used."),
    "LE001": ("invalid-json", "A line is not strict JSON: one object a line."),
    "LE002": ("duplicate-key", "A key stands twice in one object. JSON readers silently keep one of them."),
    "LE003": ("not-a-number", "NaN and Infinity are not JSON, and compare equal to nothing."),
    "LE004": ("lone-surrogate", "Half of a surrogate pair: text that cannot be written as UTF-8."),
    "LE005": ("nul", "A NUL character: many programs cut text off there."),
    "LE006": ("too-deep", "JSON may nest 64 levels and have 20,000 lists and objects a line."),
    "LE007": ("unknown-key", "A key that a case does not have. Put your own data below `metadata`."),
    "LE008": ("missing-key", "A case needs `inputs`; a check needs `type`."),
    "LE009": ("wrong-type", "A value of another type than a case has."),
    "LE010": ("duplicate-id", "Two cases of a set have one id. Cases pair across runs by id, never by line."),
    "LE011": ("not-utf8", "A line is not UTF-8."),
    "LE012": ("line-too-long", "A line has more than 4 MiB."),
    "LE013": (
        "repeated-inputs",
        (
            "A case asks what another of its set asks: same inputs, same messages. One answer serves both; the set "
            "is smaller than it looks, and the gate counts them once. Drop one, or give them different inputs; where "
            "they check the answer in two ways, join them: one case can have an `expected` and several `checks`."
        ),
    ),
    "LE020": (
        "no-cases",
        (
            "An eval set without a case: it would judge nothing, and pass. Write a case a line into its `data:` file, "
            "or bring some: `llmops evalset import`."
        ),
    ),
    "LE021": (
        "unknown-prompt",
        "An eval set names a prompt that is not there, or its judge a rubric. Mend the name, or write the prompt.",
    ),
    "LE022": (
        "unknown-evalset",
        (
            "A prompt names an eval set that is not there: it would judge nothing. Mend the name, or `llmops evalset "
            "new SET --prompt ID`."
        ),
    ),
    "LE023": (
        "unknown-case-variable",
        "A case gives a value to a variable that its prompt does not have: often it was renamed in the prompt only.",
    ),
    "LE024": (
        "case-cannot-render",
        "A case lacks a value that the prompt requires, or its value has another type or does not fit the schema.",
    ),
    "LE025": ("unknown-slice", "`gate: {slices: [TAG]}` names a tag that no case has: nobody judges that slice."),
    "LE026": ("unknown-quarantine", "`gate: {quarantine: …}` names a case that is not there: often it was renamed."),
    "LE027": (
        "quarantine-over",
        "The last day of a quarantine is over. The gate says so and counts the case in full again.",
    ),
    "LE030": ("no-evalset-file", "Cases without the file beside them that names the scorers."),
    "LE031": (
        "same-scorer-name",
        "Two scorers of a set have one name, or one has a name that is taken. Two of one type need a `name` each.",
    ),
    "LE032": ("primary", "A set has at most one primary scorer, and that one gates."),
    "LE033": ("missing-data", "The file with the cases is not there, or cannot be read."),
    "LE034": ("id-differs-from-path", "An eval set's id should be its path below the eval sets folder."),
    "LE035": ("data-elsewhere", "Data in DVC or lakeFS is not fetched; fetch it and name the file."),
    "LE040": ("cannot-render", "A run stopped before its first call: a case cannot be rendered by the prompt."),
    "LE050": ("bad-human-label", "A line of a label file that is neither a person's label nor a judge's score."),
    "LE051": ("label-twice", "One person labelled one answer twice for one scorer. Keep one of the lines."),
    "LE052": ("label-of-nothing", "A label of a case, scorer or eval set that is not there: often one was renamed."),
    "LB001": ("baseline-header", "The first line of a baseline file is not its header, or the file cannot be read."),
    "LB002": (
        "baseline-checksum",
        (
            "The lines of a baseline file are not those that its header was written for. It was edited by hand, or two "
            "files were merged as text. The checksum proves that they are whole, not who wrote them."
        ),
    ),
    "LB003": ("baseline-line", "A line of a baseline file is no stored case."),
    "LB004": ("baseline-duplicate-case", "A case stands twice in a baseline file: two were merged as text."),
    "LB005": ("baseline-unsorted", "The lines of a baseline file are not sorted by case id: it was edited by hand."),
    "LB006": (
        "baseline-repeats",
        (
            "A case of a baseline file has more or fewer scores than answers: scorers that saw different repeats are "
            "not compared."
        ),
    ),
    "LB007": ("baseline-place", "A baseline file lies where another prompt's, eval set's or digest's belongs."),
    "LB008": (
        "baseline-seal",
        (
            "The header of a baseline file (margin, reason, accepted drops, models, …) is not as it was written. The "
            "seal proves integrity, not authorship: whoever edits the file can seal it anew, so code owners review it."
        ),
    ),
    "LB009": (
        "baseline-conflict",
        (
            "Git's marks of a conflict stand in a baseline file. Both sides ran the same version: take one of them, or "
            "unite their runs with `llmops baseline merge`. The same is said while git's index has the file unmerged."
        ),
    ),
    "LB010": (
        "baseline-unknown-case",
        "A baseline says that it is on the cases of its eval set as they are, and holds other ones.",
    ),
    "LB011": ("baseline-not-a-number", "A score in a baseline is NaN or infinite, which nothing can be compared with."),
    "LB012": ("baseline-cut", "A baseline file ends too early: its last line is cut, or cases are missing."),
    "LB013": (
        "baseline-blind",
        (
            "A baseline that says little: it has no score, scores that are all 0, so that nothing can be worse, or one "
            "case. A gate that compares with it lets nearly anything through."
        ),
    ),
    "LB014": (
        "acceptance-expires",
        (
            "The acceptance of a drop has expired, or will within 14 days. The gate does not count an expired one: "
            "accept the version anew, or mend it."
        ),
    ),
    "LR001": ("bad-recording", "A line of a recordings file that is no recorded answer."),
    "LR002": (
        "two-recordings",
        (
            "Two different recorded answers to one request: two branches recorded it, and a merge kept both lines. The "
            "answer that was given first counts, wherever it stands."
        ),
    ),
    "LR003": (
        "recordings-conflict",
        (
            "Git's marks of a conflict stand in a recordings file. The lines of both sides may stay: take the marks "
            "out. `merge=union` in .gitattributes does so by itself."
        ),
    ),
    "LM001": ("merge-conflict", "A file that changed on both sides, and that merging cannot put together."),
    "LP060": (
        "bad-include",
        "An include is not there, leaves the prompts folder, is a symbolic link, or nests too deep. It is never read.",
    ),
    "LP061": ("unused-include", "A template file below the prompts folder that no prompt includes: a left-over."),
}


def found(  # noqa: PLR0913 - the fields of a Problem
    code: str,
    source: Source,
    message: str,
    *,
    hint: str = "",
    excerpt: str = "",
    width: int = 1,
    severity: Severity = "error",
) -> Problem:
    """Return the problem with this code."""
    return Problem(code, CODES[code][0], severity, source, message, hint, excerpt, max(1, width))
