"""A real JupyterLab in a real browser, for tests and for screenshots."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbformat import NotebookNode
from playwright.sync_api import Page, sync_playwright

from course import notebooks

CHROMIUM = Path("/usr/bin/chromium")


@contextmanager
def server(workspace: Path, *arguments: str) -> Iterator[str]:
    """`course` started on the workspace; gives the address with its token."""
    command = ["-m", "course", "--workspace", str(workspace), "start", "--no-browser"]
    with running([*command, *arguments], workspace.parent) as url:
        yield url


@contextmanager
def instructors_server(course: Path, *arguments: str) -> Iterator[str]:
    """`jupyter lab` in an nbgrader course folder, as an instructor starts it."""
    command = ["-m", "jupyterlab", "--no-browser", "--allow-root", *arguments]
    with running(command, course) as url:
        yield url


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[str]:
    log = folder / "jupyterlab.log"
    scripts = str(Path(sys.executable).parent)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "PATH": os.pathsep.join([scripts, os.environ["PATH"]])},
        )
        try:
            yield address(log, process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def address(log: Path, process: subprocess.Popen) -> str:
    for _ in range(240):
        found = re.search(r"http://(?:127\.0\.0\.1|localhost):\d+/\S*\?token=\w+", log.read_text())
        if found:
            return found[0].replace("localhost", "127.0.0.1")
        if process.poll() is not None:
            break
        time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


@contextmanager
def browser_page(url: str) -> Iterator[Page]:
    """A page of headless Chromium in which JupyterLab is ready."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        page.goto(url)
        page.wait_for_selector("#jp-main-dock-panel", timeout=60_000)
        yield page
        browser.close()


def missing() -> str | None:
    """Why browser tests cannot run here, or None."""
    return None if CHROMIUM.exists() else f"{CHROMIUM} is not there (apt-get install chromium)"


def open_notebook(page: Page, url: str, path: str) -> None:
    """Open the notebook in JupyterLab and wait until its kernel is idle."""
    base, token = url.split("/lab", 1)[0], url.split("token=")[1]
    page.goto(f"{base}/lab/tree/{path}?reset&token={token}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector("text=/\\| Idle$/", timeout=60_000)


def run_all(page: Page, file: Path, seconds: float = 180) -> NotebookNode:
    """Run > Run All Cells, save, and give the notebook as it is then on the disk.

    The page holds only the cells that are in sight, so what has run is read from the file.
    """
    page.click("li.lm-MenuBar-item:has-text('Run')")
    page.click("li.lm-Menu-item:has-text('Run All Cells'):visible")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page.wait_for_timeout(500)
        page.wait_for_selector("text=/\\| Idle$/", timeout=seconds * 1000)
        page.keyboard.press("Control+s")
        page.wait_for_timeout(500)
        notebook = notebooks.read(file)
        if all(c.execution_count for c in notebook.cells if c.cell_type == "code" and c.source):
            return notebook
    raise TimeoutError(f"{file.name} did not finish within {seconds} seconds")
