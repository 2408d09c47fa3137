"""The binary messages of a Session Manager data channel, as its client sends and reads them.

Source: `src/message/clientmessage.go` of aws/session-manager-plugin. Numbers are big-endian; a header of 120 bytes
comes before the payload.
"""

import hashlib
import json
import struct
import time
import uuid
from dataclasses import dataclass
from enum import IntEnum

HEADER = struct.Struct(">I32sIQqQ16s32sII")
# The protocol's own header length leaves out the field for the payload's length.
HEADER_LENGTH = HEADER.size - 4
INPUT, OUTPUT, ACKNOWLEDGE, CHANNEL_CLOSED = "input_stream_data", "output_stream_data", "acknowledge", "channel_closed"


class Payload(IntEnum):
    """Kinds of content of a stream message."""

    NONE = 0
    TEXT = 1
    SIZE = 3
    HANDSHAKE_REQUEST = 5
    HANDSHAKE_RESPONSE = 6
    HANDSHAKE_COMPLETE = 7


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. payload_type is a number as received: an agent may send types that this client ignores."""

    kind: str
    payload: bytes
    payload_type: int = Payload.NONE
    sequence_number: int = 0
    id: uuid.UUID

    def encode(self) -> bytes:
        """Return the message for the wire, where the halves of the id are swapped."""
        identity = self.id.bytes
        header = HEADER.pack(
            HEADER_LENGTH,
            self.kind.encode().ljust(32),
            1,
            time.time_ns() // 1_000_000,
            self.sequence_number,
            0,
            identity[8:] + identity[:8],
            hashlib.sha256(self.payload).digest(),
            self.payload_type,
            len(self.payload),
        )
        return header + self.payload


def decoded(raw: bytes) -> Message | None:
    """Parse a message; None for other bytes. The sender repeats unacknowledged messages."""
    if len(raw) < HEADER.size:
        return None
    _, kind, _, _, sequence_number, _, identity, digest, payload_type, length = HEADER.unpack_from(raw)
    payload = raw[HEADER.size : HEADER.size + length]
    if hashlib.sha256(payload).digest() != digest:
        return None
    return Message(
        kind=kind.decode("latin-1").rstrip(" \0"),
        payload=payload,
        payload_type=payload_type,
        sequence_number=sequence_number,
        id=uuid.UUID(bytes=identity[8:] + identity[:8]),
    )


def typed(sequence_number: int, payload_type: Payload, payload: bytes) -> Message:
    """Make a message of the user's stream."""
    return Message(
        kind=INPUT, payload=payload, payload_type=payload_type, sequence_number=sequence_number, id=uuid.uuid4()
    )


def acknowledgement(message: Message) -> Message:
    content = {
        "AcknowledgedMessageType": message.kind,
        "AcknowledgedMessageId": str(message.id),
        "AcknowledgedMessageSequenceNumber": message.sequence_number,
        "IsSequentialMessage": True,
    }
    return Message(kind=ACKNOWLEDGE, payload=json.dumps(content).encode(), id=uuid.uuid4())
