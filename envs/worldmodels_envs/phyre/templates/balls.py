"""Templates whose goal is that a ball meets another moving body: 00000, 00004, 00006."""

from __future__ import annotations

from worldmodels_envs.phyre.layout import InvalidLayout, Layout
from worldmodels_envs.phyre.scene import SIDE, Scene
from worldmodels_envs.phyre.template import template, values


@template(
    "00000",
    "two falling balls must touch",
    x1=values(0.05, 0.95, 19),
    x2=values(0.05, 0.95, 19),
    r1=values(0.06, 0.12, 3),
    r2=values(0.06, 0.12, 3),
    height=values(0.2, 0.8, 5),
)
def two_balls(x1: float, x2: float, r1: float, r2: float, height: float) -> Scene:
    """Two balls fall side by side, the first one to the left."""
    if x1 >= x2:
        raise InvalidLayout("the first ball is the left one")
    layout = Layout()
    left = layout.ball(r1, x=x1 * SIDE, bottom=height * SIDE)
    right = layout.ball(r2, x=x2 * SIDE, bottom=height * SIDE)
    return layout.scene(left, right)


@template(
    "00004",
    "a ball must touch the beam on the fulcrum between guards",
    bar_y=values(0.1, 0.6, 12),
    ball_x=values(0.2, 0.8, 14),
    centre=values(0.25, 0.65, 5),
    beam_scale=values(0.3, 0.45, 8),
)
def beam(bar_y: float, ball_x: float, centre: float, beam_scale: float) -> Scene:
    """A beam balances on a fixed disc; the ball falls beside it."""
    layout = Layout()
    ground = layout.bar(1.0, left=0.0, bottom=bar_y * SIDE)
    fulcrum = layout.ball(0.1, dynamic=False, x=centre * SIDE, bottom=ground.top)
    balanced = layout.bar(beam_scale, dynamic=True, x=centre * SIDE, bottom=fulcrum.top)
    falling = layout.ball(0.1, x=ball_x * SIDE, bottom=0.9 * SIDE)
    low = max(0.55 * SIDE, ground.top)
    layout.bar(0.2, angle=90, right=balanced.left - 0.13 * SIDE, bottom=low)
    layout.bar(0.2, angle=90, left=balanced.right + 0.13 * SIDE, bottom=low)
    return layout.scene(falling, balanced)


@template(
    "00006",
    "the ball on a broken bar must touch the jar that falls through its gap",
    ball_left=values(0.2, 0.8, 20),
    hole_left=values(0.2, 0.8, 20),
    bar_height=values(0.3, 0.6, 16),
)
def gap_jar(ball_left: float, hole_left: float, bar_height: float) -> Scene:
    """An inverted jar hangs over a bar with a gap; a slope lies below."""
    layout = Layout()
    jar = layout.jar(0.15, angle=180, x=SIDE / 2, y=0.8 * SIDE + _JAR_BASE)
    hole_right = (hole_left + 0.2) * SIDE
    left = layout.span(0.0, hole_left * SIDE, bottom=bar_height * SIDE)
    right = layout.span(hole_right, SIDE, bottom=bar_height * SIDE)
    ball = layout.ball(0.1, left=ball_left * SIDE, bottom=left.top)
    if not (ball.x <= left.right or ball.x >= right.left):
        raise InvalidLayout("the ball lies over the gap")
    if jar.left < left.right or jar.right > right.left:
        raise InvalidLayout("the jar does not fall through the gap")
    layout.bar(2.0, angle=10, left=0.0, bottom=-2.0)
    return layout.scene(ball, jar)


_JAR_BASE = 2.15129
"""Half the thickness of the hanging jar's base in pixels."""
