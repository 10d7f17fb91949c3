"""A class of ten through nbgrader's own commands: the marks, the messages, the hand-graded cell."""

import csv

import pytest
from nbgrader.api import Gradebook

from course.exercises import QUESTIONS
from course.keys import KEYS
from tests.classroom import (
    ASSIGNMENT,
    GOLDEN,
    IDS,
    SENTENCE,
    STUDENTS,
    grades,
    make_course,
    nbgrader,
)

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    root = tmp_path_factory.mktemp("class")
    make_course(root)
    nbgrader(root, "generate_assignment", ASSIGNMENT)
    nbgrader(root, "autograde", ASSIGNMENT)
    nbgrader(root, "generate_feedback", ASSIGNMENT)
    return root


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
        first_words = " ".join(KEYS[id].mistakes[0].message.split()[:3])
        assert first_words in page or first_words.replace("'", "&#x27;") in page
    assert page.count("not yet") >= len(IDS)
    assert "not attempted" in feedback(graded, "stub")


def test_the_sentence_waits_for_a_person_and_takes_a_mark(graded):
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", "internet-marketer") as gradebook:
        notebook = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "perfect")
        waiting = [grade for grade in notebook.grades if grade.needs_manual_grade]
        assert len(waiting) >= 1
        for grade in waiting:
            grade.manual_score = grade.max_score_gradecell
            grade.needs_manual_grade = False
        gradebook.db.commit()
        assert notebook.score == notebook.max_score
        stubbed = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "stub")
        assert not any(grade.needs_manual_grade for grade in stubbed.grades)
    assert SENTENCE in feedback(graded, "perfect")


def test_everybody_was_graded(graded):
    for student in STUDENTS:
        assert (graded / "autograded" / student.__name__ / ASSIGNMENT).is_dir()


def test_validate_tells_a_learner_what_the_check_tells(graded):
    said = nbgrader(
        graded, "validate", str(graded / "submitted/stub" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    )
    assert f"FAILED ON {len(IDS)} CELL(S)" in said.upper() or "failed" in said.lower()
