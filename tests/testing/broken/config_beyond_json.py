"""A config that JSON cannot hold."""

from dataclasses import dataclass

from torch import nn

from worldmodels.testing.toy import Toy

CAUGHT_BY = "config_survives_json"
SAYS = "cannot be written as JSON"


@dataclass(frozen=True)
class Config:
    state: int = 8
    hidden: int = 16
    std: float = 0.1
    activation: type = nn.ReLU


class Model(Toy):
    Config = Config
