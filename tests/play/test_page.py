"""The page in a browser: played to the goal by keys, dragged, rewound, branched."""

import shutil

import numpy as np
import pytest

pytest.importorskip("playwright")
pytest.importorskip("uvicorn")
pytest.importorskip("starlette")

from squares import SPEC, Squares

from worldmodels.benchmarks.play import BROWSERS, browser, serving
from worldmodels.checkpoints.shipped import shipped
from worldmodels.imagined.starts import GivenStarts, Start
from worldmodels.play import Place
from worldmodels.play.gallery import Gallery

pytestmark = pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no browser is installed")

READ = """(name) => {
  const canvas = document.querySelector(`figure[data-name="${name}"] canvas`);
  const { width, height } = canvas;
  return [height, width, ...canvas.getContext("2d").getImageData(0, 0, width, height).data];
}"""

KEYS = {"left": "ArrowLeft", "right": "ArrowRight", "up": "ArrowUp", "down": "ArrowDown"}


@pytest.fixture(scope="module")
def page():
    places = {}
    if "vrnn" in shipped():
        pytest.importorskip("worldmodels_envs")
        places["reach"] = lambda: Place.open("reach", shipped()["vrnn"])
    start = GivenStarts(Start(np.zeros((1, 2, 12, 12, 3), np.uint8)))
    places["squares"] = lambda: Place("squares", Squares(SPEC).eval(), starts=start)
    with serving(Gallery(places)) as address, browser(viewport={"width": 1280, "height": 860}) as page:
        page.address, page.faults = address, []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        yield page
        assert page.faults == []


def enter(page, name, seed=0):
    page.goto(f"{page.address}/#{name}")
    page.reload()
    page.wait_for_selector("body[data-at='0']")
    if seed:
        page.locator("#seed").fill(str(seed))
        page.locator("#restart").click()
        page.wait_for_selector("body[data-at='0']")


def picture(page, name):
    height, width, *pixels = page.evaluate(READ, name)
    return np.array(pixels).reshape(height, width, 4)[..., :3]


def wait(page, **data):
    page.wait_for_selector("body" + "".join(f"[data-{name}='{value}']" for name, value in data.items()))


def at(page):
    return int(page.evaluate("() => document.body.dataset.at"))


def press(page, key):
    now = at(page)
    page.keyboard.press(key)
    wait(page, at=now + 1)


def way(page):
    """From the red ball, which lies on top, to the middle of the white square, in the real picture."""
    frame = picture(page, "real")
    white = np.argwhere((frame == 255).all(-1))
    red = np.argwhere((frame == (255, 0, 0)).all(-1))
    down, right = ((ends.min(0) + ends.max(0)) / 2 for ends in (white, red))
    return down - right


def test_reach_is_played_to_the_goal_by_keys(page):
    if "vrnn" not in shipped():
        pytest.skip("the checkpoint that is played comes with worldmodels-vrnn")
    enter(page, "reach")
    for _ in range(40):
        if page.evaluate("() => document.body.dataset.ended"):
            break
        down, right = way(page)
        towards = ("down" if down > 0 else "up") if abs(down) >= abs(right) else ("right" if right > 0 else "left")
        press(page, KEYS[towards])
    wait(page, ended="terminated", success="true")
    assert "reached" in page.inner_text("#ended")
    assert "distance" in page.inner_text("#readings")


def test_rewind_and_branch(page):
    if "vrnn" not in shipped():
        pytest.skip("the checkpoint that is played comes with worldmodels-vrnn")
    enter(page, "reach")
    press(page, "ArrowLeft")
    kept = picture(page, "imagined")
    press(page, "ArrowUp")
    page.keyboard.press("Backspace")
    wait(page, at=1, length=3)
    assert np.array_equal(picture(page, "imagined"), kept)
    page.keyboard.press("b")
    wait(page, branch=1, branches=2)
    press(page, "ArrowDown")
    page.locator("#branches button").first.click()
    wait(page, branch=0, at=2)
    page.locator("#time").fill("0")
    wait(page, at=0)


def test_an_object_is_dragged(page):
    enter(page, "squares")
    box = page.locator("figure.imagined canvas").last.bounding_box()
    pixel = box["width"] / 12
    page.mouse.move(box["x"] + 8 * pixel, box["y"] + 8 * pixel)
    page.mouse.down()
    wait(page, picked=1)
    for step in range(1, 5):
        page.mouse.move(box["x"] + (8 - step) * pixel, box["y"] + 8 * pixel)
    page.mouse.up()
    wait(page, at=1, length=2)
    page.wait_for_timeout(300)
    frame = picture(page, "imagined, level 1")
    assert frame[8, 4].max() > 200 and frame[8, 8].max() < 50
    page.locator("#objects button", has_text="remove").click()
    wait(page, at=2)
    assert picture(page, "imagined, level 1")[8, 4].max() < 50


def test_looking_ahead_and_the_video(page):
    enter(page, "squares")
    page.locator("#later input").fill("2")
    page.locator("figure", has_text="2 frames later").wait_for()  # the server's answer
    page.locator("#step").click()
    wait(page, at=1)
    with page.expect_download() as download:
        page.locator("#save").click()
    assert download.value.suggested_filename == "squares.mp4"
