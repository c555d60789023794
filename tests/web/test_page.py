"""The phone page in a real browser, before a real service."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from callers import picture
from phone import NAME, PASSWORD, Site, Watched, log_in
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import func, select

from serving.access import service as access
from wsai.storage.tables import HazardRow, PhotoRow

STATIC = Path(__file__).resolve().parents[2] / "serving" / "web" / "static"


def photo_file(seed: int = 1, name: str = "现场.jpg") -> dict[str, Any]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture(seed)}


def count(site: Site, table: type) -> int:
    with site.parts.readers() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def upload(page: Page, seed: int = 1) -> None:
    """Choose a photo and wait until its findings are shown."""
    page.set_input_files("#library", photo_file(seed))
    page.wait_for_selector(".finding")


class TestTheWay:
    def test_from_the_one_time_link_to_a_record(
        self, page: Page, site: Site, watched: Watched
    ) -> None:
        with site.parts.sessions.begin() as session:
            token = access.new_setup_token(session, site.parts.clock.now())
        page.goto(f"/#setup={token}")
        expect(page.locator("h1")).to_have_text("创建管理员")
        log_in(page, "网格长李", PASSWORD)
        page.wait_for_selector("#camera", state="attached")
        page.fill("#site", "一号厂")
        page.fill("#checkpoint", "冲压车间")
        upload(page)
        card = page.locator("[data-code=ppe-no-helmet]")
        expect(card.locator("h2")).to_have_text("未佩戴安全帽")
        expect(card).to_contain_text("90%")
        card.locator("details").first.click()
        expect(card.locator("ol li").first).to_be_visible()
        card.locator("details").nth(1).click()
        expect(card).to_contain_text("安全生产法")
        expect(card.locator(".unverified").first).to_have_text("〔未核〕")
        shown = page.locator(".photo-button img")
        assert shown.evaluate("img => img.complete && img.naturalWidth") == 640
        card.locator("button", has_text="确认为隐患").click()
        card.locator("textarea").fill("三号冲床旁")
        card.locator("button[type=submit]").click()
        page.locator("[data-code=ppe-no-helmet] a.button").click()
        expect(page.locator("h1")).to_have_text("未佩戴安全帽")
        for text in ("YH-", "一号厂 · 冲压车间", "三号冲床旁", "网格长李"):
            expect(page.locator("main")).to_contain_text(text)
        page.click("#nav a[href='#records']")
        expect(page.locator("a.record")).to_have_count(1)
        assert count(site, HazardRow) == 1
        assert watched.foreign == []
        assert [e for e in watched.errors if "401" not in e] == []

    def test_a_question_is_asked_and_answered(self, home: Page, site: Site) -> None:
        upload(home)
        card = home.locator("[data-code=exit-blocked]")
        expect(card.locator(".question")).to_have_text("这扇门是安全出口或疏散通道吗？")
        card.locator("button", has_text="是，记为隐患").click()
        card.locator("button[type=submit]").click()
        expect(home.locator("[data-code=exit-blocked] .tag.confirmed")).to_be_visible()
        assert count(site, HazardRow) == 1

    def test_what_the_photo_cannot_show_is_said(self, home: Page) -> None:
        upload(home)
        home.locator("summary", has_text="照片无法判断的项目").click()
        expect(home.locator("details[open]")).to_contain_text("安全出口上锁")

    def test_a_finding_is_dismissed_only_with_a_reason(self, home: Page, site: Site) -> None:
        upload(home)
        card = home.locator("[data-code=ppe-no-helmet]")
        card.locator("button", has_text="不是隐患").click()
        card.locator("button[type=submit]").click()
        expect(card.locator("textarea")).to_be_visible()
        card.locator(".chips button").first.click()
        card.locator("button[type=submit]").click()
        expect(home.locator("[data-code=ppe-no-helmet] .tag.dismissed")).to_be_visible()
        expect(home.locator("[data-code=ppe-no-helmet]")).to_contain_text("误报，看错了")
        assert count(site, HazardRow) == 0


class TestAccess:
    def test_a_wrong_password_is_said_and_the_right_one_lets_in(
        self, page: Page, inspector: str
    ) -> None:
        page.goto("/")
        log_in(page, inspector, "wrong password")
        expect(page.locator(".error")).to_contain_text("姓名或密码错误")
        log_in(page, inspector)
        page.wait_for_selector("#camera", state="attached")

    def test_who_logs_out_is_out(self, home: Page) -> None:
        home.click("#logout")
        home.wait_for_selector("#password")
        home.reload()
        home.wait_for_selector("#password")

    def test_a_login_that_ended_while_sending_loses_no_photo(self, home: Page, site: Site) -> None:
        home.context.clear_cookies()
        home.set_input_files("#library", photo_file())
        home.wait_for_selector("#password")
        log_in(home)
        home.wait_for_selector(".finding")
        assert count(site, PhotoRow) == 1


class TestReception:
    def test_a_photo_taken_without_reception_waits_and_is_sent_once(
        self, home: Page, site: Site
    ) -> None:
        home.context.set_offline(True)
        home.set_input_files("#library", photo_file())
        expect(home.locator(".queue li")).to_contain_text("等待网络")
        expect(home.locator("#network")).to_be_visible()
        assert count(site, PhotoRow) == 0
        home.context.set_offline(False)
        home.wait_for_selector(".finding")
        assert count(site, PhotoRow) == 1

    def test_a_lost_answer_makes_no_second_photo(self, home: Page, site: Site) -> None:
        lost = []

        def lose_the_first(route: Route) -> None:
            if lost or route.request.method != "POST":
                route.continue_()
                return
            lost.append(route.fetch().status)  # it arrived; the answer does not
            route.abort("connectionreset")

        home.route("**/v1/photos", lose_the_first)
        home.set_input_files("#library", photo_file())
        home.wait_for_selector(".finding")
        assert lost == [201]
        assert count(site, PhotoRow) == 1

    def test_a_waiting_photo_survives_a_reload(self, home: Page, site: Site) -> None:
        def refuse(route: Route) -> None:
            route.abort() if route.request.method == "POST" else route.continue_()

        home.route("**/v1/photos", refuse)
        home.set_input_files("#library", photo_file())
        expect(home.locator(".queue li")).to_contain_text("等待网络")
        home.reload()
        expect(home.locator(".queue li")).to_contain_text("现场.jpg")
        home.unroute("**/v1/photos")
        home.wait_for_selector(".finding")
        assert count(site, PhotoRow) == 1

    def test_the_page_opens_without_reception(self, home: Page) -> None:
        home.evaluate("navigator.serviceWorker.ready.then(() => null)")
        home.reload()
        home.wait_for_function("navigator.serviceWorker.controller !== null")
        home.context.set_offline(True)
        home.reload()
        home.wait_for_selector("#camera", state="attached")
        expect(home.locator("#network")).to_be_visible()

    def test_a_bad_file_says_so_and_the_others_go_on(self, home: Page, site: Site) -> None:
        bad = {"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"}
        home.set_input_files("#library", [bad, photo_file(1), photo_file(2, "b.jpg")])
        home.wait_for_selector(".finding")
        home.wait_for_function(
            "fetch('/v1/photos').then((a) => a.json()).then((p) => p.items.length === 2)"
        )
        home.goto("/#photos")
        failed = home.locator(".queue li")
        expect(failed).to_have_count(1)
        expect(failed).to_contain_text("bad.jpg")
        expect(failed.locator(".error")).to_contain_text("不支持此类文件")
        failed.locator("button", has_text="移除").click()
        expect(home.locator(".queue li")).to_have_count(0)
        assert count(site, PhotoRow) == 2


class TestLanguage:
    def test_every_word_is_there_in_both_languages(self, home: Page) -> None:
        text = (STATIC / "i18n.js").read_text(encoding="utf-8")
        words = home.evaluate(
            "(source) => new Function(source)()",
            text.partition("const KEY")[0].replace("const WORDS =", "return "),
        )
        assert words["zh"].keys() == words["en"].keys()
        assert all(words[lang][key] for lang in words for key in words[lang])
        used = set()
        for path in STATIC.glob("*.js"):
            used |= set(re.findall(r"\bt\(\"([\w-]+)\"\)", path.read_text(encoding="utf-8")))
        assert used - words["zh"].keys() == set()

    def test_switching_changes_what_is_read_and_is_remembered(self, home: Page) -> None:
        upload(home)
        home.click("#language")
        expect(home.locator("[data-code=ppe-no-helmet] h2")).to_have_text("Safety helmet not worn")
        chinese = re.compile("[\u4e00-\u9fff]")
        seen = home.locator("[data-code=ppe-no-helmet] .tags").inner_text()
        assert not chinese.search(seen)
        home.reload()
        expect(home.locator("[data-code=ppe-no-helmet] h2")).to_have_text("Safety helmet not worn")
        home.click("#language")
        expect(home.locator("[data-code=ppe-no-helmet] h2")).to_have_text("未佩戴安全帽")

    def test_an_english_phone_gets_english(
        self, open_phone: Callable[..., BrowserContext], site: Site
    ) -> None:
        page = open_phone(locale="en-GB").new_page()
        page.goto("/")
        expect(page.locator("h1")).to_have_text("Log in")


CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
SMALL = (Path(__file__).parent / "small_targets.js").read_text(encoding="utf-8")
UNNAMED = (Path(__file__).parent / "unnamed.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_page_fits_is_readable_and_can_be_touched(
    open_phone: Callable[..., BrowserContext], inspector: str, width: int, colours: str
) -> None:
    size = {"width": width, "height": 844}
    context = open_phone(viewport=size, is_mobile=width < 1000, color_scheme=colours)
    page = context.new_page()

    def check(where: str) -> None:
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{where} scrolls sideways by {overflow} px"
        assert page.evaluate(CONTRAST) == [], where
        assert page.evaluate(SMALL) == [], where
        assert page.evaluate(UNNAMED) == [], where

    page.goto("/")
    page.wait_for_selector("#password")
    check("login")
    log_in(page, inspector)
    page.wait_for_selector("#camera", state="attached")
    page.fill("#site", "某某某某某某某某某某某某某某某某某某精密机械制造有限公司" * 2)
    check("home")
    upload(page)
    for details in page.locator("details").all():
        details.evaluate("node => { node.open = true; }")
    check("photo")
    card = page.locator("[data-code=ppe-no-helmet]")
    card.locator("button.main-action").click()
    check("confirming")
    card.locator("button[type=submit]").click()
    page.locator("[data-code=ppe-no-helmet] a.button").click()
    page.wait_for_selector("dl")
    check("record")
    page.click("#nav a[href='#records']")
    page.wait_for_selector("a.record")
    check("records")


def test_texts_from_people_are_never_markup(home: Page, watched: Watched) -> None:
    home.fill("#site", "<img src=x onerror=alert(1)>")
    upload(home)
    card = home.locator("[data-code=ppe-no-helmet]")
    card.locator("button.main-action").click()
    card.locator("textarea").fill("<script>alert(1)</script>")
    card.locator("button[type=submit]").click()
    home.locator("[data-code=ppe-no-helmet] a.button").click()
    expect(home.locator("main")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(home.locator("main")).to_contain_text("<script>alert(1)</script>")
    assert [e for e in watched.errors if "401" not in e] == []


def test_the_same_photo_again_is_shown_and_not_made_twice(home: Page, site: Site) -> None:
    upload(home)
    home.goto("/#photos")
    home.wait_for_selector("#camera", state="attached")
    upload(home)
    assert count(site, PhotoRow) == 1
    assert json.loads(home.evaluate("localStorage.getItem('wsai-last-login')"))["name"] == NAME
