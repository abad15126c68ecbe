"""Claims control of its modules, and returns frames."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "module_control"
SAYS = "do returns Tensor"


class Model(Toy):
    slot_count = module_count = 2

    def do(self, belief, slot, module):
        return self.render(belief)

    def do_all(self, belief, modules):
        return self.do(belief, None, modules)
