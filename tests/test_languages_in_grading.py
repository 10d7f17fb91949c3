"""A class in two languages, in one gradebook: the same marks, and each reads its own language."""

import copy
import csv
import json
import re
import shutil

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader import api
from nbgrader.utils import is_grade

from course import notebooks
from course.exercises import QUESTIONS
from course.grading import own
from course.grading.intake import Refused, blank, language_in, notebook_of, repair
from course.grading.room import Room
from course.grading.submission import Submission
from course.keys import KEYS
from course.language import _, of_notebook, speaking
from tests.benchmarks import school
from tests.classroom import (
    ASSIGNMENT,
    GOLDEN,
    IDS,
    SENTENCE,
    STUDENTS,
    all_known_mistakes,
    grades,
    hand_in,
    make_course,
    nbgrader,
    perfect,
    stub,
)
from tests.test_engine import NAME, autograded, book, course, in_gradebook, new_course
from tests.test_engine import hand_in as submit
from tests.test_engine import marks as marks_of
from tests.test_feedback import formgraders_page, student_parts
from tests.test_intake import ANSWER, CHECK, PROMPT, RELEASED, SOURCE, cell

GEORGIAN = re.compile("[ა-ჰ]")
HOSTILE = '../ka"><script>'
MANY = range(20)  # students of a school, each unlike the others, beside the ten with golden marks
ODD = [perfect, all_known_mistakes, stub]


def georgian(message, **values):
    with speaking("ka"):
        return _(message, **values)


# The release


@pytest.fixture(scope="module")
def ungraded(tmp_path_factory):
    """A course folder with both releases and the same thirty submissions in English and Georgian;
    and some English ones that name a language which there is not.
    """
    root = tmp_path_factory.mktemp("class")
    make_course(root)
    nbgrader(root, "generate_assignment", ASSIGNMENT)
    nbgrader(root, "generate_assignment", ASSIGNMENT, COURSE_LANG="ka")
    hand_in(root, root / "release/ka", "_ka")
    hand_in(root, root / "release/en", "_odd", HOSTILE, ODD)
    for number in MANY:
        for ending, code in (("", "en"), ("_ka", "ka")):
            folder = root / "submitted" / f"{school.name_of(number)}{ending}" / ASSIGNMENT
            notebooks.write(school.submission(number, code), folder / f"{ASSIGNMENT}.ipynb")
    return root


def released(root, language):
    return notebooks.read(root / "release" / language / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")


def cells_in_gradebook(root):
    """The assignment as the gradebook has it."""
    with book(root) as gradebook:
        sources = gradebook.db.query(api.SourceCell)
        graded = gradebook.db.query(api.GradeCell)
        return sorted(
            [(c.name, c.cell_type, c.locked, c.source, c.checksum) for c in sources]
        ), sorted([(c.name, c.max_score) for c in graded])


def test_the_gradebook_holds_english_whichever_release_is_made(ungraded, tmp_path):
    root = shutil.copytree(ungraded, tmp_path / "course")
    both = cells_in_gradebook(root)
    assert not any(GEORGIAN.search(text) for _name, kind, locked, text, _sum in both[0] if locked)
    for language in ("ka", "en"):
        nbgrader(root, "generate_assignment", ASSIGNMENT, "--force", COURSE_LANG=language)
        assert cells_in_gradebook(root) == both


def test_the_release_is_georgian_but_for_what_learners_write(ungraded):
    english, in_georgian = released(ungraded, "en"), released(ungraded, "ka")
    assert "lang" not in english.metadata
    assert in_georgian.metadata.lang == "ka"
    assert GEORGIAN.search(cell(in_georgian, PROMPT).source)
    for before, after in zip(english.cells, in_georgian.cells, strict=True):
        assert before.id == after.id
        if before.metadata.get("nbgrader", {}).get("solution"):
            assert before == after
        else:
            assert "nbgrader" not in before.metadata or before.cell_type == after.cell_type
    assert "HIDDEN" not in nbformat.writes(in_georgian)


def test_a_language_that_there_is_not_is_an_error(ungraded):
    with pytest.raises(RuntimeError, match="COURSE_LANG is 'xx'; the course speaks: en, ka"):
        nbgrader(ungraded, "generate_assignment", ASSIGNMENT, "--force", COURSE_LANG="xx")


# Intake


def in_file(notebook, lang):
    return json.dumps({**notebook, "metadata": {"lang": lang}}).encode()


def handed_in():
    notebook = copy.deepcopy(RELEASED)
    perfect(notebook)
    return notebook


def test_a_notebook_keeps_its_language_and_is_told_in_it():
    notebook = handed_in()
    del notebook.cells[notebook.cells.index(cell(notebook, CHECK))]
    repaired, notes = repair(in_file(notebook, "ka"), SOURCE)
    assert repaired.metadata.lang == "ka"
    message = "The {kind} {name} was missing; it was put back in its place."
    with speaking("ka"):
        assert notes == [_(message, kind=_("check"), name=CHECK)]
    again, notes = repair(nbformat.writes(repaired).encode(), SOURCE)
    assert again == repaired
    assert notes == []


@pytest.mark.parametrize(
    "lang",
    [None, 5, [], ["ka"], {"ka": 1}, "", "xx", "en", "KA", "ka\n", "../ka", HOSTILE, "k" * 10**6],
    ids=range(13),
)
def test_a_language_that_a_student_made_up_is_dropped(lang, monkeypatch):
    monkeypatch.setenv("COURSE_LANG", "ka")  # the instructor's own, not this student's
    notebook = handed_in()
    del notebook.cells[notebook.cells.index(cell(notebook, CHECK))]
    repaired, notes = repair(in_file(notebook, lang), SOURCE)
    assert "lang" not in repaired.metadata
    assert notes == [f"The check {CHECK} was missing; it was put back in its place."]
    assert of_notebook({"metadata": {"lang": lang}}) == "en"


def test_the_language_is_that_of_the_notebook_not_of_a_text_in_it():
    notebook = handed_in()
    cell(notebook, ANSWER).source = '"lang": "ka"\nx = {"lang": "ka"}'
    assert language_in(nbformat.writes(notebook).encode()) == "en"
    notebook.metadata.lang = "ka"
    assert language_in(nbformat.writes(notebook).encode()) == "ka"


def test_a_notebook_that_cannot_be_read_is_refused_in_its_language():
    raw = in_file(handed_in(), "ka").replace(b'"cells"', b'<<<<<<< HEAD\n"cells"')
    with pytest.raises(Refused) as refused:
        repair(raw, SOURCE)
    assert refused.value.language == "ka"
    with speaking("ka"):
        assert GEORGIAN.search(blank(SOURCE, str(refused.value)).cells[0].source)
        assert blank(SOURCE, "").metadata.lang == "ka"
    other = Submission("ana", {"other.ipynb": in_file({"cells": []}, "ka")}, {})
    with pytest.raises(Refused) as refused:
        notebook_of(other, SOURCE)
    wanted = f"{ASSIGNMENT}.ipynb"
    assert str(refused.value) == georgian("The submission has no notebook {wanted}.", wanted=wanted)


# A mixed class


@pytest.fixture(scope="module")
def graded(ungraded, tmp_path_factory):
    root = shutil.copytree(ungraded, tmp_path_factory.mktemp("graded") / "course")
    out, _err = course(root, "autograde", ASSIGNMENT)
    assert out.startswith(f"{60 + len(ODD)} submissions graded in ")
    read = [f"{student.__name__}{ending}" for student in ODD for ending in ("", "_ka")]
    course(root, "feedback", ASSIGNMENT, "--students", *read)
    return root


def page(root, student):
    return (root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text("utf-8")


def outputs(root, student):
    """What the check cells of a submission say, by their names."""
    path = root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    return {
        c.id: json.dumps(c.outputs, ensure_ascii=False)
        for c in notebooks.read(path).cells
        if is_grade(c) and c.cell_type == "code"
    }


def marks(root, student):
    """The points of every graded cell."""
    return marks_of(root, student, ASSIGNMENT, ASSIGNMENT)


@pytest.mark.pipeline
def test_marks_are_the_same_in_every_language(graded):
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        golden = list(csv.DictReader(file))
    for ending in ("", "_ka"):
        assert grades(graded, ending) == golden, ending
    for student in ODD:
        name = student.__name__
        assert marks(graded, f"{name}_odd") == marks(graded, name)
    for name in map(school.name_of, MANY):
        assert marks(graded, f"{name}_ka") == marks(graded, name), name


@pytest.mark.pipeline
def test_comments_in_the_gradebook_are_the_same(graded):
    rows = in_gradebook(graded)
    for name in [student.__name__ for student in STUDENTS] + list(map(school.name_of, MANY)):
        ours, theirs = ([row[1:] for row in rows if row[0] == who] for who in (name, f"{name}_ka"))
        assert ours == theirs, name


@pytest.mark.pipeline
def test_checks_speak_the_language_of_the_notebook(graded):
    for ending, language in (("", "en"), ("_ka", "ka"), ("_odd", "en")):
        with speaking(language):
            wrong, missing = _("not yet"), _("not attempted")
            mistakes = {id: [_(m.message)[:12] for m in KEYS[id].mistakes] for id in IDS}
        said = outputs(graded, f"all_known_mistakes{ending}")
        for id in IDS:
            check = said[notebooks.cell_id(QUESTIONS[id], "check")]
            assert wrong in check
            assert any(mistake in check for mistake in mistakes[id]), id
        assert all(missing in check for check in outputs(graded, f"stub{ending}").values())
    assert not GEORGIAN.search("".join(outputs(graded, "all_known_mistakes").values()))


@pytest.mark.pipeline
def test_autograded_notebooks_hold_the_english_cells(graded):
    for ending, language in (("", None), ("_ka", "ka"), ("_odd", None)):
        path = graded / "autograded" / f"perfect{ending}" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        notebook = notebooks.read(path)
        assert notebook.metadata.get("lang") == language
        assert not GEORGIAN.search(cell(notebook, PROMPT).source)


@pytest.mark.pipeline
def test_feedback_is_in_the_language_of_the_notebook(graded):
    prompt = cell(released(graded, "ka"), PROMPT).source.splitlines()[0].lstrip("# ")
    for student in ("perfect", "stub", "all_known_mistakes"):
        english, in_georgian = (
            BeautifulSoup(page(graded, f"{student}{ending}"), "html.parser")
            for ending in ("", "_ka")
        )
        assert english.html["lang"] == "en"
        assert in_georgian.html["lang"] == "ka"
        assert prompt in in_georgian.text
        assert prompt not in english.text
        assert "1.8 romi (" in english.find(id="toc").text
        assert "1.8 romi (" in in_georgian.find(id="toc").text
        for word in ("Student's answer", "Score", "Top"):
            assert word in english.text
            assert georgian(word) in in_georgian.text
            assert word not in in_georgian.text
    assert "No response." in page(graded, "stub")
    assert "No response." not in page(graded, "stub_ka")
    assert georgian("No response.") in page(graded, "stub_ka")
    assert SENTENCE in page(graded, "perfect_ka")


@pytest.mark.pipeline
def test_formgrader_shows_the_language_of_the_notebook(graded, monkeypatch):
    monkeypatch.chdir(graded)
    prompt = cell(released(graded, "ka"), PROMPT).source.splitlines()[0].lstrip("# ")
    for student, shown in (("perfect", False), ("perfect_ka", True)):
        path = formgraders_page(graded, student, ASSIGNMENT, ASSIGNMENT)
        parts, _rest = student_parts(path)
        assert (prompt in "".join(part.text for part in parts)) is shown


@pytest.mark.pipeline
def test_nbgraders_own_commands_do_the_same(graded, ungraded, tmp_path):
    root = shutil.copytree(ungraded, tmp_path / "course")
    chosen = ["all_known_mistakes_ka", "stub_ka", "stub"]
    for folder in (root / "submitted").iterdir():
        if folder.name not in chosen:
            shutil.rmtree(folder)
    nbgrader(root, "autograde", ASSIGNMENT)
    nbgrader(root, "generate_feedback", ASSIGNMENT)
    rows = in_gradebook(graded)
    assert in_gradebook(root) == [row for row in rows if row[0] in chosen]
    for student in chosen:
        about = student, ASSIGNMENT, ASSIGNMENT
        assert autograded(root, *about) == autograded(graded, *about)
        assert outputs(root, student) == outputs(graded, student)
        assert page(root, student) == page(graded, student)


@pytest.mark.pipeline
def test_a_refusal_is_read_in_the_language_of_the_notebook(tmp_path):
    root = new_course(tmp_path)
    damaged = '{"cells": [<<<<<<< HEAD], "metadata": {"lang": "ka"}}'
    (submit(root, "ana", {}) / f"{NAME}.ipynb").write_text(damaged)
    _out, err = course(root, "autograde", NAME, code=1)
    assert "NOT GRADED ana: " in err
    with book(root) as gradebook:
        found = gradebook.find_submission_notebook(NAME, NAME, "ana")
        comment = "".join(comment.auto_comment or "" for comment in found.comments)
    assert GEORGIAN.search(comment)
    assert comment in err
    course(root, "feedback", NAME)
    shown = (root / "feedback/ana" / NAME / f"{NAME}.html").read_text("utf-8")
    assert '<html lang="ka">' in shown
    assert comment.split("\n")[0] in BeautifulSoup(shown, "html.parser").text


# A learner's own mark


@pytest.mark.pipeline
def test_a_learners_own_page_is_in_the_language_of_the_notebook(ungraded, tmp_path):
    notebook = released(ungraded, "ka")
    perfect(notebook)
    cell(notebook, ANSWER).source = "def romi(d):\n    return d"
    notebooks.write(notebook, tmp_path / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    marks = {mark.cell: mark for mark in own.grade(ASSIGNMENT, tmp_path)}
    points = {mark.points for name, mark in marks.items() if name != CHECK and not mark.by_hand}
    assert marks[CHECK].points == 0
    assert 0 not in points
    shown = (tmp_path / ASSIGNMENT / "feedback.html").read_text("utf-8")
    assert '<html lang="ka">' in shown
    assert f"✗ 1.8 romi: {georgian('not yet')}" in shown


# In the box


def test_the_tables_are_described_in_the_box():
    room = Room()
    try:
        desk = room.desk({})
        code = "import course\nfrom course.language import current\ncourse.describe('orders')"
        assert desk.run(code, 30).error is None
        assert desk.run("shown = current()", 30).error is None
        assert desk.get("shown") == "en"
    finally:
        room.close()
