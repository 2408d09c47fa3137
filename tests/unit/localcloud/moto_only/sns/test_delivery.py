"""Deliveries to HTTP endpoints: in order, repeated, and never in the way of another endpoint."""

import threading

from localcloud.moto_only.sns.delivery import LONGEST_LANE, PAUSE_S, RETRIES, Deliveries, Delivery

PATIENCE_S = 20


def delivery(endpoint: str, body: str) -> Delivery:
    return Delivery(endpoint, {}, body.encode())


def test_messages_to_an_endpoint_arrive_in_order() -> None:
    arrived: list[bytes] = []
    done = threading.Event()

    def send(each: Delivery) -> None:
        arrived.append(each.body)
        if len(arrived) == 50:
            done.set()

    deliveries = Deliveries(send)
    for number in range(50):
        deliveries.put(delivery("http://a", str(number)))
    assert done.wait(PATIENCE_S)
    assert arrived == [str(number).encode() for number in range(50)]


def test_a_failed_attempt_is_repeated_and_the_next_message_follows() -> None:
    attempts: list[bytes] = []
    pauses: list[float] = []
    done = threading.Event()

    def send(each: Delivery) -> str | None:
        attempts.append(each.body)
        if each.body == b"second":
            done.set()
            return None
        return "status 503"

    deliveries = Deliveries(send, pauses.append)
    deliveries.put(delivery("http://a", "first"))
    deliveries.put(delivery("http://a", "second"))
    assert done.wait(PATIENCE_S)
    assert attempts == [b"first"] * (1 + RETRIES) + [b"second"]
    assert pauses == [PAUSE_S] * RETRIES


def test_an_endpoint_that_hangs_delays_no_other_and_no_publisher() -> None:
    answers, arrived = threading.Event(), threading.Event()

    def send(each: Delivery) -> None:
        if each.endpoint == "http://hangs":
            assert answers.wait(PATIENCE_S)
        else:
            arrived.set()

    deliveries = Deliveries(send)
    for _ in range(2 * LONGEST_LANE):
        deliveries.put(delivery("http://hangs", "lost"))
    deliveries.put(delivery("http://answers", "here"))
    assert arrived.wait(PATIENCE_S)
    answers.set()
