/** Rows as an aligned Markdown table, which can be pasted as it is. The first row is the head; numbers stand right. */
export function table(rows) {
  const texts = rows.map((row) => row.map((cell) => (cell === null || cell === undefined ? "" : String(cell))));
  const widths = texts[0].map((_, at) => Math.max(3, ...texts.map((row) => row[at].length)));
  const line = (row) =>
    `| ${row.map((text, at) => (at === 0 ? text.padEnd(widths[at]) : text.padStart(widths[at]))).join(" | ")} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head, ...body] = texts.map(line);
  return [head, rule, ...body].join("\n");
}

const rounded = (value, digits) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const number = (value, digits = 0) => (value === null || value === undefined ? "" : rounded(value, digits));

/** `1,234 (1,200 to 1,300)`: the median, and the least and most of all rounds. */
export const withSpread = (figure, digits = 0) => {
  if (figure === null) return "";
  const { median, least, most } = figure;
  const around = least === most ? "" : ` (${rounded(least, digits)} to ${rounded(most, digits)})`;
  return rounded(median, digits) + around;
};

/** Words and how often, but the good ones. */
export const others = (words, good) =>
  Object.entries(words)
    .filter(([word]) => !good.includes(word))
    .map(([word, count]) => `${word}: ${count}`)
    .join(", ");
