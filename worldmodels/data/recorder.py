"""`record`: play a Gymnasium environment and store what happens."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, SupportsFloat

import gymnasium
import numpy as np
from gymnasium import Env, Space, spaces

from worldmodels.data.cluster import play_on_ray
from worldmodels.data.episode import Array, Episode
from worldmodels.data.generated import GeneratedEpisodes
from worldmodels.data.policy import Policy, PolicySource, Predictor
from worldmodels.data.store import STORE_FILE, EpisodeStore, read_schema
from worldmodels.data.writer import EpisodeWriter
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.progress import Progress
from worldmodels.worlds import World
from worldmodels.worlds.world import frames_per_second
from worldmodels.worlds.wrappers import observed_signals, wrap


def record(
    env: Env[Any, Any] | World,
    policy: Policy | PolicySource | None,
    episodes: int,
    path: str | Path,
    *,
    seed: int,
    frame: Literal["observation", "render"] = "observation",
    size: tuple[int, int] | None = None,
    signals: Sequence[str] | None = None,
    max_steps: int | None = None,
    actions: bool = True,
    processes: int = 1,
    launcher: Literal["local", "ray"] = "local",
    until: int | None = None,
    progress: bool = True,
    sync: bool = False,
) -> EpisodeStore:
    """Play whole episodes and append them to a store; finished ones survive whatever happens later.

    Episode number i of a store is seeded from `seed` and i alone, so a recording that was cut short and then
    goes on gives the same episodes as one in a single piece, if the policy is a function of its observations.

    Action-free environments that make their episodes in batches (see `BatchGenerator`) are not stepped: their
    batches are stored, many times faster; a kill costs the batch that was being written.

    Args:
        env: A world, or an environment; its frame is stored before each action and after the last one.
        policy: An object with `predict`, a function from observation to action, where either can be imported, or
            `None` for uniformly random actions. It sees a world's frames, or what an environment itself observes.
        episodes: How many to add.
        path: Folder of the store.
        seed: Of the environment and of random actions, 0 or more.
        frame: Of an environment: "observation" where observations are uint8 images, "render" for what it renders.
        size: Of an environment: (height, width) to which frames are shrunk or grown.
        signals: Entries of `info` to keep for every frame, such as positions; also in the reset's `info`. `None` keeps
            what a store that is continued has, and in a new one the numbers that a rendered world observes.
        max_steps: Of an environment: episodes are truncated here at the latest.
        actions: Whether to keep actions; without them the store is of videos alone, for models without actions.
        processes: In how many processes a world is played; the data set is the same, if the policy is a function of its
            observations.
        launcher: Whether these are on this machine or on a Ray cluster.
        until: Stop earlier, once the store has so many steps, in whole episodes; `None` plays all.
        progress: Show a bar with the time left.
        sync: Wait for the disk after each episode, against power failures; ten times slower where episodes are short.

    Returns:
        The store; where a recipe makes the environment once more, it is kept there.

    Raises:
        InputError: where frames, actions or signals cannot be stored.
        DataError: where the store is for another world, or cannot be written.
        UnknownNameError: for an unknown id or signal.
    """
    if episodes < 1 or seed < 0 or processes < 1 or (max_steps is not None and max_steps < 1):
        raise InputError("episodes, processes and max_steps must be 1 or more, and seed 0 or more.")
    settings: dict[str, Any] = {"frame": frame, "size": size, "max_steps": max_steps}
    world: World | None
    seen: _Seen | None = None
    if isinstance(env, World):
        if settings != {"frame": "observation", "size": None, "max_steps": None}:
            raise InputError("frame, size and max_steps of a world are settings of its recipe.")
        world, framed = env, env.make()
    else:
        if processes > 1 or launcher == "ray":
            raise InputError("an environment is played in this process; give a World, which every process can make.")
        world, seen = World.of(env, **settings), None if policy is None else _Seen(env)
        framed = wrap(seen or env, **settings)
    kept = _signals(framed, Path(path), signals)
    generated = GeneratedEpisodes.of(framed) if policy is None else None
    spec = framed.unwrapped.spec
    provenance = {"environment": spec.id if spec else str(env), "gymnasium": gymnasium.__version__}
    space, fps = framed.action_space if actions else None, frames_per_second(framed)
    try:
        writer = EpisodeWriter(path, action_space=space, fps=fps, provenance=provenance, world=world, sync=sync)
        with writer, Progress(label="recording", total=episodes, unit="episode", show=progress) as bar:
            if generated is None:
                steps = int(EpisodeStore(path).steps.sum()) if until is not None and len(writer) else 0
                seeds = [episode_seed(seed, len(writer) + number) for number in range(episodes)]
                if launcher == "ray" and isinstance(env, World):
                    played = play_on_ray(partial(_player, env, policy, kept), seeds, processes)
                elif processes > 1 and isinstance(env, World):
                    played = _played_elsewhere(env, policy, kept, seeds, processes)
                else:
                    acting = policy.load() if isinstance(policy, PolicySource) else policy
                    played = map(_Recorder(framed, seen, acting, kept).play, seeds)
                for episode in played:
                    steps += episode.steps
                    writer.add(episode if actions else replace(episode, actions=None))
                    bar.update()
                    if until is not None and steps >= until:
                        break
            else:
                for batch in generated.batches(episodes, seed, len(writer), kept):
                    writer.add_batch(batch if actions else replace(batch, actions=None))
                    bar.update(len(batch.frames))
    finally:
        if isinstance(env, World):
            framed.close()
    return EpisodeStore(path)


def _signals(env: Env[Any, Any], folder: Path, asked: Sequence[str] | None) -> tuple[str, ...]:
    if asked is not None:
        return tuple(asked)
    if (folder / STORE_FILE).exists():
        return read_schema(folder).signals
    return observed_signals(env)


def _played_elsewhere(
    world: World, policy: Policy | PolicySource | None, signals: tuple[str, ...], seeds: list[int], processes: int
) -> Iterator[Episode]:
    """Episodes in the order of their seeds, a few of them ahead of the writer."""
    context = multiprocessing.get_context("spawn")  # a fork would copy PyTorch's threads half
    arguments = (world, policy, signals)
    with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=arguments) as pool:
        ahead = 2 * processes
        for first in range(0, len(seeds), ahead):
            yield from pool.map(_play, seeds[first : first + ahead])


_recorders: list[_Recorder] = []
"""The one of a process that plays for another."""


def _begin(world: World, policy: Policy | PolicySource | None, signals: tuple[str, ...]) -> None:
    acting = policy.load() if isinstance(policy, PolicySource) else policy
    _recorders.append(_Recorder(world.make(), None, acting, signals))


def _play(seed: int) -> Episode:
    return _recorders[0].play(seed)


def _player(world: World, policy: Policy | PolicySource | None, signals: tuple[str, ...]) -> Callable[[int], Episode]:
    acting = policy.load() if isinstance(policy, PolicySource) else policy
    return _Recorder(world.make(), None, acting, signals).play


def episode_seed(seed: int, episode: int) -> int:
    """The seed of one episode; recordings with neighbouring seeds share none."""
    return int(np.random.SeedSequence([seed, episode]).generate_state(1)[0])


class _Seen(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Remembers what an environment observes, before it is made into frames."""

    observation: Any = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """As the environment's."""
        self.observation, info = self.env.reset(seed=seed, options=options)
        return self.observation, info

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """As the environment's."""
        self.observation, reward, terminated, truncated, info = self.env.step(action)
        return self.observation, reward, terminated, truncated, info


class _Recorder:
    """Plays episodes of an environment of frames; the policy sees these, or what lies under them."""

    def __init__(self, env: Env[Any, Any], seen: _Seen | None, policy: Policy | None, signals: tuple[str, ...]) -> None:
        self.env, self.seen, self.policy, self.signals = env, seen, policy, signals

    def play(self, seed: int) -> Episode:
        """One episode from a reset with the seed to its end."""
        frame, info = self.env.reset(seed=seed)
        self.env.action_space.seed(seed)
        # many environments draw in place
        frames, infos, state, done = [np.array(frame)], [self._kept(info)], None, False
        steps: list[tuple[Any, Any, bool, bool]] = []
        while not done:
            action, state = self._act(frame if self.seen is None else self.seen.observation, state, not steps)
            action = cast_action(self.env.action_space, action)
            frame, reward, terminated, truncated, info = self.env.step(action)
            done = terminated or truncated
            frames.append(np.array(frame))
            infos.append(self._kept(info))
            steps.append((action, reward, terminated, truncated))
        actions, rewards, terminations, truncations = zip(*steps, strict=True)
        return Episode(
            frames=_stack("frames", frames),
            actions=stack_actions(self.env.action_space, actions),
            rewards=np.asarray(rewards, np.float64),
            terminated=np.asarray(terminations, bool),
            truncated=np.asarray(truncations, bool),
            signals={name: _stack(name, [kept[name] for kept in infos]) for name in self.signals},
            seed=seed,
        )

    def _act(self, observation: Any, state: Any, first: bool) -> tuple[Any, Any]:
        if self.policy is None:
            return self.env.action_space.sample(), None
        if isinstance(self.policy, Predictor):
            return self.policy.predict(observation, state=state, episode_start=np.array([first]))
        return self.policy(observation), None

    def _kept(self, info: dict[str, Any]) -> dict[str, Array]:
        for name in self.signals:
            if name not in info:
                raise UnknownNameError("signal", name, map(str, info), "It must be in info at every step.")
        return {name: np.array(info[name]) for name in self.signals}


def _stack(name: str, rows: Sequence[Array]) -> Array:
    shapes = sorted({row.shape for row in rows})
    if len(shapes) > 1:
        raise InputError(f"{name} change shape within an episode, from {shapes[0]} to {shapes[1]}; pad them.")
    return np.stack(rows)


def cast_action(space: Space[Any], action: Any) -> Any:
    """The action in the dtype of its space, which is what is stepped and stored.

    Raises:
        InputError: where its parts, shape or kind of number are not those of the space.
    """
    match space:
        case spaces.Dict() if isinstance(action, Mapping) and action.keys() == space.spaces.keys():
            return {key: cast_action(part, action[key]) for key, part in space.spaces.items()}
        case spaces.Tuple() if isinstance(action, tuple | list) and len(action) == len(space.spaces):
            return tuple(cast_action(part, a) for part, a in zip(space.spaces, action, strict=True))
    array, dtype = np.asarray(action), space.dtype
    whole = dtype is not None and dtype.kind in "iub"
    fits = array.shape == space.shape and array.dtype.kind in ("iub" if whole else "iubf")
    if not fits or (whole and (array.astype(dtype) != array).any()):
        raise InputError(f"the policy's action {action!r:.99} does not fit the action space {space}.")
    return array.astype(dtype)[()]


def stack_actions(space: Space[Any], actions: Sequence[Any]) -> Any:
    """A list of actions as arrays (time, ...), nested as the space is."""
    match space:
        case spaces.Dict():
            return {k: stack_actions(part, [a[k] for a in actions]) for k, part in space.spaces.items()}
        case spaces.Tuple():
            return tuple(stack_actions(part, [a[i] for a in actions]) for i, part in enumerate(space.spaces))
    return np.stack(actions)
