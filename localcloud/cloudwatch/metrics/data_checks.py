"""PutMetricData's errors in CloudWatch's own words: it reports the faults of all data at once, one per line. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from localcloud.cloudwatch.metrics.units import UNITS
from localcloud.errors import AwsError
from localcloud.machine.clock import aware

MOST_DATA, MOST_VALUES, MOST_DIMENSIONS = 1000, 150, 30
LONGEST_NAME, LONGEST_VALUE = 255, 1024
OLDEST, NEWEST = timedelta(days=14), timedelta(hours=2)
LARGEST = 2.0**360
RESOLUTIONS = (1, 60)
STATISTIC_SET = ("SampleCount", "Sum", "Minimum", "Maximum")

MISSING, COMBINATION, VALUE = "MissingParameter", "InvalidParameterCombination", "InvalidParameterValue"

Parameters = Mapping[str, Any]
Fault = tuple[str, str]
"""Code and message."""


def check_data(namespace: str, data: Sequence[Parameters], now: datetime, more: Sequence[Parameters] = ()) -> None:
    """Refuse invalid data. `data`: MetricData, `more`: data nested in EntityMetricData.

    Errors: AwsError with the first applicable code and all its messages.
    """
    found = [*_of_namespace(namespace), *_of_all(data, more)]
    for number, each in enumerate([*data, *more], start=1):
        found += _of_datum(each, f"MetricData.member.{number}", now)
    for code in (MISSING, COMBINATION, VALUE):
        if messages := [message for kind, message in found if kind == code]:
            raise AwsError(code, "\n".join(messages))


def _of_namespace(namespace: str) -> Iterator[Fault]:
    if not namespace.strip():
        yield MISSING, "The parameter Namespace is required."
    elif len(namespace) > LONGEST_NAME:
        yield _too_long("Namespace", LONGEST_NAME)
    elif namespace.startswith(("AWS/", ":")):
        yield VALUE, f"The value {'AWS/' if namespace[0] == 'A' else namespace} for parameter Namespace is invalid."
    else:
        yield from _of_characters(namespace, "Namespace")


def _of_all(data: Sequence[Parameters], more: Sequence[Parameters]) -> Iterator[Fault]:
    if not data and not more:
        yield MISSING, "The parameter MetricData is required."
    if len(data) + len(more) > MOST_DATA:
        yield _too_many("MetricData", MOST_DATA)


def _of_datum(datum: Parameters, where: str, now: datetime) -> Iterator[Fault]:
    yield from _of_name(datum.get("MetricName"), f"{where}.MetricName", LONGEST_NAME)
    dimensions = datum.get("Dimensions") or []
    if len(dimensions) > MOST_DIMENSIONS:
        yield _too_many(f"{where}.Dimensions", MOST_DIMENSIONS)
    for number, each in enumerate(dimensions, start=1):
        place = f"{where}.Dimensions.member.{number}"
        for part, longest in (("Name", LONGEST_NAME), ("Value", LONGEST_VALUE)):
            yield from _of_name(each.get(part), f"{place}.{part}", longest)
            yield from _of_characters(each.get(part) or "", f"{place}.{part}")
    yield from _of_values(datum, where)
    yield from _of_time(datum.get("Timestamp"), f"{where}.Timestamp", now)
    if (datum.get("Unit") or "None") not in UNITS:
        yield VALUE, f"The parameter {where}.Unit must be a value in the set [ {', '.join(UNITS)} ]."
    if (datum.get("StorageResolution") or 60) not in RESOLUTIONS:
        yield VALUE, f"The parameter {where}.StorageResolution must be 1 or 60."


def _of_name(text: str | None, where: str, longest: int) -> Iterator[Fault]:
    if text is None or not text.strip():
        yield MISSING, f"The parameter {where} is required."
    elif len(text) > longest:
        yield _too_long(where, longest)


def _of_characters(text: str, where: str) -> Iterator[Fault]:
    if not text.isascii() or not text.isprintable():
        yield VALUE, f"The value {text} for parameter {where} is invalid."


def _of_values(datum: Parameters, where: str) -> Iterator[Fault]:
    value, values, statistics = datum.get("Value"), datum.get("Values"), datum.get("StatisticValues")
    if value is None and not values and not statistics:
        yield (
            COMBINATION,
            f"At least one of the parameters {where}.Value and {where}.StatisticValues must be specified.",
        )
    if statistics and (value is not None or values):
        yield COMBINATION, _exclusive(where, "Value" if value is not None else "Values", "StatisticValues")
    elif values and value is not None:
        yield VALUE, _exclusive(where, "Value", "Values")
    if value is not None:
        yield from _of_number(value, f"{where}.Value")
    yield from _of_distribution(values or [], datum.get("Counts"), where)
    if statistics:
        yield from _of_statistic_set(statistics, f"{where}.StatisticValues")


def _of_distribution(values: Sequence[float], counts: Sequence[float] | None, where: str) -> Iterator[Fault]:
    for name, numbers in (("Values", values), ("Counts", counts or [])):
        if len(numbers) > MOST_VALUES:
            yield _too_many(f"{where}.{name}", MOST_VALUES)
        for number in numbers:
            yield from _of_number(number, f"{where}.{name}", lowest=0 if name == "Counts" else -LARGEST)
    if counts and len(counts) != len(values):
        yield VALUE, f"The parameters {where}.Values and {where}.Counts must be of the same size."


def _of_statistic_set(statistics: Parameters, where: str) -> Iterator[Fault]:
    for name in STATISTIC_SET:
        if statistics.get(name) is None:
            yield MISSING, f"The parameter {where}.{name} is required."
        else:
            least = 0 if name == "SampleCount" else -LARGEST
            yield from _of_number(statistics[name], f"{where}.{name}", lowest=least)
    lowest, highest = statistics.get("Minimum"), statistics.get("Maximum")
    if lowest is not None and highest is not None and lowest > highest:
        yield VALUE, f"The parameter {where}.Maximum must be greater than or equal to the parameter {where}.Minimum."


def _of_number(value: float, where: str, *, lowest: float = -LARGEST) -> Iterator[Fault]:
    if not math.isfinite(value) or not lowest <= value <= LARGEST:
        shown = "NaN" if math.isnan(value) else f"{value:g}".replace("inf", "∞")
        yield VALUE, f"The value {shown} for parameter {where} is invalid."


def _of_time(at: datetime | None, where: str, now: datetime) -> Iterator[Fault]:
    if at is None:
        return
    at = aware(at)
    if at < now - OLDEST:
        yield VALUE, f"The parameter {where} must specify a time within the past two weeks."
    elif at > now + NEWEST:
        yield VALUE, f"The parameter {where} must specify a time no more than two hours in the future."


def _exclusive(where: str, one: str, other: str) -> str:
    return f"The parameters {where}.{one} and {where}.{other} are mutually exclusive and you have specified both."


def _too_long(where: str, longest: int) -> Fault:
    return VALUE, f"The parameter {where} must be shorter than {longest + 1} characters."


def _too_many(where: str, most: int) -> Fault:
    return VALUE, f"The collection {where} must not have a size greater than {most}."
