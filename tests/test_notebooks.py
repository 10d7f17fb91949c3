"""Lessons run, the release is what the source makes, and the course keeps its own rules."""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from course import lint, notebooks, translation, workspace
from course.exercises import QUESTIONS
from course.keys import KEYS
from tests.classroom import ROOT, nbgrader

LESSONS = sorted(notebooks.LESSONS.glob("*.ipynb"))
ASSIGNMENTS = sorted((ROOT / "source").glob("*/*.ipynb"))
STRICT = "import warnings\nwarnings.simplefilter('error')"


@pytest.mark.parametrize("code", ["en", *translation.languages()])
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_runs_from_top_to_bottom_without_a_warning(path, code, tmp_path, monkeypatch):
    """A letter that the plots' font does not have would be a warning as well."""
    monkeypatch.setenv("COURSE_LANG", code)
    name = path.name if path.stem == "start" else f"lessons/{path.name}"
    notebook = notebooks.parse(workspace.shipped(code)[name])
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STRICT))
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=resources).execute()
    streams = [o for cell in notebook.cells for o in cell.get("outputs", []) if "name" in o]
    assert not [output for output in streams if output.name == "stderr"]


def test_the_course_keeps_its_own_rules():
    assert lint.problems() == []


@pytest.fixture(scope="module", params=["en", *translation.languages()])
def built(request, tmp_path_factory):
    """The release in a language as nbgrader makes it now, and as it stands in the repository."""
    root = tmp_path_factory.mktemp("release")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "source", root / "source")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COURSE_LANG", request.param)
        for path in ASSIGNMENTS:
            nbgrader(root, "generate_assignment", path.stem)
    return root / "release" / request.param, notebooks.release_folder(request.param)


@pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.stem)
def test_release_is_what_the_source_makes_now(built, path):
    now, kept = (folder / path.stem / path.name for folder in built)
    assert now.read_text("utf-8") == kept.read_text("utf-8")


class TestLinter:
    """Broken courses are refused: each test breaks a copy of the real one."""

    @pytest.fixture
    def broken(self, tmp_path, monkeypatch):
        """A copy of the course's notebooks that a test may break."""
        for name, folder in (
            ("LESSONS", notebooks.LESSONS),
            ("SOURCE", lint.SOURCE),
            ("RELEASES", lint.RELEASES),
        ):
            shutil.copytree(folder, tmp_path / name)
            if name == "LESSONS":
                monkeypatch.setattr(notebooks, "LESSONS", tmp_path / name)
            else:
                monkeypatch.setattr(lint, name, tmp_path / name)
        return tmp_path

    def change(self, folder, id, **fields):
        """Set fields of the cell with that id, wherever it stands in the folder."""
        for path in folder.rglob("*.ipynb"):
            notebook = notebooks.read(path)
            for cell in notebook.cells:
                if cell.id == id:
                    cell.update(fields)
                    notebooks.write(notebook, path)
                    return cell
        raise LookupError(id)

    def test_a_copy_that_nobody_broke_has_no_problem(self, broken):
        assert lint.problems() == []

    def test_exercise_without_enough_hints(self, broken, monkeypatch):
        import dataclasses

        question = dataclasses.replace(QUESTIONS["1.8"], hints=("one",))
        monkeypatch.setitem(QUESTIONS, "1.8", question)
        assert any("two hints" in problem for problem in lint.problems())

    def test_exercise_without_a_key(self, broken, monkeypatch):
        monkeypatch.delitem(KEYS, "1.8")
        assert any(
            "no answer key" in problem for problem in lint.exercise_problems(QUESTIONS["1.8"], {})
        )

    def test_points_in_the_prompt_differ(self, broken):
        id = notebooks.cell_id(QUESTIONS["1.8"])
        self.change(broken / "SOURCE", id, source="### 1.8 ROMI · 9 points\n\n`romi(d)`")
        assert any("9 points in the prompt" in problem for problem in lint.problems())

    def test_points_of_the_check_cell_differ(self, broken):
        id = notebooks.cell_id(QUESTIONS["1.8"], "check")
        cell = self.change(broken / "SOURCE", id)
        cell.metadata.nbgrader["points"] = 9
        self.change(broken / "SOURCE", id, metadata=cell.metadata)
        assert any("points of the check cell differ" in problem for problem in lint.problems())

    def test_check_cell_is_missing(self, broken):
        path = broken / "SOURCE" / "1-analytics" / "1-analytics.ipynb"
        notebook = notebooks.read(path)
        gone = notebooks.cell_id(QUESTIONS["1.8"], "check")
        notebook.cells = [cell for cell in notebook.cells if cell.id != gone]
        notebooks.write(notebook, path)
        assert f"exercise 1.8: no cell {gone} in source/" in lint.problems()

    def test_solution_differs_from_the_key(self, broken):
        id = notebooks.cell_id(QUESTIONS["1.8"], "answer")
        source = "def romi(d):\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
        self.change(broken / "SOURCE", id, source=source)
        assert "exercise 1.8: the solution cell is not the reference of the key" in lint.problems()

    def test_already_solved_in_the_release(self, broken):
        id = notebooks.cell_id(QUESTIONS["1.8"], "answer")
        self.change(broken / "RELEASES", id, source="def romi(d):\n    return 1.0")
        assert any("1.8 is already solved" in problem for problem in lint.problems())

    def test_name_that_nothing_has_defined(self, broken):
        self.change(broken / "SOURCE", "setup", source="from course import load\n\nbudget + 1")
        assert "0-orientation: `budget` is used before it is defined" in lint.problems()

    def test_method_that_no_lesson_has_taught(self, broken):
        for path in (broken / "LESSONS").glob("1*.ipynb"):
            notebook = notebooks.read(path)
            for cell in notebook.cells:
                cell.source = cell.source.replace(".where(", ".mask(")
            notebooks.write(notebook, path)
        for path in (broken / "LESSONS").glob("0*.ipynb"):
            notebook = notebooks.read(path)
            for cell in notebook.cells:
                cell.source = cell.source.replace(".where(", ".mask(")
            notebooks.write(notebook, path)
        assert any("`.where` is needed but not taught" in problem for problem in lint.problems())

    def test_heading_that_a_message_points_to_is_gone(self, broken):
        for path in (broken / "LESSONS").glob("1c*.ipynb"):
            notebook = notebooks.read(path)
            for cell in notebook.cells:
                cell.source = cell.source.replace("#", "")
            notebooks.write(notebook, path)
        assert any("has no heading" in problem for problem in lint.problems())

    def test_stray_file(self, broken):
        (broken / "SOURCE" / "1-analytics" / "notes.txt").write_text("todo")
        assert any("notes.txt: a stray file" in problem for problem in lint.problems())

    def test_outputs_left_in_a_notebook(self, broken):
        path = next((broken / "LESSONS").glob("1c*.ipynb"))
        notebook = notebooks.read(path)
        code = next(cell for cell in notebook.cells if cell.cell_type == "code")
        code.execution_count = 3
        notebooks.write(notebook, path)
        assert any("not tidy" in problem for problem in lint.problems())

    def test_cell_id_made_by_a_machine(self, broken):
        path = next((broken / "LESSONS").glob("1c*.ipynb"))
        notebook = notebooks.read(path)
        notebook.cells[0].id = "A1_b2"
        notebooks.write(notebook, path)
        assert any("not in kebab-case" in problem for problem in lint.problems())
