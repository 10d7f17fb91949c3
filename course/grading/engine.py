"""Grading a class: many submissions at once, one writer of marks, and never a submission twice.

The marks of a submission are in the gradebook before its folder appears in autograded/, and the
folder appears whole. So where both are there, with the time of the present submission, it is done;
everything else is graded again, however the last run ended.

Whatever goes wrong with one submission, on any step of the way, costs that submission only: it is
named with the reason, and graded again by the next run. Its record beside the graded folder says
`failed` from before its marks are written until all is in its place.
"""

import contextlib
import copy
import errno
import glob
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from nbgrader.api import Gradebook
from nbgrader.apps import NbGrader, NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from course.check import seed
from course.files import write_whole
from course.grading import GradingError, intake
from course.grading.box import Limits
from course.grading.gradebook import (
    NoAssignment,
    Writer,
    parse_timestamp,
    read_assignment,
    unfit_name,
)
from course.grading.own import nbgraders_environment
from course.grading.records import answers_marked, differences, graded_with
from course.grading.submission import Assignment, CostsOne, Graded, Submission, reason, writable
from course.grading.worker import (
    MOST_TIMES,
    SECONDS_BESIDE,
    Settings,
    do_in_worker,
    end_all,
    ungraded,
)
from course.language import _, speaking

log = logging.getLogger(__name__)

BATCH = 40
BATCH_SECONDS = 2.0
SCHEDULER_SECONDS = 5
LOCK_SECONDS = 10  # that a command waits for the one before it
NEW = ".being-written-"
# The machine is at fault, not a submission: the next one would fare no better.
OF_THE_MACHINE = {
    getattr(errno, name, None)
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EIO", "ENOMEM", "EMFILE", "ENFILE", "ESTALE")
}


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
        return sorted(str(path).removeprefix(before).removesuffix(after) for path in found)


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
    tells why grading itself failed: then there are no marks yet, only the reason, and `graded` may
    be None.
    """

    student: str
    fingerprint: str
    graded: Graded | None
    problem: str = ""


@dataclass
class Report:
    """What a run came to: students by what happened to them, with reasons where there are some.

    `now` is with what this run grades; `stale` are those of the class who were graded with another
    key, seed or version, and with which. `refused` are also those of earlier runs who still wait.
    """

    graded: list[str] = field(default_factory=list)
    done_before: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    now: dict[str, str] = field(default_factory=dict)
    stale: dict[str, list[str]] = field(default_factory=dict)
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
        give_up, told = time.monotonic() + LOCK_SECONDS, False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                lock.seek(0)
                who = lock.read()
            if time.monotonic() > give_up:
                reason = _("This course is being graded already ({process}).", process=who)
                raise CannotGrade(reason)
            if not told:
                log.warning(
                    _("Waiting for another grading of this course ({process}) …", process=who)
                )
                told = True
            time.sleep(0.2)
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
    changed: bool = False,
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
    changed
        Grade those again that were graded with another key, seed or version of the course.
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
        report.now = graded_with(assignment, settings.seed)
        report.failed = {student: why for student in chosen if (why := unfit_name(student))}
        chosen = [student for student in chosen if student not in report.failed]
        with Writer(course.folders.db_url, assignment, course.config) as writer:
            done = set() if force else done_already(course, name, writer, chosen)
            if changed:
                done -= stale(course, name, report.now, done).keys()
            report.done_before = [student for student in chosen if student in done]
            waiting = [student for student in chosen if student not in done]
            start(len(waiting))
            batch, saved = [], time.monotonic()
            with executor_of(jobs, scheduler) as (executor, width):
                for outcome in in_parallel(executor, width, course, assignment, waiting, settings):
                    batch.append(outcome)
                    if len(batch) >= BATCH or time.monotonic() - saved > BATCH_SECONDS:
                        keep(course, writer, batch, report)
                        batch, saved = [], time.monotonic()
                    tell(outcome)
            keep(course, writer, batch, report)
            report.refused |= refused_before(course, name, writer, report.done_before)
        report.stale = stale(course, name, report.now, course.students(name, "autograded"))
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
    try:
        with nbgraders_environment():
            with contextlib.suppress(NoAssignment):
                return in_gradebook(course, name)
            register(course, name)
            return in_gradebook(course, name)
    except SQLAlchemyError as problem:
        reason = getattr(problem, "orig", problem)
        said = _("The gradebook cannot be read: {reason}", reason=reason)
        raise CannotGrade(said) from problem


def in_gradebook(course: Course, name: str) -> Assignment:
    """What the gradebook knows of the assignment, or `NoAssignment`."""
    folders = course.folders
    with Gradebook(folders.db_url, folders.course_id) as gradebook:
        return read_assignment(gradebook, name, course.folder("source", ".", name), folders.ignore)


def register(course: Course, name: str) -> None:
    """Put the assignment's cells into the gradebook, as `nbgrader generate_assignment` does: who
    has the released notebooks, as they come with the course, has no other need of that command.

    Raises
    ------
    NoAssignment, CannotGrade
    """
    if not any(course.folder("source", ".", name).glob("*.ipynb")):
        raise NoAssignment(name)
    with tempfile.TemporaryDirectory(prefix="course-release-") as aside:
        config = copy.deepcopy(course.config)
        config.CourseDirectory.release_directory = aside
        api = NbGraderAPI(CourseDirectory(config=config), config=config)
        done = api.generate_assignment(name)
    if not done["success"]:
        log = str(done.get("error") or done.get("log")).strip()
        raise CannotGrade(
            _(
                "source/{assignment} cannot be taken into the gradebook:\n{log}",
                assignment=name,
                log=log,
            )
        )


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
        with contextlib.suppress(Exception):  # it cannot be told: it is graded, and then that is
            if is_done(course, name, student, handed_in):
                done.add(student)
    return done


def is_done(course: Course, name: str, student: str, handed_in: datetime | None) -> bool:
    """Whether what the gradebook has, handed in then, is all there and of the present folder."""
    submitted = course.folder("submitted", student, name)
    record = read_record(course, name, student)
    time_now = parse_timestamp(intake.read_timestamp(submitted, []))
    return (
        course.folder("autograded", student, name).is_dir()
        # Without a time, the gradebook keeps that of an earlier submission.
        and time_now in (None, handed_in)
        and not record.get("failed")
        and record.get("fingerprint") in (None, fingerprint_of_folder(submitted))
    )


def fingerprint_of_folder(folder: Path) -> str:
    """Changes when a file that is read of the submission does: by names, sizes, times of change."""
    lines = []
    for path in sorted(map(PurePosixPath, intake.plain_files(folder, []))):
        with contextlib.suppress(OSError):
            about = (folder / path).lstat()
            lines.append(f"{path} {about.st_size} {about.st_mtime_ns}")
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


def put_record(course: Course, name: str, student: str, record: dict) -> None:
    """Keep the record of a submission."""
    text = json.dumps(record, ensure_ascii=False, indent=1)
    write_whole(record_file(course, name, student), text.encode("utf-8", "replace"))


def stale(
    course: Course, name: str, now: dict[str, str], students: Iterable[str]
) -> dict[str, list[str]]:
    """Those of the students who were graded with something else than now, and with what."""
    found = ((s, differences(read_record(course, name, s), now)) for s in students)
    return {student: what for student, what in found if what}


def refused_before(
    course: Course, name: str, writer: Writer, students: Iterable[str]
) -> dict[str, str]:
    """Those of the students whose submission an earlier run refused, until a person has looked."""
    waiting = writer.waiting()
    records = ((s, read_record(course, name, s).get("refused")) for s in students if s in waiting)
    return {student: " ".join(why.values()) for student, why in records if why}


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
            try:
                fingerprint, submission = handed_in(course, assignment, student)
            except Exception as problem:
                of_the_run(problem)
                yield failed(course, assignment, student, "", problem)
                continue
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


def handed_in(course: Course, assignment: Assignment, student: str) -> tuple[str, Submission]:
    """A submission, with the fingerprint of its folder from before it was read."""
    folder = course.folder("submitted", student, assignment.name)
    clear_leftovers(course.folder("autograded", student, assignment.name))
    return fingerprint_of_folder(folder), intake.collect(folder, student)


def of_the_run(problem: Exception) -> None:
    """Raise it again where no submission is at fault: a full disk, a gradebook that is away."""
    if isinstance(problem, GradingError):
        raise problem
    if isinstance(problem, OSError) and problem.errno in OF_THE_MACHINE:
        raise problem


def failed(
    course: Course, assignment: Assignment, student: str, fingerprint: str, problem: Exception
) -> Outcome:
    """What is kept of a submission that could not be graded; the next run tries it again."""
    why = _("grading it failed: {problem}", problem=reason(problem))
    try:
        submission = intake.collect(course.folder("submitted", student, assignment.name), student)
        with speaking(intake.language_of_submission(submission)):
            # The reason is for the instructor: it may tell what a check asked.
            said = _("The program cannot grade this; a person will look at it.")
            return Outcome(student, fingerprint, ungraded(assignment, submission, said), why)
    except Exception:  # then only the reason
        return Outcome(student, fingerprint, None, why)


def grade_one(assignment: Assignment, submission: Submission, settings: Settings) -> Graded:
    """Grade a submission in this thread's worker process.

    Raises
    ------
    NoBox, WorkerDied
    """
    most = MOST_TIMES * settings.limits.submission_seconds + SECONDS_BESIDE
    seconds = len(assignment.notebooks) * most
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
    aside: dict[str, tuple[Outcome, Path]] = {}
    before = {}
    for outcome in batch:
        with costs_only(outcome, report):
            if outcome.graded is None:
                raise CostsOne(outcome.problem)
            unfinished = _("it was not finished")
            # Until its marks are written, a person's mark is of the answers before these.
            old = read_record(course, outcome.graded.assignment, outcome.student)
            kept = {name: old[name] for name in ("with", "answers") if name in old}
            before[outcome.student] = kept.get("answers", {})
            write_record(course, outcome, unfinished, kept)
            aside[outcome.student] = outcome, write_aside(course, outcome.graded)
    unfit = writer.save([outcome.graded for outcome, _folder in aside.values()], before)
    for student, (outcome, folder) in aside.items():
        with costs_only(outcome, report):
            try:
                if student in unfit:
                    raise CostsOne(_("its marks could not be written: {why}", why=unfit[student]))
                put_in_place(course, outcome.graded, folder)
                texts = {n.name: n.text for n in outcome.graded.notebooks}
                answers = {name: answers_marked(text) for name, text in texts.items()}
                new = {"with": report.now, "answers": answers}
                write_record(course, outcome, outcome.problem, new)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            told_in(report, outcome)


@contextlib.contextmanager
def costs_only(outcome: Outcome, report: Report) -> Iterator[None]:
    """What goes wrong in the block is this submission's failure, unless it is the whole run's."""
    try:
        yield
    except CostsOne as problem:
        report.failed[outcome.student] = reason(problem)
    except Exception as problem:
        of_the_run(problem)
        report.failed[outcome.student] = outcome.problem or _(
            "its files could not be written: {why}", why=reason(problem)
        )


def told_in(report: Report, outcome: Outcome) -> None:
    """Say in the report what became of a submission that is in its place."""
    student, graded = outcome.student, outcome.graded
    if outcome.problem:
        report.failed[student] = outcome.problem
        return
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


def put_in_place(course: Course, graded: Graded, folder: Path) -> None:
    """Let the graded folder appear, in place of an older one."""
    place = course.folder("autograded", graded.student, graded.assignment)
    if place.exists():
        old = place.rename(folder.with_name(f"{folder.name}-old"))
        folder.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    else:
        folder.rename(place)


def write_record(course: Course, outcome: Outcome, why_failed: str, about: dict) -> None:
    """Keep beside the graded folder what became of a submission, and `about` its marks with what
    they were given, and for which answers.
    """
    graded = outcome.graded
    record = {
        "fingerprint": outcome.fingerprint,
        "notes": graded.notes,
        "refused": {n.name: n.reason for n in graded.notebooks if n.reason},
        "failed": writable(why_failed),
        "verdicts": {n.name: n.verdicts for n in graded.notebooks if n.verdicts},
        **about,
        "seconds": round(graded.seconds, 3),
    }
    put_record(course, graded.assignment, graded.student, record)


def clear_leftovers(place: Path) -> None:
    """Remove what a run that was killed has left half written of a graded folder."""
    for folder in place.parent.glob(f"{NEW}{glob.escape(place.name)}-*"):
        shutil.rmtree(folder, ignore_errors=True)
