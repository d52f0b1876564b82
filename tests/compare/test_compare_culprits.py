"""Who broke it: found in few calls by cases that slip now and then, and held against the two facts that must follow."""

import random

import pytest

from llmops_cli.compare.culprits import culprits
from llmops_cli.compare.ddmin import Outcome, StoppedError
from llmops_cli.compare.jury import seats, vote

SLIPS = 0.05
"""How often a broken case passes all the same."""
SLIPS_WHEN_SOUND = 0.02
"""How often a sound case fails."""


class Model:
    """A simulated model: case `i` is broken by hunks that hold any group of `groups[i]`."""

    def __init__(self, groups, *, seed=0, noise=(0.0, 0.0), calls=60, broken=lambda _: False):
        self.groups, self.noise, self.calls = groups, noise, calls
        self.random = random.Random(seed)
        self.known = {}
        self.unresolved = broken

    def __call__(self, hunks, row):
        return tuple(None if self.unresolved(hunks) else self.one(hunks, seat) for seat in row)

    def one(self, hunks, seat):
        if (hunks, seat) not in self.known:
            if len(self.known) >= self.calls:
                raise StoppedError
            fails = any(group <= hunks for group in self.groups[seat[0]])
            self.known[hunks, seat] = self.random.random() < (self.noise[0] if fails else 1 - self.noise[1])
        return self.known[hunks, seat]


def all_of(*groups, cases=5):
    return [[frozenset(group) for group in groups]] * cases


def named(found):
    return {frozenset(one.hunks) for one in found.culprits}


def share_found(simulations, *, calls, cases=5, fresh=1, guilty=1):
    """Return the share of simulations in which the culprits among 16 hunks are named, and nothing else is."""
    right = 0
    for seed in range(simulations):
        culprit = frozenset(random.Random(f"culprit {seed}").sample(range(16), guilty))
        noise = (SLIPS, SLIPS_WHEN_SOUND)
        model = Model(all_of(culprit, cases=cases), seed=seed, noise=noise, calls=calls)
        found = culprits(16, cases, model, fresh=fresh)
        assert len(model.known) <= calls
        right += named(found) == {culprit}
    return right / simulations


def test_one_culprit_among_16_hunks_is_found_with_20_calls():
    """The promise of GATE.md: ≥ 98 % where five cases broke; it is simulated with slips both ways."""
    assert share_found(1000, calls=20) >= 0.98


@pytest.mark.parametrize(
    ("facts", "least"),
    [
        ({"calls": 20, "fresh": None}, 0.985),
        ({"calls": 60}, 0.99),
        ({"calls": 60, "cases": 1}, 0.985),
        ({"calls": 60, "cases": 12}, 0.985),
        ({"calls": 60, "guilty": 2}, 0.98),
    ],
    ids=str,
)
def test_culprits_are_found_in_other_settings_too(facts, least):
    assert share_found(300, **facts) >= least


def test_a_culprit_is_told_with_both_facts():
    found = culprits(16, 5, Model(all_of({11})), fresh=1)
    assert found.state == "found"
    assert found.culprits[0].hunks == (11,)
    assert found.culprits[0].breaks == found.culprits[0].asked == (0, 1, 2, 3, 4)
    assert found.healed == (0, 1, 2, 3, 4)
    assert found.still == ()


def test_two_hunks_that_break_only_together_are_one_culprit():
    found = culprits(16, 5, Model(all_of({3, 12})), fresh=1)
    assert (found.state, named(found)) == ("found", {frozenset({3, 12})})


def test_two_hunks_that_each_break_everything_are_two_culprits():
    found = culprits(16, 5, Model(all_of({3}, {12})), fresh=1)
    assert (found.state, named(found)) == ("found", {frozenset({3}), frozenset({12})})


def test_hunks_that_break_different_cases_are_told_apart():
    groups = [*all_of({3}, cases=3), *all_of({12}, cases=2)]
    found = culprits(16, 5, Model(groups), fresh=1)
    assert found.state == "found"
    assert {one.hunks: one.breaks for one in found.culprits} == {(3,): (0, 1, 2), (12,): (3, 4)}


def test_a_head_that_passes_when_asked_again_has_no_culprit():
    model = Model(all_of({3}), noise=(0.9, 0.0), seed=1)
    found = culprits(16, 5, model, fresh=1)
    assert (found.state, found.culprits) == ("flaky", ())
    assert len(model.known) <= 6


def test_first_cases_that_were_chance_do_not_hide_those_that_broke():
    groups = [*([[]] * 2), *all_of({3}, cases=3)]
    found = culprits(16, 5, Model(groups), fresh=1)
    assert (found.state, named(found)) == ("found", {frozenset({3})})
    assert found.culprits[0].asked == (2, 3, 4)


def test_one_case_of_several_that_goes_on_to_fail_is_named_and_accuses_nobody():
    groups = [*all_of({3}, cases=4), [frozenset({3}), frozenset({12})]]
    found = culprits(16, 5, Model(groups), fresh=1)
    assert (named(found), found.still) == ({frozenset({3})}, (4,))
    assert found.healed == (0, 1, 2, 3)


@pytest.mark.parametrize("slips", [0.1, 0.2])
def test_a_case_that_slips_accuses_no_second_hunk(slips):
    """What is sound without the culprit fails now and then all the same: no further hunk is searched for that."""
    wrong = 0
    for seed in range(200):
        found = culprits(8, 5, Model(all_of({5}), seed=seed, noise=(0.0, slips), calls=10**6), fresh=None)
        wrong += found.culprits[0].hunks == (5,) and len(found.culprits) > 1
    assert wrong / 200 <= 0.01


def test_the_whole_edit_may_be_the_culprit():
    found = culprits(3, 2, Model(all_of({0, 1, 2}, cases=2)), fresh=None)
    assert (found.state, named(found), found.healed) == ("found", {frozenset({0, 1, 2})}, (0, 1))


def test_hunks_that_make_no_prompt_without_one_another_are_found_together():
    model = Model(all_of({7}), broken=lambda hunks: (6 in hunks) != (7 in hunks))
    found = culprits(16, 5, model, fresh=1)
    assert (found.state, named(found)) == ("found", {frozenset({6, 7})})


def test_a_prompt_that_is_no_whole_without_its_culprit_is_said_so():
    model = Model(all_of({7}), broken=lambda hunks: len(hunks) == 15)
    assert culprits(16, 5, model, fresh=1).state == "unchecked"


@pytest.mark.parametrize("calls", range(12))
def test_a_budget_that_ends_leaves_the_best_so_far(calls):
    model = Model(all_of({11}), calls=calls)
    found = culprits(16, 5, model, fresh=1)
    assert found.state == "stopped"
    assert 11 in found.suspects or named(found) == {frozenset({11})}
    assert len(model.known) <= calls


@pytest.mark.parametrize(
    ("said", "outcome", "asked"),
    [
        ("++", Outcome.PASS, 2),
        ("--", Outcome.FAIL, 2),
        ("+---", Outcome.FAIL, 4),
        ("+-+-+", Outcome.PASS, 5),
        ("?????", Outcome.UNRESOLVED, 5),
        ("?+?-?", Outcome.UNRESOLVED, 5),
        ("?-???", Outcome.FAIL, 5),
    ],
)
def test_a_vote_ends_when_one_side_leads_by_two(said, outcome, asked):
    seen = []

    def ask(row):
        seen.extend(row)
        return tuple({"+": True, "-": False, "?": None}[said[case]] for case, _ in row)

    assert vote([(case, 0) for case in range(len(said))], ask) is outcome
    assert len(seen) == asked


def test_few_cases_are_asked_again_until_there_are_five_seats():
    assert seats([4]) == ((4, 0), (4, 1), (4, 2), (4, 3), (4, 4))
    assert seats([1, 2]) == ((1, 0), (2, 0), (1, 1), (2, 1), (1, 2))
    assert seats(range(7), first=2) == tuple((case, 2) for case in range(7))


def test_two_of_five_cases_that_fail_again_by_chance_are_asked_once_more():
    """They failed twice and then never: cases that fail now and then accuse nobody."""

    def ask(_, row):
        return tuple(not (run == 1 and case in (1, 3)) for case, run in row)

    found = culprits(8, 5, ask, fresh=1)
    assert (found.state, found.culprits) == ("flaky", ())
