// A netstring parser that expects whole netstrings in every data event.
'use strict';

function fail() {
  process.exitCode = 1;
  process.stdin.destroy();
}

process.stdin.on('data', (chunk) => {
  while (chunk.length > 0) {
    const colon = chunk.indexOf(':');
    const digits = chunk.toString('latin1', 0, Math.max(colon, 0));
    if (!/^(0|[1-9][0-9]{0,4})$/.test(digits)) return fail();
    const end = colon + 1 + Number(digits);
    if (chunk[end] !== 0x2c) return fail();
    process.stdout.write(chunk.toString('hex', colon + 1, end) + '\n');
    chunk = chunk.subarray(end + 1);
  }
});
