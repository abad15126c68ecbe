"""Pictures, masks and depth of a CATER scene, by pybullet's software renderer."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater import shading
from worldmodels_envs.cater.camera import (
    HALF_HEIGHT,
    HALF_WIDTH,
    Floats,
    depth_from_buffer,
    projection_matrix,
    view_matrix,
)
from worldmodels_envs.cater.catalogue import Thing
from worldmodels_envs.cater.client import Client, Shot
from worldmodels_envs.cater.config import CaterConfig
from worldmodels_envs.cater.meshes import thing_mesh
from worldmodels_envs.cater.scene import CaterScene


class Picture(NamedTuple):
    """What the camera sees.

    Fields: frame uint8 (height, width, 3); mask int8 (height, width), the object's number or -1, or None;
    depth float32 (height, width), distance along the viewing axis, or None; snitch, how much of the picture
    the snitch covers, in px of the frame, or None.
    """

    frame: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.int8] | None = None
    depth: npt.NDArray[np.float32] | None = None
    snitch: float | None = None


class Renderer:
    """A scene's objects in a pybullet client of their own; `close` it, or use it as a context.

    Args:
        config: Size, supersampling and detail of the pictures.
        field: Tangents of half the field of view, across and down.
    """

    def __init__(self, config: CaterConfig, field: tuple[float, float] = (HALF_WIDTH, HALF_HEIGHT)) -> None:
        self.config = config
        scale = config.supersample
        self._client = Client(config.height * scale, config.width * scale, projection_matrix(field))
        self._scene: CaterScene | None = None
        self._shadows: list[list[int]] = []
        self._poses: dict[int, Any] = {}
        self._backdrop: Shot | None = None
        self._backdrop_of: tuple[bytes, bytes] = (b"", b"")
        self._view: tuple[bytes, list[float]] = (b"", [])

    def load(self, scene: CaterScene, goal: Floats | None = None) -> None:
        """Build a scene's meshes, textures and shadows; everything that came before is dropped.

        Args:
            scene: What to build.
            goal: Middle (x, y) of a cell to mark on the ground.
        """
        self._scene, self._poses = scene, {}
        seen_from = (scene.eyes[0].tobytes(), scene.lamps.tobytes())
        # Half the time of a picture, and most of that of a still, would go into the ground.
        if not self.config.moving_camera and seen_from != self._backdrop_of:
            with self._client.emptied():
                self._add_ground()
                self._backdrop, self._backdrop_of = self.shoot(scene.eyes[0]), seen_from
        with self._client.emptied():
            self._add_scene(scene, goal)

    def _add_scene(self, scene: CaterScene, goal: Floats | None) -> None:
        """The objects first, in their order: a body's number is then its object's, in masks too."""
        tiles = self._client.add_texture("things", shading.paint(scene.things, scene.lamps, scene.eyes[0]))
        for index, thing in enumerate(scene.things):
            mesh = thing_mesh(thing, self.config.detail)
            places = shading.texture_coordinates(mesh.normals, scene.eyes[0])
            places[:, 0] = (index + places[:, 0]) / len(scene.things)
            self._client.add_mesh(mesh, places, tiles)
        ramp = self._client.add_texture("ramp", shading.ramp())
        self._shadows = [self._add_shadows(thing, ramp) for thing in scene.things]
        if goal is not None:
            mesh, picture = shading.goal(goal)
            middle = np.full((len(mesh.vertices), 2), 0.5)
            self._client.add_mesh(mesh, middle, self._client.add_texture("goal", picture))
        if self.config.moving_camera:
            self._add_ground()

    def _add_ground(self) -> None:
        mesh, picture = shading.ground()
        places = mesh.vertices[:, :2] / (2 * shading.GROUND_REACH) + 0.5
        self._client.add_mesh(mesh, places, self._client.add_texture("ground", picture))

    def _add_shadows(self, thing: Thing, texture: int) -> list[int]:
        mesh = thing_mesh(thing, self.config.detail)
        bodies = []
        for lamp, strength in zip(self._loaded().lamps, shading.SHADOW_STRENGTH.tolist(), strict=False):
            patch = shading.shadow(mesh, thing.rest_height, lamp, strength, self.config.detail)
            places = np.column_stack([patch.greys, np.full(len(patch.greys), 0.5)])
            bodies.append(self._client.add_mesh(patch.mesh, places, texture))
        return bodies

    def render(
        self, places: Floats, turns: Floats, eyes: Floats, *, masks: bool = False, depth: bool = False
    ) -> Iterator[Picture]:
        """Yield the pictures of a course of the loaded scene; only poses that changed are set.

        Args:
            places: Centres (frames, n, 3).
            turns: Angles about the objects' own y axes (frames, n), radians.
            eyes: The camera's places (frames, 3).
            masks: Whether the pictures carry `mask` and `snitch`.
            depth: Whether the pictures carry `depth`.
        """
        scene = self._loaded()
        spins = _quaternions(turns, np.array([thing.rotation for thing in scene.things]))
        rise = places[..., 2] - np.array([thing.rest_height for thing in scene.things])
        feet = np.zeros((*places.shape[:2], len(shading.SHADOW_STRENGTH), 3))
        feet[..., :2] = places[..., None, :2] + shading.shadow_shift(rise, scene.lamps)
        for place, spin, foot, eye in zip(places.tolist(), spins.tolist(), feet.tolist(), eyes, strict=True):
            self._pose(place, spin, foot)
            yield self._shoot(eye, masks, depth)

    def _pose(self, places: list[Any], spins: list[Any], feet: list[Any]) -> None:
        for body, (place, spin, foot) in enumerate(zip(places, spins, feet, strict=True)):
            if self._poses.get(body) == (place, spin):
                continue
            self._poses[body] = (place, spin)
            self._client.put(body, place, spin)
            for shadow, spot in zip(self._shadows[body], foot, strict=True):
                self._client.put(shadow, spot)

    def shoot(self, eye: Floats) -> Shot:
        """Return the bare output of pybullet's renderer for the poses that are set."""
        key = eye.tobytes()
        if self._view[0] != key:
            self._view = (key, view_matrix(eye))
        return self._client.shoot(self._view[1], (self._loaded().lamps[0], shading.AMBIENT, shading.DIFFUSE))

    def _shoot(self, eye: Floats, masks: bool, depth: bool) -> Picture:
        shot = self.shoot(eye) if self._backdrop is None else _over(self.shoot(eye), self._backdrop, depth)
        scale = self.config.supersample
        middle = slice(scale // 2, None, scale)
        frame = _average(shot.colours, scale)
        distances = depth_from_buffer(shot.depth[middle, middle]) if depth else None
        if not masks:
            return Picture(frame, depth=distances)
        numbers = shot.bodies[middle, middle]
        mask = np.where(numbers < len(self._loaded().things), numbers, -1).astype(np.int8)
        return Picture(frame, mask, distances, np.count_nonzero(shot.bodies == 0) / scale**2)

    def _loaded(self) -> CaterScene:
        if self._scene is None:
            raise RuntimeError("no scene is loaded: call load(scene) first")
        return self._scene

    def close(self) -> None:
        """End the pybullet client; closing twice does no harm."""
        self._client.close()

    def __enter__(self) -> Renderer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _quaternions(turns: Floats, yaws: Floats) -> Floats:
    """Return quaternions (frames, n, 4) of turns about the objects' own y axes, whose yaw is in the mesh."""
    half = turns / 2
    spin = np.zeros((*turns.shape, 4))
    spin[..., 0] = -np.sin(yaws) * np.sin(half)
    spin[..., 1] = np.cos(yaws) * np.sin(half)
    spin[..., 3] = np.cos(half)
    return spin


def _over(shot: Shot, backdrop: Shot, depth: bool) -> Shot:
    """Lay a picture of the scene over one of the empty ground."""
    empty = shot.bodies < 0
    words = np.where(empty, backdrop.colours.view(np.uint32)[..., 0], shot.colours.view(np.uint32)[..., 0])
    distances = np.where(empty, backdrop.depth, shot.depth) if depth else shot.depth
    return Shot(words[..., None].view(np.uint8), distances, shot.bodies)


def _average(picture: npt.NDArray[np.uint8], scale: int) -> npt.NDArray[np.uint8]:
    """Average squares of pixels (h, w, 4), rounding to nearest; the fourth channel is dropped."""
    if scale == 1:
        return picture[..., :3].copy()
    rows = picture[::scale].astype(np.uint16)
    for row in range(1, scale):
        rows += picture[row::scale]
    total = rows[:, ::scale].copy()
    for column in range(1, scale):
        total += rows[:, column::scale]
    total += scale * scale // 2
    return (total // (scale * scale)).astype(np.uint8)[..., :3]
