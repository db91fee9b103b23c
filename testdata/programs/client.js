// A poetry client on Node.js, with a promise for each poem:
// client.js [--timeout SECONDS] [--transform HOST:PORT] HOST:PORT ...
'use strict';
const net = require('net');
const { parseArgs } = require('util');

const { values: options, positionals: servers } = parseArgs({
  allowPositionals: true,
  options: { timeout: { type: 'string' }, transform: { type: 'string' } },
});

// Connects to an address, and resolves to all that comes until the other side closes.
function receive(address, begin = () => {}) {
  return new Promise((resolve, reject) => {
    const colon = address.lastIndexOf(':');
    const pieces = [];
    const socket = net.connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), allowHalfOpen: true });
    const timer = options.timeout && setTimeout(() => socket.destroy(new Error('timed out')), Number(options.timeout) * 1000);
    socket.on('connect', () => begin(socket));
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('end', () => {
      socket.end();
      resolve(Buffer.concat(pieces));
    });
    socket.on('error', (error) => reject(new Error(`${address}: ${error.message}`)));
    socket.on('close', () => clearTimeout(timer));
  });
}

function unwrap(answer) {
  const colon = answer.indexOf(':');
  const digits = answer.toString('latin1', 0, Math.max(colon, 0));
  const data = answer.subarray(colon + 1, -1);
  if (!/^(0|[1-9]\d*)$/.test(digits) || data.length !== Number(digits) || answer.at(-1) !== 0x2c) {
    throw new Error(`${options.transform}: no netstring`);
  }
  return data;
}

async function transform(poem) {
  try {
    return unwrap(await receive(options.transform, (socket) => {
      socket.write(`${poem.length + 'cummingsify.'.length}:cummingsify.`);
      socket.write(poem);
      socket.write(',');
    }));
  } catch (error) {
    console.error(`not transformed: ${error.message}`);
    return poem;
  }
}

async function get(server) {
  try {
    const poem = await receive(server);
    process.stdout.write(options.transform ? await transform(poem) : poem);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

servers.forEach(get);
