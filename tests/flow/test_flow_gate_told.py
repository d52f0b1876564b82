"""What a gate tells of its own confirmation: which runs are stored and which fresh, and whether there was one."""

from noisy import edit, noisy


def gate(llmops, project, *flags, code=1):
    return llmops(project.root, "gate", "--format", "json", "-j", "16", *flags, code=code).json()


def broken(words, number):
    return 1.0 if words == "Hello" or number % 5 else 0.0


def test_a_broken_case_is_shown_with_the_runs_that_raised_the_suspicion_and_with_the_fresh_ones(project, llmops):
    with noisy(project, llmops, broken, count=20):
        edit(project, "Shout")
        (family,) = gate(llmops, project)["families"]
        example = next(one for one in family["examples"] if one["case"] == "c005")
        runs = family["runs"]["head"]
        assert (example["base_passes"], example["head_passes"]) == ("5/5", f"0/{runs}")
        assert (example["fresh_base"], example["fresh_head"]) == ("3/3", "0/3")


def test_a_confirmation_that_is_stored_is_one(project, llmops):
    with noisy(project, llmops, broken):
        edit(project, "Shout")
        first = gate(llmops, project)
        again = gate(llmops, project)
        assert again["calls"]["live"] == 0
        assert again["notes"] == first["notes"]
        assert not [note for note in again["notes"] if "confirmed" in note]


def test_where_the_policy_asks_nobody_again_the_report_says_so(project, llmops):
    with noisy(project, llmops, broken, gate={"confirm": False}):
        edit(project, "Shout")
        found = gate(llmops, project)
        assert any("confirm: false" in note and "not confirmed by fresh answers" in note for note in found["notes"])


def test_in_replay_the_report_says_that_nobody_is_asked_again(project, llmops):
    with noisy(project, llmops, broken):
        edit(project, "Shout")
        llmops(project.root, "eval", "run", "greet", "--mode", "record", "-j", "16")
        found = gate(llmops, project, "--mode", "replay")
        assert any(note.startswith("replay asks no model") for note in found["notes"])


def test_a_critical_case_that_was_spared_is_told_beside_the_broken_cases_of_a_small_set(project, llmops):
    slips = {"left": 1}

    def slipping(words, number):
        if (words, number) == ("Shout", 7) and slips["left"]:
            slips["left"] -= 1
            return 0.0
        return broken(words, number)

    with noisy(project, llmops, slipping, count=20, gate={"rule": "cases"}, critical=True):
        edit(project, "Shout")
        found = gate(llmops, project)
        assert [rule["case"] for rule in found["hard"]] == ["c000", "c005", "c010", "c015"]
        assert any("critical c007: failed, but passed" in reason for reason in found["prompts"][0]["reasons"])
