"""Every model and baseline on the same videos: who finds the snitch how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldmodels.errors import InputError, MetricUnavailableError, UnknownNameError
from worldmodels.model import WorldModel
from worldmodels_envs.cater import CELLS
from worldmodels_snitch.baselines import NEEDS, baseline_scores
from worldmodels_snitch.config import FitConfig
from worldmodels_snitch.features import Read, model_features
from worldmodels_snitch.frame_lstm import FrameLSTM
from worldmodels_snitch.head import SnitchHead, SnitchHeadConfig
from worldmodels_snitch.inputs import Features, Pixels, true_positions
from worldmodels_snitch.labelled_videos import LabelledVideos
from worldmodels_snitch.learner import CellAnswers, CellLearner

BASELINES = (*NEEDS, "cnn_lstm", "true_positions")
PIXEL_LR = (1e-3, 1e-5)  # the head's rates are a deep transformer's, too low for a small network from scratch


@dataclass(frozen=True)
class SnitchResult:
    """What was measured.

    Attributes:
        videos: What was asked about.
        scores: Name to scores (video, cell); the higher, the likelier.
        losses: Name to the loss of every step, of what learned.
        left_out: Name to the reason why it could not be measured.
    """

    videos: LabelledVideos
    scores: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    losses: dict[str, list[float]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SnitchTask:
    """The question, and how it is learned and asked.

    Attributes:
        train: Videos to learn from.
        test: Other videos, of the same length.
        folder: Where features, unfinished networks and answers are kept, so that nothing is computed twice.
        config: How networks are trained and asked.
        head: Sizes of the head.
        read: What it reads of a model.
        progress: Whether to show bars.
    """

    train: LabelledVideos
    test: LabelledVideos
    folder: Path
    config: FitConfig = field(default_factory=FitConfig)
    head: SnitchHeadConfig = field(default_factory=SnitchHeadConfig)
    read: Read = "auto"
    progress: bool = True

    def __post_init__(self) -> None:
        if self.train.frames != self.test.frames:
            raise InputError(
                f"the videos have {self.train.frames} frames for training and {self.test.frames} for the test; "
                "write both with the same stride."
            )

    def model(self, name: str, model: WorldModel) -> CellAnswers:
        """A world model's features or slots, with a head."""
        label = f"{name}: features" if self.progress else None
        folder = self.folder / "features"
        pair = [
            model_features(model, videos.episodes, folder, read=self.read, label=label)
            for videos in (self.train, self.test)
        ]
        return self._features(name, *pair)

    def baseline(self, name: str) -> CellAnswers:
        """One of `BASELINES`.

        Raises:
            MetricUnavailableError: where something that it reads was not recorded.
        """
        if name == "cnn_lstm":
            return self._pixels(name)
        if name == "true_positions":
            return self._features(name, *(true_positions(v.episodes) for v in (self.train, self.test)))
        return CellAnswers(baseline_scores(name, self.test, self.config.seed), [])

    def _features(self, name: str, train: Features, test: Features) -> CellAnswers:
        def make() -> SnitchHead:
            head = SnitchHead(self.head, train.shape, train.frames, CELLS)
            head.standardise(*train.moments())
            return head

        masked = self.config.masked if train.shape[0] > 1 else 0.0
        config = replace(self.config, masked=masked)
        return self._run(name, CellLearner(make, asdict(self.head), train, test, self.train.labels, config))

    def _pixels(self, name: str) -> CellAnswers:
        train, test = Pixels(self.train.episodes), Pixels(self.test.episodes)

        def make() -> FrameLSTM:
            return FrameLSTM(self.train.episodes.spec.frame_shape, train.frames, CELLS)

        config = replace(self.config, lr=PIXEL_LR, masked=0.0)
        return self._run(name, CellLearner(make, name, train, test, self.train.labels, config))

    def _run(self, name: str, learner: CellLearner) -> CellAnswers:
        return learner.answers(self.folder / "answers", f"{name}: learning" if self.progress else None)


def evaluate_snitch(
    task: SnitchTask, models: Mapping[str, WorldModel], baselines: Sequence[str] = BASELINES
) -> SnitchResult:
    """Ask all models and baselines about the same videos.

    Args:
        task: The question.
        models: Name to a trained model of a world without actions.
        baselines: Any of "chance", "last_seen", "tracker", "cnn_lstm" and "true_positions": the head on where all
            objects truly are, which says what so many videos can teach it.

    Raises:
        UnknownNameError: for an unknown baseline.
        InputError: where models and videos do not fit.
    """
    for name in baselines:
        if name not in BASELINES:
            raise UnknownNameError("baseline", name, BASELINES)
    result = SnitchResult(task.test)
    rows: dict[str, Callable[[], CellAnswers]] = {name: partial(task.baseline, name) for name in baselines}
    rows |= {name: partial(task.model, name, model) for name, model in models.items()}
    for name, ask in rows.items():
        try:
            learned = ask()
        except MetricUnavailableError as error:
            result.left_out[name] = str(error)
            continue
        result.scores[name] = learned.scores
        if learned.losses:
            result.losses[name] = learned.losses
    return result
