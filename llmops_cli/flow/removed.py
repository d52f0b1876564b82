"""A prompt that the head does not have any more: who still serves it, and whether it may go on under another name."""

from llmops_cli.compare.figures import listed
from llmops_cli.flow.changes import Pair
from llmops_cli.flow.released import labels, serving
from llmops_cli.flow.scene import Scene
from llmops_cli.model.verdict import Family, Hard, PromptVerdict, Verdict


def removed(pair: Pair, scene: Scene) -> tuple[PromptVerdict, tuple[Family, ...], tuple[Hard, ...]]:
    """Return FAIL for a prompt that is gone while a label of the head still serves it.

    UNCOVERED for one that was judged, where the same change brings a prompt that nothing judges: it may be the old one.
    """
    names = (pair.before.id, *pair.before.aliases) if pair.before else ()
    serves = [label.name for label in labels(scene.head.tree, scene.head_settings) if serving(label, names)]
    if not serves:
        verdict, reason = _gone(pair, scene)
        return PromptVerdict(pair.id, "removed", verdict, (reason,)), (), ()
    detail = f"the prompt is removed, but {listed(serves)} still serves it: take it out of the label first"
    hard = Hard("removed-prompt", pair.id, "", "", detail)
    return PromptVerdict(pair.id, "removed", Verdict.FAIL, (detail,)), (), (hard,)


def _gone(pair: Pair, scene: Scene) -> tuple[Verdict, str]:
    judged = [name for name in scene.base.judges(pair.before) if name in scene.base.evalsets] if pair.before else []
    bare = [one.id for one in scene.pairs if one.before is None and one.after and not scene.head.judges(one.after)]
    if not judged or not bare:
        return Verdict.PASS, "the prompt is removed; no label serves it"
    return Verdict.UNCOVERED, (
        f"removed; it was judged by {listed(judged)}, and no eval set judges the new {listed(bare)}: name it there, or "
        f"remove the prompt in a change of its own if it is gone for good"
    )
