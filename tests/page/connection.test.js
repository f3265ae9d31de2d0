import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Connection, WAITS, address, lineInWords } from '../../hill_exp/live/page/connection.js';

/** A connection over sockets that a test opens and closes, and a clock that it turns. */
function world() {
  const sockets = [];
  const waits = [];
  const heard = [];
  const states = [];
  class Socket {
    readyState = 0;
    sent = [];
    constructor(url) {
      this.url = url;
      sockets.push(this);
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
  }
  const later = (what, wait) => waits.push({ what, wait });
  const server = { refuses: false };
  const connection = new Connection(
    'ws://here/ws',
    { message: (m) => heard.push(m), state: (s) => states.push(s) },
    { Socket, later, refused: async () => server.refuses },
  );
  connection.open();
  return { connection, sockets, waits, heard, states, server };
}

test('the address of the connection carries the token of the page', () => {
  assert.equal(
    address({ protocol: 'http:', host: '127.0.0.1:80', pathname: '/', search: '?token=a%2Fb' }),
    'ws://127.0.0.1:80/ws?token=a%2Fb',
  );
  assert.equal(
    address({ protocol: 'https:', host: 'example', pathname: '/lab/index.html', search: '' }),
    'wss://example/lab/ws?token=',
  );
});

test('messages come in read, and go out when it is open', () => {
  const { connection, sockets, heard } = world();
  assert.equal(connection.send({ type: 'next' }), false);
  sockets[0].readyState = 1;
  sockets[0].onmessage({ data: '{"type":"saved","gestures":2}' });
  assert.equal(connection.send({ type: 'next' }), true);
  assert.deepEqual([heard, sockets[0].sent], [[{ type: 'saved', gestures: 2 }], [{ type: 'next' }]]);
});

test('a connection that breaks is opened again, more slowly each time, and quickly once something was heard', () => {
  const { sockets, waits, states } = world();
  for (let k = 0; k < WAITS.length + 2; k++) {
    sockets.at(-1).onopen();
    sockets.at(-1).onclose();
    waits.at(-1).what();
  }
  assert.deepEqual(
    waits.map((w) => w.wait),
    [...WAITS, WAITS.at(-1), WAITS.at(-1)],
  );
  sockets.at(-1).onmessage({ data: '{"type":"saved","gestures":0}' });
  sockets.at(-1).onclose();
  assert.equal(waits.at(-1).wait, WAITS[0]);
  assert.equal(states.at(-1), 'waiting');
});

test('after the end nothing is tried again', () => {
  const { connection, sockets, waits } = world();
  sockets[0].onclose();
  connection.end();
  waits[0].what();
  sockets[0].onclose();
  assert.deepEqual([sockets.length, waits.length, connection.send({ type: 'next' })], [1, 1, false]);
});

test('a server that is there and refuses the page is told from one that is not there, until it lets it in', async () => {
  const { sockets, waits, states, server } = world();
  server.refuses = true;
  sockets[0].onclose();
  await null;
  await null;
  assert.deepEqual(states, ['connecting', 'waiting', 'shut']);
  waits[0].what();
  assert.equal(states.at(-1), 'shut');
  sockets[1].onopen();
  sockets[1].onclose();
  assert.deepEqual(states.slice(-2), ['open', 'waiting']);
});

test('the line says where what is done stays, and promises nothing that does not hold', () => {
  assert.equal(lineInWords('open', ''), '');
  assert.equal(lineInWords('connecting', ''), 'Connecting ...');
  assert.match(lineInWords('waiting', '14:32'), /^Offline since 14:32: what you do is kept in this tab/);
  assert.equal(lineInWords('connecting', '14:32'), lineInWords('waiting', '14:32'));
  assert.match(lineInWords('shut', '14:32'), /not valid any more/);
});
