"""Messages over a socket: four bytes with the length, then JSON. Used on both sides of the box."""

import json
import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

LARGEST = 64 << 20
# Bytes that a parsed message may take beside its text: of a message of 50 MB that is all brackets
# Python would make 3 GB. What `wire` packs takes less than half of this.
MOST_MEMORY = 256 << 20
MEMORY = {b"{": 300, b"[": 100, b",": 40}  # bytes: the most that CPython takes for one
STRING = 64  # bytes, beside its text
PIECE = 1 << 20
LENGTH = struct.Struct("!I")


class Broken(ConnectionError):
    """The other side is gone, or what it sends is no message."""


class TooLarge(Broken):
    """The message is larger than allowed, or would be once it is read."""


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


def receive(
    of: socket.socket,
    seconds: float | None = None,
    largest: int = LARGEST,
    more: Callable[[], float] = float,
) -> Any:
    """The next message, within so many seconds and those that `more` gives when they are over.

    Raises
    ------
    Broken, TooLarge, TooLate
    """
    until = None if seconds is None else Until(time.monotonic() + seconds, more)
    (length,) = LENGTH.unpack(_exactly(of, LENGTH.size, until))
    if length > largest:
        raise TooLarge("a message larger than allowed")
    text = _exactly(of, length, until)
    if memory(text) > MOST_MEMORY:
        raise TooLarge("a message that takes more memory than allowed")
    try:
        return json.loads(text)
    except (ValueError, RecursionError, MemoryError):
        raise Broken("no JSON") from None


def memory(text: bytes) -> int:
    """The most bytes that the parsed JSON takes beside its text, told without parsing it."""
    most = text.count(b'"') // 2 * STRING + sum(text.count(s) * n for s, n in MEMORY.items())
    if most <= MOST_MEMORY:  # as nearly always; what stands in strings is counted with it
        return most
    bare = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    size, inside = bare.count(b'"') // 2 * STRING, 0
    for start in range(0, len(bare), PIECE):
        parts = bare[start : start + PIECE].split(b'"')
        outside = b"".join(parts[inside::2])
        inside ^= len(parts) % 2 == 0
        size += sum(outside.count(sign) * bytes_ for sign, bytes_ in MEMORY.items())
    return size


class Until:
    """A moment that may move, each time that it has come."""

    def __init__(self, end: float, more: Callable[[], float]) -> None:
        self.end, self.more = end, more

    def wait_for(self, of: socket.socket) -> None:
        """Wait until there is something to read, or raise `TooLate`."""
        while not select.select([of], [], [], max(0, self.end - time.monotonic()))[0]:
            seconds = self.more()
            if seconds <= 0:
                raise TooLate
            self.end = time.monotonic() + seconds


def _exactly(of: socket.socket, length: int, until: Until | None) -> bytes:
    parts, missing = [], length
    while missing:
        if until is not None:
            until.wait_for(of)
        try:
            part = of.recv(min(missing, 1 << 20))
        except OSError as problem:
            raise Broken(str(problem)) from None
        if not part:
            raise Broken("the other side is gone")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
