// The entry: looks and language, the router, the stored state, then the first paint.
import { render } from "preact";
import "./base/tokens.css";
import { App } from "./app";
import { preferredLanguage, useLanguage } from "./base/i18n";
import { startPrefs } from "./base/prefs";
import { startRouter } from "./base/router";
import { startState } from "./net/state";

async function start(): Promise<void> {
  startPrefs();
  startRouter();
  const stored = startState();
  await useLanguage(preferredLanguage());
  await Promise.race([stored, new Promise(done => setTimeout(done, 300))]);
  render(<App />, document.getElementById("app")!);
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}

void start();
