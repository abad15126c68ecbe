"""Templates whose goal is the whole floor: 00002, 00005, 00009, 00015, 00017, 00024."""

from __future__ import annotations

import math
from typing import Any

from worldmodels_envs.phyre.layout import BAR_THICKNESS, InvalidLayout, Layout
from worldmodels_envs.phyre.scene import SIDE, Scene
from worldmodels_envs.phyre.template import template, values


@template(
    "00002",
    "a ball over a bar must reach the floor",
    width=values(0.1, 0.7, 7),
    x=values(0.0, 1.0, 11),
    y=values(0.3, 0.7, 5),
)
def bar_below(width: float, x: float, y: float) -> Scene:
    """The bar catches the falling ball unless the ball is pushed off."""
    layout = Layout()
    bar = layout.bar(width, left=x * SIDE, bottom=y * SIDE)
    if bar.right > SIDE + 1e-6:
        raise InvalidLayout("the bar sticks out of the scene")
    ball = layout.ball(0.1, x=bar.x, bottom=0.9 * SIDE)
    return layout.scene(ball, layout.floor())


@template(
    "00005",
    "a ball falling into a jar must reach the floor",
    jar_x=values(0.2, 0.7, 6),
    jar_y=values(0.0, 0.2, 3),
    jar_scale=values(0.15, 0.4, 6),
    ball_y=values(0.7, 0.9, 3),
)
def jar_below(jar_x: float, jar_y: float, jar_scale: float, ball_y: float) -> Scene:
    """The jar, on the floor or falling, catches the ball unless something tips it."""
    layout = Layout()
    floor = layout.floor()
    jar = layout.jar(jar_scale, left=jar_x * SIDE, bottom=floor.top + jar_y * SIDE)
    ball = layout.ball(0.1, x=jar.x, bottom=ball_y * SIDE)
    return layout.scene(ball, floor)


@template(
    "00009",
    "an upright bar at the edge of a shelf must fall to the floor",
    shelf_width=values(0.4, 0.6, 4),
    x=values(0.0, 1.0, 64),
    bar_scale=(0.2, 0.3),
    y=values(0.2, 0.5, 5),
)
def shelf_bar(shelf_width: float, x: float, bar_scale: float, y: float) -> Scene:
    """The bar stands at the shelf's inner end, a ceiling a fifth of the scene above it."""
    layout = Layout()
    shelf = layout.bar(shelf_width, left=x * SIDE, bottom=y * SIDE)
    if shelf.right > SIDE:
        raise InvalidLayout("the shelf sticks out of the scene")
    edge: dict[str, Any] = {"right": shelf.right} if shelf.x < SIDE / 2 else {"left": shelf.left}
    bar = layout.bar(bar_scale, angle=90, dynamic=True, bottom=shelf.top, **edge)
    floor = layout.floor()
    layout.bar(1.0, left=0.0, bottom=bar.top + 0.2 * SIDE)
    return layout.scene(bar, floor)


@template(
    "00015",
    "a ball in a shallow V must reach the floor",
    x=values(0.2, 0.8, 10),
    y=values(0.2, 0.5, 10),
    bar_scale=values(0.05, 0.1, 5),
)
def shallow_v(x: float, y: float, bar_scale: float) -> Scene:
    """Two short bars of 5 degrees hold the ball."""
    layout = Layout()
    floor = layout.floor()
    layout.bar(bar_scale, angle=-5, right=x * SIDE, bottom=y * SIDE)
    layout.bar(bar_scale, angle=5, left=x * SIDE, bottom=y * SIDE)
    seat = BAR_THICKNESS * math.cos(math.radians(5)) + 0.001 * SIDE
    ball = layout.ball(0.1, x=x * SIDE, bottom=y * SIDE + seat)
    return layout.scene(ball, floor)


@template(
    "00017",
    "a ball on an upright bar under a low ceiling must reach the floor",
    bar_scale=values(0.2, 0.5, 5),
    x=values(0.2, 0.8, 5),
    ball_scale=values(0.05, 0.25, 5),
    ramp=values(0.05, 0.2, 5),
)
def ball_on_bar(bar_scale: float, x: float, ball_scale: float, ramp: float) -> Scene:
    """Small ramps in the corners keep balls from getting stuck."""
    layout = Layout()
    floor = layout.floor()
    bar = layout.bar(bar_scale, angle=90, dynamic=True, x=x * SIDE, bottom=floor.top)
    ball = layout.ball(ball_scale, x=x * SIDE, bottom=bar.top)
    layout.bar(1.0, left=0.0, bottom=ball.top + 0.01 * SIDE)
    layout.bar(ramp, angle=-45, left=0.0, bottom=floor.top)
    layout.bar(ramp, angle=45, right=float(SIDE), bottom=floor.top)
    return layout.scene(ball, floor)


@template(
    "00024",
    "a ball must pass a gap, beside a second ball that can block it, to the floor",
    hole=values(0.2, 0.8, 12),
    height=values(0.15, 0.6, 10),
    distance=values(0.1, 0.3, 4),
    mirrored=(True, False),
)
def blocked_gap(hole: float, height: float, distance: float, mirrored: bool) -> Scene:
    """The second ball falls beside the gap, at its left or at its right."""
    layout = Layout()
    ball = layout.ball(0.1, x=SIDE / 2, bottom=0.8 * SIDE)
    gap = 0.1 * SIDE
    edge: dict[str, Any] = (
        {"left": (hole * SIDE + gap) - 0.75 * gap} if mirrored else {"right": hole * SIDE + 0.75 * gap}
    )
    layout.ball(0.115, bottom=(height + distance) * SIDE, **edge)
    layout.span(0.0, hole * SIDE, bottom=height * SIDE)
    layout.span(hole * SIDE + gap, SIDE, bottom=height * SIDE)
    return layout.scene(ball, layout.floor())
