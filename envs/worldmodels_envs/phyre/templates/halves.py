"""Templates whose goal is the far part of the floor: 00014, 00020."""

from __future__ import annotations

from worldmodels_envs.phyre.layout import InvalidLayout, Layout
from worldmodels_envs.phyre.scene import SIDE, Scene
from worldmodels_envs.phyre.template import template, values


@template(
    "00014",
    "a ball beyond a stub and a divider must reach the far half of the floor",
    hole=values(0.1, 0.3, 8),
    height=values(0.3, 0.7, 8),
    radius=values(0.05, 0.15, 5),
    side=("left", "right"),
)
def divider(hole: float, height: float, radius: float, side: str) -> Scene:
    """The ball falls between the wall and the stub; the divider hangs from the ceiling."""
    layout = Layout()
    left = side == "left"
    ball = layout.ball(radius, x=(hole if left else 1 - hole) * SIDE, bottom=height * SIDE)
    layout.bar(0.75 * hole, angle=90, x=ball.right if left else ball.left, bottom=0.0)
    layout.bar(0.7, angle=90, left=SIDE / 2, top=float(SIDE))
    near = layout.bar(0.5, left=0.0, bottom=0.0)
    far = layout.bar(0.5, left=SIDE / 2, bottom=0.0)
    return layout.scene(ball, far if left else near)


@template(
    "00020",
    "a ball beside louvres must pass the hole in a wall to the far floor",
    slot=tuple(range(10)),
    wall=values(0.5, 0.6, 4),
    angle=values(10, 45, 5),
    gap=(0.01, 0.05),
)
def louvres(slot: int, wall: float, angle: float, gap: float) -> Scene:
    """Ten louvres slope towards the wall, whose hole lies below one of them."""
    layout = Layout()
    near = wall * SIDE - gap * SIDE - 24.0
    ball = layout.ball(0.085, left=near + 1.0, bottom=0.9 * SIDE)
    spacing = 0.15 * SIDE
    for rise in range(10):
        layout.bar(0.3, angle=-angle, right=near, bottom=rise * spacing)
    top = (slot * 0.15 - gap) * SIDE
    bottom = top - 4 * 10.5
    if bottom <= 0 or top >= SIDE:
        raise InvalidLayout("the hole lies outside the wall")
    upper = layout.bar(1 - top / SIDE, angle=90, left=wall * SIDE, bottom=top)
    layout.bar(bottom / SIDE, angle=90, left=wall * SIDE, bottom=0.0)
    layout.ball(0.1, left=upper.left + 8.0, bottom=(0.3 if slot > 4 else 0.9) * SIDE)
    return layout.scene(ball, layout.bar(1.0, left=upper.left + 4.0, bottom=0.0))
