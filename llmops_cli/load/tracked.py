"""What git tracks of a folder that must not be committed."""

import posixpath
from pathlib import Path

from llmops_cli.load.plumbing import environment, failure, run, text


def tracked(top: Path, folder: str) -> str:
    """Return a path that the index or HEAD has at or below a folder of a repository; "" for none.

    A name that differs in case alone counts: a file system may take both for the same folder.
    """
    variables = environment()
    listed = run(top, "ls-files", "-z", "--", folder, variables=variables)
    if listed.returncode:
        raise failure(listed, top)
    parent, name = posixpath.split(folder)
    place = ("--", f"{parent}/") if parent else ()
    stored = run(top, "ls-tree", "-z", "--name-only", "HEAD", *place, variables=variables)  # fails before a commit
    names = text(stored.stdout).split("\0")
    same = [one for one in names if posixpath.basename(one).casefold() == name.casefold()]
    return next((one for one in (*text(listed.stdout).split("\0"), *same) if one), "")
