"""What a clause describes: traits of people, and conditions that can be checked."""

import functools
import re

from course.brief.words import has, words

_NO_AGE = (
    r"(?:gel|lari|ლარ|₾|kb|კბ|people|person|კაც|sec|წამ|employees|თანამშრომ|ადამიან|march|april|may|"
    r"june|m²|m2|კვ|words|სიტყვ|orders|order)"
)
_AGE = re.compile(
    rf"(?<![\d.])[1-7]\d\s?(?:-|to|and|until|-?დან)\s?[2-8]\d(?![\d.%x]|\s?-?{_NO_AGE})"
    r"|(?<!\d)[1-7]\d\s?\+(?!\d)|(?<=[a-zა-ჰ], )[2-6]\d(?=,)|in their [2-6]0s"
    r"|(?:over|under|aged|age|from) [1-7]\d(?! ?(?:%|gel|[a-z]*(?:ber|uary|ch|il|may|ust)\b))(?!\d)"
    r"|(?<!\d)[1-7]\d(?:-?ს)?\s?(?:წლ|წელ|years? old|year-old)\w*"
)
_COMPANY_SIZE = re.compile(
    r"\d+\s?-\s?\d+[\s-]*(?:people|person|employees|staff|კაც|ადამიან|თანამშრომ)\w*"
    r"|\d+[\s-](?:people|person) (?:office|compan|firm|team|start)\w*"
    r"|(?:up to|under|than|over) \d+ (?:people|persons|desks)|\d+ (?:კაც|ადამიან|თანამშრომლ)ამდე"
    r"|\d+[\s-]?(?:employees|staff|კაციან|ადამიანიან|თანამშრომ)\w*"
)
_EXCLUDED = re.compile(
    r"^\W*(?:and |or |და )?(?:not|neither|nor|no|non)(?! only)(?!\w)"
    r"|(?<!\w)(?:not (?:for |the |those )|neither|nor|except|excluding|rather than|unlike|არც|"
    r"არა (?!მხოლოდ)|გარდა|ნუ იფიქრ|არავის\w*)(?!\w)"
)


@functools.lru_cache(maxsize=2_000)
def traits(text: str) -> dict[str, str]:
    """The traits of people in a plain text: group of traits → the word found.

    >>> traits("women of 30-50 from tbilisi who cook at home")["age"]
    '30-50'
    """
    found = {}
    for group in ("place", "kind", "behaviour", "need", "size"):
        match = words(f"trait_{group}").search(text)
        if match:
            found[group] = match[0]
    company = _COMPANY_SIZE.search(text)
    if company:
        found["size"] = company[0]
    age = _AGE.search(text)
    if age and not (company and company.start() <= age.start() < company.end()):
        found["age"] = age[0]
    return found


def is_excluded(piece: str) -> bool:
    """Whether a piece says who is not meant: "not those of 30-50"."""
    return bool(_EXCLUDED.search(piece)) and not has("not_a_negation", piece)


IF = re.compile(
    r"(?<!\w)(?:if|when|once|that|whether|unless|provided|თუ|როცა|როდესაც|რომ|როგორც)(?!\w)"
)
FIRM_IF = re.compile(
    r"(?<!\w)(?:if|as soon as|when|once|whether|provided that|თუ|როცა|როდესაც|როგორც კი)(?!\w)"
)
_FIRM = re.compile(r"(?<!\w)(?:no|without|all|every|each|match\w*|გარეშე|ყველა)(?!\w)")


def conditions(text: str) -> list[str]:
    """The conditions of a clause that can be checked with yes or no.

    >>> conditions("accepted if no link is broken and the text has 100 words, and tamar likes it")
    ['no link is broken', 'the text has 100 words']
    """
    text = re.sub(r"(?<!\w)თუ არა(?!\w)", "", text)  # "whether"
    opening = FIRM_IF.search(text) or IF.search(text)
    text = text[opening.end() :] if opening and opening.start() <= 80 else text
    pieces = re.split(
        r"[,;:]\s|\s(?:and|&|და)\s|\(\w{1,3}\)|(?:^|\s)\w\)\s|[☐☑✓✅•·/]|\s-\s|\+", text
    )
    kept = [piece.strip(" .:;-") for piece in pieces]
    return [piece for piece in kept if len(piece.split()) >= 2 and _is_checkable(piece)]


def _is_checkable(piece: str) -> bool:
    if re.search(r"\d", piece):
        return True
    taste = has("taste", piece) and not _FIRM.search(piece)
    return has("checkable", piece) and not taste
