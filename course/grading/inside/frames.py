"""Messages over a socket: four bytes with the length, then JSON. Used on both sides of the box."""

import json
import select
import socket
import struct
import time
from typing import Any

LARGEST = 64 << 20
LENGTH = struct.Struct("!I")


class Broken(ConnectionError):
    """The other side is gone, or what it sends is no message."""


class TooLate(TimeoutError):
    """No whole message within the time."""


def send(to: socket.socket, message: Any) -> None:
    """Send one message.

    Raises
    ------
    Broken
    """
    text = json.dumps(message, separators=(",", ":")).encode()
    try:
        to.sendall(LENGTH.pack(len(text)) + text)
    except OSError as problem:
        raise Broken(str(problem)) from None


def receive(of: socket.socket, seconds: float | None = None, largest: int = LARGEST) -> Any:
    """The next message, within so many seconds.

    Raises
    ------
    Broken, TooLate
    """
    end = None if seconds is None else time.monotonic() + seconds
    (length,) = LENGTH.unpack(_exactly(of, LENGTH.size, end))
    if length > largest:
        raise Broken("a message larger than allowed")
    text = _exactly(of, length, end)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Broken("no JSON") from None


def _exactly(of: socket.socket, length: int, end: float | None) -> bytes:
    parts, missing = [], length
    while missing:
        if end is not None and not select.select([of], [], [], max(0, end - time.monotonic()))[0]:
            raise TooLate
        try:
            part = of.recv(min(missing, 1 << 20))
        except OSError as problem:
            raise Broken(str(problem)) from None
        if not part:
            raise Broken("the other side is gone")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
