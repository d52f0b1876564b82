"""Why a baseline could never be seen to be fallen below, whatever comes."""

from llmops_cli.model.run import Arm


def blind(arm: Arm, scorer: str) -> str:
    """Return in words why nothing can be shown to be worse than an arm by a scorer; "" where something can."""
    values = [value for row in arm.rows.values() for value in row.values.get(scorer, ())]
    scored = [float(value) for value in values if value is not None]
    if not scored:
        return f"no answer has a score of {scorer}"
    if not any(scored):
        return f"{scorer} is 0 for every answer, and nothing scores less: mend the prompt, or the scorer"
    if len(arm.rows) == 1:
        return "it holds one case, which says nothing of any other"
    return ""
