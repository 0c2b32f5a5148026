"""Headless Chromium, driven over WebDriver with nothing but the standard library."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

WIDTHS = (400, 800, 1400)
SCHEMES = ("light", "dark")


def needs_browser(test: Any) -> Any:
    """A test that runs where Chromium and its driver are installed, by `pytest -m browser`."""
    absent = pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs chromium and chromedriver")
    return pytest.mark.browser(absent(test))


class Box(NamedTuple):
    """A part of a page, in pixels."""

    x: float
    y: float
    width: float
    height: float


class Page:
    """A window with one file open."""

    def __init__(self, url: str, session: str) -> None:
        self.base = f"{url}/session/{session}"

    def open(self, path: Path) -> None:
        """Open a file and wait until it is loaded."""
        self._post("/url", url=path.resolve().as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self._post("/execute/sync", script=script, args=list(arguments))

    def resize(self, width: int, scheme: str = "light") -> None:
        """Show the page in a window of this width, in a colour scheme."""
        self._command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self._command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def messages(self) -> list[str]:
        """What the console has said of errors since it was last asked."""
        found = self._post("/se/log", type="browser")
        return [entry["message"] for entry in found if entry["level"] in ("SEVERE", "WARNING")]

    def remote(self) -> list[str]:
        """What the page has fetched from elsewhere."""
        names = self.run("return performance.getEntriesByType('resource').map(entry => entry.name)")
        return [name for name in names if not name.startswith(("data:", "blob:", "file:"))]

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def contrast(self) -> float:
        """How far the brightness of text and background are apart, 0 to 1."""
        script = """
            const of = color => color.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 765;
            const style = getComputedStyle(document.body);
            return Math.abs(of(style.color) - of(style.backgroundColor));"""
        return self.run(script)

    def screenshot(self, path: Path, box: Box | None = None) -> None:
        """What the window shows, or this part of the page, as PNG."""
        part = {} if box is None else {"clip": {**box._asdict(), "scale": 1}, "captureBeyondViewport": True}
        path.write_bytes(base64.b64decode(self._command("Page.captureScreenshot", format="png", **part)["data"]))

    def _command(self, name: str, **parameters: Any) -> Any:
        return self._post("/goog/cdp/execute", cmd=name, params=parameters)

    def _post(self, path: str, **content: Any) -> Any:
        return _answer(self.base + path, content)


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A new browser with an empty profile."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen([str(DRIVER), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        options = {"binary": BROWSER, "args": [*flags, "--disable-dev-shm-usage", f"--user-data-dir={profile}"]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = _answer(f"{url}/session", {"capabilities": {"alwaysMatch": wanted}})
        try:
            yield Page(url, made["sessionId"])
        finally:
            urllib.request.urlopen(
                urllib.request.Request(f"{url}/session/{made['sessionId']}", method="DELETE"), timeout=30
            )
    finally:
        driver.terminate()
        driver.wait(30)


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            if _answer(f"{url}/status", None)["ready"]:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("chromedriver does not answer")


def _answer(url: str, content: dict[str, Any] | None) -> Any:
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)["value"]
