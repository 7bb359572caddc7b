// Presence for the people whose rows are on screen: rows say who they show by data-person.
import { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { watchPeople } from "./state";

const SETTLE = 150;

export function useWatched(box: RefObject<HTMLElement | null>, count: number): void {
  useEffect(() => {
    if (!box.current || !count) return;
    const seen = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let end: (() => void) | undefined;
    const tell = () => {
      end?.();
      end = watchPeople(Array.from(seen));
    };
    const watch = new IntersectionObserver(rows => {
      for (const row of rows) {
        const id = (row.target as HTMLElement).dataset.person!;
        if (row.isIntersecting) seen.add(id);
        else seen.delete(id);
      }
      clearTimeout(timer);
      timer = setTimeout(tell, SETTLE);
    });
    box.current.querySelectorAll("[data-person]").forEach(row => watch.observe(row));
    return () => {
      clearTimeout(timer);
      watch.disconnect();
      end?.();
    };
  }, [count]);
}
