"""A provider that is started before Terraform, as in a debugger: Terraform processes attach to it."""

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping

import grpc

from terraform_provider.plugin.process import LAST_ANSWER_S, PROTOCOL_VERSION, Procedure, new_server


def serve(new_provider: Callable[[], Mapping[str, Procedure]], address: str) -> int:
    """Print the value for TF_REATTACH_PROVIDERS, then serve until standard input ends.

    Terraform opens a connection for each instance of the provider, so each connection gets its own instance, configured
    by this process's environment and not by Terraform's. address: the provider's source address.
    """
    providers = Connections(new_provider)

    def shut_down(_request: bytes, context: grpc.ServicerContext) -> bytes:
        providers.forget(context.peer())
        return b""

    def procedure(name: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        return lambda request, context: providers.of(context.peer())[name](request)

    no_output = threading.Event()
    no_output.set()
    server = new_server({name: procedure(name) for name in new_provider()}, shut_down, no_output)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{json.dumps({address: reattachment(port)})}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop(LAST_ANSWER_S).wait(LAST_ANSWER_S * 2)
    return 0


def reattachment(port: int) -> Mapping[str, object]:
    """Describe this process as go-plugin's ReattachConfig. Test: Terraform does not kill it."""
    return {
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": os.getpid(),
        "Test": True,
        "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
    }


class Connections:
    """The providers by client: the address of a connection's other end."""

    def __init__(self, new_provider: Callable[[], Mapping[str, Procedure]]) -> None:
        self._new = new_provider
        self._providers: dict[str, Mapping[str, Procedure]] = {}
        self._lock = threading.Lock()

    def of(self, peer: str) -> Mapping[str, Procedure]:
        with self._lock:
            if peer not in self._providers:
                self._providers[peer] = self._new()
            return self._providers[peer]

    def forget(self, peer: str) -> None:
        with self._lock:
            self._providers.pop(peer, None)
