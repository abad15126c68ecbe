from worldmodels.training.command import read
from worldmodels.training.settings import compose


def test_the_experiment_comes_with_the_plugin():
    settings = read(compose(["experiment=phyre_videos"]))
    assert settings.paths == ("data/phyre_videos",) and settings.model.name == "srvp"
