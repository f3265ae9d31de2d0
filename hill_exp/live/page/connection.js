// @ts-check
/** The connection to the server: messages as JSON over one WebSocket, which is opened anew when it breaks. */

/** @typedef {import('./protocol').ServerMessage} ServerMessage */
/** @typedef {import('./protocol').PageMessage} PageMessage */
/** @typedef {'connecting' | 'open' | 'waiting' | 'shut' | 'ended'} ConnectionState */

/** Milliseconds until the next try; the last holds on. */
export const WAITS = [300, 700, 1500, 3000, 5000];

/**
 * The address of the WebSocket, from that of the page: beside it, wherever a proxy has put it.
 * @param {{protocol: string, host: string, pathname: string, search: string}} at
 */
export const address = (at) => {
  const token = new URLSearchParams(at.search).get('token') ?? '';
  const folder = at.pathname.slice(0, at.pathname.lastIndexOf('/') + 1);
  return `${at.protocol === 'https:' ? 'wss' : 'ws'}://${at.host}${folder}ws?token=${encodeURIComponent(token)}`;
};

/**
 * The state of the connection, as a person is told it.
 * @param {ConnectionState} state
 * @param {string} since  the time of day when it broke; empty: it has not been open yet
 */
export function lineInWords(state, since) {
  if (state === 'shut') return 'This address is not valid any more: ask for the new one';
  if (state === 'open' || state === 'ended') return '';
  if (!since) return 'Connecting ...';
  return `Offline since ${since}: what you do is kept in this tab`;
}

/** Whether the server is there and refuses this page: a WebSocket does not tell. @param {string} page  its address */
async function shut(page) {
  try {
    return (await fetch(page, { cache: 'no-store' })).status === 403;
  } catch {
    return false;
  }
}

/**
 * @typedef {object} World
 * @property {new (url: string) => WebSocket} [Socket]
 * @property {(what: () => void, wait: number) => unknown} [later]
 * @property {() => Promise<boolean>} [refused]
 */

export class Connection {
  /**
   * @param {string} url
   * @param {{message: (message: ServerMessage) => void, state: (state: ConnectionState) => void}} listener
   * @param {World} [world]  tests pass another
   */
  constructor(
    url,
    listener,
    { Socket = WebSocket, later = (what, wait) => setTimeout(what, wait), refused = () => shut(location.href) } = {},
  ) {
    this.url = url;
    this.listener = listener;
    this.Socket = Socket;
    this.later = later;
    this.refused = refused;
    this.tries = 0;
    this.over = false;
    /** The server is there and refuses this page. */
    this.shut = false;
  }

  open() {
    if (this.over) return;
    this.tell('connecting');
    const socket = new this.Socket(this.url);
    this.socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.shut = false;
      this.tell('open');
    };
    socket.onmessage = ({ data }) => {
      this.tries = 0; // an opening alone does not count: a server may open and close at once
      this.listener.message(JSON.parse(data));
    };
    socket.onclose = () => {
      if (this.socket !== socket || this.over) return;
      const wait = WAITS[Math.min(this.tries++, WAITS.length - 1)] ?? 5000;
      this.tell('waiting');
      this.later(() => this.open(), wait);
      if (!opened) void this.look(socket);
    };
  }

  /** Whether the message went out. @param {PageMessage} message */
  send(message) {
    if (this.over || this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Nothing more will come: no new tries. */
  end() {
    this.over = true;
    this.tell('ended');
  }

  /** Why a socket did not open. @param {WebSocket} socket */
  async look(socket) {
    const shut = await this.refused();
    if (this.socket !== socket || this.over) return;
    this.shut = shut;
    this.tell('waiting');
  }

  /** @param {ConnectionState} state */
  tell(state) {
    this.listener.state(this.shut && (state === 'connecting' || state === 'waiting') ? 'shut' : state);
  }
}
