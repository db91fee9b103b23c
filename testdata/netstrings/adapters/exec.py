"""Parses standard input as it comes, and writes each string as a line of hex."""
import os
import sys

from netstrings import Netstrings


def deliver(string):
    sys.stdout.write(string.hex() + "\n")


parser = Netstrings(deliver)
try:
    while data := os.read(0, 65536):  # what there is; sys.stdin would wait for more
        parser.feed(data)
        sys.stdout.flush()
except ValueError:
    sys.exit(1)
sys.exit(0 if parser.whole() else 1)
