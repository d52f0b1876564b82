"""A law: what a program loads from a bundle renders as the command line renders the same release."""

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shipped import bundle, release

from llmops_cli.flow.address import find
from llmops_cli.flow.project import open_project
from llmops_cli.render.messages import Renderer
from llmops_cli.report.yaml_text import dump
from llmops_cli.runtime import Loader, RenderError

NAMES = ["a", "b", "name", "document", "class_", "x1"]
TEXTS = st.text(
    alphabet=st.characters(
        blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029\ufeff\ufffe\uffff\u0085"
    ),
    max_size=12,
).filter(lambda text: not any(mark in text for mark in ("{", "}", "%", "#")))
VALUES = {
    "string": st.text(st.characters(blacklist_categories=("Cs",)), max_size=20),
    "integer": st.integers(-(10**18), 10**18),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
}


@st.composite
def cases(draw):
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    kinds = {name: draw(st.sampled_from(sorted(VALUES))) for name in names}
    defaults = {name: draw(VALUES[kinds[name]]) for name in names if draw(st.booleans())}
    parts = [piece for name in names for piece in (draw(TEXTS), "{{ " + name + " }}")]
    prompt = {
        "model": "m",
        "params": draw(st.fixed_dictionaries({}, optional={"temperature": st.sampled_from([0, 0.0, 0.5, 1.0, 1e-7])})),
        "variables": {
            name: {"type": kinds[name], **({"default": defaults[name]} if name in defaults else {})} for name in names
        },
        "messages": [{"role": "system", "content": draw(TEXTS) or "s"}, {"role": "user", "content": "".join(parts)}],
    }
    wanted = {name: draw(VALUES[kinds[name]]) for name in names if name not in defaults or draw(st.booleans())}
    if draw(st.integers(0, 4)) == 0 and wanted:
        wanted[next(iter(wanted))] = None
    return prompt, wanted


def outcome(render):
    try:
        found = render()
    except RenderError as error:
        return error.message
    return json.dumps([list(found.messages), found.model, dict(found.params), found.response_format])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_a_bundle_renders_as_the_command_line_does(case):
    prompt, values = case
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        release(root, "law", "1.0.0", dump(prompt))
        (root / "b").write_bytes(bundle(root))
        loaded = Loader(bundle=root / "b").get("law@1.0.0")
        told = find(open_project(root), "law@1.0.0").prompt
        with Renderer(told) as renderer:
            assert outcome(lambda: loaded.render(**values)) == outcome(lambda: renderer.render(values))
        assert loaded.digest == f"sha256:{told.digest}"
