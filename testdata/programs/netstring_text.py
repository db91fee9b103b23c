"""A netstring parser that reads text: it counts characters, and replaces what is not UTF-8."""
import codecs
import os
import sys

decoder = codecs.getincrementaldecoder("utf-8")("replace")
digits, missing, parts = "", None, []
while chunk := os.read(0, 65536):
    text = decoder.decode(chunk)
    at = 0
    while at < len(text):
        if missing is None:
            c = text[at]
            at += 1
            if c == ":" and digits:
                missing = int(digits)
                parts = []
            elif c in "0123456789" and digits != "0":
                digits += c
                if int(digits) > 99999:
                    sys.exit(1)
            else:
                sys.exit(1)
        elif missing > 0:
            part = text[at : at + missing]
            parts.append(part)
            missing -= len(part)
            at += len(part)
        elif text[at] != ",":
            sys.exit(1)
        else:
            print("".join(parts).encode().hex(), flush=True)
            digits, missing = "", None
            at += 1
sys.exit(1 if digits else 0)
