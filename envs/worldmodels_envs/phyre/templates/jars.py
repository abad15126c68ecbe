"""Templates whose goal is a jar, or a ball in one: 00008, 00018, 00021, 00022, 00023."""

from __future__ import annotations

import math

from worldmodels_envs.phyre.geometry import overlap
from worldmodels_envs.phyre.layout import InvalidLayout, Layout, Placed
from worldmodels_envs.phyre.scene import SIDE, Scene
from worldmodels_envs.phyre.template import template, values

_LIFT = 10.0
"""Pixels from a jar's bottom to the ball that falls into it."""


@template(
    "00008",
    "a ball over a staircase must reach the jar under one of its steps",
    x=values(0.1, 0.9, 10),
    y_span=values(0.4, 0.6, 10),
    target=(1, 2, 3, 4),
    jar_scale=(0.3, 0.4),
    align=("left", "right"),
)
def staircase(x: float, y_span: float, target: int, jar_scale: float, align: str) -> Scene:
    """Five tilted steps lead down to the right; the fixed jar has a post at each side."""
    layout = Layout()
    steps = [layout.bar(0.14, angle=-5, x=(0.07 + 0.2 * i) * SIDE, y=(0.79 - y_span * i / 5) * SIDE) for i in range(5)]
    edge = {"left": steps[target].left} if align == "left" else {"right": steps[target].right}
    jar = layout.jar(jar_scale, dynamic=False, bottom=0.0, **edge)
    posts = (
        layout.bar(jar_scale, angle=90, right=jar.left, bottom=0.0),
        layout.bar(jar_scale, angle=90, left=jar.right, bottom=0.0),
    )
    if any(overlap(step.body, other.body) for step in steps for other in (jar, *posts)):
        raise InvalidLayout("the jar reaches into the steps")
    ball = layout.ball(0.05, x=x * SIDE, top=float(SIDE))
    return layout.scene(ball, jar)


@template(
    "00018",
    "a covered ball on a shelf must reach the ball in the jar",
    y=values(0.4, 0.65, 10),
    jar_scale=values(0.15, 0.2, 3),
    jar_x=values(0.25, 0.5, 5),
    diagonal=values(30, 70, 3),
    offset=values(0.1, 0.2, 3),
)
def covered(y: float, jar_scale: float, jar_x: float, diagonal: float, offset: float) -> Scene:
    """A small inverted jar covers the ball at the shelf's end; a diagonal rises behind it."""
    layout = Layout()
    jar = layout.jar(jar_scale, x=jar_x * SIDE, bottom=0.0)
    inner = _ball_in(layout, jar, int(5.1 + 22.5 * jar_scale) + 0.5)
    shelf = layout.bar(1.0, left=jar.left + offset * SIDE, bottom=y * SIDE)
    cover = layout.jar(0.12, angle=180, left=shelf.left, bottom=shelf.top)
    ball = layout.ball(0.05, x=cover.x, bottom=shelf.top)
    layout.bar(1.0, angle=diagonal, left=0.7 * SIDE, bottom=shelf.bottom)
    return layout.scene(ball, inner)


@template(
    "00021",
    "a ball must roll over ramps and a teeter into the jar",
    height=values(0.2, 0.5, 15),
    ramp_width=values(0.1, 0.2, 3),
    jar_scale=values(0.15, 0.3, 3),
    angle=values(10, 20, 3),
)
def teeter(height: float, ramp_width: float, jar_scale: float, angle: float) -> Scene:
    """Ramp, teeter on two fixed discs, ramp, jar, ramp, shelf, all under a ceiling."""
    layout = Layout()
    slack = 0.005 * SIDE
    ramp_scale = ramp_width / math.cos(math.radians(angle))
    first = layout.bar(ramp_scale, angle=-angle, left=0.0, bottom=height * SIDE)
    beam = layout.bar(jar_scale, dynamic=True, left=first.right + slack, bottom=height * SIDE)
    disc = layout.ball(0.05, dynamic=False, x=beam.x, top=beam.bottom)
    layout.ball(0.05, dynamic=False, right=beam.right, top=beam.bottom)
    layout.bar(jar_scale, x=beam.x, top=disc.bottom)
    second = layout.bar(ramp_scale, angle=-angle, left=beam.right + slack, top=beam.top)
    jar = layout.jar(jar_scale, dynamic=False, left=second.right + slack, top=second.bottom)
    if jar.bottom < 0:
        raise InvalidLayout("the jar sticks out of the scene")
    third = layout.bar(ramp_scale, angle=-angle, left=jar.right + slack, top=jar.top)
    rest = 0.975 - 3 * ramp_width - 2 * jar_scale
    if rest <= 0:
        raise InvalidLayout("no room is left for the last shelf")
    layout.bar(rest, left=third.right + slack, bottom=third.bottom)
    ball = layout.ball(0.05, left=0.0, bottom=first.top)
    layout.bar(1.0, left=0.0, bottom=ball.top + 0.08 * SIDE)
    return layout.scene(ball, jar)


@template(
    "00022",
    "a ball on an obstacle must reach the ball in the jar below",
    radius=values(5, 12, 5),
    jar_scale=values(0.2, 0.3, 4),
    jar_x=values(0.4, 0.6, 10),
    x_offset=(0.0, 0.1),
    angle=values(45, 60, 5),
    ball_offset=(5.0, 15.0),
    obstacle_x=values(0.4, 0.6, 3),
    tilt=values(-10, 10, 3),
)
def obstacle(
    radius: float,
    jar_scale: float,
    jar_x: float,
    x_offset: float,
    angle: float,
    ball_offset: float,
    obstacle_x: float,
    tilt: float,
) -> Scene:
    """Slopes in both corners, the jar between them, a short bar over it that carries the ball."""
    layout = Layout()
    layout.bar(0.5, angle=-angle, right=0.2 * SIDE, bottom=0.0)
    layout.bar(0.5, angle=angle, left=0.8 * SIDE, bottom=0.0)
    jar = layout.jar(jar_scale, x=(jar_x + x_offset) * SIDE, bottom=0.0)
    bar = layout.bar(90 / SIDE, angle=tilt, x=(obstacle_x + x_offset) * SIDE, bottom=jar.top + 4 * radius)
    inner = _ball_in(layout, jar, int(5.2 + 30 * jar_scale) + 0.5)
    ball = layout.disc(int(radius) + 0.5, left=bar.left + ball_offset, bottom=bar.top + radius)
    return layout.scene(ball, inner)


@template(
    "00023",
    "a ball on a bar on a big ball must reach the ball in the jar",
    step=values(-0.3, 0.3, 10),
    base=(0.01, 0.1),
    jar_scale=values(0.15, 0.3, 3),
    right=values(0.9, 0.98, 3),
    tilt=values(-10, 10, 13),
    left=values(0.05, 0.2, 5),
)
def big_ball(step: float, base: float, jar_scale: float, right: float, tilt: float, left: float) -> Scene:
    """Two shelves; the left one carries the shaky pile, the right one the jar."""
    layout = Layout()
    shelf = layout.bar(0.3, left=left * SIDE, bottom=(base + max(0.0, step)) * SIDE)
    big = layout.ball(0.15, left=shelf.left, bottom=shelf.top)
    bar = layout.bar(0.4, dynamic=True, left=5.0, bottom=big.top)
    ball = layout.ball(0.05, left=0.02 * SIDE, bottom=bar.top)
    layout.ball(0.1, dynamic=False, x=big.x, top=float(SIDE))
    other = layout.bar(0.3, angle=tilt, right=float(SIDE), bottom=(base + max(0.0, -step)) * SIDE)
    jar = layout.jar(jar_scale, right=right * SIDE, bottom=other.top)
    inner = _ball_in(layout, jar, int(5.1 + 22.5 * jar_scale) + 0.5)
    return layout.scene(ball, inner)


def _ball_in(layout: Layout, jar: Placed, radius: float) -> Placed:
    return layout.disc(radius, x=jar.x, bottom=jar.bottom + _LIFT)
