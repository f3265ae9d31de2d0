// @ts-check
/** The connection to the server: messages as JSON over one WebSocket, which is opened anew when it breaks. */

/** @typedef {import('./protocol').ServerMessage} ServerMessage */
/** @typedef {import('./protocol').PageMessage} PageMessage */
/** @typedef {'connecting' | 'open' | 'waiting' | 'ended'} ConnectionState */

/** Milliseconds until the next try; the last holds on. */
export const WAITS = [300, 700, 1500, 3000, 5000];

/**
 * The address of the WebSocket, from that of the page.
 * @param {{protocol: string, host: string, search: string}} at
 */
export const address = (at) => {
  const token = new URLSearchParams(at.search).get('token') ?? '';
  return `${at.protocol === 'https:' ? 'wss' : 'ws'}://${at.host}/ws?token=${encodeURIComponent(token)}`;
};

export class Connection {
  /**
   * @param {string} url
   * @param {{message: (message: ServerMessage) => void, state: (state: ConnectionState, wait: number) => void}} listener
   * @param {{Socket?: new (url: string) => WebSocket, later?: (what: () => void, wait: number) => unknown}} [world]  tests pass another
   */
  constructor(url, listener, { Socket = WebSocket, later = (what, wait) => setTimeout(what, wait) } = {}) {
    this.url = url;
    this.listener = listener;
    this.Socket = Socket;
    this.later = later;
    this.tries = 0;
    this.over = false;
  }

  open() {
    if (this.over) return;
    this.listener.state('connecting', 0);
    const socket = new this.Socket(this.url);
    this.socket = socket;
    socket.onopen = () => this.listener.state('open', 0);
    socket.onmessage = ({ data }) => {
      this.tries = 0; // an opening alone does not count: a server may open and close at once
      this.listener.message(JSON.parse(data));
    };
    socket.onclose = () => {
      if (this.socket !== socket || this.over) return;
      const wait = WAITS[Math.min(this.tries++, WAITS.length - 1)] ?? 5000;
      this.listener.state('waiting', wait);
      this.later(() => this.open(), wait);
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
    this.listener.state('ended', 0);
  }
}
