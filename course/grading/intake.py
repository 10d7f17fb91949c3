"""What comes in: a student's folder, read with care, and a notebook, with its cells put right.

Nothing that a student can put into a folder or a notebook stops a class: what can be put right is
put right, with a note that the student understands; what cannot be read is `Refused` for a reason.
"""

import binascii
import codecs
import glob
import json
import mimetypes
import os
import re
import stat
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, islice
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from nbconvert.exporters import NotebookExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import compute_checksum

from course.cells import Known, choice, places_of
from course.grading.gradebook import files_of, in_order, parse_timestamp, source_notebook
from course.grading.inside.frames import memory
from course.grading.submission import (
    Assignment,
    SourceCell,
    SourceNotebook,
    Submission,
    writable,
)
from course.language import ENGLISH, N_, _, current, number, of_notebook, speaking
from course.saved import plain

MB = 1 << 20
LARGEST_NOTEBOOK = 256 * MB  # stored outputs: an endless print
LARGEST_FILE = 20 * MB
LARGEST_SUBMISSION = 300 * MB
LARGEST_BESIDE = 40 * MB  # all files beside the notebooks: they go into the box in one message
MOST_FILES = 500
MOST_ENTRIES = 10_000  # of all folders, with what is left out
DEEPEST = 20
LONGEST_PATH = 400  # bytes
LONGEST_TIMESTAMP = 100  # bytes
MOST_MEMORY = 1_000_000_000  # bytes that a parsed notebook takes beside its text
LONGEST_CELL = 1_000_000  # characters
MOST_OWN_CELLS = 2_000
MOST_OWN_TEXT = 10_000_000  # characters
LARGEST_PICTURE = 4 * MB // 3  # characters of base64: 1 MB
MOST_PICTURES = 20  # of a cell
MOST_PICTURE_TEXT = 20_000_000  # characters of base64, of a notebook
MOST_NOTES = 100

TIMESTAMP = "timestamp.txt"
# Formgrader serves the files beside a notebook as they are, to an instructor who may change marks.
RUN_BY_BROWSERS = (
    *(".html", ".htm", ".xhtml", ".xht", ".shtml", ".mht", ".mhtml", ".hta", ".js", ".mjs", ".cjs"),
    *(".svg", ".svgz", ".xml", ".xsl", ".xslt", ".xul", ".rdf", ".rss", ".atom", ".mathml", ".mml"),
    *(".wsdl", ".xpdl", ".xsd", ".xbl", ".swf"),
)
# And whatever else this machine knows to be such, for by this Formgrader names a file's type.
KINDS_RUN_BY_BROWSERS = ("html", "xml", "javascript", "ecmascript")
LOADED_BY_PYTHON = (".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib", ".pth")
# Control signs, those that turn the direction of text, halves of signs, unassigned; breaks.
ODD_SIGNS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
STARTED_BY_PYTHON = ("sitecustomize", "usercustomize")
PICTURES = ("image/png", "image/jpeg", "image/gif")
NO_PICTURE = {"image/gif": "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"}
MISSING = {
    "code": N_("# This answer cell was missing from the submission."),
    "markdown": N_("*This answer cell was missing from the submission.*"),
}


class Refused(ValueError):
    """It cannot be graded; the text says why, for the student and the instructor, in `language`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.language = current()


def shown(name: str) -> str:
    """A student's name for something, fit for a note."""
    return re.sub(r"[^\w .,()+@/-]", "?", name[:80])


def at_most(notes: list[str]) -> list[str]:
    """The first notes, and how many more there are."""
    more = len(notes) - MOST_NOTES
    if more <= 0:
        return notes
    return [*notes[:MOST_NOTES], _("And {number} more of this kind.", number=more)]


# The folder


def collect(folder: Path, student: str) -> Submission:
    """What a student handed in, read into memory; it never raises for what is in the folder.

    timestamp.txt is no file of the submission: its text is the submission's `timestamp`, where
    nbgrader can read it.
    """
    notes: list[str] = []
    found = plain_files(folder, notes)
    timestamp = read_timestamp(folder, notes) if TIMESTAMP in found else None
    notebooks: dict[str, bytes] = {}
    files: dict[str, bytes] = {}
    room, left_out = LARGEST_SUBMISSION, 0
    for path in sorted(found - {TIMESTAMP}, key=notebooks_first):
        taken, largest = (
            (notebooks, LARGEST_NOTEBOOK) if is_notebook(path) else (files, LARGEST_FILE)
        )
        if len(notebooks) + len(files) == MOST_FILES:
            left_out += 1
            continue
        try:
            taken[path] = read_file(folder / path, min(largest, room))
            room -= len(taken[path])
        except Refused as reason:
            notes.append(_("{reason} It was left out.", reason=reason))
    if left_out:
        said = _(
            "Only {most} files are taken; {number} were left out.", most=MOST_FILES, number=left_out
        )
        notes.append(said)
    return Submission(student, notebooks, files, timestamp, tuple(at_most(notes)))


def is_notebook(path: str) -> bool:
    """Whether the name is that of a notebook."""
    return path.casefold().endswith(".ipynb")


def notebooks_first(path: str) -> tuple:
    """What is left out for want of room is left out from the end."""
    return not is_notebook(path), path.count("/"), path


def plain_files(folder: Path, notes: list[str]) -> set[str]:
    """The paths in the folder that intake reads; hidden files and caches are left out silently."""
    if os.path.islink(folder):
        notes.append(_("The submission is a link to another folder and was not read."))
        return set()
    found = set()
    folders = [PurePosixPath()]
    left = MOST_ENTRIES
    while folders:
        inside = folders.pop()
        try:
            with os.scandir(folder / inside) as entries:
                listed = sorted(islice(entries, left + 1), key=lambda entry: entry.name)
        except OSError:
            listed = []
            notes.append(
                _("The folder {path} could not be read.", path=shown(str(inside)))
                if inside.parts
                else _("The submission could not be read.")
            )
        for entry in listed:
            path = inside / entry.name
            if entry.name.startswith(".") or entry.name == "__pycache__":
                continue
            kind = kind_of(entry)
            if not usable(entry.name, str(path)):
                problem = N_("{path} has a name that cannot be used and was left out.")
            elif kind == "file":
                found.add(str(path))
                continue
            elif kind == "folder" and len(path.parts) <= DEEPEST:
                folders.append(path)
                continue
            elif kind == "folder":
                problem = N_("{path} lies more than {most} folders deep and was left out.")
            else:
                problem = N_("{path} is a link or no plain file and was left out.")
            notes.append(_(problem, path=shown(str(path)), most=DEEPEST))
        left -= len(listed)
        if left < 0:
            notes.append(
                _(
                    "The submission has more than {most} files; not all were read.",
                    most=MOST_ENTRIES,
                )
            )
            break
    return found


def kind_of(entry: os.DirEntry) -> str:
    """What it is itself: a link is neither a file nor a folder, whatever it leads to."""
    try:
        if entry.is_dir(follow_symlinks=False):
            return "folder"
        return "file" if entry.is_file(follow_symlinks=False) else "other"
    except OSError:
        return "other"


def usable(name: str, path: str) -> bool:
    """Whether it is a name that people write, and nothing that Python or a browser runs."""
    if name.startswith("-") or re.search(r'[<>"|?*\\]', name):
        return False
    kinds = {unicodedata.category(sign) for sign in name}
    if kinds & ODD_SIGNS:
        return False
    by_python = (
        name.casefold().endswith(LOADED_BY_PYTHON)
        or name.casefold().split(".")[0] in STARTED_BY_PYTHON
    )
    kind = mimetypes.guess_type(f"a/{name.casefold()}")[0] or ""
    by_browsers = name.casefold().endswith(RUN_BY_BROWSERS) or kind.endswith(KINDS_RUN_BY_BROWSERS)
    return not (by_python or by_browsers) and len(path.encode()) <= LONGEST_PATH


def read_file(path: Path, largest: int) -> bytes:
    """The bytes of a plain file, as many as there were when it was opened.

    Raises
    ------
    Refused
    """
    name = shown(path.name)
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise Refused(_("{name} is a link or no plain file.", name=name))
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | careful)
        with open(handle, "rb") as file:
            opened = os.fstat(handle)
            if not stat.S_ISREG(opened.st_mode):
                raise Refused(_("{name} is a link or no plain file.", name=name))
            if opened.st_size > largest:
                raise Refused(
                    _(
                        "{name} is larger than there is room for ({megabytes} MB).",
                        name=name,
                        megabytes=f"{largest / MB:.0f}",
                    )
                )
            return file.read(opened.st_size)
    except OSError as problem:
        raise Refused(_("{name} could not be read.", name=name)) from problem


def read_timestamp(folder: Path, notes: list[str]) -> str | None:
    """The text of timestamp.txt, if nbgrader can read it as a time."""
    try:
        # Windows' editor marks the text as UTF-8, which nbgrader would take for a part of it.
        text = read_file(folder / TIMESTAMP, LONGEST_TIMESTAMP).decode("utf-8-sig").strip()
    except ValueError:  # refused, or not UTF-8
        text = None
    if parse_timestamp(text) is None:
        notes.append(
            _("{file} holds no time; the submission counts as one without a time.", file=TIMESTAMP)
        )
        return None
    return text


def files_beside(
    submission: Submission, assignment: Assignment, notes: list[str]
) -> dict[str, bytes]:
    """The files beside the notebooks, the instructor's over the student's; what would stand where
    one of the assignment's files or folders belongs, or has no room, is left out.
    """
    ours = {*assignment.files, *(f"{name}.ipynb" for name in assignment.notebooks), TIMESTAMP}
    our_folders = {str(folder) for path in ours for folder in PurePosixPath(path).parents}
    files = {}
    room = LARGEST_BESIDE - sum(map(len, assignment.files.values()))
    for path, content in submission.files.items():
        if path in assignment.files:
            continue
        if path in our_folders or not ours.isdisjoint(map(str, PurePosixPath(path).parents)):
            said = _("{path} stands in the way of a file of the assignment.", path=shown(path))
        elif len(content) > room:
            said = _(
                "{name} is larger than there is room for ({megabytes} MB).",
                name=shown(path),
                megabytes=f"{LARGEST_BESIDE / MB:.0f}",
            )
        else:
            files[path] = content
            room -= len(content)
            continue
        notes.append(_("{reason} It was left out.", reason=said))
    return {**files, **assignment.files}


# The notebook's file


def notebook_of(
    submission: Submission, source: SourceNotebook, others: Iterable[SourceNotebook] = ()
) -> tuple[str, bytes, list[str]]:
    """The path and bytes of the notebook of the assignment in the submission, with notes: of
    several that could be it, the one with the work. `others` are the assignment's other notebooks.

    Raises
    ------
    Refused
        Where there is none, or only a person can say which.
    """
    wanted = f"{source.name}.ipynb"
    if list(submission.notebooks) == [wanted]:
        return wanted, submission.notebooks[wanted], []
    with speaking(language_of_submission(submission)):
        path, notes = with_the_work(candidates(submission, source, list(others)), wanted)
    return path, submission.notebooks[path], notes


def language_of_submission(submission: Submission) -> str | None:
    """The language of its first notebook; None where it has none."""
    return next(map(language_in, submission.notebooks.values()), None)


def language_in(raw: bytes) -> str:
    """The language that a notebook's file says it is in, even one that is damaged; else English.

    It is told by the last "lang" in the file, for that of the notebook stands behind its cells.
    """
    said = re.compile(rb'"lang"\s*:\s*"([\w-]+)"').match(raw, max(raw.rfind(b'"lang"'), 0))
    return of_notebook({"metadata": {"lang": said[1].decode()}}) if said else ENGLISH


def candidates(
    submission: Submission, source: SourceNotebook, others: Sequence[SourceNotebook]
) -> dict[str, dict[str, str] | None]:
    """The notebooks that could be the one of the assignment, by their name or their cells, each
    with the answers that are written in it; None where the file cannot be read.
    """
    found, known = {}, known_in(source)
    for path, raw in submission.notebooks.items():
        named = same_name(path, source.name)
        if not named and any(same_name(path, other.name) for other in others):
            continue
        try:
            cells = [cell for cell in map(written, cells_in(raw)) if cell]
        except Refused:
            cells = None
        places = places_of(cells, known) if cells else {}
        # More than half of the assignment's cells are as good as its name.
        if named or 2 * told_by(cells or [], places, source, others) > len(source.cells):
            found[path] = None if cells is None else answers_in(cells, known, places, source)
    return found


def with_the_work(found: dict[str, dict[str, str] | None], wanted: str) -> tuple[str, list[str]]:
    """Which of the candidates counts, with notes: one in which all is that was written in any.

    Raises
    ------
    Refused
    """
    names = {"wanted": wanted, "several": ", ".join(map(shown, list(found)[:5]))}
    if not found:
        raise Refused(_("The submission has no notebook {wanted}.", **names))
    ordered = sorted(found, key=lambda path: path != wanted)
    written_in = {path: answers for path in ordered if (answers := found[path])}
    whole = [
        path
        for path, answers in written_in.items()
        if all(other.items() <= answers.items() for other in written_in.values())
    ]
    if written_in and not whole:
        raise Refused(
            _(
                "The submission has several notebooks that could be {wanted}, with different "
                "answers: {several}. A person has to say which one counts.",
                **names,
            )
        )
    if not written_in and len(found) > 1 and wanted not in found:
        raise Refused(
            _(
                "The submission has no notebook {wanted}, and more than one that could be it: "
                "{several}. Leave the right one, and give it this name.",
                **names,
            )
        )
    path = (whole or ordered)[0]
    if path == wanted:
        return path, []
    taken = _("{path} was taken as {wanted}.", path=shown(path), wanted=wanted)
    if wanted not in found:
        return path, [taken]
    if found[wanted] is None:
        return path, [taken, _("The file {wanted} itself cannot be read.", **names)]
    return path, [taken, _("Not all of its answers are in {wanted} itself.", **names)]


def same_name(path: str, name: str) -> bool:
    """Whether a browser, a file manager or a person made this of the name."""
    stem = PurePosixPath(path).stem.casefold()
    stem = re.sub(r"^copy of |[ _-]*(\(\d+\)|copy ?\d*( \(\d+\))?)$", "", stem)
    return stem == name.casefold()


def cells_in(raw: bytes) -> list:
    """The cells of a notebook's file, each of any shape; any version of the format is read.

    Raises
    ------
    Refused
    """
    try:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raw = raw.decode("utf-16").encode()
        if not raw.strip():
            raise Refused(_("The notebook's file is empty."))
        if memory(raw) > MOST_MEMORY:
            raise MemoryError
        # Whole numbers may be longer than Python reads; no number in a notebook is of use here.
        notebook = json.loads(raw.decode("utf-8-sig"), parse_int=float)
    except MemoryError as problem:
        raise Refused(
            _(
                "The notebook holds too much to be read. "
                "Clear its outputs, save and submit it again."
            )
        ) from problem
    except RecursionError as problem:
        raise Refused(_("The notebook's file is nested too deeply to be read.")) from problem
    except json.JSONDecodeError as problem:
        raise Refused(
            _(
                "The notebook's file is damaged: from line {line}, column {column} "
                "on it is no JSON. It may be cut off, or no notebook at all.",
                line=problem.lineno,
                column=problem.colno,
            )
        ) from problem
    except UnicodeError as problem:
        raise Refused(_("The notebook's file is no text in UTF-8.")) from problem
    if isinstance(notebook, dict):
        if isinstance(notebook.get("cells"), list):
            return notebook["cells"]
        if isinstance(notebook.get("worksheets"), list):  # version 3 and before
            sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
            lists = [sheet.get("cells") for sheet in sheets]
            return [cell for cells in lists if isinstance(cells, list) for cell in cells]
    raise Refused(_("The notebook's file is JSON, but not that of a notebook: it has no cells."))


# The cells


@dataclass(frozen=True)
class Written:
    """A cell as the student handed it in; `text` is None where it is too long. `kind` is what the
    file says it is, `damaged` whether what stands for its text is none, or not all of it.
    """

    id: str
    grade_id: str
    cell_type: str
    kind: str
    text: str | None
    damaged: bool
    nbgrader: dict
    pictures: dict[str, dict[str, str]]
    left_out: int  # pictures


def written(cell: object) -> Written | None:
    """What is of use in a cell of any shape; None if it is no cell."""
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", cell.get("input"))  # input: version 3 and before
    lines = source if isinstance(source, list) else [source]
    said = [line for line in lines if isinstance(line, str)]
    text = "".join(said)
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    nbgrader = nbgrader if isinstance(nbgrader, dict) else {}
    id, grade_id, kind = cell.get("id"), nbgrader.get("grade_id"), cell.get("cell_type")
    attached = cell.get("attachments")
    attached = attached if isinstance(attached, dict) else {}
    pictures = {
        writable(name): kept
        for name in islice(attached, MOST_PICTURES)
        if len(name) < 200 and (kept := picture(attached[name]))
    }
    return Written(
        id=id if isinstance(id, str) else "",
        grade_id=grade_id if isinstance(grade_id, str) else "",
        # Raw cells would go into a page as they are; Markdown is made harmless there.
        cell_type="code" if kind == "code" else "markdown",
        kind=kind if kind in ("code", "markdown", "raw") else _("unknown"),
        text=writable(text) if len(text) <= LONGEST_CELL else None,
        damaged=len(said) < len(lines),
        nbgrader=nbgrader,
        pictures=pictures,
        left_out=len(attached) - len(pictures),
    )


def picture(attached: object) -> dict[str, str] | None:
    """A picture that was pasted into a cell, if it is one and not too large."""
    for kind in PICTURES:
        data = attached.get(kind) if isinstance(attached, dict) else None
        if isinstance(data, str) and len(data) <= LARGEST_PICTURE:
            try:
                binascii.a2b_base64(data.strip().encode(), strict_mode=True)
            except ValueError:
                continue
            return {kind: data.strip()}
    return None


def repair(raw: bytes, source: SourceNotebook) -> tuple[NotebookNode, list[str]]:
    """The notebook in a file with the assignment's cells as they should be, and what was repaired,
    in its language.

    Raises
    ------
    Refused
    """
    with speaking(language_in(raw)):
        notebook = NotebookNode(cells=cells_in(raw))
        notes = rebuild(notebook, source)
    return notebook, notes


def rebuild(notebook: NotebookNode, source: SourceNotebook) -> list[str]:
    """Build the notebook anew, whatever its cells are like, and tell what was not as it should be.

    Every cell of the assignment is there once and in its order; only the text of the answers is the
    student's. The student's own cells keep their places after the assignment's cells. The notebook
    is one in the current language.

    Raises
    ------
    Refused
        Where it is the notebook of another assignment.
    """
    handed_in = [written(cell) for cell in notebook.cells]
    cells = [cell for cell in handed_in if cell]
    notes = []
    if len(cells) < len(handed_in):
        pieces = len(handed_in) - len(cells)
        notes.append(_("Pieces of the notebook that are no cells: {number}.", number=pieces))
    leave_out_pictures(cells, notes)
    known = known_in(source)
    places = places_of(cells, known)
    if of_another_assignment(cells, places, source):
        raise Refused(
            _(
                "This is the notebook of another assignment: most of its answer cells are none "
                "of {name}.",
                name=source.name,
            )
        )
    chosen = {
        name: choice(known[name], [(n, cells[n].text) for n in places[name]])
        for name in known
        if name in places
    }
    if list(chosen.values()) != sorted(chosen.values()):
        notes.append(_("Cells of the assignment were moved; they stand in its order again."))
    own = own_cells(cells, places, chosen, source, notes)
    notebook.clear()
    notebook.update(empty_notebook(source))
    notebook.cells += own[None]
    for name, original in source.cells.items():
        cell = cells[chosen[name]] if name in chosen else None
        notes += changes(original, cell, len(places.get(name, ())))
        text = original.source if original.locked else cell and cell.text
        pictures = cell.pictures if cell else {}
        notebook.cells += [assignment_cell(original, text, pictures), *own[name]]
    return at_most(notes)


def leave_out_pictures(cells: list[Written], notes: list[str]) -> None:
    """Keep the pictures that there is room for."""
    room = MOST_PICTURE_TEXT
    left_out = 0
    for cell in cells:
        size = sum(len(data) for kinds in cell.pictures.values() for data in kinds.values())
        left_out += cell.left_out
        if size > room:
            left_out += len(cell.pictures)
            cell.pictures.clear()
        else:
            room -= size
    if left_out:
        notes.append(
            _(
                "Pictures in text cells that are no PNG, JPEG or GIF of at most 1 MB "
                "were left out: {number}.",
                number=left_out,
            )
        )


def known_in(source: SourceNotebook) -> dict[str, Known]:
    """The assignment's cells, to be found in a notebook."""
    return {
        name: Known(cell.cell_type, cell.solution, cell.locked, frozenset([plain(cell.source)]))
        for name, cell in source.cells.items()
    }


def told_by(
    cells: Sequence[Written],
    places: dict[str, list[int]],
    source: SourceNotebook,
    others: Sequence[SourceNotebook],
) -> int:
    """How many of the notebook's cells are there that tell it from the assignment's others: names
    and texts that several have, such as a first cell with imports and equal stubs, do not.
    """
    names = {name for other in others for name in other.cells}
    texts = {plain(cell.source) for other in others for cell in other.cells.values()}

    def tells(cell: Written) -> bool:
        if {cell.id, cell.grade_id} & (source.cells.keys() - names):
            return True
        return plain(cell.text or "") not in texts

    return sum(any(tells(cells[n]) for n in found) for found in places.values())


def of_another_assignment(
    cells: list[Written], places: dict[str, list[int]], source: SourceNotebook
) -> bool:
    """Whether it has more answers of others than cells that count in this one."""
    counts = [cell for cell in source.cells.values() if cell.solution or cell.grade]
    own = sum(cell.name in places for cell in counts)
    strange = {cell.grade_id for cell in cells if cell.nbgrader.get("solution")}
    return len(strange - {"", *source.cells}) > own


def answers_in(
    cells: list[Written],
    known: dict[str, Known],
    places: dict[str, list[int]],
    source: SourceNotebook,
) -> dict[str, str]:
    """What is written in the answer cells, by their names; stubs are left out."""
    answers = {}
    for name, found in places.items():
        cell = cells[choice(known[name], [(n, cells[n].text) for n in found])]
        empty = known[name].only_says(cell.text) or same_text(source.cells[name], cell)
        if known[name].answer and not empty:
            answers[name] = (cell.text or "").strip()
    return answers


def own_cells(
    cells: list[Written],
    places: dict[str, list[int]],
    chosen: dict[str, int],
    source: SourceNotebook,
    notes: list[str],
) -> dict[str | None, list[NotebookNode]]:
    """The student's own cells by the assignment's cell that they follow.

    So is a second cell of one name, for JupyterLab gives both halves of a split cell the same. It
    is left out where it only repeats: the stub, run after an answer, would undo it.
    """
    name_at = {n: name for name, found in places.items() for n in found}
    own: dict[str | None, list[NotebookNode]] = defaultdict(list)
    used = {id_of(original) for original in source.cells.values()}
    taken = used | {cell.id for cell in cells}
    fresh = (id for n in count(1) if (id := f"own-{n}") not in taken)
    after, room, kept = None, MOST_OWN_TEXT, Counter()
    why_not = Counter()
    for n, cell in enumerate(cells):
        name = name_at.get(n)
        if name and chosen[name] == n:
            after = name
            continue
        why_not["damaged"] += cell.damaged
        repeated = [source.cells[name].source, cells[chosen[name]].text or ""] if name else []
        if cell.text is None:
            why_not["too long"] += 1
        elif plain(cell.text) in {"", *map(plain, repeated)}:
            continue
        elif kept[cell.cell_type] == MOST_OWN_CELLS or len(cell.text) > room:
            why_not["too many"] += 1
        else:
            why_not["strange name"] += bool(cell.grade_id and not name)
            kept[cell.cell_type] += 1  # a flood of notes leaves no code out
            room -= len(cell.text)
            id = cell.id if is_id(cell.id) and cell.id not in used else next(fresh)
            used.add(id)
            own[after].append(new_cell(id, cell.cell_type, cell.text, cell.pictures))
    said = {
        "damaged": N_("Own cells with something that is no text; it was left out: {number}."),
        "too long": N_("Cells of more than {most} signs were left out: {number}."),
        "too many": N_("Only {most} own cells of a kind are taken; more were left out: {number}."),
        "strange name": N_(
            "Cells with names that the assignment does not have run, but do not count: {number}."
        ),
    }
    most = {"too long": f"{LONGEST_CELL:,}", "too many": f"{MOST_OWN_CELLS:,}"}
    notes += [
        _(text, number=why_not[why], most=number(most.get(why, "")))
        for why, text in said.items()
        if why_not[why]
    ]
    return own


def changes(original: SourceCell, cell: Written | None, copies: int) -> list[str]:
    """What the student is told about a cell of the assignment."""
    kind = _("answer") if original.solution else _("check") if original.grade else _("text")
    the_cell = {"kind": kind, "name": original.name}
    if cell is None:
        if original.solution:
            put_back = N_("The {kind} {name} was missing; an empty one stands in its place.")
        else:
            put_back = N_("The {kind} {name} was missing; it was put back in its place.")
        return [_(put_back, **the_cell)]
    notes = []
    if copies > 1:
        if original.locked:
            counts = N_("The {kind} {name} was there {copies} times; the original was used.")
        else:
            counts = N_(
                "The {kind} {name} was there {copies} times; the last one filled in counts."
            )
        notes.append(_(counts, copies=copies, **the_cell))
    type_read = "code" if original.cell_type == "code" else "markdown"
    if cell.cell_type != type_read:
        became = N_("The {kind} {name} had become a {given} cell; it is {wanted} again.")
        notes.append(_(became, given=cell.kind, wanted=type_read, **the_cell))
    if not same_settings(original, cell):
        restored = N_("The name, points or lock of {kind} {name} were changed; they are restored.")
        notes.append(_(restored, **the_cell))
    if not original.locked and cell.damaged:
        unread = N_("In the file, {kind} {name} holds something that is no text; it was left out.")
        notes.append(_(unread, **the_cell))
    if not original.locked and cell.text is None:
        too_long = N_("The {kind} {name} was longer than {most} signs and was left out.")
        notes.append(_(too_long, most=number(f"{LONGEST_CELL:,}"), **the_cell))
    if original.locked and not same_text(original, cell):
        notes.append(_("The {kind} {name} was changed; the original was used.", **the_cell))
    return notes


def same_settings(original: SourceCell, cell: Written) -> bool:
    """Whether nbgrader would take the cell for what it was released as."""
    settings = cell.nbgrader
    solution, grade = settings.get("solution", False), settings.get("grade", False)
    return (
        cell.grade_id == original.name
        and solution == original.solution
        and grade == original.grade
        and settings.get("task", False) == original.task
        and (not solution and (grade or settings.get("locked", False))) == original.locked
        and original.points in (None, settings.get("points"))
    )


def same_text(original: SourceCell, cell: Written) -> bool:
    """Whether a locked cell says what was released.

    A release has no hidden tests, and a translation has other words, so nbgrader's checksum of
    the release counts as well.
    """
    if cell.text is None:
        return False
    checksum = cell.nbgrader.get("checksum")
    released = assignment_cell(original, cell.text)
    return plain(cell.text) == plain(original.source) or compute_checksum(released) == checksum


# The notebook that is graded


def blank(source: SourceNotebook, reason: str) -> NotebookNode:
    """What stands for a refused notebook: the reason, and the assignment without answers."""
    notebook = empty_notebook(source)
    text = _("**This notebook could not be graded.** {reason}", reason=reason)
    notebook.cells.append(new_cell("could-not-be-graded", "markdown", text))
    notebook.cells += [assignment_cell(cell, cell.source) for cell in source.cells.values()]
    return notebook


def empty_notebook(source: SourceNotebook) -> NotebookNode:
    """A notebook for the source's kernel in the current language, without cells."""
    metadata = NotebookNode()
    if current() != ENGLISH:
        metadata.lang = current()
    if {"name", "display_name"} <= source.kernelspec.keys():
        metadata.kernelspec = NotebookNode(source.kernelspec)
    if "language" in source.kernelspec:
        metadata.language_info = NotebookNode(name=source.kernelspec["language"])
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=metadata, cells=[])


def assignment_cell(
    original: SourceCell, text: str | None, pictures: dict[str, dict[str, str]] | None = None
) -> NotebookNode:
    """A cell with nbgrader's settings as they were released; without a text it is empty.

    An answer that is missing is not given the stub: that would undo what the student has defined
    in a cell of their own, and be "No response" to nbgrader where a person has to look.
    """
    if text is None:
        text = _(MISSING.get(original.cell_type, "")) if original.solution else original.source
    cell = new_cell(id_of(original), original.cell_type, text, pictures)
    cell.metadata.nbgrader = NotebookNode(
        schema_version=3,
        grade_id=original.name,
        grade=original.grade,
        solution=original.solution,
        locked=original.locked,
        task=original.task,
        cell_type=original.cell_type,
    )
    if original.points is not None:
        cell.metadata.nbgrader.points = original.points
    if original.checksum:
        cell.metadata.nbgrader.checksum = original.checksum
    return cell


def id_of(original: SourceCell) -> str:
    """The id of a cell of the assignment: its name, where that can be one."""
    return original.name if is_id(original.name) else f"cell-{original.checksum}"


def new_cell(
    id: str, cell_type: str, text: str, pictures: dict[str, dict[str, str]] | None = None
) -> NotebookNode:
    """A clean cell. A picture that its text names and nobody has would stop the feedback page, so
    an invisible one stands for it.
    """
    cell = NotebookNode(id=id, cell_type=cell_type, metadata=NotebookNode(), source=text)
    if cell_type == "code":
        cell.update(outputs=[], execution_count=None)
    elif named := re.findall(r"attachment:([^\s)\"'<>\]]{1,200})", text):
        have = pictures or {}
        cell.attachments = NotebookNode(
            {name: have.get(name) or have.get(unquote(name)) or NO_PICTURE for name in named}
        )
    return cell


def is_id(text: str) -> bool:
    """Whether nbformat takes it for the id of a cell."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text) is not None


# nbgrader's own autograde


def existing_timestamp(course: CourseDirectory, folder: str) -> datetime | None:
    """When the submission in the folder was handed in, if it says so."""
    return parse_timestamp(read_timestamp(Path(folder), []))


def submitted_timestamp(api: NbGraderAPI, assignment: str, student: str) -> datetime | None:
    """When the student handed in, for Formgrader's lists."""
    course = api.coursedir
    return existing_timestamp(
        course, course.format_path(course.submitted_directory, student, assignment)
    )


# timestamp.txt is the student's: by nbgrader's own methods one that holds no time, or is no file,
# ends `nbgrader autograde` and Formgrader's list of the whole class. nbgrader and Formgrader make
# the objects themselves, so the methods are replaced where this file is part of a configuration.
CourseDirectory.get_existing_timestamp = existing_timestamp
NbGraderAPI.get_submitted_timestamp = submitted_timestamp


def others_of(exporter: NotebookExporter, resources: ResourcesDict) -> list[SourceNotebook]:
    """The other notebooks of the assignment that nbgrader is about to grade."""
    about = resources["nbgrader"]
    with Gradebook(about["db_url"]) as gradebook:
        names = [n.name for n in gradebook.find_assignment(about["assignment"]).notebooks]
        return [
            source_notebook(gradebook, about["assignment"], name)
            for name in names
            if name != about["notebook"]
        ]


def source_of(exporter: NotebookExporter, resources: ResourcesDict) -> SourceNotebook:
    """The notebook of the assignment that nbgrader is about to grade."""
    about = resources["nbgrader"]
    with Gradebook(about["db_url"]) as gradebook:
        source = source_notebook(gradebook, about["assignment"], about["notebook"])
    return in_order(source, source_folder(exporter, resources) / f"{source.name}.ipynb")


def source_folder(exporter: NotebookExporter, resources: ResourcesDict) -> Path:
    """The instructor's folder of the assignment that nbgrader is about to grade."""
    course = exporter.parent.coursedir
    assignment = resources["nbgrader"]["assignment"]
    return Path(course.format_path(course.source_directory, ".", assignment))


def instructors_files(exporter: NotebookExporter, resources: ResourcesDict) -> dict[str, bytes]:
    """The files that the instructor hands out with it."""
    return files_of(source_folder(exporter, resources), exporter.parent.coursedir.ignore)


def init_notebooks(self: Autograde) -> None:
    """Ask for all the assignment's notebooks of everybody. nbgrader leaves out who has none in the
    folder itself, and one that is missing has no points without a word.
    """
    course = self.coursedir
    source = Path(course.format_path(course.source_directory, ".", course.assignment_id))
    wanted = sorted(path.name for path in source.glob(f"{course.notebook_id}.ipynb"))
    folders = glob.glob(self._format_source(course.assignment_id, course.student_id))
    if not wanted or not folders:
        BaseConverter.init_notebooks(self)  # says what is missing
        return
    self.notebooks = []
    self.assignments = {
        folder: sorted(
            {
                *glob.glob(os.path.join(glob.escape(folder), f"{course.notebook_id}.ipynb")),
                *(os.path.join(folder, name) for name in wanted),
            }
        )
        for folder in folders
    }


def init_assignment(self: BaseConverter, assignment_id: str, student_id: str) -> None:
    """Put beside the notebooks what intake takes of a submission, and tell what it leaves out."""
    if not isinstance(self, Autograde):
        nbgraders_init_assignment(self, assignment_id, student_id)
        return
    course = self.coursedir
    source = Path(course.format_path(course.source_directory, ".", assignment_id))
    submission = collect(Path(self._format_source(assignment_id, student_id)), student_id)
    notes = list(submission.notes)
    names = (path.stem for path in source.glob("*.ipynb"))
    notebooks = {name: SourceNotebook(name, {}, {}) for name in names}
    assignment = Assignment(assignment_id, notebooks, files_of(source, course.ignore))
    kept = files_beside(submission, assignment, notes)
    # One of the instructor's files may be the student's to change: `exclude_overwriting`.
    files = {path: content for path, content in submission.files.items() if path in kept}
    if submission.timestamp:
        files[TIMESTAMP] = submission.timestamp.encode()
    folder = Path(self._format_dest(assignment_id, student_id))
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    for note in at_most(notes):
        self.log.warning("%s: %s", student_id, note)


# nbgrader copies a submission's folder before it asks for anything of ours: it would follow links,
# and stop at a pipe. Nothing but the converter itself says what it copies and which notebooks it
# goes through, and nbgrader and Formgrader name its class themselves.
nbgraders_init_assignment = BaseConverter.init_assignment
Autograde.init_notebooks = init_notebooks
BaseConverter.init_assignment = init_assignment


class SubmittedNotebook(NotebookExporter):
    """Reads any file for `nbgrader autograde`, which gives up a student at one that is no notebook.

    For `c.Autograde.exporter_class`. nbgrader reads a notebook twice: as it was handed in, then as
    it was put right. So the reason of a refusal is kept for the second time, in `resources`.
    """

    def __init__(self, **kw: object) -> None:
        super().__init__(**kw)
        self.refused: dict[tuple[str, str, str], str] = {}

    def from_filename(
        self, filename: str, resources: ResourcesDict, **kw: object
    ) -> tuple[str, ResourcesDict]:
        """The repaired notebook, or a blank one with the reason, through nbgrader's steps."""
        path = Path(filename)
        source = source_of(self, resources)
        about = resources["nbgrader"]
        which = (about["student"], about["assignment"], about["notebook"])
        about["refused"] = self.refused.pop(which, None)
        try:
            raw, notes = self.handed_in(path, source, others_of(self, resources))
            notebook, repaired = repair(raw, source)
            notes += repaired
        except Refused as refused:
            with speaking(refused.language):
                notebook, notes = blank(source, str(refused)), [str(refused)]
                self.refused[which] = str(refused)
        for note in notes:
            if note == self.refused.get(which):
                self.log.error("NOT GRADED %s: %s", about["student"], note)
            else:
                self.log.warning("%s: %s", about["student"], note)
        # Where nbgrader's Execute runs the notebook.
        resources["metadata"] = ResourcesDict(name=path.stem, path=str(path.parent))
        return self.from_notebook_node(notebook, resources, **kw)

    @staticmethod
    def handed_in(
        path: Path, source: SourceNotebook, others: Sequence[SourceNotebook]
    ) -> tuple[bytes, list[str]]:
        """The file that nbgrader asks for, or the one beside it that has the work, with notes.

        Raises
        ------
        Refused
        """
        submission = collect(path.parent, "")
        try:
            return notebook_of(submission, source, others)[1:]
        except Refused:
            if os.path.lexists(path) and path.name not in submission.notebooks:
                read_file(path, LARGEST_NOTEBOOK)  # says why it was left out
            raise
