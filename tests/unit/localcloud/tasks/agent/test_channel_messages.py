"""The bytes of session-manager-plugin's messages."""

import hashlib
import json
import uuid

import pytest

from localcloud.tasks.agent.channel_messages import Message, NotAMessage, PayloadType, acknowledgement, output


def test_the_header_is_laid_out_as_the_plugin_reads_it() -> None:
    message = output(7, PayloadType.OUTPUT, b"hello")
    raw = message.encode()
    assert int.from_bytes(raw[0:4]) == 116
    assert raw[4:36] == b"output_stream_data".ljust(32)
    assert int.from_bytes(raw[48:56]) == 7
    assert raw[64:80] == message.id.bytes[8:] + message.id.bytes[:8]
    assert raw[80:112] == hashlib.sha256(b"hello").digest()
    assert (int.from_bytes(raw[112:116]), int.from_bytes(raw[116:120])) == (1, 5)
    assert raw[120:] == b"hello"


def test_a_message_comes_back_as_it_was() -> None:
    message = Message(kind="input_stream_data", payload=b"ls\r", payload_type=1, sequence_number=3, id=uuid.uuid4())
    assert Message.decode(message.encode()) == message


def test_what_is_cut_or_changed_is_not_a_message() -> None:
    raw = output(0, PayloadType.OUTPUT, b"hello").encode()
    for broken in (raw[:50], raw[:-1], raw[:-1] + b"x"):
        with pytest.raises(NotAMessage):
            Message.decode(broken)


def test_an_acknowledgement_names_the_message() -> None:
    message = Message(kind="input_stream_data", payload=b"x", sequence_number=9, id=uuid.uuid4())
    content = json.loads(acknowledgement(message).payload)
    assert content == {
        "AcknowledgedMessageType": "input_stream_data",
        "AcknowledgedMessageId": str(message.id),
        "AcknowledgedMessageSequenceNumber": 9,
        "IsSequentialMessage": True,
    }
