"""Every language is as whole as English: catalogs, glossary, notebooks, messages, switching."""

import ast
import json
import re
import shutil
import sys
from types import SimpleNamespace

import pytest

from course import language, lint, notebooks, terms, translation, workspace
from course.check import cases, check, expected_of, hint, results_of, seed, speak
from course.cli import main
from course.exercises import QUESTIONS
from course.judge import judge
from course.keys import KEYS
from course.language import _, counted, speaking

LANGUAGES = translation.languages()
ROMI = notebooks.cell_id(QUESTIONS["1.8"], "answer")
ANSWER = "def romi(d):\n    return d.net_sales_tetri * 0  # ჩემი"


@pytest.fixture(autouse=True)
def nobody_has_chosen(monkeypatch):
    monkeypatch.delenv("COURSE_LANG", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


# Catalogs


@pytest.mark.parametrize("code", LANGUAGES)
def test_catalogs_are_whole_and_of_the_present_english(code):
    assert list(translation.problems(code)) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_messages_point_to_headings_that_are_there(code):
    for id, question in QUESTIONS.items():
        lesson = re.match(r"lesson (\w+), ", question.see)[1]
        path = next(notebooks.LESSONS.glob(f"{lesson}-*.ipynb"))
        there = translation.translated(notebooks.read(path), f"lesson-{path.stem}", code)
        with speaking(code):
            said = re.search(r"[“„«](.+)[”“»]$", _(question.see))[1]
        headings = re.findall(r"^#+ (.+)$", "\n".join(lint.markdown(there)), re.MULTILINE)
        assert any(said in heading for heading in headings), (id, said)


@pytest.mark.parametrize("code", LANGUAGES)
def test_one_term_has_one_translation(code):
    """No message or paragraph takes another word for a term of the glossary."""
    found = []
    for name, texts in translation.texts().items():
        catalog = translation.read_catalog(code, name)
        for text in texts:
            message = catalog.get(text.english, text.context) if text.english else None
            if message is None or text.code:
                continue
            for row in terms.rows():
                avoid = row.get(f"avoid_{code}")
                if not avoid or not terms.pattern(row["en"], "en").search(text.english):
                    continue
                for string in translation.strings_of(message):
                    wrong = terms.beginning_with(avoid).search(string)
                    spoken_of = terms.beginning_with(avoid).search(text.english)
                    if wrong and not spoken_of:
                        found.append(f"{name}, {text.context or text.about}: {wrong[0]}")
    assert found == []


def test_the_glossary_is_whole():
    rows = terms.rows()
    assert len(rows) >= 150
    for code in terms.languages_of_glossary():
        assert len({row[code] for row in rows}) == len(rows)
        for row in rows:
            assert row[code]
            assert row[f"definition_{code}"].endswith((".", "“", "”")), row["en"]
            assert terms.pattern(row["en"], code).search(re.sub(r" \(.*\)", "", row[code]))
    assert set(translation.languages()) < set(terms.languages_of_glossary())


class TestThirdLanguage:
    """The way of working, from nothing, for a language that nobody has thought of."""

    CODE = "eo"

    @pytest.fixture
    def course(self, tmp_path, monkeypatch):
        shutil.copytree(language.LOCALE, tmp_path / "locale")
        for module in (language, translation):
            monkeypatch.setattr(module, "LOCALE", tmp_path / "locale")
        for cached in (language.catalog, translation.catalog_for_reading, workspace.shipped):
            cached.cache_clear()
        translation.update(self.CODE)
        yield tmp_path
        for cached in (language.catalog, translation.catalog_for_reading, workspace.shipped):
            cached.cache_clear()

    def translate(self, name, english, text):
        catalog = translation.read_catalog(self.CODE, name)
        for message in catalog:
            if message.id == english:
                message.string = text
        translation.write_catalog(catalog, name)

    def problems(self):
        return [p for p in translation.problems(self.CODE) if "not translated" not in p]

    def test_a_new_catalog_has_all_to_do_and_nothing_wrong(self, course):
        assert self.problems() == []
        assert len(list(translation.problems(self.CODE))) > 1_000

    def test_a_message_and_a_paragraph_are_said_in_it(self, course):
        self.translate("interface", "On {about} {name} gives {value}.", "{about} {name}: {value}")
        self.translate("lesson-start", "## How to work", "## Kiel labori")
        translation.update(self.CODE)
        assert self.problems() == []
        with speaking(self.CODE):
            assert _("On {about} {name} gives {value}.", about=1, name=2, value=3) == "1 2: 3"
        start = workspace.shipped(self.CODE)["start.ipynb"]
        assert "## Kiel labori" in start
        assert "## How to work" not in start

    def test_a_changed_english_text_names_the_stale_one(self, course, monkeypatch):
        self.translate("lesson-start", "## How to work", "## Kiel labori")
        shutil.copytree(notebooks.LESSONS, course / "lessons")
        monkeypatch.setattr(notebooks, "LESSONS", course / "lessons")
        path = course / "lessons" / "start.ipynb"
        path.write_text(path.read_text("utf-8").replace("## How to work", "## How we work"))
        before = self.problems()
        assert any("not in the catalog: '## How we work'" in problem for problem in before)
        assert any("no more '## How to work'" in problem for problem in before)
        translation.update(self.CODE)
        (stale,) = self.problems()
        assert "lesson-start.po: how-to-work: the English has changed: '## How we work'" in stale
        assert "## How we work" in workspace.shipped(self.CODE)["start.ipynb"]

    @pytest.mark.parametrize(
        ("english", "wrong", "problem"),
        [
            ("## How to work", "Kiel labori", "headings"),
            ("## How to work", "## Kiel `labori`", "code, links or places"),
            (
                "Minutes: to read and run the lessons + to do the assignment.",
                "3 minutoj",
                "numbers",
            ),
        ],
    )
    def test_what_must_stay_is_missed(self, course, english, wrong, problem):
        self.translate("lesson-start", english, wrong)
        (found,) = self.problems()
        assert problem in found

    def test_changed_code_is_found(self, course):
        name = "lesson-1a-sales"
        text = next(t for t in translation.of_notebook(
            notebooks.read(notebooks.LESSONS / "1a-sales.ipynb")) if t.code)  # fmt: skip
        self.translate(name, text.english, text.english + "\nmore = 1")
        (found,) = self.problems()
        assert "the code is not the same" in found


def test_no_message_hides_from_the_extractor():
    """Inside an f-string Babel sees none."""
    for path in notebooks.PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                for call in ast.walk(node):
                    name = getattr(getattr(call, "func", None), "id", None)
                    literal = name in translation.KEYWORDS and isinstance(
                        call.args[0], ast.Constant
                    )
                    assert not literal, f"{path}:{call.lineno}"


def test_numbers_may_have_the_separators_of_the_language():
    text = translation.Text("It cost GEL 1,234.56 in 2026, 3 of 12.")
    assert not list(translation.differences(text, "1\u00a0234,56 ₾: 12-დან 3, 2026 წელს."))
    assert list(translation.differences(text, "1\u00a0234,57 ₾: 12-დან 3, 2026 წელს."))


def test_markdown_blocks_are_the_whole_text():
    for path in translation.notebook_files().values():
        for cell in notebooks.read(path).cells:
            assert "".join(translation.blocks(cell.source)) == cell.source


# Speaking


def test_who_chooses_comes_first(tmp_path, monkeypatch):
    notebook = tmp_path / "a.ipynb"
    notebook.write_text(json.dumps({"metadata": {"lang": "ka"}}))
    (tmp_path / ".course").mkdir()
    (tmp_path / ".course" / "workspace.json").write_text('{"language": "ka"}')
    assert language.current() == "en"
    monkeypatch.chdir(tmp_path)
    assert language.current() == "ka"
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    notebook.write_text(json.dumps({"metadata": {"lang": "en"}}))
    assert language.current() == "en"
    monkeypatch.setenv("COURSE_LANG", "ka")
    assert language.current() == "ka"
    with speaking("en"):
        assert language.current() == "en"
    monkeypatch.setenv("COURSE_LANG", "../../etc")
    assert language.current() == "en"


def test_vs_code_tells_its_notebook_in_a_name_of_the_kernel(tmp_path, monkeypatch):
    notebook = tmp_path / "a.ipynb"
    notebook.write_text(json.dumps({"metadata": {"lang": "ka"}}))
    shell = SimpleNamespace(user_ns={"__vsc_ipynb_file__": str(notebook)})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert language.current() == "ka"


@pytest.mark.parametrize("broken", ["", "[]", '{"metadata": 3}', '{"metadata": {"lang": {}}}'])
def test_a_damaged_notebook_speaks_english(broken, tmp_path, monkeypatch):
    path = tmp_path / "a.ipynb"
    path.write_text(broken)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    assert language.current() == "en"


def test_money_and_counts_have_the_form_of_the_language():
    with speaking("ka"):
        assert language.number("1,234.5") == "1\u00a0234,5"
        assert counted("{number} point", "{number} points", 2) == "2 ქულა"
    with speaking("en"):
        assert language.number("1,234.5") == "1,234.5"
        assert counted("{number} point", "{number} points", 1) == "1 point"


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("id", QUESTIONS)
def test_every_message_of_an_exercise_is_said_in_it(code, id, monkeypatch, tmp_path):
    """Marks are the same, and no English sentence is left in what a learner reads."""
    monkeypatch.chdir(tmp_path)
    expected = expected_of(id, seed(), False)
    for mistake in KEYS[id].mistakes:
        results = results_of(mistake.answer, expected.cases)
        english = judge(expected, results)
        with speaking(code):
            other = judge(expected, results)
        assert (other.share, other.mistake, other.case) == (
            english.share,
            english.mistake,
            english.case,
        )
        assert other.given != english.given
        assert other.looks_like != english.looks_like
        assert other.next != english.next
    with speaking(code):
        right = check(id, KEYS[id].reference)
        assert right.verdict.looks_like == _(KEYS[id].why) != KEYS[id].why
        assert "Hint" not in repr(hint(id))
        assert cases(id).about != [case.about for case in QUESTIONS[id].cases(0)]


# A learner's notebooks


def sources(path):
    return {cell.id: cell.source for cell in notebooks.read(path).cells}


def write_answer(path):
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if cell.id == ROMI:
            cell.source = ANSWER
    notebooks.write(notebook, path)


def test_a_workspace_changes_its_language_and_keeps_what_is_written(tmp_path, capsys):
    place = ["--workspace", str(tmp_path)]
    workspace.prepare(tmp_path)
    analytics = tmp_path / "1-analytics" / "1-analytics.ipynb"
    lesson = tmp_path / "lessons" / "1a-sales.ipynb"
    english = sources(analytics), sources(lesson)
    write_answer(analytics)
    assert main(["language", "ka", *place]) == 0
    assert re.search("[ა-ჰ]{4}", capsys.readouterr().out)
    assert sources(analytics)[ROMI] == ANSWER
    assert sources(analytics)["title"] != english[0]["title"]
    assert sources(lesson)["title"] != english[1]["title"]
    assert main(["progress", *place]) == 0
    assert "მოდული" in capsys.readouterr().out

    # Starting again changes nothing; one notebook may have a language of its own.
    assert workspace.prepare(tmp_path) == workspace.Changes()
    assert main(["language", "en", str(lesson), *place]) == 0
    assert sources(lesson) == english[1]
    assert workspace.prepare(tmp_path) == workspace.Changes()
    assert sources(lesson) == english[1]
    assert workspace.language_of(tmp_path) == "ka"

    assert main(["language", "en", *place]) == 0
    assert sources(analytics) == english[0] | {ROMI: ANSWER}


def test_a_notebook_of_a_class_changes_its_language_too(tmp_path, monkeypatch):
    path = tmp_path / "1-analytics.ipynb"
    shutil.copy(notebooks.release_folder() / "1-analytics" / path.name, path)
    english = sources(path)
    write_answer(path)
    monkeypatch.chdir(tmp_path)
    assert re.search("[ა-ჰ]{4}", repr(speak("ka")))
    assert notebooks.read(path).metadata["lang"] == "ka"
    assert sources(path)[ROMI] == ANSWER
    assert sources(path)["title"] != english["title"]
    speak("en")
    assert sources(path) == english | {ROMI: ANSWER}
    assert "no language 'xx'" in repr(speak("xx"))


def test_a_foreign_notebook_and_language_are_refused(tmp_path, capsys):
    workspace.prepare(tmp_path)
    own = tmp_path / "own.ipynb"
    shutil.copy(tmp_path / "start.ipynb", own)
    assert main(["language", "ka", str(own), "--workspace", str(tmp_path)]) == 1
    assert main(["language", "tlh", "--workspace", str(tmp_path)]) == 1
    assert "tlh" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["en", *LANGUAGES])
def test_lessons_link_terms_to_the_glossary(code):
    shipped = workspace.shipped(code)
    lesson = shipped["lessons/1a-sales.ipynb"]
    links = re.findall(r"\]\(\.\./glossary\.md#(\S+) \\\"([^\"]+)\\\"\)", lesson)
    assert len(links) >= 10
    headings = re.findall(r"(?m)^## (.+)$", shipped["glossary.md"])
    assert {anchor for anchor, _ in links} <= set(map(terms.anchor, headings))
    definitions = {row[f"definition_{code}"] for row in terms.rows()}
    assert {text.replace("”", '"') for _, text in links} <= definitions | {
        text.replace('"', "”") for text in definitions
    }


def test_a_link_stands_once_and_nowhere_inside_code_or_links():
    cells = [
        notebooks.nbformat.v4.new_markdown_cell(text)
        for text in ("# ROMI", "`ROMI` is **ROMI**, [ROMI](a.md).\n\n| ROMI |", "ROMI and ROMI")
    ]
    page = notebooks.nbformat.v4.new_notebook(cells=cells)
    first, second, third = (cell.source for cell in terms.linked(page, "en", "g.md").cells)
    assert (first, second) == (cells[0].source, cells[1].source)
    assert third.startswith("[ROMI](g.md#ROMI ")
    assert third.endswith(" and ROMI")
