"""A viewer of the demos runs no code and reads no file that is not a demo: all ways tried fail."""

import http.client
import json
import re
import shutil
import sys
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from uuid import uuid4

import nbformat
import pytest
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from servers import free_port, serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tools import kernel_environment
from tools.demos import DEMOS

pytestmark = pytest.mark.xdist_group("servers")
DEMO = "/voila/render/gradient-flow.ipynb"
SECRET = "the-examination-paper"
V1 = "v1.kernel.websocket.jupyter.org"


class Viewer:
    """Somebody who has one demo open, and tries other things as well."""

    def __init__(self, port: int, marker: Path) -> None:
        self.port = port
        self.marker = marker  # the file that code would write if it ran
        self.code = f"__import__('pathlib').Path({str(marker)!r}).write_text('ran')"
        self.page = self.ask(DEMO)[1]
        self.kernel = re.search(r'"kernelId": "([\w-]+)"', self.page)[1]

    def ask(self, path: str, method: str = "GET", body: str = "") -> tuple[int, str]:
        """Send a request with the path exactly as it is; return status and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        connection.close()
        return response.status, text

    @contextmanager
    def socket(self, path: str = "", protocol: str | None = V1):
        """Open a socket of the demo's kernel."""
        path = path or f"/api/kernels/{self.kernel}/channels?session_id={uuid4()}"
        protocols = [protocol] if protocol else None
        address = f"ws://127.0.0.1:{self.port}{path}"
        with connect(address, subprotocols=protocols, open_timeout=30, max_size=None) as opened:
            yield opened

    def exchange(self, frame: bytes | str, msg_id: str) -> list[dict]:
        """Send a frame, then a question the kernel answers; return what answered the frame."""
        with self.socket() as opened:
            opened.send(frame)
            asked = message("kernel_info_request", {})
            opened.send(as_v1(asked))
            answers = []
            while True:
                answer = from_v1(opened.recv(timeout=30))
                parent = answer["parent_header"].get("msg_id")
                if parent == msg_id:
                    answers.append(answer)
                if parent == asked["header"]["msg_id"] and answer["type"] == "kernel_info_reply":
                    return answers


def message(kind: str, content: dict, channel: str = "shell") -> dict:
    """Return a kernel message of that kind."""
    header = {
        "msg_id": str(uuid4()),
        "msg_type": kind,
        "session": str(uuid4()),
        "username": "",
        "date": "2026-01-01T00:00:00Z",
        "version": "5.3",
    }
    empty = {"parent_header": {}, "metadata": {"version": "1.0.0"}}  # of the control comm
    return {"header": header, "content": content, "channel": channel, **empty}


def as_v1(sent: dict, header: bytes | None = None) -> bytes:
    """Return the message as it goes over the socket, its header replaced if one is given."""
    parts = [json.dumps(sent[p]).encode() for p in ("parent_header", "metadata", "content")]
    return serialize_msg_to_ws_v1(
        [header or json.dumps(sent["header"]).encode(), *parts], sent["channel"]
    )


def from_v1(received: bytes) -> dict:
    """Return a message from the socket."""
    channel, parts = deserialize_msg_from_ws_v1(received)
    header, parent, _, content = (json.loads(part) for part in parts[:4])
    return {
        "channel": channel,
        "type": header["msg_type"],
        "parent_header": parent,
        "content": content,
    }


@pytest.fixture(scope="module")
def viewer(tmp_path_factory):
    """A viewer of a real Voilà whose folder holds more than the demos."""
    folder = tmp_path_factory.mktemp("lecture")
    demos = folder / "demos"
    shutil.copytree(DEMOS, demos)
    (demos / "secret.ipynb").write_text(
        (DEMOS / "gradient-flow.ipynb").read_text().replace("import rnnbook", f"'{SECRET}'")
    )
    for path in ("secret.txt", "secret.png", "host/secret.png", "../secret.txt", "../secret.ipynb"):
        (demos / path).write_text(SECRET)
    port = free_port()
    start = f"import pathlib, tools.demos as d; d.DEMOS = pathlib.Path({str(demos)!r}); d.main()"
    command = [sys.executable, "-c", start, f"--port={port}", "--no-browser"]
    environment = {**kernel_environment(), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    address = f"http://127.0.0.1:{port}"
    with serving(command, address, environment, folder / "voila.log"):
        yield Viewer(port, folder / "marker")


def test_what_a_viewer_is_meant_to_get(viewer):
    status, text = viewer.ask("/")
    assert status == 200
    assert DEMO.removeprefix("/") in text
    assert '"model_id"' in viewer.page
    opened = message(
        "comm_open", {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}}
    )
    asked = message("comm_msg", {"comm_id": "c", "data": {"method": "request_states"}})
    with viewer.socket() as socket:
        socket.send(as_v1(opened))
        socket.send(as_v1(asked))
        states = wait_for(
            socket, lambda m: m["content"].get("data", {}).get("method") == "update_states"
        )
        (widget,) = (k for k, v in states["data"]["states"].items() if "weight_scale" in v["state"])
        for content in (
            {"comm_id": widget, "data": {"method": "update", "state": {"weight_scale": 2.5}}},
            {"comm_id": widget, "data": {"method": "request_state"}},
        ):
            socket.send(as_v1(message("comm_msg", content)))
        told = wait_for(socket, lambda m: m["content"].get("data", {}).get("method") == "update")
        assert told["data"]["state"]["weight_scale"] == 2.5


def wait_for(socket, wanted) -> dict:
    """Return the content of the first message that is wanted."""
    while True:
        received = from_v1(socket.recv(timeout=30))
        if wanted(received):
            return received["content"]


def test_a_page_holds_no_source(viewer):
    import_, build, _ = nbformat.read(DEMOS / "gradient-flow.ipynb", 4).cells
    for cell in (import_, build):
        assert cell.source not in unescape(viewer.page)


READ = {
    "a notebook that is not listed": "/voila/render/secret.ipynb",
    "one folder up": "/voila/render/../secret.ipynb",
    "one folder up, encoded": "/voila/render/%2e%2e%2fsecret.ipynb",
    "past a listed one": "/voila/render/gradient-flow.ipynb/../secret.ipynb",
    "past a listed one, encoded": "/voila/render/gradient-flow.ipynb%2f..%2fsecret.ipynb",
    "a text file as a notebook": "/voila/render/secret.txt",
    "an absolute path": "/voila/render//etc/passwd",
    "the settings": "/voila/render/host/voila.json",
    "another template": f"{DEMO}?template=classic",
    "another theme": f"{DEMO}?theme=dark",
    "another kernel": f"{DEMO}?kernel_name=bash",
    "a listing of the folder": "/voila/tree",
    "a listing of a folder in it": "/voila/tree/host",
    "the notebook with its sources": "/voila/api/contents/gradient-flow.ipynb",
    "another notebook with its sources": "/voila/api/contents/secret.ipynb",
    "a download of the notebook": "/voila/files/gradient-flow.ipynb",
    "a download of a text": "/voila/files/secret.txt",
    "a download of a picture": "/voila/files/secret.png",
    "Jupyter's files": "/files/secret.txt",
    "Jupyter's contents": "/api/contents/secret.txt",
    "Jupyter's exporter": "/nbconvert/html/secret.ipynb",
    "up from the front end": "/voila/static/../../../../../../../../../../etc/passwd",
    "up from the front end, encoded": "/voila/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "up from a template": "/voila/templates/rnnbook/static/../conf.json",
    "a template's parent": "/voila/templates/../static/../templates/rnnbook/conf.json",
    "up from the extensions": "/voila/labextensions/../../../pyvenv.cfg",
    "up from the extensions, encoded": "/voila/labextensions/%2e%2e/%2e%2e/%2e%2e/pyvenv.cfg",
    "up from the themes": "/voila/api/themes/../../../../pyvenv.cfg",
    "an absolute path of a theme": "/voila/api/themes//etc/passwd",
    "the kernels of others": "/api/kernels",
    "the sessions": "/api/sessions",
    "the kernels there might be": "/api/kernelspecs",
    "a terminal": "/api/terminals",
    "the settings of the server": "/api/config/notebook",
    "a log-in page": "/login",
}


@pytest.mark.parametrize("path", READ.values(), ids=READ)
def test_no_other_file_is_read(viewer, path):
    status, text = viewer.ask(path)
    assert status in (400, 403, 404)
    assert SECRET not in text
    assert "root:" not in text


WRITTEN = {
    "start a kernel": ("POST", "/api/kernels", '{"name": "python3"}'),
    "start a session": ("POST", "/api/sessions", '{"kernel": {"name": "python3"}}'),
    "start a terminal": ("POST", "/api/terminals", ""),
    "upload a notebook": ("PUT", "/voila/api/contents/gradient-flow.ipynb", '{"type": "file"}'),
    "post to a demo": ("POST", DEMO, ""),
    "restart the kernel": ("POST", "/api/kernels/{kernel}/restart", ""),
    "interrupt the kernel": ("POST", "/api/kernels/{kernel}/interrupt", ""),
    "end the kernel": ("DELETE", "/api/kernels/{kernel}", ""),
    "end the kernel from another site": ("POST", "/voila/api/shutdown/{kernel}", ""),
}


@pytest.mark.parametrize("request_", WRITTEN.values(), ids=WRITTEN)
def test_nothing_is_started_or_changed(viewer, request_):
    method, path, body = request_
    status, _ = viewer.ask(path.format(kernel=viewer.kernel), method, body)
    assert status in (403, 404, 405)
    assert viewer.ask(f"/api/kernels/{viewer.kernel}")[0] == 200


@pytest.mark.parametrize(
    "path", ["/voila/query/{kernel}", "/voila/execution/{kernel}", "/terminals/websocket/1"]
)
def test_no_other_socket_opens(viewer, path):
    with (
        pytest.raises(InvalidStatus, match="404"),
        viewer.socket(path.format(kernel=viewer.kernel)),
    ):
        pass


def sneaked(code: str) -> dict:
    """Return messages that would run the code, or lead to it, each with the channel it takes."""
    run = {
        "code": code,
        "silent": False,
        "store_history": True,
        "allow_stdin": False,
        "stop_on_error": True,
    }
    widget = {"_model_module": "anywidget", "_model_name": "AnyModel"}
    return {
        "code": message("execute_request", run),
        "code on the control channel": message("execute_request", run, "control"),
        "code as an expression": message(
            "execute_request", {**run, "code": "", "user_expressions": {"x": code}}
        ),
        "completion, which evaluates": message(
            "complete_request", {"code": "rnnbook.", "cursor_pos": 8}
        ),
        "a look at an object's source": message(
            "inspect_request", {"code": "rnnbook.figure", "cursor_pos": 14, "detail_level": 1}
        ),
        "the history": message(
            "history_request", {"hist_access_type": "tail", "n": 9, "output": True, "raw": True}
        ),
        "whether code is complete": message("is_complete_request", {"code": code}),
        "an answer to input()": message("input_reply", {"value": code}, "stdin"),
        "the debugger": message(
            "debug_request",
            {"type": "request", "seq": 1, "command": "evaluate", "arguments": {"expression": code}},
            "control",
        ),
        "the kernel's end": message("shutdown_request", {"restart": False}, "control"),
        "an interruption": message("interrupt_request", {}, "control"),
        "a second shell": message("create_subshell_request", {}, "control"),
        "what the kernel uses": message("usage_request", {}, "control"),
        "a widget of the viewer's": message(
            "comm_open",
            {"comm_id": "x", "target_name": "jupyter.widget", "data": {"state": widget}},
        ),
        "a module to import": message(
            "comm_open",
            {"comm_id": "x", "target_name": "x", "target_module": "antigravity", "data": {}},
        ),
        "a script for the page": message(
            "comm_msg", {"comm_id": "x", "data": {"method": "update", "state": {"_esm": code}}}
        ),
        "a method widgets do not have": message(
            "comm_msg", {"comm_id": "x", "data": {"method": "eval", "content": code}}
        ),
        "a widget's message elsewhere": message(
            "comm_msg", {"comm_id": "x", "data": {"method": "update"}}, "control"
        ),
    }


@pytest.mark.parametrize("way", sneaked(""))
def test_no_message_runs_code(viewer, way):
    sent = sneaked(viewer.code)[way]
    assert viewer.exchange(as_v1(sent), sent["header"]["msg_id"]) == []
    assert not viewer.marker.exists()


@pytest.mark.parametrize(
    "way", ["the older protocol", "a header given twice", "no JSON", "no parts"]
)
def test_no_disguise_helps(viewer, way):
    sent = sneaked(viewer.code)["code"]
    msg_id = sent["header"]["msg_id"]
    twice = (
        json.dumps({**sent["header"], "msg_type": "comm_close"})[:-1]
        + ', "msg_type": "execute_request"}'
    )
    frames = {
        "the older protocol": json.dumps(sent),
        "a header given twice": as_v1(sent, twice.encode()),
        "no JSON": as_v1(sent, b"execute_request"),
        "no parts": b"\xff" * 40,
    }
    assert viewer.exchange(frames[way], msg_id) == []
    with viewer.socket(protocol=None) as opened:
        opened.send(frames[way])
    assert viewer.exchange(frames[way], msg_id) == []
    assert not viewer.marker.exists()


def test_the_marker_shows_code_that_runs(viewer):
    exec(viewer.code)
    assert viewer.marker.exists()
    viewer.marker.unlink()
