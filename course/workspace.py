"""A learner's workspace: the folder with lessons, assignments and answers.

A new version of the course replaces what the course wrote and keeps what the learner wrote. For
that, the notebooks as they were delivered lie in `.course/delivered`.
"""

import functools
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode

from course import notebooks, terms
from course.exercise import Question
from course.files import workspace_of, write_whole
from course.language import ENGLISH, _, current, languages, of_notebook, of_workspace

FORMAT = 1
CHECKPOINTS = ".ipynb_checkpoints"  # nbgrader and Jupyter do not hand it in or show it


class WorkspaceError(Exception):
    """The workspace cannot be used; the text tells the learner why and what to do."""


@dataclass
class Changes:
    """What `prepare` did, as paths inside of the workspace."""

    new: list[str] = field(default_factory=list)
    upgraded: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


@functools.cache
def shipped(language: str = ENGLISH) -> dict[str, str]:
    """Every notebook of the course in a language: its place in a workspace → the file's text."""
    texts = {terms.PAGE: notebooks.text_of(terms.glossary_page(language))}
    for path in sorted(notebooks.LESSONS.glob("*.ipynb")):
        name = ("" if path.stem == "start" else "lessons/") + path.name
        lesson = notebooks.read(path)
        if language != ENGLISH:
            from course.translation import translated  # Babel is slow to import

            lesson = translated(lesson, f"lesson-{path.stem}", language)
        if name.startswith("lessons/"):
            lesson = terms.linked(lesson, language, f"../{terms.PAGE}")
        texts[name] = notebooks.text_of(lesson)
    for code in (ENGLISH, language):  # where a language has no release of its own, the English
        release = notebooks.release_folder(code)
        for path in sorted(release.glob("*/*.ipynb")):
            texts[path.relative_to(release).as_posix()] = path.read_text("utf-8")
    return texts


def prepare(workspace: Path, language: str | None = None) -> Changes:
    """Make the workspace, or bring it to this version of the course, keeping every answer.

    With a language all its notebooks, and what is said in it, change to that language; without,
    each stays in its own.

    Raises
    ------
    WorkspaceError
        If the folder was made by a newer course, or there is no such language.
    OSError
        If the folder cannot be written; what is there stays as it is.
    """
    state = workspace / ".course"
    about = state / "workspace.json"
    if format_of(about) > FORMAT:
        raise WorkspaceError(
            _(
                "{workspace} was made by a newer version of this course. Update the course "
                "(git pull) and start it again; nothing was changed.",
                workspace=workspace,
            )
        )
    known(language or ENGLISH)
    state.mkdir(parents=True, exist_ok=True)
    changes = Changes()
    spoken = language or language_of(workspace)
    for name in shipped(spoken):
        deliver(
            name, language or language_of_notebook(workspace / name, spoken), workspace, changes
        )
    write_whole(about, json.dumps({"format": FORMAT, "language": spoken}).encode())
    return changes


def switch(path: Path, language: str) -> None:
    """Turn one notebook of the course into another language, with all that was written in it.

    Raises
    ------
    WorkspaceError
        If it is no notebook of the course, or there is no such language.
    BrokenNotebook
    """
    known(language)
    mine = notebooks.read(path)
    places = [name for name in shipped(ENGLISH) if Path(name).name == path.name]
    if not places:
        raise WorkspaceError(_("{path} is no notebook of this course.", path=path))
    old, new = (
        notebooks.parse(shipped(code)[places[0]])
        for code in (language_of_notebook(path, ENGLISH), language)
    )
    workspace = workspace_of(path.resolve().parent)
    back_up(path, workspace / ".course/backups" if workspace else path.parent / CHECKPOINTS)
    notebooks.write(merge(new, mine, old), path)
    if workspace:
        delivered = workspace / ".course/delivered" / places[0]
        write_whole(delivered, shipped(language)[places[0]].encode())


def turn(folder: Path, language: str) -> None:
    """Turn the workspace around a folder into another language; outside of one, as in a class,
    the notebooks of the course in the folder.

    Raises
    ------
    WorkspaceError
        If there is no such language.
    """
    if workspace := workspace_of(folder):
        prepare(workspace, language)
        return
    names = {Path(name).name for name in shipped(ENGLISH)}
    for path in sorted(path for path in folder.glob("*.ipynb") if path.name in names):
        switch(path, language)


def lessons() -> dict[str, str]:
    """The lessons' places in a workspace by their short names: "1a" → "lessons/1a-sales.ipynb"."""
    places = (name for name in shipped(ENGLISH) if name.startswith("lessons/"))
    return {Path(name).stem.split("-")[0]: name for name in places}


def bring_lessons(folder: Path, language: str) -> Path:
    """Put the lessons, with the glossary that they speak of, where the links of an assignment in
    the folder lead, and tell where that is.

    Whoever fetched an assignment from an exchange has no workspace: there it is beside the
    assignment's folder. What was written into a lesson stays.
    """
    places = [*lessons().values(), terms.PAGE]
    assignments = {Path(name).parent.name for name in shipped(ENGLISH) if name not in places}
    base = workspace_of(folder) or (folder.parent if folder.name in assignments else folder)
    for place in places:
        path = base / place
        if not path.exists():
            write_whole(path, shipped(language)[place].encode())
        elif path.suffix == ".ipynb" and language_of_notebook(path, language) != language:
            switch(path, language)
    return base


def known(language: str) -> str:
    """The language, or a `WorkspaceError` where the course does not speak it."""
    if language not in languages():
        raise WorkspaceError(
            _(
                "The course has no language {language}; it has {all}.",
                language=repr(language),
                all=", ".join(languages()),
            )
        )
    return language


def language_of(workspace: Path) -> str:
    """The language that was chosen for the workspace."""
    chosen = of_workspace(workspace) or current()
    return chosen if chosen in languages() else ENGLISH


def language_of_notebook(path: Path, otherwise: str) -> str:
    """The language that a notebook is in; `otherwise` where it cannot be read."""
    try:
        return of_notebook(notebooks.read(path))
    except (OSError, notebooks.BrokenNotebook):
        return otherwise


def format_of(about: Path) -> int:
    """The format that the workspace was written in; 0 where the file is missing or damaged."""
    try:
        return int(json.loads(about.read_text(encoding="utf-8"))["format"])
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return 0


def deliver(name: str, language: str, workspace: Path, changes: Changes) -> None:
    """Put one notebook into the workspace, or merge its new version into the learner's."""
    target, delivered = workspace / name, workspace / ".course" / "delivered" / name
    text = shipped(language)[name]
    if not target.exists():
        write_whole(target, text.encode())
        write_whole(delivered, text.encode())
        changes.new.append(name)
        return
    if delivered.exists() and delivered.read_bytes() == text.encode():
        return
    try:
        mine = notebooks.read(target)
        old = notebooks.read(delivered) if delivered.exists() else None
    except notebooks.BrokenNotebook:
        # Never overwritten: it may hold an answer that somebody can still rescue.
        changes.broken.append(name)
        return
    back_up(target, workspace / ".course" / "backups")
    notebooks.write(merge(notebooks.parse(text), mine, old), target)
    write_whole(delivered, text.encode())
    changes.upgraded.append(name)


def back_up(path: Path, backups: Path) -> Path:
    """Keep a copy of the notebook under its name and the present time."""
    kept = backups / f"{path.stem}-{datetime.now():%Y%m%d-%H%M%S-%f}.ipynb"
    write_whole(kept, path.read_bytes())
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


def reset(workspace: Path, question: Question) -> Path:
    """Put an exercise's answer cell back to its stub; return where the old notebook is kept.

    Raises
    ------
    WorkspaceError
        If the exercise's notebook is not in the workspace.
    """
    answer = notebooks.cell_id(question, "answer")
    for name, text in shipped(ENGLISH).items():
        original = {cell.id: cell for cell in notebooks.parse(text).cells}
        if answer not in original:
            continue
        path = workspace / name
        if not path.exists():
            raise WorkspaceError(
                _("{path} is not there. Start the course once: `uv run course`.", path=path)
            )
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
    raise WorkspaceError(_("No assignment holds exercise {id}.", id=question.id))


def is_named(cell: NotebookNode, name: str) -> bool:
    """Whether the cell is the one of that name, by its id or in nbgrader's gradebook."""
    return name in (cell.id, notebooks.grade_id(cell))
