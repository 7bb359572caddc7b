// The icons: one stroke of 1.6 on a grid of 24, drawn in the colour of the text. Those of screens
// loaded on use come with them (onuse.ts).
import type { laterIcons } from "./icons_later";

const PATHS = {
  chat: "M5 5.500h14a1.500 1.500 0 0 1 1.500 1.500v8.500a1.500 1.500 0 0 1-1.500 1.500h-7l-4 3.500v-3.500h-3a1.500 1.500 0 0 1-1.500-1.500v-8.500a1.500 1.500 0 0 1 1.500-1.500z",
  people: "M9 11a3.250 3.250 0 1 0 0-6.500 3.250 3.250 0 0 0 0 6.500zM3 19.500c.4-3.300 2.800-5.200 6-5.200s5.600 1.900 6 5.200M15.500 4.900a3.100 3.100 0 0 1 0 5.800M17.200 14.600c2.100.6 3.500 2.300 3.800 4.900",
  me: "M12 11.500a3.750 3.750 0 1 0 0-7.500 3.750 3.750 0 0 0 0 7.500zM4.800 20c.5-3.700 3.400-5.800 7.200-5.800s6.700 2.100 7.200 5.800",
  search: "M10.800 17.300a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500l4.500 4.500",
  plus: "M12 5v14M5 12h14",
  back: "M14.500 5l-7 7 7 7",
  down: "M12 5v14M6 13l6 6 6-6",
  more: "M5.500 12h.01M12 12h.01M18.500 12h.01",
  close: "M6 6l12 12M18 6L6 18",
  smile: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM8.500 14c.8 1.300 2 2 3.500 2s2.700-.7 3.500-2M9.200 9.700h.01M14.800 9.700h.01",
  clip: "M19 11.500l-7.300 7.200a4.500 4.500 0 0 1-6.400-6.400l7.600-7.500a3 3 0 0 1 4.300 4.200l-7.500 7.500a1.500 1.500 0 0 1-2.200-2.100l6.800-6.700",
  image: "M5 4.500h14a1.500 1.500 0 0 1 1.500 1.500v12a1.500 1.500 0 0 1-1.500 1.500h-14a1.500 1.500 0 0 1-1.500-1.500v-12a1.500 1.500 0 0 1 1.500-1.500zM4 16.500l4.500-4.500 4 4 2.500-2.500 5 4.500M15.300 8.800h.01",
  at: "M15.800 12a3.800 3.800 0 1 1-7.600 0 3.800 3.800 0 0 1 7.600 0zm0 0v1.300a2.400 2.400 0 0 0 4.700 0v-1.300a8.500 8.500 0 1 0-3.700 7",
  send: "M4.500 12l15-7.500-5 15.500-3-6.500zM11.500 13.500l8-9",
  reply: "M9 7l-5 5 5 5M4.500 12h8.500c3.500 0 6 2 6.500 6",
  file: "M7 3.500h7l4.500 4.500v11a1.500 1.500 0 0 1-1.500 1.500h-10a1.500 1.500 0 0 1-1.500-1.500v-14a1.500 1.500 0 0 1 1.500-1.500zM13.500 3.500v5h5",
  group: "M12 11a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600zM6.500 18.500c.4-3 2.600-4.700 5.500-4.700s5.100 1.700 5.500 4.700M5.800 10.500a2.200 2.200 0 1 1 .7-4M18.200 10.500a2.200 2.200 0 1 0-.7-4M2.500 16.500c.2-1.900 1.200-3.200 2.800-3.700M21.500 16.500c-.2-1.900-1.200-3.200-2.800-3.700",
  link: "M10 14a3.800 3.800 0 0 0 5.400 0l3-3a3.800 3.800 0 0 0-5.400-5.400l-1 1M14 10a3.800 3.800 0 0 0-5.400 0l-3 3a3.800 3.800 0 0 0 5.400 5.400l1-1",
  text: "M4 7v-2h10v2M9 5v13M7 18h4M14.500 12v-1.500h6v1.500M17.500 10.500v7.500M16 18h3",
  shield: "M12 3.500l7 2.500v5.500c0 4.300-2.700 7.300-7 9-4.300-1.700-7-4.700-7-9v-5.500z",
  alert: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500v5.500M12 16.300h.01",
  clock: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500v5l3 2",
  cloud: "M7 18.500a4 4 0 0 1-.5-8 5.500 5.500 0 0 1 10.600-1 4.300 4.300 0 0 1 3.400 4.700M4 4l16 16",
  mic: "M12 14.500a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3zM5.800 11.500a6.200 6.200 0 0 0 12.400 0M12 17.700v3",
  quiet: "M8 6.200a5.500 5.500 0 0 1 9.500 3.300c0 2.700.5 3.900 1.200 5.400M16 16.500h-9.500c-.9 0-1.500-.8-1.200-1.600.7-1.500 1.200-2.700 1.200-5.400 0-.5.1-1 .2-1.400M10 19.500a2.200 2.200 0 0 0 4 0M4.500 4l15 15.500",
  pin: "M9 4h6l-.7 6 3.200 3.500h-11l3.200-3.500zM12 13.500v6.500",
  answers: "M4.500 5h15v10h-8l-3.500 3.500v-3.500h-3.500z",
};

export type LaterIcons = typeof laterIcons;
export type IconName = keyof typeof PATHS | keyof LaterIcons;

const paths: { [name: string]: string } = { ...PATHS };

export const learnIcons = (later: LaterIcons): void => void Object.assign(paths, later);

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  const rem = `${size / 16}rem`;
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      stroke-width={name === "more" ? 2.4 : 1.6}
      stroke-linecap="round"
      stroke-linejoin="round"
      style={{ width: rem, height: rem, display: "block", flex: "none" }}
    >
      <path d={paths[name]} />
    </svg>
  );
}

// The sign of the house: a bell of a chime.
export function Bell({ size = 32 }: { size?: number }) {
  const rem = `${size / 16}rem`;
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" style={{ width: rem, height: rem, display: "block", flex: "none" }}>
      <path d="M12.500 6h7M16 3v3.500" stroke="#d8c389" stroke-width="2" stroke-linecap="round" fill="none" />
      <path d="M11.200 7h9.600l3.700 20.500q-8.500-4-17 0z" fill="currentColor" />
      <path d="M9.800 20.500h12.400M12.600 12h.01M16 12h.01M19.400 12h.01M12 16h.01M16 16h.01M20 16h.01" stroke="var(--bell-mark)" stroke-width="1.700" stroke-linecap="round" fill="none" />
    </svg>
  );
}
