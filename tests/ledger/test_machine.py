"""The ledger's state machines: the ways through them, and that no sequence leads elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from wsai.errors import Conflict, Forbidden, InvalidRequest, WsaiError
from wsai.ledger.draw import document
from wsai.ledger.guards import levels
from wsai.ledger.machine import (
    Act,
    Actor,
    Case,
    Kind,
    Machine,
    Role,
    act,
    acts_for,
    machines,
    opened,
)

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
DEADLINE = date(2026, 12, 24)
WANG, LI, ZHAO = (
    Actor("网格员王", Role.INSPECTOR),
    Actor("网格长李", Role.GRID_LEADER),
    Actor("执法员赵", Role.ENFORCEMENT),
)
FACTORY, OFFICE = Actor("企业钱", Role.ENTERPRISE), Actor("督办孙", Role.DEPARTMENT)


def do(case: Case, action: str, actor: Actor, **brings: Any) -> Case:
    return act(case, Act(action, actor, NOON, **brings))


def walk(case: Case, *acts: tuple[str, Actor, dict[str, Any]]) -> Case:
    for action, actor, brings in acts:
        case = do(case, action, actor, **brings)
    return case


ORDER: dict[str, Any] = {"responsible": "企业钱", "measures": "加装护罩", "deadline": DEADLINE}
TO_RECHECK = (
    ("order", WANG, ORDER),
    ("begin", FACTORY, {}),
    ("submit", FACTORY, {"after_photos": ("p1",)}),
    ("recheck", WANG, {}),
)


def registered() -> Case:
    return opened(Kind.GENERAL, "registered")


def treated() -> Case:
    """A major hazard under treatment, listed."""
    return walk(
        opened(Kind.MAJOR, "suspected"),
        ("determine", ZHAO, {"basis": "令10 第十一条(一)", "second_officer": "执法员周"}),
        ("report", FACTORY, {"reference": "SB-1"}),
        ("control", FACTORY, {"measures": "停产撤人"}),
        ("file-plan", FACTORY, {"six_items": tuple("目法钱人时急"), "deadline": DEADLINE}),
        ("list", OFFICE, {"level": levels()[2], "reference": "GP-1"}),
        ("begin", FACTORY, {}),
    )


class TestGeneral:
    def test_from_candidate_to_closed(self) -> None:
        case = walk(
            opened(Kind.GENERAL, "candidate"),
            ("confirm", WANG, {}),
            ("register", WANG, {}),
            *TO_RECHECK,
            ("accept", WANG, {"signed_record": "r1"}),
        )
        assert case.state == "closed"
        assert case.ended
        assert case.deadline == DEADLINE
        assert [step.action for step in case.steps][-2:] == ["recheck", "accept"]

    def test_fixed_on_the_spot_before_the_inspectors_eyes(self) -> None:
        case = do(registered(), "fix-on-spot", WANG, after_photos=("p",), responsible="企业钱")
        assert do(case, "accept", WANG, signed_record="r").state == "closed"

    def test_nobody_accepts_their_own_work(self) -> None:
        case = walk(registered(), *TO_RECHECK)
        judge = Actor("企业钱", Role.INSPECTOR)  # the same name in another role
        with pytest.raises(InvalidRequest, match="nobody accepts their own work"):
            do(case, "accept", judge, signed_record="r")

    def test_a_failed_recheck_goes_back_and_needs_new_photos(self) -> None:
        case = walk(
            registered(),
            *TO_RECHECK,
            ("return", WANG, {"reason": "护罩松动"}),
            ("begin", FACTORY, {}),
        )
        assert (case.state, case.returns, case.after_photos) == ("rectifying", 1, ())
        with pytest.raises(InvalidRequest, match="a photo of what was done"):
            do(case, "submit", FACTORY)

    def test_an_extension_is_asked_for_and_granted_or_refused(self) -> None:
        case = walk(registered(), ("order", WANG, ORDER))
        later = DEADLINE + timedelta(days=10)
        asked = do(case, "request-extension", FACTORY, reason="等配件", deadline=later)
        assert asked.state == "ordered"
        assert asked.deadline == DEADLINE, "asking changes nothing yet"
        assert do(asked, "grant-extension", LI).deadline == later
        assert do(asked, "refuse-extension", LI, reason="可外协").asked_deadline is None
        with pytest.raises(InvalidRequest, match="undecided already"):
            do(asked, "request-extension", FACTORY, reason="再等", deadline=later)
        with pytest.raises(InvalidRequest, match="not after the present one"):
            do(case, "request-extension", FACTORY, reason="x", deadline=DEADLINE)

    def test_a_request_is_moot_once_the_work_is_done(self) -> None:
        case = walk(
            registered(),
            ("order", WANG, ORDER),
            ("request-extension", FACTORY, {"reason": "x", "deadline": date(2027, 1, 9)}),
            ("submit", FACTORY, {"after_photos": ("p",)}),
        )
        assert case.asked_deadline is None

    def test_a_penalty_is_noted_and_closes_nothing(self) -> None:
        case = do(registered(), "penalise", ZHAO, reference="CF-7")
        assert (case.state, case.penalties) == ("registered", ("CF-7",))

    def test_a_hazard_that_comes_back_is_opened_again_with_its_history(self) -> None:
        closed = walk(registered(), *TO_RECHECK, ("accept", WANG, {"signed_record": "r1"}))
        again = do(closed, "reopen", WANG, reason="护罩又拆了")
        assert (again.state, again.deadline, again.fixers) == ("registered", None, frozenset())
        assert len(again.steps) == len(closed.steps) + 1

    def test_overdue_is_computed_and_stops_while_others_have_to_act(self) -> None:
        case = walk(registered(), ("order", WANG, ORDER))
        assert case.overdue_days(DEADLINE) == 0
        assert case.overdue_days(DEADLINE + timedelta(days=3)) == 3
        waiting = do(case, "submit", FACTORY, after_photos=("p",))
        assert waiting.overdue_days(DEADLINE + timedelta(days=3)) == 0


class TestMajor:
    def test_all_the_way_to_delisting_and_the_look_back(self) -> None:
        case = walk(
            treated(),
            ("report-progress", FACTORY, {"reason": "一季度进度40%"}),
            ("assess-self", FACTORY, {"after_photos": ("p",), "reference": "ZP-1"}),
            ("assess-by-expert", FACTORY, {"reference": "ZJ-1"}),
            ("request-acceptance", FACTORY, {}),
            ("accept", ZHAO, {"signed_record": "r", "second_officer": "执法员周"}),
            ("resume", ZHAO, {"signed_record": "r2"}),
            ("cancel", OFFICE, {"reference": "HX-1"}),
            ("delist", OFFICE, {"reference": "ZP-2"}),
            ("revisit", OFFICE, {"signed_record": "r3"}),
        )
        assert case.state == "revisited"
        assert case.level == levels()[2]

    def test_it_takes_two_officers_to_determine_one(self) -> None:
        case = opened(Kind.MAJOR, "suspected")
        for second in (None, ZHAO.name, " "):
            with pytest.raises(InvalidRequest, match="second officer"):
                do(case, "determine", ZHAO, basis="令10 第十一条(一)", second_officer=second)
        with pytest.raises(Forbidden):
            do(case, "determine", WANG, basis="x", second_officer="周")

    def test_the_plan_has_six_items(self) -> None:
        case = walk(
            opened(Kind.MAJOR, "suspected"),
            ("determine", ZHAO, {"basis": "x", "second_officer": "周"}),
            ("report", FACTORY, {"reference": "1"}),
            ("control", FACTORY, {"measures": "停"}),
        )
        with pytest.raises(InvalidRequest, match="six items; 5 are written"):
            do(
                case,
                "file-plan",
                FACTORY,
                six_items=(*"abcde", ""),
                deadline=DEADLINE,
            )

    def test_an_extension_is_asked_for_in_time(self) -> None:
        case = treated()
        late = datetime(2026, 12, 20, tzinfo=UTC)
        asks = Act("request-extension", FACTORY, late, reason="x", deadline=date(2027, 2, 1))
        with pytest.raises(InvalidRequest, match="4 are left"):
            act(case, asks)
        assert act(case, replace(asks, at=NOON)).asked_deadline == date(2027, 2, 1)

    def test_a_hopeless_case_is_closed_by_the_government(self) -> None:
        case = do(treated(), "close-by-government", OFFICE, reason="无法治理", reference="GB-1")
        assert case.ended

    def test_the_second_officer_may_not_have_fixed_it_either(self) -> None:
        case = walk(
            treated(),
            ("assess-self", FACTORY, {"after_photos": ("p",), "reference": "1"}),
            ("assess-by-expert", FACTORY, {"reference": "2"}),
            ("request-acceptance", FACTORY, {}),
        )
        with pytest.raises(InvalidRequest, match="企业钱 fixed it"):
            do(case, "accept", ZHAO, signed_record="r", second_officer=FACTORY.name)


class TestRefusals:
    def test_what_cannot_be_done_now_says_what_can(self) -> None:
        with pytest.raises(Conflict, match=r"已登记 .*you can do: fix-on-spot, order") as told:
            do(registered(), "accept", WANG, signed_record="r")
        assert told.value.code == "conflict"

    def test_wsai_itself_decides_nothing(self) -> None:
        system = Actor("wsai", Role.SYSTEM)
        for kind, machine in machines().items():
            for one in machine.transitions:
                case = Case(kind, one.sources[0])
                with pytest.raises(Forbidden):
                    do(case, one.do, system)

    def test_no_case_begins_in_the_middle(self) -> None:
        with pytest.raises(InvalidRequest, match="no major case begins as accepted"):
            opened(Kind.MAJOR, "accepted")

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"to": "nowhere"}, "no state nowhere"),
            ({"needs": ["nothing"]}, "no guard nothing"),
            ({"roles": ["system"]}, "WSAI decides nothing"),
        ],
    )
    def test_a_file_that_does_not_hold_together_is_refused(
        self, change: dict[str, Any], told: str
    ) -> None:
        row = machines()[Kind.GENERAL].model_dump(mode="json", by_alias=True)
        row["transitions"][0] |= change
        with pytest.raises(ValidationError, match=told):
            Machine.model_validate(row)


actors = st.sampled_from(
    [WANG, LI, ZHAO, FACTORY, OFFICE, Actor("企业钱", Role.INSPECTOR), Actor("wsai", Role.SYSTEM)]
)
texts = st.sampled_from([None, "", " ", "x", "企业钱", "执法员周"])
acts = st.builds(
    Act,
    action=st.sampled_from(sorted({t.do for m in machines().values() for t in m.transitions})),
    actor=actors,
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    reason=texts,
    after_photos=st.sampled_from([(), ("p",)]),
    signed_record=texts,
    responsible=texts,
    measures=texts,
    deadline=st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2028, 1, 1))),
    basis=texts,
    second_officer=texts,
    six_items=st.sampled_from([(), tuple("目法钱人时急")]),
    level=st.sampled_from([None, "最高级", *levels()]),
    reference=texts,
    receiver=texts,
)
begins = st.sampled_from(
    [(kind, state) for kind, machine in machines().items() for state in machine.first]
)


@st.composite
def likely(draw: st.DrawFn, case: Case) -> Act:
    """An act that the role may do now, with everything brought, more often than not."""
    what = draw(acts)
    can = acts_for(case, what.actor.role)
    if can and draw(st.integers(0, 4)):
        what = replace(what, action=draw(st.sampled_from(can)))
    if draw(st.integers(0, 4)):
        brought = {
            "reason": "x", "after_photos": ("p",), "signed_record": "r", "responsible": "企业钱",
            "measures": "m", "basis": "b", "second_officer": "执法员周", "level": levels()[1],
            "six_items": tuple("目法钱人时急"), "reference": "n", "receiver": "消防",
        }  # fmt: skip
        what = replace(what, **brought)
    return what


@settings(max_examples=300, deadline=None)
@given(begins, st.data())
def test_no_sequence_of_acts_leads_to_an_impossible_state(
    begin: tuple[Kind, str], data: st.DataObject
) -> None:
    case = opened(*begin)
    signed_and_shown = False
    for _ in range(data.draw(st.integers(1, 25))):
        what = data.draw(likely(case))
        try:
            after = act(case, what)
        except WsaiError:
            continue
        step = after.steps[-1]
        machine = machines()[case.kind]
        found = machine.find(what.action, case.state)
        assert found is not None
        assert step.role in found.roles
        assert step.role is not Role.SYSTEM
        assert step.before == case.state
        assert after.state in machines()[after.kind].states
        if what.action == "downgrade":
            assert (step.after, after.kind, after.state) == (
                "downgraded",
                Kind.GENERAL,
                "registered",
            )
        else:
            assert (step.after, after.kind) == (after.state, case.kind)
        assert after.steps[:-1] == case.steps, "history is only added to"
        if what.action in {"accept", "cancel", "resume"}:
            assert what.actor.name not in case.fixers
            assert what.second_officer not in case.fixers or what.action != "accept"
        if what.action == "accept":
            assert case.after_photos
            assert what.signed_record
            signed_and_shown = True
        if what.action in {"reopen", "relapse"}:
            signed_and_shown = False
        if after.state in {"accepted", "resumed", "cancelled", "delisted", "revisited"}:
            assert signed_and_shown
        if after.asked_deadline is not None:
            assert machines()[after.kind].find("grant-extension", after.state) is not None
            assert after.deadline is None or after.asked_deadline > after.deadline
        if case.ended:
            assert what.action in {"reopen", "relapse", "penalise"}
        assert after.overdue_days(date(2030, 1, 1)) == 0 or not after.ended
        case = after


def test_the_document_is_what_the_file_says() -> None:
    written = (ROOT / "docs" / "ledger-states.md").read_text(encoding="utf-8")
    assert written == document()


def test_the_levels_of_a_listing_stand_in_a_file() -> None:
    assert levels()[0] == "国家级"
    assert len(set(levels())) == len(levels()) >= 2


@pytest.mark.parametrize("text", ["", "国家级", "[市级, 市级]", "[市级, '']", "[1, 2]"])
def test_a_file_that_is_no_list_of_levels_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "levels.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("wsai.ledger.guards.resources.files", lambda _package: tmp_path)
    levels.cache_clear()
    with pytest.raises(ValueError, match="highest first"):
        levels()
    levels.cache_clear()
