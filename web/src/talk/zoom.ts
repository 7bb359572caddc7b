// Looking closer at a picture: how large it is drawn, and by how much it is moved from the middle.

export interface Look {
  scale: number; // 1: as large as fits
  x: number; // points from the middle
  y: number;
}

export const WHOLE: Look = { scale: 1, x: 0, y: 0 };
const CLOSEST = 8;

interface Box {
  width: number;
  height: number;
}

// Moved so far at most that no edge of the picture comes inside the screen's.
export function kept(look: Look, picture: Box, screen: Box): Look {
  const scale = Math.max(1, Math.min(CLOSEST, look.scale));
  const room = (side: number, most: number): number => Math.max(0, (side * scale - most) / 2);
  const limit = (at: number, most: number): number => Math.max(-most, Math.min(most, at)) || 0;
  return { scale, x: limit(look.x, room(picture.width, screen.width)), y: limit(look.y, room(picture.height, screen.height)) };
}

// Closer by a factor, so that the point (from the middle) under the fingers stays where it is.
export function closer(look: Look, factor: number, at: { x: number; y: number }): Look {
  const scale = Math.max(1, Math.min(CLOSEST, look.scale * factor));
  const by = scale / look.scale;
  return { scale, x: at.x - (at.x - look.x) * by, y: at.y - (at.y - look.y) * by };
}
