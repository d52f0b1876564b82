"""Whom a changed prompt meets besides the base: the last release, and the base on the cases that the change brings."""

from dataclasses import replace

from llmops_cli.errors import LlmopsError
from llmops_cli.flow.arms import stored_arm
from llmops_cli.flow.contestant import Bout
from llmops_cli.flow.fight import Fight, opened
from llmops_cli.flow.released import answerable, shelf_of
from llmops_cli.model.prompt import Prompt

NEW_CASES = "the base on the cases of this change"


def last_release(main: Fight) -> Fight | None:
    """Return the fight against the last release, where its baseline is stored and it is neither side already.

    Five drops of a point each pass one by one; held against what was released last they do not. It costs no call.
    A label that moves to a release is held against what it served: the last release may be another one.
    """
    release = None if main.ring.by_label else _released(main)
    if release is None or release.digest in (main.before.digest, main.head.prompt.digest):
        return None
    ring = main.ring
    arm = stored_arm(ring.base_side, ring.bout, replace(release, id=main.before.id))
    arm = arm or stored_arm(ring.base_side, ring.bout, release)
    if arm is None:
        return None
    against = f"release {release.version}"
    return Fight(ring, release, main.head, arm, None, main.looks, against=against, leader=main)


def _released(main: Fight) -> Prompt | None:
    registry, settings = main.ring.scene.base, main.ring.scene.policy
    if main.ring.policy.anchor == "none":
        return None
    found = shelf_of(registry.tree, settings, main.before)
    if not found.newest:
        return None
    try:
        release = found.release(found.newest)
    except LlmopsError:  # `validate` and `promote` say what is wrong with it
        return None
    return answerable(replace(release.prompt, version=release.version), settings)


def new_cases(main: Fight) -> Fight | None:
    """Return the fight of both versions on the cases that the change adds or changes, by the change's own scorers.

    What the base's cases say decides first; these can only fail the change, so it gains nothing by choosing them.
    """
    ring = main.ring
    name = ring.bout.evalset.id
    if ring.desk.mode == "replay" or name not in ring.scene.head.evalsets or ring.scene.where.fork:
        return None
    known = {(case.id, case.digest) for case in (*ring.bout.cases, *ring.bout.known.values())}
    own = ring.bouts.own_cases(name)
    stand_ins = main.head.stand_ins
    fresh = tuple(case for case in own.values() if (case.id, case.digest) not in known and case.id not in stand_ins)
    if not fresh:
        return None
    bout = ring.bouts.head_bout(ring.after, name)
    few = Bout(bout.evalset, fresh, bout.bench)
    found = opened(replace(ring, bout=few), main.before, None)
    found.against = NEW_CASES
    return found
