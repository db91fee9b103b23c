"""A poetry server that never closes the socket of a client that has gone."""
import socket
import sys
import threading

host, port, name = sys.argv[1:]
with open(name, "rb") as file:
    poem = file.read()
kept = []


def serve(client):
    try:
        client.sendall(poem)
        client.close()
    except OSError:
        kept.append(client)


listener = socket.create_server((host, int(port)), backlog=100)
while True:
    threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
