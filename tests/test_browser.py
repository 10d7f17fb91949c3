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
ERROR = ".jp-Notebook .jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']"
STDERR = ".jp-Notebook .jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"


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


def test_the_start_page_leads_to_the_first_lesson(lab):
    _, url, page = lab
    open_notebook(page, url, "start.ipynb")
    run_all(page)
    picture(page, "start")
    assert not page.query_selector_all(ERROR)
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
    _, url, page = lab
    open_notebook(page, url, f"lessons/{lesson}.ipynb")
    run_all(page, seconds=180)
    picture(page, lesson)
    assert not page.query_selector_all(ERROR)
    assert not page.query_selector_all(STDERR)


@pytest.mark.parametrize("skill", ["0-orientation", "1-analytics"])
def test_solved_assignment_is_all_right(lab, skill):
    folder, url, page = lab
    path = folder / skill / f"{skill}.ipynb"
    released, source = notebooks.read(path), lint_source(skill)
    for cell in released.cells:
        if workspace.is_answer(cell):
            cell.source = source[cell.id]
    notebooks.write(released, path)
    open_notebook(page, url, f"{skill}/{skill}.ipynb")
    run_all(page, seconds=180)
    picture(page, skill)
    ids = [id for id in QUESTIONS if id.startswith(skill[0])]
    shown = page.inner_text(".jp-Notebook")
    assert all(f"✓ {id} {QUESTIONS[id].name}: right" in shown for id in ids)
    assert not page.query_selector_all(ERROR)


def lint_source(skill):
    path = classroom.ROOT / "source" / skill / f"{skill}.ipynb"
    return {cell.id: cell.source for cell in notebooks.read(path).cells}


def test_a_mistake_is_named_where_the_learner_looks(lab):
    folder, url, page = lab
    path = folder / "1-analytics" / "1-analytics.ipynb"
    notebook = notebooks.read(path)
    answer = notebooks.cell_id(QUESTIONS["1.8"], "answer")
    for cell in notebook.cells:
        if cell.id == answer:
            cell.source = (
                "def romi(d):\n"
                "    cost = d['media_tetri'] + d['fees_tetri']\n"
                "    return d['net_sales_tetri'] / cost.where(cost != 0)"
            )
    notebooks.write(notebook, path)
    open_notebook(page, url, "1-analytics/1-analytics.ipynb")
    run_all(page, seconds=180)
    box = page.locator(".jp-OutputArea-output:has-text('1.8 romi: not yet')")
    box.scroll_into_view_if_needed()
    picture(page, "mistake")
    roas = next(m for m in KEYS["1.8"].mistakes if m.name == "ROAS")
    assert roas.message in box.inner_text()


def test_a_taken_port_does_not_stop_the_course(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with server(tmp_path / "workspace", "--port", str(port)) as url:
            assert f":{port}/" not in url
