"""Serve the built book to everybody in the room: ``python -m tools.serve`` (or ``… 8000 folder``).

Any web server does; this one is at hand, compresses, and holds hundreds of phones at once.
"""

import argparse
import asyncio
import socket
import sys
from contextlib import suppress
from pathlib import Path

from tornado.web import Application, StaticFileHandler

from tools.book import FIRST_PAGE

BACKLOG = 1024  # a whole hall opens the page in the same second


def own_address() -> str:
    """Return this machine's address in its network, or its name if it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses a way out
        except OSError:
            return socket.gethostname()
        address: str = probe.getsockname()[0]
        return address


async def serve(folder: Path, port: int) -> None:
    """Serve a folder until interrupted."""
    handler = (r"/(.*)", StaticFileHandler, {"path": folder, "default_filename": "index.html"})
    Application([handler], compress_response=True).listen(port, backlog=BACKLOG)
    print(f"Serving {folder} at http://{own_address()}:{port}/; Ctrl-C ends it.", flush=True)
    await asyncio.Event().wait()


def main() -> int:
    """Read port and folder, and serve."""
    parser = argparse.ArgumentParser(prog="python -m tools.serve", description=__doc__)
    parser.add_argument("port", type=int, nargs="?", default=8000)
    parser.add_argument("folder", type=Path, nargs="?", default=FIRST_PAGE.parent.parent)
    given = parser.parse_args()
    folder = given.folder
    if not 0 < given.port < 2**16:
        parser.error(f"port is {given.port}; expected 1 to 65535.")
    if not folder.is_dir():
        print(f"There is no {folder}: build the book first (make book).", file=sys.stderr)
        return 1
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(folder, given.port))
    except OSError as error:
        print(f"Port {given.port} is not to be had ({error}); name another.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
