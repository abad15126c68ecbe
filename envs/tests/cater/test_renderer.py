import numpy as np
import pytest

pytest.importorskip("pybullet")

from worldmodels_envs.cater import CaterConfig, Renderer, episodes, render_video, signals, simulate
from worldmodels_envs.cater.camera import project
from worldmodels_envs.cater.meshes import thing_mesh
from worldmodels_envs.cater.scene import sample_scene

SMALL = CaterConfig(frames=61, supersample=1)


@pytest.fixture(scope="module")
def rendered():
    video = simulate(SMALL, 0, 2)
    with Renderer(SMALL) as renderer:
        return video, render_video(video, renderer, masks=True, depth=True)


def test_shapes(rendered):
    video, arrays = rendered
    assert arrays["frames"].shape == (61, 64, 64, 3) and arrays["frames"].dtype == np.uint8
    assert arrays["masks"].shape == arrays["depth"].shape == (61, 64, 64)
    assert arrays["masks"].min() == -1 and arrays["masks"].max() < len(video.scene.things)
    assert arrays["positions"].shape == (61, 10, 3) and arrays["visibility"].shape == (61,)


def test_masks_lie_where_objects_are_projected(rendered):
    _, arrays = rendered
    for thing in range(3):
        rows, columns = np.nonzero(arrays["masks"][0] == thing)
        if len(rows) > 4:
            x, y = arrays["pixels"][0, thing]
            assert columns.min() - 1 <= x <= columns.max() + 2 and rows.min() - 1 <= y <= rows.max() + 2


def test_depth_agrees_with_the_objects(rendered):
    video, arrays = rendered
    depth = project(video.timeline.places[:1], video.scene.eyes[:1], 64, 64)[0, :, 2]
    for thing, distance in enumerate(depth):
        seen = arrays["depth"][0][arrays["masks"][0] == thing]
        if len(seen) > 4:
            assert abs(np.median(seen) - distance) < 1.6 * video.scene.radii[thing] + 0.1
    assert np.isfinite(arrays["depth"]).all() and arrays["depth"].max() < 80


def test_the_snitch_is_gold(rendered):
    _, arrays = rendered
    frame, mask = arrays["frames"][0].astype(int), arrays["masks"][0]
    gold = frame[mask == 0].mean(0)
    assert gold[0] > 120 and gold[1] > 100 and gold[2] < 0.6 * gold[0]


def test_the_ground_is_grey_and_shaded(rendered):
    _, arrays = rendered
    ground = arrays["frames"][0][arrays["masks"][0] < 0].astype(int)
    assert np.ptp(ground, axis=1).max() < 12
    assert ground.max() - ground.min() > 30


def test_a_contained_snitch_is_not_seen():
    video = next(v for v in (simulate("all_actions", 0, i) for i in range(99)) if v.timeline.inside[-1, 0] >= 0)
    with Renderer(video.config) as renderer:
        last = render_video(video, renderer, stride=300, masks=True)
    assert last["visibility"][-1] == 0 and not (last["masks"][-1] == 0).any()
    assert last["visibility"][0] > 0


def test_a_still_scene_gives_the_same_frame_as_one_that_moved_and_came_back():
    video = simulate(SMALL, 0, 1)
    places, turns, eyes = video.timeline.places[:1], video.timeline.turns[:1], video.scene.eyes[:1]
    with Renderer(SMALL) as renderer:
        renderer.load(video.scene)
        first = next(renderer.render(places, turns, eyes)).frame
        moved = next(renderer.render(places + 0.5, turns + 1, eyes)).frame
        again = next(renderer.render(places, turns, eyes)).frame
    assert (first != moved).any() and (first == again).all()


def test_backdrop_and_ground_in_the_scene_look_alike():
    """A moving camera draws the ground with everything else; on the first frame nothing may differ."""
    video = simulate(SMALL, 0, 4)
    moving = CaterConfig(frames=61, supersample=1, moving_camera=True)
    frames = []
    for config in (SMALL, moving):
        with Renderer(config) as renderer:
            renderer.load(video.scene)
            course = video.timeline.places[:1], video.timeline.turns[:1], video.scene.eyes[:1]
            frames.append(next(renderer.render(*course)).frame.astype(int))
    assert np.abs(frames[0] - frames[1]).max() <= 2


@pytest.mark.parametrize("supersample", [1, 2, 3])
@pytest.mark.parametrize("size", [(16, 16), (24, 32)])
def test_sizes(size, supersample):
    config = CaterConfig(frames=1, size=size, supersample=supersample)
    arrays = next(episodes(config, masks=True))
    assert arrays["frames"].shape == (1, *size, 3) and arrays["masks"].shape == (1, *size)
    assert 60 < arrays["frames"].mean() < 200


def test_signals_have_a_row_per_frame(rendered):
    _, arrays = rendered
    rows = signals(arrays)
    assert "frames" not in rows and {len(values) for values in rows.values()} == {61}
    assert (rows["label"] == arrays["label"]).all() and rows["radii"].shape == (61, 10)


def test_rendering_needs_a_scene():
    video = simulate(SMALL)
    with Renderer(SMALL) as renderer, pytest.raises(RuntimeError, match="call load"):
        next(renderer.render(video.timeline.places, video.timeline.turns, video.scene.eyes))


@pytest.mark.parametrize("detail", [6, 12, 24])
def test_meshes_are_closed_outwards_and_stand_on_the_ground(detail):
    scenes = [sample_scene(np.random.default_rng(seed), CaterConfig()) for seed in range(10)]
    for thing in {t.shape: t for scene in scenes for t in scene.things}.values():
        mesh = thing_mesh(thing, detail)
        a, b, c = (mesh.vertices[mesh.triangles[:, corner]] for corner in range(3))
        outwards = (np.cross(b - a, c - a) * mesh.normals[mesh.triangles].sum(1)).sum(-1)
        assert (outwards > 0).all()
        bottom = thing.rest_height + mesh.vertices[:, 2].min()
        assert 0 <= bottom < 0.3 * thing.radius if thing.shape == "spl" else abs(bottom) < 1e-9
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=-1), 1)
        volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6
        assert volume > 0


def test_a_medium_sphere_fits_under_a_large_cone():
    things = sample_scene(np.random.default_rng(0), CaterConfig()).things
    cone = things[2]
    mesh = thing_mesh(cone, 24)
    middle = np.array([0, 0, 0.5 - cone.rest_height])
    a, b, c = (mesh.vertices[mesh.triangles[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    assert ((a - middle) * normals).sum(-1).min() > 0.49
