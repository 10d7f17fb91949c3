"""Notebooks as they lie on the disk, read fast and whatever has written them: for what a learner's
kernel asks (nbformat, with which notebooks.py reads and writes, is slow to import there).
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from course.exercise import Question, Task, Writing
from course.files import running_notebook, workspace_of

ENOUGH_WORDS = 5  # fewer are a stub, or a note to oneself
STUB = "YOUR ANSWER HERE"  # see nbgrader_config.py: it stands in every language's stub


@dataclass(frozen=True)
class Saved:
    """A notebook's file: its metadata, when it was saved, and its cells as (name, type, text)."""

    path: Path
    when: float
    metadata: dict
    cells: tuple[tuple[str, str, str], ...]

    @property
    def module(self) -> str:
        """The number of the module whose exercises are in it; empty if none are."""
        numbers = (re.match(r"(\d+)-\d+\w?-", name) for name, *_ in self.cells)
        return next((number[1] for number in numbers if number), "")

    def answer(self, exercise: Question | Task | Writing) -> str | None:
        """The text of the exercise's answer cell; None if the notebook does not have it."""
        if self.module != exercise.id.split(".")[0]:
            return None
        wanted = answer_cell(exercise)
        return next((text for name, _, text in self.cells if name == wanted), None)

    def code(self) -> set[str]:
        """The digests of all its code cells."""
        return {digest(text) for _, kind, text in self.cells if kind == "code"}


def answer_cell(exercise: Question | Task | Writing) -> str:
    """The name of the cell into which the answer is written."""
    if isinstance(exercise, Writing):
        return exercise.cell
    return f"{prompt_cell(exercise)}-answer"


def prompt_cell(exercise: Question | Task) -> str:
    """The name of the cell that asks for the exercise; its other cells' names begin with it."""
    return f"{exercise.id.replace('.', '-')}-{exercise.name.replace('_', '-')}"


def read(path: Path) -> Saved | None:
    """The notebook in the file; None where there is none that can be read."""
    try:
        when = path.stat().st_mtime
        notebook = json.loads(path.read_text("utf-8-sig"))
        cells = tuple(
            (
                str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") or cell.get("id")),
                str(cell["cell_type"]),
                "".join(cell["source"] or ""),
            )
            for cell in notebook["cells"]
        )
        return Saved(path, when, dict(notebook.get("metadata", {})), cells)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def in_workspace(workspace: Path) -> Iterator[Saved]:
    """The notebooks of a learner's workspace."""
    for path in sorted([*workspace.glob("[!.]*/*.ipynb"), *workspace.glob("*.ipynb")]):
        if notebook := read(path):
            yield notebook


def running() -> Saved | None:
    """The notebook in whose kernel this runs."""
    path = running_notebook()
    return read(path) if path else None


def around() -> Iterator[Saved]:
    """The running notebook, those beside it, and those of its workspace."""
    here = Path.cwd()
    if notebook := running():
        yield notebook
    for path in sorted(here.glob("*.ipynb")):
        if notebook := read(path):
            yield notebook
    if workspace := workspace_of(here):
        yield from in_workspace(workspace)


def plain(text: str) -> str:
    """A cell's text without what editors change on their own: ends of lines, spaces before them."""
    lines = (line.rstrip() for line in unicodedata.normalize("NFC", text).splitlines())
    return "\n".join(lines).strip()


def digest(source: str) -> str:
    """A short name for a cell's text."""
    return hashlib.sha256(plain(source).encode("utf-8", "replace")).hexdigest()[:16]


def is_stub(source: str) -> bool:
    """Whether an answer cell of code is still as it was handed out, or empty."""
    return not plain(source) or "raise NotImplementedError()" in source


def is_written(text: str | None) -> bool:
    """Whether a person has written into the cell of a text.

    >>> is_written("აქ დაწერეთ პასუხი — YOUR ANSWER HERE")
    False
    """
    return bool(text) and STUB not in text and len(re.findall(r"\w+", text)) >= ENOUGH_WORDS


# When solutions open


ALWAYS, NEVER = "always", "never"


def opening(said: str) -> datetime | None:
    """The moment from which on solutions are open: None for never, long ago for always.

    Raises
    ------
    ValueError
        If it is neither "always" nor "never" nor a date such as "2026-12-01" or
        "2026-12-01 18:00+04:00"; without a zone it is the reader's own time.
    """
    if said == NEVER:
        return None
    if said == ALWAYS:
        return datetime.fromtimestamp(0).astimezone()
    return datetime.fromisoformat(said).astimezone()


def opens(exercise: Question | Task | Writing) -> datetime | None:
    """From when on the solution of an exercise is open here, as the released notebooks that hold it
    say; the latest where they differ. None is never.
    """
    latest = opening(ALWAYS)
    for notebook in around():
        said = notebook.metadata.get("solutions")
        if said is None or notebook.answer(exercise) is None:
            continue
        try:
            moment = opening(str(said))
        except ValueError:
            moment = None  # an instructor wanted something, and it was no "always"
        if moment is None:
            return None
        latest = max(latest, moment)
    return latest
