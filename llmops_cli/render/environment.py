"""The jinja2 that prompts get: an immutable sandbox, our own short lists, and caps on what one operation may make."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, wraps
from types import BuiltinFunctionType, MethodType
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

from llmops_cli.render.filters import FILTERS
from llmops_cli.render.printed import MAX_CHARACTERS, printed

AS_PRINTED = "as printed"  # a name that no template can write
CALLED = "()"  # behind the name of a method that is called, which no template can write either
MAX_RANGE = 10_000
MAX_BITS = 4_096
MAX_EXPONENT = 64
TEST_NAMES = [
    "boolean",
    "defined",
    "divisibleby",
    "eq",
    "even",
    "false",
    "float",
    "ge",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "string",
    "true",
    "undefined",
    "==",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "lower",
    "upper",
]
METHODS = frozenset(
    [
        "capitalize",
        "count",
        "endswith",
        "get",
        "items",
        "keys",
        "lower",
        "lstrip",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "title",
        "upper",
        "values",
        "cycle",
        "changed",
    ]
)
# All that a hostile template is known to raise while it is compiled or run.
FAULTS = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)


class OptionalUndefined(jinja2.StrictUndefined):
    """An optional variable without a value: false in `{% if %}`, an error as soon as it is printed or computed with."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # jinja2 says that it never returns
        """Return False."""
        return False


class PromptEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox. `* ** %` go through `call_binop`; calls reach only `range`, macros, loops and `METHODS`.

    `order.items` is the field of an order, and never a method of Python's; `order.items()` is the method.
    """

    intercepted_binops = frozenset({"*", "**", "%"})

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        """Return the Python of a template in which `a ~ b` prints its parts as `{{ a }}{{ b }}` does.

        What is called is marked, so that `getattr` tells a method from a field of its name.
        """
        for concat in source.find_all(nodes.Concat):
            concat.nodes = [nodes.Filter(part, AS_PRINTED, [], [], None, None) for part in concat.nodes]
        for call in source.find_all(nodes.Call):
            if isinstance(call.node, nodes.Getattr):
                call.node.attr += CALLED
        return super()._generate(source, *args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return the field of a mapping; of other values the attribute, and the method where it is called."""
        if attribute.endswith(CALLED):
            return super().getattr(obj, attribute.removesuffix(CALLED))
        return self._field(obj, attribute) if isinstance(obj, Mapping) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return the item; of a mapping nothing else, though Python has a method of that name."""
        return self._field(obj, argument) if isinstance(obj, Mapping) else super().getitem(obj, argument)

    def _field(self, obj: Mapping[Any, Any], name: Any) -> Any:
        try:
            return obj[name]
        except (LookupError, TypeError):
            unsafe = isinstance(name, str) and not self.is_safe_attribute(obj, name, None)
            return self.unsafe_undefined(obj, name) if unsafe else self.undefined(obj=obj, name=name)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the result of an operation, if it is certain to be small."""
        check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def is_safe_callable(self, obj: Any) -> bool:
        """Return whether a template may call this."""
        if obj is small_range or type(obj) in (Macro, LoopContext):
            return True
        owner = type(getattr(obj, "__self__", None))
        method = isinstance(obj, (BuiltinFunctionType, MethodType)) and obj.__name__ in METHODS
        return method and owner in (str, dict, list, LoopContext)


def environment(includes: Mapping[str, str], constants: Mapping[str, str]) -> PromptEnvironment:
    """Return the environment whose includes are `includes` and nothing else; `constants` are its only globals."""
    made = PromptEnvironment(
        loader=jinja2.DictLoader(includes),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        finalize=finalize,
    )
    made.globals = {"range": small_range, **constants}
    made.filters = dict(_filters())
    made.tests = {name: TESTS[name] for name in TEST_NAMES}
    return made


@cache
def reader() -> PromptEnvironment:
    """Return the environment that templates are only read with."""
    return environment({}, {})


@cache
def _filters() -> Mapping[str, Callable[..., Any]]:
    return {name: unfolded(function) for name, function in {**FILTERS, AS_PRINTED: finalize}.items()}


def unfolded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter so marked that jinja2 never runs it while it compiles."""

    @jinja2.pass_context
    @wraps(function)
    def late(_context: Context, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return late


def finalize(value: Any) -> str:
    """Return what `{{ value }}` prints."""
    return str(value) if isinstance(value, Undefined) else printed(value)


def small_range(*bounds: int) -> range:
    """Return a range of at most `MAX_RANGE` numbers."""
    numbers = range(*bounds)
    if numbers[MAX_RANGE:]:
        raise SecurityError(f"range() gives at most {MAX_RANGE} numbers")
    return numbers


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Raise `SecurityError` where `left operator right` could be large; `%` is for numbers only."""
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if operator == "%" and not numbers:
        raise SecurityError("% formats no text here; write {{ a ~ b }}")
    if operator == "**" and not (numbers and abs(right) <= MAX_EXPONENT and abs(left) <= 2**MAX_EXPONENT):
        raise SecurityError(f"** takes numbers only, with an exponent up to {MAX_EXPONENT}")
    if operator == "*" and not numbers and _repeats(left) * _repeats(right) > MAX_CHARACTERS:
        raise SecurityError(f"* would make more than {MAX_CHARACTERS} characters or items")
    if operator == "*" and numbers and max(abs(left), abs(right)) >= 2**MAX_BITS:
        raise SecurityError(f"* takes numbers of at most {MAX_BITS} bits")


def _repeats(value: Any) -> int:
    """Return what an operand of `*` contributes to the length of a repeated text or list."""
    if isinstance(value, int):
        return max(value, 0)
    return len(value) if isinstance(value, (str, list, tuple)) else 1


def stream(chunks: Iterator[str]) -> str:
    """Return the joined chunks of a rendered template, at most `MAX_CHARACTERS`."""
    parts, total = [], 0
    for chunk in chunks:
        total += len(chunk)
        if total > MAX_CHARACTERS:
            raise SecurityError(f"the text is longer than {MAX_CHARACTERS} characters")
        parts.append(chunk)
    return "".join(parts)
