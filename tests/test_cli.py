"""The command `course`: what a learner meets, bad input first."""

import errno
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request

import nbformat
import pytest
from traitlets import TraitError
from traitlets.config import Config

from course import notebooks, workspace
from course.check import (
    UnknownExercise,
    cases,
    cases_of,
    check,
    hint,
    progress,
    solution,
)
from course.cli import main, server_on
from course.exercise import Verdict
from course.exercises import EXERCISES, QUESTIONS, WRITINGS
from course.grading.languages import Solutions
from course.keys import KEYS, MODELS
from course.progress import Progress
from course.saved import answer_cell
from tests.jupyterlab import server


@pytest.fixture
def made(tmp_path, monkeypatch):
    workspace.prepare(tmp_path)
    monkeypatch.chdir(tmp_path / "1-analytics")
    return tmp_path


def test_a_learner_installs_nothing_that_only_tests_and_authors_need():
    root = notebooks.PACKAGE.parent
    project = tomllib.loads((root / "pyproject.toml").read_text())
    assert project["tool"]["uv"]["default-groups"] == []
    lock = {p["name"]: p for p in tomllib.loads((root / "uv.lock").read_text())["package"]}
    installed, look_at = set(), ["internet-marketer"]
    while look_at:
        name = look_at.pop()
        if name not in installed:
            installed.add(name)
            look_at += [needed["name"] for needed in lock[name].get("dependencies", [])]
    for_authors = {p["name"] for p in lock["internet-marketer"]["dev-dependencies"]["dev"]}
    assert installed & for_authors == {"internet-marketer"}


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("start", "progress", "grade", "reset", "--workspace"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["reset", "1.88"], "Did you mean '1.8'?"),
        (["reset", "1.4"], "Did you mean '1.4a' or '1.4b'?"),
        (["grade", "9-magic"], "Assignments: "),
    ],
)
def test_unknown_names_are_answered_with_the_known_ones(made, capsys, arguments, said):
    assert main(arguments) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", [["progress"], ["grade"], ["reset", "1.8"]])
def test_a_folder_without_a_workspace_is_said_to_be_none(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 1
    assert "start it here once" in capsys.readouterr().err


def test_a_notebook_that_is_not_json_is_named_and_left_alone(made, capsys):
    path = made / "1-analytics" / "1-analytics.ipynb"
    path.write_text("{ my answers", encoding="utf-8")
    assert main(["grade", "1-analytics"]) == 1
    said = capsys.readouterr().err
    assert "cannot be read as a notebook" in said
    assert "Move it away" in said
    assert path.read_text(encoding="utf-8") == "{ my answers"


def test_a_workspace_that_cannot_be_written_is_a_clear_error(tmp_path, monkeypatch, capsys):
    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "ws"))

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    assert main(["--workspace", str(tmp_path / "ws"), "start"]) == 1
    assert "uv run course --workspace FOLDER" in capsys.readouterr().err


def test_a_file_in_the_place_of_the_workspace_is_a_clear_error(tmp_path, capsys):
    (tmp_path / "ws").write_text("not a folder")
    assert main(["--workspace", str(tmp_path / "ws"), "start"]) == 1
    assert "ws" in capsys.readouterr().err


def test_a_full_disk_costs_no_answer(made):
    """A file size limit makes every longer write fail, as a full disk does."""

    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    path = made / "1-analytics" / "1-analytics.ipynb"
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "course", "--workspace", str(made), "reset", "1.8"],
        preexec_fn=no_room,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1
    assert "Your earlier answers are as they were" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_bytes() == before


def test_progress_counts_what_was_checked_in_the_workspace(made, capsys):
    check("1.8", KEYS["1.8"].reference)
    check("1.9", None)
    assert main(["progress"]) == 0
    shown = capsys.readouterr().out
    assert "1.8 ✓" in shown
    assert "1.9 ·" in shown
    assert f"{QUESTIONS['1.8'].points} of " in shown
    assert "<svg" in progress()._repr_svg_()


def test_a_damaged_progress_file_is_kept_and_begun_anew(made):
    file = made / ".course" / "progress.json"
    file.write_text("{")
    check("1.8", KEYS["1.8"].reference)
    assert Progress(made).state("1.8") == "right"
    assert file.with_suffix(".broken.json").read_text() == "{"


def test_progress_of_an_exercise_that_is_gone_does_no_harm(made):
    file = made / ".course" / "progress.json"
    file.write_text(json.dumps({"0.99": {"outcome": "right", "checks": 1, "hints": 0}}))
    assert "0.99" not in str(progress())


def test_the_solution_opens_after_an_attempt(made):
    assert "opens after an attempt" in repr(solution("1.8"))
    check("1.8", KEYS["1.8"].mistakes[0].answer)
    assert "def romi" in repr(solution("1.8"))


def test_hints_are_counted_over_restarts(made):
    first = repr(hint("1.8"))
    assert repr(hint("1.8")) != first
    assert Progress(made).record("1.8")["hints"] == 2


def test_a_number_without_quotes():
    with pytest.raises(UnknownExercise, match="in quotes"):
        hint(1.8)


def test_a_value_that_is_nearly_right_is_said_to_be_near(made):
    score = check("1.8", lambda d: KEYS["1.8"].reference(d).astype(float).round(4) + 1e-6)
    assert "very near" in repr(score.message)


@pytest.mark.pipeline
def test_a_cell_that_kills_the_kernel_is_said_to_do_so(made, capsys):
    path = made / "0-orientation" / "0-orientation.ipynb"
    notebook = notebooks.read(path)
    notebook.cells[-1] = nbformat.v4.new_code_cell("import os\nos._exit(1)")
    notebooks.write(notebook, path)
    assert main(["grade", "0-orientation"]) == 1
    said = capsys.readouterr().err
    assert "ends Python itself" in said
    assert "Traceback" not in said


def test_a_renamed_notebook_is_named(made, capsys):
    path = made / "1-analytics" / "1-analytics.ipynb"
    path.rename(path.with_name("1-analytics (1).ipynb"))
    assert main(["grade", "1-analytics"]) == 1
    assert "1-analytics (1).ipynb lies beside it" in capsys.readouterr().err


def test_a_language_that_there_is_not_is_refused_in_the_learners_own(made, capsys):
    workspace.prepare(made, "ka")
    assert main(["language", "tlh"]) == 1
    assert re.search("[ა-ჰ]{4}", capsys.readouterr().err)


def test_a_second_start_opens_the_first_and_nothing_alarms(tmp_path, capsys, monkeypatch):
    """One server a workspace: two would write the same files."""
    folder = tmp_path / "workspace"
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    with server(folder) as url:
        token = {"Authorization": f"token {url.split('token=')[1]}"}
        base = url.split("/lab")[0]
        request = urllib.request.Request(f"{base}/api/kernels", b"{}", token, method="POST")
        urllib.request.urlopen(request).read()
        assert main(["--workspace", str(folder), "--language", "ka"]) == 0
        assert opened == [url.replace("127.0.0.1", "localhost")]
        assert "უკვე გახსნილია" in capsys.readouterr().out
        path = folder / "start.ipynb"
        assert notebooks.read(path).metadata.get("lang") is None  # it may be open in an editor
        request = urllib.request.Request(f"{base}/api/contents/start.ipynb", headers=token)
        model = json.load(urllib.request.urlopen(request))
        assert model["content"]["metadata"]["lang"] == "ka"
        log = (tmp_path / "jupyterlab.log").read_text()
    assert not re.search("WARN|eavesdrop|nbgrader|Traceback", log, re.IGNORECASE)
    assert server_on(folder) is None


def set_answer(made, source, id="1.8", later=0):
    """Save the notebook with another answer, so many seconds from now."""
    exercise = (EXERCISES | WRITINGS)[id]
    path = next(made.glob(f"{id[0]}-*/*.ipynb"))
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if cell.id == answer_cell(exercise):
            cell.source = source
    notebooks.write(notebook, path)
    os.utime(path, (time.time() + later, time.time() + later))


def test_progress_tells_what_is_right_now_from_what_was_right_once(made, capsys):
    check("1.8", KEYS["1.8"].reference)
    assert Progress(made).state("1.8") == "right"
    check("1.8", KEYS["1.8"].mistakes[0].answer)
    assert Progress(made).state("1.8") == "was right"
    assert "1.8 (✓)" in repr(progress())
    assert "Module 1   0 of 28" in repr(progress())
    check("1.9", KEYS["1.9"].mistakes[0].answer)
    assert "1.9 ✗" in repr(progress())
    assert main(["progress"]) == 0
    assert capsys.readouterr().out.strip() == repr(progress())  # the same in the terminal
    assert "was right once" in progress()._repr_svg_()


def test_an_answer_that_was_reset_is_not_right_any_more(made, capsys):
    set_answer(made, "def romi(d): ...", later=-60)
    check("1.8", KEYS["1.8"].reference)
    assert main(["reset", "1.8"]) == 0
    assert Progress(made).state("1.8") == "was right"
    check("1.8", KEYS["1.8"].reference)
    assert Progress(made).state("1.8") == "right"


@pytest.mark.parametrize("id", WRITINGS)
def test_a_text_for_a_person_can_be_made_empty_again(made, capsys, id):
    set_answer(made, MINE, id)
    before = {path: path.read_bytes() for path in made.glob("*/*.ipynb")}
    assert main(["reset", id]) == 0
    assert f"{id} {WRITINGS[id].name} is empty again" in capsys.readouterr().out
    changed = [path for path in before if path.read_bytes() != before[path]]
    assert [path.name[0] for path in changed] == [id[0]]
    assert f"{id} ·" in repr(progress())


def test_the_picture_of_progress_is_no_wider_than_a_page(made):
    check("1.8", KEYS["1.8"].reference)
    picture = progress()._repr_svg_()
    width, height = map(int, re.search(r'width="(\d+)" height="(\d+)"', picture).groups())
    assert width < 700
    for x, y in re.findall(r'<rect x="(\d+)" y="(\d+)"', picture):
        assert int(x) + 44 <= width
        assert int(y) + 44 <= height
    assert len(set(re.findall(r'<rect x="\d+" y="\d+"', picture))) == len(EXERCISES | WRITINGS)


def test_progress_knows_the_text_that_was_right(made):
    right = Verdict("right", share=1)
    done = Progress(made)
    set_answer(made, "def romi(d): ...", later=-60)
    done.add_check("1.8", right, "def romi(d): return 1")
    assert (Progress(made).state("1.8"), Progress(made).is_unsaved("1.8")) == ("right", True)
    assert "Right, but not saved yet (Ctrl+S): 1.8" in repr(Progress(made))
    set_answer(made, "def romi(d): return 1  \n", later=60)
    assert (Progress(made).state("1.8"), Progress(made).is_unsaved("1.8")) == ("right", False)
    set_answer(made, "def romi(d): return 2", later=60)
    assert (Progress(made).state("1.8"), Progress(made).is_unsaved("1.8")) == ("was right", False)


def test_why_a_grading_gave_less_than_the_check(made):
    done = Progress(made)
    set_answer(made, "def romi(d): ...", later=-60)
    done.add_check("1.8", Verdict("right", share=1), "def romi(d): return 1")
    why = done.why_not("1.8", 0, 3)
    assert "the saved file has another answer: save the notebook (Ctrl+S)" in why
    assert done.why_not("1.8", 3, 3) == ""
    assert done.why_not("1.9", 0, 3) == ""
    set_answer(made, "def romi(d): return 2", later=60)
    assert "has been changed since" in Progress(made).why_not("1.8", 0, 3)
    set_answer(made, "def romi(d): return 1", later=60)
    assert "on the visible cases, not on all" in Progress(made).why_not("1.8", 1.5, 3)


def test_progress_takes_the_points_of_the_grading_into_account(made):
    set_answer(made, "def romi(d): return 1")
    Progress(made).add_grade("1.8", 3, 3, "def romi(d): return 1")
    assert Progress(made).state("1.8") == "right"
    check("1.8", KEYS["1.8"].mistakes[0].answer)
    assert Progress(made).state("1.8") == "wrong"
    check("1.8", KEYS["1.8"].reference)
    Progress(made).add_grade("1.8", 1.5, 3, "def romi(d): return 1")
    assert "1.8: right on the visible cases; `course grade` gave 1.5 of 3" in repr(Progress(made))
    set_answer(made, "def romi(d): return 2")
    assert "course grade" not in repr(Progress(made))


def test_a_progress_file_of_an_older_course_is_read(made):
    file = made / ".course" / "progress.json"
    record = {"outcome": "right", "checks": 1, "hints": 0, "when": "2026-01-01T10:00:00+00:00"}
    file.write_text(json.dumps({"1.8": record, "1.9": {"outcome": "wrong", "checks": 2}}))
    set_answer(made, "def romi(d): return 1")
    assert Progress(made).state("1.8") == "right"
    assert Progress(made).state("1.9") == "wrong"
    check("1.8", KEYS["1.8"].mistakes[0].answer)
    assert Progress(made).state("1.8") == "was right"
    set_answer(made, "raise NotImplementedError()", later=60)
    assert Progress(made).state("1.8") == "was right"


# Texts that a person reads


MINE = "The dates of Meta are days of Los Angeles, so Nino shifts them first."


@pytest.mark.parametrize("id", WRITINGS)
def test_a_text_for_a_person_has_hints_a_checklist_and_models(made, id):
    writing = WRITINGS[id]
    assert repr(hint(id)) != repr(hint(id))
    closed = repr(solution(id))
    assert "open once yours is written" in closed
    assert all(f"☐ {line}" in closed for line in writing.checklist)
    assert not any(text.strip() in closed for text in MODELS[id].values())
    assert f"{id} ·" in repr(progress())
    set_answer(made, MINE, id)
    opened = repr(solution(id))
    assert all(text.strip() in opened for text in MODELS[id].values())
    assert all(f"☐ {line}" in opened for line in writing.checklist)
    assert f"{id} ✎" in repr(progress())
    assert f"\n{id} " not in repr(progress())
    with pytest.raises(UnknownExercise, match="a person reads"):
        check(id, MINE)


def test_a_text_may_be_given_to_the_model_instead_of_saved(made):
    assert "open once" in repr(solution("0.7", "too short"))
    assert "Los Angeles" in repr(solution("0.7", MINE))
    assert "0.7 ✎" in repr(progress())


@pytest.mark.parametrize("id", WRITINGS)
def test_a_text_for_a_person_agrees_with_its_notebook(id):
    writing = WRITINGS[id]
    path = next((notebooks.PACKAGE.parent / "source").glob(f"{id[0]}-*/*.ipynb"))
    cells = {cell.id: cell for cell in notebooks.read(path).cells}
    cell, prompt = cells[writing.cell], cells[f"{writing.cell}-task"].source
    assert cell.metadata.nbgrader.points == writing.points
    assert f'hint("{id}")' in prompt
    assert f'solution("{id}")' in prompt
    points = "1 point" if writing.points == 1 else f"{writing.points} points"
    assert re.match(rf"### {re.escape(id.rstrip('h'))} .*{writing.name} · {points}\n", prompt)
    assert "".join(MODELS[id]["en"]).strip() in cell.source
    assert set(MODELS[id]) == ({"en"} if id == "3.5h" else {"en", "ka"})


# When solutions open


@pytest.mark.parametrize(
    ("said", "opens"),
    [
        (None, True),
        ("always", True),
        ("never", False),
        ("2026-01-01", True),
        ("2999-01-01", False),
        ("2999-01-01 18:00+04:00", False),
        ("some day", False),
        (3, False),
    ],
)
@pytest.mark.parametrize("place", ["workspace", "class"])
def test_solutions_open_when_the_released_notebook_says(made, monkeypatch, said, opens, place):
    path = made / "1-analytics" / "1-analytics.ipynb"
    notebook = notebooks.read(path)
    if said is not None:
        notebook.metadata["solutions"] = said
    notebooks.write(notebook, path)
    if place == "class":
        shutil.rmtree(made / ".course")
        shutil.rmtree(made / "0-orientation")
    else:
        monkeypatch.chdir(made)  # from the start page, from a scratch notebook
    check("1.8", KEYS["1.8"].mistakes[0].answer)
    check("0.3", KEYS["0.3"].mistakes[0].answer)
    shown = repr(solution("1.8"))
    assert ("def romi" in shown) is opens
    assert ("your instructor" in shown) is not opens
    assert ("your instructor" in repr(solution("1.12", MINE))) is not opens
    assert "def net_of_vat" in repr(solution("0.3"))  # another assignment has its own date


def test_a_class_keeps_its_date_when_the_language_changes(made):
    path = made / "1-analytics" / "1-analytics.ipynb"
    notebook = notebooks.read(path)
    notebook.metadata["solutions"] = "never"
    notebooks.write(notebook, path)
    workspace.prepare(made, "ka")
    assert notebooks.read(path).metadata["solutions"] == "never"


@pytest.mark.parametrize(
    ("said", "kept"), [("always", None), ("never", "never"), ("2026-12-01", "2026-12-01")]
)
def test_the_release_carries_when_solutions_open(said, kept):
    step = Solutions(parent=None, config=Config({"Solutions": {"open": said}}))
    notebook = nbformat.v4.new_notebook(metadata={"solutions": "of an older release"})
    released, _ = step.preprocess(notebook, {})
    assert released.metadata.get("solutions") == kept


def test_a_date_that_is_none_stops_the_release():
    with pytest.raises(TraitError, match=r"c\.Solutions\.open is 'tomorrow'"):
        Solutions(config=Config({"Solutions": {"open": "tomorrow"}}))


def test_visible_inputs_can_be_looked_at_and_spoilt_without_harm():
    inputs = cases("1.8")
    assert "[0] the small example" in repr(inputs)
    (d,) = inputs[0]
    d["net_sales_tetri"] = 0
    assert check("1.8", KEYS["1.8"].reference).verdict.outcome == "right"
    said = check("1.8", KEYS["1.8"].mistakes[0].answer).message
    assert 'The input of this case: `cases("1.8")[0]`.' in repr(said)


def test_unknown_exercise_in_a_notebook():
    with pytest.raises(UnknownExercise, match="There is no exercise"):
        check("8.1", None)


def test_grading_uses_hidden_cases_and_writes_no_progress(made, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    def learned_by_heart(d):
        for case in cases_of("1.8", 2026, False):
            if d.equals(case.args[0]):
                return KEYS["1.8"].reference(d)
        return d.net_sales_tetri * 0.0

    score = check("1.8", learned_by_heart)
    assert score == 0
    assert "hidden case" in repr(score.message)
    assert not (made / ".course" / "progress.json").exists()


@pytest.mark.pipeline
def test_own_grade_by_nbgrader(made, capsys):
    path = made / "1-analytics" / "1-analytics.ipynb"
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if cell.id == notebooks.cell_id(QUESTIONS["1.8"], "answer"):
            cell.source = "from course.keys import KEYS\nromi = KEYS['1.8'].reference"
    notebooks.write(notebook, path)
    os.utime(path, (time.time() - 60, time.time() - 60))
    source = "def incremental_romi(d): ..."  # right in the notebook, and not saved
    Progress(made).add_check("1.9", Verdict("right", share=1), source)
    assert main(["grade", "1-analytics"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"1\.8 romi +3 of 3\n", shown)
    assert re.search(r"1\.9 incremental_romi +0 of 3\n", shown)
    assert re.search(r"1\.12 What does it mean for the company +0 of 1 ", shown)
    assert re.search(r"1\.9 was right at \d\d:\d\d, the saved file has another answer", shown)
    assert Progress(made).state("1.8") == "right"
    assert "3 of " in shown.splitlines()[-1]
    assert (made / "1-analytics" / "feedback.html").exists()
