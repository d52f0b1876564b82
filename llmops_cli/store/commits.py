"""Files → commits on the branch that is checked out, made beside the working tree: no hook, no filter, no other file.

Objects are written first, and nobody sees them; then the index takes the new entries; the branch moves last, and only
if it still is where it was.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

Git = Callable[[Sequence[str], Mapping[str, str]], str]
"""Arguments of git and more environment variables → its output without the last newline. Raises `GitError`."""

ODD = re.compile("[\x00-\x1f\x7f<>\u0085\u2028\u2029\ud800-\udfff]")
MAX_NAME = 120
EARLIEST, LATEST = 0, 4102444800  # git reads no date before 1970, and no date of ours lies after 2099


@dataclass(frozen=True, slots=True)
class New:
    """A commit to be made: files by path from the top of the repository (None: removed), who, when, why.

    `date` is ISO 8601 with a zone ("" = now). `trailers` are (key, value) lines at the end of the message.
    """

    files: Mapping[str, bytes | None]
    message: str
    author: str = ""
    date: str = ""
    trailers: tuple[tuple[str, str], ...] = ()


class Commits:
    """Makes commits one upon the other: `add` each, then `land` moves index and branch."""

    def __init__(self, git: Git, folder: Path, *, committer: str, branch: str, tip: str) -> None:
        """`folder` is for temporary files. `branch` is a full ref, `tip` its commit ("" before the first)."""
        self._git = git
        self._index = folder / f"llmops-index-{secrets.token_hex(6)}"
        self._scratch = folder / f"llmops-object-{secrets.token_hex(6)}"
        self._committer = person(committer, "llmops")
        self._branch = branch
        self._tip = self._start = tip
        self._entries: dict[str, str | None] = {}

    def __enter__(self) -> Self:
        """Begin from the branch's tip."""
        if self._tip:
            self._git(("read-tree", self._tip), self._beside)
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the temporary files."""
        for path in (self._index, self._index.with_name(f"{self._index.name}.lock"), self._scratch):
            path.unlink(missing_ok=True)

    @property
    def _beside(self) -> Mapping[str, str]:
        return {"GIT_INDEX_FILE": str(self._index)}

    def add(self, new: New) -> str:
        """Make a commit upon the last one and return its id; nothing points to it yet."""
        for path, data in new.files.items():
            self._entries[path] = None if data is None else self._blob(data)
            self._stage(path, self._entries[path], self._beside)
        tree = self._git(("write-tree",), self._beside)
        self._scratch.write_bytes(text_of(new).encode("utf-8", "replace"))
        parents = ("-p", self._tip) if self._tip else ()
        self._tip = self._git(("commit-tree", tree, *parents, "-F", str(self._scratch)), self._people(new))
        return self._tip

    def land(self) -> None:
        """Put the files into the index and move the branch. Raises `GitError`, with both as they were."""
        before = {path: self._staged(path) for path in self._entries}
        try:
            for path, blob in self._entries.items():
                self._stage(path, blob, {})
            old = self._start or "0" * len(self._tip)
            self._git(("update-ref", "-m", "llmops prompt import", self._branch, self._tip, old), {})
        except BaseException:
            for path, blob in before.items():
                self._stage(path, blob, {})
            raise

    def _blob(self, data: bytes) -> str:
        self._scratch.write_bytes(data)
        return self._git(("hash-object", "-w", "-t", "blob", "--no-filters", str(self._scratch)), {})

    def _staged(self, path: str) -> str | None:
        entry = self._git(("ls-files", "--stage", "-z", "--", path), {})
        return entry.split(" ")[1] if entry else None

    def _stage(self, path: str, blob: str | None, where: Mapping[str, str]) -> None:
        if blob is None:
            self._git(("update-index", "--force-remove", "--", path), where)
        else:
            self._git(("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}"), where)

    def _people(self, new: New) -> Mapping[str, str]:
        name, mail = person(new.author, self._committer[0])
        by, at = self._committer
        return {
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": mail if new.author else at,
            "GIT_COMMITTER_NAME": by,
            "GIT_COMMITTER_EMAIL": at,
            **({"GIT_AUTHOR_DATE": date} if (date := date_of(new.date)) else {}),
        }


def person(said: str, otherwise: str) -> tuple[str, str]:
    """Return a name and a mail address that git takes, made of `Name <mail>`, a mail address or a name.

    No line break and no `<` or `>` survives: neither may open another header of the commit.
    """
    name, bracket, rest = said.partition("<")
    mail = rest.partition(">")[0] if bracket else ""
    if not bracket and re.fullmatch(r"[^\s@]+@[^\s@]+", said.strip()):
        name, mail = said, said
    name, mail = (" ".join(ODD.sub(" ", part).split())[:MAX_NAME] for part in (name, mail))
    if not re.search(r"[^\s.,:;<>\"\\']", name):
        name = mail or otherwise
    return name, mail.replace(" ", "")


def date_of(said: str) -> str:
    """Return a date as git reads it for sure (`@seconds +zone`); "" for none, or one that git has no number for."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return ""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = int(moment.timestamp())
    if not EARLIEST <= seconds <= LATEST:
        return ""
    return f"@{seconds} {moment.strftime('%z')[:5]}"


def text_of(new: New) -> str:
    """Return the message: subject, text, and the trailers in a paragraph of their own at the end."""
    plain = new.message.replace("\r\n", "\n").replace("\r", "\n")
    plain = re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", " ", plain).strip() or "Import a prompt"
    # A line of the foreign text that looks like one of our trailers must not be the last word.
    trailers = [f"{key}: {' '.join(ODD.sub(' ', value).split())}" for key, value in new.trailers]
    return "\n\n".join([plain, "\n".join(trailers)] if trailers else [plain]) + "\n"
