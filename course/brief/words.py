"""Words of a brief: plain spelling, number words, typing errors, and patterns from the tables."""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path

ROOM = Path(__file__).parent

SIGNS = str.maketrans(
    {
        **dict.fromkeys("–—−‒‑", "-"),
        **dict.fromkeys("“”„«»‟″", '"'),
        **dict.fromkeys("’‘`´ʼ", "'"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u2002\u2003", " "),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad", None),
        "×": "x",
        "х": "x",
        "✕": "x",
        "…": "...",
    }
)
MTAVRULI = {code: code - 0x1C90 + 0x10D0 for code in range(0x1C90, 0x1CC0)}


@functools.cache
def table(name: str) -> dict:
    """A table of words shipped with the package, by its file name without ending."""
    return tomllib.loads((ROOM / f"{name}.toml").read_text(encoding="utf-8"))


def _expression(entry: str) -> str:
    """One entry of a word list as a regular expression, without its left boundary."""
    open_right = entry.endswith("*")
    closed = entry.endswith("!")
    word = entry.strip("*!")
    open_right = open_right or (not closed and "ა" <= word[-1] <= "ჰ")
    gap = r"(?:\W{1,4}[\w%]{1,30}){0,3}?\W{1,4}"
    body = gap.join(
        r"[\s-]{1,3}".join(re.escape(one).replace(r"\*", r"\w{0,20}") for one in part.split())
        for part in re.split(r"\s+~\s+", word)
    )
    right = r"\w{0,20}" if open_right else ""
    return body + right + (r"(?!\w)" if word[-1].isalnum() else "")


def _either(expressions: list[str]) -> str:
    """Expressions as alternatives, grouped by first letter, so that most are passed by at once."""
    groups: dict[str, list[str]] = {}
    for expression in expressions:
        groups.setdefault(expression[0], []).append(expression[1:])
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in groups.items())


def pattern(entries: Iterable[str]) -> re.Pattern[str]:
    """Entries as one pattern: longest first, so that a phrase wins over its first word."""
    ordered = sorted(entries, key=len, reverse=True)
    bound = [_expression(e) for e in ordered if e[0].isalnum()]
    inner = [_expression(e) for e in ordered if e[0] == "*"]
    signs = [_expression(e) for e in ordered if not e[0].isalnum() and e[0] != "*"]
    parts = []
    if bound:
        parts.append(rf"(?<!\w)(?:{_either(bound)})")
    if inner:
        parts.append(rf"(?<!\w)\w{{0,6}}?(?:{_either(inner)})")
    return re.compile("|".join(parts + signs) or r"(?!)")


@functools.cache
def words(name: str) -> re.Pattern[str]:
    """The pattern of a word list of lexicon.toml.

    >>> bool(words("approve").search("თამარი დაამტკიცებს"))
    True
    """
    return pattern(table("lexicon")["words"][name])


@functools.lru_cache(maxsize=20_000)
def has(name: str, text: str) -> bool:
    """Whether a plain text has a word of the list."""
    return words(name).search(text) is not None


UNITS_EN = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS_EN = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
UNITS_KA = [
    "ერთ",
    "ორ",
    "სამ",
    "ოთხ",
    "ხუთ",
    "ექვს",
    "შვიდ",
    "რვა",
    "ცხრა",
    "ათ",
    "თერთმეტ",
    "თორმეტ",
    "ცამეტ",
    "თოთხმეტ",
    "თხუთმეტ",
    "თექვსმეტ",
    "ჩვიდმეტ",
    "თვრამეტ",
    "ცხრამეტ",
]
HUNDREDS_KA = ["ას", "ორას", "სამას", "ოთხას", "ხუთას", "ექვსას", "შვიდას", "რვაას", "ცხრაას"]
ENDINGS_KA = ("", "ი", "ს", "მა", "ის", "ით", "მდე", "ამდე", "იდან", "დან", "ზე", "ში", "ივე", "ია")


def _number_words() -> dict[str, int]:
    english = {
        **UNITS_EN,
        **{word: 10 * tens for tens, word in enumerate(TENS_EN, 2)},
        "dozen": 12,
        "hundred": 100,
        "thousand": 1000,
    }
    stems = dict(zip(UNITS_KA, range(1, 20), strict=True))
    for tens, stem in ((20, "ოც"), (40, "ორმოც"), (60, "სამოც"), (80, "ოთხმოც")):
        stems[stem] = tens
        stems |= {f"{stem}და{unit}": tens + value for value, unit in enumerate(UNITS_KA, 1)}
    stems |= {stem: 100 * hundreds for hundreds, stem in enumerate(HUNDREDS_KA, 1)}
    stems["ათას"] = 1000
    stems |= {f"{stem}ა": value for stem, value in stems.items() if stem[-1] == "ა"}  # "is nine"
    georgian = {stem + ending: value for stem, value in stems.items() for ending in ENDINGS_KA}
    for word in ("ათს", "ერთით", "ერთმა", "ერთივე", "ერთზე", "ორმა", "ასმა", "ათმა"):
        georgian.pop(word, None)  # another word, or a pronoun
    return english | georgian


NUMBER_WORDS = _number_words()
ORDINALS = dict(
    zip(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        range(1, 21),
        strict=True,
    )
) | {"პირველ": 1, "პირველი": 1, "thirtieth": 30, "thirty-first": 31}
ORDINALS |= {f"twenty-{word}": 20 + value for word, value in list(ORDINALS.items())[:9]}
_TOKEN = re.compile(r"[^\W\d_]+")


def _value(chain: list[int]) -> int:
    total = part = 0
    for value in chain:
        if value == 1000:
            total, part = total + (part or 1) * 1000, 0
        elif value == 100 and 0 < part < 20:
            part *= 100
        else:
            part += value
    return total + part


def _joins(chain: list[int], value: int) -> bool:
    """Whether a number word goes on with the number before it: "ორი ათას" and "twenty five" do."""
    last = chain[-1]
    if value == 1000:
        return 1000 not in chain
    if value == 100:
        return last < 20
    return last in (100, 1000) or (last >= 20 and value < 10) or (last >= 100 and value < 100)


def digits(text: str) -> str:
    """A plain text with its number words written as digits.

    >>> digits("three thousand six hundred gel, ექვსი ბლოკი, ოცდახუთი წლის")
    '3600 gel, 6 ბლოკი, 25 წლის'
    """
    for pair in re.finditer(
        r"(?<!\w)([a-z]{3,12}(?:-[a-z]{3,12})?|პირველი?)(?= (?:of )?[a-zა-ჰ]{3})", text
    ):
        if pair[1] in ORDINALS and re.match(r" (?:of )?" + MONTH, text[pair.end() :]):
            text = (
                text[: pair.start()] + f"{ORDINALS[pair[1]]:<{len(pair[1])}}" + text[pair.end() :]
            )
    tokens = [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]
    out, position, index = [], 0, 0
    while index < len(tokens):
        word, start, end = tokens[index]
        value = NUMBER_WORDS.get(word)
        if value is None or (
            word == "one" and re.search(r"(?:the|new|this|that|no)\s$", text[:start])
        ):
            index += 1
            continue
        chain = [value]
        index += 1
        if word == "ას" and (index == len(tokens) or tokens[index][0] not in NUMBER_WORDS):
            continue  # "so"
        while index < len(tokens):
            following, next_start, next_end = tokens[index]
            between = text[end:next_start]
            if following == "and" and chain[-1] in (100, 1000) and index + 1 < len(tokens):
                after = NUMBER_WORDS.get(tokens[index + 1][0])
                if after is None or after >= 100:
                    break
                index += 1
                continue
            more = NUMBER_WORDS.get(following)
            if between not in (" ", "-", " and ") or more is None or not _joins(chain, more):
                break
            chain.append(more)
            end, index = next_end, index + 1
        if chain[0] in (100, 1000) and text[max(0, start - 2) : start] == "a ":
            start -= 2
        out.append(text[position:start])
        out.append(str(_value(chain)))
        position = end
    out.append(text[position:])
    return "".join(out)


MONTHS = (
    r"jan(?:uary)?|იანვ(?:ა?რ)\w{0,8}",
    r"feb(?:ruary)?|თებერვ(?:ა?ლ)\w{0,8}",
    r"mar(?:ch)?|მარტ(?!ო|ივ)\w{0,8}",
    r"apr(?:il)?|აპრილ\w{0,8}",
    r"may|მაის\w{0,8}",
    r"june?|ივნის\w{0,8}",
    r"july?|ივლის\w{0,8}",
    r"aug(?:ust)?|აგვისტ\w{0,8}",
    r"sept?(?:ember)?|სექტემბე?რ\w{0,8}",
    r"oct(?:ober)?|ოქტომბე?რ\w{0,8}",
    r"nov(?:ember)?|ნოემბე?რ\w{0,8}",
    r"dec(?:ember)?|დეკემბე?რ\w{0,8}",
)
MONTH = rf"(?:{'|'.join(MONTHS)})(?!\w)\.?"


@functools.lru_cache(maxsize=2_000)
def plain(text: str) -> str:
    """A text in one spelling: lower case, plain signs, digits without thousands signs.

    >>> plain("Budget – 3 600,50 ₾, ზომა 1080×1080, four")
    'budget - 3600.50 ₾, ზომა 1080x1080, 4'
    """
    text = unicodedata.normalize("NFC", text).translate(SIGNS).translate(MTAVRULI).lower()
    text = re.sub(r"(?<![\d.,])(\d{1,3})(?:[ ,'](\d{3}))(?![\dx]| ?x ?\d)", r"\1\2", text)
    text = re.sub(r"(?<![\d.,])(\d{1,3})\.(\d{3})(?![\dx])(?= ?(?:gel|lari|ლარ|₾))", r"\1\2", text)
    text = re.sub(r"(\d),(\d{1,2})(?![\d,])(?= ?[%₾a-zა-ჰ])", r"\1.\2", text)
    text = re.sub(
        r"(?<!\w)(\d{1,3}(?:\.\d{1,2})?)[ -]?(?:k|thousand|ათას(?:ი|ის|ს)?)(?!\w)",
        lambda match: f"{float(match[1]) * 1000:.0f}",
        text,
    )
    text = re.sub(r"(?<!\w)no\. ?(?=\d)", "number ", text)
    text = re.sub(r"(?<=\d) ?(?:per ?cent|პროცენტ)", "%", digits(text))
    text = re.sub(r"(?<![\d.])(\d+) (?:point|მთელი) (\d)(?!\d)", r"\1.\2", text)
    text = re.sub(r"(?<![\d.])(\d+) \(\1\)", r"\1", text)  # "18 (eighteen)"
    return mended(text)


@functools.cache
def _spellings() -> tuple[re.Pattern[str], frozenset[str], dict[str, tuple[str, int]]]:
    """Known words as a pattern and as a set, and each of them with one letter left out."""
    lexicon, cards = table("lexicon"), table("scenarios").values()
    lists = [*lexicon["topics"].values(), *lexicon["words"].values()]
    lists += [card[key] for card in cards for key in ("products", "parts", "offer", "rules")]
    known = {word.strip("*!") for entries in lists for entry in entries for word in entry.split()}
    labels = {word.strip("*!") for entries in lexicon["topics"].values() for word in entries}
    known = {word for word in known if len(word) >= 5 and word.isalpha()}
    long = frozenset(
        word
        for word in known
        # Georgian verbs have too many right forms one letter apart: only labels there
        if len(word) >= (6 if word in labels else 7) and (word[0] < "ა" or word in labels)
    )
    known |= set(lexicon["spelling"]["right"])
    near: dict[str, tuple[str, int]] = {}
    for word in sorted(long, key=lambda word: (len(word), word)):
        for hole in range(1, len(word) - (word[0] >= "ა")):
            near.setdefault(word[:hole] + word[hole + 1 :], (word, hole))
    return re.compile("|".join(sorted(known, key=len, reverse=True))), long, near


def _near(word: str) -> str | None:
    """The word with one wrong, missing, extra or swapped letter put right, if it is a known one."""
    _, known, near = _spellings()
    for length in range(min(len(word), 14), 4, -1):
        head, tail = word[:length], word[length:]
        if "a" <= head[0] <= "z" and tail not in ("", "s"):
            break
        if head in near and near[head][0][:2] == word[:2]:
            return near[head][0] + tail
        for hole in range(1, length - 1):
            shorter = head[:hole] + head[hole + 1 :]
            if shorter in known:
                return shorter + tail
            meant, its_hole = near.get(shorter, ("", -9))
            if abs(its_hole - hole) <= 1 and meant[:2] == word[:2]:
                return meant + tail
    return None


def mended(text: str) -> str:
    """The text with the typing errors in words that matter here put right.

    >>> mended("deadlin and bugdet, ბიუჯტი")
    'deadline and budget, ბიუჯეტი'
    """
    known, _, _ = _spellings()

    def mend(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) < 5 or known.match(word):
            return word
        return _near(word) or word

    return _TOKEN.sub(mend, text)
