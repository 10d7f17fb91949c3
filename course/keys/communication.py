"""Answer keys for communication: briefs, criteria, deliveries, texts and terms."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pandas as pd

from course.exercise import Key, Mistake

# ---------------------------------------------------------------- 3.1 briefs


def brief_gaps(b):
    """Names of the gaps of a brief: empty fields and parts, no numbers, due before the start."""
    fields = ["background", "objective", "audience", "deliverables", "message", "constraints"]
    fields += ["budget_tetri", "timing", "success_measure", "owner", "approver", "acceptance"]
    objective = b.get("objective") or {}
    timing = b.get("timing") or {}
    values = {field: b.get(field) for field in fields}
    for part in ["metric", "unit", "by"]:
        values[f"objective.{part}"] = objective.get(part)
    for part in ["start", "due"]:
        values[f"timing.{part}"] = timing.get(part)
    gaps = [name for name, value in values.items() if value in (None, "", [], {})]
    for part in ["baseline", "target"]:
        if not isinstance(objective.get(part), (int, float)):
            gaps.append(f"objective.{part}")
    if timing.get("start") and timing.get("due") and timing["start"] > timing["due"]:
        gaps.append("timing.order")
    return gaps


def _gaps_with(b: dict, *, keep: Callable[[str], bool] = bool, more: tuple = ()) -> list:
    return [gap for gap in brief_gaps(b) if keep(gap)] + list(more)


def _numbers_as_text(b: dict) -> list:
    goal = b.get("objective") or {}
    return _gaps_with(
        b,
        keep=lambda gap: (
            gap not in ("objective.target", "objective.baseline") or not goal.get(gap[10:])
        ),
    )


def _digits_are_numbers(b: dict) -> list:
    goal = b.get("objective") or {}

    def is_gap(gap: str) -> bool:
        return not str(goal.get(gap.removeprefix("objective."), "")).replace(".", "").isdigit()

    return _gaps_with(b, keep=is_gap)


def _zero_is_empty(b: dict) -> list:
    goal = b.get("objective") or {}
    zeros = [f"objective.{part}" for part in ("baseline", "target") if goal.get(part) == 0]
    return _gaps_with(b, more=tuple(zeros))


def _only_whole_numbers(b: dict) -> list:
    goal = b.get("objective") or {}
    parts = [part for part in ("baseline", "target") if isinstance(goal.get(part), float)]
    return _gaps_with(b, more=tuple(f"objective.{part}" for part in parts))


def _same_day_is_late(b: dict) -> list:
    timing = b.get("timing") or {}
    same = timing.get("start") and timing.get("start") == timing.get("due")
    return _gaps_with(b, more=("timing.order",) if same else ())


def _order_without_start(b: dict) -> list:
    timing = b.get("timing") or {}
    lacks = bool(timing.get("start")) != bool(timing.get("due"))
    return _gaps_with(b, more=("timing.order",) if lacks else ())


def _empty_values_pass(b: dict) -> list:
    return _gaps_with(b, keep=lambda gap: "." in gap or gap not in b)


def _missing_fields_pass(b: dict) -> list:
    return _gaps_with(b, keep=lambda gap: "." in gap or gap in b)


def _parts_of_nothing_pass(b: dict) -> list:
    return _gaps_with(b, keep=lambda gap: "." not in gap or bool(b.get(gap.split(".")[0])))


def brief_warnings(b, calendar, measured):
    """Names of the warnings for a brief: what is there, but cannot be true or will not work."""
    workdays = calendar.loc[calendar["is_workday"], "date"].dt.strftime("%Y-%m-%d")
    objective = b["objective"]
    found = {
        "message.words": len(b["message"].split()) > 20,
        "acceptance.count": len(b["acceptance"]) < 3,
        "budget.sum": sum(b["budget_lines"].values()) != b["budget_tetri"],
        "budget.limit": b["budget_tetri"] > b["approved_tetri"],
        "timing.workday": b["timing"]["due"] not in list(workdays),
        "approver.same": b["approver"] == b["owner"],
        "objective.baseline": objective["baseline"] != measured.get(objective["metric"]),
    }
    return [name for name, is_so in found.items() if is_so]


def _warnings_if(name: str, is_so: Callable[[dict, Any, dict], bool]) -> Callable:
    """The right warnings, but one of them by another rule."""

    def answer(b: dict, calendar: pd.DataFrame, measured: dict) -> list:
        others = [warning for warning in brief_warnings(b, calendar, measured) if warning != name]
        return others + [name] * bool(is_so(b, calendar, measured))

    return answer


def _is_weekend(b: dict, calendar: pd.DataFrame, measured: dict) -> bool:
    return pd.Timestamp(b["timing"]["due"]).day_of_week >= 5


def _start_is_no_workday(b: dict, calendar: pd.DataFrame, measured: dict) -> bool:
    days = calendar.loc[calendar["is_workday"], "date"].dt.strftime("%Y-%m-%d")
    return b["timing"]["start"] not in list(days)


def _differs_if_measured(b: dict, calendar: pd.DataFrame, measured: dict) -> bool:
    metric = b["objective"]["metric"]
    return metric in measured and measured[metric] != b["objective"]["baseline"]


# ---------------------------------------------------------------- 3.2 criteria


def is_testable(c):
    """Whether a third person can check the criterion."""
    if not (c["metric"] and c["op"] and c["when"]):
        return False
    if c["op"] == "is":
        return c["value"] is not None and c["value"] != ""
    numbers = [c["value"]]
    if c["op"] == "between":
        numbers = c["value"]
        if len(numbers) != 2:
            return False
    return bool(c["unit"]) and all(isinstance(number, (int, float)) for number in numbers)


def _has(c: dict, *parts: str) -> bool:
    return all(c[part] not in (None, "", []) for part in parts)


def _only_true_values(c: dict) -> bool:
    return is_testable(c) and bool(c["value"])


def _is_needs_unit(c: dict) -> bool:
    return is_testable(c) and bool(c["unit"])


def _range_is_no_number(c: dict) -> bool:
    return is_testable(c) and c["op"] != "between"


def _one_end_is_enough(c: dict) -> bool:
    return is_testable(c) or (
        c["op"] == "between"
        and _has(c, "metric", "unit", "when")
        and any(isinstance(number, (int, float)) for number in c["value"])
    )


def _is_needs_a_number(c: dict) -> bool:
    return is_testable(c) and not isinstance(c["value"], str)


def _is_without_value(c: dict) -> bool:
    return is_testable(c) or (c["op"] == "is" and _has(c, "metric", "when"))


def _one_number_only_is_asked(c: dict) -> bool:
    if not _has(c, "metric", "op", "value", "unit", "when"):
        return is_testable(c)
    return is_testable(c) or isinstance(c["value"], str)


# ---------------------------------------------------------------- 3.3 deliveries


def check_delivery(spec, got):
    """All issues of a delivery as pairs (asset, issue)."""
    both = spec.merge(got, on="asset", how="outer", suffixes=("_wanted", ""), indicator=True)
    came = both["_merge"] == "both"
    same_size = (both["width"] == both["width_wanted"]) & (both["height"] == both["height_wanted"])
    issues = {
        "missing": both["_merge"] == "left_only",
        "not ordered": both["_merge"] == "right_only",
        "size": came & ~same_size,
        "format": came & (both["format"] != both["format_wanted"]),
        "weight": both["kb"] > both["max_kb"],
        "language": came & (both["lang"] != both["lang_wanted"]),
        "late": both["came_utc"] > both["due_utc"],
    }
    return [(asset, issue) for issue, is_so in issues.items() for asset in both["asset"][is_so]]


def _without_issues(*issues: str) -> Callable:
    return lambda spec, got: [pair for pair in check_delivery(spec, got) if pair[1] not in issues]


def _one_issue_each(spec: pd.DataFrame, got: pd.DataFrame) -> list:
    order = ["missing", "not ordered", "size", "format", "weight", "language", "late"]
    pairs = sorted(check_delivery(spec, got), key=lambda pair: order.index(pair[1]))
    return list({asset: (asset, issue) for asset, issue in reversed(pairs)}.values())


def _issues_of_missing(spec: pd.DataFrame, got: pd.DataFrame) -> list:
    pairs = check_delivery(spec, got)
    alone = [asset for asset, issue in pairs if issue in ("missing", "not ordered")]
    return pairs + [(a, issue) for a in alone for issue in ("size", "format", "language")]


def _with_changed(**columns: Callable) -> Callable:
    """The right issues of a delivery that was changed before."""
    return lambda spec, got: check_delivery(
        spec.assign(**{name: change(spec) for name, change in columns.items() if name in spec}),
        got.assign(**{name: change(got) for name, change in columns.items() if name in got}),
    )


def _by_place(spec: pd.DataFrame, got: pd.DataFrame) -> list:
    """Rows compared one by one, as if both tables had the same assets in the same order."""
    count = min(len(spec), len(got))
    names = spec["asset"].head(count).tolist()
    pairs = check_delivery(spec.head(count), got.head(count).assign(asset=names))
    return (
        pairs
        + [(asset, "missing") for asset in spec["asset"].iloc[count:]]
        + [(asset, "not ordered") for asset in got["asset"].iloc[count:]]
    )


# ---------------------------------------------------------------- 3.4 limits


def fits(text, kind, limits):
    """Length of the text in the platform's letters, and whether it fits its kind."""
    from unicodedata import east_asian_width, normalize

    length = 0
    for letter in normalize("NFC", text):
        length += 2 if east_asian_width(letter) in ("W", "F") else 1
    return length, length <= limits[kind]


def _fits_by(length_of: Callable[[str], int]) -> Callable:
    return lambda text, kind, limits: (length_of(text), length_of(text) <= limits[kind])


def _length(text: str) -> int:
    return fits(text, "any", {"any": 0})[0]


def _single_width(text: str) -> int:
    return len(unicodedata.normalize("NFC", text))


def _accents_counted(text: str) -> int:
    """Without NFC; wide letters count 2."""
    return _length(text) + len(text) - _single_width(text)


# ---------------------------------------------------------------- 3.5 Georgian


def lint_ka(text):
    """How often each of the eight rules is broken: rule → count."""
    import re

    patterns = {
        "no space after comma": r",(?=[^\W\d])",
        "double space": r" {2,}",
        "space before punctuation": r" [!?.,;:]",
        "repeated punctuation": r"[!?]{2,}|(?<!\.)\.{2}(?!\.)",
        "foreign letter": r"\b(?=\w*[ა-ჰ])\w*[a-zA-Zа-яА-Я]\w*",
        "mixed capitals": r"\b(?=\w*[Ა-Ჰ])\w*[ა-ჰ]\w*",
        "quotation marks": r'["”«»]',
        "glued currency": r"\d₾",
    }
    return {rule: len(re.findall(pattern, text)) for rule, pattern in patterns.items()}


def _with_pattern(rule: str, pattern: str) -> Callable:
    """The right counts, but one rule by another pattern."""

    def answer(text: str) -> dict:
        return lint_ka(text) | {rule: len(re.findall(pattern, text))}

    return answer


# ---------------------------------------------------------------- 3.6 money


def fmt_gel(tetri, lang):
    """An amount as Georgian ("ka") or English ("en") readers write it."""
    sign = "−" if tetri < 0 else ""
    lari, rest = divmod(abs(tetri), 100)
    number = f"{lari:,}.{rest:02}"
    if lang == "en":
        return f"{sign}GEL {number}"
    number = number.replace(",", "\u00a0").replace(".", ",")
    return f"{sign}{number}\u00a0₾"


def _english_sign(tetri: int, lang: str) -> str:
    return fmt_gel(tetri, "en").replace("GEL ", "") + " ₾" if lang == "ka" else fmt_gel(tetri, lang)


def _floor_below_zero(tetri: int, lang: str) -> str:
    lari, rest = divmod(tetri, 100)
    text = fmt_gel(abs(lari) * 100 + rest, lang)
    return f"−{text}" if tetri < 0 else text


def _short_tetri(tetri: int, lang: str) -> str:
    """5 tetri as .5: the zero in front is lost."""
    mark = "." if lang == "en" else ","
    return re.sub(rf"\{mark}0(\d)", rf"{mark}\1", fmt_gel(tetri, lang))


def _no_zero_at_the_end(tetri: int, lang: str) -> str:
    mark = "." if lang == "en" else ","
    return re.sub(rf"(\{mark}\d)0\b|\{mark}00\b", r"\1", fmt_gel(tetri, lang))


# ---------------------------------------------------------------- 3.8 terms


def corrections(terms):
    """The right term for each row of the glossary that has a wrong one (row → term)."""
    right = {
        ("revenue", "მოგება"): "შემოსავალი",
        ("CTR", "კონვერსიის წილი"): "დაწკაპუნების წილი",
        ("ROAS", "მარკეტინგის უკუგება (ROMI)"): "რეკლამის უკუგება (ROAS)",
        ("control group", "სატესტო ჯგუფი"): "საკონტროლო ჯგუფი",
        ("deadline", "дата начала"): "срок",
    }
    found = {}
    for line in terms.to_dict("records"):
        for term in [line["ka"], line["ru"]]:
            if (line["en"], term) in right:
                found[line["row"]] = right[line["en"], term]
    return found


def _row_of(terms: pd.DataFrame, en: str) -> Any:
    rows = terms.loc[terms["en"] == en, "row"]
    return rows.iloc[0] if len(rows) else None


def _overlooked(*english: str) -> Callable:
    """The corrections without those of some terms."""

    def answer(terms: pd.DataFrame) -> dict:
        rows = terms.loc[terms["en"].isin(english), "row"].tolist()
        return {row: term for row, term in corrections(terms).items() if row not in rows}

    return answer


def _other_row(wrong: str, instead: str) -> Callable:
    """A correction in the row whose term was right all along."""

    def answer(terms: pd.DataFrame) -> dict:
        found = corrections(terms)
        term = found.pop(_row_of(terms, wrong), None)
        if term and (row := _row_of(terms, instead)) is not None:
            found[row] = term
        return found

    return answer


def _with_term(en: str, term: str) -> Callable:
    """The corrections with another term in the row of an English one."""

    def answer(terms: pd.DataFrame) -> dict:
        found = corrections(terms)
        row = _row_of(terms, en)
        return found | {row: term} if row in found else found

    return answer


def _by_place_in_table(terms: pd.DataFrame) -> dict:
    places = {row: n for n, row in enumerate(terms["row"])}
    return {places[row]: term for row, term in corrections(terms).items()}


def _wrong_words(terms: pd.DataFrame) -> dict:
    lines = terms.set_index("row")
    return {
        row: lines.loc[row, "ru" if re.search("[а-я]", term) else "ka"]
        for row, term in corrections(terms).items()
    }


def _synonym_corrected(terms: pd.DataFrame) -> dict:
    clicks = terms.loc[terms["ka"] == "კლიკი", "row"].tolist()
    return corrections(terms) | dict.fromkeys(clicks, "დაწკაპუნება")


def _whatever_stands_there(terms: pd.DataFrame) -> dict:
    """Corrections by the English term alone, also where the row is right already."""
    mended = {
        "revenue": "შემოსავალი",
        "CTR": "დაწკაპუნების წილი",
        "ROAS": "რეკლამის უკუგება (ROAS)",
        "control group": "საკონტროლო ჯგუფი",
        "deadline": "срок",
    }
    found = terms[terms["en"].isin(mended)]
    return dict(zip(found["row"], found["en"].map(mended), strict=True))


# ---------------------------------------------------------------- 3.9 replies


def reply_gaps(reply, claims, months):
    """What is wrong with a reply in a hard conversation, as a list of names."""
    import re

    own_words = re.split(r'[„“"][^“”"]*[“”"]', reply)
    gaps = []
    if len(reply.split()) > 120:
        gaps.append("words")
    if any(claim.lower() in words.lower() for claim in claims for words in own_words):
        gaps.append("claim")
    if not re.search(r"\d{1,2} (" + "|".join(months) + ")", reply):
        gaps.append("date")
    if "Next step:" not in reply and "შემდეგი ნაბიჯი:" not in reply:
        gaps.append("next step")
    return gaps


def _reply_if(name: str, is_gap: Callable[[str, list, list], bool]) -> Callable:
    """The right gaps, but one of them by another rule."""

    def answer(reply: str, claims: list, months: list) -> list:
        others = [gap for gap in reply_gaps(reply, claims, months) if gap != name]
        return others + [name] * bool(is_gap(reply, claims, months))

    return answer


def _own_words(reply: str) -> str:
    return re.sub(r'[„“"][^“”"]*[“”"]', "", reply)


KEYS = {
    "3.1a": Key(
        reference=brief_gaps,
        mistakes=(
            Mistake(
                "only empty fields",
                lambda b: _gaps_with(b, keep=lambda gap: "." not in gap),
                "Only whole fields are looked at. The objective has five parts and the timing has "
                "two: each of them can be missing as well.",
            ),
            Mistake(
                "target as text accepted",
                _numbers_as_text,
                "A target in words passes here. “More” cannot be missed and cannot be reached: "
                "baseline and target have to be numbers.",
            ),
            Mistake(
                "dates not compared",
                lambda b: _gaps_with(b, keep=lambda gap: gap != "timing.order"),
                "The deadline is before the start, and nothing says so. Compare the two days.",
            ),
            Mistake(
                "the part's name alone",
                lambda b: [gap.split(".")[-1] for gap in brief_gaps(b)],
                "The parts stand there without their field. Write the field, a point and the part, "
                "as the task does.",
            ),
            Mistake(
                "empty values accepted",
                _empty_values_pass,
                "A field that is there but holds nothing passes. An empty text, an empty list and "
                "None say as little as no field at all.",
            ),
            Mistake(
                "missing fields accepted",
                _missing_fields_pass,
                "Only the fields that the brief has are looked at. Which of the twelve are not "
                "there at all?",
            ),
            Mistake(
                "nobody has to approve",
                lambda b: _gaps_with(b, keep=lambda gap: gap != "approver"),
                "No one can approve this brief, and nothing says so: `approver` is one of the "
                "twelve fields.",
            ),
            Mistake(
                "what is filled",
                lambda b: sorted(set(b) - set(brief_gaps(b))),
                "These are the fields that are filled in. Asked are those that are not.",
            ),
            Mistake(
                "0 is empty",
                _zero_is_empty,
                "A baseline of 0 counts as missing here. Zero is a number: a new product begins "
                "with it.",
            ),
            Mistake(
                "no budget at 0",
                lambda b: _gaps_with(b, more=("budget_tetri",) * (b.get("budget_tetri") == 0)),
                "A budget of 0 counts as empty here. Zero is a number: some jobs cost nothing but "
                "time.",
            ),
            Mistake(
                "every 0 is empty",
                lambda b: _zero_is_empty(b) + ["budget_tetri"] * (b.get("budget_tetri") == 0),
                "Every 0 counts as empty: `not value` is True for it. Ask for None, empty texts "
                "and empty lists.",
            ),
            Mistake(
                "only whole numbers",
                _only_whole_numbers,
                "A number with a fraction is refused. A target such as a rate is a float: ask for "
                "int or float.",
            ),
            Mistake(
                "digits are numbers",
                _digits_are_numbers,
                "A target between quotes passes because it looks like a number. It is a text: "
                "nothing can be reckoned with it.",
            ),
            Mistake(
                "the same day is too late",
                _same_day_is_late,
                "A task that starts and is due on one day is refused. Only a day before the start "
                "is out of order.",
            ),
            Mistake(
                "order without both days",
                _order_without_start,
                "One of the two days is missing, and yet they are called out of order. Without "
                "both there is nothing to compare.",
            ),
            Mistake(
                "parts of a missing field forgotten",
                _parts_of_nothing_pass,
                "Where a whole objective is missing, its five parts are missing as well (so are "
                "the two of the timing): name them too.",
            ),
        ),
        why="Every gap is a question that somebody will ask back, or worse, will not ask.",
    ),
    "3.1b": Key(
        reference=brief_warnings,
        mistakes=(
            Mistake(
                "holidays forgotten",
                _warnings_if("timing.workday", _is_weekend),
                "Weekends are found, public holidays are not. The column `is_workday` of the "
                "calendar knows both.",
            ),
            Mistake(
                "the start looked at",
                _warnings_if("timing.workday", _start_is_no_workday),
                "The day looked up in the calendar is the start. The due day is the one on which "
                "somebody has to take the work over.",
            ),
            Mistake(
                "workdays turned round",
                _warnings_if(
                    "timing.workday",
                    lambda b, calendar, m: (
                        b["timing"]["due"]
                        in calendar.loc[calendar["is_workday"], "date"]
                        .dt.strftime("%Y-%m-%d")
                        .tolist()
                    ),
                ),
                "The warning about the due day comes on working days and stays away on the others: "
                "the condition is turned round, or days and texts are compared.",
            ),
            Mistake(
                "characters counted",
                _warnings_if("message.words", lambda b, c, m: len(b["message"]) > 20),
                "The message is measured in characters. The rule speaks of words.",
            ),
            Mistake(
                "20 words are too many",
                _warnings_if("message.words", lambda b, c, m: len(b["message"].split()) >= 20),
                "A message of exactly 20 words is refused. Up to 20 are allowed.",
            ),
            Mistake(
                "too many words at 22",
                _warnings_if("message.words", lambda b, c, m: len(b["message"].split()) > 21),
                "A message of 21 words passes. The limit is 20.",
            ),
            Mistake(
                "two conditions are enough",
                _warnings_if("acceptance.count", lambda b, c, m: len(b["acceptance"]) < 2),
                "A brief with two conditions passes. Three are the least.",
            ),
            Mistake(
                "more than three conditions",
                _warnings_if("acceptance.count", lambda b, c, m: len(b["acceptance"]) <= 3),
                "A brief with exactly three conditions is refused. Three are enough.",
            ),
            Mistake(
                "sum above the budget only",
                _warnings_if(
                    "budget.sum",
                    lambda b, c, m: sum(b["budget_lines"].values()) > b["budget_tetri"],
                ),
                "Lines that add up to less than the budget pass. Every tetri of the budget belongs "
                "to a line.",
            ),
            Mistake(
                "sum below the budget only",
                _warnings_if(
                    "budget.sum",
                    lambda b, c, m: sum(b["budget_lines"].values()) < b["budget_tetri"],
                ),
                "Lines that add up to more than the budget pass. Sum and budget have to be equal.",
            ),
            Mistake(
                "the limit itself refused",
                _warnings_if(
                    "budget.limit", lambda b, c, m: b["budget_tetri"] >= b["approved_tetri"]
                ),
                "A budget of exactly the approved sum is refused. All that was approved may be "
                "spent.",
            ),
            Mistake(
                "no look at the limit",
                _warnings_if("budget.limit", lambda b, c, m: False),
                "Nothing compares the budget with what was approved.",
            ),
            Mistake(
                "unmeasured is true",
                _warnings_if("objective.baseline", _differs_if_measured),
                "A metric that nobody has measured passes. A baseline that is in no table is "
                "unproven: warn.",
            ),
            Mistake(
                "always against orders",
                _warnings_if(
                    "objective.baseline",
                    lambda b, c, m: b["objective"]["baseline"] != m.get("orders"),
                ),
                "Every baseline is compared with the orders. Take the measure that the objective "
                "names.",
            ),
            Mistake(
                "target for baseline",
                _warnings_if(
                    "objective.baseline",
                    lambda b, c, m: b["objective"]["target"] != m.get(b["objective"]["metric"]),
                ),
                "The target is compared with the data. What the tables can tell is where we stand "
                "today: the baseline.",
            ),
            Mistake(
                "the first warning only",
                lambda b, c, m: brief_warnings(b, c, m)[:1],
                "Only the first warning is there. A brief can deserve several: collect them in a "
                "list and give it back at the end.",
            ),
        ),
        why="A brief can be complete and still be impossible: a program finds in a second what "
        "otherwise comes out on the day of the delivery.",
    ),
    "3.2": Key(
        reference=is_testable,
        mistakes=(
            Mistake(
                "a number is enough",
                lambda c: isinstance(c["value"], (int, float)),
                "A criterion passes because it has a number. 30 what? Characters, words, seconds: "
                "all five parts are needed.",
            ),
            Mistake(
                "the unit forgotten",
                lambda c: is_testable(c | {"unit": "u"}),
                "A number without a unit passes. 30 what? Characters, words, seconds?",
            ),
            Mistake(
                "the condition forgotten",
                lambda c: is_testable(c | {"when": "w"}),
                "A criterion without a condition passes. On which device, in which time, for which "
                "files?",
            ),
            Mistake(
                "everything passes",
                lambda c: True,
                "Every criterion passes. Which of its parts are empty?",
            ),
            Mistake(
                "turned round",
                lambda c: not is_testable(c),
                "The answer is turned round: True is for what can be checked.",
            ),
            Mistake(
                "0 is missing",
                _only_true_values,
                "A value of 0, or of no, counts as missing. Zero is a number: “no broken links” "
                "can be checked.",
            ),
            Mistake(
                "words are values",
                _one_number_only_is_asked,
                "A value in words passes. “At least many” has no border: where the operator "
                "compares, the value is a number.",
            ),
            Mistake(
                "yes or no needs a unit",
                _is_needs_unit,
                "A yes-or-no criterion is refused for want of a unit. With `is` there is nothing "
                "to measure, so no unit is needed.",
            ),
            Mistake(
                "yes or no without a value",
                _is_without_value,
                "A criterion with `is` passes without a value. Is what?",
            ),
            Mistake(
                "`is` with numbers only",
                _is_needs_a_number,
                "A criterion with `is` and a text as its value is refused. “Format is png” can be "
                "checked by anybody.",
            ),
            Mistake(
                "ranges refused",
                _range_is_no_number,
                "A range is refused. With `between` the value is a list of two numbers.",
            ),
            Mistake(
                "one end of a range is enough",
                _one_end_is_enough,
                "A range with one sound end passes. It needs two, and both have to be numbers.",
            ),
        ),
        why="What cannot be checked will be argued about, on the day when nobody has time for it.",
    ),
    "3.3": Key(
        reference=check_delivery,
        mistakes=(
            Mistake(
                "only what came",
                _without_issues("missing", "not ordered"),
                "Only assets that were ordered and came are looked at. What did not come is an "
                "issue too, and so is what nobody ordered.",
            ),
            Mistake(
                "extra ignored",
                _without_issues("not ordered"),
                "An asset that nobody ordered passes. It may be meant for another shop, or be the "
                "one you miss under a wrong name.",
            ),
            Mistake(
                "missing ignored",
                _without_issues("missing"),
                "An asset that never came is no issue here. Which merge keeps the rows of the "
                "order that have no partner?",
            ),
            Mistake(
                "one issue for each asset",
                _one_issue_each,
                "Each asset has one issue at most. An asset can be wrong in several ways, and the "
                "designer wants to hear of all at once.",
            ),
            Mistake(
                "missing ones compared",
                _issues_of_missing,
                "What is missing, or was never ordered, also has a wrong size here. There is "
                "nothing to compare it with: that is its only issue.",
            ),
            Mistake(
                "row by row",
                _by_place,
                "The first row is compared with the first, the second with the second. The tables "
                "need not hold the same assets in the same order: match them by name.",
            ),
            Mistake(
                "lateness ignored",
                _without_issues("late"),
                "Nothing compares the moment of arrival with the moment it was due.",
            ),
            Mistake(
                "language ignored",
                _without_issues("language"),
                "The languages are not compared.",
            ),
            Mistake(
                "late by the day",
                _with_changed(
                    came_utc=lambda t: t["came_utc"].dt.normalize(),
                    due_utc=lambda t: t["due_utc"].dt.normalize(),
                ),
                "Only the days are compared, so some hours late pass. Compare the moments.",
            ),
            Mistake(
                "late at the moment itself",
                _with_changed(came_utc=lambda t: t["came_utc"] + pd.Timedelta(seconds=1)),
                "What came at the very moment it was due counts as late. Only after it is late.",
            ),
            Mistake(
                "weight at the limit refused",
                _with_changed(kb=lambda t: t["kb"] + 1),
                "A file that weighs exactly the limit is refused. The limit itself is allowed.",
            ),
            Mistake(
                "only the width",
                _with_changed(height=lambda t: 1),
                "A wrong height passes. A size is two numbers.",
            ),
            Mistake(
                "only the height",
                _with_changed(width=lambda t: 1),
                "A wrong width passes. A size is two numbers.",
            ),
            Mistake(
                "by area",
                _with_changed(
                    width=lambda t: t["width"] * t["height"],
                    height=lambda t: 1,
                ),
                "Width and height that are exchanged pass. Compare each with its own, not their "
                "product.",
            ),
            Mistake(
                "pairs turned round",
                lambda spec, got: [(issue, asset) for asset, issue in check_delivery(spec, got)],
                "The pairs are turned round: the asset comes first, then its issue.",
            ),
        ),
        why="A list of pairs is an answer that a designer can work with; “please have another "
        "look” is not.",
    ),
    "3.4": Key(
        reference=fits,
        mistakes=(
            Mistake(
                "bytes",
                _fits_by(lambda text: len(text.encode())),
                "The length is in bytes: a Georgian letter takes 3 of them in UTF-8. Count "
                "characters.",
            ),
            Mistake(
                "letters only",
                _fits_by(lambda text: sum(letter.isalpha() for letter in text)),
                "Only letters are counted. Spaces and signs take room too.",
            ),
            Mistake(
                "without spaces",
                _fits_by(lambda text: _length(text.replace(" ", ""))),
                "The spaces are left out. They take room too.",
            ),
            Mistake(
                "words",
                _fits_by(lambda text: len(text.split())),
                "The length is the number of words. The limits are in characters.",
            ),
            Mistake(
                "the limit itself refused",
                lambda text, kind, limits: (_length(text), _length(text) < limits[kind]),
                "A text that just reaches its limit is refused. The limit itself is still allowed.",
            ),
            Mistake(
                "30 for everything",
                lambda text, kind, limits: (_length(text), _length(text) <= 30),
                "Every kind is held to the limit of a headline. Take the limit of `kind` from "
                "`limits`.",
            ),
            Mistake(
                "what is left",
                lambda text, kind, limits: (
                    limits[kind] - _length(text),
                    _length(text) <= limits[kind],
                ),
                "The first number is what is left up to the limit. Asked is the length.",
            ),
            Mistake(
                "wide letters count once",
                _fits_by(_single_width),
                "Japanese and Chinese letters count once here. They are twice as wide, so the "
                "platforms count them twice.",
            ),
            Mistake(
                "accents count",
                _fits_by(_accents_counted),
                "An accent that is stored on its own counts as a letter. Normalise to NFC first: "
                "e and its accent become one.",
            ),
            Mistake(
                "neither joined nor widened",
                _fits_by(len),
                "This is the plain `len`. Two kinds of letters need care: those whose accent is "
                "stored on its own, and wide ones.",
            ),
            Mistake(
                "spaces at the ends cut",
                _fits_by(lambda text: _length(text.strip())),
                "Spaces at the beginning and the end are left out. The platform counts what it "
                "gets.",
            ),
        ),
        why="A text that is one letter too long is cut, or the whole ad is refused on the evening "
        "before the start.",
    ),
    "3.5": Key(
        reference=lint_ka,
        mistakes=(
            Mistake(
                "only commas",
                lambda text: {
                    rule: count
                    for rule, count in lint_ka(text).items()
                    if rule == "no space after comma"
                },
                "Only the first rule is looked at. There are seven more.",
            ),
            Mistake(
                "once for each rule",
                lambda text: {rule: min(count, 1) for rule, count in lint_ka(text).items()},
                "Each rule that is broken has the count 1. Asked is how often it is broken.",
            ),
            Mistake(
                "signs counted one by one",
                _with_pattern(
                    "repeated punctuation", r"(?<=[!?])[!?]|(?<!\.)\.{2}(?!\.)|[!?](?=[!?])"
                ),
                "Every sign of a run is counted. A run of exclamation and question marks is one "
                "slip, however long it is.",
            ),
            Mistake(
                "spaces counted one by one",
                _with_pattern("double space", r"  "),
                "Long runs of spaces are counted more than once. A run of two or more is one slip.",
            ),
            Mistake(
                "decimal commas",
                _with_pattern("no space after comma", r",(?=\w)"),
                "The comma of a number such as 1,5 is flagged. Only a comma with a letter right "
                "behind it is a slip.",
            ),
            Mistake(
                "every comma",
                _with_pattern("no space after comma", r","),
                "Every comma is counted. A slip is only one with a letter right behind it.",
            ),
            Mistake(
                "the ellipsis",
                _with_pattern("repeated punctuation", r"[!?]{2,}|\.{2,}"),
                "Three full stops are flagged. They are an ellipsis; exactly two are a slip.",
            ),
            Mistake(
                "full stops forgotten",
                _with_pattern("repeated punctuation", r"[!?]{2,}"),
                "Two full stops pass. The rule is not only about exclamation and question marks.",
            ),
            Mistake(
                "the same sign twice",
                _with_pattern("repeated punctuation", r"([!?])\1+|(?<!\.)\.{2}(?!\.)"),
                "A question and an exclamation mark side by side pass, or a mixed run is counted "
                "in pieces. Any run of the two is one slip.",
            ),
            Mistake(
                "every foreign word",
                _with_pattern("foreign letter", r"[a-zA-Zа-яА-Я]+"),
                "Foreign words are flagged. A name such as Google may stand there; the slip is a "
                "foreign letter inside a Georgian word.",
            ),
            Mistake(
                "Latin only",
                _with_pattern("foreign letter", r"\b(?=\w*[ა-ჰ])\w*[a-zA-Z]\w*"),
                "Cyrillic letters inside a Georgian word pass. They look the same as Latin ones "
                "and are just as wrong.",
            ),
            Mistake(
                "Cyrillic only",
                _with_pattern("foreign letter", r"\b(?=\w*[ა-ჰ])\w*[а-яА-Я]\w*"),
                "Latin letters inside a Georgian word pass.",
            ),
            Mistake(
                "every capital",
                _with_pattern("mixed capitals", r"\w*[Ა-Ჰ]\w*"),
                "Words wholly in capitals are flagged. Mtavruli may be used for a whole word; the "
                "slip is a word that mixes both.",
            ),
            Mistake(
                "Georgian marks flagged",
                _with_pattern("quotation marks", r'["”«»„“]'),
                "The Georgian marks „ and “ are flagged as well. They are the right ones.",
            ),
            Mistake(
                "pairs of marks",
                _with_pattern("quotation marks", r'"[^"]*"|«[^»]*»|“[^”]*”'),
                "A pair of marks is counted once. Every wrong mark counts on its own.",
            ),
            Mistake(
                "every sign of the lari",
                _with_pattern("glued currency", r"₾"),
                "Every ₾ is counted. A slip is only one with a digit right before it.",
            ),
        ),
        why="Nobody buys from a shop that cannot write its own language, and a program never tires "
        "of looking for commas.",
    ),
    "3.6": Key(
        reference=fmt_gel,
        mistakes=(
            Mistake(
                "decimal point in Georgian",
                _english_sign,
                "A decimal point stands in a Georgian text. In Georgian the comma divides lari "
                "from tetri, and a space divides the thousands.",
            ),
            Mistake(
                "tetri shown as lari",
                lambda tetri, lang: (
                    fmt_gel(tetri * 100, lang)[:-5] + " ₾"
                    if lang == "ka"
                    else fmt_gel(tetri * 100, lang)[:-3]
                ),
                "The tetri stand there as if they were lari. 1 GEL has 100 tetri.",
            ),
            Mistake(
                "lari and tetri a hundred times too much",
                lambda tetri, lang: fmt_gel(tetri * 100, lang),
                "The amount is a hundred times too large: it is in tetri, not in lari.",
            ),
            Mistake(
                "a bare number",
                lambda tetri, lang: f"{tetri / 100:.2f}",
                "No currency and no groups of thousands: nobody can read a large amount like "
                "that, or knows which money it is.",
            ),
            Mistake(
                "English everywhere",
                lambda tetri, lang: fmt_gel(tetri, "en"),
                "Georgian readers get the English text. Look at the argument `lang`.",
            ),
            Mistake(
                "Georgian everywhere",
                lambda tetri, lang: fmt_gel(tetri, "ka"),
                "English readers get the Georgian text. Look at the argument `lang`.",
            ),
            Mistake(
                "no groups",
                lambda tetri, lang: (
                    fmt_gel(tetri, lang).replace("\u00a0", "").replace("₾", " ₾")
                    if lang == "ka"
                    else fmt_gel(tetri, lang).replace(",", "")
                ),
                "The thousands are not divided. A reader should not have to count digits.",
            ),
            Mistake(
                "the sign in front",
                lambda tetri, lang: (
                    "₾ " + fmt_gel(tetri, lang)[:-2] if lang == "ka" else fmt_gel(tetri, lang)
                ),
                "The ₾ stands in front. In Georgian it comes behind the number.",
            ),
            Mistake(
                "the tetri lost",
                lambda tetri, lang: re.sub(r"[.,]\d\d(?=\D*$)", "", fmt_gel(tetri, lang)),
                "The tetri are gone. Show two digits of them, also where they are 00.",
            ),
            Mistake(
                "the minus lost",
                lambda tetri, lang: fmt_gel(abs(tetri), lang),
                "An amount below zero has lost its minus.",
            ),
            Mistake(
                "divided below zero",
                _floor_below_zero,
                "Below zero lari and tetri come apart wrongly: // and % round downwards. Divide "
                "the amount without its sign.",
            ),
            Mistake(
                "the zero before the tetri lost",
                _short_tetri,
                "Less than ten tetri stand as one digit, and so as ten times as much. Two digits "
                "are needed.",
            ),
            Mistake(
                "zeros at the end lost",
                _no_zero_at_the_end,
                "Zeros at the end are left out. Money is written with two digits for the tetri.",
            ),
        ),
        why="An amount that reads wrongly in the customer's language is a wrong amount.",
    ),
    "3.8": Key(
        reference=corrections,
        mistakes=(
            Mistake(
                "the row of profit",
                _other_row("revenue", "profit"),
                "The row of profit is corrected. მოგება is profit, so that row was right: look "
                "where the word stands a second time.",
            ),
            Mistake(
                "revenue passed over",
                _overlooked("revenue"),
                "Revenue passes. მოგება is profit, what is left after the costs; what comes in "
                "has another name.",
            ),
            Mistake(
                "ROAS as ROMI",
                _overlooked("ROAS"),
                "ROAS passes under the name of ROMI. ROAS knows no margin: it divides sales by ad "
                "cost.",
            ),
            Mistake(
                "CTR as conversion rate",
                _overlooked("CTR"),
                "CTR passes under the name of the conversion rate. CTR is about clicks on what "
                "was shown, the other about orders after a click.",
            ),
            Mistake(
                "the test group twice",
                _overlooked("control group"),
                "The control group passes under the name of the test group: then no report can "
                "say who got the ads.",
            ),
            Mistake(
                "Russian not read",
                _overlooked("deadline"),
                "The Russian column passes unread. One of its terms is the day on which work "
                "begins.",
            ),
            Mistake(
                "the row of the conversion rate",
                _other_row("CTR", "conversion rate"),
                "The row of the conversion rate is corrected. Its Georgian term was right; the "
                "same term in the row of CTR is not.",
            ),
            Mistake(
                "the row of the test group",
                _other_row("control group", "test group"),
                "The row of the test group is corrected. Its Georgian term was right; look at its "
                "neighbour.",
            ),
            Mistake(
                "the row of ROMI",
                _other_row("ROAS", "ROMI"),
                "The row of ROMI is corrected. Its Georgian term was right; look at its neighbour.",
            ),
            Mistake(
                "revenue as sales",
                _with_term("revenue", "გაყიდვები"),
                "გაყიდვები are the sales. Another word on the list says the money that comes in.",
            ),
            Mistake(
                "a deadline in Georgian",
                _with_term("deadline", "ვადა"),
                "The correction for the deadline is Georgian. The wrong word stood in the Russian "
                "column.",
            ),
            Mistake(
                "the day the work ends",
                _with_term("deadline", "дата окончания"),
                "That is the day on which something ends. A deadline is the latest moment by "
                "which it has to be there.",
            ),
            Mistake(
                "places for row numbers",
                _by_place_in_table,
                "The keys are places in the table, counted from 0. Take the number in the column "
                "`row`.",
            ),
            Mistake(
                "row numbers typed in",
                lambda terms: {
                    4: "შემოსავალი",
                    11: "დაწკაპუნების წილი",
                    16: "რეკლამის უკუგება (ROAS)",
                    27: "срок",
                    30: "საკონტროლო ჯგუფი",
                },
                "The row numbers are those of one table, typed in. In another table the same term "
                "has another number: find it by its English term.",
            ),
            Mistake(
                "English terms as keys",
                lambda terms: {
                    terms.set_index("row").loc[row, "en"]: term
                    for row, term in corrections(terms).items()
                },
                "The keys are the English terms. Asked is the number in the column `row`.",
            ),
            Mistake(
                "the wrong words themselves",
                _wrong_words,
                "These are the wrong terms as they stand in the table. Asked is what should stand "
                "there.",
            ),
            Mistake(
                "a synonym corrected",
                _synonym_corrected,
                "კლიკი is corrected. It is an accepted word for a click, as დაწკაპუნება is.",
            ),
            Mistake(
                "right terms corrected",
                _whatever_stands_there,
                "A row is corrected although its term is right already. Look at what stands there "
                "before you correct it.",
            ),
        ),
        why="Two people who use one word for two numbers will agree in the meeting and do "
        "different things after it.",
    ),
    "3.9": Key(
        reference=reply_gaps,
        mistakes=(
            Mistake(
                "letters for words",
                _reply_if("words", lambda r, c, m: len(r) > 120),
                "The reply is measured in characters. The limit is in words.",
            ),
            Mistake(
                "exactly 120 refused",
                _reply_if("words", lambda r, c, m: len(r.split()) >= 120),
                "A reply of exactly 120 words is too long here. Up to 120 are allowed.",
            ),
            Mistake(
                "no limit of words",
                _reply_if("words", lambda r, c, m: False),
                "A reply of any length passes. Nobody reads the second page of bad news.",
            ),
            Mistake(
                "too long at 122",
                _reply_if("words", lambda r, c, m: len(r.split()) > 121),
                "A reply of 121 words passes. The limit is 120.",
            ),
            Mistake(
                "quotations are claims",
                _reply_if("claim", lambda r, c, m: any(x.lower() in r.lower() for x in c)),
                "A claim that is only quoted counts as one's own. To refuse a headline you must "
                "be able to name it.",
            ),
            Mistake(
                "case counts",
                _reply_if("claim", lambda r, c, m: any(x in _own_words(r) for x in c)),
                "A claim in other letters, large or small, passes. Compare both in small letters.",
            ),
            Mistake(
                "the first claim only",
                _reply_if("claim", lambda r, c, m: c[0].lower() in _own_words(r).lower()),
                "Only the first claim of the list is looked for.",
            ),
            Mistake(
                "whole words only",
                _reply_if(
                    "claim",
                    lambda r, c, m: any(
                        re.search(rf"(?<!\w){re.escape(x.lower())}(?!\w)", _own_words(r).lower())
                        for x in c
                    ),
                ),
                "A claim with a Georgian ending passes. Look for it anywhere in the text, also "
                "inside a longer word.",
            ),
            Mistake(
                "all from the first mark to the last",
                _reply_if(
                    "claim",
                    lambda r, c, m: any(
                        x.lower() in re.sub(r'[„“"].*[“”"]', "", r).lower() for x in c
                    ),
                ),
                "Everything from the first quotation mark to the last is taken as one quotation. "
                "Each one ends at its own closing mark.",
            ),
            Mistake(
                "a month is a date",
                _reply_if("date", lambda r, c, m: not any(x in r for x in m)),
                "The name of a month passes as a date. By when exactly? A day belongs to it.",
            ),
            Mistake(
                "English months only",
                _reply_if(
                    "date", lambda r, c, m: not re.search(rf"\d{{1,2}} ({'|'.join(m[:12])})", r)
                ),
                "A Georgian date is not seen. The list holds Georgian months as well, without "
                "their endings.",
            ),
            Mistake(
                "any number is a date",
                _reply_if("date", lambda r, c, m: not re.search(r"\d", r)),
                "Any number passes as a date. A date is a day and a month.",
            ),
            Mistake(
                "no step needed",
                _reply_if("next step", lambda r, c, m: False),
                "A reply without a next step passes. What happens now, and who does it?",
            ),
            Mistake(
                "English steps only",
                _reply_if("next step", lambda r, c, m: "Next step:" not in r),
                "The Georgian label is not seen. A next step can be named in either language.",
            ),
            Mistake(
                "both labels needed",
                _reply_if(
                    "next step",
                    lambda r, c, m: "Next step:" not in r or "შემდეგი ნაბიჯი:" not in r,
                ),
                "A next step in one language is not enough here. One of the two labels will do.",
            ),
            Mistake(
                "what is there",
                lambda reply, claims, months: [
                    name
                    for name in ("words", "claim", "date", "next step")
                    if name not in reply_gaps(reply, claims, months)
                ],
                "The list is turned round: these are the points at which nothing is wrong.",
            ),
        ),
        why="In a hard conversation one reads one's own words last: a program that asks four "
        "questions before sending is a good colleague.",
    ),
}
