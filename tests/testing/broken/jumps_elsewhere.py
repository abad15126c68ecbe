"""What it says of a time is not where it imagines itself to be then."""

from toys.jumpy import Jumpy

from worldmodels.noise import Noise

CAUGHT_BY = "any_time"
SAYS = "imagine_at at whole times and imagine disagree"
ONLY = True


class Model(Jumpy):
    def imagine_at(self, belief, times, actions=None, *, generator=None, temperature=1.0):
        if actions is not None:
            return super().imagine_at(belief, times, actions, generator=generator, temperature=temperature)
        with self._gradients():
            return self._imagine_at(belief, times + 1, None, Noise(generator, temperature))
