"""What is wrong with what a grader made of a hostile submission: pure functions, nothing is run."""

import functools
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup, Tag
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback

from course.grading.languages import HEAD
from tests.hostile.attack import CHECK_OF, MANUAL, Attack
from tests.hostile.planted import secrets

REASON_LETTERS = 15  # a comment with fewer letters is no reason
READ_WHOLE = 200_000_000  # bytes; no attack makes a bigger file with a secret in it
READ_OF_A_FILE = 1_000_000  # bytes that count for a file's fingerprint, besides its size

# Elements that run, load or send something, and those whose content browsers and parsers read in
# different ways, which is how sanitizers are fooled.
FORBIDDEN = {
    *("script", "iframe", "frame", "frameset", "object", "embed", "applet", "portal", "base"),
    *("form", "button", "input", "link", "style", "foreignobject", "animate", "set", "handler"),
    *("noscript", "xmp", "plaintext", "noembed", "noframes", "template"),
}
LOADING = {"src", "srcset", "data", "poster", "background", "dynsrc", "lowsrc", "code", "archive"}
FOLLOWED = {"href", "xlink:href", "action", "formaction", "cite", "ping", "to", "from", "values"}
RUNNING_URL = re.compile(r"(javascript|vbscript|livescript|mocha|data:text/html|data:.*xml)", re.I)
FOREIGN_URL = re.compile(r"(https?:|ftp:|wss?:|file:|//|\\\\)", re.I)
RUNNING_LATEX = re.compile(r"\\href\s*\{?\s*(javascript|vbscript|data)\s*:", re.I)
LOADING_CSS = re.compile(r"url\s*\(|@import|expression\s*\(|behavior\s*:|-moz-binding|\\", re.I)
NOT_FOR_MATHJAX = ("script", "noscript", "style", "textarea", "pre", "code")


def problems(
    attack: Attack,
    points: Mapping[str, float | None],
    comments: Iterable[str | None],
    feedback_html: str,
    autograded_text: str,
    tree_before: Mapping[str, str],
    tree_after: Mapping[str, str],
) -> list[str]:
    """Everything that went wrong in grading the submission; empty if all is as it should be.

    Parameters
    ----------
    points
        Of every graded cell; None where a person has to grade it.
    comments
        Those of the gradebook.
    feedback_html, autograded_text
        Empty where grading made none.
    tree_before, tree_after
        `tree` of all that grading must not change.
    """
    comments = [comment or "" for comment in comments]
    return [
        *wrong_marks(attack, points, comments),
        *leaks(attack, [feedback_html, autograded_text, *comments]),
        *tampered(tree_before, tree_after),
        *[f"active on the feedback page: {what}" for what in sorted(strange(feedback_html))],
        *forged_messages(attack, autograded_text),
    ]


def wrong_marks(
    attack: Attack, points: Mapping[str, float | None], comments: Iterable[str]
) -> list[str]:
    """Marks that are not deserved, missing marks, and refusals without a reason."""
    checks = [points.get(cell) for cell in CHECK_OF.values()]
    refused = all(mark is None for mark in checks)
    if refused and (attack.unreadable or attack.may_refuse):
        found = []
        if not any(len(re.findall(r"[^\W\d_]", comment)) >= REASON_LETTERS for comment in comments):
            found.append("refused without a reason in a comment")
        if points.get(MANUAL) is not None:
            found.append(f"{MANUAL}: {points[MANUAL]:g} points though nobody could read it")
        return found
    if attack.unreadable:
        return [f"a mark without reading: {dict(points)}"]
    found = []
    for cell, (least, most) in attack.deserved().items():
        mark = points.get(cell)
        if mark is None:
            found.append(f"{cell}: left ungraded")
        elif mark > most:
            found.append(f"{cell}: forged, {mark:g} points where at most {most:g} are deserved")
        elif mark < least:
            found.append(f"{cell}: {mark:g} points where at least {least:g} are deserved")
    if points.get(MANUAL) is not None:
        found.append(f"{MANUAL}: {points[MANUAL]:g} points without a person")
    unknown = set(points) - {*CHECK_OF.values(), MANUAL}
    return found + [f"{cell}: graded though the assignment does not have it" for cell in unknown]


def leaks(attack: Attack, texts: Iterable[str]) -> list[str]:
    """Secrets and signs of success that came out."""
    words = {*secrets(), *attack.canaries}
    return sorted({f"leaked: {word}" for text in texts for word in words if word in text})


def leaked_files(attack: Attack, folder: Path) -> list[str]:
    """The same for the files that grading copied into a folder; a link there leads anywhere."""
    found = []
    for place, below, names in os.walk(folder):
        for name in [*names, *below]:
            path = Path(place, name)
            if path.is_symlink():
                found.append(f"a link was copied: {path}")
            elif path.is_file() and path.stat().st_size < READ_WHOLE:
                text = path.read_bytes().decode("utf-8", errors="replace")
                found += [f"{path}: {leak}" for leak in leaks(attack, [text])]
    return found


def tampered(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Files that came, went or changed."""
    return [
        *[f"appeared: {path}" for path in sorted(after.keys() - before.keys())],
        *[f"gone: {path}" for path in sorted(before.keys() - after.keys())],
        *[
            f"changed: {path}"
            for path in sorted(before.keys() & after.keys())
            if before[path] != after[path]
        ],
    ]


def forged_messages(attack: Attack, autograded_text: str) -> list[str]:
    """Check cells that say "right" where nothing is deserved."""
    if not autograded_text:
        return []
    try:
        cells = json.loads(autograded_text)["cells"]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        return [f"the autograded notebook is no notebook ({type(problem).__name__})"]
    outputs = {
        cell.get("metadata", {}).get("nbgrader", {}).get("grade_id"): cell.get("outputs", [])
        for cell in cells
    }
    return [
        f"{check}: the message says that it is right"
        for check, (_, most) in attack.deserved().items()
        if most == 0 and re.search(r"✓|\bright(\*\*|</strong>)", _text(outputs.get(check, [])))
    ]


def _text(outputs: list) -> str:
    return json.dumps(outputs, ensure_ascii=False)


def strange(html: str) -> set[str]:
    """What is active on a page, without what the page of an empty notebook has."""
    return active(html) - _of_every_page()


@functools.cache
def _of_every_page() -> frozenset[str]:
    exporter = HTMLExporter(config=GenerateFeedback().config)
    about = {"notebook": "empty", "score": 0, "max_score": 0, "late_penalty": 0}
    page, _ = exporter.from_notebook_node(nbformat.v4.new_notebook(), resources={"nbgrader": about})
    return frozenset(active(page.replace("</head>", HEAD)))


def active(html: str) -> set[str]:
    """Everything on a page that runs, loads or sends something."""
    page = BeautifulSoup(html, "html.parser")
    found = set()
    for element in page.find_all(True):
        found |= _active_element(element)
    if any("mathjax" in str(script).lower() for script in page.find_all("script")):
        for text in page.find_all(string=RUNNING_LATEX):
            if not text.find_parent(NOT_FOR_MATHJAX):
                found.add(f"LaTeX: {text.strip():.80}")
    return found


def _active_element(element: Tag) -> set[str]:
    name = element.name.lower().split(":")[-1]
    found = set()
    if name in FORBIDDEN:
        found.add(f"<{name}> {_fingerprint(element)}")
    if name == "meta" and "http-equiv" in element.attrs:
        found.add(f"<meta {element['http-equiv']}>")
    for attribute, value in element.attrs.items():
        value = " ".join(value) if isinstance(value, list) else value or ""
        # Browsers leave out blanks and control characters in the scheme of an address.
        url = re.sub(r"[\x00-\x20\x7f]", "", value)
        attribute = attribute.lower()
        handler = attribute.startswith("on") or attribute in ("srcdoc", "formaction", "autofocus")
        styled = attribute == "style" and LOADING_CSS.search(value)
        picture = name == "img" and url.lower().startswith("data:image/")
        loaded = attribute in LOADING and not picture
        followed = attribute in FOLLOWED
        runs = (loaded or followed) and RUNNING_URL.match(url)
        foreign = (loaded or (followed and name != "a")) and FOREIGN_URL.match(url)
        # A srcset is a list of addresses.
        foreign = foreign or (attribute == "srcset" and re.search(r"(https?:)?//", url, re.I))
        if handler or styled or runs or foreign:
            found.add(f"<{name} {attribute}={value[:60]!r}>")
    return found


def _fingerprint(element: Tag) -> str:
    text = str(element)
    return f"{text[:60]!r} ({hashlib.sha256(text.encode(errors='replace')).hexdigest()[:8]})"


def tree(*folders: Path, without: Iterable[str] = ()) -> dict[str, str]:
    """The fingerprints of all files in the folders, but of those with a part named in `without`.

    Links are not followed, pipes and devices not opened; of a huge file only the beginning is read.
    """
    left_out = {"__pycache__", *without}
    found = {}
    for folder in folders:
        for place, below, names in os.walk(folder):
            below[:] = [name for name in below if name not in left_out]
            for name in [*names, *below]:
                if name not in left_out:
                    path = os.path.join(place, name)
                    found[os.fsencode(path).decode(errors="backslashreplace")] = _print_of(path)
    return found


def _print_of(path: str) -> str:
    about = os.lstat(path)
    if stat.S_ISLNK(about.st_mode):
        return f"link to {os.readlink(path)!r}"
    if not stat.S_ISREG(about.st_mode):
        return stat.filemode(about.st_mode)
    try:
        with open(path, "rb") as file:
            start = file.read(READ_OF_A_FILE)
    except PermissionError:
        start = b"not to be read"
    return f"{stat.filemode(about.st_mode)} {about.st_size} {hashlib.sha256(start).hexdigest()}"


def left_behind(attack: Attack) -> list[str]:
    """Files and processes that the attack was to leave, and did."""
    found = [f"left behind: {path}" for path in attack.leftovers if os.path.lexists(path)]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (
                (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except OSError:
            continue  # it ended meanwhile
        found += [
            f"still running: {process.name} {command:.80}"
            for word in attack.leftovers
            if not word.startswith("/") and word in command
        ]
    return found
