"""A class of ten through nbgrader's own commands: the marks, the messages, the hand-graded cell."""

import csv
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeSubmit
from nbgrader.utils import get_username
from nbgrader.validator import Validator
from traitlets.config import Config

from course import notebooks
from course.check import HEADINGS
from course.exercises import QUESTIONS
from course.grading import engine
from course.grading.exchange import Collect
from course.grading.gradebook import parse_timestamp
from course.grading.own import nbgraders_environment
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


@pytest.fixture
def exchange(tmp_path):
    """An exchange with a released assignment that a student has fetched; makes steps in it."""
    for folder in ("teacher", "student", "cache", "exchange/course/inbound"):
        (tmp_path / folder).mkdir(parents=True)
    release = notebooks.release_folder() / ASSIGNMENT
    shutil.copytree(release, tmp_path / "exchange/course/outbound" / ASSIGNMENT)
    shutil.copytree(release, tmp_path / "student" / ASSIGNMENT)

    def step(kind, zone="UTC"):
        config = Config()
        config.CourseDirectory.root = str(tmp_path / "teacher")
        config.CourseDirectory.update(course_id="course", assignment_id=ASSIGNMENT)
        config.Exchange.root, config.Exchange.cache = map(
            str, (tmp_path / "exchange", tmp_path / "cache")
        )
        config.Exchange.update(timezone=zone, assignment_dir=str(tmp_path / "student"))
        with nbgraders_environment():
            kind(
                CourseDirectory(config=config), Authenticator(config=config), config=config
            ).start()

    return step


@pytest.mark.parametrize(
    ("zone", "hint"), [("UTC", False), ("Asia/Tbilisi", True), ("Europe/Berlin", False)]
)
def test_a_submission_has_its_name_and_time_in_any_zone(exchange, tmp_path, caplog, zone, hint):
    before = datetime.now(UTC).replace(tzinfo=None)
    exchange(ExchangeSubmit, zone)
    exchange(Collect, zone)
    assert ("cannot fetch feedback" in caplog.text) == hint
    (collected,) = (tmp_path / "teacher/submitted").iterdir()
    assert collected.name == get_username()
    text = (collected / ASSIGNMENT / "timestamp.txt").read_text()
    assert before <= parse_timestamp(text) <= datetime.now(UTC).replace(tzinfo=None)


def test_nobody_stops_the_collecting_of_a_class(exchange, tmp_path, caplog):
    """nbgrader #728, #874, #1022; and a link to a file that only the instructor can read."""
    exchange(ExchangeSubmit)
    inbound, submitted = tmp_path / "exchange/course/inbound", tmp_path / "teacher/submitted"
    secret = tmp_path / "teacher/secret.txt"
    secret.write_text("the instructor's")
    for name in (
        f"nino+{ASSIGNMENT}+yesterday",
        f"nino+{ASSIGNMENT}+",
        f"..+{ASSIGNMENT}+2026-02-01 10:00:00 UTC",
        f"+{ASSIGNMENT}+2026-02-01 10:00:00 UTC",
        f"eka+{ASSIGNMENT}+2026-02-01 10:00:00 +04",
        f"big+{ASSIGNMENT}+2026-02-01 10:00:00 UTC",
    ):
        (inbound / name).mkdir()
        (inbound / name / "link.txt").symlink_to(secret)
    with (inbound / name / "big.bin").open("wb") as file:
        file.truncate(200_000_000)
    (inbound / f"link+{ASSIGNMENT}+2026-02-01 10:00:00 UTC").symlink_to(tmp_path / "teacher")
    exchange(Collect)
    assert {path.parent.name for path in submitted.glob(f"*/{ASSIGNMENT}")} == {
        get_username(),
        "eka",
    }
    assert not (tmp_path / "teacher" / ASSIGNMENT).exists()
    assert (submitted / "eka" / ASSIGNMENT / "link.txt").is_symlink()
    assert caplog.text.count("No submission by its name") == 3  # nobody looks at the ".." one
    assert caplog.text.count("was not collected") == 2


def test_a_class_leaves_nothing_for_git(graded, tmp_path):
    """No name, mark or answer is added by a `git add .` in the instructor's clone."""
    nbgrader(graded, "export")
    nbgrader(graded, "export", "--to", "marks of my class.csv")
    nbgrader(graded, "db", "upgrade")
    with engine.only_one(graded):
        pass
    for file in ("downloaded/1-analytics/archive/nino.zip", "students.csv", "gradebook.db-journal"):
        (graded / file).parent.mkdir(parents=True, exist_ok=True)
        (graded / file).touch()
    shutil.copy(ROOT / ".gitignore", graded)

    def git(*arguments):
        command = ["git", f"--git-dir={tmp_path / 'git'}", f"--work-tree={graded}", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    git("add", ".gitignore", "nbgrader_config.py", "source", "release")
    added = {Path(name).parts[0] for name in git("ls-files").splitlines()}
    assert added == {".gitignore", "nbgrader_config.py", "source", "release"}
    status = git("status", "--porcelain", "--untracked-files=all")
    assert [line for line in status.splitlines() if not line.startswith("A ")] == []
    assert (graded / "grades.csv").exists()
    assert list(graded.glob("gradebook.db?*"))


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
    answers(notebook, reference, SENTENCE)
    for cell in notebook.cells:
        if cell.id == "1-8-romi-answer":
            cell.source = "def romi(d):\n    while True:\n        pass"
        if cell.id == "1-1-net-sales-answer":
            cell.source = mistake_and_text("1.1")[1]


@pytest.mark.parametrize("language", ["en", "ka"])
def test_validate_tells_a_learner_what_the_check_tells(tmp_path, monkeypatch, language):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_LANG", language)  # what the kernel speaks
    release = release_folder(language)
    hand_in(tmp_path, release, students=[stub, endless])
    with speaking(language):
        said = {student: validated(tmp_path, student.__name__) for student in (stub, endless)}
        assert set(said[stub]) == {*IDS, "a sentence"}
        assert all(_(HEADINGS["not attempted"][1]) in said[stub][id] for id in IDS)
        assert set(said[endless]) == {"1.1", "1.8"}
        assert _(mistake_and_text("1.1")[0].message)[:20] in said[endless]["1.1"]
        assert "Partial credit" not in str(said)
        assert said[endless]["1.8"] != said[stub]["1.8"]


def validated(root, student):
    """What JupyterLab's Validate button is answered, by exercise."""
    path = root / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    failed = Validator(config=Config()).validate(str(path)).get("failed", [])
    checked = [re.search(r'check\("(.+?)"', cell["source"]) for cell in failed]
    return {
        found[1] if found else "a sentence": cell["raw_error"]
        for found, cell in zip(checked, failed, strict=True)
    }
