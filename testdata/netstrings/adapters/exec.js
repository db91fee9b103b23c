// Parses standard input as it comes, and writes each string as a line of hex.
'use strict';
const { Netstrings } = require('./netstrings.js');

const parser = new Netstrings((s) => process.stdout.write(s.toString('hex') + '\n'));
process.stdin.on('data', (chunk) => {
  try {
    parser.feed(chunk);
  } catch {
    process.exitCode = 1;
    process.stdin.destroy(); // ends the program once its output is written
  }
});
process.stdin.on('end', () => { process.exitCode = parser.whole() ? 0 : 1; });
