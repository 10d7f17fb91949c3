"""What grading reads from nbgrader's gradebook, and the one writer of its rows.

The rows are those that `nbgrader autograde` would have written, so that Formgrader,
`nbgrader generate_feedback` and `nbgrader export` go on unchanged. SQLAlchemy speaks to SQLite and
PostgreSQL alike; a batch is one transaction with a few statements, however many students it has.
"""

import json
import logging
import re
import sqlite3
import time
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar

import dateutil.parser
import dateutil.tz
from nbformat import NotebookNode
from nbgrader import api, utils
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import create_engine, func, insert, or_, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, load_only, sessionmaker
from traitlets.config import Config

from course import notebooks
from course.cells import grade_id
from course.grading import GradingError
from course.grading.helpers import answers_in, locked_cells, own_cells
from course.grading.records import answers_marked, fingerprint
from course.grading.submission import (
    Assignment,
    CostsOne,
    Graded,
    GradedNotebook,
    SourceCell,
    SourceNotebook,
    reason,
    writable,
)
from course.language import _

log = logging.getLogger(__name__)

# PostgreSQL's classes of errors that pass: connection, rolled back by a rival, stopped by hand.
PASSING = ("08", "40", "57")
UNIQUE_VIOLATION = "23505"  # somebody else has just made the row: the next try finds it
OF_A_ROW = (DataError, IntegrityError)  # what was to be written, not the gradebook, is at fault
LONGEST_PAUSE = 5.0  # seconds between two tries
LONGEST_TIMESTAMP = 100  # characters
DAYS = (datetime(2000, 1, 1), datetime(2001, 2, 2))
OFFSET = re.compile(r"(:\d\d(?:\.\d+)?) *([+-]\d\d):?(\d\d)?$")
LONGEST_NAME = api.Student.id.type.length  # characters; PostgreSQL takes no longer one

BREAKS = ("Cc", "Zl", "Zp")  # nbgrader finds no student whose name has one

Answer = TypeVar("Answer")
Answers = Mapping[str, Mapping[str, str]]  # by notebook and cell: an answer's fingerprint


class GradebookError(GradingError):
    """The gradebook could not be written; nothing of the batch is in it."""


class NoAssignment(GradebookError):
    """The gradebook does not know the assignment, or no notebook of it."""

    def __init__(self, assignment: str) -> None:
        super().__init__(
            _(
                "There is no assignment {assignment}: neither the gradebook nor "
                "source/{assignment} has notebooks of it.",
                assignment=assignment,
            )
        )


def source_notebook(gradebook: api.Gradebook, assignment: str, notebook: str) -> SourceNotebook:
    """A notebook as the gradebook has it, its cells in the gradebook's order.

    Raises
    ------
    NoAssignment
    """
    try:
        found = gradebook.find_notebook(notebook, assignment)
    except api.MissingEntry as missing:
        raise NoAssignment(assignment) from missing
    points = {cell.name: cell.max_score for cell in [*found.grade_cells, *found.task_cells]}
    grades = {cell.name for cell in found.grade_cells}
    solutions = {cell.name for cell in found.solution_cells}
    tasks = {cell.name for cell in found.task_cells}
    cells = {
        cell.name: SourceCell(
            name=cell.name,
            cell_type=cell.cell_type,
            source=cell.source or "",
            checksum=cell.checksum or "",
            locked=cell.locked,
            grade=cell.name in grades,
            solution=cell.name in solutions,
            task=cell.name in tasks,
            points=points.get(cell.name),
        )
        for cell in found.source_cells
    }
    return SourceNotebook(notebook, json.loads(found.kernelspec or "{}"), cells)


def read_assignment(
    gradebook: api.Gradebook, assignment: str, source_folder: Path, ignore: Iterable[str] = ()
) -> Assignment:
    """All that grading has to know of an assignment.

    `source_folder` is the folder of this assignment, source/<assignment>. Its files are those that
    nbgrader's autograde lays over a submission's; `ignore` is `CourseDirectory.ignore`.

    Raises
    ------
    NoAssignment
    """
    try:
        names = [notebook.name for notebook in gradebook.find_assignment(assignment).notebooks]
    except api.MissingEntry as missing:
        raise NoAssignment(assignment) from missing
    if not names:
        raise NoAssignment(assignment)
    return Assignment(
        name=assignment,
        notebooks={
            name: in_order(
                source_notebook(gradebook, assignment, name), source_folder / f"{name}.ipynb"
            )
            for name in names
        },
        files=files_of(source_folder, ignore),
    )


def in_order(notebook: SourceNotebook, file: Path) -> SourceNotebook:
    """The notebook with its cells in the order of the file, and with the instructor's other cells.

    Where the file cannot be read, these are the locked ones that the gradebook has.
    """
    try:
        return as_written(notebook, notebooks.read(file))
    except (OSError, notebooks.BrokenNotebook):
        own = locked_cells(notebook.cells.values())
        return replace(notebook, own=own, asked_for=answers_in(stubs_of(notebook), own))


def as_written(notebook: SourceNotebook, instructors: NotebookNode) -> SourceNotebook:
    """The notebook with what only the instructor's version of it tells."""
    names = [grade_id(cell) for cell in instructors.cells]
    first = {name: notebook.cells[name] for name in names if name in notebook.cells}
    answers = [
        cell.source
        for cell in instructors.cells
        if cell.cell_type == "code" and utils.is_solution(cell)
    ]
    own = own_cells(instructors)
    asked_for = answers_in([*stubs_of(notebook), *answers], own)
    return replace(notebook, cells=first | notebook.cells, own=own, asked_for=asked_for, whole=True)


def stubs_of(notebook: SourceNotebook) -> list[str]:
    """What students find in the code cells that they write their answers into."""
    return [c.source for c in notebook.cells.values() if c.solution and c.cell_type == "code"]


def files_of(source_folder: Path, ignore: Iterable[str] = ()) -> dict[str, bytes]:
    """The instructor's files beside the notebooks of an assignment, by their path in its folder."""
    files = utils.find_all_files(str(source_folder), [*ignore, "*.ipynb"])
    return {
        Path(file).relative_to(source_folder).as_posix(): Path(file).read_bytes()
        for file in sorted(files)
    }


def parse_timestamp(text: str | None) -> datetime | None:
    """The time (UTC, without a zone) in the text of timestamp.txt, as nbgrader reads it.

    None where there is none, or none that can be read.
    """
    text = (text or "").strip()
    if not text:
        return None
    try:
        if len(text) > LONGEST_TIMESTAMP:
            raise ValueError(f"longer than {LONGEST_TIMESTAMP} characters")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dateutil quotes the text, and guesses on
            # What is missing would be that of today: another time in every run.
            words = text.split(" ")
            day = " ".join(words[:2]) if len(words) == 3 else text  # the third one is the zone
            if len({dateutil.parser.parse(day, default=other).date() for other in DAYS}) > 1:
                raise ValueError("it says no day")
            return in_utc(text)
    except Exception as problem:  # a student may have written anything, and dateutil raises any
        log.warning("No time can be read in a timestamp.txt: %.200a", problem)
        return None


def in_utc(text: str) -> datetime:
    """A time as nbgrader's `parse_utc` reads it, which takes the "+04" of a zone without a name for
    seconds, an afternoon for a morning, and a zone that it does not know for UTC.

    >>> in_utc("2026-02-01 10:00:00.000000 +04")
    datetime.datetime(2026, 2, 1, 6, 0)
    """
    last_word = text.split(" ")[-1]
    if last_word.upper() in ("AM", "PM"):
        return utils.parse_utc(dateutil.parser.parse(text))
    if last_word.isalpha() and dateutil.tz.gettz(last_word) is None:
        raise ValueError(f"the time zone {last_word} is not known")
    return utils.parse_utc(
        OFFSET.sub(lambda found: f"{found[1]}{found[2]}:{found[3] or '00'}", text)
    )


@dataclass(frozen=True)
class Cells:
    """The rows of a notebook's cells in the gradebook: ids by the names of the cells.

    `comments` are the cells that carry a comment, in the order of the notebook.
    """

    notebook_id: str
    grades: dict[str, str]
    tasks: dict[str, str]
    comments: dict[str, str]

    def marked(self) -> list[str]:
        """The ids of the cells that get points, from the grader or from a person."""
        return [*self.grades.values(), *self.tasks.values()]


@dataclass(frozen=True)
class Entry:
    """A notebook of a submission on its way into its row; `graded` is None where it is missing.

    `before` are the fingerprints of the answers that were graded before, by the names of the cells.
    """

    cells: Cells
    graded: GradedNotebook | None
    submission: api.SubmittedAssignment
    row: api.SubmittedNotebook
    before: Mapping[str, str]

    def points(self) -> dict[str, tuple[float | None, bool]]:
        """By cell id: the points, and whether a person has to look at them."""
        if self.graded is None:
            return dict.fromkeys(self.cells.marked(), (0.0, False))
        if self.graded.refused is not None:
            return dict.fromkeys(self.cells.marked(), (0.0, True))
        points = self.graded.points
        return {
            id: (points[name], points[name] is None)
            for name, id in self.cells.grades.items()
            if name in points
        } | dict.fromkeys(self.cells.tasks.values(), (None, True))

    def same_answers(self) -> set[str]:
        """The ids of the cells whose answer is the one that was graded before."""
        if self.graded is None or self.graded.refused is not None or not self.before:
            return set()
        same = answers_marked(self.graded.text).items() & self.before.items()
        return {self.cells.grades[name] for name, _answer in same if name in self.cells.grades}

    def comments(self) -> dict[str, str | None]:
        """By cell id: the grader's comment. The first cell tells why a person has to look."""
        if self.graded is None:
            return {}
        ids = self.cells.comments
        first = list(ids.values())[:1]
        if self.graded.refused is not None:
            return dict.fromkeys(ids.values()) | dict.fromkeys(first, self.graded.refused)
        comments = self.graded.comments
        said = {id: comments[name] for name, id in ids.items() if name in comments}
        # Students read it: the reason, which may tell what a check asked, is in the record.
        waits = _("The program cannot grade all of this; a person will look at it.")
        return said | dict.fromkeys(first if self.graded.not_graded else (), waits)


class Writer:
    """Writes graded submissions of one assignment into the gradebook.

    A locked gradebook or a database that is away is waited for, `patience` seconds a batch.
    `config` is nbgrader's configuration: it names the instructor's plugin for late submissions.

    Raises
    ------
    NoAssignment, GradebookError
    """

    def __init__(
        self,
        db_url: str,
        assignment: Assignment,
        config: Config | None = None,
        patience: float = 120.0,
    ) -> None:
        self.assignment = assignment
        self.patience = patience
        self.late = AssignLatePenalties(config=config or Config())
        self.late.init_plugin()
        # A connection that died with its server is replaced before it is used.
        self.engine = create_engine(db_url, pool_pre_ping=True)
        self.sessions = sessionmaker(self.engine)
        self.assignment_id, self.cells = self._patiently(self._read_cells)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    def save(
        self, batch: Iterable[Graded], before: Mapping[str, Answers] | None = None
    ) -> dict[str, str]:
        """Write the batch whole; of a student's submissions the last one counts.

        Where that fails for what is in it, each student's is written by itself. Gives the reason
        for every student of whom nothing was written. A person's mark is looked at again, unless it
        is of the answer that was graded `before`, by student.

        Raises
        ------
        GradebookError
            The gradebook itself cannot be used; nothing of the batch is in it, or only its first.
        """
        latest = {graded.student: graded for graded in batch}
        unfit = {student: reason for student in latest if (reason := unfit_name(student))}
        fit = {student: graded for student, graded in latest.items() if student not in unfit}
        unfit |= self._save(fit, before or {}) if fit else {}
        for student, reason in unfit.items():
            log.error("%r is not in the gradebook: %s", student, reason)
        return unfit

    def _save(self, batch: dict[str, Graded], before: Mapping[str, Answers]) -> dict[str, str]:
        """Write it, in one piece if that can be; why not, of those who are not written."""
        try:
            self._patiently(lambda session: self._write(session, batch, before))
        except GradebookError:
            raise
        except Exception as problem:  # something in it that no row can hold, or a fault of ours
            if len(batch) == 1:
                log.debug("It cannot be written", exc_info=problem)
                return {student: reason(problem) for student in batch}
            alone = [
                self._save({student: graded}, {student: before.get(student, {})})
                for student, graded in batch.items()
            ]
            return {student: why for failed in alone for student, why in failed.items()}
        return {}

    def done(self, students: Iterable[str]) -> dict[str, datetime | None]:
        """Those of the students whose submission is graded, and when it was handed in (UTC).

        Rows that an interrupted `nbgrader autograde` left without points are not graded.
        """
        checks = [
            self.cells[notebook.name].grades[cell.name]
            for notebook in self.assignment.notebooks.values()
            for cell in notebook.cells.values()
            if cell.grade and not cell.solution and cell.cell_type == "code"
        ]
        marked = [id for cells in self.cells.values() for id in cells.marked()]
        graded = or_(api.Grade.cell_id.not_in(checks), api.Grade.auto_score.is_not(None))
        submission = api.SubmittedAssignment
        query = (
            select(submission.student_id, submission.timestamp)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == submission.id)
            .join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
            .where(submission.assignment_id == self.assignment_id, graded)
            .group_by(submission.student_id, submission.timestamp)
            .having(func.count() == len(marked))
        )
        times = dict(self._patiently(lambda session: session.execute(query).all()))
        return {student: times[student] for student in students if student in times}

    def waiting(self) -> set[str]:
        """The students some of whose answers a person has to look at."""
        submission, notebook = api.SubmittedAssignment, api.SubmittedNotebook
        query = (
            select(submission.student_id)
            .join(notebook, notebook.assignment_id == submission.id)
            .join(api.Grade, api.Grade.notebook_id == notebook.id)
            .where(submission.assignment_id == self.assignment_id, api.Grade.needs_manual_grade)
            .distinct()
        )
        return set(self._patiently(lambda session: session.scalars(query).all()))

    def _patiently(self, work: Callable[[Session], Answer]) -> Answer:
        """Do it in one transaction; while the gradebook is locked or away, try again."""
        give_up = time.monotonic() + self.patience
        pause = 0.1
        while True:
            try:
                with self.sessions.begin() as session:
                    return work(session)
            except DBAPIError as problem:
                if isinstance(problem, OF_A_ROW) and not passes(problem):
                    raise
                if not passes(problem) or time.monotonic() > give_up:
                    raise GradebookError(
                        _(
                            "The gradebook {address} cannot be used: {problem}",
                            address=self.engine.url,
                            problem=problem.orig,
                        )
                    ) from problem
                log.warning("The gradebook is locked or away, trying again: %s", problem.orig)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _read_cells(self, session: Session) -> tuple[str, dict[str, Cells]]:
        """The id of the assignment, and the cells of its notebooks by their names."""
        assignment, notebook, cell = api.Assignment, api.Notebook, api.BaseCell
        query = (
            select(assignment.id, notebook.id, notebook.name)
            .join(notebook, notebook.assignment_id == assignment.id)
            .where(assignment.name == self.assignment.name)
        )
        rows = session.execute(query).all()
        found = {name: id for _assignment, id, name in rows}
        if found.keys() != self.assignment.notebooks.keys():
            raise NoAssignment(self.assignment.name)
        query = select(cell.notebook_id, cell.type, cell.name, cell.id)
        query = query.where(cell.notebook_id.in_(found.values()))
        ids = {(notebook, kind, name): id for notebook, kind, name, id in session.execute(query)}

        def of_kind(notebook: str, *kinds: str) -> dict[str, str]:
            """In the order of the notebook."""
            names = self.assignment.notebooks[notebook].cells
            keys = [(found[notebook], kind, name) for name in names for kind in kinds]
            return {key[-1]: ids[key] for key in keys if key in ids}

        return rows[0][0], {
            name: Cells(
                notebook_id=id,
                grades=of_kind(name, "GradeCell"),
                tasks=of_kind(name, "TaskCell"),
                comments=of_kind(name, "SolutionCell", "TaskCell"),
            )
            for name, id in found.items()
        }

    def _write(
        self, session: Session, batch: dict[str, Graded], before: Mapping[str, Answers]
    ) -> None:
        self._lock(session)
        entries = self._entries(session, batch, before)
        self._save_grades(session, entries)
        self._save_comments(session, entries)
        self._save_penalties(session, entries)

    def _lock(self, session: Session) -> None:
        """Begin with a write, so that no other writer comes between our reading and writing."""
        ids = [cells.notebook_id for cells in self.cells.values()]
        table = api.Notebook.__table__
        same = update(table).where(table.c.id.in_(ids)).values(kernelspec=table.c.kernelspec)
        if session.execute(same).rowcount != len(ids):
            raise GradebookError(
                _(
                    "{assignment} was generated again while it was graded: grade again.",
                    assignment=self.assignment.name,
                )
            )

    def _entries(
        self, session: Session, batch: dict[str, Graded], before: Mapping[str, Answers]
    ) -> list[Entry]:
        """Every notebook of every submission with its row; rows that are not there are made."""
        known = set(session.scalars(select(api.Student.id).where(api.Student.id.in_(batch))))
        session.add_all([api.Student(id=student) for student in batch if student not in known])
        table = api.SubmittedAssignment
        query = (
            select(table)
            .where(table.assignment_id == self.assignment_id, table.student_id.in_(batch))
            .options(
                load_only(table.assignment_id, table.student_id, table.timestamp, table.extension)
            )
        )
        submissions = {row.student_id: row for row in session.scalars(query)}
        for student, graded in batch.items():
            if student not in submissions:
                submissions[student] = table(
                    assignment_id=self.assignment_id,
                    student_id=student,
                    timestamp=None,
                    extension=None,
                )
                session.add(submissions[student])
            # A submission without a time keeps the one that it had, as in nbgrader.
            if timestamp := parse_timestamp(graded.timestamp):
                submissions[student].timestamp = timestamp
        session.flush()

        table = api.SubmittedNotebook
        query = select(table).where(
            table.notebook_id.in_([cells.notebook_id for cells in self.cells.values()]),
            table.assignment_id.in_([submission.id for submission in submissions.values()]),
        )
        rows = {(row.assignment_id, row.notebook_id): row for row in session.scalars(query)}
        entries = []
        for student, graded in batch.items():
            submission = submissions[student]
            handed_in = {notebook.name: notebook for notebook in graded.notebooks}
            for name, cells in self.cells.items():
                row = rows.get((submission.id, cells.notebook_id)) or table(
                    assignment_id=submission.id,
                    notebook_id=cells.notebook_id,
                    flagged=False,
                    late_submission_penalty=None,
                )
                answers = before.get(student, {}).get(name, {})
                entries.append(Entry(cells, handed_in.get(name), submission, row, answers))
        session.add_all([entry.row for entry in entries])
        session.flush()
        return entries

    def _save_grades(self, session: Session, entries: list[Entry]) -> None:
        grade = api.Grade
        columns = (
            grade.notebook_id,
            grade.cell_id,
            grade.id,
            grade.auto_score,
            grade.manual_score,
            grade.needs_manual_grade,
        )
        # With a lock: Formgrader may be about to save a person's mark.
        query = select(*columns).where(*of(grade, entries)).with_for_update()
        old = {(row.notebook_id, row.cell_id): row for row in session.execute(query)}
        new, changed = [], []
        for entry in entries:
            points, tasks = entry.points(), entry.cells.tasks.values()
            same = entry.same_answers()
            for cell_id in entry.cells.marked():
                row = old.get((entry.row.id, cell_id))
                score, review = points.get(cell_id, (None, True))
                if row is None:
                    key = {"notebook_id": entry.row.id, "cell_id": cell_id}
                    new.append(key | {"auto_score": score, "needs_manual_grade": review})
                elif cell_id in tasks and score is None and row.auto_score is None:
                    pass  # a person's, as it was
                elif cell_id in points:
                    if row.manual_score is not None and entry.graded is not None:
                        # A person's mark of another answer than this one is looked at again.
                        unchanged = cell_id in same and score == row.auto_score
                        review = row.needs_manual_grade if unchanged else True
                    mark = {"auto_score": score, "needs_manual_grade": review}
                    changed.append({"id": row.id} | mark)
        in_bulk(session, grade, new, changed)

    def _save_comments(self, session: Session, entries: list[Entry]) -> None:
        comment = api.Comment
        query = select(comment.notebook_id, comment.cell_id, comment.id)
        query = query.where(*of(comment, entries))
        old = {(notebook, cell): id for notebook, cell, id in session.execute(query)}
        new, changed = [], []
        for entry in entries:
            comments = entry.comments()
            for cell_id in entry.cells.comments.values():
                id = old.get((entry.row.id, cell_id))
                text = {"auto_comment": comments.get(cell_id)}
                if id is None:
                    new.append({"notebook_id": entry.row.id, "cell_id": cell_id} | text)
                elif cell_id in comments:
                    changed.append({"id": id} | text)
        in_bulk(session, comment, new, changed)

    def _save_penalties(self, session: Session, entries: list[Entry]) -> None:
        """What AssignLatePenalties does, with the scores as nbgrader adds them up."""
        assignment = session.get(
            api.Assignment, self.assignment_id, options=[load_only(api.Assignment.duedate)]
        )
        handed_in = [entry for entry in entries if entry.graded is not None]
        late = []
        # An extension of no due date at all is one that nbgrader stumbles over.
        if assignment.duedate is not None:
            late = [entry for entry in handed_in if entry.submission.total_seconds_late > 0]
        scores = {entry.row.id: 0.0 for entry in late}
        if late:
            notebook = api.Grade.notebook_id
            query = select(notebook, func.sum(api.Grade.score)).group_by(notebook)
            scores |= dict(session.execute(query.where(*of(api.Grade, late))).all())
        for entry in handed_in:
            entry.row.late_submission_penalty = (
                self._penalty(entry.submission, scores[entry.row.id])
                if entry.row.id in scores
                else None
            )

    def _penalty(self, submission: api.SubmittedAssignment, score: float) -> float | None:
        student, seconds = submission.student_id, submission.total_seconds_late
        try:
            penalty = self.late.plugin_inst.late_submission_penalty(student, score, seconds)
            if penalty is None:
                return None
            return self.late._check_late_penalty(SimpleNamespace(score=score), penalty)
        except Exception as problem:  # the plugin is the instructor's own code
            raise CostsOne(
                _("the plugin for late submissions failed: {problem}", problem=repr(problem))
            ) from problem


def shown_on_pages(gradebook: api.Gradebook, assignment: str) -> dict[str, str]:
    """By student: a fingerprint of the marks, comments and penalties that a feedback page shows."""
    submission, notebook = api.SubmittedAssignment, api.SubmittedNotebook
    mark, said = api.Grade, api.Comment
    marks = (mark.auto_score, mark.manual_score, mark.extra_credit, mark.needs_manual_grade)
    query = (
        select(submission.student_id, notebook.notebook_id)
        .join(notebook, notebook.assignment_id == submission.id)
        .join(api.Assignment, api.Assignment.id == submission.assignment_id)
        .where(api.Assignment.name == assignment)
    )
    found: dict[str, list[str]] = {}
    for part in (
        query.add_columns(notebook.late_submission_penalty),
        query.add_columns(mark.cell_id, *marks).join(mark, mark.notebook_id == notebook.id),
        query.add_columns(said.cell_id, said.auto_comment, said.manual_comment).join(
            said, said.notebook_id == notebook.id
        ),
    ):
        for student, *values in gradebook.db.execute(part):
            found.setdefault(student, []).append(repr(values))
    return {student: fingerprint(*sorted(rows)) for student, rows in found.items()}


def of(table: type[api.Grade] | type[api.Comment], entries: list[Entry]) -> tuple:
    """The rows of these notebooks; the table's index begins with the cells, so they are named."""
    cells = {id: None for e in entries for id in [*e.cells.marked(), *e.cells.comments.values()]}
    return table.cell_id.in_(cells), table.notebook_id.in_([entry.row.id for entry in entries])


def in_bulk(session: Session, table: type, new: list[dict], changed: list[dict]) -> None:
    """Insert and update in one statement each."""
    if new:
        # Otherwise rows with and without a value become statements of their own.
        session.execute(insert(table).execution_options(render_nulls=True), new)
    if changed:
        session.execute(update(table), changed)


def unfit_name(student: str) -> str | None:
    """Why a student of this name cannot be graded, or None."""
    if not student or writable(student) != student:
        return _("the name is no text")
    if student.startswith("."):
        return _("the name begins with a dot, and nbgrader sees no such folder: rename it")
    if any(unicodedata.category(sign) in BREAKS for sign in student):
        return _("the name has a line break or another sign that nobody sees: rename the folder")
    if len(student) > LONGEST_NAME:
        return _("the name is longer than {most} characters", most=LONGEST_NAME)
    return None


def passes(problem: DBAPIError) -> bool:
    """Whether it is a matter of waiting: a lock, a server that restarts, a writer that was first.

    A full disk, a wrong password or a missing table is none.
    """
    code = getattr(problem.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    state = getattr(problem.orig, "sqlstate", None)
    if state is not None:
        return state == UNIQUE_VIOLATION or state[:2] in PASSING
    return problem.connection_invalidated or isinstance(problem, OperationalError)
