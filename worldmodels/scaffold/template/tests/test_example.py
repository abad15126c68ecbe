from worldmodels_example.model import Example

from worldmodels.testing import WorldModelSuite


class TestExample(WorldModelSuite):
    model = Example
