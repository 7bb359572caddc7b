// The look chosen on this device: light, dark or as the system, and large text.
import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const stored = (name: string): string | null => localStorage.getItem(name);

export const theme = signal<Theme>((stored("theme") as Theme | null) ?? "system");
export const isLarge = signal(stored("large") === "yes");

export const hasNotices = signal(stored("notices") === "yes"); // while the page lies behind others

const wide = matchMedia("(min-width: 860px)");
export const isWide = signal(wide.matches);
wide.addEventListener("change", () => (isWide.value = wide.matches));

// A device worked by pointer and keyboard: Enter sends, hovering shows.
export const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)").matches;

export function startPrefs(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = signal(dark.matches);
  dark.addEventListener("change", () => (isDark.value = dark.matches));
  effect(() => {
    const shown = theme.value === "system" ? (isDark.value ? "dark" : "light") : theme.value;
    const root = document.documentElement;
    root.dataset.theme = shown;
    root.dataset.large = isLarge.value ? "yes" : "no";
    localStorage.setItem("theme", theme.value);
    localStorage.setItem("large", isLarge.value ? "yes" : "no");
    localStorage.setItem("notices", hasNotices.value ? "yes" : "no");
  });
}
