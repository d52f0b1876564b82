"""`load.labels`: every slip in a label file is an error with a place, none a version that nobody meant."""

import json

import pytest
from jsonschema import Draft202012Validator

from llmops_cli.load import labels
from llmops_cli.load.schema import schema_text
from llmops_cli.load.worktree import WorkTree
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.problem import InvalidFilesError

PATH = "prompts/.labels/production.yaml"


def write(root, text, name="production"):
    path = root / "prompts" / ".labels" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return WorkTree(root)


def allowed(text):
    """Return whether the published schema allows a file."""
    document, problems = parse(text.encode(), PATH)
    valid = Draft202012Validator(json.loads(schema_text("label"))).is_valid(document.value)
    return valid and not problems


@pytest.mark.parametrize(
    ("text", "serves"),
    [
        ("a: 3.2.0\n", {"a": "3.2.0"}),
        ('a/b: "3.2.0-rc.1"\n', {"a/b": "3.2.0-rc.1"}),
        ("a: {3.2.0: 90, 3.3.0: 10}\nb: 1.0.0\n", {"a": {"3.2.0": 90, "3.3.0": 10}, "b": "1.0.0"}),
        ("a:\n  3.2.0: 1\n", {"a": {"3.2.0": 1}}),
        ("schema: llmops/label@1\na: 1.0.0\n", {"a": "1.0.0"}),
        ("schema: 1.0.0\n", {"schema": "1.0.0"}),
        ("no: 1.0.0\n1.10: 1.0.0\n", {"no": "1.0.0", "1.10": "1.0.0"}),
        ("\ufeffa: 1.0.0\r\n\r\n# x\r\nb: 1.0.1\r\n", {"a": "1.0.0", "b": "1.0.1"}),
    ],
)
def test_a_label_maps_prompts_to_versions_or_splits(text, serves, tmp_path):
    found = labels.read(write(tmp_path, text), "prompts", "production")
    assert dict(found.serves) == serves
    assert {*found.places} == {*serves}
    assert allowed(text)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "null\n"])
def test_a_file_that_says_nothing_serves_nothing(text, tmp_path):
    assert labels.read(write(tmp_path, text), "prompts", "production").serves == {}


@pytest.mark.parametrize(
    ("text", "says", "hint", "line", "column"),
    [
        ("a: 1.0.0\nb: 1.10\n", "1.10 is a number", "b: 1.10.0", 2, 4),
        ("{a: 1.0.0, b: 1.10}\n", "1.10 is a number", "b: 1.10.0", 1, 15),
        ("b: 3\n", "3 is a number", "b: 3.0.0", 1, 4),
        ('b: "1.10"\n', "'1.10' is no version", "write 1.10.0", 1, 4),
        ("b: v1.2.3\n", "'v1.2.3' is no version", "write 1.2.3", 1, 4),
        ("b: latest\n", "'latest' is no version", "3.2.0", 1, 4),
        ("b: 01.2.3\n", "'01.2.3' is no version", "", 1, 4),
        ("b:\n", "b is served as nothing", "3.2.0", 1, 3),
        ("b: true\n", "b is served as true", "", 1, 4),
        ("b: [1.0.0]\n", "b is served as a list", "", 1, 4),
        ("b: {}\n", "a split of no version", "", 1, 4),
        ("b: {1.0.0: 0}\n", "the weight of 1.0.0", "leave out", 1, 12),
        ("b: {1.0.0: -1}\n", "the weight of 1.0.0", "", 1, 12),
        ("b: {1.0.0: 0.5}\n", "the weight of 1.0.0", "", 1, 12),
        ("b: {1.0.0: true}\n", "the weight of 1.0.0", "", 1, 12),
        ('b: {1.0.0: "9"}\n', "the weight of 1.0.0", "", 1, 12),
        ("b: {1.10: 9}\n", "'1.10' is no version", "write 1.10.0", 1, 11),
        ("a b: 1.0.0\n", "'a b' is no id", "", 1, 6),
        ("../a: 1.0.0\n", "'../a' is no id", "", 1, 7),
        ("- a\n", "maps prompts to versions", "", 1, 1),
        ("a: 1.0.0\na: 1.0.1\n", "stands twice", "", 2, 1),
        ("a: &x 1.0.0\n<<: *x\n", "merge key", "", 2, 1),
        ("a: [\n", "not YAML", "", 2, 1),
        (b"a: \xff\n", "not UTF-8", "", 1, 4),
    ],
)
def test_what_is_no_version_is_an_error_at_its_place(text, says, hint, line, column, tmp_path):
    with pytest.raises(InvalidFilesError) as raised:
        labels.read(write(tmp_path, text), "prompts", "production")
    problem = next(one for one in raised.value.problems if says in one.message)
    assert (problem.source.path, problem.source.line, problem.source.column) == (PATH, line, column)
    assert hint in problem.hint


@pytest.mark.parametrize(
    "text", ["b: 1.10\n", "b: latest\n", "b: {}\n", "b: {1.0.0: 0}\n", "b: {1.10: 9}\n", "- a\n", "b: 1.0.0.0\n"]
)
def test_the_published_schema_says_no_to_it_too(text):
    assert not allowed(text)


def test_a_label_that_is_not_there_is_none(tmp_path):
    assert labels.read(WorkTree(tmp_path), "prompts", "production") is None
    assert labels.names(WorkTree(tmp_path), "prompts") == ()


@pytest.mark.parametrize("name", ["production", "eu-west.1", "Staging_2", "v2"])
def test_a_word_is_a_label(name):
    assert labels.is_label(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1.0.0",
        "3",
        "HEAD",
        "worktree",
        "a/b",
        "a b",
        "..",
        ".x",
        "a..b",
        "x.lock",
        "x.yaml",
        "deadbee",
        "a@b",
        "main~1",
        "x" * 65,
    ],
)
def test_what_git_or_a_version_would_read_otherwise_is_none(name, tmp_path):
    assert not labels.is_label(name)
    assert labels.read(WorkTree(tmp_path), "prompts", name) is None


def test_files_that_are_no_label_are_named(tmp_path):
    tree = write(tmp_path, "a: 1.0.0\n")
    for name in ("README.md", "b.yml", "HEAD.yaml", "x/y.yaml"):
        target = tmp_path / "prompts/.labels" / name
        target.parent.mkdir(exist_ok=True)
        target.write_text("")
    names, strays = labels.stored(tree, "prompts")
    assert names == ("production",)
    assert [path.removeprefix("prompts/.labels/") for path in strays] == ["HEAD.yaml", "README.md", "b.yml", "x/y.yaml"]
