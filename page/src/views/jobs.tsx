/** Jobs, newest first: all of them, or those of a provider or a consumer. */

import type { JSX } from "preact";
import type { Schemas } from "tally-api";
import { api } from "../api";
import { useFigure } from "../figure";
import { usePlace } from "../location";
import { Address, Dollars, Moment, State } from "../parts/inline";
import { Pager, usePages } from "../parts/pages";
import { Empty, Panel } from "../parts/panel";
import { Table } from "../parts/table";

export function Jobs(): JSX.Element {
  return (
    <>
      <div class="lead-block">
        <h1 tabIndex={-1}>Jobs</h1>
        <p class="lead">Every job ever opened, with what its work may cost and what was settled of it.</p>
      </div>
      <div class="grid">
        <JobList id="all" title="Newest first" filter={{}} empty="No job was opened yet." />
      </div>
    </>
  );
}

interface Props {
  id: string;
  title: string;
  filter: { provider?: string; consumer?: string };
  empty: string;
}

export function JobList({ id, title, filter, empty }: Props): JSX.Element {
  const { commitment } = usePlace();
  const list = `${JSON.stringify(filter)} ${commitment}`;
  const pages = usePages(list);
  const figure = useFigure(`jobs ${list} ${pages.cursor ?? ""}`, (conditions) =>
    api.GET("/v1/jobs", {
      params: { query: { ...filter, commitment, limit: 20, ...(pages.cursor && { cursor: pages.cursor }) } },
      ...conditions,
    }),
  );
  return (
    <Panel id={id} title={title} class="wide" figure={figure} lines={10}>
      {({ items, next }) =>
        items.length === 0 ? (
          <Empty>{empty}</Empty>
        ) : (
          <>
            <JobTable jobs={items} />
            <Pager pages={pages} next={next} of="jobs" />
          </>
        )
      }
    </Panel>
  );
}

function JobTable({ jobs }: { jobs: readonly Schemas["Job"][] }): JSX.Element {
  return (
    <Table
      caption="Jobs"
      rows={jobs}
      rowKey={({ job }) => job}
      columns={[
        { name: "Job", cell: ({ job }) => <Address of={job} in="jobs" /> },
        { name: "State", cell: ({ state }) => <State of={state} /> },
        { name: "Provider", cell: ({ provider }) => <Address of={provider} in="providers" /> },
        { name: "Consumer", cell: ({ consumer }) => <Address of={consumer} in="consumers" /> },
        { name: "Budget", numeric: true, cell: ({ terms }) => <Dollars of={terms.budget} /> },
        { name: "Settled", numeric: true, cell: ({ work }) => <Dollars of={work.settled} /> },
        { name: "Opened", cell: ({ times }) => <Moment at={times.opened_at} /> },
      ]}
    />
  );
}
