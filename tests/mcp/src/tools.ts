// The protocol's own client. It holds every answer against the schema that its tool states.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import assert from "node:assert/strict";

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
}

export class Tools {
  private constructor(private readonly client: Client) {}

  static async connect(api: string): Promise<Tools> {
    const client = new Client({ name: "tally-agent", version: "1.0.0" });
    await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", api)));
    return new Tools(client);
  }

  async names(): Promise<string[]> {
    // Listing them is also what has the client check answers from now on.
    const { tools } = await this.client.listTools();
    for (const tool of tools) assert.ok(tool.outputSchema, `${tool.name} does not say what it answers`);
    return tools.map((tool) => tool.name);
  }

  async ask(name: string, args: Record<string, unknown>): Promise<any> {
    const result = await this.client.callTool({ name, arguments: args });
    assert.ok(!result.isError, `${name}: ${JSON.stringify(result.content)}`);
    return result.structuredContent;
  }

  /** The problem that a tool must answer with. */
  async refused(name: string, args: Record<string, unknown>): Promise<Problem> {
    const result = await this.client.callTool({ name, arguments: args });
    assert.ok(result.isError, `${name} was answered, though it should be refused`);
    const [content] = result.content as { text: string }[];
    return JSON.parse(content?.text ?? "null") as Problem;
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
