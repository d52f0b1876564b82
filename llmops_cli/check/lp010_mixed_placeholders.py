"""A `{name}` beside `{{ … }}` that is declared nowhere.

Why:
    Of two kinds of braces in one template, one is often a left-over of another tool. Sent as it is, the model reads
    `{format}`; replaced by guess, text that was meant is lost. Most tools do one or the other without a word, so the
    author is asked.

Bad:
    template: "Number: {format}, document: {{ document }}"

Good:
    constants: {format: "INV-####"}          # one value, part of the prompt
    template: "Number: {format}, document: {{ document }}"

    or `literals: [format]`, if the braces are text; or `{{ format }}`, if the caller gives the value.
"""

from collections.abc import Iterator

from llmops_cli.check.place import of_use, problem
from llmops_cli.model.problem import Problem, Subject


def check(subject: Subject) -> Iterator[Problem]:
    """Yield a problem for each undeclared name, at its first use."""
    declared = {variable.name for variable in subject.prompt.variables if variable.declared}
    done = {*subject.prompt.constants, *subject.prompt.literals}
    for use in subject.facts.braces:
        name = use.name
        if name in done or not (subject.facts.has_double or name in declared):
            continue
        done.add(name)
        if name in declared:
            message = f"{{{name}}} is not replaced: {name} is a variable"
            hint = f"write {{{{ {name} }}}}, or `literals: [{name}]` if it is text"
        else:
            message = f"{{{name}}} stands beside {{{{ … }}}} and is declared nowhere"
            hint = (
                f"choose: `constants: {{{name}: …}}` for a fixed value, {{{{ {name} }}}} with `variables:` for one "
                f"that the caller gives, `literals: [{name}]` for text"
            )
        place = of_use(subject, use)
        yield problem("LP010", "mixed-placeholders", "error", place, message, hint=hint, width=len(name) + 2)
