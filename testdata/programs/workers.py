"""A poetry server of a master and four workers, each of many clients. With a fourth
argument the master, where it alone is told to stop, does not tell its workers."""
import asyncio
import os
import signal
import socket
import sys

host, port, name = sys.argv[1:4]
careless = len(sys.argv) > 4
with open(name, "rb") as file:
    poem = file.read()


async def serve(reader, writer):
    try:
        writer.write(poem)
        await writer.drain()
        writer.write_eof()
        while await reader.read(4096):
            pass
    except OSError:
        pass  # the client has gone
    writer.close()


async def work(listener):
    async with await asyncio.start_server(serve, sock=listener, backlog=1024) as server:
        await server.serve_forever()


listener = socket.create_server((host, int(port)), backlog=1024)
workers = []


def stop(*_):
    for worker in [] if careless else workers:
        os.kill(worker, signal.SIGKILL)
    os._exit(0)


signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
for _ in range(4):
    worker = os.fork()
    if worker == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM, signal.SIGINT])
        asyncio.run(work(listener))
    workers.append(worker)
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM, signal.SIGINT])
while True:
    signal.pause()
