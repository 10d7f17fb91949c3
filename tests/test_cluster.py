"""Grading on many machines: a Dask scheduler and two workers, each as on a machine of its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from tests.classroom import ROOT
from tests.test_engine import (
    DOUBLE,
    FULL,
    NAME,
    POOR,
    RIGHT,
    WRONG,
    cell,
    course,
    descendants,
    hand_in,
    in_the_box,
    marks,
    new_course,
    start,
    wait_for,
)

pytestmark = [pytest.mark.pipeline, pytest.mark.cluster]

STUDENTS = [f"student-{n:02}" for n in range(12)]
PORT = 8786
SEED = "7"


@dataclass
class Machine:
    """A machine with the course installed: another folder, another environment, another network."""

    folder: Path
    namespace: str | None = None
    processes: list[subprocess.Popen] = field(default_factory=list)

    def run(self, *command: str, **more: str) -> subprocess.Popen:
        """Start a program there."""
        inside = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        temporary = self.folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(temporary),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
            **more,
        }
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*inside, sys.executable, "-m", *command],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                process_group=0,
            )
        self.processes.append(process)
        return process

    def said(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    def stop(self) -> None:
        """As an administrator does; what does not listen is killed."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)


def namespaces_work() -> bool:
    """Whether two network namespaces can be made and joined here."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    name = f"try-{os.getpid()}"
    try:
        ip("netns", "add", name)
        ip("link", "add", "try-veth", "type", "veth", "peer", "name", "try-peer", "netns", name)
    except subprocess.SubprocessError:
        return False
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return True


@contextlib.contextmanager
def network(names: list[str]) -> Iterator[dict[str, str | None]]:
    """A namespace for each machine, joined by a bridge that is this machine's; its address is .1.

    Where that cannot be, all of them are here.
    """
    if not namespaces_work():
        yield dict.fromkeys(names)
        return
    tag = os.getpid() % 100_000
    bridge = f"br{tag}"
    made = {name: f"grade-{tag}-{name}" for name in names}
    try:
        ip("link", "add", bridge, "type", "bridge")
        ip("addr", "add", "10.213.7.1/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        for n, namespace in enumerate(made.values(), start=2):
            ip("netns", "add", namespace)
            ip("link", "add", f"v{tag}-{n}", "type", "veth", "peer", "name", "eth0",
               "netns", namespace)  # fmt: skip
            ip("link", "set", f"v{tag}-{n}", "master", bridge, "up")
            ip("-n", namespace, "addr", "add", f"10.213.7.{n}/24", "dev", "eth0")
            ip("-n", namespace, "link", "set", "eth0", "up")
            ip("-n", namespace, "link", "set", "lo", "up")
        yield made
    finally:
        for namespace in made.values():
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", bridge], capture_output=True, check=False)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@dataclass
class Cluster:
    address: str
    machines: dict[str, Machine]


@pytest.fixture
def cluster(tmp_path):
    names = ["scheduler", "one", "two"]
    with network(names) as namespaces, contextlib.ExitStack() as stop:
        machines = {}
        for name, namespace in namespaces.items():
            (tmp_path / name).mkdir()
            machines[name] = Machine(tmp_path / name, namespace)
            stop.callback(machines[name].stop)
        host = "10.213.7.2" if namespaces["scheduler"] else "127.0.0.1"
        port = PORT if namespaces["scheduler"] else free_port()
        address = f"tcp://{host}:{port}"
        machines["scheduler"].run(
            "distributed.cli.dask_scheduler", "--host", host, "--port", str(port), "--no-dashboard"
        )
        for name in ("one", "two"):
            # A seed of its own must not count.
            machines[name].run(
                "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard",
                COURSE_SEED="999", DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE="False",
            )  # fmt: skip
        for name in ("one", "two"):
            machine = machines[name]
            wait_for(lambda machine=machine: "Registered to" in machine.said(), 120)
        yield Cluster(address, machines)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    seeded = "from course.check import seed\nseed() % 1000 / 1000"
    cells = [
        cell("double", "code", DOUBLE, solution=True),
        cell("double-check", "code", "assert double(2) == 4", points=1, grade=True, locked=True),
        cell("seed-check", "code", seeded, points=1, grade=True, locked=True),
    ]
    return new_course(tmp_path_factory.mktemp("bare"), small=cells)


@pytest.fixture
def twelve(bare, tmp_path):
    """A course of twelve, each a second's work; and the marks they deserve."""
    root = shutil.copytree(bare, tmp_path / "course")
    expected = {}
    for n, student in enumerate(STUDENTS):
        answers = (RIGHT, WRONG)[n % 2]
        slow = f"import time\ntime.sleep(1)\n{answers['double']}"
        hand_in(root, student, {"double": slow}, timestamp=f"2030-01-{n + 1:02} 10:00:00 UTC")
        double = (FULL, POOR)[n % 2]["double-check"]
        expected[student] = {"double-check": double, "seed-check": int(SEED) / 1000}
    return root, expected


def all_right(root: Path, expected: dict) -> None:
    assert {student: marks(root, student) for student in expected} == expected
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        assert len(book.assignment_submissions(NAME)) == len(expected)
    for student in expected:
        assert (root / "autograded" / student / NAME / f"{NAME}.ipynb").is_file()


def test_two_machines_one_killed_while_it_grades(cluster, twelve):
    root, expected = twelve
    machines = cluster.machines
    running = start(root, "autograde", NAME, "--scheduler", cluster.address, COURSE_SEED=SEED)
    first = machines["one"].processes[0]

    def both_at_work():
        return all(in_the_box(machines[name].processes[0].pid) for name in ("one", "two"))

    wait_for(both_at_work, 120)
    wait_for(lambda: list((root / "autograded").glob(f"*/{NAME}")), 120)
    killed = {first.pid, *descendants(first.pid)}
    graders = [p for p, line in descendants(first.pid).items() if "spawn_main" in line]
    assert graders, descendants(first.pid)
    first.kill()  # the nanny first, or it would start another
    for process in graders:
        os.kill(process, signal.SIGKILL)
    out, err = running.communicate(timeout=200)
    assert running.returncode == 0, out + err
    assert "12 submissions graded" in out
    assert "on the cluster" in out
    all_right(root, expected)
    first.wait()
    wait_for(lambda: not any(Path(f"/proc/{process}").exists() for process in killed))

    # The other one is still warm, and does what comes now.
    answers = {"double": WRONG["double"]}
    hand_in(root, STUDENTS[0], answers, timestamp="2030-02-01 10:00:00 UTC")
    out, _ = course(root, "autograde", NAME, "--scheduler", cluster.address, COURSE_SEED=SEED)
    assert "1 submission graded" in out
    assert marks(root, STUDENTS[0])["double-check"] == 0

    second = machines["two"].processes[0]
    started = descendants(second.pid)
    assert any("import worker" in line for line in started.values())
    machines["two"].stop()
    wait_for(lambda: not any(Path(f"/proc/{process}").exists() for process in started))
    assert not list((machines["two"].folder / "tmp").glob("course-*"))


def test_no_scheduler_and_no_workers_are_said_soon(bare, tmp_path):
    root = shutil.copytree(bare, tmp_path / "course")
    hand_in(root, "ana", {})
    address = f"tcp://127.0.0.1:{free_port()}"
    begun = time.monotonic()
    _, err = course(root, "autograde", NAME, "--scheduler", address, code=1)
    assert f"No scheduler answers at {address}" in err
    _, err = course(root, "autograde", NAME, "--scheduler", "nonsense", code=1)
    assert "No scheduler answers at nonsense" in err
    assert time.monotonic() - begun < 60

    (tmp_path / "scheduler").mkdir()
    machine = Machine(tmp_path / "scheduler")
    port = address.rpartition(":")[2]
    machine.run(
        "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"
    )
    try:
        wait_for(lambda: "Scheduler at" in machine.said())
        _, err = course(root, "autograde", NAME, "--scheduler", address, code=1)
        assert f"The scheduler at {address} has no workers yet" in err
    finally:
        machine.stop()


def test_a_scheduler_that_goes_away_is_said(cluster, twelve):
    root, expected = twelve
    running = start(root, "autograde", NAME, "--scheduler", cluster.address, COURSE_SEED=SEED)
    wait_for(lambda: list((root / "autograded").glob(f"*/{NAME}")), 120)
    os.killpg(cluster.machines["scheduler"].processes[0].pid, signal.SIGKILL)
    _, err = running.communicate(timeout=100)
    assert running.returncode == 1
    assert "Traceback" not in err, err
    assert "scheduler" in err
    course(root, "autograde", NAME, COURSE_SEED=SEED)
    all_right(root, expected)
