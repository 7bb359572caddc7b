// What talk loads on use.
import { ComponentType, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import type { TalkConversation, TalkMessage } from "../api";
import { onUse } from "../base/onuse";
import { draw } from "../org/doors";
import type { Shown } from "./viewer";
import type { MoreActions } from "./more";
import type { Unsent } from "./schedule";

export interface Spot {
  x: number;
  y: number;
}

// What the rows of a room can ask of it.
export interface RoomActions {
  reply(m: TalkMessage): void;
  edit(m: TalkMessage): void;
  choose(m: TalkMessage): void;
  jump(seq: number): void;
}

export const openMenu = (c: TalkConversation, m: TalkMessage, at: Spot, actions: RoomActions): void =>
  draw(() => import("./menu"), (d, close) => <d.MessageMenu c={c} m={m} at={at} actions={actions} close={close} />);

export const openSigns = (c: TalkConversation, m: TalkMessage, at: Spot): void =>
  draw(() => import("./menu"), (d, close) => <d.SignMenu c={c} m={m} at={at} close={close} />);

export const openReactors = (c: TalkConversation, seq: number, emoji: string): void =>
  draw(() => import("./menu"), (d, close) => <d.Reactors c={c} seq={seq} first={emoji} close={close} />);

export const openFormer = (c: TalkConversation, m: TalkMessage): void =>
  draw(() => import("./menu"), (d, close) => <d.Former c={c} m={m} close={close} />);

export const openThread = (conversation: string, seq: number): void =>
  draw(() => import("./thread"), (d, close) => <d.Thread id={conversation} seq={seq} close={close} />);

export const openPins = (c: TalkConversation, messages: TalkMessage[], actions: RoomActions): void =>
  draw(() => import("./pins"), (d, close) => <d.Pins c={c} messages={messages} actions={actions} close={close} />);

export const openViewer = (shown: Shown): void =>
  draw(() => import("./viewer"), (d, close) => <d.Viewer shown={shown} close={close} />);

export const openForward = (conversation: string, seqs: number[], isMerged: boolean, onDone?: () => void): void =>
  draw(() => import("./forward"), (d, close) => <d.Forward conversation={conversation} seqs={seqs} isMerged={isMerged} onDone={onDone} close={close} />);

export const openSendCard = (person: string): void =>
  draw(() => import("./forward"), (d, close) => <d.SendCard person={person} close={close} />);

export const openRowMenu = (c: TalkConversation, at: Spot): void =>
  draw(() => import("./attend"), (d, close) => <d.RowMenu c={c} at={at} close={close} />);

export const openMore = (c: TalkConversation, at: Spot, actions: MoreActions): void =>
  draw(() => import("./more"), (d, close) => <d.More c={c} at={at} actions={actions} close={close} />);

export const openSchedule = (unsent: Unsent, onDone: () => void): void =>
  draw(() => import("./schedule"), (d, close) => <d.Schedule unsent={unsent} onDone={onDone} close={close} />);

// A part of a screen that is loaded when it is first drawn; until then its place is empty.
export function part<P extends object>(load: () => Promise<ComponentType<P>>, waiting?: () => VNode): (props: P) => VNode | null {
  const loaded = signal<ComponentType<P> | null>(null);
  return props => {
    useEffect(() => {
      if (!loaded.peek()) onUse(load).then(c => (loaded.value = c), () => undefined);
    }, []);
    const Part = loaded.value;
    return Part ? <Part {...props} /> : waiting ? waiting() : null;
  };
}
