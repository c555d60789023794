"""The phone page: what is done with a record, by the office and by the enterprise."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from callers import picture, some_code
from phone import PASSWORD, Site, log_in
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy import select

from serving.access import service as access
from serving.access.service import Belongs, Role
from wsai.storage.tables import HazardRow, HazardStepRow, PhotoRow, SignedRecordRow

CONTRAST, SMALL, UNNAMED = (
    (Path(__file__).parent / name).read_text(encoding="utf-8")
    for name in ("contrast.js", "small_targets.js", "unnamed.js")
)
REGISTER = """async (code) => {
  const headers = {"X-WSAI": "1", "Content-Type": "application/json"};
  const body = JSON.stringify({credit_code: code, name: "甲厂", address: "示范路 1 号"});
  const answer = await fetch("/v1/enterprises", {method: "POST", headers, body});
  return [answer.status, await answer.json()];
}"""
OWNER, OFFICER = "企业钱", "执法员赵"


@dataclass
class Plant:
    """An enterprise with one registered hazard, and phones of those who act on it."""

    site: Site
    office: Page
    enterprise: Page
    hazard: UUID

    def show(self, page: Page) -> None:
        page.goto("/#photos")
        page.goto(f"/#record={self.hazard}")
        page.wait_for_selector("dl")

    def row(self) -> HazardRow:
        with self.site.parts.readers() as session:
            return session.scalars(select(HazardRow)).one()


def person(site: Site, name: str, role: Role, place: Belongs = access.NOWHERE) -> None:
    with site.parts.sessions.begin() as session:
        access.create_account(
            session, name=name, password=PASSWORD, role=role, by="test",
            now=site.parts.clock.now(), place=place,
        )  # fmt: skip


def phone_of(open_phone: Callable[..., BrowserContext], name: str) -> Page:
    page = open_phone().new_page()
    page.goto("/")
    log_in(page, name)
    page.wait_for_selector("#camera", state="attached")
    return page


@pytest.fixture
def plant(site: Site, open_phone: Callable[..., BrowserContext]) -> Plant:
    """A hazard that an inspector confirmed on a photo of the enterprise."""
    person(site, OFFICER, Role.ENFORCEMENT)
    person(site, "管理员", Role.ADMIN)
    made = phone_of(open_phone, "管理员").evaluate(REGISTER, some_code(0))
    assert made[0] == 201, made
    enterprise_id = UUID(made[1]["id"])
    office = phone_of(open_phone, OFFICER)
    person(site, OWNER, Role.OWNER, Belongs(enterprise_id=enterprise_id))
    enterprise = phone_of(open_phone, OWNER)
    enterprise.set_input_files("#library", file(1))
    card = enterprise.locator("[data-code=ppe-no-helmet]")
    card.locator("button", has_text="确认为隐患").click()
    card.locator("button[type=submit]").click()
    card.locator("a.button").wait_for()
    with site.parts.readers() as session:
        hazard = session.scalars(select(HazardRow.id)).one()
    return Plant(site, office, enterprise, hazard)


def file(seed: int) -> dict[str, object]:
    return {"name": f"{seed}.jpg", "mimeType": "image/jpeg", "buffer": picture(seed)}


def sign(page: Page, pad: Locator) -> None:
    pad.evaluate("node => node.scrollIntoView({ block: 'center' })")  # clear of the header
    box = pad.bounding_box()
    assert box is not None
    x, y = box["x"], box["y"]
    page.mouse.move(x + 20, y + 20)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(x + 20 + 30 * step, y + 20 + (step % 3) * 25)
    page.mouse.up()


def do(page: Page, act: str) -> Locator:
    page.locator(f"button[data-do={act}]").click()
    return page.locator(f"form[data-act={act}]")


def order(plant: Plant) -> None:
    plant.show(plant.office)
    form = do(plant.office, "order")
    form.get_by_label("整改责任人").fill("车间主任钱")
    form.get_by_label("整改措施").fill("入口设专人检查安全帽")
    day = (plant.site.parts.clock.now() + timedelta(days=10)).date()
    form.get_by_label("整改期限").fill(day.isoformat())
    form.locator("button[type=submit]").click()
    expect(plant.office.locator(".tag.ordered").first).to_have_text("已下达整改")


def submit(plant: Plant, seed: int = 8) -> None:
    plant.show(plant.enterprise)
    form = do(plant.enterprise, "submit")
    form.locator("#after-library").set_input_files(file(seed))
    form.locator("button[type=submit]").click()
    expect(plant.enterprise.locator(".tag.submitted").first).to_have_text("已提交")


def test_from_the_order_to_the_cancellation_on_two_phones(plant: Plant) -> None:
    order(plant)
    submit(plant)
    plant.show(plant.office)
    expect(plant.office.locator("h2", has_text="整改前后对比")).to_be_visible()
    plant.office.locator("summary", has_text="办理过程").click()
    expect(plant.office.locator("details[open]")).to_contain_text("AI 比对：仍然存在")
    do(plant.office, "recheck").locator("button[type=submit]").click()
    expect(plant.office.locator(".tag.rechecking").first).to_have_text("复查中")
    form = do(plant.office, "accept")
    form.locator("button[type=submit]").click()
    expect(form.locator(".error")).to_have_text("双方都要签名")
    expect(form.get_by_label("检查人员", exact=True)).to_have_value(OFFICER)
    expect(form.get_by_label("企业陪同人员")).to_have_value("车间主任钱")
    for pad in form.locator("canvas").all():
        sign(plant.office, pad)
    form.locator("button[type=submit]").click()
    expect(plant.office.locator(".tag.closed").first).to_have_text("已销号")
    row = plant.row()
    assert (row.status, len(row.after_photos)) == ("closed", 1)
    with plant.site.parts.readers() as session:
        record = session.scalars(select(SignedRecordRow)).one()
        acts = session.scalars(select(HazardStepRow.action).order_by(HazardStepRow.position)).all()
    assert (record.kind, record.office_name) == ("recheck", OFFICER)
    assert acts == ["order", "submit", "recheck", "accept"]


def test_each_sees_what_is_theirs_to_do(plant: Plant) -> None:
    plant.show(plant.enterprise)
    offered = plant.enterprise.locator("button[data-do]")
    expect(offered).to_have_text(["当场整改"])
    plant.show(plant.office)
    assert "下达整改" in plant.office.locator("button[data-do]").all_inner_texts()
    plant.office.click("#language")
    expect(plant.office.locator("button[data-do=order]")).to_have_text("Order rectification")


def test_without_reception_the_photo_is_kept_and_chosen_later(plant: Plant) -> None:
    order(plant)
    plant.show(plant.enterprise)
    form = do(plant.enterprise, "submit")
    form.locator("button[type=submit]").click()
    expect(form.locator(".error").last).to_have_text("请先拍下整改后的现场")
    form.locator("#after-library").set_input_files(file(8))
    plant.enterprise.context.set_offline(True)
    form.locator("button[type=submit]").click()
    expect(form.locator(".error").last).to_contain_text("照片已保存在手机里")
    plant.enterprise.context.set_offline(False)
    plant.enterprise.wait_for_function(
        "fetch('/v1/photos').then((a) => a.json()).then((p) => p.items.length === 2)"
    )
    plant.show(plant.enterprise)
    form = do(plant.enterprise, "submit")
    form.locator("summary", has_text="选用已上传的照片").click()
    form.locator("input.choose").first.check()
    form.locator("button[type=submit]").click()
    expect(plant.enterprise.locator(".tag.submitted").first).to_be_visible()
    with plant.site.parts.readers() as session:
        newest = session.scalars(select(PhotoRow).order_by(PhotoRow.received_at.desc())).first()
    assert newest is not None
    assert plant.row().after_photos == [str(newest.id)] or plant.row().after_photos == [newest.id]


def test_a_lost_answer_does_it_once(plant: Plant) -> None:
    order(plant)
    lost = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)  # it was done; the answer does not arrive
        route.abort("connectionreset")

    plant.show(plant.enterprise)
    plant.enterprise.route("**/acts/begin", lose_the_first)
    form = do(plant.enterprise, "begin")
    form.locator("button[type=submit]").click()
    expect(form.locator(".error")).to_contain_text("网络不通")
    form.locator("button[type=submit]").click()
    expect(plant.enterprise.locator(".tag.rectifying").first).to_have_text("整改中")
    assert lost == [200]
    with plant.site.parts.readers() as session:
        acts = session.scalars(select(HazardStepRow.action).order_by(HazardStepRow.position)).all()
    assert acts == ["order", "begin"]


def test_of_two_who_act_at_once_one_is_told(plant: Plant) -> None:
    plant.show(plant.office)
    form = do(plant.office, "order")
    other = plant.office.context.new_page()
    other.goto(f"/#record={plant.hazard}")
    other.wait_for_selector("dl")
    mine = Plant(plant.site, other, plant.enterprise, plant.hazard)
    order(mine)
    form.get_by_label("整改责任人").fill("别人")
    form.get_by_label("整改期限").fill("2099-01-01")
    form.locator("button[type=submit]").click()
    expect(plant.office.locator("#toast")).to_contain_text("别人刚刚修改过此记录")
    expect(plant.office.locator(".tag.ordered").first).to_be_visible()
    assert plant.row().responsible == "车间主任钱"


def test_the_ledger_is_asked_in_the_words_of_the_work(plant: Plant) -> None:
    order(plant)
    plant.office.click("#nav a[href='#records']")
    expect(plant.office.locator("a.record")).to_have_count(1)
    for name, count in (("submitted", 0), ("mine", 1), ("closed", 0), ("overdue", 0)):
        plant.office.select_option("#status", name)
        expect(plant.office.locator("a.record")).to_have_count(count)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_form_fits_is_readable_and_can_be_touched(
    plant: Plant, open_phone: Callable[..., BrowserContext], width: int, colours: str
) -> None:
    order(plant)
    submit(plant)
    plant.show(plant.office)
    do(plant.office, "recheck").locator("button[type=submit]").click()
    plant.office.locator(".tag.rechecking").first.wait_for()
    size = {"width": width, "height": 844}
    page = open_phone(viewport=size, is_mobile=width < 1000, color_scheme=colours).new_page()
    page.goto("/")
    log_in(page, OFFICER)
    page.wait_for_selector("#camera", state="attached")
    plant.show(page)
    names = [button.get_attribute("data-do") for button in page.locator("button[data-do]").all()]
    assert {"accept", "return"} <= set(names)
    for name in names:
        assert name is not None
        form = do(page, name)
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{name} scrolls sideways by {overflow} px"
        for script in (CONTRAST, SMALL, UNNAMED):
            assert page.evaluate(script) == [], name
        form.locator("button", has_text=re.compile("取消")).click()
