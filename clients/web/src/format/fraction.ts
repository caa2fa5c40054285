// Fractions as people type them: 0.001, 0.1 % or 10 bp.

const TYPED = /^([+-]?\d*\.?\d+)\s*(%|bps?|bp)$/;
const PLACES: Readonly<Record<string, number>> = { "%": 2, bp: 4, bps: 4 };

/** The decimal that is meant, digit by digit; what is no such text stays as it is. */
export function fractionOf(text: string): string {
  const [, number, unit = ""] = TYPED.exec(text.trim()) ?? [];
  return number === undefined ? text.trim() : shifted(number, PLACES[unit] ?? 0);
}

/** The point moved to the left, without a float that would add dust. */
function shifted(number: string, places: number): string {
  const sign = number.startsWith("-") ? "-" : "";
  const [whole = "", part = ""] = number.replace(/^[+-]/, "").split(".");
  const digits = whole.padStart(places + 1, "0");
  const at = digits.length - places;
  const tail = `${digits.slice(at)}${part}`.replace(/0+$/, "");
  const head = digits.slice(0, at).replace(/^0+(?=\d)/, "");
  return `${sign}${head}${tail === "" ? "" : `.${tail}`}`;
}
