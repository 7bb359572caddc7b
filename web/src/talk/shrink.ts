// Pictures made small on this device before they are sent: the longest side at most 2048 points. How
// it was turned is kept, because the browser turns it when it draws.
import type { OutgoingFile } from "../net/shapes";

export const LONGEST = 2048;
const QUALITY = 0.82;
const SMALL = 300 * 1024; // smaller ones are sent as they are

// The size that a picture is sent in.
export function sizeFor(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function load(file: Blob): Promise<HTMLImageElement> {
  const url = URL.createObjectURL(file);
  const image = new Image();
  return new Promise<HTMLImageElement>((done, failed) => {
    image.onload = () => done(image);
    image.onerror = failed;
    image.src = url;
  }).finally(() => URL.revokeObjectURL(url));
}

// A picture with letters on it, such as a screenshot, has clear edges: WebP keeps them better.
async function drawn(image: HTMLImageElement, size: { width: number; height: number }, isFlat: boolean): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const pen = canvas.getContext("2d")!;
  pen.imageSmoothingQuality = "high";
  if (!isFlat) {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, size.width, size.height);
  }
  pen.drawImage(image, 0, 0, size.width, size.height);
  return new Promise(done => canvas.toBlob(done, isFlat ? "image/webp" : "image/jpeg", QUALITY));
}

const ENDS: { [type: string]: string } = { "image/jpeg": ".jpg", "image/webp": ".webp", "image/png": ".png" };

// The picture with its size; made smaller, and the first one beside it, where that saves something.
export async function shrunk(file: OutgoingFile, key: string): Promise<OutgoingFile> {
  const image = await load(file.blob).catch(() => null);
  if (!image || !image.naturalWidth) return file;
  const { naturalWidth: width, naturalHeight: height } = image;
  const whole = { ...file, width, height };
  const size = sizeFor(width, height);
  if (file.type === "image/gif" || file.type === "image/svg+xml" || (file.size <= SMALL && size.width === width)) return whole;
  const blob = await drawn(image, size, file.type === "image/png").catch(() => null);
  if (!blob || blob.size >= file.size * 0.9) return whole;
  const name = file.name.replace(/\.\w+$/, "") + (ENDS[blob.type] ?? "");
  return { key, name, type: blob.type, size: blob.size, blob, ...size, whole };
}
