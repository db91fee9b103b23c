// A netstring parser that is fed: put your own in its place.
'use strict';

class Netstrings {
  constructor(deliver, limit = 99999) {
    this.deliver = deliver; // called with each string
    this.limit = limit;
    this.reset();
  }

  reset() {
    this.digits = 0; // of the length, so far
    this.n = 0;
    this.data = null; // until the ':' has come
    this.have = 0;
  }

  // feed throws if the stream is malformed.
  feed(chunk) {
    for (let at = 0; at < chunk.length;) {
      if (this.data === null) {
        this.length(chunk[at++]);
      } else if (this.have < this.n) {
        const part = chunk.subarray(at, at + this.n - this.have);
        this.grow(this.have + part.length);
        part.copy(this.data, this.have);
        this.have += part.length;
        at += part.length;
      } else if (chunk[at++] === 0x2c) {
        this.deliver(this.data.subarray(0, this.n));
        this.reset();
      } else {
        throw new Error('no comma');
      }
    }
  }

  length(c) {
    if (c === 0x3a && this.digits > 0) {
      this.data = Buffer.alloc(0);
      return;
    }
    if (c < 0x30 || c > 0x39 || (this.digits > 0 && this.n === 0)) throw new Error('not a length');
    this.digits++;
    this.n = 10 * this.n + c - 0x30;
    if (this.n > this.limit) throw new Error('too long');
  }

  grow(size) {
    if (size <= this.data.length) return;
    const larger = Buffer.alloc(Math.min(this.n, Math.max(2 * this.data.length, size)));
    this.data.copy(larger);
    this.data = larger;
  }

  // whole tells whether the stream may end here.
  whole() { return this.digits === 0; }
}

function encode(string) {
  return Buffer.concat([Buffer.from(`${string.length}:`), string, Buffer.from(',')]);
}

module.exports = { Netstrings, encode };
