"""The gate before there is anything to compare with: what a first commit brings along counts from the next one on."""

from gitrepo import Repo

PROMPT = 'id: greet\nmodel: echo/m\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'
EVALSET = "id: greet\nscorers: [{type: contains}]\n"
CASES = "".join(f'{{"id": "c{i:02}", "inputs": {{"name": "n{i:02}"}}, "expected": "n{i:02}"}}\n' for i in range(12))


def squashed(tmp_path, llmops):
    """A repository of one commit, with a prompt, its cases and its baseline."""
    repo = Repo.create(tmp_path / "squashed")
    for path, text in (
        ("prompts/greet.yaml", PROMPT),
        ("evalsets/greet.yaml", EVALSET),
        ("evalsets/greet.jsonl", CASES),
    ):
        repo.write(path, text)
    llmops(repo.root, "eval", "run", "greet")
    llmops(repo.root, "baseline", "accept", "greet", "--reason", "first")
    repo.commit(message="all of it")
    return repo


def test_a_first_commit_with_a_baseline_says_that_it_counts_from_the_next_commit_on(tmp_path, llmops):
    repo = squashed(tmp_path, llmops)
    done = llmops(repo.root, "gate")
    assert "its baseline comes with it" in done.out
    assert "baselines stored here: 1; the gate compares with them from the next commit on" in done.out
    assert "baseline accept" not in done.out


def test_the_next_edit_is_compared_with_it(tmp_path, llmops):
    repo = squashed(tmp_path, llmops)
    repo.write("prompts/greet.yaml", PROMPT.replace("{{ name }}", "{{ name | upper }}"))
    assert llmops(repo.root, "gate", "--format", "json", code=1).json()["verdict"] == "FAIL"


def test_without_a_baseline_the_first_one_is_asked_for(project, llmops):
    done = llmops(project.root, "gate")
    assert "First baseline: llmops baseline accept greet" in done.out
    assert "baselines stored here" not in done.out


def test_a_new_prompt_that_nothing_judges_is_led_to_an_eval_set_and_not_to_a_baseline(project, llmops):
    llmops(project.root, "prompt", "new", "support/x", "--model", "echo/m")
    said = llmops(project.root, "gate").out
    assert "Judge it: llmops evalset new" in said
    assert "First baseline" not in said


def test_a_refused_version_says_which_test_fell_and_by_how_much(tmp_path, llmops):
    repo = squashed(tmp_path, llmops)
    repo.write("prompts/greet.yaml", PROMPT.replace("{{ name }}", "{{ name | upper }}"))
    llmops(repo.root, "eval", "run", "greet")
    said = llmops(repo.root, "baseline", "accept", "greet", "--reason", "better", code=2).err
    assert "is not as good as its baseline: contains −100.0 pp: FAIL" in said


def test_a_baseline_that_was_edited_says_where_a_good_one_is_and_how_it_gets_a_new_one(tmp_path, llmops):
    repo = squashed(tmp_path, llmops)
    (path,) = (repo.root / "evalsets/.baselines").rglob("*.jsonl")
    place = path.relative_to(repo.root).as_posix()
    path.write_text(path.read_text().replace("true", "false", 1))
    said = llmops(repo.root, "baseline", "verify", code=1).out
    assert f"git checkout COMMIT -- {place}" in said
    repo.run("checkout", "HEAD", "--", place)
    llmops(repo.root, "baseline", "verify")
    path.unlink()
    llmops(repo.root, "eval", "run", "greet", "--repeat", "5")
    llmops(repo.root, "baseline", "accept", "greet", "--reason", "anew")
    llmops(repo.root, "baseline", "verify")
