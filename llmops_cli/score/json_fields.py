"""How many fields of the expected object the answer has right: the mean over the fields of each field's F1.

`expected` is an object. A field that both lack counts 1, one that only one has counts 0 (null is the same as absent). A
list is compared as a multiset, so that two of three right items give a share; anything else is right or wrong. An
answer that is no JSON object has no field right. `parts` holds each field's figure.

The mean over four fields moves by a quarter of what one field loses: with `pass_at: 1.0` a case passes where every
field is right, and a second scorer of one key fails the gate for this field alone. A ```json fence costs nothing here
unless `fence: strict` is said, or `json_valid` stands beside it.

Options:
    keys: the fields that count; dots go deeper, `vendor.name`, `items.0.price` (default: every key of expected).
    compare: how a field is compared, by key (default exact):
        exact: equal as JSON, ends of texts trimmed; icase: texts without case; number: the last number, so that
        "RM 12.50" is 12.5; date: as a day, however written; fuzzy: alike after folding case and white space, from
        `at` up (1 − edit distance ÷ length, default 0.9), written {type: fuzzy, at: 0.85}.
    dayfirst: read 03/04/2024 as 3 April, not 4 March (default false). 25/12/2024 can be read one way only.
    fence: strip to look inside a ```json fence, or strict (default strip).

Example:
    scorers:
      - type: json_fields
        keys: [vendor.name, date, total]
        compare: {total: number, date: date, vendor.name: {type: fuzzy, at: 0.9}}
        pass_at: 1.0
      - {type: json_fields, name: total, keys: [total], compare: {total: number}}
      - json_valid

"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from llmops_cli.errors import UsageError
from llmops_cli.model.completion import Completion
from llmops_cli.model.evalset import Case
from llmops_cli.model.ports import Scorer
from llmops_cli.model.run import Score
from llmops_cli.score._fields import Comparator, comparator, field_f1, pick
from llmops_cli.score._json import FENCES, read_json
from llmops_cli.score._options import boolean, choice, did_you_mean, mapping, texts
from llmops_cli.score._score import NO_EXPECTED, quote, unscored

Json = Any
_SHOWN = 3


def build(
    *,
    keys: Sequence[str] | None = None,
    compare: Mapping[str, Json] | None = None,
    dayfirst: bool = False,
    fence: Literal["strict", "strip"] = "strip",
) -> Scorer:
    """Return the scorer for these options."""
    choice("fence", fence, FENCES)
    fixed = () if keys is None else texts("keys", keys)
    first = boolean("dayfirst", dayfirst)
    ways = {key: comparator(key, how, dayfirst=first) for key, how in mapping("compare", compare or {}).items()}
    stray = [key for key in ways if fixed and key not in fixed]
    if stray:
        raise UsageError(f"compare names {stray[0]}, which is not among keys", hint=did_you_mean(stray[0], fixed))
    plain = comparator("", "exact", dayfirst=first)

    def json_fields(case: Case, answer: Completion) -> Score:
        if case.expected is None:
            return unscored("json_fields", NO_EXPECTED)
        if not isinstance(case.expected, Mapping) or not (fixed or case.expected):
            return unscored("json_fields", f"expected is {quote(case.expected)}, not an object with fields")
        fields = {key: ways.get(key, plain) for key in fixed or case.expected}
        got, problem = _read(answer.text, fence)
        return _scored(case.expected, got, fields, problem)

    return json_fields


def _read(text: str, fence: str) -> tuple[Mapping[str, Json] | None, str]:
    try:
        got = read_json(text, fence=fence)
    except ValueError as error:
        return None, str(error)
    return (got, "") if isinstance(got, Mapping) else (None, f"not a JSON object: {quote(got)}")


def _scored(
    expected: Mapping[str, Json], got: Mapping[str, Json] | None, fields: Mapping[str, Comparator], problem: str
) -> Score:
    """Return the mean over the fields. `got` is None where the answer is no object; `problem` says why."""
    parts = {}
    for key, how in fields.items():
        try:
            f1 = field_f1(pick(expected, key), pick(got, key), how)
        except ValueError as error:
            return unscored("json_fields", f"expected field {key} {error}")
        parts[key] = 0.0 if got is None else f1
    wrong = [key for key, f1 in parts.items() if f1 < 1]
    told = [f"{key}: expected {quote(pick(expected, key))}, got {quote(pick(got, key))}" for key in wrong[:_SHOWN]]
    more = [f"{len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
    return Score("json_fields", sum(parts.values()) / len(parts), None, problem or "; ".join(told + more), parts)
