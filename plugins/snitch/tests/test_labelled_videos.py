import numpy as np
import pytest

from worldmodels.data import Episode, EpisodeWriter
from worldmodels.errors import InputError
from worldmodels_snitch.labelled_videos import read_videos


def write(path, *episodes):
    with EpisodeWriter(path, sync=False) as writer:
        for frames, signals in episodes:
            writer.add(Episode(np.zeros((frames, 8, 8, 3), np.uint8), signals=signals))
    return path


def test_the_end_of_each_video_is_what_counts(stores):
    videos = read_videos(stores[1])
    assert len(videos) == 8 and videos.frames == 6
    for index, episode in enumerate(stores[1]):
        assert videos.labels[index] == episode.signals["label"][-1]
        assert videos.contained[index] == (episode.signals["inside"][-1, 0] >= 0)
        assert videos.visibility[index] == episode.signals["visibility"][-1]


def test_labels_are_enough(tmp_path):
    videos = read_videos(write(tmp_path, (3, {"label": np.array([1, 1, 35])})))
    assert videos.labels.tolist() == [35] and videos.contained is None and videos.visibility is None


@pytest.mark.parametrize(
    ("episodes", "message"),
    [
        ([(3, {"place": np.zeros(3)})], "no signal 'label'.*only place"),
        ([(3, {"label": np.full(3, 36)})], "from 0 to 35"),
        ([(3, {"label": np.zeros((3, 2))})], "not one cell for each"),
        ([(3, {"label": np.zeros(3)}), (4, {"label": np.zeros(4)})], "videos of one length"),
    ],
)
def test_stores_without_the_task(tmp_path, episodes, message):
    with pytest.raises(InputError, match=message):
        read_videos(write(tmp_path, *episodes))
