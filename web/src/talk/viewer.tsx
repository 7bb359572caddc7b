// Pictures of a conversation one after the other, closer by pinching or the wheel; sound, films and
// plain text in their place. What else there is can only be saved: the server serves it as a file.
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../base/i18n";
import { Icon } from "../base/icons";
import { Sheet } from "../base/sheet";
import { Empty, SkeletonRows } from "../base/ui";
import { room } from "../net/state";
import { fileUrl, isPicture } from "./message";
import { closer, kept, Look, WHOLE } from "./zoom";
import css from "./viewer.module.css";

export interface Shown {
  conversation: string; // empty: this file alone
  url: string;
  name: string;
  type: string;
}

interface Picture {
  url: string;
  name: string;
}

const SWIPE = 60;

export function Viewer({ shown, close }: { shown: Shown; close: () => void }) {
  const [all] = useState<Picture[]>(() => picturesOf(shown));
  const [at, setAt] = useState(() => Math.max(0, all.findIndex(p => p.url === shown.url)));
  const isPicture = shown.type.startsWith("image/");
  const { url, name } = isPicture ? all[at] : shown;
  const step = (by: number) => setAt(old => Math.max(0, Math.min(all.length - 1, old + by)));
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const by = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
      if (by && isPicture) step(by);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const save = <a class={css.save} href={url} download={name} aria-label={t("download")} title={t("download")}><Icon name="save" /></a>;
  return (
    <Sheet title={isPicture && all.length > 1 ? t("picture_of", { at: at + 1, all: all.length, name }) : name} close={close} form="full" actions={save}>
      {isPicture ? (
        <div class={css.stage}>
          <Zoomed key={url} url={url} name={name} step={step} />
          {at > 0 && <button type="button" class={css.before} aria-label={t("picture_before")} onClick={() => step(-1)}><Icon name="back" /></button>}
          {at < all.length - 1 && <button type="button" class={css.after} aria-label={t("picture_after")} onClick={() => step(1)}><Icon name="next" /></button>}
        </div>
      ) : (
        <Other shown={shown} />
      )}
    </Sheet>
  );
}

function picturesOf({ conversation, url, name }: Shown): Picture[] {
  const all: Picture[] = [];
  if (conversation) for (const m of room(conversation).all()) for (const f of m.files ?? []) if (isPicture(f)) all.push({ url: fileUrl(f), name: f.name });
  return all.some(p => p.url === url) ? all : [{ url, name }];
}

// ---- closer ---------------------------------------------------------------------------------------

function Zoomed({ url, name, step }: Picture & { step: (by: number) => void }) {
  const [look, setLook] = useState<Look>(WHOLE);
  const [hasFailed, setFailed] = useState(false);
  const stage = useRef<HTMLDivElement>(null);
  const image = useRef<HTMLImageElement>(null);
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const began = useRef({ x: 0, y: 0, at: 0 });
  const change = (make: (old: Look) => Look) =>
    setLook(old => {
      const box = stage.current!;
      const made = make(old);
      return kept(made, { width: image.current!.offsetWidth, height: image.current!.offsetHeight }, { width: box.clientWidth, height: box.clientHeight });
    });
  const fromMiddle = (x: number, y: number) => {
    const box = stage.current!.getBoundingClientRect();
    return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
  };
  useEffect(() => {
    const el = stage.current!;
    const onWheel = (e: WheelEvent) => {
      e.preventDefault();
      change(old => closer(old, Math.exp(-e.deltaY / 300), fromMiddle(e.clientX, e.clientY)));
    };
    el.addEventListener("wheel", onWheel, { passive: false });
    return () => el.removeEventListener("wheel", onWheel);
  }, []);
  const down = (e: PointerEvent) => {
    stage.current!.setPointerCapture(e.pointerId);
    fingers.current.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (fingers.current.size === 1) began.current = { x: e.clientX, y: e.clientY, at: Date.now() };
  };
  const move = (e: PointerEvent) => {
    const old = fingers.current.get(e.pointerId);
    if (!old) return;
    const now = { x: e.clientX, y: e.clientY };
    const other = Array.from(fingers.current).find(([id]) => id !== e.pointerId)?.[1];
    fingers.current.set(e.pointerId, now);
    if (!other) return change(l => (l.scale === 1 ? l : { ...l, x: l.x + now.x - old.x, y: l.y + now.y - old.y }));
    const far = (a: { x: number; y: number }) => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
    change(l => closer(l, far(now) / far(old), fromMiddle((now.x + other.x) / 2, (now.y + other.y) / 2)));
  };
  const up = (e: PointerEvent) => {
    fingers.current.delete(e.pointerId);
    const by = e.clientX - began.current.x;
    const isSwipe = look.scale === 1 && !fingers.current.size && Math.abs(by) > SWIPE && Math.abs(by) > 2 * Math.abs(e.clientY - began.current.y) && Date.now() - began.current.at < 800;
    if (isSwipe) step(by < 0 ? 1 : -1);
  };
  if (hasFailed) return <Empty drawing="cloud" sentence={t("load_failed")} />;
  return (
    <div
      ref={stage}
      class={css.zoomed}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={e => fingers.current.delete(e.pointerId)}
      onDblClick={e => change(l => (l.scale > 1 ? WHOLE : closer(l, 2.5, fromMiddle(e.clientX, e.clientY))))}
    >
      <img ref={image} class={css.picture} src={url} alt={name} draggable={false} onError={() => setFailed(true)} style={{ transform: `translate(${look.x}px, ${look.y}px) scale(${look.scale})` }} />
    </div>
  );
}

// ---- sound, films, text ---------------------------------------------------------------------------

const MOST_TEXT = 512 * 1024;

function Other({ shown: { url, name, type } }: { shown: Shown }) {
  const [hasFailed, setFailed] = useState(false);
  if (hasFailed) return <Empty drawing="cloud" sentence={t("file_unshown")} />;
  if (type.startsWith("audio/") || /\.(mp3|wav|m4a|ogg|oga|opus|aac|flac)$/i.test(name)) return <div class={css.sound}><audio class={css.player} src={url} controls onError={() => setFailed(true)} /></div>;
  if (type.startsWith("video/") || /\.(mp4|m4v|mov|webm)$/i.test(name)) return <div class={css.film}><video class={css.picture} src={url} controls playsInline onError={() => setFailed(true)} /></div>;
  return <Text url={url} onFail={() => setFailed(true)} />;
}

// Its beginning, in whichever of the usual encodings fits.
function Text({ url, onFail }: { url: string; onFail: () => void }) {
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    fetch(url, { credentials: "same-origin", headers: { Range: `bytes=0-${MOST_TEXT - 1}` } })
      .then(r => (r.ok ? r.arrayBuffer() : Promise.reject(new Error())))
      .then(bytes => setText(decoded(bytes)), onFail);
  }, [url]);
  if (text === null) return <SkeletonRows />;
  return <pre class={css.text} tabIndex={0}>{text}</pre>;
}

function decoded(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}
