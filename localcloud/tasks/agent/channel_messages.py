"""The binary messages of a Session Manager data channel, as session-manager-plugin uses them.

Source: `src/message/clientmessage.go` of aws/session-manager-plugin. Numbers are big-endian; a message consists of a
120-byte header and the payload.
"""

import hashlib
import json
import struct
import time
import uuid
from dataclasses import dataclass
from enum import IntEnum, StrEnum

HEADER = struct.Struct(">I32sIQqQ16s32sII")
HEADER_LENGTH = HEADER.size - 4
"""The header length as the protocol defines it: without the field for the payload's length."""


class MessageType(StrEnum):
    """The message types that an agent sends or understands."""

    INPUT = "input_stream_data"
    OUTPUT = "output_stream_data"
    ACKNOWLEDGE = "acknowledge"
    CHANNEL_CLOSED = "channel_closed"


class PayloadType(IntEnum):
    """The payload type of a stream message."""

    NONE = 0
    OUTPUT = 1
    ERROR = 2
    SIZE = 3
    HANDSHAKE_REQUEST = 5
    HANDSHAKE_RESPONSE = 6
    HANDSHAKE_COMPLETE = 7
    FLAG = 10


TERMINATE_SESSION = 2
"""Payload of FLAG: the client requests the end of the session."""


class NotAMessage(Exception):
    """The received bytes are not a message of this protocol."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. `payload_type` is a number as received: clients may send types that an agent ignores."""

    kind: str
    payload: bytes
    payload_type: int = PayloadType.NONE
    sequence_number: int = 0
    id: uuid.UUID

    def encode(self) -> bytes:
        """Encode the message for the wire, where the halves of the id are swapped."""
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

    @classmethod
    def decode(cls, raw: bytes) -> "Message":
        """Decode a message. Errors: NotAMessage."""
        if len(raw) < HEADER.size:
            raise NotAMessage(f"{len(raw)} bytes are shorter than a header")
        _, kind, _, _, sequence_number, _, identity, digest, payload_type, length = HEADER.unpack_from(raw)
        payload = raw[HEADER.size : HEADER.size + length]
        if len(payload) != length or hashlib.sha256(payload).digest() != digest:
            raise NotAMessage("the payload does not match its header")
        return cls(
            kind=kind.decode("latin-1").rstrip(" \0"),
            payload=payload,
            payload_type=payload_type,
            sequence_number=sequence_number,
            id=uuid.UUID(bytes=identity[8:] + identity[:8]),
        )


def output(sequence_number: int, payload_type: PayloadType, payload: bytes) -> Message:
    """Create a message of the agent's stream."""
    return Message(
        kind=MessageType.OUTPUT,
        payload=payload,
        payload_type=payload_type,
        sequence_number=sequence_number,
        id=uuid.uuid4(),
    )


def acknowledgement(message: Message) -> Message:
    content = {
        "AcknowledgedMessageType": message.kind,
        "AcknowledgedMessageId": str(message.id),
        "AcknowledgedMessageSequenceNumber": message.sequence_number,
        "IsSequentialMessage": True,
    }
    return Message(kind=MessageType.ACKNOWLEDGE, payload=to_json(content), id=uuid.uuid4())


def channel_closed(session_id: str, why: str = "") -> Message:
    """Create the message that ends the session; the client shows `why` to the user."""
    identity = uuid.uuid4()
    content = {
        "MessageId": str(identity),
        "CreatedDate": str(time.time_ns() // 1_000_000),
        "DestinationId": "",
        "SessionId": session_id,
        "MessageType": MessageType.CHANNEL_CLOSED,
        "SchemaVersion": 1,
        "Output": why,
    }
    return Message(kind=MessageType.CHANNEL_CLOSED, payload=to_json(content), id=identity)


def to_json(content: object) -> bytes:
    """Serialize a payload as the protocol writes it."""
    return json.dumps(content, separators=(",", ":")).encode()
