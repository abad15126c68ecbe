from worldmodels.training.command import read
from worldmodels.training.settings import compose


def test_the_experiment_comes_with_the_plugin():
    settings = read(compose(["experiment=cater_srvp"]))
    assert settings.paths == ("data/cater_train",) and settings.model.name == "srvp"
