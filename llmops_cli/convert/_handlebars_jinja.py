"""A Handlebars tree → Jinja text that renders alike. What has no counterpart is a `Loss`, and left out of the text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from llmops_cli.convert import _handlebars
from llmops_cli.convert._escape import literal
from llmops_cli.convert._handlebars_nodes import Block, Call, Comment, Node, Partial, Path, Print, Text, Value
from llmops_cli.convert._handlebars_out import Mark, Out, branched, joined
from llmops_cli.convert._handlebars_refs import Ref
from llmops_cli.convert._handlebars_scope import Loop, Scope, UnsaidError
from llmops_cli.convert._handlebars_values import called, compared, found, in_order, used
from llmops_cli.model.exchange import Loss

MAX_PARTIALS = 500
SENTINEL = "end of prompt"
LONGEST = 80
MARKS = ("role", "history")
NOT_HERE = {
    "media": ("media parts", "ours are messages of text; send the file in your program, beside the prompt"),
    "section": ("sections", "ours are messages of text; write the sections' texts into the prompt"),
}


@dataclass(slots=True)
class Translator:
    """Translates one prompt: `partials` by name; `losses`, `notes` and the partials `written_out` fill up meanwhile."""

    file: str
    partials: Mapping[str, tuple[str, str]]
    losses: list[Loss] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    written_out: list[str] = field(default_factory=list)

    def all(self, nodes: Sequence[Node], scope: Scope) -> list[Out]:
        """Return each node translated."""
        return [self.one(node, scope) for node in nodes]

    def one(self, node: Node, scope: Scope) -> Out:
        """Return one node translated; nothing, with a loss noted, where it cannot be."""
        if isinstance(node, Text):
            return self._text(node)
        if isinstance(node, Comment):
            return self._comment(node)
        try:
            if isinstance(node, Print):
                return self._print(node, scope)
            if isinstance(node, Partial):
                return self._partial(node, scope)
            return self._block(node, scope)
        except UnsaidError as error:
            self.lose(error.message, node.tag.line, error.hint)
            return Out(live=True)

    def lose(self, message: str, line: int, hint: str = "") -> None:
        """Note that something has no counterpart."""
        loss = Loss("template", message, hint, f"{self.file}:{line}")
        if loss not in self.losses:
            self.losses.append(loss)

    def _text(self, node: Text) -> Out:
        if "<<<dotprompt:" in node.value:
            self.lose("the text `<<<dotprompt:` is a mark of dotprompt's own", node.line, "write it another way")
        return _plain(node.value)

    def _comment(self, node: Comment) -> Out:
        text = node.text.removeprefix("--").removesuffix("--")
        if text.strip() == SENTINEL or not text.strip():
            return Out()
        return Out([f"{{#{text.replace('#}', '# }')}#}}"])

    def _print(self, node: Print, scope: Scope) -> Out:
        call, line = node.call, node.tag.line
        name = call.name.text if isinstance(call.name, Path) else ""
        if name in MARKS:
            return Out([self._mark(call, name, line)], live=True)
        if name in NOT_HERE:
            what, hint = NOT_HERE[name]
            shown = " ".join(node.tag.code.split())[:LONGEST]
            raise UnsaidError(f"{{{{{shown}}}}}: {what} have no place in a prompt file", hint)
        if name == "log":
            self.notes.append(f"{self.file}:{line}: {{{{log}}}} prints nothing and is left out")
            return Out()
        ref = called(call, scope)
        if ref.fixed and not isinstance(ref.value, float):
            return _plain(_shown(ref))
        space = " " if node.tag.code[:1].isspace() or not ref.text[0].isalpha() else ""
        expression = ref.text if name == "json" else scope.names.use(ref, "print").printed()
        certain = name == "json" or (ref.sure and ref.kinds <= {"integer", "number", "boolean"})
        return Out([f"{{{{{space}{expression}{space}}}}}"], certain=certain, live=True)

    def _mark(self, call: Call, name: str, line: int) -> Mark:
        if name == "history":
            if call.args or call.hash:
                raise UnsaidError("{{history}} takes nothing")
            return Mark("", {}, line)
        if len(call.args) != 1 or not isinstance(call.args[0], Value) or not isinstance(call.args[0].value, str):
            raise UnsaidError("a {{role}} that is no text cannot be told before rendering", "name the role in quotes")
        metadata = {key: value.value for key, value in call.hash.items() if isinstance(value, Value)}
        if len(metadata) != len(call.hash):
            raise UnsaidError("metadata of a {{role}} that are no texts or numbers", "write them as literals")
        return Mark(call.args[0].value, metadata, line)

    def _partial(self, node: Partial, scope: Scope) -> Out:
        call = node.call
        name = node.tag.code.split()[0].strip("'\"") if isinstance(call.name, (Path, Value)) else ""
        if not name:
            raise UnsaidError("a partial whose name is only known at run time", "name the partial")
        if name not in self.partials:
            hint = f"import the folder in which _{name}.prompt lies"
            raise UnsaidError(f"the partial {name} is not among the files", hint)
        if name in scope.partials:
            raise UnsaidError(
                f"partials go in a circle: {' → '.join((*scope.partials, name))}", "write one of them out"
            )
        file, text = self.partials[name]
        self.written_out.append(name)
        if len(self.written_out) > MAX_PARTIALS:
            raise UnsaidError(f"partials are used more than {MAX_PARTIALS} times", "write a shorter prompt")
        tree = _handlebars.parse(text, file)
        inner = Translator(file, self.partials, self.losses, self.notes, self.written_out)
        for line in tree.disputed:
            inner.lose(*disputed(line))
        outs = inner.all(tree.nodes, self._inside(name, call, scope))
        note = f"{self.file}: the partial {name} is written out where it was used"
        if note not in self.notes:
            self.notes.append(note)
        return self._indented(joined(outs), node)

    def _inside(self, name: str, call: Call, scope: Scope) -> Scope:
        if len(call.args) > 1:
            raise UnsaidError(f"the partial {name} is given more than one context")
        params = {key: found(argument, scope) for key, argument in call.hash.items()}
        here = scope
        if call.args and not (isinstance(call.args[0], Path) and call.args[0].own and not call.args[0].parts):
            argument = call.args[0]
            ref = found(argument, scope)
            here = Scope(scope.names, this=ref)
        return scope.partial(name, here, params)

    def _indented(self, out: Out, node: Partial) -> Out:
        if not node.indent or not out.parts:
            return out
        if any(isinstance(part, Mark) for part in out.parts):
            raise UnsaidError("an indented partial that opens a message", "begin its line with {{>")
        before = node.indent.replace("\t", "\\t")
        return Out([f"{{% filter margin('{before}') %}}{out.text}{{% endfilter %}}"], certain=out.certain, live=True)

    def _block(self, node: Block, scope: Scope) -> Out:
        name = node.call.name.text if isinstance(node.call.name, Path) else ""
        if node.tag.raw:
            return joined(self.all(node.body, scope))
        made = BLOCKS.get(name)
        if made is None:
            hint = "write {{#if}}, {{#each}} or {{#with}}: only a value would tell which of them is meant"
            raise UnsaidError(f"{{{{#{name}}}}} is no block of dotprompt's", hint)
        out = made(self, node, scope)
        for part in out.parts:
            if isinstance(part, Mark):
                what = f'{{{{role "{part.role}"}}}}' if part.role else "{{history}}"
                hint = "messages are a list here; take the mark out of the block"
                self.lose(
                    f"{what} inside {{{{#{name}}}}}: whether a message begins here depends on values", part.line, hint
                )
        return Out([out.text], certain=out.certain, live=True)

    def _if(self, node: Block, scope: Scope) -> Out:
        body, other = self.all(node.body, scope), self.all(node.other or [], scope)
        condition = self.condition(node, scope)
        return branched(condition, joined(body), joined(other), chained=node.chained)

    def condition(self, node: Block, scope: Scope) -> str:
        """Return the expression of an `if`, `unless`, `ifEquals` or `unlessEquals`."""
        call, name = node.call, node.call.name.text if isinstance(node.call.name, Path) else ""
        negated = name.startswith("unless") != node.negated
        if name in ("ifEquals", "unlessEquals"):
            one, two = compared(call, name, scope)
            test = one.same(two)
            return f"not ({test})" if negated and " == " in test else f"not {test}" if negated else test
        if len(call.args) != 1 or call.hash.keys() - {"includeZero"}:
            raise UnsaidError(f"{{{{#{name}}}}} takes one value")
        zero = call.hash.get("includeZero", Value(value=False))
        test = used(call.args[0], scope, "test").test(zero=zero == Value(value=True))
        return f"not {test}" if negated else test

    def _with(self, node: Block, scope: Scope) -> Out:
        if len(node.call.args) != 1 or node.call.hash:
            raise UnsaidError("{{#with}} takes one value")
        ref = used(node.call.args[0], scope, "test")
        bound = dict(zip(node.call.params[:1], [ref], strict=False))
        body = joined(self.all(node.body, scope.enter(ref, bound)))
        other = joined(self.all(node.other or [], scope))
        if node.negated:
            body, other = other, body
        return branched(ref.test(zero=True), body, other, chained=node.chained)

    def _each(self, node: Block, scope: Scope) -> Out:
        if len(node.call.args) != 1 or node.call.hash or node.negated:
            raise UnsaidError("{{#each}} takes one value")
        names = scope.names
        ref = in_order(node.call.args[0], scope)
        before = set(names.locals)
        item, key = names.local("item"), names.local("key")
        loop = Loop(key, pairs=not ref.is_list)
        this = ref.item(item)
        inner = scope.enter(this, {}, loop)
        keyed = inner.find(Path("@key", ("key",), data=True))
        bound = dict(zip(node.call.params, (this, keyed), strict=False))
        body = joined(self.all(node.body, scope.enter(this, bound, loop)))
        names.locals &= before
        other = joined(self.all(node.other or [], scope))
        head = f"for {key}, {item} in {ref.text} | entries" if loop.pairs else f"for {item} in {ref.text}"
        alias = f"{{% set {loop.alias} = loop %}}" if loop.alias else ""
        text = f"{{% {head} %}}{alias}{body.text}"
        if node.other is not None:
            text += f"{{% else %}}{other.text}"
        marks = [part for part in (*body.parts, *other.parts) if isinstance(part, Mark)]
        return Out([f"{text}{{% endfor %}}", *marks], certain=body.certain and other.certain, live=True)


BLOCKS: Mapping[str, Callable[[Translator, Block, Scope], Out]] = {
    "if": Translator._if,  # noqa: SLF001 - the class's own table
    "unless": Translator._if,  # noqa: SLF001 - as above
    "ifEquals": Translator._if,  # noqa: SLF001 - as above
    "unlessEquals": Translator._if,  # noqa: SLF001 - as above
    "with": Translator._with,  # noqa: SLF001 - as above
    "each": Translator._each,  # noqa: SLF001 - as above
}


def _plain(text: str) -> Out:
    return Out([literal(text)] if text else [], certain=bool(text.strip()))


def _shown(ref: Ref) -> str:
    """Return what a literal prints."""
    if isinstance(ref.value, bool):
        return str(ref.value).lower()
    return "" if ref.value is None else str(ref.value)


def disputed(line: int) -> tuple[str, int, str]:
    """Return what to say of white space that dotprompt's runtimes drop differently."""
    message = "the white space around a tag here differs between dotprompt's runtimes in JavaScript and in Python"
    return message, line, "put a `~` on both sides of the tag, or the tag on a line of its own"
