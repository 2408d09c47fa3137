"""The few forms of protobuf's wire format that protocol 5 uses; generated code would be many times as long."""

from typing import Self

VARINT, FIXED_64, DELIMITED, FIXED_32 = 0, 1, 2, 5
WIDTHS = {FIXED_64: 8, FIXED_32: 4}


def number(field: int, value: int | bool | None) -> bytes:
    """Encode an integer, a boolean or an enumeration; zero is left out, as proto3 does."""
    return _varint(field << 3 | VARINT) + _varint(int(value)) if value else b""


def message(field: int, content: bytes) -> bytes:
    """Encode a message or bytes; an empty message is encoded, too."""
    return _varint(field << 3 | DELIMITED) + _varint(len(content)) + content


def text(field: int, value: str) -> bytes:
    return message(field, value.encode()) if value else b""


class Message:
    """A decoded message: its fields by number."""

    def __init__(self, fields: dict[int, list[int | bytes]]) -> None:
        self._fields = fields

    @classmethod
    def decoded(cls, raw: bytes) -> Self:
        fields: dict[int, list[int | bytes]] = {}
        at = 0
        while at < len(raw):
            key, at = _read_varint(raw, at)
            value: int | bytes
            match key & 7:
                case 0:
                    value, at = _read_varint(raw, at)
                case 2:
                    length, at = _read_varint(raw, at)
                    value, at = raw[at : at + length], at + length
                case (1 | 5) as kind:
                    value, at = raw[at : at + WIDTHS[kind]], at + WIDTHS[kind]
                case kind:
                    raise ValueError(f"protobuf: wire type {kind} at byte {at} is not one of {VARINT}, 1, 2 and 5")
            fields.setdefault(key >> 3, []).append(value)
        return cls(fields)

    def __contains__(self, field: int) -> bool:
        return field in self._fields

    def content(self, field: int) -> bytes:
        """Return the last value of a message or bytes field; empty when it is missing."""
        value = self._fields.get(field, [b""])[-1]
        return value if isinstance(value, bytes) else b""

    def text(self, field: int) -> str:
        return self.content(field).decode()

    def number(self, field: int) -> int:
        value = self._fields.get(field, [0])[-1]
        return value if isinstance(value, int) else 0

    def each(self, field: int) -> "list[Message]":
        """Return all messages of a repeated field."""
        return [Message.decoded(value) for value in self._fields.get(field, []) if isinstance(value, bytes)]

    def nested(self, field: int) -> "Message":
        return Message.decoded(self.content(field))


def _varint(value: int) -> bytes:
    if value < 0:
        value += 1 << 64
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
