"""A date in one of the forms that people write, as YYYY-MM-DD."""

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|'?\d{2})"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_TIME = r"(?:(?:T|,?\s+)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
_FORMS = tuple(
    re.compile(f"{_WEEKDAY}{form}{_TIME}", re.IGNORECASE | re.ASCII)
    for form in (
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        rf"(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second>\d{{1,2}})(?P=mark){_YEAR}",
        rf"{_DAY}[\s.,/-]*(?:of\s+)?{_MONTH}[\s.,/-]*{_YEAR}",
        rf"{_MONTH}[\s.,/-]*{_DAY}[\s,/-]+{_YEAR}",
        rf"(?P<year>\d{{4}})[\s/-]+{_MONTH}[\s/-]+{_DAY}",
    )
)
_LONGEST = 60
_CENTURY_TURNS_AT = 69  # as POSIX has it: 68 is 2068, 69 is 1969


def iso_date(text: str, *, dayfirst: bool = False) -> str | None:
    """Return a date as YYYY-MM-DD, or None where the text is no date (or no day that exists).

    03/04/2024 is 4 March, or with `dayfirst` 3 April; dots and dashes say no more than slashes.
    A date that only one reading makes sense of (25/12/2024) is read that way. A time after the date is dropped.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            return _iso(found.groupdict(), dayfirst=dayfirst)
    return None


def _iso(parts: dict[str, str | None], *, dayfirst: bool) -> str | None:
    year = _full_year(parts["year"] or "")
    if parts.get("first"):
        first, second = int(parts["first"] or 0), int(parts["second"] or 0)
        swapped = (second, first) if dayfirst else (first, second)
        return _day(year, *swapped) or _day(year, swapped[1], swapped[0])
    name = parts.get("name")
    month = _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["month"] or 0)
    return _day(year, month, int(parts["day"] or 0))


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _full_year(written: str) -> int:
    digits = written.removeprefix("'")
    if len(digits) == 4:  # noqa: PLR2004 - a year in full
        return int(digits)
    return int(digits) + (1900 if int(digits) >= _CENTURY_TURNS_AT else 2000)
