"""A provider that already runs gives each connection an instance of its own."""

from itertools import count

from terraform_provider.plugin.debugging import Connections, reattachment
from terraform_provider.plugin.process import Procedure


def test_a_connection_keeps_its_provider_until_terraform_shuts_it_down() -> None:
    made = count(1)

    def new_provider() -> dict[str, Procedure]:
        number = str(next(made)).encode()
        return {"Configure": lambda _: number}

    connections = Connections(new_provider)
    replica = connections.of("ipv4:127.0.0.1:2")["Configure"]
    assert [connections.of("ipv4:127.0.0.1:1")["Configure"](b""), replica(b"")] == [b"2", b"1"]
    assert connections.of("ipv4:127.0.0.1:2")["Configure"](b"") == b"1"
    connections.forget("ipv4:127.0.0.1:2")
    assert connections.of("ipv4:127.0.0.1:2")["Configure"](b"") == b"3"


def test_terraform_attaches_to_the_port_and_does_not_kill_the_process() -> None:
    shown = reattachment(4711)
    assert (shown["Addr"], shown["Test"]) == ({"Network": "tcp", "String": "127.0.0.1:4711"}, True)
