"""`Plain`: a model's networks written straight down from the paper's text, as a reference and baseline of speed."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from worldmodels_cvg.critic import Block, Critic, Critics, Views
from worldmodels_cvg.generator import Outline, Residual, Separable, Upsampler
from worldmodels_cvg.layers import Condition, ConditionalNorm

_EPS = 1e-5


class Plain:
    """The generators and critics of a model, with its weights.

    Maps are doubled before they are convolved and averaged after, recurrences read their input step by step, weights
    are normalised wherever they are used, and real and generated videos are judged one after the other.
    """

    def outline(self, level: Outline, states: list[Tensor], condition: Condition) -> Tensor:
        """Frames (batch, time, channel, height, width) of the first level, from the states before them."""
        batch, time = condition.times.shape
        maps = level.first(condition.vector.flatten(0, 1)).view(batch, time, -1, *level.start)
        blocks: Any = level.blocks
        for number, unit in enumerate(level.recurrent):
            state, after = states[number], []
            for now in range(time):
                state = self._recur(unit, maps[:, now], state)
                after.append(state)
            flat = torch.stack(after, 1).flatten(0, 1)
            for block in blocks[2 * number : 2 * number + 2]:
                flat = self._residual(block, flat, condition)
            maps = flat.unflatten(0, (batch, time))
        frames: Tensor = self._paint(level.paint, flat, condition).unflatten(0, (batch, time))
        return frames

    def upsample(self, level: Upsampler, below: Tensor, condition: Condition) -> Tensor:
        """Frames of an upsampling level, from those below."""
        batch, time = condition.times.shape
        repeated = below.repeat_interleave(level.rate, 1)
        maps = level.first(condition.vector.flatten(0, 1)).view(batch * time, -1, *level.start)
        blocks: Any = level.blocks
        for number, mix in enumerate(level.mixing):
            assert isinstance(mix, Separable)
            maps = self._link(level, 3 * number, self._mix(mix, maps.unflatten(0, (batch, time))), repeated)
            for part in (0, 1):
                maps = self._residual(blocks[2 * number + part], maps, condition)
                maps = self._link(level, 3 * number + 1 + part, maps, repeated)
        frames: Tensor = self._paint(level.paint, maps, condition).unflatten(0, (batch, time))
        return frames

    def judge(self, critics: Critics, views: Views, chosen: Tensor) -> Tensor:
        """Outputs (batch, number) of all critics of a level."""
        frames = views.frames
        rows = torch.arange(len(frames))[:, None]
        whole = frames if views.context is None else torch.cat([views.context, frames], 1)
        if critics.shrink > 1:
            whole = F.avg_pool3d(whole, (1, critics.shrink, critics.shrink))
        if views.actions is not None:
            planes = views.actions[..., None, None].expand(-1, -1, -1, *whole.shape[3:])
            whole = torch.cat([whole, planes], 2)
        outputs = [self._score(critics.spatial, frames[rows, chosen], views.label)]
        outputs.append(self._score(critics.temporal, whole, views.label))
        if critics.matching is not None and views.below is not None:
            factor = frames.shape[-1] // views.below.shape[-1]
            small = F.avg_pool3d(frames[:, :: critics.rate], (1, factor, factor))
            outputs.append(self._score(critics.matching, torch.cat([views.below, small], 2), views.label))
        return torch.cat(outputs, 1)

    def _recur(self, unit: Any, maps: Tensor, state: Tensor) -> Tensor:
        doors, new = unit.input_gates(maps).tensor_split([2 * unit.hidden], 1)
        reset, update = (doors + unit.hidden_gates(state)).sigmoid().chunk(2, 1)
        new = F.relu(new + unit.reset_state(reset * state))
        after: Tensor = (1 - update) * state + update * new
        return after

    def _residual(self, block: Residual, maps: Tensor, condition: Condition) -> Tensor:
        first, second = block.norms
        one: Any
        two: Any
        one, two = block.convs
        hidden, passed = F.relu(self._norm(first, maps, condition)), maps
        if block.up:
            hidden, passed = (F.interpolate(each, scale_factor=2.0) for each in (hidden, passed))
        hidden = F.conv2d(hidden, one.weight, one.bias, padding=1)
        after: Tensor = two(F.relu(self._norm(second, hidden, condition))) + block.shortcut(passed)
        return after

    def _paint(self, paint: Any, maps: Tensor, condition: Condition) -> Tensor:
        return torch.tanh(paint.conv(F.relu(self._norm(paint.norm, maps, condition))))

    def _norm(self, norm: Any, maps: Tensor, condition: Condition) -> Tensor:
        assert isinstance(norm, ConditionalNorm)
        gain, bias = norm.affine(condition.vector.flatten(0, 1))[..., None, None].chunk(2, 1)
        if norm.training:
            over = (0, 1, 3, 4) if len(norm.mean) == 1 else (0, 3, 4)
            videos = maps.unflatten(0, condition.times.shape)
            mean = videos.mean(over, keepdim=True)
            variance = videos.var(over, correction=0, keepdim=True)
            normal = ((videos - mean) / (variance + _EPS).sqrt()).flatten(0, 1)
        else:
            index = condition.times.clamp(max=len(norm.mean) - 1).flatten()
            normal = (maps - norm.mean[index][..., None, None]) / (norm.variance[index][..., None, None] + _EPS).sqrt()
        steered: Tensor = (1 + gain) * normal + bias
        return steered

    def _mix(self, mix: Separable, maps: Tensor) -> Tensor:
        video = maps.transpose(1, 2)
        padded = F.pad(video, (0, 0, 0, 0, 1, 1), mode="replicate")
        mixed = F.conv3d(padded, mix.time.weight[..., None, None], mix.time.bias)
        spread = F.conv3d(mixed, mix.space.weight.unsqueeze(2), mix.space.bias, padding=(0, 1, 1))
        return spread.transpose(1, 2).flatten(0, 1)

    def _link(self, level: Upsampler, number: int, maps: Tensor, below: Tensor) -> Tensor:
        link = level.links[number]
        if isinstance(link, torch.nn.Identity):
            return maps
        resized: Tensor = link(F.interpolate(below.flatten(0, 1), maps.shape[-2:]))
        return maps + resized

    def _score(self, critic: Critic, video: Tensor, label: Tensor) -> Tensor:
        batch, time = video.shape[:2]
        maps = video.transpose(1, 2) if critic.volumetric else video.flatten(0, 1)
        for number, block in enumerate(critic.blocks):
            assert isinstance(block, Block)
            if number == critic.volumetric > 0:
                maps = maps.transpose(1, 2).flatten(0, 1)
            maps = self._block(block, maps)
        if maps.ndim == 5:
            maps = maps.transpose(1, 2).flatten(0, 1)
        pooled = F.relu(maps).sum((2, 3))
        outputs: Tensor = critic.output(pooled).view(batch, time)
        if critic.labels is None:
            return outputs
        named: Tensor = critic.labels(label)[:, None]
        return outputs + (pooled.view(batch, time, -1) * named).sum(2)

    def _block(self, block: Block, maps: Tensor) -> Tensor:
        one: Any
        two: Any
        one, two = block.convs
        hidden = F.relu(one(maps if block.first else F.relu(maps)))
        convolve: Any = F.conv3d if maps.ndim == 5 else F.conv2d
        average: Any = F.avg_pool3d if maps.ndim == 5 else F.avg_pool2d
        whole: Tensor = convolve(hidden, two.weight, two.bias, padding=1) + block.shortcut(maps)
        small: Tensor = average(whole, block.pool) if block.down else whole
        return small
