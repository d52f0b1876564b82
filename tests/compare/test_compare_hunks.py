"""An edit in hunks: all of them make the new prompt, none the old one, and any choice something that stands between."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmops_cli.compare.hunks import apply, edit
from llmops_cli.compare.sentences import aligned, split
from llmops_cli.model.prompt import Examples, Message, Placeholder, Prompt, Variable
from llmops_cli.model.source import NOWHERE
from llmops_cli.render.identity import content
from llmops_cli.render.template import facts

NAMES = st.sampled_from(["a", "b", "c", "d"])
LINES = st.sampled_from(
    [
        "Be exact. ",
        "Answer in one word.\n",
        "1. First\n",
        "{{ a }} ",
        "{{b}}. ",
        "{c} ",
        "{% if d %}x. {% endif %}",
        "\n",
    ]
)
TEXTS = st.lists(LINES, max_size=6).map("".join)
JSON = (
    st.none() | st.booleans() | st.integers(0, 3) | st.lists(st.integers(0, 2), max_size=2) | st.just({"x": {"y": 1}})
)
MAPPINGS = st.dictionaries(NAMES, JSON, max_size=3)
MESSAGES = st.builds(Message, st.sampled_from(["system", "user"]), TEXTS) | st.builds(Placeholder, NAMES)
DEFAULTS = st.none() | st.tuples(JSON)


@st.composite
def prompts(draw):
    said = draw(st.dictionaries(NAMES, st.tuples(st.booleans(), DEFAULTS, st.sampled_from([{}, {"type": "string"}]))))
    variables = [
        Variable(name, schema, required, default[0] if default else None, has_default=bool(default))
        for name, (required, default, schema) in said.items()
    ]
    rows = draw(st.none() | st.lists(MAPPINGS, max_size=3))
    return Prompt(
        id="p",
        model="m",
        resolved_model=draw(st.sampled_from(["m", "n"])),
        messages=tuple(draw(st.lists(MESSAGES, max_size=4))),
        source=NOWHERE,
        params=draw(MAPPINGS),
        variables=tuple(variables),
        constants=draw(st.dictionaries(NAMES, TEXTS, max_size=2)),
        literals=tuple(draw(st.lists(NAMES, max_size=2, unique=True))),
        examples=None if rows is None else Examples(tuple(rows), draw(st.sampled_from([len(rows), 1]))),
        tools=tuple(draw(st.lists(MAPPINGS, max_size=3))),
        output=draw(MAPPINGS),
        includes=draw(st.dictionaries(NAMES, TEXTS, max_size=2)),
    )


@settings(max_examples=120, deadline=None)
@given(prompts(), prompts())
def test_all_hunks_make_the_new_prompt_and_none_the_old_one(before, after):
    found = edit(before, after, facts)
    assert content(apply(found, range(len(found.hunks)))) == content(after)
    assert content(apply(found, ())) == content(before)


@settings(max_examples=60, deadline=None)
@given(prompts(), prompts(), st.data())
def test_any_choice_of_hunks_is_a_prompt_and_says_the_same_each_time(before, after, data):
    found = edit(before, after, facts)
    chosen = data.draw(st.sets(st.integers(0, max(0, len(found.hunks) - 1)), max_size=len(found.hunks)))
    assert content(apply(found, chosen)) == content(apply(found, sorted(chosen, reverse=True)))


@given(prompts())
def test_a_prompt_has_no_hunks_from_itself(one):
    assert edit(one, one, facts).hunks == ()


@given(st.text() | TEXTS)
@example("Answer, e.g. this. Then 3.5 of\nit! 1. One\n2. Two\n\n  Three")
def test_sentences_joined_are_the_text(text):
    assert "".join(split(text)) == text
    assert all(split(text))


@given(st.text() | TEXTS, st.text() | TEXTS)
def test_aligned_sentences_joined_are_both_texts(before, after):
    pairs = aligned(before, after)
    assert "".join(old for old, _ in pairs) == before
    assert "".join(new for _, new in pairs) == after


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("Be exact.", ["Be exact."]),
        ("Be exact. Be brief! Why?\n", ["Be exact. ", "Be brief! ", "Why?\n"]),
        ("Use units, e.g. metres. Round.", ["Use units, e.g. metres. ", "Round."]),
        ("Wrapped prose goes\non here. Then stops.", ["Wrapped prose goes\non here. ", "Then stops."]),
        ("1. First\n2. Second\n", ["1. First\n", "2. Second\n"]),
        ("- one\n- two", ["- one\n", "- two"]),
        ("Title\n\nBody text.\n", ["Title\n\n", "Body text.\n"]),
        ("Say {{ x | default('a. B') }} now. End", ["Say {{ x | default('a. B') }} now. ", "End"]),
        ('He said "No." Then left.', ['He said "No." ', "Then left."]),
        ("正確に。短く。", ["正確に。", "短く。"]),
        ("version 3.5 of it", ["version 3.5 of it"]),
    ],
)
def test_a_text_is_cut_into_sentences(text, sentences):
    assert split(text) == sentences


def prompt(*texts, **more):
    messages = tuple(Message(role, text) for role, text in zip(["system", "user", "system"], texts, strict=False))
    return Prompt(id="p", model="m", resolved_model="m", messages=messages, source=NOWHERE, **more)


def told(before, after):
    return [(hunk.label, hunk.kind, hunk.before, hunk.after) for hunk in edit(before, after, facts).hunks]


@pytest.mark.parametrize(
    ("before", "after", "hunks"),
    [
        (
            prompt("Be exact. Be brief."),
            prompt("Be exact. Be kind. Be brief."),
            [("messages[0] system", "added", None, "Be kind. ")],
        ),
        (
            prompt("Reply with one word. Be brief."),
            prompt("Reply with two words. Be brief."),
            [("messages[0] system", "changed", "Reply with one word. ", "Reply with two words. ")],
        ),
        (
            prompt("Write digits only. A credit note has a minus. End."),
            prompt("Write plain digits only. Credits are negative. End."),
            [
                ("messages[0] system", "changed", "Write digits only. ", "Write plain digits only. "),
                ("messages[0] system", "changed", "A credit note has a minus. ", "Credits are negative. "),
            ],
        ),
        (
            prompt("Write digits only. End."),
            prompt("Never guess. Write plain digits only. Credits are negative. End."),
            [
                ("messages[0] system", "added", None, "Never guess. "),
                ("messages[0] system", "changed", "Write digits only. ", "Write plain digits only. "),
                ("messages[0] system", "added", None, "Credits are negative. "),
            ],
        ),
        (
            prompt("A", params={"temperature": 0, "stop": ["x"]}),
            prompt("A", params={"temperature": 1, "stop": ["x"], "seed": 3}),
            [("params.seed", "added", None, 3), ("params.temperature", "changed", 0, 1)],
        ),
        (
            prompt("A", examples=Examples(({"q": 1, "a": 2}, {"q": 3, "a": 4}), 2)),
            prompt("A", examples=Examples(({"q": 1, "a": 2}, {"q": 3, "a": 5}, {"q": 6, "a": 7}), 3)),
            [
                ("example 2", "changed", {"q": 3, "a": 4}, {"q": 3, "a": 5}),
                ("example 3", "added", None, {"q": 6, "a": 7}),
            ],
        ),
        (
            prompt("A", variables=(Variable("x", has_default=True, default="1", required=False),)),
            prompt("A", variables=(Variable("x", has_default=True, default="2", required=False),)),
            [("variables.x.default", "changed", "1", "2")],
        ),
        (
            prompt("A"),
            replace(prompt("A"), model="n", resolved_model="n"),
            [("model", "changed", "m", "n")],
        ),
        (
            prompt("A", tools=({"name": "find", "strict": True},)),
            prompt("A", tools=({"name": "find", "strict": False}, {"name": "send"})),
            [("tool find.strict", "changed", True, False), ("tool send", "added", None, {"name": "send"})],
        ),
        (
            prompt("Be {tone}. Go.", constants={"tone": "kind"}),
            prompt("Be {tone}. Go.", constants={"tone": "curt"}),
            [("constants tone", "changed", "kind", "curt")],
        ),
        (
            prompt("A", "B"),
            prompt("A", "B", "C"),
            [("messages[2] system", "added", None, {"role": "system", "content": "C"})],
        ),
    ],
)
def test_an_edit_falls_into_hunks(before, after, hunks):
    assert told(before, after) == hunks


def test_a_variable_follows_the_sentence_that_uses_it():
    before = prompt("Be exact. Name: {{ name }}", variables=(Variable("name"),))
    after = prompt("Be exact. Use {{ locale }}. Name: {{ name }}", variables=(Variable("name"), Variable("locale")))
    found = edit(before, replace(after, params={"seed": 1}), facts)
    assert [hunk.label for hunk in found.hunks] == ["params.seed", "messages[0] system"]
    assert [variable.name for variable in apply(found, [0]).variables] == ["name"]
    assert [variable.name for variable in apply(found, [1]).variables] == ["name", "locale"]


def test_a_message_that_moved_is_one_hunk():
    one, two, three = (Message("user", text) for text in ("first", "second", "third"))
    before, after = (replace(prompt(), messages=turns) for turns in ((one, two, three), (three, one, two)))
    found = edit(before, after, facts)
    assert [(hunk.kind, hunk.before, hunk.after) for hunk in found.hunks] == [("moved", 2, 0)]


def test_spacing_inside_tags_is_no_hunk():
    names = (Variable("x"),)
    assert told(prompt("Say {{x}}.\r\n", variables=names), prompt("Say {{ x }}.\n", variables=names)) == []
