"""A class of ten through nbgrader's own commands: the marks, the messages, the hand-graded cell."""

import csv

import pytest
from nbgrader.api import Gradebook

from course.exercises import QUESTIONS
from tests.classroom import (
    ASSIGNMENT,
    GOLDEN,
    IDS,
    SENTENCE,
    STUDENTS,
    grades,
    make_course,
    mistake_and_text,
    nbgrader,
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
        mistake, _ = mistake_and_text(id)
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


def test_validate_tells_a_learner_what_the_check_tells(graded):
    said = nbgrader(
        graded, "validate", str(graded / "submitted/stub" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    )
    assert "failed" in said.lower()
