import { markup, type Html } from '../../html.js';
import { SAMPLE_MS, SAMPLES } from '../history.js';

const WIDTH = 300;
const HEIGHT = 56;

/** Points that a line is drawn with at most: more could not be told apart. */
const POINTS = 150;

/** One line of a plot; its class gives it its colour. */
export interface Line {
  readonly kind: 'first' | 'second';
  readonly values: readonly number[];
  /** the space below it is filled */
  readonly filled?: boolean;
  /** a sample of 0 says that there was nothing to measure */
  readonly gaps?: boolean;
}

/** So many samples a plot has room for: a minute, and more as they come. */
function roomFor(samples: number): number {
  const minute = 60_000 / SAMPLE_MS;
  return Math.min(SAMPLES, Math.max(1, Math.ceil(samples / minute)) * minute);
}

/** The time that a plot of so many samples shows, in seconds. */
export function plottedSeconds(samples: number): number {
  return (roomFor(samples) * SAMPLE_MS) / 1000;
}

/**
 * A small plot of the last minutes; the newest sample is at the right.
 * @param label what it shows, in words with the numbers that matter, for those who do not see it
 */
export function plot(label: string, lines: readonly Line[]): Html {
  const most = Math.max(0, ...lines.flatMap(({ values }) => values));
  const top = most > 0 ? most : 1;
  return markup`<svg class="plot" role="img" aria-label="${label}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
<path class="ground" d="M0 ${HEIGHT - 0.5}H${WIDTH}" />${lines.map((line) => drawn(line, top))}</svg>`;
}

function drawn({ kind, values, filled = false, gaps = false }: Line, top: number): Html {
  const runs = runsOf(thinned(values), gaps).map((run) =>
    run.map(([at, value]) => `${round(at)} ${round(HEIGHT - 1 - (value / top) * (HEIGHT - 4))}`),
  );
  const stroke = runs.map((points) => `M${points.join('L')}`).join('');
  const area = runs
    .map((points) => {
      const first = points[0]?.split(' ')[0] ?? '0';
      const last = points.at(-1)?.split(' ')[0] ?? '0';
      return `M${first} ${HEIGHT}L${points.join('L')}L${last} ${HEIGHT}Z`;
    })
    .join('');
  return markup`${filled && area !== '' && markup`<path class="area ${kind}" d="${area}" />`}<path class="line ${kind}" d="${stroke}" />
`;
}

type Point = readonly [at: number, value: number];

/** Samples with their places, several made into one where there are too many: the largest counts. */
function thinned(values: readonly number[]): Point[] {
  const room = roomFor(values.length);
  const step = Math.max(1, Math.round(room / POINTS));
  const points: Point[] = [];
  for (let end = values.length; end > 0; end -= step) {
    const largest = Math.max(...values.slice(Math.max(0, end - step), end));
    points.unshift([WIDTH - ((values.length - end) / room) * WIDTH, largest]);
  }
  return points;
}

/** The parts of a line between its gaps; a single point becomes a short line, to be seen. */
function runsOf(points: readonly Point[], gaps: boolean): Point[][] {
  const runs: Point[][] = [];
  let run: Point[] = [];
  for (const point of points) {
    if (gaps && point[1] === 0) {
      if (run.length > 0) runs.push(run);
      run = [];
    } else run.push(point);
  }
  if (run.length > 0) runs.push(run);
  return runs.map((each) => {
    const [only] = each;
    return each.length === 1 && only ? [[only[0] - 2, only[1]], only] : each;
  });
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
