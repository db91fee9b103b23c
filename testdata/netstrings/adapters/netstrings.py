"""A netstring parser that is fed: put your own in its place."""


class Netstrings:
    def __init__(self, deliver, limit=99999):
        self.deliver = deliver  # called with each string
        self.limit = limit
        self.buffer = bytearray()
        self.reset()

    def reset(self):
        self.digits = 0  # of the length, so far
        self.n = 0
        self.colon = False

    def feed(self, data):
        """Raises ValueError if the stream is malformed."""
        buffer = self.buffer
        buffer += data
        at = 0
        while at < len(buffer):
            c = buffer[at]
            if not self.colon:
                at += 1
                if c == 0x3A and self.digits:
                    self.colon = True
                elif 0x30 <= c <= 0x39 and (self.n or not self.digits):
                    self.digits += 1
                    self.n = 10 * self.n + c - 0x30
                    if self.n > self.limit:
                        raise ValueError("too long")
                else:
                    raise ValueError("not a length")
                continue
            end = at + self.n
            if end >= len(buffer):
                break
            if buffer[end] != 0x2C:
                raise ValueError("no comma")
            self.deliver(bytes(buffer[at:end]))
            at = end + 1
            self.reset()
        del buffer[:at]

    def whole(self):
        """Whether the stream may end here."""
        return self.digits == 0


def encode(string):
    return b"%d:%s," % (len(string), string)
