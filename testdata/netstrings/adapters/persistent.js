// Answers requests for streams, a JSON line each, until standard input ends.
'use strict';
const readline = require('readline');
const { Netstrings, encode } = require('./netstrings.js');

function parse({ chunks, limit }) {
  const strings = [];
  const parser = new Netstrings((s) => strings.push(s.toString('base64')), limit);
  try {
    for (const chunk of chunks) parser.feed(Buffer.from(chunk, 'base64'));
  } catch {
    return { strings, verdict: 'rejected' };
  }
  return { strings, verdict: parser.whole() ? 'complete' : 'incomplete' };
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  const answer = request.encode
    ? { stream: Buffer.concat(request.encode.map((s) => encode(Buffer.from(s, 'base64')))).toString('base64') }
    : parse(request);
  process.stdout.write(JSON.stringify(answer) + '\n');
});
