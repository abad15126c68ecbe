"""`worldmodels play`: a page in which one acts in a learned world."""

from __future__ import annotations

import importlib
import ipaddress
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from worldmodels.cli.options import read
from worldmodels.errors import InputError
from worldmodels.limits import Count, Device, Frames, Limit
from worldmodels.worlds.choice import WorldOptions, world_of

if TYPE_CHECKING:
    from worldmodels.play.gallery import Gallery
    from worldmodels.play.place import Place


@dataclass(frozen=True, kw_only=True)
class PlayOptions(WorldOptions):
    """Serves a page in which one plays in a learned world, beside the real one under the same actions.

    Attributes:
        checkpoint: A world model; without one, those that installed plugins bring along can be entered.
        data: Recordings in which episodes begin, where there is no real environment.
        context: Frames that the model watches before it imagines.
        host: Where to listen; beyond this machine a token is asked for.
        port: Where to listen.
        token: What visitors have to know; by default a random one, if host is not this machine.
        visitors: The most at once.
        device: Where models are.
        threads: Threads for each step; one is best for small models.
        open: Whether to open the page in a browser.
    """

    checkpoint: str | None = None
    data: str | None = None
    context: Frames = 3
    host: str = "127.0.0.1"
    port: Annotated[int, Limit(0, (1 << 16) - 1)] = 8008
    token: str | None = None
    visitors: Count = 8
    device: Device = "cpu"
    threads: Annotated[int, Limit(1, 1024)] = 1
    open: bool = False


def run(words: Sequence[str]) -> None:
    """Serve the page until Ctrl-C."""
    options = read(PlayOptions, "play", words, positional="checkpoint", groups=("world",))
    try:
        uvicorn: Any = importlib.import_module("uvicorn")
        importlib.import_module("websockets")
        from worldmodels.play.server import LOOPBACK, Server
    except ImportError as error:
        raise InputError(f'play needs more packages ({error}): pip install "worldmodels-core[play]".') from error
    import torch

    torch.set_num_threads(options.threads)
    gallery = find_gallery(options)
    local = is_loopback(options.host)
    token = options.token or (None if local else secrets.token_urlsafe(16))
    server = Server(
        gallery, token=token, hosts=(*LOOPBACK, options.host) if local else ("*",), visitors=options.visitors
    )
    config = uvicorn.Config(server.app, log_level="warning", ws_max_size=1 << 17)
    with listen(options.host, options.port) as listening, suppress(KeyboardInterrupt):
        _announce(options, listening.getsockname()[1], token)
        uvicorn.Server(config).run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a place that is taken is told before an address is; port 0 is any free one.

    Raises:
        InputError: where nobody can listen there.
    """
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError(f"{host}:{port} cannot be listened at: {why}; port=0 takes any that is free.") from error


def find_gallery(options: PlayOptions) -> Gallery:
    """The worlds that options name: one checkpoint, or all that are shipped.

    A checkpoint that is named is opened at once, so that what is wrong with it is told here.

    Raises:
        InputError: where nothing is shipped, or a checkpoint has nowhere to begin.
        CheckpointError: where it cannot be loaded.
    """
    from worldmodels.checkpoints.shipped import shipped
    from worldmodels.play.gallery import Gallery

    if options.checkpoint is not None:
        name = options.checkpoint.rstrip("/").rpartition("/")[2] or options.checkpoint
        gallery = Gallery({name: partial(_open, name, options.checkpoint, options)})
        gallery.open(name)
        return gallery
    openers: dict[str, Callable[[], Place]] = {
        name: partial(_open, name, folder, options) for name, folder in shipped().items()
    }
    if not openers:
        raise InputError("no installed plugin brings a checkpoint along; name one: worldmodels play CHECKPOINT.")
    return Gallery(openers)


def is_loopback(host: str) -> bool:
    """Whether a server that listens there is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _open(name: str, checkpoint: str | Path, options: PlayOptions) -> Place:
    from worldmodels.checkpoints import find, read_config
    from worldmodels.play.place import Place

    world = None
    if options.world or options.env is not None:
        world = options.choose(world_of(read_config(find(checkpoint)).get("provenance") or {}))
    settings: dict[str, Any] = {"data": options.data, "context": options.context, "device": options.device}
    return Place.open(name, checkpoint, world=world, **settings)


def _announce(options: PlayOptions, port: int, token: str | None) -> None:
    address = f"http://{options.host}:{port}/{'' if token is None else f'?token={token}'}"
    print(f"play at {address} (Ctrl-C ends it)", flush=True)
    if options.open:
        import webbrowser

        webbrowser.open(address)
