"""The values that a tag of Handlebars names: a path, a literal, or what one of dotprompt's helpers gives."""

from llmops_cli.convert._handlebars_names import Use
from llmops_cli.convert._handlebars_nodes import Argument, Call, Path, Value
from llmops_cli.convert._handlebars_refs import ANY, Ref, fixed
from llmops_cli.convert._handlebars_scope import Scope, UnsaidError

MAX_INDENT = 10
BLOCKS = ("if", "unless", "each", "with", "ifEquals", "unlessEquals")


def called(call: Call, scope: Scope) -> Ref:
    """Return the value of a path, or of one of the helpers that give a value."""
    name = call.name.text if isinstance(call.name, Path) else ""
    if name == "json":
        return _json(call, scope)
    if name == "lookup":
        return _lookup(call, scope)
    if call.args or call.hash or not isinstance(call.name, Path):
        shown = name or "a literal"
        raise UnsaidError(f"the helper {shown} is not one of dotprompt's", "write out what it would give")
    if name in BLOCKS:
        raise UnsaidError(f"{{{{{name}}}}} without a block")
    return scope.find(call.name)


def found(argument: Argument, scope: Scope) -> Ref:
    """Return the value of an argument; what is done with it is noted by whoever does it."""
    if isinstance(argument, Value):
        return fixed(argument.value)
    return called(argument, scope) if isinstance(argument, Call) else scope.find(argument)


def used(argument: Argument, scope: Scope, use: Use = "other") -> Ref:
    """Return the value of an argument, its use noted."""
    return scope.names.use(found(argument, scope), use)


def compared(call: Call, block: str, scope: Scope) -> list[Ref]:
    """Return the two values that a block compares."""
    if len(call.args) != 2 or call.hash:  # noqa: PLR2004 - two values
        raise UnsaidError(f"{{{{#{block}}}}} takes two values")
    for argument in call.args:
        if isinstance(argument, Call) and isinstance(argument.name, Path) and argument.name.text == "json":
            raise UnsaidError("what {{json}} gives equals no text in JavaScript", "compare the values themselves")
    return [used(argument, scope) for argument in call.args]


def in_order(argument: Argument, scope: Scope) -> Ref:
    """Return the value of an argument whose keys are to be shown. Raises `UnsaidError` where their order is lost."""
    ref = used(argument, scope)
    if ref.unordered:
        hint = "show the inputs one by one; or leave input.schema out, where nothing else names an input"
        raise UnsaidError("`this` has the inputs in the order of the caller, and here in that of input.schema", hint)
    return ref


def _json(call: Call, scope: Scope) -> Ref:
    if len(call.args) != 1 or call.hash.keys() - {"indent"}:
        raise UnsaidError("{{json}} takes one value, and `indent`")
    indent = call.hash.get("indent", Value(0))
    if not isinstance(indent, Value) or type(indent.value) is not int or not 0 <= indent.value <= MAX_INDENT:
        raise UnsaidError(f"the indent of {{{{json}}}} is a number from 0 to {MAX_INDENT}")
    how = f"stringify({indent.value})" if indent.value else "stringify"
    return Ref(f"{in_order(call.args[0], scope).text} | {how}", frozenset(("string",)), sure=True)


def _lookup(call: Call, scope: Scope) -> Ref:
    if len(call.args) != 2 or call.hash:  # noqa: PLR2004 - a value and a key
        raise UnsaidError("{{lookup}} takes a value and a key")
    where, key = (used(argument, scope) for argument in call.args)
    if key.fixed and isinstance(key.value, (str, int)) and not isinstance(key.value, bool):
        return where.step(str(key.value))
    return Ref(f"{where.text} | dig({key.text})", ANY)
