/** Where `fetch-browser.mjs` puts one, with the libraries that it needs. */
export const FETCHED: string;

/** CHROMIUM_BIN, the system's Chromium, or one that has been fetched; the first that starts. */
export function browserPath(): string | undefined;
