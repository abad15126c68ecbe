"""The page's server: one websocket for each visitor, and a handful of files that were read when it began."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from worldmodels.errors import InputError, WorldModelsError
from worldmodels.play import messages
from worldmodels.play.gallery import Gallery
from worldmodels.play.session import Session

FILES = {
    "index.html": "text/html; charset=utf-8",
    "play.css": "text/css; charset=utf-8",
    "play.js": "text/javascript; charset=utf-8",
    "controls.js": "text/javascript; charset=utf-8",
    "pictures.js": "text/javascript; charset=utf-8",
}
"""All that is ever served, by name; requests are looked up here and never on the disk."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
COOKIE = "worldmodels_token"
LOOPBACK = ("localhost", "127.0.0.1")
FULL = 1013
"""The websocket's code for "try again later"."""


class Server:
    """Sessions of visitors; all models run in one thread, so that visitors take turns, step by step.

    Args:
        gallery: The worlds.
        token: What a visitor has to know; `None` lets everyone in who reaches the server.
        hosts: Names under which the server may be asked for; others are refused, so that no foreign page reaches it
            by a name of its own.
        visitors: The most at once.
    """

    def __init__(
        self, gallery: Gallery, *, token: str | None = None, hosts: tuple[str, ...] = LOOPBACK, visitors: int = 8
    ) -> None:
        self.gallery, self.token, self.visitors = gallery, token, visitors
        self._present = 0
        self._worker = ThreadPoolExecutor(1, "worldmodels-play")
        self.app = Starlette(
            routes=[
                Route("/", self.page),
                Route("/{name}", self.file),
                WebSocketRoute("/play", self.play),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)],
        )

    async def page(self, request: Request) -> Response:
        """The page; a token in the address becomes a cookie, so that it does not stay in the address bar."""
        if not self._knows(request):
            return PlainTextResponse("This page needs the address that the server printed, token included.", 403)
        if self.token is not None and "token" in request.query_params:
            answer = RedirectResponse("/", 303)
            answer.set_cookie(COOKIE, self.token, httponly=True, samesite="strict")
            return answer
        return _file("index.html")

    async def file(self, request: Request) -> Response:
        """One of the page's files."""
        if not self._knows(request):
            return PlainTextResponse("a token is needed", 403)
        return _file(request.path_params["name"])

    async def play(self, socket: WebSocket) -> None:
        """A visitor: every message gets one answer, a scene or a line that says what is wrong."""
        if not (self._knows(socket) and _own_page(socket)):
            await socket.close(1008)
            return
        await socket.accept()
        if self._present >= self.visitors:
            await socket.close(FULL, f"{self.visitors} visitors are here already")
            return
        self._present += 1
        visit = _Visit(self.gallery)
        try:
            await socket.send_json({"kind": "welcome", "places": self.gallery.titles()})
            while True:
                received = await socket.receive()
                if received["type"] == "websocket.disconnect":
                    break
                loop = asyncio.get_running_loop()
                answer = await loop.run_in_executor(self._worker, visit.answer, received.get("text"))
                await (socket.send_bytes(answer) if isinstance(answer, bytes) else socket.send_text(answer))
        except WebSocketDisconnect:
            pass  # the visitor has left in the middle of an answer
        finally:
            self._present -= 1
            visit.close()

    def _knows(self, connection: HTTPConnection) -> bool:
        given = connection.query_params.get("token") or connection.cookies.get(COOKIE, "")
        return self.token is None or secrets.compare_digest(given.encode(), self.token.encode())


class _Visit:
    """What one visitor says, and hears."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.session: Session | None = None

    def answer(self, text: str | None) -> bytes | str:
        """The scene after a message, as bytes; else a line of JSON."""
        try:
            message = messages.read_message(text)
            if isinstance(message, messages.Enter):
                return self._enter(message)
            if self.session is None:
                raise InputError('enter a world first: {"do": "enter", "place": ...}.')
            if isinstance(message, messages.Save):
                return pack({"kind": "video"}, self.session.video())
            self.session.handle(message)
            return scene(self.session)
        except WorldModelsError as error:
            return json.dumps({"kind": "error", "text": " ".join(str(error).split())})

    def close(self) -> None:
        """The visitor has left."""
        if self.session is not None:
            self.session.close()

    def _enter(self, message: messages.Enter) -> bytes:
        place = self.gallery.open(message.place)
        view = self.session.view if self.session is not None and self.session.place is place else None
        self.close()
        self.session = None
        self.session = Session(place, message.seed, view)
        return scene(self.session, {"controls": place.controls()})


def scene(session: Session, more: Mapping[str, Any] | None = None) -> bytes:
    """A scene on its way to the page: all numbers as JSON, then the pixels of one panel after the other, RGB."""
    shown = session.panels()
    pixels = [np.broadcast_to(panel.frames, (*panel.frames.shape[:3], 3)) for panel in shown]
    sizes = [{"name": p.name, "shape": list(x.shape[:3])} for p, x in zip(shown, pixels, strict=True)]
    header = {"kind": "scene", "panels": sizes, **session.header(), **(more or {})}
    return pack(header, b"".join(np.ascontiguousarray(x).tobytes() for x in pixels))


def pack(header: Mapping[str, Any], body: bytes) -> bytes:
    """A header's length in four bytes, the header as JSON, and a body."""
    text = json.dumps(header, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "big") + text + body


@cache
def _contents() -> dict[str, bytes]:
    page = resources.files("worldmodels.play") / "page"
    return {name: (page / name).read_bytes() for name in FILES}


def _file(name: str) -> Response:
    if name not in FILES:
        return PlainTextResponse("there is no such file", 404)
    return Response(_contents()[name], headers={**HEADERS, "Content-Type": FILES[name]})


def _own_page(socket: WebSocket) -> bool:
    """Whether the page that asks came from this server: browsers let any page open a websocket to any other."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")
