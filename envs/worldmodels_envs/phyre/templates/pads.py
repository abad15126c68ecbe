"""Templates whose goal is a pad on the floor: 00007, 00016, 00019."""

from __future__ import annotations

import math

from worldmodels_envs.phyre.layout import Layout
from worldmodels_envs.phyre.scene import SIDE, Scene
from worldmodels_envs.phyre.template import template, values


@template(
    "00007",
    "a ball through a funnel must reach the pad in the corner",
    x=values(0.4, 0.6, 20),
    angle=values(20, 30, 10),
    side=("left", "right"),
)
def funnel(x: float, angle: float, side: str) -> Scene:
    """A ridge beside the pad stops balls that roll."""
    layout = Layout()
    ball = layout.ball(0.05, x=x * SIDE, top=float(SIDE))
    right = side == "right"
    pad = layout.bar(0.2, left=0.8 * SIDE if right else 0.0, bottom=0.0)
    floor = layout.bar(0.8, left=0.0 if right else 0.2 * SIDE, bottom=0.0)
    layout.bar(0.2, left=0.6 * SIDE if right else 0.2 * SIDE, bottom=floor.top)
    layout.bar(0.5, angle=-angle, left=0.0, top=0.9 * SIDE)
    layout.bar(0.5, angle=angle, right=float(SIDE), top=0.9 * SIDE)
    return layout.scene(ball, pad)


@template(
    "00016",
    "a ball that a ramp launches must land on the small pad",
    target=values(0.35, 0.65, 10),
    radius=values(5, 12, 5),
    buffer=values(0.0, 0.1, 3),
    angle=values(30, 50, 6),
)
def launch(target: float, radius: float, buffer: float, angle: float) -> Scene:
    """Three parallel ramps and a shield lead the ball over a fence; a small ball stands in its way."""
    layout = Layout()
    floor = layout.span(0.0, target * SIDE, bottom=0.0)
    pad = layout.bar(0.1, left=floor.right, bottom=0.0)
    layout.span(pad.right, SIDE, bottom=0.0)
    layout.bar(0.1, angle=90, right=pad.left, bottom=0.0)
    block = floor
    for _ in range(5):
        block = layout.bar(0.1, left=pad.right, bottom=block.top)
    ramp = layout.bar(0.5, angle=-angle, right=pad.left - 0.12 * SIDE, bottom=0.3 * SIDE)
    lip = layout.bar(0.1, angle=10, left=ramp.right - 0.02 * SIDE, bottom=0.3 * SIDE)
    for rise in (6, 10):
        layout.bar(0.5, angle=-angle, x=ramp.x, y=ramp.y + rise * radius)
    layout.bar(0.1, angle=90, left=pad.right, bottom=block.top)
    layout.bar(0.5, angle=-30, left=lip.right, top=0.4 * SIDE + 6 * radius)
    start = (0.05 + buffer) * SIDE
    slope = math.tan(math.radians(angle))
    ball = layout.disc(int(radius) + 0.5, x=start + radius, y=ramp.bottom + slope * (ramp.right - start) + 1.7 * radius)
    small = int(radius / 2) + 0.5
    ahead = ball.x + 4 * radius
    height = ramp.bottom + slope * (ramp.right - ahead) + 2.6 * radius
    layout.disc(small, x=ahead, y=max(height, lip.top + small))
    return layout.scene(ball, pad)


@template(
    "00019",
    "the upper of two stacked falling balls must land on the small pad",
    ball_x=values(0.0, 1.0, 128),
    target_x=values(0.0, 1.0, 128),
    pad_scale=(0.1, 0.2),
    lower_y=(0.7, 0.5),
)
def stacked(ball_x: float, target_x: float, pad_scale: float, lower_y: float) -> Scene:
    """Low posts fence the pad."""
    layout = Layout()
    upper = layout.ball(0.1, x=ball_x * SIDE, bottom=0.9 * SIDE)
    layout.ball(0.1, x=ball_x * SIDE, bottom=lower_y * SIDE)
    floor = layout.floor()
    pad = layout.bar(pad_scale, x=target_x * SIDE, bottom=floor.top)
    layout.bar(0.02, angle=90, right=pad.left, bottom=pad.top)
    layout.bar(0.02, angle=90, left=pad.right, bottom=pad.top)
    return layout.scene(upper, pad)
