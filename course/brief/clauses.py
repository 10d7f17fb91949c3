"""A brief as clauses: sentences, list items and table cells, each with what its label announces."""

import functools
import re
import textwrap
from dataclasses import dataclass, field

from course.brief.reading import Fact, blanks, filled, read
from course.brief.words import pattern, plain, table

MOST_CHARACTERS = 20_000
MOST_CLAUSES = 300
LONGEST_WORD = 60  # characters
LONGEST_CLAUSE = 600  # characters


@dataclass
class Clause:
    """One thing that the brief says.

    `topics` are the criteria which its label, or the heading that it stands under, announces;
    `group` is the same for the clauses under one label or in one paragraph.
    """

    text: str
    plain: str
    topics: frozenset[str]
    group: int
    label: str = ""
    soft: bool = False  # the label is only a hint
    line: int = 0
    length: int = 0  # words of the sentence that it is a part of
    own: bool = True  # said by the writer: neither copied nor part of a list of key words
    facts: tuple[Fact, ...] = field(default=(), repr=False)

    def of(self, kind: str) -> list[Fact]:
        """Its facts of a kind."""
        return [fact for fact in self.facts if fact.kind == kind]


@functools.cache
def _labels(kind: str) -> dict[str, re.Pattern[str]]:
    return {topic: pattern(entries) for topic, entries in table("lexicon")[kind].items()}


def _announced(label: str, kind: str) -> list[tuple[tuple[int, int], str]]:
    return [
        (match.span(), topic)
        for topic, labels in _labels(kind).items()
        for match in labels.finditer(label)
    ]


def label_words(text: str) -> int:
    """How many words of labels a plain text has."""
    return len(_announced(text, "topics"))


def is_hint(label: str) -> bool:
    """Whether a label has only words that may announce several things."""
    return not _announced(plain(label), "topics")


def is_soft(label: str) -> bool:
    """Whether a label is no more than a hint: by its words, or because it is half a sentence."""
    return len(label.split()) >= 5 or is_hint(label)


@functools.lru_cache(maxsize=2_000)
def topics_of(label: str) -> frozenset[str]:
    """The criteria that a label announces; a longer phrase beats a shorter one inside it.

    >>> sorted(topics_of("Target audience")), sorted(topics_of("Goal and KPI"))
    (['audience'], ['goal', 'kpi'])
    """
    label = plain(label)
    found = _announced(label, "topics") or _announced(label, "weak_topics")
    return frozenset(
        topic
        for (start, end), topic in found
        if not any(a <= start and end <= b and b - a > end - start for (a, b), _ in found)
    )


_BULLET = re.compile(
    r"^\s*(?:[-*+•·–—▪◦●○■□✓✔☑➤►→]+|\(?\d{1,2}[.)](?!\d)|\(?[a-zა-ჰ]\)|[\U0001F300-\U0001FAFF☀-➿️]+)\s+"
)
_HEADING = re.compile(r"^\s*#{1,6}\s*|^\s*\*\*(?=[^*]{1,60}\*\*:?\s*$)")
_LABEL = re.compile(
    r"^([^:=|]{1,60}?)\s*(?::\s*|\s=\s|\s*(?:→|=>|->)\s*|\s+[-–—]+\s+)(?!//)(\S.*|)$", re.DOTALL
)
_SENTENCE_END = re.compile(r"(?<=[.!?;])[\"”“»)]*\s+(?=\S)")
_ABBREVIATION = re.compile(
    r"(?:^|\s|\()(?:კვ|მ|წ|წწ|გვ|მაგ|ა\.შ|ე\.ი|ე\.წ|ც|№|no|e\.g|i\.e|approx|st|incl|max|min|mr|mrs|"
    r"ms|vs|sq|tel|jan|feb|mar|apr|aug|sept?|oct|nov|dec|[a-zა-ჰ])\.$|^\d{1,2}\.$",
    re.IGNORECASE,
)


def _sentences(text: str) -> list[str]:
    pieces, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        piece = text[start : match.start()]
        if _ABBREVIATION.search(piece[-8:]) and not piece.endswith(";"):
            continue
        if piece.endswith(";") and piece.count("(") > piece.count(")"):
            continue
        pieces.append(text[start : match.end()].strip())
        start = match.end()
    return [piece for piece in [*pieces, text[start:].strip()] if piece]


def _split_label(text: str) -> tuple[str, str]:
    """A label and what follows it, or an empty label.

    After a colon anything short is a label, after a dash only what announces a part of a brief.
    """
    match = _LABEL.match(text)
    if not match or len(match[1].split()) > 9:
        return "", text
    label = match[1].strip('*_ \t"')
    if re.search(r"\d$|https?$", label) or not re.search(r"\w", label):
        return "", text
    colon = ":" in text[: match.start(2)] or "=" in text[: match.start(2)]
    if not colon and (len(label.split()) > 4 or not topics_of(label)):
        return "", text
    return label, match[2].strip("* ")


LONG = 40


def _chunks(sentence: str) -> list[str]:
    """An endless sentence in pieces of at least a dozen words, cut at its commas."""
    pieces: list[str] = []
    for piece in re.split(r"(?<=[,;])\s+", sentence):
        if pieces and len(pieces[-1].split()) < 12:
            pieces[-1] += " " + piece
        else:
            pieces.append(piece)
    return [part for piece in pieces for part in textwrap.wrap(piece, LONGEST_CLAUSE)]


_QUESTION = re.compile(
    r"^(?:what|who|whom|how|when|why|where|რა|რას|ვინ|ვის|ვისთვის|როდის|რატომ|როგორ|რამდენი)\b",
    re.I,
)


def _opening_label(sentences: list[str]) -> str:
    """The first sentence of several when it is a label in disguise: "Money. 5,000 GEL in all"."""
    first = sentences[0] if len(sentences) > 1 else ""
    size = len(first.split())
    question = first.endswith("?") or _QUESTION.match(first)
    short = size <= 3 or (question and size <= 9)
    if not short or re.search(r"\d|,|!$", first) or not topics_of(first):
        return ""
    return first.rstrip(".?")


def _rows(lines: list[str]) -> list[tuple[str, str]]:
    """A table as (label, content) pairs, whether its labels stand in the first row or column."""
    sign = "|" if "|" in lines[0] else "\t"
    rows = [[cell.strip(" *") for cell in line.strip().strip(sign).split(sign)] for line in lines]
    rows = [row for row in rows if any(re.search(r"\w", cell) for cell in row)]
    if not rows:
        return []
    across = sum(bool(topics_of(cell)) and len(cell.split()) <= 5 for cell in rows[0])
    down = sum(bool(topics_of(row[0])) and len(row[0].split()) <= 5 for row in rows)
    if across >= 3 and across > down:
        return [
            (head, cell)
            for row in rows[1:]
            for head, cell in zip(rows[0], row, strict=False)
            if cell
        ]
    return [(row[0], ", ".join(cell for cell in row[1:] if cell)) for row in rows]


def _is_row(line: str) -> bool:
    return (
        line.count("|") >= 2
        or (line.count("|") == 1 and line.split("|")[0].strip() != "")
        or ("\t" in line.strip())
    )


class _Reader:
    """Goes through the lines and remembers under which label it is."""

    def __init__(self, year: int) -> None:
        self.year = year
        self.clauses: list[Clause] = []
        self.group = 0
        self.section = ""  # the label on a line of its own, or the heading
        self.inline = ""  # the label of the line before
        self.waiting = False  # a label whose content has not come yet
        self.after_blank = False
        self.holes = 0
        self.number = 0  # of the line

    def add(self, text: str, label: str = "", follows: bool = False) -> None:
        if not re.search(r"\w|\.\.\.|…|\?", text):
            return
        self.waiting = False
        topics = topics_of(label)
        soft = bool(topics) and (follows or is_soft(label))
        length = len(text.split())
        if len(self.clauses) > MOST_CLAUSES:
            return
        for piece in _chunks(text) if length > LONG else [text]:
            said = filled(plain(piece))
            facts = read(said, self.year)
            self.clauses.append(
                Clause(
                    piece, said, topics, self.group, label, soft, self.number, length, facts=facts
                )
            )

    def content(self, text: str, label: str) -> None:
        """Sentences of one line; a sentence may carry a label of its own."""
        sentences = _sentences(text)
        opening = "" if label else _opening_label(sentences)
        if opening:
            self.group += 1
            label, sentences = opening, sentences[1:]
        for index, sentence in enumerate(sentences):
            own, rest = _split_label(sentence) if index else ("", sentence)
            if own and rest and len(own.split()) <= 4 and topics_of(own):
                self.group += 1
                self.add(rest if not read(plain(own), self.year) else sentence, own)
                label = ""  # what follows in the paragraph is not labelled
            else:
                self.add(sentence, label, follows=bool(index))

    def row(self, label: str, content: str) -> None:
        self.group += 1
        self.holes += min(1, blanks(plain(content)))
        if content and len(label.split()) <= 7 and topics_of(label):
            self.content(content, label)
        else:
            self.content(f"{label}: {content}" if content else label, self.section)

    def line(self, line: str, deeper: bool = False, follows: bool = False) -> None:
        """Read a line; whether the next one is indented below it, and whether there is one."""
        if not line.strip():
            self.group += 1
            self.inline = ""
            self.after_blank = True
            return
        bullet, heading = bool(_BULLET.match(line)), bool(_HEADING.match(line))
        numbered = bool(re.match(r"\s*\(?\d{1,2}[.)]\s", line))
        text = line.strip().strip("#* ") if heading else _BULLET.sub("", line, count=1)
        text = re.sub(r"\*\*|(?<!\w)__(?=\w)|(?<=\w)__(?!\w)", "", text).strip()
        self.holes += min(1, blanks(plain(text)))
        label, content = _split_label(text)
        bare = (
            not label
            and len(text.split()) <= (8 if text.isupper() else 6)
            and not re.search(r"\d|[.!]|,(?! (?:თუ|როცა|რომ)$)", text)
        )
        announces = bool(topics_of(text)) and not is_hint(text) and len(text.split()) <= 5
        if (bare and (heading or text.isupper() or numbered or (announces and not bullet))) or (
            bare and deeper and topics_of(text)
        ):
            label, content = text, ""
        alone = bare and self.after_blank and follows and not bullet
        self.after_blank = False
        if (label and not content) or heading or (alone and not label):
            self.start_section(label if label and not heading else text)
        elif label and topics_of(label):
            if not (bullet and self.section):
                self.group += 1
                self.section = ""
            self.inline = "" if bullet else label
            if read(plain(label), self.year) or is_soft(label):
                content = text  # the label says something itself: "a budget of 1,500 GEL: …"
            self.content(content, label)
        else:
            if not bullet and not self.section:
                self.group += 1
            self.content(text, self.section or (self.inline if bullet else ""))

    def start_section(self, label: str) -> None:
        """A label on a line of its own."""
        self.group += 1
        self.section = self.inline = label if topics_of(label) else ""
        self.holes += self.waiting and not read(plain(label), self.year)
        self.add(label)
        self.waiting = bool(self.section)


def bounded(text: str) -> str:
    """A text cut to a length that is read in no time, whatever it is."""
    return re.sub(rf"(\S{{{LONGEST_WORD}}})\S+", r"\1", text[:MOST_CHARACTERS])


def _indent(line: str) -> int:
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) if line.strip() else 0


def clauses(text: str, year: int) -> tuple[list[Clause], int]:
    """The clauses of a brief, in order, and the number of its lines with an unfilled place.

    >>> [(sorted(c.topics), c.text) for c in clauses("Budget: 3,600 GEL.\\nAna, hello!", 2026)[0]]
    [(['budget'], '3,600 GEL.'), ([], 'Ana, hello!')]
    """
    reader = _Reader(year)
    table_lines: list[str] = []
    lines = [*text.splitlines(), ""]
    for reader.number, line in enumerate(lines):
        if _is_row(line):
            table_lines.append(line)
            continue
        if table_lines:
            for label, content in _rows(table_lines):
                reader.row(label, content)
            table_lines = []
        following = lines[reader.number + 1] if reader.number + 1 < len(lines) else ""
        reader.line(line, _indent(following) > _indent(line), bool(following.strip()))
    return reader.clauses, reader.holes + reader.waiting
