"""`course autograde` as an instructor runs it: nbgrader's marks, and nothing graded twice."""

import contextlib
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import nbformat
import pytest
from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade, is_grade

from course import notebooks
from course.grading import box, engine, worker
from tests import classroom
from tests.classroom import ASSIGNMENT, GOLDEN, ROOT, STUDENTS, make_course, nbgrader
from tests.test_gradebook import cell
from tests.test_gradebook import nbgrader as in_this_process

pytestmark = pytest.mark.pipeline

BIN = Path(sys.executable).parent
NAME = "small"
DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
SHORTEN = "def shorten(text):\n    ### BEGIN SOLUTION\n    return text[:3]\n    ### END SOLUTION"
SUMMED = "### BEGIN SOLUTION\ntotal = 60\n### END SOLUTION"
SMALL = [
    cell("double", "code", DOUBLE, solution=True),
    cell("double-check", "code", "assert double(2) == 4", points=1, grade=True, locked=True),
    cell("shorten", "code", SHORTEN, solution=True),
    cell(
        "shorten-check",
        "code",
        "assert shorten('abcd') == 'abc'",
        points=2,
        grade=True,
        locked=True,
    ),
    cell("total", "code", SUMMED, solution=True),
    cell("total-check", "code", "total / 15", points=4, grade=True, locked=True),
]
RIGHT = {
    "double": "def double(x):\n    return x + x",
    "shorten": "def shorten(text):\n    return text[0:3]",
    "total": "total = 10 + 20 + 30",
}
WRONG = {
    "double": "def double(x):\n    return x",
    "shorten": "def shorten(text):\n    raise SystemExit",
    "total": "total = 15",
}
FULL = {"double-check": 1.0, "shorten-check": 2.0, "total-check": 4.0}
POOR = {"double-check": 0.0, "shorten-check": 0.0, "total-check": 1.0}


def environment(**more: str) -> dict[str, str]:
    """As in an instructor's terminal."""
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **more}


def start(root: Path, *arguments: str, **more: str) -> subprocess.Popen:
    """Start `course …` in the course folder, in a process group of its own."""
    return subprocess.Popen(
        [str(BIN / "course"), *arguments],
        cwd=root,
        env=environment(**more),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
    )


def course(root: Path, *arguments: str, code: int = 0, **more: str) -> tuple[str, str]:
    """Run `course …`; what it printed to stdout and stderr."""
    running = start(root, *arguments, **more)
    out, err = running.communicate(timeout=300)
    assert running.returncode == code, out + err
    assert "Traceback" not in err, err
    return out, err


def write_source(root: Path, name: str, **sources: list) -> None:
    """The instructor's version of an assignment, a notebook for each list of cells."""
    for notebook, cells in sources.items():
        tidied = notebooks.tidy(nbformat.v4.new_notebook(cells=cells))
        notebooks.write(tidied, root / "source" / name / f"{notebook}.ipynb")


def hand_in(
    root: Path, student: str, answers: dict[str, str], name: str = NAME, timestamp: str = ""
) -> Path:
    """Put a submission with these answers, by the names of their cells, into the course folder."""
    folder = root / "submitted" / student / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "release/en" / name, folder)
    for path in folder.glob("*.ipynb"):
        notebook = notebooks.read(path)
        for c in notebook.cells:
            c.source = answers.get(c.id, c.source)
        notebooks.write(notebook, path)
    if timestamp:
        (folder / "timestamp.txt").write_text(timestamp)
    return folder


def book(root: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{root / 'gradebook.db'}", "internet-marketer")


def marks(root: Path, student: str, name: str = NAME, notebook: str = NAME) -> dict:
    """The points of every graded cell, from the gradebook."""
    with book(root) as gradebook:
        found = gradebook.find_submission_notebook(notebook, name, student)
        return {grade.name: grade.auto_score for grade in found.grades}


def autograded(root: Path, student: str, name: str = NAME, notebook: str = NAME) -> dict:
    """The points of every graded cell, as its outputs in the autograded notebook tell them."""
    path = root / "autograded" / student / name / f"{notebook}.ipynb"
    cells = notebooks.read(path).cells
    return {c.metadata.nbgrader.grade_id: determine_grade(c)[0] for c in cells if is_grade(c)}


def new_course(root: Path, name: str = NAME, **sources: list) -> Path:
    """A course folder with one small assignment and nobody in it."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    write_source(root, name, **(sources or {NAME: SMALL}))
    in_this_process(root, "generate_assignment", name)
    return root


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("bare"))


@pytest.fixture
def small(bare, tmp_path):
    """A course of three: all right, all wrong, nothing done."""
    root = shutil.copytree(bare, tmp_path / "course")
    hand_in(root, "ana", RIGHT, timestamp="2030-01-01 10:00:00 UTC")
    hand_in(root, "beka", WRONG)
    hand_in(root, "gio", {})
    return root


# The class of ten: the same as nbgrader


@pytest.fixture(scope="module")
def ungraded(tmp_path_factory):
    root = tmp_path_factory.mktemp("class")
    make_course(root)
    in_this_process(root, "generate_assignment", ASSIGNMENT)
    return root


@pytest.fixture(scope="module")
def ours(ungraded, tmp_path_factory):
    root = shutil.copytree(ungraded, tmp_path_factory.mktemp("ours") / "course")
    course(root, "autograde", ASSIGNMENT)
    return root


@pytest.fixture(scope="module")
def nbgraders(ungraded, tmp_path_factory):
    root = shutil.copytree(ungraded, tmp_path_factory.mktemp("nbgraders") / "course")
    nbgrader(root, "autograde", ASSIGNMENT)
    return root


STOCK = ["perfect", "all_known_mistakes", "stub", "extra_cells", "other_style"]


def with_nothing_of_ours(root: Path) -> None:
    """Take the sandbox and the repair out of the course's configuration."""
    config = root / "nbgrader_config.py"
    ours = (
        "from course.",
        "c.Autograde.",
        "c.ExchangeFactory.",
        "c.Generate",
        "c.HTMLExporter.",
        "c.CourseDirectory.rel",
    )
    kept = [line for line in config.read_text().splitlines() if not line.startswith(ours)]
    config.write_text("\n".join(kept))


@pytest.fixture(scope="module")
def stock(ungraded, tmp_path_factory):
    root = shutil.copytree(ungraded, tmp_path_factory.mktemp("stock") / "course")
    with_nothing_of_ours(root)
    for student in STUDENTS:
        if student.__name__ not in STOCK:
            shutil.rmtree(root / "submitted" / student.__name__)
    nbgrader(root, "autograde", ASSIGNMENT)
    return root


def in_gradebook(root: Path) -> list[tuple]:
    """Everything that autograding writes, by student and cell."""
    with book(root) as gradebook:
        grades = [
            (g.notebook.student.id, g.name, g.auto_score, g.needs_manual_grade)
            for g in gradebook.db.query(api.Grade)
        ]
        comments = [
            (c.notebook.student.id, c.name, c.auto_comment) for c in gradebook.db.query(api.Comment)
        ]
    return sorted(grades, key=repr) + sorted(comments, key=repr)


def of_students(rows: list[tuple], students: list[str]) -> list[tuple]:
    return [row for row in rows if row[0] in students]


def test_marks_are_those_of_the_golden_table(ours):
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        assert classroom.grades(ours) == list(csv.DictReader(file))


def test_marks_and_comments_are_those_of_nbgrader(ours, nbgraders):
    assert in_gradebook(ours) == in_gradebook(nbgraders)


def test_marks_and_comments_are_those_of_nbgrader_with_its_own_execute(ours, stock):
    assert of_students(in_gradebook(ours), STOCK) == in_gradebook(stock)


def test_autograded_notebooks_say_the_same(ours, nbgraders):
    for student in STUDENTS:
        about = student.__name__, ASSIGNMENT, ASSIGNMENT
        assert autograded(ours, *about) == autograded(nbgraders, *about), student.__name__
        theirs, mine = (
            {path.name for path in (root / "autograded" / about[0] / ASSIGNMENT).iterdir()}
            for root in (nbgraders, ours)
        )
        assert mine == theirs


def test_nbgrader_goes_on_with_what_the_engine_wrote(ours, tmp_path):
    root = shutil.copytree(ours, tmp_path / "course")
    nbgrader(root, "generate_feedback", ASSIGNMENT)
    for student in STUDENTS:
        page = root / "feedback" / student.__name__ / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert page.stat().st_size > 10_000
    nbgrader(root, "export", "--to=grades.csv")
    with (root / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["perfect"]["score"]) == 28
    said = nbgrader(root, "autograde", ASSIGNMENT)
    assert "Converting notebook" not in said, "nbgrader took them for not graded"
    with api.Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, "perfect")
        assert submission.needs_manual_grade


def test_formgrader_lists_and_shows_what_the_engine_wrote(ours):
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(ours)
    config.CourseDirectory.course_id = "internet-marketer"
    formgrader = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    with formgrader.gradebook:
        shown = {s["student"]: s for s in formgrader.get_submissions(ASSIGNMENT)}
    assert {s["autograded"] for s in shown.values()} == {True}
    assert shown["perfect"]["score"] == 28
    assert shown["stub"]["score"] == 0
    assert len(shown) == len(STUDENTS)


# The command


def test_only_what_is_not_graded_is_graded(small):
    out, _ = course(small, "autograde", NAME)
    assert out.startswith("3 submissions graded in ")
    assert [marks(small, student) for student in ("ana", "beka")] == [FULL, POOR]
    assert set(marks(small, "gio").values()) == {0}

    out, _ = course(small, "autograde", NAME)
    assert "0 submissions graded" in out
    assert "3 submissions graded before" in out

    out, _ = course(small, "autograde", NAME, "--force", "--students", "ana", "gio", "--jobs", "1")
    assert out.startswith("2 submissions graded in ")

    # Later, earlier, and with no time at all: what is there now counts.
    for timestamp, answers, expected in [
        ("2030-01-02 10:00:00 UTC", WRONG, POOR),
        ("2029-01-01 10:00:00 UTC", RIGHT, FULL),
        ("", WRONG, POOR),
    ]:
        hand_in(small, "ana", answers, timestamp=timestamp)
        out, _ = course(small, "autograde", NAME)
        assert out.startswith("1 submission graded in "), timestamp
        assert marks(small, "ana") == autograded(small, "ana") == expected
    out, _ = course(small, "autograde", NAME)
    assert "0 submissions graded" in out


def test_problems_are_said_plainly(small, tmp_path):
    for arguments, words in [
        ((NAME, "--students", "nobody", "ana"), "No submission of small from nobody."),
        (("no-such",), "There is no assignment no-such"),
    ]:
        _, err = course(small, "autograde", *arguments, code=1)
        assert words in err
    shutil.rmtree(small / "submitted")
    _, err = course(small, "autograde", NAME, code=1)
    assert "There are no submissions of small" in err
    _, err = course(tmp_path, "autograde", NAME, code=1)
    assert "no nbgrader_config.py" in err
    (small / "nbgrader_config.py").write_text("c.broken(")
    _, err = course(small, "autograde", NAME, code=1)
    assert "nbgrader_config.py cannot be read" in err


def test_a_notebook_that_cannot_be_read_has_its_reason_everywhere(small):
    (small / "submitted/beka" / NAME / f"{NAME}.ipynb").write_text('{"cells": [')
    out, err = course(small, "autograde", NAME, code=1)
    assert "NOT GRADED beka: The notebook's file is damaged" in err
    assert "3 submissions graded" in out
    assert marks(small, "ana") == FULL
    with book(small) as gradebook:
        found = gradebook.find_submission_notebook(NAME, NAME, "beka")
        assert all(grade.needs_manual_grade for grade in found.grades)
        assert "damaged" in "".join(c.auto_comment or "" for c in found.comments)
    assert "damaged" in (small / "autograded/beka" / NAME / f"{NAME}.ipynb").read_text()
    record = json.loads((small / "autograded/beka" / f".{NAME}.json").read_text())
    assert "damaged" in record["refused"][NAME]
    # Nobody forgets it: it is said again, until a person has given a mark, or there is a new one.
    out, err = course(small, "autograde", NAME, code=1)
    assert "3 submissions graded before" in out
    assert "NOT GRADED beka: The notebook's file is damaged" in err
    course(small, "feedback", NAME)
    page = (small / "feedback/beka" / NAME / f"{NAME}.html").read_text("utf-8")
    assert "damaged" in page
    assert page.count("not read yet") >= 3
    with book(small) as gradebook:
        for grade in gradebook.find_submission_notebook(NAME, NAME, "beka").grades:
            grade.manual_score, grade.needs_manual_grade = 0, False
        gradebook.db.commit()
    assert "NOT GRADED" not in course(small, "autograde", NAME)[1]
    hand_in(small, "beka", RIGHT)
    course(small, "autograde", NAME)
    assert marks(small, "beka") == FULL


def test_nbgraders_own_autograde_keeps_refusals_records_and_hand_marks(small):
    (small / "submitted/beka" / NAME / f"{NAME}.ipynb").write_text('{"cells": [')
    nbgrader(small, "autograde", NAME)
    with book(small) as gradebook:
        beka = gradebook.find_submission_notebook(NAME, NAME, "beka")
        assert all(grade.needs_manual_grade and grade.auto_score == 0 for grade in beka.grades)
        assert "damaged" in beka.comments[0].auto_comment
        ana = gradebook.find_grade("total-check", NAME, NAME, "ana")
        ana.manual_score, ana.needs_manual_grade = 3, False
        gradebook.db.commit()
    out, err = course(small, "autograde", NAME, code=1)
    assert "3 submissions graded before" in out
    assert "NOT GRADED beka" in err
    assert "--changed" not in err
    reworded = {**RIGHT, "total": "total = 6 * 10"}
    for grade_again, only_ana in ((nbgrader, ["--student=ana"]), (course, ["--students", "ana"])):
        for answers, waits in ((RIGHT, False), (reworded, True), (reworded, False), (RIGHT, True)):
            hand_in(small, "ana", answers, timestamp="2030-01-01 10:00:00 UTC")
            grade_again(small, "autograde", NAME, "--force", *only_ana)
            with book(small) as gradebook:
                ana = gradebook.find_grade("total-check", NAME, NAME, "ana")
                assert (ana.manual_score, ana.needs_manual_grade) == (3, waits)
                ana.needs_manual_grade = False
                gradebook.db.commit()


def test_a_mark_of_an_answer_before_waits_also_after_a_grading_that_stopped(small, monkeypatch):
    course(small, "autograde", NAME, "--students", "ana")
    with book(small) as gradebook:
        ana = gradebook.find_grade("total-check", NAME, NAME, "ana")
        ana.manual_score, ana.needs_manual_grade = 3, False
        gradebook.db.commit()
    hand_in(small, "ana", {**RIGHT, "total": "total = 6 * 10"})
    monkeypatch.setattr(engine.Writer, "save", lambda self, batch, before: {"ana": "stopped"})
    report = engine.autograde(engine.open_course(small), NAME, students=["ana"])
    assert "stopped" in report.failed["ana"]
    monkeypatch.undo()
    course(small, "autograde", NAME, "--students", "ana")
    with book(small) as gradebook:
        ana = gradebook.find_grade("total-check", NAME, NAME, "ana")
        assert (ana.manual_score, ana.needs_manual_grade) == (3, True)


def test_marks_of_another_key_or_seed_are_named_and_given_again_on_request(small):
    course(small, "autograde", NAME)
    record = json.loads((small / "autograded/ana" / f".{NAME}.json").read_text())
    assert record["with"].keys() == {"key", "seed", "version"}
    assert "--changed" not in course(small, "autograde", NAME)[1]

    # Only one student with another seed: then there are two in the class.
    _, err = course(small, "autograde", NAME, "--force", "--students", "ana", COURSE_SEED="770077")
    assert "2 submissions were graded with another seed of the hidden cases: beka, gio" in err
    assert f"`course autograde {NAME} --changed`" in err
    assert "770077" not in (small / "autograded/ana" / f".{NAME}.json").read_text()
    _, err = course(small, "autograde", NAME)
    assert "1 submission was graded with another seed of the hidden cases: ana" in err
    out, err = course(small, "autograde", NAME, "--changed")
    assert out.startswith("1 submission graded in ")
    assert "--changed" not in err

    # Another check: the marks change when it is asked for.
    source = small / "source" / NAME / f"{NAME}.ipynb"
    source.write_text(source.read_text().replace("double(2) == 4", "double(2) == 2"))
    in_this_process(small, "generate_assignment", NAME)
    out, err = course(small, "autograde", NAME)
    assert "0 submissions graded" in out
    assert "3 submissions were graded with another answer key: ana, beka, gio" in err
    assert marks(small, "ana") == FULL
    out, err = course(small, "autograde", NAME, "--changed")
    assert out.startswith("3 submissions graded in ")
    assert "--changed" not in err
    assert marks(small, "ana") == {**FULL, "double-check": 0}


def test_without_a_sandbox_foreign_code_is_refused(small):
    _, err = course(small, "autograde", NAME, code=1, COURSE_BOX="limits")
    assert "There is no sandbox" in err
    assert "--trusted-submissions" in err
    assert not (small / "autograded").exists()
    out, _ = course(small, "autograde", NAME, "--trusted-submissions", COURSE_BOX="limits")
    assert "sandbox: limits" in out
    assert marks(small, "ana") == FULL


SLOW = {**RIGHT, "total": "import time\ntime.sleep(2)\ntotal = 60"}


def descendants(process: int) -> dict[int, str]:
    """The processes that come from this one, with their command lines; parents first."""
    children, lines = defaultdict(list), {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children[parent].append(int(folder.name))
            lines[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
    found = [process]
    for parent in found:
        found += children[parent]
    return {child: lines[child] for child in found[1:] if child in lines}


def wait_for(condition, seconds: float = 120):
    """What the condition gives as soon as it gives something."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)
    return found


def in_the_box(process: int) -> list[int]:
    """The processes of the boxes: bubblewrap's, the fork server, the student's."""
    return [pid for pid, line in descendants(process).items() if "inside/server.py" in line]


@pytest.mark.parametrize("victim", ["worker", "box"])
def test_a_worker_that_is_killed_loses_nothing(small, victim):
    for student in ("ana", "beka", "gio"):
        hand_in(small, student, SLOW)
    running = start(small, "autograde", NAME, "--jobs", "1")

    def at_work():
        # bubblewrap, its child, the fork server, and of a submission the helper and the process
        return len(in_the_box(running.pid)) >= 5

    wait_for(at_work)
    if victim == "worker":
        workers = [p for p, c in descendants(running.pid).items() if "import worker" in c]
        os.kill(workers[0], signal.SIGKILL)
    else:
        os.kill(in_the_box(running.pid)[0], signal.SIGKILL)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, out + err
    assert out.startswith("3 submissions graded in ")
    for student in ("ana", "beka", "gio"):
        assert marks(small, student) == FULL


def test_ctrl_c_ends_it_cleanly_and_the_next_run_completes(small, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    hand_in(small, "beka", SLOW)
    hand_in(small, "gio", SLOW)
    running = start(small, "autograde", NAME, "--jobs", "2", TMPDIR=str(temporary))
    wait_for(lambda: len(in_the_box(running.pid)) >= 5)
    processes = descendants(running.pid)
    begun = time.monotonic()
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert time.monotonic() - begun < 10
    assert running.returncode == 130, out + err
    assert "Traceback" not in err
    assert "Stopped" in err
    wait_for(lambda: not any(Path(f"/proc/{process}").exists() for process in processes))
    assert not list(temporary.iterdir())
    course(small, "autograde", NAME)
    assert [marks(small, student) for student in ("ana", "beka", "gio")] == [FULL] * 3


def test_two_gradings_at_once_do_not_mix(small):
    running = start(small, "autograde", NAME)
    wait_for(lambda: in_the_box(running.pid))
    os.kill(running.pid, signal.SIGSTOP)  # it takes as long as the second one needs to start
    _, err = course(small, "autograde", NAME, code=1)
    assert f"This course is being graded already (process {running.pid}" in err
    os.kill(running.pid, signal.SIGCONT)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, out + err
    assert marks(small, "ana") == FULL


def test_the_seed_of_the_hidden_cases_is_the_instructors(tmp_path):
    check = "from course.check import seed\nseed() % 1000 / 1000"
    cells = [
        cell("answer", "code", DOUBLE, solution=True),
        cell("seed-check", "code", check, points=1, grade=True, locked=True),
    ]
    root = new_course(tmp_path, small=cells)
    hand_in(root, "ana", {})
    for seed, expected in [("7", 0.007), ("8", 0.008)]:
        out, _ = course(root, "autograde", NAME, "--force", COURSE_SEED=seed)
        assert "COURSE_SEED" not in out
        assert marks(root, "ana") == {"seed-check": expected}


def test_a_class_on_everybodys_seed_is_told_so_and_a_seed_that_is_none_stops_at_once(small):
    hand_in(small, "ana", RIGHT)
    said = {
        "en": ("Hidden cases come from the seed that everybody has", "has to be a whole number"),
        "ka": ("ფარული შემთხვევები", "მთელი რიცხვი"),
    }
    for language, (everybodys, no_seed) in said.items():
        _, err = course(
            small, "autograde", NAME, code=1, COURSE_SEED="my secret", COURSE_LANG=language
        )
        assert no_seed in err
        assert "'my secret'" in err
        assert len(err.strip().splitlines()) == 1
        out, _ = course(small, "autograde", NAME, "--force", COURSE_LANG=language)
        assert out.count(everybodys) == 1
    assert marks(small, "ana") == FULL


# Assignments of other instructors


ORDINARY = {
    "first": [
        cell("setup", "code", "import helper\nRATE = 0.18", locked=True),
        cell("vat", "code", "### BEGIN SOLUTION\ndef vat(x): return x * RATE\n### END SOLUTION",
             solution=True),
        cell("vat-check", "code", "assert helper.near(vat(100), 18)\n"
             "### BEGIN HIDDEN TESTS\nassert helper.near(vat(0), 0)\n### END HIDDEN TESTS",
             points=2, grade=True, locked=True),
        cell("rows", "code", "### BEGIN SOLUTION\nrows = 3\n### END SOLUTION", solution=True),
        cell("rows-check", "code",
             "import pandas as pd\nassert len(pd.read_csv('data/prices.csv')) == rows",
             points=1, grade=True, locked=True),
        cell("plot", "code", "### BEGIN SOLUTION\n1\n### END SOLUTION", points=3, grade=True,
             solution=True),
        cell("essay", "markdown", "Your words", points=4, grade=True, solution=True),
        cell("a-task", "markdown", "Make a table.", points=5, task=True, locked=True),
    ],
    "second": [
        cell("name", "code", "### BEGIN SOLUTION\nname = 'x'\n### END SOLUTION", solution=True),
        cell("name-check", "code", "assert name == 'Nino'", points=1, grade=True, locked=True),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    """An assignment of two notebooks with files beside them, and a penalty for being late."""
    root = tmp_path_factory.mktemp("ordinary")
    folder = root / "source" / NAME
    (folder / "data").mkdir(parents=True)
    (folder / "data/prices.csv").write_text("price\n1\n2\n3\n")
    (folder / "helper.py").write_text("def near(a, b):\n    return abs(a - b) < 1e-9\n")
    new_course(root, **ORDINARY)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write('c.AssignLatePenalties.plugin_class = "tests.test_gradebook.PointAnHour"\n')
    with book(root) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2030-01-01 00:00:00 UTC")
    right = {
        "vat": "def vat(x):\n    return 18 * x / 100",
        "rows": "rows = len(open('data/prices.csv').readlines()) - 1",
        "plot": "print('a plot')",
        "essay": "More e-mail.",
        "name": "name = 'Nino'",
    }
    hand_in(root, "right", right, timestamp="2029-12-31 23:00:00 UTC")
    hand_in(root, "late", right, timestamp="2030-01-01 02:00:00 UTC")
    hand_in(root, "guesses", {**right, "vat": "def vat(x):\n    return 18", "rows": "rows = '3'"})
    forged = "def near(a, b):\n    return True\n"
    (hand_in(root, "forges", {"vat": "def vat(x): return 0"}) / "helper.py").write_text(forged)
    (hand_in(root, "half", right) / "second.ipynb").unlink()
    hand_in(root, "nothing", {})
    return root


def test_an_ordinary_assignment_has_the_marks_of_nbgrader(ordinary, tmp_path):
    ours = shutil.copytree(ordinary, tmp_path / "ours")
    theirs = shutil.copytree(ordinary, tmp_path / "theirs")
    shutil.rmtree(theirs / "submitted/half")  # a notebook less: see the next test
    with_nothing_of_ours(theirs)
    nbgrader(theirs, "autograde", NAME)
    course(ours, "autograde", NAME, code=1)
    about = {
        student: marks(ours, student, notebook="first")
        for student in ("right", "guesses", "forges", "nothing")
    }
    by_hand = {"essay": None, "plot": None, "a-task": None}
    assert about["right"] == {"vat-check": 2, "rows-check": 1, **by_hand}
    assert about["guesses"] == {"vat-check": 0, "rows-check": 0, **by_hand}
    assert about["forges"]["vat-check"] == 0
    assert about["nothing"] == {"vat-check": 0, "rows-check": 0, "essay": 0, "plot": 0,
                                "a-task": None}  # fmt: skip
    students = ["right", "late", "guesses", "forges", "nothing"]
    assert of_students(in_gradebook(ours), students) == of_students(in_gradebook(theirs), students)
    for root in (ours, theirs):
        with book(root) as gradebook:
            assert gradebook.find_submission(NAME, "late").late_submission_penalty == 2 + 1
            assert gradebook.find_submission(NAME, "right").late_submission_penalty == 0
    assert (ours / "autograded/forges" / NAME / "helper.py").read_text().endswith("1e-9\n")


@pytest.mark.parametrize("by_nbgrader", [False, True])
def test_a_notebook_that_is_missing_is_told(ordinary, tmp_path, by_nbgrader):
    root = shutil.copytree(ordinary, tmp_path / "course")
    if by_nbgrader:
        said = nbgrader(root, "autograde", NAME, "--student=half")
    else:
        _, said = course(root, "autograde", NAME, "--students", "half", code=1)
    assert "NOT GRADED half: The submission has no notebook second.ipynb." in said
    assert marks(root, "half", notebook="first")["vat-check"] == 2
    with book(root) as gradebook:
        second = gradebook.find_submission_notebook("second", NAME, "half")
        assert second.needs_manual_grade


# A kernel that is not Python's


TOY = '''
"""A language of one statement a cell: `say WORD` prints it, `must WORD` wants it said before."""
import os, sys
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

class Toy(Kernel):
    implementation = language = "toy"
    implementation_version = language_version = "1"
    language_info = {"name": "toy", "mimetype": "text/plain", "file_extension": ".toy"}
    banner = "toy"
    said = []

    def do_execute(self, code, silent, *rest, **more):
        verb, _, word = code.strip().partition(" ")
        if verb == "see":
            self.said.append("hidden" if not os.path.exists(word) else "seen")
        if verb == "say":
            self.said.append(word)
            text = {"name": "stdout", "text": word}
            self.send_response(self.iopub_socket, "stream", text)
        if verb == "must" and word not in self.said:
            problem = {"ename": "NotSaid", "evalue": word, "traceback": [word]}
            self.send_response(self.iopub_socket, "error", problem)
            return {"status": "error", "execution_count": 1, **problem}
        return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}

IPKernelApp.launch_instance(kernel_class=Toy)
'''


def test_another_kernel_runs_inside_the_box(tmp_path, monkeypatch):
    if not box.best().name.startswith("bubblewrap"):
        pytest.skip("only bubblewrap runs kernels of other languages")
    kernel = tmp_path / "jupyter/kernels/toy"
    kernel.mkdir(parents=True)
    (kernel / "toy.py").write_text(TOY)
    command = [sys.executable, "{resource_dir}/toy.py", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "Toy", "language": "toy"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    cells = [
        cell("word", "code", "### BEGIN SOLUTION\nsay hello\n### END SOLUTION", solution=True),
        cell("word-check", "code", "must hello", points=3, grade=True, locked=True),
        cell("sight", "code", "### BEGIN SOLUTION\nsay x\n### END SOLUTION", solution=True),
        cell("sight-check", "code", "must hidden", points=1, grade=True, locked=True),
    ]
    root = tmp_path / "course"
    root.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write('c.ClearSolutions.code_stub = {"toy": "say nothing"}\n')
    kernelspec = {"display_name": "Toy", "language": "toy", "name": "toy"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    notebooks.write(notebook, root / "source" / NAME / f"{NAME}.ipynb")
    in_this_process(root, "generate_assignment", NAME)
    see = f"see {root / 'gradebook.db'}"
    hand_in(root, "ana", {"word": "say hello", "sight": see})
    hand_in(root, "beka", {"word": "say goodbye", "sight": see})
    course(root, "autograde", NAME)
    assert marks(root, "ana") == {"word-check": 3, "sight-check": 1}
    assert marks(root, "beka") == {"word-check": 0, "sight-check": 1}


# What cannot be graded has no zero


def test_a_check_that_cannot_be_graded_waits_for_a_person(tmp_path, caplog):
    needs = "open('beside.txt', 'w').write('3')\nlimit = float(open('beside.txt').read())"
    out_of_reach = "import os\nhere = os.environ['COURSE_ONLY_IN_THE_BOX']"
    cells = [
        *SMALL[:2],
        cell("limit", "code", needs, locked=True),
        cell("limit-check", "code", "assert limit == double(1.5)", 1, grade=True, locked=True),
        cell("here", "code", out_of_reach, locked=True),
        cell("here-check", "code", "assert here == double(2)", 1, grade=True, locked=True),
    ]
    root = new_course(tmp_path, **{NAME: cells})
    hand_in(root, "ana", RIGHT)
    course(root, "autograde", NAME, code=1)
    assert marks(root, "ana") == {"double-check": 1, "limit-check": 1, "here-check": None}
    record = json.loads((root / f"autograded/ana/.{NAME}.json").read_text())
    assert "COURSE_ONLY_IN_THE_BOX" in record["refused"][NAME]
    shutil.rmtree(root / "autograded")
    in_this_process(root, "autograde", NAME, "ana")
    assert "NOT GRADED here-check" in caplog.text
    assert marks(root, "ana") == {"double-check": 1, "limit-check": 1, "here-check": None}
    record = json.loads((root / f"autograded/ana/.{NAME}.json").read_text())
    assert "COURSE_ONLY_IN_THE_BOX" in record["refused"][NAME]
    with book(root) as gradebook:
        assert gradebook.find_grade("here-check", NAME, NAME, "ana").needs_manual_grade


def test_a_worker_is_left_where_the_course_was_put_anew(tmp_path, monkeypatch):
    package = tmp_path / "course"
    package.mkdir()
    monkeypatch.setattr(worker, "PACKAGE", package)
    first = worker.Worker()
    assert first.is_sound()
    package.rename(tmp_path / "old")
    assert not first.is_sound()
    package.mkdir()
    assert not first.is_sound()
    first.close()
