"""A real browser, driven by its own protocol. Where no Chromium is, whoever asks for one is skipped.

https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from simple_websocket import Client

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT_S = 20.0


def program() -> str | None:
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Page:
    """One tab."""

    def __init__(self, address: str) -> None:
        self.socket = Client.connect(address)
        self.number = 0
        self.said: list[str] = []  # errors that the page wrote to its console

    def ask(self, method: str, **parameters: Any) -> Any:
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            message = json.loads(self.socket.receive(timeout=WAIT_S) or "{}")
            if message.get("id") == self.number:
                assert "error" not in message, message
                return message["result"]
            self._hear(message)
        raise TimeoutError(method)

    def _hear(self, message: Any) -> None:
        if message.get("method") == "Runtime.exceptionThrown":
            self.said.append(str(message["params"]["exceptionDetails"]))
        if message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            entry = message["params"]["entry"]
            self.said.append(f"{entry['text']} {entry.get('url', '')}")

    def open(self, address: str) -> None:
        self.ask("Page.navigate", url=address)
        self.until("document.readyState === 'complete'")

    def enter(self, address: str, *, email: str, password: str) -> None:
        """Opens a page that asks who it is, and says it."""
        self.open(address)
        for field, text in (("username", email), ("password", password)):
            self.do(f"document.getElementById('id_{field}').value = {json.dumps(text)}")
        self.click("form [type=submit]")

    def do(self, script: str) -> Any:
        """What the script's expression is, as JSON."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, script: str) -> Any:
        deadline = time.monotonic() + WAIT_S
        while not (found := self.do(f"Boolean({script})")):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{script}; the page says: {self.do('document.body.innerText')[:2000]}; {self.said}")
            time.sleep(0.05)
        return found

    def text(self, selector: str) -> str:
        return str(self.do(f"document.querySelector({json.dumps(selector)}).innerText"))

    def click(self, selector: str) -> None:
        self.do(f"document.querySelector({json.dumps(selector)}).click()")

    def choose(self, selector: str, value: str) -> None:
        """As a person would: the field changes and says so."""
        said = f"document.querySelector({json.dumps(selector)})"
        event = "new Event('change', {bubbles: true})"
        self.do(f"{said}.value = {json.dumps(value)}; {said}.dispatchEvent({event}); true")

    def attach(self, selector: str, file: Path) -> None:
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def picture(self, file: Path, *, width: int = 1200) -> None:
        """The whole page, as wide as said."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """Everything that it writes is in `folder`."""
    command = [
        str(program()), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=es-CL",
        "--no-first-run", "--disable-background-networking", f"--user-data-dir={folder}", "--remote-debugging-port=0",
        "--remote-allow-origins=*", "--no-proxy-server", "about:blank",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _first_page(folder / "DevToolsActivePort", process)
    finally:
        process.terminate()
        process.wait(20)


def _first_page(announced: Path, process: subprocess.Popen[bytes]) -> Page:
    deadline = time.monotonic() + WAIT_S
    while not announced.exists() or not announced.read_text().strip():
        assert process.poll() is None, "the browser did not start"
        assert time.monotonic() < deadline, "the browser says nothing"
        time.sleep(0.05)
    port = announced.read_text().split()[0]
    tabs = httpx.get(f"http://127.0.0.1:{port}/json", trust_env=False).json()
    page = Page(next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"))
    for domain in ("Page", "Runtime", "Log", "DOM"):
        page.ask(f"{domain}.enable")
    return page
