"""CloudWatch's units in its own order: when a metric has several units, the first one is returned."""

UNITS = (
    *("Megabits", "Terabits", "Gigabits", "Count", "Bytes", "Gigabytes", "Gigabytes/Second", "Kilobytes"),
    *("Kilobits/Second", "Terabytes", "Terabits/Second", "Bytes/Second", "Percent", "Megabytes", "Megabits/Second"),
    *("Milliseconds", "Microseconds", "Kilobytes/Second", "Gigabits/Second", "Megabytes/Second", "Bits"),
    *("Bits/Second", "Count/Second", "Seconds", "Kilobits", "Terabytes/Second", "None"),
)
NO_UNIT = "None"


def place(unit: str) -> int:
    """Return the unit's place in that order; unknown units come last."""
    return UNITS.index(unit) if unit in UNITS else len(UNITS)
