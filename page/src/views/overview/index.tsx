/** The network at a glance: what work was paid, what burned, who provides, what it costs, what happens. */

import type { JSX } from "preact";
import { api } from "../../api";
import { useFigure } from "../../figure";
import { usePlace } from "../../location";
import { Burn } from "./burn";
import { Events } from "./events";
import { Liabilities } from "./liabilities";
import { Market } from "./market";
import { Prices } from "./prices";
import { Providers } from "./providers";
import { Lead, Revenue } from "./revenue";
import { Supply } from "./supply";
import { Year } from "./year";

export function Overview(): JSX.Element {
  const { commitment, interval } = usePlace();
  const revenue = useFigure(`revenue ${interval} ${commitment}`, (conditions) =>
    api.GET("/v1/revenue", { params: { query: { interval, commitment } }, ...conditions }),
  );
  return (
    <>
      <Lead figure={revenue} interval={interval} />
      <div class="grid">
        <Revenue figure={revenue} interval={interval} />
        <Year />
        <Burn figure={revenue} interval={interval} />
        <Supply />
        <Liabilities />
        <Prices />
        <Market />
        <Providers />
        <Events />
      </div>
    </>
  );
}
