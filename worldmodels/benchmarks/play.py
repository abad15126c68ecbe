"""The page in a browser: frames a second, from key to pixel, and what a step costs, for each shipped model."""

from __future__ import annotations

import importlib
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from gymnasium.spaces import Discrete

from worldmodels.errors import PluginError

if TYPE_CHECKING:
    from worldmodels.play import Place

FRAMES, DELAY = 25.0, 100.0
"""At least so many frames a second, and at most so many milliseconds from key to pixel, in the median."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS, PRESSES, STEPS = 5.0, 30, 40


def run() -> list[dict[str, Any]]:
    """Play each shipped model in a headless browser.

    Other work on the machine slows the page down; the processor time of a step, of the thread that computes it alone,
    says what the model and its pictures cost.

    Returns:
        Rows of case, value, unit, target and met.

    Raises:
        PluginError: where there is no browser to drive.
    """
    import torch

    from worldmodels.checkpoints.shipped import shipped
    from worldmodels.play import Place
    from worldmodels.play.gallery import Gallery

    torch.set_num_threads(1)  # as the page is served by default
    gallery = Gallery({name: partial(Place.open, name, folder) for name, folder in shipped().items()})
    rows: list[dict[str, Any]] = []
    with serving(gallery) as address, browser() as page:
        for name in gallery.titles():
            cost = _cost(gallery.open(name))
            rows.append({"case": f"{name}, a step and its pictures", "value": cost, "unit": "ms of a core"})
            rows[-1] |= {"target": f"{1000 / FRAMES:g}", "met": cost <= 1000 / FRAMES}
            page.goto(f"{address}/#{name}")
            page.reload()
            page.wait_for_selector("body[data-at='0']", timeout=60_000)
            rate, delay = _rate(page), _delay(page)
            rows.append({"case": f"{name} on the page", "value": rate, "unit": "frames/s"})
            rows[-1] |= {"target": f"{FRAMES:g}", "met": rate >= FRAMES}
            rows.append({"case": f"{name}, key to pixel", "value": delay, "unit": "ms"})
            rows[-1] |= {"target": f"{DELAY:g}", "met": delay <= DELAY}
    return rows


def _cost(place: Place) -> float:
    """Processor time of a step as the page shows it at first, from the message to the bytes of the scene."""
    from worldmodels.play import Session, messages
    from worldmodels.play.server import scene

    session, space = Session(place), place.model.spec.action_space
    session.handle(messages.View(objects=bool(place.controls()["objects"])))
    action = int(space.start) if isinstance(space, Discrete) else None if space is None else space.sample()
    costs = []
    for _ in range(STEPS):
        begun = time.thread_time()
        session.step(action)
        scene(session)
        costs.append(time.thread_time() - begun)
    session.close()
    return 1000 * median(costs)


@contextmanager
def serving(gallery: Any) -> Iterator[str]:
    """The page's address, while a thread serves it."""
    uvicorn: Any = importlib.import_module("uvicorn")
    from worldmodels.play.server import Server

    config = uvicorn.Config(Server(gallery).app, host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def browser(**settings: Any) -> Iterator[Any]:
    """A page of a headless browser that is installed on this machine; settings are Playwright's `new_page`'s.

    Raises:
        PluginError: where there is none.
    """
    playwright: Any = importlib.import_module("playwright.sync_api")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise PluginError(f"no browser is installed: one of {', '.join(BROWSERS)}.")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(Path(found)), args=["--no-sandbox"])
        try:
            yield opened.new_page(**settings)
        finally:
            opened.close()


def _rate(page: Any) -> float:
    page.locator("#speed").fill("30")
    page.keyboard.press(" ")
    page.wait_for_timeout(1000)
    first, begun = _moment(page), time.perf_counter()
    page.wait_for_timeout(1000 * SECONDS)
    rate = (_moment(page) - first) / (time.perf_counter() - begun)
    page.keyboard.press(" ")
    page.wait_for_timeout(500)
    return rate


def _delay(page: Any) -> float:
    """Of steps asked for by the page's button, since not every world has keys; keys take the same way."""
    for _ in range(PRESSES):
        before = _moment(page)
        page.locator("#step").click()
        page.wait_for_selector(f"body[data-at='{before + 1}']")
    delays: list[float] = page.evaluate("() => JSON.parse(document.body.dataset.delays)")
    return median(delays)


def _moment(page: Any) -> int:
    return int(page.evaluate("() => document.body.dataset.at"))
