import pytest

from llmops_cli.compare.looks import batches, closing, from_look, rounds
from llmops_cli.model.look import ONLY


def test_three_rounds_spend_what_the_design_says():
    assert [look.alpha * 0.05 for look in rounds(3)] == pytest.approx([0.005, 0.005, 0.04])
    assert [look.beta * 0.05 for look in rounds(3)] == pytest.approx([0.05 / 3] * 3)
    assert [look.alpha * 0.05 for look in rounds(5)] == pytest.approx([0.0025] * 4 + [0.04])
    assert [look.alpha * 0.05 for look in batches()] == pytest.approx([0.003, 0.003, 0.004, 0.04])


@pytest.mark.parametrize("looks", [rounds(1), rounds(2), rounds(3), rounds(5), batches()])
def test_all_looks_together_spend_all_and_no_more(looks):
    assert sum(look.alpha for look in looks) == pytest.approx(1)
    assert sum(look.beta for look in looks) == pytest.approx(1)
    assert [look.is_last for look in looks] == [False] * (len(looks) - 1) + [True]
    assert [look.number for look in looks] == list(range(1, len(looks) + 1))


def test_one_round_is_one_look_at_all():
    assert rounds(1) == (ONLY,)


@pytest.mark.parametrize("start", [1, 2, 3, 4, 9])
def test_looks_that_were_never_taken_leave_their_shares_to_the_first_that_is(start):
    found = from_look(rounds(3), start)
    assert sum(look.alpha for look in found) == pytest.approx(1)
    assert sum(look.beta for look in found) == pytest.approx(1)
    assert found[0].number == min(start, 3)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_plan_that_ends_early_spends_what_is_left_at_its_last_look(number):
    looks = rounds(3)
    last = closing(looks, number)
    assert last.is_last
    assert last.alpha + sum(look.alpha for look in looks[: number - 1]) == pytest.approx(1)
