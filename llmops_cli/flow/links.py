"""Files of the base in whose place the head has a symbolic link or a submodule: not read, and not removed either."""

import errno
from collections.abc import Iterator

from llmops_cli.load.codes import found
from llmops_cli.load.document import listing
from llmops_cli.load.evalsets import discover as eval_sets
from llmops_cli.load.ids import top
from llmops_cli.load.labels import FOLDER as LABELS
from llmops_cli.load.prompts import discover as prompt_files
from llmops_cli.load.releases import FOLDER as RELEASES
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Problem
from llmops_cli.model.settings import Settings

CASES = ".jsonl"
HINT = "put a plain file there; or take it away altogether, and it is judged as removed"


def linked(base: Tree, head: Tree, base_settings: Settings, head_settings: Settings) -> list[Problem]:
    """Return a problem for each prompt, label, release, eval set and file of cases that a link hides in the head.

    For each folder of the head's llmops.yaml that lies behind one, too. What the base has no file for is left alone:
    nothing reads through a link, so it takes nothing away.
    """
    folders = dict.fromkeys((head_settings.prompts, head_settings.evalsets))
    whole = ((folder, f"{folder} is not read", _hidden(head, f"{folder}/-")) for folder in folders)
    there = {path for folder in (base_settings.prompts, base_settings.evalsets) for path in listing(head, folder)}
    gone = (path for path in dict.fromkeys(_wanted(base, base_settings)) if path not in there)
    each = ((path, f"{path} is a file in the base, and here it is not read", _hidden(head, path)) for path in gone)
    return [found("LF031", top(path), f"{said}: {why}", hint=HINT) for path, said, why in (*whole, *each) if why]


def _wanted(base: Tree, settings: Settings) -> Iterator[str]:
    """Yield the base's files that decide something, whatever the head has in their place."""
    yield from prompt_files(base, settings.prompts)
    own = tuple(f"{settings.prompts}/{folder}/" for folder in (LABELS, RELEASES))
    yield from (path for path in listing(base, settings.prompts) if path.startswith(own))
    yield from eval_sets(base, settings.evalsets)
    yield from (path for path in listing(base, settings.evalsets) if path.endswith(CASES) and "/." not in path)


def _hidden(head: Tree, path: str) -> str:
    """Return why a path of the head is not read, where a link or a submodule is the reason; "" otherwise."""
    try:
        head.open(path).close()
    except OSError as error:
        return str(error.strerror) if error.errno == errno.ELOOP else ""
    return ""
