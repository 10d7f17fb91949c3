"""Somebody who listens outside of the box, so that a way out is seen even without an internet."""

import contextlib
import socket
import threading
from collections.abc import Iterator

PORT = 47613
ABSTRACT = "\0hostile-listener"


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """Listen on TCP, UDP and (on Linux) an abstract Unix socket; gives what was heard."""
    heard: list[str] = []
    sockets = [
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", PORT)),
        (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", PORT)),
    ]
    if hasattr(socket, "AF_UNIX"):
        sockets.append((socket.AF_UNIX, socket.SOCK_STREAM, ABSTRACT))
    with contextlib.ExitStack() as stack:
        for family, type, address in sockets:
            server = stack.enter_context(socket.socket(family, type))
            server.settimeout(0.2)
            server.bind(address)
            if type == socket.SOCK_STREAM:
                server.listen()
            stop = threading.Event()
            thread = threading.Thread(target=_hear, args=(server, type, heard, stop))
            thread.start()
            stack.callback(thread.join)
            stack.callback(stop.set)
        yield heard


def _hear(server: socket.socket, type: int, heard: list[str], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            if type == socket.SOCK_STREAM:
                server.accept()[0].close()
                heard.append(f"a connection to {server.getsockname()!r}")
            else:
                heard.append(f"a datagram: {server.recvfrom(100)[0]!r}")
        except TimeoutError:
            continue
