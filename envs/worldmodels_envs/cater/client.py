"""`Client`: pybullet's software renderer, with meshes and textures that it is handed."""

from __future__ import annotations

import struct
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import Floats
from worldmodels_envs.cater.meshes import Mesh, wavefront

try:
    import pybullet
except ImportError as error:
    raise ImportError(
        "CATER's pictures need pybullet: pip install 'worldmodels-envs[cater]' "
        "(the ground truth alone, worldmodels_envs.cater.simulate, does not)"
    ) from error


class Shot(NamedTuple):
    """What pybullet returns.

    Fields: colours uint8 (h, w, 4); depth float32 (h, w), its depth buffer; bodies int32 (h, w), the bodies by
    number, -1 where there is nothing.
    """

    colours: npt.NDArray[np.uint8]
    depth: npt.NDArray[np.float32]
    bodies: npt.NDArray[np.int32]


class Client:
    """A pybullet simulation of its own, in which bodies are only looked at.

    Args:
        height: Height of the shots, px.
        width: Width of the shots, px.
        projection: OpenGL's matrix, 16 numbers by columns.
    """

    def __init__(self, height: int, width: int, projection: list[float]) -> None:
        self.height, self.width = height, width
        self._projection = projection
        self._number = pybullet.connect(pybullet.DIRECT)
        # Meshes are handed over by files of one name, which a cache would take for one mesh.
        pybullet.setPhysicsEngineParameter(enableFileCaching=0, physicsClientId=self._number)
        self.close = weakref.finalize(self, pybullet.disconnect, self._number)
        self._folder = Path()

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """Drop all bodies; within, new ones can be added."""
        with tempfile.TemporaryDirectory(prefix="cater-") as folder:
            self._folder = Path(folder)
            pybullet.resetSimulation(physicsClientId=self._number)
            yield

    def add_mesh(self, mesh: Mesh, places: Floats, texture: int) -> int:
        """Add a body, its vertices at `places` (n, 2) of a texture; returns its number."""
        path = self._folder / "mesh.obj"
        # By a file: pybullet never frees the meshes that it is given as lists.
        path.write_text(wavefront(mesh, places))
        shape = pybullet.createVisualShape(
            pybullet.GEOM_MESH, fileName=str(path), rgbaColor=[1, 1, 1, 1], physicsClientId=self._number
        )
        body = pybullet.createMultiBody(0, -1, shape, physicsClientId=self._number)
        pybullet.changeVisualShape(body, -1, textureUniqueId=texture, physicsClientId=self._number)
        return int(body)

    def add_texture(self, name: str, picture: npt.NDArray[np.uint8]) -> int:
        """Add a picture (height, width, 3), whose row 0 is v = 0; returns its number."""
        path = self._folder / f"{name}.tga"
        height, width = picture.shape[:2]
        # An uncompressed TGA file: pybullet takes textures in no other way.
        header = struct.pack("<3B5x2H2H2B", 0, 0, 2, 0, 0, width, height, 24, 0)
        path.write_bytes(header + np.ascontiguousarray(picture[..., ::-1]).tobytes())
        return int(pybullet.loadTexture(str(path), physicsClientId=self._number))

    def put(self, body: int, place: Any, spin: Any = (0.0, 0.0, 0.0, 1.0)) -> None:
        """Set a body's centre (x, y, z) and its quaternion (x, y, z, w)."""
        pybullet.resetBasePositionAndOrientation(body, place, spin, physicsClientId=self._number)

    def shoot(self, view: list[float], light: tuple[Floats, float, float]) -> Shot:
        """A shot from OpenGL's view matrix, under a light: its direction (3,), ambient and diffuse strength."""
        direction, ambient, diffuse = light
        width, height, colours, depth, bodies = pybullet.getCameraImage(
            self.width,
            self.height,
            view,
            self._projection,
            lightDirection=(direction / np.linalg.norm(direction)).tolist(),
            lightColor=[1.0, 1.0, 1.0],
            lightAmbientCoeff=ambient,
            lightDiffuseCoeff=diffuse,
            # One gloss and one hard, noisy shadow for everything: the textures and patches have better ones.
            lightSpecularCoeff=0.0,
            shadow=0,
            renderer=pybullet.ER_TINY_RENDERER,
            physicsClientId=self._number,
        )
        size = (height, width)
        colours = np.asarray(colours, dtype=np.uint8).reshape(*size, 4)
        return Shot(colours, np.reshape(depth, size), np.reshape(bodies, size))
