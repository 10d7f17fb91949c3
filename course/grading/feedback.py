"""Feedback pages of a whole class, by nbgrader's own converter in several processes."""

import contextlib
import functools
import gc
import glob
import logging
import math
import multiprocessing
import os
import re
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook
from nbgrader.apps.generatefeedbackapp import GenerateFeedbackApp
from nbgrader.converters import GenerateFeedback, NbGraderException
from nbgrader.preprocessors import getgrades
from sqlalchemy.exc import SAWarning

from course.language import _

# nbgrader takes as long to import as these take.
STUDENTS_A_PROCESS = 8

Progress = Callable[[str, str | None], None]


@dataclass
class Report:
    """What became of each student's pages; `failed` tells the reason."""

    made: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


class KeptGradebook(Gradebook):
    """A gradebook that stays connected; closing it ends what was read, so nothing is read stale."""

    def close(self) -> None:
        """Give the connection back."""
        self.db.remove()


class Pages(GenerateFeedback):
    """nbgrader's converter, made ready once and then used for one student after the other."""

    def make_ready(self) -> None:
        """What `start` does before it converts."""
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)
        for preprocessor in self.preprocessors:
            self.exporter.register_preprocessor(preprocessor)

    def students(self) -> list[str]:
        """Everybody who has an autograded notebook of the assignment."""
        self.init_notebooks()
        pattern = self._format_source("(?P<assignment>.*)", "(?P<student>.*)", escape=True)
        return sorted(re.match(pattern, folder)["student"] for folder in self.assignments)

    def make(self, student: str) -> bool:
        """Make the student's pages; False where nbgrader finds that they are made already."""
        self.coursedir.student_id = student
        folder = self._format_source(self.coursedir.assignment_id, student)
        pattern = os.path.join(glob.escape(folder), f"{self.coursedir.notebook_id}.ipynb")
        self.assignments = {folder: glob.glob(pattern)}
        if not self.assignments[folder]:
            raise NbGraderException(
                _("There is no autograded notebook in {folder}.", folder=folder)
            )
        self.wanted = False
        self.convert_notebooks()
        return self.wanted

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Whether the pages are wanted, by nbgrader's rule."""
        self.wanted = super().init_destination(assignment_id, student_id)
        return self.wanted


class Errors(logging.Handler):
    """Keeps what nbgrader logs as errors; it does not tell them in any other way."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text."""
        self.texts.append(record.getMessage())

    def reason(self, problem: Exception) -> str:
        """The last line of the first traceback, or what the exception itself says."""
        raised = [text for text in self.texts if text.startswith("Traceback")]
        return raised[0].strip().splitlines()[-1] if raised else str(problem)


def generate(
    root: Path,
    assignment: str,
    students: Iterable[str] | None = None,
    *,
    force: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Make the feedback pages of a class, the same as `nbgrader generate_feedback` makes them.

    Pages go to feedback/<student>/<assignment>/<notebook>.html. A student who has them already is
    skipped, unless the submission is newer than they are.

    Parameters
    ----------
    root
        The course folder: nbgrader is configured as it is when its commands are run there.
    assignment
        Such as "1-analytics".
    students
        Only these; by default all who have been autograded.
    force
        Make the pages anew, even where there are some.
    jobs
        How many processes; by default one for each core that this process may use.
    progress
        Called after each student with the name and the reason of a failure, or None.

    Raises
    ------
    NbGraderException
        If there is no autograded submission of this assignment at all.
    """
    app = nbgraders_app(root, assignment)
    with contextlib.chdir(app.coursedir.root):
        if students is None:
            students = Pages(coursedir=app.coursedir, parent=app).students()
        # nbgrader adds a row where it opens a gradebook: here, not in many processes at once.
        Gradebook(app.coursedir.db_url).close()
    report = Report()
    left = sorted(set(students))
    jobs = min(jobs or cores(), math.ceil(len(left) / STUDENTS_A_PROCESS))
    left = in_processes(root, assignment, left, force, jobs, report, progress)
    # A process that died took its neighbours' pages along: now one student at a time.
    for student in left:
        if in_processes(root, assignment, [student], True, 1, report, progress):
            tell(report, progress, student, None, _("The process that made the pages died."))
    return report


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(
    root: Path,
    assignment: str,
    students: list[str],
    force: bool,
    jobs: int,
    report: Report,
    progress: Progress | None,
) -> list[str]:
    """Make the pages and report on each student; gives those of whom nothing was heard."""
    left = set(students)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(jobs, 1), context, prepare, (root, assignment, force)) as pool:
        try:
            waiting = {pool.submit(make, student): student for student in students}
            for done in as_completed(waiting):
                made, problem = done.result()
                left.remove(waiting[done])
                tell(report, progress, waiting[done], made, problem)
        except BrokenProcessPool:
            pass
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return sorted(left)


def tell(
    report: Report, progress: Progress | None, student: str, made: bool | None, problem: str | None
) -> None:
    """Write one student into the report, and say so."""
    if problem:
        report.failed[student] = problem
    else:
        (report.made if made else report.skipped).append(student)
    if progress:
        progress(student, problem)


def nbgraders_app(root: Path, assignment: str) -> GenerateFeedbackApp:
    """nbgrader's command with its configuration loaded as when it is run in the course folder.

    The command itself goes on without a configuration that it cannot load: then pages would not be
    harmless, so here that is an error.
    """
    with contextlib.chdir(root):
        app = GenerateFeedbackApp(raise_config_file_errors=True)
        app.initialize([])
    app.coursedir.assignment_id = assignment
    return app


# --- In the worker processes ---------------------------------------------------------------------

_pages: Pages
_errors: Errors


def prepare(root: Path, assignment: str, force: bool) -> None:
    """Make a converter ready."""
    global _pages, _errors
    app = nbgraders_app(root, assignment)
    _errors = Errors()
    app.log.handlers = [_errors]
    app.log.propagate = False
    # nbgrader's own use of SQLAlchemy, nothing that an instructor could change.
    warnings.simplefilter("ignore", SAWarning)
    getgrades.Gradebook = functools.cache(KeptGradebook)
    _pages = Pages(coursedir=app.coursedir, parent=app)
    _pages.force = force
    _pages.make_ready()
    os.chdir(app.coursedir.root)
    # Each page leaves a tree of many thousands of objects behind. Looking through all that was
    # imported to find it costs more than the page: `make` collects it when the page is written.
    gc.collect()
    gc.freeze()
    gc.disable()


def make(student: str) -> tuple[bool, str | None]:
    """Make the pages of one student: whether any were wanted, and the reason of a failure."""
    _errors.texts.clear()
    try:
        return _pages.make(student), None
    except Exception as problem:  # whatever it is, the others get their pages
        return False, _errors.reason(problem)
    finally:
        gc.collect()
