// Names as pictures: the letters and the colour of an avatar.

const COLOURS = ["#3d5f9c", "#96415a", "#23727f", "#a34d26", "#2c6e5b", "#76508a", "#7d631c", "#53702a"];

// The last two characters of a Chinese name, the initials of another one.
export function letters(name: string): string {
  const plain = name.replace(/[(\uff08][^)\uff09]*[)\uff09]/g, "").trim() || name.trim();
  const chinese = plain.match(/[\u3400-\u9fff]/g);
  return chinese ? chinese.slice(-2).join("") : initials(plain);
}

// The first two characters of a group's Chinese title, the initials of another one.
export function groupLetters(title: string): string {
  const signs = Array.from(title.replace(/[^\p{L}\p{N}\s]/gu, ""));
  const at = signs.findIndex(c => c.trim());
  const start = signs.slice(at, at + 2).join("");
  return /[\u3400-\u9fff]/.test(start) ? start.trim() : initials(signs.join("").trim() || title.trim());
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const signs = words.length > 1 ? [Array.from(words[0])[0], Array.from(words[words.length - 1])[0]] : Array.from(name).slice(0, 2);
  return signs.join("").toUpperCase();
}

export function colour(name: string): string {
  let hash = 7;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0;
  return COLOURS[Math.abs(hash) % COLOURS.length];
}
