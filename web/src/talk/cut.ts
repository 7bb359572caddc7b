// A square cut out of a picture: its middle as shares of the picture's sides, and how far it is
// zoomed in. It never reaches over an edge.
export interface Cut {
  x: number;
  y: number;
  zoom: number;
}

function within(middle: number, side: number, length: number): number {
  const half = side / length / 2;
  return half >= 0.5 ? 0.5 : Math.min(1 - half, Math.max(half, middle));
}

function kept(cut: Cut, width: number, height: number): Cut {
  const side = Math.min(width, height) / cut.zoom;
  return { ...cut, x: within(cut.x, side, width), y: within(cut.y, side, height) };
}

export const moved = (cut: Cut, x: number, y: number, width: number, height: number): Cut =>
  kept({ ...cut, x: cut.x + x, y: cut.y + y }, width, height);

export const zoomed = (cut: Cut, zoom: number, width: number, height: number): Cut => kept({ ...cut, zoom }, width, height);
