/**
 * A table. On a narrow screen each row becomes a block whose cells say their column; the roles are spelt out because
 * a browser drops those of a table that is laid out otherwise.
 */

import type { ComponentChildren, JSX } from "preact";

export interface Column<T> {
  name: string;
  cell: (row: T) => ComponentChildren;
  /** A figure: to the right, in tabular digits. */
  numeric?: boolean;
}

interface Props<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
}

export function Table<T>({ caption, columns, rows, rowKey }: Props<T>): JSX.Element {
  const kind = (column: Column<T>) => (column.numeric ? "figure right" : "");
  return (
    <table role="table" class="table">
      <caption class="hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.name} role="columnheader" scope="col" class={column.numeric ? "right" : ""}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row">
            {columns.map((column) => (
              <td key={column.name} role="cell" class={kind(column)}>
                <span class="cell-label" aria-hidden="true">
                  {column.name}
                </span>
                <span class="cell-value">{column.cell(row)}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
