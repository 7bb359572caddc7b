// A voice message's loudness as letters, a quiet to z loud, as the server keeps it.

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

// Loudness in [0, 1] along the way, as `most` letters or fewer; the loudest part is z, unless all of
// it is quiet.
export function waveOf(levels: readonly number[], most = 60): string {
  const count = Math.min(most, levels.length);
  const parts = Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * levels.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * levels.length) / count));
    return Math.max(...levels.slice(from, to));
  });
  const loudest = Math.max(0.1, ...parts);
  return parts.map(p => LETTERS[Math.max(0, Math.min(25, Math.round((p / loudest) * 25)))]).join("");
}

// The letters as so many heights in (0, 1]; without letters a flat line.
export function heightsOf(wave: string | undefined, count = 40): number[] {
  const letters = (wave ?? "").replace(/[^a-z]/g, "");
  if (!letters) return Array.from({ length: count }, () => 0.2);
  const at = (i: number): number => LETTERS.indexOf(letters[Math.floor((i * letters.length) / count)]);
  return Array.from({ length: count }, (_, i) => 0.12 + (at(i) / 25) * 0.88);
}

// 0:07, 4:59
export const lengthText = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
