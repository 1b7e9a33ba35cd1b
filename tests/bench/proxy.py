#!/usr/bin/env python3
"""Passes TCP connections on to a server as a line does, and counts their payload, both ways.

usage: proxy.py HOST PORT FILE [--kbit N] [--delay MS] [--cut-every S --cut-for S]

Prints the port that it listens on. When the last connection has ended, the bytes since the last time stand in FILE.
--kbit: all connections together get so many thousand bits a second, each way. --delay: what is sent arrives so many
milliseconds later, each way. Without them bytes pass as they come.
--cut-every: so many seconds after it became whole the line is cut. No byte passes any more, and no end learns why, for
--cut-for seconds; then new connections pass, and those from before are reset, as by a router that has forgotten them.
"""
import argparse
import asyncio
import os
import socket

PACKET = 1448  # What a packet of a usual line carries: connections take turns by it.


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


class Direction:
    """One way of a line: what is put on it leaves after what was put there before, and arrives later."""

    def __init__(self, bytes_per_second, delay):
        self.bytes_per_second, self.delay, self.free_at = bytes_per_second, delay, 0.0

    def is_shaped(self):
        return self.bytes_per_second or self.delay

    async def carry(self, size):
        """Returns when it has left; the result is when it arrives."""
        now = asyncio.get_running_loop().time()
        took = size / self.bytes_per_second if self.bytes_per_second else 0.0
        self.free_at = max(now, self.free_at) + took
        left_at = self.free_at
        await asyncio.sleep(left_at - now)
        return left_at + self.delay


class Line:
    """Whether it is whole, and the connections over it."""

    def __init__(self):
        self.whole, self.connections = asyncio.Event(), set()
        self.whole.set()

    async def cut(self, every, lasting):
        while True:
            await asyncio.sleep(every)
            self.whole.clear()
            lost, self.connections = self.connections, set()
            for connection in lost:
                connection.stop()
            await asyncio.sleep(lasting)
            for connection in lost:
                connection.reset()
            self.whole.set()


class Connection:
    def __init__(self, writers):
        self.writers, self.tasks, self.is_cut = writers, [], False

    def stop(self):
        self.is_cut = True
        for task in self.tasks:
            task.cancel()

    def reset(self):
        for writer in self.writers:
            writer.transport.abort()


async def arrive(packets, writer):
    while packet := await packets.get():
        arrives_at, data = packet
        await asyncio.sleep(arrives_at - asyncio.get_running_loop().time())
        writer.write(data)
        await writer.drain()


async def pump(reader, writer, direction, counter, connection):
    """Until the sender closes or either end is lost; then the receiver's side is closed, after what is under way."""
    packets = asyncio.Queue()
    arriving = asyncio.create_task(arrive(packets, writer))
    try:
        while data := await reader.read(PACKET if direction.is_shaped() else 65536):
            counter.bytes += len(data)
            packets.put_nowait((await direction.carry(len(data)), data))
        packets.put_nowait(None)
        await arriving
    except ConnectionError:
        pass
    finally:
        arriving.cancel()
        if not connection.is_cut:
            writer.close()


def small_socket():
    """Buffers that hold little: what the line has not taken yet waits at the sender, as it does with a real one."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return made


async def connect(host, port, shaped):
    if not shaped:
        return await asyncio.open_connection(host, port)
    made = small_socket()
    made.setblocking(False)
    await asyncio.get_running_loop().sock_connect(made, (host, port))
    return await asyncio.open_connection(sock=made, limit=PACKET)


async def main(arguments):
    counter = Counter(arguments.file)
    there, back = (Direction(arguments.kbit * 125, arguments.delay / 1000) for _ in range(2))

    line = Line()

    async def serve(reader, writer):
        counter.begin()
        try:
            await line.whole.wait()
            server_reader, server_writer = await connect(arguments.host, arguments.port, there.is_shaped())
            connection = Connection([writer, server_writer])
            connection.tasks = [
                asyncio.create_task(pump(reader, server_writer, there, counter, connection)),
                asyncio.create_task(pump(server_reader, writer, back, counter, connection))]
            line.connections.add(connection)
            await asyncio.wait(connection.tasks)
            line.connections.discard(connection)
        finally:
            counter.end()

    listener = small_socket() if there.is_shaped() else socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(serve, sock=listener, limit=PACKET if there.is_shaped() else 65536)
    print(listener.getsockname()[1], flush=True)
    cutting = asyncio.create_task(line.cut(arguments.cut_every, arguments.cut_for)) if arguments.cut_every else None
    await server.serve_forever()
    del cutting


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("file")
    parser.add_argument("--kbit", type=float, default=0)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--cut-every", type=float, default=0)
    parser.add_argument("--cut-for", type=float, default=5)
    asyncio.run(main(parser.parse_args()))
