// A DefiLlama adapter (dimension-adapters, version 2): copy it to `fees/tally/index.ts` there and set API.
// Every figure is what GET /v1/integrations/defillama answers for the same [start, end), from finalized slots only; an
// end that is not indexed yet is refused there, so that the adapter throws rather than lists a day by half.
import type { FetchOptions, SimpleAdapter } from "../../adapters/types";
import { CHAIN } from "../../helpers/chains";
import { httpGet } from "../../utils/fetchURL";

const API = "https://api.example.org";

const fetch = async ({ startTimestamp, endTimestamp }: FetchOptions) => {
  const { data } = await httpGet(
    `${API}/v1/integrations/defillama?start=${startTimestamp}&end=${endTimestamp}`,
  );
  const { dailyFees, dailyUserFees, dailyRevenue, dailyProtocolRevenue, dailyHoldersRevenue, dailySupplySideRevenue } =
    data;
  return {
    dailyFees,
    dailyUserFees,
    dailyRevenue,
    dailyProtocolRevenue,
    dailyHoldersRevenue,
    dailySupplySideRevenue,
  };
};

const adapter: SimpleAdapter = {
  version: 2,
  pullHourly: true, // sums are kept by hour
  fetch,
  chains: [CHAIN.SOLANA],
  start: "2026-11-01", // the day of the network's initialisation: `initialized_at` of GET /v1/network
  methodology: {
    Fees: "Work that consumers paid for, in US dollars at the price of each settlement. Deposits into escrow are no fees.",
    UserFees: "Consumers pay all fees.",
    SupplySideRevenue: "What providers earned for that work: tokens valued at each settlement's price, or dollars.",
    Revenue: "Fees less what providers earned.",
    HoldersRevenue: "The part of revenue that is burned, or that buys compute tokens back to burn them.",
    ProtocolRevenue: "The part of revenue that goes to the treasury.",
  },
};

export default adapter;
