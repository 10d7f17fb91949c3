"""Other right ways for communication: briefs, criteria, deliveries, texts and terms."""

import re
import unicodedata
from decimal import Decimal
from itertools import pairwise

import pandas as pd

REQUIRED = {
    "background": None,
    "objective": ["metric", "baseline", "target", "unit", "by"],
    "audience": None,
    "deliverables": None,
    "message": None,
    "constraints": None,
    "budget_tetri": None,
    "timing": ["start", "due"],
    "success_measure": None,
    "owner": None,
    "approver": None,
    "acceptance": None,
}


def gaps_as_required_minus_filled(b):
    required, filled = set(), set()
    for field, parts in REQUIRED.items():
        required |= {field} | {f"{field}.{part}" for part in parts or ()}
        value = b.get(field)
        if value or value == 0:
            filled.add(field)
        for part in parts or ():
            value = (b.get(field) or {}).get(part)
            must_be_number = part in ("baseline", "target")
            if type(value) in (int, float) if must_be_number else value:
                filled.add(f"{field}.{part}")
    gaps = required - filled
    timing = b.get("timing") or {}
    days = timing.get("start"), timing.get("due")
    if all(days) and pd.Timestamp(days[0]) > pd.Timestamp(days[1]):
        gaps.add("timing.order")
    return gaps


def gaps_with_if_after_if(b):
    gaps = []

    def is_empty(value):
        return value is None or value == "" or value == []

    for field in REQUIRED:
        if field not in b or is_empty(b[field]):
            gaps.append(field)
    goal = b["objective"] if b.get("objective") else {}
    for part in ("metric", "unit", "by"):
        if is_empty(goal.get(part)):
            gaps.append("objective." + part)
    for part in ("baseline", "target"):
        value = goal.get(part)
        if value is None or isinstance(value, str):
            gaps.append("objective." + part)
    timing = b["timing"] if b.get("timing") else {}
    for part in ("start", "due"):
        if is_empty(timing.get(part)):
            gaps.append("timing." + part)
    if "timing.start" not in gaps and "timing.due" not in gaps and timing["due"] < timing["start"]:
        gaps.append("timing.order")
    return tuple(gaps)


def warnings_with_if_after_if(b, calendar, measured):
    warnings = []
    if b["message"].count(" ") + 1 > 20:
        warnings.append("message.words")
    if len(b["acceptance"]) <= 2:
        warnings.append("acceptance.count")
    total = 0
    for tetri in b["budget_lines"].values():
        total += tetri
    if total != b["budget_tetri"]:
        warnings.append("budget.sum")
    if b["budget_tetri"] > b["approved_tetri"]:
        warnings.append("budget.limit")
    day = calendar[calendar["date"] == b["timing"]["due"]]
    if not day["is_workday"].any():
        warnings.append("timing.workday")
    if b["owner"] == b["approver"]:
        warnings.append("approver.same")
    metric = b["objective"]["metric"]
    if metric not in measured or measured[metric] != b["objective"]["baseline"]:
        warnings.append("objective.baseline")
    return warnings


def warnings_as_a_set(b, calendar, measured):
    is_workday = dict(
        zip(calendar["date"].astype(str).str[:10], calendar["is_workday"], strict=True)
    )
    goal = b["objective"]
    every = {
        ("message.words", len(re.findall(r"\S+", b["message"])) > 20),
        ("acceptance.count", not b["acceptance"][2:]),
        ("budget.sum", b["budget_tetri"] - sum(b["budget_lines"].values()) != 0),
        ("budget.limit", not b["budget_tetri"] <= b["approved_tetri"]),
        ("timing.workday", not is_workday[b["timing"]["due"]]),
        ("approver.same", {b["approver"]} == {b["owner"]}),
        ("objective.baseline", (goal["metric"], goal["baseline"]) not in measured.items()),
    }
    return {name for name, is_so in every if is_so}


def testable_by_operator(c):
    def is_number(value):
        return type(value) in (int, float)

    if any(c[part] in ("", None) for part in ("metric", "op", "when")):
        return False
    match c["op"]:
        case "is":
            return c["value"] not in ("", None)
        case "between":
            both_ends = len(c["value"]) == 2 and all(map(is_number, c["value"]))
            return both_ends and c["unit"] not in ("", None)
        case _:
            return is_number(c["value"]) and c["unit"] not in ("", None)


def testable_by_what_is_missing(c):
    missing = [part for part, value in c.items() if value is None or value == ""]
    if c["op"] == "is":
        missing = [part for part in missing if part != "unit"]
        return not missing
    values = c["value"] if c["op"] == "between" else [c["value"]]
    if c["op"] == "between" and len(values) < 2:
        return False
    for value in values:
        try:
            value + 0
        except TypeError:
            return False
    return len(missing) == 0


def delivery_with_a_loop(spec, got):
    issues = []
    arrived = {row["asset"]: row for row in got.to_dict("records")}
    for want in spec.to_dict("records"):
        have = arrived.pop(want["asset"], None)
        if have is None:
            issues.append((want["asset"], "missing"))
            continue
        if have["width"] != want["width"] or have["height"] != want["height"]:
            issues.append((want["asset"], "size"))
        if have["format"] != want["format"]:
            issues.append((want["asset"], "format"))
        if have["kb"] > want["max_kb"]:
            issues.append((want["asset"], "weight"))
        if have["lang"] != want["lang"]:
            issues.append((want["asset"], "language"))
        if have["came_utc"] > want["due_utc"]:
            issues.append((want["asset"], "late"))
    return issues + [(asset, "not ordered") for asset in arrived]


def delivery_with_sets(spec, got):
    want, have = spec.set_index("asset"), got.set_index("asset")
    shared = want.index.intersection(have.index)
    issues = {(asset, "missing") for asset in set(want.index) - set(have.index)}
    issues |= {(asset, "not ordered") for asset in set(have.index) - set(want.index)}
    want, have = want.loc[shared], have.loc[shared]
    wrong = {
        "size": want["width"].ne(have["width"]) | want["height"].ne(have["height"]),
        "format": want["format"].ne(have["format"]),
        "weight": have["kb"].gt(want["max_kb"]),
        "language": want["lang"].ne(have["lang"]),
        "late": have["came_utc"].gt(want["due_utc"]),
    }
    for issue, mask in wrong.items():
        issues |= {(asset, issue) for asset in shared[mask]}
    return sorted(issues)


def delivery_in_local_time(spec, got):
    """With an inner merge, the rest by `isin`, and the moments in Tbilisi time."""
    both = spec.merge(got, on="asset", suffixes=("_s", "_g"))
    issues = []
    for row in both.itertuples():
        came = row.came_utc.tz_convert("Asia/Tbilisi")
        due = row.due_utc.tz_convert("Asia/Tbilisi")
        checks = [
            ("size", (row.width_s, row.height_s) == (row.width_g, row.height_g)),
            ("format", row.format_s == row.format_g),
            ("weight", row.kb <= row.max_kb),
            ("language", row.lang_s == row.lang_g),
            ("late", came <= due),
        ]
        issues += [[row.asset, issue] for issue, is_right in checks if not is_right]
    issues += [[asset, "missing"] for asset in spec.loc[~spec["asset"].isin(got["asset"]), "asset"]]
    extra = got.loc[~got["asset"].isin(spec["asset"]), "asset"]
    return issues + [[asset, "not ordered"] for asset in extra]


def fits_with_a_sum(text, kind, limits):
    letters = unicodedata.normalize("NFC", text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in letters)
    return [len(letters) + wide, not len(letters) + wide > limits[kind]]


def fits_with_a_dict(text, kind, limits):
    width = {"W": 2, "F": 2}
    letters = list(unicodedata.normalize("NFC", text))
    length = sum(width.get(unicodedata.east_asian_width(letter), 1) for letter in letters)
    return {"length": length, "fits": bool(length <= int(limits.loc[kind]))}


def fits_without_marks(text, kind, limits):
    """Combining marks counted as nothing, which is the same for accents that NFC can join."""
    length = 0
    for letter in text:
        if unicodedata.combining(letter):
            continue
        length += 1 + (unicodedata.east_asian_width(letter) in ("W", "F"))
    return length, length <= limits[kind]


def is_georgian(letter):
    return "\u10d0" <= letter <= "\u10ff"


def is_capital(letter):
    return "\u1c90" <= letter <= "\u1cbf"


def is_foreign(letter):
    return letter.isalpha() and not is_georgian(letter) and not is_capital(letter)


def lint_by_hand(text):
    """Without a regular expression: neighbours, runs and words."""
    runs = []
    for letter in text:
        if runs and (letter == runs[-1][-1] or {letter, runs[-1][-1]} <= set("!?")):
            runs[-1] += letter
        else:
            runs.append(letter)
    words = "".join(letter if letter.isalnum() else " " for letter in text).split()
    pairs = list(pairwise(text))
    return {
        "no space after comma": sum(a == "," and b.isalpha() for a, b in pairs),
        "double space": sum(run[0] == " " and len(run) > 1 for run in runs),
        "space before punctuation": sum(a == " " and b in "!?.,;:" for a, b in pairs),
        "repeated punctuation": sum(
            run == ".." or (run[0] in "!?" and len(run) > 1) for run in runs
        ),
        "foreign letter": sum(
            any(map(is_georgian, word)) and any(map(is_foreign, word)) for word in words
        ),
        "mixed capitals": sum(
            any(map(is_georgian, word)) and any(map(is_capital, word)) for word in words
        ),
        "quotation marks": sum(text.count(mark) for mark in '"”«»'),
        "glued currency": sum(a.isdigit() and b == "₾" for a, b in pairs),
    }


def lint_with_words(text):
    """Simple patterns, and the two rules about words in a loop."""
    count = pd.Series(0, index=["foreign letter", "mixed capitals"])
    for word in re.findall(r"\w+", text):
        if re.search("[ა-ჰ]", word):
            count["foreign letter"] += bool(re.search("[a-zA-Zа-яА-Я]", word))
            count["mixed capitals"] += bool(re.search("[Ა-Ჰ]", word))
    count["no space after comma"] = len(re.findall(r",[a-zA-Zа-яА-Яა-ჰᲐ-Ჰ]", text))
    count["double space"] = len(re.findall(r"  +", text))
    count["space before punctuation"] = len(re.findall(r"\s(?=[!?.,;:])", text))
    dots = [run for run in re.findall(r"\.+", text) if len(run) == 2]
    count["repeated punctuation"] = len(re.findall(r"[!?][!?]+", text)) + len(dots)
    count["quotation marks"] = len(re.findall('["”«»]', text))
    count["glued currency"] = len(re.findall(r"(?<=[0-9])₾", text))
    return count


def money_with_decimal(tetri, lang):
    amount = Decimal(tetri) / 100
    if lang == "en":
        return f"{'-' if amount < 0 else ''}GEL{abs(amount):,.2f}"
    return f"{amount:,.2f}".translate(str.maketrans(",.", "\u202f,")) + " ₾"


def money_with_babel(tetri, lang):
    from babel.numbers import format_currency

    return format_currency(Decimal(tetri).scaleb(-2), "GEL", locale=lang)


def money_by_hand(tetri, lang):
    digits = str(abs(tetri)).zfill(3)
    lari, rest = digits[:-2], digits[-2:]
    groups = []
    while lari:
        groups.insert(0, lari[-3:])
        lari = lari[:-3]
    minus = "-" if tetri < 0 else ""
    if lang == "ka":
        return minus + " ".join(groups) + "," + rest + " ₾"
    return "GEL " + minus + ",".join(groups) + "." + rest


MENDED = {
    "revenue": ("ka", "მოგება", "შემოსავალი"),
    "CTR": ("ka", "კონვერსიის წილი", "CTR"),
    "ROAS": ("ka", "მარკეტინგის უკუგება (ROMI)", "რეკლამის  უკუგება"),
    "control group": ("ka", "სატესტო ჯგუფი", "საკონტროლო-ჯგუფი"),
    "deadline": ("ru", "дата начала", "Дедлайн"),
}


def corrections_by_term(terms):
    found = {}
    for en, (column, wrong, right) in MENDED.items():
        rows = terms[(terms["en"] == en) & (terms[column] == wrong)]
        for row in rows["row"]:
            found[row] = right
    return found


def corrections_as_a_series(terms):
    wrong = pd.DataFrame(
        [(en, column, bad, good) for en, (column, bad, good) in MENDED.items()],
        columns=["en", "lang", "term", "right"],
    )
    long = terms.melt(["row", "en"], ["ka", "ru"], var_name="lang", value_name="term")
    return long.merge(wrong, on=["en", "lang", "term"]).set_index("row")["right"]


def reply_with_a_loop(reply, claims, months):
    gaps, own, open_quotation = set(), "", False
    for letter in reply:
        if open_quotation and letter in '“”"':
            open_quotation = False
        elif not open_quotation and letter in '„“"':
            open_quotation = True
        elif not open_quotation:
            own += letter
    if len(re.findall(r"\S+", reply)) >= 121:
        gaps.add("words")
    for claim in claims:
        if own.casefold().find(claim.casefold()) >= 0:
            gaps.add("claim")
    words = reply.split()
    dates = [
        day
        for day, month in pairwise(words)
        if day.isdigit() and len(day) <= 2 and month.startswith(tuple(months))
    ]
    if not dates:
        gaps.add("date")
    if not any(label in reply for label in ("Next step:", "შემდეგი ნაბიჯი:")):
        gaps.add("next step")
    return list(gaps)


def reply_with_patterns(reply, claims, months):
    own = re.sub(r'„[^“]*“|“[^”]*”|"[^"]*"', " ", reply)
    is_wrong = {
        "words": len(reply.split()) > 120,
        "claim": re.search("|".join(map(re.escape, claims)), own, re.IGNORECASE),
        "date": not any(re.search(rf"\b\d\d? {month}", reply) for month in months),
        "next step": not re.search("(Next step|შემდეგი ნაბიჯი):", reply),
    }
    return [name for name in is_wrong if is_wrong[name]]


WAYS = {
    "3.1a": [gaps_as_required_minus_filled, gaps_with_if_after_if],
    "3.1b": [warnings_with_if_after_if, warnings_as_a_set],
    "3.2": [testable_by_operator, testable_by_what_is_missing],
    "3.3": [delivery_with_a_loop, delivery_with_sets, delivery_in_local_time],
    "3.4": [fits_with_a_sum, fits_with_a_dict, fits_without_marks],
    "3.5": [lint_by_hand, lint_with_words],
    "3.6": [money_with_decimal, money_with_babel, money_by_hand],
    "3.8": [corrections_by_term, corrections_as_a_series],
    "3.9": [reply_with_a_loop, reply_with_patterns],
}
