"""How the program reads messages to people: what it must flag, and what it must leave alone."""

import pytest

from course.exercises.communication_readers import (
    SMALL,
    Message,
    ceo_lacks,
    designer_lacks,
    dev_lacks,
    false_numbers,
    is_mixed,
)

CEO = "W-00 left a profit.\nDecision: go on, by 2026-01-16."


@pytest.mark.parametrize(
    "text",
    [
        "GEL1,500.00 or GEL 1,500 or 1 500,00 ₾ or 1\u00a0500 ₾ or 1500 GEL or 1.500,00 ₾",
        "ROMI 133.3 %, 133%, 133,33 %, 133 percent, 133 პროცენტი or 1.33 as a ratio",
        "48 were expected, 21 came, so 27 are missing",
        "1200x628, 1200×628px, 1200 by 628, at most 500 kB",
        "a click rate of 0.81 % or 0.8%",
        "by 16 January, on January 16, 16th of January 2026, 16.01.2026, 16/1/26 or 2026-01-16",
        "16 იანვრამდე, 2026 წლის 16 იანვარს",
        "banner A10 of W-00, utm_campaign=w00, https://shop.example/tea?id=99, `status 502`",
        "1. Open the page. 2. Pay. 3) Look.\n4. Step 5: go home",
        "Between 48 21 nothing stands.",
        "maybe the marketing decided so",
    ],
)
def test_true_numbers_are_left_alone(text):
    assert false_numbers(text, SMALL) == []


@pytest.mark.parametrize(
    ("text", "false"),
    [
        ("ROMI 566.7%", "566.7"),
        ("ROMI 133.4 %", "133.4"),
        ("it cost 150000 GEL", "150000"),
        ("GEL1,510.00", "1,510.00"),
        ("about 2,100 GEL", "2,100"),
        ("48 % of the events", "48"),
        ("133 orders", "133"),
        ("by 17 January", "17 January"),
        ("by 2025-01-16", "2025-01-16"),
        ("17 იანვრამდე", "17 იანვრამდე"),
        ("within 24 hours", "24"),
        ("at most 8000 kB", "8000"),
    ],
)
def test_false_numbers_are_flagged(text, false):
    assert false_numbers(text, SMALL) == [false]


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        (
            "Dear Natia, მთის კალათა sold more tea than in any winter before this one, says Levan.",
            False,
        ),
        ("ბატონო ლევან, Meta-ს ანგარიშში მოვლენა `purchase` ყოველთვის ვერ აღწევს.", False),
        (
            "კამპანია ძალიან კარგია, ჩვენ ვიყიდეთ, and we should continue it next month as well",
            True,
        ),
        ("", False),
    ],
)
def test_a_message_is_in_one_language(text, mixed):
    assert is_mixed(text) is mixed


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ("", set()),
        (" **Bold** is fine.", set()),
        (" The CTR grew.", {"jargon"}),
        (" word" * 90, {"words"}),
        (" See W-01, too.", {"campaign"}),
        (" The ROMI was 566.7%.", {"number"}),
    ],
)
def test_faults_of_a_message_to_the_owner(more, faults):
    assert set(Message(ceo_lacks).read(CEO + more)["faults"]) == faults


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("**Decision:** go on", set()),
        ("- Decision: we go on", set()),
        ("გადაწყვეტილება: გავაგრძელოთ", set()),
        ("Decision:\ngo on", set()),
        ("Decision:\nPriority: go on", {"decision"}),
        ("Decision: stop", {"wrong decision"}),
        ("Decision: stop or go on", {"decision"}),
        ("We decided to go on", {"decision"}),
    ],
)
def test_the_line_with_the_decision(line, faults):
    text = f"Profit of W-00, by 2026-01-16:\n{line}"
    assert set(ceo_lacks(text, SMALL)) == faults


def test_an_empty_message_lacks_everything():
    assert len(dev_lacks("", SMALL)) == 7
    assert len(designer_lacks("", SMALL)) == 7
    assert Message(ceo_lacks).read("")["faults"].keys() == {"campaign"}
