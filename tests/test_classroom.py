"""A class of ten through nbgrader's own commands: the marks, the messages, the hand-graded cell."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.validator import Validator
from traitlets.config import Config

from course.check import HEADINGS
from course.exercises import QUESTIONS
from course.language import _, speaking
from course.notebooks import release_folder
from tests.classroom import (
    ASSIGNMENT,
    GOLDEN,
    IDS,
    ROOT,
    SENTENCE,
    STUDENTS,
    answers,
    grades,
    hand_in,
    make_course,
    mistake_and_text,
    nbgrader,
    perfect,
    reference,
    stub,
)
from tests.jupyterlab import browser_page, instructors_server

pytestmark = pytest.mark.pipeline
SENTENCE_CELL = "company-meaning"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    root = tmp_path_factory.mktemp("class")
    make_course(root)
    nbgrader(root, "generate_assignment", ASSIGNMENT)
    nbgrader(root, "autograde", ASSIGNMENT)
    nbgrader(root, "generate_feedback", ASSIGNMENT)
    return root


def gradebook(root):
    return Gradebook(f"sqlite:///{root / 'gradebook.db'}", "internet-marketer")


def feedback(root, student):
    return (root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text("utf-8")


def test_marks_are_those_of_the_golden_table(graded):
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        assert grades(graded) == list(csv.DictReader(file))


def test_golden_table_makes_sense():
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        rows = {row.pop("student"): row for row in csv.DictReader(file)}
    full = {f"{QUESTIONS[id].points:g}" for id in IDS}
    for student in ("perfect", "other_style", "extra_cells", "duplicated_cells"):
        checks = {cell: points for cell, points in rows[student].items() if cell.endswith("-check")}
        assert set(checks.values()) <= full
        assert sum(map(float, checks.values())) == sum(QUESTIONS[id].points for id in IDS)
    for student in ("empty", "stub", "crashing"):
        assert {p for cell, p in rows[student].items() if cell.endswith("-check")} == {"0"}


def test_messages_reach_the_feedback_page(graded):
    page = feedback(graded, "all_known_mistakes")
    for id in IDS:
        mistake = mistake_and_text(id)[0]
        first_words = " ".join(mistake.message.split()[:3])
        assert first_words in page or first_words.replace("'", "&#x27;") in page
    assert page.count("not yet") >= len(IDS)
    assert "not attempted" in feedback(graded, "stub")


def test_the_sentence_waits_for_a_person(graded):
    with gradebook(graded) as book:
        perfect = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "perfect")
        assert [g.name for g in perfect.grades if g.needs_manual_grade] == [SENTENCE_CELL]
        assert perfect.score == perfect.max_score - 1
        stub = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "stub")
        assert not any(grade.needs_manual_grade for grade in stub.grades)
    assert SENTENCE in feedback(graded, "perfect")


@pytest.mark.browser
def test_a_person_grades_the_sentence_in_formgrader(graded):
    with gradebook(graded) as book:
        found = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "perfect")
        address = f"/formgrader/submissions/{found.id}"
    with (
        instructors_server(graded, f"--Exchange.root={graded / 'exchange'}") as url,
        browser_page(url) as page,
    ):
        page.click("li.lm-MenuBar-item:has-text('Nbgrader')")
        page.click("li.lm-Menu-item:has-text('Formgrader')")
        panel = page.frame_locator("iframe[src*='formgrader']")
        panel.locator(f"text={ASSIGNMENT}").first.wait_for(timeout=30_000)
        tab = page.context.new_page()
        tab.goto(url.split("/lab")[0] + address)
        # Before that nothing listens to the input.
        tab.wait_for_function("formgrader.grades?.loaded")
        tab.fill(f"input.score[id='{SENTENCE_CELL}']", "1")
        with tab.expect_response(lambda response: "/api/grade/" in response.url):
            tab.press(f"input.score[id='{SENTENCE_CELL}']", "Tab")
    with gradebook(graded) as book:
        found = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "perfect")
        assert found.score == found.max_score
        assert not found.needs_manual_grade


def test_assignment_goes_through_the_exchange_and_back(tmp_path):
    teacher, student = tmp_path / "teacher", tmp_path / "student"
    exchange = tmp_path / "exchange"
    for folder in (teacher, student, exchange):
        folder.mkdir()
    exchange.chmod(0o777)
    make_course(teacher)
    options = [f"--Exchange.root={exchange}", f"--Exchange.cache={tmp_path / 'cache'}"]
    course = "--course=internet-marketer"
    nbgrader(teacher, "generate_assignment", ASSIGNMENT)
    nbgrader(teacher, "release_assignment", ASSIGNMENT, *options)
    nbgrader(student, "fetch_assignment", ASSIGNMENT, course, *options)
    assert (student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").exists()
    nbgrader(student, "submit", ASSIGNMENT, course, *options)
    nbgrader(teacher, "collect", ASSIGNMENT, *options)
    collected = {path.name for path in (teacher / "submitted").iterdir()}
    assert len(collected - {student.__name__ for student in STUDENTS}) == 1


def test_everybody_was_graded(graded):
    for student in STUDENTS:
        assert (graded / "autograded" / student.__name__ / ASSIGNMENT).is_dir()


@pytest.fixture
def clone(tmp_path):
    """The repository as git gives it to a new instructor, and two submissions."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    hand_in(tmp_path, tmp_path / "release/en", students=[perfect, stub])
    return tmp_path


def run(root, command):
    """Run a command of the README's in the clone, and give what it prints."""
    program, *arguments = command.removeprefix("uv run ").split()
    bin = Path(sys.executable).parent
    done = subprocess.run(
        [bin / program, *arguments],
        cwd=root,
        env={**os.environ, "PATH": f"{bin}:{os.environ['PATH']}", "PYTHONPATH": str(root)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_readmes_commands_grade_a_class_in_a_fresh_clone(clone):
    readme = (clone / "README.md").read_text("utf-8")
    block = re.search(r"## For instructors.*?```\n(.*?)```", readme, re.DOTALL)[1]
    commands = [line.split("#")[0].strip() for line in block.splitlines()]
    assert [command.split()[2] for command in commands] == [
        "nbgrader",
        "course",
        "course",
        "jupyter",
    ]
    for command in commands[:3]:
        run(clone, command)
    with gradebook(clone) as book:
        found = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "perfect")
        assert found.score == found.max_score - 1
    assert "not read yet" in feedback(clone, "perfect")
    assert "1.8 romi" in feedback(clone, "stub")
    shutil.rmtree(clone / "autograded/perfect")
    run(clone, f"nbgrader autograde {ASSIGNMENT}")  # nbgrader's own goes on from there
    assert (clone / "autograded/perfect" / ASSIGNMENT).is_dir()


def test_a_class_is_graded_where_nothing_was_generated(clone):
    assert "2 submissions graded in" in run(clone, f"course autograde {ASSIGNMENT}")
    with gradebook(clone) as book:
        found = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "perfect")
        assert found.score == found.max_score - 1
    shutil.rmtree(clone / "autograded")
    run(clone, f"nbgrader autograde {ASSIGNMENT}")


def endless(notebook):
    answers(notebook, reference)
    for cell in notebook.cells:
        if cell.id == "1-8-romi-answer":
            cell.source = "def romi(d):\n    while True:\n        pass"
        if cell.id == "1-1-net-sales-answer":
            cell.source = mistake_and_text("1.1")[1]


@pytest.mark.parametrize("language", ["en", "ka"])
def test_validate_tells_a_learner_what_the_check_tells(tmp_path, monkeypatch, language):
    monkeypatch.chdir(tmp_path)
    release = release_folder(language)
    hand_in(tmp_path, release, students=[stub, endless])
    with speaking(language):
        said = {student: validated(tmp_path, student.__name__) for student in (stub, endless)}
        assert set(said[stub]) == set(IDS)
        assert all(_(HEADINGS["not attempted"][1]) in said[stub][id] for id in IDS)
        assert set(said[endless]) == {"1.1", "1.8"}
        assert _(mistake_and_text("1.1")[0].message)[:20] in said[endless]["1.1"]
        assert "Partial credit" not in str(said)
        assert said[endless]["1.8"] != said[stub]["1.8"]


def validated(root, student):
    """What JupyterLab's Validate button is answered, by exercise."""
    path = root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    failed = Validator(config=Config()).validate(str(path)).get("failed", [])
    return {re.search(r'check\("(.+?)"', cell["source"])[1]: cell["raw_error"] for cell in failed}
