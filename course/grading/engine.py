"""Grading a class: many submissions at once, one writer of marks, and never a submission twice.

The marks of a submission are in the gradebook before its folder appears in autograded/, and the
folder appears whole. So where both are there, with the time of the present submission, it is done;
everything else is graded again, however the last run ended.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import stat
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from course.check import seed
from course.files import write_whole
from course.grading import GradingError, intake
from course.grading.box import Limits
from course.grading.gradebook import Writer, parse_timestamp, read_assignment
from course.grading.own import nbgraders_environment
from course.grading.submission import Assignment, Graded, Submission
from course.grading.worker import Settings, do_in_worker, end_all, ungraded
from course.language import _, speaking

BATCH = 40
BATCH_SECONDS = 2.0
SCHEDULER_SECONDS = 5
NEW = ".being-written-"


class CannotGrade(GradingError):
    """The class cannot be graded at all; the text says why and what to do."""


@dataclass(frozen=True)
class Course:
    """An nbgrader course: its folders and its configuration, from nbgrader_config.py."""

    config: Config
    folders: CourseDirectory

    def folder(self, kind: str, student: str, assignment: str) -> Path:
        """Such as `folder("submitted", "ana", "1-analytics")`."""
        step = getattr(self.folders, f"{kind}_directory")
        return Path(self.folders.format_path(step, student, assignment))

    def students(self, assignment: str, kind: str = "submitted") -> list[str]:
        """Everybody who has a folder of the assignment: has handed it in, or is graded."""
        pattern = self.folder(kind, "*", assignment)
        before, after = str(pattern).split("*")
        found = Path(before).glob(f"*{after}")
        names = (str(path).removeprefix(before).removesuffix(after) for path in found)
        return sorted(name for name in names if not name.startswith("."))


def open_course(folder: Path) -> Course:
    """The course in this folder, configured as `nbgrader` in it would be.

    Raises
    ------
    CannotGrade
    """
    if not (folder / "nbgrader_config.py").exists():
        raise CannotGrade(
            _("{folder} has no nbgrader_config.py: go to the folder of the course.", folder=folder)
        )
    app = NbGrader(raise_config_file_errors=True)
    with contextlib.chdir(folder):
        try:
            app.load_config_file()
        except Exception as problem:  # it is a program of the instructor's
            reason = _("nbgrader_config.py cannot be read: {problem}", problem=repr(problem))
            raise CannotGrade(reason) from problem
        config = app.config
        config.CourseDirectory.setdefault("root", str(folder.resolve()))
        return Course(config, CourseDirectory(config=config))


@dataclass(frozen=True)
class Outcome:
    """What became of a submission. `fingerprint` is that of the folder as it was read, `problem`
    tells why grading itself failed: then there are no marks yet, only the reason.
    """

    student: str
    fingerprint: str
    graded: Graded
    problem: str = ""


@dataclass
class Report:
    """What a run came to: students by what happened to them, with reasons where there are some."""

    graded: list[str] = field(default_factory=list)
    done_before: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Keep others from grading in this course at the same time.

    Raises
    ------
    CannotGrade
    """
    try:
        import fcntl
    except ImportError:  # not on Windows, where nothing is graded in a box either
        yield
        return
    with (root / ".grading.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            reason = _("This course is being graded already ({process}).", process=lock.read())
            raise CannotGrade(reason) from None
        lock.truncate(0)
        began = time.strftime("%H:%M:%S")
        lock.write(_("process {number}, since {time}", number=os.getpid(), time=began))
        lock.flush()
        yield


def autograde(
    course: Course,
    name: str,
    *,
    students: Sequence[str] | None = None,
    force: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    settings: Settings | None = None,
    start: Callable[[int], None] = lambda number: None,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> Report:
    """Grade all submissions of an assignment, or those of some students.

    Parameters
    ----------
    force
        Grade those again that are graded already.
    jobs
        How many submissions at once; as many as there are processors, if not given.
    scheduler
        The address of a Dask scheduler whose workers shall grade, such as tcp://10.0.0.5:8786.
    start, tell
        Called with the number of submissions to grade, then for each as it ends; with the
        reason where it could not be graded.

    Raises
    ------
    CannotGrade, NoBox, GradebookError, OSError
    """
    begun = time.monotonic()
    report = Report()
    settings = settings or settings_of(course)
    with only_one(Path(course.folders.root)):
        assignment = read(course, name)
        chosen = students_chosen(course, name, students)
        with Writer(course.folders.db_url, assignment, course.config) as writer:
            done = {} if force else done_already(course, name, writer, chosen)
            report.done_before = [student for student in chosen if student in done]
            waiting = [student for student in chosen if student not in done]
            start(len(waiting))
            clear_leftovers(course, name, chosen)
            batch, saved = [], time.monotonic()
            with executor_of(jobs, scheduler) as (executor, width):
                for outcome in in_parallel(executor, width, course, assignment, waiting, settings):
                    batch.append(outcome)
                    if len(batch) >= BATCH or time.monotonic() - saved > BATCH_SECONDS:
                        keep(course, writer, batch, report)
                        batch, saved = [], time.monotonic()
                    tell(outcome)
            keep(course, writer, batch, report)
    report.seconds = time.monotonic() - begun
    return report


def instructors_seed() -> str | None:
    """COURSE_SEED, where it is set.

    Raises
    ------
    CannotGrade
        If it is no seed: now, and not in each check.
    """
    try:
        seed()
    except ValueError as problem:
        raise CannotGrade(str(problem)) from problem
    return os.environ.get("COURSE_SEED")


def settings_of(course: Course) -> Settings:
    """What the course's configuration says on grading.

    Raises
    ------
    CannotGrade
    """
    steps = ("IgnorePattern", "ClearMetadataPreprocessor", "LimitOutput", "ClearHiddenTests")
    limits = {"cell_seconds": course.config.Execute.get("timeout") or Limits.cell_seconds}
    limits |= course.config.SandboxedExecute.get("limits", {})
    return Settings(
        limits=Limits(**limits),
        trusted=bool(course.config.SandboxedExecute.get("trusted_submissions")),
        seed=instructors_seed(),
        steps={step: dict(course.config[step]) for step in steps if step in course.config},
    )


def read(course: Course, name: str) -> Assignment:
    """The assignment as the gradebook and the source folder have it.

    Raises
    ------
    NoAssignment, CannotGrade
    """
    folders = course.folders
    try:
        with nbgraders_environment(), Gradebook(folders.db_url, folders.course_id) as gradebook:
            source = course.folder("source", ".", name)
            return read_assignment(gradebook, name, source, folders.ignore)
    except SQLAlchemyError as problem:
        reason = getattr(problem, "orig", problem)
        said = _("The gradebook cannot be read: {reason}", reason=reason)
        raise CannotGrade(said) from problem


def students_chosen(course: Course, name: str, students: Sequence[str] | None) -> list[str]:
    """Those who have handed in; of those named, all must have.

    Raises
    ------
    CannotGrade
    """
    known = course.students(name)
    if students is None:
        if not known:
            where = course.folder("submitted", "STUDENT", name)
            raise CannotGrade(
                _(
                    "There are no submissions of {assignment}: they belong into {folder}.",
                    assignment=name,
                    folder=where,
                )
            )
        return known
    if missing := [student for student in students if student not in known]:
        nobody = ", ".join(missing)
        raise CannotGrade(
            _("No submission of {assignment} from {students}.", assignment=name, students=nobody)
        )
    return list(dict.fromkeys(students))


def done_already(course: Course, name: str, writer: Writer, students: Sequence[str]) -> set[str]:
    """Those whose present submission is in the gradebook and in autograded/."""
    done = set()
    for student, handed_in in writer.done(students).items():
        submitted = course.folder("submitted", student, name)
        record = read_record(course, name, student)
        time_now = parse_timestamp(intake.read_timestamp(submitted, []))
        if (
            course.folder("autograded", student, name).is_dir()
            # Without a time, the gradebook keeps that of an earlier submission.
            and time_now in (None, handed_in)
            and not record.get("failed")
            and record.get("fingerprint") in (None, fingerprint_of_folder(submitted))
        ):
            done.add(student)
    return done


def fingerprint_of_folder(folder: Path) -> str:
    """Changes when a file of the submission does: by names, sizes and times of change."""
    lines = []
    for path in sorted(folder.rglob("*")):
        try:
            about = path.lstat()
        except OSError:
            continue
        if stat.S_ISREG(about.st_mode):
            lines.append(f"{path.relative_to(folder)!s} {about.st_size} {about.st_mtime_ns}")
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:16]


def record_file(course: Course, name: str, student: str) -> Path:
    """Where the engine keeps what it did with a submission: beside the graded folder."""
    graded = course.folder("autograded", student, name)
    return graded.with_name(f".{graded.name}.json")


def read_record(course: Course, name: str, student: str) -> dict:
    """The engine's own record of a submission; empty where nbgrader itself graded it."""
    try:
        return json.loads(record_file(course, name, student).read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def in_parallel(
    executor: Executor,
    width: int,
    course: Course,
    assignment: Assignment,
    students: Sequence[str],
    settings: Settings,
) -> Iterator[Outcome]:
    """Grade the students' submissions, a few at a time; each as it ends.

    Only so many are read into memory as can soon be graded.
    """
    waiting: dict[Future, tuple[str, str]] = {}
    rest, once_more = deque(students), set(students)
    while True:
        while len(waiting) < width and rest:
            student = rest.popleft()
            folder = course.folder("submitted", student, assignment.name)
            fingerprint = fingerprint_of_folder(folder)
            submission = intake.collect(folder, student)
            future = executor.submit(grade_one, assignment, submission, settings)
            waiting[future] = (student, fingerprint)
        if not waiting:
            return
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            about = waiting.pop(future)
            try:
                outcome = Outcome(*about, graded=future.result())
            except GradingError:
                raise
            except CancelledError:
                raise CannotGrade(
                    _(
                        "The connection to the scheduler is lost. What is graded is kept; run it "
                        "again to go on."
                    )
                ) from None
            except Exception as problem:  # a fault of ours stops nobody else's grading
                # Nor need it be this submission's fault: what was graded beside it may have been.
                if about[0] in once_more:
                    once_more.remove(about[0])
                    rest.append(about[0])
                    continue
                outcome = failed(course, assignment, *about, problem)
            yield outcome


def failed(
    course: Course, assignment: Assignment, student: str, fingerprint: str, problem: Exception
) -> Outcome:
    """What is kept of a submission that could not be graded; the next run tries it again."""
    submission = intake.collect(course.folder("submitted", student, assignment.name), student)
    with speaking(intake.language_of_submission(submission)):
        why = _("grading it failed: twice: {problem}", problem=problem)
        return Outcome(student, fingerprint, ungraded(assignment, submission, why), why)


def grade_one(assignment: Assignment, submission: Submission, settings: Settings) -> Graded:
    """Grade a submission in this thread's worker process.

    Raises
    ------
    NoBox, WorkerDied
    """
    # A notebook runs up to twice, and both again where its box breaks.
    seconds = 4 * len(assignment.notebooks) * settings.limits.submission_seconds + 60
    return do_in_worker("grade", assignment, submission, settings, seconds=seconds)


@contextlib.contextmanager
def executor_of(jobs: int | None, scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    """Threads that each own a worker process here, or a Dask cluster; and how many submissions
    may be on their way at once.

    Raises
    ------
    CannotGrade
    """
    if scheduler is None:
        jobs = jobs or os.cpu_count() or 1
        executor = ThreadPoolExecutor(jobs)
        try:
            yield executor, 2 * jobs
        finally:  # where grading is interrupted, nobody waits for those at work
            executor.shutdown(wait=False, cancel_futures=True)
            end_all()
            executor.shutdown()
        return
    try:
        from distributed import Client
    except ImportError:
        reason = _("For --scheduler install the extra: pip install '.[cluster]'")
        raise CannotGrade(reason) from None
    # What becomes of its connection is said in one line below, not also in Dask's tracebacks.
    for logger in ("distributed", "distributed.client"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        client = Client(scheduler, timeout=SCHEDULER_SECONDS)
    except (OSError, ValueError) as problem:
        reason = _(
            "No scheduler answers at {address}: {problem}", address=scheduler, problem=problem
        )
        raise CannotGrade(reason) from None
    with client:
        processors = sum(client.nthreads().values())
        if not processors:
            raise CannotGrade(
                _("The scheduler at {address} has no workers yet: start some.", address=scheduler)
            )
        # Every submission is graded, even where two are the same; a lost worker's go elsewhere.
        yield client.get_executor(pure=False, retries=3), max(2 * processors, 4)


def keep(course: Course, writer: Writer, batch: Sequence[Outcome], report: Report) -> None:
    """Put graded submissions where they belong: files aside, marks, then files in their place."""
    if not batch:
        return
    aside = [write_aside(course, outcome.graded) for outcome in batch]
    unfit = writer.save([outcome.graded for outcome in batch])
    for outcome, folder in zip(batch, aside, strict=True):
        student, graded = outcome.student, outcome.graded
        if student in unfit:
            report.failed[student] = unfit[student]
            shutil.rmtree(folder)
            continue
        put_in_place(course, outcome, folder)
        if outcome.problem:
            report.failed[student] = outcome.problem
            continue
        report.graded.append(student)
        report.cpu_seconds += graded.cpu_seconds
        if reasons := [notebook.reason for notebook in graded.notebooks if notebook.reason]:
            report.refused[student] = " ".join(reasons)
        if graded.notes:
            report.notes[student] = graded.notes


def write_aside(course: Course, graded: Graded) -> Path:
    """The graded folder, under a name that nbgrader does not look at."""
    place = course.folder("autograded", graded.student, graded.assignment)
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{NEW}{place.name}-", dir=place.parent))
    folder.chmod(0o755)
    for name, content in graded.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    for notebook in graded.notebooks:
        (folder / f"{notebook.name}.ipynb").write_text(notebook.text + "\n", "utf-8")
    if graded.timestamp:
        (folder / "timestamp.txt").write_text(graded.timestamp, "utf-8")
    for file in folder.rglob("*"):
        if file.is_file():
            file.chmod(0o444)  # as nbgrader leaves them
    return folder


def put_in_place(course: Course, outcome: Outcome, folder: Path) -> None:
    """Let the graded folder appear, in place of an older one; then the record of it."""
    graded = outcome.graded
    place = course.folder("autograded", graded.student, graded.assignment)
    old = None
    if place.exists():
        old = place.rename(folder.with_name(f"{folder.name}-old"))
    folder.rename(place)
    record = {
        "fingerprint": outcome.fingerprint,
        "notes": graded.notes,
        "refused": {n.name: n.reason for n in graded.notebooks if n.reason},
        "failed": outcome.problem,
        "verdicts": {n.name: n.verdicts for n in graded.notebooks if n.verdicts},
        "seconds": round(graded.seconds, 3),
    }
    text = json.dumps(record, ensure_ascii=False, indent=1)
    write_whole(record_file(course, graded.assignment, graded.student), text.encode())
    if old:
        shutil.rmtree(old)


def clear_leftovers(course: Course, name: str, students: Sequence[str]) -> None:
    """Remove what a run that was killed has left half written."""
    for student in students:
        place = course.folder("autograded", student, name)
        for folder in place.parent.glob(f"{NEW}{place.name}-*"):
            shutil.rmtree(folder)
