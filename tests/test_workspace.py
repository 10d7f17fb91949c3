"""A learner's workspace: made once, upgraded without losing a word, put back on request."""

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import cells as course_cells
from course import lesson, notebooks, terms, workspace
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
        assert (tmp_path / terms.PAGE).read_text("utf-8") == workspace.shipped(language)[terms.PAGE]
    (tmp_path / terms.PAGE).write_text("Mine")
    lesson("0")
    assert (tmp_path / terms.PAGE).read_text() == "Mine"


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


def test_merge_marks_of_git_are_named_by_their_line(made, analytics):
    text = analytics.read_text("utf-8")
    line = text[: text.index('"title"')].count("\n")
    lines = text.splitlines(keepends=True)
    lines[line:line] = ["<<<<<<< HEAD\n", "=======\n", ">>>>>>> mine\n"]
    analytics.write_text("".join(lines), encoding="utf-8")
    with pytest.raises(notebooks.BrokenNotebook, match=f"line {line + 1} on, two versions"):
        notebooks.read(analytics)
    assert workspace.prepare(made).broken == ["1-analytics/1-analytics.ipynb"]


def test_what_other_programs_leave_in_a_cell_is_no_reason_to_refuse_it(made, analytics):
    content = json.loads(analytics.read_bytes())
    answer = next(cell for cell in content["cells"] if cell["id"] == ROMI)
    del answer["outputs"], answer["execution_count"]
    answer["source"] = f"{ANSWER}  # \ud800".splitlines(keepends=True)
    content["cells"][0] |= {"outputs": [], "execution_count": None, "id": "no id at all!"}
    content["cells"].append({"cell_type": "raw", "source": None, "metadata": None})
    analytics.write_text(json.dumps(content), encoding="utf-16")
    workspace.prepare(made, "ka")
    assert sources(analytics)[ROMI].startswith(ANSWER)


def test_a_picture_in_an_answer_and_what_was_written_into_a_locked_cell_stay(made, analytics):
    check = notebooks.cell_id(QUESTIONS["1.8"], "check")
    words = next(
        cell.id
        for cell in notebooks.read(analytics).cells
        if workspace.is_answer(cell) and cell.cell_type == "markdown"
    )
    picture = {"a.png": {"image/png": "iVBORw0KGgo="}}

    def write(cells, notebook):
        cells[check].source = f"{ANSWER}\n\n{cells[check].source}"
        cells[words].update(source="![](attachment:a.png)", attachments=picture)

    edit(analytics, write)
    released = sources(analytics)[check].removeprefix(f"{ANSWER}\n\n")
    workspace.prepare(made, "ka")
    cells = {cell.id: cell for cell in notebooks.read(analytics).cells}
    assert cells[words].attachments == picture
    assert cells[check].source == released
    order = [cell.source for cell in cells.values()]
    assert order[order.index(released) - 1] == ANSWER


def test_an_editor_that_was_not_reloaded_does_not_bring_the_old_language_back(made, analytics):
    old = analytics.read_bytes()
    workspace.prepare(made, "ka")
    georgian = sources(analytics)
    analytics.write_bytes(old)
    edit(analytics, write_answer)
    assert workspace.prepare(made).upgraded == ["1-analytics/1-analytics.ipynb"]
    assert sources(analytics) == georgian | {ROMI: ANSWER}


def test_a_renamed_notebook_is_named_and_not_taken_for_lost(made, analytics):
    edit(analytics, write_answer)
    mine = analytics.rename(analytics.with_name("my answers.ipynb"))
    with pytest.raises(workspace.WorkspaceError, match=r"my answers\.ipynb lies beside it"):
        workspace.reset(made, QUESTIONS["1.8"])
    name = "1-analytics/1-analytics.ipynb"
    changes = workspace.prepare(made)
    assert (changes.new, changes.renamed) == ([name], [(name, "my answers.ipynb")])
    assert sources(mine)[ROMI] == ANSWER


class TestUnsaved:
    """What the kernel has run tells whether the file is what is on the screen."""

    @pytest.fixture
    def shell(self, made, analytics, monkeypatch):
        shell = SimpleNamespace(
            user_ns={}, history_manager=SimpleNamespace(input_hist_raw=["", "speak('ka')"])
        )
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        monkeypatch.setenv("JPY_SESSION_NAME", str(analytics))
        monkeypatch.chdir(analytics.parent)
        return shell

    def save(self, analytics, *own):
        def add(cells, notebook):
            notebook.cells += [nbformat.v4.new_code_cell(text) for text in own]

        edit(analytics, add)

    def test_the_cell_that_speaks_is_not_saved(self, shell, analytics):
        before = analytics.read_bytes()
        with pytest.raises(workspace.WorkspaceError, match="save this notebook"):
            workspace.turn(analytics.parent, "ka")
        assert analytics.read_bytes() == before

    def test_an_answer_was_run_and_not_saved(self, shell, analytics):
        self.save(analytics, "speak('ka')")
        shell.history_manager.input_hist_raw[1:1] = ["def romi(d):\n    return 1"]
        with pytest.raises(workspace.WorkspaceError, match="save this notebook"):
            workspace.turn(analytics.parent, "ka")

    def test_all_is_saved(self, shell, analytics):
        self.save(analytics, "speak('ka')")
        edit(analytics, write_answer)
        shell.history_manager.input_hist_raw[1:1] = ["def romi(d):\n    return 1", ANSWER]
        workspace.turn(analytics.parent, "ka")
        assert sources(analytics)[ROMI] == ANSWER
        assert notebooks.read(analytics).metadata["lang"] == "ka"

    def test_our_own_server_is_waited_for(self, shell, made, analytics, monkeypatch):
        monkeypatch.setenv(workspace.SERVING, str(made))
        before = analytics.read_bytes()
        assert workspace.turn(analytics.parent, "ka").waiting
        assert analytics.read_bytes() == before
        assert workspace.settle("1-analytics/1-analytics.ipynb", made, notebooks.read(analytics))
        assert notebooks.read(analytics).metadata["lang"] == "ka"


# Whatever happens to a notebook, every answer is kept, in its place, once.

ASSIGNMENT = "0-orientation/0-orientation.ipynb"
LESSON = "lessons/1c-money.ipynb"
REAL = {code: workspace.shipped(code) for code in ("en", "ka")}


def as_from_colab(path):
    """Format 4.0: cells have no ids."""
    content = json.loads(path.read_bytes())
    content["nbformat_minor"] = 0
    for cell in content["cells"]:
        cell.pop("id", None)
    path.write_text(json.dumps(content))


def as_from_vs_code(path):
    """Ids of its own."""
    content = json.loads(path.read_bytes())
    for n, cell in enumerate(content["cells"]):
        cell["id"] = f"vs{n}"
    path.write_text(json.dumps(content))


def as_from_mail(path):
    """No ids and no names: only what is written in the cells."""
    as_from_colab(path)
    content = json.loads(path.read_bytes())
    for cell in content["cells"]:
        cell["metadata"] = {}
    path.write_text(json.dumps(content))


def as_from_windows(path):
    """A byte order mark, and CRLF between the lines, also inside of cells."""
    content = json.loads(path.read_bytes())
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\r", "").replace("\n", "\r\n")
    text = json.dumps(content, indent=1).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())


TRAVELS = [as_from_colab, as_from_vs_code, as_from_mail, as_from_windows]


class Learner:
    """Somebody with a workspace of one lesson and one assignment, who keeps in mind what was
    written where.
    """

    def __init__(self, folder, monkeypatch):
        self.folder, self.version, self.serial = folder, 0, 0
        self.course = {}
        monkeypatch.setattr(workspace, "shipped", self.shipped)
        workspace.prepare(folder, "en")
        released = notebooks.parse(self.shipped("en")[ASSIGNMENT])
        self.stubs = {c.id: c.source for c in released.cells if course_cells.is_answer(c)}
        lesson = notebooks.parse(self.shipped("en")[LESSON]).cells
        self.examples = [cell.id for cell in lesson if cell.cell_type == "code"]
        self.written = {}  # (notebook, cell) → what stands there
        self.own = []
        self.tabs = {}

    def shipped(self, language="en"):
        """The course in its present version: each changes texts, and some have one cell more."""
        key = language, self.version
        if key not in self.course:
            self.course[key] = {}
            for name in (ASSIGNMENT, LESSON):
                notebook = notebooks.parse(REAL[language][name])
                for cell in notebook.cells[:: 1 + self.version]:
                    if cell.cell_type == "markdown" and not course_cells.is_answer(cell):
                        cell.source += f"\n\nVersion {self.version}"
                if self.version % 2:
                    new = nbformat.v4.new_markdown_cell(f"New in {self.version}", id="new-one")
                    notebook.cells.insert(5, new)
                self.course[key][name] = notebooks.text_of(notebook)
        return self.course[key]

    def change(self, name, change):
        notebook = notebooks.read(self.folder / name)
        change(notebook.cells)
        notebooks.write(notebook, self.folder / name)

    def text(self, id):
        """Something that nobody has written before, into the answer's cell."""
        self.serial += 1
        names = course_cells.names_defined(self.stubs[id])
        return f"def {names.pop()}(x):\n    return {self.serial}" if names else f"I, {self.serial}"

    def write(self, cells, id):
        """Write an answer where the learner sees the old one, or the stub; its new text."""
        old = self.written.get((ASSIGNMENT, id), self.stubs[id])
        places = [cell for cell in cells if course_cells.plain(cell.source) == old.strip()]
        assert len(places) == 1
        places[0].source = self.text(id)
        return places[0].source

    def answer(self, n):
        id = list(self.stubs)[n % len(self.stubs)]
        self.change(
            ASSIGNMENT,
            lambda cells: self.written.update({(ASSIGNMENT, id): self.write(cells, id)}),
        )

    def try_out(self, n):
        """Add a line to an example of the lesson."""
        id = self.examples[n % len(self.examples)]
        self.serial += 1
        line = f"\nmine = {self.serial}"

        def change(cells):
            language = json.loads((self.folder / LESSON).read_bytes())["metadata"].get("lang", "en")
            known = notebooks.parse(self.shipped(language)[LESSON]).cells
            original = next(cell.source for cell in known if cell.id == id)
            before = self.written.get((LESSON, id), original)
            found = [c for c in cells if course_cells.plain(c.source) == course_cells.plain(before)]
            if len(found) == 1:
                found[0].source = before + line
                self.written[LESSON, id] = before + line

        self.change(LESSON, change)

    def note(self, n):
        """A cell of one's own, anywhere."""
        self.serial += 1
        text = f"note = 'note {self.serial}'"
        self.own.append(text)
        self.change(
            ASSIGNMENT,
            lambda cells: cells.insert(n % len(cells), nbformat.v4.new_code_cell(text)),
        )

    def travel(self, n):
        for name in (ASSIGNMENT, LESSON):
            TRAVELS[n % len(TRAVELS)](self.folder / name)

    def language(self, n):
        language = ("en", "ka")[n % 2]
        workspace.prepare(self.folder, language, open_now=n % 4 > 1)

    def update(self, n):
        self.version += 1
        assert not workspace.prepare(self.folder).broken

    def reset(self, n):
        id = list(self.stubs)[n % len(self.stubs)]
        question = next((q for q in QUESTIONS.values() if notebooks.cell_id(q, "answer") == id), 0)
        if question:
            kept = workspace.reset(self.folder, question)
            if old := self.written.pop((ASSIGNMENT, id), ""):
                assert old in [c.source.replace("\r", "") for c in notebooks.read(kept).cells]

    def open_tab(self, n):
        path = self.folder / ASSIGNMENT
        workspace.settle(ASSIGNMENT, self.folder, notebooks.read(path))
        self.tabs[n % 2] = notebooks.read(path), dict(self.written), list(self.own)

    def save_tab(self, n):
        """Answer something in a tab that may be older than the file, and save over the file."""
        if n % 2 not in self.tabs:
            return
        tab, written, own = self.tabs[n % 2]
        mine = SimpleNamespace(written=written, stubs=self.stubs, text=self.text)
        id = list(self.stubs)[n // 2 % len(self.stubs)]
        written[ASSIGNMENT, id] = Learner.write(mine, tab.cells, id)
        content = notebooks.whole(json.loads(notebooks.text_of(tab)))
        saved = workspace.saved_over(ASSIGNMENT, self.folder, content) or content
        notebooks.write(saved, self.folder / ASSIGNMENT)
        answers = {key: text for key, text in written.items() if key[0] == ASSIGNMENT}
        self.written |= answers
        self.own = list(own)

    def keeps_everything(self):
        """Every text is there once, wherever; after the next start it is in its place."""
        self.each_once()
        assert not workspace.prepare(self.folder).broken
        self.each_once()
        for name in (ASSIGNMENT, LESSON):
            path = self.folder / name
            shipped = self.shipped(workspace.language_of_notebook(path, ""))
            after, course = sources(path), notebooks.parse(shipped[name])
            assert [id for id in after if id in {c.id for c in course.cells}] == [
                cell.id for cell in course.cells
            ]
            for cell in course.cells:
                wanted = self.written.get((name, cell.id), cell.source)
                assert course_cells.plain(after[cell.id]) == course_cells.plain(wanted)
        assert workspace.prepare(self.folder).upgraded == []

    def each_once(self):
        texts = [
            course_cells.plain(cell.source)
            for name in (ASSIGNMENT, LESSON)
            for cell in notebooks.read(self.folder / name).cells
        ]
        for text in [*self.written.values(), *self.own]:
            assert texts.count(course_cells.plain(text)) == 1


EVENTS = st.tuples(
    st.sampled_from(
        [
            "answer",
            "try_out",
            "note",
            "travel",
            "language",
            "update",
            "reset",
            "open_tab",
            "save_tab",
        ]
    ),
    st.integers(0, 27),
)


@settings(
    max_examples=int(os.environ.get("EXAMPLES", 12)),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=st.lists(EVENTS, min_size=5, max_size=14))
def test_whatever_happens_every_answer_is_kept_in_its_place_once(monkeypatch, events):
    folder = Path(tempfile.mkdtemp())
    try:
        learner = Learner(folder, monkeypatch)
        for event, n in events:
            getattr(learner, event)(n)
        learner.keeps_everything()
    finally:
        shutil.rmtree(folder)
