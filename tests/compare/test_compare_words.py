import random
from itertools import pairwise

import pace
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.compare.words import words

TEXT = st.lists(
    st.sampled_from(["Be ", "exact", "brief", ". ", "\n", "\n\n", "{{ x }}", " ", "\t", "日本", "é", '{"a":1}'])
    | st.text(max_size=2)
).map("".join)


def joined(change, signs):
    return "".join(text for sign, text in change.pieces if sign in signs)


@settings(max_examples=400, deadline=None)
@given(TEXT, TEXT)
def test_kept_and_removed_is_the_old_text_kept_and_added_the_new(before, after):
    change = words("user", before, after)
    assert joined(change, " -") == before
    assert joined(change, " +") == after
    signs = [sign for sign, _ in change.pieces]
    assert all(text for _, text in change.pieces)
    assert all(one != other for one, other in pairwise(signs))


@given(TEXT)
def test_a_text_does_not_differ_from_itself(text):
    assert words("user", text, text).pieces == (((" ", text),) if text else ())


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Be exact.", "Be exact and brief.", "Be [-exact.-]{+exact and brief.+}"),
        ("in 30 days", "in 14 days", "in [-30-]{+14+} days"),
        ("a b c", "x y z", "[-a b c-]{+x y z+}"),
        ("a {{doc}}, b", "a {{ doc }}, c", "a [-{{doc}}-]{+{{ doc }}+}, [-b-]{+c+}"),
        ('{"a":1,"b":2}', '{"a":1,"b":3}', '{"a":1,"b":[-2-]{+3+}}'),
        ("one\ntwo\nthree", "one\nthree", "one\n[-two\n-]three"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("請求書を読む", "請求書を書く", "請求書を[-読む-]{+書く+}"),
    ],
)
def test_the_words_that_differ_are_marked(before, after, shown):
    marks = {" ": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    told = "".join(marks[sign].format(text) for sign, text in words("x", before, after).pieces)
    assert told == shown


def text_of(kind, seed, size=100_000):
    rng = random.Random(seed)
    lines = [f"line {number}" for number in range(size // 8)]
    rng.shuffle(lines)
    made = {
        "prose": lambda: " ".join(f"w{rng.randrange(2000)}" for _ in range(size // 5)),
        "lines": lambda: "\n".join(f"w{rng.randrange(2000)}" for _ in range(size // 5)),
        "newlines": lambda: "\n" * (size - rng.randrange(9)),
        "two words": lambda: " ".join(rng.choice("ab") for _ in range(size // 2)),
        "two lines": lambda: "\n".join(rng.choice("ab") for _ in range(size // 2)),
        "punctuation": lambda: "".join(rng.choice(".,!?:;") for _ in range(size)),
        "shuffled lines": lambda: "\n".join(lines),
    }
    return made[kind]()


@pytest.mark.parametrize(
    "kind", ["prose", "lines", "newlines", "two words", "two lines", "punctuation", "shuffled lines"]
)
def test_a_hundred_thousand_characters_take_less_than_a_second(kind):
    before, after = text_of(kind, 1), text_of(kind, 2)
    assert pace.seconds(lambda: words("x", before, after), 1) < 1
    change = words("x", before, after)
    assert (joined(change, " -"), joined(change, " +")) == (before, after)


def test_a_few_edits_of_a_long_text_are_found_one_by_one():
    before = "\n".join(f"Rule {number}: answer within {number} days." for number in range(3000))
    after = before.replace("within 7 days", "in 7 days").replace("within 2999 days", "in 2999 days")
    assert [piece for piece in words("x", before, after).pieces if piece[0] != " "] == [
        ("-", "within"),
        ("+", "in"),
    ] * 2
