import json
import os
import subprocess
import sys
from pathlib import Path

import pace
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops_cli.load.yaml_ import parse

SEED = Path(__file__).parent / "seed" / "extract-invoice.yaml"


def value(text: str):
    document, problems = parse(text.encode(), "f.yaml")
    assert problems == []
    return document.value


def codes(data: bytes | str) -> list[str]:
    _, problems = parse(data.encode() if isinstance(data, str) else data, "f.yaml")
    return [f"{problem.code} {problem.slug} {problem.source}" for problem in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", "~"),
        ("Null", "Null"),
        ("1.10", 1.1),
        ("012", "012"),
        ("0777", "0777"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("+1", "+1"),
        (".5", ".5"),
        ("1.", "1."),
        ("-0", 0),
        ("-12", -12),
        ("1e3", 1000.0),
        ("1.5E-2", 0.015),
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("2024-01-01", "2024-01-01"),
        ("3.2.0", "3.2.0"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("=", "="),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_scalars_are_those_of_json_and_everything_else_is_text(text, expected):
    found = value(f"a: {text}\n")["a"]
    assert found == expected
    assert type(found) is type(expected)


def test_an_empty_value_is_null_and_keys_are_text():
    assert value("a:\n1.10: b\ntrue: c\n") == {"a": None, "1.10": "b", "true": "c"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a: 1\nb: 2\n  a: 3\n", "LF002 yaml-syntax f.yaml:3:4"),
        ("a: 1\na: 2\n", "LF009 duplicate-key f.yaml:2:1"),
        ("x: {b: 1, b: 2}\n", "LF009 duplicate-key f.yaml:1:11"),
        ("a: &x 1\nb:\n  <<: *x\n", "LF007 merge-key f.yaml:3:3"),
        ("a: !!python/object/apply:os.system [id]\n", "LF008 tag f.yaml:1:4"),
        ("a: !include x\n", "LF008 tag f.yaml:1:4"),
        ("!t a: 1\n", "LF008 tag f.yaml:1:1"),
        ("a: 1\n---\nb: 1\n", "LF010 multiple-documents f.yaml:2:1"),
        ("", "LF011 empty-file f.yaml:1:1"),
        ("# only\n", "LF011 empty-file f.yaml:1:1"),
        ("a: 1e999\n", "LF012 number-out-of-range f.yaml:1:4"),
        ("a: " + "9" * 5000, "LF012 number-out-of-range f.yaml:1:4"),
        ("template: {{ x }}\n", "LF013 key-not-text f.yaml:1:12"),
        ("? [a]\n: b\n", "LF013 key-not-text f.yaml:1:3"),
        ("a: \x07\n", "LF014 control-character f.yaml:1:4"),
        ("a: x\x00y\n", "LF014 control-character f.yaml:1:5"),
        (b"a: \xff\n", "LF001 not-utf8 f.yaml:1:4"),
        ("ä: é".encode("latin-1"), "LF001 not-utf8 f.yaml:1:1"),
        ("a: 1\n".encode("utf-16"), "LF001 not-utf8 f.yaml:1:1"),
        ("a: *x\n", "LF006 alias f.yaml:1:4"),
        ("a: &x [*x]\n", "LF006 alias f.yaml:1:8"),
        ("\ta: 1\n", "LF002 yaml-syntax f.yaml:1:1"),
        ("a: 'x\n", "LF002 yaml-syntax f.yaml:2:1"),
        ("a: [1\n", "LF002 yaml-syntax f.yaml:2:1"),
        ('a: "\\ud800"\n', "LF002 yaml-syntax f.yaml:1:7"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> topic\n", "LF002 yaml-syntax f.yaml:2:1"),
        ("a: 1\u2028a: 2\n", "LF009 duplicate-key f.yaml:1:6"),
    ],
)
def test_what_is_refused_has_one_problem_at_its_place(data, expected):
    assert expected in codes(data)
    assert len(codes(data)) == 1


def test_all_problems_that_do_not_stop_the_reading_come_at_once():
    assert [code[:5] for code in codes("a: 1\na: 2\nb: !x 3\nc: 1e999\nc: 4\n")] == ["LF009", "LF008", "LF012", "LF009"]


def test_a_byte_order_mark_and_crlf_are_read():
    document, problems = parse(b"\xef\xbb\xbfa: |\r\n  one\r\n  two\r\nb: x\r\n", "f.yaml")
    assert problems == []
    assert document.value == {"a": "one\ntwo\n", "b": "x"}
    assert str(document.where("b")) == "f.yaml:4:4"
    assert str(document.inside(("a",), "one\ntwo\n", 5)) == "f.yaml:3:4"
    assert document.lines[1] == "  one"


PLACES = """\
# comment
plain: some <text
quoted: "a <b"
single: 'a <b'
block: |

  x
   <y
keep: |+ # why
    <z
deep:
- - key: |2-
       <indented
flow: {a: [1, "<q"]}
tail: |
    t

    <last
"""


@pytest.mark.parametrize(
    "path",
    [("plain",), ("quoted",), ("single",), ("block",), ("keep",), ("deep", 0, 0, "key"), ("flow", "a", 1), ("tail",)],
)
def test_a_character_of_a_text_is_found_in_the_file(path):
    document, _ = parse(PLACES.encode(), "f.yaml")
    text = document.value
    for part in path:
        text = text[part]
    source = document.inside(path, text, text.index("<"))
    assert PLACES.split("\n")[source.line - 1][source.column - 1] == "<"
    assert path in document.texts


@pytest.mark.parametrize("scalar", ['"a\\n<b"', "'it''s <'", ">\n  a\n  <b", "a\n  <b", '"a\n  <b"'])
def test_a_text_that_does_not_lie_in_the_file_as_it_is_has_the_place_of_its_value(scalar):
    document, _ = parse(f"k: {scalar}\n".encode(), "f.yaml")
    assert ("k",) not in document.texts
    assert str(document.inside(("k",), document.value["k"], 3)) == "f.yaml:1:4"


def test_lines_are_counted_as_editors_count_them():
    document, problems = parse('a: "x\u2028y"\nb: z\nc: [1,\n {d: 2}]\n'.encode(), "f.yaml")
    assert problems == []
    assert [str(document.where(*path)) for path in (("b",), ("c", 1, "d"))] == ["f.yaml:2:4", "f.yaml:4:6"]
    assert str(document.where_key("c", 1, "d")) == "f.yaml:4:3"


def test_an_alias_stands_for_its_anchor():
    assert value("a: &x {k: [1]}\nb: *x\nc: [*x]\n") == {"a": {"k": [1]}, "b": {"k": [1]}, "c": [{"k": [1]}]}


BOMBS = {
    "laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    "few aliases": "a: &a [" + "x," * 4000 + "]\n" + "".join(f"k{n}: *a\n" for n in range(15)),
    "merge": "a: &a {x: 1}\n" + "".join(f"k{n}: {{<<: *a}}\n" for n in range(40)),
    "brackets": "[" * 100_000,
    "braces": "{" * 100_000,
    "dashes": "- " * 100_000,
    "nested blocks": "\n".join(" " * n + "a:" for n in range(700)),
    "items": "- x\n" * 60_000,
    "keys": "".join(f"k{n}: 1\n" for n in range(60_000)),
    "flow items": "[" + "1," * 300_000 + "]",
    "megabyte": "a: " + "x" * (1024 * 1024),
    "ten megabytes": "a: " + "x" * (10 * 1024 * 1024),
    "comment": "#" * 1_000_000,
    "newlines": "\n" * 1_000_000,
    "quotes": '"' * 1_000_000,
    "open quote": '"' + "x\n" * 400_000,
    "anchors": "&a " * 300_000,
    "questions": "? " * 300_000,
    "colons": ": " * 300_000,
    "tabs": "a:\n" + "\t" * 900_000,
    "percent": "%TAG ! x\n" * 100_000,
    "block": "a: |\n" + " x\n" * 300_000,
    "block of nothing": "a: |\n" + "\n" * 900_000 + "x",
    "digits": "a: " + "9" * 1_000_000,
    "float": "a: 0." + "1" * 1_000_000,
    "stars": "*a " * 300_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_answered_within_100_ms_of_work(name):
    data = BOMBS[name].encode()
    _, problems = parse(data, "bomb.yaml")
    assert pace.seconds(lambda: parse(data, "bomb.yaml"), 0.1) < 0.1
    assert problems or name == "block"
    assert all(problem.source.line and problem.source.column for problem in problems)


def test_all_bombs_together_stay_below_64_megabytes():
    program = (
        "import resource; from llmops_cli.load.yaml_ import parse\n"
        "import test_load_yaml as t; data = [b.encode() for b in t.BOMBS.values()]\n"
        "first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for each in data: parse(each, 'f')\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - first) // 1024)\n"
    )
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": str(here.parent)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 64


def test_five_hundred_prompts_are_read_within_a_second():
    data = (SEED.read_text() + "  description: " + "word " * 150).encode()
    assert pace.seconds(lambda: [parse(data, "f.yaml") for _ in range(500)], 1) < 1  # 0.1 on a quiet machine


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_document_or_a_problem_with_a_place(data):
    document, problems = parse(data, "f.yaml")
    assert (document is not None) or problems
    assert all(problem.source.line > 0 and problem.source.column > 0 for problem in problems)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab:-?{}[]&*!|>'\"%@#,\n \t<0.~\u2028\r", max_size=60))
def test_any_text_of_yaml_signs_gives_a_document_or_a_problem_with_a_place(text):
    document, problems = parse(text.encode(), "f.yaml")
    assert (document is not None) or problems
    for path, (line, column, _) in (document.texts if document else {}).items():
        assert document.lines[line - 1][column - 1 :] or path


PRINTABLE = st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufeff\u2028\u2029\x85")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(PRINTABLE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(PRINTABLE, max_size=20), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON, st.sampled_from([None, 1, 2]))
def test_json_documents_read_as_json_reads_them(data, indent):
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    document, problems = parse(text.encode(), "f.json")
    assert problems == []
    assert document.value == json.loads(text)
    assert repr(document.value) == repr(json.loads(text))


def test_a_file_that_is_json_may_write_a_character_as_a_surrogate_pair_and_everything_stays_in_its_place():
    text = r'{"a": "x \ud83d\ude00 \\ud83d", "b": [1, "\uD83D\uDE00\ud83d\ude01"], "c": true}'
    document, problems = parse(text.encode(), "p.yaml")
    assert problems == []
    assert document.value == json.loads(text)
    assert document.where_key("c").column == text.index('"c"') + 1


@pytest.mark.parametrize("text", [r'a: "\ud83d\ude00"', r'{"a": "\ud83d"}', r"{'a': \ud83d\ude00}"])
def test_what_is_no_json_or_half_a_pair_is_read_as_yaml_as_ever(text):
    document, problems = parse(text.encode(), "p.yaml")
    assert problems or document.value == {"a": r"\ud83d\ude00"}
