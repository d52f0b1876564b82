"""Written, read, verified: what `store` writes is what `load` gives back, and every edit is seen."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.errors import IncompleteError, UsageError
from llmops_cli.load.baselines import read, stored, verify
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.run import Acceptance, Arm, Row, seal_of
from llmops_cli.store.baselines import place, text, write

FOLDER = "evalsets/.baselines"


class Files:
    """The files of a folder on disk, as a tree."""

    def __init__(self, root: Path):
        self.root = root
        self.name = "worktree"

    def read(self, path):
        if (self.root / path).is_symlink():
            raise PermissionError("a symbolic link is not followed")
        return (self.root / path).read_bytes()

    def open(self, path):
        return (self.root / path).open("rb")

    def entries(self, folder):
        found = (path for path in (self.root / folder).rglob("*") if path.is_file() or path.is_symlink())
        return {path.relative_to(self.root).as_posix(): "0" * 40 for path in sorted(found)}


def row(case="inv-001", *values, answers=None, **rest):
    values = values or (True,)
    answers = tuple(f"{number:064x}" for number in range(len(values))) if answers is None else answers
    return Row(case, "c" * 12, {"exact": tuple(values)}, answers, 120.0, 0.0061, 0.8, **rest)


def arm(*rows, **changes):
    plain = Arm(
        prompt="billing/invoice",
        digest="5f24" + "0" * 60,
        evalset="invoices",
        evalset_digest="e" * 12,
        scorers={"exact": "a" * 12},
        rows={row.case: row for row in rows},
        version="3.2.0",
        models=("claude-sonnet-4-6",),
        runs=("01K8QZ7W000000000000000000",),
        commit="73e912e" + "0" * 33,
        margin=0.08,
    )
    return replace(plain, **changes)


def read_back(root, written):
    return read(Files(root), FOLDER, written.prompt, written.evalset, written.digest)


NAMES = st.text(min_size=1, max_size=8)
VALUES = st.lists(st.none() | st.booleans() | st.floats(0, 1), min_size=1, max_size=5).map(tuple)
DAYS = st.just("") | st.dates().map(lambda day: day.isoformat())
AMOUNTS = st.none() | st.floats(0, 1e9)


@st.composite
def rows(draw):
    repeats = draw(st.integers(1, 5))
    value = st.none() | st.booleans() | st.floats(0, 1)
    values = st.dictionaries(NAMES, st.tuples(*[value] * repeats), max_size=3)
    return Row(
        case=draw(NAMES),
        case_digest=draw(NAMES),
        values=draw(values),
        answers=draw(st.tuples(*[NAMES] * repeats)),
        tokens=draw(AMOUNTS),
        cost_usd=draw(AMOUNTS),
        latency_s=draw(AMOUNTS),
        failures=draw(st.dictionaries(NAMES, st.integers(1, 3), max_size=2)),
    )


ARMS = st.builds(
    arm,
    rows=st.lists(rows(), max_size=6).map(lambda found: {row.case: row for row in found}),
    version=st.text(max_size=5),
    models=st.lists(NAMES, max_size=2).map(tuple),
    runs=st.lists(NAMES, max_size=2).map(tuple),
    margin=st.none() | st.floats(0, 1),
    scorers=st.dictionaries(NAMES, NAMES, max_size=3),
    accepted=st.none()
    | st.builds(Acceptance, NAMES, NAMES, st.dictionaries(NAMES, st.floats(-1, 1), max_size=2), NAMES, DAYS),
)


@given(ARMS)
def test_an_arm_that_is_written_is_read_back_as_it_was(tmp_path_factory, written):
    root = tmp_path_factory.mktemp("baseline")
    write(root, FOLDER, written)
    found = read_back(root, written)
    assert found == written
    for case, kept in written.rows.items():
        for scorer, values in kept.values.items():
            assert [type(value) for value in found.rows[case].values[scorer]] == [type(value) for value in values]
    assert verify(Files(root), FOLDER) == []


def test_the_same_arm_gives_the_same_bytes_whatever_the_order_and_the_hash_seed():
    forward = arm(row("a"), row("b"), row("ü"))
    backward = arm(row("ü"), row("b"), row("a"))
    assert text(forward) == text(backward)
    code = """
import sys
from llmops_cli.model.run import Arm, Row
from llmops_cli.store.baselines import text

scorers = {name: (True,) for name in set("xyz")}
rows = {case: Row(case, "d", scorers, ("0",), failures={code: 1 for code in set("pqr")}) for case in set("abc")}
sys.stdout.write(text(Arm("p", "d", "e", "f", {name: "" for name in set("xyz")}, rows)))
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_the_header_states_what_a_reviewer_wants_to_know(tmp_path):
    accepted = Acceptance("ann@example.org", "für „kürzer“", {"exact": 0.05}, "4a11" + "0" * 60)
    path = write(tmp_path, FOLDER, arm(row(), accepted=accepted), {"note": "this set can hold a margin of 8 points"})
    assert path == tmp_path / FOLDER / "billing/invoice/invoices/5f2400000000.jsonl"
    first, *lines = path.read_text("utf-8").splitlines(keepends=True)
    header = json.loads(first)
    assert header["schema"] == "llmops/baseline@1"
    assert header["sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert header["accepted"]["reason"] == "für „kürzer“"
    assert "für" in first
    assert header["margin"] == 0.08
    assert header["extras"] == {"note": "this set can hold a margin of 8 points"}


def test_no_file_is_no_baseline(tmp_path):
    assert read(Files(tmp_path), FOLDER, "a", "b", "c" * 64) is None
    assert stored(Files(tmp_path), FOLDER) == ()


def test_the_first_twelve_digits_find_the_file(tmp_path):
    written = arm(row())
    write(tmp_path, FOLDER, written)
    assert read(Files(tmp_path), FOLDER, "billing/invoice", "invoices", written.digest[:12]) == written


def test_slashes_in_both_names_are_told_apart(tmp_path):
    for prompt, evalset in [("a", "b"), ("a/b", "c"), ("a", "d/c"), ("x/y/z", "s")]:
        write(tmp_path, FOLDER, arm(row(), prompt=prompt, evalset=evalset))
    found = [entry[:2] for entry in stored(Files(tmp_path), FOLDER)]
    assert sorted(found) == [("a", "b"), ("a", "d/c"), ("a/b", "c"), ("x/y/z", "s")]


def edit(path, change):
    lines = path.read_bytes().split(b"\n")[:-1]
    lines = change(lines)
    header = json.loads(lines[0])
    body = b"".join(line + b"\n" for line in lines[1:])
    header["sha256"] = hashlib.sha256(body).hexdigest()
    header["cases"] = len(lines) - 1
    header["seal"] = seal_of(header)
    path.write_bytes(json.dumps(header).encode() + b"\n" + body)


def line_with(**changes):
    def change(lines):
        return [*lines[:-1], json.dumps({**json.loads(lines[-1]), **changes}).encode()]

    return change


EDITS = {
    "a value flipped by hand": ("LB002", 1, lambda raw: raw.replace(b"[true, true]", b"[true, false]", 1)),
    "a line deleted": ("LB002", 1, lambda raw: b"\n".join(raw.split(b"\n")[:2]) + b"\n"),
    "the last line cut": ("LB012", 4, lambda raw: raw[:-5]),
    "the header deleted": ("LB001", 1, lambda raw: raw.split(b"\n", 1)[1]),
    "an empty file": ("LB001", 1, lambda _: b""),
    "another schema": ("LB001", 1, lambda raw: raw.replace(b"baseline@1", b"baseline@9", 1)),
    "nesting": ("LB003", 5, lambda raw: raw + b"[" * 200_000 + b"\n"),
    "a huge header": ("LB001", 1, lambda raw: b"[" * 200_000 + raw),
    "not UTF-8": ("LB003", 5, lambda raw: raw + b'{"case": "\xff"}\n'),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_by_hand_is_seen_with_its_line(tmp_path, name):
    code, line, change = EDITS[name]
    written = arm(row("a", True, True), row("b", True, True), row("c", True, True))
    path = write(tmp_path, FOLDER, written)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InvalidFilesError) as caught:
        read_back(tmp_path, written)
    assert (code, line) in {(problem.code, problem.source.line) for problem in caught.value.problems}
    assert list(caught.value.problems) == verify(Files(tmp_path), FOLDER)
    assert "git checkout COMMIT -- " in caught.value.hint


HEADER_EDITS = {
    "the margin": (b'"margin": 0.08', b'"margin": 0.99'),
    "the accepted drop": (b'"drops": {"exact": 0.05}', b'"drops": {"exact": 0.95}'),
    "who accepted it": (b'"by": "ann"', b'"by": "bob"'),
    "why": (b'"reason": "shorter"', b'"reason": "a better one"'),
    "until when": (b'"expires": "2026-12-31"', b'"expires": "2036-12-31"'),
    "the models": (b'"models": ["claude-sonnet-4-6"]', b'"models": []'),
    "the scorers": (b'"scorers": {"exact": "aaaaaaaaaaaa"}', b'"scorers": {"exact": "bbbbbbbbbbbb"}'),
    "the seal": (b'"seal": "', b'"seal": "0'),
}


@pytest.mark.parametrize("name", HEADER_EDITS)
def test_an_edit_of_the_header_is_seen_though_the_other_lines_are_whole(tmp_path, name):
    accepted = Acceptance("ann", "shorter", {"exact": 0.05}, "", "2026-12-31")
    written = arm(row("a", True, True), row("b", True, True), accepted=accepted)
    path = write(tmp_path, FOLDER, written)
    old, new = HEADER_EDITS[name]
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(InvalidFilesError) as caught:
        read_back(tmp_path, written)
    assert [(problem.code, problem.source.line) for problem in caught.value.problems] == [("LB008", 1)]


def test_a_file_from_before_there_was_a_seal_reads_as_ever(tmp_path):
    written = arm(row("a", True, True), accepted=Acceptance("ann", "shorter", {"exact": 0.05}))
    path = write(tmp_path, FOLDER, written)
    first, rest = path.read_bytes().split(b"\n", 1)
    header = json.loads(first)
    del header["seal"]
    path.write_bytes(json.dumps(header).encode() + b"\n" + rest)
    assert read_back(tmp_path, written) == written
    assert verify(Files(tmp_path), FOLDER) == []


def test_a_blended_merge_of_two_files_is_seen_and_named(tmp_path):
    ours = arm(row("a", True), row("b", True), row("c", False))
    theirs = arm(row("a", True), row("b", False), row("c", True), runs=("01K9",))
    blends = {
        "rows of the other side": text(ours).splitlines(True)[:2] + text(theirs).splitlines(True)[2:],
        "rows of both sides": text(ours).splitlines(True) + text(theirs).splitlines(True)[1:],
        "git's marks": [
            "<<<<<<< HEAD\n",
            *text(ours).splitlines(True),
            "=======\n",
            *text(theirs).splitlines(True),
            ">>>>>>> x\n",
        ],
    }
    codes = {}
    for name, lines in blends.items():
        path = tmp_path / place(FOLDER, ours)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), "utf-8")
        codes[name] = {problem.code for problem in verify(Files(tmp_path), FOLDER)}
        with pytest.raises(InvalidFilesError):
            read_back(tmp_path, ours)
    assert codes["rows of the other side"] == {"LB002"}
    assert {"LB002", "LB004"} <= codes["rows of both sides"]
    assert codes["git's marks"] == {"LB009"}


def test_fewer_cases_than_the_header_says_are_missed_though_the_checksum_was_mended(tmp_path):
    written = arm(row("a"), row("b"))
    path = write(tmp_path, FOLDER, written)
    first, *lines = path.read_bytes().splitlines(keepends=True)
    header = json.loads(first)
    header["sha256"] = hashlib.sha256(lines[0]).hexdigest()
    header["seal"] = seal_of(header)
    path.write_bytes(json.dumps(header).encode() + b"\n" + lines[0])
    assert [problem.code for problem in verify(Files(tmp_path), FOLDER)] == ["LB012"]


def test_each_answer_of_several_runs_says_which_one_it_is_from(tmp_path):
    written = arm(row("a", True, False, True, runs=(0, 0, 1)), row("b", True, True, runs=(0, 1)), runs=("01K8", "01K9"))
    write(tmp_path, FOLDER, written)
    assert read_back(tmp_path, written) == written


CAREFUL_EDITS = {
    "a case twice": ("LB004", 5, lambda lines: [*lines, lines[-1]]),
    "cases out of order": ("LB005", 4, lambda lines: [lines[0], lines[1], lines[3], lines[2]]),
    "one value too few": ("LB006", 4, line_with(scores={"exact": [True]})),
    "one value too many": ("LB006", 4, line_with(scores={"exact": [True, True, True]})),
    "another digest": ("LB007", 1, lambda lines: [lines[0].replace(b"5f24", b"6f24"), *lines[1:]]),
    "the end of the digest": ("LB007", 1, lambda lines: [lines[0].replace(b"0" * 50, b"1" * 50), *lines[1:]]),
    "another prompt": ("LB007", 1, lambda lines: [lines[0].replace(b"billing/", b"selling/"), *lines[1:]]),
    "a name for a number": ("LB003", 4, line_with(tokens="many")),
    "infinity": ("LB011", 4, line_with(tokens=float("inf"))),
    "a number without end": ("LB011", 4, lambda lines: [*lines[:-1], lines[-1].replace(b"120.0", b"9" * 4000)]),
    "a score of two": ("LB003", 4, line_with(scores={"exact": [2, True]})),
    "a key twice": ("LB003", 4, lambda lines: [*lines[:-1], lines[-1].replace(b"{", b'{"case": "z", ', 1)]),
    "a score that is no number": ("LB011", 4, line_with(scores={"exact": [float("nan"), True]})),
    "an answer of a run that is not there": ("LB006", 4, line_with(runs=[0, 1])),
    "no case": ("LB003", 4, lambda lines: [*lines[:-1], lines[-1].replace(b'"case"', b'"kase"', 1)]),
}


@pytest.mark.parametrize("name", CAREFUL_EDITS)
def test_an_edit_that_mends_the_checksum_is_seen_too(tmp_path, name):
    code, line, change = CAREFUL_EDITS[name]
    written = arm(row("a", True, True), row("b", True, True), row("c", True, True))
    path = write(tmp_path, FOLDER, written)
    edit(path, change)
    with pytest.raises(InvalidFilesError) as caught:
        read_back(tmp_path, written)
    assert [(problem.code, problem.source.line) for problem in caught.value.problems] == [(code, line)]


def test_a_repeat_without_an_answer_may_stand_as_null_or_not_at_all(tmp_path):
    written = arm(
        row("a", True, None, answers=("0",), failures={"timeout": 1}),
        row("b", True, answers=("0",), failures={"timeout": 1}),
    )
    write(tmp_path, FOLDER, written)
    assert read_back(tmp_path, written) == written


def test_a_link_is_no_baseline(tmp_path):
    written = arm(row())
    path = write(tmp_path, FOLDER, written)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidFilesError, match="cannot be read"):
        read_back(tmp_path, written)
    assert [problem.code for problem in verify(Files(tmp_path), FOLDER)] == ["LB001"]


@pytest.mark.parametrize("changes", [{"prompt": "../../x"}, {"prompt": "/etc"}, {"evalset": ".."}, {"digest": ""}])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, changes):
    with pytest.raises(UsageError):
        write(tmp_path, FOLDER, arm(row(), **changes))
    assert list(tmp_path.rglob("*")) == []


def test_a_folder_that_takes_no_file_is_named(tmp_path):
    (tmp_path / "evalsets").write_text("a file where a folder belongs")
    with pytest.raises(IncompleteError) as caught:
        write(tmp_path, FOLDER, arm(row()))
    assert place(FOLDER, arm()) in caught.value.where
