"""Whatever students hand in: folders, files and notebooks damaged in every way that was met."""

import base64
import copy
import json
import os
import random
import shutil
import socket
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import compute_checksum, determine_grade
from traitlets.config import Config

from course import notebooks
from course.grading import intake
from course.grading.inside import frames
from course.grading.intake import Refused, blank, collect, notebook_of, rebuild, repair
from course.grading.submission import Assignment, SourceCell, SourceNotebook, Submission
from tests.classroom import ASSIGNMENT, make_course, nbgrader, perfect, stub

RELEASE = notebooks.release_folder() / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
ANSWER, CHECK, PROMPT = "1-8-romi-answer", "1-8-romi-check", "1-8-romi"
SENTENCE = "company-meaning"
PIXEL = base64.b64encode(b"\x89PNG").decode()


def source_cell(cell):
    settings = cell.metadata.nbgrader
    return SourceCell(
        name=settings.grade_id,
        cell_type=cell.cell_type,
        source=cell.source,
        checksum=settings.checksum,
        locked=settings.locked,
        grade=settings.grade,
        solution=settings.solution,
        task=settings.task,
        points=settings.get("points"),
    )


RELEASED = notebooks.read(RELEASE)
SOURCE = SourceNotebook(
    ASSIGNMENT,
    dict(RELEASED.metadata.kernelspec),
    {cell.id: source_cell(cell) for cell in RELEASED.cells if "nbgrader" in cell.metadata},
)


@pytest.fixture
def nb():
    """A good submission, to be damaged."""
    notebook = copy.deepcopy(RELEASED)
    perfect(notebook)
    return notebook


def cell(notebook, name):
    return next(cell for cell in notebook.cells if cell.get("id") == name)


def at(notebook, name):
    return notebook.cells.index(cell(notebook, name))


def repaired(notebook):
    """The notebook after its way through a file, and the notes; whatever came in, it is sound."""
    before = json.dumps(notebook).encode()
    after, notes = repair(before, SOURCE)
    assert_sound(after)
    for note in notes:
        assert len(note) < 400
        assert note.isprintable()
    return after, notes


def assert_sound(notebook):
    nbformat.validate(notebook)
    known = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert [cell.metadata.nbgrader.grade_id for cell in known] == list(SOURCE.cells)
    for found in known:
        original = SOURCE.cells[found.id]
        assert source_cell(found) == SourceCell(**{**vars(original), "source": found.source})
        if original.locked:
            assert found.source == original.source
            assert compute_checksum(found) == original.checksum
    assert notebook.metadata.kernelspec == SOURCE.kernelspec
    again = copy.deepcopy(notebook)
    assert rebuild(again, SOURCE) == []
    assert again == notebook


def test_a_good_submission_stays_as_it_is(nb):
    after, notes = repaired(nb)
    assert notes == []
    assert [(cell.id, cell.cell_type, cell.source) for cell in after.cells] == [
        (cell.id, cell.cell_type, cell.source) for cell in nb.cells
    ]


# Cells


def test_a_deleted_check_is_put_back(nb):
    """nbgrader #1682: such a submission needs manual grading for ever."""
    del nb.cells[at(nb, CHECK)]
    _, notes = repaired(nb)
    assert notes == [f"The check {CHECK} was missing; it was put back in its place."]


def test_a_deleted_answer_is_empty_and_a_person_looks_at_it(nb):
    for name in (ANSWER, SENTENCE):
        del nb.cells[at(nb, name)]
    after, notes = repaired(nb)
    assert notes == [
        f"The answer {name} was missing; an empty one stands in its place."
        for name in (ANSWER, SENTENCE)
    ]
    compile(cell(after, ANSWER).source, ANSWER, "exec")
    assert determine_grade(cell(after, SENTENCE)) == (None, 1)


def test_a_stub_does_not_undo_an_answer_in_a_cell_of_the_students_own(nb):
    own = {"cell_type": "code", "source": cell(nb, ANSWER).source, "metadata": {}}
    nb.cells[at(nb, ANSWER)] = own
    after, _ = repaired(nb)
    run = [cell.source for cell in after.cells[at(after, PROMPT) : at(after, CHECK)]]
    assert own["source"] in run
    assert SOURCE.cells[ANSWER].source not in run


@pytest.mark.parametrize("key", ["id", "grade_id", "both"])
def test_a_renamed_cell_has_its_name_again(nb, key):
    for name in (ANSWER, CHECK, PROMPT):
        damaged = cell(nb, name)
        if key != "id":
            damaged.metadata.nbgrader.grade_id = "x"
        if key != "grade_id":
            damaged.id = f"x{name}"
    text = cell(nb, ANSWER if key == "grade_id" else f"x{ANSWER}").source
    after, notes = repaired(nb)
    assert text in [cell.source for cell in after.cells]
    assert cell(after, ANSWER).source == text  # by its name, or else by where it stands
    assert bool(notes) == (key != "id")


def test_names_swapped_between_answer_and_check(nb):
    text = cell(nb, ANSWER).source
    cell(nb, ANSWER).metadata.nbgrader, cell(nb, CHECK).metadata.nbgrader = (
        cell(nb, CHECK).metadata.nbgrader,
        cell(nb, ANSWER).metadata.nbgrader,
    )
    after, notes = repaired(nb)
    assert cell(after, ANSWER).source == text
    assert len(notes) == 2


def test_all_names_lost_as_some_editors_lose_them(nb):
    for n, damaged in enumerate(nb.cells):
        damaged.id, damaged.metadata = f"c{n}", {}
    after, notes = repaired(nb)
    assert "def romi" in cell(after, ANSWER).source
    assert at(after, CHECK) == at(after, ANSWER) + 1
    assert cell(after, SENTENCE).source == nb.cells[-1].source
    assert not [note for note in notes if "was missing" in note]


@pytest.mark.parametrize("copies_first", [True, False])
def test_a_copied_answer_counts_once_the_filled_one(nb, copies_first):
    """nbgrader #1083: a copied cell stopped the whole class."""
    text = cell(nb, ANSWER).source
    unfilled = nbformat.from_dict(
        {**copy.deepcopy(cell(nb, ANSWER)), "id": "copy", "source": SOURCE.cells[ANSWER].source}
    )
    nb.cells.insert(at(nb, ANSWER) + (0 if copies_first else 1), unfilled)
    after, notes = repaired(nb)
    assert [cell.source for cell in after.cells].count(text) == 1
    assert SOURCE.cells[ANSWER].source not in [cell.source for cell in after.cells]
    assert cell(after, ANSWER).source == text
    assert notes == [f"The answer {ANSWER} was there 2 times; the last one filled in counts."]


def test_both_halves_of_a_split_cell_run_in_their_order(nb):
    whole = cell(nb, ANSWER)
    second = nbformat.from_dict({**copy.deepcopy(whole), "id": "second"})
    whole.source, second.source = "helper = 1", "def romi(d):\n    return helper"
    between = {"cell_type": "code", "source": "helper += 1", "metadata": {}, "id": "between"}
    n = at(nb, ANSWER)
    nb.cells[n + 1 : n + 1] = [between, second]
    after, _ = repaired(nb)
    start = at(after, PROMPT)
    assert [cell.source for cell in after.cells[start + 1 : start + 4]] == [
        "helper = 1",
        "helper += 1",
        "def romi(d):\n    return helper",
    ]


def test_a_copied_check_is_there_once(nb):
    nb.cells.insert(3, copy.deepcopy(cell(nb, CHECK)))
    after, notes = repaired(nb)
    assert [cell.source for cell in after.cells].count(SOURCE.cells[CHECK].source) == 1
    assert f"The check {CHECK} was there 2 times; the original was used." in notes


def test_changed_types_are_put_right(nb):
    """nbgrader #1941: a code cell turned to Markdown broke the batch."""
    for name, other in ((ANSWER, "markdown"), (CHECK, "raw"), (SENTENCE, "code")):
        cell(nb, name).cell_type = other
    text = cell(nb, ANSWER).source
    after, notes = repaired(nb)
    assert cell(after, ANSWER).source == text
    assert len(notes) == 3
    assert f"The answer {ANSWER} had become a markdown cell; it is code again." in notes


@pytest.mark.parametrize(
    "settings",
    [
        {"points": 99},
        {"points": "NaN"},
        {"locked": False, "grade": False},
        {"solution": True},
        {"schema_version": 1, "task": True},
        {"grade_id": ["a", {}]},
        {"grade_id": "1-1-net-sales-check"},
        {"locked": [], "grade": {}, "solution": 10**400},
    ],
)
def test_changed_settings_are_put_right(nb, settings):
    cell(nb, CHECK).metadata.nbgrader.update(settings)
    _, notes = repaired(nb)
    assert [CHECK in note for note in notes] == [True]


def test_changed_locked_text_is_put_right_and_said(nb):
    cell(nb, CHECK).source = "100.0"
    cell(nb, PROMPT).source += " "  # an editor's space is not worth a note
    _, notes = repaired(nb)
    assert notes == [f"The check {CHECK} was changed; the original was used."]


def test_hidden_tests_and_translations_are_no_change(nb):
    released = cell(nb, CHECK)
    released.source = "# გადაამოწმეთ"
    released.metadata.nbgrader.checksum = compute_checksum(released)
    _, notes = repaired(nb)
    assert notes == []


def test_moved_cells_are_in_order_again(nb):
    nb.cells.reverse()
    after, notes = repaired(nb)
    assert "def romi" in cell(after, ANSWER).source
    assert notes == ["Cells of the assignment were moved; they stand in its order again."]


def test_own_cells_keep_their_places(nb):
    nb.cells.insert(at(nb, ANSWER), {"cell_type": "code", "source": "x = 1", "metadata": {}})
    nb.cells.append({"cell_type": "raw", "source": "<script>", "metadata": {"format": "text/html"}})
    after, notes = repaired(nb)
    assert notes == []
    assert after.cells[at(after, ANSWER) - 1].source == "x = 1"
    assert (after.cells[-1].cell_type, after.cells[-1].metadata) == ("markdown", {})
    assert after.cells[2].id == "setup"


def test_cells_of_other_assignments_are_the_students_own(nb):
    stranger = copy.deepcopy(cell(nb, ANSWER))
    stranger.update(id="2-1-x", source="x = 1")
    stranger.metadata.nbgrader.grade_id = "2-1-x"
    nb.cells.append(stranger)
    after, notes = repaired(nb)
    assert (after.cells[-1].source, after.cells[-1].metadata) == ("x = 1", {})
    assert notes == ["Cells with names that the assignment does not have run, but do not count: 1."]


@pytest.mark.parametrize(
    "shape",
    [None, 7, "text", [], {}, {"cell_type": "code"}, {"metadata": 7}, {"cell_type": [], "id": []}],
)
def test_pieces_of_any_shape(nb, shape):
    nb.cells.insert(0, shape)
    after, _ = repaired(nb)
    assert len(after.cells) == len(RELEASED.cells)


def test_a_cell_without_a_text_is_told(nb):
    del cell(nb, ANSWER)["source"]
    cell(nb, SENTENCE).source = None
    nb.cells += [{"cell_type": "code", "source": None}, {"cell_type": "code", "source": ["x", {}]}]
    after, notes = repaired(nb)
    assert after.cells[-1].source == "x"
    assert notes == [
        "Own cells with something that is no text; it was left out: 2.",
        f"In the file, answer {ANSWER} holds something that is no text; it was left out.",
        f"In the file, answer {SENTENCE} holds something that is no text; it was left out.",
    ]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("raw", "raw"), (None, "unknown"), (7, "unknown"), ("<b>", "unknown"), ([], "unknown")],
)
def test_the_kind_of_a_cell_is_told_as_it_was(nb, kind, said):
    cell(nb, ANSWER).cell_type = kind
    _, notes = repaired(nb)
    assert notes == [f"The answer {ANSWER} had become a {said} cell; it is code again."]


def from_colab(nb):
    """otter-grader #895: a kernel without a language, format 4.0, no ids, its own keys."""
    nb.metadata = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    nb.nbformat_minor = 0
    for found in nb.cells:
        found.metadata.update(id=found.pop("id"), outputId="x", colab={"base_uri": "x"})


def moved_by_hand(nb):
    """nbgrader #424: text copied into a new cell, the old one deleted."""
    for name in (ANSWER, SENTENCE):
        n = at(nb, name)
        nb.cells[n] = {**nb.cells[n], "id": f"new{n}", "metadata": {}}


def with_all_copied(nb):
    """nbgrader #1331, ananke #12: all cells copied and pasted, with their names."""
    nb.cells += copy.deepcopy(nb.cells)


def with_a_name_on_its_own_cells(nb):
    """nbgrader #377: a grade_id where nothing is graded."""
    nb.cells.append({"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": 5}}})


def of_an_older_schema(nb):
    """nbgrader #916: settings of an earlier version of nbgrader stopped the class."""
    for found in nb.cells:
        if "nbgrader" in found.metadata:
            found.metadata.nbgrader.pop("cell_type", None)
            found.metadata.nbgrader.update(schema_version=1)


def without_lock_and_points(nb):
    """nbgrader #1546: settings half lost, and no box for the mark in Formgrader."""
    for found in nb.cells:
        for key in ("grade", "points", "checksum", "locked"):
            found.metadata.get("nbgrader", {}).pop(key, None)


@pytest.mark.parametrize(
    "accident",
    [
        from_colab,
        moved_by_hand,
        with_all_copied,
        with_a_name_on_its_own_cells,
        of_an_older_schema,
        without_lock_and_points,
    ],
    ids=lambda accident: accident.__name__,
)
def test_what_happened_to_others_costs_no_answer(nb, accident):
    """Reports from the lists of other graders; all answers are where they count."""
    written = {name: cell(nb, name).source for name in SOURCE.cells if SOURCE.cells[name].solution}
    accident(nb)
    after, _ = repaired(nb)
    assert {name: cell(after, name).source for name in written} == written


@pytest.mark.parametrize("piece", [None, 3, [], {"metadata": None}, "no metadata", "null outputs"])
def test_pieces_of_a_cell_that_are_missing(nb, piece):
    damaged, text = cell(nb, ANSWER), cell(nb, ANSWER).source
    if piece == "no metadata":
        del damaged["metadata"]
    elif piece == "null outputs":
        damaged.update(outputs=None, execution_count=None)
    else:
        damaged.metadata = piece
    after, notes = repaired(nb)
    assert cell(after, ANSWER).source == text
    assert bool(notes) == (piece != "null outputs")


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (["a = 1\n", "b = 2", None, 3], "a = 1\nb = 2"),
        (None, ""),
        (12, ""),
        ({"a": 1}, ""),
        ("a = '\ud800'", "a = '?'"),
        ("x" * 1_000_001, intake.MISSING["code"]),
    ],
    ids=["list", "none", "number", "dict", "surrogate", "long"],
)
def test_sources_of_any_shape(nb, text, becomes):
    cell(nb, ANSWER).source = text
    after, notes = repaired(nb)
    assert cell(after, ANSWER).source == becomes
    assert len(notes) == (text != "a = '\ud800'")
    assert all(ANSWER in note for note in notes)


def test_ids_missing_doubled_and_odd(nb):
    for id in (None, "", "setup", "own-1", "ს" * 70, "a b", ANSWER):
        own = {"cell_type": "code", "source": f"x = {id!r}", "metadata": {}}
        nb.cells.append(own if id is None else {**own, "id": id})
    after, _ = repaired(nb)
    assert len({cell.id for cell in after.cells}) == len(after.cells)


def test_outputs_and_metadata_of_cells_are_dropped(nb):
    cell(nb, ANSWER).outputs = [{"output_type": "x", "data": {"text/html": ["<b>"] * 1000}}]
    cell(nb, ANSWER).metadata.update(tags=["raises-exception"], trusted=True)
    nb.metadata = {"kernelspec": {"name": "evil"}, "signature": "x", "language_info": 3}
    after, notes = repaired(nb)
    assert notes == []
    assert cell(after, ANSWER).outputs == []
    assert set(cell(after, ANSWER).metadata) == {"nbgrader"}


def test_tens_of_thousands_of_cells_are_cut_short(nb):
    nb.cells += [{"cell_type": "code", "source": "x", "metadata": {}} for _ in range(50_000)]
    nb.cells.append(nb.cells.pop(at(nb, ANSWER)))
    after, notes = repaired(nb)
    assert len(after.cells) < 2_100
    assert "def romi" in cell(after, ANSWER).source
    assert len(notes) == 2


def test_pictures_in_answers_are_kept_and_nothing_else(nb):
    cell(nb, SENTENCE).source = "![](attachment:my%20plot.png) ![](attachment:gone.png)"
    cell(nb, SENTENCE).attachments = {
        "my plot.png": {"image/png": PIXEL, "text/html": "<script>"},
        "gone.png": {"image/svg+xml": PIXEL},
        "a": {"image/png": '"><script>'},
        "b": 3,
    }
    after, notes = repaired(nb)
    assert cell(after, SENTENCE).attachments == {
        "my%20plot.png": {"image/png": PIXEL},
        "gone.png": intake.NO_PICTURE,  # a name without a picture stops nbconvert
    }
    assert notes == [
        "Pictures in text cells that are no PNG, JPEG or GIF of at most 1 MB were left out: 3."
    ]


def test_too_many_pictures_are_left_out(nb, monkeypatch):
    monkeypatch.setattr(intake, "MOST_PICTURE_TEXT", 10)
    cell(nb, SENTENCE).attachments = {"a.png": {"image/png": PIXEL * 2}}
    _, notes = repaired(nb)
    assert notes[0].endswith("were left out: 1.")


DAMAGES = ["delete", "double", "move", "id", "grade_id", "setting", "type", "text", "bare"]


def test_any_damages_at_once_leave_each_cell_once_in_order():
    """Seeded: deleted, doubled, moved, renamed, retagged, retyped and emptied cells."""
    for seed in range(150):
        chance = random.Random(seed)
        notebook = copy.deepcopy(RELEASED)
        perfect(notebook)
        cells = notebook.cells
        names = [*SOURCE.cells, "x", "", None, 3]
        for _ in range(chance.randrange(60)):
            n = chance.randrange(len(cells))
            damage = chance.choice(DAMAGES)
            if damage == "delete" and len(cells) > 1:
                del cells[n]
            elif damage == "double":
                cells.insert(chance.randrange(len(cells)), copy.deepcopy(cells[n]))
            elif damage == "move":
                cells.insert(chance.randrange(len(cells)), cells.pop(n))
            elif damage == "id":
                cells[n]["id"] = chance.choice(names)
            elif damage == "type":
                cells[n]["cell_type"] = chance.choice(["code", "markdown", "raw", "x", 3])
            elif damage == "text":
                cells[n]["source"] = chance.choice(["", "x = 1", None, ["a", "b"], 5])
            elif damage == "bare":
                cells[n]["metadata"] = {}
            elif "nbgrader" in cells[n]["metadata"]:
                value = chance.choice([*names, True, False])
                key = chance.choice(["solution", "grade", "locked"])
                cells[n]["metadata"]["nbgrader"]["grade_id" if damage == "grade_id" else key] = (
                    value
                )
        if seed % 5 == 0:
            chance.shuffle(cells)
        repaired(notebook)


# The notebook's file


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"not JSON", "line 1, column 1"),
        (RELEASE.read_bytes()[:5000], "cut off"),
        (b"<<<<<<< HEAD\n{}", "no JSON"),
        (b"[]", "has no cells"),
        (b"null", "has no cells"),
        (b'{"cells": {}}', "has no cells"),
        (b'{"worksheets": 3}', "has no cells"),
        ('{"cells": ["é"]}'.encode("latin-1"), "UTF-8"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"PK\x03\x04", "no JSON"),
        (b"[" * 100_000, "nested"),
        (b'{"cells": ' + b'[{"a":' * 50_000, "nested"),
        (b'{"cells": [' + b"{}," * 4_000_000 + b"0]}", "Clear its outputs"),
        (b'{"cells": [' + b'"",' * 20_000_000 + b"0]}", "Clear its outputs"),
    ],
    ids=range(16),
)
def test_what_cannot_be_read_is_refused_with_a_reason(raw, reason):
    with pytest.raises(Refused, match=reason) as refused:
        repair(raw, SOURCE)
    assert_sound(blank(SOURCE, str(refused.value)))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace('"nbformat": 4', '"nbformat": 5').encode(),
        lambda text: text.replace('"nbformat": 4', '"nbformat": NaN, "nbformat": "?"').encode(),
        lambda text: text.replace('"nbformat": 4', f'"nbformat": {"9" * 5000}').encode(),
        lambda text: text.replace('"metadata": {}', '"metadata": [[[NaN]]]').encode(),
        lambda text: json.dumps({"nbformat": 3, "worksheets": [3, json.loads(text)]}).encode(),
        lambda text: text.replace('"source"', '"input"').encode(),
    ],
    ids=["bom", "utf-16", "utf-16-be", "crlf", "v5", "keys", "long", "nan", "v3", "input"],
)
def test_what_can_be_read_is_read(nb, change):
    after, notes = repair(change(nbformat.writes(nb)), SOURCE)
    assert_sound(after)
    assert "def romi" in cell(after, ANSWER).source
    assert notes == []


def test_blank_tells_the_reason_and_has_no_answers():
    notebook = blank(SOURCE, "The file is empty.")
    assert_sound(notebook)
    assert "The file is empty." in notebook.cells[0].source
    assert cell(notebook, ANSWER).source == SOURCE.cells[ANSWER].source


# The folder


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "nino" / ASSIGNMENT
    (folder / "data").mkdir(parents=True)
    shutil.copy(RELEASE, folder)
    (folder / "data" / "ჩემი ფაილი.csv").write_bytes(b"a,b")
    (folder / "timestamp.txt").write_text("2026-02-01 10:00:00.000000 UTC\n")
    return folder


def test_a_folder_is_read(folder, tmp_path):
    (tmp_path / "shared.csv").write_text("1")
    os.link(tmp_path / "shared.csv", folder / "hard-link.csv")
    assert collect(folder, "nino") == Submission(
        student="nino",
        notebooks={f"{ASSIGNMENT}.ipynb": RELEASE.read_bytes()},
        files={"data/ჩემი ფაილი.csv": b"a,b", "hard-link.csv": b"1"},
        timestamp="2026-02-01 10:00:00.000000 UTC",
    )


@pytest.mark.parametrize(
    "name",
    [
        *("-rf", "a\nb.csv", "a\x1b[31m.csv", "<img src=x>.csv", "a\u202egpj.csv", "a\u2028.csv"),
        *("1-analytics.html", "plot.SVG", "page.js"),  # nbgrader #1211: no feedback was made
        *("x.pyc", "x.SO", "x.pth", "sitecustomize.py", "usercustomize.py", "a" * 250 + ".csv"),
        os.fsdecode(b"\xff\xfe.csv"),
    ],
)
def test_files_with_odd_names_are_left_out(folder, name):
    path = folder / name if len(name) < 250 else folder / "d" / ("x" * 200) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    taken = collect(folder, "nino")
    assert list(taken.files) == ["data/ჩემი ფაილი.csv"]
    assert len(taken.notes) == 1
    assert "name that cannot be used" in taken.notes[0]
    assert taken.notes[0].isprintable()
    assert "<" not in taken.notes[0]


@pytest.mark.parametrize(
    "name", [".ipynb_checkpoints/a.ipynb", "__pycache__/a.pyc", ".DS_Store", ".env", ".git/config"]
)
def test_hidden_files_are_left_out_silently(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("x")
    taken = collect(folder, "nino")
    assert (len(taken.notebooks), len(taken.files), taken.notes) == (1, 1, ())


def test_links_pipes_and_sockets_are_left_out(folder, tmp_path, monkeypatch):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret" / "key.txt")
    (folder / "inside.txt").symlink_to(f"{ASSIGNMENT}.ipynb")
    (folder / "folder").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(".")
    (folder / "nowhere").symlink_to("nothing")
    os.mkfifo(folder / "pipe.ipynb")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door")
    taken = collect(folder, "nino")
    assert (len(taken.notebooks), len(taken.files)) == (1, 1)
    assert len(taken.notes) == 7
    for name in ("link.txt", "pipe.ipynb"):
        with pytest.raises(Refused, match="no plain file"):
            intake.read_file(folder / name, 100)


@pytest.mark.parametrize("kind", ["missing", "file", "link"])
def test_a_folder_that_cannot_be_read(folder, kind):
    path = folder.parent / "other"
    if kind == "file":
        path.write_text("x")
    elif kind == "link":
        path.symlink_to(folder)
    taken = collect(path, "nino")
    assert (taken.notebooks, taken.files, len(taken.notes)) == ({}, {}, 1)


def test_there_is_a_limit_to_everything(folder, monkeypatch):
    for name, limit in {"MOST_FILES": 3, "LARGEST_FILE": 5, "DEEPEST": 2}.items():
        monkeypatch.setattr(intake, name, limit)
    deep = folder / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "deep.csv").write_text("1")
    for n in range(5):
        (folder / f"{n}.csv").write_text("1")
    with (folder / "0.csv").open("wb") as file:
        file.truncate(1 << 40)
    taken = collect(folder, "nino")
    assert f"{ASSIGNMENT}.ipynb" in taken.notebooks
    assert len(taken.files) == 2
    assert [note.split(" ")[0] for note in taken.notes] == ["a/b/c", "0.csv", "Only"]
    monkeypatch.setattr(intake, "LARGEST_SUBMISSION", 10)
    assert collect(folder, "nino").notebooks == {}
    monkeypatch.setattr(intake, "MOST_ENTRIES", 3)
    assert "not all were read" in collect(folder, "nino").notes[0]


@pytest.mark.parametrize(
    "text",
    ["yesterday", "", "\x00", "9" * 60, "9" * 5000, "2026-02-01 10:00 /etc/passwd", b"\xff"],
)
def test_a_timestamp_that_is_none(folder, text):
    (folder / "timestamp.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    taken = collect(folder, "nino")
    assert taken.timestamp is None
    assert "timestamp.txt" not in taken.files
    assert len(taken.notes) == 1


# Which notebook


def handed_in(**notebooks):
    return Submission("nino", notebooks, {})


@pytest.mark.parametrize(
    "path",
    [
        f"{ASSIGNMENT}.IPYNB",
        "1-Analytics.ipynb",
        f"{ASSIGNMENT} (1).ipynb",
        f"{ASSIGNMENT}-Copy1.ipynb",
        f"{ASSIGNMENT} - Copy (2).ipynb",
        f"Copy of {ASSIGNMENT}.ipynb",
        f"my work/{ASSIGNMENT}.ipynb",
        "Nino <b>.ipynb",
    ],
)
def test_a_notebook_by_another_name_is_taken(path):
    raw = RELEASE.read_bytes() if path.startswith("Nino") else b""
    found = notebook_of(handed_in(**{path: raw, "notes.ipynb": b"{}", "x.ipynb": b""}), SOURCE)
    assert found[:2] == (path, raw)
    assert found[2][0].endswith(f"was taken as {ASSIGNMENT}.ipynb.")
    assert "<" not in found[2][0]


def test_the_right_name_comes_first():
    submission = handed_in(**{"a.ipynb": RELEASE.read_bytes(), f"{ASSIGNMENT}.ipynb": b"x"})
    assert notebook_of(submission, SOURCE) == (f"{ASSIGNMENT}.ipynb", b"x", [])


def with_answers(*names, changed=""):
    """The bytes of a notebook in which these answers, or all, are written."""
    notebook = copy.deepcopy(RELEASED)
    for found in notebook.cells:
        original = SOURCE.cells.get(found.id)
        if original and original.solution and (not names or found.id in names):
            found.source = f"# {found.id}{changed}"
    return nbformat.writes(notebook).encode()


UNTOUCHED, WHOLE = RELEASE.read_bytes(), with_answers()
RIGHT, COPY = f"{ASSIGNMENT}.ipynb", f"{ASSIGNMENT} (1).ipynb"


@pytest.mark.parametrize(
    ("files", "taken", "said"),
    [
        ({RIGHT: UNTOUCHED, COPY: WHOLE}, COPY, "Not all of its answers"),
        ({RIGHT: WHOLE, COPY: UNTOUCHED}, RIGHT, None),
        ({RIGHT: WHOLE, COPY: WHOLE}, RIGHT, None),
        ({RIGHT: UNTOUCHED, COPY: UNTOUCHED}, RIGHT, None),
        ({RIGHT: with_answers(ANSWER), COPY: WHOLE}, COPY, "Not all of its answers"),
        ({RIGHT: WHOLE, COPY: with_answers(ANSWER)}, RIGHT, None),
        ({RIGHT: UNTOUCHED[:5000], COPY: WHOLE}, COPY, "cannot be read"),
        ({RIGHT: WHOLE, COPY: WHOLE[:5000]}, RIGHT, None),
        ({RIGHT: UNTOUCHED, "romi.ipynb": WHOLE, "notes.ipynb": b"{}"}, "romi.ipynb", "Not all"),
        ({"a.ipynb": UNTOUCHED, "b.ipynb": WHOLE}, "b.ipynb", None),
        ({f"old/{RIGHT}": UNTOUCHED, RIGHT: WHOLE}, RIGHT, None),
        ({RIGHT: b'{"cells": []}', COPY: WHOLE}, COPY, "Not all of its answers"),
    ],
    ids=range(12),
)
def test_of_several_notebooks_the_one_with_the_work_counts(files, taken, said):
    path, raw, notes = notebook_of(handed_in(**files), SOURCE)
    assert (path, raw) == (taken, files[taken])
    assert bool(notes) == (path != RIGHT)
    assert said is None or said in notes[1]


def test_where_work_differs_a_person_is_asked():
    other = with_answers(changed=" differs")
    for files in ({RIGHT: WHOLE, COPY: other}, {"a.ipynb": WHOLE, "b.ipynb": other}):
        with pytest.raises(Refused, match="different answers: ") as refused:
            notebook_of(handed_in(**files), SOURCE)
        assert ", ".join(map(intake.shown, files)) in str(refused.value)


def test_a_stub_of_an_earlier_release_is_no_work():
    older = copy.deepcopy(RELEASED)
    stub = cell(older, ANSWER)
    stub.source += "  # write here"
    stub.metadata.nbgrader.checksum = compute_checksum(stub)
    files = {RIGHT: nbformat.writes(older).encode(), COPY: WHOLE}
    assert notebook_of(handed_in(**files), SOURCE)[0] == COPY


def test_the_notebook_of_another_assignment_is_refused():
    """otter-grader #442: it was graded, with 0 points."""
    other = (notebooks.release_folder() / "0-orientation/0-orientation.ipynb").read_bytes()
    with pytest.raises(Refused, match="another assignment"):
        repair(other, SOURCE)
    path, _, _ = notebook_of(handed_in(**{RIGHT: other, "0-orientation.ipynb": WHOLE}), SOURCE)
    assert path == "0-orientation.ipynb"


def of_two(name, ids, number):
    """One of an assignment's two notebooks, which begin alike and ask with the same stub."""
    cells = [
        nbformat.v4.new_code_cell("import math", id=f"{ids}-setup"),
        nbformat.v4.new_code_cell("raise NotImplementedError", id=f"{ids}-answer"),
        nbformat.v4.new_code_cell(f"assert f(2) == {number}\nassert f(0) == 0", id=f"{ids}-check"),
    ]
    for made, answer in zip(cells, (False, True, False), strict=True):
        made.metadata.nbgrader = {
            "grade_id": made.id, "grade": made is cells[2], "solution": answer, "task": False,
            "locked": not answer, "checksum": "", "schema_version": 3,
        }  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=cells)
    source = SourceNotebook(name, {}, {made.id: source_cell(made) for made in cells})
    written = copy.deepcopy(notebook)
    written.cells[1].source = f"def f(x): return {number} * x / 2"
    return source, nbformat.writes(notebook).encode(), nbformat.writes(written).encode()


@pytest.mark.parametrize("ids", [("p1", "p2"), ("p", "p")], ids=["own names", "the same names"])
def test_what_an_assignments_notebooks_share_does_not_make_one_the_other(ids):
    one, _, one_written = of_two("p1", ids[0], 4)
    two, two_empty, two_written = of_two("p2", ids[1], 6)
    for files in (
        {"p1.ipynb": one_written, "p2.ipynb": two_written},
        {"p1.ipynb": one_written, "p2.ipynb": two_empty},
        {"p1.ipynb": one_written, "my second.ipynb": two_written},
        {"p1.ipynb": one_written, "p2 (1).ipynb": two_written},
    ):
        assert notebook_of(handed_in(**files), one, [two]) == ("p1.ipynb", one_written, [])
    files = {"p1.ipynb": one_written, "p2 (1).ipynb": two_written}
    assert notebook_of(handed_in(**files), two, [one])[0] == "p2 (1).ipynb"


def test_an_assignments_notebook_by_another_name_is_told_by_its_own_cells():
    (one, _, one_written), (two, _, two_written) = of_two("p1", "p1", 4), of_two("p2", "p2", 6)
    files = {"mine.ipynb": one_written, "other.ipynb": two_written}
    assert notebook_of(handed_in(**files), one, [two])[0] == "mine.ipynb"
    assert notebook_of(handed_in(**files), two, [one])[0] == "other.ipynb"


@pytest.mark.parametrize("names", [[], ["a.ipynb", "b.ipynb"]])
def test_none_or_several_are_refused(names):
    with pytest.raises(Refused, match="no notebook"):
        notebook_of(handed_in(**dict.fromkeys(names, RELEASE.read_bytes())), SOURCE)


# Through nbgrader


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class with an honest neighbour, notebooks that nbgrader cannot read, and several."""
    root = tmp_path_factory.mktemp("class")
    make_course(root)
    for student in (root / "submitted").iterdir():
        if student.name != stub.__name__:
            shutil.rmtree(student)
    file = Path(ASSIGNMENT, f"{ASSIGNMENT}.ipynb")
    for student, raw in {
        "cut_off": RELEASE.read_bytes()[:5000],
        "utf_16": RELEASE.read_text("utf-8").encode("utf-16"),
        "linked": None,
    }.items():
        path = root / "submitted" / student / file
        path.parent.mkdir(parents=True)
        path.symlink_to("/etc/hostname") if raw is None else path.write_bytes(raw)
    for student, files in {
        "twice": {RIGHT: UNTOUCHED, COPY: WHOLE},
        "renamed": {COPY: WHOLE, "notes.ipynb": UNTOUCHED[:100]},
        "torn": {RIGHT: WHOLE, COPY: with_answers(changed=" differs")},
        "other": {"notes.ipynb": b"{}"},
    }.items():
        for name, raw in files.items():
            path = root / "submitted" / student / ASSIGNMENT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
    (root / "submitted/no_folder").mkdir()
    (root / "submitted/no_folder" / ASSIGNMENT).write_text("a file")
    inner = root / "submitted/inner" / ASSIGNMENT / "mine" / RIGHT
    inner.parent.mkdir(parents=True)
    inner.write_bytes(WHOLE)
    beside = root / "submitted/beside" / ASSIGNMENT
    beside.mkdir(parents=True)
    (beside / RIGHT).write_bytes(WHOLE)
    (beside / "mine.csv").write_text("mine")
    (root / "secret.txt").write_text("secret")
    links = {"a.csv": root / "secret.txt", "b.csv": "nowhere", "c.csv": "/proc/self/mem", "d": root}
    for name, place in links.items():
        (beside / name).symlink_to(place)
    os.mkfifo(beside / "pipe.txt")
    with (beside / "large.csv").open("wb") as file:
        file.truncate(3_000_000_000)
    nbgrader(root, "generate_assignment", ASSIGNMENT)
    exporter = "--Autograde.exporter_class=course.grading.intake.SubmittedNotebook"
    nbgrader(root, "autograde", ASSIGNMENT, exporter, "--Execute.enabled=False")
    nbgrader(root, "generate_feedback", ASSIGNMENT)
    return root


@pytest.mark.pipeline
def test_nbgrader_grades_what_it_cannot_read(graded):
    for student, reason in {
        "cut_off": "may be cut off",
        "linked": "is a link or no plain file",
        "utf_16": None,
        "stub": None,
        "twice": None,
        "renamed": None,
        "torn": "different answers: 1-analytics (1).ipynb, 1-analytics.ipynb.",
        "other": "has no notebook 1-analytics.ipynb",
        "no_folder": "has no notebook 1-analytics.ipynb",
        "inner": None,
        "beside": None,
    }.items():
        page = graded / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert ("could not be graded" in page.read_text("utf-8")) == bool(reason)
        assert (reason or "") in page.read_text("utf-8")
        written = f"# {ANSWER}" in page.read_text("utf-8")
        assert written == (student in ("twice", "renamed", "inner", "beside"))
    names = {path.name for path in (graded / "autograded/beside" / ASSIGNMENT).iterdir()}
    assert {"mine.csv", RIGHT} <= names
    assert not names & {"a.csv", "b.csv", "c.csv", "d", "pipe.txt", "large.csv"}


@pytest.mark.pipeline
def test_nbgraders_own_steps_change_nothing_more(graded, nb):
    nb.cells = nb.cells[::-2]
    after, _ = repaired(nb)
    url = f"sqlite:///{graded / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        in_gradebook = intake.source_notebook(gradebook, ASSIGNMENT, ASSIGNMENT)
    assert in_gradebook.cells == SOURCE.cells
    resources = {
        "nbgrader": {"notebook": ASSIGNMENT, "assignment": ASSIGNMENT, "db_url": url},
    }
    for step in Autograde.sanitize_preprocessors.default():
        changed, _ = step().preprocess(copy.deepcopy(after), resources)
        assert changed == after


@pytest.mark.parametrize(
    "content",
    [
        b"1796081400", b"\xef\xbb\xbf2030-01-01 10:00:00 UTC", b"", b"\xff\xfe2\x000\x00",
        b"yesterday", b"10:00", b"9" * 99, b"2030-01-01 10:00:00 999999999999",
        "a folder", "a link",
    ],
)  # fmt: skip
def test_a_timestamp_of_any_kind_stops_no_list_of_nbgraders(tmp_path, content):
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    formgrader = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    for student in ("ana", "beka"):
        folder = tmp_path / "submitted" / student / "small"
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text("2030-01-02 10:00:00 UTC")
    file = tmp_path / "submitted/ana/small/timestamp.txt"
    file.unlink()
    if content == "a folder":
        file.mkdir()
    elif content == "a link":
        file.symlink_to("/dev/zero")
    else:
        file.write_bytes(content)
    marked = b"\xef\xbb\xbf2030-01-01 10:00:00 UTC"  # by Windows' editor
    expected = datetime(2030, 1, 1, 10) if content == marked else None
    with formgrader.gradebook as gradebook:
        gradebook.add_assignment("small")
    shown = {row["student"]: row["timestamp"] for row in formgrader.get_submissions("small")}
    assert shown == {"ana": expected and expected.isoformat(), "beka": "2030-01-02T10:00:00"}
    assert formgrader.coursedir.get_existing_timestamp(str(file.parent)) == expected


def test_files_beside_are_what_goes_into_the_box():
    ours = {"data.csv": bytes(20 * intake.MB)}
    assignment = Assignment("small", {"small": SourceNotebook("small", {}, {})}, ours)
    theirs = {name: bytes(15 * intake.MB) for name in ("a.csv", "b.csv")} | {"c.csv": b"1"}
    notes = []
    files = intake.files_beside(Submission("ana", {}, theirs), assignment, notes)
    assert list(files) == ["a.csv", "c.csv", "data.csv"]
    assert notes == ["b.csv is larger than there is room for (40 MB). It was left out."]
    in_base64 = 4 * intake.LARGEST_BESIDE / 3
    assert in_base64 + intake.MOST_FILES * 2 * intake.LONGEST_PATH < frames.LARGEST


@pytest.mark.parametrize(
    "suffix", ["xsl", "xht", "rdf", "wsdl", "xpdl", "rss", "atom", "xslt", "mathml", "XHTML"]
)
def test_what_browsers_run_or_render_is_left_out(suffix):
    assert not intake.usable(f"page.{suffix}", f"page.{suffix}")


@pytest.mark.parametrize(
    "suffix",
    ["csv", "txt", "xlsx", "docx", "json", "py", "md", "png", "pdf", "db", "zip", "parquet"],
)
def test_data_is_taken(suffix):
    assert intake.usable(f"data.{suffix}", f"data.{suffix}")


def test_what_stands_in_the_way_of_the_assignments_files_is_left_out():
    ours = {"data/prices.csv": b"1", "helper.py": b"2"}
    assignment = Assignment("small", {"small": SourceNotebook("small", {}, {})}, ours)
    theirs = dict.fromkeys(
        ("data", "helper.py/a", "small.ipynb/b", "timestamp.txt/c", "data/d", "e/data"), b"x"
    )
    notes = []
    files = intake.files_beside(Submission("ana", {}, theirs), assignment, notes)
    assert files == {**ours, "data/d": b"x", "e/data": b"x"}
    assert len(notes) == 4
    assert notes[0] == "data stands in the way of a file of the assignment. It was left out."
