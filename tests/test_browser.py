"""The course in a real JupyterLab, driven by headless Chromium as a learner's hand would."""

import os
import socket
from pathlib import Path

import pytest

from course import notebooks, workspace
from course.exercises import QUESTIONS
from course.keys import KEYS
from tests import classroom
from tests.jupyterlab import browser_page, open_notebook, run_all, server

pytestmark = pytest.mark.browser

LESSONS = [path.stem for path in sorted(notebooks.LESSONS.glob("[0-9]*.ipynb"))]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A workspace, JupyterLab on it, and a page."""
    folder = tmp_path_factory.mktemp("lab") / "workspace"
    with server(folder) as url, browser_page(url) as page:
        yield folder, url, page


def picture(page, name):
    """Keep a picture to look at, in the folder that COURSE_SCREENSHOTS names."""
    if "COURSE_SCREENSHOTS" in os.environ:
        folder = Path(os.environ["COURSE_SCREENSHOTS"])
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png")


def troubles(notebook):
    """Every error and every line on stderr among the notebook's outputs."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]


def write_answers(path, source_of):
    """Fill the answer cells of a notebook on the disk: id of the cell → source."""
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if workspace.is_answer(cell) and cell.id in source_of:
            cell.source = source_of[cell.id]
    notebooks.write(notebook, path)


def test_the_start_page_leads_to_the_first_lesson(lab):
    folder, url, page = lab
    open_notebook(page, url, "start.ipynb")
    notebook = run_all(page, folder / "start.ipynb")
    picture(page, "start")
    assert not troubles(notebook)
    page.click(".jp-Notebook a[href*='0-orientation'] >> nth=0")
    page.wait_for_selector(".jp-mod-current:has-text('0-orientation.ipynb')", timeout=30_000)


def test_no_news_and_no_instructors_panels_get_in_the_way(lab):
    _, url, page = lab
    open_notebook(page, url, "start.ipynb")
    page.wait_for_timeout(2000)
    assert not page.query_selector_all(".Toastify__toast")
    assert "Create Assignment" not in page.inner_text("body")


@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson_runs(lab, lesson):
    folder, url, page = lab
    open_notebook(page, url, f"lessons/{lesson}.ipynb")
    notebook = run_all(page, folder / "lessons" / f"{lesson}.ipynb")
    picture(page, lesson)
    assert not troubles(notebook)


@pytest.mark.parametrize("assignment", ["0-orientation", "1-analytics"])
def test_solved_assignment_is_all_right(lab, assignment):
    folder, url, page = lab
    path = folder / assignment / f"{assignment}.ipynb"
    source = notebooks.read(classroom.ROOT / "source" / assignment / path.name)
    write_answers(path, {cell.id: cell.source for cell in source.cells})
    open_notebook(page, url, f"{assignment}/{path.name}")
    notebook = run_all(page, path)
    picture(page, assignment)
    assert not troubles(notebook)
    shown = {cell.id: str(cell.get("outputs", "")) for cell in notebook.cells}
    for question in QUESTIONS.values():
        if question.id[0] == assignment[0]:
            said = shown[notebooks.cell_id(question, "check")]
            assert f"✓ {question.id} {question.name}: right" in said


def test_a_mistake_is_named_where_the_learner_looks(lab):
    folder, url, page = lab
    path = folder / "1-analytics" / "1-analytics.ipynb"
    roas = """def romi(d):
    cost = d["media_tetri"] + d["fees_tetri"]
    return d["net_sales_tetri"] / cost.where(cost != 0)"""
    write_answers(path, {notebooks.cell_id(QUESTIONS["1.8"], "answer"): roas})
    open_notebook(page, url, "1-analytics/1-analytics.ipynb")
    run_all(page, path)
    box = page.locator(".jp-OutputArea-output:has-text('1.8 romi: not yet')")
    box.scroll_into_view_if_needed()
    picture(page, "mistake")
    message = next(m.message for m in KEYS["1.8"].mistakes if m.name == "ROAS")
    assert message in box.text_content()


def test_a_slip_of_syntax_is_not_answered_by_the_older_version(lab):
    folder, url, page = lab
    path = folder / "0-orientation" / "0-orientation.ipynb"
    source = notebooks.read(classroom.ROOT / "source" / "0-orientation" / path.name)
    right = {cell.id: cell.source for cell in source.cells}
    write_answers(path, right)
    open_notebook(page, url, f"0-orientation/{path.name}")
    run_all(page, path)
    answer = page.locator(".jp-CodeCell:has-text('def ratio(num, den)')").first
    answer.scroll_into_view_if_needed()
    answer.locator(".cm-line").first.click()
    page.keyboard.press("End")
    page.keyboard.type(" (")
    page.keyboard.press("Shift+Enter")  # the answer, then the check under it
    page.wait_for_selector(".jp-OutputArea-output:has-text('SyntaxError')")
    page.keyboard.press("Shift+Enter")
    box = page.locator(".jp-OutputArea-output:has-text('0.6 ratio: cannot be checked')")
    box.wait_for()
    assert "stopped with SyntaxError" in box.text_content()
    assert "an older version, and that one is right" in box.text_content()
    picture(page, "older-version")
    open_notebook(page, url, "start.ipynb")
    run_all(page, folder / "start.ipynb")
    picture(page, "progress")
    shown = notebooks.read(folder / "start.ipynb").cells
    assert "0.6 (✓)" in str([cell.get("outputs") for cell in shown])


def test_a_word_of_the_trade_leads_to_its_definition(lab):
    _, url, page = lab
    open_notebook(page, url, "lessons/1c-money.ipynb")
    link = page.locator(".jp-Notebook a[href*='glossary.md']").first
    word = link.text_content()
    link.click()
    heading = page.locator(f".jp-MarkdownViewer h2:has-text('{word}')").first
    heading.wait_for(timeout=30_000)
    page.wait_for_timeout(1000)
    picture(page, "glossary")
    place = heading.bounding_box()
    assert 0 <= place["y"] <= 1000
    assert not page.query_selector(".jp-Dialog")


def test_an_answer_that_is_not_saved_survives_a_change_of_language(lab):
    folder, url, page = lab
    path = folder / "0-orientation" / "0-orientation.ipynb"
    open_notebook(page, url, "0-orientation/0-orientation.ipynb")
    answer = page.locator(".jp-CodeCell:has-text('def parse_money')").first
    answer.scroll_into_view_if_needed()
    answer.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# mine\n")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.type('from course import speak; speak("ka")')
    page.keyboard.press("Shift+Enter")
    said = page.locator(".jp-OutputArea-output:has-text('Ctrl+S')")
    said.wait_for(timeout=60_000)
    assert "# mine" not in path.read_text("utf-8")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".jp-NotebookPanel-notebook")
    page.wait_for_timeout(3000)
    page.click("li.lm-MenuBar-item:has-text('File')")
    page.click("li.lm-Menu-item:has-text('Reload Notebook from Disk'):visible")
    page.wait_for_selector(".jp-Notebook .jp-Cell:has-text('დაწერეთ')", timeout=30_000)
    picture(page, "language")
    page.keyboard.press("Control+s")
    page.wait_for_timeout(2000)
    assert not page.query_selector(".jp-Dialog")
    notebook = notebooks.read(path)
    assert notebook.metadata["lang"] == "ka"
    assert str([cell.source for cell in notebook.cells]).count("# mine") == 1
    workspace.prepare(folder, "en")


def test_a_taken_port_does_not_stop_the_course(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with server(tmp_path / "workspace", "--port", str(port)) as url:
            assert f":{port}/" not in url
