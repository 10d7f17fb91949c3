"""Georgian typed in Latin letters, as people do in chats: "biujeti 3600 laria"."""

import functools
import re

from course.brief.words import NUMBER_WORDS, table

SOUNDS = {
    "ა": "a", "ბ": "b", "გ": "g", "დ": "d", "ე": "e", "ვ": "v", "ზ": "z", "თ": "t", "ი": "i",
    "კ": "k", "ლ": "l", "მ": "m", "ნ": "n", "ო": "o", "პ": "p", "ჟ": "j", "რ": "r", "ს": "s",
    "ტ": "t", "უ": "u", "ფ": "p", "ქ": "k", "ღ": "g", "ყ": "k", "შ": "S", "ჩ": "C", "ც": "c",
    "ძ": "z", "წ": "c", "ჭ": "C", "ხ": "x", "ჯ": "j", "ჰ": "x",
}  # fmt: skip
SPELLINGS = [
    ("sh", "S"), ("ch", "C"), ("ts", "c"), ("tz", "c"), ("dz", "z"), ("gh", "g"), ("kh", "x"),
    ("zh", "j"), ("w", "c"), ("y", "k"), ("q", "k"), ("f", "p"), ("h", "x"),
]  # fmt: skip
LETTERS = {sound: letter for letter, sound in reversed(SOUNDS.items())}
_WORD = re.compile(r"[a-z]+")


CASES = ("", "i", "s", "is", "it", "ad", "ze", "Si", "dan", "idan", "mde", "amde", "tvis", "ia")


def _folded(word: str) -> str:
    """A Latin word with one sign a sound; sounds that Latin does not tell apart fall together."""
    for spelling, sound in SPELLINGS:
        word = word.replace(spelling, sound)
    return word


def _spelt(folded: str) -> str | None:
    """A folded word in Georgian letters, if it begins with a known stem."""
    stems = _stems()
    for length in range(len(folded), 1, -1):
        stem, ending = stems.get(folded[:length]), folded[length:]
        if stem and (length >= 4 or ending in CASES):
            return stem + "".join(LETTERS.get(sound, sound) for sound in ending)
    return None


@functools.cache
def _stems() -> dict[str, str]:
    """Georgian words that matter in a brief, by their folded sounds."""
    lexicon, cards = table("lexicon"), table("scenarios").values()
    lists = [entries for part in lexicon.values() for entries in part.values()]
    lists += [value for card in cards for value in card.values() if isinstance(value, list)]
    known = {
        word.strip("*!")
        for entries in lists
        for entry in entries
        if isinstance(entry, str)
        for word in entry.split()
    }
    known |= set(NUMBER_WORDS)
    georgian = sorted((w for w in known if w and all(c in SOUNDS for c in w)), key=len)
    return {"".join(SOUNDS[letter] for letter in word): word for word in georgian if len(word) > 1}


def georgian(text: str) -> str:
    """A text with Georgian words in Georgian letters, if it is Georgian in Latin letters.

    >>> georgian("banerebi gvchirdeba da fasi unda iyos, tu ar aris")
    'ბანერები გვჭირდება და ფასი უნდა იყოს, თუ არ არის'
    """
    tokens = _WORD.findall(text.lower())
    usual = frozenset(table("lexicon")["latin"]["usual"])
    signs = sum(token in usual for token in tokens)
    if signs < 4 or signs < 0.04 * len(tokens) or len(re.findall("[ა-ჰ]", text)) > 20:
        return text

    def written(match: re.Match[str]) -> str:
        split = _folded(match[0].replace("ts", "t s")).replace(" ", "")  # t and s, not one sound
        return _spelt(_folded(match[0])) or _spelt(split) or match[0]

    return _WORD.sub(written, text.lower())
