// What is drawn in a part of the page as one PNG: its canvases where they stand, and its title.

const HEAD = 34;

/** The file's name without its ending; nothing happens where nothing is drawn. */
export function savePicture(part: Element, name: string): void {
  const canvases = [...part.querySelectorAll("canvas")].filter((it) => it.width > 0);
  const boxes = canvases.map((canvas) => canvas.getBoundingClientRect());
  if (boxes.length === 0) {
    return;
  }
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const width = Math.max(...boxes.map((box) => box.right)) - left;
  const height = Math.max(...boxes.map((box) => box.bottom)) - top;
  const density = devicePixelRatio || 1;
  const picture = document.createElement("canvas");
  picture.width = Math.ceil(width * density);
  picture.height = Math.ceil((height + HEAD) * density);
  const context = picture.getContext("2d");
  if (!context) {
    return;
  }
  context.scale(density, density);
  const style = getComputedStyle(part);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, width, height + HEAD);
  context.fillStyle = style.color;
  context.font = "600 14px system-ui, sans-serif";
  context.fillText(name, 12, 22);
  canvases.forEach((canvas, at) => {
    const box = boxes[at];
    if (box) {
      context.drawImage(canvas, box.left - left, box.top - top + HEAD, box.width, box.height);
    }
  });
  picture.toBlob((blob) => blob && download(blob, `${name}.png`));
}

export function download(blob: Blob, fileName: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName.replaceAll(/[\\/:*?"<>|]/g, "-");
  link.click();
  // Not before the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
