"""The browser of the tests loads pages, runs scripts, and tells what was printed and thrown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.browser import Page, PageError
from tests.infrastructure.stock import stock_server

Open = Callable[[str], Awaitable[Page]]


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with stock_server() as found:
        yield found


async def test_a_page_is_loaded_and_answers_scripts(page: Open, url: str) -> None:
    tab = await page(f"{url}/hello")

    assert await tab.evaluate("JSON.parse(document.body.textContent).method") == "GET"
    assert await tab.evaluate("fetch('/hello', {method: 'PUT'}).then(r => r.status)") == 200
    assert await tab.evaluate("location.origin") == url


async def test_what_a_page_prints_and_throws_is_told(page: Open, url: str) -> None:
    tab = await page(f"{url}/hello")

    with pytest.raises(PageError, match="no such luck"):
        await tab.evaluate("Promise.reject(new Error('no such luck'))")
    await tab.evaluate("console.log('seen', 7)")
    assert tab.console == ["seen 7"]


async def test_two_pages_do_not_know_each_other(page: Open, url: str) -> None:
    first, second = await page(f"{url}/hello"), await page(f"{url}/hello")
    await first.evaluate("window.mine = 1")

    assert await second.evaluate("typeof window.mine") == "undefined"
