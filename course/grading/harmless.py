"""Pages in which a student's notebook is shown and does nothing.

Feedback pages and Formgrader show HTML and Markdown that students wrote or printed; nbconvert
passes both on as they are, and Formgrader's page may change grades. Nothing here looks for bad
things: `clean_html` reads HTML in one pass and writes new HTML of elements, attributes and
addresses that it knows, nested so that a browser's parser cannot leave the piece.

nbconvert's own `sanitize_html` cannot do it: nbgrader's templates do not ask it about Markdown, and
it shows paragraphs and headings as tags. bleach, on which it stands, is slow on large tables, and
its work grows with the square of the depth.

nbgrader_config.py brings it to both kinds of pages:

    c.HTMLExporter.filters = harmless.FILTERS
    c.HTMLExporter.preprocessors = harmless.PREPROCESSORS
"""

import base64
import binascii
import functools
import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from pygments.token import STANDARD_TYPES

from course.language import ENGLISH, _, counted, of_notebook

FILTERS = {
    "markdown2html": "course.grading.harmless.markdown2html",
    "clean_html": "course.grading.harmless.clean_html",
}
PREPROCESSORS = ["course.grading.harmless.HarmlessNotebook"]

MAX_HTML = 1_000_000  # characters of one piece; larger ones are shown as text
MAX_DEPTH = 60
MAX_MARKDOWN = 30_000
MAX_FORMULAS = 200  # nbconvert looks for the end of each one through the whole text
MAX_SOURCE = 200_000
MAX_OUTPUTS = 200
MAX_TEXT = 2_000_000  # characters a cell
MAX_CELL = 8_000_000  # the same with pictures
MAX_NOTEBOOK = 40_000_000  # the same of all cells
MAX_COLOURS = 500  # nbconvert copies the rest of the text at each of them
MAX_LINES = 60

# --- HTML ------------------------------------------------------------------------------------

VOID = {"br", "hr", "img", "input"}
INLINE = {
    *("a", "abbr", "b", "big", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q"),
    *("s", "samp", "small", "span", "strong", "sub", "sup", "u", "var"),
}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS = {
    *HEADINGS,
    *("blockquote", "details", "div", "dl", "figcaption", "figure", "hr", "ol", "p", "pre"),
    *("summary", "table", "ul"),
}
PARENTS = {
    "li": {"ul", "ol"},
    "dt": {"dl"},
    "dd": {"dl"},
    "caption": {"table"},
    "thead": {"table"},
    "tbody": {"table"},
    "tfoot": {"table"},
    "tr": {"table", "thead", "tbody", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
}
ROWS = {"table", "thead", "tbody", "tfoot", "tr"}
WALLS = {"table", "caption", "td", "th"}  # past these a browser closes nothing from inside
KNOWN = VOID | INLINE | BLOCKS | PARENTS.keys()
WITHOUT_CONTENT = {"script", "style"}

TOKEN = re.compile(r"<!--|<[!?][^<>]*+>|<(/?)([A-Za-z][^\s<>/]*+)([^<>]*+)>")
ATTRIBUTE = re.compile(
    r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?"""
)

CLASSES = {
    *STANDARD_TYPES.values(),  # the colours of code
    *("highlight", "dataframe", "anchor-link", "task-list-item", "task-list-item-checkbox"),
    *("alert", "alert-info", "alert-success", "alert-warning", "alert-danger"),
} - {""}
SIDE = "(?:-(?:left|right|top|bottom))?"
SIZE = r"\d{1,3}(?:\.\d{1,4})?(?:px|pt|em|rem|ex|%)?"
VALUE = rf"(?:\#[0-9a-f]{{3,8}}|[a-z][a-z-]{{0,30}}|{SIZE})"
# Nothing that takes a piece out of its place: no position, no height, no negative margin, no url().
STYLE = re.compile(
    rf"""\s*(?:
        text-align | vertical-align | text-decoration | white-space | list-style-type
        | font-(?:weight|style|size|family) | color | background-color | background
        | border-(?:collapse|radius) | border{SIDE}(?:-(?:color|style|width))?
        | (?:padding|margin){SIDE} | (?:max-|min-)?width
    )\s*:\s*{VALUE}(?:\s+{VALUE}){{0,3}}\s*""",
    re.VERBOSE | re.IGNORECASE,
)
# A relative address never leads to a page: Formgrader would serve a student's with its own rights.
FILE = r"(?:[\w.%-]+/)*[\w.%-]+\.(?:{})"
LINK = re.compile(
    r"\#[^\s\\]*|https?://[^\s\\]+|mailto:[^\s\\]+|"
    + FILE.format("csv|gif|ipynb|jpe?g|md|pdf|png|py|txt|webp|xlsx")
    + r"(?:\#[^\s\\]*)?",
    re.IGNORECASE,
)
PICTURE = re.compile(
    r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]++|"
    + FILE.format("gif|jpe?g|png|svg|webp"),
    re.IGNORECASE,
)
NUMBER = re.compile(r"\d{1,4}")

# pandas puts this before each table: it says nothing but how the table's heads are aligned.
PANDAS_STYLE = re.compile(
    r"<style scoped>(?:\s*\.dataframe(?: (?:tbody|thead|tr|th)(?::[a-z-]+)?)+ "
    r"\{\s*(?:vertical|text)-align: [a-z]+;\s*\})+\s*</style>"
)

# MathJax's macros that make links, load files, move things, or hold for the whole page.
MACROS = re.compile(
    r"\\(?=(?:href|url|class|cssId|style|require|unicode|mmlToken|raise|lower|moveleft|moveright"
    r"|[gx]?def|let|(?:re)?new(?:command|environment)|DeclareMathOperator|Newextarrow)(?![a-z]))",
    re.IGNORECASE,
)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def printable(text: str) -> str:
    """The text without what a page cannot hold: control characters, halves of characters."""
    return CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")


def decoded(text: str) -> str:
    """The text with its character references resolved."""
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except (ValueError, OverflowError):  # a number with thousands of digits
        return text


def as_text(source: str) -> str:
    """The source as a browser shows it when nothing in it counts as HTML."""
    return f"<pre>{html.escape(source, quote=False)}</pre>"


class Cleaner:
    """Writes clean HTML; `open` holds the names of the elements that are open in it.

    A browser closes some elements by itself: a paragraph where a block begins, an item at the next
    item, a cell at the next cell. The cleaner does so first, so that every end tag it writes meets
    the element that it opened, and never one of the page around.
    """

    def __init__(self, anchors: bool) -> None:
        self.anchors = anchors
        self.out: list[str] = []
        self.words: list[str] = []  # text since the last tag: a tag left out joins what it parted
        self.open: list[str] = []

    def text(self, text: str) -> None:
        """Text between tags."""
        self.words.append(decoded(text))

    def tag(self, tag: str) -> None:
        """A tag, after the text before it.

        Macros of MathJax are cut in two where it looks for formulas: it shows them as text then.
        """
        text = html.escape("".join(self.words), quote=False)
        if "\\" in text and "pre" not in self.open and "code" not in self.open:
            among_rows = self.open and self.open[-1] in ROWS
            text = MACROS.sub("" if among_rows else r"<span>\\</span>", text)
        self.words.clear()
        self.out += [text, tag]

    def innermost(self, names: Iterable[str], walls: Iterable[str]) -> int | None:
        """Where the innermost open element of that name is, if no wall stands before it."""
        for n in range(len(self.open) - 1, -1, -1):
            if self.open[n] in names:
                return n
            if self.open[n] in walls:
                return None
        return None

    def close_to(self, depth: int) -> None:
        """Close elements until only so many are open."""
        while len(self.open) > depth:
            self.tag(f"</{self.open[-1]}>")
            self.open.pop()

    def start(self, name: str, attributes: str) -> None:
        """A start tag, if the element may stand here."""
        if not self.make_room(name):
            return
        values = self.attributes(name, attributes) if attributes.strip(" /\n") else {}
        if name == "img" and "src" not in values:
            alt = values.get("alt")
            self.text(_("[picture left out: {name}]", name=alt) if alt else "")
            return
        if name == "input":
            checkbox = '<input class="task-list-item-checkbox" type="checkbox" disabled{}/>'
            self.tag(checkbox.format(" checked" if "checked" in values else ""))
            return
        if "href" in values:
            values["rel"] = "noopener noreferrer"
        written = "".join(f' {key}="{html.escape(value)}"' for key, value in values.items())
        self.tag(f"<{name}{written}>")
        if name not in VOID:
            self.open.append(name)

    def make_room(self, name: str) -> bool:
        """Close what a browser would close before this element; False if it has no place here."""
        if len(self.open) >= MAX_DEPTH:
            return False
        if name in PARENTS:
            walls = WALLS if name in ("li", "dt", "dd") else {"table"}
            parent = self.innermost(PARENTS[name], walls)
            if parent is not None:
                self.close_to(parent + 1)
            return parent is not None
        if self.open and self.open[-1] in ROWS:
            return False
        if name == "a" and self.innermost({"a"}, WALLS) is not None:
            return False
        if name in BLOCKS:
            paragraph = self.innermost({"p"}, WALLS)
            if paragraph is not None:
                self.close_to(paragraph)
        if name in HEADINGS and self.open and self.open[-1] in HEADINGS:
            self.close_to(len(self.open) - 1)
        return True

    def end(self, name: str) -> None:
        """An end tag, if its element is open."""
        walls = WALLS if name not in PARENTS or name in ("li", "dt", "dd") else {"table"}
        walls = set() if name == "table" else walls
        opened = self.innermost({name}, walls)
        if opened is not None:
            self.close_to(opened)

    def attributes(self, name: str, written: str) -> dict[str, str]:
        """The attributes that may stay, in their order."""
        values: dict[str, str] = {}
        for key, double, single, bare in ATTRIBUTE.findall(written):
            value = self.checked(name, key.lower(), decoded(double or single or bare))
            if value is not None:
                values.setdefault(key.lower(), value)
        return values

    def checked(self, name: str, key: str, value: str) -> str | None:
        """The value that this attribute may have, or None."""
        match name, key:
            case _, "class":
                return " ".join(word for word in value.split() if word in CLASSES) or None
            case _, "style":
                parts = [part for part in value.split(";") if part.strip()]
                fine = [part for part in parts if STYLE.fullmatch(part)]
                return (value if len(fine) == len(parts) else ";".join(fine)) or None
            case "a", "href":
                value = value.strip()
                return self.anchor(value) if LINK.fullmatch(value) else None
            case "img", "src":
                return value if PICTURE.fullmatch(value) else None
            case "a" | "img" | "abbr", "title":
                return value
            case "img", "alt":
                return value
            case (("h1" | "h2" | "h3" | "h4" | "h5" | "h6"), "id"):
                return self.anchor(f"#{value}")[1:] if self.anchors else None
            case (
                ("img", "width" | "height")
                | ("table", "border")
                | ("td" | "th", "colspan" | "rowspan")
                | ("ol", "start")
            ):
                return value if NUMBER.fullmatch(value) else None
            case ("th", "scope") | ("td" | "th", "align" | "halign" | "valign"):
                return value if value.isalpha() else None
            case ("details", "open") | ("input", "checked"):
                return ""
        return None

    def anchor(self, href: str) -> str:
        """Names inside of the page are told apart from ids by which Formgrader finds its boxes."""
        if href.startswith("#") and not href.startswith("#text-"):
            return f"#text-{href[1:]}"
        return href


def clean_html(source: Any, anchors: bool = False) -> str:
    """HTML that shows what the source shows, and can neither run, load, send nor cover anything.

    Parameters
    ----------
    source
        HTML from anywhere.
    anchors
        Whether headings keep a name to jump to, as those of Markdown cells have.

    Examples
    --------
    >>> clean_html('<p onclick="alert(1)">a &lt; b<script>alert(1)</script></div>')
    '<p>a &lt; b</p>'
    """
    source = printable(str(source))
    if len(source) > MAX_HTML:
        return as_text(source[:MAX_HTML])
    cleaner = Cleaner(anchors)
    at, comments_end = 0, source.rfind("-->")
    while token := TOKEN.search(source, at):
        if token.start() > at:
            cleaner.text(source[at : token.start()])
        at = token.end()
        if token[0] == "<!--":
            if token.end() > comments_end:
                cleaner.text(token[0])
            else:
                at = source.index("-->", at) + 3
            continue
        name = (token[2] or "").lower()
        if name in WITHOUT_CONTENT and not token[1]:
            end = re.compile(rf"</{name}[^<>]*+>", re.IGNORECASE).search(source, at)
            style = PANDAS_STYLE.fullmatch(source, token.start(), end.end()) if end else None
            if style:
                cleaner.tag(style[0])
            at = end.end() if end else len(source)
        elif name in KNOWN and token[1]:
            cleaner.end(name)
        elif name in KNOWN:
            cleaner.start(name, token[3])
    cleaner.text(source[at:])
    cleaner.close_to(0)
    cleaner.tag("")
    return "".join(cleaner.out)


# --- Markdown --------------------------------------------------------------------------------


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """nbconvert's filter of this name, with clean HTML at its end."""
    attachments = context.get("cell", {}).get("attachments") or {}
    return html_of(source, attachments) if attachments else html_of_text(source)


def html_of(source: str, attachments: Mapping[str, Mapping[str, str]]) -> str:
    """The Markdown as HTML; as plain text where nbconvert fails or would take very long."""
    formulas = sum(source.count(opening) for opening in ("\\[", "\\(", "\\begin{", "$"))
    if len(source) > MAX_MARKDOWN or formulas > MAX_FORMULAS:
        return as_text(printable(source[:MAX_SOURCE]))
    renderer = IPythonRenderer(escape=False, attachments=dict(attachments))
    try:
        return clean_html(MarkdownWithMath(renderer=renderer).render(source), anchors=True)
    except Exception:  # such as a picture that is not attached
        return as_text(printable(source))


@functools.lru_cache(maxsize=256)
def html_of_text(source: str) -> str:
    """The same without attachments: the assignment's own cells are alike in all pages."""
    return html_of(source, {})


# --- Outputs ---------------------------------------------------------------------------------

PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
# A colour as IPython's tracebacks have it; nbconvert stumbles over "38" alone.
COLOUR = r"(?:[34]8;(?:5|2;\d{1,3};\d{1,3});\d{1,3}|(?![34]8)\d{1,3})"
COLOURS = re.compile(rf"(\x1b\[(?:{COLOUR}(?:;{COLOUR})*+)?m)|\x1b(?:\[[0-9;?]*+[@-~])?")


def outputs(found: Any, most: int = MAX_CELL) -> list[NotebookNode]:
    """What a cell gave, in nbformat's shapes, harmless and not too much; never raises.

    Parameters
    ----------
    found
        The outputs as they came: from the sandbox, or from a file that anybody may have written.
    most
        Characters that there is room for in the notebook.
    """
    kept: list[NotebookNode] = []
    text_left, left = min(MAX_TEXT, most), min(MAX_CELL, most)
    number = MAX_OUTPUTS if most > 0 else 0
    found = found if isinstance(found, list | tuple) else []
    for output in found[:number]:
        clean = one_output(output, min(text_left, left), left)
        if clean is None:
            kept.append(note(_("[an output was left out: it has no known form]")))
            continue
        pictures = sum(len(clean.get("data", {}).get(mime, "")) for mime in PICTURES)
        size = len_of(clean)
        text_left, left = text_left - (size - pictures), left - size
        kept.append(clean)
    if len(found) > number:
        more = len(found) - number
        said = counted(
            "[{number} more output was left out]", "[{number} more outputs were left out]", more
        )
        kept.append(note(said))
    return kept


def one_output(output: Any, text_left: int, left: int) -> NotebookNode | None:
    """One output, made anew, or None."""
    if not isinstance(output, Mapping):
        return None
    match output.get("output_type"):
        case "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            text = terminal_text(output.get("text"), text_left)
            return NotebookNode(output_type="stream", name=name, text=text)
        case "error":
            lines = output.get("traceback")
            lines = lines[:MAX_LINES] if isinstance(lines, list | tuple) else []
            return NotebookNode(
                output_type="error",
                ename=terminal_text(output.get("ename"), 200),
                evalue=terminal_text(output.get("evalue"), 2000),
                traceback=[terminal_text(line, min(2000, text_left)) for line in lines],
            )
        case "display_data" | "execute_result" as kind:
            clean = NotebookNode(
                output_type=kind,
                data=clean_data(output.get("data"), text_left, left),
                metadata=sizes(output.get("metadata")),
            )
            if kind == "execute_result":
                clean.execution_count = whole_number(output.get("execution_count"))
            return clean
    return None


def clean_data(data: Any, text_left: int, left: int) -> NotebookNode:
    """The forms of a value that can be shown; a note if there is none."""
    data = data if isinstance(data, Mapping) else {}
    clean = NotebookNode()
    for mime in ("text/html", "text/markdown", "text/latex"):
        if mime in data:
            text = joined(data[mime], text_left + 1)
            if len(text) > text_left:
                continue
            text_left -= len(text)
            if mime == "text/html":
                text = clean_html(text)
            elif mime == "text/latex":
                text = MACROS.sub("", printable(text))
            clean[mime] = printable(text)
    for mime in PICTURES:
        picture = base64_of(data[mime], mime, left) if mime in data else None
        if picture:
            clean[mime] = picture
            left -= len(picture)
    if "text/plain" in data:
        clean["text/plain"] = terminal_text(data["text/plain"], text_left)
    if not clean:
        known = ", ".join(printable(str(mime))[:60] for mime in list(data)[:5])
        clean["text/plain"] = _("[left out: {known}]", known=known) if known else _("[left out]")
    return clean


def joined(text: Any, most: int) -> str:
    """The text, which nbformat allows to be a list of lines; no more of it than `most`."""
    if isinstance(text, list | tuple):
        text = "".join(line for line in text[:most] if isinstance(line, str))
    return text[: max(most, 0)] if isinstance(text, str) else ""


def terminal_text(text: Any, most: int) -> str:
    """Text with nothing of a terminal's codes but colours, which nbconvert turns into HTML."""
    text = joined(text, most + 1)
    if len(text) > most:
        rest = _("[the rest was left out]")
        text = f"{text[: max(most, 0)]}\n{rest}"
    colours = text.count("\x1b") <= MAX_COLOURS and len(text) <= MAX_SOURCE
    pieces = COLOURS.split(text)
    for n, piece in enumerate(pieces):
        if n % 2 == 0:
            pieces[n] = printable(piece)
        elif not colours or piece is None:
            pieces[n] = ""
    return "".join(pieces)


def base64_of(text: Any, mime: str, most: int) -> str | None:
    """The picture's base64 if it is one, of this type, and not too large."""
    text = joined(text, most + 1)
    if not text or len(text) > most:
        return None
    try:
        picture = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return text if picture.startswith(PICTURES[mime]) else None


def sizes(metadata: Any) -> NotebookNode:
    """Of an output's metadata only the size of its picture, as whole numbers."""
    clean = NotebookNode()
    for mime in PICTURES:
        about = metadata.get(mime) if isinstance(metadata, Mapping) else None
        if isinstance(about, Mapping):
            size = {key: whole_number(about.get(key)) for key in ("width", "height")}
            clean[mime] = NotebookNode({key: value for key, value in size.items() if value})
    return clean


def whole_number(value: Any) -> int | None:
    """The value if it is a whole number of a usual size, else None."""
    usual = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 100_000
    return value if usual else None


def len_of(value: Any) -> int:
    """How many characters of text are in an output."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(len_of, value.values()))
    return sum(map(len_of, value)) if isinstance(value, list) else 0


def note(text: str) -> NotebookNode:
    """Our own words among a cell's outputs."""
    data = NotebookNode({"text/plain": text})
    return NotebookNode(output_type="display_data", data=data, metadata=NotebookNode())


# --- Notebooks -------------------------------------------------------------------------------

CELL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class HarmlessNotebook(Preprocessor):
    """What templates take from a notebook and from names, made fit to stand in a page.

    It runs for feedback and for Formgrader, whoever wrote the autograded notebook. Markdown is left
    to the filter: only after rendering can one see what it does.
    """

    enabled = True

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Clean the notebook in place."""
        clean_notebook(nb)
        for key in ("student", "first_name", "last_name", "notebook_path"):
            if isinstance(resources.get(key), str):
                # Templates put them into the page as they are.
                resources[key] = html.escape(printable(resources[key]))
        return nb, resources


def clean_notebook(nb: NotebookNode) -> None:
    """Clean outputs, metadata, ids and attachments of all cells in place; sources stay readable."""
    of_code, of_text = nb.metadata.get("language_info"), of_notebook(nb)
    nb.metadata = NotebookNode()
    if isinstance(of_code, Mapping):
        wanted = {key: of_code.get(key) for key in ("name", "pygments_lexer")}
        named = {key: value for key, value in wanted.items() if isinstance(value, str)}
        nb.metadata.language_info = NotebookNode({"name": "python", **named})
    if of_text != ENGLISH:
        nb.metadata.lang = of_text
    left = MAX_NOTEBOOK
    for n, cell in enumerate(nb.cells):
        cell.source = printable(joined(cell.get("source"), MAX_SOURCE))
        cell.metadata = clean_metadata(cell.get("metadata"))
        if "id" in cell and not CELL_ID.fullmatch(str(cell.id)):
            cell.id = f"cell-{n}"
        if cell.cell_type == "code":
            cell.execution_count = whole_number(cell.get("execution_count"))
            cell.outputs = outputs(cell.get("outputs"), left)
            left -= len_of(cell.outputs)
        if "attachments" in cell:
            cell.attachments = clean_attachments(cell.attachments)


def clean_metadata(metadata: Any) -> NotebookNode:
    """Of a cell's metadata only nbgrader's, and only where its name is one for a page."""
    about = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    if isinstance(about, Mapping) and CELL_NAME.fullmatch(str(about.get("grade_id"))):
        return NotebookNode(nbgrader=about)
    return NotebookNode()


def clean_attachments(attachments: Any) -> NotebookNode:
    """Attached pictures that are pictures."""
    clean, left = NotebookNode(), MAX_CELL
    for name, forms in attachments.items() if isinstance(attachments, Mapping) else ():
        for mime in PICTURES:
            picture = base64_of(forms.get(mime), mime, left) if isinstance(forms, Mapping) else None
            if picture:
                clean[name] = NotebookNode({mime: picture})
                left -= len(picture)
    return clean
