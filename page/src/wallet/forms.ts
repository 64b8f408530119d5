/** What the API's Actions ask of a person, and the address that the answers are posted to. */

import { ACTIONS, type Schemas } from "tally-api";

export type Link = Schemas["ActionLink"];
export type Parameter = Schemas["ActionParameter"];

/** What a view knows and an Action may want to know: by the name of the parameter. */
export type Context = Readonly<Record<string, string>>;

/** Whether the service builds transactions of this kind. */
export function serves(action: string): boolean {
  return Object.hasOwn(ACTIONS, action);
}

/** Where an Action is described, told of the context as much as it asks for. */
export function describing(action: string, context: Context): string {
  const query = new URLSearchParams();
  for (const name of ACTIONS[action] ?? []) {
    const value = context[name];
    if (value !== undefined) query.set(name, value);
  }
  const text = query.toString();
  return `/v1/actions/${action}${text ? `?${text}` : ""}`;
}

/**
 * The address to post to: a link with its `{names}` filled in. What was left empty is left out, for the service
 * refuses an empty value.
 *
 * @throws Error if the link leads elsewhere than to an Action of this service
 */
export function filled(link: string, values: Context, origin: string): string {
  const [path = "", query = ""] = link.split("?", 2);
  const url = new URL(path, origin);
  if (url.origin !== origin || !url.pathname.startsWith("/v1/actions/")) {
    throw new Error(`The service named ${link}, which is none of its Actions.`);
  }
  const pairs = query.split("&").filter((pair) => pair !== "");
  const given = pairs.flatMap((pair) => {
    const [name = "", value = ""] = pair.split("=", 2).map(decodeURIComponent);
    const asked = /^\{(.+)\}$/.exec(value)?.[1];
    const answer = asked === undefined ? value : (values[asked] ?? "").trim();
    return answer === "" ? [] : [[name, answer] as [string, string]];
  });
  const text = new URLSearchParams(given).toString();
  return `${url.pathname}${text ? `?${text}` : ""}`;
}

/** What is wrong with an answer, in the form's own words; undefined if nothing is. */
export function wrong(parameter: Parameter, value: string): string | undefined {
  const answer = value.trim();
  if (answer === "") return parameter.required ? `${parameter.label} is missing.` : undefined;
  if (parameter.pattern && !new RegExp(parameter.pattern, "u").test(answer)) {
    return `${parameter.label}: ${parameter.patternDescription ?? "this cannot be read"}.`;
  }
  return undefined;
}
