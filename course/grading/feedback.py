"""Feedback pages of a whole class, by nbgrader's own converter in several processes."""

import contextlib
import functools
import gc
import glob
import importlib.metadata
import json
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

from course.files import write_whole
from course.grading.gradebook import shown_on_pages
from course.grading.records import fingerprint
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

    def make(self, student: str, force: bool) -> bool:
        """Make the student's pages; False where nbgrader finds that they are made already."""
        self.coursedir.student_id, self.force = student, force
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
    skipped, unless what they show has changed: the graded notebook, a mark, a comment, a penalty.

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
        with Gradebook(app.coursedir.db_url) as gradebook:
            marks = shown_on_pages(gradebook, assignment)
    report = Report()
    shown = {student: what_is_shown(app, student, marks) for student in sorted(set(students))}
    stale = {student: force or shown_before(app, student) != now for student, now in shown.items()}
    jobs = min(jobs or cores(), math.ceil(len(shown) / STUDENTS_A_PROCESS))
    left = in_processes(root, assignment, shown, stale, jobs, report, progress)
    # A process that died took its neighbours' pages along: now one student at a time.
    for student in left:
        one = {student: shown[student]}
        if in_processes(root, assignment, one, {student: True}, 1, report, progress):
            tell(report, progress, student, None, _("The process that made the pages died."))
    return report


def what_is_shown(app: GenerateFeedbackApp, student: str, marks: dict[str, str]) -> str:
    """Changes when the student's pages are to be made again."""
    folder = folder_of(app, app.coursedir.autograded_directory, student)
    notebooks = sorted(folder.glob("*.ipynb"))
    files = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in notebooks]
    version = importlib.metadata.version("internet-marketer")
    return fingerprint(version, marks.get(student, ""), repr(files))


def shown_before(app: GenerateFeedbackApp, student: str) -> str | None:
    """The same of the pages that are there; None where they are not ours, or have none."""
    try:
        return json.loads(record_file(app, student).read_text("utf-8"))["shown"]
    except (OSError, ValueError, KeyError):
        return None


def record_file(app: GenerateFeedbackApp, student: str) -> Path:
    """What is kept beside the student's pages."""
    folder = folder_of(app, app.coursedir.feedback_directory, student)
    return folder.with_name(f".{folder.name}.json")


def folder_of(app: GenerateFeedbackApp, kind: str, student: str) -> Path:
    """A folder of the student's, of the assignment whose pages are made."""
    return Path(app.coursedir.format_path(kind, student, app.coursedir.assignment_id))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_processes(
    root: Path,
    assignment: str,
    shown: dict[str, str],
    stale: dict[str, bool],
    jobs: int,
    report: Report,
    progress: Progress | None,
) -> list[str]:
    """Make the pages and report on each student; gives those of whom nothing was heard.

    `shown` is what the pages show, by student, and `stale` whether those that are there are old.
    """
    left = set(shown)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(jobs, 1), context, prepare, (root, assignment)) as pool:
        try:
            waiting = {
                pool.submit(make, student, shown[student], stale[student]): student
                for student in shown
            }
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

_app: GenerateFeedbackApp
_pages: Pages
_errors: Errors


def prepare(root: Path, assignment: str) -> None:
    """Make a converter ready."""
    global _app, _pages, _errors
    app = _app = nbgraders_app(root, assignment)
    _errors = Errors()
    app.log.handlers = [_errors]
    app.log.propagate = False
    # nbgrader's own use of SQLAlchemy, nothing that an instructor could change.
    warnings.simplefilter("ignore", SAWarning)
    getgrades.Gradebook = functools.cache(KeptGradebook)
    _pages = Pages(coursedir=app.coursedir, parent=app)
    _pages.make_ready()
    os.chdir(app.coursedir.root)
    # Each page leaves a tree of many thousands of objects behind. Looking through all that was
    # imported to find it costs more than the page: `make` collects it when the page is written.
    gc.collect()
    gc.freeze()
    gc.disable()


def make(student: str, shown: str, stale: bool) -> tuple[bool, str | None]:
    """Make the pages of one student: whether any were wanted, and the reason of a failure."""
    _errors.texts.clear()
    try:
        made = _pages.make(student, stale)
        if made:
            write_whole(record_file(_app, student), json.dumps({"shown": shown}).encode())
        return made, None
    except Exception as problem:  # whatever it is, the others get their pages
        return False, _errors.reason(problem)
    finally:
        gc.collect()
