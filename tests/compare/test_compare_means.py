"""Where no single case shows a drop: answers weighed until one end is clearly ahead, and hunks searched by them."""

import random

import pytest
from pairings import arm_of, binary

from llmops_cli.compare.ddmin import Outcome, StoppedError
from llmops_cli.compare.falls import fall, is_shown, weighed
from llmops_cli.compare.means import AHEAD, HEAVIEST, calls_needed, is_amid, still_falls, weigh
from llmops_cli.compare.shares import shares
from llmops_cli.model.settings import GatePolicy


class Noisy:
    """A model whose answers fail in `base` of all runs, and in `edit` with any of the culprits; counts its answers."""

    def __init__(self, seed, *, base=0.02, edit=0.3, culprits=({11},), calls=10**6):
        self.random = random.Random(seed)
        self.rates, self.culprits, self.calls = (base, edit), [frozenset(one) for one in culprits], calls
        self.asked = 0
        self.said, self.seen = {}, {}
        arms = [
            arm_of({f"c{case:03}": self.runs(rate, 4) for case in range(40)}, side=side)
            for rate, side in ((base, "base "), (edit, "head "))
        ]
        self.weighed = weighed((arms[0], arms[1]), None, "exact")

    def runs(self, rate, count):
        return [self.random.random() >= rate for _ in range(count)]

    def like(self, hunks):
        if hunks not in self.said:
            self.said[hunks] = weigh(self.weighed.scale, lambda count: self.draw(hunks, count))
        return self.said[hunks]

    def is_between(self, hunks):
        return is_amid(self.weighed.scale, self.seen.get(hunks, ()))

    def holds(self, hunks):
        falls = []
        while len(falls) < self.weighed.scale.enough:
            falls += self.draw(hunks, 4)
        return still_falls(self.weighed.scale, falls)

    def rate(self, hunks):
        return self.rates[any(one <= hunks for one in self.culprits)]

    def draw(self, hunks, count):
        if self.asked + count > self.calls:
            raise StoppedError
        self.asked += count
        usual = [self.random.choice(list(self.weighed.usual.values())) for _ in range(count)]
        falls = [value - mean for value, mean in zip(self.runs(self.rate(hunks), count), usual, strict=True)]
        self.seen.setdefault(hunks, []).extend(falls)
        return falls


@pytest.mark.parametrize(
    ("hunks", "culprits", "edit", "least", "calls"),
    [
        (2, [{1}], 0.3, 0.96, 75),
        (16, [{11}], 0.3, 0.94, 150),
        (16, [{11}], 0.6, 0.95, 75),
        (4, [{0}, {3}], 0.3, 0.85, 190),
        (8, [{2, 5}], 0.3, 0.9, 210),
    ],
)
def test_hunks_that_make_cases_fail_now_and_then_are_found(hunks, culprits, edit, least, calls):
    right, asked, seeds = 0, 0, 300
    for seed in range(seeds):
        model = Noisy(seed, edit=edit, culprits=culprits)
        found = shares(hunks, model)
        right += found.state == "found" and {*map(frozenset, found.culprits)} == {*map(frozenset, culprits)}
        asked += model.asked
    assert (right / seeds >= least, asked / seeds <= calls) == (True, True), (right / seeds, asked / seeds)


def test_the_calls_that_a_search_needs_are_about_those_it_takes():
    needed, taken = 0, 0
    for seed in range(100):
        model = Noisy(seed)
        needed += calls_needed(model.weighed.scale, 16)
        shares(16, model)
        taken += model.asked
    assert 0.5 <= needed / taken <= 2


def test_parts_that_each_take_a_share_accuse_no_part():
    """All 4 hunks together make 30 % of answers fail, fewer none of them."""
    found = shares(4, Noisy(1, culprits=[{0, 1, 2, 3}]))
    assert (found.state, found.culprits) == ("spread", ())


def test_a_slide_to_which_every_part_adds_accuses_no_part():
    """Each of 4 hunks makes 8 % more answers fail."""
    accused, asked = 0, 0
    for seed in range(100):
        model = Noisy(seed, edit=0.34)
        model.rate = lambda hunks: 0.02 + 0.08 * len(hunks)
        found = shares(4, model)
        accused += any(len(one) == 1 for one in found.culprits)
        asked += model.asked
    assert (accused <= 15, asked / 100 <= 150) == (True, True), (accused, asked / 100)


def test_parts_that_are_all_accused_in_groups_are_the_whole_edit():
    found = shares(4, Noisy(1, edit=0.6, culprits=[{0, 1}, {2, 3}]))
    assert (found.state, found.culprits) == ("spread", ())


@pytest.mark.parametrize("calls", [0, 10, 30])
def test_a_budget_that_ends_leaves_suspects(calls):
    found = shares(16, Noisy(1, calls=calls))
    assert found.state == "stopped"
    assert 11 in found.suspects


def test_answers_that_are_none_say_nothing_and_end_a_probe():
    drawn = []

    def draw(count):
        drawn.append(count)
        return [None] * count

    assert weigh(Noisy(1).weighed.scale, draw) is Outcome.UNRESOLVED
    assert len(drawn) == 1


def test_one_answer_alone_never_decides():
    known = Noisy(1, base=0.0, edit=0.9).weighed.scale
    assert max(map(abs, known.weights.values())) <= HEAVIEST < AHEAD


def test_an_edit_that_answers_as_the_base_cannot_be_weighed():
    same = arm_of(binary("+++- ++++"))
    assert weighed((same, same), None, "exact").scale is None


def test_the_gates_fresh_answers_alone_are_weighed_where_it_asked_again():
    """Its first answers chose the cases: 10 of 40 failed their only run, by chance all the same ones."""
    base = arm_of(binary("+++++ " * 40))
    head = arm_of(binary("- " * 10 + "+ " * 30))
    again = (arm_of(binary("+++ " * 10)), arm_of(binary("+-+ " * 10)))
    found = weighed((base, head), again, "exact")
    assert (len(found.usual), found.scale.answers, round(found.scale.change, 3)) == (10, 30, -0.333)


def test_a_fall_is_that_of_the_runs_it_is_given_and_may_be_chance():
    policy = GatePolicy()
    one = fall(arm_of(binary("+++++ " * 20)), arm_of(binary("- " * 8 + "+ " * 12)), "exact", policy)
    assert (one.before, one.after, one.cases, is_shown(one, policy)) == (1.0, 0.6, 20, True)
    few = fall(arm_of(binary("+++++ " * 20)), arm_of(binary("- " + "+ " * 19)), "exact", policy)
    assert not is_shown(few, policy)
    assert fall(arm_of({}), arm_of({}), "exact", policy) is None
    assert not is_shown(None, policy)
