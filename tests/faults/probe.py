"""A program that validates one access token over and over, and tells how long each answer took.

It runs by itself, so that nothing but its own request keeps it from seeing the answer. What it
measures is the server's time and a little more: the kernel's, and its own turn.

`python -m tests.faults.probe PORT` reads the token from its stdin, says `ready`, goes on until a
line comes, and prints the seconds as JSON.
"""

from __future__ import annotations

import json
import select
import socket
import sys
from time import perf_counter

from tests.parallel import request


def main(port: int) -> None:
    """Validate until told to stop, then print what each answer took."""
    body = json.dumps({"sessionToken": sys.stdin.readline().strip()}).encode()
    asking = request("POST", "/v1/sessions/validate", body)
    seconds = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], 0)[0]:
            begin = perf_counter()
            connection.sendall(asking)
            answer = _whole_answer(connection)
            seconds.append(perf_counter() - begin)
            assert b'"valid":true' in answer, answer
    json.dump(seconds, sys.stdout)


def _whole_answer(connection: socket.socket) -> bytes:
    received = b""
    while True:
        received += connection.recv(65_536)
        head, end, body = received.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0]):
            return received


if __name__ == "__main__":
    main(int(sys.argv[1]))
