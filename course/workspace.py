"""A learner's workspace: the folder with lessons, assignments and answers.

A new version of the course or another language replaces what the course wrote and keeps what the
learner wrote. To tell the two apart, notebooks as they were delivered last lie in
`.course/delivered`, and what they said before that in `.course/earlier`.

While JupyterLab is open on a workspace, the notebook in its editor counts and not the file. Then a
change is only noted in `.course/delivered`; each notebook follows when it is next loaded or saved.
"""

import functools
import hashlib
import json
import os
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from nbformat import NotebookNode, v4

from course import notebooks, terms
from course.cells import (
    Known,
    choice,
    is_answer,
    is_locked,
    known_from,
    lines_of,
    names_defined,
    places_of,
    seen,
)
from course.exercise import Question, Task, Writing
from course.files import running_notebook, workspace_of, write_whole
from course.language import (
    ENGLISH,
    _,
    current,
    languages,
    of_notebook,
    of_workspace,
    speaking,
)
from course.saved import answer_cell, plain

FORMAT = 1
CHECKPOINTS = ".ipynb_checkpoints"  # nbgrader and Jupyter do not hand it in or show it
SERVING = "COURSE_SERVES"  # the workspace whose notebooks are brought up to date by our server


class WorkspaceError(Exception):
    """The workspace cannot be used; the text tells the learner why and what to do."""


@dataclass
class Changes:
    """What `prepare` did, as paths inside of the workspace; `renamed` as (wanted, found).

    `waiting` where notebooks follow when JupyterLab next loads or saves them.
    """

    new: list[str] = field(default_factory=list)
    upgraded: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    waiting: bool = False


@functools.cache
def shipped(language: str = ENGLISH) -> dict[str, str]:
    """Every file of the course in a language: its place in a workspace → its text."""
    texts = {terms.PAGE: terms.glossary_page(language)}
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


def prepare(workspace: Path, language: str | None = None, *, open_now: bool = False) -> Changes:
    """Make the workspace, or bring it to this version of the course, keeping every answer.

    With a language all its notebooks, and what is said in it, change to that language; without,
    each stays in its own. While it is open in JupyterLab, only the language is noted.

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
    changes = Changes(waiting=open_now)
    spoken = language or language_of(workspace)
    for name in shipped(spoken):
        delivered = state / "delivered" / name
        its = language or language_of_notebook(delivered, spoken)
        if not open_now or not name.endswith(".ipynb"):
            deliver(name, its, workspace, changes)
        elif language_of_notebook(delivered, its) != its:
            note(name, its, workspace)
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
    name = next((name for name in shipped(ENGLISH) if Path(name).name == path.name), None)
    if name is None:
        raise WorkspaceError(_("{path} is no notebook of this course.", path=path))
    old, new = (notebooks.parse(shipped(code)[name]) for code in (of_notebook(mine), language))
    if workspace := workspace_of(path.resolve().parent):
        note(name, language, workspace)
        if path.resolve() == (workspace / name).resolve():
            settle(name, workspace, mine)
            return
    back_up(path, workspace / ".course/backups" if workspace else path.parent / CHECKPOINTS)
    notebooks.write(merge(new, mine, [old]), path)


def turn(folder: Path, language: str) -> Changes:
    """Turn the workspace around a folder into another language; outside of one, as in a class,
    the notebooks of the course in the folder. From a notebook, `speak` calls it.

    Raises
    ------
    WorkspaceError
        If there is no such language, or the notebook has not been saved.
    """
    known(language)
    workspace = workspace_of(folder)
    if workspace and os.environ.get(SERVING) == str(workspace):
        return prepare(workspace, language, open_now=True)
    if unsaved():
        raise WorkspaceError(
            _(
                "Run what you have changed and save this notebook (Ctrl+S), then run this cell "
                "again: the file does not hold yet what you ran last. Nothing was changed."
            )
        )
    if workspace:
        return prepare(workspace, language)
    changes = Changes()
    names = {Path(name).name for name in shipped(ENGLISH)}
    for path in sorted(path for path in folder.glob("*.ipynb") if path.name in names):
        try:
            switch(path, language)
        except notebooks.BrokenNotebook:
            changes.broken.append(path.name)
    return changes


def after_turning(language: str, changes: Changes) -> list[str]:
    """What to say when notebooks were turned into a language, in that language."""
    with speaking(language):
        lines = [_("The notebooks are in English now.")]
        if changes.waiting:
            lines += [_("In each open one: save (Ctrl+S), then File > Reload Notebook from Disk.")]
        else:
            lines += [_("In each open one, before you go on: File > Reload Notebook from Disk.")]
        return lines + list(map(cannot_be_read, changes.broken))


def cannot_be_read(name: str) -> str:
    """What to say of a notebook that is damaged."""
    return _("{name} cannot be read and stays as it is; move it away to get a new one.", name=name)


def unsaved() -> bool:
    """Whether this kernel has run something that its notebook's file does not hold.

    The cell that runs now has to be in the file, and each answer as it was run last.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return False
    file = running_notebook()
    try:
        saved = notebooks.read(file) if file else None
    except (OSError, notebooks.BrokenNotebook):
        return False
    if saved is None:
        return False
    ran = [plain(code) for code in shell.history_manager.input_hist_raw]
    texts = {plain(cell.source) for cell in saved.cells}
    last = {name: code for code in ran for name in names_defined(code)}  # the last one stays
    asked = {n for c in saved.cells if is_answer(c) for n in names_defined(c.source)}
    return ran[-1] not in texts or any(last.get(name, "") not in texts | {""} for name in asked)


def lessons() -> dict[str, str]:
    """The lessons' places in a workspace by their short names: "1a" → "lessons/1a-sales.ipynb"."""
    places = (name for name in shipped(ENGLISH) if name.startswith("lessons/"))
    return {Path(name).stem.split("-")[0]: name for name in places}


def bring_lessons(folder: Path, language: str) -> Path:
    """Put the lessons, with the glossary that they speak of, where the links of an assignment in
    the folder lead, and tell where that is.

    Whoever fetched an assignment from an exchange has no workspace: there it is beside the
    assignment's folder. What was written into them stays.
    """
    places = [*lessons().values(), terms.PAGE]
    assignments = {Path(name).parent.name for name in shipped(ENGLISH) if name not in places}
    base = workspace_of(folder) or (folder.parent if folder.name in assignments else folder)
    for place in places:
        path = base / place
        if path.suffix == ".ipynb" and path.exists():
            if language_of_notebook(path, language) != language:
                switch(path, language)
        elif not path.exists() or path.read_bytes() in [
            shipped(other)[place].encode() for other in languages() if other != language
        ]:
            write_whole(path, shipped(language)[place].encode())
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
    """Put one file of the course into the workspace, or bring the learner's to its new version."""
    target, delivered = workspace / name, workspace / ".course" / "delivered" / name
    is_new = not delivered.exists() or delivered.read_bytes() != shipped(language)[name].encode()
    if not target.exists():
        if delivered.exists() and (found := renamed(target)):
            changes.renamed.append((name, found.name))
        note(name, language, workspace)
        write_whole(target, delivered.read_bytes())
        changes.new.append(name)
        return
    if target.suffix != ".ipynb":
        note(name, language, workspace)
        if target.read_bytes() != delivered.read_bytes():
            write_whole(target, delivered.read_bytes())
        return
    try:
        mine = notebooks.read(target)
    except notebooks.BrokenNotebook:
        # Never overwritten: it may hold an answer that somebody can still rescue.
        changes.broken.append(name)
        return
    note(name, language, workspace)
    if settle(name, workspace, mine, is_new=is_new):
        changes.upgraded.append(name)


def note(name: str, language: str, workspace: Path) -> None:
    """Keep what a file of the course shall say from now on, and what it has said before."""
    delivered = workspace / ".course" / "delivered" / name
    text = shipped(language)[name].encode()
    before = delivered.read_bytes() if delivered.exists() else text
    if before != text:
        digest = hashlib.sha256(before).hexdigest()[:12]
        write_whole(workspace / ".course" / "earlier" / name / digest, before)
    if before != text or not delivered.exists():
        write_whole(delivered, text)


def settle(name: str, workspace: Path, mine: NotebookNode, *, is_new: bool = False) -> bool:
    """Bring a learner's notebook to what was delivered last; tell whether it was not so already."""
    settled = as_delivered(name, workspace, mine, is_new=is_new)
    if settled is None:
        return False
    back_up(workspace / name, workspace / ".course" / "backups")
    notebooks.write(settled, workspace / name)
    return True


def as_delivered(
    name: str, workspace: Path, mine: NotebookNode, *, is_new: bool = False
) -> NotebookNode | None:
    """A learner's notebook as it has to be, None where it is: with the names of its cells, in the
    language and version that was delivered last. Another program may have taken the names, and an
    editor that was not reloaded may have saved an older version over it.
    """
    new, *earlier = versions(name, workspace)
    its = of_notebook(mine)
    if its != of_notebook(new):
        earlier.append(notebooks.parse(shipped(its)[name]))
    elif not is_new and not is_behind(mine, new, earlier):
        return None
    return merge(new, mine, earlier)


def is_behind(mine: NotebookNode, new: NotebookNode, earlier: list[NotebookNode]) -> bool:
    """Whether a cell of the learner's notebook has lost its name, or says what the course said
    only before.
    """
    now, ever = known_from([new]), known_from([new, *earlier])
    for name, n in chosen_in(mine, now).items():
        before = ever[name].texts - now[name].texts
        if mine.cells[n].id != name or plain(mine.cells[n].source) in before:
            return True
    return False


def saved_over(name: str, workspace: Path, mine: NotebookNode) -> NotebookNode | None:
    """What is to be saved in place of the notebook that an editor has; None where it is that.

    An editor may not have been reloaded since a change, and another one, in a second tab, may have
    saved an answer that it does not know: an untouched cell never replaces an answer.
    """
    known = known_from(versions(name, workspace))
    try:
        on_disk = notebooks.read(workspace / name)
    except (OSError, notebooks.BrokenNotebook):
        on_disk = v4.new_notebook()
    ids = {cell.id for cell in mine.cells}
    if any(cell.source.strip() and cell.id not in ids for cell in on_disk.cells):
        back_up(workspace / name, workspace / ".course" / "backups")
    there = answers_in(on_disk, known)
    rescued = False
    for id, cell in answers_in(mine, known).items():
        said = known[id].texts
        if plain(cell.source) in said and id in there and not known[id].only_says(there[id].source):
            cell.source, rescued = there[id].source, True
    settled = as_delivered(name, workspace, mine)
    return settled or (mine if rescued else None)


def answers_in(notebook: NotebookNode, known: dict[str, Known]) -> dict[str, NotebookNode]:
    """The cells of a notebook that count as the answers, by their ids in the course."""
    chosen = chosen_in(notebook, known)
    return {name: notebook.cells[n] for name, n in chosen.items() if known[name].answer}


def chosen_in(notebook: NotebookNode, known: dict[str, Known]) -> dict[str, int]:
    """Which cell of a notebook counts as which of the course's."""
    return {
        name: choice(known[name], [(n, notebook.cells[n].source) for n in found])
        for name, found in places_of(seen(notebook), known).items()
    }


def versions(name: str, workspace: Path) -> list[NotebookNode]:
    """A notebook as it was delivered last, and as it was before."""
    state = workspace / ".course"
    delivered, earlier = state / "delivered" / name, state / "earlier" / name
    files = [*filter(Path.exists, [delivered]), *sorted(earlier.glob("*"))]
    return [notebooks.parse(file.read_text("utf-8")) for file in files]


def back_up(path: Path, backups: Path) -> Path:
    """Keep a copy of the notebook under its name and the present time."""
    kept = backups / f"{path.stem}-{datetime.now():%Y%m%d-%H%M%S-%f}.ipynb"
    write_whole(kept, path.read_bytes())
    return kept


def merge(new: NotebookNode, mine: NotebookNode, earlier: list[NotebookNode]) -> NotebookNode:
    """The new notebook with the learner's answers, changed cells and own cells.

    Whatever the course has not said, in this version or an earlier one, is the learner's.
    """
    if "solutions" in mine.metadata and not any("solutions" in v.metadata for v in earlier[:1]):
        new.metadata["solutions"] = mine.metadata["solutions"]  # of a class, not of this course
    known = known_from([new, *earlier])
    places = places_of(seen(mine), known)
    chosen = chosen_in(mine, known)
    own = own_cells(new, mine, known, places, chosen)
    cells = own[None]
    for cell in new.cells:
        written = mine.cells[chosen[cell.id]] if cell.id in chosen else None
        if written and not is_locked(cell) and plain(written.source) not in known[cell.id].texts:
            cell.source = written.source
            if cell.cell_type != "code" and "attachments" in written:
                cell.attachments = written.attachments
        cells += [cell, *own[cell.id]]
    new.cells = cells
    return new


def own_cells(
    new: NotebookNode,
    mine: NotebookNode,
    known: dict[str, Known],
    places: dict[str, list[int]],
    chosen: dict[str, int],
) -> dict[str | None, list[NotebookNode]]:
    """The learner's own cells by the course's cell that they follow: those that the course never
    had, answers whose exercise is gone, copies that say something else, and what was written into
    a locked cell.
    """
    name_at = {n: name for name, found in places.items() for n in found}
    present = {cell.id for cell in new.cells}
    used = set(present)
    own: dict[str | None, list[NotebookNode]] = defaultdict(list)

    def keep(cell: NotebookNode, after: str | None) -> None:
        cell.id = uuid4().hex[:8] if cell.id in used else cell.id
        used.add(cell.id)
        own[after].append(cell)

    after = None
    for n, cell in enumerate(mine.cells):
        name = name_at.get(n)
        if name in present and chosen[name] == n:
            if known[name].locked and (added := added_to(cell, known[name])):
                # A definition in a check's cell has to come before the check.
                keep(added, after if cell.cell_type == "code" else name)
            after = name
            continue
        said = known[name].texts if name else frozenset()
        if name and chosen[name] != n:
            said |= {plain(mine.cells[chosen[name]].source)}
        if plain(cell.source) not in said | {""}:
            keep(cell, after)
    return own


def added_to(cell: NotebookNode, locked: Known) -> NotebookNode | None:
    """What somebody has written into a locked cell, as a cell of its own."""
    course = set().union(*map(lines_of, locked.texts))
    lines = [line for line in cell.source.splitlines() if line.strip() not in course]
    if not (text := "\n".join(lines).strip("\n")):
        return None
    new_cell = v4.new_code_cell if cell.cell_type == "code" else v4.new_markdown_cell
    return new_cell(text)


def reset(workspace: Path, question: Question | Task | Writing) -> Path:
    """Put an exercise's answer cell back to its stub; return where the old notebook is kept.

    Raises
    ------
    WorkspaceError
        If the exercise's notebook is not in the workspace.
    """
    answer, check = answer_cell(question), notebooks.cell_id(question, "check")
    module = question.id.split(".")[0]
    for name, text in shipped(ENGLISH).items():
        # The texts at the end of modules are in cells of one name.
        if f'"{answer}"' not in text or not Path(name).name.startswith(f"{module}-"):
            continue
        path = workspace / name
        if not path.exists():
            raise WorkspaceError(not_there(path))
        mine = notebooks.read(path)
        kept = back_up(path, workspace / ".course" / "backups")
        released = notebooks.parse(text)
        places = places_of(seen(mine), known_from([released, *versions(name, workspace)]))
        found = places.get(answer, [])
        # Without an answer cell the new one goes above its check; copies of it would override it.
        place = (found or places.get(check) or [len(mine.cells)])[0]
        stub = next(cell for cell in released.cells if cell.id == answer)
        before = [cell for n, cell in enumerate(mine.cells) if n < place and n not in found]
        after = [cell for n, cell in enumerate(mine.cells) if n >= place and n not in found]
        mine.cells = [*before, stub, *after]
        notebooks.write(mine, path)
        return kept
    raise WorkspaceError(_("No assignment holds exercise {id}.", id=question.id))


def not_there(path: Path) -> str:
    """What to do where a notebook of the course is missing."""
    if found := renamed(path):
        return _(
            "{path} is not there, but {found} lies beside it and holds its exercises. "
            "Give it the name {name} again.",
            path=path,
            found=found.name,
            name=path.name,
        )
    return _("{path} is not there. Start the course to get it: `uv run course`.", path=path)


def renamed(path: Path) -> Path | None:
    """The file beside the place of a notebook that holds most of its cells, if there is one."""
    name = next(name for name in shipped(ENGLISH) if path.as_posix().endswith(f"/{name}"))
    if not name.endswith(".ipynb"):
        return None
    known = known_from([notebooks.parse(shipped(ENGLISH)[name])])
    names = {Path(name).name for name in shipped(ENGLISH)}
    for other in sorted(path.parent.glob("*.ipynb"), key=lambda file: -file.stat().st_mtime):
        if other.name in names:
            continue
        try:
            places = places_of(seen(notebooks.read(other)), known)
        except (OSError, notebooks.BrokenNotebook):
            continue
        if 2 * len(places) > len(known):
            return other
    return None
