"""Checks of the values of Route 53's resource records, in the service's words.

The codes of A, AAAA, TXT and of names are those that AWS prints; the others are modelled on them. Pure.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping

QUOTED = r'"(?:[^"\\]|\\.)*"'
STRINGS = re.compile(rf"\s*{QUOTED}(?:\s*{QUOTED})*\s*", re.DOTALL)
ESCAPED = re.compile(r"\\(?:[0-7]{3}|.)", re.DOTALL)
CAA_TAG = re.compile("[a-zA-Z0-9]{1,15}")
MOST_OF_STRING, MOST_OF_LABEL, MOST_OF_NAME = 255, 63, 255
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven")


class Illegal(Exception):
    """A value that its type does not allow: the problem's code, its description, and the text it was found in."""

    def __str__(self) -> str:
        code, description, found = self.args
        return f"FATAL problem: {code} ({description}) encountered with '{found}'"


def check_value(kind: str, value: str) -> None:
    """Check a value of a record of this type. Errors: Illegal."""
    VALUES[kind](value)


def check_name(name: str, value: str | None = None) -> None:
    """Check a domain name; `value`: the whole value, if the name is a part of it. Errors: Illegal."""
    found = name if value is None else value
    for character in name:
        if character <= " " or "\x7f" <= character <= "\xff":
            raise Illegal("UnsupportedCharacter", "Value contains unsupported characters", character)
    labels = name.removesuffix(".").split(".") if name != "." else ["root"]
    if not all(labels):
        raise Illegal("DomainLabelEmpty", "Domain label is empty", found)
    if any(len(label) > MOST_OF_LABEL for label in labels):
        raise Illegal("DomainLabelTooLong", "Domain label is too long", found)
    if len(name) > MOST_OF_NAME:
        raise Illegal("DomainNameTooLong", "Domain name is too long", found)


def _address(value: str) -> None:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        raise Illegal("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address", value) from None


def _long_address(value: str) -> None:
    try:
        ipaddress.IPv6Address(value)
    except ValueError:
        raise Illegal("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address", value) from None


def _strings(value: str) -> None:
    if not STRINGS.fullmatch(value):
        raise Illegal("InvalidCharacterString", "Value should be enclosed in quotation marks", value)
    if any(len(ESCAPED.sub("_", each)) > MOST_OF_STRING + len('""') for each in re.findall(QUOTED, value, re.DOTALL)):
        raise Illegal("CharacterStringTooLong", "Value is too long", value)


def _fields(kind: str, value: str, count: int) -> list[str]:
    fields = value.split()
    if len(fields) != count:
        code = f"{kind}RRDATANot{NUMBERS[count].capitalize()}Fields"
        raise Illegal(code, f"{kind} record doesn't have {count} fields", value)
    return fields


def _check_numbers(kind: str, value: str, fields: list[str], highest: int = 65535) -> None:
    if not all(each.isascii() and each.isdigit() and int(each) <= highest for each in fields):
        raise Illegal(f"{kind}RRDATAIllegalNumber", f"{kind} record has a number outside 0 to {highest}", value)


def _mail(value: str) -> None:
    priority, name = _fields("MX", value, 2)
    _check_numbers("MX", value, [priority])
    check_name(name, value)


def _service(value: str) -> None:
    *numbers, name = _fields("SRV", value, 4)
    _check_numbers("SRV", value, numbers)
    check_name(name, value)


def _authority(value: str) -> None:
    server, person, *numbers = _fields("SOA", value, 7)
    check_name(server, value)
    check_name(person, value)
    _check_numbers("SOA", value, numbers, 2**32 - 1)


def _authorization(value: str) -> None:
    fields = value.split(maxsplit=2)
    if len(fields) != 3:
        raise Illegal("CAARRDATANotThreeFields", "CAA record doesn't have 3 fields", value)
    _check_numbers("CAA", value, fields[:1], 255)
    if not CAA_TAG.fullmatch(fields[1]):
        raise Illegal("CAARRDATAIllegalTag", "CAA record has an illegal tag", value)
    if not re.fullmatch(QUOTED, fields[2], re.DOTALL):
        raise Illegal("InvalidCharacterString", "Value should be enclosed in quotation marks", value)


def _of_fields(kind: str, count: int, numbers: int) -> Callable[[str], None]:
    """Return the check of a value whose first fields are numbers; the others are not checked."""

    def check(value: str) -> None:
        fields = value.split(maxsplit=count - 1)
        if len(fields) != count:
            _fields(kind, value, count)
        _check_numbers(kind, value, fields[:numbers])

    return check


VALUES: Mapping[str, Callable[[str], None]] = {
    "A": _address,
    "AAAA": _long_address,
    "CAA": _authorization,
    "CNAME": check_name,
    "DS": _of_fields("DS", 4, 3),
    "HTTPS": _of_fields("HTTPS", 2, 1),
    "MX": _mail,
    "NAPTR": _of_fields("NAPTR", 6, 2),
    "NS": check_name,
    "PTR": check_name,
    "SOA": _authority,
    "SPF": _strings,
    "SRV": _service,
    "SSHFP": _of_fields("SSHFP", 3, 2),
    "SVCB": _of_fields("SVCB", 2, 1),
    "TLSA": _of_fields("TLSA", 4, 3),
    "TXT": _strings,
}
"""Type of a record -> the check of its values."""
