// The theme's colours as a canvas needs them, and when they change.

/** The tokens resolved for where the element stands: `light-dark()` is only known to CSS. */
export function themeColors<Name extends string>(
  element: Element,
  tokens: readonly Name[],
): Record<Name, string> {
  const probe = document.createElement("span");
  probe.hidden = true;
  (element.parentElement ?? document.body).append(probe);
  const style = getComputedStyle(probe);
  const colors = {} as Record<Name, string>;
  for (const token of tokens) {
    probe.style.color = `var(${token})`;
    colors[token] = style.color;
  }
  probe.remove();
  return colors;
}

export function isDarkAt(element: Element): boolean {
  const { "--color-surface": surface } = themeColors(element, ["--color-surface"]);
  const [red = 255, green = 255, blue = 255] = (surface.match(/[\d.]+/g) ?? []).map(Number);
  return red + green + blue < 384;
}

/** Calls back when the user or the system chose another theme. */
export function onThemeChange(listener: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(listener);
  system.addEventListener("change", listener);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", listener);
    chosen.disconnect();
  };
}

export function faint(color: string): string {
  return color.replace("rgb(", "rgba(").replace(")", ", 0.35)");
}
