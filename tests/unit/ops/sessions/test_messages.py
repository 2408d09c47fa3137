"""Messages of a data channel, against the local cloud's own reading of them."""

from localcloud.tasks.agent import channel_messages as agent
from ops.sessions.messages import OUTPUT, Payload, acknowledgement, decoded, typed


def test_what_is_typed_arrives_as_it_was() -> None:
    read = agent.Message.decode(typed(3, Payload.TEXT, b"ls\r").encode())
    assert (read.kind, read.payload, read.payload_type, read.sequence_number) == (
        agent.MessageType.INPUT,
        b"ls\r",
        1,
        3,
    )


def test_what_the_agent_says_is_read_and_acknowledged_by_its_id() -> None:
    said = agent.output(5, agent.PayloadType.OUTPUT, b"hello")
    read = decoded(said.encode())
    assert read is not None
    assert (read.kind, read.payload, read.payload_type, read.sequence_number) == (OUTPUT, b"hello", Payload.TEXT, 5)
    answer = agent.Message.decode(acknowledgement(read).encode())
    assert (answer.kind, str(said.id) in answer.payload.decode()) == (agent.MessageType.ACKNOWLEDGE, True)


def test_bytes_that_are_no_message_are_none() -> None:
    whole = agent.output(0, agent.PayloadType.OUTPUT, b"hello").encode()
    assert decoded(whole[:50]) is None
    assert decoded(whole[:-1]) is None
    assert decoded(whole[:-1] + b"!") is None
