"""A blocking poetry server: one client at a time, as slowpoetry of Part 1."""
import socket
import sys

host, port, name = sys.argv[1:]
with open(name, "rb") as file:
    poem = file.read()
listener = socket.create_server((host, int(port)), backlog=5)
while True:
    client, _ = listener.accept()
    try:
        client.sendall(poem)
    except OSError:
        pass  # the client has gone
    client.close()
