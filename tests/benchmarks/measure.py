"""What a command costs: seconds, CPU seconds and memory of all its processes, orphans included."""

import contextlib
import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.5
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Used:
    """What a command has used, and each line that it printed with the seconds since its start.

    `cpu_seconds` are those of every process of the command's tree. `peak_mb` is the largest sum
    of their PSS (memory that two share counts half for each), looked at every half second.

    The kernel forgets the CPU time of processes that die with their namespace, as those of a box
    that is killed do. So the CPU seconds of all that lives are looked at as well, and the larger
    figure counts: of a box that is killed the last half second may be missing.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    lines: list[tuple[float, str]]


class CommandFailed(RuntimeError):
    """The command ended with an error; the text is what it said."""


def adopt_orphans() -> None:
    """Become the parent of processes whose parent ends, so that their CPU time is counted too.

    The engine's boxes end like this: they are killed with the worker that owns them.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    tell: Callable[[str], None] = lambda line: None,
) -> Used:
    """Run the command in the folder, and wait for it and all that it leaves behind.

    Raises
    ------
    CommandFailed
    """
    begun = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,  # also makes of a progress bar's \r an end of the line
        errors="replace",
    )
    watch = Watch(process.pid)
    watch.start()
    lines = []
    for line in process.stdout:
        lines.append((time.monotonic() - begun, line.rstrip("\n")))
        tell(lines[-1][1])
    code = process.wait()
    seconds = time.monotonic() - begun
    wait_for_orphans()
    watch.stop()
    if code:
        said = "\n".join(line for _, line in lines[-40:])
        raise CommandFailed(f"{' '.join(command)} ended with {code}:\n{said}")
    return Used(seconds, watch.cpu_seconds, watch.peak_mb, lines)


def cpu_of_ended_children() -> float:
    """CPU seconds of all children that have been waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wait_for_orphans() -> None:
    """Wait until no process is left of those that this one has started or adopted."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


class Watch(threading.Thread):
    """Watches the memory and the CPU seconds of a process and all its descendants."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.ended = process, threading.Event()
        self.before = cpu_of_ended_children()
        self.peak_mb = self.cpu_seconds = 0.0

    def run(self) -> None:
        while not self.ended.wait(SAMPLE_SECONDS):
            self.look()

    def look(self) -> None:
        """Take a sample."""
        memory, cpu = 0, cpu_of_ended_children() - self.before
        # Parents come first: one that ends meanwhile is then missed, and not counted twice.
        for process in tree_of(self.process):
            with contextlib.suppress(psutil.Error, OSError):
                cpu += sum(process.cpu_times()[:4])
                memory += process.memory_full_info().pss
        self.peak_mb = max(self.peak_mb, memory / 2**20)
        self.cpu_seconds = max(self.cpu_seconds, cpu)

    def stop(self) -> None:
        """Look no more, and count what has been waited for since."""
        self.ended.set()
        self.join()
        self.cpu_seconds = max(self.cpu_seconds, cpu_of_ended_children() - self.before)


def tree_of(process: int) -> list[psutil.Process]:
    """The process and its descendants, as far as they are there."""
    try:
        root = psutil.Process(process)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []
