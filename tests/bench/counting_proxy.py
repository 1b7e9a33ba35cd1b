#!/usr/bin/env python3
"""Passes TCP connections on to a server and counts their payload, both ways.

usage: counting_proxy.py HOST PORT FILE

Prints the port that it listens on. When the last connection has ended, the bytes since the last time stand in FILE.
"""
import asyncio
import os
import sys


class Counter:
    def __init__(self, file):
        self.file, self.bytes, self.connections = file, 0, 0

    def begin(self):
        self.connections += 1

    def end(self):
        self.connections -= 1
        if self.connections == 0:
            with open(self.file + ".new", "w", encoding="ascii") as out:
                out.write(f"{self.bytes}\n")
            os.replace(self.file + ".new", self.file)  # Whoever waits for it never reads a half.
            self.bytes = 0


async def pump(reader, writer, counter):
    try:
        while data := await reader.read(65536):
            counter.bytes += len(data)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(host, port, file):
    counter = Counter(file)

    async def serve(reader, writer):
        counter.begin()
        try:
            server_reader, server_writer = await asyncio.open_connection(host, port)
            await asyncio.gather(pump(reader, server_writer, counter), pump(server_reader, writer, counter))
        finally:
            counter.end()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
