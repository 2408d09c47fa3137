"""CloudWatch's checks of a dashboard's name and body: which errors, and where. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.errors import AwsError

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
NEEDED: Mapping[str, tuple[str, ...]] = {
    "metric": ("region",),
    "log": ("region", "query"),
    "text": ("markdown",),
    "alarm": ("alarms",),
    "explorer": (),
    "custom": ("endpoint",),
}
"""Widget type -> required properties."""
PLACES = {"x": (0, 23), "y": (0, 2**31), "width": (1, 24), "height": (1, 1000)}
MOST_WIDGETS = 500
VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table", "timeSeriesGroup")

Problem = dict[str, Any]
"""dataPath and message."""


def check_name(name: str) -> None:
    """Errors: AwsError InvalidParameterValue."""
    if not NAME.fullmatch(name):
        raise AwsError(
            "InvalidParameterValue",
            "The value for field DashboardName contains invalid characters. "
            "It can only contain alphanumerics, dash (-) and underscore (_).\n",
        )


def check_body(text: str) -> None:
    """Errors: AwsError InvalidParameterInput (the code of DashboardInvalidInputError)."""
    if problems := list(_problems(text)):
        listed = json.dumps(problems, indent=2)
        raise AwsError(
            "InvalidParameterInput",
            f"The dashboard body is invalid, there are {len(problems)} validation errors:\n{listed}",
        )


def _problems(text: str) -> Iterator[Problem]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        yield {"dataPath": None, "message": "The field DashboardBody must be a valid JSON object"}
        return
    widgets = body.get("widgets", [])
    if not isinstance(widgets, list):
        yield _problem("/widgets", "Should be array")
    else:
        if len(widgets) > MOST_WIDGETS:
            yield _problem("/widgets", f"Should NOT have more than {MOST_WIDGETS} items")
        for number, widget in enumerate(widgets):
            yield from _of_widget(widget, f"/widgets/{number}")


def _of_widget(widget: object, where: str) -> Iterator[Problem]:
    if not isinstance(widget, dict):
        yield _problem(where, "Should be object")
        return
    kind, properties = widget.get("type"), widget.get("properties")
    if not isinstance(kind, str) or kind not in NEEDED:
        yield _problem(f"{where}/type", f"Should be equal to one of the allowed values: {', '.join(NEEDED)}")
        return
    for name, (least, most) in PLACES.items():
        if name in widget:
            yield from _of_number(widget[name], least, most, f"{where}/{name}")
    if not isinstance(properties, dict):
        yield _problem(where, "Should have required property 'properties'")
        return
    for name in NEEDED[kind]:
        if name not in properties:
            yield _problem(f"{where}/properties", f"Should have required property '{name}'")
    if kind == "metric":
        yield from _of_metrics(properties, f"{where}/properties")


def _of_number(value: object, least: int, most: int, where: str) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield _problem(where, "Should be integer")
    elif value < least:
        yield _problem(where, f"Should be >= {least}")
    elif value > most:
        yield _problem(where, f"Should be <= {most}")


def _of_metrics(properties: Mapping[str, object], where: str) -> Iterator[Problem]:
    if "metrics" not in properties and "annotations" not in properties:
        yield _problem(where, "Should have required property 'metrics'")
    view = properties.get("view")
    if view is not None and view not in VIEWS:
        yield _problem(f"{where}/view", f"Should be equal to one of the allowed values: {', '.join(VIEWS)}")
    metrics = properties.get("metrics", [])
    if not isinstance(metrics, list):
        yield _problem(f"{where}/metrics", "Should be array")
        return
    for number, metric in enumerate(metrics):
        place = f"{where}/metrics/{number}"
        if not isinstance(metric, list):
            yield _problem(place, "Should be array")
        elif len(metric) < (1 if metric and isinstance(metric[0], dict) else 2):
            yield _problem(place, "Should NOT have fewer than 2 items")
        elif any(not isinstance(part, str) for part in metric[:-1]):
            yield _problem(place, "Should be string")


def _problem(where: str, message: str) -> Problem:
    return {"dataPath": where, "message": message}
