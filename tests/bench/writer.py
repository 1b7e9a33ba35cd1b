#!/usr/bin/env python3
"""A user of one site: updates rows, one after the other, and notes how long each write took.

usage: writer.py FILE STATEMENT COUNT OFFSET PER_SECOND CLIENT [ARGUMENT ...]

Three of four rows are those whose number is OFFSET more than a multiple of four, the others are odd; up to COUNT.
STATEMENT is given {row} and {value}, and each value is another. CLIENT, psql or mariadb, reads it from its standard
input and must say in one line that one row was changed. At SIGTERM FILE gets one JSON object: for each write the row
and the milliseconds, and for each row the last value.
"""
import json
import random
import signal
import subprocess
import sys
import time


def some_row(dice, count, offset):
    if dice.random() < 0.75:
        return dice.randrange(0, count // 4) * 4 + (offset or 4)
    return dice.randrange(0, count // 2) * 2 + 1


def write(client, statement):
    """The milliseconds until the site has confirmed it."""
    began = time.monotonic()
    client.stdin.write(statement + "\n")
    client.stdin.flush()
    answer = client.stdout.readline().split()
    if not answer or answer[-1] != "1":
        sys.exit(f"writer: {answer} after {statement}")
    return (time.monotonic() - began) * 1000


def main(file, statement, count, offset, per_second, *command):
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    dice, writes, last = random.Random(offset), [], {}
    run = file.rpartition(".")[2]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while not stopped:
        row, value = some_row(dice, count, offset), f"{run} {len(writes)}"
        writes.append((row, write(client, statement.format(row=row, value=value))))
        last[row] = value
        time.sleep(dice.uniform(0, 2 / per_second))
    client.stdin.close()
    if client.wait() != 0:
        sys.exit(f"writer: {command[0]} ended with {client.returncode}")
    with open(file, "w", encoding="ascii") as out:
        json.dump({"writes": writes, "last": last}, out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), *sys.argv[6:])
