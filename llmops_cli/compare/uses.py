"""What templates read of a variable on two sides: whoever gives no such field, or a text, is refused from now on."""

from collections.abc import Iterator, Mapping

from llmops_cli.compare.keywords import ANNOTATIONS
from llmops_cli.compare.paths import join
from llmops_cli.model.diff import Change, ChangeClass, Json
from llmops_cli.model.prompt import Variable

Path = tuple[str, ...]
# A schema with other words than these may ask for a field in a way that is not followed here.
_FOLLOWED = ANNOTATIONS | {"type", "properties", "required", "additionalProperties", "rest"}
_FOLLOWED |= {"minLength", "maxLength", "pattern", "format"}


def is_required(variable: Variable) -> bool:
    """Return whether a caller must give a value: a default makes a variable optional, whatever else is said."""
    return (variable.required or is_needed(variable)) and not variable.has_default


def is_needed(variable: Variable) -> bool:
    """Return whether every call reads the variable; what takes the rest is never missing."""
    return () in variable.reads and variable.schema.get("rest") is not True


def uses(before: Variable, after: Variable) -> Iterator[Change]:
    """Yield what templates newly ask of a value that callers of before need not have given."""
    if before.type == "messages" or after.type == "messages":
        return
    new = after.reads - before.reads
    fields = sorted(path for path in new if path and not _given(before, path))
    outer = [path for path in fields if not any(path[: len(other)] == other for other in fields if other != path)]
    texts = [path for path in before.prints if any(_below(other, path) for other in new)]
    whole = [path for path in after.prints - before.prints if any(_below(other, path) for other in before.reads)]
    words = [f"{_name(after, path)} was printed, and now fields of it are read" for path in sorted(texts)]
    words += [f"{_name(after, path)} had fields that were read, and now it is printed" for path in sorted(whole)]
    words += [f"every call reads {_name(after, path)}, which callers need not give" for path in outer]
    if words:
        old, read = ([_name(side, path) for path in sorted(side.reads)] for side in (before, after))
        place = join(("variables", after.name, "reads"))
        yield Change(place, "changed", ChangeClass.BREAKING, "contract", old, read, "; ".join(words))


def _below(path: Path, top: Path) -> bool:
    return len(path) > len(top) and path[: len(top)] == top


def _given(variable: Variable, path: Path) -> bool:
    """Return whether each caller gives this field, or may have to: a schema is followed only as far as it is plain."""
    if any(_below(known, path) for known in variable.reads):
        return True
    schema: Json = variable.schema if variable.declared else {}
    for key in path:
        if not isinstance(schema, Mapping) or any(
            word not in _FOLLOWED and not str(word).startswith("x-") for word in schema
        ):
            return True
        fields, required = schema.get("properties", {}), schema.get("required", [])
        if not isinstance(required, list) or key not in required:
            return False
        schema = fields.get(key, {}) if isinstance(fields, Mapping) else None
    return True


def _name(variable: Variable, path: Path) -> str:
    return ".".join((variable.name, *path))
