"""Baselines as a user meets them: accepted for a time, verified, merged, pruned; real git, real commands."""

import hashlib
import json

import pytest

from llmops_cli.compare.acceptance import both, counting, is_expired
from llmops_cli.load.codes import CODES
from llmops_cli.model.run import Acceptance, seal_of

PROMPT = 'id: greet\nmodel: echo/m\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'
BAD = PROMPT.replace("{{ name }}", "{{ name | upper }}")


@pytest.fixture
def stored(project, llmops):
    """The project with an accepted, committed baseline."""
    llmops(project.root, "eval", "run", "greet")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
    project.commit(message="baseline")
    return project


def files(repo):
    return sorted((repo.root / "evalsets/.baselines").rglob("*.jsonl"))


def header(path):
    return json.loads(path.read_text("utf-8").partition("\n")[0])


def accept_drop(repo, llmops, *more, code=0):
    repo.write("prompts/greet.yaml", BAD)
    llmops(repo.root, "eval", "run", "greet")
    argv = ("baseline", "accept", "greet", "--allow-regress", "--reason", "shouting", *more)
    return llmops(repo.root, *argv, code=code)


def rewrite(path, change, *, reseal=True):
    """Edit a file as somebody would who knows its checksums."""
    first, *lines = path.read_bytes().splitlines(keepends=True)
    said, lines = json.loads(first), change(lines) if change else lines
    said |= {"sha256": hashlib.sha256(b"".join(lines)).hexdigest(), "cases": len(lines)}
    if reseal:
        said["seal"] = seal_of(said)
    path.write_bytes(json.dumps(said).encode() + b"\n" + b"".join(lines))


@pytest.mark.parametrize(
    ("said", "until"), [("2026-12-31", "2026-12-31"), ("30d", "2026-01-31"), ("2026-01-01", "2026-01-01")]
)
def test_an_acceptance_counts_until_the_day_that_was_said(said, until, stored, llmops, monkeypatch):
    monkeypatch.setenv("LLMOPS_TODAY", "2026-01-01")
    done = accept_drop(stored, llmops, "--expires", said)
    assert f"until {until}" in done.out
    accepted = [header(path)["accepted"] for path in files(stored)]
    assert [one.get("expires") for one in accepted if one["drops"]] == [until]
    assert (
        llmops(stored.root, "baseline", "show", "greet", "--format", "json").json()["baselines"][0]["accepted"][
            "expires"
        ]
        == until
    )


@pytest.mark.parametrize("said", ["2025-12-31", "tomorrow", "0d", "-3d", "2026-02-30", "30", "99999d2"])
def test_a_day_that_is_over_or_none_is_refused_and_nothing_is_written(said, stored, llmops, monkeypatch):
    monkeypatch.setenv("LLMOPS_TODAY", "2026-01-01")
    done = accept_drop(stored, llmops, f"--expires={said}", code=2)
    assert "--expires" in done.err
    assert len(files(stored)) == 1


DAYS = [("2026-01-16", "", "OK"), ("2026-01-17", "in 14 days", "SOON"), ("2026-01-30", "tomorrow", "SOON"),
        ("2026-01-31", "today", "SOON"), ("2026-02-01", "does not count it", "OVER")]  # fmt: skip


@pytest.mark.parametrize(("today", "words", "state"), DAYS)
def test_validate_and_verify_warn_two_weeks_before_an_acceptance_ends(today, words, state, stored, llmops, monkeypatch):
    monkeypatch.setenv("LLMOPS_TODAY", "2026-01-01")
    accept_drop(stored, llmops, "--expires", "30d")
    monkeypatch.setenv("LLMOPS_TODAY", today)
    for argv in (["validate"], ["baseline", "verify"]):
        found = llmops(stored.root, *argv, "--format", "json").json()["problems"]
        about = [one for one in found if one["code"] == "LB014"]
        assert [one["severity"] for one in about] == ([] if state == "OK" else ["warning"])
        assert all(words in one["message"] for one in about)


def test_an_acceptance_of_a_version_that_is_gone_is_nobodys_business(stored, llmops, monkeypatch):
    monkeypatch.setenv("LLMOPS_TODAY", "2026-01-01")
    accept_drop(stored, llmops, "--expires", "30d")
    stored.write("prompts/greet.yaml", PROMPT)
    monkeypatch.setenv("LLMOPS_TODAY", "2027-01-01")
    assert llmops(stored.root, "baseline", "verify", "--format", "json").json()["problems"] == []


def test_the_last_day_still_counts_and_the_next_does_not():
    until = Acceptance("ann", "shorter", {"exact": 0.05}, expires="2026-01-31")
    assert not is_expired(until, "2026-01-31")
    assert counting(until, "2026-01-31") is until
    assert is_expired(until, "2026-02-01")
    assert counting(until, "2026-02-01") is None
    assert counting(None, "2026-02-01") is None
    assert not is_expired(Acceptance("ann", "for ever"), "9999-12-31")


def test_two_acceptances_allow_together_the_smaller_drop_until_the_earlier_day():
    ann = Acceptance("ann", "shorter", {"exact": 0.05, "tone": 0.2}, "aa", "2026-03-01")
    bob = Acceptance("bob", "cheaper", {"exact": 0.03}, "bb", "2026-02-01")
    together = Acceptance("ann; bob", "shorter; cheaper", {"exact": 0.03}, "", "2026-02-01")
    assert both(ann, bob) == both(bob, ann) == together
    assert both(ann, ann) == ann
    assert both(None, bob) == both(bob, None) == bob


def test_a_complete_run_stays_the_newest_when_a_later_one_was_broken_off(stored, llmops):
    stored.write("prompts/greet.yaml", PROMPT.replace("Hello", "Hi"))
    llmops(stored.root, "eval", "run", "greet")
    complete = llmops(stored.root, "eval", "list", "--format", "json").json()["runs"][0]["run"]
    llmops(stored.root, "eval", "run", "greet", "--mode", "live", "--max-calls", "3", code=4)
    done = llmops(stored.root, "baseline", "accept", "greet", "--reason", "x", "--format", "json").json()
    assert len(done["baselines"]) == 1
    assert complete in header(files(stored)[-1])["runs"] + header(files(stored)[0])["runs"]


def test_only_an_incomplete_run_is_no_baseline(project, llmops):
    llmops(project.root, "eval", "run", "greet", "--mode", "live", "--max-calls", "3", code=4)
    assert "resume" in llmops(project.root, "baseline", "accept", "greet", "--reason", "x", code=4).err


STRANGE = b'{"case": "zz", "case_digest": "0", "scores": {"contains": [true]}, "tokens": null, "cost_usd": null, "latency_s": null, "answer_sha256": ["0"]}\n'


def test_rows_of_cases_that_the_eval_set_does_not_have_are_named(stored, llmops):
    (path,) = files(stored)
    rewrite(path, lambda lines: [*lines, STRANGE])
    done = llmops(stored.root, "baseline", "verify", "--format", "json", code=1).json()
    assert [(one["code"], one["severity"]) for one in done["problems"]] == [("LB010", "error")]
    assert "'zz'" in done["problems"][0]["message"]


def test_a_case_that_is_missing_is_named_though_every_checksum_was_mended(stored, llmops):
    (path,) = files(stored)
    rewrite(path, lambda lines: lines[:-1])
    done = llmops(stored.root, "baseline", "verify", "--format", "json", code=1).json()
    assert [(one["code"], one["severity"]) for one in done["problems"]] == [("LB012", "error")]


def test_cases_that_left_the_eval_set_since_are_a_note_and_no_error(stored, llmops):
    lines = (stored.root / "evalsets/greet.jsonl").read_text().splitlines(keepends=True)
    stored.write("evalsets/greet.jsonl", "".join(lines[:-1]))
    done = llmops(stored.root, "baseline", "verify", "--format", "json").json()
    assert [(one["code"], one["severity"]) for one in done["problems"]] == [("LB010", "note")]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"prompts/greet.yaml": PROMPT.replace("{{ name }}", "nobody {% if name == 'x' %}{{ name }}{% endif %}")},
            "0 for every answer",
        ),
        ({"evalsets/greet.jsonl": '{"id": "c", "inputs": {"name": "n"}, "expected": "n"}\n'}, "one case"),
    ],
    ids=["every score is 0", "one case"],
)
def test_a_baseline_that_nothing_can_fall_below_is_warned_of_when_accepted_and_when_verified(
    files, words, project, llmops
):
    for path, text in files.items():
        project.write(path, text)
    llmops(project.root, "eval", "run", "greet")
    assert words in llmops(project.root, "baseline", "accept", "greet", "--reason", "x").err
    done = llmops(project.root, "baseline", "verify", "--format", "json").json()
    assert [(one["code"], one["severity"]) for one in done["problems"]] == [("LB013", "warning")]
    assert words in done["problems"][0]["message"]


def swap(lines, one, other):
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def careful(change, *, reseal=True):
    return lambda path: rewrite(path, change, reseal=reseal)


def bytewise(old, new):
    return lambda path: path.write_bytes(path.read_bytes().replace(old, new, 1))


BAD_FILES = {
    "a wrong checksum": ("LB002", bytewise(b'"sha256": "', b'"sha256": "0')),
    "a score flipped by hand": ("LB002", bytewise(b"[true]", b"[false]")),
    "a wider margin": ("LB008", bytewise(b'"margin": ', b'"margin": 0.9, "was": ')),
    "a blended merge": ("LB009", lambda path: path.write_text("<<<<<<< HEAD\n" + path.read_text())),
    "a case twice": ("LB004", careful(lambda lines: [*lines, lines[-1]])),
    "cases out of order": ("LB005", careful(lambda lines: swap(lines, 0, 1))),
    "mixed repeats": ("LB006", careful(lambda lines: [lines[0].replace(b"[true]", b"[true, true]"), *lines[1:]])),
    "a score that is no number": ("LB011", careful(lambda lines: [lines[0].replace(b"[true]", b"[NaN]"), *lines[1:]])),
    "a score of two": ("LB003", careful(lambda lines: [lines[0].replace(b"[true]", b"[2]"), *lines[1:]])),
    "another version's digest": ("LB007", bytewise(b'"digest": "', b'"digest": "0')),
    "the last line cut": ("LB012", lambda path: path.write_bytes(path.read_bytes()[:-9])),
    "no header": ("LB001", lambda path: path.write_bytes(path.read_bytes().split(b"\n", 1)[1])),
    "an empty file": ("LB001", lambda path: path.write_bytes(b"")),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_baseline_is_named_by_verify_and_never_used_by_the_gate(name, stored, llmops):
    code, change = BAD_FILES[name]
    (path,) = files(stored)
    change(path)
    stored.commit(message=name)
    assert code in llmops(stored.root, "baseline", "verify", code=1).out
    stored.write("prompts/greet.yaml", BAD)
    assert code in llmops(stored.root, "gate", code=1).err


@pytest.mark.parametrize("code", sorted(code for code in CODES if code.startswith("LB")))
def test_each_code_of_a_baseline_is_explained(code, tmp_path, llmops):
    slug, text = CODES[code]
    done = llmops(tmp_path, "explain", code)
    assert slug in done.out
    assert text.split()[0] in done.out


def cases(count):
    return "".join(f'{{"id": "c{at}", "inputs": {{"name": "n{at}"}}, "expected": "n{at}"}}\n' for at in range(count))


@pytest.mark.parametrize(
    ("count", "edit", "verdict", "words"),
    [
        (1, "Hi {{ name }}", 0, "cannot be seen"),
        (1, "Hi {{ name | upper }}", 1, "1 broke"),
        (12, "Hi {{ name }}", 0, "cannot be seen"),
    ],
    ids=["one case, still right", "one case, broken", "no case that tells anything"],
)
def test_where_the_cases_hardly_tell_anything_the_gate_says_so(count, edit, verdict, words, project, llmops):
    project.commit({"evalsets/greet.jsonl": cases(count)}, "cases")
    llmops(project.root, "eval", "run", "greet")
    llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
    project.commit(message="baseline")
    project.write("prompts/greet.yaml", PROMPT.replace("Hello {{ name }}", edit))
    assert words in llmops(project.root, "gate", code=verdict).out
