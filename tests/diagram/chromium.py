"""A headless Chromium driven over chromedriver's W3C protocol, with nothing but the standard library."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

_DIRECT = build_opener(ProxyHandler({}))
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_STARTED = re.compile(rb"successfully on port (\d+)")
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "Space": " "}


class Browser:
    """One window of a running browser."""

    def __init__(self, root: str, session: str) -> None:
        self._root = f"{root}/session/{session}"

    def call(self, path: str, /, method: str = "POST", **body: object) -> Any:
        """What chromedriver answers to a command."""
        return _call(f"{self._root}{path}", method, body)

    def open(self, path: Path, width: int = 1280, height: int = 800) -> None:
        """Show a file in a window of a size, and forget what was logged before."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("/url", url="about:blank")
        for kind in ("browser", "performance"):
            self.log(kind)
        self.call("/url", url=path.as_uri())

    def reload(self) -> None:
        self.call("/refresh")

    def run(self, script: str, *arguments: object) -> Any:
        """What a script's `return` gives."""
        return self.call("/execute/sync", script=script, args=list(arguments))

    def cdp(self, command: str, **parameters: object) -> Any:
        """A command of Chromium's own protocol."""
        return self.call("/goog/cdp/execute", cmd=command, params=parameters)

    def find(self, id: str) -> dict[str, str]:
        return self.run("return document.getElementById(arguments[0])", id)

    def point(self, target: dict[str, str], *, press: bool = False, by: Sequence[int] = (0, 0)) -> None:
        """Move the mouse over an element, and press, drag by so many pixels, and let go."""
        steps: list[dict[str, object]] = [{"type": "pointerMove", "duration": 0, "origin": target, "x": 0, "y": 0}]
        if press:
            drag = (
                [{"type": "pointerMove", "duration": 0, "origin": "pointer", "x": by[0], "y": by[1]}] if any(by) else []
            )
            steps += [{"type": "pointerDown", "button": 0}, *drag, {"type": "pointerUp", "button": 0}]
        self._act("pointer", steps)

    def wheel(self, target: dict[str, str], down: int) -> None:
        """Turn the wheel over an element with Ctrl held."""
        turn = {"type": "scroll", "origin": target, "x": 0, "y": 0, "deltaX": 0, "deltaY": down, "duration": 0}
        self._act("key", [{"type": "keyDown", "value": "\ue009"}], release=False)
        self._act("wheel", [turn])

    def tap(self, target: dict[str, str]) -> None:
        """Touch an element with a finger."""
        place = "const r = arguments[0].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]"
        x, y = self.run(place, target)
        self.cdp("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.cdp("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def press(self, key: str) -> None:
        value = KEYS[key]
        self._act("key", [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}])

    def log(self, kind: str) -> list[dict[str, Any]]:
        """What was logged since last asked: `browser` (the console) or `performance` (the network among others)."""
        return self.call("/se/log", type=kind)

    def screenshot(self) -> bytes:
        return b64decode(self.call("/screenshot", "GET"))

    def alert(self) -> str | None:
        """The text of a dialog that a script has opened."""
        try:
            return self.call("/alert/text", "GET")
        except HTTPError:
            return None

    def _act(self, kind: str, steps: Sequence[object], *, release: bool = True) -> None:
        self.call("/actions", actions=[{"type": kind, "id": f"the {kind}", "actions": steps}])
        if release and kind != "pointer":
            self.call("/actions", "DELETE")


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block; raises `LookupError` where there is none."""
    driver, binary = shutil.which("chromedriver"), shutil.which("chromium") or shutil.which("google-chrome")
    if driver is None or binary is None:
        raise LookupError("no chromium with chromedriver on PATH (Debian: `apt install chromium chromium-driver`)")
    with subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield from _session(process, binary)
        finally:
            process.terminate()


def _session(process: subprocess.Popen[bytes], binary: str) -> Iterator[Browser]:
    assert process.stdout is not None
    port = next((found[1].decode() for line in process.stdout if (found := _STARTED.search(line))), None)
    if port is None:
        raise LookupError("chromedriver does not start")
    root = f"http://127.0.0.1:{port}"
    arguments = ["--headless=new", "--disable-gpu", "--force-prefers-reduced-motion", "--hide-scrollbars"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    wanted = {
        "unhandledPromptBehavior": "ignore",
        "goog:chromeOptions": {"binary": binary, "args": arguments},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    }
    try:
        session = _call(f"{root}/session", "POST", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
    except HTTPError as error:
        raise LookupError(f"chromium does not start: {error.read().decode()[:200]}") from error
    try:
        yield Browser(root, session)
    finally:
        _call(f"{root}/session/{session}", "DELETE", {})


def _call(url: str, method: str, body: object) -> Any:
    data = json.dumps(body).encode() if method == "POST" else None
    with _DIRECT.open(Request(url, data, {"Content-Type": "application/json"}, method=method), timeout=30) as answer:
        return json.load(answer)["value"]
