// A list that draws only the rows near the screen. Heights are estimated, then measured; what the
// reader looks at stays where it is while rows above it grow. With stick="bottom" the list rests on
// its last row, as a conversation does.
import { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Heights } from "./fenwick";
import css from "./list.module.css";

export interface ListHandle {
  toRow(row: number, share?: number): void; // share: where on the screen, 0 top … 1 bottom
  toEnd(): void;
}

interface Props {
  count: number;
  estimate: (row: number) => number;
  keyOf: (row: number) => string | number;
  render: (row: number) => ComponentChildren;
  stick?: "bottom";
  start?: number; // the row to show first; without it the end (stick) or the top
  onRange?: (first: number, last: number, isAtEnd: boolean) => void;
  handle?: RefObject<ListHandle | null>;
  label: string;
  className?: string;
  role?: "list" | "listbox";
}

const OVERSCAN = 400;
const NEAR_END = 32;

export function VirtualList(props: Props) {
  const { count, stick, keyOf, render } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const block = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const heights = useMemo(() => new Heights(count, row => latest.current.estimate(row)), []);
  if (heights.count !== count) heights.resize(count);
  const view = useRef({ isStuck: stick === "bottom" && props.start === undefined, anchor: 0, inset: 0, isPlaced: false });
  const [range, setRange] = useState({ first: 0, last: -1 });

  function padding(): number {
    const room = scroller.current?.clientHeight ?? 0;
    return stick === "bottom" ? Math.max(0, room - heights.total()) : 0;
  }

  function remember(): void {
    const el = scroller.current;
    if (!el) return;
    const top = el.scrollTop - padding();
    view.current.anchor = heights.at(top);
    view.current.inset = top - heights.offset(view.current.anchor);
    if (stick) view.current.isStuck = el.scrollTop + el.clientHeight >= el.scrollHeight - NEAR_END;
  }

  function place(): void {
    const el = scroller.current;
    if (!el) return;
    const wanted = view.current.isStuck
      ? el.scrollHeight
      : heights.offset(view.current.anchor) + view.current.inset + padding();
    if (Math.abs(el.scrollTop - wanted) >= 1) el.scrollTop = wanted;
  }

  function updateRange(): void {
    const el = scroller.current;
    if (!el || !heights.count) return;
    const top = el.scrollTop - padding();
    const first = heights.at(top - OVERSCAN);
    const last = heights.at(top + el.clientHeight + OVERSCAN);
    setRange(old => (old.first === first && old.last === last ? old : { first, last }));
    const seenTo = heights.at(top + el.clientHeight - 1);
    latest.current.onRange?.(heights.at(top), seenTo, view.current.isStuck || seenTo === heights.count - 1);
  }

  function measure(): void {
    const rows = block.current?.children;
    if (!rows) return;
    let isChanged = false;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as HTMLElement;
      const at = Number(row.dataset.row);
      if (at < heights.count && heights.set(at, row.offsetHeight)) isChanged = true;
    }
    if (!isChanged && view.current.isPlaced) return;
    view.current.isPlaced = true;
    layout();
    place();
    updateRange();
  }

  function layout(): void {
    const box = block.current;
    if (!box || !box.parentElement) return;
    const pad = padding();
    box.parentElement.style.height = `${heights.total() + pad}px`;
    box.style.transform = `translateY(${heights.offset(range.first) + pad}px)`;
  }

  useLayoutEffect(() => {
    if (props.start === undefined) return;
    view.current.isStuck = false;
    view.current.anchor = props.start;
    view.current.inset = -(scroller.current?.clientHeight ?? 0) * 0.25;
  }, []);

  useLayoutEffect(() => {
    layout();
    if (!view.current.isPlaced || view.current.isStuck) place();
    measure();
  });

  useLayoutEffect(() => updateRange(), [count]);

  useLayoutEffect(() => {
    const watch = new ResizeObserver(() => {
      measure();
      layout();
      place();
      updateRange();
    });
    if (scroller.current) watch.observe(scroller.current);
    if (block.current) watch.observe(block.current);
    return () => watch.disconnect();
  }, [range.first]);

  if (props.handle) {
    props.handle.current = {
      toEnd() {
        view.current.isStuck = true;
        place();
        updateRange();
      },
      toRow(row, share = 0.25) {
        view.current.isStuck = false;
        view.current.anchor = row;
        view.current.inset = -(scroller.current?.clientHeight ?? 0) * share;
        place();
        updateRange();
      },
    };
  }

  const rows = [];
  for (let row = range.first; row <= Math.min(range.last, count - 1); row++) {
    rows.push(
      <div key={keyOf(row)} data-row={row} role="listitem" class={css.row}>
        {render(row)}
      </div>,
    );
  }
  const onScroll = () => {
    remember();
    updateRange();
  };
  return (
    <div ref={scroller} class={`${css.scroller} ${props.className ?? ""}`} tabIndex={props.stick ? 0 : undefined} onScroll={onScroll} onKeyDown={moveBetweenRows}>
      <div class={css.all} role="list" aria-label={props.label}>
        <div ref={block} class={css.block}>
          {rows}
        </div>
      </div>
    </div>
  );
}

// Up and Down move between the elements marked data-nav inside the container; Home and End go to
// the first and the last one drawn. From the container itself Up goes to the last one.
export function moveBetweenRows(event: KeyboardEvent): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  const step = steps[event.key];
  const at = event.target as HTMLElement;
  if (!step || at.matches("input, textarea, select")) return;
  const box = event.currentTarget as HTMLElement;
  const stops = Array.from(box.querySelectorAll<HTMLElement>("[data-nav]"));
  const from = at.closest<HTMLElement>("[data-nav]");
  if (!from && at !== box) return;
  const wanted = from ? stops.indexOf(from) + step : step > 0 ? 0 : stops.length - 1;
  const next = stops[Math.max(0, Math.min(stops.length - 1, wanted))];
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: false });
}
