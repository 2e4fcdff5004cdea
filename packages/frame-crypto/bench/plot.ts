// An SVG of microseconds by size of frame, a line for each runtime, from the rows of `npm run bench -- changeover`.
import type { Row } from "./frames.bench.ts";

const COLOURS = ["#1b7837", "#5aae61", "#2166ac", "#67a9cf", "#b2182b", "#f4a582"];
const [WIDTH, HEIGHT, LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT] = [760, 420, 60, 40, 480, 320];
const [MIN_BYTES, MAX_BYTES, MIN_MICROS, MAX_MICROS] = [100, 14_000, 0.8, 100];

const between = (value: number, min: number, max: number): number =>
  Math.log(value / min) / Math.log(max / min);
const x = (bytes: number): number => LEFT + PLOT_WIDTH * between(bytes, MIN_BYTES, MAX_BYTES);
const y = (micros: number): number => TOP + PLOT_HEIGHT * (1 - between(micros, MIN_MICROS, MAX_MICROS));

const line = (points: readonly (readonly [number, number])[], style: string): string =>
  `<polyline fill="none" stroke-width="2" ${style} points="${points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ")}"/>`;
const text = (at: readonly [number, number], words: string, anchor = "start"): string =>
  `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}">${words}</text>`;

function grid(): string[] {
  const bytes = [120, 300, 1200, 4000, 12_000].flatMap((size) => [
    `<line x1="${x(size).toFixed(1)}" x2="${x(size).toFixed(1)}" y1="${TOP}" y2="${TOP + PLOT_HEIGHT}" stroke="#ddd"/>`,
    text([x(size), TOP + PLOT_HEIGHT + 18], String(size), "middle"),
  ]);
  const micros = [1, 3, 10, 30, 100].flatMap((value) => [
    `<line x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" stroke="#ddd"/>`,
    text([LEFT - 8, y(value) + 4], String(value), "end"),
  ]);
  return [...bytes, ...micros];
}

/** Rows of one runtime and subject, encrypting, sizes ascending; H.264 is left out: it has the size of the VP8 frame. */
const points = (rows: readonly Row[], runtime: string, subject: string) =>
  rows
    .filter((row) => row.runtime === runtime && row.subject === subject && row.direction === "encrypt")
    .filter(({ frame }) => !frame.startsWith("H.264"))
    .map(({ bytes, microseconds }) => [x(bytes), y(microseconds)] as const);

/** Solid: this project. Dashed: davey's native addon in the same run. */
export function plot(rows: readonly Row[]): string {
  const runtimes = [...new Set(rows.map(({ runtime }) => runtime))];
  const lines = runtimes.flatMap((runtime, i) => {
    const stroke = `stroke="${COLOURS[i % COLOURS.length]}"`;
    const at = TOP + 20 + i * 24;
    return [
      line(points(rows, runtime, "auto"), stroke),
      line(points(rows, runtime, "davey"), `${stroke} stroke-dasharray="3 4" opacity="0.6"`),
      `<line x1="570" x2="600" y1="${at}" y2="${at}" stroke-width="2" ${stroke}/>`,
      text([608, at + 4], runtime),
    ];
  });
  const legend = TOP + 32 + runtimes.length * 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    "<title>Microseconds to encrypt a frame, by size and runtime</title>",
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text([LEFT, 22], "Microseconds to encrypt a frame, by bytes of the frame (both axes logarithmic)"),
    ...grid(),
    ...lines,
    `<line x1="570" x2="600" y1="${legend}" y2="${legend}" stroke="#555" stroke-width="2" stroke-dasharray="3 4"/>`,
    text([608, legend + 4], "dashed: davey, native"),
    "</svg>",
    "",
  ].join("\n");
}
