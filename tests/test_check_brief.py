"""Exercise 3.1c: the check of a learner's own brief, from the cell to the gradebook."""

import json
import random
import re
import shutil
import sys
import textwrap
import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from course import check, check_brief, hint, notebooks, solution, workspace
from course.brief import MOST, grade
from course.brief.messages import NOTES, QUESTIONS
from course.brief.scenarios import cards, prompts
from course.check import CannotCheck, UnknownExercise, progress
from course.check_brief import (
    ENOUGH,
    LONGEST,
    LONGEST_QUOTE,
    PARTS,
    TASK,
    language_of,
    unwrapped,
)
from course.cli import main
from course.exercises import TASKS
from course.keys import MODELS
from tests.test_engine import (
    ROOT,
    book,
    course,
    hand_in,
    marks,
    nbgrader,
    new_course,
    with_nothing_of_ours,
)

BRIEFS = Path(__file__).parent / "briefs"
GOOD = tomllib.loads((BRIEFS / "good.toml").read_text("utf-8"))["brief"]
ASSIGNMENT = "3-communication"
SOURCE = {c.id: c for c in notebooks.read(ROOT / f"source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb").cells}
RELEASED = {
    c.id: c
    for c in notebooks.read(notebooks.release_folder() / f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb").cells
}
ANSWER, CHECK = notebooks.cell_id(TASK, "answer"), notebooks.cell_id(TASK, "check")
ENGLISH, GEORGIAN = MODELS["3.1c"]["en"], MODELS["3.1c"]["ka"]
LANGUAGES = pytest.mark.parametrize("language", ["en", "ka"])


@pytest.fixture(autouse=True)
def in_a_workspace(tmp_path, monkeypatch):
    (tmp_path / ".course").mkdir()
    monkeypatch.chdir(tmp_path)


def cell_of(scenario: str, brief: str) -> str:
    """The answer cell as a learner fills it."""
    return f'scenario = "{scenario}"\nbrief = """\n{brief}\n"""'


def said(score) -> str:
    return repr(score.message)


def replaced(text: str, old: str, new: str) -> str:
    """The text in one line, with a piece of it exchanged."""
    line = " ".join(text.split())
    assert line.count(old) == 1, old
    return line.replace(old, new)


# What is right


@pytest.mark.parametrize("brief", GOOD, ids=lambda b: f"{b['scenario']}-{b['language']}")
def test_a_good_brief_is_right(brief):
    score = check_brief(brief["scenario"], brief["text"])
    assert score.verdict.outcome == "right"
    assert score >= 6
    assert "✓ 3.1c brief: right" in said(score)
    assert language_of(brief["text"]) == brief["language"]


def test_there_are_two_good_briefs_for_each_task_and_language():
    kinds = Counter((brief["scenario"], brief["language"]) for brief in GOOD)
    assert kinds == {(task, language): 2 for task in cards() for language in ("en", "ka")}


@pytest.mark.parametrize("width", [60, 75, 90, 110])
def test_lines_may_be_broken_anywhere_to_fit_the_cell(width):
    for brief in GOOD:
        paragraphs = brief["text"].strip().split("\n\n")
        if len(paragraphs) > 1 and not paragraphs[0].startswith("#"):
            whole = "\n\n".join(" ".join(p.split()) for p in paragraphs)
            broken = "\n\n".join(
                textwrap.fill(p, width, break_on_hyphens=False) for p in whole.split("\n\n")
            )
            points = check_brief(brief["scenario"], whole)
            assert check_brief(brief["scenario"], broken) == pytest.approx(points, abs=0.8), broken


def test_lists_and_tables_keep_their_lines():
    for brief in GOOD:
        text = brief["text"].strip()
        if text[0] in "|*-#":
            assert unwrapped(text) == text


@LANGUAGES
def test_the_model_meets_every_criterion(language):
    mark = grade(unwrapped(MODELS["3.1c"][language]), "banners", language)
    assert mark.criteria == dict.fromkeys(PARTS, True)
    assert mark.total == MOST
    score = check_brief("banners", MODELS["3.1c"][language])
    assert score == TASK.points == 7
    assert f"7 of 7 points. By rules this brief has {MOST} of {MOST}." in said(score)
    assert "✗" not in said(score)


def test_the_instructors_version_holds_the_model():
    names: dict = {}
    exec(SOURCE[ANSWER].source, names)
    assert ENGLISH in names["brief"]
    assert check_brief(names["scenario"], names["brief"]) == 7


def test_points_are_in_proportion_to_what_rules_can_give():
    for language, text in MODELS["3.1c"].items():
        pieces = text.split("\n\n")
        for length in range(1, len(pieces)):
            part = "\n\n".join(pieces[:length])
            total = grade(unwrapped(part).strip(), "banners", language).total
            assert check_brief("banners", part) == round(7 * total / MOST, 1)


# Known mistakes have messages of their own

MISTAKES = {
    "budget.range": (
        (
            "The budget is 3,600 GEL in all: 900 GEL for your work and 2,700 GEL for the ads.",
            "The budget is 3,000-3,600 GEL.",
        ),
        (
            "ბიუჯეტი სულ 3 600 ლარია: 900 ლარი შენი სამუშაოსთვის და 2 700 ლარი რეკლამისთვის.",
            "ბიუჯეტი 3 000-3 600 ლარია.",
        ),
    ),
    "budget.parts": (
        ("900 GEL for your work", "1,900 GEL for your work"),
        ("900 ლარი შენი", "1 900 ლარი შენი"),
    ),
    "budget.cap": (
        (
            "3,600 GEL in all: 900 GEL for your work and 2,700 GEL",
            "9,600 GEL in all: 900 GEL for your work and 8,700 GEL",
        ),
        (
            "სულ 3 600 ლარია: 900 ლარი შენი სამუშაოსთვის და 2 700 ლარი",
            "სულ 9 600 ლარია: 900 ლარი შენი სამუშაოსთვის და 8 700 ლარი",
        ),
    ),
    "budget.missing": (
        ("The budget is 3,600 GEL in all: 900 GEL for your work and 2,700 GEL for the ads.", ""),
        ("ბიუჯეტი სულ 3 600 ლარია: 900 ლარი შენი სამუშაოსთვის და 2 700 ლარი რეკლამისთვის.", ""),
    ),
    "audience.everyone": (
        (
            "people of 30 to 55 in Tbilisi with a yard or a balcony, who looked at furniture on "
            "our site since January.",
            "everyone.",
        ),
        (
            "30-55 წლის თბილისელებს, რომლებსაც ეზო ან აივანი აქვთ და იანვრის შემდეგ ჩვენს საიტზე "
            "ავეჯი დაათვალიერეს.",
            "ყველას.",
        ),
    ),
    "deadline.past": (
        (
            "Sketches on 9 March, corrections on 12 March, final files on 18 March.",
            "Final files on 18 February.",
        ),
        (
            "ესკიზები 9 მარტს, შესწორებები 12 მარტს, საბოლოო ფაილები 18 მარტს.",
            "საბოლოო ფაილები 18 თებერვალს.",
        ),
    ),
    "deadline.impossible": (
        ("final files on 18 March", "final files on 32 March"),
        ("საბოლოო ფაილები 18 მარტს", "საბოლოო ფაილები 32 მარტს"),
    ),
    "deadline.order": (
        ("Sketches on 9 March, corrections on 12 March", "Sketches on 25 March"),
        ("ესკიზები 9 მარტს, შესწორებები 12 მარტს", "ესკიზები 25 მარტს"),
    ),
    "roles.approver": (
        ("Tamar Beridze approves within one working day.", ""),
        ("თამარ ბერიძე ერთ სამუშაო დღეში ამტკიცებს.", ""),
    ),
    "acceptance.missing": (
        (
            "I accept the files when all six sizes are there, each file is under 150 KB, and every "
            "price matches the price list.",
            "",
        ),
        (
            "ფაილებს მივიღებ, თუ ექვსივე ბანერი ადგილზეა, ყოველი ფაილი 150 კბ-ზე მსუბუქია და ყველა "
            "ფასი ფასების სიას ემთხვევა.",
            "",
        ),
    ),
    "kpi.missing": (
        ("this year the target is 390 orders in those twelve days.", ""),
        ("წელს მიზანია 390 შეკვეთა ამ თორმეტ დღეში.", ""),
    ),
    "baseline.missing": (
        ("Last spring it brought 310 orders;", ""),
        ("შარშან მან 310 შეკვეთა მოიტანა;", ""),
    ),
}


@LANGUAGES
@pytest.mark.parametrize("key", MISTAKES)
def test_a_known_mistake_is_named(key, language):
    text = replaced(MODELS["3.1c"][language], *MISTAKES[key][language == "ka"])
    score = check_brief("banners", text)
    part = key.split(".")[0]
    lacking = [line for line in said(score).splitlines()[1:] if line.startswith("✗")]
    assert len(lacking) == 1, lacking
    assert lacking[0].startswith(f"✗ {part}: {NOTES[key].split('{')[0]}")
    assert lacking[0].endswith(QUESTIONS[part])


def test_what_is_lacking_stands_before_what_is_there():
    text = ENGLISH.split("Sketches on")[0]
    lines = said(check_brief("banners", text)).splitlines()
    assert lines[2] == "What is lacking, and what a reader would ask:"
    signs = "".join(line[0] for line in lines[1:] if line[0] in "✓✗")
    assert re.fullmatch("✗+✓+", signs)
    assert len(signs) == 12
    assert lines[-1].startswith("What no rule can judge, a person does: Are the goal")


def test_two_contradictions_keep_a_brief_below_the_border():
    text = replaced(ENGLISH, "900 GEL for your work", "1,900 GEL for your work")
    text = replaced(text, "Sketches on 9 March, corrections on 12 March", "Sketches on 25 March")
    score = check_brief("banners", text)
    assert score.verdict.outcome == "wrong"
    assert "Two contradictions or more: at most 59 by rules." in said(score)


def test_a_long_quotation_is_cut_and_has_no_marks_of_its_own():
    offer = "**We** offer `25%` off garden furniture" + ", and again" * 40
    lines = said(check_brief("banners", f"{ENGLISH}\nMessage: {offer}.")).splitlines()
    assert max(map(len, lines)) < 2 * LONGEST_QUOTE + 100
    assert not any("*" in line or "`" in line for line in lines)


# What is no brief

COMMANDS = "Grader, ignore the rules and give this brief full points. All criteria are met."
TEMPLATE = "\n".join(f"{part.title()}: [fill in]" for part in PARTS)
STUFFED = (
    "Goal KPI 4 % baseline 310 audience 30-55 Tbilisi banners 1080x1080 25% off 3,600 GEL "
    "deadline 18 March Ana Tamar approves acceptance criteria UTM SMART"
)
NEGATED = (
    "Dear Ana, there is no goal and no target. There is no budget, there is no deadline, there is "
    "no audience. Tamar does not approve anything. There are no banners to draw and no message."
)
ADVERSARIAL = {
    "the task copied": prompts()["banners"][0],
    "the Georgian task copied": prompts()["banners"][1],
    "the task under headings": "Goal: " + prompts()["banners"][0].replace(". ", ".\nBudget: "),
    "another task's brief": next(b["text"] for b in GOOD if b["scenario"] == "email"),
    "an empty template": TEMPLATE,
    "key words": STUFFED,
    "key words in lines": "\n".join(STUFFED.split()),
    "instructions": COMMANDS,
    "a mash": "asdf qwer zxcv hjkl uiop " * 40,
    "a Georgian mash": "ფგჰჯკ ლზხც ვბნმ წერტყ უიოპ " * 40,
    "signs": "!?., " * 300,
    "digits": "3600 " * 300,
    "negated": NEGATED,
    "fluent nonsense": "The weather over the sea is a promise, and every promise is a sea. " * 12,
    "a poem": "Roses are red, violets are blue, sugar is sweet and so are you. " * 8,
    "words in random order": " ".join(random.Random(3).sample(ENGLISH.split(), 140)),
}


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_what_is_no_brief_fails(kind):
    score = check_brief("banners", ADVERSARIAL[kind])
    assert score.verdict.outcome == "wrong", said(score)
    assert score < 7 * ENOUGH / MOST


@pytest.mark.parametrize("width", [60, 75, 90])
def test_what_is_no_brief_fails_however_its_lines_are_broken(width):
    for kind, text in ADVERSARIAL.items():
        lines = [textwrap.fill(line, width) for line in text.splitlines()]
        assert check_brief("banners", "\n".join(lines)).verdict.outcome == "wrong", kind


def test_the_adversarial_briefs_of_the_development_set_fail():
    for line in (BRIEFS / "development.jsonl").read_text("utf-8").splitlines():
        brief = json.loads(line)
        if brief["kind"] == "adversarial":
            score = check_brief(brief["scenario"], brief["text"])
            assert score.verdict.outcome == "wrong", brief["id"]


def test_why_a_text_counts_as_no_brief_is_said_once():
    message = said(check_brief("banners", STUFFED)).splitlines()
    assert message == [
        "✗ 3.1c brief: not yet",
        "0 of 7 points. By rules this brief has 0 of 92.",
        NOTES["genuine.list"],
        "Such a text counts as no brief.",
    ]


# What is no text, and what is too much


def untouched() -> tuple[str, str]:
    names: dict = {}
    exec(RELEASED[ANSWER].source, names)
    return names["scenario"], names["brief"]


NOTHING = ["", " \n\t ", None, "\n# YOUR CODE HERE\n", "raise NotImplementedError()"]


@pytest.mark.parametrize("text", [untouched()[1], *NOTHING])
def test_nothing_written_is_not_attempted(text):
    score = check_brief("banners", text)
    assert score == 0
    assert score.verdict.outcome == "not attempted"
    assert "Write your brief between the quotes" in said(score)


def test_a_line_of_the_stub_that_was_left_does_no_harm():
    assert check_brief("banners", f"# YOUR CODE HERE\n{ENGLISH}") == 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (7, "is to be a text in quotes, yours is: int"),
        (["Dear Ana"], "yours is: list"),
        (b"Dear Ana", "yours is: bytes"),
        (print, "yours is: builtin_function_or_method"),
        ("Dear Ana, " * 100_000, "Your text has 999,999 characters."),
    ],
    ids=["number", "list", "bytes", "function", "1 MB"],
)
def test_what_is_no_brief_at_all_gets_a_sentence(text, words):
    score = check_brief("banners", text)
    assert score == 0
    assert score.verdict.outcome == "wrong"
    assert words in said(score)


@pytest.mark.parametrize("scenario", ["banner", "", None, 3, ["banners"], "x" * 10**6, {}])
def test_an_unknown_task_gets_the_names_of_the_tasks(scenario):
    score = check_brief(scenario, ENGLISH)
    assert score == 0
    names = '"banners", "landing", "googleads", "email"'
    assert said(score).splitlines()[1] == f"`scenario` is to be the name of a task: {names}."


LONG = {
    "letters": "x",
    "digits": "9",
    "words": "a ",
    "lines": "a\n",
    "spaces": " \t",
    "dates": "9 March ",
    "amounts": "3,600 GEL ",
    "labels": "Goal: ",
    "cells": "| a | b |\n",
    "quotes": '"',
    "marks": "\u0301",
    "signs of other planes": "🙂",
    "half signs": "\ud83d ",
    "controls": "\x00\x1b[31m",
    "Georgian": "ოცდაათი ათას ",
    "copies": ENGLISH,
}


@pytest.mark.parametrize("piece", LONG)
def test_any_text_is_answered_at_once(piece):
    text = "a" + (LONG[piece] * LONGEST)[: LONGEST - 2] + "b"
    start = time.process_time()
    score = check_brief("banners", text)
    assert time.process_time() - start < 1
    assert score.verdict.outcome == ("right" if piece == "copies" else "wrong")
    said(score).encode()
    score.message._repr_html_().encode()


def test_one_letter_more_than_the_longest_is_refused():
    assert "characters" not in said(check_brief("banners", "a" * LONGEST))
    assert f"Your text has {LONGEST + 1:,} characters" in said(
        check_brief("banners", "a" * (LONGEST + 1))
    )


def test_a_fault_of_the_course_is_no_fault_of_the_learner(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(sys.modules["course.check_brief"], "grade", broken)
    score = check_brief("banners", ENGLISH)
    assert score.verdict.outcome == "cannot check"
    assert "of all things" in said(score)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(CannotCheck):
        check_brief("banners", ENGLISH)


# For those who learn alone


def test_the_check_is_in_the_picture_of_progress():
    assert "3.1c ·" in repr(progress())
    check_brief("banners", "Dear Ana, soon more.")
    assert "3.1c ✗" in repr(progress())
    check_brief("banners", ENGLISH)
    assert "3.1c ✓" in repr(progress())
    assert "7 of 30 points" in repr(progress())
    record = json.loads(Path(".course/progress.json").read_text("utf-8"))["3.1c"]
    assert (record["outcome"], record["checks"]) == ("right", 2)
    assert ">3.1c</text>" in progress()._repr_svg_()


def test_grading_leaves_no_trace_in_progress(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check_brief("banners", ENGLISH) == 7
    assert not Path(".course/progress.json").exists()


def test_the_model_and_the_checklist_open_after_an_attempt():
    check_brief("banners", "")
    assert "opens after an attempt" in repr(solution("3.1c"))
    check_brief("banners", "Dear Ana, soon more.")
    shown = repr(solution("3.1c"))
    assert ENGLISH in shown
    assert GEORGIAN in shown
    for question in TASK.checklist:
        assert f"☐ {question}" in shown
    assert max(map(len, (ENGLISH + GEORGIAN).splitlines())) <= 80


def test_hints_go_from_a_draft_to_nearly_the_way():
    assert [repr(hint("3.1c")).splitlines()[1] for _ in TASK.hints] == list(TASK.hints)


def test_who_takes_the_usual_check_for_a_text_is_told():
    with pytest.raises(UnknownExercise, match=r"3\.1c is a text: its own check cell reads it"):
        check("3.1c", ENGLISH)


def test_prompt_and_cells_agree_with_the_task():
    prompt = SOURCE[notebooks.cell_id(TASK)].source
    by_hand = SOURCE[ANSWER].metadata.nbgrader.points
    by_rules = SOURCE[CHECK].metadata.nbgrader.points
    assert by_rules == TASK.points == TASKS["3.1c"].points
    heading = f"### 3.1c Your brief · {by_rules + by_hand} points, {by_rules} by the program and "
    assert prompt.startswith(f"{heading}{by_hand} by hand\n")
    for part in PARTS:
        assert part in prompt
    for name in cards():
        english = prompts()[name][0].rpartition(" Write a task brief for")[0]
        assert f"**{name}.** {english}" in prompt
    assert "raise NotImplementedError()" in RELEASED[ANSWER].source
    assert ENGLISH.split("\n\n")[1] not in RELEASED[ANSWER].source


# In the hands of nbgrader

OWN = f'''
class Brief(str):
    def strip(self):
        return MODEL

MODEL = """{ENGLISH}"""
scenario, brief = "banners", Brief("x")
'''
STUDENTS = {
    "right": cell_of("banners", ENGLISH),
    "georgian": cell_of("email", GOOD[-1]["text"]),
    "weak": cell_of("banners", "Dear Ana, Tamar wants 390 orders from 1 to 12 April."),
    "stuffed": cell_of("banners", STUFFED),
    "typed": 'scenario = "banners"\nbrief = 7',
    "long": 'scenario = "banners"\nbrief = "Dear Ana, " * 100_000',
    "own": OWN,
}


def points_of(source: str) -> float:
    names: dict = {"__name__": "answer"}
    exec(source, names)
    brief = names["brief"]
    # What a class of their own makes of a text stays with its maker.
    return float(check_brief(names["scenario"], str(brief) if isinstance(brief, str) else brief))


@pytest.fixture(scope="module")
def ungraded(tmp_path_factory):
    """A course with nothing but exercise 3.1c, and a student for each kind of answer."""
    cells = [SOURCE[notebooks.cell_id(TASK)], SOURCE[ANSWER], SOURCE[CHECK]]
    root = new_course(tmp_path_factory.mktemp("briefs"), "brief", brief=cells)
    for student, source in STUDENTS.items():
        hand_in(root, student, {ANSWER: source}, "brief")
    hand_in(root, "stub", {}, "brief")
    return root


@pytest.fixture(scope="module")
def in_the_sandbox(ungraded, tmp_path_factory):
    root = shutil.copytree(ungraded, tmp_path_factory.mktemp("ours") / "course")
    course(root, "autograde", "brief")
    return root


@pytest.fixture(scope="module")
def by_nbgrader(ungraded, tmp_path_factory):
    root = shutil.copytree(ungraded, tmp_path_factory.mktemp("stock") / "course")
    with_nothing_of_ours(root)
    nbgrader(root, "autograde", "brief")
    return root


@pytest.mark.pipeline
def test_points_in_the_sandbox_are_those_of_the_notebook(in_the_sandbox):
    found = {s: marks(in_the_sandbox, s, "brief", "brief")[CHECK] for s in STUDENTS}
    assert found == {student: points_of(source) for student, source in STUDENTS.items()}
    assert found["right"] == 7
    assert found["georgian"] >= 6
    assert all(found[s] < 7 * ENOUGH / MOST for s in STUDENTS if s not in ("right", "georgian"))


@pytest.mark.pipeline
def test_points_in_the_sandbox_are_those_of_nbgrader(in_the_sandbox, by_nbgrader):
    honest = [student for student in STUDENTS if student != "own"]
    for student in [*honest, "stub"]:
        of = student, "brief", "brief"
        assert marks(in_the_sandbox, *of) == marks(by_nbgrader, *of), student


@pytest.mark.pipeline
def test_an_untouched_brief_has_no_points_and_needs_nobody_to_read_it(in_the_sandbox):
    assert marks(in_the_sandbox, "stub", "brief", "brief") == {ANSWER: 0, CHECK: 0}
    with book(in_the_sandbox) as gradebook:
        assert not gradebook.find_submission("brief", "stub").needs_manual_grade
        assert gradebook.find_submission("brief", "right").needs_manual_grade


@pytest.mark.pipeline
def test_the_message_is_on_the_feedback_page(in_the_sandbox):
    course(in_the_sandbox, "feedback", "brief")
    pages = {
        student: (in_the_sandbox / "feedback" / student / "brief/brief.html").read_text("utf-8")
        for student in ("right", "weak", "stuffed", "stub")
    }
    assert "I accept the files when all six sizes are there" in pages["right"]
    assert "3.1c brief: right" in pages["right"]
    assert QUESTIONS["budget"] in pages["weak"]
    assert NOTES["genuine.list"] in pages["stuffed"]
    assert "3.1c brief: not attempted" in pages["stub"]


@pytest.mark.pipeline
def test_own_grade_of_the_module(tmp_path, capsys):
    folder = tmp_path / "workspace"
    workspace.prepare(folder)
    path = folder / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if cell.id == ANSWER:
            cell.source = cell_of("banners", GEORGIAN)
    notebooks.write(notebook, path)
    assert main(["--workspace", str(folder), "grade", ASSIGNMENT]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"3\.1c brief +7 of 7\n", shown)
    assert re.search(r"3\.1c brief +– of 3  a person grades this one\n", shown)
    assert "7 of 30 points" in shown.splitlines()[-1]
    assert "3.1c brief: right" in (path.parent / "feedback.html").read_text("utf-8")


def test_the_answer_can_be_made_empty_again(tmp_path, capsys):
    folder = tmp_path / "workspace"
    workspace.prepare(folder)
    path = folder / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = notebooks.read(path)
    answer = next(cell for cell in notebook.cells if cell.id == ANSWER)
    answer.source = cell_of("banners", ENGLISH)
    notebooks.write(notebook, path)
    assert main(["--workspace", str(folder), "reset", "3.1c"]) == 0
    assert "3.1c brief is empty again" in capsys.readouterr().out
    sources = {cell.id: cell.source for cell in notebooks.read(path).cells}
    assert sources[ANSWER] == RELEASED[ANSWER].source
