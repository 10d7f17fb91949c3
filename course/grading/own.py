"""A learner's own mark: nbgrader with all cases, in a course folder that lives for a minute."""

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from course import notebooks
from course.exercise import Task, Writing
from course.exercises import TASKS, WRITINGS
from course.grading.harmless import FILTERS, PREPROCESSORS
from course.grading.intake import SubmittedNotebook
from course.grading.languages import PAGES, TRANSLATED, FeedbackPage
from course.language import _, of_notebook
from course.saved import answer_cell
from course.workspace import WorkspaceError, not_there

LEARNER = "me"


class NotGraded(WorkspaceError):
    """nbgrader could not grade; the text says why."""


@dataclass(frozen=True)
class Mark:
    """The points of one graded cell; `points` is None where a person has to read the answer."""

    cell: str
    points: float | None
    out_of: float
    by_hand: bool


def grade(assignment: str, workspace: Path) -> list[Mark]:
    """The marks of the learner's notebook, in its order; the feedback page is put beside it.

    The learner's own code runs with the learner's own rights: no sandbox is needed for that.

    Raises
    ------
    BrokenNotebook, NotGraded
    """
    answers = workspace / assignment / f"{assignment}.ipynb"
    if not answers.exists():
        raise NotGraded(not_there(answers))
    handed_in = notebooks.read(answers)
    with warnings.catch_warnings(), nbgrader_course(assignment) as api:
        # nbgrader's own use of SQLAlchemy, nothing that a learner could change.
        warnings.simplefilter("ignore", SAWarning)
        submitted = Path(api.coursedir.root) / "submitted" / LEARNER / assignment
        os.environ["COURSE_LANG"] = of_notebook(handed_in)  # for the checks, in the kernel
        submitted.mkdir(parents=True)
        shutil.copy(answers, submitted)
        for step in (api.autograde, api.generate_feedback):
            done = step(assignment, LEARNER)
            if not done["success"]:
                raise NotGraded(reason(answers, done.get("log") or done.get("error") or ""))
        page = Path(api.coursedir.root, "feedback", LEARNER, assignment, f"{assignment}.html")
        shutil.copy(page, answers.with_name("feedback.html"))
        with api.gradebook as gradebook:
            graded = gradebook.find_submission_notebook(assignment, assignment, LEARNER)
            # What a learner writes and has points of its own, is graded by a person.
            by_hand = {cell.name for cell in graded.notebook.solution_cells}
            by_cell = {
                grade.name: Mark(
                    grade.name,
                    grade.auto_score,
                    grade.max_score_gradecell,
                    grade.name in by_hand,
                )
                for grade in graded.grades
            }
    order = [cell.id for cell in handed_in.cells]
    return sorted(
        by_cell.values(), key=lambda m: order.index(m.cell) if m.cell in order else len(order)
    )


def read_by_a_person(assignment: str) -> dict[str, Task | Writing]:
    """The texts of an assignment that a person reads, by the names of their cells."""
    texts = [*WRITINGS.values(), *TASKS.values()]
    module = assignment.split("-")[0]
    return {answer_cell(text): text for text in texts if text.id.split(".")[0] == module}


def reason(answers: Path, log: str) -> str:
    """Why nbgrader stopped, in a sentence."""
    if "DeadKernel" in log or "Kernel died" in log:
        return _(
            "A cell of {path} ends Python itself: it calls for an exit, or takes all the "
            "memory. Run the cells one by one to find it; nothing was changed.",
            path=answers,
        )
    last = [line for line in log.splitlines() if line.strip()][-12:]
    return "\n".join([_("nbgrader could not grade {path}:", path=answers), *last])


@contextmanager
def nbgraders_environment() -> Iterator[None]:
    """nbgrader starts `alembic` from PATH and makes half a gradebook where it is not found; and
    where it fails, it leaves NBGRADER_EXECUTION set, so that later checks would take themselves
    for its own.
    """
    before = dict(os.environ)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before["PATH"]])
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def nbgrader_course(assignment: str) -> Iterator[NbGraderAPI]:
    """A throw-away nbgrader course that knows the assignment from its released version."""
    with tempfile.TemporaryDirectory(prefix="course-grade-") as root, nbgraders_environment():
        config = Config()
        config.CourseDirectory.root = root
        config.CourseDirectory.course_id = "self"
        config.Exchange.root = root
        config.Execute.extra_arguments = [
            "--HistoryManager.hist_file=:memory:",
            "--log-level=ERROR",  # no word on the encryption of a connection inside one machine
        ]
        # The released notebook is complete: nothing has to be cleared, only saved.
        config.GenerateAssignment.preprocessors = [SaveCells]
        config.Autograde.exporter_class = SubmittedNotebook
        config.HTMLExporter.filters = FILTERS
        config.HTMLExporter.preprocessors = [*PREPROCESSORS, TRANSLATED]
        config.GenerateFeedback.exporter_class = FeedbackPage
        config.GenerateFeedback.preprocessors = PAGES
        shutil.copytree(notebooks.release_folder() / assignment, Path(root, "source", assignment))
        api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
        done = api.generate_assignment(assignment)
        if not done["success"]:
            raise NotGraded(done.get("error") or done.get("log"))
        yield api
