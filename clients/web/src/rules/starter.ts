// What an own text begins with, and the text that was written last, which a closed page keeps.

const KEY = "tradeforge.rules";

const STARTER = `strategy "My idea"
param fast = 20 from 5 to 100 in bars
param slow = 100 from 20 to 250 in bars
require fast < slow
enter long when crosses_above(sma(close, fast), sma(close, slow))
exit long when crosses_below(sma(close, fast), sma(close, slow))
`;

export function lastText(): string {
  try {
    return localStorage.getItem(KEY) || STARTER;
  } catch {
    return STARTER;
  }
}

export function keepText(source: string): void {
  try {
    localStorage.setItem(KEY, source);
  } catch {
    // A browser that keeps nothing: the text lives as long as the page.
  }
}
