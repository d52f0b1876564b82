"""Git told how to show and merge prompts: what would be written, writing it, taking it back, what is on."""

import os
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from llmops_cli.errors import UsageError
from llmops_cli.flow.project import Project
from llmops_cli.load import gitconfig
from llmops_cli.store import git_setup as store

OURS = "llmops_cli.cli.git_drivers"
FIXED = {
    # The heading of a hunk is the message that it lies in.
    "diff.llmops.xfuncname": "^(==.*)$",
    "merge.llmops.name": "prompts by their keys, comments kept (llmops)",
    # Of two ancestors a common one is made first: marks of ours would be read as text.
    "merge.llmops.recursive": "text",
}
TEXTCONV, COMMAND, DRIVER = "diff.llmops.textconv", "diff.llmops.command", "merge.llmops.driver"
KEYS = (TEXTCONV, "diff.llmops.xfuncname", COMMAND, DRIVER, "merge.llmops.name", "merge.llmops.recursive")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to install: for this clone or this user, and which drivers beside textconv."""

    everywhere: bool = False
    private: bool = False
    diff_driver: bool = False
    merge_driver: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written: keys of a configuration file, and the block of an attributes file (None: no repository).

    `keys` maps a key to its value (None: it is removed).
    """

    config: Path
    keys: Mapping[str, str | None]
    attributes: Path | None = None
    lines: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.keys and self.attributes is None


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that can be on: its state, where it is said, and a word on it."""

    name: str
    state: Literal["on", "off", "broken", "foreign"]
    where: str = ""
    detail: str = ""


def programs(python: str) -> dict[str, str]:
    """Return the commands that git is to run. Where ours fails, git's own way is taken: a diff or merge never breaks.

    `-P`: nothing of the repository's folder is imported. The interpreter is named by its path, so that it need not be
    on PATH when git runs.
    """
    call = f"{shlex.quote(python)} -P -m {OURS}"
    merge = call.replace("%", "%%")  # git replaces %O and its like in this command
    return {
        TEXTCONV: f'f() {{ {call} textconv "$1" || cat "$1"; }}; f',
        COMMAND: f'f() {{ {call} diff-driver "$@" || diff -u "$2" "$5" || true; }}; f',
        DRIVER: f'f() {{ {merge} merge-driver "$@"; case $? in 0) return 0;; 3) return 1;; esac; '
        'git merge-file --marker-size="$4" "$2" "$1" "$3"; }; f %O %A %B %L %P %S %X %Y',
    }


def plan_install(project: Project, wanted: Wanted) -> Plan:
    """Return what is missing. Raises `UsageError` where a key is somebody else's."""
    config = _config(project, everywhere=wanted.everywhere)
    made = programs(sys.executable)
    keys = {TEXTCONV: made[TEXTCONV], "diff.llmops.xfuncname": FIXED["diff.llmops.xfuncname"]}
    if wanted.diff_driver:
        keys[COMMAND] = made[COMMAND]
    if wanted.merge_driver:
        keys |= {DRIVER: made[DRIVER]} | {key: FIXED[key] for key in FIXED if key.startswith("merge.")}
    have = gitconfig.values(config)
    for key in keys:
        if key in have and not _ours(key, have[key]):
            hint = f"git config --file {shlex.quote(str(config))} --unset {key}"
            raise UsageError(f"{key} is {have[key]!r}, which is not ours", where=str(config), hint=hint)
    for key in (COMMAND, DRIVER):  # what was installed before is kept up to date
        if key in have and _ours(key, have[key]):
            keys[key] = made[key]
    missing: dict[str, str | None] = {key: value for key, value in keys.items() if have.get(key) != value}
    if project.repository is None:
        return Plan(config, missing)
    attributes = _attributes(project, private=wanted.private)
    data = attributes.read_bytes() if attributes.is_file() else b""
    merge = wanted.merge_driver or any("merge=llmops" in line for line in store.block_lines(data))
    lines = attribute_lines(_folder(project, private=wanted.private), merge=merge)
    same = store.block_lines(data) == lines
    return Plan(config, missing, None if same else attributes, () if same else lines)


def plan_uninstall(project: Project, *, everywhere: bool) -> Plan:
    """Return what is ours and goes. The attributes stay while another configuration still defines a driver."""
    config = _config(project, everywhere=everywhere)
    keys: dict[str, str | None] = dict.fromkeys(_installed(config))
    if project.repository is None:
        return Plan(config, keys)
    other = _config(project, everywhere=not everywhere)
    found = [_attributes(project, private=private) for private in (False, True)]
    ours = [path for path in found if path.is_file() and store.without_block(path.read_bytes()) != path.read_bytes()]
    return Plan(config, keys, ours[0] if ours and not _installed(other) else None)


def apply(project: Project, plan: Plan) -> None:
    """Write what a plan says."""
    if plan.attributes is not None:
        old = plan.attributes.read_bytes() if plan.attributes.is_file() else None
        new = store.with_block(old, plan.lines) if plan.lines else store.without_block(old or b"")
        inside = project.root in plan.attributes.parents
        store.write(plan.attributes, new, root=project.root if inside else None)
    gone = tuple(key for key, value in plan.keys.items() if value is None)
    new_keys = {key: value for key, value in plan.keys.items() if value is not None}
    noted = gitconfig.values(plan.config).get(store.NOTE, "")
    if gone:
        store.unset_keys(plan.config, gone, noted, gitconfig.change)
    if new_keys:
        store.set_keys(plan.config, new_keys, gitconfig.change, noted=bool(noted))


def status(project: Project) -> tuple[Part, ...]:
    """Return what is on in this clone."""
    repository = project.git()
    parts = []
    for name, key in (("textconv", TEXTCONV), ("diff driver", COMMAND), ("merge driver", DRIVER)):
        value = gitconfig.effective(repository, key)
        scopes = (("local", False), ("global", True))
        where = next((name for name, wide in scopes if key in gitconfig.values(_config(project, everywhere=wide))), "")
        parts.append(_part(name, key, value, where if value else ""))
    sample = "/".join(part for part in (project.prefix, project.settings.prompts, "any.yaml") if part not in ("", "."))
    for name in ("diff", "merge"):
        value = gitconfig.attribute(repository, name, sample)
        state: Literal["on", "off", "foreign"] = "on" if value == "llmops" else "foreign" if value else "off"
        detail = value if state == "foreign" else ""
        parts.append(Part(f"{name} attribute", state, "attributes" if value else "", detail))
    return tuple(parts)


def is_on(parts: tuple[Part, ...]) -> bool:
    """Return whether `git diff` shows prompts our way, and nothing that is on is broken."""
    states = {part.name: part.state for part in parts}
    return states["textconv"] == states["diff attribute"] == "on" and "broken" not in states.values()


def attribute_lines(folder: str, *, merge: bool) -> tuple[str, ...]:
    """Return our lines for a prompts folder (as the attributes file sees it)."""
    both = "diff=llmops merge=llmops" if merge else "diff=llmops"
    lines = [f"{pattern(folder, name)} {both}" for name in ("**/*.yaml", "**/*.yml")]
    lines.append(f"{pattern(folder, '.labels/**')} !diff")  # a label file reads best as it is
    return (*lines, f"{pattern(folder, '.releases/**')} linguist-generated !merge")


def pattern(folder: str, rest: str) -> str:
    """Return what an attributes file calls these files below a folder, quoted as git wants it."""
    base = re.sub(r"([\\*?\[]|^!)", r"\\\1", folder.strip("/"))
    pattern = f"{base}/{rest}" if base else rest
    if re.search(r"[\s\"\x00-\x1f]|^#", pattern):
        escaped = pattern.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
        return f'"{escaped}"'
    return pattern


def _config(project: Project, *, everywhere: bool) -> Path:
    return gitconfig.global_file(os.environ) if everywhere else gitconfig.local_file(project.git())


def _attributes(project: Project, *, private: bool) -> Path:
    return gitconfig.private_attributes(project.git()) if private else project.root / ".gitattributes"


def _folder(project: Project, *, private: bool) -> str:
    """Return the prompts folder as the attributes file names it: the private one lies at the top."""
    parts = [project.prefix if private else "", project.settings.prompts]
    return "/".join(part for part in parts if part not in ("", "."))


def _installed(config: Path) -> list[str]:
    have = gitconfig.values(config)
    ours = [key for key in KEYS if key in have and _ours(key, have[key])]
    return [*ours, store.NOTE] if store.NOTE in have else ours


def _ours(key: str, value: str) -> bool:
    return value == FIXED[key] if key in FIXED else OURS in value


def _part(name: str, key: str, value: str, where: str) -> Part:
    if not value:
        return Part(name, "off")
    if not _ours(key, value):
        return Part(name, "foreign", where or "elsewhere", value)
    program = shlex.split(value.partition("{ ")[2].partition(f" -m {OURS}")[0])[0].replace("%%", "%")
    if not Path(program).exists():
        return Part(name, "broken", where or "elsewhere", f"{program} is not there: run `llmops git install` again")
    return Part(name, "on", where or "elsewhere")
