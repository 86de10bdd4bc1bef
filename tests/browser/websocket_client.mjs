// Speaks to a WebSocket as a Node application would: `node websocket_client.mjs URL ORIGIN COOKIE TASK`. Prints what happened as JSON.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import WebSocket from 'ws';

const [url, origin, cookie, task] = process.argv.slice(2);
const headers = cookie ? { cookie } : {};
// Node knows no names below `localhost`.
const lookup = (_name, options, done) => {
  const address = { address: '127.0.0.1', family: 4 };
  options.all ? done(null, [address]) : done(null, address.address, address.family);
};
const socket = new WebSocket(url, ['chat', 'other'], { headers, origin, lookup, handshakeTimeout: 20_000 });
const told = (what) => console.log(JSON.stringify(what));
const ended = new Promise((resolve) => {
  socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
});
const message = async () => {
  const [data, binary] = await once(socket, 'message');
  return { data, binary };
};

const tasks = {
  async echo() {
    socket.send('¿qué tal? 🙂');
    const text = await message();
    const sent = randomBytes(3_000_000);
    socket.send(sent);
    const bytes = await message();
    socket.send('');
    const empty = await message();
    socket.ping('are you there');
    const [pong] = await once(socket, 'pong');
    socket.send('a', { fin: false });
    socket.send('b', { fin: true });
    const joined = await message();
    socket.close(4002, 'enough');
    const hash = (data) => createHash('sha256').update(data).digest('hex');
    return {
      protocol: socket.protocol,
      extensions: socket.extensions,
      text: text.binary ? null : text.data.toString(),
      same: bytes.binary && hash(bytes.data) === hash(sent),
      empty: empty.data.length,
      pong: pong.toString(),
      joined: joined.data.toString(),
      closed: await ended,
    };
  },
  async be_closed() {
    socket.send('close 4001 ¡adiós!');
    return { closed: await ended };
  },
  async be_cut() {
    socket.send('cut');
    return { closed: await ended };
  },
  // Says that it is open, then waits for what comes.
  async wait() {
    told({ open: true });
    return { closed: await ended };
  },
};

socket.on('unexpected-response', (_request, response) => {
  told({ refused: response.statusCode });
  process.exit(0);
});
socket.on('open', async () => told(await tasks[task]()));
