"""Which slot holds which ball, and which module is which rule."""

from __future__ import annotations

from typing import NamedTuple

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


class RuleTable(NamedTuple):
    """How often each module was selected under each rule.

    Attributes:
        counts: (rule, module).
        modules: The module that the matching gives to each rule, (rule,); -1 for a rule without one.
    """

    counts: Tensor
    modules: Tensor

    @property
    def purity(self) -> float:
        """The share of all selections that are the module matched with the rule."""
        return _share(self._hits().sum(), self.counts.sum())

    @property
    def by_rule(self) -> list[float]:
        """The same for each rule by itself."""
        return [_share(hit, total) for hit, total in zip(self._hits(), self.counts.sum(1), strict=True)]

    @property
    def unmatched(self) -> float:
        """The share of all selections that are of modules matched with no rule."""
        matched = self.counts[:, self.modules[self.modules >= 0]].sum()
        return 1 - _share(matched, self.counts.sum())

    def purity_of(self, rules: Tensor, modules: Tensor) -> float:
        """The purity of some other selections (...) under rules (...), by this table's matching."""
        return _share((self.modules[rules] == modules).sum(), torch.tensor(rules.numel()))

    def _hits(self) -> Tensor:
        chosen = self.counts.gather(1, self.modules.clamp_min(0).unsqueeze(1)).squeeze(1)
        return torch.where(self.modules >= 0, chosen, 0)


def match_slots(found: Tensor, true: Tensor) -> Tensor:
    """The slot (video, object) of each object, so that their distances sum to the least.

    Args:
        found: The slots' centres (video, slot, 2).
        true: The objects' centres (video, object, 2).
    """
    distances = torch.cdist(true.double(), found.double()).cpu().numpy()
    return torch.tensor([linear_sum_assignment(video)[1].tolist() for video in distances], device=found.device)


def match_rules(rules: Tensor, modules: Tensor, rule_count: int, module_count: int) -> RuleTable:
    """Count selections of modules (...) under rules (...), and match one to one so that most agree."""
    flat = rules.flatten() * module_count + modules.flatten()
    counts = torch.bincount(flat, minlength=rule_count * module_count).view(rule_count, module_count)
    matched = torch.full((rule_count,), -1)
    for rule, module in zip(*linear_sum_assignment(counts.cpu().numpy(), maximize=True), strict=True):
        matched[rule] = int(module)
    return RuleTable(counts, matched)


def of_objects(values: Tensor, slots: Tensor) -> Tensor:
    """Values (video, time, slot, ...) of the slots (video, object) that hold the objects."""
    video = torch.arange(len(values), device=values.device)[:, None]
    return values.transpose(1, 2)[video, slots].transpose(1, 2)


def _share(part: Tensor, whole: Tensor) -> float:
    return float(part / whole) if whole else float("nan")
