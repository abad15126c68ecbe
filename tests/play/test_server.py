import json
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("httpx2")

from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from worldmodels.play.gallery import Gallery
from worldmodels.play.server import FILES, Server

ENTER = {"do": "enter", "place": "reach"}


@pytest.fixture
def visit(reach):
    """A client of a server; settings are the server's."""
    clients = []

    def make(**settings):
        server = Server(Gallery({"reach": lambda: reach}), **settings)
        clients.append(TestClient(server.app, base_url="http://localhost"))
        return clients[-1].__enter__()

    yield make
    for client in clients:
        client.__exit__(None, None, None)


def said(socket, message):
    socket.send_text(message if isinstance(message, str) else json.dumps(message))
    answer = socket.receive()
    if answer.get("text") is not None:
        return json.loads(answer["text"])
    size = int.from_bytes(answer["bytes"][:4], "big")
    header = json.loads(answer["bytes"][4 : 4 + size])
    pixels = sum(3 * n * h * w for n, h, w in (panel["shape"] for panel in header["panels"]))
    assert len(answer["bytes"]) == 4 + size + pixels
    return header


def test_a_visitor_enters_acts_and_sees_pixels(visit):
    with visit().websocket_connect("ws://localhost/play") as socket:
        assert socket.receive_json() == {"kind": "welcome", "places": ["reach"]}
        scene = said(socket, ENTER)
        assert scene["controls"]["action"]["names"] == ["left", "right", "up", "down"]
        scene = said(socket, {"do": "step", "action": 1})
        assert (scene["at"], [panel["name"] for panel in scene["panels"]]) == (1, ["real", "imagined"])


def test_refused_messages_change_nothing_and_one_can_play_on(visit, malformed_messages):
    assert len(malformed_messages) >= 200
    with visit().websocket_connect("ws://localhost/play") as socket:
        socket.receive_json()
        said(socket, ENTER)
        before = said(socket, {"do": "step", "action": 0})
        for text in malformed_messages:
            if isinstance(text, bytes):
                socket.send_bytes(text)
                assert json.loads(socket.receive()["text"])["kind"] == "error"
            elif text is not None and text.isprintable():
                assert said(socket, text)["kind"] == "error"
        assert said(socket, {"do": "rewind", "to": 1}) == before


def test_visitors_do_not_disturb_one_another(visit):
    client = visit()
    with client.websocket_connect("ws://localhost/play") as one, client.websocket_connect("ws://localhost/play") as two:
        for socket in (one, two):
            socket.receive_json()
            said(socket, ENTER)
        for _ in range(3):
            said(two, {"do": "step", "action": 0})
        said(two, '{"do": "nonsense"}')
        assert said(one, {"do": "step", "action": 1})["at"] == 1
        assert said(two, {"do": "step", "action": 0})["at"] == 4


def test_a_full_server_says_so(visit):
    client = visit(visitors=1)
    with client.websocket_connect("ws://localhost/play") as one, client.websocket_connect("ws://localhost/play") as two:
        one.receive_json()
        with pytest.raises(WebSocketDisconnect) as closed:
            two.receive_json()
    assert closed.value.code == 1013
    with client.websocket_connect("ws://localhost/play") as socket:
        assert socket.receive_json()["kind"] == "welcome"


def test_nothing_but_the_pages_files_is_served(visit):
    client = visit()
    assert client.get("/").status_code == 200
    assert "default-src 'self'" in client.get("/").headers["content-security-policy"]
    assert all(client.get(f"/{name}").status_code == 200 for name in FILES)
    for path in (
        "/server.py",
        "/../server.py",
        "/%2e%2e/server.py",
        "/..%2fserver.py",
        "//etc/passwd",
        "/page/play.js",
    ):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "import" not in answer.text


def test_a_token_is_asked_for_and_becomes_a_cookie(visit):
    client = visit(token="s3cret")
    assert client.get("/").status_code == 403
    assert client.get("/play.js").status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("ws://localhost/play?token=wrong"):
        pass
    answer = client.get("/?token=s3cret", follow_redirects=False)
    assert answer.status_code == 303
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert client.get("/play.js").status_code == 200
    with client.websocket_connect("ws://localhost/play") as socket:
        assert socket.receive_json()["kind"] == "welcome"


def test_other_pages_and_other_names_are_refused(visit):
    client = visit()
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://localhost/play", headers={"origin": "http://evil.example"}),
    ):
        pass


def test_the_page_needs_no_other_server():
    page = Path(__file__).parents[2] / "worldmodels" / "play" / "page"
    assert {file.name for file in page.iterdir()} == set(FILES)
    for file in page.iterdir():
        text = file.read_text().replace("http://www.w3.org", "")
        assert "http://" not in text and "https://" not in text
