"""Why a baseline says little: nothing could be seen to be worse than it, or hardly anything."""

from llmops_cli.model.run import Arm


def blind(arm: Arm, scorer: str) -> str:
    """Return in words why an arm says little by a scorer (no score, only zeros, one case); "" where it is fine."""
    values = [value for row in arm.rows.values() for value in row.values.get(scorer, ())]
    scored = [float(value) for value in values if value is not None]
    if not scored:
        return f"no answer has a score of {scorer}, so nothing can be compared with it"
    if not any(scored):
        return f"{scorer} is 0 for every answer, so nothing can be worse: mend the prompt, or the scorer"
    if len(arm.rows) == 1:
        return "it holds one case, which says nothing of any other"
    return ""
