// @ts-check
/** The page: its parts, brought together. */

import { act } from './actions.js';
import { App } from './app.js';
import { Connection, address } from './connection.js';
import { connectControls } from './controls.js';
import { byId, canvas } from './dom.js';
import { refusal } from './edit.js';
import { toast } from './notices.js';
import { exposeProbe } from './probe.js';
import { receive } from './receive.js';
import { showConnection, showControls, showPoint, showViews } from './show.js';
import { Stage } from './stage.js';
import { currentTheme } from './theme.js';
import { watch } from './watching.js';

/** @type {Stage} */
const stage = new Stage(byId('stage'), canvas('still'), canvas('live'), currentTheme(), {
  act: (action) => app.dispatch(action),
  refusal: (points) => app.edit && refusal(app.edit, points, app.seconds),
  refuse: (reason) => toast(app, reason),
  hovered: (i, x, y) => showPoint(app, i, x, y),
  gliding: (on) => {
    document.body.toggleAttribute('data-gliding', on);
    showViews(app);
  },
});

const connection = new Connection(address(location), {
  message: (message) => receive(app, message),
  state: (state) => {
    showConnection(app, state);
    if (state !== 'open') app.sent = null;
    showControls(app);
  },
});

/** @type {App} */
const app = new App(stage, connection, (action) => act(app, action));

connectControls(app);
watch(app);
exposeProbe(app);
connection.open();
