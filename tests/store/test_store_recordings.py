import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.errors import FindingsError, IncompleteError, UsageError
from llmops_cli.load.recordings import read, verify
from llmops_cli.load.worktree import WorkTree
from llmops_cli.model.completion import Completion, Request, Usage
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.recording import Recorded, RecordingError, from_json, stem, to_json
from llmops_cli.store import recordings
from llmops_cli.store.recordings import Recordings, write
from llmops_cli.store.redact import redactor

FOLDER, PROMPT, SET = "evalsets/.recordings", "billing/extract", "invoices"
STEM = stem(FOLDER, PROMPT, SET)
AT = "2026-11-23T20:47:02Z"


def key(n):
    return Request("m", ({"role": "user", "content": str(n)},)).fingerprint


def rows(count, text="answer"):
    return {key(n): Recorded(Completion(f"{text} {n}", latency_s=0.25), AT) for n in range(count)}


def back(root):
    return read(WorkTree(root), FOLDER, PROMPT, SET)


def test_what_is_written_is_read_back(tmp_path):
    full = Completion(
        "é\u2028", ({"name": "f", "arguments": {"a": 1}},), "length", "no", "m-1", Usage(1, 2, 3, True), 0.5, 0.001
    )
    write(tmp_path, STEM, {key(0): Recorded(full, AT), key(1): Recorded(Completion(""), AT)}, redact=str)
    assert back(tmp_path) == {key(0): replace(full, layer="recorded"), key(1): Completion("", layer="recorded")}


def test_a_line_says_what_the_format_says_and_no_more(tmp_path):
    write(tmp_path, STEM, {key(0): Recorded(Completion("hi", usage=Usage(3)), AT)}, redact=str)
    line = f'{{"fingerprint":"{key(0)}","format":1,"text":"hi","finish_reason":"stop","usage":{{"input_tokens":3}},"latency_s":0.0,"recorded_at":"{AT}"}}\n'
    assert (tmp_path / f"{STEM}.jsonl").read_text() == line


def test_lines_are_sorted_and_the_same_answers_give_the_same_bytes(tmp_path):
    some = rows(20)
    write(tmp_path / "a", STEM, some, redact=str)
    write(tmp_path / "b", STEM, dict(list(some.items())[10:]), redact=str)
    write(tmp_path / "b", STEM, dict(reversed(some.items())), redact=str)
    first, second = ((tmp_path / side / f"{STEM}.jsonl").read_bytes() for side in "ab")
    assert first == second
    keys = [json.loads(line)["fingerprint"] for line in first.splitlines()]
    assert keys == sorted(keys)
    assert len(keys) == 20


def test_a_recorded_answer_stays_byte_for_byte_unless_forced(tmp_path):
    write(tmp_path, STEM, rows(3), redact=str)
    before = (tmp_path / f"{STEM}.jsonl").read_bytes()
    assert write(tmp_path, STEM, rows(3, "changed"), redact=str) == ()
    assert (tmp_path / f"{STEM}.jsonl").read_bytes() == before
    assert write(tmp_path, STEM, rows(1, "changed"), redact=str, force=True) == (tmp_path / f"{STEM}.jsonl",)
    assert [back(tmp_path)[key(n)].text for n in range(3)] == ["changed 0", "answer 1", "answer 2"]


def test_above_five_megabytes_the_file_becomes_a_folder_and_below_it_a_file_again(tmp_path):
    large = {fingerprint: Recorded(Completion("x" * 60_000), AT) for fingerprint in rows(100)}
    write(tmp_path, STEM, rows(5), redact=str)
    write(tmp_path, STEM, large, redact=str)
    assert not (tmp_path / f"{STEM}.jsonl").exists()
    shards = sorted((tmp_path / STEM).iterdir())
    assert {path.stem for path in shards} == {fingerprint[0] for fingerprint in large}
    assert all(
        json.loads(line)["fingerprint"][0] == path.stem for path in shards for line in path.read_text().splitlines()
    )
    assert len(back(tmp_path)) == 100
    assert back(tmp_path)[key(0)].text == "answer 0"
    write(tmp_path, STEM, {fingerprint: Recorded(Completion("y"), AT) for fingerprint in large}, redact=str, force=True)
    assert (tmp_path / f"{STEM}.jsonl").is_file()
    assert not list((tmp_path / STEM).iterdir())
    assert len(back(tmp_path)) == 100


def test_no_recordings_are_no_error_and_nothing_to_write_writes_nothing(tmp_path):
    assert back(tmp_path) == {}
    assert write(tmp_path, STEM, {}, redact=str) == ()
    assert list(tmp_path.iterdir()) == []


def test_no_secret_reaches_the_file(tmp_path):
    canaries = [f"sk-canary{n:02}abcdefghijklmnop" for n in range(40)]
    answers = {
        key(n): Recorded(Completion(f"key {c}", ({"name": c, "arguments": {c: c}},), c, c, c), AT)
        for n, c in enumerate(canaries)
    }
    write(tmp_path, STEM, answers, redact=redactor([], canaries[:20]))
    text = (tmp_path / f"{STEM}.jsonl").read_text()
    assert not [canary for canary in canaries if canary in text]
    assert len(back(tmp_path)) == 40


def good(n=0, **changes):
    return json.dumps({"fingerprint": key(n), "format": 1, "text": "hi"} | changes)


BAD = {
    "<<<<<<< HEAD": "LR003",
    "{,": "LE001",
    "[]": "LE009",
    '{"fingerprint": NaN}': "LE003",
    good(fingerprint="abc"): "LR001",
    good(fingerprint=1): "LR001",
    good(format=2): "LR001",
    good(text=1): "LR001",
    good(text=None): "LR001",
    good(usage={"input_tokens": "3"}): "LR001",
    good(usage={"input_tokens": True}): "LR001",
    good(usage={"others": 3}): "LR001",
    good(tool_calls=["x"]): "LR001",
    good(latency_s="fast"): "LR001",
    good(cost_usd=True): "LR001",
    good(extra=1): "LR001",
}


@pytest.mark.parametrize(("line", "code"), BAD.items(), ids=BAD.values())
def test_a_bad_line_is_named_with_its_place(tmp_path, line, code):
    path = tmp_path / f"{STEM}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(f"{good(1)}\n\n{line}\n")
    with pytest.raises(InvalidFilesError) as error:
        back(tmp_path)
    problem = error.value.problems[0]
    assert (problem.code, problem.source.path, problem.source.line) == (code, f"{STEM}.jsonl", 3)
    assert problem.message
    assert problem.hint


def test_the_same_line_twice_as_a_merge_leaves_it_is_no_error(tmp_path):
    path = tmp_path / f"{STEM}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(f"{good()}\n{good()}\n")
    assert len(back(tmp_path)) == 1


def two(tmp_path, first, second):
    path = tmp_path / f"{STEM}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{first}\n{second}\n")


EARLIER, LATER = good(text="earlier", recorded_at=AT), good(text="later", recorded_at="2026-11-24T00:00:00Z")


@pytest.mark.parametrize("lines", [(EARLIER, LATER), (LATER, EARLIER)])
def test_of_two_answers_to_one_request_the_first_given_counts_wherever_it_stands(tmp_path, lines):
    two(tmp_path, *lines)
    assert back(tmp_path)[key(0)].text == "earlier"
    (problem,) = verify(WorkTree(tmp_path), FOLDER)
    assert (problem.code, problem.severity, problem.source.line) == ("LR002", "warning", 2)
    write(tmp_path, STEM, rows(3), redact=str)
    assert back(tmp_path)[key(0)].text == "earlier"
    assert verify(WorkTree(tmp_path), FOLDER) == []


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_answers_of_one_moment_the_same_one_counts_in_either_order(tmp_path, order):
    two(tmp_path, *[good(text=text, recorded_at=AT) for text in ("a", "b")][::order])
    assert back(tmp_path)[key(0)].text == "a"


def test_the_same_answer_given_twice_is_not_worth_a_word(tmp_path):
    two(tmp_path, good(latency_s=1.5, recorded_at=AT), good(latency_s=2.5))
    assert back(tmp_path)[key(0)].latency_s == 1.5
    assert verify(WorkTree(tmp_path), FOLDER) == []


def test_marks_of_a_conflict_are_named_once_with_what_to_do(tmp_path):
    two(tmp_path, f"<<<<<<< HEAD\n{good()}\n=======", f"{good(1)}\n>>>>>>> other")
    (problem,) = verify(WorkTree(tmp_path), FOLDER)
    assert (problem.code, problem.source.line) == ("LR003", 1)
    assert "keep the lines of both sides" in problem.hint


def test_nothing_is_written_over_a_file_that_cannot_be_read(tmp_path):
    path = tmp_path / f"{STEM}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("<<<<<<< HEAD\n")
    with pytest.raises(FindingsError, match=r"invoices\.jsonl:1"):
        write(tmp_path, STEM, rows(1), redact=str)
    assert path.read_text() == "<<<<<<< HEAD\n"


def test_a_link_out_of_the_project_is_neither_read_nor_written(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "invoices.jsonl").write_text(good() + "\n")
    root = tmp_path / "root"
    (root / FOLDER / "billing").mkdir(parents=True)
    (root / FOLDER / "billing" / "extract").symlink_to(elsewhere)
    with pytest.raises(InvalidFilesError):
        back(root)
    with pytest.raises(UsageError, match="symbolic link"):
        write(root, STEM, rows(2), redact=str)
    assert (elsewhere / "invoices.jsonl").read_text() == good() + "\n"


def test_a_place_where_nothing_can_be_written_is_said(tmp_path):
    (tmp_path / "evalsets").write_text("")
    with pytest.raises(IncompleteError, match=r"invoices\.jsonl"):
        write(tmp_path, STEM, rows(1), redact=str)


def test_new_answers_are_known_at_once_and_kept_with_their_time():
    request = Request("m", ({"role": "user", "content": "hi"},))
    layer = Recordings({key(1): Completion("known")}, clock=lambda: 1795466822.9)
    assert layer.get(key(1)).text == "known"
    assert layer.get(request.fingerprint) is None
    layer.put(request, Completion("first"))
    layer.put(request, Completion("second"))
    assert layer.get(request.fingerprint).text == "first"
    assert layer.new == {request.fingerprint: Recorded(Completion("first"), "2026-11-23T20:47:02Z")}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
COUNTS = st.none() | st.integers(0, 10**9)
ANSWERS = st.builds(
    Completion,
    text=st.text(),
    tool_calls=st.lists(st.dictionaries(st.text(), VALUES)).map(tuple),
    finish_reason=st.text(),
    refusal=st.text(),
    model=st.text(),
    usage=st.builds(Usage, COUNTS, COUNTS, COUNTS, st.booleans()),
    latency_s=st.integers(0, 10**6).map(lambda n: n / 100),
    cost_usd=st.none() | st.floats(0, 100),
    layer=st.just("recorded"),
)


@given(ANSWERS)
def test_every_answer_survives_being_stored(answer):
    assert from_json(json.loads(json.dumps(to_json(answer, str)))) == answer


@given(st.dictionaries(st.sampled_from(["text", "tool_calls", "usage", "model", "latency_s", "cost_usd", "x"]), VALUES))
def test_a_row_of_anything_is_an_answer_or_a_recording_error(row):
    with contextlib.suppress(RecordingError):
        assert isinstance(from_json(row), Completion)


def test_a_shard_limit_is_what_the_formats_say():
    assert recordings.LARGEST_FILE == 5_000_000
