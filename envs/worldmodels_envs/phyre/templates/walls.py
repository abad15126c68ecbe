"""Templates whose goal is a side wall or a slope: 00001, 00003, 00010, 00011."""

from __future__ import annotations

from typing import Any

from worldmodels_envs.phyre.layout import Layout
from worldmodels_envs.phyre.scene import SIDE, Scene
from worldmodels_envs.phyre.template import template, values

_EDGE = 5.0


@template(
    "00001",
    "a ball over a low table must reach the side bar",
    x=values(0.1, 0.9, 32),
    y=values(0.0, 40.0, 8),
    radius=values(0.05, 0.12, 5),
    side=("left", "right"),
)
def table(x: float, y: float, radius: float, side: str) -> Scene:
    """A table leaves a gap at either side a little wider than the ball."""
    layout = Layout()
    edge: dict[str, Any] = {"left": 0.0} if side == "left" else {"right": float(SIDE)}
    goal = layout.bar(1.0, angle=90, y=SIDE / 2, **edge)
    top = layout.bar(0.99 - 2 * radius, x=SIDE / 2, top=20.0)
    layout.bar(0.2, angle=65, right=top.left + _EDGE, top=top.top)
    layout.bar(0.2, angle=-65, left=top.right - _EDGE, top=top.top)
    ball = layout.ball(radius, left=x * SIDE, bottom=top.top + y)
    return layout.scene(ball, goal)


@template(
    "00003",
    "an upright bar in a small jar must fall against the nearer wall",
    jar_x=values(0.05, 0.95, 20),
    bar_scale=values(0.2, 0.5, 4),
    jitter=(-2.0, -1.0, 0.0, 1.0, 2.0),
)
def upright_in_jar(jar_x: float, bar_scale: float, jitter: float) -> Scene:
    """The jar stands on the ground, the bar in it a little off its middle."""
    layout = Layout()
    jar = layout.jar(0.1, x=jar_x * SIDE, bottom=0.0)
    bar = layout.bar(bar_scale, angle=90, dynamic=True, x=jar.x + jitter, bottom=4.0)
    edge: dict[str, Any] = {"left": 0.0} if jar_x < 0.5 else {"right": float(SIDE)}
    goal = layout.bar(1.0, angle=90, y=SIDE / 2, **edge)
    return layout.scene(bar, goal)


@template(
    "00010",
    "a ball in a tilted jar on the left slope must reach the right slope",
    angle=values(10, 50, 6),
    centre=values(0.2, 0.6, 6),
    opening=values(75, 105, 5),
    jar_top=values(15, 35, 3),
)
def tilted_jar(angle: float, centre: float, opening: float, jar_top: float) -> Scene:
    """Two slopes make a V; the jar lies along the left one, opening to the right."""
    layout = Layout()
    lean = angle - opening
    slope = Layout().bar(1.0, angle=lean, left=0.0, bottom=-2.0)
    other = Layout().bar(1.0, angle=angle, right=float(SIDE), bottom=-2.0)
    middle = max(other.left, min(centre * SIDE, slope.right))
    right = layout.bar(1.0, angle=angle, left=middle, bottom=-2.0)
    layout.bar(1.0, angle=lean, right=middle, bottom=-2.0)
    hung = Layout().jar(0.2, angle=lean, left=0.0, top=SIDE - jar_top)
    overhangs = lean < -90
    rise = (hung.top if overhangs else hung.bottom) - slope.bottom
    ridge = layout.bar(rise / (slope.top - slope.bottom), angle=lean, right=middle, bottom=-2.0)
    edge = ridge.right if overhangs else ridge.left
    jar = layout.jar(0.2, angle=lean, left=max(0.0, edge) + _EDGE, top=SIDE - jar_top)
    ball = layout.disc(10.5, x=(jar.left + jar.right) / 2, y=(jar.bottom + jar.top) / 2)
    return layout.scene(ball, right)


@template(
    "00011",
    "a ball over two slopes must reach the right one",
    bar_y=values(0.1, 0.5, 10),
    ball_x=values(0.2, 0.8, 10),
    left_angle=values(15, 30, 5),
    right_angle=values(15, 30, 5),
    left_length=values(0.2, 0.8, 4),
)
def two_slopes(bar_y: float, ball_x: float, left_angle: float, right_angle: float, left_length: float) -> Scene:
    """A left slope ends above a right slope that falls towards it."""
    layout = Layout()
    right = layout.bar(1 - left_length, angle=right_angle, right=1.01 * SIDE, bottom=bar_y * SIDE)
    layout.bar(left_length, angle=-left_angle, left=-0.01 * SIDE, bottom=(bar_y + 0.2) * SIDE)
    ball = layout.ball(0.1, x=ball_x * SIDE, bottom=0.9 * SIDE)
    return layout.scene(ball, right)
