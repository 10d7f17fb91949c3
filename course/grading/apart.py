"""A piece of work in a process of its own, with no more rights than it needs.

Check cells are the instructor's, but some hand what a student wrote to something that runs it
(`table.query(answer)`, a path, a format, SQL), or change what the next check, or the next student,
would find. So nothing lasts of what they do, and nothing but their result comes out, as JSON.
"""

import contextlib
import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from course.grading import box
from course.grading.inside import confine

LARGEST = 256 << 20  # bytes of a result
PIECE = 1 << 20
OPEN_FILES = 4096
MORE_MEMORY_MB = 2000  # beyond what the process has when it begins
CPU_SECONDS = 180
# CAP_DAC_READ_SEARCH: an administrator's course may be somebody else's files.
READ_ANY_FILE = 1 << 2
# All of the course but its answers: modules that are needed have been imported before.
SECRET = ("keys",)


class Failed(RuntimeError):
    """The work came to no end, or raised what its process could not handle; the text tells more."""


def apart(
    work: Callable[[], Any],
    *,
    readable: Sequence[Path],
    writable: Path,
    kept_open: Sequence[int],
    seconds: float,
) -> Any:
    """What the work returns, as JSON has it.

    Parameters
    ----------
    readable, writable
        The folders that its process may read beside the libraries', and the one where it may write.
    kept_open
        The file descriptors that it needs; all others are closed in it.
    seconds
        How long it may take.

    Raises
    ------
    Failed
    """
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiver)
        alone(work, sender, readable, writable, kept_open)
    os.close(sender)
    try:
        text = read_all(receiver, time.monotonic() + seconds)
    finally:
        os.close(receiver)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    try:
        answer = json.loads(text)
        value, failed = answer["value"], answer["failed"]
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        raise Failed("the process of the checks ended without a result") from problem
    if failed:
        raise Failed(str(failed))
    return value


def read_all(receiver: int, until: float) -> bytes:
    """All that comes until the other side ends.

    Raises
    ------
    Failed
    """
    parts, size = [], 0
    while True:
        if not select.select([receiver], [], [], max(until - time.monotonic(), 0))[0]:
            raise Failed("the process of the checks came to no end")
        part = os.read(receiver, PIECE)
        size += len(part)
        if not part:
            return b"".join(parts)
        if size > LARGEST:
            raise Failed("the checks have too much to say")
        parts.append(part)


def alone(
    work: Callable[[], Any],
    sender: int,
    readable: Sequence[Path],
    writable: Path,
    kept_open: Sequence[int],
) -> None:
    """In the child: give up what is not needed, do the work, tell it, and end."""
    answer = {"value": None, "failed": "the process of the checks did not start"}
    try:
        confine.die_with_parent()
        close_all_but(sender, *kept_open)
        give_up_rights(readable, writable)
        answer = {"value": work(), "failed": ""}
    except BaseException as problem:
        with contextlib.suppress(Exception):
            answer["failed"] = f"{type(problem).__name__}: {problem}"
    finally:
        with contextlib.suppress(BaseException), os.fdopen(sender, "wb") as pipe:
            pipe.write(json.dumps(answer).encode())
        os._exit(0)


def close_all_but(*kept: int) -> None:
    """Close what this process has open beside: pipes to the engine, gradebooks, other boxes."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    start = 3
    for descriptor in sorted(kept):
        os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, OPEN_FILES)


def give_up_rights(readable: Sequence[Path], writable: Path) -> None:
    """No network, no other process, no file but the libraries' and its own folder's.

    Where the system lacks a part of it, the rest holds.
    """
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() >> 20
    confine.set_limits(used + MORE_MEMORY_MB, box.Limits.file_mb, box.Limits.processes, CPU_SECONDS)
    confine.drop_capabilities(kept=READ_ANY_FILE)
    program = confine.system_calls(alone=True)
    if confine.landlock_version():
        own = [part for part in box.COURSE.iterdir() if part.name not in SECRET]
        folders = [*box.readable_folders(), *map(str, [*own, *readable])]
        confine.restrict_files(folders, [str(writable), os.devnull])
    confine.restrict_system_calls(program)
