"""The gate: whether a text is a real attempt at a brief for this task."""

import functools
import re

from course.brief.brief import Brief
from course.brief.clauses import Clause, label_words, topics_of
from course.brief.messages import Note, note
from course.brief.scenarios import Card, cards, prompts
from course.brief.words import has, plain, words

_WORD = re.compile(r"[^\W_]+")
EMPTIES_ALL = {
    "genuine.copied",
    "genuine.other",
    "genuine.list",
    "genuine.mash",
    "genuine.nonsense",
}


def _triples(text: str) -> list[tuple[str, ...]]:
    tokens = _WORD.findall(text)
    return list(zip(tokens, tokens[1:], tokens[2:], strict=False))


def _copied(clause: Clause, known: set[tuple[str, ...]]) -> bool:
    triples = _triples(clause.plain)
    return len(triples) >= 3 and sum(t in known for t in triples) >= 0.6 * len(triples)


def _stems(text: str) -> list[str]:
    return [word[:5] for word in _WORD.findall(text) if len(word) > 2 or word.isdigit()]


@functools.cache
def _prompt_stems() -> list[set[str]]:
    return [set(_stems(plain(text))) for texts in prompts().values() for text in texts]


def retold(text: str) -> float:
    """The largest share of a text's words that one of the exercises has, in whatever order."""
    stems = _stems(text)
    return max(sum(s in known for s in stems) for known in _prompt_stems()) / max(len(stems), 1)


def copied_share(brief: Brief) -> float:
    """The share of words in clauses copied from an exercise; marks them when it is large."""
    known = {t for texts in prompts().values() for text in texts for t in _triples(plain(text))}
    copied = [clause for clause in brief.all_clauses if _copied(clause, known)]
    total = sum(_length(clause) for clause in brief.all_clauses)
    share = sum(_length(clause) for clause in copied) / max(total, 1)
    if share >= 0.35:
        for clause in copied:
            clause.own = False
    return share


def _length(clause: Clause) -> int:
    return len(_WORD.findall(clause.plain))


def _is_list(line: str) -> bool:
    """Whether a line is a list of key words: short pieces that name many parts of a brief."""
    text = plain(line)
    tokens = _WORD.findall(text)
    pieces = [p.strip() for p in re.split(r"[,;/|•]\s*|\s-\s", text) if p.strip()]
    bare = {topic for p in pieces if len(p.split()) <= 2 for topic in topics_of(p)}
    if len(pieces) >= 8 and len(bare) >= 5:
        return True
    verbs = len(words("verbs").findall(text))
    few_verbs = verbs <= 0.08 * len(tokens)
    dense = len(tokens) >= 12 and label_words(text) >= 0.15 * len(tokens)
    return dense and few_verbs and text.count(":") < 3 and len(topics_of(text)) >= 6


def mark_lists(brief: Brief) -> float:
    """Mark the clauses of lines that are lists of key words; their share of all words."""
    listed = {n for n, line in enumerate(brief.text.splitlines()) if _is_list(line)}
    for clause in brief.all_clauses:
        clause.own = clause.own and clause.line not in listed
    total = sum(map(_length, brief.all_clauses))
    return sum(_length(c) for c in brief.all_clauses if c.line in listed) / max(total, 1)


_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "ქწერტყუიოპ", "ასდფგჰჯკლ", "ზხცვბნმ")


def _mashed(word: str) -> bool:
    if len(word) < 4 or not word.isalpha():
        return False
    if any(
        word[i : i + 4] in row or word[i : i + 4][::-1] in row
        for row in _KEYS
        for i in range(len(word) - 3)
    ):
        return True
    latin = "a" <= word[0] <= "z"
    vowels = len(re.findall("[aeiouy]" if latin else "[აეიოუ]", word))
    return (vowels == 0 and len(word) >= 5) or len(word) > 24 or bool(re.search(r"(.)\1{3}", word))


def _own_words(card: Card, text: str) -> int:
    return len({match[0][:5] for match in card.own.finditer(text)})


_PIECE_END = re.compile(r"[,;:.!?()|/•·+=–—→\n]+\s*|\s-+\s")


def _is_scattered(text: str, tokens: list[str]) -> bool:
    """Whether a text is single words and pairs."""
    pieces = [len(_WORD.findall(piece)) for piece in _PIECE_END.split(text)]
    single = sum(size for size in pieces if size <= 2)
    return single >= 0.68 * len(tokens)


def doubt(brief: Brief) -> Note | None:
    """Why a text is no real attempt at this task, or None; marks clauses that are no evidence."""
    said = "\n".join(clause.plain for clause in brief.all_clauses)
    tokens = _WORD.findall(said)
    copied, listed = copied_share(brief), mark_lists(brief)
    injection = words("injection").search(said)
    if injection:
        lines = {c.line for c in brief.all_clauses if has("injection", c.plain)}
        for clause in brief.all_clauses:
            clause.own = clause.own and clause.line not in lines
        return note("genuine.grader", quote=injection[0])
    if not tokens:
        return note("genuine.empty")
    if sum(map(_mashed, tokens)) > 0.2 * len(tokens):
        return note("genuine.mash")
    if copied >= 0.5 or (len(tokens) > 30 and retold(said) >= 0.75):
        return note("genuine.copied")
    if _is_template(brief):
        return note("genuine.template")
    if listed >= 0.5 or _is_scattered(said, tokens) or _says_nothing(brief):
        return note("genuine.list")
    strange = {match[0][:5] for match in words("abstract").finditer(said)}
    if len(strange) >= 4 and not any(clause.of("size") for clause in brief.all_clauses):
        return note("genuine.nonsense")
    here = _own_words(brief.card, said)
    there = max(_own_words(card, said) for name, card in cards().items() if name != brief.card.name)
    if (there >= 5 and there >= 1.5 * here) or (here == 0 and len(tokens) >= 30):
        return note("genuine.other")
    names = brief.card.assignee.search(said) or brief.card.approver.search(said)
    strange = not names and not brief.card.products.search(said)
    if strange and here < 4 and len(tokens) >= 60:
        return note("genuine.other")
    if strange and here < 2:
        return note("genuine.nonsense")
    if sum(map(_length, brief.clauses)) < 12:
        return note("genuine.empty")
    return None


_TAUTOLOGY = re.compile(r"(?<!\w)(\w{3,20}) (?:is|are|არის) (?:the |a )?\1(?!\w)")


def _says_nothing(brief: Brief) -> bool:
    """Whether labels are filled in with words only: "the goal is the goal"."""
    said = "\n".join(clause.plain for clause in brief.all_clauses)
    labelled = {clause.group for clause in brief.all_clauses if clause.topics}
    no_facts = not any(clause.facts for clause in brief.all_clauses)
    filled = bool(brief.all_clauses) and not brief.holes
    return len(_TAUTOLOGY.findall(said)) >= 3 or (len(labelled) >= 5 and no_facts and filled)


def _is_template(brief: Brief) -> bool:
    lines = sum(bool(re.search(r"\w", line)) for line in brief.text.splitlines())
    return brief.holes >= 3 and brief.holes >= 0.35 * lines
