"""What a webhook costs when nothing is done with it: Flask reads the body and says accepted."""

from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/webhooks/<name>")
def accept(name: str) -> Response:
    """Take the body and forget it."""
    size = len(request.get_data())
    return Response(f'{{"source":"{name}","size":{size}}}', 202, mimetype="application/json")


@app.get("/")
def say_ready() -> str:
    """Answer whoever waits for the server."""
    return "ready"
