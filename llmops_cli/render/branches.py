"""Branches of a template that no values lead to. Runs nothing: conditions are worked out over all possible worlds.

A world gives a value to each variable of which only few are possible (`enum`, `const`, a boolean), and yes or no to
each other question that a condition asks (`a > 3`, `a is string`). Questions that are spelled alike have one answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from llmops_cli.model.problem import Severity
from llmops_cli.model.prompt import Prompt, Variable
from llmops_cli.render.conditions import ABSENT, answer, is_unequal, names, operands
from llmops_cli.render.environment import reader

MAX_WORLDS = 512
MAX_PATH = 64
MAX_VALUES = 32
CONDITION = re.compile(r"\{%[-+]?\s*(?:el)?if\b(.*?)%\}", re.DOTALL)
BARE = re.compile(r"\s*(?:not\s+)?[A-Za-z_]\w*\s*[-+]?")
WORD = re.compile(r"[A-Za-z_]\w*")
TELLING = frozenset({"defined", "undefined", "true", "false", "True", "False"})
SILENT = frozenset({"and", "or", "not", "in", "is", "none", "None", "length"})
OPERATORS = ("eq", "ne", "in", "notin")
World = Mapping[str, Any]
Dead = tuple[int, str, Severity]


@dataclass(slots=True)
class _Reader:
    """One pass over one template. `conditions`: what leads to the place that is read, each with yes or no."""

    domains: Mapping[str, tuple[Any, ...]]
    always: frozenset[str]
    bound: frozenset[str]
    count: int = 0
    dead: list[Dead] = field(default_factory=list)

    def walk(self, node: nodes.Node, path: list[tuple[nodes.Node, bool]], *, quiet: bool = False) -> None:
        """Look at each condition below a node; `quiet` below a branch that is dead already."""
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.If):
                self._if(child, path, quiet=quiet)
            else:
                self.walk(child, path, quiet=quiet)

    def _if(self, node: nodes.If, path: list[tuple[nodes.Node, bool]], *, quiet: bool) -> None:
        before = list(path)
        for branch in (node, *node.elif_):
            reached = self._possible([*before, (branch.test, True)])
            if not reached and not quiet:
                alone = self._possible([(branch.test, True)])
                why = "what leads here excludes its condition" if alone else "its condition is never true"
                self.dead.append((self.count, why, "warning"))
            self.count += 1
            self._body(branch.body, [*before, (branch.test, True)], quiet=quiet or not reached)
            before.append((branch.test, False))
        if node.else_:
            reached = self._possible(before)
            if not reached and not quiet and self._possible(path):
                self.dead.append((self.count, *self._no_else(node)))
            self.count += 1
            self._body(node.else_, before, quiet=quiet or not reached)

    def _body(self, body: list[nodes.Node], path: list[tuple[nodes.Node, bool]], *, quiet: bool) -> None:
        for child in body:
            if isinstance(child, nodes.If):
                self._if(child, path, quiet=quiet)
            else:
                self.walk(child, path, quiet=quiet)

    def _no_else(self, node: nodes.If) -> tuple[str, Severity]:
        if any(not self._possible([(branch.test, False)]) for branch in (node, *node.elif_)):
            return "a condition before it is always true", "warning"
        return "the conditions before it cover every value", "note"

    def _possible(self, path: list[tuple[nodes.Node, bool]]) -> bool:
        """Return whether some world fulfils all conditions; true where there are too many worlds to look at."""
        questions: dict[str, tuple[Any, ...]] = {}
        if len(path) > MAX_PATH:
            return True
        for test, _ in path:
            self._ask(test, questions)
            if prod(len(answers) for answers in questions.values()) > MAX_WORLDS:
                return True
        return any(
            all(self._truth(test, world) == wanted for test, wanted in path)
            for world in (dict(zip(questions, answers, strict=True)) for answers in product(*questions.values()))
        )

    def _ask(self, node: nodes.Node, questions: dict[str, tuple[Any, ...]]) -> None:
        """Add the questions on which the truth of a condition rests."""
        if isinstance(node, (nodes.And, nodes.Or)):
            self._ask(node.left, questions)
            self._ask(node.right, questions)
        elif isinstance(node, nodes.Not):
            self._ask(node.node, questions)
        elif (name := self._known(node)) is not None:
            if name:
                questions[f"value {name}"] = self.domains[name]
        elif self._settled(node) is None:
            questions[self._key(node)] = (True, False)

    def _truth(self, node: nodes.Node, world: World) -> bool:
        if isinstance(node, nodes.And):
            return self._truth(node.left, world) and self._truth(node.right, world)
        if isinstance(node, nodes.Or):
            return self._truth(node.left, world) or self._truth(node.right, world)
        if isinstance(node, nodes.Not):
            return not self._truth(node.node, world)
        if self._known(node) is not None:
            return answer(node, world)
        settled = self._settled(node)
        if settled is not None:
            return settled
        positive = is_unequal(node)
        return bool(world[self._key(node)]) != positive

    def _key(self, node: nodes.Node) -> str:
        """Return what two questions have in common only if they have one answer."""
        if {name.name for name in names(node)} & {*self.bound, "loop", "caller", "varargs", "kwargs"}:
            return f"question {id(node)}"
        if is_unequal(node):
            assert isinstance(node, nodes.Compare)
            node = nodes.Compare(node.expr, [nodes.Operand("eq", node.ops[0].expr)])
        return f"question {node!r}"

    def _settled(self, node: nodes.Node) -> bool | None:
        """Return the answer that is the same in every world; None where there is none."""
        if isinstance(node, nodes.Test) and isinstance(node.node, nodes.Name) and node.name in ("defined", "undefined"):
            name = node.node.name
            return node.name == "defined" if name in self.always and name not in self.bound else None
        return None

    def _known(self, node: nodes.Node) -> str | None:
        """Return the one variable that decides a condition, "" for none (a constant), None where more does."""
        if isinstance(node, nodes.Const):
            return ""
        if isinstance(node, nodes.Name):
            return node.name if node.name in self.domains and node.name not in self.bound else None
        if (
            not isinstance(node, nodes.Compare)
            or len(node.ops) != 1
            or node.ops[0].op not in ("eq", "ne", "in", "notin")
        ):
            return None
        used = list(names(node))
        plain = all(isinstance(part, (nodes.Name, nodes.Const, nodes.List, nodes.Tuple)) for part in operands(node))
        if not plain or len({name.name for name in used}) > 1:
            return None
        if not used:
            return ""
        name = used[0].name
        return name if name in self.domains and name not in self.bound else None


def dead_branches(prompt: Prompt, text: str, bound: frozenset[str]) -> list[Dead]:
    """Return (number, why, severity) of each branch without a world: `if`, `elif`, `else` are counted in text order.

    `bound`: names to which the template gives values itself, of which nothing is known.
    """
    declared = [variable for variable in prompt.variables if variable.declared]
    domains = {variable.name: values for variable in declared if (values := _values(variable))}
    if not _may_be_dead(text, domains):
        return []
    try:
        tree = reader().parse(text)
    except (TemplateSyntaxError, RecursionError, ValueError, MemoryError):
        return []
    always = frozenset(variable.name for variable in declared if variable.required or variable.has_default)
    found = _Reader(domains, always, bound)
    try:
        found.walk(tree, [])
    except RecursionError:
        return []
    return found.dead


def _may_be_dead(text: str, domains: Mapping[str, tuple[Any, ...]]) -> bool:
    """Return false where each condition asks a thing of its own, of which nothing is known: most templates."""
    seen: set[str] = set()
    for condition in CONDITION.findall(text):
        words = [word for word in WORD.findall(condition) if word not in SILENT]
        if not words or not TELLING.isdisjoint(words) or len({*words}) < len(words):
            return True
        asked = seen.isdisjoint(words) and BARE.fullmatch(condition) and _goes_both_ways(domains.get(words[0], (0, 1)))
        if not asked and (not seen.isdisjoint(words) or any(word in domains for word in words)):
            return True
        seen.update(words)
    return False


def _goes_both_ways(values: tuple[Any, ...]) -> bool:
    """Return whether some of the values are true and some are not."""
    return len({value is not ABSENT and bool(value) for value in values}) > 1


def _values(variable: Variable) -> tuple[Any, ...]:
    """Return all values that a variable may have; none where there are many."""
    schema = variable.schema
    if "const" in schema:
        values = [schema["const"]]
    elif isinstance(schema.get("enum"), (list, tuple)):
        values = list(schema["enum"])
    elif schema.get("type") == "boolean":
        values = [True, False]
    else:
        return ()
    if variable.has_default:
        values.append(variable.default)
    elif not variable.required:
        values.append(ABSENT)
    return tuple(values) if len(values) <= MAX_VALUES else ()
