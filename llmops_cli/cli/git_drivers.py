"""What git itself calls: textconv, the external diff, the merge driver. `python -P -m llmops_cli.cli.git_drivers …`.

Git calls this once a file, so nothing is imported that the one call does not need; there is no command-line library.
`-P` keeps Python from importing what lies in the repository. As a program it ends with 0, with 3 for a merge conflict,
and with anything else where git must do without us: 1 is also how Python ends that finds no llmops any more.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

WIDTH = 7
CONFLICT = 3


def main(argv: Sequence[str]) -> int:
    """Run one driver. Returns 0; 1 for a merge conflict; 2 where git must do without us."""
    name, *rest = argv or [""]
    try:
        if name == "textconv" and len(rest) == 1:
            return textconv(rest[0])
        if name == "diff-driver" and rest:
            return diff_driver(rest)
        if name == "merge-driver" and len(rest) >= 5:  # noqa: PLR2004 - %O %A %B %L %P
            return merge_driver(rest)
    except OSError as error:
        sys.stderr.write(f"llmops: {error.filename or name}: {error.strerror or error}\n")
        return 2
    except Exception as error:  # noqa: BLE001 - the last net: a bug of ours must not break git's own diff or merge
        sys.stderr.write(f"llmops: internal error, git does without: {type(error).__name__}: {error}\n")
        return 2
    sys.stderr.write("llmops: textconv FILE | diff-driver PATH OLD HEX MODE NEW HEX MODE | merge-driver O A B L P\n")
    return 2


def textconv(file: str) -> int:
    """Print a prompt file as lines that a diff reads well."""
    from llmops_cli.flow.textconv import textconv as flow

    _write(flow(Path(file)))
    return 0


def diff_driver(arguments: Sequence[str]) -> int:
    """Print what an edit means: `path old-file old-hex old-mode new-file new-hex new-mode [new-path similarity]`."""
    if len(arguments) < 7:  # noqa: PLR2004 - git hands over the path alone for a file in conflict
        _write(f"{arguments[0]}: in conflict\n".encode("utf-8", "surrogateescape"))
        return 0
    from llmops_cli.flow.diff_driver import difference, lines

    path, old, new = arguments[0], Path(arguments[1]), Path(arguments[4])
    renamed = arguments[7] if len(arguments) > 7 and arguments[7] != path else ""  # noqa: PLR2004 - see above
    if "120000" in (arguments[3], arguments[6]):  # a symbolic link is shown, not followed
        said = [os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes() for file in (old, new)]
        report = lines(path, *said)
    else:
        report = difference(renamed or path, old, new, folder=Path.cwd(), color=_colored())
    head = f"{path} → {renamed}\n" if renamed else ""
    _write(f"{head}{report}\n".encode("utf-8", "backslashreplace"))
    return 0


def merge_driver(arguments: Sequence[str]) -> int:
    """Merge `%O %A %B` into the file %A; `%L` is the width of the marks, `%P` the path, `%X %Y` name the sides."""
    from llmops_cli.compare.merge_lines import Marks
    from llmops_cli.flow.merge_driver import look_at, merge_files

    base, ours, theirs = (Path(name).read_bytes() for name in arguments[:3])
    size, path = arguments[3], arguments[4]
    names = [_label(name, or_else) for name, or_else in zip(arguments[6:8], ("ours", "theirs"), strict=False)]
    marks = Marks(int(size) if size.isdecimal() and 0 < int(size) < 100 else WIDTH, *names)  # noqa: PLR2004 - sane
    done = merge_files(base, ours, theirs, look_at(Path.cwd(), path), marks)
    Path(arguments[1]).write_bytes(done.data)
    for reason in done.reasons:
        sys.stderr.write(f"llmops: {path}: {reason}\n".encode("ascii", "backslashreplace").decode())
    return 1 if done.reasons else 0


def _label(name: str, or_else: str) -> str:
    """Return what git calls a side; older gits hand over their own `%X`."""
    return " ".join(name.split()) if name and not name.startswith("%") else or_else


def _colored() -> bool:
    """Return whether git shows its diff on a terminal: it sets the variable for its pager."""
    return not os.environ.get("NO_COLOR") and (sys.stdout.isatty() or os.environ.get("GIT_PAGER_IN_USE") == "true")


def _write(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader had enough; git is not to hear of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.exit(CONFLICT if code == 1 else code)
