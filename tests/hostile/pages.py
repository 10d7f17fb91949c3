"""What a student's notebook puts on the feedback page: it must be text, never active."""

from nbformat import NotebookNode

from tests.hostile.attack import MANUAL, Attack, cell_of, code_cell, in_cells, in_notebook

PLACE = "1-8-romi"
MARKDOWN = r"""
<script>alert(1)</script>
<img src=x onerror=alert(2)>
<img src="http://example.com/pixel.png">
![](http://example.com/pixel.png)
[run](javascript:alert(3)) [run](JaVaScRiPt&#58;alert(4))
[run](data:text/html,<script>alert(5)</script>)
<a href=" &#1;javascript:alert(6)">run</a> <a href="java&#9;script:alert(7)">run</a>
<svg onload=alert(8)><script>alert(9)</script>
<a xlink:href="javascript:alert(10)"><text>x</text></a></svg>
<iframe srcdoc="<script>alert(11)</script>"></iframe>
<details open ontoggle=alert(12)><summary>more</summary></details>
<form action="http://example.com"><button formaction="javascript:alert(13)">go</button></form>
<meta http-equiv="refresh" content="0;url=http://example.com">
<base href="http://example.com/"><link rel="stylesheet" href="http://example.com/a.css">
<style>@import "http://example.com/a.css"; .score { display: none }</style>
<p style="background: url(http://example.com/pixel.png)">text</p>
<video src="http://example.com/a.mp4" autoplay></video><audio src=x onerror=alert(14)></audio>
<object data="data:text/html,<script>alert(15)</script>"></object>
<embed src="javascript:alert(16)">
<noscript><p title="</noscript><img src=x onerror=alert(17)>"></noscript>
<math><mtext><table><mglyph><style><!--</style>
<img title="--&gt;&lt;img src=x onerror=alert(18)&gt;">
<svg></p><style><a id="</style><img src=x onerror=alert(19)>">
<template><script>alert(20)</script></template><xmp><img src=x onerror=alert(21)></xmp>
<input autofocus onfocus=alert(22)><marquee onstart=alert(23)>text</marquee>
<svg><use href="data:image/svg+xml,<svg id='x' onload='alert(24)'/>#x"/>
<animate onbegin=alert(25) /></svg>

```<script>alert(26)</script>
<script>alert(27)</script>
```
"""
LATEX = r"""
$\href{javascript:alert(1)}{\text{click}}$ $$\require{html}\href{ javascript:alert(2) }{x}$$
\(\class{score" onclick="alert(3)}{x}\) $\style{background:url(http://example.com)}{x}$
\begin{equation} \href{data:text/html,<script>alert(4)</script>}{x} \end{equation}
$\def\x#1{\x{#1#1}}\x{a}$ $</script><script>alert(5)</script>$
"""
SVG = """
<svg xmlns="http://www.w3.org/2000/svg" 
xmlns:xlink="http://www.w3.org/1999/xlink" onload="alert(1)">
<script>alert(2)</script><image href="http://example.com/pixel.png"/>
<foreignObject><iframe src="javascript:alert(3)"></iframe></foreignObject>
<a xlink:href="javascript:alert(4)"><text y="9">x</text></a>
<set attributeName="href" to="javascript:0"/>
</svg>
"""


def shown(name: str, code: str, note: str) -> Attack:
    return in_cells(name, "active content", {PLACE: code}, note)


def manual_answer(notebook: NotebookNode) -> None:
    cell_of(notebook, MANUAL).source = MARKDOWN + LATEX


def attachment(notebook: NotebookNode) -> None:
    cell = cell_of(notebook, MANUAL)
    cell.attachments = {
        "a.svg": {"image/svg+xml": SVG},
        'b" onerror="alert(1)': {"image/png": 'x" onerror="alert(2)'},
    }
    cell.source = '![a](attachment:a.svg) ![b](attachment:b" onerror="alert(1))'


def page_metadata(notebook: NotebookNode) -> None:
    broken_out = '"></div></script></style></title><img src=x onerror=alert(1)><div class="'
    notebook.metadata.update(
        title=broken_out,
        authors=[{"name": broken_out}],
        language_info={"name": broken_out, "pygments_lexer": broken_out, "mimetype": broken_out},
        widgets={
            "application/vnd.jupyter.widget-state+json": {
                "version_major": 2,
                "version_minor": 0,
                "state": {"x": "</script><script>alert(2)</script>"},
            }
        },
    )
    for cell in notebook.cells:
        cell.metadata.update(tags=[broken_out], name=broken_out, collapsed=broken_out)
        if cell.cell_type == "code":
            cell.metadata.magics_language = broken_out
            cell.execution_count = broken_out


def raw_cells(notebook: NotebookNode) -> None:
    for n, kind in enumerate(("text/html", "image/svg+xml", "text/markdown", "text/latex")):
        cell = code_cell(MARKDOWN, f"raw-{n}")
        cell.update(cell_type="raw", metadata={"raw_mimetype": kind, "format": kind})
        del cell["outputs"], cell["execution_count"]
        notebook.cells.append(cell)


ATTACKS: list[Attack] = [
    in_cells(
        "html-in-markdown",
        "active content",
        {PLACE: MARKDOWN},
        "Every known way of running or loading something from a text cell.",
        markdown=True,
    ),
    in_cells(
        "latex-in-markdown",
        "active content",
        {PLACE: LATEX},
        "MathJax makes links and styles out of TeX, and expands macros without end.",
        markdown=True,
    ),
    in_notebook(
        "html-in-manual-answer",
        "active content",
        manual_answer,
        "The sentence that a person reads is the same HTML.",
    ),
    in_notebook(
        "svg-as-attachment",
        "active content",
        attachment,
        "Attachments with scripts, and names that break out of an attribute.",
    ),
    in_notebook(
        "html-in-metadata",
        "active content",
        page_metadata,
        "Titles, tags, languages and widgets that break out of their attributes.",
    ),
    in_notebook("raw-cells", "active content", raw_cells, "Raw cells that say they are HTML."),
    shown(
        "html-in-outputs",
        f"""
from IPython.display import HTML, Javascript, Markdown, IFrame, SVG, Latex, display

html = {MARKDOWN!r}
for form in (HTML, Markdown, Latex):
    display(form(html))
display(Javascript("alert(1)"))
display(IFrame("javascript:alert(1)", 100, 100))
display(SVG({SVG!r}.strip()))
print(html)
HTML(html)
""",
        "The same by display, in all of IPython's forms.",
    ),
    shown(
        "latex-in-outputs",
        f"from IPython.display import Latex, Math, Markdown, display\n\nlatex = {LATEX!r}\n"
        "display(Latex(latex), Math(latex), Markdown(latex))",
        "TeX with links in outputs.",
    ),
    shown(
        "raw-mime-types",
        r"""
from IPython.display import display

script = "<script>alert(1)</script>"
for kind in (
    "application/javascript",
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.plotly.v1+json",
    "application/vnd.bokehjs_exec.v0+json",
    "text/vnd.mermaid",
    "application/pdf",
    "application/x-hostile</div><script>alert(1)</script>",
):
    display({kind: script, "text/plain": "harmless"}, raw=True)
    display({kind: script}, raw=True)
display({"application/vnd.jupyter.widget-view+json": {"model_id": script}}, raw=True)
""",
        "MIME types for which nbconvert or the browser runs code.",
    ),
    shown(
        "pictures-that-are-none",
        r"""
from IPython.display import display

out = '" onerror="alert(1)'
for kind in ("image/png", "image/jpeg", "image/gif", "image/svg+xml"):
    for about in (
        {kind: {"width": "1" + out, "height": "1" + out, "alt": out}},
        {kind: {"unconfined": out, "needs_background": out}, "filenames": {kind: "x" + out}},
        {"filenames": {kind: "http://example.com/pixel.png"}},
        {"text/html": {"isolated": True}},
    ):
        html = "<b onclick=alert(1)>b</b>"
        display({kind: "x" + out, "text/html": html}, raw=True, metadata=about)
        display({kind: "x" + out}, raw=True, metadata=about)
""",
        "Pictures whose data and metadata break out of the <img>.",
    ),
    shown(
        "html-in-exceptions",
        r"""
error = type("<img src=x onerror=alert(1)>", (Exception,), {})
raise error(
    "<script>alert(2)</script>\x1b[31m<svg onload=alert(3)>\x1b]8;;javascript:alert(4)\x07link"
    "\x1b]8;;\x07\x1b[38;5;1;<script>alert(5)</script>m\x1b[0m\x1b[2J\x9b31m"
)
""",
        "An exception's name and text; terminal commands that converters turn into HTML.",
    ),
    shown(
        "html-in-streams",
        r"""
import sys

for stream in (sys.stdout, sys.stderr):
    print("</pre></div><script>alert(1)</script><img src=x onerror=alert(2)>", file=stream)
    print("\x1b[1;31m</span><script>alert(3)</script>\x1b[0m http://example.com", file=stream)
""",
        "Streams that close the <pre> they stand in.",
    ),
    shown(
        "html-in-tables",
        """
table = pd.DataFrame({"<script>alert(1)</script>": ["<img src=x onerror=alert(2)>"]})
table.index = ["<svg onload=alert(3)>"]
display(table.style.set_caption("<script>alert(4)</script>").format(escape=None))
display(table.to_html(escape=False))
table
""",
        "A table whose names and values are HTML, plain and styled.",
    ),
    shown(
        "own-html-forms",
        """
class Shown:
    def _repr_html_(self):
        return "<script>alert(1)</script>"

    _repr_markdown_ = _repr_svg_ = _repr_latex_ = _repr_javascript_ = _repr_html_

    def _repr_mimebundle_(self, **kwargs):
        return {"text/html": "<img src=x onerror=alert(1)>", "image/svg+xml": self._repr_html_()}


Shown()
""",
        "An object with all of IPython's forms.",
    ),
    shown(
        "text-in-no-encoding",
        r"""
print("\ud800 \udfff \x00 \x1b \u202e \ufffe", chr(0x10FFFF))
from IPython.display import display

display({"text/plain": "\ud800", "text/html": "\udc00<b>"}, raw=True)
"\ud800"
""",
        "Half characters that no file can hold: whoever writes them fails.",
    ),
]
