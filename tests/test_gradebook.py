"""The writer against nbgrader itself: the same submissions, the same rows, on both databases."""

import csv
import json
import logging
import shutil
import sqlite3
import threading
import time
from dataclasses import replace

import nbformat
import pytest
from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import BasePlugin, CsvExportPlugin
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from sqlalchemy import UniqueConstraint, create_engine, event, select
from traitlets.config import PyFileConfigLoader

from course import notebooks
from course.grading.gradebook import (
    LONGEST_NAME,
    GradebookError,
    NoAssignment,
    Writer,
    parse_timestamp,
    read_assignment,
)
from course.grading.own import nbgraders_environment
from course.grading.records import answers_marked, key_of
from course.grading.submission import Graded, GradedNotebook
from tests import postgres
from tests.classroom import ASSIGNMENT, make_course

pytestmark = pytest.mark.pipeline

SMALL = "small"
DUE = "2030-01-01 00:00:00 UTC"
TIMESTAMPS = {
    "perfect": "2030-01-01 01:30:00.250000 UTC",  # late by an hour and a half
    "extra_cells": "2029-12-31 20:00:00 America/New_York",  # late by an hour, in a zone
    "other_style": "2029-12-31 23:59:59 UTC",
    "all_known_mistakes": "2031-01-01 00:00:00 UTC",  # a penalty above the score
    "renamed_cells": "2031-01-01 00:00:00 UTC",  # no penalty, see the plugin
    "deleted_cells": "2031-01-01 00:00:00 UTC",  # a negative penalty
    "duplicated_cells": "\n",
    "whole": "2030-01-01 02:00:00 UTC",
}
SMALL_STUDENTS = {"whole": ["first", "second"], "half": ["first"]}


class PointAnHour(BasePlugin):
    """An instructor's plugin, which tests every way that a penalty can go."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        special = {"renamed_cells": None, "deleted_cells": -1.0}
        return special.get(student_id, total_seconds_late / 3600)


def cell(name, kind, source, points=None, **nbgrader):
    new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    about = {"grade": False, "solution": False, "locked": False, "task": False} | nbgrader
    if points is not None:
        about["points"] = points
    return new(
        source, id=name, metadata={"nbgrader": about | {"schema_version": 3, "grade_id": name}}
    )


def small_notebooks():
    """Every kind of cell that nbgrader knows; `second` has none that could carry a comment."""
    solution = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    return {
        "first": [
            cell("z-setup", "code", "import math", locked=True),
            cell("answer", "code", solution, solution=True),
            cell("answer-check", "code", "0.5 * x", points=2, grade=True, locked=True),
            cell("plot", "code", solution, points=3, grade=True, solution=True),
            cell("essay", "markdown", "Words", points=4, grade=True, solution=True),
            cell("a-task", "markdown", "A task", points=5, task=True, locked=True),
        ],
        "second": [
            cell("sum-check", "code", "assert 1 + 1 == 2", points=1, grade=True, locked=True),
        ],
    }


def submit_small(root, student, names):
    folder = root / "submitted" / student / SMALL
    shutil.rmtree(folder, ignore_errors=True)
    for name in names:
        notebook = notebooks.read(root / "release/en" / SMALL / f"{name}.ipynb")
        for cell in notebook.cells:
            if cell.id in ("answer", "plot"):
                cell.source = "x = 1"
        notebooks.write(notebook, folder / f"{name}.ipynb")


def config_of(root):
    return PyFileConfigLoader("nbgrader_config.py", str(root)).load_config()


def nbgrader(root, step, *arguments, url=None):
    """What the command of that name does, in this process: it starts in no time."""
    config = config_of(root)
    if url:
        config.CourseDirectory.db_url = url
    with nbgraders_environment():
        app = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
        done = getattr(app, step)(*arguments)
    assert done["success"], done


def generate(root, url):
    """Both assignments into a gradebook, with the date when they are due."""
    for assignment in (ASSIGNMENT, SMALL):
        nbgrader(root, "generate_assignment", assignment, url=url)
    with Gradebook(url, "internet-marketer") as gradebook:
        for assignment in (ASSIGNMENT, SMALL):
            gradebook.update_or_create_assignment(assignment, duedate=DUE)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder with a second assignment of two notebooks, all submitted, none graded."""
    root = tmp_path_factory.mktemp("course")
    make_course(root)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write('c.AssignLatePenalties.plugin_class = "tests.test_gradebook.PointAnHour"\n')
    for name, cells in small_notebooks().items():
        notebook = notebooks.tidy(nbformat.v4.new_notebook(cells=cells))
        notebooks.write(notebook, root / "source" / SMALL / f"{name}.ipynb")
    (root / "source" / SMALL / "data").mkdir()
    (root / "source" / SMALL / "data" / "prices.csv").write_bytes(b"price\n1\n")
    (root / "source" / SMALL / "data" / "old.pyc").write_bytes(b"")
    generate(root, f"sqlite:///{root / 'gradebook.db'}")
    shutil.copy(root / "gradebook.db", root / "before.db")
    for student, names in SMALL_STUDENTS.items():
        submit_small(root, student, names)
    for student, timestamp in TIMESTAMPS.items():
        (folder,) = (root / "submitted" / student).iterdir()
        (folder / "timestamp.txt").write_text(timestamp)
    return root


@pytest.fixture(scope="module")
def stock(course):
    """The same course after nbgrader's own autograde, and what it found as `Graded`."""
    for assignment in (ASSIGNMENT, SMALL):
        nbgrader(course, "autograde", assignment, "*")
    return {assignment: class_of(course, assignment) for assignment in (ASSIGNMENT, SMALL)}


def class_of(root, assignment):
    students = [path.parent.name for path in sorted((root / "submitted").glob(f"*/{assignment}"))]
    return [graded(root, assignment, student) for student in students]


def graded(root, assignment, student):
    """What nbgrader's SaveAutoGrades would read off the autograded notebooks, and the record of
    those that could not be graded.
    """
    done = []
    record = json.loads((root / "autograded" / student / f".{assignment}.json").read_text())
    for path in sorted((root / "autograded" / student / assignment).glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        points = {
            c.metadata.nbgrader.grade_id: determine_grade(c)[0]
            for c in filter(is_grade, notebook.cells)
        }
        comments = {}
        for c in notebook.cells:
            if is_solution(c) or is_task(c):
                same = c.metadata.nbgrader.checksum == compute_checksum(c)
                text = "No response." if same and not is_task(c) else None
                comments[c.metadata.nbgrader.grade_id] = text
        refused = record["refused"].get(path.stem)
        text = nbformat.writes(notebook)
        done.append(GradedNotebook(path.stem, text, points, comments, refused))
    file = root / "submitted" / student / assignment / "timestamp.txt"
    timestamp = file.read_text() if file.exists() else None
    return Graded(student, assignment, timestamp, tuple(done))


@pytest.fixture
def book(course, tmp_path):
    """The address of a gradebook that knows the assignments and no student."""
    shutil.copy(course / "before.db", tmp_path / "gradebook.db")
    return f"sqlite:///{tmp_path / 'gradebook.db'}?timeout=0.1"


@pytest.fixture(scope="module")
def server():
    with postgres.server() as running:
        yield running


@pytest.fixture(scope="module")
def postgres_book(server, course):
    server.create("gradebook")
    url = server.url("gradebook")
    generate(course, url)
    return url


def assignment_of(course, url, name):
    with Gradebook(url, "internet-marketer") as gradebook:
        return read_assignment(gradebook, name, course / "source" / name, ["*.pyc"])


def writer(course, url, name=SMALL, **options):
    return Writer(url, assignment_of(course, url, name), config_of(course), **options)


def save(course, url, graded_classes, batch=200):
    for name, submissions in graded_classes.items():
        with writer(course, url, name) as into:
            for start in range(0, len(submissions), batch):
                assert into.save(submissions[start : start + batch]) == {}


def rows(url, ids=False):
    """All rows of all tables, sorted; an id is told by the columns that make its row unique."""
    engine = create_engine(url)
    told, tables = {}, {}
    with engine.connect() as connection:
        for table in api.Base.metadata.sorted_tables:
            unique = next((c for c in table.constraints if isinstance(c, UniqueConstraint)), None)
            found = []
            for row in connection.execute(select(table)).mappings():
                values = {key: told.get(value, value) for key, value in row.items()}
                if unique and "id" in row and not ids and len(row["id"]) == 32:
                    key = tuple(values[column.name] for column in unique.columns)
                    told[row["id"]] = values["id"] = (table.name, *key)
                found.append(values)
            tables[table.name] = sorted(found, key=repr)
    engine.dispose()
    return tables


def full_marks(assignment, student, **changes):
    """A submission that is all right."""
    done = tuple(
        GradedNotebook(
            name,
            "",
            {c.name: None if c.solution else c.points for c in source.cells.values() if c.grade},
            {c.name: None for c in source.cells.values() if c.solution or c.task},
        )
        for name, source in assignment.notebooks.items()
    )
    return replace(Graded(student, assignment.name, None, done), **changes)


def grades(url, student, notebook="first", assignment=SMALL):
    with Gradebook(url) as gradebook:
        found = gradebook.find_submission_notebook(notebook, assignment, student)
        return {g.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in found.grades}


def comments(url, student, notebook="first", assignment=SMALL):
    with Gradebook(url) as gradebook:
        found = gradebook.find_submission_notebook(notebook, assignment, student)
        return {c.name: (c.auto_comment, c.manual_comment) for c in found.comments}


# What is read


def test_assignment_is_read_in_the_order_of_the_notebook(course, book):
    small = assignment_of(course, book, SMALL)
    assert list(small.notebooks) == ["first", "second"]
    first = small.notebooks["first"]
    assert list(first.cells) == ["z-setup", "answer", "answer-check", "plot", "essay", "a-task"]
    assert first.kernelspec["name"] == "python3"
    assert small.files == {"data/prices.csv": b"price\n1\n"}
    kinds = {
        c.name: (c.grade, c.solution, c.task, c.locked, c.points) for c in first.cells.values()
    }
    assert kinds == {
        "z-setup": (False, False, False, True, None),
        "answer": (False, True, False, False, None),
        "answer-check": (True, False, False, True, 2.0),
        "plot": (True, True, False, False, 3.0),
        "essay": (True, True, False, False, 4.0),
        "a-task": (False, False, True, True, 5.0),
    }
    assert first.cells["answer-check"].source == "0.5 * x"


def test_assignment_is_read_without_its_folder(course, book, tmp_path):
    with Gradebook(book) as gradebook:
        small = read_assignment(gradebook, SMALL, tmp_path / "nowhere")
    assert small.files == {}
    assert set(small.notebooks["first"].cells) == {c.id for c in small_notebooks()["first"]}


def test_unknown_assignment_says_what_to_do(course, book, tmp_path):
    with Gradebook(book, "internet-marketer") as gradebook:
        gradebook.add_assignment("planned")
        for name in ("planned", "nothing"):
            with pytest.raises(NoAssignment, match=f"There is no assignment {name}: "):
                read_assignment(gradebook, name, tmp_path)
    with pytest.raises(NoAssignment):
        Writer(book, replace(assignment_of(course, book, SMALL), name="nothing"))


@pytest.mark.parametrize(
    "text",
    [
        None, "", " \n", "yesterday", "\0", "9" * 5000, "0001-01-01 00:00:00 +2359",
        "99999999999999999999", "2030-01-01 00:00:00 ../../etc/passwd", "2030-13-45", "1 2 3",
        "2030-01-01 00:00:00 999999999999", "2030-01-01 00:00:00 /dev/zero", "\ud800", "a b",
        "2030-01-01 00:00:00 \0", "::::", "1e400", "nan nan nan", "(" * 90, "2030-01-01 24:60:61 Z",
    ],
)  # fmt: skip
def test_any_text_can_stand_in_timestamp_txt(text):
    parsed = parse_timestamp(text)
    assert parsed is None or parsed.tzinfo is None


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("", 14),
        ("UTC", 14),
        ("+04", 10),
        ("+0400", 10),
        ("+04:00", 10),
        ("-0330", 17),
        ("Asia/Tbilisi", 10),
        ("PM", 14),
        ("CEST", None),
        ("XXX", None),
    ],
)
def test_a_zone_is_read_as_one_or_not_at_all(zone, hour):
    """nbgrader takes +04 for four seconds, and CEST for UTC."""
    text = f"2026-02-01 {'02' if zone == 'PM' else '14'}:00:00.250000 {zone}"
    parsed = parse_timestamp(text)
    assert (parsed and parsed.hour) == hour
    assert parsed is None or parsed.second == 0


# What is written


@pytest.mark.parametrize("batch", [1, 200])
def test_rows_are_those_of_nbgrader(course, stock, book, batch):
    save(course, book, stock, batch)
    assert rows(book) == rows(f"sqlite:///{course / 'gradebook.db'}")


def test_postgres_has_the_same_rows(course, stock, postgres_book):
    save(course, postgres_book, stock)
    assert rows(postgres_book) == rows(f"sqlite:///{course / 'gradebook.db'}")
    assert tables_that_people_see(course, postgres_book) == tables_that_people_see(
        course, f"sqlite:///{course / 'gradebook.db'}"
    )


def tables_that_people_see(course, url):
    """What Formgrader shows, and the file of `nbgrader export`."""

    def without_id(shown):
        return sorted(({**row, "id": None} for row in shown), key=repr)

    seen = []
    with Gradebook(url, "internet-marketer") as gradebook:
        for name in (ASSIGNMENT, SMALL):
            seen.append(gradebook.find_assignment(name).max_score)
            seen.append(round(gradebook.average_assignment_score(name), 9))
            seen.append(without_id(gradebook.submission_dicts(name)))
            for notebook in gradebook.find_assignment(name).notebooks:
                seen.append(round(gradebook.average_notebook_score(notebook.name, name), 9))
                seen.append(without_id(gradebook.notebook_submission_dicts(notebook.name, name)))
            late = [
                (s.student_id, s.late_submission_penalty, s.total_seconds_late)
                for s in gradebook.assignment_submissions(name)
            ]
            seen.append(sorted(late))
        seen.append(without_id(gradebook.student_dicts()))
        CsvExportPlugin(to=str(course / "export.csv")).export(gradebook)
    with (course / "export.csv").open(newline="") as file:
        exported = list(csv.DictReader(file))
    return seen, sorted(exported, key=repr)


def test_formgrader_and_export_show_the_same(course, stock, book):
    save(course, book, stock)
    expected = tables_that_people_see(course, f"sqlite:///{course / 'gradebook.db'}")
    assert tables_that_people_see(course, book) == expected
    penalties = {
        row["student_id"]: row["late_submission_penalty"]
        for row in expected[1]
        if row["assignment"] == ASSIGNMENT
    }
    assert float(penalties["perfect"]) == pytest.approx(1.5, abs=0.001)
    assert float(penalties["extra_cells"]) == 1
    assert {penalties[name] for name in ("renamed_cells", "deleted_cells")} == {"0.0"}


def test_saving_again_changes_nothing(course, stock, book):
    save(course, book, stock)
    before = rows(book, ids=True)
    save(course, book, stock, batch=3)
    assert rows(book, ids=True) == before


@pytest.mark.parametrize("changed", [False, True])
def test_regrade_after_a_person_is_that_of_nbgrader(course, stock, book, tmp_path, changed):
    """The same in `nbgrader autograde` and in the engine: a mark stays one for the same answer."""
    save(course, book, stock)
    before = {
        graded.student: {n.name: answers_marked(n.text) for n in graded.notebooks}
        for graded in stock[SMALL]
    }
    root = shutil.copytree(course, tmp_path / "course")
    url = f"sqlite:///{root / 'gradebook.db'}"
    ids = ids_of(book)
    for address in (url, book):
        with Gradebook(address, "internet-marketer") as gradebook:
            for name in ("answer-check", "plot", "essay", "a-task"):
                mark = find_mark(gradebook, name)
                mark.manual_score, mark.extra_credit, mark.needs_manual_grade = 1.5, 0.5, False
            said = gradebook.find_comment("plot", "first", SMALL, "whole")
            said.manual_comment = "Label the axes."
            gradebook.find_submission_notebook("first", SMALL, "whole").flagged = True
            gradebook.db.commit()
            gradebook.grant_extension(SMALL, "whole", hours=1)
    submit_small(root, "whole", ["first"])  # `second` is gone, and so is the timestamp
    if changed:
        path = root / "submitted/whole" / SMALL / "first.ipynb"
        notebook = notebooks.read(path)
        next(cell for cell in notebook.cells if cell.id == "plot").source = "x = 1  # as asked"
        notebooks.write(notebook, path)
    submit_small(root, "half", ["first", "second"])
    nbgrader(root, "autograde", SMALL, "*")
    with writer(course, book) as into:
        assert into.save(class_of(root, SMALL), before) == {}
    assert rows(book) == rows(url)
    assert ids_of(book) == ids
    assert grades(book, "whole") == {
        "answer-check": (0.5, 1.5, changed),  # any answer may be what it checks
        "plot": (None, 1.5, changed),
        "essay": (0, 1.5, False),
        "a-task": (None, 1.5, False),
    }
    with Gradebook(book) as gradebook:
        penalties = gradebook.find_submission(SMALL, "whole").late_submission_penalty
        # An hour less for `first`; `second`, which is gone, has no points that it could take.
        assert penalties == pytest.approx(1)


def test_a_mark_of_a_check_that_says_something_else_now_is_looked_at_again(course, stock, book):
    whole = next(graded for graded in stock[SMALL] if graded.student == "whole")
    before = {"whole": {n.name: answers_marked(n.text) for n in whole.notebooks}}
    first, *others = whole.notebooks
    with writer(course, book) as into:
        into.save([whole])
        with Gradebook(book, "internet-marketer") as gradebook:
            for name in ("answer-check", "plot"):
                mark = find_mark(gradebook, name)
                mark.manual_score, mark.needs_manual_grade = 1.5, False
            gradebook.db.commit()
        other = replace(first, points={**first.points, "answer-check": 2.0})
        into.save([replace(whole, notebooks=(other, *others))], before)
        assert grades(book, "whole")["answer-check"] == (2, 1.5, True)
        assert grades(book, "whole")["plot"] == (None, 1.5, False)
        # What waits for a person goes on waiting, and nothing recorded is another answer.
        into.save([replace(whole, notebooks=(other, *others))], before)
        assert grades(book, "whole")["answer-check"] == (2, 1.5, True)
        into.save([whole])
        assert grades(book, "whole")["plot"] == (None, 1.5, True)


def test_the_key_of_an_assignment_changes_with_what_its_marks_depend_on(
    course, book, tmp_path, monkeypatch
):
    small, analytics = (assignment_of(course, book, name) for name in (SMALL, ASSIGNMENT))
    package = tmp_path / "course"
    shutil.copytree(notebooks.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(notebooks, "PACKAGE", package)
    keys = [key_of(small), key_of(analytics)]
    with (package / "keys/orientation.py").open("a") as file:  # of another assignment
        file.write("# better\n")
    with (package / "cli.py").open("a") as file:
        file.write("# better\n")
    assert [key_of(small), key_of(analytics)] == keys
    for path in ("keys/analytics_money.py", "exercises/analytics_sales.py", "judge.py", "kinds.py",
                 "company/tables/SHA256SUMS"):  # fmt: skip
        before = key_of(analytics)
        with (package / path).open("a") as file:
            file.write("# better\n")
        assert key_of(analytics) != before, path
    assert key_of(small) == keys[0]
    with_file = replace(small, files={**small.files, "data/prices.csv": b"price\n2\n"})
    first = small.notebooks["first"]
    cells = {**first.cells, "answer-check": replace(first.cells["answer-check"], source="1 * x")}
    with_cell = replace(small, notebooks={**small.notebooks, "first": replace(first, cells=cells)})
    assert len({key_of(small), key_of(with_file), key_of(with_cell)}) == 3


def find_mark(gradebook, name):
    notebook = gradebook.find_submission_notebook("first", SMALL, "whole")
    return next(grade for grade in notebook.grades if grade.name == name)


def ids_of(url):
    tables = rows(url, ids=True)
    return {name: {row["id"] for row in table if "id" in row} for name, table in tables.items()}


def test_missing_notebook_gets_zero_and_a_later_one_its_points(course, book):
    small = assignment_of(course, book, SMALL)
    whole = full_marks(small, "ana")
    with writer(course, book) as into:
        into.save([replace(whole, notebooks=whole.notebooks[1:])])
        assert set(grades(book, "ana").values()) == {(0, None, False)}
        assert grades(book, "ana", "second") == {"sum-check": (1, None, False)}
        into.save([whole])
        # nbgrader would leave the task at zero, with nobody told to read it.
        assert grades(book, "ana") == {
            "answer-check": (2, None, False),
            "plot": (None, None, True),
            "essay": (None, None, True),
            "a-task": (None, None, True),
        }


def test_refused_notebook_asks_for_a_person_and_says_why(course, book):
    small = assignment_of(course, book, SMALL)
    first, second = full_marks(small, "ana").notebooks
    with writer(course, book) as into:
        into.save([full_marks(small, "ana")])
        with Gradebook(book) as gradebook:
            gradebook.find_grade("plot", "first", SMALL, "ana").manual_score = 3
            gradebook.find_comment("answer", "first", SMALL, "ana").manual_comment = "Well done."
            gradebook.db.commit()
        refused = replace(first, points={}, comments={}, refused="It is no\0 notebook: \ud800.")
        no_cell = replace(second, points={}, refused="It is too large.")
        into.save([full_marks(small, "ana", notebooks=(refused, no_cell))])
        assert grades(book, "ana") == {
            "answer-check": (0, None, True),
            "plot": (0, 3, True),
            "essay": (0, None, True),
            "a-task": (0, None, True),
        }
        assert grades(book, "ana", "second") == {"sum-check": (0, None, True)}
        assert comments(book, "ana") == {
            "answer": ("It is no notebook: ?.", "Well done."),
            "plot": (None, None),
            "essay": (None, None),
            "a-task": (None, None),
        }
        into.save([full_marks(small, "ana")])
    assert grades(book, "ana")["answer-check"] == (2, None, False)
    assert grades(book, "ana")["a-task"] == (None, None, True)
    assert comments(book, "ana")["answer"] == (None, "Well done.")


def test_unknown_cells_and_notebooks_are_left_out(course, book):
    small = assignment_of(course, book, SMALL)
    ana = full_marks(small, "ana")
    with writer(course, book) as into:
        into.save([ana])
        before = rows(book)
        odd = replace(
            ana.notebooks[0],
            points=ana.notebooks[0].points | {"mine": 9.0, "a-task": 5.0},
            comments=ana.notebooks[0].comments | {"mine": "?", "answer-check": "?"},
        )
        other = replace(odd, name="other")
        into.save([full_marks(small, "ana", notebooks=(odd, ana.notebooks[1], other))])
    assert rows(book) == before


def test_cell_without_points_stays_as_it_is(course, book):
    small = assignment_of(course, book, SMALL)
    ana = full_marks(small, "ana")
    bare = tuple(replace(notebook, points={}, comments={}) for notebook in ana.notebooks)
    with writer(course, book) as into:
        into.save([replace(ana, notebooks=bare)])
        assert set(grades(book, "ana").values()) == {(None, None, True)}
        assert into.done(["ana"]) == {}
        into.save([ana])
        before = rows(book)
        into.save([replace(ana, notebooks=bare)])
    assert rows(book) == before


def test_names_that_no_gradebook_holds_do_not_stop_the_others(course, book, postgres_book):
    names = ["n" * (LONGEST_NAME + 1), "\udcff", "", "a\0b"]
    fine = ["n" * LONGEST_NAME, "ანა", "o'neill; --", "%s"]
    for url in (book, postgres_book):
        small = assignment_of(course, url, SMALL)
        with writer(course, url) as into:
            left_out = into.save([full_marks(small, name) for name in [*names, *fine]])
            assert set(left_out) == set(names)
            assert set(into.done([*names, *fine])) == set(fine)


def test_submission_twice_in_a_batch_counts_once(course, book):
    small = assignment_of(course, book, SMALL)
    ana = full_marks(small, "ana")
    with writer(course, book) as into:
        into.save([replace(ana, notebooks=()), ana])
    assert grades(book, "ana", "second") == {"sum-check": (1, None, False)}


def test_done_tells_who_is_graded_and_when_handed_in(course, book):
    small = assignment_of(course, book, SMALL)
    time = "2030-01-01 01:30:00.250000 UTC"
    with writer(course, book) as into:
        into.save([full_marks(small, "ana", timestamp=time), full_marks(small, "beka")])
        with Gradebook(book) as gradebook:  # as an interrupted autograde leaves it
            gradebook.add_student("gia")
            gradebook.add_submission(SMALL, "gia")
        found = into.done(["beka", "ana", "gia", "nobody"])
        assert found == {"ana": parse_timestamp(time), "beka": None}


def test_a_plugin_that_fails_for_a_student_costs_nobody_else_the_marks(course, book):
    small = assignment_of(course, book, SMALL)
    with writer(course, book) as into:
        into.late.plugin_inst.late_submission_penalty = None
        late = full_marks(small, "ana", timestamp="2040-01-01 00:00:00 UTC")
        unfit = into.save([late, full_marks(small, "beka")])
        assert unfit.keys() == {"ana"}
        assert "the plugin for late submissions failed: TypeError" in unfit["ana"]
        assert into.done(["ana", "beka"]).keys() == {"beka"}


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_what_no_row_can_hold_costs_one(course, book, request, database):
    if database == "postgres":
        book = request.getfixturevalue("postgres_book")
    small = assignment_of(course, book, SMALL)
    batch = [full_marks(small, student) for student in ("ana", "beka", "gia")]
    notebook = batch[1].notebooks[0]
    for odd in ("\ud800", 10**400):  # past what makes texts writable
        object.__setattr__(notebook, "comments", dict.fromkeys(notebook.comments, odd))
        object.__setattr__(notebook, "points", dict.fromkeys(notebook.points, odd))
        with writer(course, book) as into:
            assert into.save(batch).keys() == {"beka"}
            assert into.done(["ana", "beka", "gia"]).keys() == {"ana", "gia"}


def test_texts_of_what_is_graded_can_be_written():
    odd = "\ud800მთა\0"
    notebook = GradedNotebook("first", odd, {}, {"a": odd, "b": None}, odd)
    told = Graded("ana", SMALL, None, (notebook,), notes=(odd,)).notes
    assert (notebook.text, notebook.refused, told[0]) == ("?მთა",) * 3
    assert notebook.comments == {"a": "?მთა", "b": None}


def test_a_batch_takes_as_many_statements_as_a_student(course, book):
    small = assignment_of(course, book, SMALL)
    late = "2040-01-01 00:00:00 UTC"
    statements = []
    counts = []
    with writer(course, book) as into:
        event.listen(into.engine, "before_cursor_execute", lambda *said: statements.append(said))
        for size in (1, 50):
            students = [full_marks(small, f"{size}-{n}", timestamp=late) for n in range(size)]
            for _ in ("new", "again"):
                statements.clear()
                into.save(students)
                counts.append(len(statements))
    assert counts[:2] == counts[2:]
    assert max(counts) < 20


# Faults


def test_locked_gradebook_is_waited_for(course, book, caplog):
    small = assignment_of(course, book, SMALL)
    other = sqlite3.connect(book.removeprefix("sqlite:///").split("?")[0], check_same_thread=False)
    with writer(course, book) as into, caplog.at_level(logging.WARNING):
        other.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(1, other.rollback)
        release.start()
        into.save([full_marks(small, "ana")])
        release.join()
        assert set(into.done(["ana"])) == {"ana"}
    other.close()
    assert "locked or away, trying again: database is locked" in caplog.text


def test_gradebook_locked_for_too_long_is_an_error(course, book):
    small = assignment_of(course, book, SMALL)
    other = sqlite3.connect(book.removeprefix("sqlite:///").split("?")[0])
    with writer(course, book, patience=0.5) as into:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GradebookError, match="database is locked"):
            into.save([full_marks(small, "ana")])
        other.rollback()
        assert into.done(["ana"]) == {}
        into.save([full_marks(small, "ana")])
        assert set(into.done(["ana"])) == {"ana"}
    other.close()


def test_full_disk_leaves_nothing_of_the_batch(course, book):
    small = assignment_of(course, book, SMALL)
    with writer(course, book) as into:
        into.save([full_marks(small, "ana")])
        before = rows(book)

        @event.listens_for(into.engine, "connect")
        def shrink(connection, _):
            connection.execute("PRAGMA max_page_count = 1")  # not below what the file has now

        into.engine.dispose()
        began = time.monotonic()
        with pytest.raises(GradebookError, match="database or disk is full"):
            into.save([full_marks(small, f"student-{n}") for n in range(500)])
        assert time.monotonic() - began < 10
    assert rows(book) == before


def test_assignment_generated_again_is_noticed(course, book):
    with writer(course, book) as into:
        small = into.assignment
        with Gradebook(book) as gradebook:
            gradebook.remove_notebook("second", SMALL)
        with pytest.raises(GradebookError, match="generated again"):
            into.save([full_marks(small, "ana")])
    assert rows(book)["student"] == []


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_two_writers_at_once(course, book, server, request, database):
    if database == "postgres":
        book = request.getfixturevalue("postgres_book")
    small = assignment_of(course, book, SMALL)
    students = [f"{database}-{n}" for n in range(40)]
    failed = []

    def write():
        try:
            with writer(course, book) as into:
                for student in students:
                    into.save([full_marks(small, student)])
        except Exception as problem:
            failed.append(problem)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with writer(course, book) as into:
        assert set(into.done(students)) == set(students)


def test_database_gone_and_back(course, server, postgres_book, caplog):
    small = assignment_of(course, postgres_book, SMALL)
    with writer(course, postgres_book) as into, caplog.at_level(logging.WARNING):
        into.save([full_marks(small, "before")])
        server.stop()
        server.start()
        into.save([full_marks(small, "between")])
        assert "locked or away" not in caplog.text
        server.stop()
        back = threading.Timer(1, server.start)
        back.start()
        into.save([full_marks(small, "after")])
        back.join()
        assert set(into.done(["before", "between", "after"])) == {"before", "between", "after"}
    assert "locked or away, trying again" in caplog.text
