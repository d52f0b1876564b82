"""What a merge left in git's index for a person to decide."""

from pathlib import Path

from llmops_cli.load.plumbing import environment, failure, run, text


def unmerged(top: Path, folder: str) -> tuple[str, ...]:
    """Return the paths at or below a folder of a repository that are unmerged, sorted."""
    listed = run(top, "ls-files", "--unmerged", "-z", "--", folder, variables=environment())
    if listed.returncode:
        raise failure(listed, top)
    return tuple(sorted({line.partition("\t")[2] for line in text(listed.stdout).split("\0") if line}))
