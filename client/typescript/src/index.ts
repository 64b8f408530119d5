/**
 * A client of Tally's API whose paths, parameters and answers have the types of its OpenAPI document.
 *
 * Amounts are strings of integers beside their exact decimals: read them with `BigInt`, never with `Number`.
 */

import createClient, { type Client, type ClientOptions } from "openapi-fetch";
import type { components, paths } from "./generated/schema.js";

export type { components, operations, paths } from "./generated/schema.js";
export { ACTIONS, PATHS } from "./generated/paths.js";

/** The shapes of the API by name. */
export type Schemas = components["schemas"];

/** A client: `client.GET("/v1/supply")` and so on, by openapi-fetch. */
export type Tally = Client<paths>;

/**
 * Makes a client.
 *
 * @param baseUrl where the API is served, without a slash at its end
 * @param options further options of openapi-fetch, such as another `fetch`
 */
export function tally(
  baseUrl: string,
  options: Omit<ClientOptions, "baseUrl"> = {},
): Tally {
  return createClient<paths>({ ...options, baseUrl });
}

/** Whether an answer's body is a problem (RFC 9457), as every error of the API is. */
export function isProblem(body: unknown): body is Schemas["Problem"] {
  return (
    typeof body === "object" &&
    body !== null &&
    "detail" in body &&
    "status" in body
  );
}
