// The entry: looks and language, the router, the stored state, then the first paint.
import { render } from "preact";
import { effect } from "@preact/signals";
import "./base/tokens.css";
import { App } from "./app";
import { language, preferredLanguage, t, useLanguage } from "./base/i18n";
import { startPrefs } from "./base/prefs";
import { startLayers } from "./base/sheet";
import { startRouter } from "./base/router";
import { tellLanguage } from "./net/link";
import { startState, unreadTotal } from "./net/state";

async function start(): Promise<void> {
  startPrefs();
  startRouter();
  startLayers();
  const stored = startState();
  await useLanguage(preferredLanguage());
  await Promise.race([stored, new Promise(done => setTimeout(done, 300))]);
  effect(() => {
    const unread = unreadTotal.value;
    document.title = (unread ? `(${unread > 99 ? "99+" : unread}) ` : "") + t("product");
  });
  effect(() => void (language.value && tellLanguage()));
  render(<App />, document.getElementById("app")!);
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  void import("./net/hear").then(m => m.startHearing(), () => undefined);
}

void start();
