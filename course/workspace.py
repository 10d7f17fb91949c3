"""A learner's workspace: the folder with lessons, assignments and answers.

A new version of the course replaces what the course wrote and keeps what the learner wrote. For
that, the notebooks as they were delivered lie in `.course/delivered`.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode

from course import notebooks
from course.exercise import Question
from course.files import write_whole

FORMAT = 1


class WorkspaceError(Exception):
    """The workspace cannot be used; the text tells the learner why and what to do."""


@dataclass
class Changes:
    """What `prepare` did, as paths inside of the workspace."""

    new: list[str] = field(default_factory=list)
    upgraded: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def shipped(language: str = "en") -> dict[str, Path]:
    """Every notebook of the course: its place in a workspace → the file that is delivered."""
    files = {
        ("" if path.stem == "start" else "lessons/") + path.name: path
        for path in sorted(notebooks.LESSONS.glob("*.ipynb"))
    }
    release = notebooks.release_folder(language)
    for path in sorted(release.glob("*/*.ipynb")):
        files[path.relative_to(release).as_posix()] = path
    return files


def prepare(workspace: Path, language: str = "en") -> Changes:
    """Make the workspace, or bring it to this version of the course, keeping every answer.

    Raises
    ------
    WorkspaceError
        If the folder was made by a newer course.
    OSError
        If the folder cannot be written; what is there stays as it is.
    """
    state = workspace / ".course"
    about = state / "workspace.json"
    if format_of(about) > FORMAT:
        raise WorkspaceError(
            f"{workspace} was made by a newer version of this course. "
            "Update the course (git pull) and start it again; nothing was changed."
        )
    state.mkdir(parents=True, exist_ok=True)
    changes = Changes()
    for name, source in shipped(language).items():
        deliver(name, source, workspace, changes)
    write_whole(about, json.dumps({"format": FORMAT, "language": language}).encode())
    return changes


def format_of(about: Path) -> int:
    """The format that the workspace was written in; 0 where the file is missing or damaged."""
    try:
        return int(json.loads(about.read_text(encoding="utf-8"))["format"])
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return 0


def deliver(name: str, source: Path, workspace: Path, changes: Changes) -> None:
    """Put one notebook into the workspace, or merge its new version into the learner's."""
    target, delivered = workspace / name, workspace / ".course" / "delivered" / name
    if not target.exists():
        copy(source, target)
        copy(source, delivered)
        changes.new.append(name)
        return
    if delivered.exists() and delivered.read_bytes() == source.read_bytes():
        return
    try:
        mine = notebooks.read(target)
        old = notebooks.read(delivered) if delivered.exists() else None
    except notebooks.BrokenNotebook:
        # Never overwritten: it may hold an answer that somebody can still rescue.
        changes.broken.append(name)
        return
    back_up(target, workspace / ".course" / "backups")
    notebooks.write(merge(notebooks.read(source), mine, old), target)
    copy(source, delivered)
    changes.upgraded.append(name)


def copy(source: Path, target: Path) -> None:
    """Copy a file so that the target is whole or absent, never half written."""
    write_whole(target, source.read_bytes())


def back_up(path: Path, backups: Path) -> Path:
    """Keep a copy of the notebook under its name and the present time."""
    kept = backups / f"{path.stem}-{datetime.now():%Y%m%d-%H%M%S-%f}.ipynb"
    copy(path, kept)
    return kept


def merge(new: NotebookNode, mine: NotebookNode, old: NotebookNode | None) -> NotebookNode:
    """The new notebook with the learner's answers, changed cells and own cells.

    `old` is what was delivered before; without it only answer cells count as the learner's.
    """
    delivered = {cell.id: cell.source for cell in old.cells} if old else {}
    written = {
        cell.id: cell.source
        for cell in mine.cells
        if is_answer(cell) or (old and not is_locked(cell))
        if cell.source != delivered.get(cell.id)
    }
    for cell in new.cells:
        cell.source = written.pop(cell.id, cell.source)
    position = {cell.id: n for n, cell in enumerate(new.cells)}
    # What is left in `written` has no cell in the new version: it goes behind its old neighbour.
    after = -1
    own: list[tuple[int, NotebookNode]] = []
    for cell in mine.cells:
        after = position.get(cell.id, after)
        if cell.id in written and cell.source.strip():
            own.append((after, cell))
    for n, cell in reversed(own):
        new.cells.insert(n + 1, cell)
    return new


def is_answer(cell: NotebookNode) -> bool:
    """Whether the learner is asked to write into the cell."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def is_locked(cell: NotebookNode) -> bool:
    """Whether the cell is the course's own: a prompt or a check."""
    return "nbgrader" in cell.metadata and not is_answer(cell)


def reset(workspace: Path, question: Question, language: str = "en") -> Path:
    """Put an exercise's answer cell back to its stub; return where the old notebook is kept.

    Raises
    ------
    WorkspaceError
        If the exercise's notebook is not in the workspace.
    """
    answer = notebooks.cell_id(question, "answer")
    for name, source in shipped(language).items():
        original = {cell.id: cell for cell in notebooks.read(source).cells}
        if answer not in original:
            continue
        path = workspace / name
        if not path.exists():
            raise WorkspaceError(f"{path} is not there. Start the course once: `uv run course`.")
        mine = notebooks.read(path)
        kept = back_up(path, workspace / ".course" / "backups")
        check = notebooks.cell_id(question, "check")
        places = [n for n, c in enumerate(mine.cells) if is_named(c, answer)]
        # Without an answer cell the new one goes above its check; copies of it would override it.
        checks = [n for n, c in enumerate(mine.cells) if is_named(c, check)]
        place = (places or checks or [len(mine.cells)])[0]
        mine.cells = [c for n, c in enumerate(mine.cells) if n not in places]
        mine.cells.insert(place, original[answer])
        notebooks.write(mine, path)
        return kept
    raise WorkspaceError(f"No assignment holds exercise {question.id}.")


def is_named(cell: NotebookNode, name: str) -> bool:
    """Whether the cell is the one of that name, by its id or in nbgrader's gradebook."""
    return name in (cell.id, notebooks.grade_id(cell))
