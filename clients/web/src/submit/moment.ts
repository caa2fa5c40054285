// Moments as the form takes them.

/** A year, a month, a day or a minute, in UTC. */
export function parseMoment(text: string): number | undefined {
  const pattern = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?Z?)?)?)?$/;
  const [, year, month = "01", day = "01", hour = "00", minute = "00", second = "00"] =
    pattern.exec(text.trim()) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const millis = year === undefined ? Number.NaN : Date.parse(`${iso}Z`);
  // A day that is not in its month would be taken for one of the next.
  const isReal = !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(iso);
  return isReal ? millis : undefined;
}
