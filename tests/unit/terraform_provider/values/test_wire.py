"""Values survive the wire; both forms of an unknown value are read."""

import msgpack

from terraform_provider.values import wire
from terraform_provider.values.unknown import UNKNOWN


def test_a_value_is_the_same_after_the_wire() -> None:
    value = {"name": "x", "n": 3, "part": 0.5, "on": False, "none": None, "list": [UNKNOWN, {"a": UNKNOWN}]}
    assert wire.unpacked(wire.packed(value)) == value


def test_a_refined_unknown_is_unknown() -> None:
    assert wire.unpacked(msgpack.packb({"arn": msgpack.ExtType(12, b"\x81\x01\xc2")})) == {"arn": UNKNOWN}


def test_a_number_too_large_for_msgpack_goes_as_text() -> None:
    assert wire.unpacked(wire.packed({"n": 2**70})) == {"n": str(2**70)}
