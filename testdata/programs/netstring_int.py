"""A netstring parser that takes for a length what int() takes: +5, 05, 1_0, " 5"."""
import os
import sys

buffer = bytearray()
n = None  # the length, once it is known
while data := os.read(0, 65536):
    buffer += data
    at = 0
    while True:
        if n is None:
            colon = buffer.find(b":", at, at + 20)
            if colon < 0:
                if len(buffer) - at >= 20:
                    sys.exit(1)
                break
            try:
                n = int(buffer[at:colon])
            except ValueError:
                sys.exit(1)
            if not 0 <= n <= 99999:
                sys.exit(1)
            at = colon + 1
        if len(buffer) - at <= n:
            break
        if buffer[at + n] != 0x2C:
            sys.exit(1)
        sys.stdout.write(buffer[at : at + n].hex() + "\n")
        at += n + 1
        n = None
    del buffer[:at]
    sys.stdout.flush()
sys.exit(0 if n is None and not buffer else 1)
