"""Features of videos without published weights: of a random network, or of one that learned a generator's labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.errors import InputError
from worldmodels.evaluation.frechet import frechet_distance

_WIDTHS = (16, 32, 64)


class VideoFeatures(nn.Module):
    """A small convolutional network over pairs of frames that follow one another.

    Frechet distances on its features compare sets of videos that were measured with the same network; they are neither
    FID nor FVD, whose networks were trained on photographs and films of people.

    Args:
        channels: Of a frame.
        width: Of the features of a pair.
        seed: Of the weights.
    """

    def __init__(self, channels: int, width: int = 32, seed: int = 0) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for before, after in zip((2 * channels, *_WIDTHS), _WIDTHS, strict=False):
                layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
            self.maps = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten())
            self.last = nn.Linear(4 * _WIDTHS[-1], width)
            for module in self.modules():
                if isinstance(module, nn.Conv2d | nn.Linear):
                    nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, videos: Tensor) -> Tensor:
        """Features (N, T - 1, F) of videos (N, T, C, H, W) in [0, 1], one for each pair of frames."""
        if videos.ndim != 5 or videos.shape[1] < 2:
            raise InputError(f"videos {tuple(videos.shape)} are not (N, T, C, H, W) with 2 frames or more.")
        pairs = torch.cat([videos[:, :-1], videos[:, 1:]], 2)
        features: Tensor = self.last(self.maps(2 * pairs.flatten(0, 1) - 1)).unflatten(0, pairs.shape[:2])
        return features

    @torch.no_grad()
    def distances(self, generated: Tensor, real: Tensor, batch_size: int = 64) -> list[float]:
        """Frechet distances of two sets of videos (N, T, C, H, W) at each time but the last, pair by pair.

        Raises:
            InputError: for videos of two lengths, or fewer than two of them.
        """
        if generated.shape[1:] != real.shape[1:]:
            raise InputError(f"videos {tuple(generated.shape[1:])} and {tuple(real.shape[1:])} differ in shape.")
        sets = [torch.cat([self(part) for part in videos.split(batch_size)]) for videos in (generated, real)]
        return [frechet_distance(one, other) for one, other in zip(*(s.unbind(1) for s in sets), strict=True)]


def learn_labels(
    videos: Tensor,
    labels: Mapping[str, Tensor],
    *,
    steps: int = 1000,
    batch_size: int = 32,
    width: int = 32,
    seed: int = 0,
    state: Path | None = None,
    label: str | None = None,
) -> tuple[VideoFeatures, dict[str, float]]:
    """Train `VideoFeatures` to tell a generator's own labels, such as shape, colour and direction, of each pair.

    Args:
        videos: (N, T, C, H, W) in [0, 1].
        labels: By name classes (N, T), of which those of a pair's second frame count; below 0 are left out.
        steps: Of Adam.
        batch_size: Videos a step.
        width: Of the features.
        seed: Of weights and batches.
        state: Where an unfinished training is kept.
        label: Of the progress bar; `None` shows none.

    Returns:
        The network, and by label the share of pairs of the last hundred steps that it told rightly.

    Raises:
        InputError: for labels that do not fit the videos.
    """
    from worldmodels.training.fit import fit

    for name, classes in labels.items():
        if classes.shape != videos.shape[:2]:
            raise InputError(f"labels {name!r} of shape {tuple(classes.shape)} do not fit {tuple(videos.shape[:2])}.")
    told = _Labelled(VideoFeatures(videos.shape[2], width, seed), labels)
    order = torch.Generator().manual_seed(seed)
    rows = torch.randint(len(videos), (steps, batch_size), generator=order)

    def batch_at(step: int) -> dict[str, Tensor]:
        chosen = rows[step]
        return {"videos": videos[chosen]} | {name: classes[chosen, 1:] for name, classes in labels.items()}

    fit(told, batch_at, steps, seed=seed, state=state, label=label)
    return told.network.requires_grad_(False), told.accuracy()


class _Labelled(pl.LightningModule):
    """`VideoFeatures` with a linear layer for each label."""

    def __init__(self, network: VideoFeatures, labels: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.network = network
        width = network.last.out_features
        self.layers = nn.ModuleDict({name: nn.Linear(width, int(c.max()) + 1) for name, c in labels.items()})
        self._right: dict[str, list[Tensor]] = {name: [] for name in labels}

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        features = F.relu(self.network(batch["videos"]))
        losses = []
        for name, layer in self.layers.items():
            logits, classes = layer(features).flatten(0, 1), batch[name].flatten().long()
            known = classes >= 0
            losses.append(F.cross_entropy(logits[known], classes[known]))
            self._right[name].append((logits.argmax(1) == classes)[known].float().mean().detach())
        return torch.stack(losses).sum()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=2e-3)

    def accuracy(self) -> dict[str, float]:
        return {name: float(torch.stack(shares[-100:]).mean()) for name, shares in self._right.items()}
