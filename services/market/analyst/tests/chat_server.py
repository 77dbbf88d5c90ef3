"""
A server of chat completions on a socket, as OpenAI's answers: it checks what it is sent, and answers what a test has it say. Its model
is one that does whatever it reads.
"""

import http.server
import json
import threading


class ChatServer:
    """`model(request)`: the message that it answers; or a status, or bytes that are the whole body."""

    KEY = "sk-test"

    def __init__(self, model):
        self.requests = []
        self.problems = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.requests.append(request)
                if self.headers["authorization"] != f"Bearer {outer.KEY}":
                    return self._send(401, {"error": {"message": "Incorrect API key", "type": "invalid_request_error"}})
                if self.path != "/v1/chat/completions":
                    return self._send(404, {"error": {"message": "no such path"}})
                wrong = outer._wrong(request)
                if wrong:
                    outer.problems.append(wrong)
                    return self._send(400, {"error": {"message": wrong, "type": "invalid_request_error"}})
                said = model(request)
                if isinstance(said, int):
                    return self._send(said, {"error": {"message": "overloaded"}}, {"location": "http://127.0.0.1:1/"})
                if isinstance(said, bytes):
                    return self._body(200, said)
                reason = "tool_calls" if said.get("tool_calls") else "stop"
                choice = {"index": 0, "message": {"role": "assistant", **said}, "finish_reason": reason}
                answer = {
                    "id": "chatcmpl-1",
                    "object": "chat.completion",
                    "model": request["model"],
                    "choices": [choice],
                }
                self._send(200, answer)

            def _send(self, status, body, headers=()):
                self._body(status, json.dumps(body).encode(), headers)

            def _body(self, status, body, headers=()):
                self.send_response(status)
                for name, value in dict(headers).items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def _wrong(request):
        """What the real one refuses: a tool's answer without its call, a call without its answer, unknown roles."""
        called = []
        for message in request["messages"]:
            role = message.get("role")
            if role not in ("system", "user", "assistant", "tool"):
                return f"unknown role {role}"
            if role == "tool":
                if message.get("tool_call_id") not in called:
                    return "a tool answers what was not called"
                called.remove(message["tool_call_id"])
            elif called:
                return "a tool call is not answered"
            called += [call["id"] for call in message.get("tool_calls") or []]
        return "a tool call is not answered" if called else None


def says(*statements):
    """The model's answer: pairs of a text and its citations."""
    return {"content": json.dumps({"statements": [{"text": text, "citations": ids} for text, *ids in statements]})}


def calls(*products, name="get_figures"):
    return {
        "content": None,
        "tool_calls": [
            {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(each)}}
            for number, each in enumerate([{"product": product} for product in products])
        ],
    }
