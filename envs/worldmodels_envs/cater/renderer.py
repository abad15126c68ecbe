"""Pictures, masks and depth of a CATER scene, by pybullet's software renderer."""

from __future__ import annotations

import struct
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
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
from worldmodels_envs.cater.config import CaterConfig
from worldmodels_envs.cater.meshes import Mesh, thing_mesh, wavefront
from worldmodels_envs.cater.scene import CaterScene

try:
    import pybullet
except ImportError as error:
    raise ImportError(
        "CATER's pictures need pybullet: pip install 'worldmodels-envs[cater]' "
        "(the ground truth alone, worldmodels_envs.cater.simulate, does not)"
    ) from error


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


class Shot(NamedTuple):
    """What pybullet returns.

    Fields: colours uint8 (h, w, 4); depth float32 (h, w), its depth buffer; bodies int32 (h, w), the objects
    by number, then their shadows and the ground, -1 where there is nothing.
    """

    colours: npt.NDArray[np.uint8]
    depth: npt.NDArray[np.float32]
    bodies: npt.NDArray[np.int32]


class Renderer:
    """A scene's objects in a pybullet client of their own; `close` it, or use it as a context.

    Args:
        config: Size, supersampling and detail of the pictures.
        field: Tangents of half the field of view, across and down.
    """

    def __init__(self, config: CaterConfig, field: tuple[float, float] = (HALF_WIDTH, HALF_HEIGHT)) -> None:
        self.config = config
        self._client = pybullet.connect(pybullet.DIRECT)
        pybullet.setPhysicsEngineParameter(enableFileCaching=0, physicsClientId=self._client)
        self._end = weakref.finalize(self, pybullet.disconnect, self._client)
        self._folder = Path()
        self._scene: CaterScene | None = None
        self._shadows: list[list[int]] = []
        self._poses: dict[int, Any] = {}
        self._backdrop: Shot | None = None
        self._backdrop_of: tuple[bytes, bytes] = (b"", b"")
        self._view: tuple[bytes, list[float]] = (b"", [])
        self._projection = projection_matrix(field)

    def load(self, scene: CaterScene, goal: Floats | None = None) -> None:
        """Build a scene's meshes, textures and shadows; everything that came before is dropped.

        Args:
            scene: What to build.
            goal: Middle (x, y) of a cell to mark on the ground.
        """
        self._scene, self._poses = scene, {}
        with tempfile.TemporaryDirectory(prefix="cater-") as folder:
            self._folder = Path(folder)
            seen_from = (scene.eyes[0].tobytes(), scene.lamps.tobytes())
            # Half the time of a picture, and most of that of a still, would go into the ground.
            if not self.config.moving_camera and seen_from != self._backdrop_of:
                self._reset()
                self._add_ground()
                self._backdrop, self._backdrop_of = self.shoot(scene.eyes[0]), seen_from
            self._reset()
            self._add_scene(scene, goal)

    def _add_scene(self, scene: CaterScene, goal: Floats | None) -> None:
        tiles = self._texture("things", shading.paint(scene.things, scene.lamps, scene.eyes[0]))
        for index, thing in enumerate(scene.things):
            self._add_thing(index, thing, tiles)
        ramp = self._texture("ramp", shading.ramp())
        self._shadows = [self._add_shadows(thing, ramp) for thing in scene.things]
        if goal is not None:
            self._add_goal(goal)
        if self.config.moving_camera:
            self._add_ground()

    def _reset(self) -> None:
        pybullet.resetSimulation(physicsClientId=self._client)

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
            self._put(body, place, spin)
            for shadow, spot in zip(self._shadows[body], foot, strict=True):
                self._put(shadow, spot, (0.0, 0.0, 0.0, 1.0))

    def _put(self, body: int, place: Any, spin: Any) -> None:
        pybullet.resetBasePositionAndOrientation(body, place, spin, physicsClientId=self._client)

    def shoot(self, eye: Floats) -> Shot:
        """Return the bare output of pybullet's renderer for the poses that are set."""
        key = eye.tobytes()
        if self._view[0] != key:
            self._view = (key, view_matrix(eye))
        scale = self.config.supersample
        width, height, colours, depth, bodies = pybullet.getCameraImage(
            self.config.width * scale,
            self.config.height * scale,
            self._view[1],
            self._projection,
            physicsClientId=self._client,
            **self._light(),
        )
        size = (height, width)
        colours = np.asarray(colours, dtype=np.uint8).reshape(*size, 4)
        return Shot(colours, np.reshape(depth, size), np.reshape(bodies, size))

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

    def _light(self) -> dict[str, Any]:
        key = self._loaded().lamps[0]
        return {
            "lightDirection": (key / np.linalg.norm(key)).tolist(),
            "lightColor": [1.0, 1.0, 1.0],
            "lightAmbientCoeff": shading.AMBIENT,
            "lightDiffuseCoeff": shading.DIFFUSE,
            "lightSpecularCoeff": 0.0,
            "shadow": 0,
            "renderer": pybullet.ER_TINY_RENDERER,
        }

    def _loaded(self) -> CaterScene:
        if self._scene is None:
            raise RuntimeError("no scene is loaded: call load(scene) first")
        return self._scene

    def _add_thing(self, index: int, thing: Thing, texture: int) -> None:
        scene, mesh = self._loaded(), thing_mesh(thing, self.config.detail)
        places = shading.texture_coordinates(mesh.normals, scene.eyes[0])
        places[:, 0] = (index + places[:, 0]) / len(scene.things)
        self._add_mesh(mesh, places, texture)

    def _add_ground(self) -> None:
        mesh, picture = shading.ground()
        places = mesh.vertices[:, :2] / (2 * shading.GROUND_REACH) + 0.5
        self._add_mesh(mesh, places, self._texture("ground", picture))

    def _add_goal(self, goal: Floats) -> None:
        mesh, picture = shading.goal(goal)
        self._add_mesh(mesh, np.full((len(mesh.vertices), 2), 0.5), self._texture("goal", picture))

    def _add_shadows(self, thing: Thing, texture: int) -> list[int]:
        mesh = thing_mesh(thing, self.config.detail)
        patches = [
            shading.shadow(mesh, thing.rest_height, lamp, strength, self.config.detail)
            for lamp, strength in zip(self._loaded().lamps, shading.SHADOW_STRENGTH.tolist(), strict=False)
        ]
        return [
            self._add_mesh(patch.mesh, np.column_stack([patch.greys, np.full(len(patch.greys), 0.5)]), texture)
            for patch in patches
        ]

    def _add_mesh(self, mesh: Mesh, places: Floats, texture: int) -> int:
        """Hand a mesh over by a file: pybullet never frees the ones that it is given as lists."""
        path = self._folder / "mesh.obj"
        path.write_text(wavefront(mesh, places))
        shape = pybullet.createVisualShape(
            pybullet.GEOM_MESH, fileName=str(path), rgbaColor=[1, 1, 1, 1], physicsClientId=self._client
        )
        body = pybullet.createMultiBody(0, -1, shape, physicsClientId=self._client)
        pybullet.changeVisualShape(body, -1, textureUniqueId=texture, physicsClientId=self._client)
        return int(body)

    def _texture(self, name: str, picture: npt.NDArray[np.uint8]) -> int:
        """Hand a picture (height, width, 3) over by a TGA file, as there is no other way; row 0 is v = 0."""
        path = self._folder / f"{name}.tga"
        height, width = picture.shape[:2]
        header = struct.pack("<3B5x2H2H2B", 0, 0, 2, 0, 0, width, height, 24, 0)
        path.write_bytes(header + np.ascontiguousarray(picture[..., ::-1]).tobytes())
        return int(pybullet.loadTexture(str(path), physicsClientId=self._client))

    def close(self) -> None:
        """End the pybullet client; closing twice does no harm."""
        self._end()

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
