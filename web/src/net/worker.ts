// The shared worker: one engine for all pages of the browser.
import { Engine, Port } from "./engine";
import type { Ask, Push } from "./shapes";

const engine = new Engine();

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = event => {
  const channel = event.ports[0];
  const port: Port = { room: null, watched: [], tell: (push: Push) => channel.postMessage(push) };
  channel.onmessage = (message: MessageEvent<Ask>) => void engine.answer(port, message.data);
  engine.attach(port);
};
