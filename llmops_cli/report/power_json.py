"""What stored baselines can see, as JSON: `llmops/power@1`."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from llmops_cli.model.power import Power, Rate, SelfTest
from llmops_cli.report.sanitize import plain

DIGITS = 6


def document(powers: Iterable[Power], lacking: Iterable[str] = (), *, exit_code: int = 0) -> dict[str, Any]:
    """Return the document. Shares are 0..1, rounded to six digits; null is not known."""
    return {
        "schema": "llmops/power@1",
        "exit_code": exit_code,
        "baselines": [_power(power) for power in powers],
        "lacking": [plain(each) for each in lacking],
    }


def _power(power: Power) -> dict[str, Any]:
    return {
        "prompt": power.prompt,
        "digest": power.digest,
        "evalset": power.evalset,
        "scorer": power.scorer,
        "cases": power.cases,
        "copies": power.copies,
        "runs": {"fewest": power.runs[0], "most": power.runs[1]},
        "binary": power.binary,
        "mean": _rounded(power.mean),
        "variance": _rounded(power.variance),
        "rule": power.rule,
        "margin": _rounded(power.margin),
        "sights": [_figures(asdict(sight)) for sight in power.sights],
        "needs": _figures(asdict(power.needs)) if power.needs else None,
        "slices": [_figures(asdict(need)) for need in power.slices],
        "silent": list(power.silent),
        "flaky": list(power.flaky),
        "self_test": _test(power.self_test) if power.self_test else None,
        "refused": {"reason": power.refused, "hint": power.hint} if power.refused else None,
    }


def _test(test: SelfTest) -> dict[str, Any]:
    return {
        "false_alarms": _rate(test.false_alarms),
        "false_inconclusive": _rate(test.false_inconclusive),
        "split": {"base": test.split[0], "head": test.split[1]},
        "drawn": test.drawn,
        "plan": {"base": test.plan[0], "head": test.plan[1]},
        "points": [
            {
                "drop": point.drop,
                "fails": _rate(point.fails),
                "concentrated": _rate(point.concentrated),
                "diffuse": _rate(point.diffuse),
                "passed": _rate(point.passed),
            }
            for point in test.points
        ],
        "notes": list(test.notes),
    }


def _rate(rate: Rate | None) -> dict[str, Any] | None:
    return _figures(asdict(rate)) if rate else None


def _figures(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _rounded(value) if isinstance(value, float) else value for key, value in said.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
