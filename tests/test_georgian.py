"""Georgian by the course's own rules: exercise 3.5 checks what we have written ourselves."""

import re

import pytest

from course import terms, translation
from course.keys import KEYS

lint_ka = KEYS["3.5"].reference

# Code, formulas, data and quoted drafts are no prose, nor are a quotation mark that stands alone,
# and the spaces that begin or end a line.
NO_PROSE = re.compile(
    "|".join(
        [
            r"```.*?```",
            r"`[^`\n]*`",
            r"\$[^$\n]+\$",
            r"<[^>\n]+>",
            r"^\s*\|.*?$",  # a table
            r"^>.*?$",
            r"'[^'\n]*'",
            r"\"[^\"ა-ჰ\n]*\"",
            r"(?<= )[”\"](?= )",
            r"^ +| +$",
        ]
    ),
    re.DOTALL | re.MULTILINE,
)
# Ways of putting it that a Georgian editor strikes out, and what is said instead.
OFFICIALESE = {
    r"წარმოადგენს": "არის, -ა",
    r"განხორციელებ|ახორციელებ": "აკეთებს, ხდება",
    r"ზემოაღნიშნულ|ზემოხსენებულ": "ეს",
    r"გააჩნია": "აქვს",
    r"რათა მოხდეს": "რომ",
}


def prose(text):
    """The text with an X for each piece that is none, and nothing for the end of a link."""
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return NO_PROSE.sub(lambda match: "X" if match[0].strip() else "", text)


def strings():
    for name, texts in translation.texts().items():
        catalog = translation.read_catalog("ka", name)
        for text in texts:
            if not text.english or text.code:
                continue
            message = catalog.get(text.english, text.context)
            for string in translation.strings_of(message) if message else ():
                if "  " in text.english:  # columns
                    string = re.sub(" {2,}", " ", string)
                yield f"{name}, {text.context or text.about}", prose(string)
    for row in terms.rows():
        yield f"glossary, {row['en']}", row["definition_ka"]


@pytest.fixture(scope="module")
def georgian():
    return list(strings())


def test_the_courses_own_linter_finds_nothing(georgian):
    found = {}
    for where, text in georgian:
        broken = {rule: n for rule, n in lint_ka(text).items() if n}
        if broken:
            found[where] = broken, text
    assert found == {}


def test_no_officialese(georgian):
    found = [
        f"{where}: {match[0]} → {better}"
        for where, text in georgian
        for words, better in OFFICIALESE.items()
        if (match := re.search(words, text))
    ]
    assert found == []


def test_every_text_is_georgian(georgian):
    """A text with several words of Latin letters in a row was left in English, or partly so."""
    found = [
        f"{where}: {match[0]}"
        for where, text in georgian
        if (match := re.search(r"(?:\b[a-z]{3,}\b[ ,]+){4,}", text))
    ]
    assert found == []
