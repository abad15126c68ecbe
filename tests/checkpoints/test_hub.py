"""Against a stand-in for the hub's API on this machine."""

import base64
import hashlib
import importlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from worldmodels import WorldSpec, create, load, save
from worldmodels.checkpoints import read_config
from worldmodels.checkpoints.card import model_card
from worldmodels.cli import pull as pull_verb
from worldmodels.cli import push as push_verb
from worldmodels.errors import CheckpointError

hub = pytest.importorskip("huggingface_hub")
constants = importlib.import_module("huggingface_hub.constants")


class Server(ThreadingHTTPServer):
    """Keeps what is committed; the commit's name is a digest of it."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.repos, self.requests = {}, []

    def sha(self, repo):
        return hashlib.sha1(repr(sorted(self.repos[repo].items())).encode()).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, code, content=b"", **headers):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        for name, value in {"Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append(self.path)
        if self.headers.get("Authorization") != "Bearer hf_right":
            return self.answer(401, {"error": "Invalid token"}, X_Error_Message="Invalid token")
        if self.path == "/api/repos/create":
            given = json.loads(body)
            repo = f"{given.get('organization') or 'me'}/{given['name']}"
            known = repo in self.server.repos
            self.server.repos.setdefault(repo, {})
            url = f"http://127.0.0.1:{self.server.server_port}/{repo}"
            return self.answer(409 if known else 200, {"url": url, "id": repo, "name": repo})
        if self.path == "/api/validate-yaml":
            return self.answer(200, {"errors": [], "warnings": []})
        repo = "/".join(self.path.split("/")[3:5])
        if "/preupload/" in self.path:
            files = [{**file, "uploadMode": "regular", "shouldIgnore": False} for file in json.loads(body)["files"]]
            return self.answer(200, {"files": files})
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                self.server.repos[repo][line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        sha = self.server.sha(repo)
        url = f"http://127.0.0.1:{self.server.server_port}/{repo}/commit/{sha}"
        return self.answer(200, {"success": True, "commitOid": sha, "commitUrl": url, "hookOutput": ""})

    def do_GET(self):
        path = self.path.partition("?")[0]
        parts = path.strip("/").split("/")
        self.server.requests.append(path)
        repo = "/".join(parts[2:4] if parts[0] == "api" else parts[:2])
        if repo not in self.server.repos:
            return self.answer(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
        files, sha = self.server.repos[repo], self.server.sha(repo)
        if parts[0] != "api":
            content = files[parts[4]]
            return self.answer(200, content, ETag=f'"{hashlib.sha1(content).hexdigest()}"', X_Repo_Commit=sha)
        if "tree" in parts:
            tree = [
                {"type": "file", "path": n, "size": len(c), "oid": hashlib.sha1(c).hexdigest()}
                for n, c in files.items()
            ]
            return self.answer(200, tree)
        if "revision" in parts and parts[-1] not in ("main", sha):
            return self.answer(404, {"error": "no such revision"}, X_Error_Code="RevisionNotFound")
        siblings = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
        return self.answer(200, {"id": repo, "modelId": repo, "sha": sha, "siblings": siblings, "private": False})

    do_HEAD = do_GET


@pytest.fixture
def server(tmp_path, monkeypatch):
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    template = f"http://127.0.0.1:{server.server_port}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def folder(toy, tmp_path):
    model = create(toy, WorldSpec((3, 8, 8)), state=4, hidden=8)
    figures = {"psnr": {"mean": 31.41592653, "interval": [31.0, 32.0]}, "note": "a | b"}
    provenance = {"data": "data/ball", "figures": figures}
    return save(model, tmp_path / "checkpoint", provenance=provenance, training={"step": 3})


def test_what_is_pushed_can_be_loaded_by_its_id(server, folder, capsys):
    push_verb.run([str(folder), "repo=me/ball"])
    address = capsys.readouterr().out.strip()
    assert address.endswith(f"/me/ball/commit/{server.sha('me/ball')}")
    assert set(server.repos["me/ball"]) == {"config.json", "model.safetensors", "README.md"}
    loaded = load("me/ball")
    assert torch.equal(loaded.encoder.weight, load(folder).encoder.weight)


def test_pushing_again_replaces_it(server, folder):
    for _ in range(2):
        push_verb.run([str(folder), "repo=me/ball"])
    assert set(server.repos["me/ball"]) == {"config.json", "model.safetensors", "README.md"}


def test_pulling_prints_the_folder_and_takes_nothing_else(server, folder, capsys):
    push_verb.run([str(folder), "repo=me/ball"])
    server.repos["me/ball"] |= {"evil.py": b"import os", "training.pt": b"pickle"}
    capsys.readouterr()
    pull_verb.run(["me/ball", f"revision={server.sha('me/ball')}"])
    pulled = capsys.readouterr().out.strip()
    assert read_config(Path(pulled))["plugin"] == "toy"
    assert not [path for path in server.requests if path.endswith(("evil.py", "training.pt"))]


def test_an_average_of_the_weights_travels_too(server, folder, tmp_path):
    model = load(folder)
    average = {name: tensor + 1 for name, tensor in model.state_dict().items()}
    push_verb.run([str(save(model, tmp_path / "averaged", average=average)), "repo=me/averaged"])
    pulled = load("me/averaged").state_dict()
    assert all(torch.equal(pulled[name], tensor) for name, tensor in average.items())


def test_what_was_pulled_works_without_the_network(server, folder, monkeypatch):
    push_verb.run([str(folder), "repo=me/ball"])
    load("me/ball")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert load("me/ball").config.state == 4


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["me/none"], "'me/none' is no folder here and cannot be had from the hub"),
        (["me/ball", "revision=gone"], "cannot be had from the hub"),
        (["not a name"], "cannot be had from the hub"),
    ],
)
def test_what_cannot_be_pulled_is_one_line(server, folder, words, cause):
    push_verb.run([str(folder), "repo=me/ball"])
    with pytest.raises(CheckpointError, match=cause) as caught:
        pull_verb.run(words)
    assert "\n" not in str(caught.value)


def test_no_network_is_one_line(server, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(CheckpointError, match="cannot be had") as caught:
        load("me/ball")
    assert "\n" not in str(caught.value)


def test_a_repository_without_a_checkpoint(server):
    server.repos["me/other"] = {"README.md": b"# other"}
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        load("me/other")


def test_what_cannot_be_pushed_is_one_line(server, folder, tmp_path, monkeypatch):
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        push_verb.run([str(tmp_path), "repo=me/ball"])
    with pytest.raises(CheckpointError, match="cannot be pushed to"):
        push_verb.run([str(folder), "repo=no/such/name"])
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(CheckpointError, match="cannot be pushed to") as caught:
        push_verb.run([str(folder), "repo=me/ball"])
    assert "\n" not in str(caught.value)
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match="not whole"):
        push_verb.run([str(folder), "repo=me/ball"])


def test_the_card_holds_config_figures_and_usage(folder):
    card = hub.ModelCard(str(model_card(read_config(folder), "me/ball")))
    assert card.data.library_name == "worldmodels"
    assert "toy" in card.data.tags
    for part in (
        "# ball",
        "| psnr.mean | 31.416 |",
        "| note | a \\| b |",
        "| state | 4 |",
        "| data | data/ball |",
        "| frame_shape | [3, 8, 8] |",
        'worldmodels.load("me/ball")',
        "pip install 'worldmodels-core[hub]' worldmodels-toy",
    ):
        assert part in card.text
