"""A chat completions endpoint on loopback that answers as a test wants: well, late, cut off, or with nonsense."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[dict[str, Any], int], "str | Refusal | bytes"]
"""(body of a request, its number from 0) → what the model writes, a refusal, or raw bytes of a reply."""


@dataclass(frozen=True)
class Refusal:
    status: int
    message: str = "refused"
    headers: dict[str, str] = field(default_factory=dict)
    param: str | None = None


@dataclass
class ChatServer:
    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    most_at_once: int = 0


@contextmanager
def chat_server(reply: Reply) -> Iterator[ChatServer]:
    """A server whose model answers by ``reply``; it ends with the block."""
    found = ChatServer("")
    lock = threading.Lock()
    now = [0]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(found.asked)
                found.asked.append(body)
                found.keys.append(self.headers.get("Authorization", ""))
                now[0] += 1
                found.most_at_once = max(found.most_at_once, now[0])
            try:
                answer = reply(body, number)
            finally:
                with lock:
                    now[0] -= 1
            if self.path != "/v1/chat/completions":
                answer = Refusal(404, "no such page")
            if isinstance(answer, Refusal):
                told = {"error": {"message": answer.message, "param": answer.param, "type": "error", "code": None}}
                self._send(answer.status, json.dumps(told).encode(), answer.headers)
            elif isinstance(answer, bytes):
                self._send(200, answer, {})
            else:
                self._send(200, json.dumps(completion(answer)).encode(), {})

        def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def completion(content: str) -> dict[str, Any]:
    """The reply of an endpoint whose model wrote ``content``."""
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }
