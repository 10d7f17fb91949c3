"""The command `course`: what a learner meets, bad input first."""

import errno
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tomllib
import urllib.request

import nbformat
import pytest

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
from course.exercises import QUESTIONS
from course.keys import KEYS
from course.progress import Progress
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
    assert Progress(made).outcome("1.8") == "right"
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


def test_what_was_right_once_stays_done(made):
    check("1.8", KEYS["1.8"].reference)
    assert check("1.8", KEYS["1.8"].mistakes[0].answer) == 0
    assert Progress(made).outcome("1.8") == "right"


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
    assert main(["grade", "1-analytics"]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"1\.8 romi +3 of 3\n", shown)
    assert re.search(r"1\.9 incremental_romi +0 of 3\n", shown)
    assert "3 of " in shown.splitlines()[-1]
    assert (made / "1-analytics" / "feedback.html").exists()
