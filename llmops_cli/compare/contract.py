"""What changed between a prompt and its callers: variables in, output out. Each change with its class and reason."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from llmops_cli.compare.keywords import ANNOTATIONS
from llmops_cli.compare.nested import Difference, keys_that_differ
from llmops_cli.compare.orders import reordered, spelled
from llmops_cli.compare.paths import Path, common, join
from llmops_cli.compare.rest import narrows, rest_of, takes_in
from llmops_cli.compare.schemas import findings
from llmops_cli.compare.templates import names
from llmops_cli.compare.uses import is_needed, is_required, uses
from llmops_cli.compare.view import variable_view
from llmops_cli.compare.walk import Finding
from llmops_cli.model.diff import Area, Change, ChangeClass, Json
from llmops_cli.model.prompt import Prompt, Variable, canonical

BREAKING, MINOR, PATCH, NONE = ChangeClass
_TEXT: tuple[Mapping[str, Json], ...] = ({}, {"format": "text"})
# A variable that says no more than this is text, as rendering has it.
_OF_TEXT = ANNOTATIONS | {"minLength", "maxLength", "pattern", "format"}


def variables(before: Prompt, after: Prompt) -> Iterator[Change]:
    """Yield the changes of variables, sorted by name; a new name for an old variable is one change."""
    old = {variable.name: variable for variable in before.variables}
    new = {variable.name: variable for variable in after.variables}
    renamed = dict(_renamed(before, after))
    for name in sorted({*old, *new} - set(renamed)):
        was = next((one for one, other in renamed.items() if other == name), "")
        if was:
            words = f"variable {was} renamed to {name}"
            yield Change(join(("variables", name)), "renamed", BREAKING, "contract", was, name, words)
            yield from _changed(old[was], new[name])
        elif name not in new:
            yield _removed(old[name], rest_of(after))
        elif name not in old:
            yield _added(new[name], rest_of(before))
        else:
            yield from _changed(old[name], new[name])


def output(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Change]:
    """Yield the changes of the output: each part of it that differs, with what this means to whoever reads answers."""
    yield from reordered(before, after, ("output",), "output")
    raw = list(keys_that_differ(before, after))
    if before in _TEXT and after in _TEXT:
        for difference in raw:
            yield _change(difference, ("output",), NONE, "text is meant where nothing is said", "output")
        return
    if not raw:
        return
    one, other = before.get("format", "text"), after.get("format", "text")
    found: list[Finding] = []
    if one != other:
        narrowed = one == "json" and other == "json_schema"
        found += [Finding(difference.path, not narrowed, f"output: {one} → {other}") for difference in raw]
    elif "schema" in before or "schema" in after:
        inner = findings(before.get("schema", True), after.get("schema", True), side="output", name="output")
        found += [Finding(("schema", *finding.path), finding.breaking, finding.words) for finding in inner]
    yield from _told(raw, found, ("output",), "output")


def _removed(variable: Variable, rest: Variable | None) -> Change:
    path, view, words = join(("variables", variable.name)), variable_view(variable), f"variable {variable.name} removed"
    if rest is not None and takes_in(rest, effective(variable)):
        return Change(path, "removed", MINOR, "contract", view, None, f"{words}; {rest.name} takes its value in")
    return Change(path, "removed", BREAKING, "contract", view, None, words)


def _added(variable: Variable, rest: Variable | None) -> Change:
    path, view = join(("variables", variable.name)), variable_view(variable)
    if is_required(variable):
        used = "" if variable.declared else ", used without being declared"
        words = f"new required variable {variable.name}{used}"
        if is_needed(variable) and not variable.required:
            words = f"new optional variable {variable.name}, which every call reads: without it a call is refused"
        return Change(path, "added", BREAKING, "contract", None, view, words)
    words = f"new optional variable {variable.name}"
    if rest is None or rest.name == variable.name:
        return Change(path, "added", MINOR, "contract", None, view, words)
    narrower = narrows(rest, effective(variable, free=True))
    words += f", which {rest.name} took in before{', whatever it was' if narrower else ''}"
    return Change(path, "added", BREAKING if narrower else MINOR, "contract", None, view, words)


def _changed(before: Variable, after: Variable) -> Iterator[Change]:
    """Yield the changes of a variable that stands on both sides, under the name that it has after."""
    top = ("variables", after.name)
    name = f"variable {after.name}"
    schemas = [dict(side.schema) for side in (before, after)]
    raw = list(keys_that_differ(*schemas))
    found = [*findings(effective(before), effective(after, free=True), side="input", name=name)] if raw else []
    found += _rest_changed(before, after)
    yield from _told(raw, found, (*top, "schema"), "contract")
    yield from _required_changed(before, after)
    yield from uses(before, after)
    views = [{key: side for key, side in variable_view(side).items() if key != "schema"} for side in (before, after)]
    for difference in keys_that_differ(*views):
        if difference.path[0] == "default":
            yield _change(difference, top, PATCH, f"{name}: default")
        elif difference.path[0] != "required":
            yield _change(difference, top, NONE, "", "meta")
    yield from _default_respelled(before, after, join((*top, "default")))


def _default_respelled(before: Variable, after: Variable, path: str) -> Iterator[Change]:
    """Yield that a default is equal to what it was and yet another text: `1.0` for `1`, keys in another order."""
    one, other = before.default, after.default
    both = before.has_default and after.has_default
    if both and canonical(one) == canonical(other) and spelled(one) != spelled(other):
        yield Change(path, "changed", PATCH, "contract", one, other, f"variable {after.name}: default, as printed")


def _rest_changed(before: Variable, after: Variable) -> Iterator[Finding]:
    """Yield that a variable begins or ceases to take the inputs that no other variable names."""
    one, other = before.schema.get("rest") is True, after.schema.get("rest") is True
    if one != other:
        yield Finding(("rest",), one, f"variable {after.name}: takes {'no longer' if one else 'now'} all other inputs")


def effective(variable: Variable, *, free: bool = False) -> dict[str, Json]:
    """Return the schema that rendering holds a value against: a variable without a type is text.

    A name that is only used takes anything (`free`); who declares it as text later breaks nobody, for text is what is
    meant where nothing is said.
    """
    schema = dict(variable.schema)
    if free and not variable.declared and not schema:
        return {}
    return schema if schema.keys() - _OF_TEXT else {"type": "string", **schema}


def _required_changed(before: Variable, after: Variable) -> Iterator[Change]:
    """Yield that a value must now be given, or need not: what the file says, else what the templates do."""
    path = join(("variables", after.name, "required"))
    one, other = (side.required and not side.has_default for side in (before, after))
    if one != other:
        words = {True: "required", False: "optional"}
        reason = f"variable {after.name}: {words[one]} → {words[other]}"
        change_class = BREAKING if other else MINOR
        yield Change(path, "changed", change_class, "contract", before.required, after.required, reason)
        return
    if before.required != after.required:
        yield Change(path, "changed", NONE, "contract", before.required, after.required, "a default makes it optional")
    one, other = is_required(before), is_required(after)
    if one != other:
        since = "now" if other else "no longer"
        words_read = f"variable {after.name}, which is optional, is {since} read by every call"
        place = join(("variables", after.name, "reads"))
        yield Change(place, "changed", BREAKING if other else MINOR, "contract", one, other, words_read)


def _told(raw: Sequence[Difference], found: Iterable[Finding], top: Path, area: Area) -> Iterator[Change]:
    """Yield each raw difference with the findings that lie nearest to it."""
    told: dict[Path, list[Finding]] = {}
    for finding in found:
        nearest = max(raw, key=lambda difference: (common(difference.path, finding.path), -len(difference.path)))
        told.setdefault(nearest.path, []).append(finding)
    for difference in raw:
        findings_here = told.get(difference.path, [])
        words = "; ".join(
            dict.fromkeys(finding.words for finding in sorted(findings_here, key=lambda f: not f.breaking))
        )
        if findings_here:
            change_class = BREAKING if any(finding.breaking for finding in findings_here) else MINOR
            yield _change(difference, top, change_class, words, area)
        else:
            quiet = area == "contract" and "default" not in difference.path
            yield _change(difference, top, NONE if quiet else PATCH, _quiet_words(difference.path), area)


def _quiet_words(path: Path) -> str:
    noted = any(key in ANNOTATIONS or str(key).startswith("x-") for key in path)
    return "a note to readers" if noted else "lets the same through"


def _change(
    difference: Difference, top: Path, change_class: ChangeClass, words: str, area: Area = "contract"
) -> Change:
    path = join((*top, *difference.path))
    return Change(path, difference.kind, change_class, area, difference.before, difference.after, words)


def _renamed(before: Prompt, after: Prompt) -> Iterator[tuple[str, str]]:
    """Yield old and new name of variables that are declared alike and used at the same places."""
    old = {variable.name: variable for variable in before.variables}
    new = {variable.name: variable for variable in after.variables}
    gone, come = old.keys() - new.keys(), new.keys() - old.keys()
    if not gone or not come:
        return
    kept = old.keys() & new.keys()
    uses = [[use for use in names(side) if use in known] for side, known in ((before, old), (after, new))]
    taken: set[str] = set()
    # Among all variables first: where several are renamed at once, only that tells them apart.
    for among in ([*old], [*new]), ([*kept], [*kept]):
        for name in sorted(gone):
            places = _places(uses[0], name, among[0])
            for other in sorted(come - taken):
                if places and places == _places(uses[1], other, among[1]) and _alike(old[name], new[other]):
                    taken.add(other)
                    gone = gone - {name}
                    yield name, other
                    break


def _places(uses: Sequence[str], name: str, kept: Iterable[str]) -> list[int]:
    """Return where a name stands among the uses of the variables that both sides have."""
    among = [use for use in uses if use == name or use in kept]
    return [at for at, use in enumerate(among) if use == name]


def _alike(one: Variable, other: Variable) -> bool:
    sides = [canonical([side.schema, is_required(side)]) for side in (one, other)]
    return sides[0] == sides[1]
