"""`model.frozen` and `model.release`: what is frozen comes back whole, also through YAML; versions and splits."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.load.yaml_ import parse
from llmops_cli.model.frozen import OWN, freeze, thaw
from llmops_cli.model.prompt import Examples, Message, Placeholder, Prompt, Variable
from llmops_cli.model.release import bumped, choose, is_version, precedence
from llmops_cli.model.source import NOWHERE
from llmops_cli.render.identity import identify
from llmops_cli.report.yaml_text import dump

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cn")), max_size=20)
NAMES = st.text("abcdefgh_", min_size=1, max_size=6)
FLAT = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | WORDS
)
JSON = st.recursive(
    FLAT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=6
)
OBJECT = st.dictionaries(NAMES, JSON, max_size=3)
TEXTS = st.lists(
    WORDS | st.sampled_from(["{{ a }}", "{{a}}\n", "{% if a %}x{% endif %}", "a\r\nb", "{{ a"]), max_size=3
).map("".join)


@st.composite
def variables(draw):
    """Return a variable; its schema may use words that are our own."""
    has_default = draw(st.booleans())
    return Variable(
        draw(NAMES),
        draw(st.dictionaries(st.sampled_from(["type", "enum", "items", *sorted(OWN)]), JSON, max_size=3)),
        required=draw(st.booleans()),
        default=draw(JSON) if has_default else None,
        has_default=has_default,
        description=draw(WORDS),
        trust=draw(st.sampled_from(["trusted", "untrusted"])),
        max_tokens=draw(st.none() | st.integers(1, 9)),
        declared=draw(st.booleans()),
    )


@st.composite
def prompts(draw):
    """Return a resolved prompt."""
    message = st.builds(Message, st.sampled_from(["system", "user"]), TEXTS) | st.builds(Placeholder, NAMES)
    found = draw(st.lists(variables(), max_size=3, unique_by=lambda one: one.name))
    return Prompt(
        id="p",
        model=draw(NAMES),
        resolved_model=draw(NAMES),
        messages=tuple(draw(st.lists(message, max_size=3))),
        source=NOWHERE,
        params=draw(OBJECT),
        variables=tuple(found),
        constants=draw(st.dictionaries(NAMES, WORDS, max_size=2)),
        literals=tuple(draw(st.lists(NAMES, max_size=2))),
        examples=draw(st.none() | st.builds(Examples, st.lists(OBJECT, max_size=2).map(tuple), st.integers(0, 2))),
        tools=tuple(draw(st.lists(OBJECT, max_size=2))),
        output=draw(OBJECT),
        evals=tuple(draw(st.lists(NAMES, max_size=2))),
        description=draw(WORDS),
        owners=tuple(draw(st.lists(WORDS, max_size=2))),
        aliases=tuple(draw(st.lists(NAMES, max_size=2))),
        extra=draw(OBJECT),
        includes=draw(st.dictionaries(NAMES, TEXTS, max_size=2)),
    )


def same(one, other):
    """Assert that two prompts are one to a model, to callers and to readers."""
    before, after = identify(one), identify(other)
    assert (after.digest, after.interface_digest) == (before.digest, before.interface_digest)
    assert freeze(after) == freeze(before)
    assert [variable.name for variable in other.variables] == [variable.name for variable in one.variables]
    kept = ("required", "has_default", "description", "trust", "max_tokens", "declared")
    for mine, theirs in zip(one.variables, other.variables, strict=True):
        assert [getattr(mine, name) for name in kept] == [getattr(theirs, name) for name in kept]


@given(prompts())
def test_what_is_thawed_has_the_digests_of_what_was_frozen(prompt):
    same(prompt, thaw("p", "1.0.0", freeze(prompt)))


@given(prompts())
def test_a_bundle_and_a_release_file_keep_it_too(prompt):
    frozen = freeze(prompt)
    same(prompt, thaw("p", "1.0.0", json.loads(json.dumps(frozen))))
    document, problems = parse(dump({"prompt": frozen}).encode("utf-8"), "release.yaml")
    assert problems == []
    same(prompt, thaw("p", "1.0.0", document.value["prompt"]))


VERSIONS = ["0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1", "1.0.0", "1.9.0", "1.10.0", "1.10.1"]  # fmt: skip


def test_versions_are_ordered_as_semver_says():
    backwards = VERSIONS[::-1]
    assert sorted(backwards, key=precedence) == VERSIONS


@pytest.mark.parametrize(
    "text", ["1", "1.2", "01.2.3", "1.2.3 ", "1.2.3\n", "v1.2.3", "1.2.3+b", "1.2.3-", "1.2.3-a..b", ""]
)
def test_what_is_no_whole_version_is_none(text):
    assert not is_version(text)


@pytest.mark.parametrize(
    ("version", "bump", "following"),
    [
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3-rc.1", "minor", "1.3.0"),
    ],
)
def test_a_bump_gives_the_next_version(version, bump, following):
    assert bumped(version, bump) == following


SPLITS = st.dictionaries(st.sampled_from(["1.0.0", "1.1.0", "2.0.0", "3.0.0"]), st.integers(1, 100), min_size=1)


@given(SPLITS, st.sampled_from(["1.0.0", "1.1.0", "2.0.0", "9.0.0"]), st.integers(1, 200), WORDS)
def test_more_weight_for_one_version_only_moves_callers_to_it(split, grown, more, key):
    before = choose(split, "p", "production", key)
    after = choose({**split, grown: split.get(grown, 0) + more}, "p", "production", key)
    assert after in (before, grown)


@given(SPLITS, WORDS, st.integers(2, 9))
def test_a_choice_depends_on_shares_alone(split, key, times):
    twice = {version: weight * times for version, weight in reversed(split.items())}
    assert choose(split, "p", "production", key) == choose(twice, "p", "production", key)


def test_shares_come_out_as_weighed_and_differ_by_prompt_and_label():
    split = {"1.0.0": 70, "1.1.0": 20, "2.0.0": 10}
    keys = [f"customer-{number}" for number in range(20_000)]
    counts = Counter(choose(split, "p", "production", key) for key in keys)
    for version, weight in split.items():
        assert abs(counts[version] / len(keys) - weight / 100) < 0.012
    others = [("q", "production"), ("p", "staging")]
    for name, label in others:
        moved = sum(choose(split, name, label, key) != choose(split, "p", "production", key) for key in keys[:2000])
        assert moved > 700


def test_the_split_is_written_down_so_that_every_machine_agrees():
    split = {"3.2.0": 90, "3.3.0": 10}
    found = [choose(split, "billing/extract-invoice", "production", f"user-{number}") for number in range(24)]
    assert [place for place, version in enumerate(found) if version == "3.3.0"] == [19]
