"""What every exercise has to prove: right ways pass, each mistake gets its own message, and no
input of a learner breaks a check. A new exercise is proven by adding it; nothing to change here.
"""

import collections
import copy
import itertools
import re
import time
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from course import kinds
from course.call import Gone, TimeIsUp, call
from course.check import Score, check, expected_of, hint, message_of, verdict_on
from course.check import seed as seed_in_force
from course.exercises import QUESTIONS
from course.grading.wire import digest
from course.judge import Expected, judge
from course.keys import KEYS
from tests.ways import WAYS

SEEDS = ["2026", "365", "7"]
MISTAKES = [(id, mistake) for id, key in KEYS.items() for mistake in key.mistakes]
IDS = list(QUESTIONS)
HAS_MUTABLE_INPUT = [
    id
    for id in IDS
    if any(isinstance(arg, pd.DataFrame | list | dict) for arg in QUESTIONS[id].cases(1)[0].args)
]


@pytest.fixture(params=SEEDS)
def seed(request, monkeypatch):
    monkeypatch.setenv("COURSE_SEED", request.param)


def named(mistake):
    id, mistake = mistake
    return f"{id} {mistake.name}"


def assert_right(id, answer):
    for with_hidden in (False, True):
        verdict = verdict_on(id, answer, with_hidden=with_hidden)
        assert verdict.outcome == "right", (verdict, with_hidden)


def test_every_question_has_a_key():
    assert QUESTIONS.keys() == KEYS.keys()


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("id", IDS)
def test_reference_is_right(id):
    assert_right(id, KEYS[id].reference)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(
    ("id", "way"), [(id, way) for id in IDS for way in range(len(WAYS.get(id, ())))]
)
def test_other_right_ways_pass(id, way):
    assert_right(id, WAYS[id][way])


@pytest.mark.parametrize("id", IDS)
def test_at_least_two_other_right_ways_are_known(id):
    assert len(WAYS.get(id, ())) >= 2


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("mistake", MISTAKES, ids=named)
def test_known_mistake_gets_its_own_message_and_the_same_mark_from_every_seed(mistake):
    id, mistake = mistake
    verdicts = [verdict_on(id, mistake.answer, with_hidden=hidden) for hidden in (False, True)]
    for verdict in verdicts:
        assert verdict.outcome == "wrong"
        assert verdict.mistake == mistake.name
        assert mistake.message in repr(message_of(QUESTIONS[id], verdict))
    learner, grader = verdicts
    assert learner.share == grader.share, "what decides is not visible"


@pytest.mark.parametrize("id", IDS)
def test_mistakes_have_different_names_and_messages(id):
    mistakes = KEYS[id].mistakes
    assert len(mistakes) >= 1
    assert len({mistake.name for mistake in mistakes}) == len(mistakes)
    assert len({mistake.message for mistake in mistakes}) == len(mistakes)


@pytest.mark.parametrize("id", IDS)
def test_texts_are_complete_calm_and_tell_no_answer(id):
    question, key = QUESTIONS[id], KEYS[id]
    assert question.points >= 1
    assert len(question.hints) >= 2
    assert question.see.startswith("lesson ")
    small = question.cases(1)[0]
    answer = question.returns.show(question.returns.read(call(key.reference, small).value))
    for text in (*question.hints, question.asks, key.why, *(m.message for m in key.mistakes)):
        assert text.strip() == text
        assert "!" not in text.replace("!=", "")
        assert len(answer) < 4 or answer not in text
    for text in (*(m.message for m in key.mistakes), *question.hints, key.why):
        assert text.endswith((".", "?"))


@pytest.mark.parametrize("id", IDS)
def test_cases_are_a_small_one_the_shop_an_edge_and_three_hidden(id):
    cases = QUESTIONS[id].cases(1)
    assert cases[0].about.startswith("the small example")
    assert any(case.edge for case in cases)
    assert sum(case.hidden for case in cases) >= 3
    hidden = [case.hidden for case in cases]
    assert hidden == sorted(hidden), "visible cases come first, for messages name the first wrong"


@pytest.mark.parametrize("id", IDS)
def test_no_two_seeds_have_a_hidden_input_in_common(id):
    """So nobody can hand in a table of answers. Of 50 seeds every pair is looked at."""
    inputs = {}
    for seed in range(50):
        cases = QUESTIONS[id].cases(7919 * seed + 13)
        hidden = [digest(case.args) for case in cases if case.hidden]
        visible = [digest(case.args) for case in cases if not case.hidden]
        assert len(set(hidden)) == len(hidden), "two hidden cases are the same"
        assert not set(hidden) & set(visible), "a hidden case is visible, too"
        assert inputs.setdefault("visible", visible) == visible, "what decides hangs on the seed"
        inputs[seed] = set(hidden)
    del inputs["visible"]
    for one, other in itertools.combinations(inputs, 2):
        assert not inputs[one] & inputs[other], (one, other)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("id", IDS)
def test_no_constant_is_right_on_the_hidden_cases(id):
    expected = expected_of(id, seed_in_force(), True)
    hidden = [n for n, case in enumerate(expected.cases) if case.hidden]
    first, *others = [expected.right[n] for n in hidden]
    assert not all(right.same(first) for right in others)


def stub(*args):
    # YOUR CODE HERE
    raise NotImplementedError()


def forever(*args):
    while True:
        pass


def without_end(*args):
    return without_end(*args)


def stops(*args):
    raise SystemExit(1)


@pytest.mark.parametrize("id", IDS)
def test_untouched_stub_is_not_attempted(id):
    for answer in (stub, None):
        score = check(id, answer)
        assert score.verdict.outcome == "not attempted"
        assert score == 0


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda *args: None, "`return`"),
        (lambda *args: print(args), "not `print`"),
        (lambda *args: object(), "was asked for"),
        (lambda *args: {}[args[0].__class__], "stops with KeyError"),
        (lambda: 1, "stops with TypeError"),
        (without_end, "calls itself without end"),
        (stops, "stops with SystemExit"),
        (3.14, "not a function"),
    ],
)
def test_strange_answers_get_a_helpful_message(id, answer, said):
    score = check(id, answer)
    assert score == 0
    assert said in repr(score.message)


def test_a_loop_without_end_is_stopped(monkeypatch):
    case = QUESTIONS["1.8"].cases(1)[0]
    assert call(forever, case, seconds=0.2).raised[0] == "TimeIsUp"


@pytest.mark.parametrize("end", [TimeIsUp("no answer within 10 seconds"), Gone("too big")])
def test_after_a_call_without_end_no_other_case_is_tried(end):
    tried = []

    def answer(d):
        tried.append(d)
        if len(tried) > 1:
            raise end
        return KEYS["1.8"].reference(d)

    score = check("1.8", answer)
    assert len(tried) == 2
    assert score == 0
    assert f"stops with {type(end).__name__}: {end}." in repr(score.message)


def test_an_answer_that_keeps_its_time_is_not_stopped():
    def answer(d):
        time.sleep(0.1)
        return KEYS["1.8"].reference(d)

    case = QUESTIONS["1.8"].cases(1)[0]
    assert call(answer, case, seconds=0.01).raised[0] == "TimeIsUp"
    answer.keeps_time = True
    assert not call(answer, case, seconds=0.01).raised


@pytest.mark.parametrize("id", IDS)
def test_the_key_is_asked_once_and_what_it_said_stays(id):
    calls = collections.Counter()

    def counted(name, answer):
        def asked(*args):
            calls[name] += 1
            return answer(*args)

        return asked

    question, key, cases = QUESTIONS[id], KEYS[id], QUESTIONS[id].cases(2026)
    mistakes = tuple(replace(m, answer=counted(m.name, m.answer)) for m in key.mistakes)
    counting = replace(key, reference=counted("right", key.reference), mistakes=mistakes)
    expected = Expected(question, counting, cases)
    for answer in [key.reference, *(m.answer for m in key.mistakes), lambda *args: spoil(args[0])]:
        judge(expected, [call(answer, case) for case in cases])
        check(id, answer)
    assert calls["right"] == len(cases)
    assert max(calls.values()) == len(cases)
    visible = expected_of(id, 2026, False)
    for n, right in enumerate(Expected(question, key, cases).right):
        for kept in (expected.right[n], *visible.right[n : n + 1]):
            assert kept.same(right)


def test_a_key_that_fails_is_asked_again():
    fails = [True]

    def reference(d):
        if fails:
            raise MemoryError
        return KEYS["1.8"].reference(d)

    cases = QUESTIONS["1.8"].cases(1)
    expected = Expected(QUESTIONS["1.8"], replace(KEYS["1.8"], reference=reference), cases)
    results = [call(KEYS["1.8"].reference, case) for case in cases]
    assert judge(expected, results).outcome == "cannot check"
    fails.clear()
    assert judge(expected, results).outcome == "right"


def spoil(arg):
    if isinstance(arg, pd.DataFrame):
        arg["spoilt"] = 1
    elif isinstance(arg, list):
        arg.append(arg[-1] if arg else 0)
    elif isinstance(arg, dict):
        arg["spoilt"] = 1


@pytest.mark.parametrize("id", HAS_MUTABLE_INPUT)
def test_changed_input_is_noticed(id):
    def answer(*args):
        value = KEYS[id].reference(*copy.deepcopy(args))
        for arg in args:
            spoil(arg)
        return value

    verdict = verdict_on(id, answer, with_hidden=True)
    assert verdict.outcome == "wrong"
    assert verdict.mistake == "input changed"


def dressings(kind):
    """Other forms in which a learner may hand in the same value."""
    if isinstance(kind, kinds.Whole):
        return [np.int64, float, Decimal, Fraction]
    if isinstance(kind, kinds.Number):
        return [np.float64, lambda x: np.array(x), lambda x: Decimal(repr(float(x)))]
    if isinstance(kind, kinds.Text):
        return [np.str_]
    if isinstance(kind, kinds.YesNo):
        return [np.bool_]
    if isinstance(kind, kinds.Day):
        return [pd.Timestamp, lambda x: pd.Timestamp(x).date()]
    if isinstance(kind, kinds.ListOf | kinds.Parts):
        return [tuple, list]
    if isinstance(kind, kinds.PerLabel):
        return [dict, lambda x: pd.Series(dict(reversed(list(dict(x).items()))), dtype=object)]
    if isinstance(kind, kinds.Table):
        return [lambda x: x.iloc[::-1, ::-1], lambda x: x.astype(object)]
    raise AssertionError(kind)


@pytest.mark.parametrize("id", IDS)
def test_the_form_of_a_right_answer_does_not_matter(id):
    for dress in dressings(QUESTIONS[id].returns):
        assert_right(id, lambda *args, dress=dress: dress(KEYS[id].reference(*args)))


@pytest.mark.parametrize("id", IDS)
def test_the_order_of_input_rows_does_not_matter(id):
    kind = QUESTIONS[id].returns
    for case in QUESTIONS[id].cases(1):
        shuffled = tuple(
            arg.sample(frac=1, random_state=1) if isinstance(arg, pd.DataFrame) else arg
            for arg in copy.deepcopy(case.args)
        )
        before = call(KEYS[id].reference, case)
        if not before.raised:
            after = KEYS[id].reference(*shuffled)
            assert kind.same(kind.read(after), kind.read(before.value)), case.about


@pytest.mark.parametrize("id", IDS)
def test_nothing_is_written_to_the_streams(id, capfd):
    def noisy(*args):
        import sys
        import warnings

        print("hello")
        print("oh", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return KEYS[id].reference(*args)

    assert check(id, noisy).verdict.outcome == "right"
    assert capfd.readouterr() == ("", "")


def test_a_score_is_a_plain_number_to_nbgrader_and_a_message_to_jupyter():
    score = check("1.8", KEYS["1.8"].reference)
    assert isinstance(score, Score)
    assert re.fullmatch(r"\d+\.\d", repr(score))
    assert "right" in score._repr_html_()


def test_hints_come_one_after_another():
    count = len(QUESTIONS["1.8"].hints)
    shown = [repr(hint("1.8")) for _ in range(count + 1)]
    assert len(set(shown)) == count
    assert shown[-1] == shown[-2]
