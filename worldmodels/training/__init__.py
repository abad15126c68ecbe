"""Training of world models, driven by Lightning, which is imported when a training begins."""

from worldmodels.training.config import OptimizerConfig as OptimizerConfig
from worldmodels.training.config import TrainConfig as TrainConfig
from worldmodels.training.config import TrainerConfig as TrainerConfig
from worldmodels.training.errors import DivergedError as DivergedError
from worldmodels.training.errors import TrainingInterrupted as TrainingInterrupted
from worldmodels.training.run import train as train
from worldmodels.training.schedule import Piecewise as Piecewise
