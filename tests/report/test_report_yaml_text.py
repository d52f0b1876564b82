from hypothesis import example, given
from hypothesis import strategies as st

from llmops_cli.load.yaml_ import parse
from llmops_cli.report.yaml_text import dump

TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=40) | st.sampled_from(
    [
        "",
        "yes",
        "NO",
        "1.10",
        "0777",
        "2024-01-01",
        "null",
        "~",
        "- x",
        "a: b",
        "#",
        " x",
        "x ",
        "a\nb",
        "a\n",
        "\n",
        "a\n\n",
        "a\n b\n",
        "a\n  \nb",
        "<<",
        "{{ x }}",
        "|",
        ">",
        "a\tb",
        "1e3",
        "-1",
        "=",
        "a\r\nb",
        "\u2028",
        "\ufeff",
        "@x",
        "%x",
        "*a",
        "&a",
        "!t",
        "'",
        '"',
        "\\",
        "...",
        "---",
        "a #b",
        ":",
        "?",
        "a\x85b\nc",
        " a\nb",
        "\na",
    ]
)
SCALAR = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
DATA = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@given(st.dictionaries(TEXT, DATA, min_size=1, max_size=5))
@example({"a": [{"b": "x\ny"}, [["c\nd\n", {"e": {}}]], [], {}]})
def test_what_is_written_is_read_back_the_same_by_our_strict_loader(document):
    text = dump(document)
    read, problems = parse(text.encode(), "x.yaml")
    assert not problems, text
    assert read.value == document, text
    assert dump(read.value) == text


def test_a_text_of_several_lines_is_a_block_and_short_collections_stand_in_a_line():
    assert (
        dump({"a": "x\ny\n", "p": {"t": 0.1, "v": "1.10"}, "l": ["a", "b"]})
        == 'a: |\n  x\n  y\np: {t: 0.1, v: "1.10"}\nl: [a, b]\n'
    )
