// Labels as text: one a line, `name=value`, or a name alone.

export function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const [name = "", ...value] = line.split("=");
    if (name.trim() !== "") {
      labels[name.trim()] = value.join("=").trim();
    }
  }
  return labels;
}

export function labelLines(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .sort()
    .map((name) => (labels[name] ? `${name}=${labels[name]}` : name))
    .join("\n");
}
