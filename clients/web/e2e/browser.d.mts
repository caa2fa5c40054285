/** CHROMIUM_BIN, the system's Chromium, or the one that Playwright has fetched. */
export function browserPath(): string | undefined;
