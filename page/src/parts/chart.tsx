/**
 * Bars over time, by uPlot. The picture has a name that sums it up and a table with every value, exact; while the
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
  /** Exact decimals, one a bucket. */
  values: readonly string[];
}

interface Props {
  /** What it shows, for those who do not see it. */
  summary: string;
  /** What a bucket is called: in full, and under the axis. */
  buckets: readonly { name: string; tick: string }[];
  series: readonly Series[];
  /** On top of each other, if their sum means something; else side by side. */
  stacked: boolean;
  /** Before each value, such as `$`. */
  prefix?: string;
  /** After the values of the last bucket. */
  note?: ComponentChildren;
}

const HEIGHT = 240;
const { bars } = uPlot.paths;

/** Heights of what is drawn: running sums if it is stacked, so that later series lie on earlier ones. */
function heights(series: readonly Series[], stacked: boolean): number[][] {
  const rows = series.map(({ values }) => values.map(coordinate));
  if (!stacked) return rows;
  return rows.map((row, at) =>
    row.map((_, bucket) => rows.slice(0, at + 1).reduce((sum, row) => sum + (row[bucket] ?? 0), 0)),
  );
}

/** Numbers under an axis: rounded by the axis itself, so that a short form is exact enough. */
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

function options(props: Props, width: number, point: (bucket: number | undefined) => void): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const { buckets, series, stacked, prefix = "" } = props;
  const font = `12px ${style.getPropertyValue("--sans")}`;
  const axis = { stroke: colour("--muted"), font, ticks: { show: false } };
  const one = ({ name, colour: variable }: Series, at: number): uPlot.Series => ({
    label: name,
    fill: colour(variable),
    width: 0,
    points: { show: false },
    ...(bars && {
      paths: bars(stacked ? { size: [0.72, 44], radius: 0.08 } : { size: [0.36, 22], align: at === 0 ? -1 : 1 }),
    }),
  });
  const drawn = series.map(one);
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: false, range: [-0.6, buckets.length - 0.4] },
      y: { range: (_self, _low, high) => [0, high > 0 ? high * 1.05 : 1] },
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
        values: (_self, splits) => splits.map((split) => `${prefix}${SHORT.format(split)}`),
      },
    ],
    // The largest sum is drawn first, and the smaller ones over it.
    series: [{}, ...(stacked ? drawn.reverse() : drawn)],
    hooks: { setCursor: [(plot) => point(plot.cursor.idx ?? undefined)] },
  };
}

export function Chart(props: Props): JSX.Element {
  const { summary, buckets, series, stacked, prefix = "", note } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [pointed, setPointed] = useState<number>();
  const theme = useTheme();
  const drawn = heights(series, stacked);
  const data = [buckets.map((_, at) => at), ...(stacked ? drawn.toReversed() : drawn)] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  // The picture is made anew only if what its axes say changes; else it only gets its new heights.
  const shape = JSON.stringify([theme, buckets, series.map(({ name }) => name)]);

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const made = new uPlot(options(props, element.clientWidth, setPointed), latest.current, element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  const drawing = JSON.stringify(data);
  useEffect(() => plot.current?.setData(latest.current), [drawing]);

  const at = pointed !== undefined && pointed < buckets.length ? pointed : buckets.length - 1;
  const value = ({ values }: Series, bucket: number) => `${prefix}${shown(values[bucket] ?? "0", 2)}`;
  return (
    <figure class="chart">
      <figcaption class="legend">
        <span class="legend-bucket">{buckets[at]?.name ?? ""}</span>
        {series.map((one) => (
          <span key={one.name} class="legend-entry">
            <i class="swatch" data-colour={one.colour.slice(2)} aria-hidden="true" />
            {one.name} <span class="figure">{value(one, at)}</span>
          </span>
        ))}
        {note}
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={summary} />
      <details class="as-table">
        <summary>Show as a table</summary>
        <Table
          caption={summary}
          columns={[
            { name: "From", cell: (bucket: number) => buckets[bucket]?.name },
            ...series.map((one) => ({
              name: one.name,
              numeric: true,
              cell: (bucket: number) => `${prefix}${one.values[bucket]}`,
            })),
          ]}
          rows={buckets.map((_, bucket) => bucket).reverse()}
          rowKey={String}
        />
      </details>
    </figure>
  );
}
