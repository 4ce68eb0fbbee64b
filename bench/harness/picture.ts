// The readings as bars in an SVG: how much of each promise is reached. The line at 1 is the promise; right of it is better.
import { judge } from "./line.ts";
import type { Entry } from "./report.ts";

const ROW = 22;
const LEFT = 460;
const WIDTH = 360;
const RIGHT = 230;
const TOP = 64;
/** Longer bars end here: what counts is on which side of the line they end. */
const MOST = 3;

export function picture(entries: readonly Entry[], caption: string): string {
  const bars = entries.flatMap((entry) => ("skipped" in entry ? [] : entry.bars.map((bar) => ({ label: `${entry.row}  ${entry.what}`, ...judge(entry, bar) }))));
  const height = TOP + bars.length * ROW + 34;
  const x = (reached: number) => LEFT + (Math.min(reached, MOST) / MOST) * WIDTH;
  const rows = bars.map(({ label, reached, met, bar, ratio }, index) => {
    const y = TOP + index * ROW;
    const told = `${bar}${ratio === undefined ? "" : `: ${ratio.toFixed(2)}`}`;
    return [
      text(LEFT - 10, y + 14, label, 'text-anchor="end"'),
      `<rect x="${LEFT}" y="${y + 3}" width="${Math.max(1, x(reached) - LEFT).toFixed(1)}" height="${ROW - 8}" rx="2" fill="${met ? "#2f855a" : "#c05621"}"/>`,
      reached > MOST ? text(x(MOST) - 8, y + 14, "»", 'text-anchor="end" fill="#ffffff"') : "",
      text(LEFT + WIDTH + 14, y + 14, told, ""),
    ].join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + RIGHT}" height="${height}" viewBox="0 0 ${LEFT + WIDTH + RIGHT} ${height}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="12" fill="#1a202c">
<rect width="100%" height="100%" fill="#ffffff"/>
${text(20, 26, "How much of each promise is reached", 'font-size="16" font-weight="bold"')}
${text(20, 44, `The line is the promise; green bars pass it. ${caption}`, 'fill="#4a5568"')}
${rows.join("\n")}
<line x1="${x(1)}" y1="${TOP - 6}" x2="${x(1)}" y2="${height - 28}" stroke="#1a202c" stroke-width="1.5"/>
${[0, 1, 2, 3].map((mark) => text(x(mark), height - 12, mark === MOST ? `${mark} ×` : String(mark), 'text-anchor="middle" fill="#4a5568"')).join("")}
</svg>
`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}
