// Doors to screens that are loaded on use.
import { ComponentType, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../base/i18n";
import { onUse } from "../base/onuse";
import { show } from "../base/sheet";
import { Button, Empty, say, SkeletonRows } from "../base/ui";
import type { TalkConversation } from "../api";
import type { PickPurpose } from "./pick";

// Over everything, or in one conversation.
export const openSearch = (within?: TalkConversation): void => {
  draw(() => import("./search"), (m, close) => <m.Search within={within} close={close} />);
};

export const openPicker = (purpose: PickPurpose): void => {
  draw(() => import("./pick"), (m, close) => <m.Picker purpose={purpose} close={close} />);
};

export const openPerson = (id: string): void => {
  draw(() => import("./person"), (m, close) => <m.PersonSheet id={id} close={close} />);
};

export const openDetails = (conversation: string): void => {
  draw(() => import("../talk/details"), (m, close) => <m.Details id={conversation} close={close} />);
};

export const openReaders = (conversation: string, seq: number): void => {
  draw(() => import("../talk/readers"), (m, close) => <m.Readers conversation={conversation} seq={seq} close={close} />);
};

// Shows what a module draws above the screen.
export function draw<M>(load: () => Promise<M>, view: (m: M, close: () => void) => VNode): void {
  onUse(load).then(m => show(close => view(m, close)), failed);
}

function failed(): void {
  say(t("error_offline"));
}

// A screen that is fetched when it is first drawn.
export function Lazy<P extends object>({ load, props }: { load: () => Promise<ComponentType<P>>; props: P }): VNode {
  const [Screen, setScreen] = useState<ComponentType<P> | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const fetchIt = () => {
    setFailed(false);
    onUse(load).then(s => setScreen(() => s), () => setFailed(true));
  };
  useEffect(fetchIt, []);
  if (hasFailed)
    return (
      <Empty drawing="cloud" sentence={t("load_failed")}>
        <Button onClick={fetchIt}>{t("retry")}</Button>
      </Empty>
    );
  return Screen ? <Screen {...props} /> : <SkeletonRows />;
}

// A part that may come later, or not at all: until then there is nothing in its place.
export function Late<P extends object>({ load, props }: { load: () => Promise<ComponentType<P>>; props: P }): VNode | null {
  const [Part, setPart] = useState<ComponentType<P> | null>(null);
  useEffect(() => void load().then(p => setPart(() => p), () => undefined), []);
  return Part && <Part {...props} />;
}
