"""Where the time of one submission goes: timers put around the engine's functions.

Times are exclusive: what a timed function spends in another timed one counts for the other alone.
"""

import contextlib
import functools
import inspect
import json
import pickle
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

# In the box this file's class Timers is copied into the server's text, so that it needs no more
# than the standard library.


@dataclass(frozen=True)
class Part:
    """A part of the work on one submission: milliseconds and calls, on average."""

    name: str
    cpu_ms: float
    wall_ms: float
    calls: float


class Timers:
    """CPU and wall seconds by name, exclusive, and the number of calls."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}
        self.inner = [[0.0, 0.0]]

    def timed(self, name: str, function: Callable) -> Callable:
        """The function with a timer of that name."""

        @functools.wraps(function)
        def with_timer(*arguments: Any, **named: Any) -> Any:
            with self.of(name):
                return function(*arguments, **named)

        return with_timer

    def put_on(self, owner: Any, attribute: str, name: str) -> None:
        """Put a timer on a function or method of a module, class or object."""
        setattr(owner, attribute, self.timed(name, getattr(owner, attribute)))

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Time a block."""
        self.inner.append([0.0, 0.0])
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            inner_cpu, inner_wall = self.inner.pop()
            self.inner[-1][0] += cpu
            self.inner[-1][1] += wall
            self.add(name, cpu - inner_cpu, wall - inner_wall, 1)

    def add(self, name: str, cpu: float, wall: float, calls: int) -> None:
        """Add to what a name has spent."""
        sums = self.spent.setdefault(name, [0.0, 0.0, 0])
        for n, more in enumerate((cpu, wall, calls)):
            sums[n] += more


HOOK = '''
import functools
import sys as _sys
import time

from collections.abc import Callable, Iterator
from typing import Any

THE_CLASS_TIMERS


TIMERS = Timers()


def answer_with_timers(function):
    @functools.wraps(function)
    def answering(self, asked):
        answer = function(self, asked)
        return {**answer, "timers": TIMERS.spent}

    return answering


def timed_desk(begin):
    @functools.wraps(begin)
    def begin_timed(self, trusted, shell):
        begin(self, trusted, shell)
        TIMERS.put_on(self.wire, "pack", "values packed")
        TIMERS.put_on(self.wire, "unpack", "values unpacked")
        TIMERS.put_on(shell, "run_cell", "the student's cells")
    return begin_timed


def timed_call(function):
    """The student's own functions alone: what is kept to be called gets a timer."""

    @functools.wraps(function)
    def keep(self, value):
        number = function(self, value)
        if callable(value):
            self.objects[number] = TIMERS.timed("the student's functions", value)
        return number

    return keep


Desk.__init__ = timed_desk(Desk.__init__)
Desk.keep = timed_call(Desk.keep)
for _name in ("do_run", "do_get", "do_call", "do_attribute"):
    _timed = TIMERS.timed("other work of the agent", getattr(Desk, _name))
    setattr(Desk, _name, answer_with_timers(_timed))
frames.json = type(_sys)("json")
frames.json.loads = TIMERS.timed("JSON read", json.loads)
frames.json.dumps = TIMERS.timed("JSON written", json.dumps)
TIMERS.put_on(frames, "send", "messages sent")
TIMERS.put_on(frames, "receive", "messages received")

'''


class StandIn:
    """A module with some of its functions replaced, for one module that uses it."""

    def __init__(self, module: Any, **functions: Callable) -> None:
        self.__dict__.update(vars(module), **functions)


def put_timers_on(timers: Timers) -> None:
    """Time the engine's functions on the trusted side."""
    from course import call
    from course.grading import checks, gradebook, harmless, intake, room, run, wire, worker
    from course.grading.inside import frames

    check = sys.modules["course.check"]  # in the package the function has the module's name
    put_on = timers.put_on
    put_on(intake, "repair", "repair")
    put_on(intake, "notebook_of", "repair")
    put_on(room.Room, "desk", "start of a submission's process")
    put_on(room.Desk, "close", "end of a submission's process")
    put_on(wire, "pack", "values packed")
    put_on(wire, "unpack", "values unpacked")
    put_on(room, "replace", "values unpacked")
    put_on(check, "judge", "judge")
    put_on(check, "expected_of", "cases and references")
    put_on(check, "message_of", "judge")
    put_on(call, "unchanged", "input compared with before")
    put_on(harmless, "outputs", "outputs made harmless")
    put_on(checks, "bound_names", "names that cells bind")
    put_on(run.Checks, "__init__", "names that cells bind")
    put_on(run.Checks, "execute", "check cells: Python's compile and all else")
    put_on(run.Run, "notebook", "other work on cells")
    put_on(worker, "scored", "scores, notebook as text")
    put_on(worker, "execute", "folder for checks, nbgrader's steps")
    put_on(worker, "grade", "other work of the worker")
    put_on(gradebook.Writer, "save", "rows of the gradebook")
    deepcopy = timers.timed("input copied", call.copy.deepcopy)
    call.copy = StandIn(call.copy, deepcopy=deepcopy)
    frames.json = StandIn(
        json,
        loads=timers.timed("JSON read", json.loads),
        dumps=timers.timed("JSON written", json.dumps),
    )
    put_on(frames, "send", "messages sent")
    put_on(frames, "receive", "waiting for the box")


def listen_to_the_box(timers: Timers, folder: Path) -> None:
    """Put timers into a copy of the box's programs; what they tell is added to the others."""
    from course.grading import box, room

    inside = folder / "inside"
    shutil.copytree(box.INSIDE, inside)
    text = (inside / "server.py").read_text("utf-8")
    main = 'if __name__ == "__main__":'
    hook = HOOK.replace("THE_CLASS_TIMERS", inspect.getsource(Timers))
    (inside / "server.py").write_text(text.replace(main, hook + main), "utf-8")
    box.INSIDE = inside
    told: dict[str, list[float]] = {}
    answer_of, close = room.Desk.answer, room.Desk.close

    def answer_and_timers(desk: room.Desk, seconds: float) -> dict:
        answer = answer_of(desk, seconds)
        told.update(answer.pop("timers", {}))
        return answer

    def close_and_count(desk: room.Desk, why: str = "") -> None:
        if not desk.open:
            return
        close(desk, why)
        for name, spent in told.items():
            timers.add(f"box: {name}", *spent)
        # All that the kernel counted for the submission's processes, less what was timed.
        rest = desk.cpu_seconds - sum(cpu for cpu, _, _ in told.values())
        timers.add("box: fork, namespaces, page faults, end", rest, 0.0, 1)
        told.clear()

    room.Desk.answer, room.Desk.close = answer_and_timers, close_and_count


def cpu_of_servers(worker: Any) -> float:
    """CPU seconds of the fork servers themselves, without those of their children."""
    spent = 0.0
    for room in worker.rooms().values():
        for process in psutil.Process(room.box.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                spent += sum(process.cpu_times()[:2])
    return spent


def profile(root: Path, students: Sequence[str], folder: Path) -> list[Part]:
    """Grade the students of a course folder one after the other in this process, as the engine
    and its workers do, and tell what each part of the work takes; the dearest first.

    The first half of them is graded before the timers count: then the box is open, and what a
    worker keeps (cases, references, known mistakes) is there.
    """
    from course.grading import engine, intake, worker
    from course.grading.gradebook import Writer
    from tests.classroom import ASSIGNMENT

    timers = Timers()
    put_timers_on(timers)
    listen_to_the_box(timers, folder)
    course = engine.open_course(root)
    assignment, settings = engine.read(course, ASSIGNMENT), engine.settings_of(course)
    with Writer(course.folders.db_url, assignment, course.config) as writer:
        for number, student in enumerate(students):
            if number == len(students) // 2:
                timers.spent.clear()
                server_before = cpu_of_servers(worker)
            with timers.of("collect"):
                submitted = course.folder("submitted", student, ASSIGNMENT)
                fingerprint = engine.fingerprint_of_folder(submitted)
                submission = intake.collect(submitted, student)
            with timers.of("pickles between engine and worker"):
                job = pickle.loads(pickle.dumps(("grade", (assignment, submission, settings))))
            graded = worker.grade(*job[1])
            with timers.of("pickles between engine and worker"):
                graded = pickle.loads(pickle.dumps(graded))
            outcome = engine.Outcome(student, fingerprint, graded=graded)
            with timers.of("files"):
                engine.keep(course, writer, [outcome], engine.Report())
    count = len(students) - len(students) // 2
    server = cpu_of_servers(worker) - server_before
    timers.add("box: its fork server, memory watched", server, 0.0, count)
    for room in worker.rooms().values():
        room.close()
    parts = [
        Part(name, *(1000 * x / count for x in (cpu, wall)), calls / count)
        for name, (cpu, wall, calls) in timers.spent.items()
    ]
    return sorted(parts, key=lambda part: -part.cpu_ms)
