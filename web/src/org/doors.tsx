// Doors to screens that are loaded on use.
import { ComponentType, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../base/i18n";
import { show } from "../base/sheet";
import { Button, Empty, say, SkeletonRows } from "../base/ui";
import type { PickPurpose } from "./pick";

export const openSearch = (): void => {
  import("./search").then(m => show(close => <m.Search close={close} />), failed);
};

export const openPicker = (purpose: PickPurpose): void => {
  import("./pick").then(m => show(close => <m.Picker purpose={purpose} close={close} />), failed);
};

export const openPerson = (id: string): void => {
  import("./person").then(m => show(close => <m.PersonSheet id={id} close={close} />), failed);
};

export const openDetails = (conversation: string): void => {
  import("../talk/details").then(m => show(close => <m.Details id={conversation} close={close} />), failed);
};

export const openReaders = (conversation: string, seq: number): void => {
  import("../talk/readers").then(m => show(close => <m.Readers conversation={conversation} seq={seq} close={close} />), failed);
};

function failed(): void {
  say(t("error_offline"));
}

// A screen that is fetched when it is first drawn.
export function Lazy<P extends object>({ load, props }: { load: () => Promise<ComponentType<P>>; props: P }): VNode {
  const [Screen, setScreen] = useState<ComponentType<P> | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const fetchIt = () => {
    setFailed(false);
    load().then(s => setScreen(() => s), () => setFailed(true));
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
