"""The rules of the house: sizes, start-up imports, plug-ins with their documentation, generated README parts."""

import ast
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from llmops_cli.plugins import find, names, rules

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "llmops_cli"
FILES = sorted(PACKAGE.rglob("*.py"))
HEAVY = ("litellm", "jinja2", "git", "jsonschema", "deepdiff", "rich", "pydantic", "asyncio")


def loaded_by(*argv: str, cwd: Path) -> set[str]:
    """Return which heavy modules a command imports."""
    code = (
        "import sys; from llmops_cli.__main__ import main; sys.argv = ['llmops', *sys.argv[1:]]\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"sys.stderr.write('LOADED ' + ' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, *argv], cwd=cwd, capture_output=True, text=True, check=False)
    return set(done.stderr.rpartition("LOADED")[2].split())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_stays_under_250_lines_and_a_function_under_50(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 250
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (body[-1].end_lineno - body[0].lineno + 1) if body else 0
            assert lines <= 50, f"{node.name} has {lines} lines"


def test_there_is_no_room_for_what_has_no_name():
    forbidden = {"utils", "util", "helpers", "common", "base", "misc", "manager"}
    assert not [path for path in FILES if path.stem in forbidden or path.parent.name in forbidden]


@pytest.mark.parametrize(
    ("argv", "allowed"),
    [
        (["--version"], set()),
        (["prompt", "list"], set()),
        (["prompt", "diff"], set()),
        (["prompt", "show", "greet"], set()),
        (["prompt", "render", "greet", "--var", "name=Ada"], {"jinja2"}),
        (["validate"], {"jsonschema"}),
        (["gate", "--mode", "replay"], set()),
        (["eval", "run", "--mode", "replay"], {"jinja2"}),
    ],
    ids=" ".join,
)
def test_a_command_imports_only_what_it_needs(argv, allowed, project):
    loaded = loaded_by(*argv, cwd=project.root)
    assert "litellm" not in loaded
    assert loaded - {"jsonschema"} <= allowed - {"jsonschema"} or loaded <= allowed | {"jsonschema"}
    assert "deepdiff" not in loaded
    assert "git" not in loaded


@pytest.mark.parametrize("room", ["score", "complete", "ingest"])
def test_each_plug_in_builds_and_says_its_options_and_an_example(room):
    assert names(room)
    for name in names(room):
        if room == "ingest" and name == "rows":
            continue
        build = find(room, name)
        text = sys.modules[build.__module__].__doc__ or ""
        assert "Example:" in text or room == "complete", f"{room}/{name} has no Example"
        assert "Options:" in text or room == "complete", f"{room}/{name} has no Options"


def test_each_scorer_has_a_test_and_conformance_cases_of_its_name():
    for name in names("score"):
        assert (ROOT / "tests" / "score" / f"test_score_{name}.py").is_file(), name
        assert (ROOT / "tests" / "spec" / "score" / f"{name}.yaml").is_file(), name


def test_each_lint_rule_says_why_with_a_bad_and_a_good_example():
    assert len(rules()) >= 10
    for rule in rules():
        text = sys.modules[rule.__module__].__doc__ or ""
        assert all(f"{part}:" in text for part in ("Why", "Bad", "Good")), rule.__module__


def test_the_scorers_of_the_readme_are_those_of_the_house():
    from readme import scorers

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    inside = text.partition("<!-- scorers -->")[2].partition("<!-- /scorers -->")[0]
    assert inside.strip() == scorers().strip(), "python tests/readme.py writes it anew"


def test_nothing_catches_every_exception_but_the_places_that_say_why():
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "except Exception" in line or "except BaseException" in line:
                assert "noqa: BLE001 - " in line or "raise" in path.read_text(encoding="utf-8"), f"{path}: {line}"


def test_an_installation_without_extras_stays_under_28_packages():
    seen, todo = set(), ["llmops-cli"]
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in seen:
            continue
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:  # its marker is for another system
            continue
        seen.add(name)
        todo += [re.match(r"[A-Za-z0-9._-]+", need).group() for need in needs if "extra ==" not in need]
    assert 8 < len(seen) <= 26, sorted(seen)  # pip and setuptools make 28
