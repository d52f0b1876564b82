"""One verdict everywhere: the same bytes whatever the machine, the folder, the workers or the order of the cases."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from gitrepo import Repo, clean_environment

PROMPT = """id: greet
model: local/m
variables: {{name: string}}
template: "{words} {{{{ name }}}}"
evals: [greet]
"""
EVALSET = "id: greet\ndata: greet.jsonl\nscorers: [contains, {type: length, at_most: 40, name: short}]\ngate: {slices: [odd, even]}\n"
FORMATS = ("json", "text", "markdown", "junit")
PLACES = [
    ("0", "UTC", "C", 8),
    ("1", "Asia/Kolkata", "C.UTF-8", 1),
    ("77", "America/St_Johns", "de_DE.UTF-8", 8),
    ("random", "Pacific/Chatham", "C", 1),
    ("random", "Asia/Kolkata", "tr_TR.UTF-8", 8),
    ("4294967295", "America/St_Johns", "C.UTF-8", 1),
    ("random", "UTC", "de_DE.UTF-8", 1),
    ("random", "Pacific/Chatham", "C.UTF-8", 8),
]
"""PYTHONHASHSEED, TZ, LC_ALL and -j. A locale that is not installed is what a bare container has."""


def case_lines():
    rows = [
        {
            "id": f"ä{at:03}" if at % 7 == 0 else f"c{at:03}",
            "inputs": {"name": f"n{at:03}"},
            "expected": f"n{at:03}",
            "tags": ["odd" if at % 2 else "even"],
            **({"critical": True} if at % 20 == 9 else {}),
        }
        for at in range(60)
    ]
    return [json.dumps(row, ensure_ascii=False) for row in rows]


def answers(seed, chance, repeats):
    """Return answers as another tool logged them: right by chance, some with a word that no console can print."""
    draw = random.Random(seed)
    rows = []
    for line in case_lines():
        case = json.loads(line)
        for repeat in range(repeats):
            right = draw.random() < chance and (seed == 1 or "critical" not in case)
            text = f"Hallo {case['expected'] if right else 'niemand ✗ ²'}{repeat}{seed}"
            rows.append({"id": case["id"], "n": repeat, "answer": text})
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A repository whose head is worse, all answers recorded; cloned or copied by what a test needs."""
    return build(tmp_path_factory.mktemp("made") / "r", case_lines())


def build(root, lines):
    repo = Repo.create(root)
    files = {
        "evalsets/greet.yaml": EVALSET,
        "evalsets/greet.jsonl": "\n".join(lines) + "\n",
        "prompts/greet.yaml": PROMPT.format(words="Hello"),
    }
    for path, text in files.items():
        repo.write(path, text)
    imported(repo, answers(1, 0.95, 5))
    run(repo.root, "baseline", "accept", "greet", "--reason", "first")
    repo.commit(message="base")
    repo.write("prompts/greet.yaml", PROMPT.format(words="Bye"))
    imported(repo, answers(2, 0.6, 2))
    repo.run("checkout", "--quiet", "-b", "edit")
    repo.commit(message="edit")
    return repo


def imported(repo, rows):
    file = repo.root.parent / "answers.jsonl"
    file.write_text(rows)
    pairs = ("--map", "case=id", "--map", "answer=answer", "--map", "repeat=n", "--record")
    run(repo.root, "eval", "import", "greet", "--evalset", "greet", "--answers", str(file), *pairs)


def run(root, *argv, code=0, cwd=None, **environment):
    """Run the program as a process of its own and return the bytes of its stdout."""
    where = [] if cwd == root else ["-C", str(root)]
    kept = {name: value for name, value in clean_environment().items() if not name.startswith(("PYTHON", "LC_", "TZ"))}
    done = subprocess.run(
        [sys.executable, "-m", "llmops_cli", *where, *argv],
        capture_output=True,
        check=False,
        cwd=cwd or Path(__file__).parents[2],
        env={**kept, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
    )
    assert done.returncode == code, done.stderr.decode(errors="replace")
    return done.stdout


def gate(root, seed, zone, locale, jobs, *, cwd=None):
    """Return what the gate says in every format, by one process: the bytes of stdout and of its reports."""
    folder = root.parent / f"reports {seed} {jobs} {os.urandom(4).hex()}"
    folder.mkdir()
    reports = [flag for kind in FORMATS[1:] for flag in ("--report", f"{kind}={folder / kind}")]
    said = run(
        root, "gate", "--base", "main", "--head", "edit", "--mode", "replay", "--format", "json", "-j", str(jobs),
        *reports, code=1, cwd=cwd, PYTHONHASHSEED=seed, TZ=zone, LC_ALL=locale,
    )  # fmt: skip
    return {"json": said, **{kind: (folder / kind).read_bytes() for kind in FORMATS[1:]}}


def test_every_machine_says_the_same_bytes(made, tmp_path):
    first = gate(made.root, *PLACES[0])
    said = json.loads(first["json"])
    assert (said["verdict"], len(said["families"])) == ("FAIL", 6)
    assert said["hard"]
    assert len(said["families"][0]["groups"]) >= 1
    for number, place in enumerate(PLACES[1:]):
        there = made.root
        if number % 2:  # another folder, entered instead of named
            there = tmp_path / f"änderswo {number}" / "deep" / "r"
            there.parent.mkdir(parents=True)
            subprocess.run(["cp", "-r", str(made.root), str(there)], check=True)
        found = gate(there, *place, cwd=there if number % 2 else None)
        assert found == first, place


@pytest.mark.parametrize("kind", FORMATS)
def test_stdout_is_the_report_byte_for_byte(made, kind):
    flags = ("gate", "--base", "main", "--head", "edit", "--mode", "replay", "--format", kind)
    here = run(made.root, *flags, code=1, PYTHONHASHSEED="5", TZ="UTC", LC_ALL="C.UTF-8")
    there = run(made.root, *flags, code=1, PYTHONHASHSEED="6", TZ="Asia/Kolkata", LC_ALL="C")
    assert here == there
    assert "greet" in here.decode("utf-8")


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_cases_changes_no_verdict(made, tmp_path, seed):
    lines = case_lines()
    random.Random(seed).shuffle(lines)
    other = build(tmp_path / "r", lines)
    one, two = (
        json.loads(gate(root, *PLACES[place])["json"]) for root, place in ((made.root, 0), (other.root, seed + 1))
    )
    assert one["base"] != two["base"], "the files differ, or nothing is tested"
    for key in ("verdict", "exit_code", "families", "prompts", "hard", "calls", "cost_usd", "unverified", "failures"):
        assert two[key] == one[key], key
