// A poetry server on Node.js.
'use strict';
const fs = require('fs');
const net = require('net');

const [host, port, name] = process.argv.slice(2);
const poem = fs.readFileSync(name);
const server = net.createServer({ allowHalfOpen: true }, (client) => {
  client.on('error', () => {}); // the client has gone
  client.resume(); // what it sends is of no interest
  client.end(poem);
});
server.listen(Number(port), host);
