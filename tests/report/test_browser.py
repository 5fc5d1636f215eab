"""The page in a real browser: it draws every figure, asks for nothing, fits every screen, and can be read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.examples import example_report
from wellfit.report.write import write_report

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
CHECKS = Path(__file__).with_name("browser_checks.js").read_text()
DRAWN = "html[data-figures=drawn]"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="These tests drive chromium, which is not installed here.")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(example_report(), tmp_path_factory.mktemp("report"), ("html",))[0].as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="These tests need playwright.")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


def opened(browser: Any, address: str, **context: Any) -> tuple[Any, list[str]]:
    """The page, without network, and a list that grows by what it complains of and asks for."""
    page = browser.new_context(offline=True, **context).new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("request", lambda asked: heard.append(asked.url) if not asked.url.startswith(("data:", address)) else None)
    page.goto(address)
    return page, heard


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1280])
def test_it_is_whole_on_every_screen(browser: Any, address: str, width: int, theme: str) -> None:
    page, heard = opened(browser, address, color_scheme=theme, viewport={"width": width, "height": 900})
    page.wait_for_selector(DRAWN, state="attached")
    for part in page.locator("details").all():
        part.locator("summary").click()
    wrong = page.evaluate(CHECKS)
    page.context.close()
    assert not heard
    assert wrong == {"wide": [], "overlaps": [], "faint": [], "bare": [], "page": 0}


def test_it_is_read_by_keyboard(browser: Any, address: str) -> None:
    page, _ = opened(browser, address)
    page.wait_for_selector(DRAWN, state="attached")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert page.evaluate("document.activeElement.className") == "skip" and skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "page-content"
    page.locator("nav a", has_text="Findings").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#findings details[open]")
    page.context.close()


def test_without_javascript_and_on_paper_it_shows_pictures(browser: Any, address: str) -> None:
    page, heard = opened(browser, address, java_script_enabled=False)
    assert page.locator("#contents .picture").first.is_visible() and not heard
    page.context.close()
    page, heard = opened(browser, address, color_scheme="dark")
    page.wait_for_selector(DRAWN, state="attached")
    first = page.locator("#contents figure").first
    assert first.locator(".view").is_visible() and not first.locator(".picture").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert first.locator(".picture").is_visible() and not first.locator(".view").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.context.close()
    assert not heard


def test_a_slider_and_a_pointer_change_what_is_seen(browser: Any, address: str) -> None:
    page, heard = opened(browser, address)
    page.wait_for_selector(DRAWN, state="attached")
    page.locator("#figures summary").click()
    slider = page.locator(".vega-bind input").first
    view = page.locator(".view", has=slider)
    assert ": 0.5" in view.inner_text()
    slider.fill("1")
    assert ": 0.5" not in view.inner_text()
    page.context.close()
    assert not heard
