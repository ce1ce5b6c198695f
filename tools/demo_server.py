"""Voilà, less all that a viewer of the demos has no use for.

Voilà as it comes refuses code that is sent to a kernel, but lists its folder and hands out any
notebook in it, with its sources; its sockets reach a kernel's control and debug channels. Here a
viewer gets the gallery, the listed demos and what these load; of a kernel, its widgets alone.
"""

import json
import re
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import FileFindHandler, JupyterHandler
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyterlab_server.themes_handler import ThemesHandler
from tornado.web import HTTPError, authenticated
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from rnnbook.demos import gallery, read_demos

SERVED = {
    MultiStaticFileHandler,  # Voilà's front end
    TemplateStaticFileHandler,
    ThemesHandler,
    FileFindHandler,  # its extensions, which show the widgets
    VoilaKernelWebsocketHandler,
    VoilaShutdownKernelHandler,  # a page that is left ends its kernel
}
PLAIN = r"((?:[\w@][\w.@-]*/)*[\w@][\w.@-]*)"  # a path that leads nowhere but down

# What a widget's page sends, and what it is sent.
ASKED = {"kernel_info_request", "comm_info_request", "comm_close"}
ANSWERED = {"status", "kernel_info_reply", "comm_info_reply", "comm_open", "comm_msg", "comm_close"}
ANSWERED |= {"display_data", "update_display_data", "clear_output", "stream"}
METHODS = {"update", "request_state", "request_states", "custom"}


class Gallery(JupyterHandler):
    """The first page: every demo with its sentence."""

    def initialize(self, page: str) -> None:
        """Take the page as it is sent."""
        self.page = page

    @authenticated
    def get(self) -> None:
        """Send the page."""
        self.finish(self.page)


class DemoPage(TornadoVoilaHandler):
    """A listed demo; what follows a ? would reach its kernel's environment, so nothing may."""

    async def get(self, path: str | None = None) -> None:
        """Send the demo, run by a kernel of the viewer's own."""
        if self.request.query:
            raise HTTPError(400, "a demo takes nothing after ?; its state stands after #.")
        assert self.xsrf_token  # sets the cookie, without which the page may not end its kernel
        await super().get(path)


class KernelState(KernelHandler):
    """Whether a kernel runs, for the page that it is the kernel of."""

    SUPPORTED_METHODS = ("GET",)


class WidgetsOnly(ZMQChannelsWebsocketConnection):
    """The way between a page and its kernel, open for the widgets' messages alone."""

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Pass on what a widget says; drop the rest."""
        message = widget_message(incoming_msg)
        if message is None:
            self.log.warning("Refused a message that is no widget's.")
        elif self.channels:
            self.session.send(self.channels["shell"], message)

    def _on_zmq_reply(self, stream: Any, msg_list: Any) -> None:
        """Send what concerns the widgets; errors, with their paths and sources, stay here."""
        if isinstance(msg_list, dict):  # the older of the two protocols
            header, content = msg_list["header"], msg_list["content"]
        else:
            header, content = json.loads(msg_list[0]), json.loads(msg_list[3])
        kind = header["msg_type"]
        if kind in ANSWERED and (kind != "stream" or content["name"] == "stdout"):
            super()._on_zmq_reply(stream, msg_list)


class DemoServer(Voila):
    """Voilà with the gallery as its first page, and a short list of what else it serves."""

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the settings and the list of demos."""
        super().initialize(argv)
        self.kernel_websocket_connection_class = WidgetsOnly
        root = Path(self.root_dir)
        self.demos = read_demos(root)
        ready = {root / f"{demo.name}.ipynb" for demo in self.demos if not demo.needs_kernel}
        others = [re.escape(str(path)) for path in root.rglob("*.ipynb") if path not in ready]
        self.config.VoilaKernelManager.preheat_denylist = others

    def init_handlers(self) -> list[tuple[Any, ...]]:
        """Return which paths are answered, and by what."""
        names = "|".join(re.escape(demo.name) for demo in self.demos)
        links = {f"voila/render/{demo.name}.ipynb": demo for demo in self.demos}
        page = gallery(links, '<link rel="icon" href="data:,">')
        handlers: list[tuple[Any, ...]] = [(self.server_url, Gallery, {"page": page})]
        for pattern, handler, *settings in super().init_handlers():
            if handler in SERVED:
                handlers.append((pattern.replace("(.*)", PLAIN), handler, *settings))
            elif handler is KernelHandler:
                handlers.append((pattern, KernelState))
            elif handler is TornadoVoilaHandler:
                listed = pattern.replace("(.*)", rf"((?:{names})\.ipynb)")
                handlers.append((listed, DemoPage, *settings))
        return handlers


def widget_message(sent: str | bytes) -> dict[str, Any] | None:
    """Return a message from a page as it goes to the kernel, or None if it is no widget's.

    Widgets that exist are read and set, none is made; their names that begin with an underscore
    (whose view, which script) stay as the demo has them.
    """
    if isinstance(sent, str) or 8 * int.from_bytes(sent[:8], "little") > len(sent):
        return None  # the older protocol, or more parts than bytes: counting them would not end
    try:
        channel, parts = deserialize_msg_from_ws_v1(sent)
        header, parent, metadata, content = (json.loads(part) for part in parts[:4])
        passes = channel == "shell" and _is_a_widgets(header["msg_type"], content)
    except Exception:  # whatever is wrong with what a stranger sends
        return None
    message = {"header": header, "parent_header": parent, "metadata": metadata, "content": content}
    return {**message, "buffers": parts[4:]} if passes else None


def _is_a_widgets(kind: str, content: dict[str, Any]) -> bool:
    if kind == "comm_open":
        return content["target_name"] == "jupyter.widget.control"
    if kind == "comm_msg":
        names = content["data"].get("state", {})
        hidden = any(name.startswith("_") for name in names)
        return content["data"]["method"] in METHODS and not hidden
    return kind in ASKED
