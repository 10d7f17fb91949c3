"""Grading that is killed, or finds its disk full or its gradebook away: no mark lost or wrong.

The grader runs in processes forked from one that has imported it, or the tests would take an hour.
"""

import contextlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from nbgrader import api

from course import cli
from course.grading import engine, gradebook
from tests import postgres
from tests.test_engine import (
    FULL,
    NAME,
    POOR,
    RIGHT,
    SLOW,
    WRONG,
    autograded,
    book,
    hand_in,
    in_the_box,
    marks,
    new_course,
    wait_for,
)
from tests.test_gradebook import nbgrader as in_this_process

pytestmark = pytest.mark.pipeline

STUDENTS = [f"student-{n:02}" for n in range(12)]
# `FAULTS=all uv run pytest tests/test_faults.py` kills at fifty points.
KILLS = (
    {"here": 20, "cluster": 30} if os.environ.get("FAULTS") == "all" else {"here": 6, "cluster": 4}
)
TRACED = {engine.__file__, gradebook.__file__}
SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload([__name__, "distributed"])


def answers_of(number: int) -> tuple[dict, dict]:
    """One of eight submissions, and the points that it deserves."""
    right = {cell: bool(number >> n & 1) for n, cell in enumerate(RIGHT)}
    answers = {cell: (RIGHT if right[cell] else WRONG)[cell] for cell in RIGHT}
    return answers, {f"{c}-check": (FULL if right[c] else POOR)[f"{c}-check"] for c in RIGHT}


def command(log: Path, root: Path, temporary: Path, *arguments: str, die_at: int = 0) -> None:
    """In a process of its own: `course autograde`, killed at a line of its own code if wanted."""
    os.setpgid(0, 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(root)
    os.environ["TMPDIR"] = str(temporary)
    tempfile.tempdir = None
    lines = 0

    def line(frame, event, argument):
        nonlocal lines
        if frame.f_code.co_filename not in TRACED:
            return None
        if event == "line":
            lines += 1
            if lines == die_at:
                os.killpg(0, signal.SIGKILL)
        return line

    sys.settrace(line)
    code = cli.main(["autograde", NAME, "--jobs", "2", *arguments])
    sys.settrace(None)
    print(f"lines: {lines}", flush=True)
    sys.exit(code)


class Runs:
    """The runs in one course folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.log, self.temporary = root / "course", root / "log", root / "tmp"
        self.temporary.mkdir()

    def start(self, *arguments: str, die_at: int = 0) -> multiprocessing.Process:
        self.log.unlink(missing_ok=True)
        process = SPAWN.Process(
            target=command,
            args=(self.log, self.root, self.temporary, *arguments),
            kwargs={"die_at": die_at},
        )
        process.start()
        return process

    def end(self, process: multiprocessing.Process, code: int = 0) -> str:
        """What it said by its end."""
        process.join(200)
        said = self.said()
        assert process.exitcode == code, said
        assert "Traceback" not in said
        return said

    def run(self, *arguments: str, code: int = 0) -> str:
        return self.end(self.start(*arguments), code)

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def processes(self) -> list[str]:
        """Those that have been started by a run here and still live."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"TMPDIR={self.temporary}".encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_text())
        return found


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("bare"))


@pytest.fixture
def runs(bare, tmp_path):
    shutil.copytree(bare, tmp_path / "course")
    return Runs(tmp_path)


def hand_in_all(runs: Runs, number: int) -> dict[str, dict]:
    """Submissions of the first students; what they deserve."""
    expected = {}
    for n, student in enumerate(STUDENTS[:number]):
        answers, expected[student] = answers_of(n)
        hand_in(runs.root, student, answers)
    return expected


def all_right(runs: Runs, expected: dict[str, dict]) -> None:
    """Every mark is there, once, and right, in the gradebook and in the notebook; and no more."""
    for student, points in expected.items():
        assert marks(runs.root, student) == autograded(runs.root, student) == points, student
    with book(runs.root) as opened:
        for table, number in [
            (api.SubmittedAssignment, len(expected)),
            (api.SubmittedNotebook, len(expected)),
            (api.Grade, 3 * len(expected)),
            (api.Comment, 3 * len(expected)),
        ]:
            assert opened.db.query(table).count() == number
    for student in expected:
        there = {path.name for path in (runs.root / "autograded" / student).iterdir()}
        assert there == {NAME, f".{NAME}.json"}
    wait_for(lambda: not runs.processes())
    assert not list(runs.temporary.iterdir())


def what_is_done_is_right(runs: Runs, expected: dict[str, dict]) -> None:
    """What the next run would not grade again has the right marks already."""
    course = engine.open_course(runs.root)
    assignment = engine.read(course, NAME)
    with engine.Writer(course.folders.db_url, assignment) as writer:
        done = engine.done_already(course, NAME, writer, STUDENTS)
    for student in done:
        points = expected[student]
        assert marks(runs.root, student) == autograded(runs.root, student) == points, student


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster that outlives its clients, so that its boxes are warm."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as running:
        yield running.scheduler_address


@pytest.mark.parametrize("where", KILLS)
def test_killed_at_random_points(runs, where, request):
    on = ["--scheduler", request.getfixturevalue("cluster")] if where == "cluster" else []
    chance = random.Random(f"killed {where}")
    expected = hand_in_all(runs, len(STUDENTS))
    said = runs.run(*on, "--force")
    lines = int(said.rpartition("lines: ")[2])
    all_right(runs, expected)
    kills = 0
    while kills < KILLS[where]:
        for student in chance.sample(STUDENTS, 3):
            answers, expected[student] = answers_of(chance.randrange(8))
            hand_in(runs.root, student, answers)
        force = ["--force"] if chance.random() < 0.2 else []
        if chance.random() < 0.8:
            running = runs.start(*on, *force, die_at=chance.randrange(1, lines // 2))
        else:
            running = runs.start(*on, *force)
            running.join(chance.uniform(0.1, 4))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
        running.join(200)
        assert running.exitcode in (0, -signal.SIGKILL), runs.said()
        kills += running.exitcode != 0
        what_is_done_is_right(runs, expected)
    runs.run()
    all_right(runs, expected)
    assert "0 submissions graded" in runs.run()


@contextlib.contextmanager
def little_room(folder: Path, megabytes: int):
    """The folder on a file system of its own, with so little room."""
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def may_mount() -> bool:
    return (
        os.geteuid() == 0
        and subprocess.run(
            ["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )


@pytest.mark.skipif(not may_mount(), reason="only root may mount a file system of its own")
def test_full_disk(bare, tmp_path):
    (tmp_path / "course").mkdir()
    runs = Runs(tmp_path)
    with little_room(runs.root, 4):
        shutil.copytree(bare, runs.root, dirs_exist_ok=True)
        expected = hand_in_all(runs, 12)
        free = shutil.disk_usage(runs.root).free
        for left in (0, 80_000):
            (runs.root / "ballast").write_bytes(b"x" * (free - left))
            said = runs.run(code=1)
            assert "No space left on device" in said or "disk is full" in said
            what_is_done_is_right(runs, expected)
            (runs.root / "ballast").unlink()
        runs.run()
        all_right(runs, expected)


def test_files_may_not_grow(runs):
    """As with a full disk, for everybody: the gradebook has reached the largest size allowed."""
    expected = hand_in_all(runs, 4)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    running = runs.start()
    size = (runs.root / "gradebook.db").stat().st_size
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size // 2, hard))
    said = runs.end(running, code=1)
    assert "The gradebook" in said
    assert "cannot be used" in said
    runs.run()
    all_right(runs, expected)


def test_a_gradebook_that_is_locked_is_waited_for(runs):
    expected = hand_in_all(runs, 3)
    other = sqlite3.connect(runs.root / "gradebook.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    running = runs.start()
    wait_for(lambda: "locked" in runs.said())
    assert running.is_alive()
    other.execute("ROLLBACK")
    runs.end(running)
    all_right(runs, expected)

    other.execute("BEGIN EXCLUSIVE")
    said = runs.run("--force", code=1)
    assert "The gradebook cannot be read" in said
    assert "locked" in said
    other.close()
    all_right(runs, expected)


def test_a_database_that_goes_away_and_comes_back(bare, tmp_path):
    runs = Runs(tmp_path)
    shutil.copytree(bare, runs.root)
    with postgres.server() as server:
        server.create("gradebook")
        url = server.url("gradebook")
        with (runs.root / "nbgrader_config.py").open("a") as config:
            config.write(f"c.CourseDirectory.db_url = {url!r}\n")
        in_this_process(runs.root, "generate_assignment", NAME, url=url)
        for student in STUDENTS[:6]:
            hand_in(runs.root, student, SLOW)
        running = runs.start()
        wait_for(lambda: list((runs.root / "autograded").glob(f"*/{NAME}")))
        server.stop()
        wait_for(lambda: "away, trying again" in runs.said())
        server.start()
        runs.end(running)
        with api.Gradebook(url) as opened:
            for student in STUDENTS[:6]:
                found = opened.find_submission_notebook(NAME, NAME, student)
                assert {grade.name: grade.auto_score for grade in found.grades} == FULL
            assert opened.db.query(api.Grade).count() == 6 * 3
        assert "0 submissions graded" in runs.run()
        server.stop()
        assert "The gradebook cannot be read" in runs.run(code=1)
        server.start()


def test_a_submission_that_arrives_again_meanwhile(runs):
    hand_in(runs.root, STUDENTS[0], SLOW, timestamp="2030-01-02 00:00:00 UTC")
    running = runs.start()
    wait_for(lambda: len(in_the_box(running.pid)) >= 5)
    hand_in(runs.root, STUDENTS[0], WRONG, timestamp="2030-01-02 00:00:00 UTC")
    runs.end(running)
    assert marks(runs.root, STUDENTS[0]) == FULL
    assert "1 submission graded" in runs.run()
    all_right(runs, {STUDENTS[0]: POOR})


def test_a_clock_that_steps_back(runs):
    student = STUDENTS[0]
    hand_in(runs.root, student, RIGHT, timestamp="2030-01-02 00:00:00 UTC")
    runs.run()
    folder = hand_in(runs.root, student, WRONG, timestamp="2001-01-01 00:00:00 UTC")
    for path in [*folder.iterdir(), folder]:
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert "1 submission graded" in runs.run()
    all_right(runs, {student: POOR})
    with book(runs.root) as opened:
        assert opened.find_submission(NAME, student).timestamp.year == 2001
    assert "0 submissions graded" in runs.run()


def test_what_a_killed_worker_leaves_is_removed(runs):
    hand_in(runs.root, STUDENTS[0], SLOW)
    running = runs.start()
    wait_for(lambda: len(in_the_box(running.pid)) >= 5)
    os.killpg(running.pid, signal.SIGKILL)
    running.join(10)
    begun = time.monotonic()
    wait_for(lambda: not runs.processes())
    assert time.monotonic() - begun < 3, "the worker has gone on with its submission"
    assert list(runs.temporary.iterdir())
    runs.run()
    all_right(runs, {STUDENTS[0]: FULL})
