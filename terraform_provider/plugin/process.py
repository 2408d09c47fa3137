"""The process that Terraform starts: handshake, gRPC server, and an end no later than Terraform's."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures

import grpc

from terraform_provider.plugin import certificate

COOKIE_NAME = "TF_PLUGIN_MAGIC_COOKIE"
COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
CLIENT_CERTIFICATE = "PLUGIN_CLIENT_CERT"
HANDSHAKE_VERSION, PROTOCOL_VERSION = 1, 5
SERVICE = f"tfplugin{PROTOCOL_VERSION}.Provider"
PARENT_CHECK_S = 1.0
LAST_ANSWER_S = 0.1
THREADS = 32  # more than Terraform's -parallelism: Stop must find a thread while all others wait
NOT_A_COMMAND = (
    "terraform_provider is a plugin: Terraform starts it by itself.\n"
    "To use it: docs/terraform-provider.md, or `python -m terraform_provider.runner --help`.\n"
)
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)]

log = logging.getLogger(__name__)
Procedure = Callable[[bytes], bytes]
Call = Callable[[bytes, grpc.ServicerContext], bytes]


def serve(procedures: Mapping[str, Procedure]) -> int:
    """Serve one Terraform until it says Shutdown or is gone; `procedures` are those of the provider service."""
    if os.environ.get(COOKIE_NAME) != COOKIE:
        sys.stderr.write(NOT_A_COMMAND)
        return 1
    # Ctrl-C reaches the whole process group. Terraform then calls Stop, and needs the responses to running calls.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    done = threading.Event()

    def shut_down(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        done.set()
        return b""

    server = new_server({name: _without_context(each) for name, each in procedures.items()}, shut_down, done)
    port, shown = _listen(server)
    server.start()
    sys.stdout.write(f"{HANDSHAKE_VERSION}|{PROTOCOL_VERSION}|tcp|127.0.0.1:{port}|grpc|{shown}\n")
    sys.stdout.flush()
    while not done.wait(PARENT_CHECK_S):
        if os.getppid() != parent:
            log.warning("Terraform ended without a message; the provider ends, too")
            break
    server.stop(LAST_ANSWER_S).wait(LAST_ANSWER_S * 2)
    logging.shutdown()
    # Threads that still wait for AWS would keep the process alive, and Terraform waits for its end.
    os._exit(0)


def _listen(server: grpc.Server) -> tuple[int, str]:
    """Listen on a free loopback port; return it, and the certificate as the handshake shows it."""
    if not os.environ.get(CLIENT_CERTIFICATE):
        return server.add_insecure_port("127.0.0.1:0"), ""
    # The client's certificate is not asked for: it is a P-521 one, which gRPC's TLS library does not accept.
    ours = certificate.self_signed()
    credentials = grpc.ssl_server_credentials([(ours.key_pem, ours.pem)])
    return server.add_secure_port("127.0.0.1:0", credentials), ours.in_handshake


def new_server(procedures: Mapping[str, Call], shut_down: Call, done: threading.Event) -> grpc.Server:
    """Make a server of the provider service, and of what go-plugin calls; its stream of output ends with `done`."""

    def standard_output(_request: bytes, _context: grpc.ServicerContext) -> Iterator[bytes]:
        done.wait()
        yield from ()

    unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
    server = grpc.server(futures.ThreadPoolExecutor(THREADS), options=OPTIONS)
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(SERVICE, {name: unary(each) for name, each in procedures.items()}),
            grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": unary(shut_down)}),
            grpc.method_handlers_generic_handler("plugin.GRPCStdio", {"StreamStdio": stream(standard_output)}),
        )
    )
    return server


def _without_context(answer: Procedure) -> Call:
    return lambda request, _: answer(request)
