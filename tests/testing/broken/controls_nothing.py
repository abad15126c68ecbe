"""Claims control of its modules, and returns frames."""

from worldmodels.abilities import ModuleControl
from worldmodels.testing.toy import Toy

CAUGHT_BY = "module_control"
SAYS = "do returns Tensor"
ONLY = True


class Model(ModuleControl, Toy):
    slot_count = module_count = 2

    def _do_all(self, belief, modules, noise):
        return self.render(belief)
