"""What somebody looked at and does not want: `.llmops/rejected.json`, never committed."""

import json
from dataclasses import asdict
from pathlib import Path

from llmops_cli.errors import FindingsError
from llmops_cli.model.run import Rejection
from llmops_cli.store.atomic import write_text
from llmops_cli.store.state import ignore

FILE = "rejected.json"
SCHEMA = "llmops/rejected@1"


def rejections(state: Path) -> tuple[Rejection, ...]:
    """Return every rejection, in the order in which they were made. Raises `FindingsError` for a file not ours."""
    path = state / FILE
    if not path.is_file():
        return ()
    try:
        value = json.loads(path.read_bytes())
        schema, found = value["schema"], tuple(Rejection(**one) for one in value["rejected"])
    except (ValueError, KeyError, TypeError) as error:
        raise FindingsError(f"cannot be read: {error}", where=str(path), hint="remove the file") from None
    if schema != SCHEMA:
        message = f"has schema {schema!r}, this llmops reads {SCHEMA}"
        raise FindingsError(message, where=str(path), hint="upgrade llmops")
    return found


def reject(state: Path, rejection: Rejection) -> None:
    """Keep a rejection; an earlier one of the same version on the same eval set gives way."""
    key = (rejection.prompt, rejection.evalset, rejection.digest)
    others = [one for one in rejections(state) if (one.prompt, one.evalset, one.digest) != key]
    ignore(state)
    plain = {"schema": SCHEMA, "rejected": [asdict(one) for one in (*others, rejection)]}
    write_text(state / FILE, json.dumps(plain, indent=1, ensure_ascii=True) + "\n")
