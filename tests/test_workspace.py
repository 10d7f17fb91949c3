"""A learner's workspace: made once, upgraded without losing a word, put back on request."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from course import lesson, notebooks, workspace
from course.exercises import QUESTIONS
from course.language import speaking

ANSWER = "def romi(d):\n    return d.net_sales_tetri * 0"
ROMI = notebooks.cell_id(QUESTIONS["1.8"], "answer")


def edit(path, change):
    notebook = notebooks.read(path)
    change({cell.id: cell for cell in notebook.cells}, notebook)
    notebooks.write(notebook, path)


@pytest.fixture
def made(tmp_path):
    workspace.prepare(tmp_path)
    return tmp_path


@pytest.fixture
def analytics(made):
    return made / "1-analytics" / "1-analytics.ipynb"


def write_answer(cells, notebook):
    cells[ROMI].source = ANSWER


def sources(path):
    return {cell.id: cell.source for cell in notebooks.read(path).cells}


def older(made, analytics):
    """Pretend that what was delivered differs from what the course ships now."""

    def change(cells, notebook):
        cells["title"].source = "# An older title"
        notebook.cells = [cell for cell in notebook.cells if cell.id != "setup"]

    edit(analytics, change)
    edit(made / ".course" / "delivered" / "1-analytics" / "1-analytics.ipynb", change)


@pytest.mark.parametrize("language", ["en", "ka"])
def test_a_fetched_assignment_gets_the_lessons_that_it_links_to(tmp_path, monkeypatch, language):
    """A student of an exchange has the assignment's folder, and no workspace."""
    release = notebooks.release_folder(language) / "1-analytics"
    shutil.copytree(release, tmp_path / "1-analytics")
    monkeypatch.chdir(tmp_path / "1-analytics")
    with speaking(language):
        said = lesson("1b")
    text = "".join(cell.source for cell in notebooks.read(next(release.glob("*.ipynb"))).cells)
    links = set(re.findall(r"\]\((\.\./[^)#]+)", text))
    assert len(links) == 3
    assert all(Path(link).is_file() for link in links)
    assert '<a href="../lessons/1b-platforms.ipynb">' in said._repr_html_()
    found = notebooks.read(tmp_path / "lessons/1b-platforms.ipynb")
    assert found.metadata.get("lang", "en") == language
    inside = set(re.findall(r"\]\((\.\./glossary[^)# ]+)", str(found)))
    assert all((tmp_path / "lessons" / link).is_file() for link in inside)


def test_a_lesson_that_is_there_keeps_what_was_written_in_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lesson("0")
    path = tmp_path / "lessons/0-orientation.ipynb"
    edit(path, lambda cells, nb: nb.cells.append(nbformat.v4.new_markdown_cell("Mine", id="mine")))
    for language in ("en", "ka"):
        with speaking(language):
            lesson("0")
        assert "Mine" in sources(path).values()
        assert notebooks.read(path).metadata.get("lang", "en") == language


def test_in_a_workspace_a_lesson_is_where_it_was(made, monkeypatch):
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    monkeypatch.chdir(made / "1-analytics")
    assert str(made / "lessons/1c-money.ipynb") in repr(lesson("1c"))
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["9", "", None, "../1a", 1])
def test_a_lesson_that_does_not_exist(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert "1a, 1b, 1c" in repr(lesson(name))
    assert list(tmp_path.iterdir()) == []


def test_a_new_workspace_holds_the_start_page_lessons_and_assignments(made):
    assert (made / "start.ipynb").exists()
    assert list((made / "lessons").glob("*.ipynb"))
    assert {path.parent.name for path in made.glob("[0-9]-*/*.ipynb")} == {
        path.parent.name for path in notebooks.release_folder().glob("*/*.ipynb")
    }


def test_starting_again_changes_nothing(made, analytics):
    edit(analytics, write_answer)
    before = analytics.read_bytes()
    changes = workspace.prepare(made)
    assert (changes.new, changes.upgraded, changes.broken) == ([], [], [])
    assert analytics.read_bytes() == before


def test_an_upgrade_brings_new_text_and_keeps_answers_and_own_cells(made, analytics):
    older(made, analytics)

    def write(cells, notebook):
        write_answer(cells, notebook)
        own = nbformat.v4.new_code_cell("1180 / 1.18", id="my-note")
        notebook.cells.insert(notebook.cells.index(cells[ROMI]) + 1, own)

    edit(analytics, write)
    changes = workspace.prepare(made)
    after = sources(analytics)
    assert changes.upgraded == ["1-analytics/1-analytics.ipynb"]
    assert after["title"] != "# An older title"
    assert "setup" in after
    assert after[ROMI] == ANSWER
    order = list(after)
    assert order[order.index(ROMI) + 1] == "my-note"
    kept = list((made / ".course" / "backups").iterdir())
    assert [sources(path)[ROMI] for path in kept] == [ANSWER]


def test_an_answer_whose_exercise_is_gone_stays_in_the_notebook(made, analytics):
    def add(cells, notebook):
        cell = nbformat.v4.new_code_cell("x = 1", id="retired-answer")
        cell.metadata.nbgrader = {"grade_id": "retired-answer", "solution": True, "grade": False}
        notebook.cells.append(cell)

    older(made, analytics)
    edit(analytics, add)
    workspace.prepare(made)
    assert sources(analytics)["retired-answer"] == "x = 1"


def test_a_locked_prompt_that_was_changed_by_hand_comes_back(made, analytics):
    older(made, analytics)
    prompt = notebooks.cell_id(QUESTIONS["1.8"])
    edit(analytics, lambda cells, _: cells[prompt].update(source="nothing to do"))
    workspace.prepare(made)
    assert sources(analytics)[prompt] != "nothing to do"


def test_what_a_learner_tried_in_a_lesson_survives_an_upgrade(made):
    lesson = sorted((made / "lessons").glob("*.ipynb"))[0]
    cells = notebooks.read(lesson).cells
    code = next(cell.id for cell in cells if cell.cell_type == "code")
    title = cells[0].id
    for path in (lesson, made / ".course" / "delivered" / "lessons" / lesson.name):
        edit(path, lambda cells, _: cells[title].update(source="# Older"))
    edit(lesson, lambda cells, _: cells[code].update(source="print('mine')"))
    workspace.prepare(made)
    assert sources(lesson)[code] == "print('mine')"
    assert sources(lesson)[title] != "# Older"


def test_a_broken_notebook_is_left_alone_and_named(made, analytics):
    older(made, analytics)
    analytics.write_text("{ my answers", encoding="utf-8")
    assert workspace.prepare(made).broken == ["1-analytics/1-analytics.ipynb"]
    assert analytics.read_text(encoding="utf-8") == "{ my answers"


def test_a_workspace_of_a_newer_course_is_refused(made, analytics):
    about = made / ".course" / "workspace.json"
    about.write_text(json.dumps({"format": workspace.FORMAT + 1, "language": "en"}))
    before = analytics.read_bytes()
    with pytest.raises(workspace.WorkspaceError, match="newer version"):
        workspace.prepare(made)
    assert analytics.read_bytes() == before


def test_reset_puts_one_answer_back_and_keeps_the_old_notebook(made, analytics):
    stub = sources(analytics)[ROMI]
    edit(analytics, write_answer)
    kept = workspace.reset(made, QUESTIONS["1.8"])
    assert sources(analytics)[ROMI] == stub
    assert sources(kept)[ROMI] == ANSWER


def test_reset_brings_a_deleted_cell_back_above_its_check(made, analytics):
    edit(analytics, lambda cells, notebook: notebook.cells.remove(cells[ROMI]))
    workspace.reset(made, QUESTIONS["1.8"])
    order = list(sources(analytics))
    assert order[order.index(ROMI) + 1] == notebooks.cell_id(QUESTIONS["1.8"], "check")


def test_reset_leaves_no_copy_that_would_override_the_stub(made, analytics):
    def copy_and_change_type(cells, notebook):
        copied = nbformat.from_dict({**cells[ROMI], "id": "a-copy", "source": ANSWER})
        notebook.cells.insert(notebook.cells.index(cells[ROMI]) + 1, copied)
        cells[ROMI].cell_type = "markdown"
        del cells[ROMI]["outputs"], cells[ROMI]["execution_count"]

    edit(analytics, copy_and_change_type)
    workspace.reset(made, QUESTIONS["1.8"])
    cells = {cell.id: cell for cell in notebooks.read(analytics).cells}
    assert "a-copy" not in cells
    assert cells[ROMI].cell_type == "code"


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json"])
def test_a_damaged_workspace_file_is_written_anew(made, text):
    about = made / ".course" / "workspace.json"
    about.write_text(text)
    workspace.prepare(made)
    assert workspace.format_of(about) == workspace.FORMAT
