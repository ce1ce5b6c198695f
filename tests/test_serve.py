"""The server for a whole room: it sends the site, compressed, and says where it is missing."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from servers import free_port, serving

from tools import ROOT


@pytest.mark.xdist_group("servers")
def test_it_serves_the_site_compressed(tmp_path):
    site = tmp_path / "site"
    (site / "demos").mkdir(parents=True)
    (site / "index.html").write_text("first page " * 500, encoding="utf-8")
    (site / "demos" / "x.html").write_text("a demo", encoding="utf-8")
    (tmp_path / "secret.html").write_text("secret", encoding="utf-8")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tools.serve", str(port), str(site)]
    with serving(command, address, dict(os.environ), tmp_path / "log"):
        request = urllib.request.Request(f"{address}/", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert len(answer.read()) < 500
        with urllib.request.urlopen(f"{address}/demos/x.html", timeout=10) as answer:
            assert answer.read() == b"a demo"
        for path in ("../secret.html", "%2e%2e/secret.html"):
            with pytest.raises(urllib.error.HTTPError, match=r"403|404"):
                urllib.request.urlopen(f"{address}/{path}", timeout=10)
    assert f":{port}/" in (tmp_path / "log").read_text()


def test_without_a_site_it_says_so(tmp_path, monkeypatch, capsys):
    from tools import serve

    monkeypatch.setattr(sys, "argv", ["serve", "8000", str(tmp_path / "none")])
    assert serve.main() == 1
    assert "make book" in capsys.readouterr().err


def refusal(port: int, folder) -> str:
    command = [sys.executable, "-m", "tools.serve", str(port), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_port_that_is_not_to_be_had_is_refused_in_a_sentence(tmp_path):
    assert "port is 70000; expected 1 to 65535" in refusal(70000, tmp_path)
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} is not to be had" in refusal(port, tmp_path)
