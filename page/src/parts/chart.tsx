/**
 * Bars over time, by uPlot, from zero or from a lower bound to an upper one. The picture has a name that sums it up and a table with every value, exact; while the
 * reader points at a bar, the line above the picture says what it is.
 */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { coordinate, shown } from "../amount";
import { useTheme } from "../theme";
import { Table } from "./table";

export interface Series {
  name: string;
  /** Name of the CSS variable with its colour. */
  colour: string;
  /** Exact decimals, one a bucket; null where there is none. */
  values: readonly (string | null)[];
}

/**
 * How series are drawn: on top of each other, if their sum means something; side by side; or, of percentages, a bar from
 * the first to the second, with a line along the first and a dot for each further one.
 */
type Form = "stacked" | "beside" | "interval";

interface Props {
  /** What it shows, for those who do not see it. */
  summary: string;
  /** What a bucket is called: in full, and under the axis. */
  buckets: readonly { name: string; tick: string }[];
  series: readonly Series[];
  form: Form;
  /** Before each value, such as `$`, and after it. */
  prefix?: string;
  suffix?: string;
  /** After the values of the last bucket. */
  note?: ComponentChildren;
}

const HEIGHT = 240;
const { bars } = uPlot.paths;

/** In the order of drawing, what comes later over what came before. */
function ordered<T>(rows: readonly T[], form: Form): T[] {
  // Of a stack the largest sum is drawn first; of intervals the bar, whose series is its upper end.
  if (form === "stacked") return rows.toReversed();
  const [low, high, ...rest] = rows;
  return form === "interval" && low && high ? [high, low, ...rest] : [...rows];
}

/** Heights of what is drawn: running sums if it is stacked, so that later series lie on earlier ones. */
function heights(series: readonly Series[], form: Form): (number | null)[][] {
  const rows = series.map(({ values }) => values.map((value) => (value === null ? null : coordinate(value))));
  if (form !== "stacked") return rows;
  return rows.map((row, at) =>
    row.map((_, bucket) => rows.slice(0, at + 1).reduce((sum, row) => sum + (row[bucket] ?? 0), 0)),
  );
}

/** Numbers under an axis: rounded by the axis itself, so that a short form is exact enough. */
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

function options(props: Props, width: number, point: (bucket: number | undefined) => void): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const { buckets, series, form, prefix = "", suffix = "" } = props;
  const font = `12px ${style.getPropertyValue("--sans")}`;
  const axis = { stroke: colour("--muted"), font, ticks: { show: false } };
  const bar = ({ name, colour: variable }: Series, at: number): uPlot.Series => ({
    label: name,
    fill: colour(variable),
    width: 0,
    points: { show: false },
    ...(bars && {
      paths: bars(
        form === "beside" ? { size: [0.36, 22], align: at === 0 ? -1 : 1 } : { size: [0.72, 44], radius: 0.08 },
      ),
    }),
  });
  const dot = ({ name, colour: variable }: Series, at: number): uPlot.Series => ({
    label: name,
    stroke: colour(variable),
    width: at === 0 ? 2 : 0,
    points: { show: true, size: 7, width: 0, fill: colour(variable) },
  });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: false, range: [-0.6, buckets.length - 0.4] },
      y: { range: (_self, _low, high) => [0, form === "interval" ? 100 : high > 0 ? high * 1.05 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 56,
        incrs: [1, 2, 3, 4, 5, 6, 7, 10, 14, 30],
        values: (_self, splits) => splits.map((split) => (Number.isInteger(split) ? (buckets[split]?.tick ?? "") : "")),
      },
      {
        ...axis,
        size: 58,
        grid: { stroke: colour("--line"), width: 1 },
        values: (_self, splits) => splits.map((split) => `${prefix}${SHORT.format(split)}${suffix}`),
      },
    ],
    series: [
      {},
      ...ordered(
        series.map((one, at) => (form === "interval" && at !== 1 ? dot : bar)(one, at)),
        form,
      ),
    ],
    // The bar of an interval begins where its lower end is.
    ...(form === "interval" && { bands: [{ series: [1, 2] }] }),
    hooks: { setCursor: [(plot) => point(plot.cursor.idx ?? undefined)] },
  };
}

export function Chart(props: Props): JSX.Element {
  const { summary, buckets, series, form, prefix = "", suffix = "", note } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [pointed, setPointed] = useState<number>();
  const [open, setOpen] = useState(false);
  const theme = useTheme();
  const data = [buckets.map((_, at) => at), ...ordered(heights(series, form), form)] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  // The picture is made anew only if what its axes say changes; else it only gets its new heights.
  const shape = JSON.stringify([theme, buckets, series.map(({ name }) => name)]);

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    // Its width is told once the browser knows it; to ask for it sooner would have the whole page laid out for that.
    const watch = new ResizeObserver(([entry]) => {
      const width = entry?.contentRect.width ?? 0;
      if (plot.current) plot.current.setSize({ width, height: HEIGHT });
      else plot.current = new uPlot(options(props, width, setPointed), latest.current, element);
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);
  const drawing = JSON.stringify(data);
  useEffect(() => plot.current?.setData(latest.current), [drawing]);

  const at = pointed !== undefined && pointed < buckets.length ? pointed : buckets.length - 1;
  const value = (exact: string | null | undefined, write: (exact: string) => string) =>
    exact == null ? "not known" : `${prefix}${write(exact)}${suffix}`;
  return (
    <figure class="chart">
      <figcaption class="legend">
        <span class="legend-bucket">{buckets[at]?.name ?? ""}</span>
        {series.map((one) => (
          <span key={one.name} class="legend-entry">
            <i class="swatch" data-colour={one.colour.slice(2)} aria-hidden="true" />
            {one.name} <span class="figure">{value(one.values[at], (exact) => shown(exact, 2))}</span>
          </span>
        ))}
        {note}
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={summary} />
      <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Show as a table</summary>
        {open ? (
          <Table
            caption={summary}
            columns={[
              { name: form === "interval" ? "At" : "From", cell: (bucket: number) => buckets[bucket]?.name },
              ...series.map((one) => ({
                name: one.name,
                numeric: true,
                cell: (bucket: number) => value(one.values[bucket], String),
              })),
            ]}
            rows={buckets.map((_, bucket) => bucket).reverse()}
            rowKey={String}
          />
        ) : null}
      </details>
    </figure>
  );
}
