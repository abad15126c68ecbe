import json

import numpy as np
import pytest

from worldmodels_envs.cater import CELLS, cell_centres, cell_of, simulate
from worldmodels_envs.cater.labels import ACTION_CLASSES, actions_present, scene_json


@pytest.mark.parametrize(
    ("point", "cell"),
    [((-2.9, -2.9), 0), ((2.9, -2.9), 5), ((-2.9, 2.9), 30), ((0.5, 0.5), 21), ((-0.5, 1.2), 26)],
)
def test_cells(point, cell):
    """6 * (floor(y) + 3) + floor(x) + 3."""
    assert cell_of(np.array(point)) == cell == 6 * (np.floor(point[1]) + 3) + np.floor(point[0]) + 3


@pytest.mark.parametrize("side", [4, 6, 8])
def test_cell_centres(side):
    assert cell_of(cell_centres(side), side).tolist() == list(range(side * side))


def test_points_outside_count_as_the_border():
    assert cell_of(np.array([[-3.5, 0.0], [3.0, 3.0]])).tolist() == [18, CELLS - 1]


def test_scene_json_holds_the_truth():
    video = simulate("all_actions", 3, 1)
    stored = json.loads(json.dumps(scene_json(video.scene, video.timeline, "CATER_new_000001.avi", 1, (240, 320))))
    snitch = stored["objects"][0]
    assert snitch["shape"] == "spl" and snitch["instance"] == "Spl_0" and snitch["size"] == "small"
    assert sorted(snitch["locations"], key=int) == [str(frame) for frame in range(301)]
    assert snitch["locations"]["300"] == video.timeline.places[300, 0].tolist()
    assert cell_of(np.array(snitch["locations"]["300"])) == video.label
    assert all(0 <= x < 320 and 0 <= y < 240 for x, y, _ in (o["pixel_coords"] for o in stored["objects"]))
    assert len({thing["instance"] for thing in stored["objects"]}) == len(stored["objects"])
    assert set(stored["movements"]) == {thing["instance"] for thing in stored["objects"]}
    assert len(stored["camera"]) == 1
    right, left = stored["relationships"]["right"], stored["relationships"]["left"]
    assert all((b in right[a]) == (a in left[b]) for a in range(len(right)) for b in range(len(right)))


def test_moving_camera_is_stored_for_every_frame():
    video = simulate("all_actions_cameramotion", 3)
    assert len(scene_json(video.scene, video.timeline, "x.avi", 0, (64, 64))["camera"]) == 301


def test_actions_present():
    video = simulate("all_actions", 3, 1)
    names = {ACTION_CLASSES[number] for number in actions_present(video.scene.things, video.timeline)}
    assert ("cone", "_slide") in names
    assert ("spl", "_rotate") in names or all(m.action != "_rotate" for m in video.timeline.movements[0])
