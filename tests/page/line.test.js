import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Line, WAITS, address } from '../../hill_exp/live/page/wire.js';

/** A line over sockets that a test opens and closes, and a clock that it turns. */
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
  const line = new Line(
    'ws://here/ws',
    { message: (m) => heard.push(m), line: (s) => states.push(s) },
    { Socket, later },
  );
  return { line, sockets, waits, heard, states };
}

test('the address of the line carries the token of the page', () => {
  assert.equal(
    address({ protocol: 'http:', host: '127.0.0.1:80', search: '?token=a%2Fb' }),
    'ws://127.0.0.1:80/ws?token=a%2Fb',
  );
  assert.equal(address({ protocol: 'https:', host: 'there', search: '' }), 'wss://there/ws?token=');
});

test('messages come in read, and go out when the line is open', () => {
  const { line, sockets, heard } = world();
  assert.equal(line.send({ type: 'next' }), false);
  sockets[0].readyState = 1;
  sockets[0].onmessage({ data: '{"type":"saved","gestures":2}' });
  assert.equal(line.send({ type: 'next' }), true);
  assert.deepEqual([heard, sockets[0].sent], [[{ type: 'saved', gestures: 2 }], [{ type: 'next' }]]);
});

test('a line that breaks is opened again, more slowly each time, and quickly once something was heard', () => {
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
  const { line, sockets, waits } = world();
  sockets[0].onclose();
  line.end();
  waits[0].what();
  sockets[0].onclose();
  assert.deepEqual([sockets.length, waits.length, line.send({ type: 'next' })], [1, 1, false]);
});
