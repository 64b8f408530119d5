// Writes src/generated from api/openapi.json: the types of every path, and which paths and Actions there are.
// Nothing of it is committed; the document is.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import openapi, { astToString } from "openapi-typescript";

const source = new URL("../../api/openapi.json", import.meta.url);
const folder = new URL("src/generated/", import.meta.url);
const document = JSON.parse(readFileSync(source, "utf8"));

mkdirSync(folder, { recursive: true });
const types = astToString(await openapi(source));
writeFileSync(new URL("schema.ts", folder), types);

const prefix = "/v1/actions/";
const actions = {};
for (const [path, { get }] of Object.entries(document.paths)) {
  if (!path.startsWith(prefix) || !get) continue;
  const query = (get.parameters ?? []).filter(
    (parameter) => parameter.in === "query",
  );
  actions[path.slice(prefix.length)] = query.map((parameter) => parameter.name);
}
writeFileSync(
  new URL("paths.ts", folder),
  `/** Every path of the API. */
export const PATHS: readonly string[] = ${JSON.stringify(Object.keys(document.paths), null, 2)};

/** Every Action by its name, with what its description can be asked for: the parameters of \`GET\`. */
export const ACTIONS: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(actions, null, 2)};
`,
);
