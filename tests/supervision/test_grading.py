"""Grading: the worked example of the rules, bounds, lists and the way off them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsai.errors import InvalidRequest
from wsai.supervision.credit_code import ALPHABET, check_character, checked
from wsai.supervision.grading import (
    Facts,
    ListName,
    OpenHazards,
    grade,
    listed_after,
    read_rules,
    ways_down,
)
from wsai.supervision.lec import CONSEQUENCES, EXPOSURES, LIKELIHOODS, Colour, Lec

POLISHER = Facts(
    risk_points=(Colour.RED, Colour.ORANGE, Colour.ORANGE, Colour.YELLOW, Colour.YELLOW),
    sources=frozenset({"dust-al-mg-or-30", "spraying"}),
    processes=frozenset({"dry-polishing-wood"}),
    standardisation="level-3",
    training_gap=True,
    overdue_rate=0.3,
    open=OpenHazards(general=4, serious=2, serious_overdue=1),
)
"""The aluminium polishing shop of the rules' worked example."""


def test_the_worked_example() -> None:
    score = grade(POLISHER)
    assert (score.risk, score.sources, score.process, score.management) == (89.2, 85, 75, 39)
    assert (score.base, score.open_points, score.total) == (70.25, 7, 77.25)
    assert score.colour is Colour.RED
    assert score.asks_for is ListName.PRIORITY
    assert score.version == read_rules().version


def test_every_point_has_a_reason() -> None:
    score = grade(POLISHER)
    for side in ("risk", "sources", "process", "management"):
        own = sum(reason.points for reason in score.reasons if reason.side == side)
        assert own == pytest.approx(getattr(score, side))
    assert "逾期较大隐患 1 项" in {reason.zh for reason in score.reasons}


def test_without_a_register_it_is_flagged_and_not_praised() -> None:
    score = grade(Facts())
    assert score.risk == 60
    assert score.reasons[0].zh == "没有风险清单"


def test_open_hazards_count_up_to_a_limit() -> None:
    many = grade(replace(POLISHER, open=OpenHazards(general=500)))
    assert many.open_points == 20


@pytest.mark.parametrize(
    ("change", "name", "why"),
    [
        ({"open": OpenHazards(major=1)}, ListName.OBSERVE, "重大"),
        ({"open": OpenHazards(serious=3, serious_overdue=3)}, ListName.OBSERVE, "逾期 3 项"),
        ({"open": OpenHazards(major=1, major_overdue=1)}, ListName.PRIORITY, "重大隐患逾期"),
        ({"fatal": True}, ListName.PRIORITY, "死亡"),
        ({"tampered": True}, ListName.PRIORITY, "三十六条"),
        ({"concealed": True}, ListName.PRIORITY, "隐瞒"),
    ],
)
def test_triggers_put_a_harmless_score_on_a_list(
    change: dict[str, object], name: ListName, why: str
) -> None:
    calm = Facts(risk_points=(Colour.BLUE,), standardisation="level-1")
    assert grade(calm).asks_for is ListName.NONE
    score = grade(replace(calm, **change))  # type: ignore[arg-type]
    assert score.asks_for is name
    assert any(why in zh for _, zh in score.triggers)


class TestLists:
    def score(self, total: float) -> object:
        base = grade(Facts(risk_points=(Colour.BLUE,), standardisation="level-1"))
        lists = ListName(sum(total >= line for line in (60, 75)))
        return replace(base, total=total, by_score=lists)

    @pytest.mark.parametrize(
        ("standing", "totals", "approved", "after"),
        [
            pytest.param(0, [76], False, 2, id="up at once"),
            pytest.param(0, [60], False, 1, id="the line belongs to the list"),
            pytest.param(2, [69, 69], True, 1, id="down after two calm months"),
            pytest.param(2, [69, 69], False, 2, id="not without a person"),
            pytest.param(2, [69], True, 2, id="not after one month"),
            pytest.param(2, [69, 71], True, 2, id="not just below the line"),
            pytest.param(2, [40, 40], True, 0, id="down two at once"),
            pytest.param(1, [50, 54], True, 0, id="off the list"),
            pytest.param(1, [56, 50], True, 1, id="both months count"),
            pytest.param(1, [], True, 1, id="without a score nothing changes"),
        ],
    )
    def test_up_at_once_and_down_slowly(
        self, standing: int, totals: list[float], approved: bool, after: int
    ) -> None:
        scores = [self.score(total) for total in totals]
        found = listed_after(ListName(standing), scores, approved=approved)  # type: ignore[arg-type]
        assert found is ListName(after)


def test_what_would_move_it_off_the_list_is_said_best_first() -> None:
    ways = ways_down(POLISHER)
    assert ways[0][0] == "全部隐患销号"
    assert ways[0][1].asks_for is ListName.OBSERVE
    totals = [score.total for _, score in ways if score.asks_for is ways[-1][1].asks_for]
    assert totals == sorted(totals)
    assert all(score.total < grade(POLISHER).total for _, score in ways)


facts = st.builds(
    Facts,
    risk_points=st.lists(st.sampled_from(Colour), max_size=9).map(tuple),
    sources=st.frozensets(st.sampled_from(sorted(read_rules().sources.points))),
    processes=st.frozensets(st.sampled_from(sorted(read_rules().process.points))),
    crowded=st.booleans(),
    interlocks_lacking=st.booleans(),
    automated=st.booleans(),
    standardisation=st.sampled_from(sorted(read_rules().management.standardisation)),
    double_prevention=st.booleans(),
    training_gap=st.booleans(),
    overdue_rate=st.floats(0, 1),
    recurrence_rate=st.floats(0, 1),
    recheck_failed_rate=st.floats(0, 1),
    penalised=st.booleans(),
    injured=st.booleans(),
    self_found_share=st.floats(0, 1),
    open=st.builds(OpenHazards, general=st.integers(0, 60), serious=st.integers(0, 9)),
)


@given(facts)
def test_a_score_lies_in_its_bounds_and_no_remedy_makes_it_worse(given: Facts) -> None:
    score = grade(given)
    for value in (score.risk, score.sources, score.process, score.management, score.total):
        assert 0 <= value <= 100
    worse = grade(replace(given, open=replace(given.open, general=given.open.general + 1)))
    assert worse.total >= score.total
    assert grade(replace(given, training_gap=False)).total <= score.total


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sources": frozenset({"nuclear"})}, "source nuclear"),
        ({"processes": frozenset({"magic"})}, "process magic"),
        ({"standardisation": "level-9"}, "standardisation level-9"),
        ({"overdue_rate": 1.5}, "overdue_rate lies in 0..1"),
    ],
)
def test_what_the_configuration_does_not_know_is_refused(
    change: dict[str, object], told: str
) -> None:
    with pytest.raises(InvalidRequest, match=told):
        grade(replace(POLISHER, **change))  # type: ignore[arg-type]


def test_a_configuration_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="grading"):
        read_rules("version: 1")


class TestLec:
    @pytest.mark.parametrize(
        ("inputs", "colour"),
        [
            ((10, 6, 15), Colour.RED),
            ((1, 10, 40), Colour.RED),
            ((3, 6, 15), Colour.ORANGE),
            ((1, 6, 15), Colour.YELLOW),
            ((1, 10, 7), Colour.YELLOW),
            ((1, 6, 3), Colour.BLUE),
        ],
    )
    def test_bands(self, inputs: tuple[float, float, float], colour: Colour) -> None:
        assert Lec(*inputs).colour is colour

    def test_the_lower_end_belongs_to_a_band(self) -> None:
        products = {
            (a, b, c): a * b * c for a in LIKELIHOODS for b in EXPOSURES for c in CONSEQUENCES
        }
        for inputs, score in products.items():
            expected = (
                Colour.RED
                if score >= 320
                else Colour.ORANGE
                if score >= 160
                else Colour.YELLOW
                if score >= 70
                else Colour.BLUE
            )
            assert Lec(*inputs).colour is expected

    def test_an_input_that_is_not_in_the_table_is_refused(self) -> None:
        with pytest.raises(InvalidRequest, match="likelihood L is one of 10, 6, 3, 1"):
            Lec(5, 6, 15)

    def test_the_inputs_are_shown(self) -> None:
        shown = Lec(6, 6, 15).explained()
        assert all(part in shown for part in ("540", "相当可能", "每天", "1-2人死亡", "重大风险"))


class TestCreditCode:
    @given(st.text(ALPHABET, min_size=17, max_size=17))
    def test_any_slip_of_one_character_is_noticed(self, first: str) -> None:
        code = first + check_character(first)
        assert checked(code.lower()) == code
        for place in (0, 5, 16):
            other = ALPHABET[(ALPHABET.index(code[place]) + 1) % len(ALPHABET)]
            with pytest.raises(InvalidRequest, match="mistyped"):
                checked(code[:place] + other + code[place + 1 :])

    @pytest.mark.parametrize(
        ("code", "told"),
        [("9144", "4 characters"), ("9" * 17 + "O", "no code has O"), ("", "0 characters")],
    )
    def test_what_is_no_code_is_named(self, code: str, told: str) -> None:
        with pytest.raises(InvalidRequest, match=told):
            checked(code)
