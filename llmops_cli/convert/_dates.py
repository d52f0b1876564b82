"""Seconds since 1970 → ISO 8601, by arithmetic: this room asks no clock."""

LATEST = 253402300800
"""The first second of the year 10000."""


def iso(seconds: int) -> str:
    """Return the moment in UTC: `2025-06-15T15:06:40+00:00`. `seconds` lie before `LATEST`."""
    days, rest = divmod(seconds, 86400)
    era, day = divmod(days + 719468, 146097)
    year_of = (day - day // 1460 + day // 36524 - day // 146096) // 365
    of_year = day - (365 * year_of + year_of // 4 - year_of // 100)
    month = (5 * of_year + 2) // 153
    calendar = month + 3 if month < 10 else month - 9  # noqa: PLR2004 - the year begins in March here
    year = year_of + era * 400 + (1 if calendar <= 2 else 0)  # noqa: PLR2004 - January and February
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{year:04}-{calendar:02}-{of_year - (153 * month + 2) // 5 + 1:02}T{clock}+00:00"
