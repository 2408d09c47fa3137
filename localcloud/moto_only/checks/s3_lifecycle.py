"""S3's checks of lifecycle rules, as AWS words them; moto stores rules that S3 refuses. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from localcloud.errors import AwsError

Rule = Mapping[str, Any]
"""A rule as the request's XML has it: values are texts, and what is repeated is a list."""

COLDER_LAST = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
LEAST_DAYS_BEFORE = 30
"""Days before objects may move to an infrequent class, and days that they stay there."""
LONGEST_ID = 255
MOST_RULES = 1000


class Action(NamedTuple):
    """The names of an action's elements: `Transition` and `Days`, for example."""

    name: str
    days: str


TRANSITION = Action("Transition", "Days")
NONCURRENT = Action("NoncurrentVersionTransition", "NoncurrentDays")


def check_lifecycle(rules: Sequence[Rule]) -> None:
    """Errors: AwsError MalformedXML, InvalidArgument, InvalidRequest."""
    if not 0 < len(rules) <= MOST_RULES:
        raise _malformed()
    known: set[str] = set()
    for rule in rules:
        named = rule.get("ID") or ""
        if len(named) > LONGEST_ID:
            raise _invalid(f"ID length should not exceed allowed limit of {LONGEST_ID}")
        if named and named in known:
            raise _invalid("Rule ID must be unique. Found same ID for more than one rule")
        known.add(named)
        _check_rule(rule)


def _check_rule(rule: Rule) -> None:
    if ("Prefix" in rule) == ("Filter" in rule) or rule.get("Status") not in ("Enabled", "Disabled"):
        raise _malformed()
    actions = ("Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    transitions, noncurrent = _listed(rule.get("Transition")), _listed(rule.get("NoncurrentVersionTransition"))
    if not (transitions or noncurrent or any(name in rule for name in actions)):
        raise AwsError("InvalidRequest", "At least one action needs to be specified in a rule")
    _check_filter(rule)
    expiration = rule.get("Expiration") or {}
    if "Expiration" in rule:
        _check_expiration(expiration)
    _check_transitions(rule, TRANSITION, transitions)
    _check_transitions(rule, NONCURRENT, noncurrent)
    _check_ends_later(rule, "Expiration", expiration, TRANSITION, transitions)
    last = rule.get("NoncurrentVersionExpiration") or {}
    if "NoncurrentVersionExpiration" in rule:
        _positive(last.get("NoncurrentDays"), "'NoncurrentDays' for NoncurrentVersionExpiration action")
    _check_ends_later(rule, "NoncurrentVersionExpiration", last, NONCURRENT, noncurrent)
    abandoned = rule.get("AbortIncompleteMultipartUpload") or {}
    if abandoned:
        _positive(
            abandoned.get("DaysAfterInitiation"), "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action"
        )
        if _tags(rule):
            raise AwsError("InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags.", 400)


def _check_filter(rule: Rule) -> None:
    """Check that a filter names one thing, or several within And."""
    given = rule.get("Filter") or {}
    if len(given) > 1:
        raise _malformed()
    keys = [tag.get("Key") for tag in _tags(rule)]
    if len(set(keys)) < len(keys):
        raise AwsError("InvalidRequest", "Duplicate Tag Keys are not allowed.")


def _check_expiration(expiration: Rule) -> None:
    if len(expiration.keys() & {"Days", "Date", "ExpiredObjectDeleteMarker"}) != 1:
        raise _malformed()
    if "Days" in expiration:
        _positive(expiration["Days"], "'Days' for Expiration action")
    if "Date" in expiration:
        _midnight(expiration["Date"])


def _check_transitions(rule: Rule, action: Action, transitions: Sequence[Rule]) -> None:
    seen: set[str] = set()
    for each in transitions:
        kind = each.get("StorageClass")
        if kind not in COLDER_LAST or (action.days in each) == ("Date" in each):
            raise _malformed()
        if kind in seen:
            raise AwsError(
                "InvalidRequest",
                f"'StorageClass' must be different for '{action.name}' actions in same 'Rule' with filter "
                f"'{shown_filter(rule)}'",
            )
        seen.add(kind)
        if "Date" in each:
            _midnight(each["Date"])
        elif (days := _number(each[action.days])) < 0:
            raise _invalid(f"'{action.days}' in {action.name} action must be nonnegative")
        elif kind in INFREQUENT and days < LEAST_DAYS_BEFORE and action is TRANSITION:
            raise _invalid(
                f"'Days' in Transition action must be greater than or equal to {LEAST_DAYS_BEFORE} for storageClass "
                f"'{kind}'"
            )
    if len({"Date" in each for each in transitions}) > 1:
        raise AwsError(
            "InvalidRequest",
            f"Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for filter "
            f"'{shown_filter(rule)}'",
        )
    _check_order(rule, action, transitions)


def _check_order(rule: Rule, action: Action, transitions: Sequence[Rule]) -> None:
    """Check that objects move to colder classes only, and stay long enough in the infrequent ones."""
    ordered = sorted(transitions, key=lambda each: COLDER_LAST.index(each["StorageClass"]))
    where = shown_filter(rule)
    for before, after in pairwise(ordered):
        if "Date" in before:
            field, apart = "Date", (_midnight(after["Date"]) - _midnight(before["Date"])).days
        else:
            field, apart = action.days, _number(after[action.days]) - _number(before[action.days])
        stays = before["StorageClass"] in INFREQUENT and after["StorageClass"] in COLDER_LAST[3:]
        if apart <= 0 or (stays and apart < LEAST_DAYS_BEFORE):
            how = f"must be {LEAST_DAYS_BEFORE} days more than" if stays and apart > 0 else "must be greater than"
            raise _invalid(
                f"'{field}' in the {action.name} action for StorageClass '{after['StorageClass']}' for filter "
                f"'{where}' {how} '{field}' in the {action.name} action for StorageClass '{before['StorageClass']}' "
                f"for filter '{where}'"
            )


def _check_ends_later(rule: Rule, name: str, end: Rule, action: Action, transitions: Sequence[Rule]) -> None:
    """Check that objects expire after all their transitions."""
    for each in transitions:
        for field, other in ((action.days, "Date"), ("Date", action.days)):
            if field in end and other in each:
                raise AwsError(
                    "InvalidRequest",
                    f"Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for "
                    f"filter '{shown_filter(rule)}'",
                )
        field = "Date" if "Date" in end else action.days
        if field in end and _moment(end, field) <= _moment(each, field):
            raise _invalid(
                f"'{field}' in the {name} action for filter '{shown_filter(rule)}' must be greater than '{field}' in "
                f"the {action.name} action"
            )


def shown_filter(rule: Rule) -> str:
    """Return a rule's filter as errors show it: `(prefix=logs/)`."""
    if "Prefix" in rule:
        return f"(prefix={rule['Prefix'] or ''})"
    node = rule.get("Filter") or {}
    node = node.get("And") or node
    return f"({' and '.join(_conditions(node)) or 'prefix='})"


def _conditions(node: Rule) -> Iterator[str]:
    if node.get("Prefix"):
        yield f"prefix={node['Prefix']}"
    for tag in _listed(node.get("Tag")):
        yield f"tag={{key={tag.get('Key') or ''}, value={tag.get('Value') or ''}}}"
    for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if name in node:
            yield f"{name.lower()}={node[name]}"


def _tags(rule: Rule) -> list[Any]:
    node = rule.get("Filter") or {}
    return _listed((node.get("And") or node).get("Tag"))


def _moment(action: Rule, field: str) -> float:
    return _midnight(action["Date"]).timestamp() if field == "Date" else float(_number(action[field]))


def _positive(text: object, what: str) -> None:
    if _number(text) <= 0:
        raise _invalid(f"{what} must be a positive integer")


def _number(text: object) -> int:
    try:
        return int(str(text))
    except ValueError as error:
        raise _malformed() from error


def _midnight(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise _malformed() from error
    if moment.utcoffset() or moment.timetz().replace(tzinfo=None).isoformat() != "00:00:00":
        raise _invalid("'Date' must be at midnight GMT")
    return moment


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidArgument", message)


def _malformed() -> AwsError:
    return AwsError(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    )
