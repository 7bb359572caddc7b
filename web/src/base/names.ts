// Names as pictures: the letters and the colour of an avatar.

const COLOURS = ["#3d5f9c", "#96415a", "#23727f", "#a34d26", "#2c6e5b", "#76508a", "#7d631c", "#53702a"];

// The last two characters of a Chinese name, the initials of another one.
export function letters(name: string): string {
  const plain = name.replace(/[(\uff08][^)\uff09]*[)\uff09]/g, "").trim() || name.trim();
  const chinese = plain.match(/[\u3400-\u9fff]/g);
  if (chinese) return chinese.slice(-2).join("");
  const words = plain.split(/\s+/).filter(Boolean);
  const initials = words.length > 1 ? words[0][0] + words[words.length - 1][0] : plain.slice(0, 2);
  return initials.toUpperCase();
}

export function colour(name: string): string {
  let hash = 7;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0;
  return COLOURS[Math.abs(hash) % COLOURS.length];
}
