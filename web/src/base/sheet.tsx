// What lies above the screen: sheets (from below on a phone, in the middle or at the side of a desk),
// menus beside what was pressed, and questions. Each keeps the focus inside, closes with Esc and
// gives the focus back.
import { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { signal } from "@preact/signals";
import { t } from "./i18n";
import { Icon, IconName } from "./icons";
import { isWide } from "./prefs";
import { guardBack, route } from "./router";
import { Button, classes, IconButton } from "./ui";
import css from "./sheet.module.css";

interface Layer {
  id: number;
  draw: (close: () => void) => VNode;
}

const layers = signal<readonly Layer[]>([]);
let last = 0;

export function show(draw: (close: () => void) => VNode): () => void {
  const id = ++last;
  const close = () => (layers.value = layers.value.filter(l => l.id !== id));
  layers.value = [...layers.value, { id, draw }];
  return close;
}

// The Back of a telephone closes what lies on top before it leaves the screen.
export function startLayers(): void {
  guardBack(() => {
    const isAny = hasLayers();
    layers.value = layers.value.slice(0, -1);
    return isAny;
  });
  route.subscribe(closeLayers);
}

export const hasLayers = (): boolean => layers.value.length > 0;
export const closeLayers = (): void => void (layers.value = []);

export function Layers() {
  return (
    <>
      {layers.value.map(l => (
        <Holder key={l.id} layer={l} />
      ))}
    </>
  );
}

function Holder({ layer }: { layer: Layer }) {
  return layer.draw(() => (layers.value = layers.value.filter(l => l !== layer)));
}

const STOPS = "a[href], button:not([disabled]), input:not([disabled]), textarea, select, [tabindex='0']";

const open: HTMLElement[] = [];

function leave(box: HTMLElement): void {
  const at = open.indexOf(box);
  if (at >= 0) open.splice(at, 1);
}

// Keeps Tab inside and listens to Esc even when what had the focus is gone.
function useTrap(close: () => void) {
  const box = useRef<HTMLDivElement>(null);
  const end = useRef(close);
  end.current = close;
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const inside = box.current!;
    open.push(inside);
    if (!inside.contains(before)) inside.focus({ preventScroll: true });
    const onKey = (event: KeyboardEvent) => {
      if (open[open.length - 1] !== inside || event.isComposing) return;
      if (event.key === "Tab") keepInside(event, inside);
      if (event.key !== "Escape") return;
      event.stopPropagation();
      leave(inside); // a second Esc, before this one is drawn, is for the sheet below
      end.current();
      requestAnimationFrame(() => inside.isConnected && !open.includes(inside) && open.push(inside));
    };
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
      leave(inside);
      before?.focus?.({ preventScroll: true });
    };
  }, []);
  return box;
}

function keepInside(event: KeyboardEvent, box: HTMLElement): void {
  const stops = Array.from(box.querySelectorAll<HTMLElement>(STOPS)).filter(el => el.offsetParent !== null);
  const at = document.activeElement as HTMLElement;
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  if (at !== edge && at !== box && box.contains(at)) return;
  event.preventDefault();
  (event.shiftKey ? stops[stops.length - 1] : stops[0])?.focus();
}

interface SheetProps {
  title: string;
  close: () => void;
  children: ComponentChildren;
  form?: "sheet" | "side" | "full";
  actions?: ComponentChildren;
  footer?: ComponentChildren;
  below?: ComponentChildren; // in the footer's place, with a form of its own
}

export function Sheet({ title, close, children, form = "sheet", actions, footer, below }: SheetProps) {
  const box = useTrap(close);
  return (
    <div class={classes(css.shade, css[form])} onMouseDown={e => e.target === e.currentTarget && close()}>
      <div ref={box} class={css.box} role="dialog" aria-modal="true" aria-label={title} tabIndex={-1}>
        <div class={css.head}>
          <h2 class={css.title}>{title}</h2>
          {actions}
          <IconButton name="close" label={t("close")} onClick={close} />
        </div>
        <div class={css.body}>{children}</div>
        {footer && <div class={css.foot}>{footer}</div>}
        {below}
      </div>
    </div>
  );
}

export interface MenuItem {
  label: string;
  icon: IconName;
  run: () => void;
  isDanger?: boolean;
}

// A menu at a place on the screen; on a phone it comes from below.
export function showMenu(items: MenuItem[], at: { x: number; y: number }, label: string): void {
  show(close => (
    <Popup at={at} label={label} close={close}>
      <MenuItems items={items} close={close} />
    </Popup>
  ));
}

// Below the element that was pressed.
export function menuAt(event: MouseEvent): { x: number; y: number } {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return { x: box.right, y: box.bottom + 4 };
}

interface PopupProps {
  at: { x: number; y: number };
  label: string;
  close: () => void;
  children: ComponentChildren;
}

// The ground of a menu: beside what was pressed at a desk, from below on a phone. Arrows move inside.
export function Popup({ at, label, close, children }: PopupProps) {
  const box = useTrap(close);
  const isFloating = isWide.value;
  useLayoutEffect(() => {
    const el = box.current!;
    if (isFloating) {
      const left = Math.min(Math.max(8, at.x - el.offsetWidth), innerWidth - el.offsetWidth - 8);
      const top = at.y + el.offsetHeight > innerHeight - 8 ? Math.max(8, at.y - el.offsetHeight - 12) : at.y;
      el.style.left = `${left}px`;
      el.style.top = `${top}px`;
    }
    el.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
  }, []);
  const move = (event: KeyboardEvent) => {
    const steps: { [key: string]: number } = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const step = steps[event.key];
    if (step) {
      const all = Array.from(box.current!.querySelectorAll<HTMLElement>("button"));
      all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length].focus();
      event.preventDefault();
    }
  };
  return (
    <div class={classes(css.shade, isFloating ? css.clear : css.sheet)} onMouseDown={e => e.target === e.currentTarget && close()}>
      <div ref={box} class={isFloating ? css.float : css.box} role="dialog" aria-modal="true" aria-label={label} tabIndex={-1} onKeyDown={move}>
        <div class={css.scroll} role="menu" aria-label={label}>{children}</div>
      </div>
    </div>
  );
}

// isDense: on a phone in columns, icon over word, because there are many.
export function MenuItems({ items, close, isDense }: { items: MenuItem[]; close: () => void; isDense?: boolean }) {
  return (
    <div class={classes(css.menu, isDense && css.dense)}>
      {items.map(i => (
        <button
          type="button"
          role="menuitem"
          key={i.label}
          class={classes(css.item, i.isDanger && css.dangerous)}
          onClick={() => {
            close();
            i.run();
          }}
        >
          <Icon name={i.icon} size={20} />
          <span class={css.itemText}>{i.label}</span>
        </button>
      ))}
    </div>
  );
}

// Asks before something that cannot be taken back.
export function confirm(sentence: string, action: string): Promise<boolean> {
  return new Promise(resolve => {
    show(close => {
      const end = (isSure: boolean) => {
        close();
        resolve(isSure);
      };
      const footer = (
        <>
          <Button onClick={() => end(false)}>{t("cancel")}</Button>
          <Button look="danger" onClick={() => end(true)}>{action}</Button>
        </>
      );
      return (
        <Sheet title={t("confirm")} close={() => end(false)} footer={footer}>
          <p class={css.question}>{sentence}</p>
        </Sheet>
      );
    });
  });
}
