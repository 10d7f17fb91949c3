"""Grading that is killed, or finds its disk full or its gradebook away: no mark lost or wrong.

The grader runs in processes forked from one that has imported it, or the tests would take an hour.
"""

import concurrent.futures
import contextlib
import errno
import multiprocessing
import os
import random
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from nbgrader import api

from course import cli
from course.grading import box, engine, gradebook, intake, submission, wire, worker
from course.grading.inside import frames
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


# Whatever fails for one of five


VICTIM = "victim"
STEPS = [
    (engine, "handed_in"),
    (engine, "clear_leftovers"),
    (engine, "fingerprint_of_folder"),
    (intake, "collect"),
    (intake, "plain_files"),
    (intake, "read_file"),
    (engine, "grade_one"),
    (worker, "grade"),
    (intake, "files_beside"),
    (intake, "notebook_of"),
    (intake, "repair"),
    (intake, "language_in"),
    (intake, "rebuild"),
    (worker, "execute"),
    (worker, "scored"),
    (engine, "write_aside"),
    (engine, "put_in_place"),
    (engine, "write_record"),
    (engine, "write_whole"),
    (gradebook, "parse_timestamp"),
    (gradebook.Writer, "_write"),
    (gradebook.Writer, "_entries"),
    (gradebook.Writer, "_save_grades"),
    (gradebook.Writer, "_save_comments"),
    (gradebook.Writer, "_save_penalties"),
]
FAULT = {
    "runtime": RuntimeError("nobody expected this"),
    "os": OSError("nobody expected this"),
    "unicode": UnicodeEncodeError("utf-8", "\ud800", 0, 1, "nobody expected this"),
}


WORKER = concurrent.futures.ThreadPoolExecutor(1)


def failing(step, fault):
    """The step, which raises where it has to do with the victim."""

    def fails(*arguments, **named):
        if "victim" in repr((arguments, named)) or "2033-03-03" in repr(arguments):
            raise fault
        return step(*arguments, **named)

    return fails


def in_this_process_too(job, *arguments, seconds):
    """A worker's job, where a test can reach it, and with one box for all tests: boxes end with the
    thread that has started them.
    """
    try:
        return WORKER.submit(getattr(worker, job), *arguments).result()
    except Exception as problem:
        if isinstance(problem, box.NoBox):
            raise
        raise submission.CostsOne(submission.reason(problem)) from None


@pytest.fixture
def five(runs, monkeypatch):
    """Five right submissions, to be graded in this process."""
    for student in (*STUDENTS[:4], VICTIM):
        time = "2033-03-03 03:03:03 UTC" if student == VICTIM else "2030-01-01 00:00:00 UTC"
        answers = {**RIGHT, "total": f"total = 60  # {student}"}
        hand_in(runs.root, student, answers, timestamp=time)
    monkeypatch.chdir(runs.root)
    monkeypatch.setattr(engine, "do_in_worker", in_this_process_too)
    return runs.root


def graded_again(root, capsys) -> None:
    """The next run grades the victim, and nobody else."""
    assert cli.main(["autograde", NAME, "--jobs", "1"]) == 0
    assert "1 submission graded in" in capsys.readouterr().out
    assert marks(root, VICTIM) == autograded(root, VICTIM) == FULL


ALL = [(*step, fault) for step in STEPS for fault in FAULT]


@pytest.mark.parametrize(
    ("where", "step", "fault"),
    # In threes and one on, so that each fault has its turn.
    ALL if os.environ.get("FAULTS") == "all" else ALL[::4],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_fails_for_one_costs_one(five, capsys, monkeypatch, where, step, fault):
    with monkeypatch.context() as broken:
        broken.setattr(where, step, failing(getattr(where, step), FAULT[fault]))
        assert cli.main(["autograde", NAME, "--jobs", "1"]) == 1
    out, err = capsys.readouterr()
    assert "4 submissions graded in" in out
    assert err.count("NOT GRADED") == 1
    assert f"NOT GRADED {VICTIM}: " in err
    assert "nobody expected this" in err
    assert "Traceback" not in err
    for student in STUDENTS[:4]:
        assert marks(five, student) == autograded(five, student) == FULL
    assert not list(five.glob("autograded/*/.being-written-*"))
    graded_again(five, capsys)


def test_the_report_of_a_failure_may_fail_as_well(five, capsys, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(worker, "execute", failing(worker.execute, FAULT["runtime"]))
        broken.setattr(engine, "ungraded", failing(engine.ungraded, FAULT["os"]))
        assert cli.main(["autograde", NAME, "--jobs", "1"]) == 1
    assert f"NOT GRADED {VICTIM}: grading it failed: RuntimeError: " in capsys.readouterr().err
    graded_again(five, capsys)


def test_what_fails_when_all_is_graded_again_is_graded_again(five, capsys, monkeypatch):
    assert cli.main(["autograde", NAME, "--jobs", "1"]) == 0
    hand_in(five, VICTIM, {**WRONG, "double": "# victim"}, timestamp="2033-03-03 03:03:03 UTC")
    for step in ("write_aside", "put_in_place"):
        with monkeypatch.context() as broken:
            broken.setattr(engine, step, failing(getattr(engine, step), FAULT["os"]))
            assert cli.main(["autograde", NAME, "--jobs", "1", "--force"]) == 1
        hand_in(five, VICTIM, RIGHT, timestamp="2033-03-03 03:03:03 UTC")
        capsys.readouterr()
        graded_again(five, capsys)


@pytest.mark.parametrize("step", ["handed_in", "write_aside", "put_in_place", "write_record"])
def test_a_full_disk_is_nobodys_fault(five, capsys, monkeypatch, step):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "autograded")
    with monkeypatch.context() as broken:
        broken.setattr(engine, step, failing(getattr(engine, step), full))
        assert cli.main(["autograde", NAME, "--jobs", "1"]) == 1
    err = capsys.readouterr().err
    assert "No space left on device" in err
    assert "NOT GRADED" not in err
    assert cli.main(["autograde", NAME, "--jobs", "1"]) == 0
    assert marks(five, VICTIM) == autograded(five, VICTIM) == FULL


ODD = {
    "value": {"shorten": "def shorten(text):\n    return '\\ud800'"},
    "raised": {"shorten": "def shorten(text):\n    raise ValueError('\\ud800\\0')"},
    "class": {"shorten": "def shorten(t):\n    raise type('\\ud800', (Exception,), {})('x')"},
    "printed": {"shorten": "def shorten(text):\n    print('\\ud800\\0')"},
    "shown": {"total": "total = '\\ud800\\0'\ntotal"},
    "html": {"total": "from IPython.display import HTML, display\ndisplay(HTML('\\ud800'))"},
    "not a number": {"total": "total = float('nan')"},
    "infinite": {"total": "total = float('-inf')"},
    "numpys": {"total": "import numpy\ntotal = numpy.float64(15)"},
    "huge": {"total": "total = 10 ** 9999"},
}  # fmt: skip


def test_odd_values_stop_nobody(runs):
    """Through the command itself, its workers and its box."""
    for name, answers in ODD.items():
        hand_in(runs.root, name, {**RIGHT, **answers})
    hand_in(runs.root, "zaza", RIGHT)
    graded = f"{len(ODD) + 1} submissions graded"
    assert graded in runs.run()
    for name in ODD:
        assert marks(runs.root, name).keys() == FULL.keys(), name
        (runs.root / "autograded" / name / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert marks(runs.root, "value") == {**FULL, "shorten-check": 0}
    assert marks(runs.root, "raised") == {**FULL, "shorten-check": 0}
    for name in ("not a number", "infinite", "huge"):
        assert marks(runs.root, name) == {**FULL, "total-check": 0}
    assert marks(runs.root, "numpys") == {**FULL, "total-check": 1}
    assert marks(runs.root, "shown") == {**FULL, "total-check": 0}
    assert marks(runs.root, "zaza") == FULL
    assert f"{len(ODD) + 1} submissions graded before" in runs.run()


FORGED = r"""
import re, socket, sys, threading
sys.path.insert(0, sys.argv[1])
import frames
piece = sys.argv[2].encode()
text = piece * ((54 << 20) // len(piece))
ours, theirs = socket.socketpair()
message = frames.LENGTH.pack(len(text)) + text
threading.Thread(target=theirs.sendall, args=(message,), daemon=True).start()
try:
    frames.receive(ours)
except frames.TooLarge:
    # Not ru_maxrss, which begins with what the parent had.
    print(int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) >> 10)
"""


@pytest.mark.parametrize("piece", ["[", "[],", '{"":0},', '"",', '"a",', "0,", '"\\"[",[', "[{"])
def test_a_forged_message_takes_no_memory(piece):
    inside = Path(frames.__file__).parent
    said = subprocess.run(
        [sys.executable, "-I", "-c", FORGED, inside, piece],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(said.stdout) < 400, "MB, of which the text is there four times"


@pytest.mark.parametrize(
    "value",
    [
        list(range(1_200_000)), [(1,)] * 80_000, "[{," * 1_200_000, ['"[\\,'] * 300_000,
        [{"a": [1, 2]}] * 30_000,
    ],
)  # fmt: skip
def test_a_large_answer_is_no_forged_one(value):
    ours, theirs = socket.socketpair()
    sent = wire.pack(value)
    assert sent[0] != "opaque"
    sending = threading.Thread(target=frames.send, args=(theirs, sent))
    sending.start()
    assert wire.unpack(frames.receive(ours)) == value
    sending.join()


def test_names_that_nbgrader_does_not_find_are_said(runs):
    names = [".hidden", "two\nlines", "bell\a", os.fsdecode(b"caf\xe9")]
    for name in (*names, "ana", "o'brien {0} *"):
        hand_in(runs.root, name, RIGHT)
    said = runs.run(code=1)
    assert "2 submissions graded" in said
    for name in names:
        shown = name if name.isprintable() else ascii(name)
        assert f"NOT GRADED {shown}: the name " in said
    assert marks(runs.root, "o'brien {0} *") == FULL
    assert {path.name for path in (runs.root / "autograded").iterdir()} == {"ana", "o'brien {0} *"}


def test_a_second_command_waits_for_the_first(runs):
    hand_in(runs.root, STUDENTS[0], RIGHT)
    with engine.only_one(runs.root):
        running = runs.start()
        wait_for(lambda: "Waiting for another grading" in runs.said())
    runs.end(running)
    all_right(runs, {STUDENTS[0]: FULL})


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
