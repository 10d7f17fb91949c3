"""A worker: a process that owns a box and grades one submission after the other.

It reads jobs from its standard input and writes what came of them to its standard output, as
pickles: both ends are this program, and nothing of a student's is ever pickled but text and bytes.
"""

import contextlib
import functools
import glob
import json
import os
import pickle
import re
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import nbformat
from nbformat import NotebookNode

from course.grading.box import LIMITS, BoxEnded, Limits, NoBox, best
from course.grading.inside import confine
from course.grading.submission import (
    Assignment,
    CostsOne,
    Graded,
    GradedNotebook,
    SourceNotebook,
    Submission,
    reason,
    writable,
)
from course.judge import Expected, KeyFails
from course.language import N_, _, of_notebook, speaking

FOLDER = "course-worker-"
# The longest that a notebook may be at work: its limit, as often again as a busy machine may make
# it wait, and what starting and the checks themselves take.
MOST_TIMES, SECONDS_BESIDE = 10, 600
PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Settings:
    """How to grade: limits, the seed of the hidden cases, and the instructor's configuration of
    nbgrader's steps after the run (`{"LimitOutput": {"max_lines": 500}}`).

    `trusted` allows to run submissions where there is no real box.
    """

    limits: Limits = field(default_factory=Limits)
    seed: str | None = None
    trusted: bool = False
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Executed:
    """What a run came to beside the notebook's outputs, by check cell: verdicts, or why none."""

    verdicts: Mapping[str, dict] = field(default_factory=dict)
    not_graded: Mapping[str, str] = field(default_factory=dict)
    cpu_seconds: float = 0.0


def grade(assignment: Assignment, submission: Submission, settings: Settings) -> Graded:
    """Repair, run and score a submission.

    Raises
    ------
    NoBox
    """
    from course.grading import intake

    begun, cpu = time.monotonic(), time.process_time()
    notes, graded = list(submission.notes), []
    files = intake.files_beside(submission, assignment, notes)
    for source in assignment.notebooks.values():
        others = [other for other in assignment.notebooks.values() if other is not source]
        try:
            _path, raw, found = intake.notebook_of(submission, source, others)
            notebook, repaired = intake.repair(raw, source)
            notes += [*found, *repaired]
            executed = execute(notebook, source, files, settings, assignment.files)
            cpu -= executed.cpu_seconds
            graded.append(scored(notebook, source, executed=executed))
        except intake.Refused as problem:
            with speaking(problem.language):
                blank = intake.blank(source, str(problem))
            graded.append(scored(blank, source, str(problem)))
    return Graded(
        student=submission.student,
        assignment=assignment.name,
        timestamp=submission.timestamp,
        notebooks=tuple(graded),
        files=files,
        notes=tuple(notes),
        seconds=time.monotonic() - begun,
        cpu_seconds=time.process_time() - cpu,
    )


def ungraded(assignment: Assignment, submission: Submission, reason: str) -> Graded:
    """A submission that grading itself failed on: a person has to look, and is told why."""
    from course.grading import intake

    return Graded(
        student=submission.student,
        assignment=assignment.name,
        timestamp=submission.timestamp,
        notebooks=tuple(
            scored(intake.blank(source, reason), source, reason)
            for source in assignment.notebooks.values()
        ),
    )


def scored(
    notebook: NotebookNode,
    source: SourceNotebook,
    refused: str | None = None,
    executed: Executed | None = None,
) -> GradedNotebook:
    """The points and comments of a notebook that has been run, by nbgrader's own rules."""
    from nbgrader import utils

    executed = executed or Executed()
    points, comments, not_graded = {}, {}, dict(executed.not_graded)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if utils.is_grade(cell):
            try:
                given = utils.determine_grade(cell)[0]
            except (ValueError, KeyError) as problem:
                # More points than there are, from an instructor's check cell: a person must look.
                not_graded.setdefault(name, str(problem))
            points[name] = None if name in not_graded else given
        if utils.is_solution(cell) or utils.is_task(cell):
            unchanged = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            empty = unchanged and not utils.is_task(cell)
            # In the gradebook as nbgrader itself says it; a page says it in its own language.
            comments[name] = N_("No response.") if empty else None
    return GradedNotebook(
        source.name,
        nbformat.writes(notebook),
        points,
        comments,
        refused,
        not_graded,
        dict(executed.verdicts),
    )


def execute(
    notebook: NotebookNode,
    source: SourceNotebook,
    files: Mapping[str, bytes],
    settings: Settings,
    instructors_files: Mapping[str, bytes],
) -> Executed:
    """Run the notebook in place, then nbgrader's own steps on its outputs.

    Check cells may import the instructor's files, and read them and the submission's data.

    Raises
    ------
    NoBox, Failed, BoxEnded
    """
    from course.grading.apart import Failed
    from course.grading.run import run_notebook

    if source.kernelspec.get("language", "python") != "python":
        run_other_language(notebook, files, settings)
        return Executed()
    until = time.monotonic() + settings.limits.submission_seconds
    exercises = exercises_in(source)
    prepare(exercises.values(), settings.seed)
    with speaking(of_notebook(notebook)):
        for attempt in range(2):
            inside = room(settings)
            try:
                ran = run_notebook(
                    notebook,
                    inside,
                    source,
                    files,
                    instructors=instructors_files,
                    visible=functools.partial(visible, settings),
                    seed=settings.seed,
                    until=until,
                )
                inside.tidy()
                break
            except (Failed, BoxEnded):
                # The box may have ended, which need not be the submission's fault: once more.
                inside.renew()
                if attempt:
                    raise
    wrong = {name for name, verdict in ran["verdicts"].items() if verdict["outcome"] == "wrong"}
    expect_mistakes([id for name, id in exercises.items() if name in wrong], settings.seed)
    for step in steps_after(json.dumps(settings.steps, sort_keys=True)):
        step(notebook, {})
    return Executed(ran["verdicts"], ran["not_graded"], ran["cpu_seconds"])


def exercises_in(source: SourceNotebook) -> dict[str, str]:
    """The ids of the course's own exercises, by the check cells that ask for them."""
    from course.exercises import QUESTIONS

    asked = re.compile(r"""(?m)^check\((["'])([^"']+)\1""")
    found = {name: asked.search(cell.source) for name, cell in source.cells.items() if cell.grade}
    return {name: match[2] for name, match in found.items() if match and match[2] in QUESTIONS}


def prepare(exercises: Iterable[str], seed: str | None) -> None:
    """Import what checks need, and compute their keys, once for a whole class: the processes of
    the checks find no key on the disk, and no student's time is spent on it.
    """
    import course.check_brief  # noqa: F401
    from course.language import catalog, languages

    for language in languages():
        catalog(language)
    for expected in of_checks(exercises, seed):
        with contextlib.suppress(KeyFails):  # the check itself says so
            _ = expected.right


def expect_mistakes(exercises: Iterable[str], seed: str | None) -> None:
    """Compute what known mistakes give where one has been made: others will make it as well."""
    for expected in of_checks(exercises, seed):
        for mistake in expected.key.mistakes:
            for number in range(len(expected.cases)):
                expected.mistaken(mistake, number)


def of_checks(exercises: Iterable[str], seed: str | None) -> Iterator[Expected]:
    """The cases of a page and those of a mark, as `check` has them."""
    from course.check import DEFAULT_SEED, expected_of

    for id in exercises:
        yield expected_of(id, DEFAULT_SEED, with_hidden=False)
        yield expected_of(id, int(seed or DEFAULT_SEED), with_hidden=True)


def visible(settings: Settings, check: str) -> str:
    """What students have of a check cell: all of it but its hidden tests."""
    return without_hidden_tests(json.dumps(settings.steps, sort_keys=True), check)


@functools.lru_cache(maxsize=1000)
def without_hidden_tests(settings: str, check: str) -> str:
    """The text as nbgrader's own step leaves it in a release."""
    from nbgrader.preprocessors import ClearHiddenTests

    given = json.loads(settings).get(ClearHiddenTests.__name__, {})
    cell = nbformat.v4.new_code_cell(check)
    cell.metadata.nbgrader = {"grade": True}
    return ClearHiddenTests(**given).preprocess_cell(cell, {}, 0)[0].source


def run_other_language(
    notebook: NotebookNode, files: Mapping[str, bytes], settings: Settings
) -> None:
    """Run a notebook that is not in Python as nbgrader does, its checks included, in a box.

    Raises
    ------
    NoBox
    """
    from course.grading import harmless, intake
    from course.grading.box import run_kernel
    from course.grading.run import code_cells

    need_box(settings)
    name = str(notebook.metadata.kernelspec.get("name"))
    text = run_kernel(nbformat.writes(notebook), name, files, settings.limits)
    try:
        ran = code_cells(nbformat.reads(text, 4))
    except Exception as problem:  # the box may say anything
        with speaking(of_notebook(notebook)):
            said = _("The kernel {name} came to no end in the sandbox.", name=name)
            raise intake.Refused(said) from problem
    for n, cell in enumerate(code_cells(notebook)):
        outputs = ran[n].get("outputs") if n < len(ran) else None
        cell.execution_count = n + 1
        cell.outputs = harmless.outputs(outputs)
        if outputs is None:
            cell.outputs = [nbformat.v4.new_output("error", ename="KernelDied", evalue="")]


@functools.cache
def steps_after(settings: str) -> list[Any]:
    """nbgrader's steps between a run and its marks."""
    from nbconvert.preprocessors import ClearMetadataPreprocessor
    from nbgrader.preprocessors import IgnorePattern, LimitOutput

    given = json.loads(settings)
    steps = (IgnorePattern, ClearMetadataPreprocessor, LimitOutput)
    return [step(**given.get(step.__name__, {})) for step in steps]


@functools.cache
def rooms() -> dict[Limits, Any]:
    """The box of this process, by its limits."""
    return {}


def room(settings: Settings) -> Any:
    """The box of this process.

    Raises
    ------
    NoBox
        Also where there is no real one, unless the submissions are trusted.
    """
    from course.grading.room import Room

    need_box(settings)
    if settings.limits not in rooms():
        rooms()[settings.limits] = Room(settings.limits)
    return rooms()[settings.limits]


def need_box(settings: Settings) -> None:
    """Refuse to run a student's code where there is no sandbox, unless it is trusted.

    Raises
    ------
    NoBox
    """
    if best() is LIMITS and not settings.trusted:
        raise NoBox(
            _(
                "There is no sandbox on this machine: {lacks}. {better} "
                "`course doctor` tells more. If you trust every student's code, "
                "grade with --trusted-submissions.",
                lacks=_(LIMITS.lacks),
                better=_(LIMITS.better),
            )
        )


def run_alone(
    text: str,
    source: SourceNotebook,
    files: Mapping[str, bytes],
    settings: Settings,
    instructors_files: Mapping[str, bytes],
) -> tuple[str, Executed]:
    """A notebook's JSON text after a run, for nbgrader's own autograde."""
    notebook = nbformat.reads(text, 4)
    executed = execute(notebook, source, files, settings, instructors_files)
    return writable(nbformat.writes(notebook)), executed


JOBS = {"grade": grade, "run_alone": run_alone}


def main() -> None:
    """Do jobs until the input ends."""
    confine.die_with_parent()
    jobs, results = take_streams()
    while True:
        try:
            name, arguments = pickle.load(jobs)
        except EOFError:
            break
        try:
            answer = JOBS[name](*arguments)
        except Exception as problem:
            answer = problem if isinstance(problem, NoBox) else CostsOne(reason(problem))
        pickle.dump(answer, results)
        results.flush()
    for room in rooms().values():
        room.close()


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes to the engine; what anybody prints from now on goes to stderr."""
    jobs, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return jobs, results


class WorkerDied(CostsOne):
    """The worker ended while it was at a job, or did not finish it."""


START = """
from course.grading import leave_out_slow_imports
leave_out_slow_imports()
from course.grading import worker
worker.main()
"""


class Worker:
    """A worker process, seen from the engine."""

    def __init__(self) -> None:
        folder, lock = own_folder()
        environment = {
            **os.environ,
            "MPLBACKEND": "agg",
            "OMP_NUM_THREADS": "1",
            "TMPDIR": folder,
        }
        environment.pop("COURSE_SEED", None)  # it comes with the settings, on every machine
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-c",
                START,
            ],  # no working folder, no variable, no home on its path
            cwd="/",  # which cannot vanish
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            process_group=0,  # ctrl-c is for the engine to handle
        )
        self.stands_on = (Path(folder), PACKAGE)
        self.began_with = list(map(identity, self.stands_on))
        self.close = weakref.finalize(self, end, self.process, folder, lock)

    def is_sound(self) -> bool:
        """Whether its folder and the course's are still those that it began with: where the course
        was cloned or synced anew, its box looks into a folder that is gone.
        """
        return list(map(identity, self.stands_on)) == self.began_with

    def do(self, job: str, *arguments: Any, seconds: float) -> Any:
        """Have a job done within so many seconds.

        Raises
        ------
        NoBox, WorkerDied
        """
        try:
            pickle.dump((job, arguments), self.process.stdin)
            self.process.stdin.flush()
            poll = select.poll()
            poll.register(self.process.stdout, select.POLLIN)
            if not poll.poll(1000 * seconds):
                raise WorkerDied(
                    _("it did not finish within {seconds} seconds", seconds=f"{seconds:.0f}")
                )
            answer = pickle.load(self.process.stdout)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError) as problem:
            # ValueError: its pipes were closed while it was at work
            raise WorkerDied(_("its worker process ended ({problem})", problem=problem)) from None
        if isinstance(answer, Exception):
            raise answer
        return answer


def identity(folder: Path) -> tuple[int, int] | None:
    """What tells the folder from another one at its place; None where there is none."""
    try:
        about = folder.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def own_folder() -> tuple[str, int]:
    """A new folder for a worker's temporary files, and the open lock on it. Folders that nobody
    holds a lock on any more are those of workers that were killed: they are removed.
    """
    import fcntl

    for left in glob.glob(f"{tempfile.gettempdir()}/{FOLDER}*"):
        with contextlib.suppress(OSError):  # in use, or somebody else's
            lock = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left)
            finally:
                os.close(lock)
    while True:
        folder = tempfile.mkdtemp(prefix=FOLDER)
        lock = None
        try:
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.stat(folder)
        except (FileNotFoundError, BlockingIOError):  # another worker has just removed it
            if lock is not None:
                os.close(lock)
        else:
            return folder, lock


def end(process: subprocess.Popen, folder: str, lock: int) -> None:
    """End a worker process, at once, and remove what it leaves."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # what was still to be sent
            pipe.close()
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


_mine = threading.local()
_all: weakref.WeakSet[Worker] = weakref.WeakSet()


def end_all() -> None:
    """End all worker processes of this process, whatever they are at."""
    for worker in list(_all):
        worker.close()


def do_in_worker(job: str, *arguments: Any, seconds: float) -> Any:
    """Have a job done in the worker process of this thread, a new one where there is none.

    A worker that failed once is not asked again.

    Raises
    ------
    NoBox, CostsOne
    """
    worker = getattr(_mine, "worker", None)
    if worker is not None and not worker.is_sound():
        worker.close()
        worker = None
    if worker is None:
        worker = _mine.worker = Worker()
        _all.add(worker)
    try:
        return worker.do(job, *arguments, seconds=seconds)
    except NoBox:
        raise
    except (CostsOne, RuntimeError, KeyboardInterrupt):
        worker.close()
        _mine.worker = None
        raise
