// A poetry server on Node.js that closes before everything is sent.
'use strict';
const fs = require('fs');
const net = require('net');

const [host, port, name] = process.argv.slice(2);
const poem = fs.readFileSync(name);
net.createServer((client) => {
  client.on('error', () => {});
  client.write(poem);
  setImmediate(() => client.destroy());
}).listen(Number(port), host);
