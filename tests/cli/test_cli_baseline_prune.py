"""`baseline prune` on real repositories: what is needed stays, what is not goes, and nothing goes where nobody knows."""

import pytest

PROMPT = 'id: greet\nmodel: echo/m\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'


def version(word):
    return PROMPT.replace("Hello", word)


def accept(repo, llmops, word, *, commit=True):
    """Store the baseline of another wording; return its path."""
    before = set(baselines(repo))
    repo.write("prompts/greet.yaml", version(word))
    llmops(repo.root, "eval", "run", "greet")
    llmops(repo.root, "baseline", "accept", "greet", "--reason", word)
    if commit:
        repo.commit(message=word)
    (path,) = set(baselines(repo)) - before
    return path


def baselines(repo):
    return sorted(
        path.relative_to(repo.root).as_posix() for path in (repo.root / "evalsets/.baselines").rglob("*.jsonl")
    )


def planned(repo, llmops, *more):
    done = llmops(repo.root, "baseline", "prune", "--dry-run", "--format", "json", *more).json()
    return {row["path"]: row["reason"] for row in done["baselines"] if row["kept"]}, [
        row["path"] for row in done["baselines"] if not row["kept"]
    ]


def test_only_what_nobody_needs_goes_and_only_when_asked(project, llmops):
    one, two, three = (accept(project, llmops, word) for word in ("Hi", "Hey", "Ho"))
    kept, gone = planned(project, llmops)
    assert (sorted(kept), sorted(gone)) == ([three], sorted([one, two]))
    assert len(baselines(project)) == 3, "a dry run removes nothing"
    refused = llmops(project.root, "baseline", "prune", code=2)
    assert "--yes" in refused.err
    assert len(baselines(project)) == 3, "nobody was there to ask"
    done = llmops(project.root, "baseline", "prune", "--yes")
    assert one in done.out
    assert baselines(project) == [three]
    llmops(project.root, "baseline", "verify")
    assert "every baseline is needed" in llmops(project.root, "baseline", "prune", "--yes").out


def test_what_a_label_serves_and_what_was_released_last_stays(project, llmops):
    served = accept(project, llmops, "Hi")
    llmops(project.root, "prompt", "release", "greet")
    project.commit(message="first release")
    llmops(project.root, "prompt", "promote", "greet@1.0.0", "--to", "production")
    project.commit(message="label")
    middle = accept(project, llmops, "Hey")
    llmops(project.root, "prompt", "release", "greet")
    project.commit(message="second release")
    last = accept(project, llmops, "Ho")
    llmops(project.root, "prompt", "release", "greet")
    project.commit(message="third release")
    now = accept(project, llmops, "Yo")
    kept, gone = planned(project, llmops)
    assert gone == [middle]
    assert "label production serves greet@1.0.0" in kept[served]
    assert "last release" in kept[last]
    assert "the working tree" in kept[now]


def test_what_the_default_branch_and_head_have_stays_on_another_branch(project, llmops):
    main = accept(project, llmops, "Hi")
    project.branch("topic")
    head = accept(project, llmops, "Hey")
    tree = accept(project, llmops, "Ho", commit=False)
    kept, gone = planned(project, llmops)
    assert gone == []
    assert "the default branch" in kept[main]
    assert "HEAD" in kept[head]
    assert "the working tree" in kept[tree]


def test_what_is_not_merged_yet_stays_whatever_its_version(project, llmops):
    accept(project, llmops, "Hi")
    project.branch("topic")
    tried = accept(project, llmops, "Hey")
    accept(project, llmops, "Ho")
    kept, gone = planned(project, llmops)
    assert gone == []
    assert "not merged" in kept[tried]


def test_a_file_that_does_not_verify_stays_to_be_looked_at(project, llmops):
    old = accept(project, llmops, "Hi")
    accept(project, llmops, "Hey")
    project.write(old, (project.root / old).read_text().replace("true", "false", 1))
    project.commit(message="edited")
    kept, _ = planned(project, llmops)
    assert "verify" in kept[old]


def test_a_shallow_clone_removes_nothing_and_says_what_to_fetch(project, llmops, tmp_path):
    accept(project, llmops, "Hi")
    accept(project, llmops, "Hey")
    shallow = project.clone(tmp_path / "shallow", "--depth", "1")
    done = llmops(shallow.root, "baseline", "prune", "--yes", code=2)
    assert "git fetch --unshallow" in done.err
    assert len(baselines(shallow)) == 2


def test_without_a_default_branch_nothing_is_removed(project, llmops):
    accept(project, llmops, "Hi")
    accept(project, llmops, "Hey")
    project.run("branch", "--move", "main", "trunk")
    project.run("branch", "other")
    assert "default branch" in llmops(project.root, "baseline", "prune", "--yes", code=2).err
    assert len(baselines(project)) == 2


def test_a_prompt_that_cannot_be_read_stops_it_all(project, llmops):
    accept(project, llmops, "Hi")
    accept(project, llmops, "Hey")
    project.write("prompts/other.yaml", "id: [")
    llmops(project.root, "baseline", "prune", "--yes", code=1)
    assert len(baselines(project)) == 2


@pytest.mark.parametrize(("folder", "code"), [("", 2), ("evalsets/.baselines", 2)])
def test_nothing_stored_is_said_and_no_quiet_success(folder, code, project, llmops):
    if folder:
        (project.root / folder).mkdir(parents=True)
    assert "no baselines" in llmops(project.root, "baseline", "prune", code=code).err
