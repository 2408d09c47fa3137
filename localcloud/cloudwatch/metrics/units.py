"""CloudWatch's units, in its own order: of several units that one metric has, the first is answered."""

UNITS = (
    *("Megabits", "Terabits", "Gigabits", "Count", "Bytes", "Gigabytes", "Gigabytes/Second", "Kilobytes"),
    *("Kilobits/Second", "Terabytes", "Terabits/Second", "Bytes/Second", "Percent", "Megabytes", "Megabits/Second"),
    *("Milliseconds", "Microseconds", "Kilobytes/Second", "Gigabits/Second", "Megabytes/Second", "Bits"),
    *("Bits/Second", "Count/Second", "Seconds", "Kilobits", "Terabytes/Second", "None"),
)
NO_UNIT = "None"


def place(unit: str) -> int:
    """In that order; a unit that CloudWatch does not know comes last."""
    return UNITS.index(unit) if unit in UNITS else len(UNITS)
