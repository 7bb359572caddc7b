// Where the words of a search stand in a text.
export interface Piece {
  text: string;
  isHit: boolean;
}

const BEFORE = 12; // characters shown before the first hit

// The text in pieces, every word of the query marked wherever it stands; its beginning is left out
// when the first hit stands far behind.
export function pieces(text: string, query: string): Piece[] {
  const low = text.toLowerCase();
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const isHit = new Array<boolean>(text.length).fill(false);
  if (low.length === text.length)
    for (const word of words)
      for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + word.length)) isHit.fill(true, at, at + word.length);
  const first = isHit.indexOf(true);
  const from = first > BEFORE * 2 ? first - BEFORE : 0;
  const list: Piece[] = from ? [{ text: "…", isHit: false }] : [];
  for (let at = from; at < text.length; ) {
    let end = at;
    while (end < text.length && isHit[end] === isHit[at]) end++;
    list.push({ text: text.slice(at, end), isHit: isHit[at] });
    at = end;
  }
  return list;
}
