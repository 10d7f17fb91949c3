"""Notebooks that are broken or giant: some can be repaired, for some a person has to look."""

import json
from pathlib import Path

from nbformat import NotebookNode

from tests.hostile.attack import (
    FILE,
    Attack,
    as_bytes,
    in_cells,
    in_notebook,
    markdown_cell,
    perfect,
    save,
)


def changed(change):
    """A change of the notebook's JSON as a change of bytes."""

    def content(data: bytes) -> bytes:
        notebook = json.loads(data)
        change(notebook)
        return json.dumps(notebook, ensure_ascii=True).encode()

    return content


def version_3(data: bytes) -> bytes:
    notebook = json.loads(data)
    cells = notebook.pop("cells")
    for cell in cells:
        del cell["id"]
        if cell["cell_type"] == "code":
            cell.update(input=cell.pop("source"), language="python", collapsed=False)
            cell["prompt_number"] = cell.pop("execution_count")
    notebook.update(nbformat=3, nbformat_minor=0, worksheets=[{"cells": cells, "metadata": {}}])
    return json.dumps(notebook).encode()


def without_ids(notebook: dict) -> None:
    notebook["nbformat_minor"] = 2
    for cell in notebook["cells"]:
        del cell["id"]


def sources_as_lines(notebook: dict) -> None:
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)


def odd_sources(notebook: dict) -> None:
    own = [cell for cell in notebook["cells"] if "nbgrader" not in cell["metadata"]]
    for cell, source in zip(own[:1] + own[3:], [None, 5, {"a": 1}, [[1]]], strict=False):
        cell["source"] = source


def odd_cells(notebook: dict) -> None:
    notebook["cells"] += [None, 5, [], "text", {}, {"cell_type": "unknown", "source": ""}]
    notebook["cells"] += [{"cell_type": "code", "source": "1", "metadata": [], "outputs": "none"}]


def odd_outputs(notebook: dict) -> None:
    odd = ["x", {}, [None], [{"output_type": "odd"}], [{"output_type": "stream", "text": 5}]]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell, outputs in zip(code, odd, strict=False):
        cell["outputs"] = outputs


def more_keys(notebook: dict) -> None:
    notebook["worksheets"] = notebook["signature"] = [1]
    for cell in notebook["cells"]:
        cell.update(collapsed=True, level=3, prompt_number=1)


def nan_and_infinity(notebook: dict) -> None:
    notebook["metadata"]["odd"] = [float("nan"), float("inf"), -float("inf"), 10**400]


def half_characters(notebook: dict) -> None:
    cell = markdown_cell("\ud800 \udfff \x00 \x0b \x1b", "half-characters")
    notebook["cells"].insert(1, cell)
    notebook["metadata"]["title"] = "\ud83d"


def first_wrong_then_right(data: bytes) -> bytes:
    return b'{"cells": [], "cells": null, ' + data.strip()[1:]


def many_cells(folder: Path) -> None:
    notebook = perfect()
    cell = json.dumps(markdown_cell("note", "ID"))
    text = json.dumps(notebook)
    notes = ",".join(cell.replace('"ID"', f'"note-{n}"') for n in range(50_000))
    folder.mkdir(parents=True)
    (folder / FILE).write_text(text.replace('"cells": [', f'"cells": [{notes}, ', 1))


def many_code_cells(notebook: NotebookNode) -> None:
    cell = {
        "cell_type": "code",
        "source": "x = 1",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    notebook.cells += [NotebookNode(cell, id=f"code-{n}") for n in range(3_000)]


def giant_outputs(folder: Path) -> None:
    notebook = perfect()
    notebook.cells[2].outputs = [{"output_type": "stream", "name": "stdout", "text": "MARK"}]
    save(notebook, folder)
    head, tail = (folder / FILE).read_text().split("MARK")
    with (folder / FILE).open("w") as file:
        file.write(head)
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write(tail)


def giant_source(notebook: NotebookNode) -> None:
    notebook.cells.insert(3, markdown_cell("word " * 4_000_000, "giant"))
    notebook.cells.insert(4, markdown_cell("*" * 200_000 + "[" * 200_000, "slow-markdown"))


def many_outputs(notebook: NotebookNode) -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "x"}
    notebook.cells[2].outputs = [stream] * 100_000


def deep_metadata(notebook: dict) -> None:
    deep = {}
    for _ in range(900):
        deep = {"x": deep}
    notebook["metadata"]["deep"] = deep


def empty_file(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / FILE).touch()


ATTACKS: list[Attack] = [
    as_bytes("not-json", "broken notebooks", lambda data: b"hello", "A text."),
    as_bytes("truncated", "broken notebooks", lambda data: data[: len(data) // 2], "Half a file."),
    as_bytes("binary", "broken notebooks", lambda data: bytes(range(256)) * 100, "Bytes."),
    as_bytes(
        "spreadsheet",
        "broken notebooks",
        lambda data: b"PK\x03\x04" + bytes(2000),
        "A spreadsheet that was given the notebook's name.",
    ),
    as_bytes(
        "web-page",
        "broken notebooks",
        lambda data: b"<!DOCTYPE html><html><script>alert(1)</script>Not found</html>",
        "The page with the error was saved instead of the notebook.",
    ),
    Attack("empty-file", "broken notebooks", empty_file, "A file of no bytes.", unreadable=True),
    as_bytes("null", "broken notebooks", lambda data: b"null", "JSON, but null."),
    as_bytes("list", "broken notebooks", lambda data: b"[1, 2]", "JSON, but a list."),
    as_bytes(
        "no-cells",
        "broken notebooks",
        changed(lambda notebook: notebook.update(cells="none")),
        "The cells are a text.",
    ),
    as_bytes(
        "nested-deep",
        "broken notebooks",
        lambda data: b"[" * 1_000_000,
        "A million opening brackets.",
    ),
    as_bytes(
        "nested-deep-and-closed",
        "broken notebooks",
        lambda data: b'{"cells":' * 100_000 + b"[]" + b"}" * 100_000,
        "100,000 objects in one another.",
    ),
    as_bytes(
        "metadata-nested",
        "broken notebooks",
        changed(deep_metadata),
        "900 objects in one another in the metadata.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "version-3",
        "broken notebooks",
        version_3,
        "The notebook in the format of 2013.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "version-5",
        "broken notebooks",
        changed(lambda notebook: notebook.update(nbformat=5)),
        "A format that does not exist yet.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "version-is-text",
        "broken notebooks",
        changed(lambda notebook: notebook.update(nbformat="four", nbformat_minor=[])),
        "The version is a word.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "minor-version-99",
        "broken notebooks",
        changed(lambda notebook: notebook.update(nbformat_minor=99)),
        "A minor version of the future.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "without-ids",
        "natural faults",
        changed(without_ids),
        "Written by an older Jupyter: cells have no ids.",
        unreadable=False,
    ),
    as_bytes(
        "sources-as-lines",
        "natural faults",
        changed(sources_as_lines),
        "Sources as lists of lines, as Jupyter writes them.",
        unreadable=False,
    ),
    as_bytes(
        "odd-sources",
        "broken notebooks",
        changed(odd_sources),
        "Sources of one's own cells that are no text.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "odd-cells",
        "broken notebooks",
        changed(odd_cells),
        "Cells that are no cells.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "odd-outputs",
        "broken notebooks",
        changed(odd_outputs),
        "Outputs that are none; they would be thrown away anyway.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "more-keys",
        "broken notebooks",
        changed(more_keys),
        "Keys that the format does not know.",
        unreadable=False,
    ),
    as_bytes(
        "nan-and-infinity",
        "broken notebooks",
        changed(nan_and_infinity),
        "NaN, Infinity and a number of 400 digits in the metadata.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "repeated-keys",
        "broken notebooks",
        first_wrong_then_right,
        "The cells stand in the file three times; the last time counts in JSON.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "byte-order-mark",
        "natural faults",
        lambda data: b"\xef\xbb\xbf" + data,
        "Windows' Notepad put a mark before the text.",
        unreadable=False,
    ),
    as_bytes(
        "windows-line-ends",
        "natural faults",
        lambda data: data.replace(b"\n", b"\r\n").replace(b"\\n", b"\\r\\n"),
        "All line ends are Windows' own, in the file and in the sources.",
        unreadable=False,
    ),
    as_bytes(
        "utf-16",
        "broken notebooks",
        lambda data: data.decode().encode("utf-16"),
        "The text in UTF-16.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "latin-1",
        "broken notebooks",
        lambda data: data.replace(b"Part a", b"Part \xe9\xff", 1),
        "Two bytes that are not UTF-8, in a text cell.",
        unreadable=False,
        may_refuse=True,
    ),
    as_bytes(
        "half-characters",
        "broken notebooks",
        changed(half_characters),
        "Valid JSON with half characters, which no UTF-8 file can hold.",
        unreadable=False,
    ),
    as_bytes(
        "garbage-behind",
        "broken notebooks",
        lambda data: data + b"}\n<<<<<<< HEAD\n",
        "The traces of a merge behind the notebook.",
        unreadable=False,
        may_refuse=True,
    ),
    Attack(
        "fifty-thousand-cells",
        "giant notebooks",
        many_cells,
        "50,000 text cells.",
        may_refuse=True,
    ),
    in_notebook(
        "three-thousand-code-cells",
        "giant notebooks",
        many_code_cells,
        "3,000 little code cells.",
        may_refuse=True,
    ),
    Attack(
        "hundred-megabytes-of-output",
        "giant notebooks",
        giant_outputs,
        "A saved output of 100 MB; without outputs the notebook is small.",
        may_refuse=True,
    ),
    in_notebook(
        "many-saved-outputs",
        "giant notebooks",
        many_outputs,
        "100,000 saved outputs in one cell.",
        may_refuse=True,
    ),
    in_notebook(
        "giant-text",
        "giant notebooks",
        giant_source,
        "20 MB of text, and Markdown that is slow to read.",
        may_refuse=True,
    ),
    in_cells(
        "code-of-a-megabyte",
        "giant notebooks",
        {"1-8-romi": "x = [\n" + "    1,\n" * 150_000 + "]"},
        "A list of 150,000 numbers, written out.",
    ),
    in_notebook(
        "no-cells-at-all",
        "natural faults",
        lambda notebook: notebook.update(cells=[]),
        "All cells were deleted: nothing was answered.",
        marks=dict.fromkeys(
            (
                *("1.1", "1.2", "1.3", "1.4a", "1.4b", "1.5", "1.6a", "1.6b", "1.7"),
                *("1.8", "1.9", "1.10", "1.11a", "1.11b"),
            ),
            0.0,
        ),
    ),
]
