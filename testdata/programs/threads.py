"""A poetry server with a thread for each client, that reads what clients send.

With "alone" it does not run twice at a time: it listens on a Unix socket too, which has
the same name each time.
"""
import os
import signal
import socket
import socketserver
import sys


class Poetry(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            self.request.sendall(poem)
            self.request.shutdown(socket.SHUT_WR)
            self.request.settimeout(2)
            while self.request.recv(4096):
                pass
        except OSError:
            pass  # the client has gone


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


host, port, name = sys.argv[1:4]
with open(name, "rb") as file:
    poem = file.read()
if "alone" in sys.argv:
    admin = socket.socket(socket.AF_UNIX)
    admin.bind("\0" + os.path.dirname(name))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
Server((host, int(port)), Poetry).serve_forever()
