"""Values as msgpack, the form in which Terraform and a provider exchange them."""

from typing import Any

import msgpack

from terraform_provider.values.unknown import UNKNOWN, Value

UNKNOWN_EXTENSIONS = (0, 12)  # 12: an unknown value of which something is known, such as "not null"
PACKED_UNKNOWN = msgpack.ExtType(0, b"\x00")
LARGEST_INTEGER = 2**64 - 1


def unpacked(packed: bytes) -> Value:
    return msgpack.unpackb(packed, raw=False, strict_map_key=False, ext_hook=_extension)


def packed(value: Value) -> bytes:
    """Pack a value that `conformity.conform` has fitted to its type."""
    made: bytes = msgpack.packb(_on_wire(value), use_bin_type=True)
    return made


def _extension(code: int, data: bytes) -> Any:
    return UNKNOWN if code in UNKNOWN_EXTENSIONS else msgpack.ExtType(code, data)


def _on_wire(value: Value) -> Any:
    if value is UNKNOWN:
        return PACKED_UNKNOWN
    if isinstance(value, dict):
        return {name: _on_wire(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_on_wire(each) for each in value]
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return str(value)
    return value
