"""Messages of protocol 5 are written and read."""

from terraform_provider.protobuf import Message, message, number, text


def test_fields_are_read_by_their_number() -> None:
    decoded = Message.decoded(number(1, 300) + text(2, "größe") + message(3, message(1, b"inner")))
    assert decoded.number(1) == 300
    assert decoded.text(2) == "größe"
    assert decoded.nested(3).content(1) == b"inner"
    assert 4 not in decoded
    assert (decoded.number(4), decoded.text(4)) == (0, "")


def test_zero_is_left_out_and_an_empty_message_is_not() -> None:
    assert number(1, 0) == number(1, False) == text(2, "") == b""
    assert message(3, b"") == b"\x1a\x00"


def test_fixed_width_fields_are_passed_over() -> None:
    assert (
        Message.decoded(bytes([1 << 3 | 1]) + bytes(8) + bytes([2 << 3 | 5]) + bytes(4) + text(3, "x")).text(3) == "x"
    )
